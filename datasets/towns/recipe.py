"""Build the table of Connecticut's 169 towns from four published files.

The planning-region crosswalk names the towns; the census and Public Health files join on the town's code of 2020, the
survey file, which prints no codes, on its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from academy.data.errors import ValueWrong
from academy.data.recipe import (
    SourceRow,
    TableRow,
    index_once,
    read_source_rows,
    require_figure,
    write_tables,
)

CROSSWALK = "town-reference/ct-town-to-planning-region.csv"
CENSUS = "population-census/sub-est2019_9.csv"
PUBLIC_HEALTH = "population-dph/dph-population-by-town_2020.csv"
SURVEY = "acs-town-2023/acs_town_basic_profile_2023.csv"

STATE_CODE = "09"
TOWNS, COUNTIES, REGIONS = 169, 8, 9
POPULATION_2010, POPULATION_2020, POPULATION_2019_2023 = 3_574_097, 3_603_448, 3_598_348

# The Census Bureau prints this number for a median of more than $250,000.
TOP_CODE = 250_001


@dataclass(frozen=True)
class Sources:
    """Rows of the four files, still as published."""

    crosswalk: list[SourceRow]
    census: list[SourceRow]
    public_health: list[SourceRow]
    survey: list[SourceRow]


def build(sources: Path, destination: Path) -> None:
    """Write towns.csv and towns-with-total.csv. Raises SourceError before anything is written."""
    published = read(sources)
    towns = prepare(published)
    validate(towns, published)
    write(towns, destination)


def read(sources: Path) -> Sources:
    return Sources(
        crosswalk=read_source_rows(
            sources,
            CROSSWALK,
            ["town_name", "town_fips_2020", "town_fips_2022", "ce_name_2022", "ce_fips_2022"],
            encoding="utf-8-sig",
        ),
        census=read_source_rows(sources, CENSUS, ["SUMLEV", "STATE", "COUNTY", "COUSUB", "NAME", "CENSUS2010POP"]),
        public_health=read_source_rows(
            sources, PUBLIC_HEALTH, ["Town", "FIPS", "Year", "Measure Type", "Variable", "Value"]
        ),
        survey=read_source_rows(sources, SURVEY, ["topic", "level", "name", "year", "group", "estimate", "moe"]),
    )


def prepare(published: Sources) -> list[TableRow]:
    """Return one row a town, in the order of the alphabet."""
    require_figure(CROSSWALK, "the number of towns", len(published.crosswalk), TOWNS)
    names = {row["town_name"] for row in published.crosswalk}
    codes = {_ten_digits(row, "town_fips_2020") for row in published.crosswalk}
    places = index_once(CROSSWALK, published.crosswalk, "town_name", names)
    census_towns = _census_towns(published.census)
    census = index_once(CENSUS, census_towns, "code", codes)
    counties = index_once(
        CENSUS, _census_level(published.census, "050"), "COUNTY", {row["COUNTY"] for row in census_towns}
    )
    public_health = index_once(PUBLIC_HEALTH, _counts_of_2020(published.public_health), "FIPS", codes | {STATE_CODE})
    population = index_once(SURVEY, _survey_towns(published.survey, "total_pop"), "name", names)
    income = index_once(SURVEY, _survey_towns(published.survey, "median_household_income"), "name", names)

    towns: list[TableRow] = []
    for name in sorted(names):
        place = places[name]
        code = _ten_digits(place, "town_fips_2020")
        median, margin = _median_and_margin(income[name])
        towns.append(
            {
                "town": name,
                "town_fips_2020": code,
                "town_fips_2022": _ten_digits(place, "town_fips_2022"),
                "county": counties[census[code]["COUNTY"]]["NAME"].removesuffix(" County"),
                "planning_region": place["ce_name_2022"].removesuffix(" Planning Region"),
                "planning_region_fips": "0" + place["ce_fips_2022"],
                "population_2010": census[code].whole_number("CENSUS2010POP"),
                "population_2020": public_health[code].whole_number("Value"),
                "population_2019_2023": population[name].whole_number("estimate"),
                "median_household_income": median,
                "median_household_income_margin": margin,
                "income_top_coded": median == TOP_CODE,
            }
        )
    return towns


def validate(towns: list[TableRow], published: Sources) -> None:
    """Hold the table against the published counts, totals and the build of the codes."""
    require_figure(CROSSWALK, "the number of planning regions", _distinct(towns, "planning_region"), REGIONS)
    require_figure(CENSUS, "the number of counties", _distinct(towns, "county"), COUNTIES)
    require_figure(CENSUS, "the 2010 population of all towns", _total(towns, "population_2010"), POPULATION_2010)
    require_figure(PUBLIC_HEALTH, "the 2020 population of all towns", _total(towns, "population_2020"), POPULATION_2020)
    require_figure(
        SURVEY, "the 2019-23 population of all towns", _total(towns, "population_2019_2023"), POPULATION_2019_2023
    )
    state = index_once(CENSUS, _census_level(published.census, "040"), "STATE", {STATE_CODE})[STATE_CODE]
    require_figure(state.place("CENSUS2010POP"), "the state", state.whole_number("CENSUS2010POP"), POPULATION_2010)
    for row in _counts_of_2020(published.public_health):
        if row["FIPS"] == STATE_CODE:
            require_figure(row.place("Value"), "the state", row.whole_number("Value"), POPULATION_2020)
    for town in towns:
        old, new, region = (str(town[name]) for name in ("town_fips_2020", "town_fips_2022", "planning_region_fips"))
        if old[5:] != new[5:] or not new.startswith(region):
            raise ValueWrong(
                f"{CROSSWALK}, town {town['town']}",
                f"the codes {old}, {new} and region {region} do not belong together.",
                "The last five digits name the town, the first five its county or region. Compare with the publisher.",
            )


def write(towns: list[TableRow], destination: Path) -> None:
    short = [{name: town[name] for name in ("town", "county", "population_2010", "population_2020")} for town in towns]
    total = {
        "town": "Connecticut",
        "county": None,
        "population_2010": POPULATION_2010,
        "population_2020": POPULATION_2020,
    }
    write_tables(destination, {"towns.csv": towns, "towns-with-total.csv": [*short, total]})


def _ten_digits(row: SourceRow, column: str) -> str:
    """Give back the leading zero that the published file lost when it was read as a number."""
    row.whole_number(column)
    code = "0" + row[column]
    if len(code) != 10:
        raise ValueWrong(row.place(column), f"“{row[column]}” has not nine digits.", "Compare with the publisher.")
    return code


def _census_level(rows: list[SourceRow], level: str) -> list[SourceRow]:
    return [row for row in rows if row["SUMLEV"] == level]


def _census_towns(rows: list[SourceRow]) -> list[SourceRow]:
    """Return the rows of whole towns, with their code. Cities and boroughs inside a town have other levels."""
    return [
        SourceRow(row.file, row.number, {**row.values, "code": row["STATE"] + row["COUNTY"] + row["COUSUB"]})
        for row in _census_level(rows, "061")
    ]


def _counts_of_2020(rows: list[SourceRow]) -> list[SourceRow]:
    """Return the July 2020 counts: the towns, and the state."""
    return [row for row in rows if row["Year"] == "2020" and row["Measure Type"] == "Number"]


def _survey_towns(rows: list[SourceRow], topic: str) -> list[SourceRow]:
    return [row for row in rows if row["level"] == "6_town" and row["topic"] == topic and row["group"] == topic]


def _median_and_margin(row: SourceRow) -> tuple[int, int | None]:
    """Return the median and its margin. A top-coded median has none: the file prints 0 where the Bureau has a blank."""
    median, margin = row.whole_number("estimate"), row.whole_number("moe")
    if (median == TOP_CODE) != (margin == 0):
        raise ValueWrong(
            row.place("moe"),
            f"a median of {median:,} with a margin of {margin:,}.",
            f"Only the top code {TOP_CODE:,} comes without a margin. Compare with the Census Bureau.",
        )
    return median, margin or None


def _distinct(towns: list[TableRow], column: str) -> int:
    return len({town[column] for town in towns})


def _total(towns: list[TableRow], column: str) -> int:
    return sum(int(town[column] or 0) for town in towns)
