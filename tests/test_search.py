"""Text search: what a text finds and in which order, in the index of the shipped data and over HTTP."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegiance import spelling, terms
from allegiance.build.search_index import write_index
from allegiance.engine import Engine, text_of
from allegiance.errors import UsageError
from allegiance.search import KINDS, MAX_LIMIT, MAX_TEXT, MOST, Hit, Index
from conftest import Server
from http_client import Answer, ask, is_one_sentence, step


@pytest.fixture(scope="session")
def index(built: Path) -> Iterator[Index]:
    """The index of the shipped data."""
    opened = Index.open(built / "current" / "search.sqlite")
    yield opened
    opened.close()


def first(index: Index, text: str) -> str:
    """The slug of the first hit; empty where there is none."""
    hits = index.search(text, limit=1).hits
    return hits[0].iri.removeprefix(terms.ALGID) if hits else ""


# ---------------------------------------------------------------- folding

SAME = [
    ["Khilafat Afghan", "Khilāfat Afghān", "Xilafat Afgan", "KHILAFAT-AFGHAN", "Khilafah Afghan"],
    ["Mullah Muhammad Omar", "Mulla Mohammed Umar", "Mullah Mohammad Umar", "Mullah Mohd. Omar"],
    ["Gulbuddin Hekmatyar", "Gulbudin Hikmatiar", "Gulbadin Hekmatiyar", "Gulbuddīn Ḥekmatyār"],
    ["Tehrik-i-Taliban Pakistan", "Tahreek e Taliban Pakistan", "Tehrik-e-Taliban-e-Pakistan"],
    ["Abd al-Rahman", "Abdurrahman", "Abdul Rehman", "ʿAbd ar-Raḥmān"],
    ["Siraj ud-Din Haqqani", "Sirajuddin Haqani", "Siraj al-Din Haqqānī"],
    ["Abu Bakr al-Baghdadi", "Abou Bakr el Baghdady", "Абу Бакр аль-Багдади"],
    ["Hafiz Saeed Khan", "Hafez Said Khan", "Hafiz Sa'id Khan", "Hafidh Sayed Khan"],
    ["Jaysh ul Adl", "Jaish al-Adl", "Jeish-ul-Adl"],
    ["Ramadan", "Ramazan", "Ramadhan"],
    ["Sheikh Mohsin", "Shaykh Muhsin", "Shaikh Muhsen"],
    ["Maulana", "Mawlana"],
    ["Muslim Dost's group", "Muslim Dost group", "Muslim Dost’s Group"],
    ["U.S. forces", "US forces"],
    ["Ba’athist", "Baathist", "Ba'athist"],
    ["Khliafat Afghan", "Khliafat–Afghan", "Khliafat   Afghan"],
]


@pytest.mark.parametrize("names", SAME, ids=lambda names: names[0])
def test_spellings_of_one_name_share_a_key(names: list[str]) -> None:
    for name in names[1:]:
        assert spelling.keys(names[0]) & spelling.keys(name), (name, spelling.folded(names[0]), spelling.folded(name))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohammad Tahir Baluch", "Mohammad Dhahir Baluch"),
        ("Kunar", "Kunduz"),
        ("Sudan", "Suzanne"),
        ("100", "10"),
        ("US forces", "UN forces"),
        ("Khorasan", "Khost"),
    ],
)
def test_different_names_share_no_key(one: str, other: str) -> None:
    assert not spelling.keys(one) & spelling.keys(other)


@pytest.mark.parametrize(
    ("arabic", "latin"),
    [
        ("گلبدین حکمتیار", "Gulbuddin Hekmatyar"),
        ("تحریک طالبان پاکستان", "Tehrik-e Taliban Pakistan"),
        ("أبو بكر البغدادي", "Abu Bakr al-Baghdadi"),
        ("جماعت انصارالله", "Jamaat Ansarullah"),
        ("Ҷамоати Ансоруллоҳ", "Jamaat Ansarullah"),
    ],
)
def test_a_name_in_another_script_has_the_same_consonants(arabic: str, latin: str) -> None:
    assert spelling.skeleton(spelling.folded(arabic)) == spelling.skeleton(spelling.folded(latin)) != ""


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    plain, folded = spelling.plain(text), spelling.folded(text)
    assert spelling.plain(plain) == plain
    assert spelling.folded(folded) == folded
    assert re.fullmatch(r"([a-z0-9]+( [a-z0-9]+)*)?", folded)
    assert bool(plain) == bool(folded)


@given(st.text(alphabet="aeiouydhzkqxwvtlrngsmbj '-", max_size=30))
def test_folding_of_words_like_ours_changes_nothing_when_repeated(text: str) -> None:
    folded = spelling.folded(text)
    assert spelling.folded(folded) == folded
    assert spelling.folded(text.upper()) == folded


# ---------------------------------------------------------------- what is found

MEANT = {
    "Khliafat Afghan": "khilafat-afghan",
    "khilafat afgan": "khilafat-afghan",
    "Xilafat Afghan": "khilafat-afghan",
    "ISIL-K": "islamic-state-khorasan",
    "isis k": "islamic-state-khorasan",
    "ISISK": "islamic-state-khorasan",
    "IS Khorassan": "islamic-state-khorasan",
    "Wilayat Khurasan": "islamic-state-khorasan",
    "tip": "turkistan-islamic-party",
    "hekmatiar": "gulbuddin-hekmatyar",
    "gulbudin hikmatyar": "gulbuddin-hekmatyar",
    "حکمتیار": "gulbuddin-hekmatyar",
    "Гульбуддин Хекматияр": "gulbuddin-hekmatyar",
    "mulla umar": "mullah-omar",
    "mohammed omar": "mullah-omar",
    "ملا عمر": "mullah-omar",
    "abu bakr bagdady": "abu-bakr-al-baghdadi",
    "al baghdadi": "abu-bakr-al-baghdadi",
    "البغدادي": "abu-bakr-al-baghdadi",
    "hafez said khan": "hafiz-saeed-khan",
    "hafiz saed kahn": "hafiz-saeed-khan",
    "usama bin ladin": "osama-bin-laden",
    "lashkaretaiba": "lashkar-e-taiba",
    "Lashkar e Toiba": "lashkar-e-taiba",
    "sirajudin haqani": "sirajuddin-haqqani",
    "Siraj ud Din Haqqani": "sirajuddin-haqqani",
    "yuldashev tohir": "tahir-yuldashev",
    "ayman zawahri": "ayman-al-zawahiri",
    "tahreek e taliban pakistan": "tehrik-e-taliban-pakistan",
    "طالبان تاجیکستان": "jamaat-ansarullah",
    "Толибони Точикистон": "jamaat-ansarullah",
    "peshawer": "peshawar",
    "qandahar": "kandahar",
    "badakshan": "badakhshan-province",
    "giustozi": "antonio-giustozzi",
    "muslim dost": "abdul-rahim-muslim-dost",
    "abdurrahim muslimdost": "abdul-rahim-muslim-dost",
    "muslim dosts group": "muslim-dosts-group",
    "jaish ul-adl": "jaish-al-adl",
}


@pytest.mark.parametrize(("text", "slug"), MEANT.items())
def test_what_a_journalist_types_finds_what_is_meant(index: Index, text: str, slug: str) -> None:
    # Two groups with one name, such as Jaysh ul Adl and Jaish al-Adl, are equals.
    page = index.search(text)
    best = [hit.iri for hit in page.hits if hit.score == page.hits[0].score]
    assert terms.ALGID + slug in best


@pytest.mark.parametrize(
    "text",
    ["qwertyuiop", "zzzzzz", "xyz", "jkl", "banana", "London", "Mali", "Yemen", "Somalia", "Macron", "Houthi",
     "Erdogan", "Wagner", "Ukraine", "computer", "Abdul Raziq Mehdi", "Boko Haram", "…", "'", "🔥🔥"],
)  # fmt: skip
def test_what_the_record_does_not_have_finds_nothing(index: Index, text: str) -> None:
    assert index.search(text).hits == []
    assert index.facets(text).kinds == {}


def test_every_name_finds_its_thing_first_or_among_the_equals(index: Index, engine: Engine) -> None:
    labels = "|".join(f"<{iri}>" for iri in (f"{terms.RDFS}label", f"{terms.SKOS}altLabel", f"{terms.DCTERMS}title"))
    names = f"SELECT DISTINCT ?s ?label WHERE {{ ?s {labels} ?label }}"
    found = 0
    for row in engine.rows(names):
        iri, label = text_of(row["s"]), text_of(row["label"])
        if not iri.startswith(terms.W3ID) or len(label) > MAX_TEXT:
            continue
        found += 1
        page = index.search(label, limit=MAX_LIMIT)
        assert iri in {hit.iri for hit in page.hits if hit.score == page.hits[0].score == 1.0}, label
    assert found > 2000


def test_a_claim_is_found_by_its_statement_and_by_words_of_it(index: Index, engine: Engine) -> None:
    rows = list(engine.rows(f"SELECT ?c ?s WHERE {{ ?c <{terms.ALG}statement> ?s }} ORDER BY ?c LIMIT 60"))
    assert len(rows) == 60
    for row in rows:
        claim, statement = text_of(row["c"]), text_of(row["s"])
        if len(statement) <= MAX_TEXT:
            assert claim in {hit.iri for hit in index.search(statement, kinds=["Claim"]).hits if hit.score == 1.0}
        words = " ".join(sorted(statement.split()[:6], reverse=True))
        assert claim in {hit.iri for hit in index.search(words, kinds=["Claim"], limit=MAX_LIMIT).hits}


def every_hit(index: Index, text: str, **filters: Any) -> list[Hit]:
    """All the hits of a text, page by page."""
    hits: list[Hit] = []
    while True:
        page = index.search(text, limit=MAX_LIMIT, offset=len(hits), **filters)
        hits += page.hits
        if not page.hits:
            assert len(hits) == page.total
            return hits


@pytest.mark.parametrize("text", ["khorasan", "isis k", "a", "group of", "ISIL-K", "baluch"])
def test_hits_are_one_a_thing_in_the_order_of_the_score_on_every_page(index: Index, text: str) -> None:
    whole = every_hit(index, text)
    assert len(whole) > 10
    assert len({hit.iri for hit in whole}) == len(whole)
    scores = [hit.score for hit in whole]
    assert scores == sorted(scores, reverse=True)
    pages = [hit for offset in range(0, len(whole), 7) for hit in index.search(text, limit=7, offset=offset).hits]
    assert pages == whole


def test_exact_comes_before_folded_before_prefix_before_words_before_beginnings(index: Index) -> None:
    hits = every_hit(index, "Khorasan")
    how = {
        "exact": [n for n, hit in enumerate(hits) if hit.matched_label == "Khorasan"],
        "prefix": [n for n, h in enumerate(hits) if h.matched_label.startswith("Khorasan ")],
        "words": [n for n, h in enumerate(hits) if re.search(r"^(?!Khorasan).* Khorasan\b", h.matched_label)],
    }
    assert all(how.values())
    assert max(how["exact"]) < min(how["prefix"])
    assert max(how["prefix"]) < min(how["words"])
    # A person by a spelling that is not the first comes before what is merely named after that person.
    assert index.search("Mansur").hits[0].matched_label == "Akhtar Mansur"
    beginnings = every_hit(index, "Hafiz Sa")
    assert beginnings[0].label == "Hafiz Saeed Khan"
    assert {hit.score for hit in beginnings} <= {0.82, 0.8, 0.62, 0.6}


def test_claims_come_after_things_that_match_as_well(index: Index) -> None:
    hits = every_hit(index, "Hekmatyar")
    assert {"Claim", "Person", "Occurrence"} <= {hit.coarse for hit in hits}
    for score in {hit.score for hit in hits}:
        coarse = [hit.coarse == "Claim" for hit in hits if hit.score == score]
        assert coarse == sorted(coarse)


def test_equals_stand_by_kind_then_first_label_then_label_then_iri(index: Index) -> None:
    order = list(KINDS)
    hits = [hit for hit in every_hit(index, "taliban") if hit.score == 0.72]
    assert len({hit.coarse for hit in hits}) > 4
    keys = [
        (order.index(hit.coarse), hit.label != hit.matched_label, spelling.exact(hit.matched_label), hit.iri)
        for hit in hits
    ]
    assert keys == sorted(keys)


def test_only_where_nothing_matches_better_are_slips_forgiven(index: Index) -> None:
    assert all(hit.score > 0.5 for hit in every_hit(index, "Kunar"))
    assert all(hit.score <= 0.5 for hit in every_hit(index, "Peshawer"))
    # A filter hides hits, it does not make others of them.
    assert index.search("Kunar", kinds=["Person"]).total == 0


# ---------------------------------------------------------------- filters and facets


def test_a_kind_takes_all_that_are_below_it(index: Index) -> None:
    everything = every_hit(index, "taliban")
    members: dict[str, Callable[[Hit], bool]] = {
        "Organisation": lambda hit: hit.coarse == "Organisation",
        "ArmedGroup": lambda hit: hit.kind == "ArmedGroup",
        "Actor": lambda hit: hit.coarse in ("Organisation", "Person"),
        "Claim": lambda hit: hit.coarse == "Claim",
    }
    for kind, member in members.items():
        wanted = [hit for hit in everything if member(hit)]
        assert wanted
        assert every_hit(index, "taliban", kinds=[kind]) == wanted
    both = every_hit(index, "taliban", kinds=["Judgement", "StateBody"])
    assert {hit.coarse for hit in both} == {"Judgement", "Organisation"}


def test_facets_say_how_many_a_filter_leaves(index: Index) -> None:
    for text in ("taliban", "khorasan", "ISIL-K", "Ansarullah"):
        facets = index.facets(text)
        assert len(facets.kinds) > 3
        for kind, count in facets.kinds.items():
            assert index.search(text, kinds=[kind]).total == count, (text, kind)
        assert facets.languages
        for language, count in facets.languages.items():
            assert index.search(text, languages=[language]).total == count, (text, language)


def test_a_language_takes_all_tags_that_it_begins(index: Index) -> None:
    (arabic,) = index.search("طالبان", languages=["fa"]).hits
    assert (arabic.lang, arabic.label) == ("fa-Arab", "Jamaat Ansarullah")
    assert index.search("طالبان", languages=["fa-arab"]).hits == [arabic]
    assert index.search("طالبان", languages=["fa-Latn", "tg"]).total == 0
    latin = every_hit(index, "harakat", languages=["fa"])
    assert latin
    assert all(hit.lang.startswith("fa-") for hit in latin)
    # What matches is then another spelling of the same thing.
    assert index.search("Afghan", kinds=["ArmedGroup"]).hits[0].lang == "en"
    (other,) = index.search("Afghan", kinds=["ArmedGroup"], languages=["fa-Latn"]).hits
    assert (other.iri, other.lang) == (terms.ALGID + "khilafat-afghan", "fa-Latn")


@pytest.mark.parametrize(
    ("kind", "near"), [("ArmdGroup", "ArmedGroup"), ("person", "Person"), ("Qqqq", "Organisation")]
)
def test_a_kind_that_is_none_is_refused_with_those_near_it(index: Index, kind: str, near: str) -> None:
    with pytest.raises(UsageError, match=near):
        index.search("taliban", kinds=[kind])


def test_a_text_that_is_too_long_is_refused(index: Index) -> None:
    assert index.search("a " * (MAX_TEXT // 2)).total >= 0
    for call in (index.search, index.facets, index.suggest):
        with pytest.raises(UsageError, match=str(MAX_TEXT)):
            call("a" * (MAX_TEXT + 1))


# ---------------------------------------------------------------- near, suggest, knows


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("hafiz-saed-kahn", "hafiz-saeed-khan"),
        ("islamic-state-khorassan", "islamic-state-khorasan"),
        ("omar_gazni", "omar-ghazi"),
        ("gulbudin-hekmatyar", "gulbuddin-hekmatyar"),
        ("pledge-of-hafiz-saed-khan-to-abu-bakr-al-bagdadi", "pledge-of-hafiz-saeed-khan"),
    ],
)
def test_what_is_near_a_wrong_slug_is_offered(index: Index, name: str, slug: str) -> None:
    assert terms.ALGID + slug in {hit.iri for hit in index.near(name)}


def test_nothing_is_offered_for_what_is_near_to_nothing(index: Index) -> None:
    for name in ("qwertyuiop", "zzzz-zzzz", "", "-", "x" * 5000):
        assert index.near(name) == []


def test_suggestions_are_names_that_the_text_begins(index: Index) -> None:
    hits = index.suggest("haf", limit=5)
    assert hits[0].label == "Hafiz Saeed Khan"
    assert 1 < len(hits) <= 5
    assert all(hit.coarse != "Claim" for hit in hits)
    for length in range(1, len("Gulbuddin")):
        assert index.suggest("Gulbuddin"[:length], limit=3), length
    assert index.suggest("gulbudd")[0].label == "Gulbuddin Hekmatyar"
    assert "Tahir Baluch" in index.suggest("muhamad tah")[0].label


def test_known_are_things_with_a_name(index: Index) -> None:
    for iri in (terms.ALGID + "hafiz-saeed-khan", terms.ALG + "Pledge", terms.ALGC + "pledge-of-hafiz-saeed-khan-1"):
        assert index.knows(iri)
    for iri in ("", "x", terms.ALGID + "nobody", terms.ALGID + "hafiz-saeed-khan' OR '1'='1", "\ud800"):
        assert not index.knows(iri)


def test_sources_concepts_and_terms_are_found(index: Index) -> None:
    for text, coarse in {
        "Dabiq, edition of December 2014": "Source",
        "Salafism": "Concept",
        "pledge": "Term",
        "Events, relationships and roles": "Term",
        "Baghlan": "Place",
    }.items():
        assert coarse in {hit.coarse for hit in index.search(text).hits if hit.score == 1.0}, text


# ---------------------------------------------------------------- any text

SYNTAX = [
    'NEAR("a" "b", 5)', '"', '"""', "*", "khorasan*", "^khorasan", "plain : khorasan", "-khorasan", "NOT", "a AND",
    "OR", "(", ")", "{plain folded} : x", "a + b", "'; DROP TABLE labels; --", "%", "_", "\\", "\x00", "a\x00b",
    "\ud800", "\u202e", "\u200c\u200d", "ʿ", "ﷺ", "北京", "١٢٣", "e", "al", "the", "el-ul-ud",
]  # fmt: skip


@pytest.mark.parametrize("text", SYNTAX, ids=ascii)
def test_syntax_of_the_index_is_only_text(index: Index, text: str) -> None:
    page = index.search(text)
    words = set(spelling.plain(text).split())
    for hit in page.hits:
        assert words
        assert hit.score > 0
    assert index.near(text) is not None
    assert index.suggest(text) is not None


PIECES = st.lists(st.sampled_from([*SYNTAX, "khorasan", "isis", "talban", "Mullah ", "عمر", " k", " of "]), max_size=8)
TEXTS = st.text(max_size=MAX_TEXT) | PIECES.map(lambda pieces: "".join(pieces)[:MAX_TEXT])


@given(TEXTS, st.integers(1, MAX_LIMIT), st.integers(0, 100) | st.integers(0, 10**9))
def test_any_text_has_an_answer(index: Index, text: str, limit: int, offset: int) -> None:
    page = index.search(text, limit=limit, offset=offset)
    assert len(page.hits) == min(limit, max(page.total - offset, 0))
    assert page.total <= MOST
    assert sum(index.facets(text).kinds.values()) >= page.total
    index.suggest(text)
    index.near(text)


# ---------------------------------------------------------------- the file


def test_the_same_dataset_gives_the_same_file(engine: Engine, built: Path, tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    write_index(engine, path)
    assert path.read_bytes() == (built / "current" / "search.sqlite").read_bytes()


def test_a_file_that_is_no_index_is_refused_with_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    with pytest.raises(UsageError, match="There is no text index"):
        Index.open(path)
    path.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(UsageError, match="cannot be read"):
        Index.open(path)
    path.unlink()
    sqlite3.connect(path).close()
    path.touch()
    with pytest.raises(UsageError, match="of format 0"):
        Index.open(path)


def test_an_index_of_nothing_finds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    write_index(Engine.in_memory(), path)
    index = Index.open(path)
    assert index.search("taliban").hits == index.near("taliban") == index.suggest("t") == []
    index.close()


def test_an_index_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot be written"):
        write_index(Engine.in_memory(), tmp_path / "absent" / "search.sqlite")


# ---------------------------------------------------------------- over HTTP


def search(server: Server, *parameters: tuple[str, object], accept: str | None = None) -> Answer:
    """A search with parameters."""
    return ask(server, f"/search?{urlencode(parameters)}", accept=accept)


def links(answer: Answer) -> dict[str, str]:
    """The addresses in the header Link by relation."""
    return {relation: to for to, relation in re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers.get("link", ""))}


def test_a_program_gets_json(server: Server, index: Index) -> None:
    answer = search(server, ("q", "hekmatiar"), ("limit", 3))
    assert (answer.status, answer.media_type) == (200, "application/json")
    found = json.loads(answer.body)
    page, facets = index.search("hekmatiar", limit=3), index.facets("hekmatiar")
    assert (found["query"], found["total"], found["limit"], found["offset"]) == ("hekmatiar", page.total, 3, 0)
    assert found["complete"] is True
    assert found["facets"] == {"kind": facets.kinds, "lang": facets.languages}
    assert [(row["iri"], row["matched"], row["score"]) for row in found["results"]] == [
        (hit.iri, hit.matched_label, hit.score) for hit in page.hits
    ]
    assert found["results"][0] == {
        "iri": "https://w3id.org/allegiance/id/gulbuddin-hekmatyar",
        "label": "Gulbuddin Hekmatyar",
        "matched": "Hekmatyar",
        "lang": "ps-Latn",
        "kind": "Person",
        "score": 0.9,
        "page": "/id/gulbuddin-hekmatyar",
    }
    assert ask(server, found["results"][0]["page"], accept="text/html").status == 200


@pytest.mark.parametrize(
    ("accept", "named", "media_type"),
    [
        (None, None, "application/json"),
        ("*/*", None, "application/json"),
        ("application/json", None, "application/json"),
        ("text/csv", None, "text/csv"),
        ("text/*", None, "text/csv"),
        ("application/json;q=0.4, text/csv;q=0.5", None, "text/csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", None, "text/html"),
        ("text/html", "json", "application/json"),
        ("application/json", "csv", "text/csv"),
    ],
)
def test_the_format_is_what_is_asked_for(
    server: Server, accept: str | None, named: str | None, media_type: str
) -> None:
    answer = search(server, ("q", "kunar"), *([("format", named)] if named else []), accept=accept)
    assert (answer.status, answer.media_type) == (200, media_type)
    assert "accept" in answer.listed("vary")


def test_csv_has_the_rows_of_json(server: Server) -> None:
    rows = search(server, ("q", "Azizullah"), accept="text/csv").rows
    results = json.loads(search(server, ("q", "Azizullah")).body)["results"]
    assert len(rows) == len(results) > 3
    assert rows == [{name: str(value) for name, value in result.items()} for result in results]


def test_links_lead_through_all_pages_and_back(server: Server) -> None:
    whole = json.loads(search(server, ("q", "khorasan"), ("limit", 200)).body)["results"]
    answer = search(server, ("q", "khorasan"), ("kind", "Occurrence"), ("kind", "Place"), ("limit", 9))
    seen: list[dict[str, Any]] = []
    while True:
        seen += json.loads(answer.body)["results"]
        there = links(answer)
        assert {"first", "last"} <= set(there)
        if "next" not in there:
            break
        answer = ask(server, there["next"])
    assert len(seen) == json.loads(answer.body)["total"] > 20
    assert [row["iri"] for row in seen] == [
        row["iri"] for row in whole if row["iri"] in {found["iri"] for found in seen}
    ]
    assert len({row["iri"] for row in seen}) == len(seen)
    back = ask(server, links(answer)["prev"])
    assert json.loads(back.body)["offset"] == json.loads(answer.body)["offset"] - 9
    assert json.loads(ask(server, links(back)["first"]).body)["offset"] == 0
    assert ask(server, links(back)["last"]).body == answer.body


def test_a_page_beyond_the_last_is_empty_and_leads_back(server: Server) -> None:
    answer = search(server, ("q", "kunar"), ("offset", 999_999))
    assert json.loads(answer.body)["results"] == []
    assert json.loads(ask(server, links(answer)["prev"]).body)["results"]
    page = search(server, ("q", "kunar"), ("offset", 999_999), accept="text/html")
    assert "the last of them" in page.text


def test_an_answer_that_the_client_has_is_not_sent_again(server: Server) -> None:
    path = "/search?q=mosul"
    plain = step(server, path)
    again = step(server, path, headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert step(server, path).headers["etag"] == plain.headers["etag"]
    others = [
        step(server, path, accept="text/csv"),
        step(server, path, accept="text/html"),
        step(server, path, headers={"Accept-Encoding": "gzip"}),
        step(server, "/search?q=mosul&limit=1"),
        step(server, "/search?q=kabul"),
    ]
    tags = {plain.headers["etag"], *(other.headers["etag"] for other in others)}
    assert len(tags) == len(others) + 1
    assert others[2].headers["content-encoding"] == "gzip"
    head = step(server, path, method="HEAD")
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", plain.headers["etag"])


REFUSED = {
    "": "q",
    "q=": "q",
    "q=%20%09": "q",
    "q=a&q=b": "once",
    "q=a&offset=1&offset=2": "once",
    "q=a&colour=red": "colour",
    "q=a&limit=0": "1 to 200",
    "q=a&limit=201": "1 to 200",
    "q=a&limit=ten": "ten",
    "q=a&limit=1.5": "limit",
    "q=a&limit=%D9%A1": "limit",
    "q=a&offset=-1": "offset",
    "q=a&offset=99999999999999999999": "offset",
    "q=a&kind=Militia": "kind",
    "q=a&kind=ArmdGroup": "ArmedGroup",
    "q=a&lang=not_a_tag": "language tag",
    "q=%FF": "UTF-8",
    f"q={'a' * (MAX_TEXT + 1)}": str(MAX_TEXT),
    f"q=a{'&kind=Person' * 60}": "50 times",
}


@pytest.mark.parametrize(("query", "says"), REFUSED.items(), ids=lambda value: value[:30])
def test_a_wrong_parameter_is_refused_with_one_sentence(server: Server, query: str, says: str) -> None:
    answer = ask(server, f"/search?{query}")
    assert answer.status == 400
    assert is_one_sentence(answer)
    assert says in answer.text


def test_a_format_that_is_not_offered_is_refused(server: Server) -> None:
    for answer in (
        search(server, ("q", "a"), ("format", "xml")),
        search(server, ("q", "a"), accept="image/png"),
        search(server, ("q", "a"), accept="application/json;q=0"),
    ):
        assert answer.status == 406
        assert is_one_sentence(answer)
    assert step(server, "/search?q=a", method="POST", data=b"").status == 405


INLINE = re.compile(r'<script(?! type="module" src="/static/built/)')
"""A script that is not one of our files."""


def test_people_get_the_form_and_no_script_but_our_files(server: Server) -> None:
    bare = ask(server, "/search", accept="text/html")
    assert bare.status == 200
    assert '<input id="q" name="q" type="search" value=""' in bare.text
    assert 'name="kind" value="Person"' in bare.text
    assert 'name="lang" value="fa-Arab"' in bare.text
    assert not INLINE.search(bare.text)
    wrong = search(server, ("q", "a"), ("limit", "x"), accept="text/html")
    assert (wrong.status, wrong.media_type) == (400, "text/html")
    assert 'role="alert"' in wrong.text
    assert 'value="a"' in wrong.text


def test_people_see_name_spelling_kind_filters_and_pages(server: Server) -> None:
    text = search(
        server, ("q", "talban"), ("lang", "en"), ("lang", "en"), ("kind", "ArmedGroup"), accept="text/html"
    ).text
    assert '<a href="/id/taliban"><bdi>Taliban</bdi></a>' in text
    assert '<bdi lang="en">Talban</bdi>' in text
    assert 'name="kind" value="ArmedGroup" checked' in text
    assert 'name="lang" value="en" checked' in text
    first_page = search(server, ("q", "taliban"), accept="text/html").text
    assert 'rel="next"' in first_page
    assert 'rel="prev"' not in first_page
    following = re.search(r'href="([^"]*)" rel="next"', first_page)
    assert following
    assert 'rel="prev"' in ask(server, following[1].replace("&amp;", "&"), accept="text/html").text


def test_who_finds_nothing_is_told_so_and_offered_what_is_near(server: Server) -> None:
    found = json.loads(search(server, ("q", "omar gazni")).body)
    assert (found["total"], found["results"]) == (0, [])
    assert found["near"][0] == {
        "iri": "https://w3id.org/allegiance/id/omar-ghazi",
        "label": "Omar Ghazi",
        "page": "/id/omar-ghazi",
    }
    page = search(server, ("q", "omar gazni"), accept="text/html")
    assert page.status == 200
    assert "Did you mean" in page.text
    assert 'href="/id/omar-ghazi"' in page.text
    none = search(server, ("q", "qwertyuiop"), accept="text/html").text
    assert "Nothing in the record is called" in none
    assert "Did you mean" not in none
    assert "near" not in json.loads(search(server, ("q", "qwertyuiop")).body)
    assert search(server, ("q", "qwertyuiop"), accept="text/csv").rows == []


def test_what_is_echoed_is_escaped(server: Server) -> None:
    evil = '"><script>alert(1)</script>'
    for parameters in (
        [("q", evil)],
        [("q", "a"), ("kind", evil)],
        [("q", "a"), (evil, "b")],
        [("q", "a"), ("lang", evil)],
    ):
        answer = search(server, *parameters, accept="text/html")
        assert answer.status in (200, 400)
        assert not INLINE.search(answer.text)
        assert json.dumps(evil) not in answer.headers.get("link", "")
    header = search(server, ("q", "a\r\nX-Evil: 1")).headers
    assert "x-evil" not in header


def test_results_are_of_the_version_that_is_served(server: Server, built: Path) -> None:
    version = (built / "current").readlink().name
    assert search(server, ("q", "kabul")).headers["etag"].startswith(f'"{version}-')


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_answered_over_http(server: Server, text: str) -> None:
    answer = ask(server, f"/search?q={quote(text)}")
    assert answer.status == (200 if text.split() else 400)
