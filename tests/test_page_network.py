"""The network as of a day: what it shows is what the record says, with script and without, by mouse and by keyboard."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from browser import PHONE, Open
from conftest import Server
from http_client import ask, is_one_sentence, sparql

GEXF = "{http://gexf.net/1.3}"
ISIS_K, BAGHDADI, SAEED_KHAN = "id/islamic-state-khorasan", "id/abu-bakr-al-baghdadi", "id/hafiz-saeed-khan"


def data(server: Server, query: str = "") -> dict[str, Any]:
    answer = ask(server, f"/network.json{query}")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


def shown(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The relations of the day, by their names."""
    return {each["id"]: each for each in found["relations"] if each["on"]}


def drawn(page: Page) -> dict[str, str]:
    """The lines that can be seen, by the name of the relation: whether certain, possible or undated."""
    found: dict[str, str] = page.evaluate(
        """Object.fromEntries([...document.querySelectorAll("#network-picture .edge:not(.off)")].map(edge =>
        [edge.dataset.relation, edge.querySelector(".edge-line").getAttribute("class").match(/on-([a-z]+)/)[1]]))"""
    )
    return found


def places(page: Page) -> dict[str, str]:
    """Where each node is."""
    found: dict[str, str] = page.evaluate(
        """Object.fromEntries([...document.querySelectorAll("#network-picture .node")].map(node =>
        [node.dataset.node, node.getAttribute("transform")]))"""
    )
    return found


def ready(page: Page) -> Page:
    page.wait_for_selector("#network-picture .node")
    return page


# What held, and what had happened.


def test_a_pledge_to_a_person_is_certain_from_its_day_on_and_not_before(server: Server) -> None:
    pledge = f"pledge-of-hafiz-saeed-khan.{SAEED_KHAN[3:]}.{BAGHDADI[3:]}"
    before, after = (shown(data(server, f"?day={day}")) for day in ("2013-05-10", "2013-05-11"))
    assert pledge not in before
    assert after[pledge]["on"] == "certain"
    assert pledge in shown(data(server, "?day=2021-01-01"))


def test_relationships_are_those_of_the_question_what_held_on_a_day(server: Server) -> None:
    """Where plain edges of the derived graph hold on a day, the network has them, as surely or less."""
    rows = sparql(
        server,
        """PREFIX alg: <https://w3id.org/allegiance/ontology#>
SELECT ?occurrence ?kind (COALESCE(STR(?lb), "") AS ?latestBegin) (COALESCE(STR(?ee), "") AS ?earliestEnd) WHERE {
  VALUES ?kind { alg:Alliance alg:Hostility alg:Ceasefire alg:ComponentOf alg:Allegiance alg:Support alg:Ties }
  GRAPH <https://w3id.org/allegiance/graph/entities> { ?occurrence a ?kind }
  ?edge alg:edgeOf ?occurrence .
  OPTIONAL { ?occurrence alg:earliestBegin ?eb } OPTIONAL { ?occurrence alg:latestBegin ?lb }
  OPTIONAL { ?occurrence alg:earliestEnd ?ee } OPTIONAL { ?occurrence alg:latestEnd ?le }
  FILTER(BOUND(?eb) || BOUND(?lb) || BOUND(?ee) || BOUND(?le))
  FILTER((!BOUND(?eb) || STR(?eb) <= "2016-10-01") && (!BOUND(?le) || STR(?le) >= "2016-10-01"))
}""",
        "text/csv",
    ).rows
    expected = {row["occurrence"].removeprefix("https://w3id.org/allegiance/") for row in rows}
    assert len(expected) > 10
    found = {each["occurrence"] for each in shown(data(server, "?day=2016-10-01&people=1")).values()}
    assert expected <= found


def test_certain_is_only_what_a_source_states_plainly(server: Server) -> None:
    found = data(server, "?day=2016-10-01&modes=Asserted,Negated,Reported,SelfClaimed,Speculated")
    certain = [each for each in found["relations"] if each["on"] == "certain"]
    assert len(certain) > 10
    for each in certain:
        assert any(claim["mode"] == "Asserted" and claim["polarity"] == "Affirmed" for claim in each["claims"])
    marked = {each["mark"] for each in shown(found).values()}
    assert {"", "said", "alleged"} <= marked
    assert found["counts"]["certain"] == len(certain)


def test_denials_are_left_out_until_asked_for(server: Server) -> None:
    usual, with_them = (data(server, "?undated=1" + more) for more in ("", "&modes=Asserted,Denied,Negated"))
    assert not [each for each in shown(usual).values() if each["mark"] == "denied"]
    assert len([each for each in shown(with_them).values() if each["mark"] == "denied"]) > 3
    refused = [each for each in shown(with_them).values() if each["kind"] == "Recognition" and each["mark"] == "denied"]
    assert refused


def test_belligerents_of_one_war_are_not_drawn_as_enemies(server: Server) -> None:
    for each in data(server, "?undated=1")["relations"]:
        if each["kind"] in ("Conflict", "MilitaryOperation", "Attack"):
            assert each["directed"]


def test_undated_relations_come_only_with_their_filter(server: Server) -> None:
    usual, all_of_them = data(server), data(server, "?undated=1")
    assert usual["counts"]["undated"] == 0 < all_of_them["counts"]["undated"]
    assert usual["undatedClaims"] > 100
    assert shown(usual).keys() <= shown(all_of_them).keys()


def test_persons_come_with_their_filter(server: Server) -> None:
    usual, with_people = data(server), data(server, "?people=1")
    pledges = ("Pledge", "Allegiance")
    persons = {node["id"] for node in usual["nodes"] if node["kind"] == "Person"}
    assert BAGHDADI in persons
    for each in usual["relations"]:
        assert each["kind"] in pledges or not persons & {each["source"], each["target"]}
    assert {"Tenure"} <= {each["kind"] for each in with_people["relations"]} - {
        each["kind"] for each in usual["relations"]
    }


def test_a_group_is_shown_with_its_neighbours_only(server: Server) -> None:
    found = data(server, "?group=islamic-state-khorasan")
    assert len(found["relations"]) > 20
    assert all(ISIS_K in (each["source"], each["target"]) for each in found["relations"])


def test_kinds_and_source_narrow(server: Server) -> None:
    found = data(server, "?kinds=Merger,Split&source=isis-k-article")
    assert {each["kind"] for each in found["relations"]} == {"Merger", "Split"}
    assert {claim["source"] for each in found["relations"] for claim in each["claims"]} == {"id/isis-k-article"}


# The page without script, and the formats.


def test_the_table_has_what_the_json_has(server: Server) -> None:
    page = ask(server, "/network?day=2015-02-01", accept="text/html")
    assert page.status == 200
    expected = shown(data(server, "?day=2015-02-01"))
    assert len(expected) > 20
    assert set(re.findall(r'data-relation="([^"]+)"', page.text)) == expected.keys()
    certain, possible = page.text.index('id="network-certain"'), page.text.index('id="network-possible"')
    assert certain < possible
    assert "The picture needs scripts" in page.text


def test_every_row_leads_to_its_claims(server: Server) -> None:
    page = ask(server, "/network", accept="text/html").text
    paths = sorted(set(re.findall(r'data-occurrence="(id/[^"]+)"', page)))
    assert len(paths) > 20
    assert ask(server, f"/page/{paths[0]}?part=claims").text.count('class="claim"') >= 1


def test_csv_has_a_row_for_each_claim(server: Server) -> None:
    answer = ask(server, "/network.csv?day=2016-10-01")
    assert answer.media_type == "text/csv"
    rows = answer.rows
    assert len(rows) >= len(shown(data(server, "?day=2016-10-01")))
    assert all(row["statement"] and row["mode"] and row["source"] and row["claim"] for row in rows)
    assert any(row["earliestBegin"] and row["dateAsWritten"] for row in rows)


@pytest.mark.parametrize(("path", "accept"), [("/network.gexf", None), ("/network", "application/gexf+xml")])
def test_gexf_is_what_is_shown_with_its_spells(server: Server, path: str, accept: str | None) -> None:
    answer = ask(server, f"{path}?day=2016-10-01", accept=accept)
    assert answer.status == 200
    assert answer.media_type == "application/gexf+xml"
    root = ElementTree.fromstring(answer.body)
    description = root.findtext(f"{GEXF}meta/{GEXF}description") or ""
    assert "Research record; not a screening list" in description
    assert "2016-10-01" in description
    assert "network?day=2016-10-01" in description
    expected = shown(data(server, "?day=2016-10-01"))
    edges = {edge.attrib["id"]: edge for edge in root.iter(f"{GEXF}edge")}
    assert edges.keys() == expected.keys()
    nodes = {node.attrib["id"] for node in root.iter(f"{GEXF}node")}
    assert nodes == {each[end] for each in expected.values() for end in ("source", "target")}
    pledge = edges[f"pledge-of-hafiz-saeed-khan.{SAEED_KHAN[3:]}.{BAGHDADI[3:]}"]
    values = {value.attrib["for"]: value.attrib["value"] for value in pledge.iter(f"{GEXF}attvalue")}
    assert (values["kind"], values["certainty"], values["modes"]) == ("Pledge", "certain", "Asserted")
    assert values["claims"].startswith("claim/")
    assert [spell.attrib for spell in pledge.iter(f"{GEXF}spell")] == [{"start": "2013-05-11"}]


@pytest.mark.parametrize(
    "query",
    [
        "day=2016-13-01",
        "day=yesterday",
        "kinds=Love",
        "modes=Maybe",
        "people=yes",
        "group=Not%20a%20slug",
        "colour=red",
    ],
)
def test_a_bad_parameter_gets_one_sentence(server: Server, query: str) -> None:
    answer = ask(server, f"/network?{query}")
    assert answer.status == 400
    assert is_one_sentence(answer)


def test_a_day_outside_and_an_unknown_group_are_said(server: Server) -> None:
    outside = ask(server, "/network?day=1801-01-01", accept="text/html")
    assert outside.status == 200
    assert "lies outside it" in outside.text
    unknown = ask(server, "/network?group=no-such-group", accept="text/html")
    assert unknown.status == 200
    assert "No group or person of this name" in unknown.text
    assert "Nothing is recorded for this choice" in unknown.text


# The picture.


def test_the_picture_follows_the_day_and_nothing_moves(server: Server, opened: Open) -> None:
    with opened() as seen:
        page = ready(seen.go("/network?day=2016-10-01"))
        assert drawn(page) == {name: each["on"] for name, each in shown(data(server, "?day=2016-10-01")).items()}
        before = places(page)
        for day in ("2015-01-26", "2003-06-01", "2021-09-01"):
            page.fill("#network-day", day)
            expect(page.locator("#network-slider")).to_have_attribute("aria-valuetext", re.compile(day[:4]))
            assert drawn(page) == {name: each["on"] for name, each in shown(data(server, f"?day={day}")).items()}
            assert f"day={day}" in page.url
        assert places(page) == before
        expect(page.locator("#network-table")).to_contain_text("1 September 2021")
        expect(page.locator("#network-gexf")).to_have_attribute("href", re.compile("day=2021-09-01"))


def test_slider_steps_and_play_by_keyboard(opened: Open) -> None:
    with opened() as seen:
        page = ready(seen.go("/network?day=2016-10-01"))
        slider = page.locator("#network-slider")
        slider.focus()
        for key, day in (("ArrowRight", "2016-11-01"), ("PageDown", "2015-11-01"), ("ArrowLeft", "2015-10-01")):
            page.keyboard.press(key)
            expect(page.locator("#network-day")).to_have_value(day)
        page.locator("#network-next").press("Enter")
        expect(page.locator("#network-day")).not_to_have_value("2015-10-01")
        page.locator("#network-previous").press("Enter")
        play = page.locator("#network-play")
        at = page.input_value("#network-day")
        play.press("Enter")
        expect(play).to_have_text("Pause")
        expect(page.locator("#network-day")).not_to_have_value(at)
        play.press("Enter")
        expect(play).to_have_text("Play")


def test_from_a_line_to_its_sentence_by_keyboard(opened: Open) -> None:
    with opened() as seen:
        page = ready(seen.go("/network?day=2016-10-01"))
        page.locator("#network-gexf").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.dataset.node") == ISIS_K
        page.keyboard.press("ArrowDown")
        line = page.evaluate("document.activeElement.dataset.relation")
        assert ISIS_K[3:] in line
        page.keyboard.press("Enter")
        expect(page.locator("#network-panel .claim .statement").first).to_be_visible()
        expect(page.locator("#network-panel")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#network-panel")).to_be_hidden()
        assert page.evaluate("document.activeElement.dataset.relation") == line


def test_a_node_shows_its_lines_and_each_its_claims(opened: Open) -> None:
    with opened() as seen:
        page = ready(seen.go("/network?day=2016-10-01"))
        page.click(f'#network-picture [data-node="{BAGHDADI}"] .node-shape')
        panel = page.locator("#network-panel")
        expect(panel.locator("h2")).to_have_text("Abu Bakr al-Baghdadi")
        expect(panel.locator("a").first).to_have_attribute("href", f"/{BAGHDADI}")
        panel.locator(f'button[data-relation*="{SAEED_KHAN[3:]}"]').click()
        expect(panel.locator(".claim .statement").first).to_contain_text("Saeed Khan")
        page.get_by_role("button", name="Close").click()
        expect(panel).to_be_hidden()


def test_the_key_filters_and_the_address_remembers(opened: Open) -> None:
    with opened() as seen:
        page = ready(seen.go("/network?day=2016-10-01"))
        before = drawn(page)
        page.uncheck('#network-key input[value="Merger"]')
        after = drawn(page)
        assert len(after) < len(before)
        assert "Merger" not in page.url.split("kinds=")[1]
        page.reload()
        ready(page)
        assert drawn(page) == after
        expect(page.locator('#network-key input[value="Merger"]')).not_to_be_checked()
        page.check("input[name=people]")
        page.wait_for_selector('#network-picture .node[data-node="id/abdul-khadim-rauf"]', state="attached")
        assert "people=1" in page.url


def test_files_are_given(opened: Open) -> None:
    with opened() as seen:
        page = ready(seen.go("/network?day=2016-10-01"))
        with page.expect_download() as kept:
            page.click("[data-act=svg]")
        assert kept.value.suggested_filename == "network-2016-10-01.svg"
        content = kept.value.path().read_text(encoding="utf-8")
        ElementTree.fromstring(content)
        for words in ("Research record; not a screening list", "1 October 2016", "day=2016-10-01", "Allegiance "):
            assert words in content
        with page.expect_download() as kept:
            page.click("[data-act=png]")
        assert kept.value.path().read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(opened: Open, dark: bool) -> None:
    with opened(dark=dark) as seen:
        page = ready(seen.go("/network?day=2016-10-01"))
        page.click(f'#network-picture [data-node="{ISIS_K}"] .node-shape')
        page.wait_for_selector("#network-panel .neighbours")
        assert seen.axe() == []


def test_a_phone_has_all_of_it(opened: Open) -> None:
    with opened(size=PHONE) as seen:
        page = ready(seen.go("/network?day=2016-10-01"))
        assert seen.overflow() == 0
        assert len(drawn(page)) > 40
        page.locator(f'#network-picture [data-node="{ISIS_K}"]').press("Enter")
        expect(page.locator("#network-panel h2")).to_contain_text("Khorasan")
        assert seen.overflow() == 0


def test_without_script_the_form_asks_the_server(opened: Open) -> None:
    with opened(script=False) as seen:
        page = seen.page
        page.goto(seen.address + "/network")
        page.fill("#network-day", "2017-06-01")
        page.select_option("#network-group", "islamic-state-khorasan")
        page.click("#network-show")
        expect(page.locator("h1")).to_have_text("Who stood with whom on 1 June 2017")
        assert page.locator("#network-relations tbody tr").count() > 10


# What a second reading found.


def test_what_one_claim_begins_and_another_ends_is_certain_between(server: Server, opened: Open) -> None:
    truce = "ceasefire-in-kunar-2016.al-qaeda.islamic-state-khorasan"
    for day, on in (("2016-05-31", ""), ("2016-07-01", "possible"), ("2016-10-01", "certain"), ("2017-05-01", "")):
        found = {each["id"]: each["on"] for each in data(server, f"?day={day}")["relations"]}
        assert found[truce] == on, day
    # The ready question says the same of what both show, and the script the same as the server.
    listed = ask(server, "/queries/held-on-a-day?day=2016-10-01&format=csv").rows
    certain = {row["occurrenceLabel"] for row in listed if row["certainty"] == "certain"}
    possible = {row["occurrenceLabel"] for row in listed} - certain
    assert certain
    there = shown(data(server, "?day=2016-10-01"))
    lasting = [each for each in there.values() if not each["lasting"] and each["mark"] == ""]
    assert {each["label"] for each in lasting if each["on"] == "certain"} == certain
    assert not {each["label"] for each in lasting if each["on"] == "possible"} & certain
    assert possible & {each["label"] for each in lasting}
    with opened() as seen:
        assert drawn(ready(seen.go("/network?day=2016-10-01"))) == {name: each["on"] for name, each in there.items()}


def test_a_spell_of_the_gexf_ends_where_a_further_claim_ends_it(server: Server) -> None:
    root = ElementTree.fromstring(ask(server, "/network.gexf?day=2016-10-01").body)
    edge = next(each for each in root.iter(f"{GEXF}edge") if each.get("kind") == "id/ceasefire-in-kunar-2016")
    assert [spell.attrib for spell in edge.iter(f"{GEXF}spell")] == [{"start": "2016-06-01", "end": "2017-04-30"}]


def test_what_is_said_not_to_be_so_can_be_asked_for_alone(server: Server) -> None:
    assert not any("ghazwat" in name for name in shown(data(server, "?undated=1")))
    found = shown(data(server, "?modes=Negated&undated=1"))
    assert {each["mark"] for each in found.values()} == {"denied"}
    declined = "allegiance-of-ansar-ghazwat-ul-hind-to-islamic-state.ansar-ghazwat-ul-hind.islamic-state"
    assert declined in found
    assert any(name.startswith("recognition-of-shamsatoo-group-by-isis-k.") for name in found)


def test_a_disputed_allegation_is_marked_as_both(opened: Open) -> None:
    with opened() as seen:
        page = ready(seen.go("/network?day=2016-10-01&undated=1"))
        edge = page.locator('.edge[data-relation^="support-of-isis-k-by-hig."]').first
        assert edge.locator(".sign-text").text_content() == "?!"
        label = edge.get_attribute("aria-label") or ""
        assert "alleged" in label
        assert "disputes" in label


def test_a_table_says_elsewhere_that_it_is_no_screening_list(server: Server) -> None:
    for view in ("network", "timeline", "lineage", "map", "contradictions", "compare"):
        assert json.loads(ask(server, f"/{view}.json").text)["note"] == "Research record; not a screening list"
        assert 'rel="describedby"' in ask(server, f"/{view}.csv").headers["link"]
    assert json.loads(ask(server, "/map.geojson").text)["note"] == "Research record; not a screening list"
