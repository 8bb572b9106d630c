"""The pages of things: group, person, place, source, occurrence, claim and the rest, read by people and by programs."""

from __future__ import annotations

import json
import re
import urllib.parse
from pathlib import Path

from playwright.sync_api import expect

from browser import Open
from conftest import Server
from http_client import CSV, ask, is_one_sentence, number, sparql, step

ISIS_K = "id/islamic-state-khorasan"
PREFIXES = """PREFIX alg: <https://w3id.org/allegiance/ontology#>
PREFIX algg: <https://w3id.org/allegiance/graph/>
PREFIX algid: <https://w3id.org/allegiance/id/>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skosxl: <http://www.w3.org/2008/05/skos-xl#>
"""
# A thing of every kind that has a page of its own.
KINDS = {
    ISIS_K: "group",
    "id/abdul-khadim-rauf": "person",
    "id/nangarhar-province": "place",
    "id/isis-k-article": "source",
    "id/merger-into-isis-k-2015": "occurrence",
    "id/commander": "concept",
    "id/judgement-dabiq-and-its-december-2014-issue": "judgement",
    "id/note-on-muslim-dosts-group-in-january-and-march": "note",
    "claim/strength-of-isis-k-1": "claim",
    "passage/isis-k-article-39-45": "passage",
    "name/islamic-state-khorasan--2": "name",
    "mapping/manhattan--Q11299": "mapping",
    "id/nangarhar-province/point": "plain",
}


def _page(server: Server, path: str) -> str:
    answer = ask(server, f"/page/{path}", accept="text/html")
    assert answer.status == 200, answer.text
    return answer.text


def _column(server: Server, query: str) -> list[str]:
    answer = sparql(server, PREFIXES + query, CSV)
    assert answer.status == 200, answer.text
    found = [next(iter(row.values())) for row in answer.rows]
    assert found
    return found


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("'", "&#39;").replace('"', "&#34;")


def _edge(server: Server) -> str:
    return _column(server, "SELECT ?e { ?e a alg:DerivedEdge ; alg:edgeProperty alg:mergedInto } LIMIT 1")[
        0
    ].removeprefix("https://w3id.org/allegiance/")


# ---------------------------------------------------------------- what they say


def test_every_kind_of_thing_has_its_page(server: Server) -> None:
    for path, kind in {**KINDS, _edge(server): "edge"}.items():
        page = _page(server, path)
        assert f'<article class="thing thing-{kind}">' in page, path
        assert f"/data/{path}?format=turtle" in page
        assert f"/page/{path}?cite=bibtex" in page
        assert "Show the SPARQL" in page
        assert "thing-" not in re.sub(r"<script.*?</script>|<[^>]*>", "", page, flags=re.S), path


def test_the_largest_page_has_every_matter_and_name_and_is_small(server: Server) -> None:
    answer = ask(server, f"/page/{ISIS_K}", accept="text/html")
    page = answer.text
    assert len(answer.body) < 300_000
    matters = _column(
        server,
        "SELECT DISTINCT ?about { ?claim alg:participant|alg:about|alg:attributedTo algid:islamic-state-khorasan ;"
        " alg:about ?about ; alg:mode ?mode }",
    )
    rows = set(re.findall(r'<details data-claims="([^"]+)"', page))
    assert rows == {iri.removeprefix("https://w3id.org/allegiance/") for iri in matters}
    claims = number(
        server,
        PREFIXES + "SELECT (COUNT(DISTINCT ?claim) AS ?n) { ?claim alg:participant|alg:about|alg:attributedTo"
        " algid:islamic-state-khorasan ; alg:mode ?mode }",
    )
    assert f"{claims} claims on {len(matters)} matters" in page
    for form in _column(server, "SELECT ?f { algid:islamic-state-khorasan skosxl:altLabel/skosxl:literalForm ?f }"):
        assert f">{_escaped(form)}</bdi>" in page


def test_hedges_stand_beside_what_is_said(server: Server) -> None:
    page = _page(server, ISIS_K)
    row = re.search(r"<li[^>]*>(?:(?!</li>).)*Harakat Islami Tajikistan agreed to a merger.*?</li>", page, re.S)
    assert row
    assert 'class="hedged"' in row[0]
    assert "planned" in row[0]
    contested = _column(server, "SELECT DISTINCT ?a { ?x alg:disputes ?y . ?x alg:about ?a }")
    for iri in contested:
        assert "contested" in _page(server, iri.removeprefix("https://w3id.org/allegiance/"))


def test_what_was_declined_is_never_told_as_done(server: Server) -> None:
    page = ask(server, "/page/id/ansar-ghazwat-ul-hind", accept="text/html").text
    for what in (
        "allegiance-of-ansar-ghazwat-ul-hind-to-islamic-state",
        "alliance-of-ansar-ghazwat-ul-hind-and-islamic-state",
    ):
        row = page[: page.index(f'data-claims="id/{what}"')].rpartition('<p class="how">')[2]
        assert "mode-Negated" in row
        assert "mode-Asserted" not in row
    assert "Pledged to" not in page.partition("<script")[0].partition("</dl>")[0]
    assert re.search(r'mode-Negated">[^<]+</span> 2<', page)


def test_look_alikes_have_verdict_and_reason(server: Server) -> None:
    page = _page(server, "id/azizullah-haqqani")
    reasons = _column(
        server,
        "SELECT ?r { ?j alg:left|alg:right algid:azizullah-haqqani ; alg:reason ?r }",
    )
    for reason in reasons:
        assert _escaped(reason) in page
    assert "Not to be confused with" in page


def test_a_page_shows_when_in_few_words(server: Server) -> None:
    page = _page(server, "id/merger-into-isis-k-2015")
    assert "between 2015-01-01 and 2015-01-31" in page
    assert "<b>2015-01</b><q>January 2015</q>" in _page(server, ISIS_K)
    assert "One source" in page


def test_an_occurrence_has_every_claim_and_the_edges_on_it(server: Server) -> None:
    page = _page(server, "id/merger-into-isis-k-2015")
    claims = _column(server, "SELECT ?c { ?c alg:about algid:merger-into-isis-k-2015 ; alg:mode ?m }")
    edges = _column(server, "SELECT ?e { ?e alg:edgeOf algid:merger-into-isis-k-2015 }")
    for iri in claims + edges:
        assert f'href="/{iri.removeprefix("https://w3id.org/allegiance/")}"' in page


def test_a_source_is_read_by_paragraph(server: Server) -> None:
    page = _page(server, "id/isis-k-article?paragraph=20")
    said = _column(
        server,
        "SELECT DISTINCT ?s { ?c alg:passage ?p ; alg:statement ?s . ?p alg:paragraph 20 ;"
        " oa:hasSource algid:isis-k-article }",
    )
    for statement in said:
        assert _escaped(statement) in page
    assert page.count("data-claims") >= len(said)
    assert "derives from" in page
    for wrong in ("9999", "x", "-1", "%3Cb%3E"):
        answer = ask(server, f"/page/id/isis-k-article?paragraph={wrong}", accept="text/html")
        assert answer.status == 404
        assert is_one_sentence(answer)


def test_a_place_says_what_it_lies_within_and_has_its_point(server: Server) -> None:
    page = _page(server, "id/nangarhar-province")
    assert 'href="/id/afghanistan"' in page
    assert "34.26° N" in page
    without = _column(
        server,
        "SELECT ?p { GRAPH algg:entities { ?p a alg:Place } FILTER NOT EXISTS {"
        " ?p <http://www.opengis.net/ont/geosparql#hasGeometry> ?g } } LIMIT 1",
    )[0]
    assert "no point" in _page(server, without.removeprefix("https://w3id.org/allegiance/"))


def test_a_thing_with_nothing_but_a_name_has_a_page(server: Server) -> None:
    bare = _column(
        server,
        "SELECT ?t { ?t a alg:Actor FILTER NOT EXISTS { ?c alg:participant|alg:about|alg:attributedTo ?t } } LIMIT 3",
    )
    for iri in bare:
        assert "<h1>" in _page(server, iri.removeprefix("https://w3id.org/allegiance/"))


# ---------------------------------------------------------------- HTTP


def test_a_citation_comes_in_three_formats_and_names_the_version(server: Server) -> None:
    kinds = {"bibtex": "application/x-bibtex", "csl": "application/vnd.citationstyles.csl+json", "plain": "text/plain"}
    for name, kind in kinds.items():
        answer = ask(server, f"/page/{ISIS_K}?cite={name}")
        assert answer.status == 200
        assert answer.media_type == kind
        assert "filename=" in answer.headers["content-disposition"]
        assert "https://w3id.org/allegiance/id/islamic-state-khorasan" in answer.text
        assert "0.1.0" in answer.text
    item = json.loads(ask(server, f"/page/{ISIS_K}?cite=csl").body)[0]
    assert item["title"] == "Islamic State – Khorasan Province"
    wrong = ask(server, f"/page/{ISIS_K}?cite=word")
    assert wrong.status == 406
    assert is_one_sentence(wrong)


def test_a_page_is_asked_once_and_then_304(server: Server) -> None:
    first = step(server, f"/page/{ISIS_K}", accept="text/html")
    assert first.listed("vary") >= {"accept", "accept-encoding"}
    assert 'rel="alternate"' in first.headers["link"]
    again = step(server, f"/page/{ISIS_K}", accept="text/html", headers={"If-None-Match": first.headers["etag"]})
    assert again.status == 304
    part = step(server, f"/page/{ISIS_K}?part=claims", accept="text/html")
    assert part.status == 200
    assert part.headers["etag"] != first.headers["etag"]


def test_links_of_a_mirror_are_local(built: Path) -> None:
    mirror = Server("--store", built, "--base-url", "https://mirror.example/x/", "--workers", "1")
    try:
        page = _page(mirror, "id/abdul-khadim-rauf")
        assert 'href="/id/khilafat-afghan"' in page
        assert "mirror.example" not in page
        assert 'data-claims="id/' in page
    finally:
        mirror.stop()


# ---------------------------------------------------------------- in a browser


def test_a_row_opens_to_its_claims_by_keyboard(opened: Open) -> None:
    with opened() as seen:
        page = seen.go(f"/page/{ISIS_K}")
        row = page.locator("#mergers details[data-claims='id/merger-into-isis-k-2015']").first
        row.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(row.locator("article.claim")).to_have_count(11)
        first = row.locator("article.claim").first
        expect(first.locator(".mode").first).to_have_text("stated")
        expect(first.locator(".where").first).to_contain_text("paragraph 21")
        link = page.locator("#lineage-chart a").first
        link.focus()
        page.keyboard.press("Enter")
        expect(page.locator("article.thing-occurrence")).to_be_visible()


def test_without_scripts_a_row_leads_to_the_page_of_its_claims(opened: Open) -> None:
    with opened(script=False) as seen:
        page = seen.page
        page.goto(f"{seen.address}/page/{ISIS_K}")
        row = page.locator("#ceasefires details[data-claims]").first
        row.locator("summary").click()
        row.locator("p a").click()
        expect(page.locator("article.claim").first).to_be_visible()


def test_pictures_are_drawn_and_lead_on(opened: Open) -> None:
    with opened() as seen:
        page = seen.go(f"/page/{ISIS_K}")
        expect(page.locator("#leaders-chart a").first).to_contain_text("Hafiz Saeed Khan")
        expect(page.locator("#lineage-chart a.hedged").first).to_be_visible()
        expect(page.locator("#counts-chart figure").first).to_contain_text("10,000")
        seen.go("/page/id/nangarhar-province")
        expect(page.locator("#place-map .land").first).to_be_attached()
        expect(page.locator("#place-map .spot")).to_be_visible()


def test_hostile_paths_are_refused_in_one_sentence(server: Server) -> None:
    for path in ("id/<script>", "id/x%22onload=1", "id/no such", "graph/entities"):
        answer = ask(server, f"/page/{urllib.parse.quote(path, safe='/%')}", accept="text/html")
        assert answer.status in (404, 406)
        assert is_one_sentence(answer)


def test_a_row_has_the_end_that_a_further_claim_gives(server: Server) -> None:
    page = _page(server, ISIS_K)
    row = next(
        row for row in re.findall(r"<li.*?</li>", page, re.S) if 'data-claims="id/ceasefire-in-kunar-2016"' in row
    )
    assert "2016-06" in row
    assert "2017-04" in row


def test_a_row_says_that_its_claims_date_it_otherwise(server: Server) -> None:
    rows = re.findall(r"<li.*?</li>", _page(server, ISIS_K), re.S)
    founding = next(row for row in rows if 'data-claims="id/founding-of-isis-k"' in row)
    truce = next(row for row in rows if 'data-claims="id/ceasefire-in-kunar-2016"' in row)
    assert "other claims date it otherwise" in founding
    assert "other claims date it otherwise" not in truce


def test_a_rough_number_is_drawn_as_rough_and_with_its_mode(opened: Open) -> None:
    with opened() as seen:
        page = seen.go("/page/id/eight-ttp-groups")
        mark = page.locator('#counts-chart a[href="/claim/strength-of-eight-ttp-groups-3"]').first
        expect(mark).to_contain_text("≈")
        expect(mark.locator("title")).to_contain_text("about 1,000")
        expect(mark.locator("title")).to_contain_text("speculated")
