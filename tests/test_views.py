"""What all views have in common: their page and its twins, negotiated, tagged, described and refused alike."""

from __future__ import annotations

import csv
import html
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest

from allegiance.web.views import VIEWS
from conftest import Server
from http_client import CSV, ask, step

NAMES = [view.name for view in VIEWS]
HTML, JSON = "text/html", "application/json"
FOCUS = {"compare": "?left=islamic-state-khorasan&right=taliban"}


def address(name: str, suffix: str = "") -> str:
    return f"/{name}{suffix}{FOCUS.get(name, '')}"


def test_there_are_the_views_that_were_promised() -> None:
    assert {"network", "timeline", "lineage", "map", "contradictions", "compare"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_view_is_a_page_and_its_data_by_suffix_accept_and_parameter(server: Server, name: str) -> None:
    page = ask(server, address(name), accept=HTML)
    assert page.status == 200
    assert page.media_type == HTML
    assert "Accept" in page.headers["vary"]
    for suffix, media_type in (("json", JSON), ("csv", CSV)):
        twin = ask(server, address(name, f".{suffix}"))
        asked = ask(server, address(name), accept=media_type)
        joined = address(name) + ("&" if "?" in address(name) else "?") + f"format={suffix}"
        named = ask(server, joined, accept=HTML)
        assert twin.media_type == asked.media_type == named.media_type == media_type
        assert twin.body == asked.body == named.body
        assert address(name, f".{suffix}").replace("&", "&amp;") in page.text
    assert "Research record; not a screening list" in json.loads(ask(server, address(name, ".json")).body)["note"]
    rows = list(csv.reader(io.StringIO(ask(server, address(name, ".csv")).text)))
    assert len(rows) > 3
    assert all(len(row) == len(rows[0]) for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_a_view_is_not_sent_twice(server: Server, name: str) -> None:
    for suffix in ("", ".json", ".csv"):
        first = ask(server, address(name, suffix), accept=HTML if not suffix else None)
        headers = {"If-None-Match": first.headers["etag"]}
        again = ask(server, address(name, suffix), accept=HTML if not suffix else None, headers=headers)
        assert again.status == 304
        assert again.body == b""


@pytest.mark.parametrize("name", NAMES)
def test_what_a_view_does_not_take_is_said_in_one_sentence(server: Server, name: str) -> None:
    for query, status in (
        ("nonsense=1", 400),
        ("nonsense=%3Cscript%3Ealert(1)%3C/script%3E", 400),
        ("format=xlsx", 406),
        ("format=json&format=csv", 406),
    ):
        found = ask(server, f"/{name}?{query}", accept="*/*")
        assert found.status == status, query
        assert found.media_type == "text/plain"
        assert len(found.text.strip().splitlines()) == 1
    assert ask(server, f"/{name}", accept="image/png").status == 406
    assert step(server, f"/{name}", method="POST", data=b"x").status == 405


@pytest.mark.parametrize("name", NAMES)
def test_a_view_shows_the_sparql_behind_it_and_it_runs(server: Server, name: str) -> None:
    page = ask(server, address(name), accept=HTML).text
    start = page.index('<details class="sparql">')
    queries = [part.partition("</pre>")[0].partition(">")[2] for part in page[start:].split("<pre")[1:]]
    assert queries
    for query in queries:
        text = html.unescape(query)
        found = ask(server, "/sparql", data=text.encode(), kind="application/sparql-query", accept=CSV)
        assert found.status == 200, text


def test_every_further_format_parses(server: Server) -> None:
    parsers: dict[str, Callable[[str], Any]] = {"gexf": ET.fromstring, "geojson": json.loads}
    found = {(view.name, name) for view in VIEWS for name in view.formats if name not in ("json", "csv")}
    assert {name for _, name in found} == set(parsers)
    for name, suffix in found:
        parsers[suffix](ask(server, address(name, f".{suffix}")).text)
