"""The routes of every view: its page, and its twins as JSON and CSV, negotiated and cached alike."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from allegiance import library
from allegiance.record.ask import Ask
from allegiance.web import answers
from allegiance.web.cache import Headers
from allegiance.web.protocol import best, parameters
from allegiance.web.replies import HttpError
from allegiance.web.views import VIEWS
from allegiance.web.views.view import View

PAGE = "text/html"
views = Blueprint("views", __name__)


def _chosen(view: View, suffix: str) -> str:
    """The media type to send; HttpError 406 where none will do."""
    if suffix:
        return view.formats[suffix][0]
    offered = [media_type for media_type, _ in view.formats.values()]
    chosen = best(request.headers.get("Accept"), (PAGE, *offered))
    if chosen is None:
        raise HttpError(406, f"{view.name} is to be had as {PAGE}, {' and '.join(offered)}.")
    return chosen


def _answer(view: View, suffix: str) -> Response:
    pairs = list(parameters(request.environ.get("QUERY_STRING", "")))
    chosen = _chosen(view, suffix)
    if not suffix and any(name == "format" for name, _ in pairs):
        named = [value for name, value in pairs if name == "format"]
        if len(named) > 1 or named[0] not in view.formats:
            shown = library.shown(named[0])
            raise HttpError(406, f"{view.name} is not to be had as “{shown}”: ask for {' or '.join(view.formats)}.")
        chosen = view.formats[named[0]][0]
        pairs = [pair for pair in pairs if pair[0] != "format"]
    given = view.given(pairs)
    served = answers.serving()

    def make() -> tuple[Headers, bytes]:
        ask = Ask(answers.json_of)
        shown = view.show(ask, given)
        for media_type, write in view.formats.values():
            if chosen == media_type:
                return [("Content-Type", f"{chosen}; charset=utf-8")], served.outgoing(write(shown).encode())
        page = render_template(
            f"{view.name}.html",
            view=view,
            given=given,
            twins={name: _address(view, name, given) for name in view.formats},
            sparql=ask.asked,
            shown=shown,
            **shown.context,
        )
        return [("Content-Type", f"{PAGE}; charset=utf-8")], page.encode()

    return answers.response(answers.made(served, request.environ, make, view.name, sorted(given.items()), chosen))


def _address(view: View, suffix: str, given: dict[str, str]) -> str:
    kept = {name: value for name, value in given.items() if value}
    return f"/{view.name}.{suffix}" + (f"?{urlencode(kept)}" if kept else "")


for _view in VIEWS:
    views.add_url_rule(f"/{_view.name}", _view.name, partial(_answer, _view, ""))
    for _suffix in _view.formats:
        views.add_url_rule(f"/{_view.name}.{_suffix}", f"{_view.name}_{_suffix}", partial(_answer, _view, _suffix))
