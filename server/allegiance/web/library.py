"""The question library over HTTP: the list, and each question with typed parameters, pages and every format."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request

from allegiance import library
from allegiance.errors import UsageError
from allegiance.library import Question
from allegiance.web import answers
from allegiance.web.pages import ROWS_SHOWN, table
from allegiance.web.protocol import OFFERED, Asked, accepted, best, parameters, values, wants_page
from allegiance.web.replies import HttpError

questions = Blueprint("library", __name__)

MOST_ROWS = 10_000
MOST_SKIPPED = 1_000_000_000
_PAGING = ("limit", "offset")
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
    tags = sorted({tag for question in library.questions().values() for tag in question.tags})
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
        response = make_response(render_template("queries.html", questions=shown, tag=tag, tags=tags, pages=links))
    else:
        response = Response(json.dumps([described(question) for question in shown], ensure_ascii=False) + "\n")
        response.content_type = chosen
    response.headers["Vary"] = "Accept"
    if links:
        response.headers["Link"] = _header(links)
    return response


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
def query(name: str) -> Response:
    """One question: its form and answer for people, any format for programs."""
    question = library.questions().get(name)
    if question is None:
        raise HttpError(404, f"There is no question “{library.shown(name)}”: /queries lists them.")
    is_table = question.kind == "solutions"
    reserved = ("format", *_PAGING) if is_table else ("format",)
    given = _given({parameter.name for parameter in question.parameters} | {*reserved}, f"The question {name}")
    page = _page(given)
    # A field of a form that is left empty is no value.
    bound = {key: value.strip() for key, value in given.items() if key not in reserved and value.strip()}
    as_page = "format" not in given and wants_page(request.environ)
    formats = {} if as_page else accepted(request.environ)
    if as_page and is_table:
        page = Page(min(page.limit or ROWS_SHOWN, ROWS_SHOWN), page.offset)
    try:
        text = question.page(bound, page.limit, page.offset)
        question.refuse_unknown(bound, _ask, _near)
    except UsageError as error:
        raise HttpError(400, str(error)) from None
    # Asked for before the answer is begun, which would hold a worker while this waits for one.
    path = f"/queries/{name}"
    links = page.links(path, given, _more(question, bound, page))
    if as_page:
        response = make_response(
            render_template(
                "query.html",
                question=question,
                values=bound,
                text=text,
                table=table(text),
                links={known: f"{path}?{urlencode({**given, 'format': known})}" for known in OFFERED[question.kind]},
                pages={relation: address for relation, address in links.items() if page.offset or relation == "next"},
            )
        )
        response.headers["Vary"] = "Accept"
    else:
        response = answers.stream(Asked(text, [], []), formats)
    if links:
        response.headers["Link"] = _header(links)
    return response
