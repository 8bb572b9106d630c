"""Lineage: who came from whom, against what SPARQL says; plans and denials; who goes on; keyboard and exports."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from browser import PHONE, Open
from conftest import Server
from http_client import CSV, ask, is_one_sentence, sparql

PREFIX = "PREFIX alg: <https://w3id.org/allegiance/ontology#> PREFIX algid: <https://w3id.org/allegiance/id/> "
ISIS_K = "islamic-state-khorasan"


def lineage(server: Server, group: str = "") -> dict[str, Any]:
    """The JSON twin."""
    answer = ask(server, "/lineage.json" + (f"?group={group}" if group else ""))
    assert answer.status == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


def steps(found: dict[str, Any], kind: str, to: str = ISIS_K) -> dict[str, dict[str, Any]]:
    """The steps of a kind into a group, by the slug of what takes them."""
    return {
        step["fromId"].removeprefix("id/"): step
        for step in found["steps"]
        if step["step"] == kind and step["toId"] == f"id/{to}"
    }


def test_every_affirmed_merger_into_isis_k_is_a_step(server: Server) -> None:
    asked = sparql(
        server,
        PREFIX + "SELECT DISTINCT ?from { ?c a alg:PlainClaim ; alg:about/a alg:Merger ;"
        f" alg:input ?from ; alg:output algid:{ISIS_K} }}",
        CSV,
    )
    wanted = {row["from"].rpartition("/")[2] for row in asked.rows}
    assert {"khilafat-afghan", "muslim-dosts-group", "tehrik-e-khilafat-pakistan"} <= wanted
    found = steps(lineage(server), "Merger")
    assert wanted == {name for name, step in found.items() if step["stance"] == "stated"}
    merged = found["khilafat-afghan"]
    assert (merged["earliestBegin"], merged["latestBegin"]) == ("2015-01-01", "2015-01-31")


def test_planned_mergers_are_planned_and_denials_denied(server: Server) -> None:
    found = lineage(server)
    mergers = steps(found, "Merger")
    planned = {name for name, step in mergers.items() if step["stance"] == "planned"}
    assert {"jamaat-ansarullah", "harakat-islami-tajikistan", "east-turkistan-islamic-party"} <= planned
    assert set(mergers["jamaat-ansarullah"]["modes"]) == {"Planned", "OutcomeUnknown"}
    assert mergers["islamic-movement-of-turkmenistan"]["stance"] == "voiced"
    saut = steps(found, "ComponentOf")["saut-ul-ummah"]
    assert (saut["stance"], saut["modes"]) == ("denied", ["Negated"])


def test_nothing_lies_beyond_a_denial(server: Server) -> None:
    kin = {group["id"] for group in lineage(server)["groups"]}
    assert "id/saut-ul-ummah" in kin
    # It is a forebear of a group that is said to have stayed outside.
    assert "id/hizb-ut-tahrir" not in kin


def test_a_group_is_certain_from_its_first_stated_founding_at_the_earliest(server: Server) -> None:
    group = next(group for group in lineage(server)["groups"] if group["id"] == f"id/{ISIS_K}")
    assert group["first"] < "2014-08-01"
    assert group["sureFirst"] == "2014-08-31"


def test_who_merged_and_acts_later_goes_on(server: Server) -> None:
    asked = ask(server, "/queries/acting-after-merger?format=csv", accept=CSV)
    wanted = {row["groupName"] for row in asked.rows}
    assert wanted
    found = {group["label"] for group in lineage(server)["groups"] if group["goesOn"]}
    assert found == wanted


def test_what_split_from_the_imu_is_its_offspring(server: Server) -> None:
    found = lineage(server, "islamic-movement-of-uzbekistan")
    split = {step["toId"] for step in found["steps"] if step["step"] == "Split"}
    assert {"id/jamaat-al-bukhari", "id/omar-ghazi-group"} <= split
    # A component of al-Qaeda is no forebear of what split from al-Qaeda.
    assert "id/al-nusra-front" not in {group["id"] for group in lineage(server)["groups"]}


def test_without_a_script_all_steps_stand_in_tables(server: Server, opened: Open) -> None:
    found = lineage(server)
    with opened(script=False) as seen:
        page = seen.go("/lineage")
        assert page.locator("#lineage-stage").is_hidden()
        assert page.locator("section table tbody tr").count() == len(found["steps"])
        undated = page.get_by_role("region", name="Steps without a date")
        expect(undated.get_by_role("row", name="Hizb-i Islami")).to_be_visible()
        page.get_by_label("Group", exact=True).select_option("khilafat-afghan")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Lineage of Khilafat Afghan")


@pytest.mark.parametrize(
    ("asked", "status"), [("group=No%20Such", 400), ("group=nobody-at-all", 404), ("colour=red", 400)]
)
def test_what_is_asked_wrongly_gets_a_sentence(server: Server, asked: str, status: int) -> None:
    answer = ask(server, f"/lineage.json?{asked}", accept="application/json")
    assert answer.status == status
    assert is_one_sentence(answer)


def test_csv_has_the_steps(server: Server) -> None:
    rows = ask(server, "/lineage.csv").rows
    assert len(rows) == len(lineage(server)["steps"])
    assert {"from", "to", "modes", "earliestBegin", "id"} <= rows[0].keys()


def test_by_keyboard_from_a_step_to_its_claims_and_back(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/lineage")
        step = page.get_by_role("button", name="Merger of Jamaat Ansarullah into Islamic State – Khorasan Province")
        expect(step).to_have_attribute("aria-label", re.compile("2017, outcome unknown, planned$"))
        step.focus()
        page.keyboard.press("Enter")
        panel = page.locator("#lineage-panel")
        expect(panel.locator(".claim").first).to_contain_text("Jamaat Ansarullah")
        expect(panel).to_be_focused()
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(step).to_be_focused()
        expect(page.locator("#lineage-picture a[href='/id/khilafat-afghan']")).to_contain_text("Khilafat Afghan")


def test_undated_steps_stand_at_the_side(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/lineage")
        margin = page.locator("#lineage-picture .margin").bounding_box()
        assert margin
        told = json.loads(page.locator("#lineage-data").text_content() or "")["steps"]
        boxes = [page.locator("#lineage-picture .step .hit").nth(at).bounding_box() for at in range(len(told))]
        aside = [box is not None and box["x"] + 12 > margin["x"] for box in boxes]
        assert aside == [not any(step["bounds"]) for step in told]
        assert True in aside
        assert False in aside
        # A mark can be hit with a thumb, and no two marks lie on one another.
        centres = {(round(box["x"]), round(box["y"])) for box in boxes if box}
        assert len(centres) == len(boxes)


def test_the_picture_leaves_as_svg_and_png(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/lineage")
        for kind, begin in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
            with page.expect_download() as got:
                page.get_by_role("button", name=f"Save as {kind}").click()
            content = got.value.path().read_bytes()
            assert content.startswith(begin)
            if kind == "SVG":
                assert b"Khilafat Afghan" in content
                # To be seen, and for those who read the file.
                assert content.count(b"not a screening list") == 2


def test_a_phone_scrolls_the_picture_and_not_the_page(opened: Open) -> None:
    with opened(size=PHONE, dark=True) as seen:
        page = seen.go("/lineage?group=islamic-movement-of-uzbekistan")
        assert seen.overflow() == 0
        wide = page.locator("#lineage-picture").evaluate("node => node.scrollWidth - node.clientWidth")
        assert wide > 0
        assert seen.axe() == []
