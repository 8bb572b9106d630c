"""Plain pages: the questions, and the query box with its answer as a table."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Request, Response, make_response, render_template, request

from allegiance import library, terms
from allegiance.web import answers
from allegiance.web.protocol import OFFERED, Asked, Environ, Update, accepted, asked
from allegiance.web.replies import HttpError

site = Blueprint("pages", __name__)

ROWS_SHOWN = 500
LONG = 40
FIRST_QUERY = """PREFIX alg: <https://w3id.org/allegiance/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?who ?whom
WHERE {
  ?pledger alg:pledgedTo ?pledgee .
  ?pledger rdfs:label ?who .
  ?pledgee rdfs:label ?whom .
}
ORDER BY ?who ?whom
"""


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


@site.route("/sparql", methods=["GET", "POST"])
def editor() -> Response:
    """The plain editor, with the answer where there is a query; a failure is shown above it, with the line it is in.

    Programs are answered by allegiance.web.sparql before a request comes here.
    """
    given = request.values.get("query", "")
    answer, sentence, status = None, "", 200
    if given or request.method == "POST":
        try:
            query, _ = asked(_again(request), answers.serving().settings.request_bytes)
            if isinstance(query, Update):
                raise HttpError(403, "The query box takes no update: send it to this address with a token.")
            given = query.query
            if request.form.get("format"):
                return answers.stream(query, accepted(request.environ, list(request.form.items(multi=True))))
            answer = table(query.query, query.default_graphs, query.named_graphs)
        except HttpError as error:
            sentence, status = error.sentence, error.status
    page = render_template(
        "sparql.html",
        query=given or example(request.args.get("example", "")),
        table=answer,
        sentence=sentence,
        line=faulty(given, sentence),
        links=_links("/sparql", given),
        formats={kind: OFFERED[kind] for kind in ("solutions", "graph")},
        examples=library.questions().values(),
        prefixes=terms.PREFIXES,
    )
    response = make_response(page, status)
    response.headers["Vary"] = "Accept"
    return response


def example(name: str) -> str:
    """The text of a question of the library, to begin with; a small query where none is named."""
    if not name:
        return FIRST_QUERY
    question = library.questions().get(name)
    if question is None:
        raise HttpError(404, f"There is no question “{library.shown(name)}”: /queries lists them.")
    return question.text


def faulty(query: str, sentence: str) -> tuple[int, int, str] | None:
    """The line in which a query fails to parse, the column, and what stands there; None where no line is to blame."""
    found = re.search(r"at line (\d+), column (\d+)", sentence)
    lines = query.splitlines()
    if found is None or not 0 < int(found[1]) <= len(lines):
        return None
    return int(found[1]), int(found[2]), lines[int(found[1]) - 1]


def _again(req: Request) -> Environ:
    """The environment of a request whose form Flask has read, with the form to be read once more."""
    body = urlencode(list(req.form.items(multi=True))).encode()
    return {**req.environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _links(path: str, query: str, values: dict[str, str] | None = None) -> dict[str, str]:
    """Addresses of the same answer in each format of data."""
    base = {"query": query} if path == "/sparql" else (values or {})
    names = [*OFFERED["solutions"], *OFFERED["graph"]] if path == "/sparql" else [*OFFERED["solutions"]]
    return {name: f"{path}?{urlencode({**base, 'format': name})}" for name in names}
