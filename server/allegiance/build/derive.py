"""The derived graph: date bounds from EDTF, and edges, statuses and labels from the rules of ontology/rules."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyoxigraph as ox

from allegiance import dates, terms
from allegiance.build.compose import TYPE
from allegiance.engine import Engine, QuerySyntaxError, text_of
from allegiance.errors import DataError, Problem, UsageError, readable
from allegiance.terms import ALG, RDFS, XSD

DERIVED = ox.NamedNode(terms.DERIVED_GRAPH)
_DATED = {ALG + name for name in ("date", "began", "ended", "reportedOn")}
_BOUNDS = ("earliestBegin", "latestBegin", "earliestEnd", "latestEnd")


def _relationships(quads: list[ox.Quad]) -> set[str]:
    """The occurrences that held for a while, by the class hierarchy of the ontology."""
    parents: dict[str, set[str]] = defaultdict(set)
    types: dict[str, set[str]] = defaultdict(set)
    for quad in quads:
        if not isinstance(quad.object, ox.NamedNode):
            continue
        if quad.predicate.value == RDFS + "subClassOf":
            parents[quad.object.value].add(text_of(quad.subject))
        elif quad.predicate == TYPE:
            types[quad.object.value].add(text_of(quad.subject))
    kinds, pending = set(), [ALG + "Relationship"]
    while pending:
        kind = pending.pop()
        if kind not in kinds:
            kinds.add(kind)
            pending.extend(parents[kind])
    return {thing for kind in kinds for thing in types[kind]}


def _bounds(record: dict[str, str], relationship: bool) -> dates.Bounds:
    """The bounds of one claim; EdtfError where a date does not parse."""
    for value in record.values():
        dates.bounds(value)
    on = record.get(ALG + "date")
    if relationship:
        return dates.of_relationship(record.get(ALG + "began"), record.get(ALG + "ended"), on)
    return dates.of_event(on) if on else dates.Bounds()


def date_bounds(asserted: list[ox.Quad]) -> tuple[list[ox.Quad], list[tuple[str, str]]]:
    """The four xsd:date bounds of every dated claim, and the claims whose date does not parse, each with why."""
    dated: dict[str, dict[str, str]] = defaultdict(dict)
    about: dict[str, str] = {}
    faults: list[tuple[str, str]] = []
    for quad in asserted:
        name = quad.predicate.value
        if name in _DATED and isinstance(quad.object, ox.Literal):
            dated[text_of(quad.subject)][name] = quad.object.value
        elif name == ALG + "about":
            about[text_of(quad.subject)] = text_of(quad.object)
    lasting = _relationships(asserted)
    quads: list[ox.Quad] = []
    for claim, record in sorted(dated.items()):
        try:
            found = _bounds(record, about.get(claim, "") in lasting)
        except dates.EdtfError as error:
            faults.append((claim, f"has a date that does not parse: {error}"))
            continue
        days = (found.earliest_begin, found.latest_begin, found.earliest_end, found.latest_end)
        for bound, day in zip(_BOUNDS, days, strict=True):
            if day is not None:
                quads.append(ox.Quad(ox.NamedNode(claim), ox.NamedNode(ALG + bound), _day(day), DERIVED))
    return quads, faults


def _day(day: date) -> ox.Literal:
    return ox.Literal(day.isoformat(), datatype=ox.NamedNode(XSD + "date"))


@dataclass(frozen=True, order=True)
class Rule:
    """A CONSTRUCT rule of the derived graph. Rules of a stratum may negate only what lower strata derive."""

    stratum: int
    name: str
    text: str


_STRATUM = re.compile(r"^#\+ stratum: ([1-9])$", re.MULTILINE)


def rules(root: Path) -> list[Rule]:
    """The rules of a data root in the order they run."""
    found = []
    for path in sorted((root / "ontology" / "rules").glob("*.rq")):
        text = readable(path)
        match = _STRATUM.search(text)
        if match is None:
            raise UsageError(f"{path.name} says no stratum; add a line “#+ stratum: 1” (or 2) at its top.")
        found.append(Rule(int(match[1]), path.stem, text))
    return sorted(found)


def derive(engine: Engine, root: Path) -> Iterator[tuple[Rule, int]]:
    """Run every rule over the engine's data, into the derived graph; yields each rule and its triple count."""
    for rule in rules(root):
        try:
            quads = {ox.Quad(t.subject, t.predicate, t.object, DERIVED) for t in engine.triples(rule.text)}
        except QuerySyntaxError as error:
            raise DataError([Problem(f"ontology/rules/{rule.name}.rq", 0, "", str(error))]) from None
        engine.add(quads)
        yield rule, len(quads)
