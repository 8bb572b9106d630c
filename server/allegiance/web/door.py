"""Where every request comes in: to the endpoint or to Flask, with the headers, coding, count and log line of each."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from flask import Flask

from allegiance.web import encodings, logs, sparql
from allegiance.web.protocol import Environ
from allegiance.web.replies import STATUS_LINES, HttpError, Reply, failure, sentence
from allegiance.web.serving import Serving

log = logging.getLogger("allegiance")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Link, Location, Retry-After, X-Request-ID"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]
_PREFLIGHT = [
    ("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, If-Match, If-None-Match, X-Request-ID"),
    ("Access-Control-Max-Age", "86400"),
]
_WRITABLE = ("/graphs",)
_names = random.Random()  # noqa: S311 - a name in the log, which protects nothing
StartResponse = Callable[..., Any]


class Door:
    """The WSGI application."""

    def __init__(self, served: Serving, flask: Flask) -> None:
        self._served, self._flask = served, flask

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        began = time.perf_counter()
        name = f"{_names.getrandbits(64):016x}"
        environ["allegiance.request_id"] = name
        route, reply = self._reply(environ, name)
        _varies(reply)
        headers = reply.headers + HEADERS
        headers.append(("X-Request-ID", name))
        if reply.header("Content-Security-Policy") is None:
            headers.append(("Content-Security-Policy", POLICY))
        body = reply.body
        whole = isinstance(body, list | tuple)
        size = sum(map(len, body)) if whole else 0
        if whole and reply.status not in (204, 304):
            headers.append(("Content-Length", str(size)))
        start_response(STATUS_LINES.get(reply.status, f"{reply.status} Refused"), headers)
        noted = _Noted(self._served, environ, route, reply.status, began)
        if environ["REQUEST_METHOD"] == "HEAD":
            _close(body)
            noted.done(0)
            return ()
        return _Whole(body, noted, size) if whole else noted.through(body)

    def _reply(self, environ: Environ, name: str) -> tuple[str, Reply]:
        route = "other"
        try:
            limiter = self._served.limiter
            if limiter is not None:
                limiter.admit(environ.get("REMOTE_ADDR", ""))
            if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
                return "preflight", _preflight(environ["PATH_INFO"])
            if environ["PATH_INFO"] == sparql.PATH:
                route = "sparql"
                found = sparql.answer(self._served, environ)
                if found is not None:
                    return route, found
            return self._from_flask(environ)
        except HttpError as error:
            return route, failure(error)
        except Exception as error:
            log.error("request failed", extra={"id": name}, exc_info=error)
            return route, sentence(500, f"Something failed here, not with you; the log has it under {name}.")

    def _from_flask(self, environ: Environ) -> tuple[str, Reply]:
        made: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> Callable[[bytes], None]:
            made[:] = [int(status.split(" ", 1)[0]), headers]
            return _no_write

        # What HEAD is told is what GET is told (RFC 9110 §9.3.2); the body is dropped at the door.
        asked = {**environ, "REQUEST_METHOD": "GET"} if environ["REQUEST_METHOD"] == "HEAD" else dict(environ)
        # Flask does not know that a tag of its own was given out with the coding in it.
        given = environ.get("HTTP_IF_NONE_MATCH")
        coding = encodings.choose(environ.get("HTTP_ACCEPT_ENCODING"))
        if given is not None and coding.name:
            asked["HTTP_IF_NONE_MATCH"] = f"{given}, {given.replace(f'-{coding.tag}', '')}"
        body = self._flask(asked, start)
        status, headers = made
        reply = Reply(status, [field for field in headers if field[0] != "Content-Length"], body)
        if len(reply.headers) < len(headers):
            try:
                reply.body = [b"".join(body)]
            finally:
                _close(body)
        _encode(reply, coding)
        if given is not None and reply.status == 304:
            _retag(reply, f"-{coding.tag}", given)
        return asked.get("allegiance.route", "other"), reply


class _Noted:
    """Counts and logs a request when its answer has ended."""

    def __init__(self, served: Serving, environ: Environ, route: str, status: int, began: float) -> None:
        self._served, self._environ = served, environ
        self._route, self._status, self._began = route, status, began

    def done(self, size: int, fault: str = "") -> None:
        """The answer has ended, so many bytes long."""
        environ, seconds = self._environ, time.perf_counter() - self._began
        method = environ["REQUEST_METHOD"]
        known = method if method in _METHODS else "other"
        self._served.metrics.request(self._route, known, self._status, seconds)
        if logs.requests_shown():
            fields: dict[str, object] = {
                "id": environ["allegiance.request_id"],
                "method": known,
                "route": self._route,
                "path": environ["PATH_INFO"][:200],
                "status": self._status,
                "milliseconds": round(seconds * 1000, 2),
                "bytes": size,
            }
            if fault:
                fields["broken_off"] = fault
            if self._served.settings.log_queries:
                fields["query_string"] = environ.get("QUERY_STRING", "")[:4000]
            logs.request(fields)

    def through(self, body: Iterable[bytes]) -> Iterator[bytes]:
        """Hand a body on; what fails in it breaks the connection off."""
        size, fault = 0, "left"
        try:
            for chunk in body:
                size += len(chunk)
                yield chunk
            fault = ""
        except Exception as error:
            fault = type(error).__name__
            raise
        finally:
            _close(body)
            self.done(size, fault)


class _Whole:
    """A whole body, noted when it has been sent: the client need not wait for that."""

    def __init__(self, body: Iterable[bytes], noted: _Noted, size: int) -> None:
        self._body, self._noted, self._size = body, noted, size

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        """What the server calls at the end."""
        self._noted.done(self._size)


_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")


def _no_write(_data: bytes) -> None:
    raise RuntimeError("nothing here uses WSGI's write()")


def _close(body: Iterable[bytes]) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()


def _preflight(path: str) -> Reply:
    methods = "GET, HEAD, OPTIONS, POST" + (", PUT, DELETE, PATCH" if path in _WRITABLE else "")
    return Reply(
        204, [("Access-Control-Allow-Methods", methods), ("Vary", "Access-Control-Request-Method"), *_PREFLIGHT]
    )


def _varies(reply: Reply) -> None:
    """Name in Vary what the reply was chosen by: everything by its coding, a refusal of formats by Accept too."""
    given = reply.header("Vary") or ""
    wanted = _vary(given, reply.status == 406)
    if wanted != given:
        reply.headers = [field for field in reply.headers if field[0] != "Vary"]
        reply.headers.append(("Vary", wanted))


@lru_cache(maxsize=64)
def _vary(given: str, by_accept: bool) -> str:
    known = [name.strip() for name in given.split(",") if name.strip()]
    lowered = {name.lower() for name in known}
    wanted = ["Accept", "Accept-Encoding"] if by_accept else ["Accept-Encoding"]
    missing = [name for name in wanted if name.lower() not in lowered]
    return ", ".join([*known, *missing]) if missing else given


def _retag(reply: Reply, suffix: str, given: str) -> None:
    """Name in a 304 the tag that the client has, which is that of the coded body."""
    etag = reply.header("ETag")
    if etag is not None and f'{etag[:-1]}{suffix}"' in given:
        reply.headers = [field for field in reply.headers if field[0] != "ETag"]
        reply.headers.append(("ETag", f'{etag[:-1]}{suffix}"'))


def _encode(reply: Reply, coding: encodings.Coding) -> None:
    """Put what Flask made into a coding the client takes, with a tag of its own."""
    whole = reply.body if isinstance(reply.body, list) else None
    if reply.header("Content-Encoding") or whole is None or not encodings.codable(reply.header("Content-Type")):
        return
    if reply.status in (204, 304) or not coding.suits(len(whole[0])):
        return
    etag = reply.header("ETag")
    if etag is not None:
        reply.headers = [field for field in reply.headers if field[0] != "ETag"]
        reply.headers.append(("ETag", f'{etag[:-1]}-{coding.tag}"'))
    reply.headers.append(("Content-Encoding", coding.name))
    reply.body = [encodings.whole(whole[0], coding.name)]
