"""The servers that are compared: how each is installed, given a dataset, started, and how much processor it uses."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import load

from allegiance.build.write import write
from allegiance.engine import Engine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = ROOT / "build" / "peers"
LOGS = ROOT / "build" / "benchmarks" / "logs"
_REQUIREMENTS = HERE / "peers" / "requirements.txt"
_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 900.0
_STOP_SECONDS = 15.0


class NotToBeHad(Exception):
    """A peer cannot be installed or started here; the message says why."""


@dataclass(frozen=True)
class Data:
    """One dataset, ready for every server: its N-Quads, a folder as `allegiance build` leaves it, an Oxigraph store."""

    name: str
    quads: int
    nquads: Path
    built: Path
    oxigraph: Path


@dataclass(frozen=True)
class Peer:
    """One way to serve a dataset. `most` is the largest number of quads it is measured at."""

    name: str
    what: str
    path: str
    command: Callable[[Data, int], list[str]]
    packages: tuple[str, ...] = ()
    fill: Callable[[Data, load.Address], None] | None = None
    most: int | None = None
    ours: bool = False

    @property
    def slow(self) -> bool:
        """Whether only look-ups are measured, since it needs minutes for questions."""
        return self.most is not None


def _binary(name: str) -> str:
    return str(PEERS / "bin" / name)


def _allegiance(*flags: str) -> Callable[[Data, int], list[str]]:
    def command(data: Data, port: int) -> list[str]:
        serve = [sys.executable, "-m", "allegiance.cli", "serve", "--store", str(data.built), "--port", str(port)]
        return [*serve, *flags]

    return command


def _oxigraph_disk(data: Data, port: int) -> list[str]:
    bind = ["--bind", f"127.0.0.1:{port}", "--union-default-graph"]
    return [_binary("oxigraph"), "serve-read-only", "--location", str(data.oxigraph), *bind]


def _oxigraph_memory(_: Data, port: int) -> list[str]:
    return [_binary("oxigraph"), "serve", "--bind", f"127.0.0.1:{port}", "--union-default-graph"]


def _fill_oxigraph(data: Data, address: load.Address) -> None:
    """Send the dataset to the store, which begins empty."""
    head = [
        "POST /store?no_transaction HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/n-quads",
        f"Content-Length: {data.nquads.stat().st_size}",
    ]
    response = load.Response()
    with load.connect(address, timeout=_START_SECONDS) as sock, data.nquads.open("rb") as file:
        sock.sendall("\r\n".join([*head, "", ""]).encode())
        sock.sendfile(file)
        while not response.feed(sock.recv(1 << 16)):
            pass
    if response.status not in (200, 201, 204):
        raise NotToBeHad(f"oxigraph refused the dataset with status {response.status}")


def _rdflib_endpoint(data: Data, port: int) -> list[str]:
    return [_binary("rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", str(port), str(data.nquads)]


def _flask_rdflib(data: Data, port: int) -> list[str]:
    known = [f"DATASET={data.nquads}", f"PYTHONPATH={HERE / 'peers'}"]
    return ["env", *known, _binary("waitress-serve"), f"--listen=127.0.0.1:{port}", "--threads=8", "flask_rdflib:app"]


REFERENCE = "oxigraph"
OURS, CACHED, DISK = "allegiance", "allegiance-cached", "allegiance-disk"
RDFLIB = "rdflib-endpoint"

PEERS_BY_NAME = {
    peer.name: peer
    for peer in (
        Peer(OURS, "allegiance serve, in memory, no cache", "/sparql", _allegiance("--cache", "0"), ours=True),
        Peer(CACHED, "allegiance serve as it comes: in memory, cache on", "/sparql", _allegiance(), ours=True),
        Peer(
            DISK,
            "allegiance serve on disk, no cache",
            "/sparql",
            _allegiance("--engine", "disk", "--cache", "0"),
            ours=True,
        ),
        Peer(REFERENCE, "oxigraph serve-read-only, on disk", "/query", _oxigraph_disk, ("oxigraph",)),
        Peer("oxigraph-memory", "oxigraph serve, in memory", "/query", _oxigraph_memory, ("oxigraph",), _fill_oxigraph),
        Peer(
            RDFLIB,
            "rdflib-endpoint serve, uvicorn",
            "/",
            _rdflib_endpoint,
            ("rdflib-endpoint", "uvicorn", "rdflib"),
            most=200_000,
        ),
        Peer(
            "flask-rdflib",
            "a Flask view over rdflib, waitress",
            "/sparql",
            _flask_rdflib,
            ("flask", "rdflib", "waitress"),
            most=200_000,
        ),
    )
}


def install(packages: Collection[str]) -> None:
    """Install packages into the virtual environment of the peers, as they are pinned; NotToBeHad where that fails."""
    pins = _REQUIREMENTS.read_text(encoding="utf-8")
    done = PEERS / "installed.json"
    there = json.loads(done.read_text(encoding="utf-8")) if done.is_file() else {}
    known = there.get("packages", []) if there.get("pins") == pins else []
    if set(packages) <= set(known):
        return
    wanted = sorted({*known, *packages})
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    chosen = ["--constraint", str(_REQUIREMENTS), *wanted]
    if uv:
        make = [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(PEERS)]
        fetch = [uv, "pip", "install", "--quiet", "--python", _binary("python"), *chosen]
    else:
        make = [sys.executable, "-m", "venv", str(PEERS)]
        fetch = [_binary("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *chosen]
    for command in (make, fetch):
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            reason = (ran.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise NotToBeHad(f"{', '.join(wanted)} cannot be installed: {reason}")
    done.write_text(json.dumps({"pins": pins, "packages": wanted}), encoding="utf-8")


def prepare(name: str, nquads: Path, built: Path, store: Path, oxigraph: bool) -> Data:
    """A dataset ready for every server: built as ours, and loaded into an Oxigraph store where one is asked for.

    What is there already is kept.
    """
    if not (built / "current").is_dir():
        write(Engine.in_memory(nquads), built)
    if oxigraph and not store.is_dir():
        aside = store.with_name(f"{store.name}-aside")
        shutil.rmtree(aside, ignore_errors=True)
        for action, *flags in (["load", "--file", str(nquads)], ["optimize"]):
            subprocess.run(
                [_binary("oxigraph"), action, "--location", str(aside), *flags], check=True, capture_output=True
            )
        aside.rename(store)
    with (built / "dataset.nq").open("rb") as lines:
        return Data(name, sum(1 for _ in lines), built / "dataset.nq", built, store)


def free_port() -> int:
    """A port of the loopback address that nothing listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Meter:
    """Seconds of processor that a server uses from now on, in processes that end up to when they were last read."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._before = server.processes()
        self._seen = dict(self._before)

    def read(self) -> float:
        """The seconds used so far."""
        self._seen |= self._server.processes()
        return sum(seconds - self._before.get(process, 0.0) for process, seconds in self._seen.items())


class Running:
    """A server that has been started and answers."""

    def __init__(self, peer: Peer, data: Data, logs: Path, flags: Sequence[str] = ()) -> None:
        self.peer, self.data = peer, data
        self.address = ("127.0.0.1", free_port())
        logs.mkdir(parents=True, exist_ok=True)
        self._log = (logs / f"{data.name}-{peer.name}.log").open("wb")
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [*peer.command(data, self.address[1]), *flags],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            cwd=ROOT,
        )
        try:
            if peer.fill:
                self._await(load.get("/"), began, any_status=True)
                peer.fill(data, self.address)
            self._await(self.ask("ASK { ?s ?p ?o }"), began)
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.perf_counter() - began

    def _await(self, request: bytes, began: float, any_status: bool = False) -> None:
        while True:
            if self.process.poll() is not None:
                raise NotToBeHad(f"{self.peer.name} ended at once; see {self._log.name}")
            try:
                status = load.fetch(self.address, request, timeout=60).response.status
                if any_status or status == 200:
                    return
            except (OSError, load.BrokenOff):
                pass
            if time.perf_counter() - began > _START_SECONDS:
                raise NotToBeHad(f"{self.peer.name} does not answer after {_START_SECONDS:.0f} s; see {self._log.name}")
            time.sleep(0.005)

    def ask(self, query: str, accept: str = "application/sparql-results+json", **headers: str) -> bytes:
        """A query to this server as it goes over the wire."""
        return load.ask(self.peer.path, query, accept, **headers)

    def processes(self) -> dict[int, float]:
        """Seconds of processor that each process of the server has used."""
        found: dict[int, float] = {}
        waiting = [self.process.pid]
        while waiting:
            process = waiting.pop()
            try:
                fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                found[process] = sum(map(int, fields[11:13])) / _TICKS
                for task in Path(f"/proc/{process}/task").iterdir():
                    waiting += map(int, (task / "children").read_text(encoding="utf-8").split())
            except OSError:
                continue
        return found

    def resident(self) -> float:
        """Memory of the server in MiB, what processes share counted once."""
        total = 0.0
        for process in self.processes():
            try:
                for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8").splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) / 1024
            except OSError:
                continue
        return total

    def stop(self) -> None:
        """End the server and all that it has started."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=_STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._log.close()
