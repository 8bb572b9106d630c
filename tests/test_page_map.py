"""The map: what is put where, what has no point and is put nowhere, and how it is looked at."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from browser import PHONE, Open, Seen
from conftest import Server
from http_client import ask, is_one_sentence, sparql

PREFIX = "PREFIX alg: <https://w3id.org/allegiance/ontology#> PREFIX algid: <https://w3id.org/allegiance/id/> "


@pytest.fixture(scope="module")
def shown(server: Server) -> dict[str, list[dict[str, object]]]:
    """The data of the whole map."""
    found: dict[str, list[dict[str, object]]] = json.loads(ask(server, "/map.json").text)
    return found


def rows(server: Server, path: str) -> list[dict[str, str]]:
    answer = ask(server, path)
    assert answer.status == 200, answer.text
    return answer.rows


def ready(page: Page) -> None:
    page.wait_for_selector("#map[data-ready=yes]")


@pytest.fixture
def map_page(opened: Open) -> Iterator[Seen]:
    with opened() as seen:
        ready(seen.go("/map"))
        yield seen


def test_every_claim_that_puts_something_in_a_place_is_on_it(server: Server) -> None:
    wanted = sparql(
        server,
        PREFIX
        + """SELECT DISTINCT ?claim ?place { VALUES ?role { alg:place alg:fromPlace alg:originPlace alg:target }
        ?place a alg:Place . ?claim ?role ?place ; alg:mode ?mode ; alg:about ?what .
        FILTER NOT EXISTS { ?what a alg:Place } }""",
        "text/csv",
    ).rows
    assert len(wanted) > 300
    pairs = {(row["claim"].rpartition("/")[2], row["place"].rpartition("/")[2]) for row in wanted}
    assert {(row["claim"].removeprefix("claim/"), row["place"]) for row in rows(server, "/map.csv")} == pairs


def test_a_known_presence_stands_where_the_gazetteer_has_its_place(server: Server) -> None:
    found = [row for row in rows(server, "/map.csv?place=achin-district") if row["kind"] == "Losses"]
    assert found
    assert {(row["longitude"], row["latitude"]) for row in found} == {("70.6711", "34.0431")}
    assert all(row["gazetteer"] and row["licence"] for row in found)
    assert any("Achin" in row["statement"] and row["who"] for row in found)


def test_a_place_without_a_point_is_given_none(server: Server) -> None:
    found = {row["place"]: row for row in rows(server, "/map.csv")}
    assert found["kabul-airport"]["longitude"] == ""
    assert found["kabul-airport"]["locatedAt"] == "kabul"
    assert found["eastern-afghanistan"]["locatedAt"] == "afghanistan"
    assert found["khorasan"]["locatedAt"] == ""
    features = {one["id"]: one for one in json.loads(ask(server, "/map.geojson").text)["features"]}
    assert features["khorasan"]["geometry"] is None
    assert features["kabul"]["geometry"]["coordinates"] == [69.1723, 34.5281]


def test_geojson_has_its_media_type_and_filters(server: Server) -> None:
    answer = ask(server, "/map.geojson?kind=force")
    assert answer.media_type == "application/geo+json"
    families = {
        one["family"] for feature in json.loads(answer.text)["features"] for one in feature["properties"]["happenings"]
    }
    assert families == {"force"}
    assert ask(server, "/map", accept="application/geo+json").media_type == "application/geo+json"


def test_a_year_has_what_is_certain_and_what_is_possible_and_leaves_out_what_has_no_date(server: Server) -> None:
    found = rows(server, "/map.csv?year=2016")
    assert {row["inYear"] for row in found} == {"certain", "possible"}
    driven_out = [row for row in found if row["place"] == "achin-district" and row["kind"] == "Losses"]
    assert [row["inYear"] for row in driven_out] == ["certain"]
    assert all(row["earliestBegin"] or row["latestBegin"] or row["earliestEnd"] or row["latestEnd"] for row in found)
    assert "have no date at all and are left out" in ask(server, "/map?year=2016").text


def test_filters_by_group_mode_and_source(server: Server) -> None:
    everything = rows(server, "/map.csv")
    for path, kept in (
        ("group=islamic-state-khorasan", lambda row: "Islamic State – Khorasan Province" in row["who"]),
        ("source=is-khorasan-review", lambda row: row["source"] == "is-khorasan-review"),
        ("said=planned", lambda row: row["mode"] == "Planned"),
        ("kind=presence,losses", lambda row: row["family"] in ("presence", "losses")),
    ):
        found = rows(server, f"/map.csv?{path}")
        assert found
        assert len(found) < len(everything)
        assert all(kept(row) for row in found), path
    assert rows(server, "/map.csv?group=Taliban") == rows(server, "/map.csv?group=taliban")


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/map?year=16", 400, "looks like 2016"),
        ("/map?kind=wars", 400, "is one of presence"),
        ("/map?view=here", 400, "looks like"),
        ("/map?colour=red", 400, "has no parameter"),
        ("/map?group=talibann", 404, "near it are Taliban"),
        ("/map?place=atlantis", 404, "nothing in the record is called"),
        ("/map?source=bible", 404, "nothing in the record is called"),
    ],
)
def test_bad_parameters_are_refused_in_one_sentence(server: Server, path: str, status: int, words: str) -> None:
    answer = ask(server, path)
    assert answer.status == status
    assert words in answer.text
    assert is_one_sentence(answer)


def test_an_empty_year_says_what_the_record_spans(server: Server) -> None:
    text = ask(server, "/map?year=1803&said=stated&kind=losses").text
    assert "Nothing in the record fits these filters" in text
    assert re.search(r"lies between \d{4} and \d{4}", text)


def test_a_hostile_value_is_shown_as_text(server: Server) -> None:
    answer = ask(server, "/map?group=%3Cscript%3Ealert(1)%3C/script%3E")
    assert answer.status == 404
    assert answer.media_type == "text/plain" or "<script>alert" not in answer.text


def test_without_script_there_is_the_table_and_the_list(opened: Open, server: Server) -> None:
    with opened(script=False) as seen:
        page = seen.go("/map?year=2016")
        expect(page.locator(".map-table tbody tr").first).to_be_visible()
        assert page.locator(".map-table tbody tr").count() == len(rows(server, "/map.csv?year=2016"))
        page.locator("#beside li:not([hidden]) a").first.click()
        assert "place=" in page.url
        expect(page.locator(".map-table tbody tr").first).to_be_visible()


def test_marks_have_the_counts_of_the_data(map_page: Seen, shown: dict[str, list[dict[str, object]]]) -> None:
    counts: Counter[object] = Counter()
    for place, _, _ in {(one["place"], str(one["what"]), one["family"]) for one in shown["happenings"]}:
        counts[place] += 1
    page = map_page.page
    label = page.locator(".mark[data-place=nangarhar-province]").get_attribute("aria-label") or ""
    assert f": {counts['nangarhar-province']} things" in label
    assert page.locator(".mark[data-place=khorasan]").count() == 0
    item = page.locator("#beside li[data-place=khorasan]")
    assert item.locator(".count").inner_text() == str(counts["khorasan"])


def test_a_mark_opens_by_keyboard_to_its_claims(map_page: Seen) -> None:
    page = map_page.page
    page.locator(".mark[data-place=achin-district]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_text("Achin")
    assert "place=achin-district" in page.url
    page.locator("#panel summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel .claim .statement").first).to_be_visible()
    expect(page.locator("#panel .claim a[href^='/passage/']").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.place") == "achin-district"
    assert "place=" not in page.url


def test_a_place_beside_the_map_opens_too(map_page: Seen) -> None:
    page = map_page.page
    page.locator("#beside [data-place=kabul-airport] a").click()
    expect(page.locator("#panel h2")).to_have_text("Kabul Airport")
    expect(page.locator("#panel")).to_contain_text("nearest place around it")
    page.locator("#panel .note button").click()
    expect(page.locator("#panel h2")).to_have_text("Kabul")
    expect(page.locator("#panel")).to_contain_text("Within, not located")


def test_year_and_filters_are_in_the_address_and_come_back(map_page: Seen) -> None:
    page = map_page.page
    slider = page.locator("#years input[type=range]")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("#years output strong")).to_have_text("2016")
    assert "year=2016" in page.url
    page.locator("input[name=kind][value=words]").uncheck()
    page.wait_for_url(re.compile("kind=presence"))
    expect(page.locator("#rows .formats a").first).to_have_attribute("href", re.compile("year=2016"))
    count = page.locator(".mark").count()
    page.reload(wait_until="networkidle")
    ready(page)
    expect(page.locator("#years output strong")).to_have_text("2016")
    assert page.locator(".mark").count() == count
    assert not page.locator("input[name=kind][value=words]").is_checked()


def test_play_goes_through_the_years_and_stops(map_page: Seen) -> None:
    page = map_page.page
    page.get_by_role("button", name="Play the years").click()
    expect(page.locator("#years output strong")).to_have_text("1990")
    expect(page.locator("#years output strong")).to_have_text("1991")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play the years")).to_be_visible()


def test_all_places_come_into_the_frame(map_page: Seen) -> None:
    page = map_page.page
    assert page.locator(".mark[data-place=syria]").count() == 0
    page.get_by_role("button", name="All places").click()
    expect(page.locator(".mark[data-place=syria]")).to_be_visible()
    assert "view=all" in page.url
    # From afar a country stands for the places in it.
    expect(page.locator(".mark[data-place=achin-district]")).to_have_count(0)
    page.get_by_role("button", name="Afghanistan and around").click()
    expect(page.locator(".mark[data-place=achin-district]")).to_be_visible()


def test_names_do_not_cover_one_another(map_page: Seen) -> None:
    boxes = map_page.page.locator(".name, .country").evaluate_all(
        "all => all.map(one => { const b = one.getBoundingClientRect(); return [b.x, b.y, b.right, b.bottom] })"
    )
    assert len(boxes) > 12
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            apart = one[2] <= other[0] + 1 or other[2] <= one[0] + 1 or one[3] <= other[1] + 3 or other[3] <= one[1] + 3
            assert apart, (one, other)


def test_it_is_saved_as_picture(map_page: Seen) -> None:
    page = map_page.page
    with page.expect_download() as svg:
        page.get_by_role("button", name="Save as SVG").click()
    content = svg.value.path().read_text(encoding="utf-8")
    assert content.startswith("<svg")
    assert "Nangarhar" in content
    assert "Natural Earth" in content
    with page.expect_download() as png:
        page.get_by_role("button", name="Save as PNG").click()
    assert png.value.path().read_bytes().startswith(b"\x89PNG")


def test_attributions_are_on_the_page(server: Server) -> None:
    text = ask(server, "/map").text
    assert "Natural Earth" in text
    assert "GeoNames" in text
    assert "Who&#39;s On First" in text
    assert "Open Database License" in text


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_accessible_and_fits_a_phone(opened: Open, dark: bool) -> None:
    with opened(size=PHONE, dark=dark) as seen:
        page = seen.go("/map?year=2016&place=nangarhar-province")
        ready(page)
        expect(page.locator("#panel h2")).to_be_visible()
        assert seen.overflow() == 0
        assert seen.axe() == []


def test_from_afar_a_disputed_place_is_given_to_no_country(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/map?view=all")
        ready(page)
        expect(page.locator(".mark[data-place=kashmir]")).to_be_visible()
        expect(page.locator(".mark[data-place=lahore]")).to_have_count(0)
        label = page.locator(".mark[data-place=afghanistan]").get_attribute("aria-label") or ""
        assert re.search(r"Afghanistan and \d+ places in it", label)
