"""An engine's data as an rdflib graph that is not a copy: each pattern is looked up when it is asked for.

pySHACL words a report from a handful of nodes; copying a dataset of a million triples for that would take a minute.
Terms are those of `allegiance.build.graphs.node`: rdflib reads some literals as one that the engine holds as two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import rdflib
from rdflib.store import Store

from allegiance.build.graphs import node
from allegiance.engine import Engine

_Triple = tuple[rdflib.term.Node, rdflib.term.Node, rdflib.term.Node]


class _View(Store):
    """The union of the named graphs of an engine; it is read only."""

    # It knows no contexts; pySHACL wraps every graph in a dataset, which asks for a store that does.
    context_aware = True
    graph_aware = True

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._spaces: dict[str, rdflib.URIRef] = {}

    def triples(
        self,
        triple_pattern: tuple[Any, Any, Any],
        context: rdflib.Graph | None = None,  # noqa: ARG002 - the store's interface
    ) -> Iterator[tuple[_Triple, Iterator[None]]]:
        """The triples of a pattern, each once."""
        names, filters = [], []
        for name, wanted in zip(("?s", "?p", "?o"), triple_pattern, strict=True):
            if isinstance(wanted, rdflib.URIRef):
                names.append(wanted.n3())
                continue
            # A query cannot name a blank node, and the engine may hold a literal under another lexical form: these are
            # compared here.
            names.append(name)
            if wanted is not None:
                filters.append(f"FILTER({'isBlank' if isinstance(wanted, rdflib.BNode) else 'isLiteral'}({name}))")
        asked = [name for name in names if name.startswith("?")]
        where = f"{' '.join(names)} {' '.join(filters)}"
        if not asked:
            if self._engine.ask(f"ASK {{ {where} }}"):
                yield triple_pattern, iter(())
            return
        seen = set()
        for row in self._engine.rows(f"SELECT {' '.join(asked)} WHERE {{ {where} }}"):
            subject, predicate, value = (
                node(row[name[1:]]) if name in asked else wanted
                for name, wanted in zip(names, triple_pattern, strict=True)
            )
            triple: _Triple = (subject, predicate, value)
            agrees = all(wanted is None or wanted == term for wanted, term in zip(triple_pattern, triple, strict=True))
            if agrees and triple not in seen:
                seen.add(triple)
                yield triple, iter(())

    def __len__(self, context: rdflib.Graph | None = None) -> int:
        """How many quads there are; rdflib and pySHACL ask often, whether there are any."""
        return len(self._engine)

    def bind(self, prefix: str, namespace: rdflib.URIRef, override: bool = True) -> None:
        """Keep a prefix; rdflib binds its own to every graph."""
        if override or prefix not in self._spaces:
            self._spaces[prefix] = namespace

    def namespace(self, prefix: str) -> rdflib.URIRef | None:
        """The namespace of a prefix."""
        return self._spaces.get(prefix)

    def prefix(self, namespace: rdflib.URIRef) -> str | None:
        """The prefix of a namespace."""
        return next((prefix for prefix, known in self._spaces.items() if known == namespace), None)

    def namespaces(self) -> Iterator[tuple[str, rdflib.URIRef]]:
        """All prefixes."""
        yield from self._spaces.items()


def view(engine: Engine) -> rdflib.Graph:
    """The union of an engine's named graphs as an rdflib graph, to read from."""
    return rdflib.Graph(store=_View(engine))
