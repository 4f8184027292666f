"""Answers that were given in ODK, Kobo or SurveyJS come in whole: each is counted, or set aside with a reason."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from tests.toolkit.survey_examples import FERRY, crews, instrument_of
from toolkit.survey.answers import Answer, Collected, collect
from toolkit.survey.export import name_of, xlsform
from toolkit.survey.other_tools import from_odk, from_surveyjs
from toolkit.survey.sheet import AnswersUnreadable


def odk(answers: Sequence[Answer], between: str = "-", **noted: str) -> str:
    """A file as ODK Central (or Kobo, whose groups stand before a slash) exports it: one row a form, one column a name."""
    groups = ["section_1"]
    columns: dict[str, str] = {}
    for question in FERRY.questions:
        within = [*groups, question.id] if question.kind in ("grid", "ranking") else groups
        for slot in question.slots:
            columns[name_of(question, slot)] = between.join([*within, name_of(question, slot)])
    forms: dict[str, dict[str, str]] = {}
    for each in answers:
        row = forms.setdefault(each.form, {"KEY": each.form, "SubmitterName": "Somebody", **noted})
        column = columns[f"{each.question}_{each.item}" if each.item else each.question]
        row[column] = f"{row[column]} {each.answer}" if column in row else each.answer
    page = io.StringIO()
    writer = csv.DictWriter(page, ["KEY", "SubmitterName", *noted, *columns.values()])
    writer.writeheader()
    writer.writerows(forms.values())
    return page.getvalue()


def surveyjs(answers: Iterable[Answer]) -> str:
    """The results as SurveyJS keeps them: an object a form, a grid as an object in it."""
    kinds = {question.id: question.kind for question in FERRY.questions}
    forms: dict[str, dict[str, Any]] = {}
    for each in answers:
        form = forms.setdefault(each.form, {"id": each.form})
        if kinds[each.question] == "grid":
            form.setdefault(each.question, {})[each.item] = each.answer
        elif kinds[each.question] == "several":
            form.setdefault(each.question, []).append(each.answer)
        else:
            form[f"{each.question}_{each.item}" if each.item else each.question] = each.answer
    return json.dumps(list(forms.values()))


def counted(collected: Collected) -> set[Answer]:
    found = collect(collected, FERRY)
    assert found.aside == ()
    return set(found.answers)


ANSWERS = crews(random.Random(4), 60)


@pytest.mark.parametrize("between", ["-", "/"])
def test_every_answer_of_odk_and_kobo_is_counted(between: str) -> None:
    assert counted(from_odk(odk(ANSWERS, between), FERRY)) == set(ANSWERS)


def test_every_answer_of_surveyjs_is_counted() -> None:
    assert counted(from_surveyjs(surveyjs(ANSWERS), FERRY)) == set(ANSWERS)


def test_an_option_that_kobo_gives_a_column_of_its_own_is_not_counted_twice() -> None:
    text = "KEY,section_1/uses,section_1/uses/paper,section_1/uses/radio\na,paper radio,1,1\n"
    found = from_odk(text, FERRY)
    assert [each.answer for each in found.answers] == ["paper", "radio"]
    assert found.aside == ()


def test_who_sent_a_form_and_when_is_left_behind() -> None:
    noted = {"SubmissionDate": "2026-11-20T09:00:00Z", "DeviceID": "phone 7", "_submitted_by": "lena"}
    found = from_odk(odk(ANSWERS, **noted), FERRY)
    assert counted(found) == set(ANSWERS)
    assert not any(word in str(found) for word in ("2026-11-20", "phone 7", "lena", "Somebody"))


def test_answers_to_another_version_are_set_aside_and_kept() -> None:
    found = collect(from_odk(odk(ANSWERS[:2], FormVersion="1.9"), FERRY), FERRY)
    assert found.answers == ()
    assert {each.cells[-1] for each in found.aside} == {each.answer for each in ANSWERS[:2]}
    assert "version 1.9" in found.sentences[0]


def test_a_column_that_is_no_question_is_set_aside_with_what_was_written() -> None:
    (aside,) = from_odk("KEY,port,mood\na,east,good\n", FERRY).aside
    assert (aside.row, aside.cells[5], aside.cells[-1]) == (2, "mood", "good")
    assert aside.why == "“mood” is no question of version 2.1."
    told = from_surveyjs('[{"port": "east", "mood": {"today": "good"}, "needs": {"boats": "yes"}}]', FERRY)
    assert [each.cells[5] for each in told.aside] == ["mood", "needs"]
    assert [each.answer for each in told.answers] == ["east"]


def test_before_and_after_and_the_code_that_joins_them_come_along() -> None:
    survey = instrument_of("data-literacy")
    found = from_odk("KEY,wave,person,section_1-read\na,before,owl,level-1\n", survey)
    assert [(each.wave, each.person, each.answer) for each in found.answers] == [("before", "owl", "level-1")]
    told = from_surveyjs('[{"wave": "after", "person": "owl", "read": "level-2"}]', survey)
    assert [(each.wave, each.person, each.answer) for each in told.answers] == [("after", "owl", "level-2")]


@pytest.mark.parametrize("name", ["leadership", "staff", "data-officers", "course-feedback", "data-literacy"])
def test_every_name_of_our_own_forms_is_found_again(name: str) -> None:
    survey = instrument_of(name)
    asked = [row for row in xlsform(survey)["survey"] if row["type"].split()[0] in ("select_one", "text", "decimal")]
    names = [row["name"] for row in asked if row["name"] not in ("wave", "person")]
    page = io.StringIO()
    csv.writer(page).writerows([["KEY", *(f"section_1-{each}" for each in names)], ["a", *("x" for _ in names)]])
    found = from_odk(page.getvalue(), survey)
    assert [f"{each.question}_{each.item}" if each.item else each.question for each in found.answers] == names
    assert found.aside == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "No column is a question"),
        ("KEY,SubmissionDate\na,b\n", "No column is a question of “ferry-crews”"),
        ("Which port?,How many years?\nPort east,3\n", "names of the questions rather than their labels"),
    ],
)
def test_a_file_of_another_form_is_refused(text: str, said: str) -> None:
    with pytest.raises(AnswersUnreadable, match=said):
        from_odk(text, FERRY)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "[" * 100_000, '{"port": "east"}'])
def test_results_that_are_no_list_of_forms_are_refused(text: str) -> None:
    with pytest.raises(AnswersUnreadable, match="JSON"):
        from_surveyjs(text, FERRY)
