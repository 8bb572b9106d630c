"""Writes, by the process that makes them and the commands over them: what is accepted, refused, kept and undone."""

from __future__ import annotations

import fcntl
import hashlib
import json
import random
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import RDF, SH

from allegiance import terms
from allegiance.engine import Engine
from allegiance.errors import UsageError
from allegiance.passages import Row, read_table
from allegiance.writes import box, log
from allegiance.writes.sparql import UsingTwice, with_using, writes_default_graph
from allegiance.writes.state import restore
from allegiance.writes.turtle import Document
from conftest import ROOT, run
from small_site import CLAIM, FILES, FOREIGN, HEADER, PREFIXES, STRENGTH, TRIPLE, Site, answer, tree


def results(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of the report in an answer, as property → value."""
    report = rdflib.Graph().parse(data=found["report"], format="nt")
    (whole,) = report.subjects(RDF.type, SH.ValidationReport)
    assert report.value(whole, SH.conforms) == rdflib.Literal(False)
    listed = []
    for result in report.objects(whole, SH.result):
        assert (result, RDF.type, SH.ValidationResult) in report
        assert report.value(result, SH.resultSeverity) == SH.Violation
        listed.append({str(p).rpartition("#")[2]: o for p, o in report.predicate_objects(result)})
    assert listed
    for one in listed:
        assert {"focusNode", "sourceConstraintComponent", "resultMessage"} <= one.keys()
    return listed


# ---------------------------------------------------------------- what is accepted


def test_a_claim_is_in_the_next_version_with_what_follows_from_it(site: Site) -> None:
    before = site.version
    found = site.write("update", CLAIM)
    assert found["outcome"] == "applied", found
    assert (found["number"], found["added"], found["removed"], found["report"]) == (1, 11, 0, None)
    assert found["version"] == site.version != before
    assert hashlib.sha256(site.dataset).hexdigest()[:16] == site.version
    engine = site.engine()
    claim, about = "algc:losses-of-amber-brigade-1", "algid:losses-of-amber-brigade"
    assert engine.ask(f"{PREFIXES}ASK {{ GRAPH algg:derived {{ {claim} alg:earliestBegin ?day }} }}")
    assert engine.ask(f"{PREFIXES}ASK {{ GRAPH algg:inferred {{ {about} a alg:Event }} }}")
    assert Engine.in_memory(site.out / "dataset.nq").ask(f"{PREFIXES}ASK {{ {claim} a alg:Claim }}")
    (entry,) = log.entries(site.out)
    assert (entry.number, entry.operation, entry.graph, entry.base) == (1, "update", "", before)
    assert (entry.version, len(entry.added), entry.removed) == (site.version, 11, ())
    again = site.write("update", CLAIM)
    assert (again["outcome"], again["version"], again["added"]) == ("unchanged", site.version, 0)
    assert len(log.entries(site.out)) == 1


def test_a_passage_comes_with_its_claim_and_goes_with_it(site: Site) -> None:
    """A build expands a passage in the graph of each record that points to it; so does a write."""
    known = site.update(f"INSERT DATA {{ {STRENGTH.replace('first-text-20-60', 'first-text-70-90')} }}")
    assert (known["outcome"], known["added"]) == ("applied", 11 + 8), known
    name = "algp:first-text-100-120"
    described = f'GRAPH source:first-text {{ {name} alg:paragraph 2 ; alg:sha256 "{"c" * 64}" }}'
    claim = "GRAPH source:first-text { algc:losses-of-amber-brigade-1 alg:passage"
    moved = f"DELETE DATA {{ {claim} algp:first-text-70-90 }} }} ; INSERT DATA {{ {claim} {name} }} {described} }}"
    found = site.update(moved)
    assert (found["outcome"], found["added"], found["removed"]) == ("applied", 1 + 8, 1 + 8), found
    engine = site.engine()
    assert engine.ask(f"{PREFIXES}ASK {{ {name} a alg:Passage ; oa:hasSelector/oa:end 120 }}")
    assert not engine.ask(f"{PREFIXES}ASK {{ algp:first-text-70-90 ?p ?o }}")


def test_graph_store_operations_replace_merge_patch_and_delete_a_graph(site: Site) -> None:
    kinds = {"application/n-triples": TRIPLE, "text/turtle": "@prefix e: <https://example.org/> . e:a e:b <#c>, 01 ."}
    first = site.put(kinds["application/n-triples"], "application/n-triples")
    assert (first["outcome"], first["created"], first["graph"]) == ("applied", True, FOREIGN), first
    second = site.put(kinds["text/turtle"])
    assert (second["outcome"], second["created"], second["added"], second["removed"]) == ("applied", False, 2, 1)
    start = "<https://example.org/a> <https://example.org/b>"
    number = f'{start} "1"^^<http://www.w3.org/2001/XMLSchema#integer> .'
    assert site.triples(FOREIGN) == {f"{start} <{FOREIGN}#c> .", number}
    assert site.put(kinds["text/turtle"])["outcome"] == "unchanged"
    merged = site.write("post", TRIPLE, media_type="text/turtle", graph=FOREIGN)
    assert (merged["outcome"], merged["created"], merged["added"]) == ("applied", False, 1)
    change = (
        f"DELETE {{ ?s ?p ?o }} INSERT {{ ?s ?p 2 }} WHERE {{ ?s ?p ?o FILTER(?o = 1) }} ; DELETE DATA {{ {TRIPLE} }}"
    )
    patched = site.write("patch", change, graph=FOREIGN)
    assert (patched["outcome"], patched["added"], patched["removed"]) == ("applied", 1, 2), patched
    assert site.triples(FOREIGN) == {f"{start} <{FOREIGN}#c> .", number.replace('"1"', '"2"')}
    gone = site.write("delete", graph=FOREIGN)
    assert (gone["outcome"], gone["removed"]) == ("applied", 2)
    assert FOREIGN not in site.engine().graphs()
    assert [entry.operation for entry in log.entries(site.out)] == ["put", "put", "post", "patch", "delete"]
    assert [entry.graph for entry in log.entries(site.out)] == [FOREIGN] * 5
    assert site.write("delete", graph=FOREIGN)["outcome"] == "absent"


def test_a_post_to_the_store_makes_a_graph_named_after_what_was_sent(site: Site) -> None:
    body = json.dumps([{"@id": "https://example.org/a", "https://example.org/b": [{"@value": "ü\u2028"}]}])
    found = site.write("post", body, media_type="application/ld+json")
    assert found["graph"] == f"{terms.ALGG}posted/{hashlib.sha256(body.encode()).hexdigest()[:16]}"
    assert (found["outcome"], found["created"]) == ("applied", True)
    assert site.triples(found["graph"]) == {'<https://example.org/a> <https://example.org/b> "ü\u2028" .'}
    assert site.write("post", body, media_type="application/ld+json")["outcome"] == "unchanged"


def test_where_reads_the_union_unless_it_is_narrowed(site: Site) -> None:
    """Each insert copies what it sees; USING, WITH and the parameters of the protocol narrow that."""
    seen, pattern = "{ ?s a <x:Seen> }", "{ ?s a alg:Claim }"
    found = site.update(
        f"""INSERT {{ GRAPH <x:union> {seen} }} WHERE {pattern} ;
        INSERT {{ GRAPH <x:using> {seen} }} USING source:first-text WHERE {pattern} ;
        WITH <x:with> INSERT {{ ?s a <x:Moved> }} WHERE {seen} ;
        WITH <x:using> INSERT {{ ?s a <x:Moved> }} WHERE {seen}"""
    )
    assert found["outcome"] == "applied", found
    first, second = terms.source_graph("first-text"), terms.source_graph("second-text")
    for name, group, parameters in [
        ("parameter", pattern, {"using": [second]}),
        ("named", f"{{ GRAPH ?g {pattern} }}", {"using_named": [first, second]}),
    ]:
        found = site.update(f"INSERT {{ GRAPH <x:{name}> {seen} }} WHERE {group}", **parameters)
        assert found["outcome"] == "applied", (name, found)
    counts = {name: len(site.triples(f"x:{name}")) for name in ("union", "using", "with", "parameter", "named")}
    assert counts == {"union": 2, "using": 2, "with": 0, "parameter": 1, "named": 2}
    nothing = site.update("DELETE WHERE { GRAPH <x:using> { ?s ?p ?o } }", using=[first])
    assert nothing["outcome"] == "unchanged", "with a default graph alone, there are no named graphs to match"


def test_using_clauses_stand_before_each_where() -> None:
    text = (
        "DELETE { GRAPH <a:where> { ?s ?p 'WHERE {' } } WHERE { { ?s ?p ?o } } ; DELETE WHERE { GRAPH ?g { ?s ?p ?o } }"
    )
    written = with_using(text, ["a:g"], ["a:h"])
    assert written == (
        "DELETE { GRAPH <a:where> { ?s ?p 'WHERE {' } }  USING <a:g> USING NAMED <a:h> WHERE { { ?s ?p ?o } } ; "
        "DELETE { GRAPH ?g { ?s ?p ?o } } USING <a:g> USING NAMED <a:h> WHERE { GRAPH ?g { ?s ?p ?o } }"
    )
    assert with_using(text, [], []) == text
    for own in ("WITH <a:b> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "INSERT { } USING <a:b> WHERE { }"):
        with pytest.raises(UsingTwice):
            with_using(own, ["a:g"], [])


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("INSERT DATA { <a:a> <a:b> 'GRAPH <a:g> { }' }", True),
        ("INSERT DATA { GRAPH <a:g> { <a:a> <a:b> <a:c> } . <a:a> <a:b> <a:c> }", True),
        ("DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", True),
        ("DELETE WHERE { ?s ?p ?o }", True),
        ("INSERT DATA { GRAPH <a:g> { } } ; INSERT { ?s ?p 1 } WHERE { GRAPH ?g { ?s ?p ?o } }", True),
        ("WITH <a:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o } ; DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", True),
        ("WITH <a:g> DELETE { ?s ?p ?o } INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }", False),
        ("INSERT DATA { GRAPH<a:g>{<a:a> <a:b> '}'} GRAPH e:h { <a:a> <a:b> 1.5 } . } # { <a:a>", False),
        ("DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { ?s ?p ?o GRAPH ?g { ?s ?p ?o } }", False),
        ("CLEAR GRAPH <a:g>", False),
    ],
)
def test_a_template_without_a_graph_is_recognised(text: str, default: bool) -> None:
    assert writes_default_graph(text) is default


# ---------------------------------------------------------------- what is refused

GENERATED = [terms.DERIVED_GRAPH, terms.INFERRED_GRAPH, terms.META_GRAPH]
PROTECTED = [*GENERATED, terms.ONTOLOGY_GRAPH, terms.LINKS_GRAPH]


@pytest.mark.parametrize("graph", PROTECTED)
def test_a_graph_that_is_not_made_of_records_cannot_be_written(unchanging: Site, graph: str) -> None:
    tries = [
        unchanging.update(f"INSERT DATA {{ GRAPH <{graph}> {{ {TRIPLE} }} }}"),
        unchanging.write("put", TRIPLE, graph=graph, media_type="text/turtle"),
        unchanging.write("delete", graph=graph),
    ]
    for found in tries:
        assert found["outcome"] == "refused"
        assert f"<{graph}>" in found["sentence"]
        assert found["sentence"].count(". ") == 0


@pytest.mark.parametrize("text", ["CLEAR ALL", "DROP NAMED", "MOVE algg:derived TO <x:y>", "COPY <x:y> TO algg:meta"])
def test_whole_graph_operations_stop_at_protected_graphs(unchanging: Site, text: str) -> None:
    found = unchanging.update(text.replace("<x:y>", "source:first-text"))
    assert found["outcome"] == "refused"
    assert any(f"<{graph}>" in found["sentence"] for graph in PROTECTED)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <x:a> <x:b> <x:c> }",
        "INSERT DATA { algid:ali-stone a alg:Person }",
        "DELETE WHERE { ?s alg:low ?o }",
        "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "CLEAR DEFAULT",
        "ADD source:first-text TO DEFAULT ; INSERT DATA { <x:a> <x:b> <x:c> }",
    ],
)
def test_the_default_graph_takes_nothing(unchanging: Site, text: str) -> None:
    found = unchanging.update(text)
    assert found["outcome"] == "refused"
    assert "name a graph" in found["sentence"]


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("update", "INSERT DATA { GRAPH <x:g> { _:b <x:p> <x:o> } }"),
        ("update", "INSERT { GRAPH <x:g> { ?s <x:p> [] } } WHERE { ?s a alg:Claim }"),
        ("put", "[] <x:p> <x:o> ."),
        ("put", "<x:s> <x:p> (1 2) ."),
    ],
)
def test_blank_nodes_are_refused(unchanging: Site, operation: str, body: str) -> None:
    found = unchanging.update(body) if operation == "update" else unchanging.put(body)
    assert found["outcome"] == "refused"
    assert "give them IRIs" in found["sentence"]


def test_rdf_that_is_not_rdf_11_is_refused(unchanging: Site) -> None:
    for term in ("<<( <x:a> <x:b> <x:c> )>>", '"a"@ar--rtl'):
        found = unchanging.put(f"<x:s> <x:p> {term} .")
        assert (found["outcome"], "RDF 1.1" in found["sentence"]) == ("refused", True), found


@pytest.mark.parametrize(
    ("operation", "body", "fields"),
    [
        ("update", "nonsense", {}),
        ("update", "SELECT * WHERE { ?s ?p ?o }", {}),
        ("update", b"INSERT DATA { GRAPH <x:g> { <x:a> <x:b> '\xff' } }", {}),
        ("update", "DROP GRAPH <x:no-such-graph>", {}),
        ("update", "INSERT { GRAPH <x:g> { ?s ?p ?o } } USING <x:h> WHERE { ?s ?p ?o }", {"using": ["x:h"]}),
        ("update", "CLEAR GRAPH <x:g>", {"using": ["not an IRI"]}),
        ("put", "<x:s> <x:p>", {"graph": FOREIGN, "media_type": "text/turtle"}),
        ("put", "<rdf:RDF", {"graph": FOREIGN, "media_type": "application/rdf+xml"}),
        ("put", "{", {"graph": FOREIGN, "media_type": "application/ld+json"}),
        ("put", TRIPLE, {"graph": FOREIGN, "media_type": "text/plain"}),
        ("put", TRIPLE, {"graph": "not an IRI", "media_type": "text/turtle"}),
        ("put", TRIPLE, {"media_type": "text/turtle"}),
        ("burn", "", {"graph": FOREIGN}),
    ],
)
def test_what_does_not_parse_is_one_sentence(unchanging: Site, operation: str, body: Any, fields: Any) -> None:
    found = unchanging.write(operation, body, **fields)
    assert found["outcome"] == "syntax", found
    assert found["sentence"].endswith(".")
    assert "\n" not in found["sentence"]


def test_a_patch_of_a_graph_touches_no_other(unchanging: Site) -> None:
    text = "INSERT { GRAPH <x:other> { <x:a> <x:b> <x:c> } } WHERE { }"
    found = unchanging.write("patch", text, graph=FOREIGN)
    assert (found["outcome"], "<x:other>" in found["sentence"]) == ("refused", True), found


@contextmanager
def canary() -> Iterator[tuple[int, list[str]]]:
    """A port that notes whoever calls."""
    calls: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def note() -> None:
            while True:
                try:
                    caller, address = listener.accept()
                except OSError:
                    return
                calls.append(str(address))
                caller.close()

        threading.Thread(target=note, daemon=True).start()
        yield port, calls
        time.sleep(0.2)
        listener.shutdown(socket.SHUT_RDWR)


OUTWARD = {
    "load": ("update", "LOAD <{url}> INTO GRAPH <x:g>", ""),
    "load silent": ("update", "load\nSILENT <{url}> INTO GRAPH <x:g>", ""),
    "load after a comment": ("update", "# '\nLOAD <{url}>", ""),
    "service": ("update", "INSERT {{ GRAPH <x:g> {{ ?s ?p ?o }} }} WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", ""),
    "service silent": (
        "update",
        "DELETE {{ GRAPH <x:g> {{ ?s ?p 1 }} }} WHERE {{ service silent <{url}> {{ ?s ?p ?o }} }}",
        "",
    ),
    "remote context": ("put", '{{"@context": "{url}", "@id": "x:a", "b": "c"}}', "application/ld+json"),
    "external entity": (
        "put",
        '<!DOCTYPE r [<!ENTITY e SYSTEM "{url}">]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:e="x:e#"><rdf:Description rdf:about="x:a"><e:p>&e;</e:p></rdf:Description></rdf:RDF>',
        "application/rdf+xml",
    ),
}


@pytest.mark.parametrize("case", OUTWARD)
def test_no_write_calls_another_host(unchanging: Site, case: str) -> None:
    operation, template, kind = OUTWARD[case]
    with canary() as (port, calls):
        body = template.format(url=f"http://127.0.0.1:{port}/data.ttl")
        found = unchanging.update(body) if operation == "update" else unchanging.put(body, kind)
        assert found["outcome"] in ("refused", "syntax"), found
        if operation == "update":
            assert re_word(template) in found["sentence"]
    assert calls == []


def re_word(template: str) -> str:
    return "LOAD" if "load" in template.lower() else "SERVICE"


def test_no_work_in_the_box_reaches_a_host_or_a_file(tmp_path: Path) -> None:
    """The words are refused before; this is what holds if a way round them is found."""
    secret = tmp_path / "secret.ttl"
    secret.write_text(TRIPLE)
    with canary() as (port, calls):
        with socket.create_connection(("127.0.0.1", port)):
            pass
        engine = Engine.in_memory()

        def load() -> bytes:
            for address in (f"http://127.0.0.1:{port}/data.ttl", f"file://{secret}"):
                engine.update(f"LOAD SILENT <{address}> INTO GRAPH <x:g>")
            return b"%d" % len(engine)

        def read() -> bytes:
            return secret.read_bytes()

        def connect() -> bytes:
            return str(socket.create_connection(("127.0.0.1", port))).encode()

        limits = box.Box(seconds=10, memory=256 << 20)
        assert box.run(load, limits) == b"0"
        for work in (read, connect):
            with pytest.raises(RuntimeError, match="Too many open files"):
                box.run(work, limits)
    assert len(calls) == 1, "the test's own call"


# ---------------------------------------------------------------- what would not conform


def changed(old: str, new: str) -> str:
    assert old in STRENGTH
    return f"INSERT DATA {{ {STRENGTH.replace(old, new)} }}"


NONCONFORMING = {
    "two modes": (
        changed("alg:mode alg:Asserted", "alg:mode alg:Asserted , alg:Denied"),
        SH.MaxCountConstraintComponent, "losses-of-amber-brigade-1", "A claim has exactly one mode",
    ),
    "a value as a mode": (
        changed("alg:mode alg:Asserted", "alg:mode alg:Persons"),
        SH.InConstraintComponent, "losses-of-amber-brigade-1", "mode",
    ),
    "a date that does not parse": (
        changed('"2014"', '"spring 2014"'),
        SH.PatternConstraintComponent, "losses-of-amber-brigade-1", "has a date that does not parse",
    ),
    "a place in the role of a group": (
        changed("alg:group algid:amber-brigade", "alg:group algid:north-valley"),
        SH.NotConstraintComponent, "north-valley", "is both",
    ),
    "a reference to nothing": (
        changed("alg:group algid:amber-brigade", "alg:group algid:ember-brigade"),
        SH.ClassConstraintComponent, "losses-of-amber-brigade-1", "refers to algid:ember-brigade",
    ),
    "a record without a class": (
        "INSERT DATA { GRAPH algg:entities { algid:nobody rdfs:label 'Nobody'@en } }",
        SH.ClassConstraintComponent, "nobody", "has no class",
    ),
    "a claim in the wrong graph": (
        changed("source:first-text", "source:second-text"),
        rdflib.URIRef(terms.ALGSH + "PlacementConstraintComponent"), "losses-of-amber-brigade-1", "belongs in",
    ),
    "a passage that is not described": (
        changed("first-text-20-60", "first-text-20-61"),
        SH.ClassConstraintComponent, "losses-of-amber-brigade-1", "alg:paragraph and alg:sha256",
    ),
    "a passage that nothing points to": (
        f"INSERT DATA {{ GRAPH algg:entities {{ algp:first-text-1-2 alg:paragraph 1 ; alg:sha256 '{'d' * 64}' }} }}",
        SH.ClassConstraintComponent, "first-text-1-2", "no record points to",
    ),
    "a passage with two hashes": (
        f"INSERT DATA {{ GRAPH source:first-text {{ algp:first-text-20-60 alg:sha256 '{'d' * 64}' }} }}",
        SH.MaxCountConstraintComponent, "first-text-20-60", "exactly one alg:paragraph",
    ),
    "a passage with a comment": (
        "INSERT DATA { GRAPH source:first-text { algp:first-text-20-60 rdfs:comment 'well put' } }",
        SH.PatternConstraintComponent, "first-text-20-60", "take rdfs:comment",
    ),
    "passages of two sources": (
        changed("algp:first-text-20-60", "algp:first-text-20-60 , algp:second-text-0-9"),
        rdflib.URIRef(terms.ALGSH + "PlacementConstraintComponent"), "losses-of-amber-brigade-1", "two sources",
    ),
    "a thing that claims still name": (
        "DELETE WHERE { GRAPH algg:entities { algid:ali-stone ?p ?o } }",
        SH.ClassConstraintComponent, "pledge-of-ali-stone-1", "refers to algid:ali-stone",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NONCONFORMING)
def test_what_would_not_conform_is_reported_and_changes_nothing(unchanging: Site, case: str) -> None:
    text, component, focus, message = NONCONFORMING[case]
    before = tree(unchanging.out)
    found = unchanging.update(text)
    assert found["outcome"] == "nonconforming", found
    assert found["number"] is None
    assert any(
        one["sourceConstraintComponent"] == component
        and str(one["focusNode"]).endswith(f"/{focus}")
        and message in str(one["resultMessage"])
        for one in results(found)
    ), found["report"]
    assert tree(unchanging.out) == before


def test_a_report_carries_path_and_value_as_terms(unchanging: Site) -> None:
    found = unchanging.update(changed("alg:mode alg:Asserted", "alg:mode alg:Persons"))
    assert any(
        str(one.get("resultPath")) == terms.ALG + "mode" and one.get("value") == rdflib.URIRef(terms.ALG + "Persons")
        for one in results(found)
    ), found["report"]


def test_a_foreign_graph_is_held_to_the_shapes_as_well(unchanging: Site) -> None:
    found = unchanging.put(f"<{terms.ALGC}bare> a <{terms.ALG}Claim> .")
    assert found["outcome"] == "nonconforming"
    assert all(str(one["focusNode"]) == terms.ALGC + "bare" for one in results(found))


def test_links_are_taken_out_before_the_thing_they_link(built: Path) -> None:
    """On the shipped data, which has links."""
    site = Site(built)
    site.out, site.root = built, ROOT
    query = f"""{PREFIXES}SELECT ?s WHERE {{ GRAPH algg:links {{ ?m owl:annotatedSource ?s }}
        GRAPH algg:entities {{ ?s a ?c }} }} ORDER BY ?s LIMIT 1"""
    (row,) = Engine.on_disk(built / "store").rows(query)
    found = site.update(f"DELETE WHERE {{ GRAPH algg:entities {{ {row['s']} ?p ?o }} }}")
    assert found["outcome"] == "nonconforming"
    assert any("instances/links" in str(one["resultMessage"]) for one in results(found))


# ---------------------------------------------------------------- bounds


def laughs() -> str:
    entities = "".join(
        f'<!ENTITY {one} "{f"&{other};" * 10}">' for other, one in zip("abcdefghi", "bcdefghij", strict=True)
    )
    return (
        f'<!DOCTYPE r [<!ENTITY a "{"ha" * 20}">{entities}]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="x:e#">'
        '<rdf:Description rdf:about="x:a"><e:p>&j;</e:p></rdf:Description></rdf:RDF>'
    )


JOIN = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"
HEAVY: dict[str, tuple[Callable[[Site], dict[str, Any]], set[str]]] = {
    "billion laughs": (lambda s: s.put(laughs(), "application/rdf+xml"), {"memory", "timeout"}),
    "a join without end": (
        lambda s: s.update(
            f"INSERT {{ GRAPH <x:g> {{ <x:a> <x:b> ?n }} }} WHERE {{ SELECT (COUNT(*) AS ?n) {{ {JOIN} }} }}",
            limits={"seconds": 1},
        ),
        {"timeout"},
    ),
    "a change without end": (
        lambda s: s.update(
            f"INSERT {{ GRAPH <x:g> {{ ?a <x:b> ?i , ?f }} }} WHERE {{ {JOIN} }}", limits={"memory": 64 << 20}
        ),
        {"memory"},
    ),
    "nesting": (lambda s: s.update("INSERT DATA { GRAPH <x:g> { " + "(" * 3000 + ")" * 3000 + " } }"), {"refused"}),
    "nested Turtle": (lambda s: s.put("<x:a> <x:b> " + "[<x:c> " * 100_000), {"syntax", "refused", "memory"}),
    "nested JSON": (lambda s: s.put("[" * 200_000, "application/ld+json"), {"syntax", "refused", "memory"}),
    "a slow check": (lambda s: s.put(TRIPLE, limits={"rebuild_seconds": 0.1}), {"timeout"}),
    "a large check": (lambda s: s.put(TRIPLE, limits={"rebuild_memory": 1 << 20}), {"memory"}),
}


@pytest.mark.parametrize("case", HEAVY)
def test_a_write_beyond_its_bounds_is_ended(unchanging: Site, case: str) -> None:
    work, outcomes = HEAVY[case]
    found = work(unchanging)
    assert found["outcome"] in outcomes, found
    assert found["sentence"].endswith(".")


def test_writers_take_turns(site: Site) -> None:
    with (site.out / ".lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        found = site.put(TRIPLE, limits={"wait": 0.1})
        assert (found["outcome"], "another process" in found["sentence"]) == ("busy", True)
        with pytest.raises(UsageError, match="another process"):
            restore(site.out, site.root, wait=0.1)
    processes = [site.start("put", TRIPLE, graph=f"x:{n}", media_type="text/turtle") for n in range(3)]
    answers = [answer(process) for process in processes]
    assert [found["outcome"] for found in answers] == ["applied"] * 3
    assert sorted(found["number"] for found in answers) == [1, 2, 3]
    entries = log.entries(site.out)
    assert [entry.base for entry in entries[1:]] == [entry.version for entry in entries[:-1]]
    assert {f"x:{n}" for n in range(3)} <= set(site.engine().graphs())


def test_a_folder_without_a_dataset_is_the_operators_mistake(site: Site, tmp_path: Path) -> None:
    site.out = tmp_path / "empty"
    found = site.put(TRIPLE)
    assert (found["outcome"], "allegiance build" in found["sentence"]) == ("failed", True)
    with pytest.raises(UsageError, match="allegiance build"):
        restore(site.out, site.root)


def test_a_disk_that_is_full_is_the_operators_mistake_and_changes_nothing(site: Site) -> None:
    """Files end early: the dataset's, the store's or the text index's, and at last none."""
    before = tree(site.out)
    outcomes = []
    for size in [1 << power for power in range(12, 23, 2)]:
        process = site.start("update", CLAIM)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, size))
        found = answer(process)
        outcomes.append(found["outcome"])
        if found["outcome"] == "applied":
            break
        assert (found["outcome"], "cannot be written" in found["sentence"]) == ("failed", True), found
        assert tree(site.out) == before
    assert len(outcomes) > 2
    assert outcomes[-1] == "applied"


# ---------------------------------------------------------------- crashes


def building(out: Path) -> bool:
    return any((out / "versions").glob(".building-*"))


def prepared(out: Path) -> bool:
    return len([path for path in (out / "versions").iterdir() if not path.name.startswith(".")]) > 1


def logged(out: Path) -> bool:
    return (out / "writes.jsonl").exists()


@pytest.fixture(scope="module")
def after_claim(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The version that the claim makes."""
    folder = tmp_path_factory.mktemp("after") / "site"
    shutil.copytree(seed, folder, symlinks=True)
    found = Site(folder).write("update", CLAIM)
    assert found["outcome"] == "applied"
    return str(found["version"])


def after_crash(site: Site, before: str, after: str) -> None:
    """A crash has left the folder in one of two states, in agreement with its log, and fit for the next write."""
    entries = log.entries(site.out)
    assert restore(site.out, site.root) == site.version == (after if entries else before)
    assert not building(site.out)
    assert hashlib.sha256(site.dataset).hexdigest()[:16] == site.version
    assert site.write("update", CLAIM)["outcome"] == ("unchanged" if entries else "applied")
    assert site.version == after
    assert len(log.entries(site.out)) == 1


@pytest.mark.parametrize("moment", [building, prepared, logged])
def test_a_kill_loses_nothing_that_was_logged(site: Site, after_claim: str, moment: Callable[[Path], bool]) -> None:
    before = site.version
    process = site.start("update", CLAIM)
    deadline = time.monotonic() + 60
    while not moment(site.out):
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGKILL)
    process.communicate()
    after_crash(site, before, after_claim)


def test_a_kill_at_any_time_leaves_before_or_after(site: Site, after_claim: str, tmp_path: Path) -> None:
    chance = random.Random(4)
    before = site.version
    for number in range(3):
        folder = tmp_path / str(number)
        shutil.copytree(site.out.parent, folder, symlinks=True)
        tried = Site(folder)
        process = tried.start("update", CLAIM)
        time.sleep(chance.uniform(0.3, 1.6))
        process.kill()
        out, _ = process.communicate()
        if out:
            assert len(log.entries(tried.out)) == 1, "what was answered is in the log"
        after_crash(tried, before, after_claim)


def point_back(site: Site, version: str) -> None:
    (site.out / "current").unlink()
    (site.out / "current").symlink_to(f"versions/{version}")


def test_a_write_that_was_logged_and_not_yet_current_is_completed(site: Site) -> None:
    before = site.version
    after = site.write("update", CLAIM)["version"]
    point_back(site, before)
    assert restore(site.out, site.root) == site.version == after
    point_back(site, before)
    shutil.rmtree(site.out / "versions" / after)
    assert restore(site.out, site.root) == site.version == after, "the version can be made anew"


def test_a_torn_line_is_cut_off_and_a_damaged_one_is_not(site: Site) -> None:
    assert site.put(TRIPLE)["outcome"] == "applied"
    path = site.out / "writes.jsonl"
    whole = path.read_bytes()
    version = site.version
    for torn in (whole[:-1], whole[: len(whole) // 2], whole.replace(b"/c>", b"/d>")):
        path.write_bytes(whole + torn)
        assert len(log.entries(site.out)) == 1
        assert restore(site.out, site.root) == version
        assert path.read_bytes() == whole
    path.write_bytes(whole.replace(b"/c>", b"/d>") + whole)
    with pytest.raises(UsageError, match=r"damaged in line 1; .*"):
        restore(site.out, site.root)
    assert site.put(TRIPLE)["outcome"] == "failed"


# ---------------------------------------------------------------- a new build under the writes


def test_writes_are_put_over_a_new_build(site: Site) -> None:
    assert site.put(TRIPLE)["outcome"] == "applied"
    assert site.write("update", CLAIM)["outcome"] == "applied"
    served = site.version
    site.spoil("people/ali-stone.ttl", "in May 2013", "on 11 May 2013")
    site.build()
    assert site.version == served, "what was answered stays until it is put over the new build"
    version = restore(site.out, site.root)
    assert version == site.version != served
    assert b"on 11 May 2013" in site.dataset
    assert b"losses-of-amber-brigade-1" in site.dataset
    assert site.triples(FOREIGN) == {TRIPLE}
    marked = (site.out / "versions" / version).stat().st_mtime_ns
    assert restore(site.out, site.root) == version
    assert (site.out / "versions" / version).stat().st_mtime_ns == marked
    found = site.write("delete", graph=FOREIGN)
    assert (found["outcome"], found["number"]) == ("applied", 3)
    assert restore(site.out, site.root) == found["version"]
    (site.out / "replayed.json").unlink()
    assert restore(site.out, site.root) == found["version"]


def test_a_write_that_no_longer_conforms_is_named(site: Site) -> None:
    assert site.put(TRIPLE)["outcome"] == "applied"
    assert site.write("update", CLAIM)["outcome"] == "applied"
    assert site.write("delete", graph=FOREIGN)["outcome"] == "applied"
    served = site.version
    path = site.root / "instances" / "organisations" / "amber-brigade.ttl"
    path.write_text(path.read_text().replace("amber-brigade", "ember-brigade"))
    site.spoil("people/ali-stone.ttl", "amber-brigade", "ember-brigade")
    site.build()
    with pytest.raises(UsageError, match=r"^Write 2 no longer conforms .*“allegiance writes drop 2”\.$"):
        restore(site.out, site.root)
    assert site.version == served
    done = run("writes", "drop", "2", "--store", site.out, "--data", site.root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == site.version
    assert b"ember-brigade" in site.dataset
    assert b"losses-of-amber-brigade" not in site.dataset
    assert site.triples(FOREIGN) == {TRIPLE}


def test_a_build_keeps_the_versions_that_are_needed(site: Site) -> None:
    built = site.version
    assert site.put(TRIPLE)["outcome"] == "applied"
    first = site.version
    assert site.put(TRIPLE.replace("/c", "/d"))["outcome"] == "applied"
    assert {path.name for path in (site.out / "versions").iterdir()} == {built, first, site.version}
    assert (site.out / "built").readlink().name == built


# ---------------------------------------------------------------- the files remain the truth


def export(site: Site, *arguments: str) -> str:
    done = run("writes", "export", *arguments, "--store", site.out, "--data", site.root)
    assert done.returncode == 0, done.stderr
    return done.stdout


def apply(patch: str, root: Path, *command: str) -> None:
    subprocess.run(command, cwd=root, input=patch.encode(), check=True, capture_output=True)


def test_an_exported_patch_makes_the_files_say_what_was_written(site: Site, tmp_path: Path) -> None:
    person = f"""GRAPH algg:entities {{
      algid:omar-reed a alg:Person ; skosxl:prefLabel algn:omar-reed--1 .
      algn:omar-reed--1 a skosxl:Label ; skosxl:literalForm 'Omar "the \\\\ Reed"'@en ;
        alg:passage algp:second-text-80-89 .
      algp:second-text-80-89 alg:paragraph 3 ; alg:sha256 '{"e" * 64}' .
      algid:pledge-of-omar-reed a alg:Pledge ; rdfs:label "Pledge of Omar Reed to the Amber Brigade"@en .
      algid:south-valley a alg:Place ; skosxl:prefLabel algn:south-valley--1 ; alg:within algid:north-valley .
      algn:south-valley--1 a skosxl:Label ; skosxl:literalForm "South Valley"@en ; alg:passage algp:first-text-0-12 }}
    GRAPH source:second-text {{ algc:pledge-of-omar-reed-1 a alg:Claim ; alg:about algid:pledge-of-omar-reed ;
      alg:pledger algid:omar-reed ; alg:pledgee algid:amber-brigade ; alg:mode alg:Asserted ;
      alg:place algid:south-valley ;
      alg:statement "Omar Reed pledged himself to the Amber Brigade."@en ; alg:passage algp:second-text-80-89 }}"""
    low = "GRAPH ?g { ?c alg:low"
    writes = [
        f"{CLAIM} ; INSERT DATA {{ {person} }}",
        # A change of one property, one more object and one property more; the rest of the record stays as it stands.
        # And a person and all that is said of him goes, and with that his file.
        f"""{PREFIXES}DELETE {{ {low} 200 }} }} INSERT {{ {low} 0250 ; alg:approximate true ;
            alg:passage algp:first-text-70-90 }} }} WHERE {{ {low} 200 }} }} ;
        DELETE {{ GRAPH ?g {{ ?s ?p ?o }} }} WHERE {{ GRAPH ?g {{ ?s ?p ?o }}
            FILTER(?g IN (algg:entities, source:second-text) && CONTAINS(STR(?s), "ali-stone")) }}""",
    ]
    for text in writes:
        found = site.write("update", text)
        assert found["outcome"] == "applied", found
    patch = export(site)
    assert "#" not in patch.splitlines()[0]
    assert "+    alg:low 250 ;" in patch
    assert "-    alg:low 200 ;" in patch
    assert "-    alg:dateAsWritten" not in patch, "what has not changed is not rewritten"
    root, other = tmp_path / "applied", tmp_path / "other"
    for folder, command in ((root, ("git", "apply")), (other, ("patch", "-p1"))):
        shutil.copytree(site.root, folder)
        apply(patch, folder, *command)
    assert tree(root) == tree(other)
    again = Site(tmp_path / "again")
    again.root = root
    again.build()
    assert again.dataset == site.dataset
    files = {path.relative_to(root / "instances").as_posix() for path in (root / "instances").rglob("*.ttl")}
    assert files == {
        "sources.ttl", "places.ttl", "organisations/amber-brigade.ttl", "people/omar-reed.ttl",
    }  # fmt: skip
    assert (root / "instances/people/omar-reed.ttl").read_text() == (
        HEADER.replace("@prefix dcterms: <http://purl.org/dc/terms/> .\n", "")
        .replace("@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .\n", "")
        .replace("@prefix schema: <https://schema.org/> .\n", "")
        + """algid:omar-reed a alg:Person ;
    skosxl:prefLabel algn:omar-reed--1 .

algn:omar-reed--1 a skosxl:Label ;
    skosxl:literalForm "Omar \\"the \\\\ Reed\\""@en ;
    alg:passage algp:second-text-80-89 .

"""
        + """algid:pledge-of-omar-reed a alg:Pledge ;
    rdfs:label "Pledge of Omar Reed to the Amber Brigade"@en .

algc:pledge-of-omar-reed-1 a alg:Claim ;
    alg:about algid:pledge-of-omar-reed ;
    alg:place algid:south-valley ;
    alg:pledgee algid:amber-brigade ;
    alg:pledger algid:omar-reed ;
    alg:mode alg:Asserted ;
    alg:statement "Omar Reed pledged himself to the Amber Brigade."@en ;
    alg:passage algp:second-text-80-89 .
"""
    )
    assert read_table(root / "instances" / "passages.tsv")["second-text-80-89"] == Row(3, "e" * 64)
    # A build of the patched files is what the writes made: over it they change nothing, and nothing is left to export.
    shutil.rmtree(site.root)
    shutil.copytree(root, site.root)
    served = site.version
    site.build()
    assert restore(site.out, site.root) == served
    assert export(site) == ""


def test_a_foreign_graph_is_in_the_head_of_the_patch_and_in_the_update(site: Site, tmp_path: Path) -> None:
    assert site.put(TRIPLE)["outcome"] == "applied"
    assert site.write("update", CLAIM)["outcome"] == "applied"
    assert site.put(TRIPLE.replace("/c", "/d"))["outcome"] == "applied"
    patch = export(site)
    head = [line for line in patch.splitlines() if line.startswith("#")]
    assert patch.splitlines()[: len(head)] == head
    assert f"# + {TRIPLE[:-2].replace('/c', '/d')} <{FOREIGN}> ." in head
    apply(patch, site.root, "git", "apply")
    again = Site(tmp_path / "again")
    again.root = site.root
    again.build()
    assert b"losses-of-amber-brigade-1" in again.dataset
    whole = export(site, "--format", "update")
    assert again.write("update", whole)["outcome"] == "applied"
    assert again.dataset == site.dataset
    one = export(site, "2", "--format", "update")
    assert "losses-of-amber-brigade-1" in one
    assert FOREIGN not in one


def test_writes_that_need_others_are_not_exported_alone(site: Site) -> None:
    valley = """INSERT DATA { GRAPH algg:entities { algid:NAME a alg:Place ; skosxl:prefLabel algn:NAME--1 .
        algn:NAME--1 a skosxl:Label ; skosxl:literalForm "Valley"@en ; alg:passage algp:first-text-0-12 } }"""
    inner = valley.replace("alg:Place", "alg:Place ; alg:within algid:south-valley").replace("NAME", "inner-valley")
    assert site.update(valley.replace("NAME", "south-valley"))["outcome"] == "applied"
    assert site.update(inner)["outcome"] == "applied"
    assert "+algid:south-valley a alg:Place ;" in export(site, "1")
    done = run("writes", "export", "2", "--store", site.out, "--data", site.root)
    assert done.returncode == 2
    assert "refers to algid:south-valley" in done.stderr
    assert done.stderr.strip().endswith("export them all.")


def test_a_write_to_the_shipped_data_is_a_short_patch(built: Path, tmp_path: Path, copy: Path) -> None:
    site = Site(tmp_path / "site")
    site.root = ROOT
    shutil.copytree(built, site.out, symlinks=True)
    claim = "algc:strength-of-khilafat-afghan-1"
    low = f"GRAPH ?g {{ {claim} alg:low"
    text = f"DELETE {{ {low} ?n }} }} INSERT {{ {low} 201 }} }} WHERE {{ {low} ?n }} }}"
    assert site.update(text)["outcome"] == "applied"
    patch = export(site)
    lines = [line for line in patch.splitlines() if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))]
    assert lines == ["-    alg:low 200 ;", "+    alg:low 201 ;"]
    apply(patch, copy, "git", "apply")
    again = Site(tmp_path / "again")
    again.root = copy
    again.build()
    assert again.dataset == site.dataset


def test_the_house_style_is_written_as_the_shipped_files_have_it() -> None:
    """Each record that is rewritten with all its triples comes out as it stands."""
    checked = 0
    for path in sorted((ROOT / "instances").rglob("*.ttl")):
        text = path.read_text(encoding="utf-8")
        document = Document(text)
        statements = list(document.statements())
        for statement in statements[:6]:
            document.change(statement.subject, set(statement.triples), [])
            checked += 1
        assert document.text == text, path.name
    assert checked > 500


def test_a_document_is_changed_in_one_place_only() -> None:
    def triple(subject: str, predicate: str, value: ox.NamedNode | ox.Literal) -> ox.Triple:
        return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), value)

    text = HEADER.replace("@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n", "") + FILES["places.ttl"]
    document = Document(
        text + '\n# A note; "with a quote.\nalgid:odd a alg:Place ; alg:within algid:a.b , algid:c . # end.\n'
    )
    place = terms.ALGID + "north-valley"
    (old, *_) = [s for s in document.statements() if s.subject == place]
    document.change(place, set(old.triples), [triple(place, terms.RDFS + "comment", ox.Literal("a\nb\t“ü”"))])
    assert '    skosxl:prefLabel algn:north-valley--1 ;\n    rdfs:comment "a\\nb\\t“ü”" .\n' in document.text
    assert "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n@prefix schema:" in document.text
    assert '# A note; "with a quote.\nalgid:odd a alg:Place ;' in document.text
    subjects = [statement.subject for statement in document.statements()]
    assert subjects == [place, terms.ALGN + "north-valley--1", terms.ALGID + "odd"]
    document.change(place, [], [])
    document.change(terms.ALGN + "north-valley--1", [], [])
    assert [statement.subject for statement in document.statements()] == [terms.ALGID + "odd"]
    document.change(terms.ALGID + "odd", [], [])
    assert document.is_empty


# ---------------------------------------------------------------- the commands


def test_the_commands_list_and_drop_writes(site: Site) -> None:
    built = site.version
    assert run("writes", "--store", site.out).stdout == ""
    empty = run("writes", "export", "--store", site.out, "--data", site.root)
    assert (empty.returncode, empty.stdout) == (0, "")
    assert "there are no writes" in empty.stderr
    assert site.put(TRIPLE)["outcome"] == "applied"
    assert site.write("update", CLAIM)["outcome"] == "applied"
    listed = [line.split("\t") for line in run("writes", "--store", site.out).stdout.splitlines()]
    entries = log.entries(site.out)
    assert [line[0] for line in listed] == ["1", "2"]
    assert [line[2:] for line in listed] == [
        ["put", FOREIGN, "+1 −0", entries[0].version],
        ["update", "", "+11 −0", entries[1].version],
    ]
    for number in ("3", "0"):
        refused = run("writes", "drop", number, "--store", site.out, "--data", site.root)
        assert refused.returncode == 2
        assert "Traceback" not in refused.stderr
    assert run("writes", "export", "7", "--store", site.out).returncode == 2
    dropped = run("writes", "--store", site.out, "drop", "1", "--data", site.root)
    assert (dropped.returncode, dropped.stdout.strip()) == (0, built), dropped.stderr
    assert site.version == built
    assert log.entries(site.out) == []


def test_the_commands_say_what_is_missing(tmp_path: Path) -> None:
    for command in (["writes"], ["writes", "export"], ["writes", "drop", "1"]):
        done = run(*command, "--store", tmp_path / "nothing")
        assert done.returncode == 2
        assert done.stderr.strip().endswith("first.")
