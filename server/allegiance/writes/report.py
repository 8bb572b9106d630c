"""A validation report in RDF (SHACL §3.6, https://www.w3.org/TR/shacl/#validation-report)."""

from __future__ import annotations

from collections.abc import Iterable

import rdflib
from rdflib import RDF, SH

from allegiance.build.validate import Result


def report(results: Iterable[Result]) -> str:
    """The sh:ValidationReport of results, as N-Triples."""
    graph = rdflib.Graph()
    whole = rdflib.BNode("report")
    graph.add((whole, RDF.type, SH.ValidationReport))
    graph.add((whole, SH.conforms, rdflib.Literal(False)))
    for number, result in enumerate(sorted(set(results)), start=1):
        one = rdflib.BNode(f"result{number}")
        graph.add((whole, SH.result, one))
        graph.add((one, RDF.type, SH.ValidationResult))
        graph.add((one, SH.resultSeverity, SH.Violation))
        graph.add((one, SH.sourceConstraintComponent, rdflib.URIRef(result.component)))
        graph.add((one, SH.resultMessage, rdflib.Literal(result.message)))
        for predicate, iri in (
            (SH.focusNode, result.focus),
            (SH.sourceShape, result.shape),
            (SH.resultPath, result.path),
        ):
            if iri:
                graph.add((one, predicate, rdflib.URIRef(iri)))
        if result.term is not None and not isinstance(result.term, rdflib.BNode):
            graph.add((one, SH.value, result.term))
    return "".join(sorted(graph.serialize(format="nt").splitlines(keepends=True)))
