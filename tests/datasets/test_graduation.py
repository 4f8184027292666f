"""Graduation rates: the hidden rates that anyone can compute, and what the recipe says to a changed export."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from committed_tables import table
from test_absenteeism import Rows, export_text, total, unproved_numbers

from academy.data.build import load_recipe
from academy.data.errors import (
    ColumnMissing,
    FigureWrong,
    RowDamaged,
    RowMissing,
    SourceError,
    SourceMissing,
    ValueWrong,
)
from academy.project import DATASETS

SCHOOL_YEARS = ("2015-16", "2016-17", "2017-18", "2018-19")
GROUP = "Special Education Status"


def of_year(school_year: str) -> Rows:
    return [row for row in table("graduation/graduation.csv") if row["school_year"] == school_year]


def with_status(rows: Rows, **status: str) -> Rows:
    """Return the rows whose cells have these statuses: with_status(rows, rate="suppressed")."""
    return [row for row in rows if all(row[f"{column}_status"] == value for column, value in status.items())]


def computable(rows: Rows) -> Rows:
    """Return the rows that hide the rate but print what it is made of."""
    return with_status(rows, cohort="published", graduates="published", rate="suppressed")


def test_27_rates_of_2018_19_are_hidden_although_both_counts_are_printed() -> None:
    rows = computable(of_year("2018-19"))
    assert len(rows) == 27
    assert {row["student_group"] for row in rows} == {"Special Education"}
    assert {row["rate"] for row in rows} == {""}
    cohorts = [int(row["cohort"]) for row in rows]
    assert (min(cohorts), max(cohorts)) == (7, 19)


def test_the_cohorts_of_2018_19_add_up_to_41865_and_the_state_has_no_row() -> None:
    assert total(of_year("2018-19"), "cohort") == 41_865
    rows = table("graduation/graduation.csv")
    assert not {"0000000", "State Level", "Connecticut"} & {cell for row in rows for cell in row.values()}


def test_codes_are_text_of_seven_digits() -> None:
    rows = table("graduation/graduation.csv")
    assert all(re.fullmatch(r"\d{7}", row["district_code"]) for row in rows)
    assert "0640011" in {row["district_code"] for row in rows if row["district"] == "Hartford School District"}


def test_a_number_is_there_exactly_where_its_status_says_that_it_is_published() -> None:
    for row in table("graduation/graduation.csv"):
        for column in ("cohort", "graduates", "rate"):
            assert (row[column] != "") == (row[f"{column}_status"] == "published")


def test_a_star_and_not_available_are_kept_apart() -> None:
    rows = table("graduation/graduation.csv")
    not_available = with_status(rows, cohort="printed_as_na", graduates="printed_as_na", rate="printed_as_na")
    assert [row["school_year"] for row in not_available] == ["2015-16"] * 3
    assert sum(list(row.values()).count("printed_as_na") for row in rows) == 9
    assert len(with_status(rows, rate="suppressed")) == 112 + 123 + 73 + 52


def test_every_printed_rate_is_that_of_its_counts_in_a_cohort_of_20_or_more() -> None:
    rows = with_status(table("graduation/graduation.csv"), rate="published")
    assert len(rows) == 167 + 158 + 208 + 229
    for row in rows:
        assert abs(100 * int(row["graduates"]) / int(row["cohort"]) - float(row["rate"])) <= 0.0501
        assert int(row["cohort"]) >= 20


def test_the_numbers_in_the_quality_statement_are_those_of_the_table() -> None:
    first, *_, last = (of_year(year) for year in SCHOOL_YEARS)
    slips = [len(computable(of_year(year))) for year in SCHOOL_YEARS]
    half = [len(with_status(of_year(year), cohort="published", graduates="suppressed")) for year in SCHOOL_YEARS]
    both = [with_status(rows, cohort="published", graduates="published") for rows in (first, last)]
    few = [row for row in both[1] if int(row["cohort"]) - int(row["graduates"]) < 6]
    misleading = total(first, "graduates") / total(first, "cohort")
    fair = total(both[0], "graduates") / total(both[0], "cohort")
    smallest = min(
        int(row[column])
        for row in table("graduation/graduation.csv")
        for column in ("cohort", "graduates")
        if row[column] not in ("", "0")
    )
    proved = [
        f"{sum(slips)} rates are hidden although cohort and graduates are printed: {slips[0]} in 2015-16, {slips[1]} "
        f"in 2016-17, {slips[2]} in 2017-18, and {slips[3]} in 2018-19.",
        "All 27 of 2018-19 are of students in special education, in cohorts of 7 to 19.",
        f"In {len(few)} of the {len(both[1])} rows of 2018-19 with both counts, that is fewer than 6 students.",
        "Only 3 rows have N/A, all of 2015-16",
        f"The smallest printed count above zero is {smallest}. No rate is printed for a cohort of fewer than 20.",
        f"In 2015-16, {half[0]} rows print a cohort but hide the graduates. All printed graduates are {misleading:.1%} "
        f"of all printed cohorts; in the rows with both counts they are {fair:.1%}.".replace("%", " %"),
        f"Printed cohorts add up to 41,865 in 2018-19. The state has more students, because "
        f"{len(with_status(last, cohort='suppressed'))} cohorts are hidden.",
        f"{half[0]} rows in 2015-16, {half[1]} in 2016-17, {half[2]} in 2017-18, and {half[3]} in 2018-19.",
    ]
    assert unproved_numbers("graduation", proved) == []
    names: dict[str, set[str]] = {}
    for row in table("graduation/graduation.csv"):
        names.setdefault(row["district_code"], set()).add(row["district"])
    assert sum(len(known) > 1 for known in names.values()) == 5


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The exports in EdSight's layout, written from the table."""
    folder = tmp_path / "sources"
    (folder / "graduation-rates").mkdir(parents=True)
    for school_year in SCHOOL_YEARS:
        titles = [f'"Four-Year Graduation Rates, {school_year}"', f'"All Districts, {GROUP}"', "", '"",,,,"Graduates",']
        header = ["District", "District Code", GROUP, "Four-Year Cohort Count", "Graduation Count", "Graduation Rate"]
        lines = [
            [row["district"], f'="{row["district_code"]}"', row["student_group"], *_printed(row)]
            for row in of_year(school_year)
        ]
        (folder / _file(school_year)).write_bytes(export_text(titles, header, lines).encode())
    return folder


def test_the_stand_in_exports_give_the_same_table_byte_for_byte(sources: Path, tmp_path: Path) -> None:
    _build(sources, tmp_path / "out")
    table_of_ours = (DATASETS / "graduation" / "graduation.csv").read_bytes()
    assert (tmp_path / "out" / "graduation.csv").read_bytes() == table_of_ours


# A damage to the export of 2018-19, the error it must raise, and what the message must name.
DAMAGES: dict[str, tuple[Callable[[str], str], type[SourceError], list[str]]] = {
    "another year's export has this name": (
        lambda text: text.replace("2018-19", "2017-18"),
        ValueWrong,
        ["row 1", "2018-19"],
    ),
    "a column was renamed": (
        lambda text: text.replace("Graduation Count", "Graduates Count"),
        ColumnMissing,
        ["row 5", "Graduation Count"],
    ),
    "the export ends in the middle of a row": (
        lambda text: text[: text.rindex(',"27","93.1"')],
        RowDamaged,
        ["cut short"],
    ),
    "the export ends after a whole row": (
        lambda text: text[: text.rindex('"Wolcott')],
        FigureWrong,
        ["Four-Year Cohort Count", "41,865"],
    ),
    "a spreadsheet unwrapped the codes": (
        lambda text: re.sub(r'=""0*(\d+)""', r"\1", text),
        ValueWrong,
        ["District Code", "spreadsheet"],
    ),
    "the state has a row": (
        lambda text: text.replace('=""0640011""', '=""0000000""'),
        ValueWrong,
        ["District Code", "state"],
    ),
    "a group has a new name": (
        lambda text: text.replace('"Special Education",', '"Students with Disabilities",'),
        ValueWrong,
        ["Students with Disabilities", "new category"],
    ),
    "a row is there twice": (
        lambda text: text.replace('=""0640011""","Special', '=""0640011""","Non-Special'),
        RowMissing,
        ["0640011", "twice"],
    ),
    "a small count is printed": (lambda text: text.replace('"7","6","*"', '"7","4","*"'), ValueWrong, ["count of 4"]),
    "a count has a new mark": (lambda text: text.replace('"7","6","*"', '"7","<6","*"'), ValueWrong, ["<6"]),
    "a rate of a small cohort is printed": (
        lambda text: text.replace('"7","6","*"', '"7","6","85.7"'),
        FigureWrong,
        ["Graduation Rate", "cohort of 7"],
    ),
    "a rate is not that of its counts": (
        lambda text: text.replace('"29","27","93.1"', '"29","27","39.1"'),
        FigureWrong,
        ["Graduation Rate", "27 of 29"],
    ),
    "graduates changed": (
        lambda text: text.replace('"7","6","*"', '"7","7","*"', 1),
        FigureWrong,
        ["Graduation Count", "36,904", "36,903"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_export_is_named_and_nothing_is_written(damage: str, sources: Path, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    file = _file("2018-19")
    before = (sources / file).read_bytes().decode()
    after = change(before)
    assert after != before
    (sources / file).write_bytes(after.encode())
    with pytest.raises(error) as caught:
        _build(sources, tmp_path / "out")
    for words in (file, *named):
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_an_export_that_is_not_there_is_named(sources: Path, tmp_path: Path) -> None:
    (sources / _file("2016-17")).unlink()
    with pytest.raises(SourceMissing, match="2016-17"):
        _build(sources, tmp_path / "out")


def _file(school_year: str) -> str:
    return f"graduation-rates/four-year-graduation-rates__{school_year}_special-education_grad.csv"


def _printed(row: dict[str, str]) -> list[str]:
    """Return the three cells as the publisher prints them."""
    marks = {"suppressed": "*", "printed_as_na": "N/A"}
    return [row[column] or marks[row[f"{column}_status"]] for column in ("cohort", "graduates", "rate")]


def _build(sources: Path, destination: Path) -> None:
    load_recipe(DATASETS / "graduation")(sources, destination)
