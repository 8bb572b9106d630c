"""A version of the dataset into another engine, by the SPARQL 1.1 Graph Store Protocol, and whether it is there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import IO

import pyoxigraph as ox
import requests

from allegiance import terms
from allegiance.dataset import Dataset
from allegiance.errors import UsageError
from allegiance.remote import Remote
from allegiance.sparql_client import CONNECT_SECONDS, RemoteEngine, RemoteFailure, session

CHUNK = 25_000
"""Triples a request: engines differ in what they take at once, and Virtuoso holds a request in memory."""
_SECONDS = 600.0
MARK = terms.ALGG + "loaded"
"""A graph of the other engine that says which version it holds, and is no part of the dataset."""
DATASET = terms.W3ID + "dataset"
_TYPE = "application/n-triples"
_SUBSET = f"<{terms.PREFIXES['void']}subset>"

Tell = Callable[[str, int], None]


def silent(_graph: str, _triples: int) -> None:
    """Report nothing."""


def holds(remote: Remote, dataset: Dataset, seconds: float = 10.0) -> bool:
    """Whether an engine holds just this version, as `load` has marked it; RemoteFailure where it cannot be asked."""
    return _mark(dataset.version) in {str(triple) for triple in _graph(remote, MARK, seconds)}


def _mark(version: str) -> str:
    return f'<{DATASET}> <{terms.DCTERMS}identifier> "{version}"'


def _graph(remote: Remote, graph: str, seconds: float) -> list[ox.Triple]:
    text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
    with closing(RemoteEngine(remote, [], seconds)) as engine:
        return list(engine.graph(text, named_graphs=[graph]))


def load(remote: Remote, dataset: Dataset, tell: Tell = silent) -> None:
    """Replace the dataset's graphs in an engine; UsageError where it does not take them.

    The mark of the version goes first and comes last, so that an engine which was left halfway is never taken for one
    that holds it. Other graphs of the engine are left alone. `tell` hears of each graph with the
    triples sent so far.
    """
    if not remote.graph_store:
        raise UsageError("There is no Graph Store address to load to; name it with --graph-store.")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        graphs = _split(dataset.nquads, folder)
        opened = stack.enter_context(session(remote, retries=0))
        for graph in [MARK, *sorted(_described(remote) - graphs.keys())]:
            _send(opened, remote, "DELETE", graph, b"")
        for graph, path in sorted(graphs.items()):
            _replace(opened, remote, graph, path, tell)
        _send(opened, remote, "PUT", MARK, f"{_mark(dataset.version)} .\n".encode())


def _described(remote: Remote) -> set[str]:
    """The graphs of the version that the engine has now."""
    try:
        return {str(t.object)[1:-1] for t in _graph(remote, terms.META_GRAPH, _SECONDS) if str(t.predicate) == _SUBSET}
    except RemoteFailure as error:
        raise UsageError(f"{remote.query} does not answer: {error.detail}") from None


def _split(nquads: Path, folder: Path) -> dict[str, Path]:
    """One N-Triples file a graph; a line of ours is `subject predicate object <graph> .`"""
    files: dict[bytes, IO[bytes]] = {}
    paths: dict[str, Path] = {}
    try:
        with nquads.open("rb") as file:
            for line in file:
                triple, graph, _ = line.rsplit(b" ", 2)
                if graph not in files:
                    path = folder / str(len(files))
                    files[graph], paths[graph[1:-1].decode()] = path.open("wb"), path
                files[graph].write(triple + b" .\n")
    finally:
        for opened in files.values():
            opened.close()
    return paths


def _replace(opened: requests.Session, remote: Remote, graph: str, path: Path, tell: Tell) -> None:
    method, sent = "PUT", 0
    with path.open("rb") as file:
        while lines := list(islice(file, CHUNK)):
            _send(opened, remote, method, graph, b"".join(lines))
            method, sent = "POST", sent + len(lines)
            tell(graph, sent)


def _send(opened: requests.Session, remote: Remote, method: str, graph: str, body: bytes) -> None:
    try:
        response = opened.request(
            method,
            remote.graph_store,
            params={"graph": graph},
            data=body or None,
            headers={"Content-Type": _TYPE} if body else {},
            timeout=(CONNECT_SECONDS, _SECONDS),
            allow_redirects=False,
        )
    except requests.exceptions.RequestException as error:
        raise UsageError(f"{remote.graph_store} does not answer ({type(error).__name__}); start the engine.") from None
    if 200 <= response.status_code < 300 or (method == "DELETE" and response.status_code == 404):
        return
    said = " ".join(response.text.split())[:200]
    raise UsageError(f"{remote.graph_store} answered {method} of {graph} with {response.status_code}: {said}")
