"""What a write changes: quads added and removed, as sorted N-Quads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from allegiance import terms
from allegiance.engine import Engine, text_of

GENERATED = frozenset({terms.DERIVED_GRAPH, terms.INFERRED_GRAPH, terms.META_GRAPH})


def read_quads(path: Path) -> list[ox.Quad]:
    """The quads of an N-Quads file, blank nodes with the labels they have there."""
    return list(ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS))


def normal(quads: Iterable[ox.Quad]) -> set[ox.Quad]:
    """Quads as the engine gives them back: it keeps numbers by value, whatever type of integer they have."""
    engine = Engine.in_memory()
    engine.add(quads)
    return set(engine.quads())


def lines(quads: Iterable[ox.Quad]) -> tuple[str, ...]:
    """Quads as N-Quads, one a line without its end, sorted by byte, each once."""
    written = ox.serialize(quads, format=ox.RdfFormat.N_QUADS)
    return tuple(line.decode() for line in sorted(set(written.split(b"\n"))) if line) if written else ()


def quads_of(written: Iterable[str]) -> list[ox.Quad]:
    """The quads of N-Quads lines."""
    return list(ox.parse("\n".join(written).encode(), format=ox.RdfFormat.N_QUADS))


def graph_of(quad: ox.Quad) -> str:
    """The IRI of a quad's graph; empty for the default graph."""
    return "" if isinstance(quad.graph_name, ox.DefaultGraph) else text_of(quad.graph_name)


def asserted(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """The quads that no build generates."""
    return [quad for quad in quads if graph_of(quad) not in GENERATED]


@dataclass(frozen=True)
class Patch:
    """Quads added and removed, as sorted N-Quads lines; nothing stands in both."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @classmethod
    def between(cls, before: set[ox.Quad], after: set[ox.Quad]) -> Patch:
        """What leads from one set of quads to another."""
        return cls(lines(after - before), lines(before - after))

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def applied(self, quads: set[ox.Quad]) -> set[ox.Quad]:
        """The quads with the patch applied; what is there already or gone already makes no difference."""
        return (quads - set(quads_of(self.removed))) | set(quads_of(self.added))
