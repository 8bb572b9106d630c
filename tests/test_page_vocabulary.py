"""The documentation of ontology and shapes: every term and shape is there with its use, and each query answers."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from playwright.sync_api import expect
from rdflib import SH
from rdflib.compare import to_isomorphic

from allegiance import library, terms
from allegiance.build import vocabulary as made
from allegiance.build.compose import ontology_quads, turtle_files
from allegiance.build.validate import read_shapes
from allegiance.engine import Engine, text_of
from allegiance.record.vocabulary import Vocabulary, vocabulary
from allegiance.web.texts import files
from browser import PHONE, Open
from conftest import ROOT, Server
from http_client import GRAPHS, TURTLE, ask, is_one_sentence, number, step

ALG, ALGSH = terms.ALG, terms.ALGSH
ONTOLOGY = [quad.triple for quad in ontology_quads(ROOT)[0]]
TERMS = sorted({
    text_of(t.subject).removeprefix(ALG)
    for t in ONTOLOGY
    if t.predicate.value == terms.RDF + "type" and text_of(t.subject).startswith(ALG)
})  # fmt: skip
HEADER = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in terms.PREFIXES.items())
PAGES = ("/page/ontology", "/page/shapes", "/model", "/ontology/Claim", "/ontology/earliestBegin", "/shapes/Claim")


@pytest.fixture(scope="module")
def found(built: Path) -> Vocabulary:
    return vocabulary(built / "current" / "vocabulary.json")[0]


@pytest.fixture(scope="module")
def front(server: Server) -> str:
    answer = ask(server, "/page/ontology", accept="text/html")
    assert answer.status == 200
    return answer.text


def page(server: Server, path: str) -> str:
    answer = ask(server, path, accept="text/html")
    assert answer.status == 200, path
    return answer.text


def words(markup: str) -> str:
    """What a reader sees of some markup."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def section(markup: str, name: str) -> str:
    match = re.search(rf'<section aria-labelledby="{name}">(.*?)</section>', markup, re.DOTALL)
    return match[1] if match else ""


# ---------------------------------------------------------------- what the build writes


def test_every_term_of_the_ontology_is_there_with_its_definition(found: Vocabulary) -> None:
    assert len(TERMS) > 200
    assert sorted(found.terms) == TERMS
    definitions = {
        text_of(t.subject).removeprefix(ALG): text_of(t.object)
        for t in ONTOLOGY
        if t.predicate.value == terms.SKOS + "definition"
    }
    assert {name: term["definition"] for name, term in found.terms.items()} == {n: definitions[n] for n in TERMS}
    assert sorted(name for topic in found.topics for name in topic["terms"]) == TERMS


def test_a_term_has_an_example_if_and_only_if_the_data_uses_it(found: Vocabulary, engine: Engine) -> None:
    used = {
        text_of(row["term"]) for row in engine.rows("SELECT DISTINCT ?term { { ?s ?term ?o } UNION { ?s a ?term } }")
    }
    values = {f"<{ALG}{name}>" for name, term in found.terms.items() if term["kind"] == "value"}
    objects = (
        f"SELECT DISTINCT ?v {{ VALUES ?v {{ {' '.join(values)} }} ?s ?p ?v FILTER(STRSTARTS(STR(?p), '{ALG}')) }}"
    )
    used |= {text_of(row["v"]) for row in engine.rows(f"SELECT DISTINCT ?v {{ {objects} }}")}
    for name, term in found.terms.items():
        assert bool(term["example"]) == bool(term["uses"]) == (ALG + name in used), name
    assert sum(1 for term in found.terms.values() if term["example"]) > len(TERMS) * 0.9


def test_every_query_to_try_answers_where_its_term_is_used(found: Vocabulary, engine: Engine) -> None:
    for name, term in found.terms.items():
        rows = list(engine.rows(term["query"]))
        assert bool(rows) == bool(term["uses"]), f"{name}: {term['query']}"
        assert re.search(rf"alg:{name}\b", term["query"]), name


def test_counts_are_those_of_the_data(found: Vocabulary, engine: Engine) -> None:
    def count(pattern: str) -> int:
        query = f"PREFIX alg: <{ALG}> SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT * {{ {pattern} }} }}"
        return int(text_of(next(iter(engine.rows(query)))["n"]))

    assert found.terms["Actor"]["uses"] == count("?s a alg:Actor") > 100
    assert found.terms["Pledge"]["uses"] == count("?s a alg:Pledge")
    assert found.terms["Planned"]["uses"] == count("?s alg:mode alg:Planned") > 10
    assert found.terms["ledBy"]["counts"]["derived"] == count("?s alg:ledBy ?o")
    assert found.terms["leads"]["counts"] == {
        "asserted": 0,
        "derived": 0,
        "inferred": count("?s alg:leads ?o"),
        "ontology": 0,
    }


def test_an_example_is_what_the_data_says(found: Vocabulary, engine: Engine) -> None:
    blocks = [(name, block) for name, term in found.terms.items() for block in term["example"]]
    assert len(blocks) > len(TERMS)
    for name, block in blocks:
        for row in block["rows"]:
            held = {text_of(value) for value in engine.objects(block["subject"], row["property"])}
            for value in row["values"]:
                assert value.get("iri", value.get("text")) in held, f"{name}: {block['subject']} {row['property']}"
    pledge = found.terms["Pledge"]["example"]
    assert pledge[0]["subject"] == terms.ALGID + "pledge-of-hafiz-saeed-khan", "the ontology's own example"
    assert pledge[1]["subject"].startswith(terms.ALGC)


def test_every_shape_is_there_with_all_that_it_demands(found: Vocabulary) -> None:
    graph = read_shapes(ROOT)
    nodes = {str(shape).removeprefix(ALGSH) for shape in graph.subjects(rdflib.RDF.type, SH.NodeShape)}
    assert set(found.shapes) == nodes
    messages = {str(text) for text in graph.objects(None, SH.message)}
    shown = {part["message"] for shape in found.shapes.values() for part in (shape, *shape["properties"])}
    assert messages <= shown
    # Each constraint of each named shape is in the document, whatever it is called.
    told = {SH.path, SH.message, SH.property, SH.targetClass, SH.targetSubjectsOf, rdflib.RDF.type}
    parts = {part["name"]: part for shape in found.shapes.values() for part in (shape, *shape["properties"])}
    for name, part in parts.items():
        demanded = {str(p).removeprefix(terms.SH) for p in graph.predicates(rdflib.URIRef(ALGSH + name))}
        assert {one["kind"] for one in part["constraints"]} == demanded - {str(t).removeprefix(terms.SH) for t in told}
    assert all(f"vocabulary-must-{one['kind']}" in files()["vocabulary"] for part in parts.values()
               for one in part["constraints"] if one["kind"] not in ("minCount", "maxCount"))  # fmt: skip


def test_rules_derive_what_they_are_said_to_derive(found: Vocabulary) -> None:
    paths = sorted((ROOT / "ontology" / "rules").glob("*.rq"))
    assert sorted(found.rules) == [path.stem for path in paths]
    assert found.terms["ledBy"]["derivedBy"] == ["led-by"]
    assert found.terms["Contested"]["derivedBy"] == ["status"]
    assert found.terms["pledger"]["derivedBy"] == ["participants"]
    assert found.terms["earliestEnd"]["derivedBy"] == ["occurrence-bounds"]
    derived = [name for name, term in found.terms.items() if term["kind"] != "value" and term["counts"]["derived"]]
    for name in derived:
        assert found.terms[name]["derivedBy"], name
    for name, term in found.terms.items():
        if term["derivedBy"] and term["kind"] in ("object", "datatype") and term["edge"]:
            assert not term["counts"]["asserted"], name


def test_questions_are_those_that_name_the_term(found: Vocabulary) -> None:
    assert "pledges" in found.terms["Pledge"]["questions"]
    for name in ("Pledge", "mode", "HeadPost"):
        for question in found.terms[name]["questions"]:
            assert f"alg:{name}" in library.questions()[question].text


def test_two_builds_write_the_same_documentation(built: Path, tmp_path: Path) -> None:
    engine = Engine.in_memory(built / "dataset.nq")
    assert made.written(engine, ROOT) == (built / "current" / "vocabulary.json").read_bytes()
    assert b"/tmp" not in (built / "current" / "vocabulary.json").read_bytes()


def test_alignments_are_those_of_the_ontology(found: Vocabulary) -> None:
    aligned = {
        (text_of(t.subject).removeprefix(ALG), text_of(t.object))
        for t in ONTOLOGY
        if t.predicate.value in (terms.RDFS + "subClassOf", terms.RDFS + "subPropertyOf")
        and not text_of(t.object).startswith(ALG)
    }
    assert len(aligned) > 30
    assert {(name, iri) for name, term in found.terms.items() for iri in term["aligned"]} == aligned


# ---------------------------------------------------------------- pages


def test_the_iri_of_every_term_leads_to_its_place_on_the_page(server: Server, front: str) -> None:
    answer = step(server, "/ontology", accept="text/html")
    assert answer.status == 303
    assert answer.headers["location"] == "/page/ontology"
    ids = re.findall(r'\bid="([^"]+)"', front)
    assert len(ids) == len(set(ids))
    for name in TERMS:
        assert name in ids, name
        assert f'href="/ontology/{name}"' in front


def test_the_page_of_every_term_stands(server: Server, found: Vocabulary) -> None:
    for name, term in found.terms.items():
        markup = page(server, f"/ontology/{name}")
        assert (
            html.escape(term["definition"][:30], quote=False) in re.sub(r"<[^>]+>", "", markup)
            or "alg:" in term["definition"]
        )
        assert ("Not used in the data" in markup) == (not term["uses"]), name
        assert ('id="example"' in markup) == bool(term["uses"]), name
        assert "/sparql?query=" in markup


@pytest.mark.parametrize("name", ["Pledge", "Claim", "ledBy", "within", "Contested", "statement", "DerivedEdge", "low"])
def test_the_turtle_that_is_shown_is_turtle_and_in_the_data(name: str, server: Server, engine: Engine) -> None:
    shown = re.search(r'<pre class="turtle".*?>(.*?)</pre>', page(server, f"/ontology/{name}"), re.DOTALL)
    assert shown is not None
    triples = [quad.triple for quad in ox.parse((HEADER + words(shown[1])).encode(), format=ox.RdfFormat.TURTLE)]
    assert triples
    for triple in triples:
        assert triple.object in engine.objects(text_of(triple.subject), triple.predicate.value), triple
    assert any(ALG + name in (t.predicate.value, text_of(t.object)) for t in triples)


def test_a_query_is_tried_by_its_link(server: Server) -> None:
    link = re.search(r'class="button" href="([^"]+)"', page(server, "/ontology/Planned"))
    assert link is not None
    answer = page(server, html.unescape(link[1]))
    planned = number(server, f"SELECT (COUNT(*) AS ?n) {{ ?s <{ALG}mode> <{ALG}Planned> }}")
    assert min(planned, 25) > 10
    assert answer.count("<tr>") == min(planned, 25) + 1


def test_constraints_are_told_in_words_with_what_to_do(server: Server) -> None:
    markup = words(page(server, "/shapes/Claim"))
    for sentence in ("every claim", "exactly one value", "each value is one of", "Give", "at most one value"):
        assert sentence.lower() in markup.lower(), sentence
    assert "give one alg:mode, out of" in markup
    shares = words(page(server, "/shapes/Funding-shares"))
    assert "The shares of one mix sum to 100 percent" in shares
    assert "FILTER(?value != 100)" in shares
    pledge = words(section(page(server, "/ontology/Pledge"), "shapes"))
    assert "at least one claim names its pledger" in pledge
    assert "as occurrence" in pledge, "what holds for every occurrence holds for a pledge"


def test_a_part_of_a_shape_leads_to_its_shape(server: Server) -> None:
    assert step(server, "/shapes/Claim-mode").headers["location"] == "/shapes/Claim#Claim-mode"
    markup = page(server, "/page/shapes")
    for path in turtle_files(ROOT / "shapes"):
        for name in re.findall(
            r"^algsh:(\S+) a sh:(?:Node|Property)Shape", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            assert f'id="{name}"' in markup, name


def test_the_shapes_are_followed_and_had_as_data(server: Server) -> None:
    assert step(server, "/shapes", accept="text/html").headers["location"] == "/page/shapes"
    assert step(server, "/shapes", accept=TURTLE).headers["location"] == "/data/shapes"
    wanted = to_isomorphic(read_shapes(ROOT))
    for media_type, parser in GRAPHS.items():
        answer = ask(server, "/data/shapes", accept=media_type)
        assert answer.status == 200
        got = rdflib.Graph().parse(data=answer.body, format=parser)
        assert len(got) == len(wanted), media_type
    answer = ask(server, "/data/shapes", accept=TURTLE)
    assert to_isomorphic(rdflib.Graph().parse(data=answer.body)) == wanted
    refused = ask(server, "/data/shapes", accept="text/csv")
    assert refused.status == 406
    assert is_one_sentence(refused)


def test_a_module_of_the_ontology_is_followed(server: Server) -> None:
    answer = step(server, "/ontology/claims")
    assert answer.status == 303
    assert answer.headers["location"] == "/page/ontology#topic-claims"
    assert 'id="topic-claims"' in page(server, "/page/ontology")


@pytest.mark.parametrize(
    ("path", "near"), [("/ontology/Pledgee", "pledgee"), ("/ontology/leadBy", "ledBy"), ("/shapes/Clam", "Claim"),
                       ("/ontology/%3Cscript%3E", "lists them")]
)  # fmt: skip
def test_an_unknown_name_is_404_with_near_names(path: str, near: str, server: Server) -> None:
    answer = ask(server, path)
    assert answer.status == 404
    assert near in answer.text
    assert is_one_sentence(answer)


def test_the_model_is_told_in_the_words_of_the_ontology(server: Server, found: Vocabulary) -> None:
    markup = words(page(server, "/model"))
    for name in (*found.terms["Mode"]["values"], *found.terms["Status"]["values"], "PlainClaim", "earliestBegin"):
        assert found.terms[name]["definition"] in markup, name
    for rule in found.rules.values():
        assert rule["title"] in markup
    assert found.soft_dates is not None
    for day in found.soft_dates["bounds"]:
        assert day in markup
    assert found.soft_dates["statement"] in markup


def test_the_diagram_draws_the_classes_that_the_data_joins(server: Server, front: str, found: Vocabulary) -> None:
    boxes = set(re.findall(r'data-class="(\w+)"', front))
    assert {"Claim", "Occurrence", "Actor", "Place", "Passage", "Source", "DerivedEdge"} <= boxes
    lines = set(re.findall(r'data-from="(\w+)" data-to="(\w+)"', front))
    assert {("Claim", "Occurrence"), ("Claim", "Actor"), ("Passage", "Source"), ("DerivedEdge", "Claim")} <= lines
    related = {(one["from"], one["to"]) for one in found.relations}
    assert lines <= related
    assert boxes == {name for pair in related for name in pair}


def test_a_dataset_without_its_documentation_says_so(built: Path, tmp_path: Path) -> None:
    version = (built / "current").resolve()
    bare = tmp_path / "versions" / version.name
    bare.mkdir(parents=True)
    for part in version.iterdir():
        if part.name != "vocabulary.json":
            (bare / part.name).symlink_to(part)
    for link in ("current", "built"):
        (tmp_path / link).symlink_to(f"versions/{version.name}")
    server = Server("--store", tmp_path, "--workers", "1")
    try:
        for path in ("/page/ontology", "/page/shapes", "/model"):
            assert "Run “allegiance build” again" in page(server, path)
        assert ask(server, "/ontology/Claim").status == 404
        assert ask(server, "/data/shapes", accept=TURTLE).status == 200
    finally:
        server.stop()


def test_shapes_that_change_alone_are_documented_by_the_next_build(built: Path, copy: Path, tmp_path: Path) -> None:
    """The version is made of the data: where shapes alone change it is the same, and its documentation another."""
    from allegiance.build.write import prepare

    engine = Engine.in_memory(built / "dataset.nq")
    first = prepare(engine, tmp_path / "out", made.written(engine, copy))
    file = copy / "shapes" / "pledge.ttl"
    file.write_text(file.read_text(encoding="utf-8").replace("Of a pledge,", "Of every pledge,"), encoding="utf-8")
    assert prepare(engine, tmp_path / "out", made.written(engine, copy)) == first
    said = json.loads((tmp_path / "out" / "versions" / first / "vocabulary.json").read_text(encoding="utf-8"))
    messages = [part["message"] for shape in said["shapes"] for part in shape["properties"]]
    assert any(message.startswith("Of every pledge,") for message in messages)


# ---------------------------------------------------------------- in a browser


def test_the_index_is_narrowed_as_one_types(opened: Open) -> None:
    with opened() as seen:
        tab = seen.go("/page/ontology")
        every = tab.locator(".entry:visible").count()
        assert every == len(TERMS)
        tab.get_by_label("Find a term").fill("allegiance gives")
        expect(tab.locator("#Pledge")).to_be_visible()
        expect(tab.locator("#Merger")).to_be_hidden()
        expect(tab.locator("#Event")).to_be_visible()  # What is above a match is shown with it.
        assert "term=allegiance" in tab.url
        again = seen.go("/page/ontology?term=hafiz+nothing")
        expect(again.locator(".filter output")).to_have_text("No term matches")
        again.get_by_label("Find a term").fill("")
        expect(again.locator("#Merger")).to_be_visible()
        assert "term=" not in again.url


def test_a_term_is_reached_by_its_iri_and_by_keyboard(opened: Open) -> None:
    with opened() as seen:
        tab = seen.go("/ontology#Pledge")
        assert tab.url.endswith("/page/ontology#Pledge")
        expect(tab.locator("#Pledge")).to_be_in_viewport()
        box = tab.locator('.box[data-class="Claim"] a').first
        box.focus()
        expect(tab.locator(".classes")).to_have_class("classes chosen")
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/ontology/Claim")
        expect(tab.get_by_role("heading", level=1)).to_have_text("claim")
        tab.get_by_role("link", name="Run this query").click()
        expect(tab.get_by_role("table").first).to_be_visible()


def test_pages_are_whole_without_scripts_and_on_a_phone(opened: Open) -> None:
    with opened(size=PHONE) as seen:
        for path in PAGES[3:]:
            expect(seen.go(path).get_by_role("heading", level=1)).to_be_visible()
            assert seen.overflow() <= 0, path
    with opened(size=PHONE, script=False) as seen:
        tab = seen.go("/page/ontology")
        expect(tab.locator("#Merger")).to_be_visible()
        tab.locator("#Merger a").first.click()
        expect(tab.get_by_role("heading", level=1)).to_have_text("merger")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(dark: bool, opened: Open) -> None:
    with opened(dark=dark) as seen:
        for path in PAGES[3:]:  # The others are among those of test_page_all.py.
            seen.go(path)
            assert seen.axe() == [], path
