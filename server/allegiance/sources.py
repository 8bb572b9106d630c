"""Check what passages.tsv says against the source texts an operator has."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from allegiance import terms
from allegiance.engine import text_of
from allegiance.errors import Problem, UsageError
from allegiance.passages import Passage, Row, SourceText, read_table, write_table
from allegiance.terms import ALG, SCHEMA

_POINTER = re.compile(r"\balgp:([a-z0-9][a-z0-9-]*-\d+-\d+)\b|<" + re.escape(terms.ALGP) + r"([^>]+)>")


def described_sources(root: Path) -> dict[str, str]:
    """The sources whose file hash is recorded, as slug → sha256."""
    path = root / "instances" / "sources.ttl"
    if not path.is_file():
        raise UsageError(f"There is no {path}; describe the sources there.")
    try:
        triples = [quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)]
    except SyntaxError as error:
        raise UsageError(f"{path} is not Turtle: {error.msg}.") from None
    return {
        text_of(t.subject).removeprefix(terms.ALGID): text_of(t.object)
        for t in triples
        if t.predicate.value == SCHEMA + "sha256"
    }


def open_texts(root: Path, folder: Path) -> tuple[dict[str, SourceText], list[str]]:
    """The texts in a folder that are the described sources, recognised by their hash, and the slugs not found."""
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}; name the folder that holds the source texts.")
    by_hash = {sha: slug for slug, sha in described_sources(root).items()}
    texts: dict[str, SourceText] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file():
            data = path.read_bytes()
            slug = by_hash.get(hashlib.sha256(data).hexdigest())
            if slug:
                texts[slug] = SourceText(slug, data)
    return texts, sorted(set(by_hash.values()) - set(texts))


def pointers(root: Path) -> Iterator[tuple[str, str, int, str]]:
    """Every mention of a passage in the instances: passage name, file, line, and the record it stands in."""
    for path in sorted((root / "instances").rglob("*.ttl")):
        record = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line[:1] not in ("", " ", "#", "@"):
                record = line.split()[0]
            for match in _POINTER.finditer(line):
                yield match[1] or match[2], path.relative_to(root).as_posix(), number, record


def check(root: Path, folder: Path) -> tuple[list[Problem], dict[str, Row]]:
    """What is wrong with passages and names, and the table as it should be."""
    texts, missing = open_texts(root, folder)
    table = read_table(root / "instances" / "passages.tsv")
    problems: list[Problem] = []
    right: dict[str, Row] = {}
    used: set[str] = set()
    absent: dict[str, list[str]] = {slug: [] for slug in missing}
    for name, file, line, record in pointers(root):
        used.add(name)
        try:
            passage = Passage.named(name)
        except ValueError as error:
            problems.append(Problem(file, line, record, f"{error}; run “allegiance locate”"))
            continue
        if passage.source in absent:
            absent[passage.source].append(record)
            continue
        text = texts.get(passage.source)
        if text is None:
            problems.append(Problem(file, line, record, f"points into {passage.source}, which is no described source"))
            continue
        fault = text.fault(passage)
        if fault:
            problems.append(Problem(file, line, record, fault))
            continue
        right[name] = text.row(passage)
        if name in table and table[name] != right[name]:
            message = f"{name} has another hash than passages.tsv; locate its words again, then check-sources --update"
            problems.append(Problem(file, line, record, message))
        elif name not in table:
            problems.append(Problem(file, line, record, f"{name} is not in passages.tsv; run check-sources --update"))
    for slug, records in absent.items():
        message = (
            f"no file in {folder} has the recorded hash of {slug}; its text has changed or is missing, "
            f"which affects {len(records)} passages, of {', '.join(dict.fromkeys(records[:5]))} …"
        )
        problems.append(Problem("instances/sources.ttl", 0, f"algid:{slug}", message))
    for name in sorted(set(table) - used):
        problems.append(Problem("instances/passages.tsv", 0, name, "is used by nothing; run check-sources --update"))
    problems += _names(root, texts)
    return problems, right


def _names(root: Path, texts: dict[str, SourceText]) -> Iterator[Problem]:
    """Names whose passage does not hold their spelling."""
    form = ox.NamedNode(terms.SKOSXL + "literalForm")
    for path in sorted((root / "instances").rglob("*.ttl")):
        triples = [quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)]
        spelled = {t.subject: text_of(t.object) for t in triples if t.predicate == form}
        for triple in triples:
            if triple.predicate.value != ALG + "passage" or triple.subject not in spelled:
                continue
            try:
                passage = Passage.named(text_of(triple.object).removeprefix(terms.ALGP))
            except ValueError:
                continue
            text = texts.get(passage.source)
            if text and spelled[triple.subject] not in text.text[passage.start : passage.end]:
                message = f"{passage.name} does not hold the spelling “{spelled[triple.subject]}”; locate it again"
                yield Problem(path.relative_to(root).as_posix(), 0, terms.shorten(text_of(triple.subject)), message)


def update(root: Path, folder: Path) -> int:
    """Write passages.tsv anew from the passages in use; returns their number. UsageError where a text is missing."""
    texts, missing = open_texts(root, folder)
    if missing:
        raise UsageError(f"{folder} does not hold {' and '.join(missing)} as recorded; nothing was written.")
    rows: dict[str, Row] = {}
    for name, file, line, record in pointers(root):
        try:
            passage = Passage.named(name)
            rows[name] = texts[passage.source].row(passage)
        except (ValueError, KeyError) as error:
            raise UsageError(f"{file}:{line}: {record}: {error}; nothing was written.") from None
    write_table(root / "instances" / "passages.tsv", rows)
    return len(rows)


class Words:
    """The words of passages, from the source texts an operator has; none where a text or a hash is another."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Open the texts in a folder; UsageError where there is no folder or none of the texts is in it."""
        self._texts, missing = open_texts(root, folder)
        if not self._texts:
            raise UsageError(f"{folder} holds none of the source texts: {', '.join(missing)}.")

    def words(self, name: str, sha256: str) -> str:
        """The passage as the source has it; empty where the text is not here or is not the one that was cited."""
        try:
            passage = Passage.named(name)
        except ValueError:
            return ""
        text = self._texts.get(passage.source)
        if text is None or text.fault(passage) or text.row(passage).sha256 != sha256:
            return ""
        return text.text[passage.start : passage.end]
