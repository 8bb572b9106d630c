"""The front page: counts, five questions answered from the record, ways into it, and search with suggestions."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from browser import PHONE, Open
from conftest import Server
from http_client import CSV, ask, number, sparql

ALG = "PREFIX alg: <https://w3id.org/allegiance/ontology#>\nPREFIX algid: <https://w3id.org/allegiance/id/>\n"


@pytest.fixture(scope="module")
def page_text(server: Server) -> str:
    """The front page as it is sent."""
    return ask(server, "/", accept="text/html").text


def section(text: str, key: str) -> str:
    """The part of the page that answers a question."""
    found = re.search(rf'<section class="ask ask-{key}".*?</section>', text, re.DOTALL)
    assert found, key
    return found[0]


def test_counts_are_those_of_the_record(server: Server, page_text: str) -> None:
    for name, words in (("Claim", "claims"), ("Person", "persons"), ("Place", "places")):
        count = number(server, f"{ALG}SELECT (COUNT(DISTINCT ?x) AS ?n) {{ ?x a alg:{name} }}")
        assert f"<b>{count:,}</b> {words}" in page_text


def test_it_says_what_it_is_not(page_text: str) -> None:
    for words in ("Not a screening list", "Both texts lean on one author", "one witness, not two"):
        assert words in page_text


def test_groups_that_became_isis_k_are_those_of_the_plain_edges(server: Server, page_text: str) -> None:
    query = f"{ALG}SELECT ?group {{ ?group alg:mergedInto algid:islamic-state-khorasan }}"
    merged = {row["group"].rpartition("/")[2] for row in sparql(server, query, CSV).rows}
    answer = section(page_text, "became")
    shown = set(re.findall(r'<p class="what"><a href="/id/([^"]+)"', answer))
    assert shown
    assert shown <= merged
    assert len(shown) == min(len(merged), 6)
    assert "mode-Planned" not in answer


def test_both_founding_dates_stand_with_their_source(page_text: str) -> None:
    answer = section(page_text, "founded")
    assert re.search(r"August 2014</p>.*?The shifting fortunes of IS-Khorasan, paragraph \d+", answer, re.DOTALL)
    assert re.search(r"26 January 2015</p>.*?ISIS-K article[^<]*, paragraph \d+", answer, re.DOTALL)


def test_statement_and_denial_keep_their_modes(page_text: str) -> None:
    yes, no = re.findall(r'<div class="col-(?:yes|no)">.*?</div>', section(page_text, "backed"), re.DOTALL)
    assert "mode-Alleged" in yes
    assert "mode-Denied" not in yes
    assert "mode-Denied" in no
    assert "HIG spokesman" in no


def test_planned_mergers_are_those_of_the_library(server: Server, page_text: str) -> None:
    rows = ask(server, "/queries/planned-mergers?format=csv").rows
    answer = section(page_text, "planned")
    statements = {row["statement"] for row in rows if row["mode"] == "Planned"}
    shown = re.findall(r'<p class="what"><a href="/claim/[^"]+">([^<]+)</a>', answer)
    assert shown
    assert set(shown) <= statements
    assert answer.count("mode-OutcomeUnknown") >= 3


def test_the_day_tells_certain_from_possible(server: Server, page_text: str) -> None:
    rows = ask(server, "/queries/held-on-a-day?day=2016-10-01&group=islamic-state-khorasan&format=csv").rows
    sides = {"alliedWith", "ceasefireWith", "hostileTo"}
    names: dict[str, set[str]] = {"certain": set(), "possible": set()}
    for row in rows:
        if row["relation"] in sides:
            names[row["certainty"]] |= {row["subjectName"], row["objectName"]} - {"Islamic State – Khorasan Province"}
    found = re.findall(r'<li class="(certain|possible)"><a [^>]*><bdi[^>]*>([^<]+)</bdi>', section(page_text, "held"))
    assert ("certain", "al-Qaeda") in found
    assert len(found) > 5
    for certainty, name in found:
        assert name in names[certainty]


def test_every_link_of_the_page_leads_somewhere(server: Server, page_text: str) -> None:
    paths = {path for path in re.findall(r'href="(/[^"#?]*)', page_text) if not path.startswith("/static/")}
    assert {"/queries", "/sparql", "/contradictions"} <= paths
    wrong = {path: ask(server, path, accept="text/html").status for path in sorted(paths)}
    assert set(wrong.values()) == {200}, wrong


def test_the_picture_has_as_many_marks_as_its_table_says(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/")
        marks = page.locator('.years > svg [class^="m-"]').count()
        page.locator(".years summary").click()
        totals = page.locator(".years tbody td:last-child").all_inner_texts()
        assert sum(map(int, totals)) == marks > 100
        year = page.locator(".years > svg a").nth(4)
        year.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/queries/what-happened?from=2015-01-01*")


# ---------------------------------------------------------------- suggestions


def options(page: Page, typed: str, box: str = "#seek") -> list[str]:
    """What is suggested for a text."""
    page.locator(box).click()
    page.keyboard.type(typed)
    page.locator("[role=option]").first.wait_for()
    return page.locator("[role=option]").all_inner_texts()


def test_a_misspelt_name_is_found_while_it_is_typed(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/")
        found = options(page, "Khliafat Afg")
        assert "Khilafat Afghan" in found[0]
        assert "spelled" in found[0]
        page.locator("[role=option]").first.click()
        page.wait_for_url("**/id/khilafat-afghan")


def test_the_list_is_walked_by_keyboard_as_a_combobox(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/")
        count = len(options(page, "taliban"))
        box = page.get_by_role("combobox")
        expect(box).to_have_attribute("aria-expanded", "true")
        expect(page.locator("[role=status]")).to_contain_text(str(count))
        page.keyboard.press("ArrowUp")
        expect(box).to_have_attribute("aria-activedescendant", f"seek-list-{count - 1}")
        page.keyboard.press("ArrowDown")
        assert box.get_attribute("aria-activedescendant") is None
        page.keyboard.press("ArrowDown")
        expect(page.locator('[role=option][aria-selected="true"]')).to_have_attribute("id", "seek-list-0")
        expect(box).to_be_focused()
        assert seen.axe() == []
        page.keyboard.press("Escape")
        expect(box).to_have_attribute("aria-expanded", "false")
        expect(box).to_have_value("taliban")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/id/taliban")


def test_enter_without_a_choice_and_a_page_without_script_go_to_the_search(opened: Open) -> None:
    for script in (True, False):
        with opened(script=script) as seen:
            page = seen.go("/")
            page.locator("#seek").click()
            page.keyboard.type("daesh")
            page.keyboard.press("Enter")
            page.wait_for_url("**/search?q=daesh")
            expect(page.get_by_role("heading", level=1)).to_have_text("Search")


def test_the_box_in_the_head_of_a_page_suggests_too_and_fits_a_phone(opened: Open) -> None:
    with opened(PHONE) as seen:
        page = seen.go("/contradictions")
        assert options(page, "hekmatyar", "#find")
        assert seen.overflow() <= 0


def test_a_hostile_label_is_only_text(opened: Open) -> None:
    evil = '<img src=x onerror="document.title=1">'
    hit = {"label": evil, "matched": evil + "!", "lang": "en", "kind": evil, "page": "/id/taliban"}
    with opened() as seen:
        page = seen.go("/")
        body = json.dumps({"results": [hit]})
        page.route("**/search?*", lambda route: route.fulfill(body=body, content_type="application/json"))
        found = options(page, "evil")
        assert evil in found[0]
        assert page.locator("[role=option] img").count() == 0
