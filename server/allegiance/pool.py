"""Bounded evaluation: queries run in processes forked from one that has loaded the store once.

Oxigraph offers no time-out, cancellation or memory limit, and SERVICE cannot be switched off. So a parent process (the
zygote) opens the store and forks workers that share its pages; each is boxed in before it reads a query:

    RLIMIT_AS       memory above what the store takes; the allocator aborts the worker, not the server
    RLIMIT_NOFILE   no new descriptor: no socket, no file
    PDEATHSIG       no orphans

The serving process enforces wall time and size of the answer, and kills and replaces a worker that overruns.
"""

from __future__ import annotations

import argparse
import array
import contextlib
import ctypes
import io
import json
import os
import queue
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allegiance import terms
from allegiance.engine import Answer, Engine, QuerySyntaxError, kind_of, write_answer

_HEADER = struct.Struct("!cI")
_LENGTH = struct.Struct("!I")
_PID = struct.Struct("!I")
_CHUNK = 1 << 16


class QueryTimeout(Exception):
    """The query took longer than it may."""


class QueryTooLarge(Exception):
    """The answer is larger than it may be."""


class WorkerLost(Exception):
    """The worker died: the query needed more memory than it may have."""


class NoAcceptableFormat(Exception):
    """The answer is of a kind for which the client accepts no format; `kind` says which."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Busy(Exception):
    """No worker came free in time."""


@dataclass(frozen=True)
class Request:
    """A query, the media type for each kind of answer it may turn out to have, and the graphs it is asked of."""

    query: str
    formats: dict[str, str]
    default_graphs: list[str] = field(default_factory=list)
    named_graphs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Limits:
    """Bounds of one query: seconds of wall time, bytes of memory above the store, bytes of answer, seconds of wait."""

    seconds: float = 10.0
    memory: int = 512 << 20
    answer: int = 64 << 20
    wait: float = 5.0


def _receive(sock: socket.socket, size: int) -> bytes:
    buffer = bytearray()
    while len(buffer) < size:
        part = sock.recv(size - len(buffer))
        if not part:
            raise EOFError
        buffer += part
    return bytes(buffer)


# ---------------------------------------------------------------- in the worker


class _Frames(io.RawIOBase):
    """A file to serialise into that sends frames of up to 64 KiB."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._buffer += data
        if len(self._buffer) >= _CHUNK:
            self.flush_frame()
        return len(data)

    def flush_frame(self) -> None:
        if self._buffer:
            _send(self._socket, b"D", bytes(self._buffer))
            self._buffer.clear()


def _send(sock: socket.socket, kind: bytes, data: bytes = b"") -> None:
    sock.sendall(_HEADER.pack(kind, len(data)) + data)


def _answer(sock: socket.socket, engine: Engine, request: dict[str, Any]) -> None:
    try:
        answer: Answer = engine.query(
            request["query"], default_graphs=request["default_graphs"], named_graphs=request["named_graphs"]
        )
    except QuerySyntaxError as error:
        return _send(sock, b"S", str(error).encode())
    kind = kind_of(answer)
    media_type = request["formats"].get(kind)
    if media_type is None:
        return _send(sock, b"N", kind.encode())
    _send(sock, b"M", media_type.encode())
    frames = _Frames(sock)
    write_answer(answer, media_type, frames, terms.PREFIXES)  # type: ignore[arg-type]
    frames.flush_frame()
    return _send(sock, b"E")


def _work(sock: socket.socket, engine: Engine, memory: int) -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    highest = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 4096)
    kept = sock.detach()
    if kept != 3:
        os.dup2(kept, 3)
    sock = socket.socket(fileno=3)
    os.closerange(4, highest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
    while True:
        try:
            request = json.loads(_receive(sock, _LENGTH.unpack(_receive(sock, _LENGTH.size))[0]))
        except EOFError:
            os._exit(0)
        try:
            _answer(sock, engine, request)
        except Exception as error:  # The parent logs it; the worker is used no further.
            _send(sock, b"F", f"{type(error).__name__}: {error}".encode()[:2000])
            os._exit(1)


def _zygote(descriptor: int, dataset: Path, memory: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    control = socket.socket(fileno=descriptor)
    engine = Engine.on_disk(dataset) if dataset.is_dir() else Engine.in_memory(dataset)
    engine.ask("ASK { ?s ?p ?o }")
    control.sendall(b"R")
    while True:
        message, ancillary, *_ = control.recvmsg(1, socket.CMSG_SPACE(4))
        if not message:
            os._exit(0)
        descriptors = array.array("i", ancillary[0][2][:4])
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            try:
                _work(socket.socket(fileno=descriptors[0]), engine, memory)
            finally:
                os._exit(1)
        os.close(descriptors[0])
        control.sendall(_PID.pack(pid))


# ---------------------------------------------------------------- in the server


@dataclass
class _Worker:
    pid: int
    socket: socket.socket


class Pool:
    """Some workers over one finished dataset. `dataset` is an N-Quads file (served from memory) or a store folder."""

    def __init__(self, dataset: Path, workers: int = 2, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        # Versions are named after the content (allegiance.build.write), so that equal answers have equal tags.
        self.version = dataset.resolve().parent.name
        ours, theirs = socket.socketpair()
        arguments = ["--descriptor", str(theirs.fileno()), "--memory", str(self.limits.memory), str(dataset)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "allegiance.pool", *arguments], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
        )
        theirs.close()
        self._control, self._lock = ours, threading.Lock()
        if not ours.recv(1):
            raise RuntimeError(f"the engine process did not start over {dataset}")
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(self._fork())

    def _fork(self) -> _Worker:
        ours, theirs = socket.socketpair()
        with self._lock:
            socket.send_fds(self._control, [b"F"], [theirs.fileno()])
            theirs.close()
            (pid,) = _PID.unpack(_receive(self._control, _PID.size))
        return _Worker(pid, ours)

    def _replace(self, worker: _Worker) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
        worker.socket.close()
        self._idle.put(self._fork())

    def run(self, request: Request) -> Generator[bytes, None, None]:
        """The media type of the answer, then its bytes in chunks; close the generator to give the query up.

        Raises QuerySyntaxError, NoAcceptableFormat, QueryTimeout, QueryTooLarge, WorkerLost or Busy; the last three
        can come after the first chunks.
        """
        try:
            worker = self._idle.get(timeout=self.limits.wait)
        except queue.Empty:
            raise Busy from None
        done = False
        try:
            yield from self._frames(worker, request)
            done = True
        except (QuerySyntaxError, NoAcceptableFormat):
            done = True
            raise
        except TimeoutError:
            raise QueryTimeout from None
        except (EOFError, ConnectionError):
            raise WorkerLost from None
        finally:
            if done:
                self._idle.put(worker)
            else:
                self._replace(worker)

    def _frames(self, worker: _Worker, request: Request) -> Generator[bytes, None, None]:
        """The media type, then the data, as the worker sends them; TimeoutError past the limit."""
        deadline = time.monotonic() + self.limits.seconds
        body = json.dumps(request.__dict__).encode()
        worker.socket.settimeout(self.limits.seconds)
        worker.socket.sendall(_LENGTH.pack(len(body)) + body)
        sent = 0
        while True:
            worker.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            kind, size = _HEADER.unpack(_receive(worker.socket, _HEADER.size))
            data = _receive(worker.socket, size) if size else b""
            if kind == b"E":
                return
            if kind == b"S":
                raise QuerySyntaxError(data.decode())
            if kind == b"N":
                raise NoAcceptableFormat(data.decode())
            if kind == b"F":
                raise RuntimeError(f"a worker failed: {data.decode(errors='replace')}")
            sent += size
            if sent > self.limits.answer:
                raise QueryTooLarge
            yield data

    def close(self) -> None:
        """End the workers and the process they were forked from."""
        self._control.close()
        while not self._idle.empty():
            worker = self._idle.get_nowait()
            worker.socket.close()
        self._process.terminate()
        self._process.wait(5)


def main() -> None:
    """Be the zygote of a pool; started by Pool only."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--descriptor", type=int, required=True)
    parser.add_argument("--memory", type=int, required=True)
    parser.add_argument("dataset", type=Path)
    arguments = parser.parse_args()
    _zygote(arguments.descriptor, arguments.dataset, arguments.memory)


if __name__ == "__main__":
    main()
