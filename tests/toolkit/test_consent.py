"""A consent notice is checked for its elements, for words that mean anything and nothing, and for how hard it reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from academy.project import WORKSHEETS
from toolkit.consent import ELEMENTS, GOAL, advice, missing_elements, notice_text
from toolkit.reading import reading_grade

SCHEMA = json.loads((WORKSHEETS / "consent-notice.json").read_text(encoding="utf-8"))
EXAMPLE: dict[str, Any] = json.loads((WORKSHEETS / "examples" / "consent-notice.json").read_text(encoding="utf-8"))


def test_every_element_is_a_field_that_the_worksheet_requires() -> None:
    assert set(ELEMENTS) <= set(SCHEMA["required"])


def test_the_example_has_all_elements_and_only_its_grade_is_told() -> None:
    assert missing_elements(EXAMPLE) == []
    assert advice(EXAMPLE) == [
        f"The notice reads at grade {reading_grade(notice_text(EXAMPLE)):.1f}, within the goal of {GOAL:.0f}. "
        "Now let someone outside your office read it."
    ]


@pytest.mark.parametrize("field", ELEMENTS)
@pytest.mark.parametrize("empty", ["", "  ", None, ...])
def test_an_element_that_is_not_filled_in_is_named(field: str, empty: object) -> None:
    assert missing_elements(EXAMPLE | {field: empty}) == [ELEMENTS[field]]
    assert f"The notice does not say {ELEMENTS[field]}." in advice(EXAMPLE | {field: empty})


def test_an_empty_worksheet_lacks_everything_and_has_no_grade() -> None:
    assert missing_elements({}) == list(ELEMENTS.values())
    assert len(advice({})) == len(ELEMENTS) and notice_text({}) == ""


@pytest.mark.parametrize(
    ("field", "words", "told"),
    [
        ("purpose", "To use them for other purposes.", "“other purposes” could mean anything"),
        ("who_sees", "Our staff, and others as needed.", "“as needed” could mean anything"),
        ("kept_for", "We keep them as long as we want.", "Say how long in days, months or years"),
        ("kept_for", "We keep them for a while.", "Say how long in days, months or years"),
        ("foi_notice", "We keep your answers safe.", "Say the word public"),
        ("withdraw", "You may take them back.", "Say how a person can see the answers and correct them."),
        ("withdraw", "Write to see or correct them.", "Say how a person can take a yes back."),
        ("if_not", "Then we cannot decide.", "Say how a person can tell which"),
    ],
)
def test_words_that_promise_nothing_are_met_with_what_to_write(field: str, words: str, told: str) -> None:
    assert told in " ".join(advice(EXAMPLE | {field: words}))
    assert told not in " ".join(advice(EXAMPLE))


def test_a_duty_to_answer_needs_a_law() -> None:
    told = advice(EXAMPLE | {"choice": "no, a law requires it", "authority": "None, the program set it up"})
    assert any("One of the two must change" in sentence for sentence in told)


def test_a_notice_that_reads_hard_is_told_its_grade_and_what_to_do() -> None:
    hard = (
        "Notwithstanding the aforementioned confidentiality provisions, information communicated by participating "
        "individuals constitutes documentation potentially subject to public examination."
    )
    told = advice(EXAMPLE | {"foi_notice": " ".join([hard] * 4)})[-1]
    assert "The goal is 8 or lower: shorter sentences, everyday words." in told


def test_the_notice_is_the_answers_in_order_each_a_full_sentence() -> None:
    lines = notice_text(EXAMPLE).splitlines()
    assert lines[0].startswith(EXAMPLE["agency"]) and EXAMPLE["contact"] in lines[-1]
    assert all(line.endswith((".", "?")) for line in lines)
    assert notice_text({"purpose": "We decide"}) == "We decide."
