"""Build the tables of COVID-19 cases and deaths by race and ethnicity, and by age, at the end of each month.

Both files count from the beginning of the pandemic, on each report date. The last report of each month is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from academy.data.errors import FigureWrong, RowMissing
from academy.data.recipe import SourceRow, TableRow, read_source_rows, require_figure, require_once, write_tables

BY_RACE = "covid-race-age/COVID-19_Cases_and_Deaths_by_Race_Ethnicity.csv"
BY_AGE = "covid-race-age/COVID-19_Cases_and_Deaths_by_Age_Group.csv"

# The first report has six groups, the later ones have eight.
FIRST_GROUPS = ("Hispanic", "NH Asian", "NH Black", "NH Other", "NH White", "Unknown")
LATER_GROUPS = (
    "Hispanic",
    "NH American Indian or Alaskan Native",
    "NH Asian or Pacific Islander",
    "NH Black",
    "NH Multiracial",
    "NH Other",
    "NH White",
    "Unknown",
)
GROUPS = (*LATER_GROUPS, "NH Asian")
# Groups of which no population is known, so that they have no rates.
WITHOUT_POPULATION = ("NH Multiracial", "NH Other", "Unknown")

# Published label of an age group, and ours. In April 2020 the labels were still changing, once into a day.
AGES = {
    **{name: name for name in ("0-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80 and older")},
    "0 - 9": "0-9",
    "10 -19": "10-19",
    "19-Oct": "10-19",
    "20 -29": "20-29",
    "30 - 39": "30-39",
    "40 -49": "40-49",
    "50 -59": "50-59",
    "60 - 69": "60-69",
    "70 - 79": "70-79",
}
AGE_GROUPS = tuple(sorted(set(AGES.values())))

# What the reports of one day add up to: cases and deaths.
CLOSED_DAY = date(2020, 12, 30)
CASES_BY_RACE, DEATHS_BY_RACE = 185_708, 5_995
CASES_BY_AGE, DEATHS_BY_AGE = 185_653, 5_995


@dataclass(frozen=True)
class Sources:
    """Rows of the two files, still as published."""

    by_race: list[SourceRow]
    by_age: list[SourceRow]


def build(sources: Path, destination: Path) -> None:
    """Write the two tables. Raises SourceError before anything is written."""
    published = read(sources)
    by_race, by_age = prepare_races(published.by_race), prepare_ages(published.by_age)
    validate(by_race, by_age)
    write_tables(destination, {"covid-race-age.csv": by_race, "covid-race-age-by-age.csv": by_age})


def read(sources: Path) -> Sources:
    by_race = read_source_rows(
        sources,
        BY_RACE,
        [
            "Date updated",
            "Race/ethnicity",
            "Total population",
            "Total cases",
            "Crude case rate per 100k",
            "Age adjusted case rate per 100k",
            "Total deaths",
            "Crude death rate per 100k",
            "Age adjusted death rate per 100k",
        ],
    )
    by_age = read_source_rows(
        sources,
        BY_AGE,
        [
            "DateUpdated",
            "AgeGroups",
            "Total cases",
            "Confirmed cases",
            "Probable cases",
            "Total case rate",
            "Total deaths",
            "Confirmed deaths",
            "Probable deaths",
        ],
    )
    require_once(by_race, "Date updated", "Race/ethnicity")
    require_once(by_age, "DateUpdated", "AgeGroups")
    return Sources(by_race, by_age)


def prepare_races(rows: Sequence[SourceRow]) -> list[TableRow]:
    """Return one row a month and group, of the last report of the month."""
    table: list[TableRow] = []
    for day, row in _last_reports(rows, "Date updated"):
        group = row.one_of("Race/ethnicity", GROUPS)
        population = _population(row)
        table.append(
            {
                "report_date": day,
                "race_ethnicity": group,
                "population": population,
                "cases": row.whole_number("Total cases"),
                "crude_case_rate": _number(row, "Crude case rate per 100k") if population else None,
                "age_adjusted_case_rate": _number(row, "Age adjusted case rate per 100k"),
                "deaths": row.whole_number("Total deaths"),
                "crude_death_rate": _number(row, "Crude death rate per 100k") if population else None,
                "age_adjusted_death_rate": _number(row, "Age adjusted death rate per 100k"),
            }
        )
    return sorted(table, key=lambda row: (str(row["report_date"]), str(row["race_ethnicity"])))


def prepare_ages(rows: Sequence[SourceRow]) -> list[TableRow]:
    """Return one row a month and age group, of the last report of the month."""
    table: list[TableRow] = []
    for row in rows:
        row.one_of("AgeGroups", AGES)
    for day, row in _last_reports(rows, "DateUpdated"):
        table.append(
            {
                "report_date": day,
                "age_group": AGES[row["AgeGroups"]],
                "cases": row.whole_number("Total cases"),
                "confirmed_cases": _number(row, "Confirmed cases"),
                "probable_cases": _number(row, "Probable cases"),
                "case_rate": row.whole_number("Total case rate"),
                "deaths": row.whole_number("Total deaths"),
                "confirmed_deaths": _number(row, "Confirmed deaths"),
                "probable_deaths": _number(row, "Probable deaths"),
            }
        )
    return sorted(table, key=lambda row: (str(row["report_date"]), str(row["age_group"])))


def validate(by_race: Sequence[TableRow], by_age: Sequence[TableRow]) -> None:
    """Hold one past day against its figures, and see that every report has all its groups."""
    for file, table, group, cases, deaths in (
        (BY_RACE, by_race, "race_ethnicity", CASES_BY_RACE, DEATHS_BY_RACE),
        (BY_AGE, by_age, "age_group", CASES_BY_AGE, DEATHS_BY_AGE),
    ):
        closed = [row for row in table if row["report_date"] == CLOSED_DAY]
        place = f"{file}, {CLOSED_DAY}"
        require_figure(place, "the number of cases", sum(int(str(row["cases"])) for row in closed), cases)
        require_figure(place, "the number of deaths", sum(int(str(row["deaths"])) for row in closed), deaths)
        for day in sorted({str(row["report_date"]) for row in table}):
            found = tuple(str(row[group]) for row in table if str(row["report_date"]) == day)
            if found not in (FIRST_GROUPS, LATER_GROUPS, AGE_GROUPS):
                raise RowMissing(
                    f"{file}, {day}", f"the groups are {', '.join(found)}.", "Download the file again; one is missing."
                )
    for row in by_age:
        for what in ("cases", "deaths"):
            parts = [row[f"confirmed_{what}"], row[f"probable_{what}"]]
            if None not in parts and sum(int(str(part)) for part in parts) != row[what]:
                raise FigureWrong(
                    f"{BY_AGE}, {row['report_date']}, {row['age_group']}",
                    f"confirmed and probable {what} do not add up to {row[what]}.",
                    "Compare with the publisher.",
                )


def _last_reports(rows: Sequence[SourceRow], column: str) -> list[tuple[date, SourceRow]]:
    """Return the rows of the last report date of each month."""
    dated = [(row.day(column, "%m/%d/%Y"), row) for row in rows]
    last = {(day.year, day.month): day for day, _ in sorted(dated, key=lambda pair: pair[0])}
    return [(day, row) for day, row in dated if day in last.values()]


def _population(row: SourceRow) -> int | None:
    """Return the population. The first report prints 0 where the later ones leave the cell empty."""
    if row["Race/ethnicity"] in WITHOUT_POPULATION:
        row.one_of("Total population", ("", "0"))
        return None
    return row.whole_number("Total population")


def _number(row: SourceRow, column: str) -> int | None:
    return row.whole_number(column) if row[column] else None
