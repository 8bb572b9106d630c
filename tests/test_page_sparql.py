"""The plain SPARQL editor and YASGUI beside it: both answer, the plain one for everybody, neither asks another host."""

from __future__ import annotations

import json
import re
import urllib.parse
from html import unescape

import pytest
from playwright.sync_api import expect

from allegiance import library, terms
from browser import AXE, Open
from conftest import Server
from http_client import CSV, FORM, JSON, ask, form, is_one_sentence, number, query_path

HTML = "text/html"
PERSONS = f"SELECT ?s WHERE {{ ?s a <{terms.ALG}Person> }} ORDER BY ?s LIMIT 3"
BROKEN = "SELECT * WHERE {\n  ?s foo:bar ?o\n}"


def textarea(text: str) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)
    assert found
    return unescape(found[1])


# ---------------------------------------------------------------- the plain editor


def test_the_plain_editor_begins_with_a_query_that_answers(server: Server) -> None:
    page = ask(server, "/sparql", accept=HTML)
    assert page.status == 200
    answer = ask(server, query_path(textarea(page.text)), accept=CSV)
    assert answer.status == 200
    assert len(answer.rows) > 10


def test_a_query_is_answered_in_a_table_and_stays_in_the_box(server: Server) -> None:
    page = ask(server, query_path(PERSONS), accept=HTML)
    assert page.status == 200
    assert textarea(page.text) == PERSONS
    assert page.text.count("<tr>") == 4
    rows = ask(server, query_path(PERSONS), accept=CSV).rows
    for row in rows:
        assert f'href="{row["s"].removeprefix("https://w3id.org/allegiance")}"' in page.text


@pytest.mark.parametrize("name", library.questions())
def test_every_question_can_be_put_into_the_box(server: Server, name: str) -> None:
    page = ask(server, f"/sparql?example={name}", accept=HTML)
    assert page.status == 200
    assert textarea(page.text).strip() == library.questions()[name].text.strip()
    assert f'<option value="{name}">' in page.text


def test_an_example_that_is_not_there_is_404(server: Server) -> None:
    for path in ("/sparql?example=no-such", "/sparql/editor?example=no-such"):
        answer = ask(server, path, accept=HTML)
        assert answer.status == 404
        assert is_one_sentence(answer)


def test_a_syntax_error_shows_the_line_it_is_in(server: Server) -> None:
    page = ask(server, query_path(BROKEN), accept=HTML)
    assert page.status == 400
    assert "Line 2, column" in page.text
    fault = re.search(r"<code>(.*?)</code>", page.text)
    assert fault
    assert unescape(re.sub("<[^>]+>", "", fault[1])) == "  ?s foo:bar ?o"
    assert textarea(page.text) == BROKEN
    assert 'aria-invalid="true"' in page.text


def test_what_is_written_is_escaped_everywhere(server: Server) -> None:
    hostile = 'SELECT * WHERE { "</textarea><script>alert(1)</script>" }'
    for path in ("/sparql", "/sparql/editor"):
        page = ask(server, f"{path}?{urllib.parse.urlencode({'query': hostile})}", accept=HTML).text
        assert "<script>alert" not in page
        assert "</textarea><" not in page


@pytest.mark.parametrize(("format_", "media_type"), [("csv", CSV), ("json", JSON), ("", HTML)])
def test_the_form_gives_the_format_that_is_chosen(server: Server, format_: str, media_type: str) -> None:
    sent = form(("query", PERSONS), ("format", format_))
    answer = ask(server, "/sparql", data=sent, kind=FORM, accept="text/html,*/*;q=0.8")
    assert answer.status == 200
    assert answer.media_type == media_type


def test_a_format_that_does_not_fit_is_told_on_the_page(server: Server) -> None:
    sent = form(("query", PERSONS), ("format", "turtle"))
    answer = ask(server, "/sparql", data=sent, kind=FORM, accept="text/html,*/*;q=0.8")
    assert answer.status == 406
    assert answer.media_type == HTML
    assert 'role="alert"' in answer.text


def test_the_plain_editor_works_without_scripts_by_keyboard(opened: Open) -> None:
    with opened(script=False) as seen:
        tab = seen.page
        tab.goto(f"{seen.address}/sparql")
        box = tab.get_by_label("SPARQL query")
        box.fill("ASK { ?s ?p ?o }")
        box.press("Tab")
        tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        assert tab.locator(".verdict").inner_text() == "Yes"
        tab.get_by_label("Begin with a question").select_option("pledges")
        tab.get_by_role("button", name="Put it into the editor").click()
        assert "alg:Pledge" in tab.get_by_label("SPARQL query").input_value()


def test_the_plain_editor_is_accessible_with_its_prefixes_open(opened: Open) -> None:
    with opened() as seen:
        seen.go(query_path(PERSONS))
        seen.page.get_by_text("Prefixes").click()
        assert "PREFIX alg:" in seen.page.locator(".prefixes").inner_text()
        assert seen.axe() == []


# ---------------------------------------------------------------- YASGUI


def test_what_is_completed_is_what_the_ontology_defines(server: Server) -> None:
    answer = ask(server, "/sparql/terms.json")
    assert answer.media_type == "application/json"
    found = json.loads(answer.text)
    assert found["prefixes"] == terms.PREFIXES
    classes = number(
        server,
        "SELECT (COUNT(DISTINCT ?c) AS ?n) { GRAPH <https://w3id.org/allegiance/graph/ontology> "
        "{ ?c a <http://www.w3.org/2002/07/owl#Class> FILTER(ISIRI(?c)) } }",
    )
    assert len(found["class"]) == classes > 50
    claim = next(term for term in found["class"] if term["iri"] == f"{terms.ALG}Claim")
    assert claim["label"] == "claim"
    assert claim["definition"].endswith(".")
    assert f"{terms.ALG}pledger" in {term["iri"] for term in found["property"]}
    assert {question["name"] for question in found["questions"]} == set(library.questions())
    again = ask(server, "/sparql/terms.json", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status == 304


def test_the_editor_has_a_policy_of_its_own_and_evaluates_nothing(server: Server) -> None:
    policy = ask(server, "/sparql/editor", accept=HTML).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in ask(server, "/sparql", accept=HTML).headers["content-security-policy"]


def test_the_editor_asks_the_endpoint_and_shows_the_answer(opened: Open) -> None:
    with opened() as seen:
        tab = seen.go("/sparql/editor?" + urllib.parse.urlencode({"query": PERSONS}))
        tab.wait_for_selector("#yasgui[data-ready] .yasqe_queryButton")
        assert "Person" in tab.locator(".CodeMirror-code").first.inner_text()
        tab.locator(".yasqe_queryButton").first.click()
        tab.wait_for_selector(".yasr table tbody tr")
        assert tab.locator(".yasr table tbody tr").count() == 3
        assert tab.evaluate("localStorage.length") == 0


def test_the_editor_completes_our_terms_with_their_definitions(opened: Open, server: Server) -> None:
    offered_terms = json.loads(ask(server, "/sparql/terms.json").text)["property"]
    claim = next(term for term in offered_terms if term["iri"] == f"{terms.ALG}statement")
    with opened() as seen:
        query = "PREFIX alg: <https://w3id.org/allegiance/ontology#>\nSELECT * WHERE {\n  ?s a alg:Cease"
        tab = seen.go("/sparql/editor?" + urllib.parse.urlencode({"query": query}))
        tab.wait_for_selector("#yasgui[data-ready] .CodeMirror")
        tab.locator(".CodeMirror").first.click()
        tab.keyboard.press("Control+End")
        tab.keyboard.press("Control+Space")
        # Where one term alone fits it is written at once, where several do they are offered.
        places = tab.locator(".CodeMirror-hints, .CodeMirror-code")
        expect(places.filter(has_text="alg:Ceasefire").first).to_be_visible()
        tab.keyboard.type(" ;\n alg:st")
        tab.keyboard.press("Control+Space")
        offered = tab.locator(".CodeMirror-hints")
        expect(offered).to_contain_text("alg:statement")
        expect(offered).to_contain_text(claim["definition"])


def test_a_question_opens_in_a_new_tab(opened: Open) -> None:
    with opened() as seen:
        tab = seen.go("/sparql/editor")
        tab.wait_for_selector("#yasgui[data-ready]")
        tab.get_by_label("Open a question").select_option("planned-mergers")
        tab.get_by_role("button", name="Open", exact=True).click()
        tab.wait_for_selector(".tabsList .tab.active:has-text('Planned mergers')")
        assert tab.locator(".tabsList .tab[role=presentation], .tabsList .tab").count() >= 2


def test_each_editor_leads_to_the_other_with_the_query(opened: Open) -> None:
    with opened() as seen:
        tab = seen.go("/sparql?" + urllib.parse.urlencode({"query": PERSONS}))
        tab.get_by_role("link", name="The editor with completion and tabs").click()
        tab.wait_for_selector("#yasgui[data-ready] .CodeMirror")
        assert "Person" in tab.locator(".CodeMirror-code").first.inner_text()
        tab.get_by_role("link", name="the plain editor").click()
        assert tab.get_by_label("SPARQL query").input_value() == PERSONS


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_but_yasgui_itself_is_accessible(opened: Open, dark: bool) -> None:
    with opened(dark=dark) as seen:
        tab = seen.go("/sparql/editor")
        tab.wait_for_selector("#yasgui[data-ready]")
        tab.evaluate(AXE.read_text(encoding="utf-8"))
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        options = json.dumps({"runOnly": {"type": "tag", "values": tags}})
        found = tab.evaluate(f"axe.run({{ exclude: ['#yasgui'] }}, {options})")
        assert [violation["id"] for violation in found["violations"]] == []


def test_the_editor_says_that_it_needs_scripts(opened: Open) -> None:
    with opened(script=False) as seen:
        seen.page.goto(f"{seen.address}/sparql/editor")
        assert "needs scripts" in seen.page.locator("main").inner_text()
        assert seen.page.locator('main noscript a[href="/sparql"]').count() == 1
