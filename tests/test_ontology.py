"""The ontology: hygiene rules as queries that return offenders, profile, consistency, and no term without a use."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
import rustdl

from allegiance import __version__, terms
from allegiance.build.compose import ontology_quads
from allegiance.build.graphs import to_rdflib
from allegiance.engine import Engine, text_of

ROOT = Path(__file__).parent.parent
HYGIENE = sorted((Path(__file__).parent / "hygiene").glob("*.rq"))


@pytest.fixture(scope="module")
def ontology() -> Engine:
    engine = Engine.in_memory()
    quads, problems = ontology_quads(ROOT)
    assert not problems
    engine.add(quads)
    return engine


def test_there_are_hygiene_rules() -> None:
    assert len(HYGIENE) >= 12


@pytest.mark.parametrize("rule", HYGIENE, ids=lambda path: path.stem)
def test_no_term_offends_a_hygiene_rule(rule: Path, ontology: Engine) -> None:
    offenders = [" ".join(map(str, row.values())) for row in ontology.rows(rule.read_text(encoding="utf-8"))]
    assert offenders == []


def test_a_planted_offender_is_found_by_every_rule(ontology: Engine) -> None:
    planted = """
        @prefix alg: <https://w3id.org/allegiance/ontology#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        alg:undeclared a owl:Class .
        alg:bad_name a owl:Class, owl:FunctionalProperty ; rdfs:label "pledge"@en ;
            skos:definition "Something odd. Really"@en ; rdfs:isDefinedBy <https://w3id.org/allegiance/ontology> ;
            rdfs:subClassOf alg:bad_name, alg:Nowhere, [ owl:someValuesFrom alg:Actor ] .
        alg:Bad a owl:ObjectProperty ; rdfs:label "pledge"@en, "oath"@en ; skos:definition "Oath."@en ;
            rdfs:subPropertyOf alg:participant ; rdfs:isDefinedBy <https://w3id.org/allegiance/ontology> .
        <https://example.org/o> owl:versionIRI <https://example.org/o/1> ; owl:versionInfo "2" .
        alg:OtherPledge a owl:Class ; rdfs:label "pledge"@en ; skos:definition "An oath."@en ;
            rdfs:isDefinedBy <https://w3id.org/allegiance/ontology> .
    """
    engine = Engine.in_memory()
    engine.add(ontology.quads())
    graph = ox.NamedNode(terms.ONTOLOGY_GRAPH)
    engine.add(
        [ox.Quad(q.subject, q.predicate, q.object, graph) for q in ox.parse(planted, format=ox.RdfFormat.TURTLE)]
    )
    silent = [rule.stem for rule in HYGIENE if not list(engine.rows(rule.read_text(encoding="utf-8")))]
    assert silent == []


def test_no_term_is_unused(ontology: Engine) -> None:
    ours = {q.subject.value for q in ontology.quads() if isinstance(q.subject, ox.NamedNode)}
    names = {iri.removeprefix(terms.ALG) for iri in ours if iri.startswith(terms.ALG)}
    assert len(names) > 200
    files = [
        *(ROOT / "instances").rglob("*.ttl"),
        *(ROOT / "shapes").glob("*.ttl"),
        *(ROOT / "ontology" / "rules").glob("*.rq"),
        *(ROOT / "queries").glob("*.rq"),
    ]
    used = {name for path in files for name in re.findall(r"\balg:(\w+)", path.read_text(encoding="utf-8"))}
    # The four bounds, and what else the build itself writes.
    for path in (ROOT / "server" / "allegiance" / "build").glob("*.py"):
        used |= set(re.findall(r'"(\w+)"', path.read_text(encoding="utf-8")))
    assert names - used == set()


def test_ontology_is_consistent_for_a_description_logic_reasoner(ontology: Engine, tmp_path: Path) -> None:
    path = tmp_path / "ontology.rdf"
    graph = to_rdflib(ontology.quads())
    graph.serialize(path, format="xml")
    assert consistent(path)
    for name in ("Person", "Place"):
        graph.add((rdflib.URIRef(terms.ALGID + "x"), rdflib.RDF.type, rdflib.URIRef(terms.ALG + name)))
    graph.serialize(path, format="xml")
    assert not consistent(path)


def consistent(path: Path) -> bool:
    return bool(rustdl.is_consistent(str(path)))


def test_versions_agree(ontology: Engine) -> None:
    versions = {text_of(q.object) for q in ontology.quads() if q.predicate.value == terms.OWL + "versionInfo"}
    assert versions == {__version__}


def test_datatypes_outside_the_owl_map_are_declared() -> None:
    graph = to_rdflib(ontology_quads(ROOT)[0])
    declared = set(graph.subjects(rdflib.RDF.type, rdflib.RDFS.Datatype))
    assert {rdflib.XSD.date, rdflib.URIRef(terms.EDTF)} <= declared
