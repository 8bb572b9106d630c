"""Failures as people meet them in a browser: a page with the same sentence, in the frame of the site."""

from __future__ import annotations

import re
from functools import lru_cache

from flask import Response, render_template, request

from allegiance.record.ask import path
from allegiance.web import answers, texts
from allegiance.web.protocol import best
from allegiance.web.replies import Reply

_PAGE, _XHTML = "text/html", "application/xhtml+xml"
_PLAIN = "text/plain"
_ENTITY = re.compile(r"/(?:page/)?(?:id|name|claim|passage|edge|mapping)/([^/]{1,200})")
_SUCCESSOR = re.compile(r'<(/[^>]*)>; rel="successor-version"')


@lru_cache(maxsize=256)
def _browses(accept: str) -> bool:
    """Whether a browser asks: it names XHTML beside HTML, and nothing it wants more.

    What fetches pages as a program does (`Accept: text/html`, or anything) is told the sentence alone.
    """
    return _XHTML in accept.lower() and best(accept, [_PLAIN, _PAGE, "application/json"]) == _PAGE


def shown(reply: Reply, sentence: str) -> Response:
    """A refusal as a page for a browser, and as it is for everything else."""
    response = answers.response(reply)
    if _browses(request.headers.get("Accept", "")):
        response.set_data(_page(reply, sentence))
        response.headers["Content-Type"] = f"{_PAGE}; charset=utf-8"
    response.vary.add("Accept")
    return response


def _page(reply: Reply, sentence: str) -> str:
    key = f"error-{reply.status}"
    successor = _SUCCESSOR.search(reply.header("Link") or "")
    named = _ENTITY.fullmatch(request.path) if reply.status == 404 else None
    meant = " ".join(named[1].replace("-", " ").split()) if named else ""
    near = answers.serving().index.near(meant) if meant else []
    return render_template(
        "error.html",
        status=reply.status,
        heading=texts.text(key if texts.has(key) else f"error-{reply.status // 100}xx"),
        sentence=sentence,
        meant=meant,
        near=[{"label": hit.label, "path": path(hit.iri)} for hit in near],
        successor=successor[1] if successor else "",
    )
