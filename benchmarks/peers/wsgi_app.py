"""A small WSGI application whose look-ups go through worker processes, under the server that WSGI_SERVER names.

    WSGI_SERVER=gevent WSGI_DATASET=build/dataset.nq python benchmarks/peers/wsgi_app.py 8000

/lookup?query=… evaluates a query; /watch waits for the client to leave, as far as the server lets an application know,
and /seen says whether it was noticed; /broken fails after some of its answer has been sent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

from allegiance.worker import DATA, END, HEADER, LENGTH, MEDIA, PID, receive

SERVER = os.environ["WSGI_SERVER"]
WORKERS = 2
_WATCH_SECONDS = 3.0

if SERVER == "gevent":
    from gevent import select, sleep, socket
    from gevent.queue import Queue
else:
    import select
    import socket
    from queue import Queue
    from time import sleep

Environ = dict[str, Any]


class Workers:
    """Worker processes of allegiance.worker; a look-up takes one and gives it back."""

    def __init__(self) -> None:
        control, theirs = socket.socketpair()
        arguments = ["--descriptor", str(theirs.fileno()), "--memory", str(512 << 20), "--seconds", "10"]
        subprocess.Popen(
            [sys.executable, "-m", "allegiance.worker", *arguments, os.environ["WSGI_DATASET"]],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        receive(control, 1)
        self._control = control
        self._idle: Any = Queue()
        for _ in range(WORKERS):
            ours, theirs = socket.socketpair()
            socket.send_fds(control, [b"F"], [theirs.fileno()])
            receive(control, PID.size)
            theirs.close()
            self._idle.put(ours)

    def ask(self, query: str) -> bytes:
        """The answer to a SELECT or ASK as JSON."""
        worker = self._idle.get()
        json_results = "application/sparql-results+json"
        request = {"query": query, "formats": {"solutions": json_results, "boolean": json_results}}
        body = json.dumps(request | {"default_graphs": [], "named_graphs": []}).encode()
        worker.sendall(LENGTH.pack(len(body)) + body)
        answer = b""
        buffer = bytearray()
        while True:
            buffer += worker.recv(1 << 17)
            while len(buffer) >= HEADER.size:
                kind, size = HEADER.unpack_from(buffer)
                end = HEADER.size + size
                if len(buffer) < end:
                    break
                if kind == DATA:
                    answer += buffer[HEADER.size : end]
                del buffer[:end]
                if kind == END:
                    self._idle.put(worker)
                    return answer
                if kind not in (DATA, MEDIA):
                    raise RuntimeError(kind)


_lock = threading.Lock()
_workers: Workers | None = None
_noticed = False


def workers() -> Workers:
    """The workers of this process, started when they are first needed, which is after a server has forked."""
    global _workers  # noqa: PLW0603 - one a process, whatever server loads this module
    with _lock:
        if _workers is None:
            _workers = Workers()
        return _workers


def _has_left(environ: Environ) -> bool:
    """Whether the client has left, by whatever the server offers to find out; False where it offers nothing."""
    if "waitress.client_disconnected" in environ:
        return bool(environ["waitress.client_disconnected"]())
    connection = environ.get("gunicorn.socket") or environ.get("benchmark.socket")
    if connection is None or not select.select([connection], [], [], 0)[0]:
        return False
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


def _watch(environ: Environ) -> None:
    global _noticed  # noqa: PLW0603
    _noticed = False
    end = time.monotonic() + _WATCH_SECONDS
    while not _noticed and time.monotonic() < end:
        sleep(0.05)
        _noticed = _has_left(environ)


def _broken() -> Iterator[bytes]:
    yield b"x" * (1 << 16)
    sleep(0.1)
    raise RuntimeError("broken off on purpose")


def application(environ: Environ, start_response: Callable[..., Any]) -> Any:
    """The application."""
    path = environ["PATH_INFO"]
    if path == "/broken":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return _broken()
    if path == "/lookup":
        body = workers().ask(parse_qs(environ["QUERY_STRING"])["query"][0])
    elif path == "/watch":
        _watch(environ)
        body = b"done"
    else:
        body = str(_noticed).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def main() -> None:
    """Serve under gevent, which brings no command of its own."""
    from gevent.pywsgi import WSGIHandler, WSGIServer  # noqa: PLC0415

    class Handler(WSGIHandler):  # type: ignore[misc]
        """One connection, which the application gets to see."""

        def handle(self) -> None:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            super().handle()

        def get_environ(self) -> Environ:
            return {**super().get_environ(), "benchmark.socket": self.socket}

    address = ("127.0.0.1", int(sys.argv[1]))
    WSGIServer(address, application, handler_class=Handler, log=None, error_log=None).serve_forever()


if __name__ == "__main__":
    main()
