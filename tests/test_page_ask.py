"""The question library as pages: forms, names typed by people, tables that lead on, and pictures of an answer."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from markupsafe import escape

from allegiance import library
from browser import Open
from conftest import Server
from http_client import CSV, ask, is_one_sentence, sparql, step

HTML = "text/html"
QUESTIONS = library.questions()
ALG = "PREFIX alg: <https://w3id.org/allegiance/ontology#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "


def address(name: str, **values: str) -> str:
    return f"/queries/{name}?{urlencode(values)}"


def page(server: Server, path: str) -> str:
    answer = ask(server, path, accept=HTML)
    assert answer.status == 200, answer.text
    assert answer.media_type == HTML
    return answer.text


def body_of(text: str) -> str:
    """The rows of the answer on a page, as they are written."""
    return text.partition("<tbody>")[2].partition("</tbody>")[0]


# ---------------------------------------------------------------- the list


def test_the_list_has_each_question_once_by_topic_with_its_wording(server: Server) -> None:
    text = page(server, "/queries")
    for question in QUESTIONS.values():
        assert text.count(f'<a href="/queries/{question.name}">') == 1
        assert str(escape(question.title)) in text
    topics = re.findall(r'<h2 id="topic-\d+">([^<]+)</h2>', text)
    assert len(topics) == len(set(topics)) > 8
    assert "mergers" in topics


def test_the_list_is_narrowed_while_typing_and_remembers_it(opened: Open) -> None:
    with opened() as seen:
        tab = seen.go("/queries")
        tab.get_by_label("Find a question").fill("PLANNED mergers")
        shown = tab.locator("[data-question]:visible")
        assert shown.count() == 1
        assert "Planned mergers" in shown.inner_text()
        assert "1 question" in tab.locator(".filter output").inner_text()
        assert tab.url.endswith("#find=PLANNED%20mergers")
        tab.reload()
        assert tab.locator("[data-question]:visible").count() == 1


# ---------------------------------------------------------------- the form


def test_fields_are_real_inputs(server: Server) -> None:
    text = page(server, "/queries/held-on-a-day")
    assert re.search(r'<input id="day" name="day" type="date" value="2016-10-01"', text)
    assert re.search(r'<input id="group" [^>]*list="group-options"', text)
    leaders = page(server, "/queries/leaders")
    query = f"{ALG} SELECT DISTINCT ?o {{ ?o a alg:Organisation ; rdfs:label ?l }}"
    organisations = len(sparql(server, query, CSV).rows)
    assert leaders.count("<option value=") == organisations > 100
    assert '<option value="Khilafat Afghan">' in leaders


@pytest.mark.parametrize("question", [q for q in QUESTIONS.values() if q.parameters], ids=lambda q: str(q.name))
def test_what_a_form_shows_is_what_it_takes(server: Server, question: library.Question) -> None:
    """The form, sent as it stands after a sample was asked for, comes back to the same address."""
    values = {parameter.name: parameter.sample for parameter in question.parameters}
    text = page(server, address(question.name, **values))
    form = text.partition('class="asking"')[2].partition("</form>")[0]
    sent = dict(re.findall(r'<input id="\w+" name="(\w+)" type="\w+" value="([^"]*)"', form))
    assert sent.keys() == values.keys()
    again = ask(server, address(question.name, **sent), accept=HTML)
    assert again.status == 200, again.text
    assert 'aria-label="Answer"' in again.text
    assert body_of(again.text) == body_of(text)


@pytest.mark.parametrize("written", ["Khilafat Afghan", "khilafat afghan", "Xilafat Afgan"])
def test_a_name_leads_to_the_address_with_the_thing(server: Server, written: str) -> None:
    answer = step(server, address("leaders", group=written, **{"as": "timeline"}), accept=HTML)
    assert answer.status == 303
    assert answer.headers["location"] == "/queries/leaders?group=khilafat-afghan&as=timeline"
    assert 'value="Khilafat Afghan"' in page(server, answer.headers["location"])


def test_a_name_that_several_have_is_refused_with_their_slugs(server: Server) -> None:
    query = (
        f"{ALG} SELECT ?spelling {{ ?x a alg:Organisation ; <http://www.w3.org/2004/02/skos/core#altLabel> ?spelling \
        }} GROUP BY ?spelling HAVING (COUNT(DISTINCT ?x) > 1)"
    )
    shared = [row["spelling"] for row in sparql(server, query, CSV).rows]
    assert shared
    refused = [step(server, address("leaders", group=name), accept=HTML) for name in shared]
    several = [answer for answer in refused if answer.status == 400]
    assert several
    for answer in several:
        assert is_one_sentence(answer)
        assert "take one of" in answer.text


def test_programs_are_answered_as_ever(server: Server) -> None:
    assert ask(server, address("leaders", group="Khilafat Afghan"), accept=CSV).status == 400
    refused = ask(server, address("leaders", **{"as": "chart"}), accept=CSV)
    assert refused.status == 400
    assert "it has format, group, limit, offset" in refused.text


@pytest.mark.parametrize("query", ["as=pie", "as=table&as=map", "group=No+Such+Group+At+All", "group=%22taliban%22"])
def test_a_wrong_value_is_one_sentence(server: Server, query: str) -> None:
    answer = ask(server, f"/queries/leaders?{query}", accept=HTML)
    assert answer.status == 400
    assert is_one_sentence(answer)


def test_an_empty_answer_offers_a_broader_one(server: Server) -> None:
    text = page(server, address("leaders", group="jamaat-ansarullah", limit="1", offset="400"))
    assert "Leave a field empty" in text
    assert 'href="/queries"' in text


# ---------------------------------------------------------------- the table


def test_cells_lead_to_things_claims_and_passages(server: Server) -> None:
    text = page(server, address("pledges", pledger="hafiz-saeed-khan"))
    assert 'href="/id/hafiz-saeed-khan"' in text
    assert 'href="/id/abu-bakr-al-baghdadi"' in text
    assert 'href="/claim/pledge-of-hafiz-saeed-khan-1"' in text
    rows = ask(server, address("pledges", pledger="hafiz-saeed-khan", format="csv")).rows
    assert rows
    for row in rows:
        assert f'href="/passage/{row["passage"]}"' in text
        assert f'class="mode mode-{row["mode"]}"' in text
    assert re.search(r"The shifting|<bdi>[^<]+</bdi>, paragraph \d+", text)


def test_hedges_and_denials_stand_in_the_table(server: Server) -> None:
    rows = ask(server, "/queries/recognitions?format=csv").rows
    negated = [row for row in rows if row["polarity"] == "Negated"]
    text = page(server, "/queries/recognitions")
    assert negated
    assert text.count("mode-Negated") == len(negated)


def test_every_statement_that_one_claim_makes_leads_to_it(server: Server) -> None:
    text = page(server, "/queries/planned-mergers")
    rows = ask(server, "/queries/planned-mergers?format=csv").rows
    assert rows
    assert len(re.findall(r'class="in-statement"><a href="/claim/', text)) == len(rows)


# ---------------------------------------------------------------- pictures

PICTURES = [
    ("what-happened", "timeline"), ("claims-by-paragraph", "chart"), ("attacks", "map"), ("defections", "network"),
]  # fmt: skip


def ways(text: str) -> list[str]:
    return re.findall(r'[?&](?:amp;)?as=(\w+)#answer"', text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pledges", ["table", "timeline", "network"]), ("strength", ["table", "timeline", "chart"]),
        ("claims-by-paragraph", ["table", "chart"]), ("hedged", []), ("cite", []), ("version", ["table", "chart"]),
        ("headquarters", ["table", "map"]), ("names", []),
    ],
)  # fmt: skip
def test_the_columns_say_which_pictures_there_are(server: Server, name: str, expected: list[str]) -> None:
    found = ways(page(server, f"/queries/{name}"))
    assert found == expected


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_has_a_page_in_every_way_it_offers(server: Server, name: str) -> None:
    for way in ways(page(server, f"/queries/{name}")):
        text = page(server, f"/queries/{name}?as={way}")
        assert 'id="row-0"' in text
        assert ("data-way" in text) == (way != "table")


@pytest.mark.parametrize(("name", "way"), PICTURES)
def test_a_picture_is_drawn_above_its_table_and_is_accessible(opened: Open, name: str, way: str) -> None:
    with opened() as seen:
        tab = seen.go(f"/queries/{name}?as={way}")
        tab.wait_for_selector(".picture svg .mark")
        assert tab.locator(".picture svg .mark").count() >= 2
        assert tab.locator("#row-0").is_visible()
        assert "ask-" not in tab.locator("#answer").inner_text()
        assert seen.overflow() == 0


def test_a_mark_opens_its_claim_by_keyboard_and_gives_the_focus_back(opened: Open) -> None:
    with opened() as seen:
        tab = seen.go("/queries/pledges?pledger=hafiz-saeed-khan&as=network")
        tab.wait_for_selector(".picture svg .mark")
        mark = tab.locator(".picture svg .mark").first
        name = mark.get_attribute("aria-label") or ""
        assert "Hafiz Saeed Khan to" in name
        mark.focus()
        tab.keyboard.press("Enter")
        tab.wait_for_selector(".panel:not([hidden]) .claim")
        panel = tab.locator(".panel")
        assert "stated" in panel.inner_text()
        assert panel.locator('a[href^="/passage/"]').count() >= 1
        assert tab.evaluate("document.activeElement.classList.contains('panel')")
        tab.keyboard.press("Escape")
        assert panel.is_hidden()
        assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == name


def test_a_denied_line_looks_denied(opened: Open) -> None:
    with opened() as seen:
        tab = seen.go("/queries/recognitions?as=network")
        tab.wait_for_selector(".picture svg .mark")
        denied = tab.locator(".picture .mark.denied")
        assert denied.count() >= 1
        assert denied.first.locator(".cross").count() == 1
        assert "said not to be so" in tab.locator(".legend").inner_text()


def test_ranges_and_single_numbers_are_told_apart(opened: Open, server: Server) -> None:
    rows = ask(server, "/queries/strength?format=csv").rows
    ranges = [row for row in rows if row["high"] and row["high"] != row["low"]]
    assert ranges
    with opened() as seen:
        tab = seen.go("/queries/strength?as=chart")
        tab.wait_for_selector(".picture svg .mark")
        assert tab.locator(".picture .mark").count() == sum(1 for row in rows if row["low"] or row["high"])
        assert tab.locator(".picture .mark:has(.soft)").count() == len(ranges)
        assert tab.locator(".picture .unit").count() == len({row["counted"] for row in rows})


def test_a_place_without_a_point_is_listed_beside_the_map(opened: Open, server: Server) -> None:
    query = f"""{ALG} SELECT DISTINCT ?label {{
        ?o a alg:Presence . ?c alg:about ?o ; alg:place ?p . ?p rdfs:label ?label
        FILTER NOT EXISTS {{ ?p <http://www.opengis.net/ont/geosparql#hasGeometry> ?g }} }}"""
    pointless = [row["label"] for row in sparql(server, query, CSV).rows]
    assert pointless
    with opened() as seen:
        tab = seen.go("/queries/presence?as=map")
        tab.wait_for_selector(".picture svg .mark")
        words = tab.locator(".words").inner_text()
        for label in pointless:
            assert label in words


def test_the_way_is_kept_by_the_form_and_leads_back(opened: Open) -> None:
    with opened() as seen:
        tab = seen.go("/queries/leaders")
        tab.get_by_role("link", name="Timeline", exact=True).last.click()
        tab.wait_for_selector(".picture svg .mark")
        tab.get_by_label("Group").fill("Khilafat Afghan")
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/queries/leaders?group=khilafat-afghan&as=timeline")
        tab.wait_for_selector(".picture svg .mark")
        tab.go_back()
        tab.wait_for_url("**/queries/leaders?as=timeline*")


def test_a_picture_leaves_the_page_as_svg_and_png(opened: Open) -> None:
    with opened() as seen:
        tab = seen.go("/queries/pledges?as=network")
        tab.wait_for_selector(".picture svg .mark")
        for button, name in (("Save as SVG", "pledges-network.svg"), ("Save as PNG", "pledges-network.png")):
            with tab.expect_download() as saved:
                tab.get_by_role("button", name=button).click()
            assert saved.value.suggested_filename == name


def test_without_scripts_the_table_says_all(opened: Open) -> None:
    with opened(script=False) as seen:
        seen.page.goto(f"{seen.address}/queries/pledges?as=network")
        assert seen.page.locator("#row-0").is_visible()
        assert "needs scripts" in seen.page.locator("#answer").inner_text()
