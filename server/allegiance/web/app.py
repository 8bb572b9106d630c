"""The pages and everything but the endpoint as a Flask application, with one place where failures become responses."""

from __future__ import annotations

import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from allegiance.web.answers import response
from allegiance.web.editor import editor
from allegiance.web.failures import shown
from allegiance.web.furniture import furnish
from allegiance.web.graphs import graphs
from allegiance.web.home import front
from allegiance.web.library import questions
from allegiance.web.openapi import openapi
from allegiance.web.operations import operations
from allegiance.web.pages import site
from allegiance.web.replies import HttpError, failure, sentence
from allegiance.web.resources import resources
from allegiance.web.search import search
from allegiance.web.serving import Serving
from allegiance.web.views.routes import views
from allegiance.web.vocabulary import vocabulary

log = logging.getLogger("allegiance")

BLUEPRINTS = (front, site, editor, views, questions, search, vocabulary, resources, graphs, operations, openapi)
_NOTICE = '</#home-is-not>; rel="describedby"; type="text/html"'
"""Where the front page says what this record is not."""
_SENTENCES = {
    404: "There is nothing at this address; / says what there is.",
    405: "This method is not answered here; the header Allow names those that are.",
    413: "The request is larger than this service reads; send a shorter one.",
}


def create_app(served: Serving) -> Flask:
    """The application over what is served."""
    app = Flask("allegiance.web", root_path=__file__.rpartition("/")[0])
    app.config["MAX_CONTENT_LENGTH"] = served.settings.request_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = served.settings.request_bytes
    app.extensions["allegiance"] = served
    furnish(app, served)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)

    @app.before_request
    def name_the_route() -> None:
        # What the request is counted under; the address itself has as many values as there are things.
        rule = request.url_rule
        request.environ["allegiance.route"] = rule.rule if rule is not None else "other"

    @app.after_request
    def say_what_it_is_not(made: Response) -> Response:
        # A table of rows has no room for the note that this is no screening list, which the other files carry.
        if request.blueprint == views.name and made.mimetype == "text/csv":
            made.headers["Link"] = _NOTICE
        return made

    @app.errorhandler(HttpError)
    def refused(error: HttpError) -> Response:
        return shown(failure(error), error.sentence)

    @app.errorhandler(HTTPException)
    def standard(error: HTTPException) -> Response:
        status = error.code or 500
        allowed = {name: value for name, value in error.get_headers() if name == "Allow"}
        words = _SENTENCES.get(status, f"{error.name}.")
        return shown(sentence(status, words, allowed), words)

    @app.errorhandler(Exception)
    def ours(error: Exception) -> Response:
        name = request.environ.get("allegiance.request_id", "?")
        log.error("request failed", extra={"id": name}, exc_info=error)
        words = f"Something failed here, not with you; the log has it under {name}."
        try:
            return shown(sentence(500, words), words)
        except Exception:
            # What failed may be what every page needs.
            return response(sentence(500, words))

    return app
