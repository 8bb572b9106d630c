"""Our service beside its peers over HTTP, in one run on one machine: latency, throughput, processor, and the targets.

    python benchmarks/serve.py                                   shipped, 1e5 and 1e6 quads; 1, 8 and 32 clients
    python benchmarks/serve.py --sizes 1e6 --parts lookups,runaway --json build/benchmarks/serve.json

Every peer is measured in short rounds in turn, and what is printed is the median of the rounds, since machines are
noisy. Ratios are to `oxigraph serve-read-only` on disk in the same run. Before anything is timed, every peer has to
give the same number of rows for every question.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import platform
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import landscape
import load
import mixes
import pyoxigraph as ox
from servers import (
    CACHED,
    DISK,
    LOGS,
    OURS,
    PEERS_BY_NAME,
    RDFLIB,
    REFERENCE,
    ROOT,
    Data,
    Meter,
    NotToBeHad,
    Peer,
    Running,
    install,
    prepare,
)

WORK = ROOT / "build" / "benchmarks"
PARTS = ("lookups", "questions", "repeated", "search", "first-byte", "cold-start", "runaway")
LIMIT_SECONDS = 10.0
"""The time a query may take by our default settings, which the runaway query is measured against."""
SPARQL_JSON, TURTLE = "application/sparql-results+json", "text/turtle"
MISSING = float("nan")
_CHECK_SECONDS = 120.0
_PATIENCE = 3
"""Questions not answered in time after which a peer is asked no further ones."""


@dataclass
class Row:
    """Medians over the rounds of one peer: seconds, answers a second, milliseconds of processor an answer."""

    size: str
    part: str
    clients: int
    peer: str
    p50: float
    p99: float
    rate: float = MISSING
    cpu: float = MISSING
    errors: dict[str, int] = field(default_factory=dict)


@dataclass
class Fact:
    """A single figure of a peer, in the unit its name says."""

    size: str
    name: str
    peer: str
    value: float
    note: str = ""


class Report:
    """What was measured, printed as it comes."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.facts: list[Fact] = []
        self.differences: list[str] = []

    def say(self, text: str = "") -> None:
        print(text, flush=True)

    def table(self, rows: Sequence[Row]) -> None:
        """Print the rows of one part, size and number of clients, with ratios to the reference."""
        if not rows:
            return
        self.rows += rows
        first = rows[0]
        base = next((row for row in rows if row.peer == REFERENCE), None)
        self.say(f"\n{first.size} · {first.part} · {first.clients} client{'s' * (first.clients > 1)}")
        self.say(
            f"  {'peer':<18} {'median ms':>10} {'p99 ms':>10} {'req/s':>9} {'CPU ms':>8}   "
            f"{'median':>7} {'p99':>7} {'req/s':>7} {'CPU':>7}   failed"
        )
        for row in rows:
            figures = (row.p50 * 1e3, row.p99 * 1e3, row.rate, row.cpu)
            shown = f"{figures[0]:>10.2f} {figures[1]:>10.2f} {figures[2]:>9.1f} {figures[3]:>8.2f}"
            pairs = (
                [(row.p50, base.p50), (row.p99, base.p99), (row.rate, base.rate), (row.cpu, base.cpu)] if base else []
            )
            ratios = " ".join(f"{_ratio(*pair):>7.3g}" for pair in pairs)
            failed = ", ".join(f"{count} {reason}" for reason, count in sorted(row.errors.items()))
            self.say(f"  {row.peer:<18} {shown}   {ratios:>31}   {failed}")

    def fact(self, size: str, name: str, peer: str, value: float, note: str = "") -> None:
        """Print and keep a single figure."""
        self.facts.append(Fact(size, name, peer, value, note))
        self.say(f"  {name:<44} {peer:<18} {value:>10.3f}  {note}")

    def row(self, size: str, part: str, clients: int, peer: str) -> Row | None:
        """A row that was measured."""
        key = (size, part, clients, peer)
        return next((row for row in self.rows if (row.size, row.part, row.clients, row.peer) == key), None)

    def value(self, size: str, name: str, peer: str) -> float:
        """A figure that was measured; NaN where it was not."""
        key = (size, name, peer)
        return next((f.value for f in self.facts if (f.size, f.name, f.peer) == key), MISSING)


def _ratio(value: float, base: float) -> float:
    return value / base if base else MISSING


def geometric_mean(values: Sequence[float]) -> float:
    """The mean of ratios; NaN where there are none."""
    found = [value for value in values if value > 0]
    return math.exp(statistics.fmean(map(math.log, found))) if found else MISSING


# ------------------------------------------------------------ rounds


@dataclass
class Round:
    """What came of one round of one peer."""

    outcome: load.Outcome
    cpu: float


def one_round(running: Running, requests: Sequence[bytes], clients: int, seconds: float | None, status: int) -> Round:
    """Let clients ask one peer, and read how much processor it used."""
    meter = Meter(running)
    outcome = load.drive(running.address, requests, clients, seconds, expected=[status], meanwhile=meter.read)
    return Round(outcome, meter.read())


def in_rounds(
    size: str,
    part: str,
    clients: int,
    asked: Mapping[str, tuple[Running, Sequence[bytes]]],
    rounds: int,
    seconds: float | None,
    status: int = 200,
) -> tuple[list[Row], dict[str, list[Round]]]:
    """Ask the peers in turn, so many rounds, each round beginning with another peer."""
    found: dict[str, list[Round]] = {name: [] for name in asked}
    names = list(asked)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            running, requests = asked[name]
            found[name].append(one_round(running, requests, clients, seconds, status))
    rows = []
    for name, made in found.items():
        answered = [done for done in made if done.outcome.latencies]
        errors: dict[str, int] = {}
        for done in made:
            for reason, count in done.outcome.errors.items():
                errors[reason] = errors.get(reason, 0) + count

        def median(of: Callable[[Round], float], answered: list[Round] = answered) -> float:
            return statistics.median(map(of, answered)) if answered else MISSING

        rows.append(
            Row(
                size,
                part,
                clients,
                name,
                median(lambda done: done.outcome.percentile(0.5)),
                median(lambda done: done.outcome.percentile(0.99)),
                median(lambda done: done.outcome.rate),
                median(lambda done: done.cpu / len(done.outcome.latencies) * 1e3),
                errors,
            )
        )
    return rows, found


def by_name(rounds: Sequence[Round], names: Sequence[str]) -> dict[str, float]:
    """The median seconds of each request over the rounds, for requests that stand for `names`."""
    seconds: dict[str, list[float]] = {}
    for done in rounds:
        for number, latencies in done.outcome.by_request.items():
            seconds.setdefault(names[number], []).extend(latencies)
    return {name: statistics.median(found) for name, found in seconds.items()}


# ------------------------------------------------------------ what is measured


def count_rows(response: load.Response) -> int:
    """How many different rows or triples an answer has.

    Different ones, since rdflib gives a row once that a path yields twice, and Oxigraph's union of graphs has a triple
    twice that two graphs hold; and not the row without a binding that rdflib makes of no groups at all.
    """
    if "json" in response.header("content-type"):
        answer = json.loads(response.body)
        if "boolean" in answer:
            return int(answer["boolean"])
        return len({json.dumps(row, sort_keys=True) for row in answer["results"]["bindings"] if row})
    return len({quad.triple for quad in ox.parse(bytes(response.body), format=ox.RdfFormat.TURTLE)})


def accept(query: str) -> str:
    """The format that an answer is asked for in."""
    return TURTLE if "CONSTRUCT" in query else SPARQL_JSON


@contextmanager
def started(peers: Sequence[Peer], data: Data, report: Report) -> Iterator[dict[str, Running]]:
    """The peers that are measured at this size, running; stopped at the end."""
    running: dict[str, Running] = {}
    try:
        report.say(f"\n=== {data.name}: {data.quads:,} quads")
        for peer in peers:
            if peer.most is not None and data.quads > peer.most:
                report.say(f"  {peer.name:<18} left out: loading and answering would take it many minutes")
                continue
            running[peer.name] = Running(peer, data, LOGS)
            seconds, resident = running[peer.name].start_seconds, running[peer.name].resident()
            report.facts.append(Fact(data.name, "memory MiB", peer.name, resident))
            report.say(f"  {peer.name:<18} ready after {seconds:.2f} s with {resident:.0f} MiB: {peer.what}")
        yield running
    finally:
        for server in running.values():
            server.stop()


def check(running: dict[str, Running], data: Data, questions: dict[str, str], patience: float, report: Report) -> None:
    """Have every peer answer every question, and report where the numbers of rows differ, and who gave no answer.

    A slow peer has `patience` seconds a question; one that has not answered is started anew, since it would not stop.
    """
    counts: dict[str, dict[str, int]] = {name: {} for name in questions}
    without: dict[str, list[str]] = {name: [] for name in running}
    for name in list(running):
        for question, query in questions.items():
            if sum("within" in reason for reason in without[name]) >= _PATIENCE:
                break
            server = running[name]
            limit = patience if server.peer.slow else _CHECK_SECONDS
            try:
                response = load.fetch(server.address, server.ask(query, accept(query)), timeout=limit).response
                if response.status == 200:
                    counts[question][name] = count_rows(response)
                else:
                    without[name].append(f"{question} (status {response.status})")
            except TimeoutError:
                without[name].append(f"{question} (not within {limit:g} s)")
                server.stop()
                running[name] = Running(server.peer, data, LOGS)
            except (OSError, load.BrokenOff, ValueError) as error:
                without[name].append(f"{question} ({type(error).__name__})")
    same = 0
    for question, found in counts.items():
        if len(set(found.values())) <= 1:
            same += 1
        else:
            listed = ", ".join(f"{name} {count}" for name, count in found.items())
            report.differences.append(f"{data.name}: {question}: {listed}")
            report.say(f"  rows differ: {question}: {listed}")
    for name, missing in without.items():
        asked = sum(name in found for found in counts.values())
        report.say(
            f"  {name:<18} answered {asked} of {len(questions)}{': not ' if missing else ''}{', '.join(missing)}"
        )
    report.say(f"  {same} of {len(questions)} questions have as many different rows with every peer that answered")


def measure_lookups(
    running: dict[str, Running], data: Data, drawn: mixes.Sample, given: argparse.Namespace, report: Report
) -> None:
    """4 point, 3 star, 2 three-hop and 1 closure in ten."""
    queries = mixes.lookups(drawn)
    shapes = [mixes.LOOKUP_SHAPES[number % len(mixes.LOOKUP_SHAPES)] for number in range(len(queries))]
    asked = {name: (server, [server.ask(query) for query in queries]) for name, server in running.items()}
    for clients in given.clients:
        rows, rounds = in_rounds(data.name, "look-ups", clients, asked, given.rounds, given.seconds)
        report.table(rows)
        if clients == given.clients[0]:
            compare(data, "look-up", {name: by_name(done, shapes) for name, done in rounds.items()}, report)


def compare(data: Data, what: str, medians: dict[str, dict[str, float]], report: Report) -> None:
    """Print the median of each question for each peer with its ratio, and the geometric mean of the ratios."""
    base = medians.get(REFERENCE, {})
    report.say(f"\n{data.name} · {what}, median ms (ratio to {REFERENCE})")
    names = sorted({question for found in medians.values() for question in found})
    report.say(f"  {'':<26}" + "".join(f"{peer:>22}" for peer in medians))
    for question in names:
        cells = ""
        for found in medians.values():
            seconds = found.get(question, MISSING)
            cells += f"{seconds * 1e3:>13.2f} {f'({_ratio(seconds, base.get(question, MISSING)):.3g})':>8}"
        report.say(f"  {question:<26}{cells}")
    for peer, found in medians.items():
        ratios = [_ratio(found[name], base[name]) for name in names if name in found and name in base]
        if base:
            report.fact(data.name, f"{what}: mean ratio of medians", peer, geometric_mean(ratios))
        for name, seconds in found.items():
            report.facts.append(Fact(data.name, f"{what}: {name} ms", peer, seconds * 1e3))


def measure_questions(
    running: dict[str, Running], data: Data, drawn: mixes.Sample, given: argparse.Namespace, report: Report
) -> None:
    """The shipped questions and the analytic ones, each once a round."""
    shipped, analytic = mixes.shipped(), mixes.analytic(drawn)
    queries = shipped | analytic
    asked = {
        name: (server, [server.ask(query, accept(query)) for query in queries.values()])
        for name, server in running.items()
        if not server.peer.slow
    }
    for clients in given.clients:
        rows, rounds = in_rounds(data.name, "questions", clients, asked, given.rounds, None)
        report.table(rows)
        if clients == given.clients[0]:
            medians = {name: by_name(done, list(queries)) for name, done in rounds.items()}
            for what, names in (("shipped question", shipped), ("analytic question", analytic)):
                chosen = {peer: {k: v for k, v in found.items() if k in names} for peer, found in medians.items()}
                compare(data, what, chosen, report)


def tagged(server: Running, requests: Sequence[bytes]) -> list[bytes]:
    """The requests with the ETag that their answer has now; those without one are left out."""
    found = []
    for request in requests:
        if tag := load.fetch(server.address, request).response.header("etag"):
            found.append(request.replace(b"\r\n\r\n", f"\r\nIf-None-Match: {tag}\r\n\r\n".encode()))
    return found


def measure_repeated(
    running: dict[str, Running], data: Data, drawn: mixes.Sample, given: argparse.Namespace, report: Report
) -> None:
    """The same few questions again and again: out of the cache, not modified, or evaluated anew."""
    clients = min(8, max(given.clients))
    kinds = {"look-ups": mixes.lookups(drawn, 2), "questions": list(mixes.shipped().values())[:20]}
    for kind, queries in kinds.items():
        asked = {
            name: (server, [server.ask(query, accept(query)) for query in queries])
            for name, server in running.items()
            if not server.peer.slow
        }
        rows, _ = in_rounds(data.name, f"repeated {kind}", clients, asked, given.rounds, given.seconds)
        report.table(rows)
        conditional = {name: (asked[name][0], tagged(*asked[name])) for name in asked if asked[name][0].peer.ours}
        conditional = {name: found for name, found in conditional.items() if found[1]}
        if conditional:
            rows, _ = in_rounds(
                data.name, f"not modified {kind}", clients, conditional, given.rounds, given.seconds, status=304
            )
            report.table(rows)


def measure_search(
    running: dict[str, Running], data: Data, drawn: mixes.Sample, given: argparse.Namespace, report: Report
) -> None:
    """A word in any label: our text search beside the scan that plain SPARQL has."""
    words = drawn.words[:40]
    asked: dict[str, tuple[Running, Sequence[bytes]]] = {}
    for name, server in running.items():
        if server.peer.slow or name == DISK:
            continue
        if server.peer.ours:
            requests = [load.get(f"/search?q={word}", "application/json") for word in words]
            if load.fetch(server.address, requests[0]).response.status != 200:
                report.say(f"\n{data.name} · search: {name} has none")
                continue
        else:
            requests = [server.ask(mixes.contains(word)) for word in words]
        asked[name] = (server, requests)
    rows, _ = in_rounds(data.name, "search", 1, asked, given.rounds, given.seconds)
    report.table(rows)


def measure_first_byte(
    running: dict[str, Running], data: Data, _: mixes.Sample, given: argparse.Namespace, report: Report
) -> None:
    """How soon the first byte of everything there is arrives; the client then leaves."""
    seconds: dict[str, list[float]] = {name: [] for name, server in running.items() if not server.peer.slow}
    for _round in range(given.rounds * 3):
        for name, found in seconds.items():
            with suppress(OSError, load.BrokenOff):
                request = running[name].ask(mixes.EVERYTHING)
                found.append(load.fetch(running[name].address, request, leave=True).first_byte)
            time.sleep(0.05)
    report.say(f"\n{data.name} · first byte of {data.quads:,} rows")
    for name, found in seconds.items():
        if found:
            report.fact(
                data.name, "first byte ms", name, statistics.median(found) * 1e3, f"worst {max(found) * 1e3:.1f}"
            )


def measure_cold_start(peers: Sequence[Peer], data: Data, given: argparse.Namespace, report: Report) -> None:
    """From the start of the process to its first answer."""
    report.say(f"\n{data.name} · cold start")
    seconds: dict[str, list[float]] = {peer.name: [] for peer in peers if not peer.slow}
    for _ in range(given.rounds):
        for name, found in seconds.items():
            server = Running(PEERS_BY_NAME[name], data, LOGS)
            found.append(server.start_seconds)
            server.stop()
    for name, found in seconds.items():
        report.fact(data.name, "cold start s", name, statistics.median(found))


class Busy:
    """Whether a server uses the processor, read every tenth of a second."""

    def __init__(self, server: Running) -> None:
        self._meter = Meter(server)
        self._used = 0.0
        self._at = time.perf_counter()
        self.last = self._at

    def look(self, wait: float = 0.1) -> bool:
        """Wait a little, and say whether more than a fifth of one processor was used."""
        time.sleep(wait)
        now = time.perf_counter()
        used = self._meter.read()
        share = (used - self._used) / (now - self._at)
        self._used, self._at = used, now
        if share > 0.2:
            self.last = now
        return share > 0.2

    def until_idle(self, most: float) -> float:
        """Wait until nothing was used for half a second; the time at which that began, NaN if it does not come."""
        end = time.perf_counter() + most
        while time.perf_counter() < end:
            self.look()
            if self._at - self.last > 0.5:
                return self.last
        return MISSING


def measure_runaway(
    peers: Sequence[Peer], data: Data, drawn: mixes.Sample, given: argparse.Namespace, report: Report
) -> None:
    """A query without end while others look things up; when the processor is given back at the limit and on leaving."""
    report.say(f"\n{data.name} · one runaway query")
    for peer in peers:
        if peer.slow or peer.name == CACHED:
            continue
        server = Running(peer, data, LOGS, ["--timeout", f"{LIMIT_SECONDS:g}"] if peer.ours else [])
        try:
            _runaway(server, data, drawn, given, report)
        finally:
            server.stop()


def _runaway(server: Running, data: Data, drawn: mixes.Sample, given: argparse.Namespace, report: Report) -> None:
    peer = server.peer.name
    requests = [server.ask(query) for query in mixes.points(drawn)]
    runaway = server.ask(mixes.RUNAWAY)
    clients = min(4, max(given.clients))
    load.drive(server.address, requests, clients, 0.5)
    quiet, beside = load.Outcome(), load.Outcome()
    for _ in range(given.rounds):
        quiet.add(load.drive(server.address, requests, clients, given.seconds))
        with load.connect(server.address, "127.0.2.1") as sock:
            sock.sendall(runaway)
            time.sleep(0.2)
            beside.add(load.drive(server.address, requests, clients, min(given.seconds, LIMIT_SECONDS - 2), grace=10))
        if not math.isfinite(Busy(server).until_idle(5)):
            break
    report.fact(data.name, "point p50 ms, quiet", peer, quiet.percentile(0.5) * 1e3)
    report.fact(data.name, "point p99 ms, quiet", peer, quiet.percentile(0.99) * 1e3)
    report.fact(data.name, "point p50 ms beside a runaway", peer, beside.percentile(0.5) * 1e3)
    report.fact(data.name, "point p99 ms beside a runaway", peer, beside.percentile(0.99) * 1e3, _failed(beside))
    if server.peer.ours:
        _at_the_limit(server, runaway, data, report)
    with load.connect(server.address, "127.0.2.2") as sock:
        sock.sendall(runaway)
        time.sleep(1)
    left = time.perf_counter()
    idle = Busy(server).until_idle(10)
    note = "" if math.isfinite(idle) else "still busy after 10 s"
    report.fact(data.name, "busy s after the client left", peer, max(idle - left, 0) if not note else math.inf, note)


def _failed(outcome: load.Outcome) -> str:
    return f"{outcome.failures} failed: {dict(outcome.errors)}" if outcome.failures else ""


def _at_the_limit(server: Running, runaway: bytes, data: Data, report: Report) -> None:
    """When a query beyond its limit is answered, with what, and how long the processor is used after the limit."""
    busy = Busy(server)
    response = load.Response(keep=True)
    answered = MISSING
    began = time.perf_counter()
    with load.connect(server.address, "127.0.2.3") as sock:
        sock.sendall(runaway)
        while time.perf_counter() - began < 2 * LIMIT_SECONDS:
            busy.look(0.05)
            if select.select([sock], [], [], 0)[0]:
                with suppress(load.BrokenOff):
                    response.feed(sock.recv(1 << 16))
                answered = time.perf_counter() - began
                break
    idle = busy.until_idle(10)
    name = server.peer.name
    report.fact(data.name, "runaway answered after s", name, answered, f"status {response.status}")
    report.fact(data.name, "busy s after the limit", name, max(idle - began - LIMIT_SECONDS, 0.0))


# ------------------------------------------------------------ targets


@dataclass
class Target:
    """A target of the service, and what was measured for it."""

    wording: str
    measured: float
    bound: float
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Whether the target is reached."""
        if math.isnan(self.measured):
            return "not measured"
        return (
            "reached"
            if (self.measured >= self.bound if self.at_least else self.measured <= self.bound)
            else "falls short"
        )


def targets(report: Report, sizes: Sequence[str], clients: Sequence[int]) -> list[Target]:
    """The targets at the largest size, and the one against rdflib-endpoint at the largest where that was measured."""
    size = sizes[-1]
    several = 8 if 8 in clients else clients[-1]

    def rate(part: str, peer: str, at: str = size, by: int = several) -> float:
        row = report.row(at, part, by, peer)
        return row.rate if row else MISSING

    def beside(part: str, peer: str, kind: str) -> float:
        return _ratio(
            rate(f"{part} {kind}", peer, by=min(8, max(clients))),
            rate(f"repeated {kind}", REFERENCE, by=min(8, max(clients))),
        )

    found, scan = report.row(size, "search", 1, OURS), report.row(size, "search", 1, REFERENCE)
    beside_rdflib = [at for at in sizes if report.row(at, "look-ups", several, RDFLIB)]
    rdflib = (
        _ratio(rate("look-ups", OURS, beside_rdflib[-1]), rate("look-ups", RDFLIB, beside_rdflib[-1]))
        if beside_rdflib
        else MISSING
    )
    return [
        Target(
            "look-ups, median at one client, ratio", report.value(size, "look-up: mean ratio of medians", OURS), 1.5
        ),
        Target(
            "analytic questions, median, ratio",
            report.value(size, "analytic question: mean ratio of medians", OURS),
            0.5,
        ),
        Target(
            f"look-ups at {several} clients, throughput, ratio",
            _ratio(rate("look-ups", OURS), rate("look-ups", REFERENCE)),
            0.5,
            at_least=True,
        ),
        Target(f"look-ups at {several} clients against {RDFLIB}, times", rdflib, 80, at_least=True),
        Target("repeated look-ups out of the cache, rate, ratio", beside("repeated", CACHED, "look-ups"), 1.3, True),
        Target("repeated look-ups not modified, rate, ratio", beside("not modified", CACHED, "look-ups"), 1.3, True),
        Target("repeated questions out of the cache, rate, ratio", beside("repeated", CACHED, "questions"), 1.3, True),
        Target("repeated questions not modified, rate, ratio", beside("not modified", CACHED, "questions"), 1.3, True),
        Target(
            "text search against a CONTAINS scan, median, ratio",
            _ratio(found.p50, scan.p50) if found and scan else MISSING,
            0.02,
        ),
        Target("first byte of a long result, ms", report.value(size, "first byte ms", OURS), 20),
        Target("cold start on disk, s", report.value(size, "cold start s", DISK), 1),
        Target("cold start in memory, s", report.value(size, "cold start s", OURS), 5),
        Target("point p99 beside a runaway, ms", report.value(size, "point p99 ms beside a runaway", OURS), 50),
        Target("processor given back after the limit, s", report.value(size, "busy s after the limit", OURS), 1),
        Target(
            "processor given back after the client left, s",
            report.value(size, "busy s after the client left", OURS),
            2,
        ),
    ]


def show_targets(found: Sequence[Target], size: str, report: Report) -> None:
    """Print the targets and whether they are reached."""
    report.say(f"\nTargets at {size} ({REFERENCE} = 1 where it is a ratio)")
    for target in found:
        sign = "≥" if target.at_least else "≤"
        report.say(f"  {target.wording:<52} {sign} {target.bound:<6g} {target.measured:>10.3g}  {target.verdict}")


# ------------------------------------------------------------ the run


def _made_by() -> str:
    """A tag of the code that datasets are made by, so that none is used that another version of it has made."""
    package = ROOT / "server" / "allegiance"
    files = [ROOT / "benchmarks" / "landscape.py", package / "engine.py", package / "search.py"]
    texts = [path.read_bytes() for path in [*files, *sorted((package / "build").glob("*.py"))]]
    return hashlib.sha256(b"".join(texts)).hexdigest()[:8]


def dataset(name: str, store: Path, seed: int, oxigraph: bool, report: Report) -> Data:
    """The shipped data as built in `store`, or a landscape of so many quads, ready for every server."""
    if not (store / "current").is_dir():
        report.say(f"building the shipped data in {store} …")
        command = [sys.executable, "-m", "allegiance.cli", "build", "--out", str(store)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    version = f"{(store / 'current').resolve().name}-{_made_by()}"
    folder = WORK / (f"shipped-{version}" if name == "shipped" else f"{float(name):g}-{seed}-{version}")
    folder.mkdir(parents=True, exist_ok=True)
    if name == "shipped":
        return prepare(name, store / "dataset.nq", store, folder / "oxigraph", oxigraph)
    nquads = folder / "landscape.nq"
    if not (folder / "built" / "current").is_dir():
        report.say(f"making a landscape of {float(name):,.0f} quads …")
        with nquads.open("wb") as out:
            landscape.write(int(float(name)), seed, store / "dataset.nq", out)
    return prepare(name, nquads, folder / "built", folder / "oxigraph", oxigraph)


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure everything that was asked for."""
    peers = [PEERS_BY_NAME[name] for name in given.peers]
    install({package for peer in peers for package in peer.packages})
    uses_oxigraph = any("oxigraph" in peer.packages for peer in peers)
    parts = {
        "lookups": measure_lookups,
        "questions": measure_questions,
        "repeated": measure_repeated,
        "search": measure_search,
        "first-byte": measure_first_byte,
    }
    for size in given.sizes:
        data = dataset(size, given.store.resolve(), given.seed, uses_oxigraph, report)
        drawn = mixes.sample(data.nquads, given.seed)
        some = {f"look-up {n + 1}": query for n, query in enumerate(mixes.lookups(drawn)[:20])}
        with started(peers, data, report) as running:
            questions = mixes.shipped() | mixes.analytic(drawn) | some
            questions = {name: query for name, query in questions.items() if name not in given.without}
            check(running, data, questions, given.patience, report)
            for part, measure in parts.items():
                if part in given.parts:
                    measure(running, data, drawn, given, report)
        if "cold-start" in given.parts:
            measure_cold_start(peers, data, given, report)
        if "runaway" in given.parts:
            measure_runaway(peers, data, drawn, given, report)


def _names(known: Sequence[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        found = text.split(",")
        for name in found:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name} is not one of {', '.join(known)}")
        return found

    return read


def _sizes(text: str) -> list[str]:
    for name in text.split(","):
        if name != "shipped":
            float(name)
    return text.split(",")


def arguments() -> argparse.Namespace:
    """What is to be measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=_sizes, default=["shipped", "1e5", "1e6"], help="shipped, or quads; by commas")
    parser.add_argument("--clients", type=lambda text: [int(n) for n in text.split(",")], default=[1, 8, 32])
    parser.add_argument("--peers", type=_names(list(PEERS_BY_NAME)), default=list(PEERS_BY_NAME))
    parser.add_argument("--parts", type=_names(PARTS), default=list(PARTS))
    parser.add_argument("--seconds", type=float, default=3.0, help="of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--without", type=lambda text: text.split(","), default=[], help="questions not asked when rows are compared"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=20.0,
        help="seconds that an rdflib peer has for a question when rows are compared",
    )
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--store", type=Path, default=ROOT / "build", help="where the shipped data is or will be built")
    parser.add_argument("--json", type=Path, help="write every figure to this file, too")
    return parser.parse_args()


def main() -> None:
    """Measure, print, and say which targets are reached; exit status 1 where peers give different rows."""
    given = arguments()
    report = Report()
    report.say(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    try:
        run(given, report)
    except NotToBeHad as error:
        sys.exit(f"{error}")
    found = targets(report, given.sizes, given.clients)
    show_targets(found, given.sizes[-1], report)
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        everything = {
            "machine": [platform.platform(), os.cpu_count(), platform.python_version()],
            "rows": [asdict(row) for row in report.rows],
            "facts": [asdict(fact) for fact in report.facts],
            "differences": report.differences,
            "targets": [{**asdict(target), "verdict": target.verdict} for target in found],
        }
        given.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")
    if report.differences:
        sys.exit(1)


if __name__ == "__main__":
    main()
