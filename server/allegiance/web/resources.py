"""Every IRI of ours can be followed: 303 to a page or to data, by what the client accepts (Cool URIs, httpRange-14)."""

from __future__ import annotations

import json
import re

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from allegiance import __version__, describe, terms
from allegiance.library import shown
from allegiance.record import cite, claims
from allegiance.record import thing as thing_of
from allegiance.record.ask import Ask
from allegiance.web import answers, pages, things
from allegiance.web.cache import Headers
from allegiance.web.protocol import OFFERED, Asked, accepted, wants_page
from allegiance.web.replies import HttpError

resources = Blueprint("resources", __name__)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_~-]*")
_WHOLE = {"ontology": terms.ONTOLOGY_GRAPH}
_HTML: Headers = [("Content-Type", "text/html; charset=utf-8")]


def _known(path: str) -> str:
    """The IRI behind a local path; HttpError 404 where nothing of ours has it."""
    iri = terms.W3ID + path
    if iri not in answers.serving().statistics["withdrawn"] and _NAME.fullmatch(path):
        graph = f"UNION {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}"
        found = json.loads(answers.json_of(f"ASK {{ {{ <{iri}> ?p ?o }} {graph} }}"))
        if found["boolean"]:
            return iri
    raise _missing(path)


def _missing(path: str) -> HttpError:
    successor = answers.serving().statistics["withdrawn"].get(terms.W3ID + path)
    if successor is not None:
        return _gone(path, successor)
    return HttpError(404, f"There is nothing called {path[:100]} here; /queries/names lists what there is.")


def _gone(path: str, successor: str) -> HttpError:
    if not successor:
        return HttpError(410, f"{path[:100]} has been withdrawn, and nothing has taken its place.")
    there = "/" + successor.removeprefix(terms.W3ID)
    header = {"Link": f'<{there}>; rel="successor-version"'}
    return HttpError(410, f"{path[:100]} has been withdrawn; {there} has taken its place.", header)


def _links(path: str) -> str:
    kinds = OFFERED["graph"].items()
    return ", ".join(f'</data/{path}?format={name}>; rel="alternate"; type="{kind}"' for name, kind in kinds)


def _with_headers(response: BaseResponse, path: str) -> BaseResponse:
    response.headers["Vary"] = "Accept"
    response.headers["Link"] = _links(path)
    return response


@resources.route("/<any(id, claim, name, passage, edge, mapping, graph):space>/<path:local>")
def thing(space: str, local: str) -> BaseResponse:
    """See the page or the data of a thing."""
    path = f"{space}/{local}"
    _known(path)
    return _see(path)


@resources.route("/ontology")
def ontology() -> BaseResponse:
    """See the ontology."""
    return _see("ontology")


@resources.route("/shapes")
def shapes() -> BaseResponse:
    """See the shapes."""
    return _see("shapes")


def _see(path: str) -> BaseResponse:
    if wants_page(request.environ):
        return _with_headers(redirect(f"/page/{path}", 303), path)
    accepted(request.environ)
    return _with_headers(redirect(f"/data/{path}", 303), path)


def _query(path: str) -> tuple[str, list[str]]:
    """The query that describes what a path stands for, and the graphs to ask it of."""
    if path in _WHOLE or path.startswith("graph/"):
        graph = _WHOLE.get(path) or _known(path)
        return "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", [graph]
    return describe.data_query(_known(path)), []


@resources.route("/data/<path:path>")
def data(path: str) -> BaseResponse:
    """The data of a thing, of a named graph, or of the ontology."""
    query, graphs = _query(path)
    return _with_headers(answers.stream(Asked(query, graphs, []), accepted(request.environ)), path)


@resources.route("/page/<path:path>")
def page(path: str) -> Response:
    """The page of a thing, or of it by `part=claims` the claims alone, by `cite=` how to cite it.

    `paragraph=` chooses what the page of a source shows.
    """
    if path in _WHOLE or path.startswith("graph/"):
        raise HttpError(
            406, f"This is a whole graph, to be had at /data/{path[:100]} as {', '.join(OFFERED['graph'])}."
        )
    part, wanted, paragraph = (request.args.get(name, "") for name in ("part", "cite", "paragraph"))
    if wanted and wanted not in cite.FORMATS:
        raise HttpError(406, f"A citation is not to be had as “{shown(wanted)}”: ask for {', '.join(cite.FORMATS)}.")
    served = answers.serving()

    def make() -> tuple[Headers, bytes]:
        ask = Ask(answers.json_of)
        head = _head(ask, path)
        if part == "claims":
            pattern = claims.these([head.iri]) if path.startswith("claim/") else claims.about(head.iri)
            return _HTML, render_template("claims.html", claims=claims.claims(ask, pattern)).encode()
        head.label = things.called(ask, head)
        citation = cite.Citation(head.label, head.iri, __version__, served.version)
        if wanted:
            name = f"{citation.key}.{cite.SUFFIXES[wanted]}"
            kind = f"{cite.FORMATS[wanted]}; charset=utf-8"
            headers = [("Content-Type", kind), ("Content-Disposition", f'attachment; filename="{name}"')]
            return headers, citation.as_(wanted).encode()
        made = things.page(ask, head, paragraph, pages.table)
        written = render_template(
            made.template,
            citation=citation,
            cite_formats=cite.FORMATS,
            twins={name: f"/data/{path}?format={name}" for name in OFFERED["graph"]},
            sparql=ask.asked,
            words=things.words(),
            titles=things.titles(ask),
            number=things.number,
            **made.context,
        )
        return _HTML, written.encode()

    made = answers.made(served, request.environ, make, "page", path, part, wanted, paragraph)
    response = answers.response(made)
    response.headers["Link"] = _links(path)
    return response


def _head(ask: Ask, path: str) -> thing_of.Head:
    """What a page begins with; HttpError 404 or 410 where nothing of ours is there."""
    withdrawn = terms.W3ID + path in answers.serving().statistics["withdrawn"]
    found = thing_of.head(ask, terms.W3ID + path) if _NAME.fullmatch(path) and not withdrawn else None
    if found is None:
        raise _missing(path)
    return found
