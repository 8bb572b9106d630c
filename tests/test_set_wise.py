"""The searches for what may break a shape against pySHACL over everything: same reports, on data spoilt at random."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from rdflib import SH

from allegiance import terms
from allegiance.build.compose import ontology_quads
from allegiance.build.graphs import to_rdflib
from allegiance.build.reference import results
from allegiance.build.shapes import ShapeGraph
from allegiance.build.suspects import Compiler, compiled, suspects
from allegiance.build.validate import Result, read_shapes, validate_engine
from allegiance.build.view import view
from allegiance.engine import Engine
from allegiance.terms import ALG, ALGC, ALGID, RDF, SKOS, XSD
from conftest import ROOT

ENTITIES = ox.NamedNode(terms.ENTITIES_GRAPH)
NOT_CHECKED = {ox.NamedNode(terms.INFERRED_GRAPH), ox.NamedNode(terms.META_GRAPH)}


def by_pyshacl(quads: list[ox.Quad], shapes: rdflib.Graph) -> list[Result]:
    """The results of pySHACL for all shapes over all data: the reference."""
    engine = Engine.in_memory()
    engine.add(quads)
    # As the engine gives them back: it keeps 0.50 as 0.5.
    _, report, _ = pyshacl.validate(to_rdflib(engine.quads()), shacl_graph=shapes, inplace=True)
    assert isinstance(report, rdflib.Graph), report
    return results(report)


def set_wise(quads: list[ox.Quad], shapes: rdflib.Graph) -> list[Result]:
    """The results of the build's own validation."""
    engine = Engine.in_memory()
    engine.add(quads)
    return validate_engine(engine, ShapeGraph.of_rdflib(shapes))


@pytest.fixture(scope="module")
def checked(engine: Engine) -> list[ox.Quad]:
    """What is validated of the shipped data: everything but what is inferred and what describes the dataset."""
    return sorted((quad for quad in engine.quads() if quad.graph_name not in NOT_CHECKED), key=str)


@cache
def shipped_shapes() -> rdflib.Graph:
    return read_shapes(ROOT)


@cache
def core_shapes() -> rdflib.Graph:
    """The shapes without their sh:sparql, which pySHACL would run over the shipped data for minutes."""
    core = rdflib.Graph()
    for triple in shipped_shapes():
        if triple[1] != SH.sparql:
            core.add(triple)
    return core


def test_every_shipped_shape_is_compiled_and_nothing_in_the_shipped_data_is_suspect(checked: list[ox.Quad]) -> None:
    engine = Engine.in_memory()
    engine.add(checked)
    searches = compiled(engine, ShapeGraph.read(ROOT))
    assert len(searches) > 120
    assert [search.shape for search in searches if not search.known] == []
    assert suspects(engine, searches) == {}


def test_shapes_read_by_the_engine_are_those_read_by_rdflib() -> None:
    ours = rdflib.Graph()
    for triple in ShapeGraph.read(ROOT).triples:
        ours += to_rdflib([ox.Quad(triple.subject, triple.predicate, triple.object, ENTITIES)])
    assert len(ours) == len(shipped_shapes())


def test_a_view_of_an_engine_reads_as_a_copy_of_it(checked: list[ox.Quad]) -> None:
    some = [quad for quad in checked if quad.graph_name == ox.NamedNode(terms.ONTOLOGY_GRAPH)][:400]
    engine = Engine.in_memory()
    engine.add(some)
    seen, copied = view(engine), to_rdflib(engine.quads())
    assert set(seen) == set(copied)
    for subject, predicate, value in list(copied)[:60]:
        for pattern in [(subject, None, None), (None, predicate, None), (None, None, value), (subject, None, value)]:
            assert set(seen.triples(pattern)) == set(copied.triples(pattern))
        assert (subject, predicate, value) in seen
    assert (rdflib.URIRef("a:no"), rdflib.URIRef("a:no"), rdflib.Literal("no")) not in seen


# Data spoilt at random: what may be put in the place of a value, or beside it.
ODD: list[ox.NamedNode | ox.Literal] = [
    ox.NamedNode(ALG + "Asserted"),
    ox.NamedNode(ALG + "Denied"),
    ox.NamedNode(ALG + "Negated"),
    ox.NamedNode(ALG + "ArmedGroup"),
    ox.NamedNode(ALG + "PoliticalParty"),
    ox.NamedNode(ALG + "Claim"),
    ox.NamedNode("https://example.org/nothing"),
    ox.Literal("A sentence that ends.", language="en"),
    ox.Literal("A sentence that ends.", language="en-gb"),
    ox.Literal("no", language="en"),
    ox.Literal("Ein Satz.", language="de"),
    ox.Literal("x" * 600 + ".", language="en"),
    ox.Literal("A line\n"),
    ox.Literal("2015", datatype=ox.NamedNode(terms.PREFIXES["edtf"] + "EDTF")),
    ox.Literal("1", datatype=ox.NamedNode(XSD + "integer")),
    ox.Literal("01", datatype=ox.NamedNode(XSD + "integer")),
    ox.Literal("-3", datatype=ox.NamedNode(XSD + "integer")),
    ox.Literal("many", datatype=ox.NamedNode(XSD + "integer")),
    ox.Literal("0.50", datatype=ox.NamedNode(XSD + "decimal")),
    ox.Literal("1e3", datatype=ox.NamedNode(XSD + "double")),
    ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean")),
    ox.Literal("1", datatype=ox.NamedNode(XSD + "boolean")),
    ox.Literal("perhaps", datatype=ox.NamedNode(XSD + "boolean")),
    ox.Literal("100000000000000000000000", datatype=ox.NamedNode(XSD + "integer")),
]
CHANGE = st.tuples(
    st.sampled_from(["remove", "replace", "beside", "swap", "rename", "retype"]),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.sampled_from(ODD),
)


def spoilt(quads: list[ox.Quad], changes: list[tuple[str, int, int, ox.NamedNode | ox.Literal]]) -> list[ox.Quad]:
    """Data with some of its statements removed, given other values, or moved."""
    open_to_change = [quad for quad in quads if quad.graph_name != ox.NamedNode(terms.ONTOLOGY_GRAPH)]
    found = dict.fromkeys(quads)
    for kind, place, other, odd in changes:
        old = open_to_change[place % len(open_to_change)]
        second = open_to_change[other % len(open_to_change)]
        if kind not in ("beside", "retype"):
            found.pop(old, None)
        new = {
            "remove": None,
            "replace": ox.Quad(old.subject, old.predicate, odd, old.graph_name),
            "beside": ox.Quad(old.subject, old.predicate, odd, old.graph_name),
            "swap": ox.Quad(old.subject, old.predicate, second.object, old.graph_name),
            "rename": ox.Quad(old.subject, second.predicate, old.object, old.graph_name),
            "retype": ox.Quad(old.subject, ox.NamedNode(RDF + "type"), odd, old.graph_name),
        }[kind]
        if new is not None and not (kind == "retype" and isinstance(odd, ox.Literal)):
            found[new] = None
    return list(found)


def excerpt(quads: list[ox.Quad]) -> list[ox.Quad]:
    """The ontology, and some dozen claims with whatever they and their subjects need."""
    said: dict[str, list[ox.Quad]] = defaultdict(list)
    for quad in quads:
        if isinstance(quad.subject, ox.NamedNode):
            said[quad.subject.value].append(quad)
    about: dict[str, str] = {}
    for quad in quads:
        if quad.predicate.value == ALG + "about" and isinstance(quad.object, ox.NamedNode):
            about.setdefault(quad.object.value, str(quad.subject)[1:-1])
    kinds: dict[str, str] = {}
    for thing, claim in about.items():
        for quad in said[thing]:
            if quad.predicate.value == RDF + "type" and isinstance(quad.object, ox.NamedNode):
                kinds.setdefault(quad.object.value, claim)
    pending, kept = sorted(kinds.values()), set()
    while pending:
        record = pending.pop()
        if record in kept or record.startswith(ALG):
            continue
        kept.add(record)
        # From the claims to what they name, and not from there to all that is said of it.
        if record.startswith(ALGC) or not record.startswith(ALGID):
            pending += [q.object.value for q in said[record] if isinstance(q.object, ox.NamedNode)]
        else:
            names = (terms.SKOSXL + "prefLabel", SKOS + "prefLabel")
            pending += [
                q.object.value
                for q in said[record]
                if q.predicate.value in names and isinstance(q.object, ox.NamedNode)
            ]
    ontology = ox.NamedNode(terms.ONTOLOGY_GRAPH)
    return [q for q in quads if q.graph_name == ontology or str(q.subject)[1:-1] in kept]


@settings(max_examples=12, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(changes=st.lists(CHANGE, min_size=1, max_size=40))
def test_spoilt_excerpts_get_the_report_of_pyshacl(
    checked: list[ox.Quad], changes: list[tuple[str, int, int, ox.NamedNode | ox.Literal]]
) -> None:
    quads = spoilt(excerpt(checked), changes)
    assert set_wise(quads, core_shapes()) == sorted(set(by_pyshacl(quads, core_shapes())))


@settings(max_examples=2, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(changes=st.lists(CHANGE, min_size=20, max_size=60))
def test_spoilt_shipped_data_gets_the_report_of_pyshacl(
    checked: list[ox.Quad], changes: list[tuple[str, int, int, ox.NamedNode | ox.Literal]]
) -> None:
    quads = spoilt(checked, changes)
    found = set_wise(quads, core_shapes())
    assert found == sorted(set(by_pyshacl(quads, core_shapes())))


# One shape for each constraint component, known and not, over all values at random.
HEAD = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix : <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
KNOWN = [
    "sh:property [ sh:path :p ; sh:minCount 1 ]",
    "sh:property [ sh:path :p ; sh:minCount 2 ]",
    "sh:property [ sh:path :p ; sh:maxCount 0 ]",
    "sh:property [ sh:path :p ; sh:maxCount 1 ]",
    "sh:property [ sh:path :p ; sh:maxCount 2 ]",
    "sh:property [ sh:path :p ; sh:class :C ]",
    "sh:property [ sh:path [ sh:inversePath :p ] ; sh:minCount 1 ; sh:class :C ]",
    "sh:property [ sh:path ( :p [ sh:inversePath :q ] ) ; sh:maxCount 1 ; sh:class :D ]",
    "sh:property [ sh:path [ sh:alternativePath ( :p :q ) ] ; sh:minCount 2 ; sh:maxCount 3 ]",
    *(
        f"sh:property [ sh:path :p ; sh:datatype {one} ]"
        for one in ("xsd:integer", "xsd:decimal", "xsd:boolean", "xsd:string", "rdf:langString", ":odd")
    ),
    'sh:property [ sh:path :p ; sh:in ( :a 1 "a" ) ]',
    "sh:property [ sh:path :p ; sh:hasValue :a ]",
    "sh:property [ sh:path :p ; sh:hasValue 1 ]",
    'sh:property [ sh:path :p ; sh:pattern "^[a-c1-3]+$" ]',
    "sh:property [ sh:path :p ; sh:minLength 2 ]",
    "sh:property [ sh:path :p ; sh:maxLength 2 ]",
    'sh:property [ sh:path :p ; sh:languageIn ( "en" "de" ) ]',
    "sh:property [ sh:path :p ; sh:minInclusive 1 ]",
    "sh:property [ sh:path :p ; sh:maxInclusive 1.5 ]",
    "sh:property [ sh:path :p ; sh:lessThanOrEquals :q ]",
    "sh:property [ sh:path :p ; sh:disjoint :q ]",
    *(
        f"sh:property [ sh:path :p ; sh:nodeKind sh:{one} ]"
        for one in ("IRI", "Literal", "BlankNode", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
    ),
    "sh:class :D",
    "sh:in ( :a :b )",
    "sh:hasValue :a",
    "sh:node :Inner",
    "sh:not :Inner",
    "sh:not [ sh:path :p ; sh:minCount 1 ; sh:maxCount 1 ; sh:in ( :a 1 ) ]",
    "sh:not [ sh:path :p ; sh:datatype xsd:integer ; sh:minInclusive 1 ]",
    "sh:not [ sh:path :p ; sh:minCount 2 ]",
    "sh:not [ sh:path :p ; sh:hasValue 1 ]",
    "sh:or ( [ sh:class :D ] [ sh:path :p ; sh:maxCount 1 ] )",
    "sh:and ( [ sh:class :C ] [ sh:not [ sh:path :q ; sh:minCount 1 ] ] )",
    "sh:or ( [ sh:not [ sh:path :p ; sh:hasValue :a ] ] [ sh:path :q ; sh:lessThanOrEquals :p ] )",
    "sh:property [ sh:path :p ; sh:node [ sh:property [ sh:path :q ; sh:minCount 1 ; sh:class :C ] ] ]",
    "sh:property [ sh:path :p ; sh:property [ sh:path [ sh:inversePath :q ] ; sh:maxCount 1 ] ]",
]
UNKNOWN = [
    "sh:closed true ; sh:property [ sh:path :p ]",
    "sh:xone ( [ sh:class :D ] [ sh:path :p ; sh:minCount 1 ] )",
    "sh:property [ sh:path :p ; sh:uniqueLang true ]",
    "sh:property [ sh:path :p ; sh:equals :q ]",
    "sh:property [ sh:path :p ; sh:lessThan :q ]",
    "sh:property [ sh:path :p ; sh:minExclusive 1 ]",
    "sh:property [ sh:path :p ; sh:datatype xsd:date ]",
    'sh:property [ sh:path :p ; sh:pattern "A" ; sh:flags "i" ]',
    'sh:property [ sh:path :p ; sh:pattern "^(?!a)" ]',
    'sh:property [ sh:path :p ; sh:languageIn ( "en-gb" ) ]',
    "sh:property [ sh:path [ sh:inversePath ( :p :q ) ] ; sh:maxCount 0 ]",
    "sh:property [ sh:path [ sh:zeroOrMorePath :p ] ; sh:maxCount 2 ]",
    "sh:property [ sh:path :p ; sh:qualifiedValueShape [ sh:class :C ] ; sh:qualifiedMinCount 1 ]",
    "sh:deactivated true ; sh:class :D",
]
INNER = ":Inner sh:property [ sh:path :p ; sh:class :C ; sh:minCount 1 ] ; sh:property [ sh:path :q ; sh:maxCount 1 ] ."
EX = "https://example.org/"
NODES = [ox.NamedNode(EX + name) for name in "abcd"]
VALUES = [
    *NODES,
    *NODES,
    *ODD[7:],
    ox.Literal("a"),
    ox.Literal("abc1"),
    ox.Literal("2", datatype=ox.NamedNode(XSD + "integer")),
    ox.Literal("1.5", datatype=ox.NamedNode(XSD + "decimal")),
    ox.Literal("odd", datatype=ox.NamedNode(EX + "odd")),
]
TYPE = ox.NamedNode(RDF + "type")
STATEMENT = st.one_of(
    st.tuples(st.sampled_from(NODES), st.sampled_from([ox.NamedNode(EX + p) for p in "pq"]), st.sampled_from(VALUES)),
    st.tuples(st.sampled_from(NODES), st.just(TYPE), st.sampled_from([ox.NamedNode(EX + c) for c in ("C", "D", "T")])),
)
SUBCLASS = ox.Triple(ox.NamedNode(EX + "D"), ox.NamedNode(terms.RDFS + "subClassOf"), ox.NamedNode(EX + "C"))


def shape_of(constraint: str) -> rdflib.Graph:
    targets = "sh:targetClass :T , :C ; sh:targetSubjectsOf :q ; sh:targetObjectsOf :p ; sh:targetNode :a"
    return rdflib.Graph().parse(data=f"{HEAD} :S a sh:NodeShape ; {targets} ; {constraint} . {INNER}", format="turtle")


@pytest.mark.parametrize("constraint", [*KNOWN, *UNKNOWN])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(statements=st.lists(STATEMENT, max_size=14))
def test_each_component_is_judged_as_pyshacl_judges_it(
    constraint: str, statements: list[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]
) -> None:
    quads = [ox.Quad(s, p, o, ENTITIES) for s, p, o in statements]
    quads.append(ox.Quad(SUBCLASS.subject, SUBCLASS.predicate, SUBCLASS.object, ENTITIES))
    shapes = shape_of(constraint)
    if "lessThan" in constraint:
        # pySHACL breaks down over literals that Python cannot compare.
        numbers = (XSD + "integer", XSD + "decimal")
        assume(all(not isinstance(q.object, ox.Literal) or q.object.datatype.value in numbers for q in quads))
        assume(all(not isinstance(q.object, ox.Literal) or q.object.value != "many" for q in quads))
    # Without a message of its own a shape gets one that names it, by its blank node.
    found, wanted = ({replace(one, message="") for one in by(quads, shapes)} for by in (set_wise, by_pyshacl))
    assert found == wanted


@pytest.mark.parametrize("constraint", [*KNOWN, *UNKNOWN])
def test_what_is_not_compiled_is_handed_over_whole(constraint: str) -> None:
    searches = list(Compiler(ShapeGraph.of_rdflib(shape_of(constraint))).searches())
    assert [search.known for search in searches] == [constraint in KNOWN]


def test_a_target_of_an_unknown_kind_is_an_error() -> None:
    shape = rdflib.Graph().parse(data=f"{HEAD} :S a sh:NodeShape ; sh:target [ ] ; sh:class :C .", format="turtle")
    with pytest.raises(ValueError, match="of a kind that is not known"):
        list(Compiler(ShapeGraph.of_rdflib(shape)).searches())


def test_ontology_alone_conforms() -> None:
    quads, problems = ontology_quads(Path(ROOT))
    assert problems == []
    assert set_wise(quads, shipped_shapes()) == []
