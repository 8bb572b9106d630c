"""Where the product's own files are: in a checkout, or in the installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from allegiance.errors import UsageError

PARTS = ("ontology", "instances", "shapes", "queries")


@cache
def data_root() -> Path:
    """The folder that holds ontology, instances, shapes and queries.

    In a wheel they are package data (`allegiance/data`); in a checkout they stand at the root.
    """
    package = Path(__file__).resolve().parent
    for candidate in (package / "data", package.parent.parent):
        if all((candidate / part).is_dir() for part in PARTS):
            return candidate
    raise UsageError("The data folders ontology, instances, shapes and queries are missing; reinstall allegiance.")


def folder(part: str) -> Path:
    """One of the four data folders."""
    return data_root() / part
