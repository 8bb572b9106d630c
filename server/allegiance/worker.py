"""The processes that evaluate queries, each boxed in before it reads one.

A parent process (the zygote) opens the dataset once and forks workers that share its pages, because the engine has no
time-out, cancellation or memory limit of its own, and no switch for SERVICE. A worker has

    RLIMIT_AS       memory above what the dataset takes; the allocator aborts the worker, not the server
    RLIMIT_NOFILE   no new descriptor: no socket, no file
    RLIMIT_FSIZE    no byte written to a file
    RLIMIT_CPU      no more processor time than a query may take, should the server be gone that would kill it
    PDEATHSIG       no orphans

Where another engine evaluates the queries (allegiance.remote) a worker may have a few descriptors to ask it, and none
while it reads the query itself.

Started by allegiance.pool only: python -m allegiance.worker.
"""

from __future__ import annotations

import argparse
import array
import ctypes
import io
import json
import math
import os
import resource
import signal
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from allegiance import terms
from allegiance.engine import Engine, QuerySyntaxError, kind_of, write_answer

HEADER = struct.Struct("!cI")
LENGTH = struct.Struct("!I")
PID = struct.Struct("!I")

# Kinds of frames a worker sends: media type, data, end; syntax error, kind without a format, failure, and failure of
# another engine.
MEDIA, DATA, END, SYNTAX, NO_FORMAT, FAILED, ELSEWHERE = b"M", b"D", b"E", b"S", b"N", b"F", b"X"
# What the zygote says when it is ready: all is well, the other engine does not answer, it holds another dataset.
READY, SILENT, OTHER = b"R", b"U", b"O"

FIRST = 1 << 13
"""Bytes of the first frame of an answer; a shorter one is the whole answer."""
_CHUNK = 1 << 16
_PR_SET_PDEATHSIG = 1


def receive(sock: socket.socket, size: int) -> bytes:
    """Exactly so many bytes; EOFError where the other side has closed."""
    buffer = bytearray()
    while len(buffer) < size:
        part = sock.recv(size - len(buffer))
        if not part:
            raise EOFError
        buffer += part
    return bytes(buffer)


def _request(sock: socket.socket) -> bytes:
    """What the server asks, which most often comes in one piece; it sends nothing more before it is answered."""
    data = sock.recv(_CHUNK)
    if len(data) < LENGTH.size:
        data += receive(sock, LENGTH.size - len(data))
    missing = LENGTH.size + LENGTH.unpack_from(data)[0] - len(data)
    return data[LENGTH.size :] + receive(sock, missing)


class _Frames(io.RawIOBase):
    """A file to serialise into. The first frame is small, so that a long answer begins soon; the rest are 64 KiB.

    What a short answer consists of goes out in one piece.
    """

    def __init__(self, sock: socket.socket, media_type: str) -> None:
        self._socket = sock
        self._pending = frame(MEDIA, media_type.encode())
        self._buffer = bytearray()
        self._size = FIRST

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._buffer += data
        if len(self._buffer) >= self._size:
            self._socket.sendall(self._pending + frame(DATA, bytes(self._buffer)))
            self._pending = b""
            self._buffer.clear()
            self._size = _CHUNK
        return len(data)

    def end(self) -> None:
        """Send what is left, and that it was all."""
        last = frame(DATA, bytes(self._buffer)) if self._buffer else b""
        self._socket.sendall(self._pending + last + frame(END))


def frame(kind: bytes, data: bytes = b"") -> bytes:
    """A frame: its kind, its length, its data."""
    return HEADER.pack(kind, len(data)) + data


class Evaluator(Protocol):
    """What a worker evaluates with, made before it is forked.

    `descriptors` is how many it may have open, `state` what the zygote says when it is ready. `begin` gives the kind
    of the answer and the answer, which may be evaluated further while it is written; QuerySyntaxError. `failure` is
    what the server is told of an exception from either, empty where the worker is to be used no further.
    """

    descriptors: int
    state: bytes

    def begin(self, request: dict[str, Any]) -> tuple[str, Any]: ...
    def failure(self, error: Exception) -> str: ...


class _Embedded:
    """Evaluates queries in this process, over a dataset that was opened before the fork."""

    descriptors = 0
    """What is open stays so (the socket, the files of a store on disk); nothing more can be opened."""

    def __init__(self, dataset: Path) -> None:
        # What a thread of its own allocates lies apart, and leaves the workers a heap that is not full of holes: half
        # the time of a look-up went into finding memory.
        with ThreadPoolExecutor(1) as thread:
            self._engine = thread.submit(Engine.on_disk if dataset.is_dir() else Engine.in_memory, dataset).result()
        self._engine.ask("ASK { ?s ?p ?o }")
        self.state = READY

    def failure(self, _error: Exception) -> str:
        """No failure is expected of it."""
        return ""

    def begin(self, request: dict[str, Any]) -> tuple[str, Any]:
        """The kind of the answer, and the answer."""
        answer = self._engine.query(
            request["query"], default_graphs=request["default_graphs"], named_graphs=request["named_graphs"]
        )
        return kind_of(answer), answer


def _answer(sock: socket.socket, engine: Evaluator, request: dict[str, Any]) -> None:
    try:
        kind, answer = engine.begin(request)
    except QuerySyntaxError as error:
        return sock.sendall(frame(SYNTAX, str(error).encode()))
    media_type = request["formats"].get(kind)
    if media_type is None:
        return sock.sendall(frame(NO_FORMAT, kind.encode()))
    frames = _Frames(sock, media_type)
    write_answer(answer, media_type, frames, terms.PREFIXES)  # type: ignore[arg-type]
    return frames.end()


def _box_in(memory: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _work(sock: socket.socket, engine: Evaluator, memory: int, seconds: float) -> None:
    _box_in(memory)
    sock.setblocking(True)
    resource.setrlimit(resource.RLIMIT_NOFILE, (engine.descriptors, engine.descriptors))
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    while True:
        try:
            request = json.loads(_request(sock))
        except EOFError:
            os._exit(0)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds) + 1, hard))
        try:
            _answer(sock, engine, request)
        except Exception as error:
            if told := engine.failure(error):
                sock.sendall(frame(ELSEWHERE, told.encode()))
                continue
            # The server logs it; the worker is used no further.
            sock.sendall(frame(FAILED, f"{type(error).__name__}: {error}".encode()[:2000]))
            os._exit(1)


def _zygote(descriptor: int, engine: Evaluator, memory: int, seconds: float) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    control = socket.socket(fileno=descriptor)
    control.setblocking(True)
    control.sendall(engine.state)
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
                _work(socket.socket(fileno=descriptors[0]), engine, memory, seconds)
            finally:
                os._exit(1)
        os.close(descriptors[0])
        control.sendall(PID.pack(pid))


def main() -> None:
    """Be the zygote of a pool."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--descriptor", type=int, required=True)
    parser.add_argument("--memory", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--remote", type=json.loads)
    parser.add_argument("dataset", type=Path)
    given = parser.parse_args()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    engine: Evaluator
    if given.remote is None:
        engine = _Embedded(given.dataset)
    else:
        from allegiance.elsewhere import Elsewhere  # noqa: PLC0415 - an HTTP client takes a while to load

        engine = Elsewhere(given.remote, given.dataset, given.seconds)
    _zygote(given.descriptor, engine, given.memory, given.seconds)


if __name__ == "__main__":
    main()
