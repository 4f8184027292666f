"""Nothing that was answered is lost: an answer counts, or it is set aside whole with a sentence that says why."""

from __future__ import annotations

import csv
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toolkit.survey_examples import FERRY, answer, counted, crews, ferry_data, instrument_of
from toolkit.survey.answers import COLUMNS, Answer, Collected, collect
from toolkit.survey.instrument import read_instrument
from toolkit.survey.sheet import AnswersUnreadable, aside_to_csv, from_csv, template, to_csv

COURSE = read_instrument(ferry_data(waves=True, anonymity="pseudonymous"))


# -- CSV --------------------------------------------------------------------------------------------------------------

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
formulas = st.builds(
    str.__add__, st.sampled_from(["=", "+", "-", "@", "'=", "''=", " =", ";=", "\t=", "\r\n=", ";'@"]), anything
)
written = st.one_of(anything, formulas).filter(str.strip)


@settings(deadline=None)
@given(st.lists(st.builds(Answer, *[st.one_of(anything, formulas)] * 7, written), max_size=6))
def test_export_then_import_gives_the_same_answers(answers: list[Answer]) -> None:
    assert from_csv(to_csv(answers)).answers == tuple(answers)


@settings(deadline=None)
@given(written)
def test_no_cell_of_an_export_begins_with_what_a_spreadsheet_runs(text: str) -> None:
    for row in csv.reader(io.StringIO(to_csv([answer("which", text)]), newline="")):
        for cell in row:
            for part in cell.replace("\t", ";").replace("\r", ";").replace("\n", ";").split(";"):
                assert part.lstrip()[:1] not in set("=+-@＝＋－＠") or not part.strip()


def test_a_template_has_a_row_for_each_answer_and_gives_none_while_it_is_empty() -> None:
    rows = list(csv.DictReader(io.StringIO(template(FERRY))))
    assert [(row["question"], row["item"]) for row in rows] == [
        ("port", ""),
        ("needs", "time"),
        ("needs", "tools"),
        ("help", "first"),
        ("help", "second"),
        ("uses", ""),
        ("which", ""),
        ("years", ""),
    ]
    assert from_csv(template(FERRY)) == Collected()


def test_a_sheet_with_semicolons_and_a_byte_order_mark_is_read() -> None:
    text = to_csv([answer("port", "east")]).replace(",", ";")
    assert from_csv("\ufeff" + text).answers == (answer("port", "east"),)


def test_columns_may_stand_in_another_order_with_others_beside_them() -> None:
    text = "note,answer,question,item,version,instrument,wave,person,form\nx,east,port,,2.1,ferry-crews,,,1\n"
    assert from_csv(text).answers == (answer("port", "east"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Missing: form, person, wave"),
        ("form,question,answer\n1,port,east\n", "Missing: person, wave, instrument, version, item."),
        (",".join([*COLUMNS, "form"]) + "\n", "One is there twice."),
    ],
)
def test_a_file_that_is_no_table_of_answers_is_refused(text: str, told: str) -> None:
    with pytest.raises(AnswersUnreadable, match=told):
        from_csv(text)


def test_a_row_with_a_cell_too_many_is_set_aside_whole() -> None:
    read = from_csv(to_csv([answer("port", "east")]) + "1,,,ferry-crews,2.1,which,,a boat, and a net\r\n")
    assert read.answers == (answer("port", "east"),)
    assert read.sentences == [
        "Row 3: It has 9 cells, the header 8. Put text that has a comma in quotation marks.",
    ]
    assert read.aside[0].cells[-2:] == ("a boat", " and a net")


# -- what counts ------------------------------------------------------------------------------------------------------

GOOD = [
    answer("port", "east"),
    answer("needs", "yes", "time"),
    answer("help", "tools", "first"),
    answer("help", "training", "second"),
    answer("uses", "other"),
    answer("uses", "paper"),
    answer("which", "A lamp"),
    answer("years", "12.5"),
]


def test_good_answers_count() -> None:
    assert counted(*GOOD).answers == tuple(GOOD)


def test_an_answer_may_be_written_in_the_words_of_the_form() -> None:
    assert counted(answer("port", " port EAST ")).answers == (answer("port", "east"),)


BAD: dict[str, tuple[Answer, str]] = {
    "another version": (
        answer("port", "east", version="2.0"),
        "It answers version 2.0. This is version 2.1: report it with the instrument of its own version.",
    ),
    "another survey": (
        answer("port", "east", instrument="staff"),
        "It answers the survey “staff”. This is “ferry-crews”.",
    ),
    "no such question": (answer("harbor", "east"), "There is no question “harbor” in version 2.1."),
    "no such item": (answer("needs", "yes", "money"), "“needs” has no item “money”. There are: time, tools."),
    "an unknown option": (answer("port", "south"), "“port” has no answer “south”. There are: east, west, north."),
    "no form": (answer("port", "east", form=""), "The column form is empty."),
    "a person in an anonymous survey": (answer("port", "east", person="Ann"), "This survey is anonymous."),
    "a wave in a survey that is asked once": (answer("port", "east", wave="before"), "This survey is asked once."),
    "a word for a number": (answer("years", "many"), "“many” is not a plain number"),
    "a number out of range": (answer("years", "61"), "“years” asks for a number from 0 to 60, not 61."),
    "a number that is none": (answer("years", "1e999"), "“1e999” is not a plain number"),
    "a text too long": (
        answer("which", "x" * 10_000_000),
        "The answer to “which” has 10,000,000 characters; 200 is the most.",
    ),
}


@pytest.mark.parametrize("bad", BAD, ids=lambda name: name.replace(" ", "-"))
def test_a_bad_answer_is_set_aside_with_the_reason_and_the_others_count(bad: str) -> None:
    wrong, why = BAD[bad]
    done = counted(*GOOD[:5], wrong)
    assert done.answers == tuple(GOOD[:5])
    (aside,) = done.aside
    assert aside.sentence.startswith(f"Row 7: {why}")
    assert aside.cells == tuple(wrong)
    assert len(aside.sentence) < 300


def test_ten_megabytes_of_text_in_one_cell_are_read_set_aside_and_kept_whole() -> None:
    flood = answer("which", '"=<b>,\n' * 1_500_000)
    limit = csv.field_size_limit()
    done = collect(from_csv(to_csv([*GOOD[:5], flood])), FERRY)
    assert done.answers == tuple(GOOD[:5])
    assert from_csv(aside_to_csv(done.aside)).answers == (flood,)
    assert csv.field_size_limit() == limit


def test_both_choices_the_same_leave_the_first() -> None:
    done = counted(answer("help", "tools", "first"), answer("help", "tools", "second"))
    assert done.answers == (answer("help", "tools", "first"),)
    assert done.sentences == ["Row 3: The second choice is the same as the first. The first counts."]


def test_a_form_sent_twice_counts_once() -> None:
    done = counted(*GOOD, *GOOD)
    assert done.answers == tuple(GOOD)
    assert len(done.aside) == len(GOOD)
    assert done.sentences[0] == "Row 10: Form 1 gives this answer twice. It counts once."


def test_a_second_answer_to_the_same_question_is_set_aside() -> None:
    done = counted(answer("port", "east"), answer("port", "west"))
    assert done.sentences == ["Row 3: Form 1 answers “port” twice. The first answer counts: “east”."]


def test_a_person_who_sends_a_second_form_in_the_same_wave_counts_once() -> None:
    first = answer("port", "east", person="p", wave="before")
    second = answer("port", "west", form="2", person="p", wave="before")
    after = answer("port", "west", form="3", person="p", wave="after")
    done = counted(first, second, after, instrument=COURSE)
    assert done.answers == (first, after)
    assert done.sentences == ["Row 3: The same person sent form 1 before, which counts. This one does not."]


def test_a_form_with_two_senders_or_no_wave_is_set_aside() -> None:
    one = answer("port", "east", person="p", wave="before")
    done = counted(
        one, one._replace(person="q", question="years", answer="3"), one._replace(wave="later"), instrument=COURSE
    )
    assert done.answers == (one,)
    assert done.sentences == [
        "Row 3: Form 1 has two senders or two waves. Give each form a number of its own.",
        "Row 4: The column wave says “later”. Write before or after.",
    ]


def test_an_answer_to_a_question_that_was_not_asked_is_set_aside() -> None:
    done = counted(answer("uses", "paper"), answer("which", "A lamp"))
    assert done.answers == (answer("uses", "paper"),)
    assert done.sentences == ["Row 3: “which” is asked only of those who answer “uses” in a certain way."]


def test_markup_and_formulas_in_open_answers_are_kept_as_they_are() -> None:
    text = '=HYPERLINK("http://x")<script>alert(1)</script>\n| a |'
    done = collect(from_csv(to_csv([answer("uses", "other"), answer("which", text)])), FERRY)
    assert done.answers[1].answer == text


rows = st.builds(
    lambda form, question, item, value, version: answer(question, value, item, form, version=version),
    st.sampled_from(["1", "2", ""]),
    st.sampled_from(["port", "needs", "help", "uses", "which", "years", "gone"]),
    st.sampled_from(["", "time", "first", "second"]),
    st.one_of(st.sampled_from(["east", "west", "yes", "tools", "training", "other", "12", "Rather"]), written),
    st.sampled_from(["2.1", "2.1", "2.1", "1.0"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(rows, max_size=25))
def test_every_answer_counts_or_is_set_aside_and_none_is_both(answers: list[Answer]) -> None:
    done = counted(*answers)
    aside = [each.row for each in done.aside]
    assert sorted([*done.rows, *aside]) == list(range(2, len(answers) + 2))
    for each in done.aside:
        assert each.cells[:7] == tuple(answers[each.row - 2])[:7]


@settings(deadline=None)
@given(st.lists(rows, max_size=25))
def test_what_counts_counts_again_and_nothing_of_it_is_set_aside(answers: list[Answer]) -> None:
    once = counted(*answers).answers
    again = collect(from_csv(to_csv(once)), FERRY)
    assert again.answers == once and not again.aside


def test_what_is_set_aside_can_be_written_mended_and_read_again() -> None:
    aside = counted(answer("port", "south"), answer("which", "=1+1")).aside
    mended = aside_to_csv(aside).replace("south", "west")
    assert from_csv(mended).answers == (answer("port", "west"), answer("which", "=1+1"))


def test_our_own_surveys_take_the_answers_of_a_whole_form() -> None:
    for name in ("leadership", "staff", "data-officers", "course-feedback"):
        ours = instrument_of(name)
        given = [
            Answer("1", "", "", name, ours.version, question.id, slot, value)
            for question in ours.questions
            if question.only_if is None
            for place, slot in enumerate(question.slots)
            for value in [
                {"text": "words", "number": "5"}.get(question.kind)
                or question.options[place if question.kind == "ranking" else 0]
            ]
        ]
        assert counted(*given, instrument=ours).answers == tuple(given)


def test_two_thousand_forms_are_read_in_a_moment() -> None:
    answers = crews(random.Random(1), 2_000)
    assert collect(from_csv(to_csv(answers)), FERRY).answers == tuple(answers)
