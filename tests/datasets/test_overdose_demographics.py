"""Overdose deaths by age, sex, race and ethnicity: the groups, the labels that drift, and what the recipe refuses.

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
from academy.data.errors import FigureWrong, SourceError, ValueWrong
from academy.project import DATASETS

DEATHS = "drug-deaths/Accidental_Drug_Related_Deaths_2012-2022.csv"

Rows: TypeAlias = list[dict[str, str]]


def _by_year() -> Rows:
    return table("overdose-demographics/overdose-demographics.csv")


def _by_period() -> Rows:
    return table("overdose-demographics/overdose-demographics-race-ethnicity.csv")


def _quality() -> str:
    return (DATASETS / "overdose-demographics/quality.md").read_text(encoding="utf-8")


def _published(real_sources: Path) -> Rows:
    with (real_sources / DEATHS).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_each_characteristic_counts_all_10654_deaths() -> None:
    sums: Counter[str] = Counter()
    for row in _by_year():
        sums[row["characteristic"]] += int(row["deaths"])
    for row in _by_period():
        sums[f"{row['question']} by period"] += int(row["deaths"])
    assert sums == dict.fromkeys(["age", "sex", "ethnicity", "race by period", "ethnicity by period"], 10_654)
    assert "10,654" in _quality()


def test_the_years_are_those_of_the_monthly_counts() -> None:
    months: Counter[str] = Counter()
    for row in table("overdose-monthly/overdose-monthly.csv"):
        months[row["month"][:4]] += int(row["deaths"])
    by_sex: Counter[str] = Counter()
    for row in _by_year():
        by_sex[row["year"]] += int(row["deaths"]) if row["characteristic"] == "sex" else 0
    assert by_sex == months


def test_about_three_of_four_are_men_in_every_year() -> None:
    sexes = {(row["year"], row["group"]): int(row["deaths"]) for row in _by_year() if row["characteristic"] == "sex"}
    for year in {year for year, _ in sexes}:
        men, women = sexes[year, "Male or not recorded"], sexes[year, "Female"]
        assert 0.7 < men / (men + women) < 0.78


def test_ethnicity_is_not_recorded_in_85_percent() -> None:
    groups: Counter[str] = Counter()
    for row in _by_period():
        groups[row["group"]] += int(row["deaths"]) if row["question"] == "ethnicity" else 0
    assert f"not recorded in {groups['Not recorded'] / 10_654:.0%}".replace("%", " %") in _quality()
    assert f"Only {groups['Not Hispanic']} records say that" in _quality()


def test_the_labels_of_race_and_ethnicity_change_after_2020_and_the_groups_do_not(real_sources: Path) -> None:
    labels = {(row["label"], row["last_year"]) for row in _by_period()}
    assert {label for label, year in labels if year == "2022"} & {"Black", "Hispanic"} == set()
    assert {year for label, year in labels if label == "Black or African American"} == {"2022"}
    for group in ("Black", "Hispanic", "White", "Asian"):
        assert len([row for row in _by_period() if row["group"] == group]) == 4
    assert "`Black` becomes `Black or African American` in 2021" in _quality()
    assert "`Hispanic` gives way in 2021 to `Spanish/Hispanic/Latino`" in _quality()
    years = {(row["Race"], row["Date"][-4:]) for row in _published(real_sources) if row["Race"].startswith("Black")}
    assert max(year for label, year in years if label == "Black") == "2020"
    assert min(year for label, year in years if label == "Black or African American") == "2021"
    black = [int(row["deaths"]) for row in _by_period() if row["group"] == "Black"]
    assert black == sorted(black)


def test_four_periods_cover_all_years_and_the_smallest_count_is_6() -> None:
    periods = sorted({(row["first_year"], row["last_year"]) for row in _by_period()})
    assert periods == [("2012", "2014"), ("2015", "2017"), ("2018", "2020"), ("2021", "2022")]
    assert "It is counted in four periods: three of three years, and 2021 to 2022" in _quality()
    smallest = min(_by_period(), key=lambda row: int(row["deaths"]))
    assert (smallest["group"], smallest["first_year"], smallest["deaths"]) == ("Asian", "2012", "6")
    assert "Asian people from 2012 to 2014, is 6" in _quality()


def test_everybody_under_25_is_one_group() -> None:
    groups = [row["group"] for row in _by_year() if row["characteristic"] == "age" and row["year"] == "2022"]
    assert len(groups) == 6
    assert groups[0] == "Under 25"
    assert "Ages are in six groups. The youngest is everybody under 25" in _quality()


def test_nine_records_have_no_sex_and_fewer_have_no_age(real_sources: Path) -> None:
    rows = _published(real_sources)
    without_sex = sum(row["Sex"] == "" for row in rows)
    assert without_sex == 9
    assert sum(row["Age"] == "" for row in rows) < without_sex
    assert "Nine records have no sex, and fewer have no age" in _quality()


def test_they_stand_with_the_largest_group() -> None:
    sums: Counter[tuple[str, str]] = Counter()
    for row in _by_year():
        sums[row["characteristic"], row["group"]] += int(row["deaths"])
    for characteristic, group in (("sex", "Male or not recorded"), ("age", "35-44")):
        assert max((key for key in sums if key[0] == characteristic), key=lambda key: sums[key])[1] == group


# A change to the rows, the error it must raise, and what the message must name.
def _cell(column: str, old: str, new: str) -> Callable[[Rows], Rows]:
    """Return a change of the first cell that holds `old`."""

    def change(rows: Rows) -> Rows:
        number = next(number for number, row in enumerate(rows) if row[column] == old)
        return [*rows[:number], {**rows[number], column: new}, *rows[number + 1 :]]

    return change


def _one_old_person_less(rows: Rows) -> Rows:
    """In 2013 six people were 65 or older."""
    number = next(n for n, row in enumerate(rows) if row["Date"].endswith("2013") and int(row["Age"] or 0) >= 65)
    return [*rows[:number], {**rows[number], "Age": "40"}, *rows[number + 1 :]]


DAMAGES: dict[str, tuple[Callable[[Rows], Rows], type[SourceError], list[str]]] = {
    "a race is new": (_cell("Race", "White", "White, Other"), ValueWrong, ["column Race", "“White, Other”"]),
    "an ethnicity is new": (_cell("Ethnicity", "Hispanic", "Latina"), ValueWrong, ["column Ethnicity", "“Latina”"]),
    "a sex is new": (_cell("Sex", "Male", "X"), ValueWrong, ["column Sex", "“X”"]),
    "an age is in words": (_cell("Age", "36", "thirty-six"), ValueWrong, ["column Age", "thirty-six"]),
    "an age is not of a person": (_cell("Age", "36", "360"), ValueWrong, ["column Age", "360"]),
    "a year is in no period": (
        lambda rows: [*rows, *({**row, "Date": row["Date"].replace("2022", "2023")} for row in rows[-1500:])],
        ValueWrong,
        ["year 2023", "Extend PERIODS"],
    ),
    "a group is too small": (_one_old_person_less, FigureWrong, ["2013, age 65 and over", "6 or more"]),
    "all rows are there twice": (lambda rows: rows + rows, FigureWrong, ["year 2012", "710 deaths"]),
    "half of the rows are gone": (lambda rows: rows[::2], FigureWrong, ["year 2012", "355"]),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    rows = sorted(_published(real_sources), key=lambda row: row["Date"][-4:])
    with pytest.raises(error) as caught:
        _build(change(rows), tmp_path)
    for words in (DEATHS, *named):
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def _build(rows: Rows, folder: Path) -> None:
    path = folder / "sources" / DEATHS
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    load_recipe(DATASETS / "overdose-demographics")(folder / "sources", folder / "out")
