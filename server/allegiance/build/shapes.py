"""The shapes as a graph of the engine's terms: small enough for a dictionary, and read without rdflib."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from allegiance.build.compose import turtle_files
from allegiance.engine import Term, text_of
from allegiance.terms import RDF, SH

if TYPE_CHECKING:
    import rdflib

TARGETS = tuple(SH + name for name in ("targetClass", "targetSubjectsOf", "targetObjectsOf", "targetNode", "target"))


class ShapeGraph:
    """SHACL shapes, by subject and predicate."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.triples = list(triples)
        self._said: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for triple in self.triples:
            values = self._said[triple.subject][triple.predicate.value]
            if triple.object not in values:
                values.append(triple.object)

    @classmethod
    def read(cls, root: Path) -> ShapeGraph:
        """All shapes of a data root; SyntaxError where a file is not Turtle."""
        found: list[ox.Triple] = []
        for path in turtle_files(root / "shapes"):
            # Files may use one blank node label for two things.
            parsed = ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
            found += [quad.triple for quad in parsed]
        return cls(found)

    @classmethod
    def of_rdflib(cls, graph: rdflib.Graph) -> ShapeGraph:
        """The shapes of an rdflib graph."""
        parsed = ox.parse(graph.serialize(format="nt"), format=ox.RdfFormat.N_TRIPLES)
        return cls(quad.triple for quad in parsed)

    def predicates(self, shape: Term) -> list[str]:
        """What is said of a shape, as IRIs, sorted."""
        return sorted(self._said[shape]) if shape in self._said else []

    def values(self, shape: Term, predicate: str) -> list[Term]:
        """What a shape says under a predicate, sorted."""
        return sorted(self._said[shape][predicate], key=str) if shape in self._said else []

    def first(self, shape: Term, predicate: str) -> Term | None:
        """The first value of a predicate, or None."""
        return next(iter(self.values(shape, predicate)), None)

    def text(self, shape: Term, predicate: str) -> str:
        """The text of the first value of a predicate; empty where there is none."""
        value = self.first(shape, predicate)
        return "" if value is None else text_of(value)

    def members(self, head: Term) -> list[Term]:
        """The members of a list."""
        found: list[Term] = []
        while (rest := self.first(head, RDF + "rest")) is not None:
            found += self.values(head, RDF + "first")
            head = rest
        return found

    def having(self, *predicates: str) -> Iterator[Term]:
        """The shapes of which any of some predicates is said, in a fixed order."""
        for shape in sorted(self._said, key=str):
            if any(self._said[shape].get(predicate) for predicate in predicates):
                yield shape

    @cached_property
    def targeted(self) -> list[Term]:
        """The shapes that have targets of their own, sorted."""
        return list(self.having(*TARGETS))
