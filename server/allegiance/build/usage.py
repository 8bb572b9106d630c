"""How often each term of the ontology is used, an instance that shows it, and which classes it joins: one pass."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from allegiance import terms
from allegiance.engine import Engine, Term, text_of
from allegiance.terms import ALG, RDF, RDFS

Described = dict[str, Any]
TYPE = RDF + "type"
LAYERS = ("asserted", "derived", "inferred", "ontology")
_LAYER = {terms.DERIVED_GRAPH: 1, terms.INFERRED_GRAPH: 2, terms.ONTOLOGY_GRAPH: 3}
_PREFIXES = f"PREFIX alg: <{ALG}> PREFIX rdfs: <{RDFS}> PREFIX skos: <{terms.SKOS}> PREFIX algg: <{terms.ALGG}>\n"
_NAMES = (RDFS + "label", terms.SKOS + "prefLabel", terms.SKOSXL + "prefLabel", terms.DCTERMS + "title")
MOST_OBJECTS = 4
"""An example shows so many values of a property, and says how many more there are."""

Candidate = tuple[int, int, int, str]


@dataclass
class Usage:
    """What one pass over the dataset finds of the terms."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    graphs: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    best: dict[str, Candidate] = field(default_factory=dict)
    values_of: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    relations: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def subject(self, iri: str) -> str:
        """The IRI of the thing that shows a term best; empty where nothing uses it."""
        return self.best[iri][3] if iri in self.best else ""


def _ranks(engine: Engine) -> dict[str, tuple[int, int]]:
    """How well a thing serves as an example: of claims the short plain ones, of other things those most spoken of."""
    found: dict[str, tuple[int, int]] = {}
    said = _PREFIXES + "SELECT ?claim (STRLEN(?said) AS ?long) WHERE { ?claim alg:statement ?said }"
    for row in engine.rows(said):
        found[text_of(row["claim"])] = (1, int(text_of(row["long"])))
    for row in engine.rows(_PREFIXES + "SELECT ?claim WHERE { ?claim a alg:PlainClaim }"):
        claim = text_of(row["claim"])
        found[claim] = (0, found.get(claim, (1, 0))[1])
    spoken = f'SELECT ?thing (COUNT(*) AS ?n) WHERE {{ ?s ?p ?thing FILTER(STRSTARTS(STR(?thing), "{terms.ALGID}")) }}'
    sources = [graph for graph in engine.graphs() if graph.startswith(terms.source_graph(""))]
    for row in engine.rows(spoken + " GROUP BY ?thing", sources) if sources else ():
        found[text_of(row["thing"])] = (0, -int(text_of(row["n"])))
    return found


def _roots(engine: Engine, root_of: dict[str, str]) -> dict[str, str]:
    """Each thing with the topmost class of ours that it is asserted or derived to be of."""
    graphs = [graph for graph in engine.graphs() if graph not in (terms.INFERRED_GRAPH, terms.ONTOLOGY_GRAPH)]
    rows = engine.rows(f'SELECT ?s ?c WHERE {{ ?s a ?c FILTER(STRSTARTS(STR(?c), "{ALG}")) }}', graphs)
    found: dict[str, str] = {}
    for row in rows:
        root = root_of.get(text_of(row["c"]), "")
        thing = text_of(row["s"])
        if root:
            found[thing] = min(root, found.get(thing, root))
    return found


def usage(engine: Engine, values: Iterable[str], root_of: dict[str, str], preferred: dict[str, str]) -> Usage:
    """What the dataset of an engine does with the terms of the ontology.

    `values` are the individuals of the ontology, `root_of` has each class with the topmost one above it, `preferred`
    the instance that a class's own example names.
    """
    found = Usage()
    ranks, roots, known = _ranks(engine), _roots(engine, root_of), frozenset(values)
    unranked = (2, 0)

    def note(term: str, subject: str, layer: int, graph: str) -> None:
        found.counts[term][LAYERS[layer]] += 1
        found.graphs[term][graph] += 1
        kind, number = ranks.get(subject, unranked)
        candidate = (layer, kind, number, subject)
        if term not in found.best or candidate < found.best[term]:
            found.best[term] = candidate

    for quad in engine.quads():
        predicate = quad.predicate.value
        ours = predicate.startswith(ALG)
        value = quad.object
        if not isinstance(value, ox.NamedNode):
            if ours:
                graph = text_of(quad.graph_name) if isinstance(quad.graph_name, ox.NamedNode) else ""
                note(predicate, text_of(quad.subject), _LAYER.get(graph, 0), graph)
            continue
        iri = value.value
        graph = text_of(quad.graph_name) if isinstance(quad.graph_name, ox.NamedNode) else ""
        layer, subject = _LAYER.get(graph, 0), text_of(quad.subject)
        if predicate == TYPE:
            if iri.startswith(ALG):
                note(iri, subject, layer, graph)
            continue
        if ours:
            note(predicate, subject, layer, graph)
            if iri in known:
                note(iri, subject, layer, graph)
                found.values_of[iri][predicate] += 1
        if layer < 2 and (one := roots.get(subject)) and (other := roots.get(iri)):
            found.relations[(one, predicate, other)] += 1
    for term, subject in preferred.items():
        if term in found.best:
            found.best[term] = (0, 0, 0, subject)
    return found


def named_like(engine: Engine, cls: str, example: str) -> str:
    """The instance of a class that an example in words names, with or without its article; empty where none is."""
    for words in (example, example.removeprefix("the ")):
        literal = ox.Literal(words, language="en")
        query = f"SELECT ?s WHERE {{ ?s rdfs:label|skos:prefLabel {literal} ; a <{cls}> }} ORDER BY ?s LIMIT 1"
        for row in engine.rows(_PREFIXES + query):
            return text_of(row["s"])
    return ""


class Examples:
    """Instances as a curator would write them, for a page to show as Turtle."""

    def __init__(self, engine: Engine, order: dict[str, int]) -> None:
        """`order` says where a property stands in a record."""
        self._engine, self._order = engine, order

    def label(self, iri: str) -> str:
        """What a thing is called: its name, or its statement; else nothing."""
        for predicate in (*_NAMES[:2], terms.DCTERMS + "title", ALG + "statement"):
            for value in self._engine.objects(iri, predicate):
                return text_of(value)
        return ""

    def block(self, subject: str, *named: str, whole: bool = True) -> Described:
        """What is asserted of a thing, and whatever else says a term of it; with `whole` false the latter alone."""
        said: dict[str, set[Term]] = defaultdict(set)
        for row in self._engine.rows(f"SELECT ?g ?p ?o WHERE {{ GRAPH ?g {{ <{subject}> ?p ?o }} }}"):
            layer, predicate, value = _LAYER.get(text_of(row["g"]), 0), text_of(row["p"]), row["o"]
            names_it = predicate in named or (isinstance(value, ox.NamedNode) and value.value in named)
            if names_it or (whole and (layer == 0 or (layer == 3 and subject.startswith(ALG)))):
                said[predicate].add(value)
        rows = []
        for predicate in sorted(said, key=lambda name: (*self._place(name), name)):
            # The value that shows the term stands first, so that it is never among those left out.
            values = sorted(said[predicate], key=lambda value: (text_of(value) not in named, str(value)))
            shown = [_object(value) for value in values[:MOST_OBJECTS]]
            rows.append({"property": predicate, "values": shown, "more": max(len(values) - MOST_OBJECTS, 0)})
        return {"subject": subject, "label": self.label(subject), "rows": rows}

    def _place(self, predicate: str) -> tuple[int, int]:
        if predicate == TYPE:
            return (0, 0)
        if predicate in _NAMES:
            return (1, _NAMES.index(predicate))
        return (2, self._order.get(predicate, len(self._order)))


def _object(value: Term) -> Described:
    if isinstance(value, ox.NamedNode):
        return {"iri": value.value}
    if isinstance(value, ox.Literal):
        if value.language:
            return {"text": value.value, "lang": value.language}
        return {"text": value.value, "datatype": value.datatype.value}
    return {"blank": text_of(value)}
