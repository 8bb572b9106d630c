"""The OpenAPI document: valid, complete, true of the running server (schemathesis), and shown by a page of our own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from allegiance import library
from allegiance.web import openapi
from allegiance.web.app import create_app
from allegiance.web.serving import Serving
from allegiance.web.settings import Settings
from conftest import ROOT, Server
from http_client import ask, step

QUESTIONS = library.questions()


@pytest.fixture(scope="module")
def guarded(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may be written to by who has the token, which nobody here has."""
    token = tmp_path_factory.mktemp("token") / "token"
    token.write_text("a-token-that-nobody-has\n")
    running = Server("--store", built, "--write-token-file", token, "--timeout", "5", "--workers", "2")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def document(guarded: Server) -> dict[str, Any]:
    answer = ask(guarded, "/openapi.json")
    assert answer.status == 200
    assert answer.media_type == "application/json"
    found: dict[str, Any] = json.loads(answer.text)
    return found


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_route_is_in_the_document_or_for_people_alone(built: Path) -> None:
    served = Serving(Settings(store=built, root=ROOT))
    try:
        rules = {rule.rule for rule in create_app(served).url_map.iter_rules()}
    finally:
        served.close()
    known = {*openapi.OPERATIONS, openapi.QUESTION}
    assert len(rules) >= 15
    assert rules - openapi.PAGES == known
    assert not openapi.PAGES & known
    assert rules >= openapi.PAGES


def test_every_question_is_a_path_with_its_typed_parameters(document: dict[str, Any]) -> None:
    for question in QUESTIONS.values():
        described = document["paths"][f"/queries/{question.name}"]["get"]
        assert described["summary"] == question.title
        assert described["description"] == question.question
        given = {parameter["name"]: parameter for parameter in described["parameters"]}
        assert set(given) == {parameter.name for parameter in question.parameters} | {"limit", "offset", "format"}
        for parameter in question.parameters:
            schema = given[parameter.name]["schema"]
            assert given[parameter.name]["example"] == parameter.sample
            assert schema.get("default") == parameter.default
            assert schema.get("x-class") == parameter.of_class
            assert schema.get("format") == {"iri": "iri-reference", "date": "date", "text": None}[parameter.type]
        assert given["format"]["schema"]["enum"] == ["json", "xml", "csv", "tsv"]
        assert {"200", "304", "400", "406", "413", "503", "507"} <= set(described["responses"])


def test_every_operation_has_a_summary_a_known_tag_and_a_name_of_its_own(document: dict[str, Any]) -> None:
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) > 70
    tags = {tag["name"] for tag in document["tags"]}
    for operation in operations:
        assert operation["summary"]
        assert set(operation["tags"]) <= tags
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)


def test_writing_asks_for_a_token_and_reading_for_none(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    guarded = {
        f"{method} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if {"token": []} in operation.get("security", [])
    }
    assert guarded == {f"{method} /graphs" for method in ("put", "post", "delete", "patch")} | {"post /sparql"}


def test_the_examples_lead_somewhere(document: dict[str, Any], guarded: Server) -> None:
    followed = 0
    for path, operations in document["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", []):
            if parameter["in"] == "path":
                at = path.replace(f"{{{parameter['name']}}}", parameter["example"])
                assert step(guarded, at, accept="text/turtle").status in (200, 303), at
                followed += 1
    assert followed == 8


def test_the_document_is_sent_once_to_a_client_that_keeps_it(guarded: Server) -> None:
    tag = ask(guarded, "/openapi.json").headers["etag"]
    again = ask(guarded, "/openapi.json", headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")


def test_a_base_url_is_where_the_document_says_the_server_is(built: Path) -> None:
    running = Server("--store", built, "--base-url", "https://mirror.example/allegiance/", "--workers", "1")
    try:
        document = json.loads(ask(running, "/openapi.json").text)
    finally:
        running.stop()
    assert document["servers"] == [{"url": "https://mirror.example/allegiance"}]


# ---------------------------------------------------------------- the document against the server


def test_the_server_does_what_the_document_says(guarded: Server, document: dict[str, Any], tmp_path: Path) -> None:
    """Every check of schemathesis but one: a document cannot say which queries parse and which names exist."""
    arguments = [
        "--phases=examples,coverage,fuzzing",
        "--checks=all",
        "--exclude-checks=positive_data_acceptance",
        "--max-examples=3",
        "--generation-deterministic",
        "--continue-on-failure",
        "--request-timeout=20",
        "--no-color",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{guarded.address}/openapi.json", *arguments],
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # The tool leaves out the document itself, which it has read to begin with.
    operations = {(verb, path) for path, offered in document["paths"].items() for verb in offered}
    asked_for = len(operations - {("get", "/openapi.json")})
    assert asked_for == len(operations) - 1 > 60
    assert f"Tested: {asked_for}\n" in done.stdout, done.stdout[-2000:]
    assert int(re.findall(r"(\d+) generated", done.stdout)[0]) > 1_000


# ---------------------------------------------------------------- the page


def test_the_viewer_is_served_from_here_and_asks_nobody_else(guarded: Server) -> None:
    page = ask(guarded, "/api", accept="text/html")
    assert page.status == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "'unsafe-eval'" not in policy
    loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', page.text)
    assert {"/api/swagger-ui-bundle.js", "/api/swagger-ui.css", "/static/api.js"} <= set(loaded)
    for path in loaded:
        assert path.startswith("/")
        found = ask(guarded, path)
        assert found.status == 200
        assert found.media_type in ("text/css", "text/javascript", "image/svg+xml")
    assert not re.search(r"<script[^>]*>[^<]", page.text), "a script in the page itself is not run under its policy"
    assert not re.search(r'url\((?!"?data:)|@import', ask(guarded, "/api/swagger-ui.css").text)
    assert "validatorUrl: null" in ask(guarded, "/static/api.js").text


def test_other_pages_run_our_files_alone(guarded: Server) -> None:
    for path in ("/", "/queries", "/queries/leaders", "/sparql"):
        page = ask(guarded, path, accept="text/html")
        assert "script-src 'self';" in page.headers["content-security-policy"]
        assert "style-src 'self';" in page.headers["content-security-policy"]
        assert all(address.startswith("/static/") for address in re.findall(r'<script[^>]+src="([^"]+)"', page.text))


@pytest.mark.parametrize("path", ["/api/index.html", "/api/../cli.py", "/api/%2e%2e/flask_swagger_ui.py"])
def test_nothing_else_of_the_viewer_is_served(guarded: Server, path: str) -> None:
    assert step(guarded, path).status in (400, 404)
