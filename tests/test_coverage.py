"""How much of the sources the claims cover, and that it does not fall."""

from __future__ import annotations

import re
from pathlib import Path

from allegiance.coverage import coverage, sentences
from allegiance.passages import SourceText
from allegiance.sources import open_texts
from conftest import ROOT, run


def test_all_but_the_sentences_left_out_on_purpose_are_covered(sources: Path) -> None:
    texts, missing = open_texts(ROOT, sources)
    assert missing == []
    found = coverage(ROOT, texts)
    assert len(found) > 350
    uncovered = {sentence.passage.name for sentence in found if not sentence.covered}
    listed = re.findall(r"^\| `(.+?)` \| \S", (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert uncovered == set(listed)
    assert 1 - len(uncovered) / len(found) >= 0.98


def test_command_prints_each_uncovered_sentence_and_the_share_last(sources: Path) -> None:
    done = run("check-sources", sources, "--coverage")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"9[89]\.\d% of \d+ sentences covered", lines[-1])
    assert "is-khorasan-review\tparagraph 10\tis-khorasan-review-6061-6081\tHow did Daesh do it? …" in lines


def test_coverage_falls_when_a_claim_is_taken_out(copy: Path, sources: Path) -> None:
    path = copy / "instances" / "organisations" / "khilafat-afghan.ttl"
    path.write_text(
        re.sub(r"algp:[\w-]+", "algp:isis-k-article-0-3", path.read_text(encoding="utf-8")), encoding="utf-8"
    )
    texts, _ = open_texts(ROOT, sources)
    before = sum(sentence.covered for sentence in coverage(ROOT, texts))
    assert sum(sentence.covered for sentence in coverage(copy, texts)) < before


def test_sentences_are_whole_and_marks_are_none() -> None:
    text = SourceText("s", "Dr. Smith left – in “May”.[1] He did.\n\n[2]\n(2)  Nobody knows.\n".encode())
    found = [(number, text.text[p.start : p.end]) for number, p in sentences(text)]
    assert [number for number, _ in found] == sorted(number for number, _ in found)
    assert found[0][1].startswith("Dr. Smith left")
    assert found[-1][1].endswith("Nobody knows.")
    assert all(words == words.strip() for _, words in found)
