"""What is to be served: what the last build made, with the writes of the log over it.

An entry of the log says from which version it led to which. Where these join up from the built version, the last one
is what is to be served, and a look at the log is enough. Where they do not, because the files were built anew, the
entries are put over what was built, in order; what an entry adds and is there already, or removes and is gone already,
makes no difference. What came of that is noted in DIR/replayed.json, which may be lost without harm.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from allegiance.build import pipeline
from allegiance.build.validate import Nonconforming
from allegiance.build.write import (
    current_version,
    is_complete,
    lock,
    mark_built,
    publish,
)
from allegiance.dataset import built as built_version
from allegiance.errors import UsageError
from allegiance.writes import log
from allegiance.writes.log import Entry
from allegiance.writes.patch import asserted, read_quads
from allegiance.writes.settle import settle

_REPLAYED = "replayed.json"


@dataclass(frozen=True)
class _Replayed:
    """A version that came of putting the log, up to an entry's checksum, over a built version."""

    built: str
    checksum: str
    version: str

    @classmethod
    def read(cls, out: Path) -> _Replayed | None:
        try:
            return cls(**json.loads((out / _REPLAYED).read_text(encoding="ascii")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, out: Path) -> None:
        aside = out / f".{_REPLAYED}.{os.getpid()}"
        aside.write_text(json.dumps(self.__dict__), encoding="ascii")
        aside.replace(out / _REPLAYED)


def dataset_file(out: Path, version: str) -> Path:
    """The N-Quads of a version."""
    return out / "versions" / version / "dataset.nq"


def recover(out: Path) -> None:
    """Remove what a crash has left half-done. The caller holds the lock, which has removed unfinished versions."""
    log.cut_torn_line(out)
    for left in out.glob(".*.[0-9]*"):
        left.unlink(missing_ok=True)


def restore(out: Path, root: Path, wait: float = 60.0) -> str:
    """Make what is to be served the current version of a folder, and name it.

    Locked where another process keeps the folder for `wait` seconds. UsageError where nothing has been built, the log
    is damaged, or an entry cannot be put over what was built.
    """
    if not current_version(out) and not built_version(out):
        raise UsageError(f"There is no dataset in {out}; run “allegiance build --out {out}” first.")
    with lock(out, wait):
        recover(out)
        return settled(out, root)


def settled(out: Path, root: Path) -> str:
    """What `restore` does, for a caller that holds the lock and has recovered the folder."""
    if not built_version(out) and not log.entries(out):
        mark_built(out, current_version(out))  # The folder is of an earlier release.
    built, entries = built_version(out), log.entries(out)
    if not is_complete(out, built):
        raise UsageError(f"What was built in {out} is gone; run “allegiance build --out {out}” again.")
    version = _joined_up(out, built, entries) or _replay(out, root, built, entries)
    if current_version(out) != version:
        publish(out, version)
    return version


def _joined_up(out: Path, built: str, entries: Sequence[Entry]) -> str:
    """The version that the entries lead to from the built one; empty where they do not, or it is gone."""
    version, rest = built, entries
    known = _Replayed.read(out)
    if known is not None and known.built == built:
        for place, entry in enumerate(entries, start=1):
            if entry.checksum == known.checksum:
                version, rest = known.version, entries[place:]
    for entry in rest:
        if entry.base != version:
            return ""
        version = entry.version
    return version if is_complete(out, version) else ""


def _replay(out: Path, root: Path, built: str, entries: Sequence[Entry]) -> str:
    start = set(asserted(read_quads(dataset_file(out, built))))
    try:
        version = _over(out, root, built, start, entries)
    except Nonconforming:
        number = _first_that_fails(root, start, entries)
        raise UsageError(
            f"Write {number} no longer conforms to what was built; keep it with “allegiance writes export {number}”, "
            f"then take it and those after it out with “allegiance writes drop {number}”."
        ) from None
    _Replayed(built, entries[-1].checksum, version).write(out)
    return version


def put_over(start: set[ox.Quad], root: Path, entries: Sequence[Entry]) -> set[ox.Quad]:
    """Asserted quads with the writes put over them; Nonconforming where records are left that no file could hold."""
    after = start
    for entry in entries:
        after = entry.patch.applied(after)
    after, faults = settle(start, after, root, orphans=False)
    if faults:
        raise Nonconforming(faults)
    return after


def _over(out: Path, root: Path, built: str, start: set[ox.Quad], entries: Sequence[Entry]) -> str:
    after = put_over(start, root, entries)
    if after == start:
        return built
    return pipeline.prepared(pipeline.rebuild(list(after), root), root, out)


def _conforms(root: Path, start: set[ox.Quad], entries: Sequence[Entry]) -> bool:
    try:
        pipeline.rebuild(list(put_over(start, root, entries)), root)
    except Nonconforming:
        return False
    return True


def _first_that_fails(root: Path, start: set[ox.Quad], entries: Sequence[Entry]) -> int:
    """The number of an entry with which the data does not conform, and without which, and those after it, it does."""
    good, bad = 0, len(entries)
    while bad - good > 1:
        middle = (good + bad) // 2
        if _conforms(root, start, entries[:middle]):
            good = middle
        else:
            bad = middle
    return entries[bad - 1].number


def drop(out: Path, root: Path, number: int, wait: float = 60.0) -> tuple[list[Entry], str]:
    """Take the entries from `number` on out of the log, and restore; the entries and the version that is current then.

    UsageError where there is no such entry.
    """
    with lock(out, wait):
        recover(out)
        entries = log.entries(out)
        if not 1 <= number <= len(entries):
            there = f"there are 1 to {len(entries)}" if entries else "there are none"
            raise UsageError(f"There is no write {number} to drop; {there}.")
        log.replace(out, entries[: number - 1])
        return entries[number - 1 :], settled(out, root)
