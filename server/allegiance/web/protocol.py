"""The SPARQL 1.1 Protocol: what a request asks, and which formats it accepts.

https://www.w3.org/TR/sparql11-protocol/ §2.1, https://www.rfc-editor.org/rfc/rfc9110 §12.5.1
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Request
from werkzeug.datastructures import MIMEAccept, MultiDict

# The first of each list is what a client gets that accepts anything.
OFFERED: dict[str, dict[str, str]] = {
    "solutions": {
        "json": "application/sparql-results+json",
        "xml": "application/sparql-results+xml",
        "csv": "text/csv",
        "tsv": "text/tab-separated-values",
    },
    "boolean": {
        "json": "application/sparql-results+json",
        "xml": "application/sparql-results+xml",
        "csv": "text/csv",
        "tsv": "text/tab-separated-values",
    },
    "graph": {
        "turtle": "text/turtle",
        "ntriples": "application/n-triples",
        "jsonld": "application/ld+json",
        "rdfxml": "application/rdf+xml",
    },
}
# What clients say for a format besides its own media type.
ALIASES = {
    "application/json": "application/sparql-results+json",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
}
CHARSET = {
    "text/csv": "; charset=utf-8",
    "text/tab-separated-values": "; charset=utf-8",
    "text/turtle": "; charset=utf-8",
}


class HttpError(Exception):
    """A failure with its status and one sentence for the client."""

    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers or {}


@dataclass(frozen=True)
class Asked:
    """A query and the graphs it is asked of."""

    query: str
    default_graphs: list[str]
    named_graphs: list[str]


def _single_query(values: MultiDict[str, str]) -> str:
    if "update" in values:
        raise HttpError(400, "This endpoint is read-only: send a query, not an update.")
    queries = values.getlist("query")
    if not queries:
        raise HttpError(400, "There is no query: send one in the parameter “query”.")
    if len(queries) > 1:
        raise HttpError(400, f"There are {len(queries)} queries: send exactly one parameter “query”.")
    return queries[0]


def asked(request: Request) -> Asked:
    """The query of a request in any of the three forms; HttpError where there is none or more than one."""
    parameters: MultiDict[str, str] = request.args
    if request.method == "POST":
        kind = request.mimetype
        charset = request.mimetype_params.get("charset", "utf-8").lower()
        if charset not in ("utf-8", "utf8", "us-ascii"):
            raise HttpError(415, f"The body is in {charset}: send it in UTF-8.")
        if kind == "application/sparql-query":
            try:
                query = request.get_data(cache=False).decode("utf-8")
            except UnicodeDecodeError as error:
                raise HttpError(400, f"The query is not UTF-8 at byte {error.start}: send it in UTF-8.") from None
            if "query" in parameters or "update" in parameters:
                raise HttpError(400, "There is a query in the body and one in the address: send exactly one.")
            return _of(query, parameters)
        if kind != "application/x-www-form-urlencoded":
            offered = "application/sparql-query or application/x-www-form-urlencoded"
            raise HttpError(415, f"A query is not read from {kind or 'a body without a type'}: send {offered}.")
        parameters = MultiDict([*request.args.items(multi=True), *request.form.items(multi=True)])
    return _of(_single_query(parameters), parameters)


def _of(query: str, parameters: MultiDict[str, str]) -> Asked:
    if not query.strip():
        raise HttpError(400, "The query is empty: write a SELECT, ASK, CONSTRUCT or DESCRIBE.")
    graphs = {name: parameters.getlist(name) for name in ("default-graph-uri", "named-graph-uri")}
    for name, values in graphs.items():
        for value in values:
            if ":" not in value or any(c in value for c in ' <>"{}|\\^`') or any(ord(c) <= 32 for c in value):
                raise HttpError(400, f"A {name} is not an absolute IRI: correct “{value[:100]}”.")
    return Asked(query, graphs["default-graph-uri"], graphs["named-graph-uri"])


def _best(accept: MIMEAccept, kind: str) -> str | None:
    offered = list(OFFERED[kind].values())
    names = offered + [alias for alias, real in ALIASES.items() if real in offered]
    chosen = accept.best_match(names) if accept.provided else offered[0]
    return ALIASES.get(chosen, chosen) if chosen else None


def accepted(request: Request) -> dict[str, str]:
    """For each kind of answer the media type to send; kinds for which the client accepts none are absent.

    The parameter `format` (json, csv, turtle …) overrides the header, for links on pages.
    """
    wanted = request.args.get("format") or (request.form.get("format") if request.method == "POST" else None)
    if wanted is not None:
        formats = {kind: known[wanted] for kind, known in OFFERED.items() if wanted in known}
        if not formats:
            names = sorted({name for known in OFFERED.values() for name in known})
            raise HttpError(406, f"The format “{wanted[:40]}” is not offered; there are {', '.join(names)}.")
        return formats
    found = {kind: _best(request.accept_mimetypes, kind) for kind in OFFERED}
    formats = {kind: media_type for kind, media_type in found.items() if media_type}
    if not formats:
        every = sorted({media_type for known in OFFERED.values() for media_type in known.values()})
        raise HttpError(406, f"None of the formats asked for is offered; there are {', '.join(every)}.")
    return formats


def not_acceptable(kind: str) -> HttpError:
    """The refusal of a request that accepts no format for the kind of answer its query has."""
    what = {"solutions": "a table", "boolean": "yes or no", "graph": "a graph"}[kind]
    return HttpError(406, f"The answer is {what}, to be had as {', '.join(OFFERED[kind].values())}.")


def wants_page(request: Request) -> bool:
    """Whether a client prefers HTML to every format of data."""
    if not request.accept_mimetypes.provided:
        return False
    data = [media_type for known in OFFERED.values() for media_type in known.values()]
    return request.accept_mimetypes.best_match([*data, "text/html"]) == "text/html"
