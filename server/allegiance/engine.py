"""The only module that touches an RDF store: load, query, read graphs, name the version.

Two embedded engines over Oxigraph: in memory, filled from a dataset file, and on disk, opened read-only. Queries see
the union of the named graphs as the default graph unless FROM or `default_graphs` narrows it (design §2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import pyoxigraph as ox

from allegiance.errors import UsageError
from allegiance.syntax import names_its_graphs

Node = ox.NamedNode | ox.BlankNode
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


def text_of(term: Term) -> str:
    """The IRI, blank node label or lexical form of a term; TypeError for a triple term, which this data has none of."""
    if isinstance(term, ox.Triple):
        raise TypeError("RDF 1.2 triple terms are not used here")
    return term.value


class QuerySyntaxError(UsageError):
    """A query does not parse; one sentence with line and column where the parser gives them."""


_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_EXPECTED_SHOWN = 6


class UpdateFailed(Exception):
    """An update parses and cannot be carried out; one sentence."""


def _sentence(message: str, what: str = "query") -> str:
    """The parser's message as one sentence; its list of expected tokens can run to a page."""
    match = _PLACE.fullmatch(message.strip())
    if match is None:
        return f"The {what} does not parse: {' '.join(message.split())[:300]}."
    line, column, rest = match.groups()
    _, marker, tokens = rest.partition("expected one of ")
    if marker:
        names = [token for token in re.split(r",\s+(?![^\[]*\])", tokens) if token != "[_]" and len(token) < 60]
        # Oxigraph reports some semantic errors as if they were tokens.
        sentences = [name for name in names if " " in name and not name.startswith("[")]
        rest = sentences[0] if sentences else "expected one of " + " ".join(names[:_EXPECTED_SHOWN])
    elif "[_]" in rest:
        rest = "there is something that cannot stand here"
    return f"The {what} does not parse at line {line}, column {column}: {' '.join(rest.split())[:300]}."


class Engine:
    """An embedded store. `read_only` engines refuse writes by the store itself."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store

    @classmethod
    def in_memory(cls, dataset: Path | None = None) -> Engine:
        """An empty engine in memory, or one filled from an N-Quads file."""
        engine = cls(ox.Store())
        if dataset is not None:
            if not dataset.is_file():
                raise UsageError(f"There is no dataset {dataset}; run “allegiance build” first.")
            engine.load(dataset)
        return engine

    @classmethod
    def on_disk(cls, folder: Path) -> Engine:
        """A finished store on disk, opened read-only."""
        if not folder.is_dir():
            raise UsageError(f"There is no store {folder}; run “allegiance build” first.")
        try:
            return cls(ox.Store.read_only(str(folder)))
        except OSError as error:
            raise UsageError(f"The store {folder} cannot be opened ({error}); run “allegiance build” again.") from None

    @staticmethod
    def write_disk(folder: Path, dataset: Path) -> None:
        """Make a store on disk from an N-Quads file, complete and compact."""
        store = ox.Store(str(folder))
        store.bulk_load(path=str(dataset), format=ox.RdfFormat.N_QUADS)
        store.optimize()
        store.flush()

    def load(self, dataset: Path) -> None:
        """Add the quads of an N-Quads file."""
        self._store.bulk_load(path=str(dataset), format=ox.RdfFormat.N_QUADS)

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Add quads in one go."""
        self._store.bulk_extend(quads)

    def update(self, text: str, base: str | None = None) -> None:
        """Carry out a SPARQL 1.1 Update; QuerySyntaxError where it does not parse, UpdateFailed where it does not work.

        Its default graph is the store's own, not the union.
        """
        try:
            self._store.update(text, base_iri=base)
        except SyntaxError as error:
            raise QuerySyntaxError(_sentence(str(error), "update")) from None
        except (RuntimeError, OSError) as error:
            raise UpdateFailed(f"The update cannot be carried out: {' '.join(str(error).split())[:300]}.") from None

    def __contains__(self, quad: ox.Quad) -> bool:
        return quad in self._store

    def __len__(self) -> int:
        return len(self._store)

    def query(
        self,
        text: str,
        *,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base: str | None = None,
    ) -> Answer:
        """Evaluate a SPARQL 1.1 query; QuerySyntaxError where it does not parse."""
        try:
            if default_graphs or named_graphs:
                return self._store.query(
                    text,
                    base_iri=base,
                    default_graph=[ox.NamedNode(g) for g in default_graphs],
                    named_graphs=[ox.NamedNode(g) for g in named_graphs],
                )
            return self._store.query(text, base_iri=base, use_default_graph_as_union=not names_its_graphs(text))
        except SyntaxError as error:
            raise QuerySyntaxError(_sentence(str(error))) from None

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs, sorted."""
        return sorted(text_of(graph) for graph in self._store.named_graphs())

    def rows(self, text: str, default_graphs: Sequence[str] = ()) -> Iterator[dict[str, Term]]:
        """The solutions of a SELECT as variable → term; unbound variables are absent."""
        answer = self.query(text, default_graphs=default_graphs)
        if not isinstance(answer, ox.QuerySolutions):
            raise TypeError("rows() takes a SELECT query")
        names = [variable.value for variable in answer.variables]
        for solution in answer:
            yield {name: term for name in names if (term := solution[name]) is not None}

    def triples(self, text: str) -> Iterator[ox.Triple]:
        """The triples of a CONSTRUCT or DESCRIBE."""
        answer = self.query(text)
        if not isinstance(answer, ox.QueryTriples):
            raise TypeError("triples() takes a CONSTRUCT or DESCRIBE query")
        return iter(answer)

    def ask(self, text: str) -> bool:
        """The answer of an ASK."""
        answer = self.query(text)
        if not isinstance(answer, ox.QueryBoolean):
            raise TypeError("ask() takes an ASK query")
        return bool(answer)

    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        """All quads, or those of one named graph."""
        return self._store.quads_for_pattern(None, None, None, ox.NamedNode(graph) if graph else None)

    def contains(self, subject: str, predicate: str, object_: str) -> bool:
        """Whether some graph holds the triple of three IRIs."""
        pattern = (ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(object_))
        return next(iter(self._store.quads_for_pattern(*pattern)), None) is not None

    def objects(self, subject: str, predicate: str) -> list[Term]:
        """The objects of a subject and predicate over all graphs, sorted, each once."""
        found = self._store.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(predicate), None)
        return sorted({quad.object for quad in found}, key=str)

    def dump(self, out: IO[bytes]) -> None:
        """Write every quad as N-Quads, unsorted."""
        self._store.dump(out, ox.RdfFormat.N_QUADS)


RESULT_FORMATS: dict[str, ox.QueryResultsFormat] = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
GRAPH_FORMATS: dict[str, ox.RdfFormat] = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}


def kind_of(answer: Answer) -> str:
    """What an answer consists of: "solutions", "boolean" or "graph"."""
    if isinstance(answer, ox.QueryTriples):
        return "graph"
    return "boolean" if isinstance(answer, ox.QueryBoolean) else "solutions"


def write_answer(
    answer: Answer | Iterator[ox.Triple], media_type: str, out: IO[bytes], prefixes: dict[str, str]
) -> None:
    """Serialise an answer in one of RESULT_FORMATS or GRAPH_FORMATS."""
    if isinstance(answer, ox.QuerySolutions | ox.QueryBoolean):
        answer.serialize(out, format=RESULT_FORMATS[media_type])
    else:
        ox.serialize(answer, out, format=GRAPH_FORMATS[media_type], prefixes=prefixes)
