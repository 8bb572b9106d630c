"""The OWL 2 RL closure, engine-neutral: the schema closed by owlrl, its axioms run as CONSTRUCT rules to a fixpoint.

owlrl is exact and takes minutes where this takes a second, so it closes the schema only (`allegiance.build.schema`:
small, and the part where completeness is hard). What instance data can trigger is then one rule an axiom (OWL 2
Profiles §4.3, tables 4 to 9). A test compares the closure with owlrl's on the shipped data.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from allegiance import terms
from allegiance.engine import Engine, text_of
from allegiance.terms import OWL

INFERRED = ox.NamedNode(terms.INFERRED_GRAPH)


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


@dataclass(frozen=True)
class Schema:
    """A closed ontology: what its closure adds, rules among properties, and rules that only type."""

    quads: list[ox.Quad]
    among: list[Axiom]
    typing: list[Axiom]


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


def closed_schema(engine: Engine) -> Schema:
    """The ontology of an engine closed by owlrl and compiled."""
    from allegiance.build.schema import closed  # noqa: PLC0415 - owlrl is not needed for a schema that is known

    return closed(engine)


def infer(engine: Engine, schema: Schema | None = None) -> int:
    """Add the closure as the inferred graph; returns how many triples it holds.

    `schema` is that of the engine's ontology, where it has been closed before.
    """
    schema = schema or closed_schema(engine)
    engine.add(schema.quads)
    _among(engine, schema.among)
    # Ranges and domains type things whose superclasses are then due; the schema is closed, so one pass does for each.
    for hierarchy in (False, True):
        used = _used(engine, "?x a ?used" if hierarchy else "?x ?used ?y")
        for axiom in schema.typing:
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
