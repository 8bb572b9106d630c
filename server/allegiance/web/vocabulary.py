"""Pages about ontology and shapes, from what the build has written of them; no request counts or asks anything."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, render_template, request
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as BaseResponse

from allegiance import library, terms
from allegiance.engine import GRAPH_FORMATS
from allegiance.record import vocabulary as record
from allegiance.record.vocabulary import Vocabulary
from allegiance.web import answers, diagram
from allegiance.web.cache import Headers
from allegiance.web.protocol import OFFERED, accepted, not_acceptable
from allegiance.web.replies import HttpError

vocabulary = Blueprint("vocabulary", __name__)

_PAGE: Headers = [("Content-Type", "text/html; charset=utf-8")]
_GROUPS = {"classes": ("class",), "properties": ("object", "datatype", "annotation")}
_WORDS: dict[str, Any] = {
    "parts": record.parts,
    "address_of": record.address,
    "shown": record.shown,
    "literal": record.literal,
    "graph_name": record.graph_name,
    "demands": record.demands,
    "ALG": terms.ALG,
}


@vocabulary.record_once
def _warm(state: BlueprintSetupState) -> None:
    """Read the documentation before the first page is asked for."""
    record.vocabulary(state.app.extensions["allegiance"].dataset.vocabulary)


def _found() -> tuple[Vocabulary, int]:
    return record.vocabulary(answers.serving().dataset.vocabulary)


def _page(template: str, name: str, **context: Any) -> Response:
    """A page of the documentation, kept until the documentation is another."""
    found, changed = _found()
    served = answers.serving()

    def make() -> tuple[Headers, bytes]:
        page = render_template(
            f"{template}.html",
            found=found,
            questions=library.questions(),
            formats=OFFERED["graph"],
            **_WORDS,
            **context,
        )
        return _PAGE, page.encode()

    return answers.response(answers.made(served, request.environ, make, template, name, changed))


@vocabulary.route("/page/ontology")
def ontology() -> Response:
    """The terms of the ontology by topic, with a class diagram."""
    found, _ = _found()
    topics = [
        {**topic, "groups": {group: found.tree(topic, kinds) for group, kinds in _GROUPS.items()}}
        for topic in found.topics
    ]
    return _page("vocabulary", "", topics=topics, picture=diagram.draw(found))


@vocabulary.route("/ontology/<name>")
def term(name: str) -> BaseResponse:
    """A term of the ontology: definition, place among the others, use, example, shapes, questions."""
    found, _ = _found()
    if any(topic["name"] == name for topic in found.topics):
        return redirect(f"/page/ontology#topic-{name}", 303)
    if name not in found.terms:
        raise _unknown(found, "term", name, found.terms)
    return _page("term", name, term=found.terms[name])


@vocabulary.route("/model")
def model() -> Response:
    """How to read the record: modes, dates, derived graph, in the words of the ontology."""
    found, _ = _found()
    return _page("model", "", graphs=answers.serving().statistics["graphs"], soft=_soft(found))


@vocabulary.route("/page/shapes")
def shapes() -> Response:
    """The shapes: what a record must contain, and what to do where it does not."""
    return _page("shapes", "")


@vocabulary.route("/shapes/<name>")
def shape(name: str) -> BaseResponse:
    """A shape: its targets, and each thing it demands, with the message an editor gets."""
    found, _ = _found()
    if name not in found.shapes:
        owner = next((one["name"] for one in found.shapes.values() if name in _part_names(one)), "")
        if owner:
            return redirect(f"/shapes/{owner}#{name}", 303)
        raise _unknown(found, "shape", name, found.shapes)
    return _page("shape", name, shape=found.shapes[name])


@vocabulary.route("/data/shapes")
def shapes_data() -> Response:
    """The shapes as a graph of SHACL."""
    served = answers.serving()
    formats = accepted(request.environ)
    if "graph" not in formats:
        raise not_acceptable("graph")
    found, changed = _found()

    def make() -> tuple[Headers, bytes]:
        out = io.BytesIO()
        triples = ox.parse(found.shapes_graph.encode(), format=ox.RdfFormat.N_TRIPLES)
        ox.serialize((quad.triple for quad in triples), out, GRAPH_FORMATS[formats["graph"]], prefixes=terms.PREFIXES)
        return [("Content-Type", formats["graph"])], served.outgoing(out.getvalue())

    return answers.response(answers.made(served, request.environ, make, "shapes", formats["graph"], changed))


def _part_names(shape: dict[str, Any]) -> list[str]:
    return [part["name"] for part in shape["properties"]]


def _unknown(found: Vocabulary, what: str, name: str, known: dict[str, Any]) -> HttpError:
    near = found.near(name, known)
    hint = f"near it are {', '.join(near)}" if near else f"/{'ontology' if what == 'term' else 'shapes'} lists them"
    return HttpError(404, f"There is no {what} called {library.shown(name)}; {hint}.")


def _soft(found: Vocabulary) -> dict[str, Any] | None:
    """The claim that explains the bounds, with the places of its days on a line of 0 to 1."""
    if found.soft_dates is None:
        return None
    days = [date.fromisoformat(day).toordinal() for day in found.soft_dates["bounds"]]
    margin = (days[3] - days[0]) * 0.12
    places = [(day - days[0] + margin) / (days[3] - days[0] + 2 * margin) for day in days]
    return {**found.soft_dates, "places": [round(place, 4) for place in places]}
