"""The writes as changes to the instance files, which remain the truth, or as one SPARQL Update.

A patch is a unified diff from the data root, for `git apply` or `patch -p1`: with it applied, a build of the files
makes the asserted dataset that the writes made. What no instance file can hold, which is every graph of others, is
listed in its head and is part of the other form.
"""

from __future__ import annotations

import difflib
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyoxigraph as ox

from allegiance import terms
from allegiance.build.compose import Composition, compose
from allegiance.build.validate import Nonconforming, problems
from allegiance.engine import text_of
from allegiance.errors import DataError, UsageError
from allegiance.passages import read_table, write_table
from allegiance.terms import ALG, RDFS
from allegiance.writes import log
from allegiance.writes.log import Entry
from allegiance.writes.patch import graph_of, lines, normal, quads_of
from allegiance.writes.settle import is_instance_graph, passage_rows
from allegiance.writes.state import put_over
from allegiance.writes.turtle import TYPE, Document

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FOLDERS = {ALG + "Person": "people", ALG + "Organisation": "organisations"}
_ELSEWHERE = "instances/additions.ttl"
_TABLE = "instances/passages.tsv"


def _chosen(out: Path, numbers: Iterable[int]) -> list[Entry]:
    """The entries of some numbers, or all where none are named; UsageError for a number there is not."""
    entries = log.entries(out)
    wanted = set(numbers)
    missing = sorted(wanted - {entry.number for entry in entries})
    if missing:
        there = f"there are 1 to {len(entries)}" if entries else "there are none"
        raise UsageError(f"There is no write {missing[0]}; {there}.")
    return [entry for entry in entries if not wanted or entry.number in wanted]


def update(out: Path, numbers: Iterable[int] = ()) -> str:
    """Writes of a folder as one SPARQL 1.1 Update, all or those of some numbers; empty where there are none."""
    return _as_update(_chosen(out, numbers))


def patch(out: Path, root: Path, numbers: Iterable[int] = ()) -> str:
    """Writes of a folder as a unified diff against the instance files of a data root, all or those of some numbers.

    Empty where there are none, or the files hold them already. UsageError where some of the writes alone leave records
    that no file could hold, DataError where the files do not hold together as they are.
    """
    return _as_patch(root, _chosen(out, numbers))


def _as_update(entries: Iterable[Entry]) -> str:
    """DELETE DATA and INSERT DATA of each write, in their order."""
    operations = []
    for entry in entries:
        head = f"# {entry.number}\t{entry.time}\t{entry.operation}" + (f"\t<{entry.graph}>" if entry.graph else "")
        for keyword, quads in (("DELETE", entry.removed), ("INSERT", entry.added)):
            if quads:
                operations.append(f"{head}\n{keyword} DATA {{\n{_by_graph(quads)}}}")
    return " ;\n".join(operations) + "\n" if operations else ""


def _by_graph(written: Iterable[str]) -> str:
    graphs: dict[str, list[str]] = defaultdict(list)
    for quad in quads_of(written):
        graphs[str(quad.graph_name)].append(f"    {quad.triple} .\n")
    return "".join(f"  GRAPH {graph} {{\n{''.join(triples)}  }}\n" for graph, triples in graphs.items())


def _as_patch(root: Path, entries: Sequence[Entry]) -> str:
    if not entries:
        return ""
    composed = compose(root)
    before = normal(composed.quads)
    try:
        after = put_over(before, root, entries)
    except Nonconforming as found:
        raise _alone(str(problems(found.results, composed)[0])) from None
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(folder)
        for part in ("ontology", "instances"):
            shutil.copytree(root / part, changed / part)
        _Editor(changed, composed, before, after).edit()
        try:
            result = normal(compose(changed).quads)
        except DataError as error:
            raise _alone(str(error.problems[0])) from None
        return _head(after - result, result - after) + _diff(root, changed)


def _alone(problem: str) -> UsageError:
    return UsageError(f"These writes do not hold together without the others ({problem}); export them all.")


def _head(missing: set[ox.Quad], surplus: set[ox.Quad]) -> str:
    if not missing and not surplus:
        return ""
    head = "# No instance file can hold these quads; “allegiance writes export --format update” has them.\n"
    return (
        head + "".join(f"# + {line}\n" for line in lines(missing)) + "".join(f"# - {line}\n" for line in lines(surplus))
    )


def _diff(root: Path, changed: Path) -> str:
    files = {path.relative_to(base) for base in (root, changed) for path in (base / "instances").rglob("*.t*")}
    parts = []
    for name in sorted(files):
        old, new = (_lines(base / name) for base in (root, changed))
        if old != new:
            ours = f"a/{name.as_posix()}" if old is not None else "/dev/null"
            theirs = f"b/{name.as_posix()}" if new is not None else "/dev/null"
            parts += list(difflib.unified_diff(old or [], new or [], ours, theirs))
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in parts)


def _lines(path: Path) -> list[str] | None:
    """A file's lines, ended by nothing but a line feed; None where there is no file."""
    if not path.is_file():
        return None
    return re.findall(r"[^\n]*\n|[^\n]+", path.read_bytes().decode())


class _Editor:
    """Changes the instance files of a folder so that a build of them asserts what is to be asserted after."""

    def __init__(self, folder: Path, composed: Composition, before: set[ox.Quad], after: set[ox.Quad]) -> None:
        self._folder = folder
        self._files = {record: place.file for record, place in composed.places.items()}
        self._documents: dict[str, Document] = {}
        self._after: dict[str, set[ox.Triple]] = defaultdict(set)
        self._pointing: dict[str, list[str]] = defaultdict(list)
        self._changed: set[str] = set()
        self._parents: dict[str, set[str]] = defaultdict(set)
        for quad in before ^ after:
            if is_instance_graph(graph_of(quad)):
                self._changed.add(text_of(quad.subject))
        for quad in sorted(after, key=str):
            subject = text_of(quad.subject)
            if quad.predicate.value == RDFS + "subClassOf" and isinstance(quad.object, ox.NamedNode):
                self._parents[subject].add(quad.object.value)
            if is_instance_graph(graph_of(quad)):
                self._after[subject].add(quad.triple)
                if isinstance(quad.object, ox.NamedNode):
                    self._pointing[quad.object.value].append(subject)
        self._rows = passage_rows(after)
        self._usual = self._usual_files()

    def edit(self) -> None:
        """Write the changed files."""
        records = [record for record in self._changed if not record.startswith(terms.ALGP)]
        for record in sorted(records, key=self._order):
            document = self._document(self._file(record))
            target = self._after.get(record, set())
            mine = [t for s in document.statements() if s.subject == record for t in s.triples]
            values = {triple: _normal(triple) for triple in mine}
            keep = {triple for triple, value in values.items() if value in target}
            document.change(record, keep, target - set(values.values()))
        for name, document in self._documents.items():
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if document.is_empty:
                path.unlink(missing_ok=True)
            else:
                path.write_text(document.text, encoding="utf-8")
        table = read_table(self._folder / _TABLE)
        rows = {name: row for name, row in self._rows.items() if table.get(name) != row}
        if rows:
            write_table(self._folder / _TABLE, table | rows)

    def _document(self, name: str) -> Document:
        if name not in self._documents:
            path = self._folder / name
            self._documents[name] = Document(path.read_text(encoding="utf-8") if path.is_file() else "")
        return self._documents[name]

    def _objects(self, record: str, predicate: str = "") -> list[str]:
        found = sorted(self._after.get(record, ()), key=str)
        return [
            triple.object.value
            for triple in found
            if isinstance(triple.object, ox.NamedNode) and (not predicate or triple.predicate.value == predicate)
        ]

    def _classes(self, record: str) -> set[str]:
        found, pending = set(), self._objects(record, TYPE.value)
        while pending:
            cls = pending.pop()
            if cls not in found:
                found.add(cls)
                pending.extend(self._parents[cls])
        return found

    def _usual_files(self) -> dict[str, str]:
        """The file beside the folders in which most records of a class stand, where there is one."""
        where: dict[str, Counter[str]] = defaultdict(Counter)
        for record, file in self._files.items():
            for cls in self._objects(record, TYPE.value):
                where[cls][file] += 1
        usual = {}
        for cls, files in where.items():
            file, count = max(files.items(), key=lambda item: (item[1], item[0]))
            if file.count("/") == 1 and 2 * count > files.total():
                usual[cls] = file
        return usual

    def _order(self, record: str) -> tuple[str, int, str]:
        """New records of a file: each thing, its names, the claims about it."""
        if record.startswith(terms.ALGC):
            return (next(iter(self._objects(record, ALG + "about")), record), 2, record)
        if record.startswith(terms.ALGN):
            return (next(iter(self._pointing[record]), record), 1, record)
        return (record, 0, record)

    def _file(self, record: str, asked: frozenset[str] = frozenset()) -> str:
        """The file a record stands in, or the one a new record is chiefly about the subject of."""
        if record not in self._files:
            found = self._home(record, asked | {record})
            if found is None:
                return _ELSEWHERE
            self._files[record] = found
        return self._files[record]

    def _home(self, record: str, asked: frozenset[str]) -> str | None:
        if record in self._files:
            return self._files[record]
        classes = self._classes(record)
        slug = record.removeprefix(terms.ALGID)
        for cls, folder in _FOLDERS.items():
            if cls in classes and _SLUG.fullmatch(slug):
                return f"instances/{folder}/{slug}.ttl"
        if record.startswith(terms.ALGC):
            near = self._objects(record, ALG + "about")
        elif record.startswith(terms.ALGN):
            near = self._pointing[record]
        else:
            usual = next((self._usual[cls] for cls in self._objects(record, TYPE.value) if cls in self._usual), None)
            if usual is not None:
                return usual
            claims = [one for one in self._pointing[record] if record in self._objects(one, ALG + "about")]
            named = [thing for claim in claims for thing in self._objects(claim)]
            voices = {thing for claim in claims for thing in self._objects(claim, ALG + "attributedTo")}
            near = self._objects(record) + [thing for thing in named if thing not in voices]
        homes = [
            (thing, home)
            for thing in dict.fromkeys(near)
            if thing not in asked and (thing in self._files or thing in self._after)
            if (home := self._home(thing, asked | {thing})) is not None
        ]
        return min(homes, key=lambda found: _nearness(slug, *found))[1] if homes else None


def _nearness(slug: str, thing: str, home: str) -> tuple[int, int]:
    """How near a thing's file is to an occurrence: named in its slug, the earlier the nearer, else by folder."""
    place = f"-{slug}-".find(f"-{thing.removeprefix(terms.ALGID)}-")
    folders = [number for number, folder in enumerate(("organisations", "people")) if f"/{folder}/" in home]
    return (0, place) if place >= 0 and folders else (1, folders[0] if folders else 2)


def _normal(triple: ox.Triple) -> ox.Triple:
    """A triple as the engine gives it back."""
    graph = ox.NamedNode(terms.ENTITIES_GRAPH)
    return next(iter(normal([ox.Quad(triple.subject, triple.predicate, triple.object, graph)]))).triple
