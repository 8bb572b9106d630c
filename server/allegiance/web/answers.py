"""From a query to a reply: from the cache, or evaluated by the pool and streamed; every failure with its status."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator

from flask import Response, current_app, request

from allegiance import __version__
from allegiance.admission import QueueFull, TooManyWaiting, WaitedTooLong
from allegiance.engine import QuerySyntaxError
from allegiance.guard import QueryRefused, refuse_unsafe
from allegiance.pool import (
    ClientGone,
    EngineBroken,
    EngineFailed,
    EngineRefused,
    EngineUnavailable,
    NoAcceptableFormat,
    QueryTimeout,
    QueryTooLarge,
    Request,
    WorkerLost,
)
from allegiance.web import encodings
from allegiance.web.cache import Headers
from allegiance.web.protocol import CHARSET, OFFERED, Asked, Environ, not_acceptable
from allegiance.web.replies import HttpError, Reply
from allegiance.web.serving import Serving
from allegiance.web.spool import Spool
from allegiance.worker import FIRST

CONNECTION = "allegiance.connection"
"""Where the WSGI environment has the client's socket, to notice that the client has left."""
PAGE_BYTES = 4 << 20
"""An answer that a page shows may be no larger."""
_RETRY = {"Retry-After": "5"}


def serving() -> Serving:
    """What the application of the present request serves."""
    found = current_app.extensions["allegiance"]
    assert isinstance(found, Serving)
    return found


def _refusal(served: Serving, error: Exception) -> HttpError:
    """The status and sentence of a query that was given up."""
    limits = served.settings.limits
    found: tuple[int, str, dict[str, str] | None]
    match error:
        case QuerySyntaxError() | QueryRefused():
            return HttpError(400, str(error))
        case NoAcceptableFormat():
            return not_acceptable(error.kind)
        case QueryTimeout():
            why = ", which is what your other queries leave it" if error.brief else ""
            found = 503, f"The query took longer than {error.seconds:g} seconds{why}: narrow it or ask for less.", None
        case QueryTooLarge():
            found = 413, f"The answer is larger than {limits.answer >> 20} MiB: add a LIMIT or narrow the query.", None
        case WorkerLost():
            found = 507, f"The query needs more than {limits.memory >> 20} MiB of memory: narrow it.", None
        case EngineUnavailable():
            found = 503, str(error), _RETRY
        case EngineBroken():
            found = 502, str(error), None
        case EngineRefused():
            found = 400, str(error), None
        case ClientGone():
            found = 499, "The client has left.", None
        case TooManyWaiting():
            found = 429, f"{limits.share} of your queries wait already: send the next when one is done.", _RETRY
        case _:
            found = 503, "All workers are busy: try again shortly.", _RETRY
    return HttpError(*found)


_GIVEN_UP = (
    QuerySyntaxError,
    QueryRefused,
    NoAcceptableFormat,
    QueryTimeout,
    QueryTooLarge,
    WorkerLost,
    ClientGone,
    EngineFailed,
    QueueFull,
    TooManyWaiting,
    WaitedTooLong,
)


def _begin(
    served: Serving, asked: Asked, formats: dict[str, str], environ: Environ
) -> tuple[str, bytes, Iterable[bytes]]:
    """The media type, the first chunk, and what follows it; failures before the first chunk have their status."""
    try:
        query = served.incoming(asked.query)
        refuse_unsafe(query)
        graphs = [served.incoming(graph) for graph in asked.default_graphs]
        named = [served.incoming(graph) for graph in asked.named_graphs]
        chunks: Generator[bytes, None, None] = served.pool.run(
            Request(query, formats, graphs, named), environ.get("REMOTE_ADDR", ""), environ.get(CONNECTION)
        )
        media_type = next(chunks).decode()
        first = next(chunks, b"")
    except _GIVEN_UP as error:
        refusal = _refusal(served, error)
        served.metrics.refused(refusal.status)
        raise refusal from None
    if len(first) < FIRST:
        # The worker sends less than a full frame only when that was all.
        chunks.close() if next(chunks, None) is not None else None
        return media_type, served.outgoing(first), ()
    return media_type, b"", served.outgoing_stream(_all(first, Spool(chunks)))


def _all(first: bytes, rest: Spool) -> Iterator[bytes]:
    try:
        yield first
        yield from rest
    finally:
        rest.close()


def tag(served: Serving, coding: str, *parts: object) -> str:
    """An entity tag: the dataset's version and a hash of what was asked. An answer never changes within a version."""
    name = f"{served.version}-{hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()}"
    return f'"{name}-{coding}"' if coding else f'"{name}"'


def has_it(environ: Environ, etag: str) -> bool:
    """Whether the client has an answer with this tag already (RFC 9110 §13.1.2)."""
    given = environ.get("HTTP_IF_NONE_MATCH", "") if environ.get("REQUEST_METHOD", "GET") in ("GET", "HEAD") else ""
    return bool(given) and (given == etag or given.strip() == "*" or etag in map(_strong, given.split(",")))


def _strong(written: str) -> str:
    return written.strip().removeprefix("W/")


def reply(served: Serving, asked: Asked, formats: dict[str, str], environ: Environ, also: object = None) -> Reply:
    """The answer of a query, 304 where the client has it already, whole where it is short, and else streamed.

    A failure after the first chunk breaks the connection off. `also` is what else the entity depends on.
    """
    coding = encodings.choose(environ.get("HTTP_ACCEPT_ENCODING"))
    etag = tag(served, coding.tag, asked, formats, also, served.settings.base_url)
    headers = [("ETag", etag), ("Vary", "Accept, Accept-Encoding"), ("Cache-Control", served.freshness)]
    if has_it(environ, etag):
        return Reply(304, headers)
    found = served.cache.get(etag)
    if found is not None:
        return Reply(200, headers + found[0], [found[1]])
    media_type, body, rest = _begin(served, asked, formats, environ)
    kind = [("Content-Type", media_type + CHARSET.get(media_type, ""))]
    if not rest:
        kind, body = coded(coding, kind, body)
        served.cache.put(etag, kind, body)
        return Reply(200, headers + kind, [body])
    if coding.name:
        rest = encodings.stream(rest, coding.name)
        kind.append(("Content-Encoding", coding.name))
    return Reply(200, headers + kind, served.cache.fill(etag, kind, rest))


def made(served: Serving, environ: Environ, make: Callable[[], tuple[Headers, bytes]], *parts: object) -> Reply:
    """What is made here and not by the engine, with tag, coding and cache alike; `parts` are what it depends on."""
    coding = encodings.choose(environ.get("HTTP_ACCEPT_ENCODING"))
    etag = tag(served, coding.tag, __version__, parts, served.settings.base_url)
    headers = [("ETag", etag), ("Vary", "Accept, Accept-Encoding"), ("Cache-Control", served.freshness)]
    if has_it(environ, etag):
        return Reply(304, headers)
    found = served.cache.get(etag)
    if found is None:
        plain = tag(served, "", __version__, parts, served.settings.base_url)
        whole = served.cache.get(plain) if coding.name else None
        if whole is None:
            whole = make()
            served.cache.put(plain, *whole)
        found = coded(coding, *whole)
        if coding.name:
            served.cache.put(etag, *found)
    return Reply(200, headers + found[0], [found[1]])


def coded(coding: encodings.Coding, kind: Headers, body: bytes) -> tuple[Headers, bytes]:
    """A whole body in a coding, where it suits, and the headers that say so."""
    if not coding.suits(len(body)):
        return kind, body
    return [*kind, ("Content-Encoding", coding.name)], encodings.whole(body, coding.name)


def whole(asked: Asked, formats: dict[str, str]) -> tuple[str, bytes]:
    """The media type and the whole body of an answer, for a page to show; HttpError 413 where it is too long."""
    served = serving()
    key = tag(served, "page", asked, formats)
    found = served.cache.get(key)
    if found is not None:
        return found[0][0][1], found[1]
    media_type, body, rest = _begin(served, asked, formats, request.environ)
    if rest:
        body = _up_to(rest, PAGE_BYTES)
    served.cache.put(key, [("Content-Type", media_type)], body)
    return media_type, body


def _up_to(chunks: Iterable[bytes], most: int) -> bytes:
    body = bytearray()
    try:
        for chunk in chunks:
            body += chunk
            if len(body) > most:
                raise HttpError(
                    413, f"The answer is larger than a page shows ({most >> 20} MiB): ask for a format of data."
                )
    except _GIVEN_UP as error:
        raise _refusal(serving(), error) from None
    finally:
        close: Callable[[], None] | None = getattr(chunks, "close", None)
        if close is not None:
            close()
    return bytes(body)


def json_of(query: str) -> bytes:
    """The answer of a SELECT or ASK of ours as SPARQL results JSON, with canonical IRIs whatever the local base."""
    formats = {kind: OFFERED[kind]["json"] for kind in ("solutions", "boolean")}
    return serving().canonical(whole(Asked(query, [], []), formats)[1])


def response(made: Reply) -> Response:
    """A reply as Flask has it."""
    return Response(made.body, status=made.status, headers=made.headers)


def stream(asked: Asked, formats: dict[str, str], also: object = None) -> Response:
    """The answer of a query to the present request."""
    return response(reply(serving(), asked, formats, request.environ, also))
