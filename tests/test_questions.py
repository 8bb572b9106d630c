"""Every question of the library against its expected answer, and the library against its own rules."""

from __future__ import annotations

import csv
import io

import pytest

import answers
from allegiance import library
from allegiance.engine import Engine
from allegiance.guard import refuse_unsafe

QUESTIONS = library.questions()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", QUESTIONS)
def test_answer_is_the_expected_one(name: str, engine: Engine) -> None:
    expected = (answers.FOLDER / f"{name}.csv").read_text(encoding="utf-8")
    assert answers.answer(engine, QUESTIONS[name]) == expected
    assert rows(expected), "an expected answer without rows proves nothing"


def test_every_question_has_an_expected_answer_and_there_are_forty() -> None:
    assert {path.stem for path in answers.FOLDER.glob("*.csv")} == set(QUESTIONS)
    assert len(QUESTIONS) >= 40


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_left_free_answers_at_least_as_much_as_bound(name: str, engine: Engine) -> None:
    question = QUESTIONS[name]
    refuse_unsafe(question.text)
    free = list(engine.rows(question.text))
    assert free
    optional = [p for p in question.parameters if f"VALUES ?{p.name} {{ UNDEF }}" in question.text]
    if optional and len(optional) == len(question.parameters):
        assert len(free) >= len(rows(answers.answer(engine, question)))


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_worded_as_one_and_ordered(name: str) -> None:
    question = QUESTIONS[name]
    assert question.question.endswith("?")
    assert question.tags
    assert "ORDER BY" in question.text


STATING = [name for name, question in QUESTIONS.items() if "?statement" in question.text.split("WHERE")[0]]


@pytest.mark.parametrize("name", STATING)
def test_an_answer_that_states_something_shows_mode_and_passage(name: str) -> None:
    columns = QUESTIONS[name].text.split("WHERE")[0].rpartition("SELECT")[2]
    assert "?passage" in columns
    assert "?mode" in columns or name == "self-claims"


def test_most_questions_state_something() -> None:
    assert len(STATING) > 30
