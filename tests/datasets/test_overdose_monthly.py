"""Overdose deaths by month and substance: the totals, the zeros that mean "not recorded", and what the recipe refuses.

That no count points at a person is proven in test_no_person_can_be_singled_out.py.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from committed_tables import table

from academy.data.build import load_recipe
from academy.data.errors import ColumnMissing, FigureWrong, RowMissing, SourceError, ValueWrong
from academy.project import DATASETS

DEATHS = "drug-deaths/Accidental_Drug_Related_Deaths_2012-2022.csv"
YEARS = [str(year) for year in range(2012, 2023)]
PUBLISHED = [355, 490, 558, 729, 917, 1_038, 1_017, 1_200, 1_374, 1_524, 1_452]

Rows: TypeAlias = list[dict[str, str]]


def _months() -> Rows:
    return table("overdose-monthly/overdose-monthly.csv")


def _substances() -> dict[tuple[str, str], dict[str, str]]:
    rows = table("overdose-monthly/overdose-monthly-substances.csv")
    return {(row["substance"], row["year"]): row for row in rows}


def _quality() -> str:
    return (DATASETS / "overdose-monthly/quality.md").read_text(encoding="utf-8")


def _published(real_sources: Path) -> Rows:
    with (real_sources / DEATHS).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_132_months_add_up_to_10654_deaths_and_to_the_years() -> None:
    years: Counter[str] = Counter()
    for row in _months():
        years[row["month"][:4]] += int(row["deaths"])
    assert len(_months()) == 132
    assert years == dict(zip(YEARS, PUBLISHED, strict=True))
    assert years.total() == 10_654
    assert "10,654" in _quality()
    assert "355 deaths in 2012, 1,017 in 2018 and 1,524 in 2021" in _quality()


def test_every_month_has_24_deaths_or_more() -> None:
    assert f"Every month has at least {min(int(row['deaths']) for row in _months())} deaths" in _quality()


def test_2015_and_2017_are_dated_by_the_report() -> None:
    by_report = {row["month"][:4] for row in _months() if row["dated_by"] == "report"}
    by_death = {row["month"][:4] for row in _months() if row["dated_by"] == "death"}
    assert by_report == {"2015", "2017"}
    assert not by_report & by_death
    for slug in ("overdose-monthly", "overdose-demographics", "overdose-uniqueness"):
        statement = (DATASETS / slug / "quality.md").read_text(encoding="utf-8")
        assert "Dates of 2015 and 2017 are those of the report" in statement
    assert "A month of 2015 or 2017 holds what was reported in it" in _quality()


def test_xylazine_is_0_before_2020_because_its_column_was_not_in_use() -> None:
    cells = [_substances()["xylazine", year] for year in YEARS]
    assert [cell["deaths"] for cell in cells] == ["0"] * 8 + ["140", "301", "351"]
    assert [cell["column_in_use"] for cell in cells] == ["false"] * 8 + ["true"] * 3
    assert "0 until 2019, then 140, 301 and 351" in _quality()


def test_the_causes_of_death_of_2019_name_xylazine_71_times(real_sources: Path) -> None:
    rows = [row for row in _published(real_sources) if row["Date"].endswith("2019")]
    assert sum("xylazine" in row["Cause of Death"].lower() for row in rows) == 71
    assert not [row for row in rows if row["Xylazine"]]
    assert (
        "Its column holds no yes before 2020, but the causes of death of 2019, which are free text, name it 71 times"
        in _quality()
    )


def test_other_columns_begin_late_too() -> None:
    first = {
        substance: min(year for year in YEARS if _substances()[substance, year]["column_in_use"] == "true")
        for substance in ("fentanyl analogues", "gabapentin")
    }
    assert first == {"fentanyl analogues": "2017", "gabapentin": "2021"}
    assert "fentanyl analogues begin in 2017 and for gabapentin in 2021" in _quality()


def test_a_substance_without_its_column_has_no_deaths_and_is_not_hidden() -> None:
    for row in _substances().values():
        if row["column_in_use"] == "false":
            assert (row["deaths"], row["suppressed"]) == ("0", "false")
        else:
            assert (row["deaths"] == "") == (row["suppressed"] == "true")
            assert row["deaths"] != "0"
    assert [key for key, row in _substances().items() if row["suppressed"] == "true"] == [("amphetamines", "2013")]
    assert "Amphetamines in 2013 are hidden" in _quality()


def test_fentanyl_takes_the_place_of_heroin() -> None:
    deaths = {key: int(row["deaths"] or 0) for key, row in _substances().items()}
    assert (deaths["heroin", "2012"], deaths["fentanyl", "2012"]) == (174, 14)
    assert (deaths["heroin", "2022"], deaths["fentanyl", "2022"]) == (125, 1_253)


def test_yes_is_written_in_several_ways_and_amphetamines_have_two_columns(real_sources: Path) -> None:
    rows = _published(real_sources)
    assert {"Y", "Y (PTCH)", "Y POPS"} < {row["Fentanyl"] for row in rows}
    assert "P" in {row["Ethanol"] for row in rows}
    other = {row["Date"][-4:] for row in rows if row["Meth/Amphetamine"]}
    assert other == {"2018", "2019"}
    assert {row["Date"][-4:] for row in rows if row["Amphet"]} == set(YEARS) - other
    assert "Until 2017 and since 2020 amphetamines have one column, in 2018 and 2019 another" in _quality()


# A change to the rows, the error it must raise, and what the message must name.
def _cell(column: str, old: str, new: str) -> Callable[[Rows], Rows]:
    """Return a change of the first cell that holds `old`."""

    def change(rows: Rows) -> Rows:
        number = next(number for number, row in enumerate(rows) if row[column] == old)
        return [*rows[:number], {**rows[number], column: new}, *rows[number + 1 :]]

    return change


def _without_a_month(rows: Rows) -> Rows:
    return [row for row in rows if not (row["Date"].startswith("01/") and row["Date"].endswith("2018"))]


def _a_year_later(rows: Rows) -> Rows:
    return [{**row, "Date": row["Date"].replace("2022", "2023")} for row in rows if row["Date"].endswith("2022")]


def _one_a_month(rows: Rows) -> Rows:
    return list({row["Date"][:2]: row for row in rows}.values())


DAMAGES: dict[str, tuple[Callable[[Rows], Rows], type[SourceError], list[str]]] = {
    "yes is written in a new way": (
        _cell("Cocaine", "Y", "yes"),
        ValueWrong,
        ["column Cocaine", "“yes” is a new category"],
    ),
    "a kind of date is new": (
        _cell("Date Type", "Date of death", "Date of injury"),
        ValueWrong,
        ["column Date Type", "Date of injury"],
    ),
    "a month has two kinds of dates": (
        _cell("Date Type", "Date of death", "Date reported"),
        ValueWrong,
        ["column Date Type", "some dates are of the death and some of its report"],
    ),
    "a column is gone": (
        lambda rows: [{name: cell for name, cell in row.items() if name != "Xylazine"} for row in rows],
        ColumnMissing,
        ["Xylazine"],
    ),
    "a month is gone": (_without_a_month, FigureWrong, ["year 2018", "the edition of 2022 had 1,017"]),
    "all rows are there twice": (lambda rows: rows + rows, FigureWrong, ["year 2012", "710 deaths"]),
    "a new year is not over": (
        lambda rows: rows + [row for row in _a_year_later(rows) if not row["Date"].startswith("12/")],
        RowMissing,
        ["year 2023", "11 of 12 months"],
    ),
    "a month of a new year has one death": (
        lambda rows: rows + _one_a_month(_a_year_later(rows)),
        FigureWrong,
        ["2023-01-01", "the count is 1", "6 or more"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    with pytest.raises(error) as caught:
        _build(change(_published(real_sources)), tmp_path)
    for words in (DEATHS, *named):
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_small_count_of_a_substance_is_hidden(real_sources: Path, tmp_path: Path) -> None:
    rows = _published(real_sources)
    few = [row for row in rows if row["Xylazine"] and row["Date"].endswith("2020")][:3]
    _build(
        [row if row in few or not row["Date"].endswith("2020") else {**row, "Xylazine": ""} for row in rows], tmp_path
    )
    written = (tmp_path / "out/overdose-monthly-substances.csv").read_text(encoding="utf-8")
    assert "\n2020,xylazine,,true,true\n" in written


def test_a_year_without_a_few_people_would_give_them_away(real_sources: Path, tmp_path: Path) -> None:
    """If fentanyl were in all deaths of a year but three, the year minus fentanyl would tell of three."""
    rows = _published(real_sources)
    without = [row for row in rows if row["Date"].endswith("2022") and not row["Fentanyl"]][:3]
    changed = [{**row, "Fentanyl": "Y"} if row["Date"].endswith("2022") and row not in without else row for row in rows]
    with pytest.raises(FigureWrong, match="2022, fentanyl, the deaths without it: the count is 3"):
        _build(changed, tmp_path)


def test_a_correction_of_a_few_deaths_is_taken_up(real_sources: Path, tmp_path: Path) -> None:
    rows = _published(real_sources)
    _build([*rows, *[row for row in rows if row["Date"].endswith("2021")][:7]], tmp_path)
    with (tmp_path / "out/overdose-monthly.csv").open(encoding="utf-8", newline="") as lines:
        of_2021 = [int(row["deaths"]) for row in csv.DictReader(lines) if row["month"].startswith("2021")]
    assert sum(of_2021) == 1_531


def _build(rows: Rows, folder: Path) -> None:
    path = folder / "sources" / DEATHS
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    load_recipe(DATASETS / "overdose-monthly")(folder / "sources", folder / "out")
