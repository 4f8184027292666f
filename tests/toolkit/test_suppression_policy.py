"""A suppression policy is told in plain sentences, with each point where it is weaker than the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.disclosure import EDUCATION_RULE, Policy
from toolkit.suppression_policy import SMALLEST_COUNT, SMALLEST_DENOMINATOR, WIDTH, advice, policy_of
from toolkit.worksheet import faults

WORKSHEETS = Path(__file__).parent.parent.parent / "worksheets"
SCHEMA: dict[str, Any] = json.loads((WORKSHEETS / "suppression-policy.json").read_text(encoding="utf-8"))
EXAMPLE: dict[str, Any] = json.loads((WORKSHEETS / "examples/suppression-policy.json").read_text(encoding="utf-8"))
TEMPLATE: dict[str, Any] = json.loads((WORKSHEETS / "aggregation-template.json").read_text(encoding="utf-8"))
TOTALS: dict[str, Any] = json.loads((WORKSHEETS / "examples/aggregation-template.json").read_text(encoding="utf-8"))


def told(**answers: Any) -> str:
    return " ".join(advice(EXAMPLE | answers))


# -- the numbers ------------------------------------------------------------------------------------------------------


def test_the_model_is_the_education_departments_rule() -> None:
    assert Policy(SMALLEST_COUNT, SMALLEST_DENOMINATOR, WIDTH) == EDUCATION_RULE == policy_of(EXAMPLE)


def test_numbers_from_a_form_are_numbers() -> None:
    assert policy_of(EXAMPLE | {"smallest_count": "11", "width": 10.0}) == Policy(11, 20, 10)


@pytest.mark.parametrize("number", [None, "", "six", 0, -6, 5.5, float("nan"), float("inf"), ...])
def test_without_its_numbers_there_is_no_policy(number: object) -> None:
    with pytest.raises(ValueError, match="smallest count shown"):
        policy_of(EXAMPLE | {"smallest_count": number})


# -- what it means ----------------------------------------------------------------------------------------------------


def test_the_models_own_numbers_are_told_and_nowhere_weak() -> None:
    assert advice(EXAMPLE) == [
        "It hides counts of 1 to 5.",
        "It shows a percent only if at least 6 people are meant, out of a group of 20 or more.",
        "Whoever has all published numbers still finds 6 values or more for a hidden count.",
        "In nothing that this page asks is it weaker than the education department's rule.",
    ]


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"smallest_count": 3}, "it shows counts of 3 to 5, which that rule hides."),
        ({"smallest_count": 5}, "it shows counts of 5, which that rule hides."),
        ({"smallest_denominator": 10}, "it shows percents of groups of 10 or more. That rule asks for 20."),
        ({"width": 2}, "a hidden count may be narrowed down to 3 values."),
        ({"totals": "Always shown"}, "it shows totals of 1 to 5 people"),
        ({"complementary_rule": "Nothing more"}, "is found by subtraction"),
        ({"statistics": "Each is judged alone"}, "that rule hides a percent whose count is hidden"),
    ],
)
def test_each_point_where_it_is_weaker_is_named(answers: dict[str, Any], sentence: str) -> None:
    assert "Weaker than the education department's rule: " in told(**answers) and sentence in told(**answers)
    assert "In nothing that this page asks" not in told(**answers)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"threshold_source": "Public Health: COVID-19 town data"}, "It shows counts of 5 or more, yours of 6."),
        ({"threshold_source": "P20 WIN"}, "names methods and no number"),
        ({"complementary_rule": "Hide the next highest too"}, "Audit each table"),
        ({"zeros": "Hidden like a small count"}, "never hides a zero"),
        ({"smallest_count": 11}, "Put groups together"),
        ({"other_tables": "No"}, "Two tables can give away together"),
    ],
)
def test_what_is_no_weaker_can_still_need_a_thought(answers: dict[str, Any], sentence: str) -> None:
    assert sentence in told(**answers)
    assert "Weaker" not in told(**answers)


@pytest.mark.parametrize("number", [0.5, "many", [6], True, -1])
def test_a_number_that_cannot_count_people_is_no_reason_to_fail(number: object) -> None:
    assert told(smallest_count=number)


def test_a_half_filled_worksheet_gets_fewer_sentences() -> None:
    assert advice({}) == []
    assert advice({"smallest_count": 6}) == ["It hides counts of 1 to 5."]
    assert all(advice({name: EXAMPLE[name]}) is not None for name in EXAMPLE)


# -- the worksheets ---------------------------------------------------------------------------------------------------


def test_a_policy_that_hides_nothing_is_sent_back() -> None:
    for field, number in [("smallest_count", 1), ("smallest_denominator", 0), ("width", 0)]:
        assert len(faults(EXAMPLE | {field: number}, SCHEMA)) == 1, field


def test_a_hidden_count_in_a_table_of_totals_has_no_number() -> None:
    row = {"period": "2026", "place": "Northtown", "group": "All"}
    broken: list[tuple[dict[str, object], str]] = [
        ({"suppressed": "yes", "count": 3}, "Take the count out"),
        ({"suppressed": "no"}, "Give the count"),
        ({"suppressed": "no", "count": "*"}, "no star"),
    ]
    for rest, sentence in broken:
        [fault] = faults(TOTALS | {"rows": [{**row, **rest}]}, TEMPLATE)
        assert sentence in fault
