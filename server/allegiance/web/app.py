"""The application: routes, headers, and one place where failures become responses."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from allegiance.pool import Pool
from allegiance.web.pages import site
from allegiance.web.protocol import HttpError
from allegiance.web.resources import resources
from allegiance.web.sparql import endpoint

log = logging.getLogger("allegiance")

MAX_REQUEST = 1 << 20
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_SENTENCES = {
    404: "There is nothing at this address; / says what there is.",
    405: "This method is not answered here; the header Allow names those that are.",
    413: f"The request is larger than {MAX_REQUEST >> 10} KiB; send a shorter one.",
}


def _sentence(status: int, sentence: str) -> Response:
    return Response(sentence + "\n", status, content_type="text/plain; charset=utf-8")


def create_app(pool: Pool) -> Flask:
    """The application over a pool of query workers."""
    app = Flask("allegiance.web", root_path=__file__.rpartition("/")[0])
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_REQUEST
    app.extensions["allegiance"] = pool
    app.register_blueprint(endpoint)
    app.register_blueprint(site)
    app.register_blueprint(resources)

    @app.errorhandler(HttpError)
    def refused(error: HttpError) -> Response:
        response = _sentence(error.status, error.sentence)
        response.headers.update(error.headers)
        return response

    @app.errorhandler(HTTPException)
    def standard(error: HTTPException) -> Response:
        status = error.code or 500
        response = _sentence(status, _SENTENCES.get(status, f"{error.name}."))
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def ours(error: Exception) -> Response:
        name = secrets.token_hex(6)
        log.error("request failed, id %s", name, exc_info=error)
        return _sentence(500, f"Something failed here, not with you; the log has it under {name}.")

    @app.after_request
    def secure(response: Response) -> Response:
        for header, value in HEADERS.items():
            response.headers.setdefault(header, value)
        return response

    return app
