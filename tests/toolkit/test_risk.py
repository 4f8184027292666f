"""A risk matrix in words, and what an ethics assessment still lacks."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.risk import IMPACT, LEVELS, LIKELIHOOD, NotAStep, advice, level, matrix, matrix_as_markdown, open_points
from toolkit.worksheet import faults, read_worksheet

WORKSHEETS = Path(__file__).parent.parent.parent / "worksheets"
EXAMPLE = json.loads((WORKSHEETS / "examples" / "ethics-assessment.json").read_text(encoding="utf-8"))
RISK = {"risk": "Residents are blamed", "likelihood": "likely", "impact": "serious"}


def told(**answers: Any) -> list[str]:
    return open_points(EXAMPLE | answers)


# -- the level of a risk ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("likelihood", "impact", "weight"),
    [
        ("unlikely", "minor", "low"), ("unlikely", "serious", "low"), ("unlikely", "severe", "medium"),
        ("possible", "minor", "low"), ("possible", "serious", "medium"), ("possible", "severe", "high"),
        ("likely", "minor", "medium"), ("likely", "serious", "high"), ("likely", "severe", "high"),
    ],
)  # fmt: skip
def test_a_level_is_how_likely_times_how_bad(likelihood: str, impact: str, weight: str) -> None:
    assert level(likelihood, impact) == weight


def test_more_likely_or_worse_never_weighs_less() -> None:
    for impact in IMPACT:
        weights = [LEVELS.index(level(likelihood, impact)) for likelihood in LIKELIHOOD]
        assert weights == sorted(weights)


def test_capitals_blanks_and_a_full_stop_do_not_matter() -> None:
    assert level(" Likely", "SEVERE.") == "high"


@pytest.mark.parametrize("word", ["sometimes", "", 3, None])
def test_a_word_that_is_not_on_the_scale_is_told(word: Any) -> None:
    with pytest.raises(NotAStep, match="Choose unlikely, possible or likely"):
        level(word, "minor")


def test_the_worksheet_has_the_steps_of_the_scale_and_asks_for_a_step_against_each_high_risk() -> None:
    schema = read_worksheet("ethics-assessment", WORKSHEETS)
    fields = schema["properties"]["risks"]["items"]["properties"]
    assert (fields["likelihood"]["enum"], fields["impact"]["enum"]) == (list(LIKELIHOOD), list(IMPACT))
    for likelihood, impact in itertools.product(LIKELIHOOD, IMPACT):
        risks = [RISK | {"likelihood": likelihood, "impact": impact}] * 2
        asked = any("This risk is high." in fault for fault in faults(EXAMPLE | {"risks": risks}, schema))
        assert asked == (level(likelihood, impact) == "high"), (likelihood, impact)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"kind_of_use": "research", "review": ...}, "Review: You wrote research or not sure."),
        ({"people": []}, "People affected: List at least one group."),
        ({"people": [{"group": "Tenants", "harm": "A fine", "asked": "maybe"}]}, "People affected, number 1, Asked?: Choose one of these"),
        ({"bias": "None."}, "Bias: Write at least three words."),
        ({"alternatives": "There is none"}, ""),
        ({"owner": "someone@example.org"}, "Who answers for it: This holds an email address"),
        ({"review_date": "next year"}, "Look at it again on: Write a real day with the year first"),
        ({"risks": [RISK | {"mitigation": "Count residents apart", "owner": "Desk"}]}, "Risks: List at least two risks."),
    ],
)  # fmt: skip
def test_the_worksheet_says_what_to_mend(answers: dict[str, Any], sentence: str) -> None:
    filled = {name: answer for name, answer in (EXAMPLE | answers).items() if answer is not ...}
    found = faults(filled, read_worksheet("ethics-assessment", WORKSHEETS))
    assert found[0].startswith(sentence) if sentence else not found, found


# -- the matrix -------------------------------------------------------------------------------------------------------


def test_the_matrix_says_each_level_and_its_risks_in_words() -> None:
    assert matrix([RISK, RISK | {"impact": "severe"}, RISK]) == [
        ["How likely, how bad", "minor", "serious", "severe"],
        ["likely", "medium", "high: risks 1, 3", "high: risk 2"],
        ["possible", "low", "medium", "high"],
        ["unlikely", "low", "low", "medium"],
    ]


def test_the_matrix_for_a_page_is_a_markdown_table() -> None:
    assert matrix_as_markdown([RISK]).splitlines()[:3] == [
        "| How likely, how bad | minor | serious | severe |",
        "| --- | --- | --- | --- |",
        "| likely | medium | high: risk 1 | high |",
    ]


def test_a_risk_that_is_not_rated_yet_is_in_no_box_and_keeps_its_number() -> None:
    boxes = [box for row in matrix([{"risk": "Not rated"}, RISK])[1:] for box in row]
    assert [box for box in boxes if "risk" in box] == ["high: risk 2"]


# -- what is still open -----------------------------------------------------------------------------------------------


def test_the_example_has_nothing_open() -> None:
    assert told() == []
    assert advice(EXAMPLE) == [
        "Risks by level: 2 high, 0 medium, 1 low.",
        "Nothing is open: each high risk has a step and a role that sees to it.",
    ]


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"kind_of_use": "research", "review": ""}, "This is research. Ask the review board (IRB)"),
        ({"review": None}, "You are not sure if this is research."),
        ({"people": [{"group": "Tenants", "harm": "A fine", "asked": "no"}]}, "Could be harmed, and not asked: “Tenants”."),
        ({"consent": "not told"}, "The people in the data were not told."),
        ({"foi_notice": "no"}, "The form does not say that answers may become public."),
        ({"risks": [RISK], "decision": "ask first"}, "Risk 1 (“Residents are blamed”) is high. Say what you will change"),
        ({"risks": [RISK | {"mitigation": "Be careful", "owner": "Desk"}], "decision": "ask first"}, "Risk 1 (“Residents are blamed”) is high. Say what"),
        ({"risks": [RISK | {"mitigation": "Count residents apart"}]}, "Risk 1 (“Residents are blamed”) is high, and its step belongs to nobody yet."),
        ({"decision": "go ahead"}, "At least one risk is high, so go ahead only with the changes"),
    ],
)  # fmt: skip
def test_what_no_single_field_can_show_is_told_in_one_sentence(answers: dict[str, Any], sentence: str) -> None:
    found = told(**answers)
    assert len(found) == 1 and found[0].startswith(sentence), found


def test_going_ahead_with_a_high_risk_and_no_step_is_told_too() -> None:
    found = told(risks=[RISK])
    assert len(found) == 2 and found[1].startswith("You decided to go ahead while a high risk has no step")


def test_a_low_risk_needs_no_step() -> None:
    assert told(risks=[{"risk": "A late page", "likelihood": "likely", "impact": "minor"}]) == []


def test_a_talk_that_is_planned_is_not_open() -> None:
    assert told(people=[{"group": "Tenants", "harm": "A fine", "asked": "planned"}]) == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*EXAMPLE, *RISK]), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(list(EXAMPLE)), anything))
def test_a_half_filled_worksheet_gets_sentences_and_never_an_error(filled: dict[str, Any]) -> None:
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in advice(filled))
