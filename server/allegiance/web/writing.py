"""Writes over HTTP: who may, how a change is handed to the process that makes it, and what comes of it.

The change itself is allegiance.writes: evaluated in a box, completed and validated like a build, durable before it is
answered. A bearer token (RFC 6750) is asked for; without one set by the operator, writing is off.
"""

from __future__ import annotations

import hmac
import json
import logging
import sys
from typing import Any

import pyoxigraph as ox
from gevent import subprocess
from gevent.lock import BoundedSemaphore

from allegiance.engine import GRAPH_FORMATS
from allegiance.web import answers
from allegiance.web.cache import Headers
from allegiance.web.protocol import CHARSET, OFFERED, UPDATE, Environ, Update, best
from allegiance.web.replies import HttpError, Reply, sentence
from allegiance.web.serving import Serving
from allegiance.writes import log as log_of_writes

log = logging.getLogger("allegiance")

LISTINGS = {
    "json": "application/json",
    "patch": "text/x-diff; charset=utf-8",
    "update": f"{UPDATE}; charset=utf-8",
}
_NO_WRITES = b"# There is nothing that the files do not hold already.\n"
_ONE_AT_A_TIME, _ONE_EXPORT = BoundedSemaphore(1), BoundedSemaphore(1)
_WAIT_SECONDS = 60
_STATUS = {"absent": 404, "syntax": 400, "refused": 403, "timeout": 503, "memory": 507, "busy": 503}


def authorise(served: Serving, environ: Environ) -> None:
    """HttpError 403 where writing is off, 401 where the request has not the token."""
    token = served.settings.write_token
    if not token:
        raise HttpError(403, "This service is read-only: its operator has not turned writing on.")
    scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if not given:
        raise HttpError(401, "Writing needs a token: send “Authorization: Bearer …”.", {"WWW-Authenticate": "Bearer"})
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode("latin-1"), token.encode()):
        failed = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise HttpError(401, "This is not the token for writing: send the one the operator has set.", failed)


def update(served: Serving, environ: Environ, asked: Update) -> Reply:
    """The reply to an update at the endpoint."""
    authorise(served, environ)
    body = served.incoming(asked.update).encode()
    using = {
        "using": [served.incoming(iri) for iri in asked.using],
        "using_named": [served.incoming(iri) for iri in asked.using_named],
    }
    found = perform(served, {"operation": "update", "graph": None, "media_type": "", **using}, body)
    return reply(environ, found)


def perform(served: Serving, change: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Make a change, and serve the version it makes. One at a time: they build on each other."""
    settings = served.settings
    job = {
        **change,
        "out": str(settings.store),
        "root": str(settings.root),
        "limits": {"seconds": settings.limits.seconds, "memory": settings.limits.memory},
        "length": len(body),
    }
    if not _ONE_AT_A_TIME.acquire(timeout=_WAIT_SECONDS):
        raise HttpError(503, "Other writes are being made: try again shortly.", {"Retry-After": "30"})
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "allegiance.writes.job"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            out, _ = process.communicate(json.dumps(job).encode() + b"\n" + body, timeout=settings.write_seconds)
        except subprocess.TimeoutExpired:
            raise HttpError(
                503, f"The write took longer than {settings.write_seconds:g} seconds: make it smaller."
            ) from None
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        found: dict[str, Any] = json.loads(out) if out else {"outcome": "failed", "sentence": "it said nothing"}
        served.metrics.written(found["outcome"])
        if found["outcome"] == "failed":
            raise RuntimeError(f"a write failed: {found['sentence']}")
        if found["outcome"] in ("applied", "unchanged"):
            # Unchanged may mean that another service over this folder has just made the same change.
            served.swap()
    finally:
        _ONE_AT_A_TIME.release()
    return found


def reply(environ: Environ, found: dict[str, Any]) -> Reply:
    """The reply that tells what came of a change."""
    outcome = found["outcome"]
    if outcome == "nonconforming":
        return _report(environ, found)
    if outcome in _STATUS:
        again = {"Retry-After": "30"} if outcome == "busy" else None
        return sentence(_STATUS[outcome], found["sentence"], again)
    version = [("X-Dataset-Version", found["version"])] if found.get("version") else []
    if found.get("created"):
        return Reply(201, version, [b""])
    return Reply(204, version)


def _report(environ: Environ, found: dict[str, Any]) -> Reply:
    """Status 422 with the SHACL report in the format asked for."""
    kind = best(environ.get("HTTP_ACCEPT"), [*OFFERED["graph"].values(), "text/plain"])
    if kind is None or kind == "text/plain":
        return sentence(422, found["sentence"])
    triples = [quad.triple for quad in ox.parse(found["report"].encode(), format=ox.RdfFormat.N_TRIPLES)]
    prefixes = {"sh": "http://www.w3.org/ns/shacl#", "alg": "https://w3id.org/allegiance/ontology#"}
    body = ox.serialize(triples, format=GRAPH_FORMATS[kind], prefixes=prefixes)
    assert body is not None
    return Reply(422, [("Content-Type", kind + CHARSET.get(kind, "")), ("Vary", "Accept")], [body])


def listing(served: Serving, environ: Environ, wanted: str) -> Reply:
    """The writes since the files were written, in one of LISTINGS."""

    def make() -> tuple[Headers, bytes]:
        if wanted == "json":
            found = [entry.summary() for entry in log_of_writes.entries(served.settings.store)]
            return [("Content-Type", LISTINGS[wanted])], json.dumps(found).encode()
        return [("Content-Type", LISTINGS[wanted])], _exported(served, wanted)

    return answers.made(served, environ, make, "writes", wanted)


def _exported(served: Serving, wanted: str) -> bytes:
    """What “allegiance writes export” prints; it reads all instance files, so it runs beside the service."""
    settings = served.settings
    arguments = ["writes", "export", "--format", wanted, "--store", str(settings.store), "--data", str(settings.root)]
    with _ONE_EXPORT:
        process = subprocess.Popen(
            [sys.executable, "-m", "allegiance.cli", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            text, said = process.communicate(timeout=settings.write_seconds)
        except subprocess.TimeoutExpired:
            raise HttpError(503, "The export takes too long: use “allegiance writes export”.") from None
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode:
        raise RuntimeError(f"the writes cannot be exported: {said.decode(errors='replace')}")
    exported: bytes = text
    return exported or _NO_WRITES
