"""SHACL over the asserted and derived data: searches in the engine for what may break a shape, pySHACL for the rest.

`allegiance.build.suspects` finds the focus nodes that a shape of SHACL Core may not hold for, all at once; where there
are none the data conforms. pySHACL is asked about those alone, and words the report: messages, values and paths are
its own. pySHACL parses and runs a sh:sparql constraint once for every focus node; here the select of a constraint runs
once for all of its shape's targets. Tests show that the reports agree.

The inferred graph stays out: ranges would type whatever stands in a role as what it should be, and hide the mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from allegiance import terms
from allegiance.build.compose import Composition, turtle_files
from allegiance.build.shapes import ShapeGraph
from allegiance.build.suspects import Search, compiled, suspects
from allegiance.engine import Engine, Term
from allegiance.errors import Problem
from allegiance.terms import SH

if TYPE_CHECKING:
    import rdflib

SPARQL_COMPONENT = SH + "SPARQLConstraintComponent"


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
    """All shapes of a data root as one rdflib graph."""
    from rdflib import Graph  # noqa: PLC0415 - a build that conforms needs none of it

    graph = Graph()
    for path in turtle_files(root / "shapes"):
        graph.parse(path)
    return graph


def _core(engine: Engine, searches: Iterable[Search], shapes: ShapeGraph) -> list[Result]:
    """The results of all constraints but sh:sparql over the union of an engine's graphs."""
    found = suspects(engine, searches)
    if not found:
        return []
    from allegiance.build.reference import core_results  # noqa: PLC0415 - only a report needs pySHACL

    return core_results(engine, shapes, found)


def _target(shapes: ShapeGraph, shape: Term) -> str:
    """The targets of a shape as a SPARQL group that binds ?this."""
    groups = [f"{{ ?this a/<{terms.RDFS}subClassOf>* {cls} }}" for cls in shapes.values(shape, SH + "targetClass")] + [
        f"{{ ?this {prop} ?target_object }}" for prop in shapes.values(shape, SH + "targetSubjectsOf")
    ]
    if not groups:
        raise ValueError(f"{shape} has a sh:sparql constraint and neither sh:targetClass nor sh:targetSubjectsOf")
    return " UNION ".join(groups)


def _select(shapes: ShapeGraph, shape: Term, constraint: Term) -> str:
    """The select of a constraint over all targets at once: its group joined with the targets of its shape."""
    declared = [
        f"PREFIX {shapes.text(one, SH + 'prefix')}: <{shapes.text(one, SH + 'namespace')}>"
        for owner in shapes.values(constraint, SH + "prefixes")
        for one in shapes.values(owner, SH + "declare")
    ]
    select = shapes.text(constraint, SH + "select").replace("$this", "?this")
    head, where, body = re.split(r"(\bWHERE\s*\{)", select, maxsplit=1)
    targets = f"{{ SELECT DISTINCT ?this WHERE {{ {_target(shapes, shape)} }} }}"
    return f"{' '.join(declared)}\n{head}{where} {targets}\n{body}"


def _by_sparql(engine: Engine, shapes: ShapeGraph) -> list[Result]:
    """The results of all sh:sparql constraints over the union of an engine's graphs."""
    found = [
        (shape, row)
        for shape in shapes.having(SH + "sparql")
        for constraint in shapes.values(shape, SH + "sparql")
        for row in engine.rows(_select(shapes, shape, constraint))
    ]
    if not found:
        return []
    from allegiance.build.reference import row_result  # noqa: PLC0415 - as above

    return [row_result(shape, shapes.text(shape, SH + "message"), row) for shape, row in found]


def validate_engine(engine: Engine, shapes: ShapeGraph) -> list[Result]:
    """The results of all shapes over everything in an engine but its inferred graph."""
    if terms.INFERRED_GRAPH in engine.graphs():
        inferred, whole = ox.NamedNode(terms.INFERRED_GRAPH), engine
        # A query over a list of graphs takes four times as long as one over the union of all there are.
        engine = Engine.in_memory()
        engine.add(quad for quad in whole.quads() if quad.graph_name != inferred)
    return sorted({*_core(engine, compiled(engine, shapes), shapes), *_by_sparql(engine, shapes)})


def problems(found: Iterable[Result], composition: Composition) -> list[Problem]:
    """Validation results as problems of the records they stand in."""
    listed = []
    for result in found:
        shown = terms.shorten(result.value) if result.value.startswith("http") else result.value
        at = f" (at {shown})" if result.value and result.value != result.focus else ""
        listed.append(composition.problem(result.focus, result.message + at))
    return listed
