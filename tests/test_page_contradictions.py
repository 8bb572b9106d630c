"""The page of contradictions: every disputed or tense pair with its note, by kind, filtered, as page and as files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from browser import Open
from conftest import Server
from http_client import CSV, ask, is_one_sentence, sparql

PAIRS = """PREFIX alg: <https://w3id.org/allegiance/ontology#>
PREFIX algg: <https://w3id.org/allegiance/graph/>
PREFIX oa: <http://www.w3.org/ns/oa#>
SELECT DISTINCT ?link ?one ?other ?same WHERE {
  VALUES ?link { alg:disputes alg:tensionWith }
  GRAPH ?graph { ?one ?link ?other }
  FILTER(?graph != algg:inferred)
  ?one alg:passage/oa:hasSource ?oneSource . ?other alg:passage/oa:hasSource ?otherSource .
  BIND(?oneSource = ?otherSource AS ?same)
}"""
NOTES = """PREFIX alg: <https://w3id.org/allegiance/ontology#>
SELECT ?one ?other ?words WHERE { ?note alg:annotates ?one , ?other ; alg:note ?words }"""
APART = """PREFIX sssom: <https://w3id.org/sssom/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
SELECT DISTINCT ?thing ?item WHERE { ?mapping sssom:predicate_modifier sssom:NegatedPredicate ;
  owl:annotatedSource ?thing ; owl:annotatedTarget ?item }"""
BASE = "https://w3id.org/allegiance/"


@pytest.fixture(scope="module")
def whole(server: Server) -> dict[str, Any]:
    """The page's data, without a filter."""
    found: dict[str, Any] = json.loads(ask(server, "/contradictions.json").body)
    return found


def of(data: dict[str, Any], group: str) -> list[dict[str, Any]]:
    return [pair for pair in data["pairs"] if pair["group"] == group]


def test_every_pair_of_the_record_is_there_once_and_in_its_group(server: Server, whole: dict[str, Any]) -> None:
    rows = sparql(server, PAIRS, CSV).rows
    assert {row["link"].rpartition("#")[2] for row in rows} == {"disputes", "tensionWith"}
    for group, same in (("within", "true"), ("between", "false")):
        expected = {(row["one"], row["other"]) for row in rows if row["same"] == same}
        found = [(BASE + pair["one"]["id"], BASE + pair["other"]["id"]) for pair in of(whole, group)]
        assert expected
        assert len(found) == len(set(found))
        assert set(found) == expected
    apart = {(row["thing"], row["item"]) for row in sparql(server, APART, CSV).rows}
    assert {(BASE + pair["one"]["id"], pair["other"]["id"]) for pair in of(whole, "registers")} == apart
    counted = {group: sum(links.values()) for group, links in whole["counts"].items()}
    assert counted == {group: len(of(whole, group)) for group in ("between", "within", "registers")}


def test_each_pair_has_the_notes_that_annotate_both(server: Server, whole: dict[str, Any]) -> None:
    notes: dict[tuple[str, str], set[str]] = {}
    for row in sparql(server, NOTES, CSV).rows:
        notes.setdefault((row["one"], row["other"]), set()).add(row["words"])
    pairs = [*of(whole, "within"), *of(whole, "between")]
    for pair in pairs:
        found = {note["note"] for note in pair["notes"]}
        assert found == notes[BASE + pair["one"]["id"], BASE + pair["other"]["id"]]


def test_two_founding_dates_stand_side_by_side_with_the_note(server: Server) -> None:
    page = ask(server, "/contradictions?group=between&about=founding-of-isis-k", accept="text/html").text
    assert "Two founding dates of ISIS–K" in page
    articles = re.findall(r'<article class="pair.*?</article>', page, re.DOTALL)
    assert any("formed in August 2014" in article and "January 2015" in article for article in articles)
    for article in articles:
        assert len(re.findall(r'class="statement"', article)) == 2
        assert 'href="/id/isis-k-article"' in article
        assert 'href="/id/is-khorasan-review"' in article
        assert len(set(re.findall(r'href="/passage/([^"]+)"', article))) >= 2


def test_disputes_come_first_and_keep_mode_and_voice(server: Server) -> None:
    page = ask(server, "/contradictions?group=within", accept="text/html").text
    links = re.findall(r'<article class="pair pair-(\w+)"', page)
    assert links[0] == "disputes"
    assert links == sorted(links)
    assert len(links) == 50
    first = page[page.index("<article") : page.index("</article>")]
    for words in ("mode-Denied", "mode-Alleged", "according to", "HIG spokesman", "contested"):
        assert words in first


def test_pages_lead_through_a_group_and_never_show_a_pair_twice(server: Server, whole: dict[str, Any]) -> None:
    path, seen, pages = "/contradictions?group=within", [], 0
    while path:
        page = ask(server, path, accept="text/html").text
        seen += re.findall(
            r'<article class="pair.*?<a href="/(claim/[^"]+)".*?<a href="/(claim/[^"]+)"', page, re.DOTALL
        )
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
        pages += 1
    assert pages > 2
    assert seen == [(pair["one"]["id"], pair["other"]["id"]) for pair in of(whole, "within")]


REVIEW = "id/is-khorasan-review"
FILTERS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "link=disputes": lambda pair: pair["link"] == "disputes",
    "link=apart": lambda pair: pair["group"] == "registers",
    "group=between": lambda pair: pair["group"] == "between",
    "source=is-khorasan-review": lambda pair: REVIEW in (pair["one"].get("source"), pair["other"].get("source")),
}


@pytest.mark.parametrize(("query", "holds"), FILTERS.items(), ids=FILTERS.keys())
def test_filters_leave_what_fits_and_all_of_it(server: Server, whole: dict[str, Any], query: str, holds: Any) -> None:
    found = json.loads(ask(server, f"/contradictions.json?{query}").body)["pairs"]
    assert found
    assert found == [pair for pair in whole["pairs"] if holds(pair)]


def test_pairs_about_a_thing_are_those_that_name_it(server: Server, whole: dict[str, Any]) -> None:
    found = json.loads(ask(server, "/contradictions.json?about=gulbuddin-hekmatyar").body)["pairs"]
    named = [
        pair
        for pair in whole["pairs"]
        if any(
            '"id/gulbuddin-hekmatyar"' in json.dumps([pair[side].get("about"), pair[side].get("roles")])
            for side in ("one", "other")
        )
    ]
    assert found
    assert found == named


def test_the_csv_has_a_row_for_each_pair(server: Server, whole: dict[str, Any]) -> None:
    rows = ask(server, "/contradictions.csv").rows
    assert len(rows) == len(whole["pairs"])
    denial = next(row for row in rows if row["link"] == "disputes" and row["oneMode"] == "Denied")
    assert denial["otherMode"] == "Alleged"
    assert "HIG spokesman" in denial["oneAttributedTo"]
    assert denial["note"]
    assert re.fullmatch(r"isis-k-article-\d+-\d+", denial["onePassages"].split("; ")[0])


@pytest.mark.parametrize(
    "query",
    [
        "group=elsewhere",
        "link=hates",
        "about=A%20b",
        "offset=-1",
        "offset=50",
        "colour=red",
        "group=within&group=between",
    ],
)
def test_a_wrong_parameter_is_one_sentence(server: Server, query: str) -> None:
    answer = ask(server, f"/contradictions?{query}", accept="text/html")
    assert answer.status == 400
    assert is_one_sentence(answer)


def test_an_offset_past_the_last_pair_is_one_sentence(server: Server) -> None:
    answer = ask(server, "/contradictions?group=between&offset=99999", accept="application/json")
    assert answer.status == 404
    assert is_one_sentence(answer)


def test_nothing_found_is_said_and_leads_back(server: Server) -> None:
    page = ask(server, "/contradictions?about=no-such-thing", accept="text/html")
    assert page.status == 200
    assert "No pair answers this choice." in page.text
    assert 'href="/contradictions"' in page.text


def test_a_reader_filters_by_keyboard_and_comes_to_the_claim(opened: Open) -> None:
    for script in (True, False):
        with opened(script=script) as seen:
            page = seen.go("/contradictions")
            page.get_by_label("How they stand to each other").focus()
            page.keyboard.press("d")
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            page.wait_for_url("**link=disputes*")
            expect(page.locator("article.pair")).to_have_count(5)
            first = page.locator("article.pair .statement a").first
            first.focus()
            page.keyboard.press("Enter")
            page.wait_for_url("**/claim/**")


def test_counts_lead_to_their_group(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/contradictions")
        page.get_by_role("navigation", name="Kinds of contradiction").get_by_role("link", name="Against").click()
        expect(page.locator("#registers h2")).to_be_in_viewport()
        page.get_by_role("link", name=re.compile("All .* of this kind")).first.click()
        page.wait_for_url("**group=between*")
