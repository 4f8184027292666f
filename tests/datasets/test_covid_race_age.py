"""COVID-19 by race and by age: rates that tell different stories, groups that change, and what the recipe refuses."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from committed_tables import table
from linked_sources import link_sources

from academy.data.build import load_recipe
from academy.data.errors import ColumnMissing, FigureWrong, RowMissing, SourceError, ValueWrong
from academy.project import DATASETS

BY_RACE = "covid-race-age/COVID-19_Cases_and_Deaths_by_Race_Ethnicity.csv"
BY_AGE = "covid-race-age/COVID-19_Cases_and_Deaths_by_Age_Group.csv"
FIRST_DAY, LAST_DAY = "2020-04-20", "2021-02-24"


def _by_race() -> list[dict[str, str]]:
    return table("covid-race-age/covid-race-age.csv")


def _by_age() -> list[dict[str, str]]:
    return table("covid-race-age/covid-race-age-by-age.csv")


def _last_day() -> dict[str, dict[str, str]]:
    return {row["race_ethnicity"]: row for row in _by_race() if row["report_date"] == LAST_DAY}


def _quality() -> str:
    return (DATASETS / "covid-race-age/quality.md").read_text(encoding="utf-8")


def test_both_tables_have_one_report_a_month_from_april_2020_to_february_2021() -> None:
    months = [*(f"2020-{month:02}" for month in range(4, 13)), "2021-01", "2021-02"]
    for rows in (_by_race(), _by_age()):
        assert [day[:7] for day in sorted({row["report_date"] for row in rows})] == months


def test_the_first_report_has_six_groups_and_the_later_ones_eight() -> None:
    groups = Counter(row["report_date"] for row in _by_race())
    assert groups.pop(FIRST_DAY) == 6
    assert set(groups.values()) == {8}
    people = {row["race_ethnicity"]: row["population"] for row in _by_race()}
    before, after = int(people["NH Asian"]), int(people["NH Asian or Pacific Islander"])
    assert f"`NH Asian`, with {before:,} people, becomes `NH Asian or Pacific Islander`, with {after:,}" in _quality()
    assert {row["report_date"] for row in _by_race() if row["race_ethnicity"] == "NH Asian"} == {FIRST_DAY}
    assert "The report of April 20, 2020 has six groups, all later ones eight" in _quality()
    assert "There was none by race in April 2020 after the 20th" in _quality()
    assert all(row["age_adjusted_case_rate"] == "" for row in _by_race() if row["report_date"] == FIRST_DAY)


def test_groups_without_a_population_have_no_rates() -> None:
    rates = ("crude_case_rate", "age_adjusted_case_rate", "crude_death_rate", "age_adjusted_death_rate")
    without = [row for row in _by_race() if row["population"] == ""]
    assert {row["race_ethnicity"] for row in without} == {"NH Multiracial", "NH Other", "Unknown"}
    assert all(row[rate] == "" for row in without for rate in rates)
    assert all(row["crude_case_rate"] for row in _by_race() if row["population"])
    assert f"{len(without)} rows here, 627 in the whole file" in _quality()


def test_the_whole_file_has_627_rows_without_a_crude_rate(real_sources: Path) -> None:
    with (real_sources / BY_RACE).open(encoding="utf-8", newline="") as lines:
        assert sum(row["Crude case rate per 100k"] == "" for row in csv.DictReader(lines)) == 627


def test_one_group_has_too_few_deaths_for_an_age_adjusted_rate() -> None:
    group = [row for row in _by_race() if row["race_ethnicity"] == "NH American Indian or Alaskan Native"]
    assert len(group) == 10
    assert all(row["age_adjusted_death_rate"] == "" for row in group)
    assert f"{group[-1]['deaths']} deaths of American Indian or Alaskan Native people are printed" in _quality()


def test_crude_and_age_adjusted_rates_tell_different_stories() -> None:
    white, hispanic = _last_day()["NH White"], _last_day()["Hispanic"]
    rates = [row[name] for row in (white, hispanic) for name in ("crude_death_rate", "age_adjusted_death_rate")]
    assert "For deaths of White people they are {} and {}, for Hispanic people {} and {}".format(*rates) in _quality()
    assert int(rates[0]) > int(rates[2])
    assert int(rates[1]) < int(rates[3])


def test_race_is_unknown_for_a_third_of_the_cases() -> None:
    unknown = int(_last_day()["Unknown"]["cases"])
    cases = sum(int(row["cases"]) for row in _last_day().values())
    assert (
        f"on February 24, 2021, for {unknown:,} of {cases:,} cases, or {unknown / cases:.0%}".replace("%", " %")
        in _quality()
    )


def test_multiracial_people_are_filled_in_late() -> None:
    cases = {row["report_date"]: row["cases"] for row in _by_race() if row["race_ethnicity"] == "NH Multiracial"}
    assert (
        f"rises from {cases['2020-06-30']} cases in June 2020 to {int(cases[LAST_DAY]):,} in February 2021"
        in _quality()
    )


def test_crude_rates_are_kept_as_printed_where_they_differ_from_cases_by_population() -> None:
    gaps = [
        abs(int(row["cases"]) * 100_000 / int(row["population"]) - int(row["crude_case_rate"]))
        for row in _by_race()
        if row["population"]
    ]
    different = [gap for gap in gaps if gap >= 1]
    assert max(different) < 5
    assert f"In {len(different)} of {len(gaps)} rows the crude case rate differs by 1 to 5" in _quality()


def test_the_two_tables_do_not_agree_on_cases_but_do_on_deaths() -> None:
    sums = [
        [sum(int(row[what]) for row in rows if row["report_date"] == "2020-12-30") for what in ("cases", "deaths")]
        for rows in (_by_race(), _by_age())
    ]
    assert sums == [[185_708, 5_995], [185_653, 5_995]]
    assert (
        "on December 30, 2020 there are 185,708 cases by race and 185,653 by age. Deaths agree, with 5,995"
        in _quality()
    )


def test_confirmed_and_probable_add_up_by_age_since_they_are_told_apart() -> None:
    for row in _by_age():
        for what in ("cases", "deaths"):
            parts = [row[f"confirmed_{what}"], row[f"probable_{what}"]]
            if row["report_date"] < "2020-05-31":
                assert parts == ["", ""]
            else:
                assert sum(map(int, parts)) == int(row[what])
    assert "are told apart since May 31, 2020" in _quality()


def test_a_spreadsheet_took_an_age_group_for_a_day(real_sources: Path) -> None:
    with (real_sources / BY_AGE).open(encoding="utf-8", newline="") as lines:
        odd = [row["DateUpdated"] for row in csv.DictReader(lines) if row["AgeGroups"] == "19-Oct"]
    assert odd == ["04/11/2020"]
    assert "On April 11, 2020 the age group 10-19 is printed as `19-Oct`" in _quality()
    assert len({row["age_group"] for row in _by_age()}) == 9


# A damage to one of the files, the error it must raise, and what the message must name.
DAMAGES: dict[str, tuple[str, Callable[[str], str], type[SourceError], list[str]]] = {
    "a column is gone": (
        BY_RACE,
        lambda text: text.replace("Age adjusted case rate per 100k", "Adjusted rate", 1),
        ColumnMissing,
        ["Age adjusted case rate per 100k"],
    ),
    "a group is new": (
        BY_RACE,
        lambda text: text.replace("02/24/2021,NH Asian or Pacific Islander", "02/24/2021,NH Asian Indian", 1),
        ValueWrong,
        ["column Race/ethnicity", "NH Asian Indian", "new category"],
    ),
    "an age group is new": (
        BY_AGE,
        lambda text: text.replace("10/05/2020,0-9,", "10/05/2020,0-4,", 1),
        ValueWrong,
        ["column AgeGroups", "0-4", "new category"],
    ),
    "a group is missing in a report": (
        BY_RACE,
        lambda text: "".join(
            line for line in text.splitlines(keepends=True) if not line.startswith("02/24/2021,Unknown")
        ),
        RowMissing,
        ["2021-02-24", "the groups are Hispanic"],
    ),
    "a group is there twice": (
        BY_RACE,
        lambda text: text.replace("02/24/2021,NH Other", "02/24/2021,NH White", 1),
        RowMissing,
        ["02/24/2021, NH White", "twice"],
    ),
    "a group without population has one": (
        BY_RACE,
        lambda text: text.replace("02/24/2021,Unknown,,", "02/24/2021,Unknown,50000,", 1),
        ValueWrong,
        ["column Total population", "50000"],
    ),
    "a rate is in words": (
        BY_RACE,
        lambda text: text.replace("02/24/2021,Hispanic,589809,40788,6914,", "02/24/2021,Hispanic,589809,40788,high,"),
        ValueWrong,
        ["column Crude case rate per 100k", "high"],
    ),
    "a report by race is gone": (
        BY_RACE,
        lambda text: "".join(line for line in text.splitlines(keepends=True) if not line.startswith("12/30/2020")),
        FigureWrong,
        ["2020-12-30", "185,708"],
    ),
    "a report by age is gone": (
        BY_AGE,
        lambda text: "".join(line for line in text.splitlines(keepends=True) if not line.startswith("12/30/2020")),
        FigureWrong,
        ["2020-12-30", "185,653"],
    ),
    "parts and whole differ": (
        BY_AGE,
        lambda text: text.replace("02/25/2021,0-9,15162,14541,", "02/25/2021,0-9,15162,14540,"),
        FigureWrong,
        ["2021-02-25, 0-9", "15162"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    file, change, error, named = DAMAGES[damage]
    sources = link_sources(real_sources, [BY_RACE, BY_AGE], tmp_path / "sources")
    text = (real_sources / file).read_text(encoding="utf-8")
    assert change(text) != text
    (sources / file).unlink()
    (sources / file).write_text(change(text), encoding="utf-8")
    with pytest.raises(error) as caught:
        load_recipe(DATASETS / "covid-race-age")(sources, tmp_path / "out")
    for words in (file, *named):
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()
