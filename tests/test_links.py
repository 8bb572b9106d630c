"""Links to outside registers: the table, what is made of it, and the recheck against a stand-in for Wikidata."""

from __future__ import annotations

import csv
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlparse

import pytest

from allegiance import links, terms
from allegiance.engine import Engine
from conftest import ROOT, run

MAPPINGS, PROBLEMS = links.read_mappings(ROOT / "instances")
TABLE = "instances/links/wikidata.sssom.tsv"


def test_table_reads_without_a_fault_and_holds_both_kinds() -> None:
    assert PROBLEMS == []
    assert len([m for m in MAPPINGS if not m.negated]) > 100
    assert len([m for m in MAPPINGS if m.negated]) > 15
    assert {m.verification for m in MAPPINGS} == {"verified-1", "verified-2"}


def test_no_identifier_is_from_elsewhere_than_the_evidence_table(sources: Path) -> None:
    text = (sources.parent / "wikidata-links.csv").read_text(encoding="utf-8")
    rows = {row["qid"]: row for row in csv.DictReader(text.splitlines()) if row["qid"]}
    geonames = {row["geonames_id"] for row in csv.DictReader(text.splitlines())}
    for mapping in MAPPINGS:
        prefix, _, local = mapping.object.partition(":")
        local = local.strip("/")
        if mapping.negated or prefix == "wdt":  # named by the notes of the table, not by its columns
            assert re.search(rf"\b{re.escape(local)}\b", text), mapping
        else:
            assert local in (geonames if prefix == "geonames" else rows), mapping


def test_exact_matches_of_one_source_are_published_as_close_ones(engine: Engine) -> None:
    judged = [
        m for m in MAPPINGS if m.relation == "skos:exactMatch" and not m.negated and m.verification == "verified-1"
    ]
    assert len(judged) > 10
    for mapping in judged:
        subject, target = links.iri(mapping.subject), links.iri(mapping.object)
        assert engine.contains(subject, terms.SKOS + "closeMatch", target)
        assert not engine.contains(subject, terms.SKOS + "exactMatch", target)
        assert not engine.contains(subject, terms.SCHEMA + "sameAs", target)


def test_two_source_exact_matches_are_exact_and_refused_ones_are_nothing(engine: Engine) -> None:
    for mapping in MAPPINGS:
        subject, target = links.iri(mapping.subject), links.iri(mapping.object)
        if mapping.negated:
            for relation in ("exactMatch", "closeMatch", "broadMatch"):
                assert not engine.contains(subject, terms.SKOS + relation, target)
        elif mapping.relation == "skos:exactMatch" and mapping.verification == "verified-2":
            assert engine.contains(subject, terms.SKOS + "exactMatch", target)
            assert engine.contains(subject, terms.SCHEMA + "sameAs", target)


def test_points_carry_source_and_licence(engine: Engine) -> None:
    rows = list(
        engine.rows(
            "PREFIX geo: <http://www.opengis.net/ont/geosparql#> PREFIX d: <http://purl.org/dc/terms/>"
            "SELECT ?place ?wkt ?source ?licence WHERE { ?place geo:hasGeometry ?point . ?point geo:asWKT ?wkt ."
            " OPTIONAL { ?point d:source ?source } OPTIONAL { ?point d:license ?licence } }"
        )
    )
    assert len(rows) > 40
    assert all(len(row) == 4 for row in rows)


HEADER = "\t".join(links.COLUMNS)
GOOD = "algid:a\tA\tskos:exactMatch\t\twikidata:Q1\tOne\tsemapv:ManualMappingCuration\t0.9\t\tseen\tverified-2"
FAULTY = {
    "relation": (GOOD.replace("skos:exactMatch", "owl:sameAs"), "has the relation owl:sameAs"),
    "modifier": (GOOD.replace("\t\twikidata", "\tNever\twikidata"), "has the modifier Never"),
    "object": (GOOD.replace("wikidata:Q1", "wikidata:Q01"), "has the object wikidata:Q01"),
    "justification": (GOOD.replace("semapv:ManualMappingCuration", "guess"), "has no justification"),
    "confidence": (GOOD.replace("0.9", "high"), "has a confidence that is not a number"),
    "evidence": (GOOD.replace("seen", ""), "has no evidence"),
    "verification": (GOOD.replace("verified-2", "sure"), "has no verification"),
    "two exact matches": (GOOD + "\n" + GOOD.replace("Q1", "Q2"), "has an exact match that line 2 excludes"),
    "one item twice": (GOOD + "\n" + GOOD.replace("algid:a", "algid:b"), "has an exact match that line 2 excludes"),
    "yes and no": (GOOD + "\n" + GOOD.replace("\t\twikidata", "\tNot\twikidata"), "both linked to wikidata:Q1 and not"),
}


@pytest.mark.parametrize("case", FAULTY)
def test_a_faulty_row_is_named_by_line(case: str, tmp_path: Path) -> None:
    rows, expected = FAULTY[case]
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / links.MAPPINGS).write_text(f"{HEADER}\n{rows}\n")
    _, problems = links.read_mappings(tmp_path)
    assert len(problems) == 1
    assert problems[0].line in (2, 3)
    assert expected in problems[0].message


def test_a_link_of_nothing_and_a_link_by_hand_stop_the_build(copy: Path, tmp_path: Path) -> None:
    table = copy / TABLE
    original = table.read_text(encoding="utf-8")
    table.write_text(original + GOOD.replace("algid:a", "algid:nobody") + "\n", encoding="utf-8")
    done = run("build", "--data", copy, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "algid:nobody: is linked and described nowhere" in done.stderr
    table.write_text(original, encoding="utf-8")
    concepts = copy / "instances" / "concepts.ttl"
    concepts.write_text(
        concepts.read_text(encoding="utf-8").replace(
            "algid:salafism a alg:Ideology ;",
            "algid:salafism a alg:Ideology ;\n    skos:exactMatch <http://www.wikidata.org/entity/Q42> ;",
        ),
        encoding="utf-8",
    )
    done = run("build", "--data", copy, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "stands in links/wikidata.sssom.tsv with its evidence" in done.stderr


# ---------------------------------------------------------------- a stand-in for Wikidata


class StandIn(BaseHTTPRequestHandler):
    """Answers wbgetentities from the links table itself, and spoils what a test asks it to spoil."""

    spoiled: ClassVar[dict[str, dict[str, Any]]] = {}
    failures: ClassVar[list[int]] = []
    requests: ClassVar[list[dict[str, list[str]]]] = []
    agents: ClassVar[set[str]] = set()
    broken = ""

    def do_GET(self) -> None:
        query = parse_qs(urlparse(self.path).query)
        type(self).requests.append(query)
        type(self).agents.add(self.headers["User-Agent"])
        if self.failures:
            self.send_response(type(self).failures.pop())
            self.send_header("Retry-After", "0")
            self.end_headers()
            return
        if self.broken == "redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            return
        entities: dict[str, Any] = {}
        for identifier in query["ids"][0].split("|"):
            answer = self.spoiled.get(identifier, self.entity(identifier))
            entities[answer.pop("at", identifier)] = answer
        body = b"<html>" if self.broken == "html" else json.dumps({"entities": entities}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    @staticmethod
    def entity(identifier: str) -> dict[str, Any]:
        label = next(
            (m.object_label for m in MAPPINGS if m.object.endswith(f":{identifier}") and m.object_label), "Thing"
        )
        kind = "property" if identifier.startswith("P") else "item"
        return {"type": kind, "id": identifier, "labels": {"en": {"language": "en", "value": label}}, "claims": {}}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def register() -> Iterator[str]:
    StandIn.spoiled, StandIn.failures, StandIn.requests, StandIn.broken = {}, [], [], ""
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def check(register: str, *more: str | Path) -> tuple[int, dict[str, tuple[str, str]], str]:
    done = run("check-links", "--endpoint", register, "--delay", "0", *more)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return done.returncode, {line[0]: (line[1], line[2]) for line in lines}, done.stderr


def test_recheck_asks_in_batches_and_finds_all_well(register: str) -> None:
    status, found, _ = check(register)
    assert status == 0, found
    ids = {m.object.partition(":")[2] for m in MAPPINGS if not m.negated and not m.object.startswith("geonames")}
    assert set(found) == ids
    assert {state for state, _ in found.values()} == {"ok"}
    assert len(StandIn.requests) == -(-len(ids) // 50)
    assert all(len(request["ids"][0].split("|")) <= 50 for request in StandIn.requests)
    assert all("maxlag" in request for request in StandIn.requests)
    assert {agent.split("/")[0] for agent in StandIn.agents} == {"allegiance"}


def test_recheck_finds_what_has_changed(register: str) -> None:
    first, second, third, fourth = [m.object.partition(":")[2] for m in MAPPINGS if not m.negated and m.object_label][
        :4
    ]
    StandIn.spoiled = {
        first: {"id": first, "missing": ""},
        second: {"at": "Q999999999", "redirects": {"from": second, "to": "Q999999999"}, "type": "item", "labels": {}},
        third: {**StandIn.entity(third), "labels": {"en": {"value": "Something else"}}},
        fourth: {**StandIn.entity(fourth), "type": "lexeme"},
    }
    status, found, said = check(register)
    assert status == 1
    assert found[first][0] == "deleted"
    assert found[second] == ("redirect", "is now Q999999999; judge it and change the row")
    assert found[third][0] == "label"
    assert "Something else" in found[third][1]
    assert found[fourth][0] == "type"
    assert "4 to judge again" in said


def test_recheck_backs_off_and_goes_on(register: str) -> None:
    StandIn.failures = [503, 429]
    status, found, _ = check(register)
    assert status == 0
    assert found


def test_recheck_keeps_answers(register: str, tmp_path: Path) -> None:
    check(register, "--cache", tmp_path / "cache")
    asked = len(StandIn.requests)
    status, found, _ = check(register, "--cache", tmp_path / "cache")
    assert status == 0
    assert found
    assert len(StandIn.requests) == asked


@pytest.mark.parametrize("broken", ["html", "redirect"])
def test_an_answer_that_is_not_wikidatas_is_one_sentence(register: str, broken: str) -> None:
    StandIn.broken = broken
    status, found, said = check(register)
    assert status == 2
    assert found == {}
    assert len(said.strip().splitlines()) == 1


def test_a_register_out_of_reach_is_one_sentence() -> None:
    status, _, said = check("http://127.0.0.1:1")
    assert status == 2
    assert "cannot be asked" in said
    assert len(said.strip().splitlines()) == 1
