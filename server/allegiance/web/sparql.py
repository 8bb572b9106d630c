"""The SPARQL endpoint: a request in, an answer in an agreed format out."""

from __future__ import annotations

from flask import Blueprint, Response, request

from allegiance.web import answers, pages
from allegiance.web.protocol import accepted, asked, wants_page

endpoint = Blueprint("sparql", __name__)


@endpoint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    """Query by GET, by form or by body; a browser gets the query box and a table."""
    if "format" not in request.values and wants_page(request):
        return pages.editor(request)
    formats = accepted(request)
    return answers.stream(asked(request), formats)
