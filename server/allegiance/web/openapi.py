"""The service in OpenAPI 3.1, generated from the table of routes and the question library, and a page to read it with.

A path is in the document where its route is served: summaries are the views' own docstrings, formats and parameters the
tables that requests are answered by. A route that is neither in OPERATIONS nor in PAGES fails a test.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request, send_from_directory
from werkzeug.routing import Rule
from werkzeug.wrappers import Response as BaseResponse

from allegiance import __version__, library
from allegiance.library import Parameter, Question
from allegiance.search import KINDS, MAX_LIMIT, MAX_TEXT
from allegiance.web import answers
from allegiance.web.library import MOST_ROWS, MOST_SKIPPED
from allegiance.web.protocol import FORM, OFFERED, QUERY, UPDATE
from allegiance.web.replies import HttpError
from allegiance.web.search import COLUMNS, FORMATS, LIMIT
from allegiance.web.views import VIEWS

openapi = Blueprint("openapi", __name__)

Described = dict[str, Any]

PAGES = frozenset((
    "/", "/page/<path:path>", "/static/<path:filename>", "/api", "/api/<file>", "/sparql/editor", "/sparql/terms.json",
    "/page/ontology", "/page/shapes", "/ontology/<name>", "/shapes/<name>", "/model",
))  # fmt: skip
"""Routes that are for people alone."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The viewer needs scripts, sets styles, and asks this host."""
_BUNDLE = ("swagger-ui-bundle.js", "swagger-ui.css")

_TABLES, _GRAPHS = OFFERED["solutions"], OFFERED["graph"]
_SPACES = {
    "id": "hafiz-saeed-khan",
    "claim": "pledge-of-hafiz-saeed-khan-1",
    "name": "khilafat-afghan--1",
    "passage": "isis-k-article-8542-8570",
    "edge": "foundedBy--founding-of-taliban--taliban--mullah-omar",
    "mapping": "abu-bakr-al-baghdadi--Q2821724",
    "graph": "entities",
}
"""Where IRIs of ours begin, with one of each."""
_PERSONS = "SELECT ?s WHERE { ?s a <https://w3id.org/allegiance/ontology#Person> } ORDER BY ?s LIMIT 3"
_INSERT = "INSERT DATA { GRAPH <urn:g> { <urn:s> <urn:p> <urn:o> } }"
_ENTITIES = "https://w3id.org/allegiance/graph/entities"
_PROBLEMS = {
    400: "What was sent is malformed or means nothing here",
    401: "A token is missing or is not the one",
    403: "Writing is off, or this is never written",
    404: "There is no such thing",
    406: "None of the formats asked for is offered",
    410: "Withdrawn; the header Link names what has taken its place",
    413: "The request or the answer is larger than it may be",
    415: "A body of this type is not read",
    422: "The dataset would not conform to the shapes; nothing has changed",
    429: "Too many requests of this client",
    503: "It took too long, or all workers are busy",
    507: "The query needs more memory than it may have",
}
_EVALUATED = (406, 413, 429, 503, 507)
_WRITTEN = (400, 401, 403, 413, 415, 429, 503, 507)


# ---------------------------------------------------------------- parts


def _text(**more: Any) -> Described:
    return {"type": "string", **more}


def _parameter(name: str, meaning: str, schema: Described, **more: Any) -> Described:
    return {"name": name, "in": "query", "description": meaning, "schema": schema, **more}


def _format(names: Iterable[str]) -> Described:
    return _parameter("format", "The format; overrides the header Accept.", _text(enum=[*names]))


def _paging() -> list[Described]:
    most, skipped = {"minimum": 1, "maximum": MOST_ROWS}, {"minimum": 0, "maximum": MOST_SKIPPED, "default": 0}
    return [
        _parameter("limit", "So many rows at most; all where it is left out.", {"type": "integer", **most}),
        _parameter("offset", "After so many rows.", {"type": "integer", **skipped}),
    ]


def _refusals(statuses: Iterable[int]) -> Described:
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(statuses)}


def _schema_of(media_type: str) -> Described:
    if media_type == _TABLES["json"]:
        return {"$ref": "#/components/schemas/SparqlResults"}
    # JSON-LD may be an object or an array; everything else is a text.
    return {} if media_type.endswith("json") else _text()


def _body(media_types: Iterable[str]) -> Described:
    return {media_type: {"schema": _schema_of(media_type)} for media_type in media_types}


def _answer(meaning: str, media_types: Iterable[str], *headers: str, refusals: Iterable[int] = ()) -> Described:
    shown = {name: {"$ref": f"#/components/headers/{name}"} for name in ("ETag", *headers)}
    answered = {"description": meaning, "headers": shown, "content": _body(media_types)}
    return {"200": answered, "304": {"description": "The client has it already (If-None-Match)"}, **_refusals(refusals)}


def _operation(tag: str, responses: Described, parameters: Iterable[Described] = (), **more: Any) -> Described:
    given = [*parameters]
    return {"tags": [tag], **({"parameters": given} if given else {}), **more, "responses": responses}


def _in_path(name: str, meaning: str, example: str) -> Described:
    return {**_parameter(name, meaning, _text(minLength=1), required=True, example=example), "in": "path"}


# ---------------------------------------------------------------- the endpoint


def _graph_parameters(default: str, named: str) -> list[Described]:
    several = {"type": "array", "items": _text(format="iri")}
    return [
        _parameter(default, "A graph that makes up the default graph; repeatable.", several),
        _parameter(named, "A graph for GRAPH; repeatable.", several),
    ]


def _form(name: str, graphs: Iterable[Described], *more: Described) -> Described:
    fields = {parameter["name"]: parameter["schema"] for parameter in [*graphs, *more]}
    return {"type": "object", "required": [name], "properties": {name: _text(), **fields}}


def _sparql(_rule: Rule) -> Iterator[tuple[str, Described]]:
    narrowed = _graph_parameters("default-graph-uri", "named-graph-uri")
    every = [*_TABLES.values(), *_GRAPHS.values()]
    answered = _answer(
        "The answer: a table, yes or no, or a graph. Without a query the description of the endpoint.",
        every,
        refusals=(400, *_EVALUATED),
    )
    query = _parameter("query", "A SELECT, ASK, CONSTRUCT or DESCRIBE.", _text(), example=_PERSONS)
    of_format = _format([*_TABLES, *_GRAPHS])
    yield "get", _operation("SPARQL", answered, [query, *narrowed, of_format], operationId="query")
    using = _graph_parameters("using-graph-uri", "using-named-graph-uri")
    forms = [_form("query", narrowed, of_format), _form("update", using)]
    body = {
        FORM: {"schema": {"oneOf": forms}, "example": {"query": _PERSONS}},
        QUERY: {"schema": _text(), "example": _PERSONS},
        UPDATE: {"schema": _text(), "example": _INSERT},
    }
    written = {"204": {"description": "The update is made"}, **_refusals({400, *_EVALUATED, *_WRITTEN, 422})}
    yield (
        "post",
        _operation(
            "SPARQL",
            {**answered, **written},
            [*narrowed, of_format],
            operationId="queryOrUpdate",
            requestBody={"required": True, "content": body},
            security=[{}, {"token": []}],
        ),
    )


# ---------------------------------------------------------------- questions


def _value(parameter: Parameter) -> Described:
    meaning = parameter.meaning[0].upper() + parameter.meaning[1:] + "."
    schema = _text()
    if parameter.type == "date":
        schema["format"] = "date"
    elif parameter.type == "integer":
        schema = {"type": "integer"}
    elif parameter.type == "iri":
        schema["format"] = "iri-reference"
        meaning += " A slug, a name with a prefix such as algid:slug, or an IRI."
    if parameter.default is not None:
        schema["default"] = parameter.default
    if parameter.of_class is not None:
        schema["x-class"] = parameter.of_class
    return _parameter(parameter.name, meaning, schema, example=parameter.sample, allowEmptyValue=True)


def _question(question: Question) -> Described:
    formats = OFFERED[question.kind]
    is_table = question.kind == "solutions"
    parameters = [_value(parameter) for parameter in question.parameters]
    described = _operation(
        "Questions",
        _answer("The answer", formats.values(), *(["Link"] if is_table else []), refusals=(400, *_EVALUATED)),
        [*parameters, *(_paging() if is_table else []), _format(formats)],
        operationId=f"question-{question.name}",
        summary=question.title,
        description=question.question,
    )
    described["x-topics"] = list(question.tags)
    return described


def _list(_rule: Rule) -> Iterator[tuple[str, Described]]:
    tags = sorted({tag for question in library.questions().values() for tag in question.tags})
    answered = _answer("The questions, by name", ["text/html"], "Link", refusals=(400, 406))
    listed = {"type": "array", "items": {"$ref": "#/components/schemas/Question"}}
    answered["200"]["content"]["application/json"] = {"schema": listed}
    parameters = [
        _parameter("tag", "Only questions with this tag.", _text(enum=tags)),
        *_paging(),
        _parameter("format", "json whatever the header Accept says.", _text(enum=["json"])),
    ]
    yield "get", _operation("Questions", answered, parameters, operationId="questions")


# ---------------------------------------------------------------- search, graphs, things


def _search(_rule: Rule) -> Iterator[tuple[str, Described]]:
    lengths = {"minLength": 1, "maxLength": MAX_TEXT}
    several = {"type": "array", "items": _text()}
    parameters = [
        _parameter(
            "q", "A name in any spelling, or words of a statement.", _text(**lengths), required=True, example="TIP"
        ),
        _parameter("lang", "Only names in this language (fa, fa-Latn); repeatable.", several),
        _parameter("kind", f"Only this kind: {', '.join(KINDS)}, or a class of the ontology; repeatable.", several),
        _parameter("limit", "So many hits.", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": LIMIT}),
        _parameter("offset", "After so many hits.", {"type": "integer", "minimum": 0, "default": 0}),
        _format(FORMATS),
    ]
    answered = _answer("What is found, best first", ["text/html", "text/csv"], "Link", refusals=(400, 406))
    answered["200"]["content"][FORMATS["json"]] = {"schema": {"$ref": "#/components/schemas/Found"}}
    yield "get", _operation("Search", answered, parameters, operationId="search")


def _graph_store(rule: Rule) -> Iterator[tuple[str, Described]]:
    which = [
        _parameter("graph", "The IRI of the graph.", _text(format="iri"), example=_ENTITIES),
        _parameter("default", "The default graph, the union of all.", _text(maxLength=0), allowEmptyValue=True),
    ]
    methods = rule.methods or set()
    if "GET" in methods:
        meaning = "The graph. Without a parameter the description of them all."
        answered = _answer(meaning, _GRAPHS.values(), refusals=(400, 404, *_EVALUATED))
        yield "get", _operation("Graph Store", answered, [*which, _format(_GRAPHS)], operationId="readGraph")
    written = {"201": {"description": "A graph is made"}, "204": {"description": "It is done"}}
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        if method not in methods:
            continue
        body = {UPDATE: {"schema": _text()}} if method == "PATCH" else _body(_GRAPHS.values())
        yield (
            method.lower(),
            _operation(
                "Graph Store",
                {**written, **_refusals({*_WRITTEN, 404, 422})},
                which,
                operationId=f"{method.lower()}Graph",
                security=[{"token": []}],
                **({} if method == "DELETE" else {"requestBody": {"required": True, "content": body}}),
            ),
        )


def _writes(_rule: Rule) -> Iterator[tuple[str, Described]]:
    answered = _answer("The writes since the last build", ["text/x-diff", UPDATE], refusals=(406,))
    answered["200"]["content"]["application/json"] = {"schema": {"type": "array", "items": {"type": "object"}}}
    formats = _parameter("format", "json where it is left out.", _text(enum=["json", "patch", "update"]))
    yield "get", _operation("Graph Store", answered, [formats], operationId="writes")


def _followed(parameters: Iterable[Described], name: str) -> Described:
    seen = {
        "303": {
            "description": "See the page (/page/…) or the data (/data/…), by the header Accept",
            "headers": {known: {"$ref": f"#/components/headers/{known}"} for known in ("Location", "Link")},
        },
        **_refusals((404, 406, 410, 429, 503)),
    }
    return _operation("Linked data", seen, parameters, operationId=name)


def _thing(_rule: Rule) -> Iterator[tuple[str, Described]]:
    for space, example in _SPACES.items():
        local = _in_path("local", f"What follows /{space}/ in the IRI; it may hold slashes.", example)
        yield f"get /{space}/{{local}}", _followed([local], f"follow-{space}")


def _ontology(_rule: Rule) -> Iterator[tuple[str, Described]]:
    yield "get", _followed([], "follow-ontology")


def _shapes(_rule: Rule) -> Iterator[tuple[str, Described]]:
    yield "get", _followed([], "follow-shapes")


def _shapes_data(_rule: Rule) -> Iterator[tuple[str, Described]]:
    answered = _answer("SHACL", _GRAPHS.values(), refusals=(406,))
    yield "get", _operation("Linked data", answered, [_format(_GRAPHS)], operationId="shapes")


def _data(_rule: Rule) -> Iterator[tuple[str, Described]]:
    path = _in_path("path", "What follows https://w3id.org/allegiance/ in the IRI.", "id/hafiz-saeed-khan")
    answered = _answer("The data", _GRAPHS.values(), "Link", refusals=(404, 410, *_EVALUATED))
    yield "get", _operation("Linked data", answered, [path, _format(_GRAPHS)], operationId="data")


# ---------------------------------------------------------------- machines


def _view(rule: Rule) -> Iterator[tuple[str, Described]]:
    """A view: all its formats at /<name>, and one at /<name>.<format>."""
    name, _, suffix = rule.rule.removeprefix("/").partition(".")
    view = next(known for known in VIEWS if known.name == name)
    formats = {known: media_type for known, (media_type, _) in view.formats.items()}
    given = [
        _parameter(
            parameter.name,
            parameter.meaning.rstrip(".") + ("; several joined by commas." if parameter.many else "."),
            parameter.schema,
            example=parameter.sample,
        )
        for parameter in view.parameters
    ]
    offered = [formats[suffix]] if suffix else ["text/html", *formats.values()]
    yield (
        "get",
        _operation(
            "Views",
            _answer("What the view shows", offered, "Vary", refusals=(400, 404, 406, 429, 503)),
            given if suffix else [*given, _format(formats)],
            operationId=rule.rule[1:].replace(".", "-"),
            summary=view.summary.rstrip("."),
        ),
    )


def _void(_rule: Rule) -> Iterator[tuple[str, Described]]:
    answered = _answer("VoID and DCAT", _GRAPHS.values(), refusals=(406,))
    yield "get", _operation("Operations", answered, operationId="void")


def _health(_rule: Rule) -> Iterator[tuple[str, Described]]:
    shape = {"$ref": "#/components/schemas/Health"}
    states = {"200": "It can answer queries", "503": "It lives and cannot answer queries"}
    responses = {
        status: {"description": meaning, "content": {"application/json": {"schema": shape}}}
        for status, meaning in states.items()
    }
    yield "get", _operation("Operations", responses, operationId="health")


def _metrics(_rule: Rule) -> Iterator[tuple[str, Described]]:
    counted = {"200": {"description": "Prometheus' text format", "content": {"text/plain": {"schema": _text()}}}}
    yield "get", _operation("Operations", counted, operationId="metrics")


def _itself(_rule: Rule) -> Iterator[tuple[str, Described]]:
    answered = _answer("OpenAPI 3.1", [])
    answered["200"]["content"]["application/json"] = {"schema": {"type": "object"}}
    yield "get", _operation("Operations", answered, operationId="openapi")


OPERATIONS: dict[str, Callable[[Rule], Iterator[tuple[str, Described]]]] = {
    "/sparql": _sparql,
    "/queries": _list,
    "/search": _search,
    "/graphs": _graph_store,
    "/writes": _writes,
    "/<any(id, claim, name, passage, edge, mapping, graph):space>/<path:local>": _thing,
    "/ontology": _ontology,
    "/shapes": _shapes,
    "/data/shapes": _shapes_data,
    "/data/<path:path>": _data,
    **{f"/{view.name}{suffix}": _view for view in VIEWS for suffix in ("", *(f".{name}" for name in view.formats))},
    "/.well-known/void": _void,
    "/health": _health,
    "/metrics": _metrics,
    "/openapi.json": _itself,
}
"""What is offered at each route: a method (or a method and the path it has in the document) with its operation."""
QUESTION = "/queries/<name>"
"""The route that has one path for each question."""


# ---------------------------------------------------------------- the document


def _components() -> Described:
    one_line = {"text/plain": {"schema": _text(), "example": "The query is empty: write a SELECT …"}}
    problems = {
        f"Problem{status}": {
            "description": f"{meaning}: one sentence.",
            "content": {**one_line, **(_body(_GRAPHS.values()) if status == 422 else {})},
            **({"headers": {"Retry-After": {"schema": {"type": "integer"}}}} if status in (429, 503) else {}),
        }
        for status, meaning in _PROBLEMS.items()
    }
    headers = {
        "ETag": "The version of the dataset and a hash of what was asked",
        "Link": "Other pages of the answer (first, prev, next), or other forms of the thing (alternate)",
        "Location": "Where to look",
    }
    value = {
        "type": "object",
        "required": ["type", "value"],
        "properties": {
            "type": _text(enum=["uri", "literal", "bnode"]),
            "value": _text(),
            "xml:lang": _text(),
            "datatype": _text(),
        },
    }
    rows = {"type": "array", "items": {"type": "object", "additionalProperties": value}}
    names = {"type": "array", "items": _text()}
    parameter = {
        "name": _text(),
        "type": _text(enum=list(library.TYPES)),
        "class": {"type": ["string", "null"]},
        "sample": _text(),
        "default": {"type": ["string", "null"]},
        "meaning": _text(),
    }
    question = {
        "name": _text(),
        "title": _text(),
        "question": _text(),
        "tags": names,
        "parameters": {"type": "array", "items": _object(parameter)},
        "formats": names,
        "address": _text(),
    }
    truth, whole_number = {"type": "boolean"}, {"type": "integer"}
    hit = {column: {"type": "number"} if column == "score" else _text() for column in COLUMNS}
    found = {
        "query": _text(),
        "total": whole_number,
        "complete": truth,
        "limit": whole_number,
        "offset": whole_number,
        "results": {"type": "array", "items": _object(hit)},
        "facets": {"type": "object"},
    }
    schemas = {
        "SparqlResults": {
            "description": "SPARQL 1.1 Query Results JSON Format",
            "type": "object",
            "required": ["head"],
            "properties": {
                "head": {"type": "object", "properties": {"vars": names}},
                "results": {"type": "object", "required": ["bindings"], "properties": {"bindings": rows}},
                "boolean": truth,
            },
        },
        "Question": _object(question),
        "Found": _object(found),
        "Health": _object({"live": truth, "ready": truth, "dataset": _text(), "version": _text()}),
    }
    return {
        "schemas": schemas,
        "responses": problems,
        "headers": {name: {"description": meaning, "schema": _text()} for name, meaning in headers.items()},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "Set by the operator."}},
    }


def _object(properties: Described) -> Described:
    return {"type": "object", "required": [*properties], "properties": properties}


def _template(rule: str) -> str:
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule)


def _offered(app: Flask) -> Iterator[tuple[str, str, Described]]:
    """Path, method and operation of all that is served, in the order of the tables here."""
    served = [*app.url_map.iter_rules()]
    for known, operations in OPERATIONS.items():
        for rule in served:
            if rule.rule != known:
                continue
            said = inspect.getdoc(app.view_functions[rule.endpoint]) or ""
            for offered, operation in operations(rule):
                method, _, path = offered.partition(" ")
                yield path or _template(known), method, {"summary": said.partition("\n")[0].rstrip("."), **operation}
        if known == "/queries" and any(rule.rule == QUESTION for rule in served):
            for question in library.questions().values():
                yield f"/queries/{question.name}", "get", _question(question)


@lru_cache(maxsize=4)
def document(app: Flask, base_url: str) -> Described:
    """The OpenAPI 3.1 document of an application that is reached at a base URL ("" for wherever it is asked)."""
    paths: dict[str, Described] = {}
    for path, method, operation in _offered(app):
        paths.setdefault(path, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Allegiance",
            "version": __version__,
            "summary": "Who pledged to whom, and according to which sentence of which source.",
            "description": "A failure is one sentence of plain text that says what to change. Every GET may be a HEAD.",
            "license": {"name": "Apache-2.0 AND CC-BY-4.0"},
        },
        "servers": [{"url": base_url.rstrip("/") or "/"}],
        "tags": [
            {"name": "Questions", "description": "The question library: typed parameters, pages, every format."},
            {"name": "SPARQL", "description": "SPARQL 1.1 Protocol."},
            {"name": "Graph Store", "description": "SPARQL 1.1 Graph Store HTTP Protocol; writing needs a token."},
            {"name": "Search", "description": "Names in every spelling."},
            {"name": "Views", "description": "What the pages show, with what is behind them as data."},
            {"name": "Linked data", "description": "Every IRI of the record can be followed."},
            {"name": "Operations", "description": "For machines that watch over the service."},
        ],
        "paths": paths,
        "components": _components(),
    }


@openapi.route("/openapi.json")
def described() -> BaseResponse:
    """Every address, parameter and format of this service, as OpenAPI 3.1."""
    found = document(current_app._get_current_object(), answers.serving().settings.base_url)  # type: ignore[attr-defined]
    response = Response(json.dumps(found, ensure_ascii=False, indent=1) + "\n", content_type="application/json")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


@openapi.route("/api")
def viewer() -> Response:
    """The same for people: read it, and try it."""
    response = make_response(render_template("api.html"))
    response.headers["Content-Security-Policy"] = POLICY
    return response


@openapi.route("/api/<file>")
def bundle(file: str) -> Response:
    """A file of the viewer, Swagger UI as flask-swagger-ui brings it."""
    if file not in _BUNDLE:
        raise HttpError(404, f"There is no {library.shown(file)} here: /api is the page.")
    return send_from_directory(Path(str(files("flask_swagger_ui"))) / "dist", file, max_age=86_400)
