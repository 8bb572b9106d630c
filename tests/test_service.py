"""The service over real HTTP: linked data, pages, questions, starting (see also test_protocol and test_attacks)."""

from __future__ import annotations

import re
import urllib.parse
from pathlib import Path

import pytest
import rdflib

from allegiance import library
from conftest import Server, run
from http_client import ask, is_one_sentence, sparql, step

# ---------------------------------------------------------------- linked data


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
    seen = step(server, f"/{path}", accept="text/turtle")
    assert seen.status == 303
    assert seen.headers["location"] == f"/data/{path}"
    assert seen.headers["vary"] == "Accept, Accept-Encoding"
    assert 'rel="alternate"; type="application/ld+json"' in seen.headers["link"]
    assert seen.headers["access-control-allow-origin"] == "*"
    assert step(server, f"/{path}", accept="text/html,*/*;q=0.8").headers["location"] == f"/page/{path}"
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
    assert is_one_sentence(answer)


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize(
    "path", ["/", "/queries", "/sparql", "/queries/pledges", "/queries/leaders?group=khilafat-afghan"]
)
def test_pages_stand_without_scripts_and_with_headers(server: Server, path: str) -> None:
    answer = ask(server, path, accept="text/html")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert not re.search(r'<script(?! type="(module" src="/static/built/|application/json"))', answer.text)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "Not a screening list" in answer.text


def test_landing_page_has_counts_and_leads_to_every_question_and_to_the_box(server: Server) -> None:
    page = ask(server, "/", accept="text/html").text
    assert "<b>0</b>" not in page
    assert 'href="/queries"' in page
    assert 'href="/sparql"' in page
    listed = ask(server, "/queries", accept="text/html").text
    for name in library.questions():
        assert f'href="/queries/{name}"' in listed


def test_a_question_answers_people_and_programs(server: Server) -> None:
    page = ask(server, "/queries/leaders?group=khilafat-afghan", accept="text/html").text
    assert "Abdul Khadim Rauf" in page
    rows = ask(server, "/queries/leaders?group=khilafat-afghan&format=csv").rows
    assert {row["groupName"] for row in rows} == {"Khilafat Afghan"}
    everything = ask(server, "/queries/leaders?format=csv").rows
    assert len(everything) > len(rows)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/queries/no-such", 404), ("/queries/leaders?colour=red", 400), ("/queries/leaders?group=a%20b", 400),
     ("/nowhere", 404), ("/static/../cli.py", 404), ("/static/%2e%2e/cli.py", 404)],
)  # fmt: skip
def test_a_wrong_address_is_one_sentence(server: Server, path: str, status: int) -> None:
    answer = ask(server, path)
    assert answer.status == status
    assert is_one_sentence(answer)


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


# ---------------------------------------------------------------- starting


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
