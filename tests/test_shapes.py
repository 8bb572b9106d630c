"""Each shapes file against its fixtures: a fixture carries the exact report it expects, a conforming one none."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from rdflib import RDF, SH

from allegiance import terms
from allegiance.build.compose import ontology_quads
from allegiance.build.graphs import to_rdflib
from allegiance.build.reference import results
from allegiance.build.shapes import ShapeGraph
from allegiance.build.validate import Result, read_shapes, validate_engine
from allegiance.engine import Engine

ROOT = Path(__file__).parent.parent
FIXTURES = sorted((Path(__file__).parent / "shapes").glob("*/*.ttl"))
PARAMETERS = {
    SH.minCount: SH.MinCountConstraintComponent,
    SH.maxCount: SH.MaxCountConstraintComponent,
    SH["class"]: SH.ClassConstraintComponent,
    SH.datatype: SH.DatatypeConstraintComponent,
    SH["in"]: SH.InConstraintComponent,
    SH["or"]: SH.OrConstraintComponent,
    SH["not"]: SH.NotConstraintComponent,
    SH.pattern: SH.PatternConstraintComponent,
    SH.minLength: SH.MinLengthConstraintComponent,
    SH.maxLength: SH.MaxLengthConstraintComponent,
    SH.minInclusive: SH.MinInclusiveConstraintComponent,
    SH.maxInclusive: SH.MaxInclusiveConstraintComponent,
    SH.lessThanOrEquals: SH.LessThanOrEqualsConstraintComponent,
    SH.languageIn: SH.LanguageInConstraintComponent,
    SH.hasValue: SH.HasValueConstraintComponent,
    SH.disjoint: SH.DisjointConstraintComponent,
    SH.sparql: SH.SPARQLConstraintComponent,
}
# What stands beside constraints on a shape and constrains nothing itself.
OTHER = {SH.path, SH.message, SH.property, SH.targetClass, SH.targetSubjectsOf, SH.prefixes, SH.select, RDF.type}


@cache
def ontology() -> tuple[ox.Quad, ...]:
    return tuple(ontology_quads(ROOT)[0])


def report_of(fixture: Path) -> tuple[list[Result], list[Result], list[Result]]:
    """What the fixture expects, what pySHACL reports, and what the build's validator reports."""
    graph = rdflib.Graph().parse(fixture)
    expected = results(graph)
    for node in list(graph.subjects(RDF.type, SH.ValidationResult)):
        graph.remove((node, None, None))
    data = to_rdflib(ontology()) + graph
    shapes = rdflib.Graph().parse(ROOT / "shapes" / f"{fixture.parent.name}.ttl")
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes)
    assert isinstance(report, rdflib.Graph), report
    engine = Engine.in_memory()
    engine.add(ontology())
    entities = ox.NamedNode(terms.ENTITIES_GRAPH)
    triples = ox.parse(graph.serialize(format="nt"), format=ox.RdfFormat.N_TRIPLES)
    engine.add([ox.Quad(q.subject, q.predicate, q.object, entities) for q in triples])
    return expected, results(report), validate_engine(engine, ShapeGraph.of_rdflib(shapes))


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_report_is_the_one_the_fixture_expects(fixture: Path) -> None:
    expected, by_pyshacl, by_build = report_of(fixture)
    assert by_pyshacl == expected
    assert by_build == expected
    assert bool(expected) != fixture.stem.startswith("conforms")


def test_every_shapes_file_has_a_conforming_and_a_violating_fixture() -> None:
    names = {path.stem for path in (ROOT / "shapes").glob("*.ttl")}
    assert names == {path.parent.name for path in FIXTURES}
    assert names == {path.parent.name for path in FIXTURES if path.stem.startswith("conforms")}
    assert names == {path.parent.name for path in FIXTURES if not path.stem.startswith("conforms")}


def test_every_constraint_is_violated_by_some_fixture() -> None:
    shapes = read_shapes(ROOT)
    wanted = {
        (str(shape), str(PARAMETERS[predicate]))
        for shape, predicate in shapes.subject_predicates()
        if isinstance(predicate, rdflib.URIRef) and predicate in PARAMETERS and isinstance(shape, rdflib.URIRef)
    }
    seen = {
        (result.shape, result.component) for fixture in FIXTURES for result in results(rdflib.Graph().parse(fixture))
    }
    assert len(wanted) > 200
    assert wanted - seen == set()


def test_every_constraint_of_a_named_shape_is_of_a_known_kind() -> None:
    shapes = read_shapes(ROOT)
    named = {s for t in (SH.NodeShape, SH.PropertyShape) for s in shapes.subjects(RDF.type, t)}
    used = {predicate for shape in named for predicate in shapes.predicates(shape)}
    assert used - set(PARAMETERS) - OTHER == set()


def test_every_shape_has_a_message_that_says_what_to_do() -> None:
    shapes = read_shapes(ROOT)
    for shape in shapes.subjects(RDF.type, SH.PropertyShape):
        messages = list(shapes.objects(shape, SH.message))
        assert len(messages) == 1, shape
        assert str(messages[0]).endswith("."), shape


def test_every_class_of_the_ontology_is_checked_by_a_shape() -> None:
    graph = to_rdflib(ontology())
    shapes = read_shapes(ROOT)
    targets = set(shapes.objects(None, SH.targetClass))
    ours = {c for c in graph.subjects(RDF.type, rdflib.OWL.Class) if str(c).startswith(terms.ALG)}
    assert len(ours) > 60
    unchecked = set()
    for cls in ours:
        above = set(graph.transitive_objects(cls, rdflib.RDFS.subClassOf))
        below = set(graph.transitive_subjects(rdflib.RDFS.subClassOf, cls)) - {cls}
        if not above & targets and not (below and below <= targets):
            unchecked.add(cls)
    assert unchecked == set()
