"""What the service says of itself: SPARQL 1.1 Service Description at the endpoint, VoID and DCAT at /.well-known/void.

Both are made from the statistics of the version that is served, and from the tables that requests are answered by.
"""

from __future__ import annotations

import pyoxigraph as ox

from allegiance import terms
from allegiance.engine import GRAPH_FORMATS
from allegiance.terms import DCTERMS, RDF, XSD
from allegiance.web import answers
from allegiance.web.cache import Headers
from allegiance.web.protocol import CHARSET, OFFERED, Asked, Environ
from allegiance.web.replies import Reply
from allegiance.web.serving import Serving, address

SD = "http://www.w3.org/ns/sparql-service-description#"
FORMATS = "http://www.w3.org/ns/formats/"
VOID = terms.PREFIXES["void"]
DCAT = terms.PREFIXES["dcat"]
_FORMAT_NAMES = {
    "application/sparql-results+json": "SPARQL_Results_JSON",
    "application/sparql-results+xml": "SPARQL_Results_XML",
    "text/csv": "SPARQL_Results_CSV",
    "text/tab-separated-values": "SPARQL_Results_TSV",
    "text/turtle": "Turtle",
    "application/n-triples": "N-Triples",
    "application/ld+json": "JSON-LD",
    "application/rdf+xml": "RDF_XML",
}
_PREFIXES = {name: terms.PREFIXES[name] for name in ("dcat", "dcterms", "prov", "rdf", "void")}
_PREFIXES |= {"sd": SD, "formats": FORMATS}

Node = ox.NamedNode | ox.BlankNode


class _Graph:
    """Triples in the making."""

    def __init__(self) -> None:
        self.triples: list[ox.Triple] = []

    def say(self, subject: Node, predicate: str, value: Node | str | int) -> None:
        """Add a triple; a string is an IRI, a number a count."""
        term: Node | ox.Literal
        if isinstance(value, int):
            term = ox.Literal(str(value), datatype=ox.NamedNode(XSD + "integer"))
        else:
            term = ox.NamedNode(value) if isinstance(value, str) else value
        self.triples.append(ox.Triple(subject, ox.NamedNode(predicate), term))

    def written(self, media_type: str) -> bytes:
        """The triples in a format."""
        done = ox.serialize(self.triples, format=GRAPH_FORMATS[media_type], prefixes=_PREFIXES)
        assert done is not None
        return done


def service(served: Serving, environ: Environ, media_type: str) -> Reply:
    """The description of the endpoint, whose sd:endpoint is the address it was asked at, so that clients find it."""
    here = address(environ, served.settings)
    return answers.made(served, environ, lambda: _service(served, here, media_type), "service", here, media_type)


def _service(served: Serving, here: str, media_type: str) -> tuple[Headers, bytes]:
    graph = _Graph()
    node = ox.NamedNode(here + "sparql")
    graph.say(node, RDF + "type", SD + "Service")
    graph.say(node, SD + "endpoint", node)
    graph.say(node, SD + "supportedLanguage", SD + "SPARQL11Query")
    if served.settings.write_token:
        graph.say(node, SD + "supportedLanguage", SD + "SPARQL11Update")
    graph.say(node, SD + "feature", SD + "UnionDefaultGraph")
    graph.say(node, SD + "defaultEntailmentRegime", "http://www.w3.org/ns/entailment/Simple")
    for offered in dict.fromkeys(kind for known in OFFERED.values() for kind in known.values()):
        graph.say(node, SD + "resultFormat", FORMATS + _FORMAT_NAMES[offered])
    if served.settings.write_token:
        for offered in GRAPH_FORMATS:
            graph.say(node, SD + "inputFormat", FORMATS + _FORMAT_NAMES[offered])
    dataset, default = ox.BlankNode("dataset"), ox.BlankNode("default")
    graph.say(node, SD + "defaultDataset", dataset)
    graph.say(node, SD + "availableGraphs", dataset)
    graph.say(dataset, RDF + "type", SD + "Dataset")
    graph.say(dataset, RDF + "type", SD + "GraphCollection")
    graph.say(dataset, SD + "defaultGraph", default)
    graph.say(default, RDF + "type", SD + "Graph")
    graph.say(default, VOID + "triples", served.statistics["triples"])
    for number, (name, size) in enumerate(served.statistics["graphs"].items()):
        named, one = ox.BlankNode(f"named{number}"), ox.BlankNode(f"graph{number}")
        graph.say(dataset, SD + "namedGraph", named)
        graph.say(named, RDF + "type", SD + "NamedGraph")
        graph.say(named, SD + "name", name)
        graph.say(named, SD + "graph", one)
        graph.say(one, RDF + "type", SD + "Graph")
        graph.say(one, VOID + "triples", size)
        if name == terms.INFERRED_GRAPH:
            graph.say(named, SD + "entailmentRegime", "http://www.w3.org/ns/entailment/OWL-RDF-Based")
            graph.say(named, SD + "supportedEntailmentProfile", "http://www.w3.org/ns/owl-profile/RL")
    return _typed(media_type), graph.written(media_type)


def dataset(served: Serving, environ: Environ, media_type: str) -> Reply:
    """VoID and DCAT of the dataset, with the addresses at which it is served here."""
    here = address(environ, served.settings)
    return answers.made(served, environ, lambda: _dataset(served, here, media_type), "dataset", here, media_type)


def _dataset(served: Serving, here: str, media_type: str) -> tuple[Headers, bytes]:
    asked = Asked("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", [terms.META_GRAPH], [])
    ours = answers.reply(served, asked, {"graph": "application/n-triples"}, {})
    graph = _Graph()
    graph.triples = [quad.triple for quad in ox.parse(b"".join(ours.body), format=ox.RdfFormat.N_TRIPLES)]
    whole = ox.NamedNode(terms.W3ID + "dataset")
    api, by_query = ox.NamedNode(here + "sparql"), ox.NamedNode(terms.W3ID + "dataset#sparql")
    graph.say(whole, VOID + "sparqlEndpoint", api)
    graph.say(whole, VOID + "dataDump", here + "graphs?default")
    graph.say(whole, DCAT + "distribution", by_query)
    graph.say(by_query, RDF + "type", DCAT + "Distribution")
    graph.say(by_query, DCAT + "accessURL", api)
    graph.say(by_query, DCAT + "accessService", api)
    graph.say(api, RDF + "type", DCAT + "DataService")
    graph.say(api, DCAT + "endpointURL", api)
    graph.say(api, DCAT + "endpointDescription", here + "openapi.json")
    graph.say(api, DCAT + "servesDataset", whole)
    graph.say(api, DCTERMS + "conformsTo", "http://www.w3.org/TR/sparql11-protocol/")
    for offered in GRAPH_FORMATS:
        graph.say(whole, VOID + "feature", FORMATS + _FORMAT_NAMES[offered])
        graph.say(by_query, DCTERMS + "format", FORMATS + _FORMAT_NAMES[offered])
    return _typed(media_type), served.outgoing(graph.written(media_type))


def _typed(media_type: str) -> Headers:
    return [("Content-Type", media_type + CHARSET.get(media_type, ""))]
