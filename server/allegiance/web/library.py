"""The question library over HTTP: the list, and each question with typed parameters, pages and every format."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from allegiance import library
from allegiance.errors import UsageError
from allegiance.library import Question
from allegiance.record import answer as read_answer
from allegiance.record import pictures
from allegiance.record.ask import Ask
from allegiance.web import answers, fields, texts
from allegiance.web.cache import Headers
from allegiance.web.furniture import span_words
from allegiance.web.pages import ROWS_SHOWN, table
from allegiance.web.protocol import OFFERED, Asked, accepted, best, parameters, values, wants_page
from allegiance.web.replies import HttpError

questions = Blueprint("library", __name__)

MOST_ROWS = 10_000
MOST_SKIPPED = 1_000_000_000
_PAGING = ("limit", "offset")
TABLE = "table"
SHOWN_AS = (TABLE, "timeline", "chart", "map", "network")
"""What `as` may be: how a page shows an answer."""
_CAMEL = re.compile(r"[A-Za-z]?[a-z]+([A-Z][a-z]+)*")
_LIST = ("text/html", "application/json")


@dataclass(frozen=True)
class Page:
    """The part of an answer that is asked for: at most `limit` rows (all where None), after the first `offset`."""

    limit: int | None
    offset: int

    def links(self, path: str, given: dict[str, str], more: bool) -> dict[str, str]:
        """The addresses of the first, the previous and the next page, those that there are (RFC 8288, RFC 5005 §3)."""
        if self.limit is None:
            return {}
        places = {"first": 0}
        if self.offset:
            places["prev"] = max(self.offset - self.limit, 0)
        if more:
            places["next"] = self.offset + self.limit
        kept = {name: value for name, value in given.items() if name not in _PAGING}
        return {
            relation: f"{path}?{urlencode({**kept, 'limit': self.limit, **({'offset': place} if place else {})})}"
            for relation, place in places.items()
        }


def _header(links: dict[str, str]) -> str:
    return ", ".join(f'<{address}>; rel="{relation}"' for relation, address in links.items())


def _given(known: Collection[str], what: str) -> dict[str, str]:
    """The parameters of the address, each known and given once; HttpError 400 else."""
    given = parameters(request.environ.get("QUERY_STRING", ""))
    for name, _ in given:
        if name not in known:
            offered = ", ".join(sorted(known))
            raise HttpError(400, f"{what} has no parameter “{library.shown(name)}”; it has {offered}.")
        if len(values(given, name)) > 1:
            raise HttpError(400, f"The parameter {name} is given more than once: give it one value.")
    return dict(given)


def _number(given: dict[str, str], name: str, least: int, most: int) -> int | None:
    written = given.get(name)
    if written is None:
        return None
    if not re.fullmatch(r"[0-9]{1,10}", written) or not least <= int(written) <= most:
        wanted = f"a whole number from {least:,} to {most:,}"
        raise HttpError(400, f"The parameter {name} is {wanted}; “{library.shown(written)}” is none.")
    return int(written)


def _page(given: dict[str, str]) -> Page:
    return Page(_number(given, "limit", 1, MOST_ROWS), _number(given, "offset", 0, MOST_SKIPPED) or 0)


def described(question: Question) -> dict[str, Any]:
    """A question as the list has it: name, title, wording, tags, parameters, formats and address."""
    return {
        "name": question.name,
        "title": question.title,
        "question": question.question,
        "tags": list(question.tags),
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "class": parameter.of_class,
                "sample": parameter.sample,
                "default": parameter.default,
                "meaning": parameter.meaning,
            }
            for parameter in question.parameters
        ],
        "formats": list(OFFERED[question.kind]),
        "address": f"/queries/{question.name}",
    }


@questions.route("/queries")
def queries() -> Response:
    """The question library: a page for people, a list for programs, all of it or what has a tag."""
    given = _given(("tag", "format", *_PAGING), "The list of questions")
    page = _page(given)
    often = Counter(tag for question in library.questions().values() for tag in question.tags)
    tags = sorted(often)
    tag = given.get("tag")
    if tag is not None and tag not in tags:
        raise HttpError(400, f"No question has the tag “{library.shown(tag)}”; the tags are {', '.join(tags)}.")
    found = [question for question in library.questions().values() if tag is None or tag in question.tags]
    end = None if page.limit is None else page.offset + page.limit
    links = page.links("/queries", given, end is not None and end < len(found))
    shown = found[page.offset : end]
    if "format" in given and given["format"] != "json":
        raise HttpError(406, f"The list is not to be had as “{library.shown(given['format'])}”: ask for json.")
    chosen = "application/json" if "format" in given else best(request.headers.get("Accept"), _LIST)
    if chosen is None:
        raise HttpError(406, f"The list is to be had as {' and '.join(_LIST)}.")
    if chosen == "text/html":
        topics = [name for name in tags if often[name] > 1 or name == tag]
        page_of = render_template(
            "queries.html", questions=shown, groups=_groups(shown, tag), tag=tag, tags=topics, pages=links
        )
        response = make_response(page_of)
    else:
        response = Response(json.dumps([described(question) for question in shown], ensure_ascii=False) + "\n")
        response.content_type = chosen
    response.headers["Vary"] = "Accept"
    if links:
        response.headers["Link"] = _header(links)
    return response


def _groups(found: Sequence[Question], tag: str | None) -> list[tuple[str, list[Question]]]:
    """Questions by topic, each once: under the first of its tags that others share; those that are left come last."""
    if tag is not None:
        return [(tag, [*found])]
    often = Counter(name for question in found for name in question.tags)
    groups: dict[str, list[Question]] = {}
    for question in found:
        groups.setdefault(next((name for name in question.tags if often[name] > 1), ""), []).append(question)
    alone = [question for topic, members in groups.items() if not topic or len(members) == 1 for question in members]
    shared = sorted((topic, members) for topic, members in groups.items() if topic and len(members) > 1)
    rest = sorted(alone, key=lambda question: question.title)
    return [*shared, *([(texts.text("ask-other"), rest)] if rest else [])]


def _ask(text: str) -> bool:
    return bool(json.loads(answers.json_of(text))["boolean"])


def _near(name: str) -> list[str]:
    return [hit.iri for hit in answers.serving().index.near(name)]


def _more(question: Question, bound: dict[str, str], page: Page) -> bool:
    """Whether a row follows the page: one more is asked for, none is counted."""
    if page.limit is None:
        return False
    following = answers.json_of(question.page(bound, 1, page.offset + page.limit))
    return bool(json.loads(following)["results"]["bindings"])


@questions.route("/queries/<name>")
def query(name: str) -> BaseResponse:
    """One question: its form and answer for people, any format for programs."""
    question = library.questions().get(name)
    if question is None:
        raise HttpError(404, f"There is no question “{library.shown(name)}”: /queries lists them.")
    is_table = question.kind == "solutions"
    as_page = wants_page(request.environ) and not _names_format()
    reserved = ("format", *(_PAGING if is_table else ()), *(("as",) if as_page else ()))
    given = _given({parameter.name for parameter in question.parameters} | {*reserved}, f"The question {name}")
    page = _page(given)
    # A field of a form that is left empty is no value.
    bound = {key: value.strip() for key, value in given.items() if key not in reserved and value.strip()}
    path = f"/queries/{name}"
    if as_page:
        page = Page(min(page.limit or ROWS_SHOWN, ROWS_SHOWN), page.offset) if is_table else page
        named = fields.resolved(question, bound, answers.serving().index, _ask)
        if named != bound:
            # The address that people pass on has the thing and not how it was typed.
            kept = {key: value for key, value in given.items() if key in reserved}
            there = redirect(f"{path}?{urlencode({**named, **kept})}", 303)
            there.headers["Vary"] = "Accept"
            return there
    try:
        text = question.page(bound, page.limit, page.offset)
        question.refuse_unknown(bound, _ask, _near)
    except UsageError as error:
        raise HttpError(400, str(error)) from None
    # Asked for before the answer is begun, which would hold a worker while this waits for one.
    links = page.links(path, given, _more(question, bound, page))
    if as_page:
        shown = {relation: address for relation, address in links.items() if page.offset or relation == "next"}
        wanted = _way(given)

        def make() -> tuple[Headers, bytes]:
            made = _shown(question, given, bound, text, shown, wanted)
            return [("Content-Type", "text/html; charset=utf-8")], made.encode()

        # What the answer leads to (`pages`) is as settled by the question and its values as the answer.
        told = answers.made(answers.serving(), request.environ, make, path, sorted(given.items()))
        response = answers.response(told)
    else:
        response = answers.stream(Asked(text, [], []), accepted(request.environ))
    if links:
        response.headers["Link"] = _header(links)
    return response


def _way(given: dict[str, str]) -> str:
    """How a page shows an answer; HttpError 400 for a way there is not."""
    wanted = given.get("as") or TABLE
    if wanted not in SHOWN_AS:
        shown = library.shown(wanted)
        raise HttpError(400, f"The parameter as is one of {', '.join(SHOWN_AS)}; “{shown}” is none.")
    return wanted


def _names_format() -> bool:
    return bool(values(parameters(request.environ.get("QUERY_STRING", "")), "format"))


def _shown(
    question: Question, given: dict[str, str], bound: dict[str, str], text: str, pages: dict[str, str], wanted: str
) -> str:
    """The page of a question: its form, and its answer as a table and as a picture where the columns allow one."""
    path, kept = f"/queries/{question.name}", {key: value for key, value in given.items() if value and key != "as"}
    context: dict[str, Any] = {}
    variables: list[str] = []
    ask = Ask(answers.json_of)
    if question.kind == "solutions":
        answer = read_answer.read(ask, answers.json_of(text), ROWS_SHOWN)
        offered = [TABLE, *pictures.offered(answer)]
        context |= _words(answer)
        variables = answer.variables
        context["ways"] = {way: f"{path}?{urlencode({**kept, 'as': way})}" for way in offered}
        if wanted in offered[1:]:
            context["picture"] = pictures.drawn(wanted, answer, ask)
        else:
            wanted = TABLE
    else:
        context["table"] = table(text)
    return render_template(
        "query.html",
        question=question,
        fields=fields.fields(question, bound, ask),
        text=text,
        way=wanted,
        asked=bool(bound),
        heading=heading,
        headings={column: heading(column) for column in (*variables, "quantity")},
        param_words=param_words,
        links={known: f"{path}?{urlencode({**kept, 'format': known})}" for known in OFFERED[question.kind]},
        pages=pages,
        **context,
    )


def _words(answer: read_answer.Answer) -> dict[str, Any]:
    """An answer, and what its table says; each sentence is made once, since hundreds of rows say the same."""

    @cache
    def quantity(low: float | None, high: float | None, counted: str, about: bool) -> str:
        if low is not None and high is not None and low != high:
            said = texts.text("ask-quantity-range", low=low, high=high)
        else:
            said = texts.text("ask-quantity-most", high=high) if low is None else texts.text("ask-quantity", low=low)
        said = texts.text("ask-quantity-about", words=said) if about else said
        return f"{said} {counted}".strip()

    def quantity_of(row: read_answer.Row) -> str:
        low, high = read_answer.quantity(row)
        if low is None and high is None:
            return ""
        about = answer.cell(row, "approximate").text == "true"
        return quantity(low, high, answer.cell(row, "counted").text, about)

    words = cache(span_words)
    return {
        "answer": answer,
        "columns": [(column, heading(column.name)) for column in answer.columns],
        "empty": read_answer.EMPTY,
        "words_of": cache(texts.named),
        "value_words": cache(value_words),
        "span_of": lambda row, parts: words(read_answer.bounds_of(row, parts, answer)),
        "quantity_of": quantity_of,
        "number_of": cache(lambda number: texts.text("ask-quantity", low=number)),
        "paragraph_of": cache(lambda number: texts.text("paragraph", number=number)),
    }


def heading(variable: str) -> str:
    """What a column is called: its own sentence, or the variable's name without what says that it is a name."""
    if texts.has(f"column-{variable}"):
        return texts.text(f"column-{variable}")
    words = texts.named("column", re.sub(r"(?<=.)(Name|Label)$", "", variable))
    return words[:1].upper() + words[1:]


def param_words(name: str) -> str:
    """What a field is called."""
    words = texts.named("param", name)
    return words[:1].upper() + words[1:]


def value_words(value: str) -> str:
    """A value of the ontology by its local name (ArmedGroup) in words; anything else as it stands."""
    if texts.has(f"value-{value}"):
        return texts.text(f"value-{value}")
    return texts.named("value", value[:1].lower() + value[1:]) if _CAMEL.fullmatch(value) else value
