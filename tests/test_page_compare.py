"""The comparison: two groups in columns, or one group in each source, and what they share."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from browser import PHONE, Open
from conftest import Server
from http_client import ask, is_one_sentence, sparql

PREFIX = "PREFIX alg: <https://w3id.org/allegiance/ontology#> PREFIX algid: <https://w3id.org/allegiance/id/> "
JUNDULLAHS = "left=jundullah-iran&right=jundullah-pakistan"
SOURCES = "left=islamic-state-khorasan&by=source"


def test_the_page_offers_pairs_that_are_easily_confused(server: Server) -> None:
    text = ask(server, "/compare").text
    assert 'name="left"' in text
    assert f"/compare?{JUNDULLAHS.replace('&', '&amp;')}" in text
    assert f"/compare?{SOURCES.replace('&', '&amp;')}" in text
    offered = json.loads(ask(server, "/compare.json").text)
    assert {"Different", "Unsure"} <= {pair["verdict"] for pair in offered["pairs"]}
    assert all(len(group["claims"]) > 1 for group in offered["bySource"])
    for pair in offered["pairs"][:3]:
        address = f"/compare.json?left={pair['left']['id']}&right={pair['right']['id']}"
        found = json.loads(ask(server, address).text)
        assert pair["reason"] in [judgement["reason"] for judgement in found["judgements"]]


def test_two_look_alikes_are_told_apart_with_the_reason(server: Server) -> None:
    text = ask(server, f"/compare?{JUNDULLAHS}").text
    assert "Not the same:" in text
    assert "The article lists them side by side and tells of a merger between the two." in text
    swapped = json.loads(ask(server, "/compare.json?left=jundullah-pakistan&right=jundullah-iran").text)
    straight = json.loads(ask(server, f"/compare.json?{JUNDULLAHS}").text)
    assert swapped["judgements"] == straight["judgements"]
    assert [column["id"] for column in swapped["columns"]] == ["jundullah-pakistan", "jundullah-iran"]


def test_judgements_are_of_these_two_alone(server: Server) -> None:
    found = json.loads(ask(server, "/compare.json?left=tehrik-e-khilafat-pakistan&right=islamic-state-khorasan").text)
    assert [judgement["verdict"] for judgement in found["judgements"]] == ["Different"]
    none = json.loads(ask(server, "/compare.json?left=taliban&right=islamic-state-khorasan").text)
    assert none["judgements"] == []
    assert "no judgement on whether" in ask(server, "/compare?left=taliban&right=islamic-state-khorasan").text


def test_a_cell_has_every_claim_of_its_kinds(server: Server) -> None:
    wanted = sparql(
        server,
        PREFIX
        + """SELECT DISTINCT ?claim { ?what a alg:Hostility . ?claim alg:about ?what ; alg:mode ?mode .
        ?claim ?role algid:taliban .
        ?role <http://www.w3.org/2000/01/rdf-schema#subPropertyOf> alg:participant }""",
        "text/csv",
    ).rows
    assert len(wanted) > 5
    found = {
        row["claim"]
        for row in ask(server, "/compare.csv?left=taliban&right=al-qaeda").rows
        if row["column"] == "taliban" and row["respect"] == "enemies"
    }
    assert {f"claim/{row['claim'].rpartition('/')[2]}" for row in wanted} <= found


def test_what_both_name_is_shared_and_what_is_denied_is_not(server: Server) -> None:
    found = json.loads(ask(server, "/compare.json?left=tehrik-e-khilafat-pakistan&right=islamic-state-khorasan").text)
    shared = {row["respect"]: [one["id"] for one in row["shared"]] for row in found["rows"]}
    assert shared["leaders"] == ["hafiz-saeed-khan"]
    assert shared["pledges"] == ["abu-bakr-al-baghdadi"]
    for row in found["rows"]:
        for one in row["shared"]:
            for cell in row["cells"]:
                roles = [
                    claim
                    for claim in cell
                    if any(thing["id"] == f"id/{one['id']}" for things in claim["roles"].values() for thing in things)
                ]
                assert any(claim["mode"] != "Denied" and claim["polarity"] == "Affirmed" for claim in roles)


def test_rows_where_both_say_something_come_first(server: Server) -> None:
    for asked in (JUNDULLAHS, SOURCES, "left=taliban&right=haqqani-network"):
        full = [all(row["cells"]) for row in json.loads(ask(server, f"/compare.json?{asked}").text)["rows"]]
        assert full == sorted(full, reverse=True), asked
        assert any(full)


def test_one_group_in_each_source(server: Server) -> None:
    found = json.loads(ask(server, f"/compare.json?{SOURCES}").text)
    assert {column["source"]["id"] for column in found["columns"]} == {"isis-k-article", "is-khorasan-review"}
    for row in found["rows"]:
        for column, cell in zip(found["columns"], row["cells"], strict=True):
            assert all(claim["source"] == f"id/{column['source']['id']}" for claim in cell)
    founding = next(row for row in found["rows"] if row["respect"] == "founding")
    dates = [" ".join(claim["dateAsWritten"] for claim in cell) for cell in founding["cells"]]
    assert any("January 2015" in told for told in dates)
    assert any("August 2014" in told for told in dates)


def test_names_and_other_spellings_are_understood(server: Server) -> None:
    by_name = ask(server, "/compare.json?left=Iranian%20Jundullah&right=jundullah-pakistan")
    assert by_name.body == ask(server, f"/compare.json?{JUNDULLAHS}").body
    short = json.loads(ask(server, "/compare.json?left=TKP&right=Taliban").text)
    assert [column["id"] for column in short["columns"]] == ["tehrik-e-khilafat-pakistan", "taliban"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("left=talibann&right=al-qaeda", 404, "near it are Taliban"),
        ("left=taliban&right=zzzzzzzz", 404, "nothing in the record is called"),
        ("left=hafiz-saeed-khan&right=taliban", 404, "nothing in the record is called"),
        ("left=taliban", 400, "right is wanting"),
        ("right=taliban", 400, "left is wanting"),
        ("left=taliban&right=taliban", 400, "Both are Taliban"),
        ("left=taliban&right=al-qaeda&by=source", 400, "Either right or by"),
        ("left=taliban&by=colour", 400, "is one of source"),
        ("left=taliban&left=al-qaeda", 400, "more than once"),
        ("left=%3Cscript%3E&right=taliban", 404, "nothing in the record is called"),
    ],
)
def test_bad_parameters_are_refused_in_one_sentence(server: Server, query: str, status: int, words: str) -> None:
    answer = ask(server, f"/compare?{query}")
    assert answer.status == status
    assert words in answer.text
    assert is_one_sentence(answer)


def test_without_script_a_statement_leads_to_its_claim(opened: Open) -> None:
    with opened(script=False) as seen:
        page = seen.go("/compare")
        page.get_by_label("One group", exact=True).fill("Iranian Jundullah")
        page.get_by_label("Another group", exact=True).fill("Pakistani Jundullah")
        page.get_by_role("button", name="Compare", exact=True).click()
        expect(page.locator("h1")).to_contain_text("Iranian Jundullah and Pakistani Jundullah")
        page.locator(".one summary").first.click()
        page.locator(".one[open] a").click()
        assert "/claim/" in page.url


def test_a_statement_opens_to_its_passage_by_keyboard(opened: Open) -> None:
    with opened() as seen:
        page = seen.go(f"/compare?{JUNDULLAHS}")
        page.locator(".compare .one summary").first.focus()
        page.keyboard.press("Enter")
        claim = page.locator(".compare .one[open] .claim").first
        expect(claim).to_be_visible()
        expect(claim.locator("a[href^='/passage/']").first).to_be_visible()


def test_on_a_phone_each_cell_says_whose_it_is(opened: Open) -> None:
    with opened(size=PHONE) as seen:
        page = seen.go(f"/compare?{SOURCES}")
        sides = page.locator(".compare tbody tr").nth(1).locator(".side")
        assert sides.count() == 2
        expect(sides.first).to_be_visible()
        assert seen.overflow() == 0
        assert seen.axe() == []


def test_it_fits_320_pixels(opened: Open) -> None:
    with opened(size=(320, 640)) as seen:
        seen.go("/compare?left=islamic-jihad-renaissance-party-of-tajikistan&right=taliban")
        assert seen.overflow() == 0
