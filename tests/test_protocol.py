"""The SPARQL 1.1 Protocol, Service Description, Graph Store Protocol (reading) and HTTP, row by row, over real HTTP.

https://www.w3.org/TR/sparql11-protocol/ · https://www.w3.org/TR/sparql11-service-description/
https://www.w3.org/TR/sparql11-http-rdf-update/ · https://www.rfc-editor.org/rfc/rfc9110 · https://fetch.spec.whatwg.org
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import http.client
import io
import itertools
import json
import re
import time
import urllib.parse
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
import rdflib
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rdflib.namespace import RDF, VOID

from conftest import Server
from http_client import (
    ALG,
    ASK,
    CONSTRUCT,
    CSV,
    DESCRIBE,
    ENDLESS,
    EVERYTHING,
    FORM,
    GRAPH,
    GRAPHS,
    JSON,
    JSONLD,
    NTRIPLES,
    QUERY,
    RDFXML,
    SELECT,
    TABLES,
    TSV,
    TURTLE,
    UPDATE,
    XML,
    Answer,
    answers,
    ask,
    connect,
    exchange,
    form,
    is_one_sentence,
    number,
    query_path,
    send,
    sparql,
    step,
)

DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
SOURCE = f"{GRAPH}source/is-khorasan-review"
OTHER_SOURCE = f"{GRAPH}source/isis-k-article"
UNKNOWN = "https://w3id.org/allegiance/graph/no-such"
UNION = "SELECT (COUNT(*) AS ?n) WHERE { SELECT DISTINCT ?s ?p ?o WHERE { ?s ?p ?o } }"
"""How many triples the default graph has, each counted once in however many graphs it is."""
INSERT = "INSERT DATA { <a:s> <a:p> <a:o> }"


@pytest.fixture(scope="module")
def roomy(built: Path) -> Iterator[Server]:
    """The shipped dataset, served with room for all of it in one answer."""
    running = Server("--store", built, "--timeout", "20", "--max-result", "64")
    yield running
    running.stop()


# ---------------------------------------------------------------- the table


@dataclass(frozen=True)
class Row:
    """A request and what the answer must be; a refusal must be one sentence besides."""

    says: str
    status: int | tuple[int, ...]
    media: str | tuple[str, ...] = ()
    method: str = "GET"
    address: str = "/sparql"
    parameters: tuple[tuple[str, str], ...] = ()
    data: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    has: dict[str, str] = field(default_factory=dict)
    """Headers of the answer with a pattern for each."""


def get(
    says: str,
    *parameters: tuple[str, str],
    to: int | tuple[int, ...],
    media: str | tuple[str, ...] = (),
    **headers: str,
) -> Row:
    return Row(says, to, media, parameters=parameters, headers=_named(headers))


def post(
    says: str,
    kind: str,
    data: bytes,
    *parameters: tuple[str, str],
    to: int | tuple[int, ...],
    media: str | tuple[str, ...] = (),
    **headers: str,
) -> Row:
    given = _named(headers) | ({"Content-Type": kind} if kind else {})
    return Row(says, to, media, method="POST", parameters=parameters, data=data, headers=given)


def at_graphs(
    says: str,
    *parameters: tuple[str, str],
    to: int | tuple[int, ...],
    media: str | tuple[str, ...] = (),
    **headers: str,
) -> Row:
    return Row(says, to, media, address="/graphs", parameters=parameters, headers=_named(headers))


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def query(text: str) -> tuple[str, str]:
    return ("query", text)


A_JSON, A_XML = "application/json", "application/xml"
PARTS = b'--x\r\nContent-Disposition: form-data; name="query"\r\n\r\nASK {}\r\n--x--\r\n'
NOT_ALLOWED = {"allow": r"(?i)(?=.*\bGET\b)(?=.*\bHEAD\b)(?=.*\bPOST\b)(?=.*\bOPTIONS\b)"}
DEFAULT, NAMED = "default-graph-uri", "named-graph-uri"
GIVEN = ("graph", SOURCE)
NO_IRI = (
    "no iri",
    "",
    "relative",
    "/rooted",
    "http://a b",
    "http://a/<b>",
    'http://a/"',
    "http://a/\n",
    "http://a/{x}",
)

ROWS = [
    # §2.1.1-2.1.3: three forms of a query
    get("query by GET", query(SELECT), to=200, media=JSON),
    post("query by form", FORM, form(query(SELECT)), to=200, media=JSON),
    post("query by form in UTF-8", f"{FORM}; charset=UTF-8", form(query(SELECT)), to=200, media=JSON),
    post("query by body", QUERY, SELECT.encode(), to=200, media=JSON),
    post("query by body in UTF-8", f'{QUERY}; charset="utf-8"', SELECT.encode(), to=200, media=JSON),
    post("query by body, type in capitals", "Application/SPARQL-Query", SELECT.encode(), to=200, media=JSON),
    post("query by body, graphs in the address", QUERY, ASK.encode(), (DEFAULT, SOURCE), to=200, media=JSON),
    get("query with several graphs", query(ASK), (DEFAULT, SOURCE), (DEFAULT, OTHER_SOURCE), (NAMED, SOURCE), to=200),
    get("query that begins with a byte order mark or space", query(f"\n  {SELECT}"), to=200, media=JSON),
    # §2.1.4-2.1.6, RFC 9110 §12.5.1: formats of tables and booleans
    *[get(f"SELECT as {kind}", query(SELECT), to=200, media=kind, accept=kind) for kind in TABLES],
    *[get(f"ASK as {kind}", query(ASK), to=200, media=kind, accept=kind) for kind in TABLES],
    get("SELECT as */*", query(SELECT), to=200, media=JSON, accept="*/*"),
    get("SELECT as text/*", query(SELECT), to=200, media=CSV, accept="text/*"),
    get("SELECT as application/*", query(SELECT), to=200, media=JSON, accept="application/*"),
    get("ASK as text/*", query(ASK), to=200, media=CSV, accept="text/*"),
    get("SELECT as application/json", query(SELECT), to=200, media=(JSON, A_JSON), accept=A_JSON),
    get("SELECT as application/xml", query(SELECT), to=200, media=(XML, A_XML), accept=A_XML),
    get("the greater quality", query(SELECT), to=200, media=XML, accept=f"{CSV};q=0.5, {XML};q=0.9"),
    get("the greater quality, written first", query(SELECT), to=200, media=XML, accept=f"{XML};q=0.9,{CSV};q=0.899"),
    get("an unknown type before a known one", query(SELECT), to=200, media=CSV, accept=f"image/png, {CSV};q=0.1"),
    get("the exact over the wildcard", query(SELECT), to=200, media=TSV, accept=f"*/*;q=0.1, text/*;q=0.2, {TSV}"),
    get("a type that is excluded", query(SELECT), to=200, media=(XML, CSV, TSV), accept=f"*/*, {JSON};q=0"),
    get("a family that is excluded", query(SELECT), to=200, media=(CSV, TSV), accept="application/*;q=0, */*;q=0.5"),
    get("types in capitals", query(SELECT), to=200, media=CSV, accept="TEXT/CSV;Q=1.0"),
    get("spaces around parameters", query(SELECT), to=200, media=CSV, accept=f"{JSON} ; q=0.2 , {CSV} ; q=0.7"),
    get("a charset that we have", query(SELECT), to=200, media=CSV, accept=f"{CSV}; charset=utf-8"),
    get("only what is excluded", query(SELECT), to=406, accept=f"{JSON};q=0"),
    get("everything excluded", query(SELECT), to=406, accept="*/*;q=0"),
    get("an unknown type", query(SELECT), to=406, accept="image/png"),
    get("an unknown family", query(SELECT), to=406, accept="image/*"),
    get("a graph's type for a table", query(SELECT), to=406, accept=TURTLE),
    get("an unknown type for a boolean", query(ASK), to=406, accept="application/pdf"),
    get("an Accept that is none", query(SELECT), to=(200, 400, 406), accept=";;,/,q=;"),
    # formats of graphs
    *[get(f"CONSTRUCT as {kind}", query(CONSTRUCT), to=200, media=kind, accept=kind) for kind in GRAPHS],
    *[get(f"DESCRIBE as {kind}", query(DESCRIBE), to=200, media=kind, accept=kind) for kind in GRAPHS],
    get("CONSTRUCT without Accept", query(CONSTRUCT), to=200, media=TURTLE),
    get("CONSTRUCT as */*", query(CONSTRUCT), to=200, media=TURTLE, accept="*/*"),
    get("CONSTRUCT as text/*", query(CONSTRUCT), to=200, media=TURTLE, accept="text/*"),
    get("CONSTRUCT as application/*", query(CONSTRUCT), to=200, media=tuple(GRAPHS)[1:], accept="application/*"),
    get("a graph, the greater quality", query(CONSTRUCT), to=200, media=JSONLD, accept=f"{TURTLE};q=0.3,{JSONLD}"),
    get("a graph, types of tables first", query(CONSTRUCT), to=200, media=RDFXML, accept=f"{JSON}, {RDFXML};q=0.1"),
    get("a table's type for a graph", query(CONSTRUCT), to=406, accept=CSV),
    get("a quad format for a graph", query(CONSTRUCT), to=406, accept="application/n-quads"),
    # the parameter format, for links
    *[
        get(f"format={name}", query(text), ("format", name), to=200, media=kind, accept="image/png")
        for text, known in (
            (SELECT, {"json": JSON, "xml": XML, "csv": CSV, "tsv": TSV}),
            (CONSTRUCT, {"turtle": TURTLE, "ntriples": NTRIPLES, "jsonld": JSONLD, "rdfxml": RDFXML}),
        )
        for name, kind in known.items()
    ],
    post("format by form", FORM, form(query(SELECT), ("format", "csv")), to=200, media=CSV),
    # the same as SPARQLWrapper writes it: by other names, by the media type, and by both at once
    get("format=json-ld", query(CONSTRUCT), ("format", "json-ld"), ("format", f"{JSONLD},x/y"), to=200, media=JSONLD),
    get("format=rdf+xml", query(CONSTRUCT), ("format", "rdf+xml"), ("format", RDFXML), to=200, media=RDFXML),
    get("format=xml for a graph", query(CONSTRUCT), ("format", "xml"), to=200, media=RDFXML),
    get("format=tsv, twice", query(SELECT), ("format", "tsv"), ("format", TSV), to=200, media=TSV),
    get("an unknown format", query(SELECT), ("format", "docx"), to=406),
    get("a graph's format for a table", query(SELECT), ("format", "turtle"), to=406),
    get("two formats", query(SELECT), ("format", "csv"), ("format", "json"), to=(400, 406)),
    # 400
    get("no query beside parameters", (DEFAULT, SOURCE), to=400),
    get("an empty query", query(""), to=400),
    get("a query of spaces", query(" \n"), to=400),
    get("a query of a comment", query("# nothing"), to=400),
    get("two queries", query(ASK), query(ASK), to=400),
    post("an empty form", FORM, b"", to=400),
    post("a form without a query", FORM, form((DEFAULT, SOURCE)), to=400),
    post("two queries in a form", FORM, form(query(ASK), query(ASK)), to=400),
    post("a query in form and address", FORM, form(query(ASK)), query(ASK), to=400),
    post("a query in body and address", QUERY, ASK.encode(), query(ASK), to=400),
    post("an empty body", QUERY, b"", to=400),
    get("query and update", query(ASK), ("update", INSERT), to=400),
    post("query and update in a form", FORM, form(query(ASK), ("update", INSERT)), to=400),
    post("query in the body, update in the address", QUERY, ASK.encode(), ("update", INSERT), to=400),
    get("update by GET", ("update", INSERT), to=400),
    get("an update sent as a query", query(INSERT), to=400),
    get("a syntax error", query("SELECT * WHERE { ?s ?p }"), to=400),
    get("a grouping error", query("SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o }"), to=400),
    *[
        get(f"{name} {iri!r}", query(ASK), (name, iri), to=400)
        for name in (DEFAULT, NAMED)
        for iri in NO_IRI
    ],
    Row("a query that is not UTF-8 by GET", 400, address="/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%22%ff%22%20%7D"),
    post("a query that is not UTF-8 by form", FORM, b"query=ASK+%7B+%3Fs+%3Fp+%22%E9%22+%7D", to=400),
    post("a query that is not UTF-8 by body", QUERY, "ASK { ?s ?p 'é' }".encode("latin-1"), to=400),
    post("a graph that is not UTF-8", FORM, b"query=ASK+%7B%7D&default-graph-uri=http%3A%2F%2Fa%2F%ff", to=400),
    # 403: writing is off unless an operator turns it on
    post("update by form", FORM, form(("update", INSERT)), to=403),
    post("update by body", UPDATE, INSERT.encode(), to=403),
    post("update by body with a token", UPDATE, INSERT.encode(), to=403, authorization="Bearer guess"),
    *[
        Row(
            f"{method} of a graph",
            (403, 405),
            method=method,
            address="/graphs",
            parameters=(("graph", "http://example.org/g"),),
            data=b"<a:s> <a:p> <a:o> .",
            headers={"Content-Type": TURTLE},
        )
        for method in ("PUT", "POST", "DELETE", "PATCH")
    ],
    # 405
    *[Row(f"{method} of the endpoint", 405, method=method, has=NOT_ALLOWED) for method in ("PUT", "DELETE", "PATCH")],
    Row("DELETE of a description", 405, method="DELETE", address="/.well-known/void", has={"allow": r"(?i)\bGET\b"}),
    Row("POST to a question list", 405, method="POST", address="/queries", data=b"", has={"allow": r"(?i)\bGET\b"}),
    Row("an unknown method", (405, 501), method="BREW"),
    # 413, 414, 431
    post("a form that is too large", FORM, b"query=" + b"x" * (2 << 20), to=413),
    post("a body that is too large", QUERY, b"#" * (2 << 20), to=413),
    get("an address that is too long", query("#" * 200_000), to=(414, 431)),
    Row("a path that is too long", (404, 414, 431), address="/" + "a" * 100_000),
    # 415
    post("a body without a type", "", ASK.encode(), to=415),
    post("a body of plain text", "text/plain", ASK.encode(), to=415),
    post("a form of parts", "multipart/form-data; boundary=x", PARTS, to=415),
    post("a type that is none", "///", ASK.encode(), to=415),
    post("a body in another charset", f"{QUERY}; charset=latin-1", ASK.encode(), to=415),
    post("a body in UTF-16", f"{QUERY}; charset=utf-16", ASK.encode("utf-16"), to=415),
    post("a form in another charset", f"{FORM}; charset=iso-8859-15", form(query(ASK)), to=415),
    post("a body in a coding", QUERY, gzip.compress(ASK.encode()), to=(400, 415), content_encoding="gzip"),
    # a description where there is no query at all
    *[Row(f"description as {kind}", 200, kind, headers={"accept": kind}) for kind in GRAPHS],
    Row("description as */*", 200, TURTLE, headers={"accept": "*/*"}),
    Row("description without Accept", 200, TURTLE),
    Row("description, the greater quality", 200, JSONLD, headers={"accept": f"{TURTLE};q=0.5, {JSONLD}"}),
    Row("description for a browser", 200, "text/html", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}),
    Row("description as what is no graph", (400, 406), headers={"accept": CSV}),
    *[Row(f"VoID as {kind}", 200, kind, address="/.well-known/void", headers={"accept": kind}) for kind in GRAPHS],
    Row("VoID as */*", 200, TURTLE, address="/.well-known/void", headers={"accept": "*/*"}),
    Row("VoID as what is no graph", 406, address="/.well-known/void", headers={"accept": CSV}),
    # Graph Store Protocol, §5: reading
    *[at_graphs(f"a graph as {kind}", GIVEN, to=200, media=kind, accept=kind) for kind in GRAPHS],
    at_graphs("a graph without Accept", GIVEN, to=200, media=TURTLE),
    at_graphs("a graph as text/*", GIVEN, to=200, media=TURTLE, accept="text/*"),
    at_graphs("a graph as a table", GIVEN, to=406, accept=CSV),
    at_graphs("an unknown graph", ("graph", UNKNOWN), to=404),
    at_graphs("graph and default", GIVEN, ("default", ""), to=400),
    at_graphs("two graphs", GIVEN, ("graph", OTHER_SOURCE), to=400),
    at_graphs("a graph that is no IRI", ("graph", "no iri"), to=400),
    at_graphs("an empty graph name", ("graph", ""), to=400),
    Row("HEAD of an unknown graph", 404, method="HEAD", address="/graphs", parameters=(("graph", UNKNOWN),)),
]  # fmt: skip


def test_the_table_is_whole() -> None:
    assert len({row.says for row in ROWS}) == len(ROWS)
    statuses = {status for row in ROWS for status in ([row.status] if isinstance(row.status, int) else row.status)}
    assert statuses >= {200, 400, 403, 404, 405, 406, 413, 414, 415}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_a_row_of_the_protocol(server: Server, row: Row) -> None:
    path = row.address + ("?" + urllib.parse.urlencode(row.parameters) if row.parameters else "")
    answer = step(server, path, method=row.method, data=row.data, headers=row.headers)
    assert answer.status in ([row.status] if isinstance(row.status, int) else row.status), answer.text[:300]
    if row.media:
        assert answer.media_type in ([row.media] if isinstance(row.media, str) else row.media)
    for name, pattern in row.has.items():
        assert re.search(pattern, answer.headers.get(name, "")), (name, answer.headers)
    if answer.status >= 400 and row.method != "HEAD":
        assert is_one_sentence(answer), answer.text[:300]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.status in (200, 406) and row.address != "/queries":
        assert "accept" in answer.listed("vary")


def test_a_refusal_names_what_would_do(server: Server) -> None:
    for text, offered in ((SELECT, TABLES), (ASK, TABLES), (CONSTRUCT, tuple(GRAPHS))):
        answer = sparql(server, text, "image/png" if text != CONSTRUCT else CSV)
        assert all(kind in answer.text for kind in offered), answer.text
    assert "csv" in ask(server, "/queries/pledges?format=docx").text


@pytest.mark.parametrize("text", ["SELEC", "SELECT * WHERE { ?s ?p }", "SELECT ?s (COUNT(?o) AS ?c) {?s ?p ?o}", "}"])
def test_a_syntax_error_has_line_and_column(server: Server, text: str) -> None:
    for line in (1, 3):
        answer = sparql(server, "\n" * (line - 1) + text)
        assert answer.status == 400
        assert f"line {line}, column " in answer.text


# ---------------------------------------------------------------- what the answers hold


def test_three_forms_give_the_same_answer_and_decode_it_once(server: Server) -> None:
    text = 'SELECT ("%41+%2B & = é \\u00e9 ; \U0001f3f4" AS ?x) {}'
    expected = "%41+%2B & = é é ; \U0001f3f4"
    by_get = ask(server, query_path(text), accept=CSV)
    by_form = ask(server, "/sparql", data=form(("query", text)), kind=FORM, accept=CSV)
    by_body = ask(server, "/sparql", data=text.encode(), kind=QUERY, accept=CSV)
    assert by_get.rows == by_form.rows == by_body.rows == [{"x": expected}]


HARD = 'quote " comma , tab \t newline \n angle < & > back \\ Hindī हिन्दी کابل'


@pytest.mark.parametrize("accept", TABLES)
def test_a_table_says_what_is_in_it(server: Server, accept: str) -> None:
    literal = HARD.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    answer = sparql(server, f'SELECT ("{literal}" AS ?x) (<http://a/> AS ?y) ?unbound {{}}', accept)
    assert answer.status == 200
    found: list[str]
    if accept == JSON:
        (row,) = json.loads(answer.body)["results"]["bindings"]
        assert "unbound" not in row
        found = [row["x"]["value"], row["y"]["value"]]
    elif accept == XML:
        names = {"r": "http://www.w3.org/2005/sparql-results#"}
        root = ElementTree.fromstring(answer.body)
        assert [v.get("name") for v in root.findall("r:head/r:variable", names)] == ["x", "y", "unbound"]
        found = [node.text or "" for node in root.iterfind(".//r:binding/*", names)]
    elif accept == CSV:
        assert answer.text.startswith("x,y,unbound\r\n")
        assert answer.headers["content-type"].lower().replace(" ", "") == "text/csv;charset=utf-8"
        found = next(itertools.islice(csv.reader(io.StringIO(answer.text, newline="")), 1, None))[:2]
    else:
        head, row_, *_ = answer.text.split("\n", 2)
        assert head.split("\t") == ["?x", "?y", "?unbound"]
        x, y, unbound = row_.split("\t")
        assert unbound == ""
        found = [ox_literal(x), y.strip("<>")]
    assert found == [HARD, "http://a/"]


def ox_literal(turtle: str) -> str:
    """The value of a literal as Turtle writes it, read by rdflib."""
    (value,) = rdflib.Graph().parse(data=f"<a:s> <a:p> {turtle} .", format="turtle").objects()
    return str(value)


@pytest.mark.parametrize("accept", TABLES)
def test_yes_and_no_differ(server: Server, accept: str) -> None:
    yes, no = sparql(server, ASK, accept), sparql(server, "ASK { <a:none> ?p ?o }", accept)
    assert yes.status == no.status == 200
    assert "true" in yes.text
    assert "false" in no.text


@pytest.mark.parametrize("text", [CONSTRUCT, DESCRIBE], ids=["CONSTRUCT", "DESCRIBE"])
def test_a_graph_is_the_same_in_every_format(server: Server, text: str) -> None:
    graphs = [
        rdflib.Graph().parse(data=sparql(server, text, accept).text, format=parser) for accept, parser in GRAPHS.items()
    ]
    assert len(graphs[0]) > 5
    for graph in graphs[1:]:
        assert set(graph) == set(graphs[0])


# ---------------------------------------------------------------- the dataset of a query (§2.1.4)


CLAIMS = f"SELECT (COUNT(DISTINCT ?c) AS ?n) WHERE {{ ?c a <{ALG}Claim> }}"
IN_GRAPHS = "SELECT (COUNT(DISTINCT ?g) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"


def counted(server: Server, text: str, *graphs: tuple[str, str]) -> int:
    answers_ = [
        ask(server, query_path(text, *graphs), accept=CSV),
        ask(server, "/sparql", data=form(("query", text), *graphs), kind=FORM, accept=CSV),
        ask(server, f"/sparql?{urllib.parse.urlencode(graphs)}", data=text.encode(), kind=QUERY, accept=CSV),
    ]
    assert [answer.status for answer in answers_] == [200] * 3, answers_[0].text
    ((found,),) = {tuple(row["n"] for row in answer.rows) for answer in answers_}
    return int(found)


def test_graph_parameters_make_the_dataset(server: Server) -> None:
    both, one, other = (
        counted(server, CLAIMS),
        counted(server, CLAIMS, (DEFAULT, SOURCE)),
        counted(server, CLAIMS, (DEFAULT, OTHER_SOURCE)),
    )
    assert min(one, other) > 0
    assert counted(server, CLAIMS, (DEFAULT, SOURCE), (DEFAULT, OTHER_SOURCE)) == one + other == both
    assert counted(server, CLAIMS, (NAMED, SOURCE)) == 0
    assert counted(server, IN_GRAPHS) > 5
    assert counted(server, IN_GRAPHS, (NAMED, SOURCE)) == 1
    assert counted(server, IN_GRAPHS, (NAMED, SOURCE), (NAMED, OTHER_SOURCE)) == 2
    assert counted(server, IN_GRAPHS, (DEFAULT, SOURCE)) == 0
    within = f"SELECT (COUNT(?c) AS ?n) WHERE {{ GRAPH <{OTHER_SOURCE}> {{ ?c a <{ALG}Claim> }} }}"
    assert counted(server, within, (NAMED, SOURCE)) == 0
    assert counted(server, within, (NAMED, OTHER_SOURCE), (DEFAULT, SOURCE)) == other


def test_from_makes_the_dataset_and_the_parameters_win_over_it(server: Server) -> None:
    one, other = counted(server, CLAIMS, (DEFAULT, SOURCE)), counted(server, CLAIMS, (DEFAULT, OTHER_SOURCE))
    assert one != other
    from_one = CLAIMS.replace("WHERE", f"FROM <{SOURCE}> WHERE")
    assert counted(server, from_one) == one
    assert counted(server, from_one, (DEFAULT, OTHER_SOURCE)) == other
    named_one = IN_GRAPHS.replace("WHERE", f"FROM NAMED <{SOURCE}> WHERE")
    assert counted(server, named_one) == 1
    assert counted(server, named_one, (NAMED, SOURCE), (NAMED, OTHER_SOURCE)) == 2
    assert counted(server, named_one, (DEFAULT, SOURCE)) == 0


def test_a_graph_that_is_not_there_is_empty_or_refused(server: Server) -> None:
    for answer in (
        ask(server, query_path(CLAIMS, (DEFAULT, UNKNOWN)), accept=CSV),
        sparql(server, CLAIMS.replace("WHERE", f"FROM <{UNKNOWN}> WHERE"), CSV),
    ):
        assert answer.status == 400 or answer.rows == [{"n": "0"}]


# ---------------------------------------------------------------- HEAD, OPTIONS, CORS


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        (query_path(SELECT), CSV),
        (query_path(CONSTRUCT), JSONLD),
        (query_path(EVERYTHING), NTRIPLES),
        (query_path(SELECT), "image/png"),
        (query_path("SELEC"), CSV),
        ("/sparql", TURTLE),
        ("/sparql", "text/html"),
        ("/.well-known/void", TURTLE),
        ("/graphs", "*/*"),
        (f"/graphs?graph={SOURCE}", NTRIPLES),
        (f"/graphs?graph={UNKNOWN}", NTRIPLES),
        ("/graphs?default", TURTLE),
        ("/queries/pledges?format=csv", "*/*"),
        ("/id/hafiz-saeed-khan", TURTLE),
        ("/data/id/hafiz-saeed-khan", TURTLE),
    ],
)
def test_head_has_the_headers_of_get_and_no_body(roomy: Server, path: str, accept: str) -> None:
    # On one connection: a body would be taken for the beginning of the next answer.
    for encoding in ("identity", "gzip"):
        headers = {"Accept": accept, "Accept-Encoding": encoding}
        connection = connect(roomy)
        heads = [send(connection, "HEAD", path, headers) for _ in range(2)]
        full = send(connection, "GET", path, headers)
        connection.close()
        for head in heads:
            assert head.status == full.status
            assert head.body == b""
            changing = {"date", "x-request-id", "content-length", "transfer-encoding", "connection", "keep-alive"}
            assert {k: v for k, v in head.headers.items() if k not in changing} == {
                k: v for k, v in full.headers.items() if k not in changing
            }
            if "content-length" in head.headers and "content-length" in full.headers:
                assert head.headers["content-length"] == full.headers["content-length"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/sparql", {"get", "head", "post", "options"}),
        ("/graphs", {"get", "head", "options"}),
        ("/.well-known/void", {"get", "head", "options"}),
        ("/queries/pledges", {"get", "head", "options"}),
        ("/id/hafiz-saeed-khan", {"get", "head", "options"}),
    ],
)
def test_options_says_what_is_answered(server: Server, path: str, methods: set[str]) -> None:
    answer = step(server, path, method="OPTIONS")
    assert answer.status in (200, 204)
    assert answer.listed("allow") >= methods
    assert answer.body == b"" or answer.media_type


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/sparql", "POST"),
        ("/sparql", "GET"),
        ("/graphs", "GET"),
        ("/queries/pledges", "GET"),
        ("/.well-known/void", "GET"),
    ],
)
def test_a_browser_may_ask_from_any_page_but_with_no_credentials(server: Server, path: str, method: str) -> None:
    asked = {"Content-Type", "Accept", "If-None-Match"}
    preflight = step(
        server,
        path,
        method="OPTIONS",
        headers={
            "Origin": "https://a.example",
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": ",".join(sorted(asked)).lower(),
        },
    )
    assert preflight.status in (200, 204)
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert method.lower() in preflight.listed("access-control-allow-methods")
    assert preflight.listed("access-control-allow-headers") >= {name.lower() for name in asked}
    assert "access-control-allow-credentials" not in preflight.headers
    answer = ask(server, query_path(ASK), headers={"Origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.listed("access-control-expose-headers") >= {"etag", "link"}
    assert "access-control-allow-credentials" not in answer.headers


# ---------------------------------------------------------------- entity tags and codings (RFC 9110 §8.8, §12.5.3, §13)


TAGGED = [
    query_path(SELECT),
    query_path(CONSTRUCT),
    "/sparql",
    "/.well-known/void",
    f"/graphs?graph={SOURCE}",
    "/data/id/khilafat-afghan",
]


@pytest.mark.parametrize("path", TAGGED)
def test_what_the_client_has_is_304(server: Server, path: str) -> None:
    first = ask(server, path, accept="*/*")
    etag = first.headers["etag"]
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', etag), etag
    for held in (etag, f"W/{etag}", f'"other", {etag}', f'{etag}, "other"', "*"):
        for method in ("GET", "HEAD"):
            answer = step(server, path, method=method, accept="*/*", headers={"If-None-Match": held})
            assert (answer.status, answer.body) == (304, b""), held
            assert answer.headers["etag"] == etag
            assert answer.headers["vary"] == first.headers["vary"]
            assert answer.headers["access-control-allow-origin"] == "*"
    for held in ('"other"', etag.strip('"'), '""'):
        assert step(server, path, accept="*/*", headers={"If-None-Match": held}).status == 200
    other = ask(server, path, accept=f"{NTRIPLES}, {CSV}")
    assert other.headers["etag"] != etag
    assert step(server, path, accept=f"{NTRIPLES}, {CSV}", headers={"If-None-Match": etag}).status == 200


def test_a_post_is_never_304(server: Server) -> None:
    etag = ask(server, query_path(SELECT)).headers["etag"]
    answer = step(server, "/sparql", data=form(("query", SELECT)), kind=FORM, headers={"If-None-Match": etag})
    assert answer.status in (200, 412)


def decoded(answer: Answer) -> bytes:
    """The body without its content coding, which must be whole."""
    coding = answer.headers.get("content-encoding", "identity")
    if coding == "identity":
        return answer.body
    if coding == "gzip":
        decoder = zlib.decompressobj(31)
        data = decoder.decompress(answer.body)
        assert decoder.eof
        assert decoder.unused_data == b""
        return data
    assert coding == "zstd"
    return zstandard.ZstdDecompressor().decompressobj().decompress(answer.body)


LONG = "SELECT * WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 20000"
CODED = [
    (query_path(LONG), CSV),
    (query_path(LONG), JSON),
    (f"/graphs?graph={SOURCE}", NTRIPLES),
    ("/.well-known/void", TURTLE),
]


@pytest.mark.parametrize(("path", "accept"), CODED)
def test_a_coded_answer_decodes_to_the_plain_one_and_has_its_own_tag(server: Server, path: str, accept: str) -> None:
    plain = ask(server, path, accept=accept)
    assert "content-encoding" not in plain.headers
    tags = {plain.headers["etag"]}
    for coding in ("gzip", "zstd"):
        answer = ask(server, path, accept=accept, headers={"Accept-Encoding": coding})
        assert answer.status == 200
        assert answer.headers["content-encoding"] == coding
        assert answer.headers["content-type"] == plain.headers["content-type"]
        assert decoded(answer) == plain.body
        assert len(answer.body) < len(plain.body) / 2
        tags.add(answer.headers["etag"])
        has = {"Accept-Encoding": coding, "If-None-Match": answer.headers["etag"]}
        assert step(server, path, accept=accept, headers=has).status == 304
        assert step(server, path, accept=accept, headers={"If-None-Match": answer.headers["etag"]}).status == 200
    assert len(tags) == 3
    for answer in (plain, ask(server, path, accept=accept, headers={"Accept-Encoding": "gzip"})):
        assert answer.listed("vary") >= {"accept", "accept-encoding"}


@pytest.mark.parametrize("text", [LONG, ASK], ids=["long", "short"])
@pytest.mark.parametrize(
    ("header", "codings"),
    [
        ("gzip", {"gzip", "identity"}),
        ("gzip, zstd;q=0.1", {"gzip", "identity"}),
        ("gzip;q=0.1, zstd", {"zstd", "identity"}),
        ("gzip;q=0", {"identity"}),
        ("br", {"identity"}),
        ("", {"identity"}),
        ("identity", {"identity"}),
        ("gzip;q=0, *", {"zstd", "identity"}),
        ("GZIP", {"gzip", "identity"}),
        ("gzip, identity;q=0", {"gzip"}),
        ("zstd, *;q=0", {"zstd"}),
        ("br, *;q=0", {"406"}),
        ("identity;q=0", {"406"}),
        ("*;q=0", {"406"}),
        ("identity;q=0.5, *;q=0", {"identity"}),
        (";;q=,", {"identity", "400", "406"}),
    ],
)
def test_a_row_of_codings(server: Server, text: str, header: str, codings: set[str]) -> None:
    answer = ask(server, query_path(text), accept=CSV, headers={"Accept-Encoding": header})
    found = answer.headers.get("content-encoding", "identity") if answer.status == 200 else str(answer.status)
    assert found in codings
    if answer.status == 200:
        assert decoded(answer) == ask(server, query_path(text), accept=CSV).body
    else:
        assert is_one_sentence(answer)
    if text == LONG and header in ("gzip", "gzip;q=0.1, zstd"):
        assert found != "identity"


# ---------------------------------------------------------------- negotiation of anything


WEIGHTS = {
    "": 1.0,
    ";q=1": 1.0,
    ";q=1.000": 1.0,
    "; q=0.9": 0.9,
    ";Q=0.5": 0.5,
    ";q=0.001": 0.001,
    ";q=0": 0.0,
    " ;q=0.000": 0.0,
}
RANGES = [*TABLES, *GRAPHS, "image/png", "application/pdf", "*/*", "text/*", "application/*", "image/*"]


def accept_headers(names: list[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Ranges or codings with their weights as written."""
    cased = st.sampled_from(names).flatmap(lambda name: st.sampled_from([name, name, name.upper(), name.title()]))
    pairs = st.tuples(cased, st.sampled_from(list(WEIGHTS)))
    return st.lists(pairs, min_size=1, max_size=7, unique_by=lambda pair: pair[0].lower())


def quality(ranges: list[tuple[str, str]], media_type: str) -> float:
    """RFC 9110 §12.5.1: the most specific range that matches gives the weight; none, and it is not acceptable."""
    weights = {name.lower(): WEIGHTS[weight] for name, weight in ranges}
    family = media_type.partition("/")[0]
    return next((weights[name] for name in (media_type, f"{family}/*", "*/*") if name in weights), 0.0)


NEGOTIATED = [
    (query_path(SELECT), TABLES),
    (query_path(ASK), TABLES),
    (query_path(CONSTRUCT), tuple(GRAPHS)),
    ("/.well-known/void", tuple(GRAPHS)),
    (f"/graphs?graph={GRAPH}ontology", tuple(GRAPHS)),
    ("/data/id/khilafat-afghan", tuple(GRAPHS)),
]


@pytest.mark.parametrize(
    ("path", "offered"), NEGOTIATED, ids=lambda value: value[:40] if isinstance(value, str) else ""
)
@settings(max_examples=60, deadline=None)
@given(ranges=accept_headers(RANGES), comma=st.sampled_from([",", ", ", " , ", ",,"]))
@example(ranges=[("application/*", ""), (JSON, ";q=0"), (XML, ";q=0"), (CSV, ";Q=0.5")], comma=",")
@example(ranges=[("text/*", ""), (CSV, ";q=0"), (TSV, ";q=0")], comma=",")
def test_an_answer_is_the_best_that_is_acceptable(
    server: Server, path: str, offered: tuple[str, ...], ranges: list[tuple[str, str]], comma: str
) -> None:
    answer = step(server, path, accept=comma.join(name + weight for name, weight in ranges))
    best = max(quality(ranges, kind) for kind in offered)
    if answer.media_type == "text/html":  # A page is one more thing that a family of types may stand for.
        assert quality(ranges, "text/html") >= max(best, 0.001)
    elif best == 0:
        assert answer.status == 406
        assert is_one_sentence(answer)
    else:
        assert answer.status == 200, answer.text
        assert answer.media_type in offered
        assert quality(ranges, answer.media_type) == best


@settings(max_examples=120, deadline=None)
@given(codings=accept_headers(["gzip", "zstd", "br", "identity", "*"]), text=st.sampled_from([ASK, LONG]))
def test_a_coding_is_one_that_is_acceptable(server: Server, codings: list[tuple[str, str]], text: str) -> None:
    header = ", ".join(name + weight for name, weight in codings)
    answer = step(server, query_path(text), accept=CSV, headers={"Accept-Encoding": header})
    weights = {name.lower(): WEIGHTS[weight] for name, weight in codings}
    rest = weights.get("*")
    acceptable = {name: weights.get(name, rest or 0.0) > 0 for name in ("gzip", "zstd")}
    # RFC 9110 §12.5.3: no coding is acceptable unless it is excluded by name, or by “*” and not named itself.
    acceptable["identity"] = weights.get("identity", 1.0 if rest is None else rest) > 0
    if answer.status == 406:
        assert not any(acceptable.values())
    else:
        assert answer.status == 200
        assert acceptable[answer.headers.get("content-encoding", "identity")]
        first = decoded(answer).split(b"\r\n")[0]
        assert sorted(first.split(b",")) == ([b"o", b"p", b"s"] if text == LONG else [b"true"])


@settings(max_examples=80, deadline=None)
@given(
    header=st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60),
    name=st.sampled_from(["Accept", "Accept-Encoding", "If-None-Match", "Origin", "Accept-Language", "X-Request-Id"]),
)
def test_no_header_is_our_failure(server: Server, header: str, name: str) -> None:
    connection = connect(server)
    connection.putrequest("GET", query_path(ASK), skip_accept_encoding=True)
    connection.putheader(name, header.strip().encode("latin-1"))
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert response.status in (200, 304, 400, 406), body
    assert response.status in (200, 304) or len(body.decode().strip().splitlines()) == 1


@settings(max_examples=120, deadline=None)
@given(
    given_=st.lists(
        st.tuples(
            st.sampled_from(["query", "update", "format", DEFAULT, NAMED, "default", "graph", "x"]),
            st.one_of(st.sampled_from([ASK, "csv", "json", SOURCE, UNKNOWN, ""]), st.text(max_size=20)),
        ),
        max_size=4,
    ),
    way=st.sampled_from(["address", "form", "body", "graphs"]),
)
def test_no_parameter_is_our_failure(server: Server, given_: list[tuple[str, str]], way: str) -> None:
    encoded = urllib.parse.urlencode(given_, errors="surrogatepass")
    if way == "form":
        answer = step(server, "/sparql", data=encoded.encode(), kind=FORM)
    elif way == "body":
        answer = step(server, f"/sparql?{encoded}", data=ASK.encode(), kind=QUERY)
    else:
        answer = step(server, f"/{'graphs' if way == 'graphs' else 'sparql'}?{encoded}")
    assert answer.status in (200, 400, 403, 404, 406), answer.text
    assert answer.status == 200 or is_one_sentence(answer)


# ---------------------------------------------------------------- what the service says of itself


def graphs_of(server: Server) -> dict[str, int]:
    """The named graphs and their sizes, counted."""
    answer = sparql(server, "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", CSV)
    return {row["g"]: int(row["n"]) for row in answer.rows}


def description(server: Server, path: str, host: str | None = None) -> rdflib.Graph:
    """What a path says in each format, which must be the same."""
    found: list[rdflib.Graph] = []
    for accept, parser in GRAPHS.items():
        connection = connect(server)
        connection.putrequest("GET", path, skip_host=host is not None)
        if host is not None:
            connection.putheader("Host", host)
        connection.putheader("Accept", accept)
        connection.endheaders()
        response = connection.getresponse()
        assert response.status == 200
        found.append(rdflib.Graph().parse(data=response.read().decode(), format=parser))
        connection.close()
    assert len({len(graph) for graph in found}) == 1
    return found[0]


FORMATS = {
    "SPARQL_Results_JSON": (SELECT, JSON),
    "SPARQL_Results_XML": (SELECT, XML),
    "SPARQL_Results_CSV": (SELECT, CSV),
    "SPARQL_Results_TSV": (SELECT, TSV),
    "Turtle": (CONSTRUCT, TURTLE),
    "N-Triples": (CONSTRUCT, NTRIPLES),
    "JSON-LD": (CONSTRUCT, JSONLD),
    "RDF_XML": (CONSTRUCT, RDFXML),
}
"""Formats by their name in http://www.w3.org/ns/formats/."""


def test_service_description_names_the_address_that_was_asked(server: Server) -> None:
    port = server.address.rpartition(":")[2]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "data.example.org"):
        graph = description(server, "/sparql", host)
        (endpoint,) = graph.objects(None, SD.endpoint)
        assert endpoint == rdflib.URIRef(f"http://{host}/sparql")
        (service,) = graph.subjects(SD.endpoint)
        assert (service, RDF.type, SD.Service) in graph


def test_service_description_is_true(server: Server) -> None:
    graph = description(server, "/sparql")
    (service,) = graph.subjects(SD.endpoint)
    assert set(graph.objects(service, SD.supportedLanguage)) == {SD.SPARQL11Query}
    formats = {
        str(name).removeprefix("http://www.w3.org/ns/formats/") for name in graph.objects(service, SD.resultFormat)
    }
    assert formats == set(FORMATS)
    for name in formats:
        text, accept = FORMATS[name]
        answer = sparql(server, text, accept)
        assert (answer.status, answer.media_type) == (200, accept)
    features = set(graph.objects(service, SD.feature))
    assert SD.UnionDefaultGraph in features
    assert not features & {SD.DereferencesURIs, SD.BasicFederatedQuery}
    (dataset,) = graph.objects(service, SD.defaultDataset)
    assert list(graph.objects(dataset, SD.defaultGraph))
    sizes = {
        str(graph.value(named, SD.name)): int(str(graph.value(graph.value(named, SD.graph), VOID.triples)))
        for named in graph.objects(dataset, SD.namedGraph)
    }
    assert sizes == graphs_of(server)
    assert len(sizes) > 5


def test_void_and_dcat_are_true(server: Server) -> None:
    graph = description(server, "/.well-known/void")
    (dataset,) = set(graph.subjects(RDF.type, DCAT.Dataset))
    assert (dataset, RDF.type, VOID.Dataset) in graph
    assert (dataset, VOID.sparqlEndpoint, rdflib.URIRef(f"{server.address}/sparql")) in graph
    sizes = graphs_of(server)
    union = number(server, UNION)
    assert int(str(graph.value(dataset, VOID.triples))) in (sum(sizes.values()), union)
    subsets = {str(part): int(str(graph.value(part, VOID.triples))) for part in graph.objects(dataset, VOID.subset)}
    assert subsets == sizes
    parts = list(graph.objects(dataset, VOID.classPartition))
    classes = {graph.value(part, VOID["class"]): graph.value(part, VOID.entities) for part in parts}
    assert len(classes) > 20
    for name, entities in classes.items():
        assert int(str(entities)) == number(server, f"SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE {{ ?s a <{name}> }}"), (
            name
        )
    for part in graph.objects(dataset, VOID.propertyPartition):
        count = number(server, f"SELECT (COUNT(*) AS ?n) WHERE {{ ?s <{graph.value(part, VOID.property)}> ?o }}")
        assert int(str(graph.value(part, VOID.triples))) == count
    totals = {
        VOID.distinctSubjects: "COUNT(DISTINCT ?s)",
        VOID.distinctObjects: "COUNT(DISTINCT ?o)",
        VOID.properties: "COUNT(DISTINCT ?p)",
    }
    for predicate, count_ in totals.items():
        for value in graph.objects(dataset, predicate):
            assert int(str(value)) == number(server, f"SELECT ({count_} AS ?n) WHERE {{ ?s ?p ?o }}"), predicate
    distributions = list(graph.objects(dataset, DCAT.distribution))
    assert distributions
    local = [
        str(address)
        for distribution in distributions
        for predicate in (DCAT.accessURL, DCAT.downloadURL)
        for address in graph.objects(distribution, predicate)
        if str(address).startswith(server.address)
    ]
    assert local
    for address in {*local, *map(str, graph.objects(dataset, VOID.dataDump))}:
        assert ask(server, address.removeprefix(server.address), method="HEAD").status == 200, address


def test_the_list_of_graphs_has_them_all(server: Server) -> None:
    sizes = graphs_of(server)
    assert len(sizes) > 5
    graph = description(server, "/graphs")
    assert {str(name) for name in graph.objects(None, SD.name)} == set(sizes)


# ---------------------------------------------------------------- graphs by the Graph Store Protocol


def triples(answer: Answer) -> set[ox.Triple]:
    """The triples of an N-Triples answer."""
    return {quad.triple for quad in ox.parse(answer.body, format=ox.RdfFormat.N_TRIPLES)}


def test_a_graph_holds_what_a_query_of_it_counts(roomy: Server) -> None:
    for name, size in graphs_of(roomy).items():
        answer = ask(roomy, f"/graphs?{urllib.parse.urlencode({'graph': name})}", accept=NTRIPLES)
        assert len(triples(answer)) == size, name
    union = number(roomy, UNION)
    for path in ("/graphs?default", "/graphs?default="):
        assert len(triples(ask(roomy, path, accept=NTRIPLES))) == union


def test_a_graph_is_the_same_in_every_format_of_the_graph_store(server: Server) -> None:
    path = f"/graphs?graph={GRAPH}ontology"
    size = graphs_of(server)[f"{GRAPH}ontology"]
    for accept, parser in GRAPHS.items():
        assert len(rdflib.Graph().parse(data=ask(server, path, accept=accept).text, format=parser)) == size


# ---------------------------------------------------------------- long answers


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
def test_everything_comes_in_pieces_and_whole(roomy: Server, coding: str) -> None:
    headers = {"Accept-Encoding": coding}
    # A query of its own: an answer from the cache is whole at once and has its length.
    answer = ask(roomy, query_path(f"{EVERYTHING} # {coding}"), accept=NTRIPLES, headers=headers)
    assert answer.status == 200
    assert answer.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in answer.headers
    plain = Answer(200, answer.fields, decoded(answer))
    assert len(triples(plain)) == number(roomy, UNION)


ENDLESS_GRAPH = "CONSTRUCT { ?a ?b ?f } WHERE { ?a ?b ?c . ?d ?e ?f }"


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("text", "accept", "coding"),
    [
        *((ENDLESS, accept, "identity") for accept in TABLES),
        *((ENDLESS_GRAPH, accept, "identity") for accept in GRAPHS),
        *((ENDLESS, CSV, coding) for coding in ("gzip", "zstd")),
        *((ENDLESS_GRAPH, NTRIPLES, coding) for coding in ("gzip", "zstd")),
    ],
    ids=lambda value: value.split("/")[-1][:9],
)
def test_an_answer_begins_before_its_end_is_known_and_beyond_the_limit_is_broken_off(
    server: Server, text: str, accept: str, coding: str
) -> None:
    connection = connect(server)
    connection.putrequest("GET", query_path(text), skip_accept_encoding=True)
    connection.putheader("Accept", accept)
    connection.putheader("Accept-Encoding", coding)
    connection.endheaders()
    response = connection.getresponse()
    # The answer has billions of rows: that it has begun shows that nobody waited for its end.
    assert response.status == 200
    assert response.headers["Content-Type"].startswith(accept)
    assert response.headers.get("Content-Encoding", "identity") == coding
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        response.read()
    connection.close()


@pytest.mark.embedded
def test_an_answer_over_the_limit_has_no_last_chunk(server: Server) -> None:
    request = f"GET {query_path(ENDLESS)} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n"
    received = exchange(server, request.encode())
    assert received.startswith(b"HTTP/1.1 200")
    assert len(received) > 1_000_000
    assert not received.endswith(b"0\r\n\r\n")


# ---------------------------------------------------------------- connections (RFC 9112)


def raw(method: str, path: str, *headers: str, body: bytes = b"", version: str = "HTTP/1.1", host: str = "x") -> bytes:
    """A request as bytes."""
    length = [f"Content-Length: {len(body)}"] if body else []
    lines = [f"{method} {path} {version}", f"Host: {host}", *headers, *length]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def test_a_connection_serves_many_requests(server: Server) -> None:
    connection = connect(server)
    sockets = set()
    for method, path, data in (
        ("GET", query_path(ASK), None),
        ("HEAD", query_path(ASK), None),
        ("POST", "/sparql", form(("query", ASK))),
        ("GET", query_path("SELEC"), None),
        ("GET", query_path(LONG), None),
        ("GET", "/graphs?graph=none", None),
        ("OPTIONS", "/sparql", None),
        ("GET", query_path(ASK), None),
    ):
        answer = send(connection, method, path, {"Content-Type": FORM} if data else {}, data)
        assert answer.status in (200, 204, 400, 404)
        sockets.add(connection.sock)
    assert len(sockets) == 1
    assert None not in sockets
    connection.close()


def test_requests_sent_at_once_are_answered_in_turn(server: Server) -> None:
    texts = ['SELECT ("one" AS ?x) {}', 'SELECT ("two" AS ?x) {}', 'SELECT ("three" AS ?x) {}']
    body = form(("query", texts[1]))
    received = exchange(
        server,
        raw("GET", query_path(texts[0]), f"Accept: {CSV}")
        + raw("POST", "/sparql", f"Accept: {CSV}", f"Content-Type: {FORM}", body=body)
        + raw("HEAD", query_path(texts[0]), f"Accept: {CSV}")
        + raw("GET", query_path(texts[2]), f"Accept: {CSV}", "Connection: close"),
    )
    found = answers(received, "GET", "POST", "HEAD", "GET")
    assert [answer.status for answer in found] == [200] * 4
    assert [answer.body.split() for answer in found] == [[b"x", b"one"], [b"x", b"two"], [], [b"x", b"three"]]


def test_the_body_of_a_refused_request_is_no_request(server: Server) -> None:
    inner = raw("GET", query_path('SELECT ("smuggled" AS ?x) {}'), f"Accept: {CSV}")
    for refused in (
        raw("POST", "/sparql", "Content-Type: text/plain", body=inner),
        raw("PUT", "/sparql", "Content-Type: text/plain", body=inner),
        raw("POST", "/nowhere", "Content-Type: text/plain", body=inner),
        raw("POST", "/sparql", "Content-Type: application/sparql-update", body=inner),
        raw("GET", query_path("SELEC"), body=inner),
        raw("POST", "/sparql", "Content-Type: text/plain", body=inner * 3_000),
        raw("PUT", "/graphs?graph=a:b", "Content-Type: text/turtle", body=inner * 3_000),
    ):
        received = exchange(server, refused + raw("GET", query_path(ASK), f"Accept: {CSV}", "Connection: close"))
        assert b"smuggled" not in received
        found = answers(received, "POST", "GET")
        assert found[0].status in (400, 403, 404, 405, 415)
        assert [answer.text.strip() for answer in found[1:]] in ([], ["true"])


def test_a_body_is_asked_for_only_where_it_is_wanted(server: Server) -> None:
    body = form(("query", ASK))
    wanted = raw("POST", "/sparql", f"Content-Type: {FORM}", "Expect: 100-continue", "Connection: close", body=body)
    received = exchange(server, wanted)
    assert received.startswith(b"HTTP/1.1 100 ")
    assert answers(received)[0].status == 200
    head = raw("POST", "/sparql", f"Content-Type: {FORM}", "Expect: 100-continue", "Content-Length: 104857600")
    received = exchange(server, head)
    assert received.startswith(b"HTTP/1.1 413 ")
    head = raw("POST", "/sparql", f"Content-Type: {FORM}", "Expect: the-impossible", "Connection: close", body=body)
    assert answers(exchange(server, head))[0].status in (200, 417)


def test_a_body_may_come_in_chunks(server: Server) -> None:
    body = form(("query", ASK))
    chunks = (
        b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in (body[:5], body[5:]))
        + b"0\r\nX-Trailer: 1\r\n\r\n"
    )
    head = raw("POST", "/sparql", f"Content-Type: {FORM}", f"Accept: {CSV}", "Transfer-Encoding: chunked")
    received = exchange(server, head + chunks + raw("GET", query_path(ASK), f"Accept: {CSV}", "Connection: close"))
    assert [answer.text.strip() for answer in answers(received, "POST", "GET")] == ["true", "true"]


@pytest.mark.parametrize("also", [[], ["Connection: keep-alive"]], ids=["closing", "keep-alive"])
def test_a_client_of_http_1_0_gets_no_chunks(server: Server, also: list[str]) -> None:
    fresh = query_path(f"{LONG} # not asked before, so without a length: {also}")
    received = exchange(server, raw("GET", fresh, f"Accept: {CSV}", *also, version="HTTP/1.0"))
    (answer,) = answers(received)
    assert answer.status == 200
    assert "transfer-encoding" not in answer.headers
    assert len(answer.rows) == 20_000


def test_a_head_may_come_in_pieces(server: Server) -> None:
    request = raw("GET", query_path(ASK), f"Accept: {CSV}", "Connection: close")

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(request), 40):
            yield request[start : start + 40]
            time.sleep(0.005)

    assert answers(exchange(server, pieces()))[0].text.strip() == "true"


def test_a_header_field_counts_as_written_with_hyphens_only(server: Server) -> None:
    received = exchange(server, raw("GET", query_path(ASK), "Accept_: x", "If_None_Match: *", "Connection: close"))
    assert answers(received)[0].status == 200


@pytest.mark.parametrize(
    ("encoded", "text"),
    [("a%20b+c", "a b c"), ("50%", "50%"), ("%zz%41", "%zzA"), ("%D8%B9%c3%A9", "عé"), ("%2525", "%25")],
)
def test_percent_signs_are_decoded_once(server: Server, encoded: str, text: str) -> None:
    query = f"SELECT%20(%22{encoded}%22%20AS%20?x)%20%7B%7D"
    received = exchange(server, raw("GET", f"/sparql?query={query}", f"Accept: {CSV}", "Connection: close"))
    assert answers(received)[0].text.splitlines() == ["x", text]


def test_a_target_may_be_a_whole_address(server: Server) -> None:
    received = exchange(server, raw("GET", server.address + query_path(ASK), f"Accept: {CSV}", "Connection: close"))
    assert answers(received)[0].text.strip() == "true"


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /sparql HTTP/1.1\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost : a\r\n\r\n",
    ],
    ids=["no host", "two hosts", "a host that is none", "a space before the colon"],
)
def test_a_request_without_one_host_is_refused(server: Server, request_: bytes) -> None:
    received = exchange(server, request_, finish=True)
    assert re.match(rb"HTTP/1\.[01] 400 ", received)
    with contextlib.suppress(http.client.IncompleteRead):
        assert is_one_sentence(answers(received)[0])
