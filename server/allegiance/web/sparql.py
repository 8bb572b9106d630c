"""The SPARQL endpoint: a request in, an answer in an agreed format out. Plain WSGI, since most requests are for it."""

from __future__ import annotations

from allegiance.web import answers, description, writing
from allegiance.web.protocol import (
    FORM,
    OFFERED,
    Environ,
    Update,
    accepted,
    asked,
    best,
    parameters,
    values,
    wants_page,
)
from allegiance.web.replies import HttpError, Reply
from allegiance.web.serving import Serving

PATH = "/sparql"
METHODS = "GET, HEAD, OPTIONS, POST"
_ALLOW = {"Allow": METHODS}


def answer(served: Serving, environ: Environ) -> Reply | None:
    """The reply to a request at the endpoint; None where a person's browser should get the page with the query box."""
    method = environ["REQUEST_METHOD"]
    if method == "OPTIONS":
        return Reply(204, [("Allow", METHODS)])
    if method not in ("GET", "HEAD", "POST"):
        raise HttpError(405, "This method is not answered here; the header Allow names those that are.", _ALLOW)
    if wants_page(environ) and not _is_program(environ):
        return None
    if method != "POST" and not environ.get("QUERY_STRING"):
        return _description(served, environ)
    found, given = asked(environ, served.settings.request_bytes)
    if isinstance(found, Update):
        return writing.update(served, environ, found)
    return answers.reply(served, found, accepted(environ, given), environ)


def _description(served: Serving, environ: Environ) -> Reply:
    kind = best(environ.get("HTTP_ACCEPT"), OFFERED["graph"].values())
    if kind is None:
        raise HttpError(400, "There is no query: send one in the parameter “query”.")
    return description.service(served, environ, kind)


def _is_program(environ: Environ) -> bool:
    """Whether a request names its format, or has a body that no form of a page sends."""
    if environ["REQUEST_METHOD"] == "POST":
        return not environ.get("CONTENT_TYPE", "").startswith(FORM)
    return bool(values(parameters(environ.get("QUERY_STRING", "")), "format"))
