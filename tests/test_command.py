"""The command line as a newcomer runs it, wrong arguments included."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest
import rdflib

from conftest import ROOT, run


def test_query_answers_a_question_of_the_library(built: Path) -> None:
    done = run("query", "leaders", "-p", "group=khilafat-afghan", "--store", built)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {"Abdul Khadim Rauf", "Wahidullah Wahid"} <= {row["personName"] for row in rows}


def test_query_answers_a_file_and_formats_follow_its_kind(built: Path, tmp_path: Path) -> None:
    file = tmp_path / "graph.rq"
    file.write_text("CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } LIMIT 5")
    done = run("query", file, "--store", built)
    assert len(rdflib.Graph().parse(data=done.stdout, format="turtle")) == 5
    for name, parser in [("ntriples", "nt"), ("jsonld", "json-ld"), ("rdfxml", "xml")]:
        done = run("query", file, "--store", built, "--format", name)
        assert len(rdflib.Graph().parse(data=done.stdout, format=parser)) == 5
    refused = run("query", file, "--store", built, "--format", "csv")
    assert refused.returncode == 2
    assert "turtle" in refused.stderr


def test_query_works_where_nothing_has_been_built(tmp_path: Path) -> None:
    done = run("query", "funding-shares", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    shares = {row["funderName"]: row["share"] for row in csv.DictReader(io.StringIO(done.stdout))}
    assert sorted(shares.values()) == ["20", "30", "50"]


def test_query_list_names_every_question() -> None:
    done = run("query", "--list")
    assert len(done.stdout.splitlines()) == len(list((ROOT / "queries").glob("*.rq")))


def test_describe_finds_a_body_by_its_misspelling(built: Path) -> None:
    done = run("describe", "khliafat afghan", "--store", built)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Khilafat Afghan  (alg:ArmedGroup)")
    assert "[in early 2015 · Asserted · isis-k-article-" in done.stdout


def test_describe_gives_turtle_and_terms(built: Path) -> None:
    done = run("describe", "hafiz-saeed-khan", "--format", "turtle", "--store", built)
    graph = rdflib.Graph().parse(data=done.stdout, format="turtle")
    assert len(graph) > 50
    done = run("describe", "alg:Pledge", "--store", built)
    assert "An event in which an actor gives its allegiance to another." in done.stdout


def test_validate_conforms_and_takes_a_changed_file_in_place(copy: Path, tmp_path: Path) -> None:
    path = copy / "instances" / "organisations" / "khilafat-afghan.ttl"
    done = run("validate", path, "--data", copy)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "conforms\n"
    extra = tmp_path / "extra.ttl"
    extra.write_text(
        "@prefix alg: <https://w3id.org/allegiance/ontology#> .\n"
        "@prefix algid: <https://w3id.org/allegiance/id/> .\n\n"
        "algid:new-group a alg:ArmedGroup .\n"
    )
    done = run("validate", extra, "--data", copy)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        f"{extra}:4: algid:new-group: An actor has exactly one preferred name"
    )


def test_locate_finds_writes_and_counts(copy: Path, sources: Path) -> None:
    table = copy / "instances" / "passages.tsv"
    words = "known as al-Qaeda in Iraq or AQI"
    dry = run("locate", "isis-k-article", words, "--sources", sources, "--data", copy, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    name = dry.stdout.strip().removeprefix("algp:")
    lines = [line for line in table.read_text().splitlines() if not line.startswith(name + "\t")]
    table.write_text("\n".join(lines) + "\n")
    done = run("locate", "isis-k-article", words, "--data", copy, ALLEGIANCE_SOURCES=str(sources))
    assert done.stdout == dry.stdout
    assert f"{name}\t4\t" in table.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["locate", "isis-k-article", "TKP"], "choose one with --nth"),
        (["locate", "isis-k-article", "TKP", "--nth", "99"], "places only"),
        (["locate", "isis-k-article", "no such words here"], "do not stand in isis-k-article"),
        (["locate", "no-such-source", "TKP"], "the sources are"),
    ],
)
def test_locate_says_what_to_change(arguments: list[str], said: str, sources: Path, copy: Path) -> None:
    done = run(*arguments, "--sources", sources, "--data", copy)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]


def test_check_sources_verifies_every_passage(sources: Path) -> None:
    done = run("check-sources", sources)
    assert done.returncode == 0, done.stderr
    count = int(done.stdout.split()[0])
    assert count > 1500


def test_check_sources_names_what_is_wrong(copy: Path, sources: Path, tmp_path: Path) -> None:
    table = copy / "instances" / "passages.tsv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([lines[0], lines[1][:-4] + "0000", *lines[3:]]) + "\n")
    done = run("check-sources", sources, "--data", copy)
    assert done.returncode == 1
    assert lines[1].split("\t")[0] in done.stderr
    assert "another hash" in done.stderr
    assert lines[2].split("\t")[0] in done.stderr
    fixed = run("check-sources", sources, "--update", "--data", copy)
    assert fixed.returncode == 0
    assert table.read_text().splitlines() == lines

    texts = tmp_path / "texts"
    shutil.copytree(sources, texts)
    for text in texts.iterdir():
        text.chmod(0o644)
        text.write_bytes(text.read_bytes().replace(b"Daesh", b"DAESH"))
    changed = run("check-sources", texts, "--data", copy)
    assert changed.returncode == 1
    assert "has the recorded hash of isis-k-article" in changed.stderr
    assert "which affects" in changed.stderr


WRONG = {
    ("query",): "Say which question",
    ("query", "pledge"): "did you mean",
    ("query", "zzz"): "“allegiance query --list” lists them",
    ("query", "leaders", "-p", "group"): "binds nothing",
    ("query", "leaders", "-p", "colour=red"): "no parameter colour; it has group",
    ("query", "held-on-a-day", "-p", "day=2016-13-40"): "“2016-13-40” is none",
    ("query", "leaders", "-p", "group=not a term"): "“not a term” is none",
    ("query", "leaders", "--format", "docx"): "docx",
    ("query", "leaders", "--store", "no-such-folder"): "There is no store in no-such-folder",
    ("build", "--data", "no-such-folder"): "no-such-folder has no readable folder ontology",
    ("validate", "no-such-file.ttl"): "There is no file no-such-file.ttl",
    ("describe",): "Missing argument 'THING'",
    ("describe", "Khilafat Afgan"): "near it are algid:khilafat-afghan",
    ("locate", "isis-k-article"): "Missing argument 'WORDS'",
    ("check-sources", "no-such-folder"): "There is no folder no-such-folder",
    ("serve", "--port", "99999"): "99999",
    ("frobnicate",): "No such command 'frobnicate'",
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_a_mistake_is_one_sentence_and_status_2(arguments: tuple[str, ...], built: Path) -> None:
    if arguments[0] in ("query", "describe") and "--store" not in arguments:
        arguments_ = (*arguments, "--store", str(built))
    else:
        arguments_ = arguments
    done = run(*arguments_)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert WRONG[arguments] in done.stderr
    assert done.stdout == ""


def test_service_is_refused_on_the_command_line_too(built: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.rq"
    file.write_text("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }")
    done = run("query", file, "--store", built)
    assert done.returncode == 2
    assert "SERVICE is not answered here" in done.stderr


def test_every_command_has_help_with_a_line_to_paste() -> None:
    listed = run("--help").stdout.partition("Commands:")[2]
    names = [line.split()[0] for line in listed.splitlines() if line.strip()]
    assert {"build", "validate", "query", "describe", "locate", "check-sources", "serve"} <= set(names)
    for name in names:
        assert f"allegiance {name}" in run(name, "--help").stdout.partition("\n\n")[2]
