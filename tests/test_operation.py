"""How the service is set up, watched, bounded, mirrored and stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import rdflib

from allegiance.admission import Admission
from allegiance.dataset import current
from allegiance.pool import Limits, Pool, Request
from allegiance.web.command import serve
from conftest import ROOT, Server, run
from http_client import (
    ASK,
    CSV,
    DESCRIBE,
    EVERYTHING,
    NTRIPLES,
    RUNAWAY,
    SELECT,
    TURTLE,
    Answer,
    ask,
    connect,
    exchange,
    is_one_sentence,
    number,
    query_path,
    send,
    sparql,
    step,
    wait_until,
)

OTHER = "127.0.0.3"


@contextlib.contextmanager
def serving(*arguments: str | Path, **environment: str) -> Iterator[Server]:
    running = Server(*arguments, **environment)
    try:
        yield running
    finally:
        running.stop()


def children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False)
    return [int(word) for word in listed.stdout.split()]


def counted(server: Server, name: str) -> float:
    """The sum of a metric over its labels."""
    lines = [line for line in ask(server, "/metrics").text.splitlines() if re.match(rf"{name}(\{{| )", line)]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


# ---------------------------------------------------------------- watched


def test_health_names_the_version_that_is_served(server: Server, built: Path) -> None:
    answer = ask(server, "/health")
    assert answer.status == 200
    assert json.loads(answer.body)["dataset"] == (built / "current").readlink().name
    assert json.loads(answer.body)["ready"] is True
    assert answer.headers["cache-control"] == "no-store"


def test_metrics_count_requests_kills_queue_workers_and_cache(built: Path) -> None:
    with serving("--store", built, "--timeout", "0.5") as server:
        sparql(server, SELECT)
        sparql(server, SELECT)
        assert sparql(server, RUNAWAY).status == 503
        text = ask(server, "/metrics").text
        assert 'allegiance_requests_total{method="GET",route="sparql",status="200"} 2.0' in text
        assert 'allegiance_requests_total{method="GET",route="sparql",status="503"} 1.0' in text
        assert 'allegiance_worker_kills_total{reason="time"} 1.0' in text
        for name in (
            "queries_waiting",
            "workers_busy",
            "workers",
            "cache_bytes",
            "cache_hits",
            "request_seconds_count",
        ):
            assert re.search(rf"^allegiance_{name}[ {{]", text, re.MULTILINE), name
        assert counted(server, "allegiance_cache_hits") >= 1


def test_each_request_has_one_json_line_in_the_log_without_what_was_asked(built: Path) -> None:
    with serving("--store", built) as server:
        answer = sparql(server, "ASK { ?secret ?p ?o }")
        wait_until(lambda: answer.headers["x-request-id"] in server.log)
        (line,) = (json.loads(line) for line in server.log.splitlines() if answer.headers["x-request-id"] in line)
        assert line["status"] == 200
        assert line["route"] == "sparql"
        assert {"time", "level", "milliseconds", "bytes", "method", "path"} <= line.keys()
        assert "secret" not in server.log
    with serving("--store", built, "--log-queries") as server:
        sparql(server, "ASK { ?secret ?p ?o }")
        wait_until(lambda: "secret" in server.log)


def test_a_log_that_nobody_reads_stops_nothing(built: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    unread, written = os.pipe()
    command = [sys.executable, "-m", "allegiance.cli", "serve", "--store", str(built), "--port", str(port)]
    served = subprocess.Popen(command, stderr=written, cwd=ROOT)
    os.close(written)
    try:
        wait_until(lambda: _answers(port))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        # More than a pipe holds.
        for _ in range(1_500):
            assert send(connection, "GET", "/health").status == 200
    finally:
        served.terminate()
        assert served.wait(20) == 0
        os.close(unread)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    return False


# ---------------------------------------------------------------- set up


def test_settings_come_from_flags_before_variables_before_the_file(built: Path, tmp_path: Path) -> None:
    config = tmp_path / "allegiance.toml"
    config.write_text(f'store = "{built}"\ntimeout = 0.4\nmax_result = 3\nworkers = 1\n', encoding="utf-8")
    with serving("--config", config, "--timeout", "0.6", ALLEGIANCE_SERVE_TIMEOUT="0.5") as server:
        assert "longer than 0.6 seconds" in sparql(server, RUNAWAY).text
        assert counted(server, "allegiance_workers") == 1
    with serving("--config", config, ALLEGIANCE_SERVE_TIMEOUT="0.5") as server:
        assert "longer than 0.5 seconds" in sparql(server, RUNAWAY).text
    with serving("--config", config) as server:
        assert "longer than 0.4 seconds" in sparql(server, RUNAWAY).text


@pytest.mark.parametrize(
    ("text", "word"),
    [("timeout = ", "TOML"), ("colour = 1", "colour"), ('timeout = "long"', "timeout"), ("workers = 0", "workers")],
)
def test_a_wrong_settings_file_is_one_sentence_and_status_2(tmp_path: Path, text: str, word: str) -> None:
    config = tmp_path / "allegiance.toml"
    config.write_text(text, encoding="utf-8")
    done = run("serve", "--config", config)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert word in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--base-url", "ftp://x/"],
        ["--base-url", "https://w3id.org/allegiance/mirror/"],
        ["--rate-limit", "often"],
        ["--engine", "tape"],
        ["--write-token-file", "no/such/file"],
        ["--store", "no/such/folder"],
        ["--host", "256.1.1.1"],
        ["--config", "no/such/file"],
    ],
    ids=" ".join,
)
def test_a_wrong_setting_is_one_sentence_and_status_2(built: Path, arguments: list[str]) -> None:
    done = run("serve", *(["--store", str(built)] if "--store" not in arguments else []), "--port", "0", *arguments)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_every_setting_is_in_the_one_table() -> None:
    text = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `--([a-z-]+)", text, re.MULTILINE))
    options = {option.opts[0].removeprefix("--") for option in serve.params if isinstance(option, click.Option)}
    assert options - {"help"} == rows


# ---------------------------------------------------------------- engines, limits, queue


def test_a_store_on_disk_gives_the_answers_that_memory_gives(built: Path, server: Server) -> None:
    with serving("--store", built, "--engine", "disk", "--timeout", "2") as disk:
        for query in (SELECT, ASK, DESCRIBE):
            assert sorted(sparql(disk, query).text) == sorted(sparql(server, query).text)
        assert number(disk, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == number(
            server, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
        )
        assert sparql(disk, RUNAWAY).status == 503
        assert sparql(disk, "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }").status == 400
        assert sparql(disk, ASK).status == 200


def test_a_full_queue_is_503_and_a_full_share_429_with_retry_after(built: Path) -> None:
    limits = ["--workers", "1", "--timeout", "4", "--queue", "3", "--queue-share", "2", "--queue-wait", "20"]
    with serving("--store", built, *limits) as server:
        answers: list[Answer] = []

        def runaway(client: str) -> None:
            answers.append(sparql(server, f"{RUNAWAY} # {len(answers)} {client} {time.monotonic()}", source=client))

        threads = [threading.Thread(target=runaway, args=[client]) for client in ["127.0.0.1"] * 5 + [OTHER] * 3]
        for thread in threads:
            thread.start()
            time.sleep(0.1)
        statuses = []
        wait_until(lambda: sum(answer.status in (429, 503) for answer in answers) >= 3, 3)
        statuses = [answer.status for answer in answers]
        assert 429 in statuses
        assert 503 in statuses
        for answer in answers:
            assert int(answer.headers["retry-after"]) > 0
            assert is_one_sentence(answer)
        # Health, pages and cached answers need no worker and are answered meanwhile.
        assert ask(server, "/health").status == 200
        assert ask(server, "/", accept="text/html").status == 200
        for thread in threads:
            thread.join(60)
        assert sparql(server, ASK).status == 200


def test_a_client_with_many_queries_does_not_keep_another_waiting_for_all_of_them(built: Path) -> None:
    with serving("--store", built, "--workers", "1", "--timeout", "1", "--queue-wait", "60") as server:
        greedy = [
            threading.Thread(target=sparql, args=[server, f"{RUNAWAY} # {place}", None, "127.0.0.1"])
            for place in range(6)
        ]
        for thread in greedy:
            thread.start()
        time.sleep(0.3)
        assert sparql(server, "ASK { ?s ?p ?o } # other", source=OTHER).status == 200
        waiting = sum(thread.is_alive() for thread in greedy)
        assert waiting >= 4, "the other client had its turn after one query of the greedy one"
        for thread in greedy:
            thread.join(60)


def test_a_rate_limit_is_off_until_it_is_set(built: Path, server: Server) -> None:
    assert {step(server, "/health").status for _ in range(50)} == {200}
    with serving("--store", built, "--rate-limit", "5/minute") as limited:
        statuses = [step(limited, "/health").status for _ in range(8)]
        assert statuses == [200] * 5 + [429] * 3
        refused = step(limited, "/sparql")
        assert int(refused.headers["retry-after"]) > 0
        assert is_one_sentence(refused)
        assert step(limited, "/health", source=OTHER).status == 200


def test_behind_a_proxy_the_client_is_whom_the_proxy_names(built: Path) -> None:
    with serving("--store", built, "--rate-limit", "3/minute", "--proxies", "1") as server:
        for client in ("198.51.100.1", "198.51.100.2"):
            headers = {"X-Forwarded-For": f"203.0.113.9, {client}"}
            assert [step(server, "/health", headers=headers).status for _ in range(4)] == [200] * 3 + [429]
        forwarded = {
            "X-Forwarded-For": "198.51.100.3",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "data.example",
        }
        assert "<https://data.example/sparql>" in step(server, "/sparql", accept=NTRIPLES, headers=forwarded).text


def test_the_process_that_workers_come_from_may_be_killed(built: Path) -> None:
    with serving("--store", built, "--workers", "2") as server:
        (zygote,) = children(server.process.pid)
        os.kill(zygote, signal.SIGKILL)
        wait_until(lambda: sparql(server, f"{ASK} # {time.monotonic()}").status == 200)
        assert {sparql(server, f"{ASK} # {place}").status for place in range(6)} == {200}
        assert json.loads(ask(server, "/health").body)["ready"] is True


@pytest.mark.parametrize("privileged", [True, False])
def test_a_worker_that_stood_back_is_used_on_where_it_may_be(
    built: Path, monkeypatch: pytest.MonkeyPatch, privileged: bool
) -> None:
    priorities: list[int] = []

    def set_priority(_which: int, _who: int, priority: int) -> None:
        priorities.append(priority)
        if priority == usual and not privileged:
            raise PermissionError

    usual = os.getpriority(os.PRIO_PROCESS, 0)
    monkeypatch.setattr(os, "setpriority", set_priority)
    monkeypatch.setattr("allegiance.pool._PATIENCE", 0.001)
    monkeypatch.setattr("allegiance.pool._COURTESY", 0.001)
    pool = Pool(current(built), 1, Limits(seconds=60))
    try:
        (before,) = pool.admission.idle()
        some = "{ SELECT * { ?%s ?p%s ?o%s } LIMIT 1500 }"
        query = f"SELECT (COUNT(*) AS ?n) {{ {some % ('a', 1, 1)} {some % ('b', 2, 2)} }}"
        assert b"".join(pool.run(Request(query, {"solutions": CSV}))).split()[-1] == b"2250000"
        (after,) = pool.admission.idle()
        assert priorities[1:] == [usual]
        assert (after is before) == privileged
    finally:
        pool.close()


def test_a_new_worker_is_taken_after_those_that_have_worked() -> None:
    admission: Admission[str] = Admission(2, 1, 1)
    for name in ("one", "two"):
        admission.add(name)
    admission.release(admission.acquire("somebody", 1), "new")
    assert admission.acquire("somebody", 1).worker == "one"
    assert admission.acquire("somebody", 1).worker == "new"


def test_a_worker_is_boxed_in_whatever_query_reaches_it(built: Path) -> None:
    """The guard refuses SERVICE before; here nothing stands between the query and the worker."""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(1)
        away = f"http://127.0.0.1:{canary.getsockname()[1]}/"
        pool = Pool(current(built), 1, Limits(seconds=5))
        try:
            formats = {"solutions": CSV}
            with pytest.raises(RuntimeError, match="worker failed"):
                list(pool.run(Request(f"SELECT * {{ SERVICE <{away}> {{ ?s ?p ?o }} }}", formats)))
            silent = b"".join(pool.run(Request(f"SELECT * {{ SERVICE SILENT <{away}> {{ ?s ?p ?o }} }}", formats)))
            assert silent.startswith(CSV.encode())
            with pytest.raises(TimeoutError):
                canary.accept()
            (worker,) = pool.admission.idle()
            limits = Path(f"/proc/{worker.pid}/limits").read_text(encoding="ascii")
            assert re.search(r"^Max open files +0 +0 ", limits, re.MULTILINE)
            assert re.search(r"^Max file size +0 +0 ", limits, re.MULTILINE)
            assert re.search(r"^Max address space +\d+ +\d+ ", limits, re.MULTILINE)
        finally:
            pool.close()


# ---------------------------------------------------------------- mirrored, withdrawn


def test_a_mirror_can_be_followed_and_asked_in_either_base(built: Path, server: Server) -> None:
    with serving("--store", built, "--base-url", "http://mirror.example/data") as mirror:
        local, canonical = "http://mirror.example/data/", "https://w3id.org/allegiance/"
        turtle = ask(mirror, "/data/id/hafiz-saeed-khan", accept=TURTLE)
        graph = rdflib.Graph().parse(data=turtle.text, format="turtle")
        original = rdflib.Graph().parse(
            data=ask(server, "/data/id/hafiz-saeed-khan", accept=TURTLE).text, format="turtle"
        )
        assert len(graph) == len(original) > 10
        assert canonical not in turtle.text
        assert rdflib.URIRef(local + "id/hafiz-saeed-khan") in set(graph.subjects())
        for base in (local, canonical):
            found = sparql(mirror, f"SELECT ?t {{ <{base}id/hafiz-saeed-khan> a ?t }}", CSV).text
            assert f"{local}ontology#Person" in found
        everything = sparql(mirror, EVERYTHING, NTRIPLES).text
        assert canonical not in everything
        assert everything.count("\n") == number(server, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
        path = "/graphs?" + urllib.parse.urlencode({"graph": f"{local}graph/entities"})
        assert ask(mirror, path, accept=NTRIPLES).status == 200
        assert f"<{local}sparql>" in ask(mirror, "/sparql", accept=NTRIPLES).text


@pytest.fixture(scope="module")
def withdrawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of little data in which a name has been withdrawn."""
    root = tmp_path_factory.mktemp("withdrawn")
    for part in ("ontology", "shapes"):
        shutil.copytree(ROOT / part, root / part)
    (root / "instances").mkdir()
    (root / "instances" / "withdrawn.ttl").write_text(
        """@prefix alg: <https://w3id.org/allegiance/ontology#> .
@prefix algid: <https://w3id.org/allegiance/id/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

algid:old-slug a alg:Withdrawn ; rdfs:label "Old name"@en ; dcterms:isReplacedBy algid:new-slug .
algid:mistake a alg:Withdrawn ; rdfs:label "A mistake"@en .
algid:new-slug a alg:Source ; dcterms:title "New name"@en ; alg:sourceKind alg:Article .
""",
        encoding="utf-8",
    )
    done = run("build", "--data", root, "--out", root / "out")
    assert done.returncode == 0, done.stderr
    return root / "out"


def test_a_withdrawn_name_is_410_and_leads_to_its_successor(withdrawn: Path) -> None:
    with serving("--store", withdrawn) as server:
        for path in ("/id/old-slug", "/data/id/old-slug", "/page/id/old-slug"):
            gone = step(server, path, accept="*/*")
            assert gone.status == 410, path
            assert gone.headers["link"] == '</id/new-slug>; rel="successor-version"'
            assert "/id/new-slug" in gone.text
            assert is_one_sentence(gone)
        assert step(server, "/id/mistake", accept=TURTLE).status == 410
        assert step(server, "/id/never-was", accept=TURTLE).status == 404
        assert ask(server, "/id/new-slug", accept=TURTLE).status == 200


# ---------------------------------------------------------------- stopped


@pytest.mark.parametrize("number_", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_requests_under_way_end_and_leaves_nothing_behind(built: Path, number_: int) -> None:
    server = Server("--store", built, "--timeout", "1.5")
    answers: list[Answer] = []
    idle = connect(server)
    assert send(idle, "GET", "/health").status == 200
    thread = threading.Thread(target=lambda: answers.append(sparql(server, RUNAWAY)))
    thread.start()
    time.sleep(0.5)
    below = children(server.process.pid)
    assert below
    server.process.send_signal(number_)
    assert server.process.wait(15) == 0
    thread.join(10)
    assert [answer.status for answer in answers] == [503]
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))
    with pytest.raises(ConnectionRefusedError):
        ask(server, "/health")
    assert "Traceback" not in server.log


def test_a_client_that_leaves_in_the_middle_leaves_no_query_behind(built: Path) -> None:
    with serving("--store", built, "--workers", "2", "--timeout", "60") as server:
        connection = connect(server)
        connection.request("GET", query_path(RUNAWAY))
        wait_until(lambda: counted(server, "allegiance_workers_busy") == 1)
        connection.close()
        wait_until(lambda: counted(server, "allegiance_workers_busy") == 0, 20)
        assert counted(server, "allegiance_worker_kills_total") == 1


def test_a_reader_that_is_slow_holds_no_worker(built: Path) -> None:
    with serving("--store", built, "--workers", "1", "--max-result", "64") as server:
        host, port = server.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as sock:
            path = query_path(EVERYTHING)
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {NTRIPLES}\r\nConnection: close\r\n\r\n".encode())
            assert sock.recv(12) == b"HTTP/1.1 200"
            wait_until(lambda: sparql(server, f"{ASK} # meanwhile", source=OTHER).status == 200, 10)
            received = 12
            while part := sock.recv(1 << 16):
                received += len(part)
        assert received > 10_000_000, "the slow one still got all of it"


def test_keep_alive_is_kept_and_a_closing_client_is_heard(server: Server) -> None:
    connection = connect(server)
    assert {send(connection, "GET", query_path(f"{ASK} # {place}")).status for place in range(5)} == {200}
    assert exchange(server, b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200")
