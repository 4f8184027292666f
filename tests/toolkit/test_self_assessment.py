"""The self-assessment: what ten answers say of a person, and which path they lead to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from academy.survey.instruments import SURVEYS, load_curriculum, load_data
from toolkit.survey.self_assessment import assess

INSTRUMENT = load_data(SURVEYS / "data-literacy.yml")
FACTS = json.dumps({"instrument": INSTRUMENT, "curriculum": load_curriculum()}, default=str)
QUESTIONS = [question["id"] for question in INSTRUMENT["questions"]]


def assessed(answers: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(assess(json.dumps(answers), FACTS))
    return found


def all_at(level: int) -> dict[str, str]:
    return dict.fromkeys(QUESTIONS, f"level-{level}")


@pytest.mark.parametrize(
    ("level", "points", "band"), [(0, 0, "Starting"), (1, 10, "Growing"), (2, 20, "Steady"), (3, 30, "Leading")]
)
def test_points_are_added_up_and_say_where_somebody_stands(level: int, points: int, band: str) -> None:
    found = assessed(all_at(level))
    assert (found["left"], found["points"], found["most"], found["band"]["name"]) == ([], points, 30, band)


def test_an_answer_may_be_given_in_its_own_words() -> None:
    words = {question["id"]: question["choices"][2]["text"] for question in INSTRUMENT["questions"]}
    assert assessed(words) == assessed(all_at(2))


def test_questions_that_are_left_are_named_and_nothing_is_counted_yet() -> None:
    answers = all_at(3)
    del answers["chart"], answers["read"]
    assert assessed(answers) == {"left": ["read", "chart"]}
    assert assessed({}) == {"left": QUESTIONS}


def test_an_answer_that_the_question_does_not_have_is_no_answer() -> None:
    assert assessed(all_at(3) | {"read": "level-9", "no-such-question": "x"}) == {"left": ["read"]}


def test_the_path_holds_the_lessons_of_the_questions_with_few_points() -> None:
    found = assessed(all_at(3) | {"protect": "level-0", "small": "level-1"})
    assert {*found["first"], *found["besides"]} == {"classify-and-minimise", "aggregate-and-suppress"}
    path = next(path for path in load_curriculum()["paths"] if path["id"] == found["path"]["id"])
    assert set(found["first"]) <= set(path["lessons"])
    assert "The rule:" in found["rule"]


def test_whoever_needs_no_lesson_is_told_so() -> None:
    found = assessed(all_at(3))
    assert (found["path"], found["first"], found["besides"]) == (None, [], [])
