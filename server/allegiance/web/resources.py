"""Every IRI of ours can be followed: 303 to a page or to data, by what the client accepts (Cool URIs, httpRange-14)."""

from __future__ import annotations

import json
import re

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from allegiance import describe, terms
from allegiance.record import claims
from allegiance.record.ask import Ask
from allegiance.web import answers, pages
from allegiance.web.protocol import OFFERED, Asked, accepted, wants_page
from allegiance.web.replies import HttpError

resources = Blueprint("resources", __name__)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_~-]*")
_WHOLE = {"ontology": terms.ONTOLOGY_GRAPH}


def _known(path: str) -> str:
    """The IRI behind a local path; HttpError 404 where nothing of ours has it."""
    iri = terms.W3ID + path
    successor = answers.serving().statistics["withdrawn"].get(iri)
    if successor is not None:
        raise _gone(path, successor)
    if _NAME.fullmatch(path):
        graph = f"UNION {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}"
        found = json.loads(answers.json_of(f"ASK {{ {{ <{iri}> ?p ?o }} {graph} }}"))
        if found["boolean"]:
            return iri
    raise HttpError(404, f"There is nothing called {path[:100]} here; /queries/names lists what there is.")


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
    """A plain page of a thing: what is said of it, and each claim with mode and passage."""
    if path in _WHOLE or path.startswith("graph/"):
        raise HttpError(
            406, f"This is a whole graph, to be had at /data/{path[:100]} as {', '.join(OFFERED['graph'])}."
        )
    iri = _known(path)
    if request.args.get("part") == "claims":
        ask = Ask(answers.json_of)
        pattern = claims.these([iri]) if path.startswith("claim/") else claims.about(iri)
        return make_response(render_template("claims.html", claims=claims.claims(ask, pattern)))
    facts = pages.table(describe.facts_query(iri))
    said = pages.table(describe.claims_query(iri))
    label = next((row[1]["text"] for row in facts.rows if row[0]["text"] == "rdfs:label"), terms.shorten(iri))
    links = {name: f"/data/{path}?format={name}" for name in OFFERED["graph"]}
    response = make_response(render_template("thing.html", iri=iri, label=label, facts=facts, claims=said, links=links))
    _with_headers(response, path)
    return response
