"""HTTP as tests need it: every answer as it came, whatever its status; and bytes on a bare socket."""

from __future__ import annotations

import csv
import http.client
import io
import re
import socket
import time
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV = "text/csv"
TSV = "text/tab-separated-values"
TABLES = (JSON, XML, CSV, TSV)

TURTLE = "text/turtle"
NTRIPLES = "application/n-triples"
JSONLD = "application/ld+json"
RDFXML = "application/rdf+xml"
GRAPHS = {TURTLE: "turtle", NTRIPLES: "nt", JSONLD: "json-ld", RDFXML: "xml"}
"""Media types of graphs, with the name of rdflib's parser."""

ALG = "https://w3id.org/allegiance/ontology#"
GRAPH = "https://w3id.org/allegiance/graph/"

SELECT = f"SELECT ?s WHERE {{ ?s a <{ALG}Person> }} ORDER BY ?s LIMIT 3"
ASK = "ASK { ?s ?p ?o }"
CONSTRUCT = f"CONSTRUCT {{ ?s a ?c }} WHERE {{ ?s a ?c . ?s a <{ALG}Person> }}"
DESCRIBE = "DESCRIBE <https://w3id.org/allegiance/id/hafiz-saeed-khan>"
EVERYTHING = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
ENDLESS = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f }"
"""Billions of rows, of which the first come at once."""
RUNAWAY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
"""Nothing for hours."""

ANOTHER = "127.0.0.2"
"""The address of another client than the one that a test is about."""


class Addressed(Protocol):
    """Something that answers at an address, such as http://127.0.0.1:8000."""

    address: str


@dataclass(frozen=True)
class Answer:
    """A response: its status, headers as they came (names in any case), and body as it came."""

    status: int
    fields: http.client.HTTPMessage
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """By lower-case name; several of one name joined with commas."""
        return {name.lower(): ", ".join(self.fields.get_all(name, [])) for name in self.fields}

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def media_type(self) -> str:
        """Without parameters; empty where there is none."""
        return self.headers.get("content-type", "").split(";")[0].strip()

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows of a CSV answer."""
        return list(csv.DictReader(io.StringIO(self.text)))

    def listed(self, name: str) -> set[str]:
        """The members of a header that is a list, in lower case."""
        return {part.strip().lower() for part in self.headers.get(name, "").split(",") if part.strip()}


def connect(server: Addressed, timeout: float = 30, source: str | None = None) -> http.client.HTTPConnection:
    """A connection that stays open from request to request."""
    host, port = address(server)
    return http.client.HTTPConnection(host, port, timeout=timeout, source_address=(source, 0) if source else None)


def address(server: Addressed) -> tuple[str, int]:
    """Host and port."""
    host, _, port = server.address.removeprefix("http://").rstrip("/").partition(":")
    return host, int(port)


def send(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    data: bytes | None = None,
) -> Answer:
    """One request with exactly these headers, besides Host and Content-Length."""
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    if data is not None:
        connection.putheader("Content-Length", str(len(data)))
    connection.endheaders(data)
    response = connection.getresponse()
    return Answer(response.status, response.headers, response.read())


def step(
    server: Addressed,
    path: str,
    *,
    data: bytes | None = None,
    method: str | None = None,
    accept: str | None = None,
    kind: str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30,
    source: str | None = None,
) -> Answer:
    """One request, no redirect followed; GET, or POST where there is data."""
    given = dict(headers or {})
    if accept is not None:
        given["Accept"] = accept
    if kind is not None:
        given["Content-Type"] = kind
    connection = connect(server, timeout, source)
    try:
        return send(connection, method or ("GET" if data is None else "POST"), path, given, data)
    finally:
        connection.close()


def ask(
    server: Addressed,
    path: str,
    *,
    data: bytes | None = None,
    method: str | None = None,
    accept: str | None = None,
    kind: str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30,
    source: str | None = None,
) -> Answer:
    """One request, redirects followed as a browser does."""
    for _ in range(5):
        answer = step(
            server,
            path,
            data=data,
            method=method,
            accept=accept,
            kind=kind,
            headers=headers,
            timeout=timeout,
            source=source,
        )
        if answer.status not in (301, 302, 303, 307, 308):
            break
        to = urllib.parse.urlsplit(urllib.parse.urljoin(server.address + path, answer.headers["location"]))
        assert f"http://{to.netloc}" == server.address, f"{path} leads out, to {to.geturl()}"
        path = urllib.parse.urlunsplit(("", "", to.path, to.query, ""))
        if answer.status == 303:
            data, kind, method = None, None, method if method == "HEAD" else None
    return answer


def query_path(query: str, *parameters: tuple[str, str], path: str = "/sparql") -> str:
    """The address of a query by GET."""
    return f"{path}?{urllib.parse.urlencode([('query', query), *parameters])}"


def form(*parameters: tuple[str, str]) -> bytes:
    """A body of type FORM."""
    return urllib.parse.urlencode(parameters).encode()


def sparql(server: Addressed, query: str, accept: str | None = None, source: str | None = None) -> Answer:
    """A query by GET, or by form where an address would be too long for it."""
    if len(query) < 2_000:
        return ask(server, query_path(query), accept=accept, source=source)
    return ask(server, "/sparql", data=form(("query", query)), kind=FORM, accept=accept, source=source)


def number(server: Addressed, query: str) -> int:
    """The one number that a query asks for."""
    answer = sparql(server, query, CSV)
    assert answer.status == 200, answer.text
    ((value,),) = (row.values() for row in answer.rows)
    return int(value)


def is_one_sentence(answer: Answer) -> bool:
    """Whether a refusal is what people can read: one line of plain text, nothing of the inside."""
    text = answer.body.decode("utf-8", "replace").rstrip("\n")
    inside = re.search(r"Traceback|File \"|\.py\b|0x[0-9a-f]{6,}", text)
    return bool(text) and not re.search(r"[\r\n]", text) and inside is None and answer.media_type == "text/plain"


def exchange(
    server: Addressed,
    request: bytes | Iterable[bytes],
    timeout: float = 15,
    source: str | None = None,
    finish: bool = False,
) -> bytes:
    """Send bytes and return all that comes until the server closes; TimeoutError where it does not.

    With `finish` our side is closed after sending, as by a client that has nothing more to say.
    """
    with socket.create_connection(address(server), timeout, (source, 0) if source else None) as sock:
        received = bytearray()
        try:
            for part in [request] if isinstance(request, bytes) else request:
                sock.sendall(part)
            if finish:
                sock.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server has said what it had to say.
        try:
            while part := sock.recv(1 << 16):
                received += part
        except ConnectionResetError:
            pass
        return bytes(received)


class _Bytes:
    """Bytes as http.client reads a socket."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def makefile(self, *_: object) -> io.BytesIO:
        return self._file


def answers(received: bytes, *methods: str) -> list[Answer]:
    """The responses in what a socket received, one for each method; fewer where it ends before.

    http.client.IncompleteRead where one is cut short.
    """
    stream = _Bytes(received)
    file = stream.makefile()
    file.close = lambda: None  # type: ignore[method-assign]
    found = []
    for method in methods or ("GET",):
        if file.tell() == len(received):
            break
        response = http.client.HTTPResponse(stream, method=method)  # type: ignore[arg-type]
        response.begin()  # Skips 100 Continue.
        found.append(Answer(response.status, response.headers, response.read()))
    return found


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Come back when something is so; AssertionError where it is not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
