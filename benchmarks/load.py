"""A load generator that costs little: raw keep-alive sockets, requests encoded beforehand, one process per 8 clients.

A response is complete by its Content-Length, its last chunk, or the end of the connection where it has neither.
Each client has a loopback address of its own (127.0.1.1, 127.0.1.2, …), so that a server that is fair between clients
sees as many as there are.

    python benchmarks/load.py http://127.0.0.1:8000/sparql 'ASK { ?s ?p ?o }' --clients 8 --seconds 5
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import re
import select
import socket
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from urllib.parse import quote, urlsplit

PER_PROCESS = 8
GRACE = 60.0
"""Seconds that an answer may take after the time of a round is over."""

_MEANWHILE = 0.03

Address = tuple[str, int]

_HEAD = re.compile(rb"HTTP/1\.[01] (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_BODILESS = (204, 304)


class BrokenOff(Exception):
    """The connection ended before the response did."""


@dataclass
class Outcome:
    """What came of some requests: seconds of each complete answer, how many of which status, what went wrong."""

    latencies: list[float] = field(default_factory=list)
    by_request: dict[int, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    received: int = 0
    seconds: float = 0.0
    own_cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Complete answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency that so large a share of the answers did not exceed, in seconds; NaN where there are none."""
        found = sorted(self.latencies)
        return found[min(int(share * len(found)), len(found) - 1)] if found else float("nan")

    @property
    def failures(self) -> int:
        """Requests without the answer that was asked for."""
        return sum(self.errors.values())

    def add(self, other: Outcome) -> None:
        """Take in what another process saw."""
        self.latencies += other.latencies
        for number, seconds in other.by_request.items():
            self.by_request.setdefault(number, []).extend(seconds)
        self.statuses += other.statuses
        self.errors += other.errors
        self.received += other.received
        self.seconds = max(self.seconds, other.seconds)
        self.own_cpu += other.own_cpu


def get(path: str, accept: str = "*/*", **headers: str) -> bytes:
    """A GET request as it goes over the wire."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Accept: {accept}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def ask(path: str, query: str, accept: str = "application/sparql-results+json", **headers: str) -> bytes:
    """A query by the SPARQL 1.1 Protocol, as it goes over the wire."""
    return get(f"{path}?query={quote(query, safe='')}", accept, **headers)


class Response:
    """A response that arrives in pieces; `feed` says when it is complete."""

    def __init__(self, keep: bool = False) -> None:
        self.status = 0
        self.head = b""
        self.closes = False
        self.body = bytearray()
        self._keep = keep
        self._pending = b""
        self._left = 0
        self._chunked = False
        self._until_end = False
        self._trailer = False

    def feed(self, data: bytes) -> bool:
        """Take in what came; BrokenOff for an empty piece (the end of the connection) before the response is whole."""
        if not data:
            if self._until_end:
                return True
            raise BrokenOff
        if not self.head:
            data = self._pending + data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._pending = data
                return False
            self._pending = b""
            self._read_head(data[: end + 2])
            data = data[end + 4 :]
        if self._chunked:
            return self._feed_chunks(data)
        if self._keep:
            self.body += data
        self._left -= len(data)
        return not self._until_end and self._left <= 0

    def _read_head(self, head: bytes) -> None:
        match = _HEAD.match(head)
        if match is None:
            raise BrokenOff
        self.head, self.status = head, int(match[1])
        self.closes = _CLOSE.search(head) is not None
        if length := _LENGTH.search(head):
            self._left = int(length[1])
        elif _CHUNKED.search(head):
            self._chunked = True
        elif self.status not in _BODILESS:
            self._until_end = self.closes = True
        if self.status in _BODILESS:
            self._left, self._chunked = 0, False

    def _feed_chunks(self, data: bytes) -> bool:
        while data:
            if self._left > 0:
                part = data[: self._left]
                if self._keep:
                    # The two bytes that end a chunk are not of the body.
                    self.body += part[: max(self._left - 2, 0)]
                self._left -= len(part)
                data = data[len(part) :]
                continue
            data = self._pending + data
            self._pending = b""
            if self._trailer:
                if data.startswith(b"\r\n") or b"\r\n\r\n" in data:
                    return True
                self._pending = data
                return False
            end = data.find(b"\r\n")
            if end < 0:
                self._pending = data
                return False
            size = int(data[:end].partition(b";")[0], 16)
            data = data[end + 2 :]
            if size == 0:
                self._trailer = True
                if data.startswith(b"\r\n"):
                    return True
            else:
                self._left = size + 2
        return False

    def header(self, name: str) -> str:
        """The value of a header; empty where there is none."""
        match = re.search(rf"\r\n{name}: *([^\r]*)\r".encode(), self.head, re.IGNORECASE)
        return match[1].decode("latin-1") if match else ""


def connect(address: Address, source: str = "", timeout: float | None = 10.0) -> socket.socket:
    """A connection, from an address of the loopback net where one is given."""
    sock = socket.create_connection(address, timeout, (source, 0) if source else None)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


@dataclass
class Fetched:
    """One answer: its response, seconds until the first byte of its body, and until its last."""

    response: Response
    first_byte: float
    seconds: float


def fetch(address: Address, request: bytes, timeout: float = 60.0, source: str = "", leave: bool = False) -> Fetched:
    """One request on a connection of its own; TimeoutError, OSError or BrokenOff where it has no answer.

    With `leave` the client goes away at the first byte of the body.
    """
    start = time.perf_counter()
    first = 0.0
    response = Response(keep=not leave)
    with connect(address, source, timeout) as sock:
        sock.sendall(request)
        while True:
            data = sock.recv(1 << 18)
            whole = response.feed(data)
            now = time.perf_counter() - start
            if now > timeout:
                raise TimeoutError
            if not first and response.head and (whole or not data.endswith(b"\r\n\r\n")):
                first = now
                whole = whole or leave
            if whole:
                return Fetched(response, first, now)


class _Client:
    """One connection and the request that is under way on it."""

    def __init__(self, address: Address, source: str) -> None:
        self.address, self.source = address, source
        self.sock: socket.socket | None = None
        self.response = Response()
        self.number = 0
        self.since = 0.0

    def send(self, number: int, request: bytes) -> None:
        self.number, self.response = number, Response()
        self.since = time.perf_counter()
        if self.sock is None:
            self.sock = connect(self.address, self.source)
        self.sock.sendall(request)

    def close(self) -> None:
        if self.sock is not None:
            self.sock.close()
            self.sock = None


class _Turns:
    """Which request comes next: at random for so many seconds, or each once."""

    def __init__(self, numbers: list[int], until: float | None, chance: random.Random) -> None:
        chance.shuffle(numbers)
        self._numbers, self._until, self._next = numbers, until, 0

    def next(self) -> int | None:
        if self._until is not None:
            if time.perf_counter() >= self._until or not self._numbers:
                return None
        elif self._next >= len(self._numbers):
            return None
        number = self._numbers[self._next % len(self._numbers)]
        self._next += 1
        return number


class _Process:
    """Some clients in one process, driven by one epoll loop."""

    def __init__(self, address: Address, requests: Sequence[bytes], turns: _Turns, expected: Sequence[int]) -> None:
        self._address, self._requests, self._turns = address, requests, turns
        self._expected = frozenset(expected)
        self._poll = select.epoll()
        self._clients: dict[int, _Client] = {}
        self.outcome = Outcome()

    def run(self, sources: list[str], deadline: float) -> Outcome:
        """Let a client for each source address ask in turn until there is nothing more to ask, or the time is over."""
        began, cpu = time.perf_counter(), time.process_time()
        for source in sources:
            self._begin(_Client(self._address, source))
        while self._clients:
            left = deadline - time.perf_counter()
            if left <= 0:
                self.outcome.errors["unanswered"] += len(self._clients)
                break
            for descriptor, _ in self._poll.poll(left):
                self._receive(self._clients[descriptor])
        for client in list(self._clients.values()):
            client.close()
        self.outcome.seconds = time.perf_counter() - began
        self.outcome.own_cpu = time.process_time() - cpu
        return self.outcome

    def _begin(self, client: _Client) -> None:
        """Send what comes next; a client that has nothing more to ask leaves."""
        while (number := self._turns.next()) is not None:
            fresh = client.sock is None
            try:
                client.send(number, self._requests[number])
            except OSError as error:
                self._fail(client, error)
                # A server that is gone would be asked a hundred thousand times a second.
                time.sleep(0.01)
                continue
            if fresh and client.sock is not None:
                self._poll.register(client.sock, select.EPOLLIN)
                self._clients[client.sock.fileno()] = client
            return
        self._drop(client)

    def _receive(self, client: _Client) -> None:
        outcome, response = self.outcome, client.response
        try:
            data = client.sock.recv(1 << 18)  # type: ignore[union-attr]
            outcome.received += len(data)
            if not response.feed(data):
                return
        except (OSError, BrokenOff, ValueError) as error:
            self._fail(client, error)
        else:
            seconds = time.perf_counter() - client.since
            outcome.statuses[response.status] += 1
            if response.status in self._expected:
                outcome.latencies.append(seconds)
                outcome.by_request.setdefault(client.number, []).append(seconds)
            else:
                outcome.errors[str(response.status)] += 1
            if response.closes:
                self._drop(client)
        self._begin(client)

    def _fail(self, client: _Client, error: Exception) -> None:
        self.outcome.errors[type(error).__name__] += 1
        self._drop(client)

    def _drop(self, client: _Client) -> None:
        if client.sock is not None:
            self._clients.pop(client.sock.fileno(), None)
            client.close()


def _nothing() -> None:
    """Do nothing meanwhile."""


def drive(
    address: Address,
    requests: Sequence[bytes],
    clients: int,
    seconds: float | None,
    *,
    expected: Sequence[int] = (200,),
    seed: int = 4,
    grace: float = GRACE,
    meanwhile: Callable[[], object] = _nothing,
) -> Outcome:
    """Let so many clients send requests one after another for so many seconds, or each request once.

    An answer whose status is not among the expected ones is an error, and so is one that is broken off or has not come
    within `grace` seconds after the end. `meanwhile` is called every now and then while they do.
    """
    context = multiprocessing.get_context("fork")
    groups = [range(first, min(first + PER_PROCESS, clients)) for first in range(0, clients, PER_PROCESS)]
    start = time.perf_counter()
    until = None if seconds is None else start + seconds
    deadline = start + (seconds or 0.0) + grace

    def run(group: Sequence[int], place: int, pipe: Connection) -> None:
        numbers = list(range(len(requests))) if until is not None else list(range(place, len(requests), len(groups)))
        turns = _Turns(numbers, until, random.Random(f"{seed}:{place}"))
        sources = [f"127.0.1.{client + 1}" for client in group]
        pipe.send(_Process(address, requests, turns, expected).run(sources, deadline))

    outcome = Outcome()
    running = []
    for place, group in enumerate(groups):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=run, args=(group, place, theirs), daemon=True)
        process.start()
        theirs.close()
        running.append((process, ours))
    for process, pipe in running:
        while not pipe.poll(_MEANWHILE):
            meanwhile()
        outcome.add(pipe.recv())
        process.join()
    return outcome


def main() -> None:
    """Ask one query again and again and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("endpoint")
    parser.add_argument("query")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0)
    given = parser.parse_args()
    parts = urlsplit(given.endpoint)
    address = (parts.hostname or "127.0.0.1", parts.port or 80)
    outcome = drive(address, [ask(parts.path, given.query)], given.clients, given.seconds)
    print(
        f"{outcome.rate:.0f} requests/s, median {statistics.median(outcome.latencies or [0]) * 1e3:.2f} ms, "
        f"p99 {outcome.percentile(0.99) * 1e3:.2f} ms, {outcome.failures} failed {dict(outcome.errors) or ''}, "
        f"{outcome.own_cpu / max(len(outcome.latencies), 1) * 1e6:.0f} µs of processor a request here"
    )


if __name__ == "__main__":
    main()
