"""A maturity self-assessment tells its score, what stands lowest, and one thing to do first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.maturity import LEVELS, QUESTIONS, advice, next_step, score
from toolkit.reading import reading_grade

WORKSHEETS = Path(__file__).parent.parent.parent / "worksheets"
SCHEMA = json.loads((WORKSHEETS / "maturity-self-assessment.json").read_text(encoding="utf-8"))
EXAMPLE = json.loads((WORKSHEETS / "examples" / "maturity-self-assessment.json").read_text(encoding="utf-8"))
FIELDS = [question.field for question in QUESTIONS]
levels = st.integers(1, len(LEVELS))


def filled(**given: int) -> dict[str, Any]:
    """A worksheet at level 3 all over, but for what is given."""
    chosen = dict.fromkeys(FIELDS, 3) | given
    return {field: SCHEMA["properties"][field]["enum"][level - 1] for field, level in chosen.items()}


def test_the_worksheet_asks_the_eight_questions_in_this_order_with_five_levels_each() -> None:
    asked = {name: field for name, field in SCHEMA["properties"].items() if name in FIELDS}
    assert list(asked) == FIELDS
    for question in QUESTIONS:
        assert asked[question.field]["title"] == question.name
        assert [choice[:2] for choice in asked[question.field]["enum"]] == [f"{n}." for n in range(1, len(LEVELS) + 1)]


def test_every_lesson_that_is_named_exists() -> None:
    for question in QUESTIONS:
        assert (WORKSHEETS.parent / "lessons" / question.lesson / "lesson.md").is_file(), question.lesson


def test_the_score_is_the_mean_of_the_levels() -> None:
    result = score(filled(roles=1, skills=5))
    assert result is not None
    assert result.mean == 3
    assert result.levels["skills"] == 5


def test_a_mean_in_the_middle_does_not_hide_what_stands_lowest() -> None:
    said = " ".join(advice(filled(quality=1, sharing=5)))
    assert "Mean level: 3.0 of 5, from 8 of 8 questions." in said
    assert "Lowest: “Quality”, at level 1 (Not started)." in said
    assert "Do this first: Write down the errors that you hear of, in one place." in said


def test_of_two_that_are_equally_low_the_one_that_others_build_on_comes_first() -> None:
    said = " ".join(advice(filled(skills=1, roles=1)))
    assert "Do this first: Name an owner" in said
    assert "“Roles and decisions” comes first" in said


def test_where_all_stand_at_one_level_nothing_is_called_the_lowest() -> None:
    said = " ".join(advice(filled()))
    assert "All of them stand at level 3" in said
    assert "Lowest" not in said


def test_at_the_top_there_is_still_something_to_do() -> None:
    assert "show another unit" in " ".join(advice(filled(**dict.fromkeys(FIELDS, 5))))
    assert "show another unit" in next_step(QUESTIONS[0], 5)


def test_half_a_worksheet_gets_advice_on_the_half_that_is_there() -> None:
    said = " ".join(advice({"inventory": "2. There is a list", "quality": ..., "roles": None}))
    assert "from 1 of 8 questions" in said
    assert "Answer the other questions, too." in said


@pytest.mark.parametrize("nothing", [{}, {"roles": ""}, {"roles": ["1"]}, {"roles": True}, {"roles": "9. Perfect"}])
def test_without_an_answer_there_is_no_score_and_no_advice(nothing: dict[str, Any]) -> None:
    assert score(nothing) is None
    assert advice(nothing) == []


@pytest.mark.parametrize("answer", [2, "2", " 2. ", "2. Some tables have notes"])
def test_a_level_may_be_given_as_a_number_or_in_words(answer: object) -> None:
    result = score({"metadata": answer})
    assert result is not None
    assert result.levels == {"metadata": 2}


def test_the_department_of_the_lesson_begins_with_roles() -> None:
    result = score(EXAMPLE)
    assert result is not None
    assert [question.field for question in result.lowest] == ["roles", "skills"]
    assert result.first.field == "roles"


@given(st.dictionaries(st.sampled_from(FIELDS), levels | st.text(max_size=4) | st.none()))
def test_what_comes_first_is_never_better_than_anything_else(worksheet: dict[str, Any]) -> None:
    result = score(worksheet)
    if result:
        assert result.levels[result.first.field] == min(result.levels.values())
        assert 1 <= result.mean <= len(LEVELS)
        assert all(sentence.endswith(".") for sentence in advice(worksheet))


def test_every_step_is_a_plain_sentence() -> None:
    steps = [step for question in QUESTIONS for step in question.steps]
    assert all(step.endswith(".") and step[0].isupper() for step in steps)
    assert len(set(steps)) == len(steps)
    assert reading_grade(" ".join(steps)) <= 9
