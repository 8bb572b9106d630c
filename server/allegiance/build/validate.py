"""SHACL over the asserted and derived data: pySHACL for SHACL Core, one engine query for each sh:sparql constraint.

pySHACL parses and runs a sh:sparql constraint once for every focus node, which was four fifths of its time; here the
select of a constraint runs once for all of its shape's targets. A test shows that the reports agree.

The inferred graph stays out: ranges would type whatever stands in a role as what it should be, and hide the mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import rdflib
from rdflib import RDF, SH

from allegiance import terms
from allegiance.build.compose import Composition, turtle_files
from allegiance.build.graphs import node, to_rdflib
from allegiance.engine import Engine
from allegiance.errors import Problem

INFERRED = ox.NamedNode(terms.INFERRED_GRAPH)
SPARQL_COMPONENT = str(SH.SPARQLConstraintComponent)


@dataclass(frozen=True, order=True)
class Result:
    """One sh:ValidationResult. Strings are IRIs, or the text of a literal value; empty where the report has none.

    `term` is the value as a term, where a report in RDF is to carry it; it takes no part in comparisons.
    """

    focus: str
    shape: str
    component: str
    path: str
    value: str
    message: str
    term: rdflib.term.Node | None = field(default=None, compare=False)


class Nonconforming(Exception):
    """A dataset breaks the shapes, or the ontology's own rules; `results` say where."""

    def __init__(self, results: list[Result]) -> None:
        super().__init__(f"{len(results)} results")
        self.results = results


def read_shapes(root: Path) -> rdflib.Graph:
    """All shapes of a data root as one graph."""
    graph = rdflib.Graph()
    for path in turtle_files(root / "shapes"):
        graph.parse(path)
    return graph


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


def _core(data: rdflib.Graph, shapes: rdflib.Graph) -> list[Result]:
    core = rdflib.Graph()
    for triple in shapes:
        if triple[1] != SH.sparql:
            core.add(triple)
    _, report, _ = pyshacl.validate(data, shacl_graph=core, inplace=True)
    if not isinstance(report, rdflib.Graph):
        raise RuntimeError(f"pySHACL could not validate: {report}")
    return results(report)


def _target(shapes: rdflib.Graph, shape: rdflib.term.Node) -> str:
    """The targets of a shape as a SPARQL group that binds ?this."""
    groups = [
        f"{{ ?this a/<{terms.RDFS}subClassOf>* {cls.n3()} }}"
        for cls in sorted(shapes.objects(shape, SH.targetClass), key=str)
    ] + [
        f"{{ ?this {prop.n3()} ?target_object }}"
        for prop in sorted(shapes.objects(shape, SH.targetSubjectsOf), key=str)
    ]
    if not groups:
        raise ValueError(f"{shape} has a sh:sparql constraint and neither sh:targetClass nor sh:targetSubjectsOf")
    return " UNION ".join(groups)


def _select(shapes: rdflib.Graph, shape: rdflib.term.Node, constraint: rdflib.term.Node) -> str:
    """The select of a constraint over all targets at once: its group joined with the targets of its shape."""
    declared = [
        f"PREFIX {shapes.value(one, SH.prefix)}: <{shapes.value(one, SH.namespace)}>"
        for owner in shapes.objects(constraint, SH.prefixes)
        for one in sorted(shapes.objects(owner, SH.declare), key=str)
    ]
    select = str(shapes.value(constraint, SH["select"])).replace("$this", "?this")
    head, where, body = re.split(r"(\bWHERE\s*\{)", select, maxsplit=1)
    targets = f"{{ SELECT DISTINCT ?this WHERE {{ {_target(shapes, shape)} }} }}"
    return f"{' '.join(declared)}\n{head}{where} {targets}\n{body}"


def _set_wise(engine: Engine, shapes: rdflib.Graph) -> Iterator[Result]:
    graphs = [graph for graph in engine.graphs() if graph != terms.INFERRED_GRAPH]
    for shape, constraint in sorted(shapes.subject_objects(SH.sparql), key=str):
        message = _text(shapes, shape, SH.message)
        for row in engine.rows(_select(shapes, shape, constraint), graphs):
            focus, value = row["this"], row.get("value", row["this"])
            path = row.get("path")
            yield Result(
                focus=str(node(focus)),
                shape=str(shape),
                component=SPARQL_COMPONENT,
                path=str(node(path)) if path is not None else "",
                value=str(node(value)),
                message=message,
                term=node(value),
            )


def validate_engine(engine: Engine, shapes: rdflib.Graph) -> list[Result]:
    """The results of all shapes over everything in an engine but its inferred graph."""
    asserted = [quad for quad in engine.quads() if quad.graph_name != INFERRED]
    return sorted(set(_core(to_rdflib(asserted), shapes)) | set(_set_wise(engine, shapes)))


def problems(found: Iterable[Result], composition: Composition) -> list[Problem]:
    """Validation results as problems of the records they stand in."""
    listed = []
    for result in found:
        shown = terms.shorten(result.value) if result.value.startswith("http") else result.value
        at = f" (at {shown})" if result.value and result.value != result.focus else ""
        listed.append(composition.problem(result.focus, result.message + at))
    return listed
