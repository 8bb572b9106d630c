"""The OWL 2 RL closure, engine-neutral: the schema closed by owlrl, its axioms run as CONSTRUCT rules to a fixpoint.

owlrl is exact and takes minutes where this takes a second, so it closes the schema only (small, and the part where
completeness is hard). What instance data can trigger is then one rule an axiom (OWL 2 Profiles §4.3, tables 4 to 9).
The ontology keeps to the axioms named in AXIOMS; `unsupported` finds any other, and a test compares the closure with
owlrl's on the shipped data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import owlrl
import pyoxigraph as ox
import rdflib
from rdflib.collection import Collection

from allegiance import terms
from allegiance.build.graphs import to_rdflib
from allegiance.engine import Engine, text_of
from allegiance.terms import OWL, RDFS

INFERRED = ox.NamedNode(terms.INFERRED_GRAPH)
AXIOMS = (
    RDFS + "subClassOf",
    RDFS + "subPropertyOf",
    RDFS + "domain",
    RDFS + "range",
    OWL + "inverseOf",
    OWL + "propertyChainAxiom",
)
CHARACTERISTICS = (OWL + "SymmetricProperty", OWL + "TransitiveProperty")

# Types that say nothing: every resource has them, and no question asks for them.
_VOID = {OWL + "Thing", RDFS + "Resource"}


@dataclass(frozen=True)
class Axiom:
    """One rule of the closure: the axiom's name, and its premises and conclusion over ?x ?y ?z.

    `reads` are the predicates that its premises match, or the class whose members they are; `writes` is the predicate
    or class of its conclusion.
    """

    name: str
    premises: str
    conclusion: str
    reads: frozenset[str]
    writes: str

    @property
    def construct(self) -> str:
        """A CONSTRUCT of the conclusions that no graph holds yet."""
        return (
            f"CONSTRUCT {{ {self.conclusion} }} WHERE {{ {self.premises} "
            f"FILTER(!isLiteral(?x)) FILTER NOT EXISTS {{ {self.conclusion} }} }}"
        )


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


def _apply(engine: Engine, axiom: Axiom) -> int:
    quads = {ox.Quad(t.subject, t.predicate, t.object, INFERRED) for t in engine.triples(axiom.construct)}
    engine.add(quads)
    return len(quads)


def _used(engine: Engine, pattern: str) -> set[str]:
    """The IRIs that ?used of a pattern stands for."""
    found = (row["used"] for row in engine.rows(f"SELECT DISTINCT ?used WHERE {{ {pattern} }}"))
    return {term.value for term in found if isinstance(term, ox.NamedNode)}


def _among(engine: Engine, axioms: list[Axiom]) -> None:
    """Rules among properties to their fixpoint: each is asked again only when one of its properties has grown.

    Most properties that the ontology takes over from others are used by nothing, and their rules are never asked.
    """
    used = _used(engine, "?x ?used ?y")
    grown = set(used)
    while grown:
        before, grown = grown, set()
        for axiom in axioms:
            # What has grown in this round already is new to the rule as well.
            if axiom.reads & (before | grown) and axiom.reads <= used and _apply(engine, axiom):
                used.add(axiom.writes)
                grown.add(axiom.writes)


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


def infer(engine: Engine) -> int:
    """Add the closure as the inferred graph; returns how many triples it holds."""
    schema = close_schema(engine)
    engine.add(list(_schema_quads(engine, schema)))
    among, typing = compile_axioms(schema)
    _among(engine, among)
    # Ranges and domains type things whose superclasses are then due; the schema is closed, so one pass does for each.
    for hierarchy in (False, True):
        used = _used(engine, "?x a ?used" if hierarchy else "?x ?used ?y")
        for axiom in typing:
            if (axiom.name == "cax-sco") == hierarchy and axiom.reads & used:
                used |= {axiom.writes} if _apply(engine, axiom) and hierarchy else set()
    return sum(1 for _ in engine.quads(terms.INFERRED_GRAPH))


def clashes(engine: Engine) -> list[str]:
    """Things that two disjoint classes claim (cax-dw); a consistent dataset has none."""
    query = f"""
        SELECT DISTINCT ?thing ?one ?other WHERE {{
          ?one <{OWL}disjointWith> ?other .
          ?thing a ?one , ?other . }} ORDER BY ?thing ?one ?other"""
    return ["\t".join(text_of(row[name]) for name in ("thing", "one", "other")) for row in engine.rows(query)]
