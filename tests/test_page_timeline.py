"""The timeline: what is shown against what SPARQL says; soft dates; window, kinds and lanes; keyboard and exports."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser import PHONE, Open
from conftest import Server
from http_client import CSV, ask, is_one_sentence, sparql

PREFIX = "PREFIX alg: <https://w3id.org/allegiance/ontology#> PREFIX algid: <https://w3id.org/allegiance/id/> "


def timeline(server: Server, asked: str = "") -> dict[str, Any]:
    """The JSON twin."""
    answer = ask(server, f"/timeline.json?{asked}")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


def of(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The marks of an occurrence."""
    return [mark for mark in found["marks"] if mark["id"] == f"id/{name}"]


def test_the_dozen_with_the_most_dated_claims_are_lanes(server: Server) -> None:
    found = timeline(server)
    assert len(found["lanes"]) == 12
    assert [lane["id"] for lane in found["lanes"][:2]] == ["id/islamic-state-khorasan", "id/taliban"]
    people = timeline(server, "lanes=people")
    assert {lane["kind"] for lane in people["lanes"]} == {"Person"}
    assert "id/abdul-khadim-rauf" in {lane["id"] for lane in people["lanes"]}


def test_every_dated_occurrence_of_a_group_is_a_mark_and_the_rest_is_listed(server: Server) -> None:
    everything = PREFIX + (
        "SELECT DISTINCT ?o (EXISTS { ?d alg:about ?o ; alg:earliestBegin|alg:latestBegin|alg:earliestEnd|alg:latestEnd"
        " ?x } AS ?dated) { ?role <http://www.w3.org/2000/01/rdf-schema#subPropertyOf> alg:participant ."
        " ?c ?role algid:khilafat-afghan ; alg:about ?o }"
    )
    rows = sparql(server, everything, CSV).rows
    dated = {row["o"].rpartition("/")[2] for row in rows if row["dated"] == "true"}
    assert len(dated) > 5
    found = timeline(server, "group=khilafat-afghan")
    marks = {mark["id"].removeprefix("id/") for mark in found["marks"]}
    undated = {thing["id"].removeprefix("id/") for thing in found["undated"]}
    assert marks == dated
    assert undated == {row["o"].rpartition("/")[2] for row in rows} - dated
    assert undated


def test_two_dates_of_one_founding_are_two_marks(server: Server) -> None:
    found = of(timeline(server, "group=tehrik-e-khilafat-pakistan"), "founding-of-tkp")
    assert {mark["earliestBegin"] for mark in found} == {"2014-07-15", "2014-08-14"}
    assert all(mark["differs"] for mark in found)


def test_the_table_says_that_other_claims_date_it_otherwise(server: Server) -> None:
    rows = ask(server, "/timeline.csv?group=islamic-state-khorasan").rows
    dated = [row for row in rows if row["id"] == "id/founding-of-isis-k" and row["stance"] == "stated"]
    assert {row["earliestBegin"] for row in dated} == {"2014-08-01", "2015-01-26"}
    assert {row["differs"] for row in dated} == {"True"}


def test_a_plan_stays_a_plan(server: Server) -> None:
    found = timeline(server, "group=jamaat-ansarullah&kind=Merger")
    (mark,) = found["marks"]
    assert mark["stance"] == "planned"
    assert set(mark["modes"]) == {"Planned", "OutcomeUnknown"}
    assert (mark["earliestBegin"], mark["latestEnd"]) == ("2017-01-01", "2017-12-31")


def test_window_kind_and_source_narrow_it(server: Server) -> None:
    whole = timeline(server)["marks"]
    window = timeline(server, "from=2015&until=2015")["marks"]
    assert 0 < len(window) < len(whole)
    assert all(not mark["earliestBegin"] or mark["earliestBegin"] <= "2015-12-31" for mark in window)
    assert all(not mark["latestEnd"] or mark["latestEnd"] >= "2015-01-01" for mark in window)
    kinds = {mark["kind"] for mark in timeline(server, "kind=violence")["marks"]}
    assert kinds
    assert kinds <= {"Attack", "MilitaryOperation", "Losses", "Hostility", "Conflict"}
    sources = {source for mark in timeline(server, "source=is-khorasan-review")["marks"] for source in mark["sources"]}
    assert sources == {"is-khorasan-review"}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("from=soon", 400),
        ("from=2015-02-30", 400),
        ("until=2015-02-29", 400),
        ("group=merger-into-isis-k-2015", 404),
        ("group=achin-district", 404),
        ("from=2016&until=2015", 400),
        ("kind=Dance", 400),
        ("lanes=ships", 400),
        ("group=nobody-at-all", 404),
        ("source=nothing", 404),
        ("group=" + ",".join(f"a{number}" for number in range(41)), 400),
    ],
)
def test_what_is_asked_wrongly_gets_a_sentence(server: Server, asked: str, status: int) -> None:
    answer = ask(server, f"/timeline.json?{asked}", accept="application/json")
    assert answer.status == status
    assert is_one_sentence(answer)


def test_csv_has_marks_and_what_is_undated(server: Server) -> None:
    found = timeline(server, "group=khilafat-afghan")
    rows = ask(server, "/timeline.csv?group=khilafat-afghan").rows
    assert len(rows) == len(found["marks"]) + len(found["undated"])


def test_without_a_script_the_form_and_the_table_do_it(opened: Open) -> None:
    with opened(script=False) as seen:
        page = seen.go("/timeline")
        assert page.locator("#timeline-stage").is_hidden()
        page.get_by_label("Until").fill("2014")
        page.get_by_label("Founding, merging, splitting").check()
        page.get_by_role("button", name="Show", exact=True).click()
        assert "until=2014" in page.url
        rows = page.locator(".timeline-table tbody tr:visible")
        assert rows.count() > 0
        expect(rows.filter(has_text="founding").first).to_be_visible()
        assert rows.filter(has_text="2016-").count() == 0


def shown(page: Page) -> int:
    """How many marks are drawn."""
    return page.locator("#timeline-picture g.mark:not([display])").count()


def test_a_soft_date_is_a_soft_body_and_a_day_is_a_sign(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/timeline?group=khilafat-afghan")
        soft = page.locator("#timeline-picture g.mark[data-id='id/founding-of-khilafat-afghan'] .soft")
        box = soft.bounding_box()
        assert box
        assert box["width"] > 100
        strength = page.locator("#timeline-picture g.mark[data-id='id/strength-of-khilafat-afghan'] .fade.right")
        expect(strength.first).to_be_visible()


def test_nothing_lies_over_another_in_a_lane(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/timeline")
        assert shown(page) > 60
        boxes: list[list[float]] = page.locator("#timeline-picture g.mark:not([display]) .hit").evaluate_all(
            "nodes => nodes.map(n => ['x', 'y', 'width', 'height'].map(a => Number(n.getAttribute(a))))"
        )
        assert all(width >= 24 and height >= 24 for _, _, width, height in boxes)
        rows: dict[float, list[tuple[float, float]]] = {}
        for x, y, width, _ in boxes:
            rows.setdefault(y, []).append((x, x + width))
        for spans in rows.values():
            spans.sort()
            assert all(one[1] <= other[0] + 0.5 for one, other in pairwise(spans))


def test_zoom_and_movement_by_keyboard_are_in_the_address(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/timeline?group=islamic-state-khorasan")
        before = page.locator("#timeline-window").text_content()
        page.locator("#timeline-picture g.mark:not([display])").first.focus()
        page.keyboard.press("+")
        expect(page.locator("#timeline-window")).not_to_have_text(before or "")
        assert "from=20" in page.url
        assert "until=20" in page.url
        kept, window = shown(page), page.locator("#timeline-window").text_content()
        again = seen.go(page.url.removeprefix(seen.address))
        expect(again.locator("#timeline-window")).to_have_text(window or "")
        assert shown(again) == kept
        visible = again.locator(".timeline-table tbody tr:visible").count()
        assert 0 < visible < again.locator(".timeline-table tbody tr").count()
        again.locator("#timeline-picture g.mark:not([display])").first.focus()
        again.keyboard.press("0")
        expect(again.locator("#timeline-window")).to_contain_text("nothing earlier, nothing later")
        again.get_by_role("button", name="Later", exact=True).click()


def test_kinds_are_filtered_at_once(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/timeline")
        many = shown(page)
        page.get_by_role("checkbox", name="Pledges and loyalty").check()
        expect(page.locator("#timeline-picture g.mark:not([display])").first).to_have_class(
            "mark family-loyalty stated"
        )
        assert 0 < shown(page) < many
        assert "kind=loyalty" in page.url


def test_by_keyboard_from_a_mark_to_its_claims_and_back(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/timeline?group=jamaat-ansarullah&kind=Merger")
        mark = page.get_by_role("button", name="Planned merger")
        mark.focus()
        page.keyboard.press("Enter")
        panel = page.locator("#timeline-panel")
        expect(panel.locator(".claim").first).to_contain_text("Jamaat Ansarullah")
        expect(panel.locator(".mode-Planned").first).to_be_visible()
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(mark).to_be_focused()


def test_the_picture_leaves_as_svg_and_png(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/timeline?group=khilafat-afghan")
        for kind, begin in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
            with page.expect_download() as got:
                page.get_by_role("button", name=f"Save as {kind}").click()
            assert got.value.path().read_bytes().startswith(begin)


def test_a_phone_has_the_lanes_under_their_names(opened: Open) -> None:
    with opened(size=PHONE, dark=True) as seen:
        page = seen.go("/timeline?group=khilafat-afghan")
        assert seen.overflow() == 0
        name = page.locator("#timeline-picture .names a").bounding_box()
        mark = page.locator("#timeline-picture g.mark:not([display])").first.bounding_box()
        assert name
        assert mark
        assert name["y"] < mark["y"]
        assert seen.axe() == []
