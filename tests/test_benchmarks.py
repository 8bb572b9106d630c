"""The benchmarks run, and what they compare is comparable."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

from allegiance import library, terms
from conftest import ROOT

SLOW_IN_RDFLIB = ("acting-after-merger", "edge-sources")
"""Questions that take rdflib minutes even on the smallest data."""


def benchmark(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A benchmark as a user runs it."""
    return subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / script), *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def landscape(built: Path, size: str, seed: str = "4") -> list[str]:
    """The lines of a landscape."""
    done = benchmark("landscape.py", size, "--seed", seed, "--dataset", built / "dataset.nq")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(keepends=True)


def test_a_landscape_has_the_size_asked_for_and_the_same_seed_gives_the_same(built: Path) -> None:
    first = landscape(built, "1e4")
    assert 10_000 <= len(first) < 11_000
    assert landscape(built, "1e4") == first
    assert landscape(built, "2e5", "5") != landscape(built, "2e5")


def test_every_shipped_question_has_an_answer_on_a_landscape(built: Path) -> None:
    store = ox.Store()
    store.bulk_load("".join(landscape(built, "1e5")).encode(), ox.RdfFormat.N_QUADS)
    questions = library.questions()
    assert questions
    for name, question in questions.items():
        query = question.bound({parameter.name: parameter.sample for parameter in question.parameters})
        answer = store.query(query, use_default_graph_as_union=True)
        assert isinstance(answer, ox.QuerySolutions)
        assert next(answer, None) is not None, name


def test_a_landscape_has_as_much_of_each_graph_as_the_shipped_data(built: Path) -> None:
    def shares(lines: list[str]) -> dict[str, float]:
        kinds = [re.search(rf"<{terms.ALGG}([a-z]+)", line) for line in lines]
        names = [kind[1] for kind in kinds if kind]
        return {name: names.count(name) / len(names) for name in ("entities", "source", "derived", "inferred", "links")}

    shipped = shares((built / "dataset.nq").read_text(encoding="utf-8").splitlines())
    assert all(shipped.values())
    assert shares(landscape(built, "5e5")) == pytest.approx(shipped, abs=0.02)


def test_what_a_landscape_adds_is_said_of_nobody_real(built: Path) -> None:
    shipped = (built / "dataset.nq").read_text(encoding="utf-8").splitlines(keepends=True)
    persons = {line.split()[0] for line in shipped if f"<{terms.ALG}Person> <{terms.ENTITIES_GRAPH}>" in line}
    label = f" <{terms.RDFS}label> "
    names = {line.split('"')[1] for line in shipped if label in line and line.split()[0] in persons}
    assert len(names) > 20
    added = "".join(set(landscape(built, "3e5")) - set(shipped))
    assert len(added) > 1_000_000
    assert [name for name in names if name in added] == []
    assert [person for person in persons if person in added] == []


@pytest.fixture(scope="module")
def compared(built: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, list[dict[str, object]]]]:
    """What a short comparison on little data prints, and its figures."""
    figures = tmp_path_factory.mktemp("compared") / "figures.json"
    done = benchmark(
        "serve.py",
        *("--store", built, "--json", figures, "--sizes", "4e3", "--clients", "1,2", "--seconds", "0.2"),
        *("--rounds", "1", "--peers", "allegiance,oxigraph,flask-rdflib", "--parts", "lookups,first-byte"),
        *("--without", ",".join(SLOW_IN_RDFLIB)),
    )
    if "cannot be installed" in done.stderr:
        if os.environ.get("CI") == "true":
            pytest.fail(done.stderr)
        pytest.skip(done.stderr.strip())
    assert done.returncode in (0, 1), done.stderr
    assert figures.is_file(), done.stderr
    return done.stdout, json.loads(figures.read_text(encoding="utf-8"))


def test_all_peers_give_as_many_rows_for_each_question(
    compared: tuple[str, dict[str, list[dict[str, object]]]],
) -> None:
    printed, figures = compared
    assert figures["differences"] == []
    answered = re.findall(r"^  (\S+) +answered (\d+) of (\d+)$", printed, re.MULTILINE)
    assert {name for name, _, _ in answered} == {"allegiance", "oxigraph", "flask-rdflib"}
    for _, count, asked in answered:
        assert count == asked
        assert int(asked) > len(library.questions())


def test_the_comparison_prints_a_row_a_peer_and_what_became_of_the_targets(
    compared: tuple[str, dict[str, list[dict[str, object]]]],
) -> None:
    printed, figures = compared
    measured = {(row["peer"], row["clients"]): row for row in figures["rows"] if row["part"] == "look-ups"}
    assert set(measured) == {(p, c) for p in ("allegiance", "oxigraph", "flask-rdflib") for c in (1, 2)}
    for row in measured.values():
        assert row["errors"] == {}
        assert all(isinstance(row[figure], float) and row[figure] for figure in ("p50", "p99", "rate"))
    assert "4e3 · look-ups · 2 clients" in printed
    verdicts = re.findall(r"(reached|falls short|not measured)$", printed, re.MULTILINE)
    assert len(verdicts) == len(figures["targets"]) > 10
    assert "not measured" in verdicts


@contextmanager
def answering(*pieces: bytes) -> Iterator[int]:
    """A server that answers every request with these pieces, and hangs up where they are not whole; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(connection: socket.socket) -> None:
            with connection:
                while connection.recv(1 << 16):
                    for piece in pieces:
                        connection.sendall(piece)
                    if not pieces[-1].endswith(b"\r\n\r\n"):
                        return

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        ((_CHUNKED + b"5\r\nhel", b"lo\r\n1", b"0\r\n0123456789abcdef\r\n", b"0\r\n\r\n"), True),
        ((_CHUNKED + b"5\r\nhello\r\n",), False),
        ((_CHUNKED + b"7\r\n0\r\n\r\n!",), False),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",), False),
        ((b"HTTP/1.1 200 OK\r\nContent-", b"Length: 9\r\n\r\nhello\r\n\r\n"), True),
        ((b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\n\r\n\r\n",), False),
    ],
)
def test_the_load_generator_counts_whole_answers_and_no_others(pieces: tuple[bytes, ...], whole: bool) -> None:
    with answering(*pieces) as port:
        done = benchmark("load.py", f"http://127.0.0.1:{port}/sparql", "ASK {}", "--clients", "2", "--seconds", "0.2")
    assert done.returncode == 0, done.stderr
    failed = re.search(r"(\d+) failed", done.stdout)
    assert failed, done.stdout
    if whole:
        assert failed[1] == "0"
        assert not done.stdout.startswith("0 requests/s")
    else:
        assert failed[1] != "0"
        assert done.stdout.startswith("0 requests/s")


def test_a_size_or_part_that_is_none_is_refused_in_one_sentence() -> None:
    for flag, value in (("--sizes", "many"), ("--parts", "lunch"), ("--peers", "nobody")):
        done = benchmark("serve.py", flag, value)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert value in done.stderr
