"""Write a dataset aside, complete, then let it take the place of the one before in one step.

DIR/versions/<sha256, 16 digits>/dataset.nq  sorted N-Quads
DIR/versions/<…>/store/                      the same on disk for the engine
DIR/current -> versions/<…>
DIR/dataset.nq, DIR/store                    the current ones
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from allegiance.engine import Engine
from allegiance.errors import UsageError


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


def current_version(out: Path) -> str:
    """The version that a folder's current dataset has; empty where there is none."""
    link = out / "current"
    return link.readlink().name if link.is_symlink() else ""


def write(engine: Engine, out: Path) -> tuple[str, Path]:
    """Write the dataset of an engine below `out`; returns its version and the dataset file.

    UsageError where the folder cannot be written; then nothing is left behind and the previous dataset stands.
    """
    data = sorted_nquads(engine)
    version = hashlib.sha256(data).hexdigest()[:16]
    final = out / "versions" / version
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        if not (final / "store").is_dir():
            aside = Path(tempfile.mkdtemp(prefix=".building-", dir=final.parent))
            try:
                (aside / "dataset.nq").write_bytes(data)
                Engine.write_disk(aside / "store", aside / "dataset.nq")
                aside.chmod(0o755)
                shutil.rmtree(final, ignore_errors=True)
                aside.replace(final)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        previous = current_version(out)
        _link(out / "current", f"versions/{version}")
        _link(out / "dataset.nq", "current/dataset.nq")
        _link(out / "store", "current/store")
        for old in final.parent.iterdir():
            if old.name not in (version, previous):
                shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}; name another folder with --out.") from None
    return version, out / "dataset.nq"
