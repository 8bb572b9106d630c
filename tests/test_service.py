"""The service over real HTTP: protocol, formats, pages, headers, and what it does under abuse."""

from __future__ import annotations

import csv
import http.client
import io
import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import rdflib

from allegiance import library
from conftest import ROOT, Server, run

SELECT = "SELECT ?s WHERE { ?s a <https://w3id.org/allegiance/ontology#Person> } ORDER BY ?s LIMIT 3"
ASK = "ASK { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c . ?s a <https://w3id.org/allegiance/ontology#Person> }"
DESCRIBE = "DESCRIBE <https://w3id.org/allegiance/id/hafiz-saeed-khan>"


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, {k.lower(): v for k, v in headers.items()}, body

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    server: Server,
    path: str,
    *,
    data: bytes | None = None,
    method: str | None = None,
    accept: str | None = None,
    kind: str | None = None,
) -> Answer:
    request = urllib.request.Request(server.address + path, data=data, method=method)
    if accept is not None:
        request.add_header("Accept", accept)
    if kind is not None:
        request.add_header("Content-Type", kind)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return Answer(response.status, dict(response.headers), response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), error.read())


def sparql(server: Server, query: str, accept: str | None = None) -> Answer:
    return ask(server, "/sparql?" + urllib.parse.urlencode({"query": query}), accept=accept)


FORM = "application/x-www-form-urlencoded"


def test_three_request_forms_give_the_same_answer(server: Server) -> None:
    by_get = sparql(server, SELECT, "text/csv")
    by_form = ask(
        server, "/sparql", data=urllib.parse.urlencode({"query": SELECT}).encode(), kind=FORM, accept="text/csv"
    )
    by_body = ask(server, "/sparql", data=SELECT.encode(), kind="application/sparql-query", accept="text/csv")
    assert by_get.status == by_form.status == by_body.status == 200
    assert by_get.body == by_form.body == by_body.body
    assert by_get.text.splitlines()[0] == "s"
    assert len(by_get.text.splitlines()) == 4


@pytest.mark.parametrize("query", [SELECT, ASK])
@pytest.mark.parametrize(
    "accept",
    ["application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"],
)
def test_tables_and_booleans_come_in_four_formats(server: Server, query: str, accept: str) -> None:
    answer = sparql(server, query, accept)
    assert answer.status == 200
    assert answer.headers["content-type"].split(";")[0] == accept
    assert "accept" in answer.headers["vary"].lower()
    if accept.endswith("json"):
        found = json.loads(answer.body)
        assert found.get("boolean") is True or len(found["results"]["bindings"]) == 3
    elif accept.endswith("xml"):
        assert ElementTree.fromstring(answer.body).tag == "{http://www.w3.org/2005/sparql-results#}sparql"
    else:
        assert answer.text.strip()


@pytest.mark.parametrize("query", [CONSTRUCT, DESCRIBE])
@pytest.mark.parametrize(
    ("accept", "parser"),
    [("text/turtle", "turtle"), ("application/n-triples", "nt"), ("application/ld+json", "json-ld"),
     ("application/rdf+xml", "xml")],
)  # fmt: skip
def test_graphs_come_in_four_formats(server: Server, query: str, accept: str, parser: str) -> None:
    answer = sparql(server, query, accept)
    assert answer.status == 200
    assert answer.headers["content-type"].split(";")[0] == accept
    assert len(rdflib.Graph().parse(data=answer.text, format=parser)) > 5


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/*", "text/csv"),
        ("application/json", "application/sparql-results+json"),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.9", "application/sparql-results+xml"),
        ("image/png, text/csv;q=0.1", "text/csv"),
    ],
)
def test_the_best_format_both_sides_know_is_sent(server: Server, accept: str | None, expected: str) -> None:
    assert sparql(server, SELECT, accept).headers["content-type"].split(";")[0] == expected


@pytest.mark.parametrize(
    ("query", "accept", "offered"),
    [
        (SELECT, "image/png", "text/csv"),
        (SELECT, "text/turtle", "text/csv"),
        (CONSTRUCT, "text/csv", "text/turtle"),
        (ASK, "application/pdf", "application/sparql-results+json"),
    ],
)
def test_a_format_not_offered_is_406_with_those_that_are(server: Server, query: str, accept: str, offered: str) -> None:
    answer = sparql(server, query, accept)
    assert answer.status == 406
    assert offered in answer.text
    assert len(answer.text.splitlines()) == 1


def test_an_unknown_format_parameter_is_406(server: Server) -> None:
    answer = ask(server, "/queries/pledges?format=docx")
    assert answer.status == 406
    assert "csv" in answer.text


@pytest.mark.parametrize("query", ["SELEC", "SELECT * WHERE { ?s ?p }", "SELECT ?s (COUNT(?o) AS ?c) {?s ?p ?o}", "}"])
def test_a_syntax_error_is_400_with_line_and_column(server: Server, query: str) -> None:
    answer = sparql(server, query)
    assert answer.status == 400
    assert "line 1, column " in answer.text
    assert len(answer.text.splitlines()) == 1


def test_line_of_a_syntax_error_is_counted(server: Server) -> None:
    assert "line 3, column " in sparql(server, "SELECT *\nWHERE {\n ?s ?p , }").text


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"", FORM, 400),
        (b"query=", FORM, 400),
        (b"query=ASK+%7B%7D&query=ASK+%7B%7D", FORM, 400),
        (b"update=CLEAR+ALL", FORM, 400),
        (b"query=ASK+%7B%7D&update=CLEAR+ALL", FORM, 400),
        (b"query=ASK+%7B%7D&default-graph-uri=no+iri", FORM, 400),
        (b"ASK {}", "text/plain", 415),
        (b"CLEAR ALL", "application/sparql-update", 415),
        ("ASK { ?s ?p 'é' }".encode("latin-1"), "application/sparql-query", 400),
        (b"ASK {}", "application/sparql-query; charset=latin-1", 415),
        (b"query=" + b"x" * (2 << 20), FORM, 413),
        (b"#" * (2 << 20), "application/sparql-query", 413),
    ],
)
def test_a_request_the_protocol_forbids_is_refused_in_one_sentence(
    server: Server, data: bytes, kind: str, status: int
) -> None:
    answer = ask(server, "/sparql", data=data, kind=kind)
    assert answer.status == status, answer.text
    assert len(answer.text.splitlines()) == 1
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_405_with_allow(server: Server, method: str) -> None:
    answer = ask(server, "/sparql", method=method, data=b"")
    assert answer.status == 405
    assert {"GET", "POST", "HEAD", "OPTIONS"} <= set(answer.headers["allow"].replace(" ", "").split(","))


def test_head_has_headers_and_no_body(server: Server) -> None:
    answer = ask(server, "/sparql?" + urllib.parse.urlencode({"query": ASK}), method="HEAD")
    assert answer.status == 200
    assert answer.body == b""


def test_default_graph_is_the_union_and_can_be_narrowed(server: Server) -> None:
    count = "SELECT (COUNT(?c) AS ?n) WHERE { ?c a <https://w3id.org/allegiance/ontology#Claim> }"
    graph = "https://w3id.org/allegiance/graph/source/is-khorasan-review"
    union = int(sparql(server, count, "text/csv").text.splitlines()[1])
    path = "/sparql?" + urllib.parse.urlencode({"query": count, "default-graph-uri": graph})
    alone = int(ask(server, path, accept="text/csv").text.splitlines()[1])
    by_from = count.replace("WHERE", f"FROM <{graph}> WHERE")
    assert 0 < alone < union
    assert int(sparql(server, by_from, "text/csv").text.splitlines()[1]) == alone


def test_curl_as_in_the_readme(server: Server) -> None:
    done = subprocess.run(
        ["curl", "-sH", "Accept: text/csv", "--data-urlencode", "query@queries/pledges.rq", f"{server.address}/sparql"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) > 10
    assert rows[0].keys() >= {"pledgerName", "pledgeeName", "latestBegin", "mode", "passage"}


# ---------------------------------------------------------------- linked data


class _Still(urllib.request.HTTPRedirectHandler):
    """Follow no redirect."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def step(server: Server, path: str, accept: str | None = None) -> Answer:
    """One request, no redirect followed."""
    request = urllib.request.Request(server.address + path, headers={"Accept": accept} if accept else {})
    try:
        with urllib.request.build_opener(_Still).open(request, timeout=30) as response:
            return Answer(response.status, dict(response.headers), response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), error.read())


@pytest.mark.parametrize(
    "path",
    [
        "id/hafiz-saeed-khan",
        "claim/pledge-of-hafiz-saeed-khan-1",
        "name/khilafat-afghan--1",
        "graph/entities",
        "ontology",
    ],
)
def test_every_kind_of_iri_of_ours_can_be_followed(server: Server, path: str) -> None:
    seen = step(server, f"/{path}", "text/turtle")
    assert seen.status == 303
    assert seen.headers["location"] == f"/data/{path}"
    assert seen.headers["vary"] == "Accept"
    assert 'rel="alternate"; type="application/ld+json"' in seen.headers["link"]
    assert seen.headers["access-control-allow-origin"] == "*"
    assert step(server, f"/{path}", "text/html,*/*;q=0.8").headers["location"] == f"/page/{path}"
    for accept, parser in [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/ld+json", "json-ld"),
    ]:
        graph = rdflib.Graph().parse(data=ask(server, f"/{path}", accept=accept).text, format=parser)
        assert len(graph) > 3


def test_all_minted_iris_of_a_sample_can_be_followed(server: Server) -> None:
    query = (
        "SELECT DISTINCT ?s WHERE { GRAPH ?g { ?s ?p ?o } FILTER(STRSTARTS(STR(?s), 'https://w3id.org/allegiance/'))"
        " FILTER(!CONTAINS(STR(?s), '#')) FILTER(?g != <https://w3id.org/allegiance/graph/meta>) }"
    )
    iris = sparql(server, query, "text/csv").text.split()[1:]
    assert len(iris) > 4_000
    for iri in iris[::150]:
        path = iri.removeprefix("https://w3id.org/allegiance")
        if path.startswith("/ontology/"):
            continue
        assert ask(server, path, accept="text/turtle").status == 200, iri


def test_data_of_a_claim_carries_passage_source_and_what_it_disputes(server: Server) -> None:
    alg = rdflib.Namespace("https://w3id.org/allegiance/ontology#")
    found = sparql(server, f"SELECT ?c ?d WHERE {{ ?c <{alg.disputes}> ?d }} ORDER BY ?c ?d LIMIT 1", "text/csv").text
    claim, disputed = found.split()[1].split(",")
    path = claim.removeprefix("https://w3id.org/allegiance")
    graph = rdflib.Graph().parse(data=ask(server, path, accept="text/turtle").text, format="turtle")
    for passage in graph.objects(rdflib.URIRef(claim), alg.passage):
        assert (passage, alg.sha256, None) in graph
        source = graph.value(passage, rdflib.URIRef("http://www.w3.org/ns/oa#hasSource"))
        assert (source, rdflib.DCTERMS.title, None) in graph
    assert (rdflib.URIRef(disputed), alg.statement, None) in graph


@pytest.mark.parametrize(
    "path", ["/id/no-such", "/claim/x%3E%20%7D", "/id/../cli", "/page/id/no-such", "/data/nothing/here"]
)
def test_an_iri_that_is_not_ours_is_404_in_one_sentence(server: Server, path: str) -> None:
    answer = ask(server, path, accept="text/html")
    assert answer.status == 404
    assert len(answer.text.splitlines()) == 1


def test_an_answer_the_client_has_is_304(server: Server) -> None:
    for path in ("/data/id/khilafat-afghan", "/sparql?" + urllib.parse.urlencode({"query": SELECT})):
        first = ask(server, path, accept="*/*")
        request = urllib.request.Request(server.address + path, headers={"If-None-Match": first.headers["etag"]})
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=10)
        assert caught.value.code == 304
        assert ask(server, path, accept="application/n-triples, text/csv").headers["etag"] != first.headers["etag"]


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize(
    "path", ["/", "/queries", "/sparql", "/queries/pledges", "/queries/leaders?group=khilafat-afghan"]
)
def test_pages_stand_without_scripts_and_with_headers(server: Server, path: str) -> None:
    answer = ask(server, path, accept="text/html")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "Not a screening list" in answer.text


def test_landing_page_has_counts_every_question_and_a_box(server: Server) -> None:
    page = ask(server, "/", accept="text/html").text
    assert "<b>0</b>" not in page
    for name in library.questions():
        assert f'href="/queries/{name}"' in page
    assert "<textarea" in page


def test_a_question_answers_people_and_programs(server: Server) -> None:
    page = ask(server, "/queries/leaders?group=khilafat-afghan", accept="text/html").text
    assert "Abdul Khadim Rauf" in page
    rows = list(csv.DictReader(io.StringIO(ask(server, "/queries/leaders?group=khilafat-afghan&format=csv").text)))
    assert {row["groupName"] for row in rows} == {"Khilafat Afghan"}
    everything = list(csv.DictReader(io.StringIO(ask(server, "/queries/leaders?format=csv").text)))
    assert len(everything) > len(rows)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/queries/no-such", 404), ("/queries/leaders?colour=red", 400), ("/queries/leaders?group=a%20b", 400),
     ("/nowhere", 404), ("/static/../cli.py", 404), ("/static/%2e%2e/cli.py", 404)],
)  # fmt: skip
def test_a_wrong_address_is_one_sentence(server: Server, path: str, status: int) -> None:
    answer = ask(server, path)
    assert answer.status == status
    assert len(answer.text.splitlines()) == 1


def test_what_is_echoed_is_escaped(server: Server) -> None:
    hostile = "<script>alert(1)</script>"
    for path in (f"/sparql?query={urllib.parse.quote(hostile)}", f"/queries/{urllib.parse.quote(hostile, safe='')}"):
        answer = ask(server, path, accept="text/html")
        assert hostile not in answer.text or answer.headers["content-type"].startswith("text/plain")
    answer = sparql(server, f'SELECT ("{hostile}" AS ?x) {{}}', "text/html")
    assert answer.status == 200
    assert hostile not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_a_term_is_bound_and_never_pasted(server: Server) -> None:
    injected = urllib.parse.quote('"x" } ASK { ?s ?p ?o } #')
    assert ask(server, f"/queries/leaders?group={injected}").status == 400


# ---------------------------------------------------------------- under abuse


PRODUCT = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
ABUSE = {
    "cartesian count": (PRODUCT, {503}),
    "cartesian sort": ("SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c LIMIT 1", {503, 507}),
    "endless rows": ("SELECT * WHERE { ?a ?b ?c . ?d ?e ?f }", {413, 503}),
    "doubling text": (
        "SELECT ?z { BIND('xxxxxxxxxxxxxxxx' AS ?a) "
        + " ".join(
            f"BIND(CONCAT({', '.join([f'?{a}'] * 8)}) AS ?{b})"
            for a, b in zip("abcdefghij", "bcdefghijz", strict=True)
        )
        + " }",
        {413, 503, 507},
    ),
    "nested braces": ("SELECT * WHERE " + "{" * 3000 + "}" * 3000, {400}),
    "nested parentheses": ("SELECT * WHERE { FILTER" + "(" * 20_000 + "1" + ")" * 20_000 + "}", {400}),
    "negations": ("SELECT * WHERE { FILTER(" + "!" * 13_000 + "true) }", {400}),
    "unions": ("SELECT * WHERE { {}" + " UNION {}" * 10_000 + " }", {400}),
    "many patterns": ("ASK { " + " ".join(f"?s <a:{n}> ?o{n} ." for n in range(250)) + " }", {200, 503}),
    "service": ("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", {400}),
    "service silent": ("SELECT * WHERE { SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }", {400}),
}  # fmt: skip


@pytest.mark.parametrize("case", ABUSE)
def test_after_abuse_the_next_client_is_answered(server: Server, case: str) -> None:
    query, statuses = ABUSE[case]
    start = time.monotonic()
    body = urllib.parse.urlencode({"query": query}).encode()
    try:
        answer = ask(server, "/sparql", data=body, kind=FORM, accept="text/csv")
        assert answer.status in statuses, (answer.status, answer.text[:200])
        assert answer.status == 200 or len(answer.text.splitlines()) == 1
    except (OSError, http.client.IncompleteRead):
        # A stream that has begun and runs over its limit is broken off, so that nobody takes it for whole.
        if case != "endless rows":
            raise
    assert time.monotonic() - start < 15
    assert sparql(server, ASK, "text/csv").text.strip() == "true"


def test_an_answer_over_the_limit_is_never_a_whole_200(server: Server) -> None:
    host, port = server.address.removeprefix("http://").split(":")
    query = urllib.parse.urlencode({"query": "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f }"})
    with socket.create_connection((host, int(port)), timeout=30) as sock:
        sock.sendall(f"GET /sparql?{query} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n".encode())
        received = bytearray()
        while part := sock.recv(1 << 16):
            received += part
    assert received.startswith(b"HTTP/1.1 200")
    assert not received.endswith(b"0\r\n\r\n")


@pytest.fixture
def canary() -> Iterator[tuple[int, list[bytes]]]:
    """A listener that should hear nothing."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    stop = threading.Event()

    def listen() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            heard.append(b"called")
            connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    yield listener.getsockname()[1], heard
    stop.set()
    thread.join()
    listener.close()


def test_no_query_reaches_another_host_or_a_file(
    server: Server, canary: tuple[int, list[bytes]], tmp_path: Path
) -> None:
    port, heard = canary
    secret = tmp_path / "secret.ttl"
    secret.write_text('<a:s> <a:p> "canary-content" .')
    web = f"http://127.0.0.1:{port}/x.ttl"
    for query in (
        f"SELECT * WHERE {{ SERVICE <{web}> {{ ?s ?p ?o }} }}",
        f"SELECT * WHERE {{ sErViCe SILENT <{web}> {{ ?s ?p ?o }} }}",
        f"SELECT * WHERE {{ # comment\nSERVICE\n<{web}> {{ ?s ?p ?o }} }}",
        f"PREFIX s: <{web}>\nSELECT * WHERE {{ SERVICE s: {{ ?s ?p ?o }} }}",
        f"SELECT * FROM <{web}> WHERE {{ ?s ?p ?o }}",
        f"SELECT * FROM NAMED <{web}> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        f"SELECT * FROM <file://{secret}> WHERE {{ ?s ?p ?o }}",
        f"LOAD <{web}>",
    ):
        for where in ("", f"&default-graph-uri={urllib.parse.quote(web)}"):
            answer = ask(server, "/sparql?" + urllib.parse.urlencode({"query": query}) + where, accept="text/csv")
            assert answer.status in (200, 400), query
            assert "canary-content" not in answer.text
    assert heard == []


def test_the_word_service_in_a_text_or_name_is_no_service(server: Server) -> None:
    query = 'PREFIX service: <a:> SELECT ?service WHERE { BIND("SERVICE <x>" AS ?service) } # SERVICE'
    assert sparql(server, query, "text/csv").status == 200


def test_one_runaway_query_does_not_hold_up_others(server: Server) -> None:
    runaway = threading.Thread(target=lambda: sparql(server, PRODUCT))
    runaway.start()
    time.sleep(0.3)
    start = time.monotonic()
    assert sparql(server, ASK).status == 200
    assert time.monotonic() - start < 2
    runaway.join(timeout=20)
    assert not runaway.is_alive()


def test_a_taken_port_is_one_sentence_and_status_2(server: Server, built: Path) -> None:
    port = server.address.rpartition(":")[2]
    done = run("serve", "--store", built, "--port", port)
    assert done.returncode == 2
    assert done.stderr.strip() == f"127.0.0.1:{port} is taken; choose another with --port or --host."


def test_no_dataset_is_one_sentence_and_status_2(tmp_path: Path) -> None:
    done = run("serve", "--store", tmp_path, "--port", "0")
    assert done.returncode == 2
    assert "run “allegiance build" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
