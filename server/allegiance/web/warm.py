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


def keep_warm(app: Flask, served: Serving) -> None:
    """Make the pages of each version that is served, forever."""
    version = ""
    while True:
        gevent.sleep(_BEFORE)
        if served.version == version or not served.ready:
            continue
        version = served.version
        for page in PAGES:
            while served.pool.admission.busy:
                gevent.sleep(0.05)
            gevent.idle()
            answer = app.test_client().get(page, headers={"Accept": "text/html"})
            if answer.status_code != 200:
                log.warning("a page could not be made in advance", extra={"page": page, "status": answer.status_code})
