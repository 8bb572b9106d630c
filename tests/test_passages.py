"""Passages: where words stand in a text, and what cannot be a passage."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from allegiance.errors import UsageError
from allegiance.passages import Passage, Row, SourceText, add_rows, read_table, write_table

TEXT = "A first line about Khliafat Afghan.\n\n  \nIn “spring” the group – so it said – had 1,140 men.\n"


@pytest.fixture
def text() -> SourceText:
    return SourceText("source", TEXT.encode())


def test_offsets_count_code_points_and_the_end_is_exclusive(text: SourceText) -> None:
    (found,) = text.find("the group – so it said")
    assert TEXT[found.start : found.end] == "the group – so it said"
    assert found.name == f"source-{found.start}-{found.end}"
    assert Passage.named(found.name) == found


def test_row_holds_paragraph_and_hash_of_the_slice(text: SourceText) -> None:
    (found,) = text.find("1,140 men")
    assert text.row(found) == Row(2, hashlib.sha256(b"1,140 men").hexdigest())


def test_any_white_space_in_the_words_matches_any_in_the_text() -> None:
    assert len(SourceText("s", b"one  two\tthree").find("one two three")) == 1


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [(5, 5, "empty"), (0, 999, "outside"), (2, 6, "ends inside a word"), (3, 7, "begins inside a word"),
     (1, 7, "white space"), (2, 8, "white space"), (19, 50, "paragraph")],
)  # fmt: skip
def test_what_cannot_be_a_passage_is_refused_in_words(text: SourceText, start: int, end: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        text.row(Passage("source", start, end))


def test_words_inside_a_word_are_not_found(text: SourceText) -> None:
    assert text.find("roup") == []


def test_table_is_read_as_written_in_the_order_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "passages.tsv"
    rows = {"b-10-20": Row(1, "x"), "b-9-12": Row(1, "y"), "a-1-2": Row(3, "z")}
    write_table(path, rows)
    assert list(read_table(path)) == ["a-1-2", "b-9-12", "b-10-20"]
    add_rows(path, [("b-1-2", Row(1, "w"))])
    assert read_table(path) == {**rows, "b-1-2": Row(1, "w")}


def test_malformed_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "passages.tsv"
    path.write_text("passage\tparagraph\tsha256\na-1-2\tone\tx\n")
    with pytest.raises(UsageError, match="line 2"):
        read_table(path)
