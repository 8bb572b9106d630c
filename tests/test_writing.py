"""Writes over HTTP: who may, what is accepted, and that neither a crash nor a swap loses or halves anything."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib import RDF, SH

from allegiance.build.write import lock
from conftest import Server, run
from http_client import (
    CSV,
    FORM,
    GRAPHS,
    JSONLD,
    NTRIPLES,
    TURTLE,
    UPDATE,
    Answer,
    ask,
    connect,
    form,
    is_one_sentence,
    number,
    query_path,
    send,
    sparql,
    step,
    wait_until,
)
from small_site import CLAIM, FOREIGN, PREFIXES, TRIPLE, Site

TOKEN = "a token of this test, and long enough"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LOSSES = "SELECT (COUNT(*) AS ?n) { ?c a <https://w3id.org/allegiance/ontology#Losses> }"
STATELESS = PREFIXES + "INSERT DATA { GRAPH algg:entities { algid:x a alg:Pledge } }"
AT = f"/graphs?graph={FOREIGN}"


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n", encoding="utf-8")
    return path


@pytest.fixture
def writable(site: Site, token: Path) -> Iterator[Server]:
    running = Server("--store", site.out, "--data", site.root, "--write-token-file", token, "--workers", "2")
    yield running
    running.stop()


def json_of(answer: Answer) -> Any:
    assert answer.status == 200, answer.text
    return json.loads(answer.body)


def update(server: Server, text: str, **headers: str) -> Answer:
    return step(server, "/sparql", data=text.encode(), kind=UPDATE, headers={**BEARER, **headers}, timeout=120)


def test_a_token_is_asked_for_and_compared(writable: Server) -> None:
    without = step(writable, "/sparql", data=CLAIM.encode(), kind=UPDATE)
    assert without.status == 401
    assert without.headers["www-authenticate"] == "Bearer"
    for given in ("Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", "Bearer", f"Bearer {TOKEN} x"):
        wrong = step(writable, "/sparql", data=CLAIM.encode(), kind=UPDATE, headers={"Authorization": given})
        assert wrong.status == 401, given
        assert is_one_sentence(wrong)
        assert TOKEN not in wrong.text
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        assert step(writable, AT, method=method, data=TRIPLE.encode(), kind=NTRIPLES).status == 401
    assert TOKEN not in writable.log


def test_a_read_only_service_refuses_every_write(server: Server) -> None:
    for answer in (
        step(server, "/sparql", data=CLAIM.encode(), kind=UPDATE, headers=BEARER),
        step(server, "/sparql", data=form(("update", CLAIM)), kind=FORM, headers=BEARER),
        *(
            step(server, AT, method=m, data=b"", kind=TURTLE, headers=BEARER)
            for m in ("PUT", "POST", "DELETE", "PATCH")
        ),
    ):
        assert answer.status == 403
        assert is_one_sentence(answer)


def test_an_accepted_update_is_served_at_once_listed_and_exported(writable: Server, site: Site) -> None:
    before = site.version
    assert number(writable, LOSSES) == 0
    done = update(writable, CLAIM)
    assert done.status == 204, done.text
    assert done.headers["x-dataset-version"] == site.version != before
    assert number(writable, LOSSES) == 1
    (listed,) = json_of(ask(writable, "/writes"))
    assert listed["operation"] == "update"
    assert listed["version"] == site.version
    patch = ask(writable, "/writes?format=patch").text
    assert "+++ b/instances/organisations/amber-brigade.ttl" in patch
    assert "INSERT DATA" in ask(writable, "/writes?format=update").text
    assert ask(writable, "/writes?format=csv").status == 406
    assert update(writable, CLAIM).status == 204
    assert len(json_of(ask(writable, "/writes"))) == 1, "what changes nothing is no write"


@pytest.mark.parametrize("accept", GRAPHS)
def test_what_does_not_conform_is_422_with_the_report_and_nothing_changed(
    writable: Server, site: Site, accept: str
) -> None:
    version, data = site.version, site.dataset
    refused = update(writable, STATELESS, Accept=accept)
    assert refused.status == 422, refused.text
    assert refused.media_type == accept
    report = rdflib.Graph().parse(data=refused.text, format=GRAPHS[accept])
    (whole,) = report.subjects(RDF.type, SH.ValidationReport)
    assert list(report.objects(whole, SH.result))
    assert (site.version, site.dataset) == (version, data)
    assert json_of(ask(writable, "/health"))["dataset"] == version


def test_the_graph_store_protocol_row_by_row(writable: Server) -> None:
    def put(method: str, body: str = TRIPLE, kind: str = NTRIPLES, path: str = AT) -> Answer:
        data = None if method == "DELETE" else body.encode()
        return step(writable, path, method=method, data=data, kind=kind, headers=BEARER, timeout=120)

    assert ask(writable, AT).status == 404
    assert put("DELETE").status == 404
    assert put("PUT").status == 201
    assert ask(writable, AT, accept=NTRIPLES).text.strip() == TRIPLE
    assert put("PUT").status == 204
    other = TRIPLE.replace("/a>", "/d>")
    assert put("POST", other).status == 204
    assert len(ask(writable, AT, accept=NTRIPLES).text.strip().splitlines()) == 2
    assert put("PATCH", "DELETE WHERE { <https://example.org/d> ?p ?o }", UPDATE).status == 204
    assert ask(writable, AT, accept=NTRIPLES).text.strip() == TRIPLE
    assert put("PUT", '{"@id": "https://example.org/e", "https://example.org/b": 1}', JSONLD).status == 204
    assert "example.org/e" in ask(writable, AT, accept=TURTLE).text
    minted = put("POST", path="/graphs")
    assert minted.status == 201
    assert (
        ask(writable, minted.headers["location"].removeprefix(writable.address), accept=NTRIPLES).text.strip() == TRIPLE
    )
    assert put("DELETE").status == 204
    assert ask(writable, AT).status == 404
    assert put("PUT", "no turtle", TURTLE).status == 400
    assert put("PUT", kind="text/csv").status == 415
    assert put("PATCH", kind=NTRIPLES).status == 415
    for path in ("/graphs?default", "/graphs?graph=https://w3id.org/allegiance/graph/derived"):
        assert put("PUT", path=path).status == 403
    assert put("PUT", path="/graphs?graph=no-iri").status == 400
    assert put("PUT", path=f"{AT}&default").status == 400


def test_a_body_over_the_limit_is_413_before_it_is_read(site: Site, token: Path) -> None:
    running = Server("--store", site.out, "--data", site.root, "--write-token-file", token, "--max-write", "1")
    try:
        answer = step(running, AT, method="PUT", data=b"#" * 2_000, kind=TURTLE, headers=BEARER)
        assert answer.status == 413
        assert is_one_sentence(answer)
    finally:
        running.stop()


def test_no_answer_fails_while_versions_change(writable: Server, site: Site) -> None:
    """A write, a build and SIGHUP each swap the dataset under a steady load."""
    stop, statuses, failures = threading.Event(), set(), []

    def load() -> None:
        connection = connect(writable)
        while not stop.is_set():
            try:
                statuses.add(send(connection, "GET", query_path(LOSSES), {"Accept": CSV}).status)
            except (OSError, http.client.HTTPException) as error:
                failures.append(error)
                connection = connect(writable)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        assert update(writable, CLAIM).status == 204
        written = site.version
        site.spoil("organisations/amber-brigade.ttl", "alg:low 200", "alg:low 300")
        site.build()
        writable.process.send_signal(signal.SIGHUP)
        wait_until(lambda: json_of(ask(writable, "/health"))["dataset"] != written)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert statuses == {200}
    assert number(writable, LOSSES) == 1, "what was written stands over what was built"
    strength = "SELECT ?n { ?c <https://w3id.org/allegiance/ontology#low> ?n . FILTER(?n > 100) }"
    assert sparql(writable, strength, CSV).rows == [{"n": "300"}]


@pytest.mark.parametrize("pause", [0.05, 0.6, 1.2, 2.5])
def test_a_server_killed_during_an_update_has_made_it_or_not(site: Site, token: Path, pause: float) -> None:
    arguments: list[str | Path] = ["--store", site.out, "--data", site.root, "--write-token-file", token]
    first = Server(*arguments)
    answered: list[Answer] = []

    def write() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            answered.append(update(first, CLAIM))

    thread = threading.Thread(target=write)
    thread.start()
    time.sleep(pause)
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    thread.join(60)
    with lock(site.out):  # The process of the write outlives its server for as long as it takes.
        pass
    second = Server(*arguments)
    try:
        found = number(second, LOSSES)
        assert found in (0, 1)
        if answered:
            assert answered[0].status == 204
            assert found == 1
        assert len(json_of(ask(second, "/writes"))) == found
        assert update(second, CLAIM).status == 204
        assert number(second, LOSSES) == 1
    finally:
        second.stop()


def test_a_build_that_cannot_be_served_leaves_the_one_before(writable: Server, site: Site) -> None:
    version = site.version
    broken = site.out / "versions" / "0123456789abcdef"
    broken.mkdir()
    aside = site.out / ".current"
    aside.symlink_to("versions/0123456789abcdef")
    aside.replace(site.out / "current")
    writable.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "cannot be served" in writable.log)
    assert json_of(ask(writable, "/health")) == {"live": True, "ready": True, "dataset": version, "version": "0.1.0"}
    assert number(writable, LOSSES) == 0


def test_the_command_lists_what_was_written_over_http(writable: Server, site: Site) -> None:
    assert update(writable, CLAIM).status == 204
    done = run("writes", "--store", site.out)
    assert done.returncode == 0, done.stderr
    assert "\tupdate\t" in done.stdout


def test_a_token_that_is_too_short_is_refused_at_the_start(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_text("secret", encoding="utf-8")
    done = run("serve", "--store", site.out, "--write-token-file", path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stderr


def test_the_process_of_a_write_does_not_outlive_its_time(site: Site, token: Path) -> None:
    running = Server("--store", site.out, "--data", site.root, "--write-token-file", token, "--write-timeout", "1")
    try:
        answer = update(running, CLAIM)
        assert answer.status in (204, 503)
        wait_until(lambda: not _children(running.process.pid, "allegiance.writes.job"))
        assert number(running, LOSSES) == len(json_of(ask(running, "/writes")))
    finally:
        running.stop()


def _children(pid: int, words: str) -> list[str]:
    listed = subprocess.run(["ps", "--ppid", str(pid), "-o", "args="], capture_output=True, text=True, check=False)
    return [line for line in listed.stdout.splitlines() if words in line]
