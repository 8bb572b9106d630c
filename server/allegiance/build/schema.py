"""The ontology closed by owlrl and compiled into rules; kept beside the dataset until the ontology changes.

The ontology keeps to the axioms that are compiled here: subclasses, subproperties, domains, ranges, inverses, property
chains, symmetric and transitive properties. A test compares with owlrl on the shipped data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import owlrl
import pyoxigraph as ox
import rdflib
from rdflib.collection import Collection

from allegiance import terms
from allegiance.build.graphs import to_rdflib
from allegiance.build.infer import INFERRED, Axiom, Schema
from allegiance.engine import Engine
from allegiance.terms import OWL, RDFS

# Types that say nothing: every resource has them, and no question asks for them.
_VOID = {OWL + "Thing", RDFS + "Resource"}


def close_schema(engine: Engine) -> rdflib.Graph:
    """The ontology with its OWL 2 RL closure by owlrl."""
    schema = to_rdflib(engine.quads(terms.ONTOLOGY_GRAPH))
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(schema)
    return schema


def _named(schema: rdflib.Graph, predicate: str) -> Iterator[tuple[str, str]]:
    for subject, obj in sorted(schema.subject_objects(rdflib.URIRef(predicate))):
        if isinstance(subject, rdflib.URIRef) and isinstance(obj, rdflib.URIRef) and subject != obj:
            yield str(subject), str(obj)


def compile_axioms(schema: rdflib.Graph) -> tuple[list[Axiom], list[Axiom]]:
    """Rules among properties, which feed each other, and rules that only type, which run once after them."""
    among: list[Axiom] = []
    typing: list[Axiom] = []

    def rule(to: list[Axiom], name: str, premises: str, conclusion: str, reads: Iterable[str], writes: str) -> None:
        to.append(Axiom(name, premises, conclusion, frozenset(reads), writes))

    def turned(name: str, one: str, other: str) -> None:
        rule(among, name, f"?x <{one}> ?y . FILTER(!isLiteral(?y))", f"?y <{other}> ?x .", [one], other)

    for sub, sup in _named(schema, RDFS + "subPropertyOf"):
        rule(among, "prp-spo1", f"?x <{sub}> ?y .", f"?x <{sup}> ?y .", [sub], sup)
    for one, other in _named(schema, OWL + "inverseOf"):
        turned("prp-inv1", one, other)
        turned("prp-inv2", other, one)
    for symmetric in _typed(schema, OWL + "SymmetricProperty"):
        turned("prp-symp", symmetric, symmetric)
    for transitive in _typed(schema, OWL + "TransitiveProperty"):
        premises = f"?x <{transitive}> ?y . ?y <{transitive}> ?z ."
        rule(among, "prp-trp", premises, f"?x <{transitive}> ?z .", [transitive], transitive)
    for chained, chain in schema.subject_objects(rdflib.OWL.propertyChainAxiom):
        links = [str(link) for link in Collection(schema, chain)]
        nodes = ["?x", *(f"?n{i}" for i in range(1, len(links))), "?z"]
        steps = zip(nodes, links, nodes[1:], strict=False)
        premises = " ".join(f"{a} <{p}> {b} ." for a, p, b in steps)
        rule(among, "prp-spo2", premises, f"?x <{chained}> ?z .", links, str(chained))
    for prop, cls in _named(schema, RDFS + "domain"):
        if cls not in _VOID:
            rule(typing, "prp-dom", f"?x <{prop}> ?any .", f"?x a <{cls}> .", [prop], cls)
    for prop, cls in _named(schema, RDFS + "range"):
        if cls not in _VOID:
            rule(typing, "prp-rng", f"?any <{prop}> ?x . FILTER(!isLiteral(?x))", f"?x a <{cls}> .", [prop], cls)
    for sub, sup in _named(schema, RDFS + "subClassOf"):
        if sup not in _VOID:
            rule(typing, "cax-sco", f"?x a <{sub}> .", f"?x a <{sup}> .", [sub], sup)
    return among, typing


def _typed(schema: rdflib.Graph, cls: str) -> list[str]:
    return sorted(str(s) for s in schema.subjects(rdflib.RDF.type, rdflib.URIRef(cls)) if isinstance(s, rdflib.URIRef))


def _schema_quads(engine: Engine, schema: rdflib.Graph) -> Iterator[ox.Quad]:
    """What owlrl adds to the schema about named terms, without the reflexive and universal statements."""
    known = {quad.triple for quad in engine.quads(terms.ONTOLOGY_GRAPH)}
    for subject, predicate, obj in schema:
        if not (isinstance(subject, rdflib.URIRef) and isinstance(obj, rdflib.URIRef)) or subject == obj:
            continue
        if str(obj) in _VOID | {OWL + "Nothing"} or str(subject) in _VOID | {OWL + "Nothing"}:
            continue
        triple = ox.Triple(ox.NamedNode(subject), ox.NamedNode(str(predicate)), ox.NamedNode(obj))
        if triple not in known:
            yield ox.Quad(triple.subject, triple.predicate, triple.object, INFERRED)


def closed(engine: Engine) -> Schema:
    """The ontology of an engine, closed and compiled."""
    graph = close_schema(engine)
    return Schema(list(_schema_quads(engine, graph)), *compile_axioms(graph))
