"""Passages: slices of a source text, named by where they stand, verified by hash.

A passage name is `<source slug>-<start>-<end>`: Unicode code points of the UTF-8 text as it stands
(no newline translation), end exclusive, as in Web Annotation's TextPositionSelector
(https://www.w3.org/TR/annotation-model/#text-position-selector).
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from allegiance.errors import UsageError

NAME = re.compile(r"(?P<source>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<start>\d+)-(?P<end>\d+)")


@dataclass(frozen=True, order=True)
class Passage:
    """Where a passage stands: source slug, start and end (code points, end exclusive)."""

    source: str
    start: int
    end: int

    @property
    def name(self) -> str:
        return f"{self.source}-{self.start}-{self.end}"

    @classmethod
    def named(cls, name: str) -> Passage:
        """The passage of a name; ValueError where the name has another form."""
        match = NAME.fullmatch(name)
        if match is None:
            raise ValueError(f"{name} is not <source>-<start>-<end>")
        return cls(match["source"], int(match["start"]), int(match["end"]))


@dataclass(frozen=True)
class Row:
    """A line of passages.tsv: paragraph (non-empty line, from 1) and SHA-256 of the slice."""

    paragraph: int
    sha256: str


class SourceText:
    """The text of one source, as code points."""

    def __init__(self, slug: str, data: bytes) -> None:
        self.slug = slug
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.text = data.decode("utf-8")
        self._lines: list[tuple[int, int]] = []
        offset = 0
        for line in self.text.split("\n"):
            if line.strip():
                self._lines.append((offset, offset + len(line)))
            offset += len(line) + 1

    @property
    def paragraphs(self) -> list[tuple[int, int]]:
        """Start and end of each non-empty line."""
        return list(self._lines)

    def paragraph(self, start: int) -> int:
        """The paragraph that an offset stands in; 0 between paragraphs."""
        for number, (begin, end) in enumerate(self._lines, start=1):
            if begin <= start < end:
                return number
        return 0

    def row(self, passage: Passage) -> Row:
        """What passages.tsv should hold; ValueError where the passage cannot be one."""
        reason = self.fault(passage)
        if reason:
            raise ValueError(reason)
        slice_ = self.text[passage.start : passage.end]
        return Row(self.paragraph(passage.start), hashlib.sha256(slice_.encode()).hexdigest())

    def fault(self, passage: Passage) -> str:
        """Why a passage cannot stand, in words; empty where it can."""
        start, end, text = passage.start, passage.end, self.text
        if start >= end:
            return f"{passage.name} is empty; its end must be greater than its start"
        if end > len(text):
            return f"{passage.name} ends outside the text, which has {len(text)} characters"
        faults = {
            "begins or ends with white space; shorten it": text[start].isspace() or text[end - 1].isspace(),
            "begins inside a word; start it at the word's first letter": text[max(start - 1, 0) : start + 1].isalnum()
            and start > 0,
            "ends inside a word; end it after the word's last letter": text[end - 1 : end + 1].isalnum()
            and end < len(text),
            "runs over a paragraph's end; use one passage a paragraph": self.paragraph(start)
            != self.paragraph(end - 1),
        }
        return next((f"{passage.name} {fault}" for fault, found in faults.items() if found), "")

    def find(self, words: str) -> list[Passage]:
        """Every place where the words stand; any run of white space matches any other."""
        parts = words.split()
        if not parts:
            return []
        pattern = re.compile(r"\s+".join(re.escape(part) for part in parts))
        found = (Passage(self.slug, m.start(), m.end()) for m in pattern.finditer(self.text))
        return [passage for passage in found if not self.fault(passage)]


def read_table(path: Path) -> dict[str, Row]:
    """passages.tsv as passage name → row; UsageError where a line is malformed."""
    table: dict[str, Row] = {}
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return table
    for number, line in enumerate(csv.reader(io.StringIO(text), delimiter="\t"), start=1):
        if number == 1:
            continue
        if len(line) != 3 or not line[1].isdigit():
            raise UsageError(
                f"{path.name} line {number} is not passage, paragraph, sha256; run check-sources --update."
            )
        table[line[0]] = Row(int(line[1]), line[2])
    return table


def write_table(path: Path, table: dict[str, Row]) -> None:
    """Write passages.tsv in the order of source and place, aside first, then in one step."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["passage", "paragraph", "sha256"])
        for name in sorted(table, key=Passage.named):
            writer.writerow([name, table[name].paragraph, table[name].sha256])
    aside.replace(path)


def add_rows(path: Path, rows: Iterable[tuple[str, Row]]) -> None:
    """Add rows to passages.tsv; several writers may do so at once."""
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        write_table(path, read_table(path) | dict(rows))
