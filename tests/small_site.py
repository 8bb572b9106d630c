"""A small data root and what is built from it, for tests of writes: little enough to be rebuilt in a second or two."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from allegiance import terms
from allegiance.build import pipeline
from allegiance.engine import Engine
from allegiance.passages import Row, write_table
from conftest import ROOT

HEADER = """@prefix alg: <https://w3id.org/allegiance/ontology#> .
@prefix algid: <https://w3id.org/allegiance/id/> .
@prefix algc: <https://w3id.org/allegiance/claim/> .
@prefix algn: <https://w3id.org/allegiance/name/> .
@prefix algp: <https://w3id.org/allegiance/passage/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix skosxl: <http://www.w3.org/2008/05/skos-xl#> .

"""
FILES = {
    "sources.ttl": f"""algid:first-text a alg:Source ;
    dcterms:title "First text"@en ;
    alg:sourceKind alg:Article ;
    schema:sha256 "{"a" * 64}" .

algid:second-text a alg:Source ;
    dcterms:title "Second text"@en ;
    alg:sourceKind alg:BookReview ;
    schema:sha256 "{"b" * 64}" .
""",
    "places.ttl": """algid:north-valley a alg:Place ;
    skosxl:prefLabel algn:north-valley--1 .

algn:north-valley--1 a skosxl:Label ;
    skosxl:literalForm "North Valley"@en ;
    alg:passage algp:first-text-0-12 .
""",
    "organisations/amber-brigade.ttl": """algid:amber-brigade a alg:ArmedGroup ;
    skosxl:prefLabel algn:amber-brigade--1 .

algn:amber-brigade--1 a skosxl:Label ;
    skosxl:literalForm "Amber Brigade"@en ;
    alg:passage algp:first-text-20-33 .

algid:strength-of-amber-brigade a alg:Strength ;
    rdfs:label "Strength of the Amber Brigade"@en .

algc:strength-of-amber-brigade-1 a alg:Claim ;
    alg:about algid:strength-of-amber-brigade ;
    alg:group algid:amber-brigade ;
    alg:low 200 ;
    alg:unit alg:Persons ;
    alg:date "2013"^^edtf:EDTF ;
    alg:dateAsWritten "in 2013" ;
    alg:mode alg:Asserted ;
    alg:statement "The Amber Brigade began in 2013 with 200 men."@en ;
    alg:passage algp:first-text-20-60 .
""",
    "people/ali-stone.ttl": """algid:ali-stone a alg:Person ;
    skosxl:prefLabel algn:ali-stone--1 .

algn:ali-stone--1 a skosxl:Label ;
    skosxl:literalForm "Ali Stone"@en ;
    alg:passage algp:second-text-0-9 .

algid:pledge-of-ali-stone a alg:Pledge ;
    rdfs:label "Pledge of Ali Stone to the Amber Brigade"@en .

algc:pledge-of-ali-stone-1 a alg:Claim ;
    alg:about algid:pledge-of-ali-stone ;
    alg:pledger algid:ali-stone ;
    alg:pledgee algid:amber-brigade ;
    alg:date "2013-05-11"^^edtf:EDTF ;
    alg:mode alg:Asserted ;
    alg:statement "Ali Stone pledged himself to the Amber Brigade in May 2013."@en ;
    alg:passage algp:second-text-0-40 , algp:second-text-50-70 .
""",
}
PASSAGES = (
    "first-text-0-12", "first-text-20-33", "first-text-20-60", "first-text-70-90", "second-text-0-9",
    "second-text-0-40", "second-text-50-70",
)  # fmt: skip
PREFIXES = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in terms.PREFIXES.items())
PREFIXES += f"PREFIX source: <{terms.ALGG}source/>\n"
STRENGTH = """
GRAPH algg:entities { algid:losses-of-amber-brigade a alg:Losses ; rdfs:label "Losses of the Amber Brigade"@en }
GRAPH source:first-text { algc:losses-of-amber-brigade-1 a alg:Claim ; alg:about algid:losses-of-amber-brigade ;
    alg:group algid:amber-brigade ; alg:low 10 ; alg:unit alg:Persons ; alg:date "2014"^^edtf:EDTF ;
    alg:mode alg:Asserted ; alg:statement "The Amber Brigade lost ten men in 2014."@en ;
    alg:passage algp:first-text-20-60 }
"""
CLAIM = f"{PREFIXES}INSERT DATA {{ {STRENGTH} }}"
FOREIGN = "https://example.org/graph"
TRIPLE = "<https://example.org/a> <https://example.org/b> <https://example.org/c> ."


class Site:
    """A data root and the folder built from it."""

    def __init__(self, folder: Path) -> None:
        self.root, self.out = folder / "data", folder / "out"

    def header(self, operation: str, body: bytes, **fields: Any) -> bytes:
        given = {"out": str(self.out), "root": str(self.root), "operation": operation, "graph": None, "media_type": ""}
        return json.dumps({**given, "length": len(body), **fields}).encode() + b"\n"

    def start(self, operation: str, body: str | bytes = b"", **fields: Any) -> subprocess.Popen[bytes]:
        """The process of a write, with its request on the way."""
        data = body.encode() if isinstance(body, str) else body
        command = [sys.executable, "-m", "allegiance.writes.job"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(self.header(operation, data, **fields) + data)
        process.stdin.flush()
        return process

    def write(self, operation: str, body: str | bytes = b"", **fields: Any) -> dict[str, Any]:
        """What a write answers."""
        return answer(self.start(operation, body, **fields))

    def update(self, text: str, **fields: Any) -> dict[str, Any]:
        return self.write("update", PREFIXES + text, **fields)

    def put(self, body: str | bytes, kind: str = "text/turtle", **fields: Any) -> dict[str, Any]:
        return self.write("put", body, media_type=kind, graph=FOREIGN, **fields)

    def build(self) -> None:
        """Build the files anew, and leave it at that: putting the writes over is for `restore`."""
        pipeline.run(self.root, self.out)

    @property
    def version(self) -> str:
        return (self.out / "current").readlink().name

    @property
    def dataset(self) -> bytes:
        return (self.out / "dataset.nq").read_bytes()

    def engine(self) -> Engine:
        return Engine.on_disk(self.out / "store")

    def triples(self, graph: str) -> set[str]:
        return {str(quad.triple) + " ." for quad in self.engine().quads(graph)}

    def spoil(self, file: str, old: str, new: str) -> None:
        path = self.root / "instances" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


def answer(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    out, err = process.communicate(timeout=120)
    assert b"Traceback" not in err, err.decode()
    found: dict[str, Any] = json.loads(out)
    assert process.returncode == (2 if found["outcome"] == "failed" else 0)
    return found


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data root with two sources, a group, a person and a place, and what is built from it."""
    folder = tmp_path_factory.mktemp("writes")
    site = Site(folder)
    for part in ("ontology", "shapes"):
        shutil.copytree(ROOT / part, site.root / part)
    for name, text in FILES.items():
        path = site.root / "instances" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + text, encoding="utf-8")
    rows = {name: Row(1, hashlib.sha256(name.encode()).hexdigest()) for name in PASSAGES}
    write_table(site.root / "instances" / "passages.tsv", rows)
    site.build()
    return folder


@pytest.fixture
def site(seed: Path, tmp_path: Path) -> Site:
    shutil.copytree(seed, tmp_path / "site", symlinks=True)
    return Site(tmp_path / "site")


@pytest.fixture(scope="module")
def unchanging(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for writes that change nothing, which is checked at the end."""
    folder = tmp_path_factory.mktemp("unchanging") / "site"
    shutil.copytree(seed, folder, symlinks=True)
    before = tree(folder / "out")
    yield Site(folder)
    assert tree(folder / "out") == before


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes, and every link with its target."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = os.fsencode(path.readlink())
        elif path.is_file():
            found[name] = path.read_bytes()
    return found
