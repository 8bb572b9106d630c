"""Listen, announce, serve, reload, and stop without leaving anything behind."""

from __future__ import annotations

import errno
import logging
import signal
import sys
from typing import Any

import gevent
from gevent import socket
from werkzeug.middleware.proxy_fix import ProxyFix

from allegiance.errors import UsageError
from allegiance.web import logs
from allegiance.web.app import create_app
from allegiance.web.door import Door
from allegiance.web.server import Server
from allegiance.web.serving import Serving
from allegiance.web.settings import Settings
from allegiance.web.warm import keep_warm

log = logging.getLogger("allegiance")

_BACKLOG = 1024


def listen(host: str, port: int) -> Any:
    """A bound socket; UsageError with one sentence where the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind, protocol)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(_BACKLOG)
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


def run(sock: Any, settings: Settings) -> None:
    """Serve on a bound socket until SIGTERM or SIGINT; SIGHUP looks for a new version at once."""
    logs.begin(settings.log_level)
    served = Serving(settings)
    try:
        app = create_app(served)
        door: Any = Door(served, app)
        if settings.proxies:
            door = ProxyFix(door, x_for=settings.proxies, x_proto=1, x_host=1)
        server = Server(sock, door, settings)
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, server.finish)
        gevent.signal_handler(signal.SIGHUP, served.reload)
        gevent.spawn(served.watch)
        if settings.cache_bytes:
            gevent.spawn(keep_warm, app, served)
        host, port = sock.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        _announce(f"http://{shown}:{port}/")
        server.serve_forever()
    finally:
        served.close()
        logs.end()
