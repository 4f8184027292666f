"""A report prints each share with its count and its denominator, and what the State Data Plan printed comes out again."""

from __future__ import annotations

import csv
import io
import itertools
import random
import re
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toolkit.survey_examples import FERRY, answer, counted, crews, ferry_data, instrument_of
from toolkit.survey.answers import Answer
from toolkit.survey.bars import bar_chart
from toolkit.survey.instrument import Instrument, Question, read_instrument
from toolkit.survey.report import (
    HEADER,
    NOT_REPORTED,
    Part,
    Report,
    as_csv,
    as_markdown,
    as_rows,
    full_report,
    open_answers,
    table_cells,
)
from toolkit.survey.tables import before_and_after, count, first_and_second, percent, student_t, top_two_box

DATASETS = Path(__file__).parent.parent.parent / "datasets"


def asked(id_: str, instrument: Instrument = FERRY) -> Question:
    question = instrument.question(id_)
    assert question is not None
    return question


def needs(*values: str, item: str = "time") -> list[Answer]:
    return [answer("needs", value, item, form=str(form)) for form, value in enumerate(values, 1)]


# -- shares -----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 2))
def test_a_share_is_rounded_once_and_a_half_goes_up(part: int, rest: int, decimals: int) -> None:
    exact = Decimal(100 * part) / Decimal(part + rest)
    wanted = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert percent(part, part + rest, decimals) == wanted


def test_the_two_strongest_answers_count_together_and_not_applicable_apart() -> None:
    answers = needs("yes", "yes", "rather", "neutral", "no", "none", "none")
    row, untouched = top_two_box(asked("needs"), count(answers), people=9)
    assert row.counts == {"agree": 3, "neutral": 1, "disagree": 1}
    assert row.shares == {"agree": Decimal(60), "neutral": Decimal(20), "disagree": Decimal(20)}
    assert (row.of, row.apart, row.unanswered) == (5, 2, 2)
    assert (untouched.of, untouched.unanswered) == (0, 9)
    assert set(untouched.shares.values()) == {None}


def test_shares_may_be_of_all_who_answered_not_applicable_too() -> None:
    row, _ = top_two_box(asked("needs"), count(needs("yes", "no", "none", "none")), "answered")
    assert row.shares == {"agree": Decimal(25), "neutral": Decimal(0), "disagree": Decimal(25)}
    assert row.of == 4


def test_first_and_second_choices_are_added_and_each_is_shown() -> None:
    choices = [("tools", "people"), ("tools", "training"), ("people", "tools"), ("training", "tools")]
    answers = [
        answer("help", item, place, form=str(form))
        for form, pair in enumerate(choices)
        for place, item in zip(("first", "second"), pair, strict=True)
    ]
    rows = first_and_second(asked("help"), count(answers))
    assert [(row.label, row.counts, row.shares["either"]) for row in rows] == [
        ("Tools", {"first": 2, "second": 2, "either": 4}, Decimal(100)),
        ("Training", {"first": 1, "second": 1, "either": 2}, Decimal(50)),
        ("People", {"first": 1, "second": 1, "either": 2}, Decimal(50)),
    ]
    assert {row.of for row in rows} == {4}


# -- the State Data Plan, Appendix B ----------------------------------------------------------------------------------

LEADERSHIP = instrument_of("leadership")
GRIDS = ("challenges", "impacts", "topics")


def published() -> dict[tuple[str, str], list[int]]:
    """The shares of each item as the plan prints them, dashes read as zero."""
    shares: dict[tuple[str, str], list[int]] = {}
    with (DATASETS / "leadership-survey/leadership-survey.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            shares.setdefault((row["question"], row["item"]), []).append(int(row["percent"] or 0))
    return shares


def counts_that_give(shares: list[int]) -> list[int] | None:
    """The smallest group whose three counts and “not applicable” round to these shares of all who answered."""
    for people in range(1, 400):
        fitting = [[n for n in range(people + 1) if percent(n, people) == share] for share in shares]
        for counts in itertools.product(*fitting):
            if sum(counts) <= people:
                return [*counts, people - sum(counts)]
    return None


COUNTS = {slot: counts_that_give(shares) for slot, shares in published().items()}


def leaders() -> list[Answer]:
    """Answers that match Appendix B. A strong and a mild answer take turns, as they are added together."""
    given = []
    for (id_, item), counts in COUNTS.items():
        if counts is None:
            continue
        question = asked(id_, LEADERSHIP)
        values = []
        for group, number in zip((*question.groups, None), counts, strict=True):
            fitting = [choice.value for choice in question.choices if choice.group == group]
            values += list(itertools.islice(itertools.cycle(fitting), number))
        given += [Answer(str(form), "", "", "leadership", "1.0", id_, item, value) for form, value in enumerate(values)]
    return given


def test_fed_with_counts_that_match_the_report_prints_the_tables_of_appendix_b() -> None:
    answers = counted(*leaders(), instrument=LEADERSHIP)
    assert not answers.aside
    report = full_report(LEADERSHIP, answers.answers, shares_of="answered")
    tables = [part for part in report.parts if part.rows and part.rows[0].slot[0] in GRIDS]
    printed = {row.slot: [int(share or 0) for share in row.shares.values()] for part in tables for row in part.rows}
    matched = {slot: shares for slot, shares in published().items() if COUNTS[slot]}
    assert {slot: printed[slot] for slot in matched} == matched
    assert len(matched) == 29
    page = as_markdown(report)
    assert re.search(
        r"\| There is too little money for data work \| 89 % \(\d+\) \| 5 % \(\d+\) \| 5 % \(\d+\) \|", page
    )
    assert page.count(NOT_REPORTED) == 4
    assert "Not applicable is not reported in this table. So totals may not equal 100 %." in page


def test_the_one_item_that_no_counts_can_give_is_the_misprint_of_the_plan() -> None:
    assert [slot for slot, counts in COUNTS.items() if counts is None] == [("impacts", "it-optimization")]
    assert sum(published()["impacts", "it-optimization"]) == 105


def test_fed_with_the_choices_of_22_leaders_the_report_prints_the_ranking_of_appendix_b() -> None:
    # 15, 11, 7, 7 and 4 choices are 68, 50, 32, 32 and 18 % of 22 people, two choices each.
    left = Counter({"training": 15, "tools": 11, "research": 7, "guidelines": 7, "communication": 4})
    given = []
    for form in range(22):
        for place, (item, _) in zip(("first", "second"), left.most_common(2), strict=True):
            left[item] -= 1
            given.append(Answer(str(form), "", "", "leadership", "1.0", "activities", place, item))
    answers = counted(*given, instrument=LEADERSHIP)
    assert not answers.aside
    rows = first_and_second(asked("activities", LEADERSHIP), count(answers.answers))
    assert [(row.slot[1], int(row.shares["either"] or 0)) for row in rows] == [
        ("training", 68),
        ("tools", 50),
        ("research", 32),
        ("guidelines", 32),
        ("communication", 18),
    ]
    assert {row.of for row in rows} == {22}


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_whole_report_of_a_small_survey() -> None:
    answers = [
        *needs("yes", "rather", "no", "none"),
        answer("port", "east"),
        answer("help", "tools", "first"),
        answer("help", "people", "second"),
        answer("uses", "other"),
        answer("uses", "radio"),
        answer("which", "My own secret"),
        answer("years", "3"),
    ]
    assert as_markdown(full_report(FERRY, answers)) == (
        "# Ferry crews\n\n4 people answered version 2.1.\n\n"
        "Some counts here are of 1 to 5 people. Before you publish them, ask if anybody could tell who they are.\n\n"
        "## Which port?\n\n"
        "|  | Chosen | Answers |\n| --- | --- | --- |\n"
        "| Port east | 100 % (1) | 1 |\n| Port west | 0 % (0) | 1 |\n| Port north | 0 % (0) | 1 |\n\n"
        "## Is this in the way?\n\n"
        "|  | Agree | Neutral | Disagree | Answers | Does not apply | No answer |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| Time | 67 % (2) | 0 % (0) | 33 % (1) | 3 | 1 | 0 |\n"
        "| Tools | 0 | 0 | 0 | 0 | 0 | 4 |\n\n"
        "The two strongest answers on each side are added together.\n\n"
        "“Does not apply” is counted apart and is in no share. Rounded shares may not add up to 100 %.\n\n"
        "## What would help most?\n\n"
        "|  | First | Second | Either | Answers |\n| --- | --- | --- | --- | --- |\n"
        "| Tools | 100 % (1) | 0 % (0) | 100 % (1) | 1 |\n"
        "| People | 0 % (0) | 100 % (1) | 100 % (1) | 1 |\n"
        "| Training | 0 % (0) | 0 % (0) | 0 % (0) | 1 |\n\n"
        "First and second choices are added together. Each person has two, so the shares add up to 200 %.\n\n"
        "## What do you use?\n\n"
        "|  | Chosen | Answers |\n| --- | --- | --- |\n"
        "| Paper | 0 % (0) | 1 |\n| Radio | 100 % (1) | 1 |\n| Other | 100 % (1) | 1 |\n\n"
        "People could pick several, so the shares may add up to more than 100 %.\n\n"
        "## Which other?\n\n1 person wrote something. It is not quoted here. Who may read it was said on the form.\n\n"
        "## How many years?\n\n1 person gave a number.\n"
    )


def test_an_agency_stands_beside_the_statewide_figures_of_2024() -> None:
    report = full_report(
        FERRY, needs("yes", "no"), baseline={("needs", "time"): Decimal(89)}, baseline_name="Statewide 2024"
    )
    (part,) = [part for part in report.parts if part.beside]
    header, lines = table_cells(part)
    assert header[4] == "Statewide 2024: agree"
    assert [line[4] for line in lines] == ["89 %", "--"]


@settings(deadline=None)
@given(st.text(min_size=3).filter(lambda text: text.strip() and not text.isdigit()))
def test_what_people_wrote_is_never_in_a_report(text: str) -> None:
    secret = f"{text} kept to ourselves"
    report = full_report(FERRY, [answer("uses", "other"), answer("which", secret)])
    assert secret not in as_markdown(report) and secret not in as_csv(report)
    assert open_answers(FERRY, [answer("which", secret)]) == [("Which other?", secret)]


def test_every_figure_has_a_row_of_its_own_for_a_spreadsheet() -> None:
    report = full_report(FERRY, needs("yes", "no", "none"))
    rows = [dict(zip(HEADER, row, strict=True)) for row in as_rows(report)]
    (agree,) = [row for row in rows if (row["item"], row["answer"]) == ("time", "agree")]
    assert agree == {
        "question": "needs",
        "item": "time",
        "label": "Time",
        "unit": "",
        "answer": "agree",
        "count": "1",
        "percent": "50",
        "of": "2",
        "not_applicable": "1",
        "no_answer": "0",
    }
    assert next(csv.reader(io.StringIO(as_csv(report)))) == list(HEADER)


def test_labels_with_markup_or_bars_do_not_break_a_table() -> None:
    data = ferry_data()
    data["questions"][1]["items"][0]["text"] = "Time | <b>money</b>\n# x"
    report = full_report(read_instrument(data), needs("yes"))
    assert "| Time \\| \\<b\\>money\\</b\\> \\# x | 100 % (1) |" in as_markdown(report)


# -- the chart --------------------------------------------------------------------------------------------------------


def test_a_chart_says_in_words_what_it_shows() -> None:
    part = top_part(needs("yes", "rather", "no"))
    chart = ElementTree.fromstring(bar_chart(part, "chart-1"))
    texts = [element.text or "" for element in chart.iter() if element.tag.endswith(("title", "desc", "text"))]
    assert chart.get("role") == "img" and chart.get("aria-labelledby") == "chart-1-title chart-1-text"
    assert "Agree, in percent. Time: 67 %; Tools: hidden." in texts
    assert "67 % of 3" in texts


def test_a_table_without_shares_has_no_chart() -> None:
    assert bar_chart(top_part([]), "chart-1") == ""


def top_part(answers: list[Answer]) -> Part:
    question = asked("needs")
    return Part(question.text, question.groups, tuple(top_two_box(question, count(answers))))


# -- before and after -------------------------------------------------------------------------------------------------

COURSE = instrument_of("data-literacy")


def course(*changes: int, start: int = 1, only_before: int = 0) -> list[Answer]:
    """A group whose people gain as many points as `changes` says, and some who never came back."""
    given = []
    for place, change in enumerate([*changes, *[0] * only_before]):
        for wave in ("before", "after")[: 2 if place < len(changes) else 1]:
            points = [start] * 10
            for step in range(abs(change) if wave == "after" else 0):
                points[step % 10] += 1 if change > 0 else -1
            given += [
                Answer(
                    f"{place}-{wave}",
                    f"p{place}",
                    wave,
                    "data-literacy",
                    COURSE.version,
                    question.id,
                    "",
                    f"level-{value}",
                )
                for question, value in zip(COURSE.questions, points, strict=True)
            ]
    assert not counted(*given, instrument=COURSE).aside
    return given


def test_a_gain_is_told_with_how_unsure_it_is() -> None:
    gain = before_and_after(course(4, 6, 5, 5, 7, 3, only_before=2), COURSE)
    assert gain.words == (
        "6 people answered before and after. Their average score went from 10.0 to 15.0, up by 5.0. "
        "For people like them the true change is most likely between +3.5 and +6.5 (95 %). "
        "2 answered only once and are not in this."
    )


def test_a_gain_that_may_be_none_is_told_so() -> None:
    gain = before_and_after(course(9, -7, 3, -4, 8, -2), COURSE)
    assert "No change at all is possible too." in gain.words


def test_of_five_people_nothing_is_said_but_how_many_they_are() -> None:
    answers = course(5, 5, 5, 5, 5, only_before=1)
    assert before_and_after(answers, COURSE).words == (
        "5 people answered before and after: too few to say what a course does, or to keep their scores to themselves. "
        "1 answered only once and is not in this."
    )


def test_an_average_that_tells_what_single_people_answered_is_not_told() -> None:
    alike = "They are so much alike that an average would tell what each one answered."
    assert alike in before_and_after(course(5, 5, 5, 5, 5, 5, 5), COURSE).words
    at_the_end = course(20, 20, 20, 20, 20, 15)
    assert alike in before_and_after(at_the_end, COURSE).words
    assert before_and_after(course(4, 6, 5, 5, 7, 3), COURSE).before == 10


def test_student_t_is_that_of_the_tables() -> None:
    for freedom, value in ((5, 2.5706), (10, 2.2281), (19, 2.0930), (100, 1.9840)):
        assert student_t(freedom) == pytest.approx(value, rel=0.002)


def test_a_form_that_lacks_an_answer_has_no_score() -> None:
    answers = course(5, 5)
    assert before_and_after(answers[1:], COURSE).both == 1


def test_the_report_of_a_course_has_scores_and_gain() -> None:
    page = as_markdown(full_report(COURSE, course(6, 6, 9, 9, 9, 12, 12)))
    assert "| Growing (8 to 15 points) | 7 | 0 |" in page
    assert "| Steady (16 to 23 points) | 0 | 7 |" in page
    assert "It is no test" in page
    assert "7 people answered before and after. Their average score went from 10.0 to 19.0, up by 9.0." in page


def test_the_scores_of_a_very_small_course_are_not_told() -> None:
    page = as_markdown(full_report(COURSE, course(9, 9, 9)))
    assert "Fewer than 6 people answered every question." in page
    assert "Growing" not in page


def test_counts_in_a_report_add_up_to_the_people() -> None:
    answers = crews(random.Random(7), 60)
    report: Report = full_report(FERRY, counted(*answers).answers)
    for part in report.parts:
        for row in part.rows:
            if row.slot[0] == "needs":
                assert sum(n or 0 for n in row.counts.values()) + (row.apart or 0) + (row.unanswered or 0) == 60
