"""The question library as an API: typed parameters, pages of an answer, the list; over HTTP and on the command line."""

from __future__ import annotations

import io
import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import answers
from allegiance import library
from allegiance.engine import Engine, write_answer
from allegiance.errors import UsageError
from allegiance.library import Parameter, Question
from conftest import Server, run
from http_client import CSV, JSON, TABLES, Answer, ask, is_one_sentence

QUESTIONS = library.questions()
PARAMETERS = [(question, parameter) for question in QUESTIONS.values() for parameter in question.parameters]


def address(name: str, **values: object) -> str:
    return f"/queries/{name}?{urlencode(values)}"


def links(answer: Answer) -> dict[str, str]:
    found = re.findall(r'<([^>]+)>; rel="([a-z]+)"', answer.headers.get("link", ""))
    return {relation: target for target, relation in found}


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_answers_over_http_as_expected(server: Server, name: str) -> None:
    values = {parameter.name: parameter.sample for parameter in QUESTIONS[name].parameters}
    answer = ask(server, address(name, **values), accept=CSV)
    assert answer.status == 200, answer.text
    expected = (answers.FOLDER / f"{name}.csv").read_text(encoding="utf-8")
    assert answer.text.replace("\r\n", "\n") == expected


@pytest.mark.parametrize("media_type", TABLES)
def test_a_question_comes_in_every_format_by_header_and_by_parameter(server: Server, media_type: str) -> None:
    name = {"text/csv": "csv", "text/tab-separated-values": "tsv", JSON: "json"}.get(media_type, "xml")
    by_header = ask(server, address("leaders", group="khilafat-afghan"), accept=media_type)
    by_parameter = ask(server, address("leaders", group="khilafat-afghan", format=name))
    assert by_header.media_type == by_parameter.media_type == media_type
    assert by_header.body == by_parameter.body


def test_a_question_answers_people_and_programs(server: Server) -> None:
    page = ask(server, address("leaders", group="khilafat-afghan"), accept="text/html").text
    assert "Abdul Khadim Rauf" in page
    rows = ask(server, address("leaders", group="khilafat-afghan", format="csv")).rows
    assert {row["groupName"] for row in rows} == {"Khilafat Afghan"}
    assert len(ask(server, address("leaders", group="", format="csv")).rows) > len(rows)


@pytest.mark.parametrize(
    "written",
    ["khilafat-afghan", "algid:khilafat-afghan", "https://w3id.org/allegiance/id/khilafat-afghan",
     "<https://w3id.org/allegiance/id/khilafat-afghan>", " khilafat-afghan "],
)  # fmt: skip
def test_a_thing_can_be_written_in_each_way(server: Server, written: str) -> None:
    assert len(ask(server, address("leaders", group=written, format="csv")).rows) > 3


@pytest.mark.parametrize("written", ["TIP", '"TIP"', "tip", '"TIP"^^xsd:string'])
def test_a_text_needs_no_quotes(server: Server, written: str) -> None:
    rows = ask(server, address("what-is-called", spelling=written, format="csv")).rows
    assert [row["preferred"] for row in rows] == ["Turkistan Islamic Party"]


# ---------------------------------------------------------------- parameters that are wrong


WRONG = [
    ("leaders", "colour=red", "it has format, group, limit, offset"),
    ("leaders", "group=khilafat-afghan&group=taliban", "more than once"),
    ("leaders", "group=a%20b", "an IRI, such as algid:khilafat-afghan"),
    ("leaders", "group=2016-10-01%5E", "an IRI"),
    ("leaders", "group=%22taliban%22", "an IRI"),
    ("leaders", "group=_:b", "an IRI"),
    ("leaders", "group=%3Crelative%3E", "an IRI"),
    ("leaders", "group=nope:taliban", "an IRI"),
    ("held-on-a-day", "day=yesterday", "a day, such as 2016-10-01"),
    ("held-on-a-day", "day=2016-02-30", "a day"),
    ("held-on-a-day", "day=%222016-02-30%22%5E%5Exsd:date", "a day"),
    ("held-on-a-day", "day=taliban", "a day"),
    ("held-on-a-day", "day=2016", "a day"),
    ("what-is-called", "spelling=%22TIP%22@en", "a text"),
    ("what-is-called", "spelling=%222016-10-01%22%5E%5Exsd:date", "a text"),
    ("leaders", "group=%FF", "UTF-8"),
    ("leaders", "limit=0", "from 1 to 10,000"),
    ("leaders", "limit=10001", "from 1 to 10,000"),
    ("leaders", "limit=", "from 1 to 10,000"),
    ("leaders", "limit=1.5", "from 1 to 10,000"),
    ("leaders", "limit=%D9%A3", "from 1 to 10,000"),
    ("leaders", "offset=-1", "from 0 to"),
    ("leaders", f"offset={'9' * 400}", "from 0 to"),
]


@pytest.mark.parametrize(("name", "query", "said"), WRONG, ids=lambda value: str(value)[:30])
def test_a_wrong_value_is_400_in_one_sentence(server: Server, name: str, query: str, said: str) -> None:
    answer = ask(server, f"/queries/{name}?{query}", accept=JSON)
    assert answer.status == 400
    assert is_one_sentence(answer), answer.text
    assert said in answer.text


def test_a_page_refuses_what_data_refuses(server: Server) -> None:
    for name, query, _ in WRONG:
        assert ask(server, f"/queries/{name}?{query}", accept="text/html").status == 400, query


@pytest.mark.parametrize(
    ("name", "parameter", "value", "said"),
    [
        ("leaders", "group", "khliafat-afghan", "near it are algid:khilafat-afghan"),
        ("leaders", "group", "nosuch", "name another, such as algid:khilafat-afghan"),
        ("person-path", "person", "hafis-saeed-khan", "algid:hafiz-saeed-khan"),
        ("names", "thing", "http://example.org/qqqq", "name another, such as algid:khilafat-afghan"),
        ("leaders", "group", "hafiz-saeed-khan", "takes an alg:Organisation, and algid:hafiz-saeed-khan is none"),
        ("dyad-spells", "property", "alg:Claim", "takes an owl:ObjectProperty"),
    ],
)
def test_a_value_that_names_nothing_is_refused_with_what_is_near(
    server: Server, name: str, parameter: str, value: str, said: str
) -> None:
    for accept in (JSON, "text/html"):
        answer = ask(server, address(name, **{parameter: value}), accept=accept)
        assert answer.status == 400
        assert is_one_sentence(answer)
        assert said in answer.text, answer.text


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("leaders", "group=khliafat-afghan", "near it are algid:khilafat-afghan"),
        ("leaders", "group=nosuch", "name another, such as algid:khilafat-afghan"),
        ("leaders", "group=hafiz-saeed-khan", "takes an alg:Organisation"),
        ("leaders", "group=a b", "an IRI"),
        ("held-on-a-day", "day=2016-02-30", "a day"),
        ("leaders", "colour=red", "it has group"),
    ],
)
def test_the_command_line_refuses_the_same(built: Path, name: str, value: str, said: str) -> None:
    done = run("query", name, "-p", value, "--store", built)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr


def test_the_command_line_takes_a_text_without_quotes(built: Path) -> None:
    done = run("query", "what-is-called", "-p", "spelling=TIP", "--store", built)
    assert "Turkistan Islamic Party" in done.stdout


# ---------------------------------------------------------------- values are terms, never text of a query


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="\"'\\{}<>?.;#@^\n\r\t ()_:-", max_size=30),
    st.builds(
        "".join,
        st.lists(
            st.sampled_from(
                ['"', "'", "\\", "}", "{", "<", ">", "VALUES ?x { UNDEF }", "VALUES ?y { UNDEF }", " UNION ", "#", "\n",
                 "SERVICE <http://127.0.0.1:1/>", '"@en', '"^^xsd:date', "algid:", "2016-10-01", "taliban", "\x00", "é"]
            ),
            max_size=8,
        ),
    ),
)  # fmt: skip


@given(st.sampled_from(PARAMETERS), HOSTILE)
@settings(max_examples=400, deadline=None)
def test_a_value_is_one_term_in_the_query_or_refused(asked: tuple[Question, Parameter], value: str) -> None:
    question, parameter = asked
    try:
        text = question.bound({parameter.name: value})
    except UsageError as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert len(refusal.splitlines()) == 1
        return
    term = parameter.term(value)
    (triple,) = ox.parse(f"<a:s> <a:p> {term} .", format=ox.RdfFormat.N_TRIPLES)
    assert str(triple.object) == term
    # But for the braces the query stands as it is in its file, and the engine reads it.
    opening = f"VALUES ?{parameter.name} {{"
    assert [part.partition("}")[2] for part in question.text.split(opening)[1:]] == [
        part.removeprefix(f" {term} }}") for part in text.split(opening)[1:]
    ] or opening in term
    Engine.in_memory().query(text)


TWO = Question(
    "two", "Two", "Two?", (),
    tuple(Parameter(name, "text", None, "a", "a text", None) for name in "xy"),
    "SELECT ?x ?y WHERE { VALUES ?x { UNDEF } VALUES ?y { UNDEF } } ORDER BY ?x ?y",
)  # fmt: skip


@given(HOSTILE, HOSTILE)
@settings(max_examples=300, deadline=None)
def test_two_texts_come_out_as_they_went_in(one: str, other: str) -> None:
    """A value that looks like the place of another parameter is not one."""
    try:
        terms = [TWO.parameter("x").term(one), TWO.parameter("y").term(other)]
        text = TWO.bound({"x": one, "y": other})
    except UsageError:
        return
    (row,) = Engine.in_memory().rows(text)
    assert [str(row["x"]), str(row["y"])] == terms


@given(st.sampled_from(PARAMETERS), HOSTILE)
@settings(max_examples=80, deadline=None)
def test_no_value_gives_a_failure_of_ours(server: Server, asked: tuple[Question, Parameter], value: str) -> None:
    question, parameter = asked
    answer = ask(server, f"/queries/{question.name}?{parameter.name}={quote(value, safe='')}", accept=CSV)
    assert answer.status in (200, 400), (answer.status, answer.text)
    assert answer.status == 200 or is_one_sentence(answer), answer.text


@given(st.dictionaries(st.one_of(st.sampled_from(["limit", "offset", "format", "group"]), st.text(max_size=10)),
                       st.one_of(st.integers().map(str), HOSTILE), max_size=4))  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_no_set_of_parameters_gives_a_failure_of_ours(server: Server, values: dict[str, str]) -> None:
    answer = ask(server, "/queries/leaders?" + urlencode(values), accept=CSV)
    assert answer.status in (200, 400, 406), (answer.status, answer.text)
    assert answer.status == 200 or is_one_sentence(answer), answer.text


# ---------------------------------------------------------------- pages


def _table(engine: Engine, text: str) -> list[str]:
    out = io.BytesIO()
    write_answer(engine.query(text), "text/tab-separated-values", out, {})
    return out.getvalue().decode().splitlines()[1:]


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_is_ordered_by_every_column_and_its_parts_are_the_whole(name: str, engine: Engine) -> None:
    question = QUESTIONS[name]
    assert question.kind == "solutions"
    before, _, ordered = question.text.rpartition("ORDER BY")
    heading = before.partition("SELECT")[2].partition("WHERE")[0]
    columns = set(re.findall(r"AS (\?\w+)\)", heading)) | set(
        re.findall(r"\?\w+", re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", heading))
    )
    assert columns
    assert columns <= set(re.findall(r"\?\w+", ordered))
    assert not re.search(r"\b(LIMIT|OFFSET)\b", ordered)
    whole = _table(engine, question.page({}, None))
    size = max(len(whole) // 3, 1)
    parts = [_table(engine, question.page({}, size, at)) for at in range(0, len(whole), size)]
    assert len(parts) >= min(3, len(whole))
    assert [row for part in parts for row in part] == whole


@cache
def _whole(server: Server) -> list[dict[str, str]]:
    return ask(server, address("leaders", format="csv")).rows


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_the_links_lead_from_the_first_row_to_the_last(server: Server, parts: int) -> None:
    whole = _whole(server)
    # Divides the answer exactly where it can, so that a page which is full and the last has no next.
    limit = len(whole) // parts
    rows, path, pages = [], address("leaders", format="csv", limit=limit), 0
    while path:
        answer = ask(server, path)
        assert answer.status == 200
        rows += answer.rows
        pages += 1
        found = links(answer)
        assert "first" in found
        assert ("prev" in found) == (pages > 1)
        path = found.get("next", "")
    assert rows == whole
    assert pages == -(-len(whole) // limit)


def test_links_lead_back_and_keep_what_was_asked(server: Server) -> None:
    answer = ask(server, address("leaders", group="khilafat-afghan", format="json", limit=2, offset=3))
    assert len(json.loads(answer.text)["results"]["bindings"]) == 2
    assert links(answer)["prev"] == address("leaders", group="khilafat-afghan", format="json", limit=2, offset=1)
    assert links(answer)["first"] == address("leaders", group="khilafat-afghan", format="json", limit=2)


def test_rows_after_an_offset_need_no_limit_and_an_answer_without_either_has_no_pages(server: Server) -> None:
    answer = ask(server, address("leaders", format="csv", offset=3))
    assert answer.rows == _whole(server)[3:]
    assert "link" not in answer.headers
    assert "link" not in ask(server, address("leaders", format="csv")).headers


def test_past_the_end_there_is_an_empty_table(server: Server) -> None:
    answer = ask(server, address("leaders", format="csv", limit=5, offset=1_000_000))
    assert answer.status == 200
    assert answer.rows == []
    assert "next" not in links(answer)


def test_each_part_has_its_own_tag_and_is_not_sent_twice(server: Server) -> None:
    first, second = (ask(server, address("leaders", format="csv", limit=2, offset=at)) for at in (0, 2))
    assert first.headers["etag"] != second.headers["etag"]
    again = ask(server, address("leaders", format="csv", limit=2), headers={"If-None-Match": first.headers["etag"]})
    assert again.status == 304
    assert again.body == b""


def test_a_page_leads_to_the_next_rows_and_to_the_whole_as_data(server: Server) -> None:
    first = ask(server, address("claims-by-paragraph", limit=3), accept="text/html")
    assert 'rel="next" href="/queries/claims-by-paragraph?limit=3&amp;offset=3"' in first.text
    assert 'rel="prev"' not in first.text
    second = ask(server, links(first)["next"], accept="text/html")
    assert 'rel="prev" href="/queries/claims-by-paragraph?limit=3"' in second.text
    assert second.text.count("<tr>") == 4
    long = ask(server, "/queries/names", accept="text/html")
    assert 'rel="next" href="/queries/names?limit=500&amp;offset=500"' in long.text
    assert 'href="/queries/names?format=csv"' in long.text


# ---------------------------------------------------------------- the list


def test_the_list_tells_programs_all_there_is(server: Server) -> None:
    answer = ask(server, "/queries", accept="application/json")
    assert answer.media_type == "application/json"
    assert "accept" in answer.listed("vary")
    found = json.loads(answer.text)
    assert [entry["name"] for entry in found] == sorted(QUESTIONS)
    assert answer.body == ask(server, "/queries?format=json", accept="text/html").body
    by_name = {entry["name"]: entry for entry in found}
    assert by_name["held-on-a-day"]["parameters"] == [
        {"name": "day", "type": "date", "class": None, "sample": "2016-10-01", "default": "2016-10-01",
         "meaning": "the day"},
        {"name": "group", "type": "iri", "class": None, "sample": "algid:islamic-state-khorasan", "default": None,
         "meaning": "one side of the relation; leave it out for all"},
    ]  # fmt: skip
    assert by_name["leaders"]["parameters"][0]["class"] == "https://w3id.org/allegiance/ontology#Organisation"
    assert by_name["leaders"]["formats"] == ["json", "xml", "csv", "tsv"]
    assert {parameter["type"] for entry in found for parameter in entry["parameters"]} == {"iri", "date", "text"}
    for entry in found:
        assert entry["question"].endswith("?")
        assert ask(server, entry["address"], method="HEAD", accept=CSV).status == 200


def test_the_list_has_a_page_for_people(server: Server) -> None:
    for accept in ("text/html,application/xhtml+xml,*/*;q=0.8", None):
        answer = ask(server, "/queries", accept=accept)
        assert answer.media_type == "text/html"
        for name in QUESTIONS:
            assert f'href="/queries/{name}"' in answer.text


def test_the_list_can_be_narrowed_and_paged(server: Server) -> None:
    tagged = json.loads(ask(server, "/queries?tag=dates&format=json").text)
    assert {entry["name"] for entry in tagged} == {name for name, q in QUESTIONS.items() if "dates" in q.tags}
    names, path = [], "/queries?tag=dates&format=json&limit=4"
    while path:
        answer = ask(server, path)
        names += [entry["name"] for entry in json.loads(answer.text)]
        path = links(answer).get("next", "")
    assert names == [entry["name"] for entry in tagged]
    page = ask(server, "/queries?tag=dates&limit=4", accept="text/html").text
    assert 'rel="next" href="/queries?tag=dates&amp;limit=4&amp;offset=4"' in page


@pytest.mark.parametrize(
    ("query", "accept", "status", "said"),
    [
        ("?tag=nosuch", "application/json", 400, "the tags are"),
        ("?colour=red", "application/json", 400, "it has format, limit, offset, tag"),
        ("?limit=x", "application/json", 400, "from 1 to 10,000"),
        ("?format=csv", None, 406, "json"),
        ("", "text/turtle", 406, "application/json"),
    ],
)
def test_a_wrong_way_to_ask_for_the_list_is_one_sentence(
    server: Server, query: str, accept: str | None, status: int, said: str
) -> None:
    answer = ask(server, f"/queries{query}", accept=accept)
    assert answer.status == status
    assert is_one_sentence(answer)
    assert said in answer.text


def test_a_question_that_is_not_there_is_404(server: Server) -> None:
    answer = ask(server, "/queries/no-such")
    assert answer.status == 404
    assert is_one_sentence(answer)


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("#+ param: group algid:taliban no two spaces", "VALUES ?group { UNDEF }"),
        ("#+ param: group algid:taliban  a group", "VALUES ?other { UNDEF }"),
        ("#+ param: limit algid:taliban  a group", "VALUES ?limit { UNDEF }"),
        ("#+ param: day alg:Place 2016-10-01  a day with a class", "VALUES ?day { UNDEF }"),
        ("#+ param: day 2016-10-01  a day with another default", "VALUES ?day { algid:taliban }"),
        ("#+ param: share 1.5  of no type", "VALUES ?share { UNDEF }"),
    ],
)
def test_a_header_that_says_too_little_is_refused(tmp_path: Path, line: str, body: str) -> None:
    file = tmp_path / "question.rq"
    file.write_text(f"#+ title: T\n#+ question: Q?\n{line}\n#+ tags: t\nSELECT * WHERE {{ {body} }} ORDER BY ?group\n")
    with pytest.raises(UsageError) as caught:
        library.read(file)
    assert len(str(caught.value).splitlines()) == 1


def test_a_number_is_a_type_too(tmp_path: Path) -> None:
    file = tmp_path / "question.rq"
    body = "SELECT * WHERE { VALUES ?n { 3 } } ORDER BY ?n\n"
    file.write_text(f"#+ title: T\n#+ question: Q?\n#+ param: n 5  a number\n#+ tags: t\n{body}")
    question = library.read(file)
    (parameter,) = question.parameters
    assert (parameter.type, parameter.sample, parameter.default) == ("integer", "5", "3")
    assert parameter.term("-7") == '"-7"^^<http://www.w3.org/2001/XMLSchema#integer>'
    for wrong in ("seven", "7.5", "٣", "2016-10-01", '"x"^^xsd:integer'):
        with pytest.raises(UsageError):
            parameter.term(wrong)
