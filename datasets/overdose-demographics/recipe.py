"""Build the counts of accidental drug overdose deaths by age, sex, ethnicity and race.

The source has one row for each person who died. Only counts of 0 or of at least 6 leave this page. Groups are made
broad enough for that, and years are put together for race; the recipe stops where a group is still too small.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from academy.data.errors import FigureWrong, ValueWrong
from academy.data.recipe import SourceRow, TableRow, read_source_rows, write_tables

DEATHS = "drug-deaths/Accidental_Drug_Related_Deaths_2012-2022.csv"

# The last year of age of each group. Empty cells are too few to be shown: they go to the largest group.
AGE_GROUPS = {
    24: "Under 25",
    34: "25-34 or not recorded",
    44: "35-44",
    54: "45-54",
    64: "55-64",
    120: "65 and over",
}
AGE_NOT_RECORDED = AGE_GROUPS[34]
SEX_GROUPS = {"Female": "Female", "Male": "Male or not recorded", "": "Male or not recorded"}

ASIAN, ANOTHER_RACE = "Asian", "Another race or not recorded"
# Published label, group, and the label that we show.
RACES = {
    "White": ("White", "White"),
    "Black": ("Black", "Black"),
    "Black or African American": ("Black", "Black or African American"),
    "Asian Indian": (ASIAN, "Several labels"),
    "Asian, Other": (ASIAN, "Several labels"),
    "Asian/Indian": (ASIAN, "Several labels"),
    "Chinese": (ASIAN, "Several labels"),
    "Korean": (ASIAN, "Several labels"),
    "Other Asian": (ASIAN, "Several labels"),
    "American Indian or Alaska Native": (ANOTHER_RACE, "Several labels or empty"),
    "Hawaiian": (ANOTHER_RACE, "Several labels or empty"),
    "Native American, Other": (ANOTHER_RACE, "Several labels or empty"),
    "Other": (ANOTHER_RACE, "Several labels or empty"),
    "Unknown": (ANOTHER_RACE, "Several labels or empty"),
    "": (ANOTHER_RACE, "Several labels or empty"),
}
HISPANIC, NOT_HISPANIC, NO_ETHNICITY = "Hispanic", "Not Hispanic", "Not recorded"
ETHNICITIES = {
    "Hispanic": (HISPANIC, "Hispanic"),
    "Spanish/Hispanic/Latino": (HISPANIC, "Spanish/Hispanic/Latino and its kinds"),
    "Other Spanish/Hispanic/Latino": (HISPANIC, "Spanish/Hispanic/Latino and its kinds"),
    "Puerto Rican": (HISPANIC, "Spanish/Hispanic/Latino and its kinds"),
    "Mexican, Mexican American, Chicano": (HISPANIC, "Spanish/Hispanic/Latino and its kinds"),
    "Cuban": (HISPANIC, "Spanish/Hispanic/Latino and its kinds"),
    "Not Spanish/Hispanic/Latino": (NOT_HISPANIC, "Not Spanish/Hispanic/Latino"),
    "Unknown": (NO_ETHNICITY, "Empty or unknown"),
    "": (NO_ETHNICITY, "Empty or unknown"),
}
# Years put together for race. Labels changed after 2020.
PERIODS = ((2012, 2014), (2015, 2017), (2018, 2020), (2021, 2022))

THRESHOLD = 6
# The publisher still completes past years, by less than one in a hundred so far.
CLOSED_YEARS = {
    2012: 355,
    2013: 490,
    2014: 558,
    2015: 729,
    2016: 917,
    2017: 1_038,
    2018: 1_017,
    2019: 1_200,
    2020: 1_374,
    2021: 1_524,
    2022: 1_452,
}
LARGEST_CORRECTION_PERCENT = 2


@dataclass(frozen=True)
class Death:
    """What the counts need to know of a row: its groups. It never leaves this page."""

    year: int
    age: str
    sex: str
    race: tuple[str, str]
    ethnicity: tuple[str, str]


def build(sources: Path, destination: Path) -> None:
    """Write the two tables. Raises SourceError before anything is written."""
    deaths = read(sources)
    by_year, by_period = prepare_years(deaths), prepare_periods(deaths)
    validate(deaths, by_year, by_period)
    write_tables(
        destination,
        {"overdose-demographics.csv": by_year, "overdose-demographics-race-ethnicity.csv": by_period},
    )


def read(sources: Path) -> list[Death]:
    return [_death(row) for row in read_source_rows(sources, DEATHS, ["Date", "Age", "Sex", "Race", "Ethnicity"])]


def prepare_years(deaths: Sequence[Death]) -> list[TableRow]:
    """Return one row a year, characteristic and group."""
    characteristics: dict[str, tuple[Callable[[Death], str], Sequence[str]]] = {
        "age": (lambda death: death.age, list(AGE_GROUPS.values())),
        "sex": (lambda death: death.sex, ["Female", "Male or not recorded"]),
        "ethnicity": (_hispanic_or_not, ["Hispanic", "Not recorded as Hispanic"]),
    }
    table: list[TableRow] = []
    for year in sorted({death.year for death in deaths}):
        of_the_year = [death for death in deaths if death.year == year]
        for characteristic, (group_of, groups) in characteristics.items():
            counts = Counter(map(group_of, of_the_year))
            table += [
                {"year": year, "characteristic": characteristic, "group": group, "deaths": counts[group]}
                for group in groups
            ]
    return table


def prepare_periods(deaths: Iterable[Death]) -> list[TableRow]:
    """Return one row a period, question, group and published label, where there are deaths."""
    counts: Counter[tuple[tuple[int, int], str, str, str]] = Counter()
    for death in deaths:
        period = _period(death.year)
        counts[period, "race", *death.race] += 1
        counts[period, "ethnicity", *death.ethnicity] += 1
    return [
        {
            "first_year": first,
            "last_year": last,
            "question": question,
            "group": group,
            "label": label,
            "deaths": count,
        }
        for ((first, last), question, group, label), count in sorted(counts.items())
    ]


def validate(deaths: Iterable[Death], by_year: Sequence[TableRow], by_period: Sequence[TableRow]) -> None:
    """Hold the years against the known ones, and every count against the rule.

    Each death is in one group of each characteristic, so that no further count follows by subtraction.
    """
    _require_known_years(Counter(death.year for death in deaths))
    for row in by_year:
        _require_rule(f"{row['year']}, {row['characteristic']} {row['group']}", row["deaths"])
    for row in by_period:
        _require_rule(f"{row['first_year']}-{row['last_year']}, {row['question']} {row['group']}", row["deaths"])


def _death(row: SourceRow) -> Death:
    return Death(
        year=row.day("Date", "%m/%d/%Y").year,
        age=_age_group(row),
        sex=SEX_GROUPS[row.one_of("Sex", SEX_GROUPS)],
        race=RACES[row.one_of("Race", RACES)],
        ethnicity=ETHNICITIES[row.one_of("Ethnicity", ETHNICITIES)],
    )


def _age_group(row: SourceRow) -> str:
    if not row["Age"]:
        return AGE_NOT_RECORDED
    age = row.whole_number("Age")
    for last, group in AGE_GROUPS.items():
        if age <= last:
            return group
    raise ValueWrong(row.place("Age"), f"{age} is not the age of a person.", "Compare with the publisher.")


def _hispanic_or_not(death: Death) -> str:
    return "Hispanic" if death.ethnicity[0] == HISPANIC else "Not recorded as Hispanic"


def _period(year: int) -> tuple[int, int]:
    for period in PERIODS:
        if period[0] <= year <= period[1]:
            return period
    raise ValueWrong(f"{DEATHS}, year {year}", "the year is in no period.", "Extend PERIODS in the recipe.")


def _require_known_years(totals: Mapping[int, int]) -> None:
    for year, known in CLOSED_YEARS.items():
        found = totals.get(year, 0)
        if abs(found - known) * 100 > known * LARGEST_CORRECTION_PERCENT:
            raise FigureWrong(
                f"{DEATHS}, year {year}",
                f"{found:,} deaths; the edition of 2022 had {known:,}.",
                "A correction was never so large. Rows may be missing or doubled: download the file again.",
            )


def _require_rule(place: str, count: object) -> None:
    if 0 < int(str(count)) < THRESHOLD:
        raise FigureWrong(
            f"{DEATHS}, {place}",
            f"the count is {count}, which points at persons.",
            f"Make the group broader: only 0 and counts of {THRESHOLD} or more are published.",
        )
