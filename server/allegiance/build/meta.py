"""What a dataset says of itself: VoID, DCAT and the PROV of the build, in algg:meta."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import pyoxigraph as ox

from allegiance import __version__, terms
from allegiance.engine import Engine
from allegiance.terms import DCTERMS, PROV, RDF, XSD

VOID = terms.PREFIXES["void"]
DCAT = terms.PREFIXES["dcat"]
DATASET = terms.W3ID + "dataset"
LICENSE = "https://creativecommons.org/licenses/by/4.0/"
NOTICE = (
    "A research record of what two texts say about organisations and public actors, each statement with its passage. "
    "Both texts lean on one author. It is not a screening list."
)


def describe(engine: Engine) -> list[ox.Quad]:
    """The description of the dataset in an engine that has none yet; the same data gives the same quads."""
    found = list(_description(engine))
    graph, integer = ox.NamedNode(terms.META_GRAPH), ox.NamedNode(XSD + "integer")
    whole, meta = ox.NamedNode(DATASET), ox.NamedNode(terms.META_GRAPH)
    kind = ox.NamedNode(VOID + "Dataset")
    found.append(ox.Quad(whole, ox.NamedNode(VOID + "subset"), meta, graph))
    found.append(ox.Quad(meta, ox.NamedNode(RDF + "type"), kind, graph))
    # The description counts itself, with the two counts that are added here.
    size = len(found) + 2
    for subject, triples in ((meta, size), (whole, len(engine) + size)):
        count = ox.Literal(str(triples), datatype=integer)
        found.append(ox.Quad(subject, ox.NamedNode(VOID + "triples"), count, graph))
    return found


def _description(engine: Engine) -> Iterator[ox.Quad]:
    graph = ox.NamedNode(terms.META_GRAPH)
    integer = ox.NamedNode(XSD + "integer")

    def say(subject: str, predicate: str, value: str | int | ox.Literal) -> ox.Quad:
        term: ox.NamedNode | ox.Literal
        if isinstance(value, ox.Literal):
            term = value
        elif isinstance(value, int):
            term = ox.Literal(str(value), datatype=integer)
        else:
            term = ox.NamedNode(value)
        return ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), term, graph)

    yield say(DATASET, RDF + "type", VOID + "Dataset")
    yield say(DATASET, RDF + "type", DCAT + "Dataset")
    yield say(DATASET, DCTERMS + "title", ox.Literal("Allegiance", language="en"))
    yield say(DATASET, DCTERMS + "description", ox.Literal(NOTICE, language="en"))
    yield say(DATASET, DCTERMS + "license", LICENSE)
    yield say(DATASET, DCAT + "version", ox.Literal(__version__))
    yield say(DATASET, VOID + "uriSpace", ox.Literal(terms.W3ID))
    for vocabulary in (terms.ALG, terms.PROV, terms.SKOS, terms.OA, terms.PREFIXES["org"], terms.PREFIXES["sem"]):
        yield say(DATASET, VOID + "vocabulary", vocabulary)

    sizes: Counter[str] = Counter()
    members: dict[str, set[ox.NamedNode | ox.BlankNode | ox.Triple]] = defaultdict(set)
    for quad in engine.quads():
        if isinstance(quad.graph_name, ox.NamedNode):
            sizes[quad.graph_name.value] += 1
        if quad.predicate.value == RDF + "type" and isinstance(quad.object, ox.NamedNode):
            members[quad.object.value].add(quad.subject)
    for name, size in sorted(sizes.items()):
        yield say(DATASET, VOID + "subset", name)
        yield say(name, RDF + "type", VOID + "Dataset")
        yield say(name, VOID + "triples", size)
    for cls, things in sorted(members.items()):
        if not cls.startswith(terms.ALG):
            continue
        partition = f"{DATASET}#{cls.removeprefix(terms.ALG)}"
        yield say(DATASET, VOID + "classPartition", partition)
        yield say(partition, VOID + "class", cls)
        yield say(partition, VOID + "entities", len(things))

    build = terms.W3ID + "dataset#build"
    yield say(build, RDF + "type", PROV + "Activity")
    yield say(DATASET, PROV + "wasGeneratedBy", build)
    yield say(terms.DERIVED_GRAPH, PROV + "wasGeneratedBy", build)
    yield say(terms.INFERRED_GRAPH, PROV + "wasGeneratedBy", build)
    for name in sorted(sizes):
        if name not in (terms.DERIVED_GRAPH, terms.INFERRED_GRAPH):
            yield say(build, PROV + "used", name)
