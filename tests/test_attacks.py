"""What no client can do: stop the service, fill its memory, hold up others, read a file, reach another host."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import shutil
import signal
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from conftest import Server
from hostile import ASKED, BODY, CHUNKED, END, HOSTILE, MALFORMED, PRODUCT, RDF, UPLOADS, Hostile, request
from http_client import (
    ASK,
    CSV,
    ENDLESS,
    FORM,
    GRAPH,
    JSONLD,
    NTRIPLES,
    RDFXML,
    RUNAWAY,
    TURTLE,
    UPDATE,
    Answer,
    address,
    answers,
    exchange,
    form,
    is_one_sentence,
    query_path,
    step,
)
from watched import Watched

TOKEN = "a-token-of-the-tests-only"
CLIENT_SECONDS = 2


@pytest.fixture(scope="module")
def attacked(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A server with small limits over a copy of the dataset, to which may be written with a token."""
    folder = tmp_path_factory.mktemp("attacked")
    shutil.copytree(built, folder / "store", symlinks=True)
    (folder / "token").write_text(TOKEN)
    limits = {
        "timeout": 1,
        "memory": 256,
        "max-result": 4,
        "max-request": 1024,
        "workers": 2,
        "queue-wait": 2,
        "cache": 8,
        "client-timeout": CLIENT_SECONDS,
        "max-write": 4096,
        "write-timeout": 30,
    }
    options = [part for name, value in limits.items() for part in (f"--{name}", str(value))]
    running = Server("--store", folder / "store", "--write-token-file", folder / "token", *options)
    yield Watched(running)
    running.stop()


@pytest.fixture
def target(attacked: Watched) -> Iterator[Server]:
    """The server, which must be unharmed afterwards."""
    yield attacked.server
    attacked.check()


@pytest.fixture(scope="module")
def unhurried(built: Path) -> Iterator[Watched]:
    """A server that lets a query run for longer than any test does."""
    options = ["--timeout", "120", "--workers", "3", "--max-result", "4", "--client-timeout", str(CLIENT_SECONDS)]
    running = Server("--store", built, *options)
    yield Watched(running)
    running.stop()


@pytest.fixture
def patient(unhurried: Watched) -> Iterator[Watched]:
    """The same, which must be unharmed afterwards."""
    yield unhurried
    unhurried.check()


# ---------------------------------------------------------------- queries


def test_the_corpus_is_whole() -> None:
    assert len({hostile.name for hostile in HOSTILE}) == len(HOSTILE) >= 45
    assert len({name for name, *_ in MALFORMED}) == len(MALFORMED) >= 80


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_after_a_hostile_query_others_are_answered(target: Server, hostile: Hostile) -> None:
    accept = f"{CSV}, {NTRIPLES}"
    try:
        answer = step(target, "/sparql", data=form(("query", hostile.query)), kind=FORM, accept=accept, timeout=20)
    except (http.client.IncompleteRead, ConnectionResetError):
        assert hostile.streams, "the connection was broken off before an answer had begun"
        return
    assert answer.status in hostile.statuses, answer.text[:300]
    assert answer.status == 200 or is_one_sentence(answer), answer.text[:300]


def test_a_flood_is_queued_and_refused_and_another_client_is_served(target: Server, attacked: Watched) -> None:
    def ask(number: int) -> Answer:
        query = f"{RUNAWAY} # {number}"
        return step(target, "/sparql", data=form(("query", query)), kind=FORM, timeout=30)

    with ThreadPoolExecutor(80) as threads:
        flood = [threads.submit(ask, number) for number in range(80)]
        time.sleep(0.5)
        for _ in range(5):
            attacked.point_query()
        found = [asked.result() for asked in flood]
    assert {answer.status for answer in found} <= {429, 503}
    assert all(is_one_sentence(answer) for answer in found)
    assert any("retry-after" in answer.headers for answer in found)


# ---------------------------------------------------------------- requests


@pytest.mark.parametrize(("name", "sent", "statuses"), MALFORMED, ids=[name for name, *_ in MALFORMED])
def test_after_a_malformed_request_others_are_answered(
    target: Server, name: str, sent: bytes, statuses: tuple[int, ...]
) -> None:
    received = exchange(target, sent)
    assert b"Traceback" not in received
    assert b"root:" not in received
    assert b"smuggled" not in received
    if not received:
        return  # Cut off without a word, which is no harm.
    assert received.startswith(b"HTTP/1."), received[:100]
    found = answers(received, sent.split(b" ", 1)[0].decode("latin-1"), "GET")
    assert len(found) == 1, found
    answer = found[0]
    assert answer.status in statuses, answer.text[:300]
    assert not {"x-evil", "set-cookie"} & set(answer.headers)
    if answer.status in (303, 308):
        where = urllib.parse.urljoin("http://x/", answer.headers["location"])
        assert where.startswith("http://x/"), where
        assert not where.startswith("http://x//"), where
    assert b"<script>" not in answer.body or answer.media_type == "text/plain"
    if answer.status >= 400 and answer.media_type != "text/html":  # The query box shows a refusal on its page.
        assert is_one_sentence(answer), answer.text[:300]


def test_a_refusal_is_sent_before_the_connection_is_cut(target: Server) -> None:
    """What is cut off without a word in the table must be the exception."""
    for name, sent, _ in MALFORMED:
        if name in (
            "length and coding",
            "no target",
            "a header without a colon",
            "5,000 headers",
            "version ' HTTP/3.0'",
        ):
            assert exchange(target, sent).startswith(b"HTTP/1.1 "), name


# ---------------------------------------------------------------- bodies that are too much


HEAD = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
MEGABYTES = 100
LONG = "SELECT * { ?s ?p ?o } LIMIT 15000"


def statuses(received: bytes) -> list[int]:
    """The statuses received; none where the connection was cut under what was being sent."""
    return [answer.status for answer in answers(received, "POST")] if received else []


def test_a_body_of_100_megabytes_is_refused_by_its_length_alone(target: Server) -> None:
    received = exchange(target, f"{HEAD}Content-Length: {MEGABYTES << 20}\r\n\r\n".encode())
    (answer,) = answers(received, "POST")
    assert answer.status == 413
    assert is_one_sentence(answer)


def test_a_body_of_100_megabytes_is_not_kept(target: Server) -> None:
    head = f"{HEAD}Content-Length: {MEGABYTES << 20}\r\n\r\n".encode()
    sent = itertools.chain([head, b"query="], itertools.repeat(b"x" * (1 << 20), MEGABYTES))
    assert statuses(exchange(target, sent)) in ([413], [])


def test_a_body_of_chunks_without_end_is_cut_off(target: Server) -> None:
    head = f"{HEAD}{CHUNKED}\r\n\r\n".encode()
    chunk = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    assert statuses(exchange(target, itertools.chain([head], itertools.repeat(chunk, MEGABYTES)))) in ([413], [])
    tiny = b"1\r\nx\r\n" * 10_000
    assert statuses(exchange(target, itertools.chain([head], itertools.repeat(tiny, 150)))) in ([413], [])


def test_a_body_shorter_than_it_says_is_not_waited_for_long(target: Server) -> None:
    sent = f"{HEAD}Content-Length: 1000\r\n\r\nquery=ASK".encode()
    assert statuses(exchange(target, sent, finish=True)) in ([400], [408], [])
    assert statuses(exchange(target, sent)) in ([400], [408], [])
    assert statuses(exchange(target, f"{HEAD}{CHUNKED}\r\n\r\nfff\r\nquery".encode())) in ([400], [408], [])


def test_what_follows_a_body_is_no_part_of_it(target: Server) -> None:
    received = exchange(
        target, f"{HEAD}Accept: {CSV}\r\nContent-Length: 15\r\n\r\n".encode() + BODY + b"x" * 1_000 + b"\r\n\r\n"
    )
    assert [answer.status for answer in answers(received, "POST", "GET")] in ([200, 400], [200])


# ---------------------------------------------------------------- uploads, by one who has the token


@pytest.mark.parametrize(("name", "kind", "body"), UPLOADS, ids=[name for name, *_ in UPLOADS])
def test_after_a_hostile_upload_others_are_answered(target: Server, name: str, kind: str, body: str) -> None:
    path = "/graphs?" + urllib.parse.urlencode({"graph": f"{GRAPH}source/is-khorasan-review"})
    unsigned = step(target, path, data=body.encode(), kind=kind, method="PUT")
    assert unsigned.status in (401, 413)
    signed = {"Authorization": f"Bearer {TOKEN}"}
    answer = step(target, path, data=body.encode(), kind=kind, method="PUT", headers=signed, timeout=60)
    assert answer.status in (400, 413, 415, 422, 503, 507), answer.text[:300]
    assert is_one_sentence(answer), answer.text[:300]


def test_an_upload_that_is_too_large_or_not_utf_8_is_refused(target: Server) -> None:
    signed = {"Authorization": f"Bearer {TOKEN}"}
    path = "/graphs?graph=a:b"
    answer = step(target, path, data=b"#" * (5 << 20), kind=TURTLE, method="PUT", headers=signed)
    assert (answer.status, is_one_sentence(answer)) == (413, True)
    for kind, body in (
        (TURTLE, b'<a:s> <a:p> "\xff\xfe" .'),
        (RDFXML, b"<a>\xff</a>"),
        (JSONLD, b'"\xff"'),
        (UPDATE, b"\xff"),
    ):
        method = "PATCH" if kind == UPDATE else "PUT"
        answer = step(target, path, data=body, kind=kind, method=method, headers=signed, timeout=60)
        assert (answer.status, is_one_sentence(answer)) == (400, True), answer.text


# ---------------------------------------------------------------- no way out


@pytest.fixture
def canary() -> Iterator[tuple[int, list[bytes]]]:
    """A listener that should hear nothing: its port, and what it has heard."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    stop = threading.Event()

    def listen() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(1)
            with contextlib.suppress(OSError):
                heard.append(connection.recv(1000))
            connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    yield listener.getsockname()[1], heard
    stop.set()
    thread.join()
    listener.close()


def test_the_canary_hears(canary: tuple[int, list[bytes]]) -> None:
    port, heard = canary
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"sing")
        sock.recv(1)
    assert heard == [b"sing"]


def test_no_query_reaches_another_host_or_a_file(
    target: Server, canary: tuple[int, list[bytes]], tmp_path: Path
) -> None:
    port, heard = canary
    secret = tmp_path / "secret.ttl"
    secret.write_text('<a:s> <a:p> "canary-content" .')
    for web in (
        f"http://127.0.0.1:{port}/x.ttl",
        f"https://127.0.0.1:{port}/",
        f"file://{secret}",
        "file:///etc/passwd",
    ):
        queries = [
            f"SELECT * WHERE {{ SERVICE <{web}> {{ ?s ?p ?o }} }}",
            f"SELECT * WHERE {{ SERVICE SILENT <{web}> {{ ?s ?p ?o }} }}",
            f"SELECT * WHERE {{ sErViCe silent<{web}>{{ ?s ?p ?o }} }}",
            f"SELECT * WHERE {{ # comment\nSERVICE\n# <a:>\n<{web}> {{ ?s ?p ?o }} }}",
            f"PREFIX s: <{web}>\nSELECT * WHERE {{ SERVICE s: {{ ?s ?p ?o }} }}",
            f"BASE <{web}>\nSELECT * WHERE {{ SERVICE <> {{ ?s ?p ?o }} }}",
            f"SELECT * WHERE {{ VALUES ?e {{ <{web}> }} SERVICE ?e {{ ?s ?p ?o }} }}",
            f"SELECT * WHERE {{ BIND(<{web}> AS ?e) SERVICE SILENT ?e {{ ?s ?p ?o }} }}",
            f"SELECT * WHERE {{ FILTER EXISTS {{ SERVICE <{web}> {{ ?s ?p ?o }} }} }}",
            f"SELECT * WHERE {{ {{ SELECT * {{ SERVICE <{web}> {{ ?s ?p ?o }} }} }} }}",
            f"SELECT * FROM <{web}> WHERE {{ ?s ?p ?o }}",
            f"SELECT * FROM NAMED <{web}> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}",
            f"SELECT * WHERE {{ GRAPH <{web}> {{ ?s ?p ?o }} }}",
            f"DESCRIBE <{web}>",
            f"CONSTRUCT FROM <{web}> WHERE {{ ?s ?p ?o }}",
            f"LOAD <{web}>",
            f"LOAD SILENT <{web}> INTO GRAPH <a:g>",
        ]
        for query in queries:
            for more in ((), (("default-graph-uri", web),), (("named-graph-uri", web),)):
                answer = step(target, query_path(query, *more), accept=f"{CSV}, {NTRIPLES}")
                assert answer.status in (200, 400), query
                assert "canary-content" not in answer.text
                assert "root:" not in answer.text
                if "service" in query.lower() or query.startswith("LOAD"):
                    assert answer.status == 400, query
        assert step(target, f"/graphs?{urllib.parse.urlencode({'graph': web})}").status == 404
    assert heard == []


def test_no_write_reaches_another_host_or_a_file(
    target: Server, canary: tuple[int, list[bytes]], tmp_path: Path
) -> None:
    port, heard = canary
    secret = tmp_path / "secret.ttl"
    secret.write_text('<a:s> <a:p> "canary-content" .')
    signed = {"Authorization": f"Bearer {TOKEN}"}
    graph = f"{GRAPH}source/is-khorasan-review"
    before = step(target, f"/graphs?graph={graph}", accept=NTRIPLES).body
    web, file = f"http://127.0.0.1:{port}/x.ttl", f"file://{secret}"
    where = f"/graphs?{urllib.parse.urlencode({'graph': graph})}"
    updates = [
        f"LOAD <{web}>",
        f"LOAD <{file}> INTO GRAPH <{graph}>",
        f"LOAD SILENT <{web}> INTO GRAPH <{graph}>",
        f"INSERT {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} WHERE {{ SERVICE <{web}> {{ ?s ?p ?o }} }}",
        f"INSERT {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} WHERE {{ SERVICE SILENT <{web}> {{ ?s ?p ?o }} }}",
    ]
    # Each of these has a mistake at its end, so that nothing is written whatever was read before.
    uploads = [
        (JSONLD, json.dumps({"@context": web, "@id": "a:s", "p": "o"})),
        (JSONLD, json.dumps({"@context": file, "@id": "a:s", "p": "o"})),
        (JSONLD, json.dumps({"@context": {"@import": web}, "@id": "a:s", "a:p": "o"})),
        (JSONLD, json.dumps({"@context": {"@version": 1.1, "p": {"@id": "a:p", "@context": web}}, "p": {}})),
        (RDFXML, f'<!DOCTYPE r SYSTEM "{web}">{RDF}<p:p>x</p:p>{END}<!'),
        (RDFXML, f'<!DOCTYPE r [<!ENTITY x SYSTEM "{web}">]>{RDF}<p:p>&x;</p:p>{END}<!'),
        (RDFXML, f'<!DOCTYPE r [<!ENTITY x SYSTEM "{file}">]>{RDF}<p:p>&x;</p:p>{END}<!'),
        (RDFXML, f'<!DOCTYPE r [<!ENTITY % x SYSTEM "{web}"> %x;]>{RDF}<p:p>x</p:p>{END}<!'),
        (TURTLE, f"@base <{web}> . <> <http://www.w3.org/2002/07/owl#imports> <{web}> . !"),
    ]
    requests = [("POST", "/sparql", UPDATE, text) for text in updates]
    requests += [("PATCH", where, UPDATE, updates[2])]
    requests += [("PUT", where, kind, body) for kind, body in uploads]
    for method, path, kind, body in requests:
        assert step(target, path, data=body.encode(), kind=kind, method=method).status == 401
        answer = step(target, path, data=body.encode(), kind=kind, method=method, headers=signed, timeout=60)
        assert answer.status in (400, 403), (body, answer.text[:300])
        assert is_one_sentence(answer), answer.text[:300]
        assert "canary-content" not in answer.text
    assert step(target, f"/graphs?graph={graph}", accept=NTRIPLES).body == before
    assert heard == []


def test_the_service_is_no_proxy(target: Server, canary: tuple[int, list[bytes]]) -> None:
    port, heard = canary
    here = f"127.0.0.1:{port}"
    for sent in (
        request(f"http://{here}/x"),
        request(here, method="CONNECT"),
        request(ASKED, f"X-Forwarded-Host: {here}", f"Forwarded: host={here}", f"Referer: http://{here}/"),
        request(f"/sparql?query=ASK%7B%7D&url=http://{here}/&callback=http://{here}/", f"Origin: http://{here}"),
        request("/sparql", "Accept: text/turtle").replace(b"Host: x", f"Host: {here}".encode()),
        request("/id/hafiz-saeed-khan", f"X-Forwarded-For: {here}", f"X-Original-URL: http://{here}/"),
    ):
        assert exchange(target, sent).startswith(b"HTTP/1.")
    assert heard == []


def test_the_word_service_in_a_text_or_name_is_no_service(target: Server) -> None:
    query = 'PREFIX service: <a:> SELECT ?service WHERE { BIND("SERVICE <x>" AS ?service) } # SERVICE'
    assert step(target, query_path(query), accept=CSV).status == 200


# ---------------------------------------------------------------- workers that die


def test_killed_workers_are_replaced_before_anybody_notices(target: Server, attacked: Watched) -> None:
    for _ in range(3):
        killed = attacked.workers()
        for worker in killed:
            worker.send_signal(signal.SIGKILL)
        psutil.wait_procs(killed, timeout=5)
        for number in range(4):
            answer = step(target, query_path(f"{ASK} # {killed[0].pid} {number}"), accept=CSV, timeout=10)
            assert (answer.status, answer.text.strip()) == (200, "true")
        assert not {worker.pid for worker in killed} & {worker.pid for worker in attacked.workers()}


def test_a_query_whose_worker_is_killed_is_answered_and_does_not_hang(patient: Watched) -> None:
    server = patient.server
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(step, server, query_path(RUNAWAY), accept=CSV, timeout=30)
        wait_for(lambda: patient.busy(0.2) > 0.05)
        working = max(patient.workers(), key=lambda worker: sum(worker.cpu_times()[:2]))
        working.send_signal(signal.SIGKILL)
        answer = asked.result(timeout=30)
    assert answer.status in (500, 503, 507)
    assert is_one_sentence(answer)


# ---------------------------------------------------------------- time that is given back


def wait_for(condition: object, seconds: float = 15.0) -> None:
    """Wait until something is so; AssertionError where it is not in time."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def idle(watched: Watched) -> bool:
    return watched.busy() < 0.2


def test_while_one_query_runs_away_others_are_answered_and_its_time_ends_with_its_client(patient: Watched) -> None:
    host_and_port = address(patient.server)
    wait_for(lambda: idle(patient))
    with socket.create_connection(host_and_port) as sock:
        sock.sendall(request(query_path(RUNAWAY)).replace(b"Connection: close\r\n", b""))
        wait_for(lambda: patient.busy(0.2) > 0.05)
        for _ in range(50):
            patient.point_query()
        assert patient.busy(0.2) > 0.05
    wait_for(lambda: idle(patient))


def test_a_client_that_leaves_a_stream_ends_its_query(patient: Watched) -> None:
    query = f"SELECT * {{ {PRODUCT} FILTER(STRLEN(STR(?f)) > 100000 || ?f = ?c) }}"
    wait_for(lambda: idle(patient))
    with socket.create_connection(address(patient.server)) as sock:
        sock.sendall(request(query_path(query), f"Accept: {CSV}").replace(b"Connection: close\r\n", b""))
        wait_for(lambda: patient.busy(0.2) > 0.05)
    wait_for(lambda: idle(patient))


def test_the_time_of_a_query_ends_with_its_limit(target: Server, attacked: Watched) -> None:
    answer = step(target, query_path(RUNAWAY), accept=CSV)
    assert answer.status == 503
    wait_for(lambda: idle(attacked), 8)


# ---------------------------------------------------------------- clients that are slow


class Crowd:
    """Connections that do little: each sends a byte in a while, and reads nothing."""

    def __init__(self, server: Server) -> None:
        self._address = address(server)
        self._open: dict[socket.socket, Iterator[int]] = {}

    def join(self, count: int, first: bytes, then: bytes) -> None:
        """More connections, each of which sends some bytes at once, then the others one by one again and again."""
        for _ in range(count):
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            sock.settimeout(5)
            sock.connect(self._address)
            sock.sendall(first)
            self._open[sock] = itertools.cycle(then)

    def drip(self) -> None:
        """Send a byte on each connection that takes one."""
        for sock, rest in self._open.items():
            with contextlib.suppress(OSError):
                sock.sendall(bytes(itertools.islice(rest, 1)))

    def leave(self) -> None:
        for sock in self._open:
            sock.close()


SLOW = {
    "say nothing": (200, b"", b""),
    "send a header byte by byte": (200, b"GET /sparql HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"a"),
    "send header after header": (100, b"GET /sparql HTTP/1.1\r\nHost: x\r\n", b"X: a\r\n"),
    "send a request line byte by byte": (100, b"GET /", b"a"),
    "send empty lines": (50, b"\r\n", b"\r\n"),
    "dribble a body": (50, f"{HEAD}Content-Length: 500000\r\n\r\nquery=".encode(), b"%20"),
    "dribble chunks": (50, f"{HEAD}{CHUNKED}\r\n\r\n".encode(), b"1\r\nx\r\n"),
    "never read an endless answer": (30, request(query_path(ENDLESS), f"Accept: {CSV}"), b""),
    "never read a long answer": (30, request(query_path(LONG), f"Accept: {CSV}"), b""),
}


@pytest.mark.parametrize("what", SLOW)
def test_slow_clients_are_cut_off_and_hold_up_nobody(patient: Watched, what: str) -> None:
    crowd = Crowd(patient.server)
    before = patient.descriptors()
    try:
        crowd.join(*SLOW[what])
        end = time.monotonic() + 8 * CLIENT_SECONDS
        while True:
            patient.point_query()
            # The server's side is what counts: it has let go of them all, whatever still lies on the way to them.
            if patient.descriptors() < before + 5:
                break
            assert time.monotonic() < end, "slow clients are let in for as long as they like"
            crowd.drip()
            time.sleep(0.3)
    finally:
        crowd.leave()
