"""Build the population of the towns by year, and an exercise: a published table that counts a city twice.

Public Health's file gives every town and the state. The exercise is a tidied copy of the Census Bureau's file; the
Bureau's own file, in which a city inside a town has a row of its own, gives the true figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from academy.data.errors import RowMissing, ValueWrong
from academy.data.recipe import (
    SourceRow,
    TableRow,
    index_once,
    read_source_rows,
    require_figure,
    require_once,
    write_tables,
)

CROSSWALK = "town-reference/ct-town-to-planning-region.csv"
PUBLIC_HEALTH = "population-dph/dph-population-by-town_2020.csv"
TIDIED_CENSUS = "population-census/census-population-by-town-2019.csv"
CENSUS = "population-census/sub-est2019_9.csv"

STATE, STATE_CODE = "Connecticut", "09"
TOWNS = 169
FIRST_YEAR, LAST_YEAR = 1996, 2020
POPULATION_2020 = 3_603_448
CENSUS_YEARS = range(2010, 2020)

# In the tidied copy this town is the town and the city inside it added up.
GROTON, GROTON_2010, GROTON_AS_PUBLISHED_2010 = "Groton", 40_093, 49_468
EXCESS_2010 = 9_375

TIDY_COLUMNS = ["Town", "FIPS", "Year", "Measure Type", "Variable", "Value"]

PlaceYear = tuple[str, int]
Populations = Mapping[PlaceYear, int]
"""People by place and year. The state is the place “Connecticut”."""


@dataclass(frozen=True)
class Sources:
    """Rows of the four files, still as published."""

    crosswalk: list[SourceRow]
    public_health: list[SourceRow]
    tidied_census: list[SourceRow]
    census: list[SourceRow]


@dataclass(frozen=True)
class Prepared:
    public_health: Populations
    as_published: Populations
    census: Populations
    groton_city: Mapping[int, int]


def build(sources: Path, destination: Path) -> None:
    """Write the four tables. Raises SourceError before anything is written."""
    prepared = prepare(read(sources))
    validate(prepared)
    write(prepared, destination)


def read(sources: Path) -> Sources:
    estimates = [f"POPESTIMATE{year}" for year in CENSUS_YEARS]
    return Sources(
        crosswalk=read_source_rows(sources, CROSSWALK, ["town_name", "town_fips_2020"], encoding="utf-8-sig"),
        public_health=read_source_rows(sources, PUBLIC_HEALTH, TIDY_COLUMNS),
        tidied_census=read_source_rows(sources, TIDIED_CENSUS, TIDY_COLUMNS),
        census=read_source_rows(sources, CENSUS, ["SUMLEV", "STATE", "COUNTY", "COUSUB", "NAME", *estimates]),
    )


def prepare(published: Sources) -> Prepared:
    """Return the populations of each file by place and year."""
    require_figure(CROSSWALK, "the number of towns", len(published.crosswalk), TOWNS)
    names = {"0" + row["town_fips_2020"]: row["town_name"] for row in published.crosswalk} | {STATE_CODE: STATE}
    census_rows = _census_places(published.census)
    index_once(CENSUS, census_rows, "code", names)
    cities = [row for row in published.census if row["SUMLEV"] == "162" and row["NAME"] == "Groton city"]
    (city,) = index_once(CENSUS, cities, "NAME", {"Groton city"}).values()
    return Prepared(
        public_health=_tidy(published.public_health, names, FIRST_YEAR, LAST_YEAR),
        as_published=_tidy(published.tidied_census, names, CENSUS_YEARS[0], CENSUS_YEARS[-1]),
        census={
            (names[row["code"]], year): row.whole_number(f"POPESTIMATE{year}")
            for row in census_rows
            for year in CENSUS_YEARS
        },
        groton_city={year: city.whole_number(f"POPESTIMATE{year}") for year in CENSUS_YEARS},
    )


def validate(prepared: Prepared) -> None:
    """Hold towns against the state in every year, and the exercise against the Bureau's own file."""
    for file, populations in ((PUBLIC_HEALTH, prepared.public_health), (CENSUS, prepared.census)):
        for year, total in _totals_of_towns(populations).items():
            require_figure(file, f"the population of all towns in {year}", total, populations[STATE, year])
    require_figure(PUBLIC_HEALTH, "the state in 2020", prepared.public_health[STATE, 2020], POPULATION_2020)
    require_figure(CENSUS, "Groton in 2010", prepared.census[GROTON, 2010], GROTON_2010)
    require_figure(TIDIED_CENSUS, "Groton in 2010", prepared.as_published[GROTON, 2010], GROTON_AS_PUBLISHED_2010)
    require_figure(
        TIDIED_CENSUS,
        "what the towns exceed the state by in 2010",
        _totals_of_towns(prepared.as_published)[2010] - prepared.as_published[STATE, 2010],
        EXCESS_2010,
    )
    for (place, year), people in prepared.as_published.items():
        city = prepared.groton_city[year] if place == GROTON else 0
        require_figure(TIDIED_CENSUS, f"{place} in {year}", people, prepared.census[place, year] + city)


def write(prepared: Prepared, destination: Path) -> None:
    state: list[TableRow] = [
        {"source": source, "year": year, "population": people}
        for source, populations in (("Public Health", prepared.public_health), ("Census Bureau", prepared.census))
        for (place, year), people in sorted(populations.items())
        if place == STATE
    ]
    write_tables(
        destination,
        {
            "population.csv": _rows_of_towns(prepared.public_health),
            "population-state.csv": state,
            "population-exercise-2010-2019.csv": _rows(prepared.as_published),
            "population-census-2010-2019.csv": _rows_of_towns(prepared.census),
        },
    )


def _tidy(rows: list[SourceRow], names: Mapping[str, str], first: int, last: int) -> Populations:
    """Return the people in each town and the state, by their codes in `names`. Percent rows are left out.

    Every place must be there in every year: from the first to the last, or to a later one that the file has.
    """
    require_once(rows, "FIPS", "Year", "Measure Type")
    populations: dict[PlaceYear, int] = {}
    for row in rows:
        row.one_of("Variable", ["Estimated Population"])
        if row.one_of("Measure Type", ["Number", "Percent"]) == "Percent":
            continue
        if names.get(row["FIPS"]) != row["Town"]:
            raise ValueWrong(
                row.place("FIPS"), f"“{row['FIPS']}” is not the code of {row['Town']}.", "Compare with the publisher."
            )
        year = row.whole_number("Year")
        if year < first:
            raise ValueWrong(row.place("Year"), f"{year} is before {first}.", "Compare with the publisher.")
        populations[row["Town"], year] = row.whole_number("Value")
        last = max(last, year)
    for year in range(first, last + 1):
        for place in names.values():
            if (place, year) not in populations:
                raise RowMissing(
                    f"{rows[0].file}, column Town", f"{place} has no row for {year}.", "Download the file again."
                )
    return populations


def _census_places(rows: list[SourceRow]) -> list[SourceRow]:
    """Return the rows of the state and of whole towns, with their code. Places inside a town have other levels."""
    levels = {"040": ("STATE",), "061": ("STATE", "COUNTY", "COUSUB")}
    return [
        SourceRow(
            row.file, row.number, {**row.values, "code": "".join(row[column] for column in levels[row["SUMLEV"]])}
        )
        for row in rows
        if row["SUMLEV"] in levels
    ]


def _totals_of_towns(populations: Populations) -> dict[int, int]:
    totals: defaultdict[int, int] = defaultdict(int)
    for (place, year), people in populations.items():
        if place != STATE:
            totals[year] += people
    return totals


def _rows(populations: Populations) -> list[TableRow]:
    return [
        {"town": place, "year": year, "population": people} for (place, year), people in sorted(populations.items())
    ]


def _rows_of_towns(populations: Populations) -> list[TableRow]:
    return [row for row in _rows(populations) if row["town"] != STATE]
