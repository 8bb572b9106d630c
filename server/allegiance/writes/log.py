"""The log of writes, DIR/writes.jsonl: one entry a line, on the disk before a write is answered.

Each line ends with a checksum over itself and the checksum before, so that a line that a crash has torn is told from a
whole one, and one checksum stands for the whole log up to it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from allegiance.build.write import LOG, sync
from allegiance.errors import UsageError
from allegiance.writes.patch import Patch


@dataclass(frozen=True)
class Entry:
    """A write: its number from 1, UTC time, operation, graph (empty for an update), the versions it led from and to,
    the quads it added and removed as N-Quads lines, and the checksum."""

    number: int
    time: str
    operation: str
    graph: str
    base: str
    version: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    checksum: str = ""

    @property
    def patch(self) -> Patch:
        """What the write changed."""
        return Patch(self.added, self.removed)

    def summary(self) -> dict[str, object]:
        """The entry for people and programs: everything but the checksum."""
        return {name: value for name, value in asdict(self).items() if name != "checksum"}

    def _sum(self, before: str) -> str:
        written = json.dumps(self.summary(), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(f"{before}\n{written}".encode()).hexdigest()


def _read(line: bytes, before: str, number: int) -> Entry | None:
    """The entry of a line; None where it is not whole."""
    try:
        fields = json.loads(line)
        entry = Entry(**fields | {"added": tuple(fields["added"]), "removed": tuple(fields["removed"])})
    except (ValueError, TypeError, KeyError):
        return None
    whole = line.endswith(b"\n") and entry.number == number and entry.checksum == entry._sum(before)
    return entry if whole else None


def _scan(out: Path) -> tuple[list[Entry], int, int]:
    """The whole entries, the bytes they take, and the bytes of the file."""
    try:
        data = (out / LOG).read_bytes()
    except FileNotFoundError:
        return [], 0, 0
    except OSError as error:
        raise UsageError(f"{out / LOG} cannot be read: {error.strerror}.") from None
    found: list[Entry] = []
    taken = 0
    read = data.splitlines(keepends=True)
    for number, line in enumerate(read, start=1):
        entry = _read(line, found[-1].checksum if found else "", number)
        if entry is None:
            if number < len(read):
                message = (
                    f"{out / LOG} is damaged in line {number}; put a copy of it back, or remove the lines from there."
                )
                raise UsageError(message)
            break
        found.append(entry)
        taken += len(line)
    return found, taken, len(data)


def entries(out: Path) -> list[Entry]:
    """The writes of a folder in their order; UsageError where the log is damaged before its last line."""
    return _scan(out)[0]


def cut_torn_line(out: Path) -> None:
    """Remove a last line that a crash has left unfinished. The caller holds the lock."""
    _, taken, size = _scan(out)
    if taken < size:
        with (out / LOG).open("r+b") as file:
            file.truncate(taken)
            os.fsync(file.fileno())


def _line(entry: Entry) -> bytes:
    return json.dumps(asdict(entry), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def append(out: Path, operation: str, graph: str, base: str, version: str, patch: Patch) -> Entry:
    """Add a write to the log, on the disk when this returns. The caller holds the lock."""
    before = entries(out)
    last = before[-1].checksum if before else ""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    entry = Entry(len(before) + 1, now, operation, graph, base, version, patch.added, patch.removed)
    entry = Entry(**asdict(entry) | {"checksum": entry._sum(last)})
    with (out / LOG).open("ab") as file:
        file.write(_line(entry))
        file.flush()
        os.fsync(file.fileno())
    sync(out)
    return entry


def replace(out: Path, kept: Sequence[Entry]) -> None:
    """Let a log consist of some first entries of its own. The caller holds the lock."""
    aside = out / f".{LOG}.{os.getpid()}"
    with aside.open("wb") as file:
        file.writelines(_line(entry) for entry in kept)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(out / LOG)
    sync(out)
