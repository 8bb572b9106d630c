"""Write a dataset aside, complete, then let it take the place of the one before in one step.

DIR/versions/<sha256, 16 digits>/dataset.nq  sorted N-Quads
DIR/versions/<…>/store/                      the same on disk for the engine
DIR/versions/<…>/search.sqlite               the text index over all labels
DIR/versions/<…>/statistics.json             counts
DIR/versions/<…>/vocabulary.json             what the pages about ontology and shapes show
DIR/built -> versions/<…>                    what the last build made of the files
DIR/current -> versions/<…>                  what is served: that, with the writes since (allegiance.writes)
DIR/dataset.nq, DIR/store                    the current ones
DIR/writes.jsonl                             the writes
DIR/.lock                                    held by whoever changes any of these
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from allegiance.build import search_index, statistics
from allegiance.dataset import VOCABULARY, built, has_writes
from allegiance.engine import Engine
from allegiance.errors import UsageError

LOG = "writes.jsonl"
PARTS = ("dataset.nq", "store", "search.sqlite", "statistics.json")
_ASIDE = ".building-"


class Locked(UsageError):
    """Another process changes this folder and has not finished in the time one was ready to wait."""


def _unwritable(out: Path, error: Exception) -> UsageError:
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(f"{out} cannot be written: {reason}; name another folder with --out.")


@contextmanager
def lock(out: Path, wait: float = 60.0) -> Iterator[None]:
    """Be the only process that changes a folder; Locked after so many seconds, UsageError where it cannot be written.

    The lock goes with the process, however that ends. What an earlier holder left unfinished is removed.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = (out / ".lock").open("w")
    except OSError as error:
        raise _unwritable(out, error) from None
    with file:
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Locked(f"{out} is being written by another process; try again later.") from None
                time.sleep(0.02)
        for left in (out / "versions").glob(f"{_ASIDE}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def sync(path: Path) -> None:
    """Have a file, or the entries of a folder, on the disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _link(link: Path, target: str) -> None:
    """Point a symbolic link at a target, in one step."""
    if link.exists() and not link.is_symlink():
        raise UsageError(f"{link} is in the way and not of our making; name another folder with --out.")
    aside = link.with_name(f".{link.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    aside.replace(link)


def sorted_nquads(engine: Engine) -> bytes:
    """The dataset as N-Quads, sorted by byte, so that equal datasets are equal files."""
    with tempfile.TemporaryFile() as file:
        engine.dump(file)
        file.seek(0)
        return b"".join(sorted(file.readlines()))


def _version(link: Path) -> str:
    return link.readlink().name if link.is_symlink() else ""


def current_version(out: Path) -> str:
    """The version that a folder's current dataset has; empty where there is none."""
    return _version(out / "current")


def is_complete(out: Path, version: str) -> bool:
    """Whether a version is there; it is moved into its place only when it is whole."""
    folder = out / "versions" / version
    return bool(version) and all((folder / part).exists() for part in PARTS)


def _document(folder: Path, vocabulary: bytes) -> None:
    """Let a version that is there have this documentation: shapes and questions may change where the data does not."""
    path = folder / VOCABULARY
    if not vocabulary or (path.is_file() and path.read_bytes() == vocabulary):
        return
    aside = folder / f".{VOCABULARY}.{os.getpid()}"
    aside.write_bytes(vocabulary)
    sync(aside)
    aside.replace(path)
    sync(folder)


def prepare(engine: Engine, out: Path, vocabulary: bytes = b"") -> str:
    """Write the dataset of an engine as a version of `out`, whole and on the disk; returns its name.

    `vocabulary` is its documentation (allegiance.build.vocabulary), where it is to have one. The caller holds the
    lock. Nothing is left behind where that fails.
    """
    try:
        data = sorted_nquads(engine)
        version = hashlib.sha256(data).hexdigest()[:16]
        final = out / "versions" / version
        if is_complete(out, version):
            _document(final, vocabulary)
            return version
        final.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=final.parent))
        try:
            (aside / "dataset.nq").write_bytes(data)
            Engine.write_disk(aside / "store", aside / "dataset.nq")
            search_index.write_index(engine, aside / "search.sqlite")
            statistics.write(engine, aside / "statistics.json")
            if vocabulary:
                (aside / VOCABULARY).write_bytes(vocabulary)
            aside.chmod(0o755)
            for path in [*aside.rglob("*"), aside]:
                sync(path)
            shutil.rmtree(final, ignore_errors=True)
            aside.replace(final)
            sync(final.parent)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except (OSError, sqlite3.Error) as error:
        raise _unwritable(out, error) from None
    return version


def publish(out: Path, version: str) -> None:
    """Let a prepared version take the place of the current one. The caller holds the lock.

    What the last build made and the version before stay on the disk; older ones go.
    """
    previous = current_version(out)
    try:
        _link(out / "current", f"versions/{version}")
        _link(out / "dataset.nq", "current/dataset.nq")
        _link(out / "store", "current/store")
        sync(out)
    except OSError as error:
        raise _unwritable(out, error) from None
    if previous != version:
        for old in (out / "versions").iterdir():
            if old.name not in (version, previous, built(out)):
                shutil.rmtree(old, ignore_errors=True)


def mark_built(out: Path, version: str) -> None:
    """Record what the last build made of the files. The caller holds the lock."""
    try:
        _link(out / "built", f"versions/{version}")
        sync(out)
    except OSError as error:
        raise _unwritable(out, error) from None


def write(engine: Engine, out: Path, vocabulary: bytes = b"") -> tuple[str, Path]:
    """Write the dataset of an engine, built from files, below `out`; returns its version and the dataset file.

    Where writes are pending the current version stays, so that no answered write disappears, until
    allegiance.writes.restore has put them over what was built. UsageError where the folder cannot be written; then
    nothing is left behind and the previous dataset stands.
    """
    with lock(out):
        version = prepare(engine, out, vocabulary)
        mark_built(out, version)
        if not (has_writes(out) and current_version(out)):
            publish(out, version)
    return version, out / "dataset.nq"
