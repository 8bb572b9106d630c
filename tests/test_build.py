"""The build as a user runs it: the same twice, and every kind of bad data refused with its place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from allegiance.engine import Engine
from allegiance.passages import read_table
from conftest import ROOT, run

STAGES = ("compose", "date bounds", "derived edges", "OWL 2 RL closure", "SHACL", "write")
GROUP = "instances/organisations/khilafat-afghan.ttl"


def test_two_builds_are_the_same_file(built: Path, tmp_path: Path) -> None:
    again = run("build", "--out", tmp_path / "again")
    assert again.returncode == 0, again.stderr
    first, second = (built / "dataset.nq").read_bytes(), (tmp_path / "again" / "dataset.nq").read_bytes()
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    lines = first.splitlines()
    assert lines == sorted(lines)
    assert len(lines) > 30_000


def test_every_stage_prints_its_time_and_triples(tmp_path: Path) -> None:
    done = run("build", "--out", tmp_path / "out")
    for stage in STAGES:
        assert re.search(rf"^{re.escape(stage)} +\d+\.\d\d s +[\d,]+ triples$", done.stderr, re.MULTILINE), done.stderr
    assert done.stdout.strip() == str(tmp_path / "out" / "dataset.nq")


def test_disk_and_memory_hold_the_same(built: Path) -> None:
    disk, memory = Engine.on_disk(built / "store"), Engine.in_memory(built / "dataset.nq")
    assert len(disk) == len(memory)
    assert named(disk) == named(memory)


def named(engine: Engine) -> set[ox.Quad]:
    """The quads without blank nodes, whose labels differ from load to load."""
    return {
        q for q in engine.quads() if not isinstance(q.subject, ox.BlankNode) and not isinstance(q.object, ox.BlankNode)
    }


Spoil = Callable[[Path], None]


def replaced(old: str, new: str, file: str = GROUP) -> Spoil:
    def spoil(data: Path) -> None:
        text = (data / file).read_text(encoding="utf-8")
        assert old in text, f"{old} is not in {file}"
        (data / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def cut(pattern: str, file: str = GROUP) -> Spoil:
    def spoil(data: Path) -> None:
        text = (data / file).read_text(encoding="utf-8")
        shorter, count = re.subn(pattern, "", text, count=1, flags=re.MULTILINE)
        assert count, f"{pattern} is not in {file}"
        (data / file).write_text(shorter, encoding="utf-8")

    return spoil


def added(text: str, file: str) -> Spoil:
    def spoil(data: Path) -> None:
        prefixes = (data / GROUP).read_text(encoding="utf-8").split("\n\n", 1)[0]
        (data / file).write_text(f"{prefixes}\n\n{text}", encoding="utf-8")

    return spoil


PASSAGE = next(name for name in read_table(ROOT / "instances" / "passages.tsv") if name.startswith("isis-k-article"))
OTHER = next(name for name in read_table(ROOT / "instances" / "passages.tsv") if name.startswith("is-khorasan"))
CLAIM = f"""algid:test-strength a alg:Strength ;
    rdfs:label "Strength for a test"@en .

algc:test-strength-1 a alg:Claim ;
    alg:about algid:test-strength ;
    alg:group algid:khilafat-afghan ;
    alg:low 10 ;
    alg:unit alg:Members ;
    alg:date "2015"^^edtf:EDTF ;
    alg:mode alg:Asserted ;
    alg:statement "The group counted ten members."@en ;
    alg:passage algp:{PASSAGE} .
"""
FILE = "instances/organisations/test.ttl"
BAD: dict[str, tuple[Spoil, list[str]]] = {
    "syntax error": (replaced(" ;", " ;;; [", GROUP), [rf"{GROUP}:\d+: this is not Turtle here"]),
    "no passage": (
        added(re.sub(r" ;\n    alg:passage .*", " .", CLAIM), FILE),
        [rf"{FILE}:\d+: algc:test-strength-1: A claim points to where its source says it"],
    ),
    "no mode": (added(CLAIM.replace("    alg:mode alg:Asserted ;\n", ""), FILE), ["A claim has exactly one mode"]),
    "no statement": (
        added(re.sub(r"    alg:statement .*\n", "", CLAIM), FILE),
        ["A claim has exactly one statement"],
    ),
    "unknown mode": (added(CLAIM.replace("alg:Asserted", "alg:Rumoured"), FILE), ["refers to alg:Rumoured"]),
    "value as a mode": (added(CLAIM.replace("alg:Asserted", "alg:Members"), FILE), ["A claim has exactly one mode"]),
    "date that does not parse": (
        added(CLAIM.replace('"2015"', '"spring 2015"'), FILE),
        [rf"{FILE}:\d+: algc:test-strength-1: has a date that does not parse: “spring 2015” is not an EDTF date"],
    ),
    "passage not in the table": (
        added(CLAIM.replace(PASSAGE, "isis-k-article-7918-7920"), FILE),
        ["not in passages.tsv", "algc:test-strength-1"],
    ),
    "passage of no source": (
        added(CLAIM.replace("algp:isis-k-article", "algp:no-such-source"), FILE),
        ["no-such-source, which is not a source"],
    ),
    "malformed passage": (added(CLAIM.replace(PASSAGE, "isis-k-article-somewhere"), FILE), ["“allegiance locate”"]),
    "shares of 99 percent": (
        replaced("alg:low 50 ;\n    alg:unit alg:PercentShare", "alg:low 49 ;\n    alg:unit alg:PercentShare",
                 "instances/organisations/jamaat-ansarullah.ttl"),
        [r"jamaat-ansarullah\.ttl:\d+: algid:\S+: The shares of one mix sum to 100 percent"],
    ),
    "slug minted in two files": (
        added("algid:khilafat-afghan a alg:ArmedGroup .\n", FILE),
        [rf"{FILE}:\d+: algid:khilafat-afghan: is also described at {GROUP}:\d+"],
    ),
    "reference to nothing": (
        added(CLAIM.replace("algid:khilafat-afghan", "algid:khilafat-afgan"), FILE),
        [rf"{FILE}:\d+: algc:test-strength-1: refers to algid:khilafat-afgan, .* did you mean algid:khilafat-afghan"],
    ),
    "record without a class": (added('algid:nobody rdfs:label "Nobody"@en .\n', FILE), ["has no class"]),
    "blank node": (added(CLAIM.replace("algid:khilafat-afghan", "[]"), FILE), ["has a blank node"]),
    "passages of two sources": (
        added(CLAIM.replace(f"algp:{PASSAGE}", f"algp:{PASSAGE} , algp:{OTHER}"), FILE),
        ["algc:test-strength-1: has passages of two sources"],
    ),
    "place in the role of a person": (
        added(CLAIM.replace("algid:khilafat-afghan", "algid:kunar-province"), FILE),
        ["algid:kunar-province: is both alg:Organisation and alg:Place|alg:Place and alg:Organisation"],
    ),
    "role of another kind": (
        added(CLAIM.replace("alg:low 10", "alg:pledger algid:khilafat-afghan ;\n    alg:low 10"), FILE),
        ["uses only the roles of its kind"],
    ),
    "rule that does not parse": (
        replaced("WHERE {", "WHERE {{{", "ontology/rules/pledged-to.rq"),
        [r"ontology/rules/pledged-to\.rq: The query does not parse"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_data_is_refused_with_its_place_and_the_old_dataset_stays(case: str, copy: Path, tmp_path: Path) -> None:
    spoil, expected = BAD[case]
    out = tmp_path / "out"
    (out / "versions" / "0123").mkdir(parents=True)
    (out / "versions" / "0123" / "dataset.nq").write_text("<a:old> <a:old> <a:old> <a:old> .\n")
    (out / "current").symlink_to("versions/0123")
    (out / "dataset.nq").symlink_to("current/dataset.nq")
    spoil(copy)
    done = run("build", "--data", copy, "--out", out)
    assert done.returncode == 1, done.stderr
    for pattern in expected:
        assert re.search(pattern, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert (out / "dataset.nq").read_text().startswith("<a:old>")
    assert [path.name for path in (out / "versions").iterdir()] == ["0123"]


def test_ten_problems_are_shown_and_the_rest_counted(copy: Path, tmp_path: Path) -> None:
    path = copy / GROUP
    path.write_text(path.read_text(encoding="utf-8").replace("alg:Asserted", "alg:Rumoured"), encoding="utf-8")
    done = run("build", "--data", copy, "--out", tmp_path / "out")
    problems = [line for line in done.stderr.splitlines() if "Rumoured" in line]
    assert len(problems) == 10
    assert re.search(r"^and \d+ more$", done.stderr, re.MULTILINE)


def test_a_new_build_takes_the_place_of_the_old_one(copy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("build", "--data", copy, "--out", out).returncode == 0
    old = (out / "current").readlink()
    added(CLAIM, FILE)(copy)
    done = run("build", "--data", copy, "--out", out)
    assert done.returncode == 0, done.stderr
    assert (out / "current").readlink() != old
    assert "test-strength-1" in (out / "dataset.nq").read_text(encoding="utf-8")
    assert Engine.on_disk(out / "store").ask("ASK { <https://w3id.org/allegiance/claim/test-strength-1> ?p ?o }")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("build", "--out", tmp_path / "file" / "out")
    assert done.returncode == 2
    assert re.fullmatch(r".*cannot be written: .*; name another folder with --out\.", done.stderr.splitlines()[-1])
