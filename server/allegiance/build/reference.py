"""pySHACL, which words the reports. Imported only where there is something to report: it takes a while to load."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyshacl
import rdflib
from rdflib import RDF, SH

from allegiance.build.graphs import node, to_rdflib
from allegiance.build.shapes import TARGETS, ShapeGraph
from allegiance.build.validate import SPARQL_COMPONENT, Result
from allegiance.build.view import view
from allegiance.engine import Engine, Term, text_of

_FEW = 1000
"""So many suspects are looked up one by one in the engine; for more of them the data is copied for pySHACL."""
_APART = {*TARGETS, str(SH.sparql)}


def _text(graph: rdflib.Graph, subject: rdflib.term.Node, predicate: rdflib.term.Node) -> str:
    value = graph.value(subject, predicate)
    return str(value) if value is not None and not isinstance(value, rdflib.BNode) else ""


def results(report: rdflib.Graph) -> list[Result]:
    """The results of a validation report, sorted; paths and shapes without an IRI are left empty."""
    return sorted(
        Result(
            focus=_text(report, result, SH.focusNode),
            shape=_text(report, result, SH.sourceShape),
            component=_text(report, result, SH.sourceConstraintComponent),
            path=_text(report, result, SH.resultPath),
            value=_text(report, result, SH.value),
            message=_text(report, result, SH.resultMessage),
            term=report.value(result, SH.value),
        )
        for result in report.subjects(RDF.type, SH.ValidationResult)
    )


def core_results(engine: Engine, shapes: ShapeGraph, suspects: Mapping[Term, Collection[Term]]) -> list[Result]:
    """What pySHACL reports of SHACL Core over the union of an engine's graphs, for the suspects of each shape alone.

    The shapes that pySHACL gets have the suspects as their target nodes, in place of their own targets.
    """
    core = rdflib.Graph()
    for triple in shapes.triples:
        if triple.predicate.value not in _APART:
            core.add((node(triple.subject), node(triple.predicate), node(triple.object)))
    for shape, nodes in suspects.items():
        for one in nodes:
            core.add((node(shape), SH.targetNode, node(one)))
    few = sum(map(len, suspects.values())) <= _FEW
    data = view(engine) if few else to_rdflib(engine.quads())
    _, report, _ = pyshacl.validate(data, shacl_graph=core, inplace=True)
    if not isinstance(report, rdflib.Graph):
        raise RuntimeError(f"pySHACL could not validate: {report}")
    return results(report)


def row_result(shape: Term, message: str, row: dict[str, Term]) -> Result:
    """A solution of a sh:sparql constraint as the result that it stands for (SHACL 5.3.2)."""
    focus, value = node(row["this"]), node(row.get("value", row["this"]))
    path = str(node(row["path"])) if "path" in row else ""
    return Result(str(focus), text_of(shape), SPARQL_COMPONENT, path, str(value), message, value)
