"""What every template has at hand: sentences, words for values and dates, addresses of files, and the navigation."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import gevent
from flask import Flask

from allegiance.record.ask import path
from allegiance.record.claims import At, Bounds
from allegiance.web import texts
from allegiance.web.serving import Serving
from allegiance.web.views import VIEWS

_STATIC = Path(__file__).parent / "static"
_FIRST = ("base.html", "_find.html", "_view.html", "_claims.html", "home.html")
NAVIGATION = (
    *((f"/{view.name}", f"nav-{view.name}") for view in VIEWS),
    ("/queries", "nav-questions"),
    ("/sparql", "nav-sparql"),
    ("/ontology", "nav-ontology"),
)


@cache
def _asset(name: str) -> str:
    # The hash makes a new file a new address, so that browsers may keep the old one for good.
    content = (_STATIC / name).read_bytes() if (_STATIC / name).is_file() else b""
    return f"/static/{name}?v={hashlib.blake2b(content, digest_size=6).hexdigest()}"


def _side(side: str, earliest: str, latest: str) -> tuple[str, dict[str, str]] | None:
    """The key and values of one side of a span: `from` or `until`."""
    if earliest and latest:
        if earliest == latest:
            return f"span-{side}", {"day": earliest}
        return f"span-{side}-between", {"first": earliest, "last": latest}
    if latest:
        return f"span-{side}-by", {"day": latest}
    if earliest:
        return f"span-{side}-after", {"day": earliest}
    return None


def span_words(bounds: Bounds) -> str:
    """Bounds in words: “between 2015-01-01 and 2015-03-31”, “since 2015-01-26 or before, until 2016-08-31”."""
    begin, end = (bounds.earliestBegin, bounds.latestBegin), (bounds.earliestEnd, bounds.latestEnd)
    if begin == (bounds.earliestEnd, bounds.latestEnd) and any(begin):
        first, last = begin
        if first == last:
            return texts.text("span-on", day=first)
        if not first or not last:
            return texts.text("span-by", day=last) if last else texts.text("span-after", day=first)
        return texts.text("span-between", first=first, last=last)
    sides = [_side("from", *begin), _side("until", *end)]
    return ", ".join(texts.text(side[0], **side[1]) for side in sides if side is not None)


def sparql_address(text: str) -> str:
    """Where a query is run in the query box."""
    return f"/sparql?{urlencode({'query': text})}"


def furnish(app: Flask, served: Serving) -> None:
    """Give the templates of an application what they use."""

    def passage_words(at: At) -> str:
        return served.passages.words(at.name, at.sha256) if served.passages is not None else ""

    given: dict[str, Any] = {
        "t": texts.text,
        "named": texts.named,
        "has_text": texts.has,
        "texts_of": lambda name: texts.files()[name],
        "language": texts.LANGUAGE,
        "navigation": NAVIGATION,
        "asset": _asset,
        "span_words": span_words,
        "sparql_address": sparql_address,
        "local_path": path,
        "passage_words": passage_words,
    }
    app.jinja_env.globals.update(given)
    _compile(app)


def _compile(app: Flask) -> None:
    """Read what Jinja and Fluent would read on first use, so that no reader waits for it.

    What every page needs and the front page at once; the others, some 20 ms each, between the first requests.
    """
    app.jinja_env.auto_reload = False
    for name in _FIRST:
        app.jinja_env.get_template(name)
    texts.has("site-name")
    gevent.spawn(_compile_others, app)


def _compile_others(app: Flask) -> None:
    for name in app.jinja_env.list_templates(extensions=["html"]):
        gevent.idle()
        app.jinja_env.get_template(name)
