"""Pages that take long to make are made before anybody asks: once a version, while nobody else is waiting."""

from __future__ import annotations

import logging

import gevent
from flask import Flask

from allegiance.web.serving import Serving
from allegiance.web.views import VIEWS

log = logging.getLogger("allegiance")

PAGES = (*(f"/{view.name}" for view in VIEWS), "/queries", "/page/ontology")
_BEFORE = 1.0
"""Seconds after a version is there; the first requests come then, and should not wait for this."""


_AGAIN = 30.0
"""Seconds after which a page that could not be made is tried again."""


def keep_warm(app: Flask, served: Serving) -> None:
    """Make the pages of each version that is served, forever."""
    version = ""
    while True:
        gevent.sleep(_BEFORE)
        if served.version == version or not served.ready:
            continue
        if all(_made(app, served, page) for page in PAGES):
            version = served.version
        else:
            gevent.sleep(_AGAIN)


def _made(app: Flask, served: Serving, page: str) -> bool:
    while served.pool.admission.busy:
        gevent.sleep(0.05)
    gevent.idle()
    status = app.test_client().get(page, headers={"Accept": "text/html"}).status_code
    if status != 200:
        log.warning("a page could not be made in advance", extra={"page": page, "status": status})
    return status == 200
