"""From a query to a response: evaluated by the pool, streamed, every failure with its status."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Generator, Iterator

from flask import Response, current_app, request

from allegiance.engine import QuerySyntaxError
from allegiance.guard import QueryRefused, refuse_unsafe
from allegiance.pool import Busy, NoAcceptableFormat, Pool, QueryTimeout, QueryTooLarge, Request, WorkerLost
from allegiance.web.protocol import CHARSET, OFFERED, Asked, HttpError, not_acceptable


def pool() -> Pool:
    """The pool that the application was made with."""
    found = current_app.extensions["allegiance"]
    assert isinstance(found, Pool)
    return found


def _begin(asked: Asked, formats: dict[str, str]) -> tuple[str, Iterator[bytes]]:
    """The media type and the chunks; the first chunk is there, so that failures before it have their status."""
    running = pool()
    try:
        refuse_unsafe(asked.query)
        chunks: Generator[bytes, None, None] = running.run(
            Request(asked.query, formats, asked.default_graphs, asked.named_graphs)
        )
        media_type = next(chunks).decode()
        first = next(chunks, b"")
    except (QuerySyntaxError, QueryRefused) as error:
        raise HttpError(400, str(error)) from None
    except NoAcceptableFormat as error:
        raise not_acceptable(error.kind) from None
    except QueryTimeout:
        seconds = f"{running.limits.seconds:g}"
        raise HttpError(503, f"The query took longer than {seconds} seconds: narrow it or ask for less.") from None
    except QueryTooLarge:
        size = running.limits.answer >> 20
        raise HttpError(413, f"The answer is larger than {size} MiB: add a LIMIT or narrow the query.") from None
    except WorkerLost:
        size = running.limits.memory >> 20
        raise HttpError(507, f"The query needs more than {size} MiB of memory: narrow it.") from None
    except Busy:
        raise HttpError(503, "All workers are busy: try again shortly.", {"Retry-After": "5"}) from None
    return media_type, itertools.chain([first], chunks)


def whole(asked: Asked, formats: dict[str, str]) -> tuple[str, bytes]:
    """The media type and the whole body of an answer, for a page to show."""
    media_type, chunks = _begin(asked, formats)
    return media_type, b"".join(chunks)


def json_of(query: str) -> bytes:
    """The answer of a SELECT or ASK of ours as SPARQL results JSON."""
    formats = {kind: OFFERED[kind]["json"] for kind in ("solutions", "boolean")}
    return whole(Asked(query, [], []), formats)[1]


def tag(*parts: object) -> str:
    """An entity tag: the dataset's version and a hash of what was asked. An answer never changes within a version."""
    return f"{pool().version}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


def stream(asked: Asked, formats: dict[str, str]) -> Response:
    """The answer as a streamed response, or 304 where the client has it already.

    A failure after the first chunk breaks the connection off.
    """
    etag = tag(asked, sorted(formats.items()))
    if request.if_none_match.contains(etag):
        response = Response(status=304)
    else:
        media_type, chunks = _begin(asked, formats)
        response = Response(chunks, content_type=media_type + CHARSET.get(media_type, ""))
    response.set_etag(etag)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-cache"
    return response
