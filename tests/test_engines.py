"""The same service over every engine: memory (all other tests), disk, and a real Virtuoso by the SPARQL Protocol."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from allegiance import library, terms
from allegiance.dataset import current
from allegiance.remote import Remote
from allegiance.sparql_client import portable, without_from
from conftest import Server, run
from http_client import ASK, CONSTRUCT, CSV, JSON, NTRIPLES, SELECT, Answer, ask, sparql
from small_site import Site
from virtuoso import Virtuoso

# ---------------------------------------------------------------- answers


@pytest.fixture(scope="module")
def loaded(built: Path, virtuoso: Virtuoso) -> Iterator[Server]:
    """The shipped dataset, served from Virtuoso."""
    running = Server("--store", built, "--engine", "remote", *virtuoso.arguments)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def on_disk(built: Path) -> Iterator[Server]:
    """The shipped dataset, served from disk."""
    running = Server("--store", built, "--engine", "disk")
    yield running
    running.stop()


_TRUE = '"value":"true","datatype":"http://www.w3.org/2001/XMLSchema#boolean"'


@pytest.mark.parametrize("name", sorted(library.questions()))
def test_a_question_has_the_same_answer_over_all_engines(
    server: Server, on_disk: Server, loaded: Server, name: str
) -> None:
    text = library.questions()[name].text
    here, disk, there = (sparql(one, text, JSON) for one in (server, on_disk, loaded))
    assert here.status == disk.status == there.status == 200
    assert json.loads(here.body) == json.loads(disk.body)
    # Virtuoso has the other lexical form of a boolean.
    alike = there.text.replace('"value":"1","datatype":"http://www.w3.org/2001/XMLSchema#boolean"', _TRUE)
    assert json.loads(here.body) == json.loads(alike)


def test_there_are_questions_to_compare() -> None:
    assert len(library.questions()) > 50


# ---------------------------------------------------------------- an engine that is gone, and loading


def until(answer: Callable[[], Answer], status: int, seconds: float = 20) -> Answer:
    """The first answer with a status, asked for again and again."""
    deadline = time.monotonic() + seconds
    while (found := answer()).status != status:
        assert time.monotonic() < deadline, (found.status, found.text)
        time.sleep(0.1)
    return found


def test_an_engine_that_is_gone_is_503_at_once_and_comes_back_by_itself(
    built: Path, tmp_path: Path, virtuoso: Virtuoso
) -> None:
    own = Virtuoso(virtuoso.path, tmp_path)
    running = Server("--store", built, "--engine", "remote", "--cache", "0", *own.arguments)
    try:
        assert sparql(running, SELECT, CSV).status == 200
        assert ask(running, "/health").status == 200
        own.stop()
        gone = until(lambda: sparql(running, SELECT, CSV), 503)
        assert gone.text == "The engine behind this service does not answer: try again shortly.\n"
        assert "retry-after" in gone.headers
        health = until(lambda: ask(running, "/health"), 503)
        assert json.loads(health.body)["live"] is True
        own.start()
        assert until(lambda: sparql(running, SELECT, CSV), 200).rows
        until(lambda: ask(running, "/health"), 200)
    finally:
        running.stop()
        own.stop()


def test_load_puts_a_version_into_an_engine_and_takes_an_old_graph_away(
    built: Path, virtuoso: Virtuoso, loaded: Server
) -> None:
    done = run("load", "--store", built, *virtuoso.arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == current(built).version
    assert "graph/meta" in done.stderr
    # It may have been asked while it was being loaded, and then answers nothing for a moment.
    graphs = until(lambda: sparql(loaded, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", CSV), 200)
    assert "loaded" not in graphs.text
    assert len(graphs.rows) == len(current(built).statistics["graphs"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "name its address with --remote"),
        (["--remote", "ftp://x"], "is no address of an engine"),
        (["--remote", "http://127.0.0.1:1/", "--remote-auth", "basic"], "go together"),
        (["--remote", "http://127.0.0.1:1/"], "name it with --graph-store"),
        (["--remote", "http://127.0.0.1:1/", "--graph-store", "http://127.0.0.1:1/"], "does not answer"),
    ],
)
def test_what_load_cannot_do_is_said(built: Path, arguments: list[str], sentence: str) -> None:
    done = run("load", "--store", built, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [["--engine", "remote"], ["--remote", "http://127.0.0.1:1/"], ["--graph-store", "http://127.0.0.1:1/"]]
)
def test_settings_of_another_engine_go_together(built: Path, arguments: list[str]) -> None:
    done = run("serve", "--store", built, "--port", "0", *arguments)
    assert done.returncode == 2
    assert "--remote" in done.stderr


def test_an_engine_that_holds_something_else_is_refused_at_start(built: Path) -> None:
    with stand_in({"*": (200, NTRIPLES, b"")}) as engine:
        done = run("serve", "--store", built, "--port", "0", "--engine", "remote", "--remote", engine.address)
    assert done.returncode == 2
    assert "holds another dataset" in done.stderr


# ---------------------------------------------------------------- an engine that misbehaves


class StandIn:
    """An engine that answers as it is told to: by the kind of answer that is accepted, or "*" for any."""

    def __init__(self, answers: dict[str, tuple[int, str, bytes]], meta: bytes) -> None:
        self.asked: list[str] = []
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                stand_in.asked.append(body)
                accept = self.headers.get("Accept", "")
                if meta and "n-triples" in accept and "graph%2Floaded" in body:
                    status, media_type, content = 200, NTRIPLES, meta
                else:
                    status, media_type, content = answers.get(accept.split(",")[0], answers.get("*", (500, "", b"")))
                self.send_response(status)
                if status in (301, 302, 307, 308):
                    self.send_header("Location", media_type)
                else:
                    self.send_header("Content-Type", media_type)
                if content == ENDLESS:
                    self.end_headers()
                    with contextlib.suppress(OSError):
                        while True:
                            self.wfile.write(b" " * 65536)
                cut = content.endswith(CUT)
                content = content.removesuffix(CUT)
                self.send_header("Content-Length", str(len(content) + (1000 if cut else 0)))
                self.end_headers()
                self.wfile.write(content)
                self.close_connection = cut

            def log_message(self, *_: object) -> None:
                """Nothing on standard error."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/sparql"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


ENDLESS = b"<endless>"
CUT = b"<cut>"


@contextlib.contextmanager
def stand_in(answers: dict[str, tuple[int, str, bytes]], meta: bytes = b"") -> Iterator[StandIn]:
    engine = StandIn(answers, meta)
    try:
        yield engine
    finally:
        engine.stop()


@pytest.fixture(scope="module")
def meta(built: Path) -> bytes:
    """What an engine says that holds the shipped dataset, when it is asked which it holds."""
    mark = f'<{terms.W3ID}dataset> <{terms.DCTERMS}identifier> "{current(built).version}" .\n'
    return mark.encode()


ROWS = b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"uri","value":"http://a/"}}'
MISBEHAVIOUR: dict[str, tuple[int, str, bytes, int]] = {
    "HTML": (200, "text/html", b"<html><script>alert(1)</script></html>", 502),
    "HTML called JSON": (200, JSON, b"<html></html>", 502),
    "a broken body": (200, JSON, ROWS, 502),
    "a body cut off": (200, JSON, ROWS + CUT, 502),
    "a boolean for a table": (200, JSON, b'{"head":{},"boolean":true}', 502),
    "nothing": (200, JSON, b"", 502),
    "a body that never ends": (200, JSON, ENDLESS, 503),
    "an error of its own": (500, "text/plain", b"stack trace of a secret", 502),
    "no time": (503, "text/plain", b"", 503),
    "a refusal": (400, "text/plain", b"SP031: SPARQL compiler", 400),
    "no permission": (401, "text/plain", b"", 502),
    "part of an answer": (206, JSON, ROWS + b"]}}", 502),
}


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_what_is_no_answer_is_never_passed_on(built: Path, meta: bytes, name: str) -> None:
    status, media_type, content, expected = MISBEHAVIOUR[name]
    with stand_in({JSON: (status, media_type, content)}, meta) as engine:
        running = Server("--store", built, "--engine", "remote", "--remote", engine.address, "--timeout", "2")
        try:
            found = sparql(running, SELECT, CSV)
            assert found.status == expected, found.text
            assert found.media_type == "text/plain"
            assert len(found.text.strip().splitlines()) == 1
            assert "alert" not in found.text
            assert "secret" not in found.text
            # The next client is answered as before.
            until(lambda: sparql(running, "SELECT * {", CSV), 400)
        finally:
            running.stop()


def test_no_redirection_is_followed(built: Path, meta: bytes) -> None:
    with stand_in({"*": (200, JSON, ROWS + b"]}}")}) as other:
        for status in (301, 302, 307, 308):
            with stand_in({JSON: (status, other.address, b"")}, meta) as engine:
                running = Server("--store", built, "--engine", "remote", "--remote", engine.address)
                try:
                    assert sparql(running, SELECT, CSV).status == 502
                finally:
                    running.stop()
        assert other.asked == []


def test_answers_of_every_kind_are_made_anew_from_what_comes(built: Path, meta: bytes) -> None:
    answers = {
        JSON: (200, JSON, ROWS + b"]}}"),
        "application/n-triples": (200, "text/plain; charset=utf-8", b"<http://a/> <http://b/> <http://c/> .\n"),
    }
    with stand_in(answers, meta) as engine:
        running = Server("--store", built, "--engine", "remote", "--remote", engine.address)
        try:
            assert sparql(running, SELECT, CSV).rows == [{"s": "http://a/"}]
            assert sparql(running, CONSTRUCT, NTRIPLES).status == 502  # It is called text/plain.
            assert sparql(running, ASK, CSV).status == 502  # A table is no yes or no.
        finally:
            running.stop()


def test_a_query_that_does_not_parse_never_reaches_the_engine(built: Path, meta: bytes) -> None:
    with stand_in({"*": (200, JSON, ROWS + b"]}}")}, meta) as engine:
        running = Server("--store", built, "--engine", "remote", "--remote", engine.address)
        try:
            for query in ("SELECT * {", "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "nonsense"):
                assert sparql(running, query, CSV).status == 400
            assert not any("SELECT" in asked for asked in engine.asked)
        finally:
            running.stop()


# ---------------------------------------------------------------- what is sent


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("SELECT ?a { VALUES ?x { UNDEF } ?a ?b ?x }", "SELECT ?a {  ?a ?b ?x }"),
        ("SELECT ?a { values ?x {undef} ?a ?b 'VALUES ?x { UNDEF }' }", "SELECT ?a {  ?a ?b 'VALUES ?x { UNDEF }' }"),
        ("SELECT * { VALUES ?x { UNDEF } }", "SELECT * { VALUES ?x { UNDEF } }"),
        ("SELECT ?a { VALUES ?x { UNDEF 1 } }", "SELECT ?a { VALUES ?x { UNDEF 1 } }"),
    ],
)
def test_blocks_that_bind_nothing_are_left_out(query: str, sent: str) -> None:
    assert portable(query) == sent


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("SELECT * FROM <http://a/> WHERE {}", "SELECT *   WHERE {}"),
        ("SELECT * FROM NAMED x:y from <b> { ?s ?p 'FROM <c>' }", "SELECT *     { ?s ?p 'FROM <c>' }"),
        ("SELECT ?from { ?from ?p ?o }", "SELECT ?from { ?from ?p ?o }"),
    ],
)
def test_graphs_of_a_query_give_way_to_those_of_the_protocol(query: str, sent: str) -> None:
    assert without_from(query) == sent


def test_a_secret_stays_in_its_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("me:hidden")
    remote = Remote("http://127.0.0.1/sparql", auth="basic", secret=secret)
    assert "hidden" not in json.dumps(remote.written())
    assert Remote.read(remote.written()) == remote


def test_a_new_version_is_loaded_into_the_engine_and_served(site: Site, tmp_path: Path, virtuoso: Virtuoso) -> None:
    """A build that ends while the service runs is put into the engine; the day it changes is then another."""
    (tmp_path / "virtuoso").mkdir()
    own = Virtuoso(virtuoso.path, tmp_path / "virtuoso")
    day = "SELECT DISTINCT ?day { ?claim alg:pledger algid:ali-stone ; alg:earliestBegin ?day }"
    query = f"PREFIX alg: <{terms.ALG}> PREFIX algid: <{terms.ALGID}> {day}"
    running = Server("--store", site.out, "--data", site.root, "--engine", "remote", "--cache", "0", *own.arguments)
    try:
        assert sparql(running, query, CSV).rows == [{"day": "2013-05-11"}]
        site.spoil("people/ali-stone.ttl", "2013-05-11", "2013-05-12")
        site.build()
        deadline = time.monotonic() + 20
        while (found := sparql(running, query, CSV)).status != 200 or found.rows == [{"day": "2013-05-11"}]:
            assert found.status in (200, 503), found.text
            assert time.monotonic() < deadline, running.log
            time.sleep(0.1)
        assert found.rows == [{"day": "2013-05-12"}]
        assert json.loads(ask(running, "/health").body)["dataset"] == site.version
    finally:
        running.stop()
        own.stop()
