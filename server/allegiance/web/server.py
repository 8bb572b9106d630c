"""HTTP/1.1 by gevent's WSGI server, with bounds on what a client may take: time, connections, size of a request.

A greenlet a connection: a thousand slow clients cost memory and nothing else. Chosen by measurement
(benchmarks/wsgi.py). What is refused as a request follows RFC 9112: a server must not guess.
"""

from __future__ import annotations

import contextlib
import logging
import re
import struct
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from email.utils import formatdate
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

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
_END = b"\r\n\r\n"
_LATE = "The request took too long to arrive."
_CLOSE = {"Connection": "close"}
_LINGER_SECONDS = 2.0
_RESET = struct.pack("ii", 1, 0)
_LONG_NAME = 64
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REQUEST_LINE = re.compile(
    r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (/[!-~\x80-\xff]*|https?://[!-~\x80-\xff]*|\*) (HTTP/1\.[01])\r?\n"
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

    def __init__(self, file: Any) -> None:
        self._fields: dict[str, str] = {}
        size = count = 0
        while (line := file.readline(_HEADER_BYTES + 1)) not in (b"\r\n", b"\n"):
            size += len(line)
            count += 1
            if size > _HEADER_BYTES or count > _HEADERS:
                raise _Refused(
                    431, f"There are more than {_HEADERS} header fields or {_HEADER_BYTES >> 10} KiB of them."
                )
            name, colon, value = line.decode("latin-1").partition(":")
            value = value.strip(" \t\r\n")
            key = _key(name) if len(name) <= _LONG_NAME else _key.__wrapped__(name)
            if not line.endswith(b"\n") or not colon or not key or _CONTROL.search(value):
                raise _Refused(400, "A header field is malformed: write it as “Name: value”.")
            if key not in self._fields:
                self._fields[key] = value
            elif key in ("CONTENT_LENGTH", "TRANSFER_ENCODING", "HOST"):
                raise _Refused(400, f"The header field {name.lower()} stands twice: send it once.")
            elif key == "CONTENT_TYPE":
                self._fields[key] = value
            else:
                self._fields[key] += ("; " if key == "COOKIE" else ",") + value
        self._check_framing()

    def _check_framing(self) -> None:
        length, coding = self._fields.get("CONTENT_LENGTH"), self._fields.get("TRANSFER_ENCODING")
        if length is not None and (coding is not None or not re.fullmatch(r"[0-9]{1,15}", length)):
            raise _Refused(400, "The length of the body is not clear: send one Content-Length or a chunked body.")
        if coding is not None and coding.lower() != "chunked":
            raise _Refused(501, "The transfer coding is not known here: send a chunked body or a Content-Length.")

    def get(self, key: str, default: str = "") -> str:
        """The value of a field, by its name as an environment has it: in capitals, with underscores."""
        return self._fields.get(key, default)

    def __contains__(self, key: str) -> bool:
        return key in self._fields

    def variables(self) -> Iterator[tuple[str, str]]:
        """The fields as a WSGI environment has them."""
        for key, value in self._fields.items():
            if "-" not in key:
                yield (key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"), value


@lru_cache(maxsize=256)
def _key(name: str) -> str:
    """A field's name as an environment has it; with a hyphen where it must not get there, and empty where it is none.

    A name with an underscore would pass for the one with a hyphen, which is what proxies check.
    """
    if not _TOKEN.fullmatch(name):
        return ""
    return f"-{name.upper()}" if "_" in name else name.upper().replace("-", "_")


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
        self.left = self.chunked_input or bool(self.content_length)
        if not self.left:
            return
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
    headers: _Headers
    _at_hand = False
    _head = b""

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
        # The first piece comes within the socket's time, and mostly it is the whole head, which needs no clock.
        self._at_hand = _END in self.rfile.peek(1)
        if self._at_hand:
            return str(self.rfile.readline(LONGEST_LINE), "latin-1")
        with gevent.Timeout(self.server.settings.client_seconds, TimeoutError()):
            return str(self.rfile.readline(LONGEST_LINE), "latin-1")

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
        match = _REQUEST_LINE.fullmatch(raw_requestline)
        if match is None:
            raise _Refused(400, "This is not a request line of HTTP/1.1.")
        self.command, self.path, self.request_version = match.groups()
        if self._at_hand:
            self.headers = _Headers(self.rfile)
        else:
            with gevent.Timeout(self.server.settings.client_seconds, _Refused(408, _LATE)):
                self.headers = _Headers(self.rfile)
        given, host = self.headers.get("CONTENT_LENGTH"), self.headers.get("HOST")
        self.content_length = int(given) if given else None
        if self.content_length and self.command == "HEAD":
            raise _Refused(400, "A request by HEAD has no body: send it without.")
        if ("HOST" not in self.headers and self.request_version == "HTTP/1.1") or not _HOST.fullmatch(host):
            raise _Refused(400, "The header field Host is missing or no host: send the name the service is asked at.")
        connection = self.headers.get("CONNECTION").lower()
        self.close_connection = connection == "close" or (
            self.request_version == "HTTP/1.0" and connection != "keep-alive"
        )
        if not self.path.startswith(("/", "*")):
            self.path = "/" + "/".join(self.path.split("/")[3:])
        return True

    def get_environ(self) -> dict[str, Any]:
        """The WSGI environment, with the connection in it."""
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = self.server.get_environ()
        environ.update(self.headers.variables())
        expects = self.headers.get("EXPECT") == "100-continue"
        chunked = bool(self.headers.get("TRANSFER_ENCODING"))
        self.wsgi_input = _Body(self.rfile, self.content_length, self.socket if expects else None, chunked)
        self.wsgi_input.seconds = self.server.settings.client_seconds
        environ |= {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1") if "%" in path else path,
            "QUERY_STRING": query,
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": str(self.client_address[0]),
            "REMOTE_PORT": str(self.client_address[1]),
            "wsgi.input": self.wsgi_input,
            "wsgi.input_terminated": True,
            CONNECTION: self.socket,
        }
        return environ

    def start_response(self, status: str, headers: Sequence[tuple[str, str]], exc_info: Any = None) -> Any:
        """Make the head of the answer; ValueError where a header would be two."""
        if exc_info and self.headers_sent:
            raise exc_info[1]
        given = {name.lower(): value for name, value in headers}
        lines = [f"{name}: {value}\r\n" for name, value in headers]
        lines.append(f"Date: {_date(int(time.time()))}\r\n")
        self.status, self.code = status.encode("latin-1"), int(status[:3])
        old, endless = self.request_version == "HTTP/1.0", self.code not in (204, 304) and "content-length" not in given
        # The end of an answer without a length is told by the last chunk, or to an older client by the connection's.
        self.response_use_chunked = endless and not old and self.command != "HEAD"
        if endless and not old:
            lines.append("Transfer-Encoding: chunked\r\n")
        self.close_connection |= given.get("connection") == "close" or (endless and old)
        if old and "connection" not in given:
            lines.append(f"Connection: {'close' if self.close_connection else 'keep-alive'}\r\n")
        head = f"HTTP/1.1 {status}\r\n{''.join(lines)}\r\n"
        if not head.count("\n") == head.count("\r") == len(lines) + 2:
            raise ValueError(f"a header of an answer has a line break: {headers!r}")
        self._head = head.encode("latin-1")
        return self.write

    def _write_with_headers(self, data: bytes) -> None:
        """Send the head and the first piece of the body in one go."""
        self.headers_sent = True
        if data and self.response_use_chunked:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        self._sendall(self._head + data)

    def _sendall(self, data: bytes) -> None:
        """Send some bytes; what the connection takes at once, which is most often all, goes out in one call."""
        sent = self.socket.send(data)
        if sent < len(data):
            self.socket.sendall(memoryview(data)[sent:])
        self.response_length += len(data)

    def log_request(self) -> None:
        """Say nothing: allegiance.web.door does."""

    def _handle_client_error(self, ex: Exception) -> tuple[str, bytes]:
        if isinstance(ex, _Refused):
            return str(ex.status), _refusal(ex.status, ex.sentence)
        if isinstance(ex, TimeoutError):
            return "408", _refusal(408, _LATE)
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


@lru_cache(maxsize=1)
def _date(now: int) -> str:
    return formatdate(now, usegmt=True)


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
