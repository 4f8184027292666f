"""A report by unit gives nobody away: not by a small count, not by subtraction, not beside what was published before."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from tests.toolkit.survey_examples import FERRY, answer, crews
from toolkit.disclosure import EDUCATION_RULE
from toolkit.survey.answers import Answer
from toolkit.survey.releases import ReleasesUnreadable, from_json, to_json
from toolkit.survey.report import as_csv, as_markdown
from toolkit.survey.tables import Row
from toolkit.survey.units import ALL, TOGETHER, NoSuchField, ReportWithheld, UnitReport, full_releases, unit_report

made_up = st.builds(
    lambda seed, people: crews(random.Random(seed), people), st.integers(0, 10_000), st.integers(1, 150)
)


def report_of(answers: list[Answer]) -> UnitReport:
    return unit_report(FERRY, answers, "port")


def large_group(**numbers: int) -> list[Answer]:
    """Crews of the ports east, west and north, so many of each agreeing, neutral and disagreeing on time."""
    given = []
    form = 0
    for name, number in numbers.items():
        port, value = name.split("_")
        for _ in range(number):
            form += 1
            given += [answer("port", port, form=str(form)), answer("needs", value, "time", form=str(form))]
    return given


def cells_of(row: Row) -> list[int | None]:
    """All the counts of a row of the grid: every person of the unit is in one of them."""
    return [*row.counts.values(), row.apart, row.unanswered]


def rows_of(made: UnitReport, item: str) -> list[Row]:
    return [row for part in made.report.parts for row in part.rows if row.slot == ("needs", item)]


# -- what is hidden ---------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(made_up)
def test_no_count_of_one_to_five_is_shown_in_any_row_of_any_table(answers: list[Answer]) -> None:
    made = report_of(answers)
    for part in made.report.parts:
        for row in part.rows:
            for number in (*row.counts.values(), row.apart, row.unanswered, row.of):
                assert number is None or number == 0 or number >= EDUCATION_RULE.smallest_count


@settings(max_examples=25, deadline=None)
@given(made_up)
def test_no_small_count_can_be_worked_out_by_subtraction(answers: list[Answer]) -> None:
    """The attack is tried anew here, by linear programming over each printed table, with all unit sizes that show."""
    made = report_of(answers)
    sizes: dict[str, int] = {}
    for item in ("time", "tools"):
        for row in rows_of(made, item):
            cells = [cell for cell in cells_of(row) if cell is not None]
            if len(cells) == 5:
                sizes[row.unit] = sum(cells)
    for item in ("time", "tools"):
        rows = rows_of(made, item)
        for place in range(len(rows)):
            for column in range(5):
                if cells_of(rows[place])[column] is None:
                    least, greatest = bounds(rows, sizes, place, column)
                    if rows[place].unit != TOGETHER:
                        assert least <= counts_of(answers, item, rows[place].unit)[column] <= greatest
                    assert greatest - least >= EDUCATION_RULE.width - 1e-6


def bounds(rows: list[Row], sizes: dict[str, int], place: int, column: int) -> tuple[float, float]:
    """The least and the greatest that one hidden cell can be, by what the table prints."""
    wide = 5
    name = {(r, c): r * wide + c for r in range(len(rows)) for c in range(wide)}
    known, values = [], []

    def know(parts: dict[int, int], value: int) -> None:
        known.append([parts.get(n, 0) for n in range(len(name))])
        values.append(value)

    total = next(r for r, row in enumerate(rows) if row.unit == ALL)
    for r, row in enumerate(rows):
        for c, cell in enumerate(cells_of(row)):
            if cell is not None:
                know({name[r, c]: 1}, cell)
        if row.unit in sizes:
            know({name[r, c]: 1 for c in range(wide)}, sizes[row.unit])
        if row.of is not None:
            know({name[r, c]: 1 for c in range(3)}, row.of)
    for c in range(wide):
        know({name[r, c]: 1 if r != total else -1 for r in range(len(rows))}, 0)
    found = []
    for sign in (1, -1):
        goal = [0] * len(name)
        goal[name[place, column]] = sign
        done = linprog(goal, A_eq=known, b_eq=values, bounds=(0, 10_000))
        assert done.success
        found.append(sign * done.fun)
    return found[0], found[1]


def counts_of(answers: list[Answer], item: str, unit: str) -> list[int]:
    """The true counts of a unit: agree, neutral, disagree, does not apply, no answer."""
    ports = {each.form: each.answer for each in answers if each.question == "port"}
    forms = {each.form for each in answers if unit == ALL or ports.get(each.form, "no answer") == unit}
    given = {each.form: each.answer for each in answers if (each.question, each.item) == ("needs", item)}
    groups = [("yes", "rather"), ("neutral",), ("no",), ("none",), (None,)]
    return [sum(given.get(form) in group for form in forms) for group in groups]


def test_large_groups_are_shown_beside_all_with_shares() -> None:
    made = report_of(large_group(east_yes=30, east_no=10, east_neutral=10, west_yes=12, west_no=24, west_neutral=24))
    rows = {row.label: row for row in rows_of(made, "time")}
    assert list(rows) == ["Port east", "Port west", ALL]
    assert {label: [int(share or -1) for share in row.shares.values()] for label, row in rows.items()} == {
        "Port east": [60, 20, 20],
        "Port west": [20, 40, 40],
        ALL: [38, 31, 31],
    }
    assert [row.of for row in rows.values()] == [50, 60, 110]


def test_a_share_is_shown_of_twenty_answers_or_more() -> None:
    crew = large_group(east_yes=7, east_no=6, east_neutral=6, east_none=6, west_yes=20, west_no=20, west_neutral=20)
    east, west, _ = rows_of(report_of(crew), "time")
    assert list(east.counts.values()) == [7, 6, 6] and set(east.shares.values()) == {None}
    assert None not in west.shares.values()


# -- small units ------------------------------------------------------------------------------------------------------


def test_units_with_few_answers_are_put_together_and_named_with_those_that_have_none() -> None:
    made = report_of(large_group(east_yes=30, east_no=20, west_yes=11, north_yes=12))
    assert [row.label for row in rows_of(made, "time")] == ["Port east", TOGETHER, ALL]
    note = "Put together, so that no group has fewer than 20 people: Port west, Port north, No answer."
    assert made.report.notes[-1] == note


def test_a_small_rest_takes_the_next_smallest_unit_with_it() -> None:
    made = report_of(large_group(east_yes=30, east_no=20, west_yes=24, west_no=9, north_yes=2))
    assert [row.label for row in rows_of(made, "time")] == ["Port east", TOGETHER, ALL]
    assert "Port west, Port north, No answer." in made.report.notes[-1]


@settings(max_examples=60, deadline=None)
@given(made_up)
def test_every_unit_of_a_report_has_twenty_people_or_nobody_unless_all_together_have_fewer(
    answers: list[Answer],
) -> None:
    for table, _ in report_of(answers).releases:
        sizes = [table.counts[unit, None] for unit in table.categories[0]]
        assert all(size == 0 or size >= 20 for size in sizes) or len([size for size in sizes if size]) == 1


def test_first_and_second_are_added_only_where_both_are_shown() -> None:
    for seed in range(5):
        made = report_of(crews(random.Random(seed), 90))
        for row in (row for part in made.report.parts for row in part.rows if row.slot[0] == "help"):
            places = [row.counts["first"], row.counts["second"]]
            assert row.counts["either"] == (None if None in places else sum(n or 0 for n in places))


def test_the_report_does_not_say_which_hidden_count_is_a_small_one_but_the_reasons_do() -> None:
    made = report_of(large_group(east_yes=30, east_no=3, east_neutral=9, west_yes=20, west_no=20, west_neutral=20))
    page = as_markdown(made.report) + as_csv(made.report)
    assert "because" not in page and "only 3" not in page
    assert "east, disagree (needs, time): hidden because only 3 people" in made.reasons
    assert "“hidden” stands for a count of 1 to 5, or for one that would let somebody work such a count out." in page


def test_what_people_wrote_and_single_numbers_are_in_no_report_by_unit() -> None:
    given = [*large_group(east_yes=30), answer("uses", "other", form="1"), answer("which", "secret", form="1")]
    assert "secret" not in as_markdown(report_of([*given, answer("years", "59", form="1")]).report)


@pytest.mark.parametrize("by", ["needs", "years", "harbor"])
def test_a_report_can_be_divided_by_a_question_with_one_answer_only(by: str) -> None:
    with pytest.raises(NoSuchField, match=f"There is no question “{by}” with one answer to pick. There are: port."):
        unit_report(FERRY, [], by)


def test_of_no_answers_there_is_a_report_of_nobody() -> None:
    assert {row.label for row in rows_of(report_of([]), "time")} == {ALL}


# -- what was published before ----------------------------------------------------------------------------------------


def test_a_full_report_that_shows_a_small_count_stops_a_report_by_unit_that_would_give_it_away() -> None:
    answers = large_group(east_yes=30, east_no=1, west_yes=30, north_yes=30)
    with pytest.raises(ReportWithheld, match="it would give away small groups"):
        unit_report(FERRY, answers, "port", earlier=full_releases(FERRY, answers))


def test_what_was_hidden_before_stays_hidden() -> None:
    answers = crews(random.Random(3), 140)
    first = report_of(answers)
    again = unit_report(FERRY, answers, "port", earlier=first.releases)
    hidden_before = {(table.dimensions, key) for table, hidden in first.releases for key in hidden}
    hidden_again = {(table.dimensions, key) for table, hidden in again.releases for key in hidden}
    assert hidden_before and hidden_before <= hidden_again


@settings(max_examples=20, deadline=None)
@given(made_up)
def test_releases_can_be_kept_and_read_again(answers: list[Answer]) -> None:
    releases = report_of(answers).releases
    assert from_json(to_json(releases)) == releases


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{}x",
        '[{"dimensions": []}]',
        json.dumps([{"dimensions": ["a"], "categories": [["x"]], "where": {}, "parts": [["x", 1]], "hidden": [["y"]]}]),
    ],
)
def test_a_file_that_holds_no_releases_is_refused(text: str) -> None:
    with pytest.raises(ReleasesUnreadable, match="releases"):
        from_json(text)
