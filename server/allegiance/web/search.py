"""Text search over HTTP: a page with filters for people, JSON and CSV for programs, with paging and a stable order."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from allegiance import terms
from allegiance.errors import UsageError
from allegiance.search import KINDS, MAX_LIMIT, MAX_TEXT, Facets, Hit, Index, Page
from allegiance.web import answers, texts
from allegiance.web.protocol import CHARSET, Parameters, best, parameters, values
from allegiance.web.replies import HttpError, Reply
from allegiance.web.serving import Serving

search = Blueprint("search", __name__)

FORMATS = {"json": "application/json", "csv": "text/csv"}
PARAMETERS = ("q", "lang", "kind", "limit", "offset", "format")
COLUMNS = ("iri", "label", "matched", "lang", "kind", "score", "page")
LIMIT = 20
_PAGE = "text/html"
_SEVERAL = ("lang", "kind")
_MOST_FILTERS = 50
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class Asked:
    """What a request looks for, and which part of what is found it wants."""

    text: str = ""
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    limit: int = LIMIT
    offset: int = 0

    def address(self, offset: int = 0, **more: str) -> str:
        """The address of the page that begins after so many hits."""
        pairs = [("q", self.text), *(("lang", lang) for lang in self.languages), *(("kind", k) for k in self.kinds)]
        if self.limit != LIMIT:
            pairs.append(("limit", str(self.limit)))
        if offset:
            pairs.append(("offset", str(offset)))
        return f"/search?{urlencode([*pairs, *more.items()])}"

    def links(self, total: int, **more: str) -> dict[str, str]:
        """The addresses of the first, previous, next and last page, those that there are (RFC 8288)."""
        if not total:
            return {}
        last = (total - 1) // self.limit * self.limit
        places = {"first": 0}
        if self.offset:
            places["prev"] = max(min(self.offset - self.limit, last), 0)
        if self.offset + self.limit < total:
            places["next"] = self.offset + self.limit
        return {relation: self.address(at, **more) for relation, at in {**places, "last": last}.items()}


def _number(given: Parameters, name: str, least: int, most: int | None, default: int) -> int:
    written = values(given, name)
    if not written:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", written[0]) or int(written[0]) < least or int(written[0]) > (most or 10**9):
        wanted = f"from {least} to {most}" if most else f"from {least}"
        raise HttpError(400, f"The parameter {name} is a whole number {wanted}; “{written[0][:40]}” is none.")
    return int(written[0])


def _asked(given: Parameters) -> Asked:
    """What the parameters ask; HttpError 400 where one is unknown, given too often, or has no meaning."""
    for name, _ in given:
        if name not in PARAMETERS:
            raise HttpError(400, f"The search has no parameter “{name[:40]}”; it has {', '.join(PARAMETERS)}.")
        often = len(values(given, name))
        if name in _SEVERAL and often > _MOST_FILTERS:
            raise HttpError(400, f"The parameter {name} is given {often} times: give it {_MOST_FILTERS} times at most.")
        if name not in _SEVERAL and often > 1:
            raise HttpError(400, f"The parameter {name} is given {often} times: give it once.")
    # A field of a form that is left empty is no value.
    languages = tuple(dict.fromkeys(lang for lang in values(given, "lang") if lang))
    for lang in languages:
        if not _LANGUAGE.fullmatch(lang):
            raise HttpError(400, f"“{lang[:40]}” is not a language tag: write one such as fa or fa-Latn.")
    return Asked(
        " ".join("".join(values(given, "q")).split()),
        languages,
        tuple(dict.fromkeys(kind for kind in values(given, "kind") if kind)),
        _number(given, "limit", 1, MAX_LIMIT, LIMIT),
        _number(given, "offset", 0, None, 0),
    )


def _format(given: Parameters) -> str:
    """The media type to send; HttpError 406 where none will do."""
    named = "".join(values(given, "format")[:1])
    if named and named not in FORMATS:
        raise HttpError(406, f"The format “{named[:40]}” is not offered; there are {' and '.join(FORMATS)}.")
    chosen = FORMATS.get(named) or best(request.headers.get("Accept"), (*FORMATS.values(), _PAGE))
    if chosen is None:
        raise HttpError(406, f"None of the formats asked for is offered; there are {', '.join(FORMATS.values())}.")
    return chosen


def _found(index: Index, asked: Asked) -> tuple[Page, Facets]:
    try:
        found = index.search(
            asked.text, languages=asked.languages, kinds=asked.kinds, limit=asked.limit, offset=asked.offset
        )
        return found, index.facets(asked.text)
    except UsageError as error:
        raise HttpError(400, str(error)) from None


def page_of(iri: str) -> str:
    """Where a thing of ours is looked at here."""
    return f"/{iri.removeprefix(terms.W3ID)}"


def _row(hit: Hit) -> dict[str, Any]:
    row = (hit.iri, hit.label, hit.matched_label, hit.lang, hit.kind, hit.score, page_of(hit.iri))
    return dict(zip(COLUMNS, row, strict=True))


def _json(asked: Asked, found: Page, facets: Facets, near: list[Hit]) -> str:
    answer: dict[str, Any] = {
        "query": asked.text,
        "total": found.total,
        "complete": found.complete,
        "limit": asked.limit,
        "offset": asked.offset,
        "results": [_row(hit) for hit in found.hits],
        "facets": {"kind": facets.kinds, "lang": facets.languages},
    }
    if near:
        answer["near"] = [{"iri": hit.iri, "label": hit.label, "page": page_of(hit.iri)} for hit in near]
    return json.dumps(answer, ensure_ascii=False) + "\n"


def _csv(found: Page) -> str:
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS)
    table.writeheader()
    table.writerows(_row(hit) for hit in found.hits)
    return out.getvalue()


def _choices(asked: Asked, index: Index, facets: Facets | None) -> dict[str, list[dict[str, Any]]]:
    """The filters of the form: coarse kinds, classes below them, languages; each with its count where there is one."""
    counts: dict[str, int | None] = dict.fromkeys(name for name in KINDS if name in index.kinds)
    spoken: dict[str, int | None] = dict.fromkeys(index.languages)
    if facets is not None:
        counts, spoken = {**facets.kinds}, {**facets.languages}
    # What is chosen stays in the form, or it could not be taken back.
    counts |= {kind: 0 for kind in asked.kinds if kind not in counts}
    spoken |= {lang: 0 for lang in asked.languages if lang not in spoken}
    found = {
        "kinds": {name: counts[name] for name in KINDS if name in counts},
        "classes": {name: count for name, count in counts.items() if name not in KINDS},
        "languages": spoken,
    }
    return {
        name: [
            {
                "value": value,
                "words": value if name == "languages" else texts.named("kind", value),
                "count": count,
                "chosen": value in asked.kinds or value in asked.languages,
            }
            for value, count in options.items()
        ]
        for name, options in found.items()
    }


def _page(index: Index, asked: Asked, found: Page | None, facets: Facets | None, near: list[Hit]) -> str:
    """The form, with what was found where something was looked for."""
    return render_template(
        "search.html",
        asked=asked,
        most=MAX_TEXT,
        found=found,
        choices=_choices(asked, index, facets),
        results=[{**_row(hit), "words": texts.named("kind", hit.kind)} for hit in found.hits] if found else [],
        near=[{"label": hit.label, "page": page_of(hit.iri)} for hit in near],
        pages=asked.links(found.total) if found else {},
        formats={name: asked.address(asked.offset, format=name) for name in FORMATS} if found else {},
    )


def _body(served: Serving, asked: Asked, media_type: str) -> tuple[list[tuple[str, str]], bytes]:
    """The headers that describe the answer, and the answer."""
    index = served.index
    if not asked.text:
        if media_type != _PAGE:
            raise HttpError(400, "There is nothing to search for: send a text in the parameter “q”.")
        return [("Content-Type", f"{_PAGE}; charset=utf-8")], _page(index, asked, None, None, []).encode()
    found, facets = _found(index, asked)
    near = [] if found.total else index.near(asked.text)
    headers = [
        ("Content-Type", media_type + (CHARSET.get(media_type, "") if media_type != _PAGE else "; charset=utf-8"))
    ]
    if media_type == _PAGE:
        links = asked.links(found.total)
        text = _page(index, asked, found, facets, near)
    else:
        named = values(parameters(request.environ.get("QUERY_STRING", "")), "format")
        links = asked.links(found.total, **({"format": named[0]} if named else {}))
        text = _json(asked, found, facets, near) if media_type == FORMATS["json"] else _csv(found)
    if links:
        headers.append(("Link", ", ".join(f'<{address}>; rel="{relation}"' for relation, address in links.items())))
    body = text.encode()
    return headers, body if media_type == _PAGE else served.outgoing(body)


@search.route("/search")
def find() -> Response:
    """Search every spelling of every name, and the statements of claims."""
    served = answers.serving()
    given = parameters(request.environ.get("QUERY_STRING", ""))
    media_type = _format(given)
    try:
        asked = _asked(given)
        return answers.response(_reply(served, asked, media_type, values(given, "format")))
    except HttpError as error:
        if media_type != _PAGE or error.status != 400:
            raise
        text = " ".join(" ".join(values(given, "q")).split())[:MAX_TEXT]
        return Response(
            render_template("search.html", asked=Asked(text), most=MAX_TEXT, sentence=error.sentence, choices={}),
            error.status,
            headers={"Vary": "Accept"},
        )


def _reply(served: Serving, asked: Asked, media_type: str, named: list[str]) -> Reply:
    """The answer, 304 where the client has it already."""
    return answers.made(
        served, request.environ, lambda: _body(served, asked, media_type), "search", asked, media_type, named
    )
