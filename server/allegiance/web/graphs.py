"""The SPARQL 1.1 Graph Store HTTP Protocol: whole graphs, read by anyone, written with a token.

https://www.w3.org/TR/sparql11-http-rdf-update/. The default graph is the union of the named ones and is only read.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from allegiance.engine import GRAPH_FORMATS
from allegiance.web import answers, description, writing
from allegiance.web.protocol import (
    OFFERED,
    UPDATE,
    Asked,
    accepted,
    body_type,
    check_iri,
    parameters,
    read_body,
    values,
)
from allegiance.web.replies import HttpError
from allegiance.web.serving import address

graphs = Blueprint("graphs", __name__)

_EVERYTHING = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


def _addressed() -> str | None:
    """The graph that the request is about: an IRI, or None for the default graph; HttpError 400 for both or neither."""
    given = parameters(request.environ.get("QUERY_STRING", ""))
    named, default = values(given, "graph"), values(given, "default")
    if len(named) + bool(default) != 1:
        raise HttpError(400, "The graph is not clear: send one parameter “graph” with its IRI, or “default”.")
    if default:
        if default != [""]:
            raise HttpError(400, "The parameter “default” takes no value: send it alone, as in /graphs?default.")
        return None
    check_iri(named[0], "The graph")
    return answers.serving().incoming(named[0])


def _no_parameters() -> bool:
    return not set(request.args) - {"format"}


@graphs.route("/graphs")
def read() -> Response:
    """A graph; without a parameter the description of them all."""
    served = answers.serving()
    formats = accepted(request.environ)
    if "graph" not in formats:
        raise HttpError(406, f"A graph is to be had as {', '.join(OFFERED['graph'].values())}.")
    if _no_parameters():
        return answers.response(description.service(served, request.environ, formats["graph"]))
    graph = _addressed()
    if graph is not None and graph not in served.statistics["graphs"]:
        raise HttpError(404, f"There is no graph {graph[:200]} here; /graphs lists those there are.")
    asked = Asked(_EVERYTHING, [graph] if graph else [], [])
    return answers.stream(asked, {"graph": formats["graph"]})


@graphs.route("/graphs", methods=["PUT", "POST", "DELETE", "PATCH"])
def write() -> Response:
    """Replace, add to, delete or update a graph."""
    served = answers.serving()
    writing.authorise(served, request.environ)
    method = request.method
    graph = None
    if method != "POST" or not _no_parameters():
        graph = _addressed()
        if graph is None:
            raise HttpError(403, "The default graph is the union of the others: name the graph that is to be written.")
    kind, body = "", b""
    if method != "DELETE":
        kind = body_type(request.environ)
        allowed = [UPDATE] if method == "PATCH" else list(GRAPH_FORMATS)
        if kind not in allowed:
            raise HttpError(
                415, f"A graph is not read from {kind[:80] or 'a body without a type'}: send {', '.join(allowed)}."
            )
        body = read_body(request.environ, served.settings.write_bytes)
    change: dict[str, object] = {
        "operation": method.lower(),
        "graph": graph,
        "media_type": kind,
        "using": [],
        "using_named": [],
    }
    found = writing.perform(served, change, body)
    made = answers.response(writing.reply(request.environ, found))
    if made.status_code == 201 and graph is None:
        made.headers["Location"] = f"{address(request.environ, served.settings)}graphs?graph={found['graph']}"
    return made


@graphs.route("/writes")
def listing() -> Response:
    """The writes since the last build, each with what it changed; as a patch with format=patch or format=update."""
    wanted = request.args.get("format", "json")
    if wanted not in writing.LISTINGS:
        raise HttpError(406, f"The writes are to be had as {', '.join(writing.LISTINGS)}.")
    return answers.response(writing.listing(answers.serving(), request.environ, wanted))
