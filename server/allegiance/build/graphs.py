"""Between the engine's terms and rdflib's, which owlrl and pySHACL work on."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
import rdflib

from allegiance.terms import XSD

_STRING = XSD + "string"


def node(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> rdflib.term.Node:
    """A term as rdflib's; a plain string has no datatype there, which rdflib takes for another term than xsd:string."""
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        plain = term.datatype.value == _STRING
        return rdflib.Literal(term.value, datatype=None if plain else rdflib.URIRef(term.datatype.value))
    raise TypeError("RDF 1.2 triple terms are not used here")


def to_rdflib(quads: Iterable[ox.Quad]) -> rdflib.Graph:
    """The triples of some quads as one rdflib graph."""
    graph = rdflib.Graph()
    for quad in quads:
        graph.add((node(quad.subject), node(quad.predicate), node(quad.object)))
    return graph
