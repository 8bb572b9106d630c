"""The compiled closure against owlrl, the reference, on the shipped data and on random small graphs."""

from __future__ import annotations

import owlrl
import pyoxigraph as ox
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from allegiance import terms
from allegiance.build.compose import ontology_quads
from allegiance.build.graphs import to_rdflib
from allegiance.build.infer import INFERRED, infer
from allegiance.engine import Engine
from conftest import ROOT

OWL, RDFS = rdflib.OWL, rdflib.RDFS
# What every graph entails of every term, and no question asks for: reflexive and universal statements, the types of
# literals, and the lattice of the built-in vocabulary.
UNIVERSAL = {OWL.Thing, OWL.Nothing, RDFS.Resource, RDFS.Literal}


def telling(graph: rdflib.Graph) -> set[tuple[rdflib.term.Node, ...]]:
    """The triples of a closure that say something of named things."""
    return {
        (s, p, o)
        for s, p, o in graph
        if s != o
        and not isinstance(s, rdflib.Literal)
        and not UNIVERSAL & {s, o}
        and not str(s).startswith(terms.XSD)
        and not (isinstance(s, rdflib.BNode) or isinstance(o, rdflib.BNode))
    }


def by_owlrl(graph: rdflib.Graph) -> set[tuple[rdflib.term.Node, ...]]:
    closure = rdflib.Graph()
    for triple in graph:
        closure.add(triple)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(closure)
    return telling(closure)


def test_closure_of_the_shipped_data_is_owlrls(engine: Engine) -> None:
    asserted = to_rdflib(
        quad for quad in engine.quads() if quad.graph_name not in (INFERRED, ox.NamedNode(terms.META_GRAPH))
    )
    ours = to_rdflib(quad for quad in engine.quads() if quad.graph_name != ox.NamedNode(terms.META_GRAPH))
    reference = by_owlrl(asserted)
    assert len(ours) > len(asserted) + 10_000
    assert telling(ours) - reference == set()
    assert reference - telling(ours) == set()


ONTOLOGY = ontology_quads(ROOT)[0]
SCHEMA = to_rdflib(ONTOLOGY)
PROPERTIES = sorted(
    str(p) for p in SCHEMA.subjects(rdflib.RDF.type, OWL.ObjectProperty) if str(p).startswith(terms.ALG)
)
CLASSES = sorted(str(c) for c in SCHEMA.subjects(rdflib.RDF.type, OWL.Class))
THINGS = [f"{terms.ALGID}thing-{n}" for n in range(6)]
TRIPLES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(THINGS), st.sampled_from(PROPERTIES), st.sampled_from(THINGS)),
        st.tuples(st.sampled_from(THINGS), st.just(terms.RDF + "type"), st.sampled_from(CLASSES)),
    ),
    max_size=12,
)


@settings(max_examples=6, deadline=None)
@given(TRIPLES)
def test_closure_of_a_random_graph_is_owlrls(triples: list[tuple[str, str, str]]) -> None:
    graph = ox.NamedNode(terms.ENTITIES_GRAPH)
    engine = Engine.in_memory()
    engine.add(ONTOLOGY)
    engine.add(ox.Quad(ox.NamedNode(s), ox.NamedNode(p), ox.NamedNode(o), graph) for s, p, o in triples)
    reference = by_owlrl(to_rdflib(engine.quads()))
    infer(engine)
    assert telling(to_rdflib(engine.quads())) == reference


def test_planted_clash_is_found_and_the_shipped_data_has_none(engine: Engine) -> None:
    from allegiance.build.infer import clashes

    assert clashes(engine) == []
    planted = Engine.in_memory()
    planted.add(ONTOLOGY)
    graph = ox.NamedNode(terms.ENTITIES_GRAPH)
    thing = ox.NamedNode(THINGS[0])
    for name in ("Place", "Community"):
        planted.add([ox.Quad(thing, ox.NamedNode(terms.RDF + "type"), ox.NamedNode(terms.ALG + name), graph)])
    infer(planted)
    assert any(THINGS[0] in clash for clash in clashes(planted))
