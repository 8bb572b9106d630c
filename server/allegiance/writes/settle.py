"""Whether asserted quads are such as instance files could hold, so that a write can be exported to them.

A build reads files and puts each record in its graph; a write puts quads where it likes. Here the graphs of the
instance files (algg:entities and algg:source/…) are held to what `allegiance.build.compose` holds the files to:
a class for every record, no reference to what nothing describes, each claim in the graph of its source. Passages
follow their records: a build expands each where it is used, so the same is done here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox
from rdflib import RDF, SH

from allegiance import terms
from allegiance.build.compose import OWN, PASSAGE, TYPE, passage_quads
from allegiance.build.compose import graph_of as graph_of_record
from allegiance.build.graphs import node
from allegiance.build.validate import Result
from allegiance.engine import Term, text_of
from allegiance.passages import Passage, Row, read_table
from allegiance.terms import ALG
from allegiance.writes.patch import graph_of, normal

_SOURCE_GRAPHS = terms.source_graph("")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PARAGRAPH, _HASH = ALG + "paragraph", ALG + "sha256"

# Constraint components of the shapes vocabulary that come nearest; placement has none.
_CLASS = str(SH.ClassConstraintComponent)
_COUNT = str(SH.MaxCountConstraintComponent)
_PATTERN = str(SH.PatternConstraintComponent)
_PLACEMENT = terms.ALGSH + "PlacementConstraintComponent"


def is_instance_graph(graph: str) -> bool:
    """Whether a graph is made of instance files."""
    return graph == terms.ENTITIES_GRAPH or graph.startswith(_SOURCE_GRAPHS)


def _fault(focus: str, component: str, message: str, path: str = "", value: Term | None = None) -> Result:
    term = None if value is None else node(value)
    return Result(focus, "", component, path, "" if term is None else str(term), message, term)


@dataclass
class _Records:
    """The quads of the instance graphs, and what their records need of the rest."""

    quads: set[ox.Quad]
    passage_nodes: dict[str, list[ox.Quad]] = field(default_factory=lambda: defaultdict(list))
    rest: list[ox.Quad] = field(default_factory=list)
    terms_of_ontology: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for quad in self.quads:
            graph = graph_of(quad)
            subject = text_of(quad.subject)
            if graph == terms.ONTOLOGY_GRAPH:
                self.terms_of_ontology.add(subject)
            elif is_instance_graph(graph):
                if subject.startswith(terms.ALGP):
                    self.passage_nodes[subject.removeprefix(terms.ALGP).removesuffix("/selector")].append(quad)
                else:
                    self.rest.append(quad)

    @cached_property
    def described(self) -> set[str]:
        """The records that have a class."""
        return {text_of(quad.subject) for quad in self.rest if quad.predicate == TYPE}

    @cached_property
    def known(self) -> set[str]:
        """What a record may refer to."""
        return self.described | self.terms_of_ontology


def settle(
    before: set[ox.Quad], after: set[ox.Quad], root: Path, orphans: bool = True
) -> tuple[set[ox.Quad], list[Result]]:
    """The quads of a write with its passages expanded as a build does it, and what instance files could not hold.

    `orphans` says whether a new passage that no record points to is a fault; else it is dropped.
    """
    then, now = _Records(before), _Records(after)
    faults = list(_loose_ends(now))
    faults += _unlinked(then, now)
    table: dict[str, Row] = {}
    for name, quads in now.passage_nodes.items():
        row, found = _row(name, quads)
        faults += found
        if row is not None:
            table[name] = row
    faults += _said_of_passages(now, table)
    kept = read_table(root / "instances" / "passages.tsv")
    table |= {name: row for name, row in kept.items() if name not in table and name not in then.passage_nodes}
    used, found = _used(now, table)
    faults += found
    graphs = {record: graph_of_record(record, names) for record, names in used.items()}
    faults += _misplaced(now, used, graphs)
    if orphans:
        pointed_to = {name for names in used.values() for name in names}
        for name in sorted(now.passage_nodes.keys() - then.passage_nodes.keys() - pointed_to):
            message = "is a passage that no record points to; write it together with the record"
            faults.append(_fault(terms.ALGP + name, _CLASS, message))
    if faults:
        return after, sorted(set(faults))
    placed = {(name, terms.source_graph(Passage.named(name).source)) for names in used.values() for name in names}
    passages = normal(q for name, graph in placed for q in passage_quads(name, table[name], ox.NamedNode(graph)))
    return (after - {q for quads in now.passage_nodes.values() for q in quads}) | passages, []


def passage_rows(quads: set[ox.Quad]) -> dict[str, Row]:
    """What passages.tsv holds of the passages in settled quads."""
    rows = {name: _row(name, found)[0] for name, found in _Records(quads).passage_nodes.items()}
    return {name: row for name, row in rows.items() if row is not None}


def _loose_ends(now: _Records) -> Iterator[Result]:
    for subject in sorted({text_of(quad.subject) for quad in now.rest} - now.known):
        yield _fault(subject, _CLASS, "has no class; say what it is", str(RDF.type))
    for quad in now.rest:
        for term in (quad.predicate, quad.object):
            iri = term.value if isinstance(term, ox.NamedNode) and term.value.startswith(OWN) else ""
            if iri and iri not in now.known and not iri.startswith(terms.ALGP):
                message = f"refers to {terms.shorten(iri)}, which is described nowhere; describe it or correct the name"
                yield _fault(text_of(quad.subject), _CLASS, message, quad.predicate.value, term)


def _unlinked(then: _Records, now: _Records) -> Iterator[Result]:
    """Records that are gone and that the tables of links still name."""
    gone = then.described - now.described
    linked = set()
    for quad in now.quads if gone else ():
        if graph_of(quad) == terms.LINKS_GRAPH:
            linked |= {text_of(quad.subject), quad.object.value if isinstance(quad.object, ox.NamedNode) else ""}
    for record in sorted(gone & linked):
        yield _fault(record, _CLASS, "is named in the tables of instances/links; take its rows out before removing it")


def _row(name: str, quads: list[ox.Quad]) -> tuple[Row | None, list[Result]]:
    """What passages.tsv would hold of a passage, and what it could not."""
    iri = terms.ALGP + name
    try:
        place = Passage.named(name)
    except ValueError:
        return None, [_fault(iri, _PATTERN, "is not named <source>-<start>-<end>; name the passage as it stands")]
    if place.start >= place.end:
        return None, [_fault(iri, _PATTERN, "is empty; its end must be greater than its start")]
    paragraphs = {q.object for q in quads if q.predicate.value == _PARAGRAPH}
    hashes = {q.object for q in quads if q.predicate.value == _HASH}
    if len(paragraphs) != 1 or len(hashes) != 1:
        return None, [_fault(iri, _COUNT, "needs exactly one alg:paragraph and one alg:sha256; give both")]
    paragraph, digest = text_of(paragraphs.pop()), text_of(hashes.pop())
    if not re.fullmatch(r"[1-9]\d{0,8}", paragraph) or not _SHA256.fullmatch(digest):
        message = "needs a paragraph counted from 1 and a SHA-256 in 64 hexadecimal digits; correct them"
        return None, [_fault(iri, _PATTERN, message)]
    return Row(int(paragraph), digest), []


def _said_of_passages(now: _Records, table: dict[str, Row]) -> Iterator[Result]:
    """What is said of a passage beyond its row in passages.tsv and what follows from it."""
    graph = ox.NamedNode(terms.ENTITIES_GRAPH)
    facts = {q.triple for q in normal(q for name, row in table.items() for q in passage_quads(name, row, graph))}
    for name in table:
        for quad in now.passage_nodes[name]:
            if quad.triple not in facts:
                said = f"{terms.shorten(quad.predicate.value)} {quad.object}"
                message = f"says more of a passage than instances/passages.tsv holds; take {said} out"
                yield _fault(terms.ALGP + name, _PATTERN, message, quad.predicate.value, quad.object)


def _used(now: _Records, table: dict[str, Row]) -> tuple[dict[str, set[str]], list[Result]]:
    """The passages each record points to, as names, and those that cannot be."""
    used: dict[str, set[str]] = defaultdict(set)
    faults: list[Result] = []
    for quad in now.rest:
        if quad.predicate != PASSAGE:
            continue
        name = str(node(quad.object)).removeprefix(terms.ALGP)
        message = ""
        try:
            passage = Passage.named(name)
        except ValueError:
            message = f"has the passage {quad.object}; write algp:<source>-<start>-<end>"
        else:
            if terms.ALGID + passage.source not in now.described:
                message = f"has a passage of {passage.source}, which is not a source; describe it first"
            elif name not in table:
                message = f"has the passage {name}, which is not described; write its alg:paragraph and alg:sha256 too"
        if message:
            faults.append(_fault(text_of(quad.subject), _CLASS, message, PASSAGE.value, quad.object))
        else:
            used[text_of(quad.subject)].add(name)
    return used, faults


def _misplaced(now: _Records, used: dict[str, set[str]], graphs: dict[str, str]) -> Iterator[Result]:
    for record, names in used.items():
        if record.startswith(terms.ALGC) and len({Passage.named(name).source for name in names}) > 1:
            message = "has passages of two sources; write one claim for each source"
            yield _fault(record, _PLACEMENT, message, PASSAGE.value)
    for record, graph in sorted({(text_of(quad.subject), graph_of(quad)) for quad in now.rest}):
        right = graphs.get(record, terms.ENTITIES_GRAPH)
        if graph != right:
            message = f"stands in {terms.shorten(graph)} and belongs in {terms.shorten(right)}; write it there"
            yield _fault(record, _PLACEMENT, message)
