"""Listen, announce, serve, and stop without leaving anything behind."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

import waitress

from allegiance.errors import UsageError
from allegiance.pool import Limits, Pool
from allegiance.web.app import create_app

THREADS = 8


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; UsageError with one sentence where the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind, protocol)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(128)
    except OSError as error:
        reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be listened on ({error.strerror})"
        raise UsageError(f"{host}:{port} {reason}; choose another with --port or --host.") from None
    return sock


def _announce(address: str) -> None:
    print(
        f"Allegiance answers at {address}\n"
        "Three things to try:\n"
        f"  open {address} in a browser\n"
        f"  curl -H 'Accept: text/csv' --data-urlencode query@queries/pledges.rq {address}sparql\n"
        f"  curl '{address}queries/leaders?group=khilafat-afghan&format=csv'",
        file=sys.stderr,
        flush=True,
    )


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def run(sock: socket.socket, dataset: Path, workers: int, limits: Limits) -> None:
    """Serve a dataset on a bound socket until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    pool = Pool(dataset.resolve(), workers, limits)
    try:
        server = waitress.create_server(
            create_app(pool), sockets=[sock], threads=THREADS, ident=None, clear_untrusted_proxy_headers=True
        )
        host, port = sock.getsockname()[:2]
        _announce(f"http://{host}:{port}/")
        server.run()
    finally:
        pool.close()
