"""Plain pages: the landing page, the questions, and the query box with its answer as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Request, Response, make_response, render_template, request

from allegiance import __version__, library, terms
from allegiance.errors import UsageError
from allegiance.web import answers
from allegiance.web.protocol import OFFERED, Asked, HttpError, accepted, asked, wants_page

site = Blueprint("pages", __name__)

ROWS_SHOWN = 500
LONG = 40
_COUNTS = """PREFIX alg: <https://w3id.org/allegiance/ontology#>
PREFIX void: <http://rdfs.org/ns/void#>
SELECT ?class ?count WHERE { GRAPH <https://w3id.org/allegiance/graph/meta> {
  ?dataset void:classPartition ?part . ?part void:class ?class ; void:entities ?count } }"""
_COUNTED = {
    "Claim": "claims",
    "Organisation": "organisations",
    "Person": "persons",
    "Place": "places",
    "Occurrence": "occurrences",
    "IdentityJudgement": "identity judgements",
    "Passage": "passages",
    "DerivedEdge": "derived edges",
}


@dataclass
class Table:
    """An answer to show: columns and rows of cells, or a graph's text, or a yes or no."""

    columns: list[str] = field(default_factory=list)
    rows: list[list[dict[str, str]]] = field(default_factory=list)
    more: int = 0
    text: str = ""
    boolean: bool | None = None


def _cell(value: dict[str, str] | None) -> dict[str, str]:
    if value is None:
        return {"text": ""}
    if value["type"] == "uri":
        cell = {"text": terms.shorten(value["value"]), "title": value["value"]}
        local = value["value"].removeprefix(terms.W3ID)
        if local != value["value"] and "#" not in local:
            cell["href"] = f"/{local}"
        return cell
    size = "long" if len(value["value"]) > LONG else ""
    return {"text": value["value"], "lang": value.get("xml:lang", ""), "size": size}


def table(query: str, default_graphs: Sequence[str] = (), named_graphs: Sequence[str] = ()) -> Table:
    """The answer of a query, for a page."""
    formats = {"solutions": OFFERED["solutions"]["json"], "boolean": OFFERED["boolean"]["json"], "graph": "text/turtle"}
    media_type, body = answers.whole(Asked(query, [*default_graphs], [*named_graphs]), formats)
    if media_type == "text/turtle":
        return Table(text=body.decode())
    found: dict[str, Any] = json.loads(body)
    if "boolean" in found:
        return Table(boolean=found["boolean"])
    bindings = found["results"]["bindings"]
    # A column without a value on the page would only push the others off the screen.
    columns = [name for name in found["head"]["vars"] if any(name in row for row in bindings[:ROWS_SHOWN])]
    rows = [[_cell(row.get(column)) for column in columns] for row in bindings[:ROWS_SHOWN]]
    return Table(columns, rows, max(len(bindings) - ROWS_SHOWN, 0))


def counts() -> dict[str, int]:
    """How many of what the dataset holds, from its own description."""
    found = json.loads(answers.json_of(_COUNTS))
    sizes = {
        row["class"]["value"].removeprefix(terms.ALG): int(row["count"]["value"])
        for row in found["results"]["bindings"]
    }
    return {words: sizes.get(name, 0) for name, words in _COUNTED.items()}


def editor(req: Request) -> Response:
    """The query box, with the answer where there is a query; a failure is shown above the box."""
    given = req.values.get("query", "")
    answer, sentence, status = None, "", 200
    if given or req.method == "POST":
        try:
            query = asked(req)
            given = query.query
            answer = table(query.query, query.default_graphs, query.named_graphs)
        except HttpError as error:
            sentence, status = error.sentence, error.status
    page = render_template("sparql.html", query=given, table=answer, sentence=sentence, links=_links("/sparql", given))
    response = make_response(page, status)
    response.headers["Vary"] = "Accept"
    return response


def _links(path: str, query: str, values: dict[str, str] | None = None) -> dict[str, str]:
    """Addresses of the same answer in each format of data."""
    base = {"query": query} if path == "/sparql" else (values or {})
    names = [*OFFERED["solutions"], *OFFERED["graph"]] if path == "/sparql" else [*OFFERED["solutions"]]
    return {name: f"{path}?{urlencode({**base, 'format': name})}" for name in names}


@site.route("/")
def home() -> str:
    """What this is, how much it holds, the questions, and a query box."""
    return render_template("home.html", counts=counts(), questions=library.questions().values(), version=__version__)


@site.route("/queries")
def queries() -> str:
    """The question library."""
    return render_template("queries.html", questions=library.questions().values())


@site.route("/queries/<name>")
def query(name: str) -> Response:
    """One question: its form and answer for people, any format for programs."""
    question = library.questions().get(name)
    if question is None:
        raise HttpError(404, f"There is no question “{name[:80]}”: /queries lists them.")
    values = {p.name: value for p in question.parameters if (value := request.args.get(p.name, "").strip())}
    unknown = set(request.args) - {p.name for p in question.parameters} - {"format"}
    if unknown:
        raise HttpError(400, f"The question {name} has no parameter “{min(unknown)[:40]}”: see /queries/{name}.")
    try:
        text = question.bound(values)
    except UsageError as error:
        raise HttpError(400, str(error)) from None
    if "format" in request.args or not wants_page(request):
        return answers.stream(Asked(text, [], []), accepted(request))
    page = render_template(
        "query.html",
        question=question,
        values=values,
        text=text,
        table=table(text),
        links=_links(f"/queries/{name}", text, values),
    )
    response = make_response(page)
    response.headers["Vary"] = "Accept"
    return response
