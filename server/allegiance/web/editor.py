"""The SPARQL editor for those who write queries often: YASGUI, with the terms of the ontology completed.

It fails WCAG in its own markup, so that the plain editor at /sparql stands beside it and each leads to the other.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from allegiance import library, terms
from allegiance.record.ask import Ask
from allegiance.web import answers, pages
from allegiance.web.cache import Headers

editor = Blueprint("editor", __name__)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""YASGUI sets styles and draws its icons from data; it asks this host alone."""
_KINDS = {
    "class": ("owl:Class", "rdfs:Class"),
    "property": ("owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty", "rdf:Property"),
}


@editor.route("/sparql/editor")
def yasgui() -> Response:
    """The editor, with a query of the address or of the library in its first tab."""
    query = request.args.get("query") or pages.example(request.args.get("example", ""))
    response = make_response(
        render_template("editor.html", query=query, examples=library.questions().values(), chosen=_chosen(query))
    )
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _chosen(query: str) -> str:
    return next((question.name for question in library.questions().values() if question.text == query), "")


@editor.route("/sparql/terms.json")
def completions() -> Response:
    """What the editor completes and offers: prefixes, classes and properties of the ontology, the library's queries."""
    served = answers.serving()

    def make() -> tuple[Headers, bytes]:
        body = json.dumps(_offered(), ensure_ascii=False) + "\n"
        return [("Content-Type", "application/json")], served.outgoing(body.encode())

    return answers.response(answers.made(served, request.environ, make, "terms.json"))


def _offered() -> dict[str, Any]:
    ask = Ask(answers.json_of)
    questions = [
        {"name": question.name, "title": question.title, "text": question.text}
        for question in library.questions().values()
    ]
    return {"prefixes": terms.PREFIXES, **{kind: _terms(ask, *_KINDS[kind]) for kind in _KINDS}, "questions": questions}


def _terms(ask: Ask, *classes: str) -> list[dict[str, str]]:
    """The terms of some classes that the ontology defines, with label and definition."""
    rows = ask(
        "Terms",
        f"""SELECT DISTINCT ?term ?label ?definition WHERE {{
  GRAPH algg:ontology {{
    VALUES ?class {{ {" ".join(classes)} }}
    ?term a ?class .
    OPTIONAL {{ ?term rdfs:label ?label }}
    OPTIONAL {{ ?term skos:definition ?definition }}
  }}
  FILTER(ISIRI(?term))
}} ORDER BY ?term ?label ?definition""",
    )
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        about = {"iri": row["term"], "label": row.get("label", ""), "definition": row.get("definition", "")}
        found.setdefault(row["term"], about)
    return [*found.values()]
