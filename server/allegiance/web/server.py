"""HTTP/1.1 by gevent's WSGI server, with bounds on what a client may take: time, connections, size of a request.

A greenlet a connection: a thousand slow clients cost memory and nothing else. Chosen by measurement
(benchmarks/wsgi.py). What is refused as a request follows RFC 9112: a server must not guess.
"""

from __future__ import annotations

import contextlib
import logging
import re
import struct
from collections import Counter
from collections.abc import Iterator
from typing import Any

import gevent
from gevent import pywsgi, socket
from gevent.pool import Pool as Greenlets

from allegiance.pool import ClientGone, QueryTimeout, QueryTooLarge, WorkerLost
from allegiance.web.answers import CONNECTION
from allegiance.web.door import HEADERS, Door
from allegiance.web.replies import STATUS_LINES, HttpError
from allegiance.web.settings import Settings

log = logging.getLogger("allegiance")

LONGEST_LINE = 1 << 18
"""Bytes of a request line: a query in an address of twice the length a query may have."""
_HEADERS, _HEADER_BYTES = 100, 1 << 16
_UNREAD = 1 << 16
"""Bytes of a body that are read and thrown away, so that the connection can go on; with more left it is closed."""
_PIECE = 1 << 14
_CLOSE = {"Connection": "close"}
_LINGER_SECONDS = 2.0
_RESET = struct.pack("ii", 1, 0)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REQUEST_LINE = re.compile(
    r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (/[!-~\x80-\xff]*|https?://[!-~\x80-\xff]*|\*) HTTP/1\.[01]\r?\n"
)
_FIXED = "".join(f"{name}: {value}\r\n" for name, value in HEADERS)
_HOST = re.compile(r"[0-9A-Za-z._~!$&'()*+,;=%-]*(:[0-9]*)?|\[[0-9A-Fa-f:.]+\](:[0-9]*)?")
_BROKEN_OFF = (QueryTimeout, QueryTooLarge, WorkerLost, ClientGone)

pywsgi.MAX_REQUEST_LINE = LONGEST_LINE


class _Refused(Exception):
    """A request that is not answered by the application: status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class _Headers:
    """The header fields of a request, read strictly: no folding, no space before a colon, none twice that frames."""

    status = ""

    def __init__(self, file: Any) -> None:
        self._fields: dict[str, str] = {}
        self.headers: list[str] = []
        size = 0
        while (line := file.readline(_HEADER_BYTES + 1)) not in (b"\r\n", b"\n"):
            size += len(line)
            if size > _HEADER_BYTES or len(self.headers) >= _HEADERS:
                raise _Refused(
                    431, f"There are more than {_HEADERS} header fields or {_HEADER_BYTES >> 10} KiB of them."
                )
            name, colon, value = line.decode("latin-1").partition(":")
            value = value.strip(" \t\r\n")
            if not line.endswith(b"\n") or not colon or not _TOKEN.fullmatch(name) or _control(value):
                raise _Refused(400, "A header field is malformed: write it as “Name: value”.")
            key = name.lower()
            if key in self._fields and key in ("content-length", "transfer-encoding", "host"):
                raise _Refused(400, f"The header field {key} stands twice: send it once.")
            self._fields[key] = value
            self.headers.append(f"{name}: {value}")
        self._check_framing()

    def _check_framing(self) -> None:
        length, coding = self._fields.get("content-length"), self._fields.get("transfer-encoding")
        if length is not None and (coding is not None or not re.fullmatch(r"[0-9]{1,15}", length)):
            raise _Refused(400, "The length of the body is not clear: send one Content-Length or a chunked body.")
        if coding is not None and coding.lower() != "chunked":
            raise _Refused(501, "The transfer coding is not known here: send a chunked body or a Content-Length.")

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a field."""
        return self._fields.get(name.lower(), default)

    getheader = get

    @property
    def typeheader(self) -> str | None:
        """The media type of the body."""
        return self._fields.get("content-type")

    def __delitem__(self, name: str) -> None:
        del self._fields[name.lower()]


def _control(value: str) -> bool:
    return any((character < " " and character != "\t") or character == "\x7f" for character in value)


class _Body(pywsgi.Input):  # type: ignore[misc]
    """The body of a request, of which a long rest is left unread."""

    __slots__ = ("left", "seconds")

    def read(self, length: int | None = None) -> bytes:
        """Some of the body; HttpError where it is malformed, ends too soon, or comes more slowly than it may."""
        pieces: list[bytes] = []
        wanted = -1 if length is None or length < 0 else length
        try:
            while wanted:
                size = _PIECE if wanted < 0 else min(wanted, _PIECE)
                # Each piece has its time: a long body may take long, and a dribble may not.
                with gevent.Timeout(self.seconds, TimeoutError()):
                    piece = super().read(size)
                pieces.append(piece)
                if len(piece) < size:
                    break
                wanted = max(wanted - size, 0) if wanted > 0 else wanted
        except TimeoutError:
            raise HttpError(408, "The body took too long to arrive.", _CLOSE) from None
        except (OSError, ValueError, IndexError):
            raise HttpError(400, "The body is malformed, or ends before its length: send the whole.", _CLOSE) from None
        return b"".join(pieces)

    def _discard(self) -> None:
        """Throw a short rest away; say that something is left where there is more, or where the end is not known."""
        self.left = True
        if self.chunked_input:
            with contextlib.suppress(HttpError):
                self.left = self._chunked_input_error or len(self.read(_UNREAD)) == _UNREAD
        elif (self.content_length or 0) - self.position <= _UNREAD:
            with contextlib.suppress(HttpError):
                super()._discard()
                self.left = False


class Handler(pywsgi.WSGIHandler):  # type: ignore[misc]
    """One connection."""

    busy = False
    wsgi_input: Any
    path: str
    MessageClass = staticmethod(lambda file, _seekable: _Headers(file))

    def handle(self) -> None:
        """Answer requests until one side has had enough."""
        self.socket.settimeout(self.server.settings.client_seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.server.counted(self), contextlib.suppress(OSError):
            super().handle()

    def handle_one_request(self) -> Any:
        """Wait for a request, not too long, and answer it."""
        self.busy = False
        if self.server.stopping:
            return None
        found = super().handle_one_request()
        if getattr(self.wsgi_input, "left", False):
            # What is left unread is the rest of a body, and must not be taken for the next request.
            self._linger()
            return None
        if isinstance(found, tuple) and found[0] == "414":
            return "414", _refusal(414, f"The address is longer than {LONGEST_LINE >> 10} KiB: send the query by POST.")
        return found

    def read_requestline(self) -> str:
        """The request line; TimeoutError where it does not come, or not to its end."""
        with gevent.Timeout(self.server.settings.client_seconds, TimeoutError()):
            line: str = super().read_requestline()
        return line

    def _linger(self) -> None:
        """Let the client read the answer before the connection goes away under what it still sends."""
        with gevent.Timeout(_LINGER_SECONDS, False):
            try:
                self.socket.shutdown(socket.SHUT_WR)
                while self.socket.recv(1 << 16):
                    pass
            except OSError:
                pass

    def read_request(self, raw_requestline: str) -> bool:
        """Parse the request; _Refused where it is none."""
        self.busy = True
        if not _REQUEST_LINE.fullmatch(raw_requestline):
            raise _Refused(400, "This is not a request line of HTTP/1.1.")
        with gevent.Timeout(self.server.settings.client_seconds, _Refused(408, "The request took too long to arrive.")):
            known = bool(super().read_request(raw_requestline))
        host = self.headers.get("host")
        if (host is None and self.request_version == "HTTP/1.1") or not _HOST.fullmatch(host or ""):
            raise _Refused(400, "The header field Host is missing or no host: send the name the service is asked at.")
        if not self.path.startswith(("/", "*")):
            self.path = "/" + "/".join(self.path.split("/")[3:])
        return known

    def get_environ(self) -> dict[str, Any]:
        """The WSGI environment, with the connection in it."""
        environ: dict[str, Any] = super().get_environ()
        given = self.wsgi_input
        self.wsgi_input = _Body(given.rfile, given.content_length, given.socket, given.chunked_input)
        self.wsgi_input.seconds = self.server.settings.client_seconds
        environ["wsgi.input"] = self.wsgi_input
        environ[CONNECTION] = self.socket
        return environ

    def finalize_headers(self) -> None:
        """Frame the answer; one to HEAD says how, and has none."""
        super().finalize_headers()
        if self.command == "HEAD":
            self.response_use_chunked = False

    def _write_with_headers(self, data: bytes) -> None:
        """Send the head and the first piece of the body in one go."""
        self.headers_sent = True
        self.finalize_headers()
        lines = [b"%b: %b\r\n" % field for field in self.response_headers]
        head = b"HTTP/1.1 %b\r\n%b\r\n" % (self.status, b"".join(lines))
        if data and self.response_use_chunked:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        self._sendall(head + data)

    def log_request(self) -> None:
        """Say nothing: allegiance.web.door does."""

    def _handle_client_error(self, ex: Exception) -> tuple[str, bytes]:
        if isinstance(ex, _Refused):
            return str(ex.status), _refusal(ex.status, ex.sentence)
        if isinstance(ex, TimeoutError):
            return "408", _refusal(408, "The request took too long to arrive.")
        return "400", _refusal(400, "This is not a request that can be read.")

    def handle_error(self, t: type[BaseException], v: BaseException, tb: Any) -> None:
        """An answer that fails after it has begun is broken off, so that nobody takes it for whole."""
        expected = issubclass(t, (*_BROKEN_OFF, TimeoutError, OSError, gevent.GreenletExit))
        if not expected:
            log.error("an answer failed", exc_info=(t, v, tb))
        self.close_connection = True
        if self.headers_sent:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        elif not expected:
            self._send_error_response_if_possible(500)


def _refusal(status: int, sentence: str) -> bytes:
    body = f"{sentence}\n".encode()
    head = (
        f"HTTP/1.1 {STATUS_LINES[status]}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n{_FIXED}Connection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body


class Server(pywsgi.WSGIServer):  # type: ignore[misc]
    """Accepts connections on a bound socket, so many at a time, and of one address no more than half."""

    handler_class = Handler

    def __init__(self, listener: Any, application: Door, settings: Settings) -> None:
        super().__init__(listener, application, spawn=Greenlets(settings.connections), log=None, error_log=None)
        self.settings = settings
        self.stopping = False
        self.handlers: set[Handler] = set()
        self._addresses: Counter[str] = Counter()

    def handle(self, sock: Any, address: Any) -> None:
        """Serve a connection, unless its address has too many already."""
        host = str(address[0])
        share = self.settings.connections if self.settings.proxies else max(self.settings.connections // 2, 1)
        if self._addresses[host] >= share:
            sock.sendall(_refusal(503, "This address has too many connections: close some."))
            sock.close()
            return
        self._addresses[host] += 1
        try:
            super().handle(sock, address)
        finally:
            self._addresses[host] -= 1
            if not self._addresses[host]:
                del self._addresses[host]

    @contextlib.contextmanager
    def counted(self, handler: Handler) -> Iterator[None]:
        """Keep a handler among those that a stop has to wait for."""
        self.handlers.add(handler)
        try:
            yield
        finally:
            self.handlers.discard(handler)

    def finish(self) -> None:
        """Accept no more, let what is under way end within a time, and stop."""
        self.stopping = True
        self.stop_accepting()
        self.socket.close()
        for handler in list(self.handlers):
            if not handler.busy:
                with contextlib.suppress(OSError):
                    handler.socket.shutdown(socket.SHUT_RD)
        self.pool.join(self.settings.stop_seconds)
        self.stop(0)
