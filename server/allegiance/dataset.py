"""Where a finished version of the dataset is on disk, and which one a folder has as its current one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from allegiance.errors import UsageError

VOCABULARY = "vocabulary.json"


@dataclass(frozen=True)
class Dataset:
    """One version: a folder that never changes once it is there (allegiance.build.write)."""

    folder: Path

    @property
    def version(self) -> str:
        """The version's name, which is made of its content, so that equal answers have equal tags."""
        return self.folder.name

    @property
    def nquads(self) -> Path:
        """Every quad, sorted."""
        return self.folder / "dataset.nq"

    @property
    def store(self) -> Path:
        """The same as a store of the engine on disk."""
        return self.folder / "store"

    @property
    def search(self) -> Path:
        """The text index over all labels."""
        return self.folder / "search.sqlite"

    @property
    def vocabulary(self) -> Path:
        """What the pages about ontology and shapes show (allegiance.build.vocabulary); earlier builds have none."""
        return self.folder / VOCABULARY

    @cached_property
    def statistics(self) -> dict[str, Any]:
        """Counts of graphs and classes, as the build wrote them (allegiance.build.statistics)."""
        found: dict[str, Any] = json.loads((self.folder / "statistics.json").read_text(encoding="utf-8"))
        return found


def built(out: Path) -> str:
    """The version that the last build made of the files of a folder; empty where there is none."""
    link = out / "built"
    return link.readlink().name if link.is_symlink() else ""


def has_writes(out: Path) -> bool:
    """Whether anything was written since the files were built, so that what is served is more than what was built."""
    log = out / "writes.jsonl"
    return log.is_file() and log.stat().st_size > 0


def current(out: Path) -> Dataset:
    """The current version of a folder that a build wrote to; UsageError where there is none, or it is incomplete."""
    link = out / "current"
    if not link.is_dir():
        raise UsageError(f"There is no dataset in {out}; run “allegiance build --out {out}” first.")
    found = Dataset(link.resolve())
    for part in (found.nquads, found.search, found.folder / "statistics.json"):
        if not part.is_file():
            raise UsageError(f"The dataset in {out} lacks {part.name}; run “allegiance build --out {out}” again.")
    return found
