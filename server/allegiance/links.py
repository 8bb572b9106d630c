"""Judged links to Wikidata and GeoNames, and points of places: tables kept by hand, Turtle made from them.

`instances/links/wikidata.sssom.tsv` is a mapping set in SSSOM (https://mapping-commons.github.io/sssom/), positive and
negative; `ext_verification` says how far a link has been checked: `verified-2` by two sources or a recheck,
`verified-1` by one. A `verified-1` exact match is published as skos:closeMatch until it has been rechecked.
`instances/links/points.tsv` has WGS84 points with their source and licence.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from allegiance import terms
from allegiance.errors import Problem, readable
from allegiance.terms import DCTERMS, OWL, RDF, RDFS, SCHEMA, SKOS, XSD

SSSOM = "https://w3id.org/sssom/"
GEO = terms.PREFIXES["geo"]
MAPPINGS = "wikidata.sssom.tsv"
POINTS = "points.tsv"
SPACES = {
    "wikidata": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "geonames": "https://sws.geonames.org/",
    "algid": terms.ALGID,
    "alg": terms.ALG,
    "skos": SKOS,
    "semapv": "https://w3id.org/semapv/vocab/",
}
RELATIONS = ("skos:exactMatch", "skos:closeMatch", "skos:broadMatch")
COLUMNS = (
    "subject_id", "subject_label", "predicate_id", "predicate_modifier", "object_id", "object_label",
    "mapping_justification", "confidence", "comment", "ext_evidence", "ext_verification",
)  # fmt: skip
Say = Callable[[str, str, ox.NamedNode | ox.Literal], None]
_OBJECT = re.compile(r"wikidata:Q[1-9]\d*|wdt:P[1-9]\d*|geonames:[1-9]\d*/")


@dataclass(frozen=True)
class Mapping:
    """One row of the mapping set, and the line it stands on."""

    line: int
    subject: str
    relation: str
    negated: bool
    object: str
    object_label: str
    justification: str
    confidence: str
    comment: str
    evidence: str
    verification: str

    @property
    def published(self) -> str:
        """The relation that is published; an exact match that one source alone vouches for is close for now."""
        if self.relation == "skos:exactMatch" and self.verification != "verified-2":
            return "skos:closeMatch"
        return self.relation


def iri(name: str) -> str:
    """The IRI of a name in the mapping set's prefixes; ValueError for any other."""
    prefix, _, local = name.partition(":")
    if prefix not in SPACES:
        raise ValueError(f"{name} has an unknown prefix")
    return SPACES[prefix] + local


def _table(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    lines = readable(path).splitlines()
    skipped = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    rows = csv.DictReader(io.StringIO("\n".join(lines[skipped:])), delimiter="\t", quoting=csv.QUOTE_NONE)
    for row in rows:
        yield skipped + rows.line_num, {key: (value or "").strip() for key, value in row.items() if key}


def read_mappings(folder: Path) -> tuple[list[Mapping], list[Problem]]:
    """The mapping set of an instances folder, and what is wrong with its rows."""
    path = folder / "links" / MAPPINGS
    if not path.is_file():
        return [], []
    file = f"instances/links/{MAPPINGS}"
    mappings: list[Mapping] = []
    problems: list[Problem] = []
    for line, row in _table(path):
        missing = [column for column in COLUMNS if column not in row]
        if missing:
            problems.append(
                Problem(file, line, "", f"has no column {missing[0]}; keep the columns {', '.join(COLUMNS)}")
            )
            break
        mapping = Mapping(
            line, row["subject_id"], row["predicate_id"], row["predicate_modifier"] == "Not", row["object_id"],
            row["object_label"], row["mapping_justification"], row["confidence"], row["comment"],
            row["ext_evidence"], row["ext_verification"],
        )  # fmt: skip
        fault = _fault(mapping, row["predicate_modifier"])
        if fault:
            problems.append(Problem(file, line, mapping.subject, fault))
        else:
            mappings.append(mapping)
    problems += _conflicts(mappings, file)
    return mappings, problems


def _fault(mapping: Mapping, modifier: str) -> str:
    """What is wrong with one row, in words; empty where nothing is."""
    faults = {
        f"has the relation {mapping.relation}; use {', '.join(RELATIONS)}": mapping.relation not in RELATIONS,
        f"has the modifier {modifier}; leave it empty or write Not": modifier not in ("", "Not"),
        f"has the object {mapping.object}; write wikidata:Q…, wdt:P… or geonames:…/": not _OBJECT.fullmatch(
            mapping.object
        ),
        "has no justification; write semapv:ManualMappingCuration": not mapping.justification.startswith("semapv:"),
        "has a confidence that is not a number from 0 to 1": not re.fullmatch(
            r"0(\.\d+)?|1(\.0+)?", mapping.confidence
        ),
        "has no evidence; say where the link was found": not mapping.evidence,
        "has no verification; write verified-1 or verified-2": mapping.verification not in ("verified-1", "verified-2"),
    }
    return next((fault for fault, found in faults.items() if found), "")


def _conflicts(mappings: list[Mapping], file: str) -> Iterator[Problem]:
    """A pair both linked and refused, and two exact matches of one thing in one register."""
    negative = {(m.subject, m.object) for m in mappings if m.negated}
    exact: dict[tuple[str, str], Mapping] = {}
    for mapping in mappings:
        if mapping.negated:
            continue
        if (mapping.subject, mapping.object) in negative:
            yield Problem(
                file, mapping.line, mapping.subject, f"is both linked to {mapping.object} and not; keep one row"
            )
        if mapping.relation == "skos:exactMatch":
            for key in ((mapping.subject, mapping.object.partition(":")[0]), ("", mapping.object)):
                if key in exact:
                    message = f"has an exact match that line {exact[key].line} excludes; make one of them a close match"
                    yield Problem(file, mapping.line, mapping.subject, message)
                exact.setdefault(key, mapping)


def quads(folder: Path, known: Collection[str]) -> tuple[list[ox.Quad], list[Problem]]:
    """The links graph of an instances folder: links, the mappings they come from, and points.

    `known` are the IRIs that are described; a link or point of anything else is a problem.
    """
    mappings, problems = read_mappings(folder)
    graph = ox.NamedNode(terms.LINKS_GRAPH)
    found: list[ox.Quad] = []

    def say(subject: str, predicate: str, value: ox.NamedNode | ox.Literal) -> None:
        found.append(ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), value, graph))

    for mapping in mappings:
        subject, target = iri(mapping.subject), iri(mapping.object)
        if subject not in known:
            message = "is linked and described nowhere; describe it, or take the row out"
            problems.append(Problem(f"instances/links/{MAPPINGS}", mapping.line, mapping.subject, message))
            continue
        if not mapping.negated:
            say(subject, iri(mapping.published), ox.NamedNode(target))
            if mapping.published == "skos:exactMatch":
                say(subject, SCHEMA + "sameAs", ox.NamedNode(target))
        node = f"{terms.W3ID}mapping/{_local(mapping.subject)}--{_local(mapping.object)}"
        say(node, RDF + "type", ox.NamedNode(SSSOM + "Mapping"))
        say(node, OWL + "annotatedSource", ox.NamedNode(subject))
        say(node, OWL + "annotatedProperty", ox.NamedNode(iri(mapping.relation)))
        say(node, OWL + "annotatedTarget", ox.NamedNode(target))
        say(node, SSSOM + "mapping_justification", ox.NamedNode(iri(mapping.justification)))
        say(node, SSSOM + "confidence", ox.Literal(mapping.confidence, datatype=ox.NamedNode(XSD + "decimal")))
        say(node, DCTERMS + "source", ox.Literal(mapping.evidence))
        say(node, terms.ALG + "verification", ox.Literal(mapping.verification))
        if mapping.negated:
            say(node, SSSOM + "predicate_modifier", ox.NamedNode(SSSOM + "NegatedPredicate"))
        if mapping.object_label:
            say(node, SSSOM + "object_label", ox.Literal(mapping.object_label))
        if mapping.comment:
            say(node, RDFS + "comment", ox.Literal(mapping.comment, language="en"))
    problems += _points(folder, known, say)
    return found, problems


def _local(name: str) -> str:
    return name.partition(":")[2].strip("/")


def _points(folder: Path, known: Collection[str], say: Say) -> Iterator[Problem]:
    path = folder / "links" / POINTS
    if not path.is_file():
        return
    file = f"instances/links/{POINTS}"
    for line, row in _table(path):
        place = row.get("place", "")
        try:
            subject = iri(place)
            latitude, longitude = float(row["latitude"]), float(row["longitude"])
            if abs(latitude) > 90 or abs(longitude) > 180:
                raise ValueError
        except (KeyError, ValueError):
            yield Problem(
                file, line, place, "is not place, latitude, longitude, source, licence in WGS84 degrees; correct it"
            )
            continue
        if subject not in known:
            yield Problem(file, line, place, "has a point and is described nowhere; describe it, or take the row out")
            continue
        if not row.get("source") or not row.get("licence"):
            yield Problem(file, line, place, "has a point without source or licence; say where it is from")
            continue
        point = ox.Literal(f"POINT({row['longitude']} {row['latitude']})", datatype=ox.NamedNode(GEO + "wktLiteral"))
        node = f"{subject}/point"
        say(subject, GEO + "hasGeometry", ox.NamedNode(node))
        say(node, RDF + "type", ox.NamedNode(GEO + "Geometry"))
        say(node, GEO + "asWKT", point)
        say(node, DCTERMS + "source", ox.Literal(row["source"]))
        say(node, DCTERMS + "license", ox.Literal(row["licence"]))
