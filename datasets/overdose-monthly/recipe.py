"""Build the counts of accidental drug overdose deaths by month, and by year and substance.

The source has one row for each person who died. Only counts of 0 or of at least 6 leave this page; a smaller one is
hidden, and the recipe stops where a hidden one would follow from the others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from academy.data.errors import FigureWrong, RowMissing, ValueWrong
from academy.data.recipe import SourceRow, TableRow, read_source_rows, write_tables

DEATHS = "drug-deaths/Accidental_Drug_Related_Deaths_2012-2022.csv"

# Our name of a substance, and the columns that record it. A death may involve several substances.
SUBSTANCES = {
    "alcohol": ("Ethanol",),
    "amphetamines": ("Meth/Amphetamine", "Amphet"),
    "benzodiazepines": ("Benzodiazepine",),
    "cocaine": ("Cocaine",),
    "fentanyl": ("Fentanyl",),
    "fentanyl analogues": ("Fentanyl Analogue",),
    "gabapentin": ("Gabapentin",),
    "heroin": ("Heroin",),
    "methadone": ("Methadone",),
    "other prescription opioids": ("Hydrocodone", "Hydromorphone", "Oxymorphone", "Tramad"),
    "oxycodone": ("Oxycodone",),
    "xylazine": ("Xylazine",),
}
COLUMNS = tuple(column for columns in SUBSTANCES.values() for column in columns)
YES = ("Y", "y", "Y (PTCH)", "Y POPS")
# One mark that the publisher does not explain is not read as yes.
NO = ("", "P")

DATED_BY = {"Date of death": "death", "Date reported": "report"}

THRESHOLD = 6
MONTHS_OF_A_YEAR = 12
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
    """What the counts need to know of a row. It never leaves this page."""

    month: date
    dated_by: str
    substances: frozenset[str]


def build(sources: Path, destination: Path) -> None:
    """Write the two tables. Raises SourceError before anything is written."""
    deaths = read(sources)
    months, substances = prepare_months(deaths), prepare_substances(deaths)
    validate(months, substances)
    write_tables(destination, {"overdose-monthly.csv": months, "overdose-monthly-substances.csv": substances})


def read(sources: Path) -> list[Death]:
    return [_death(row) for row in read_source_rows(sources, DEATHS, ["Date", "Date Type", *COLUMNS])]


def prepare_months(deaths: Iterable[Death]) -> list[TableRow]:
    """Return one row a month."""
    counts = Counter((death.month, death.dated_by) for death in deaths)
    if len(counts) != len({month for month, _ in counts}):
        raise ValueWrong(
            f"{DEATHS}, column Date Type",
            "in one month some dates are of the death and some of its report.",
            "So far a year had one kind. Count the two apart before you publish such a month.",
        )
    return [{"month": month, "dated_by": kind, "deaths": count} for (month, kind), count in sorted(counts.items())]


def prepare_substances(deaths: Iterable[Death]) -> list[TableRow]:
    """Return one row a year and substance, with the small counts hidden."""
    by_year: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for death in deaths:
        by_year[death.month.year].update(death.substances)
    return [_substance_row(year, substance, by_year[year]) for year in sorted(by_year) for substance in SUBSTANCES]


def validate(months: Sequence[TableRow], substances: Sequence[TableRow]) -> None:
    """Hold the years against the known ones, and every count against the rule."""
    totals: Counter[int] = Counter()
    found: defaultdict[int, set[str]] = defaultdict(set)
    for row in months:
        day = str(row["month"])
        totals[int(day[:4])] += _number(row["deaths"])
        found[int(day[:4])].add(day)
        _require_rule(f"{day}", _number(row["deaths"]))
    _require_known_years(totals)
    for year, its_months in found.items():
        if len(its_months) != MONTHS_OF_A_YEAR:
            raise RowMissing(
                f"{DEATHS}, year {year}",
                f"{len(its_months)} of {MONTHS_OF_A_YEAR} months have deaths.",
                "Download the file again; if the year is not over, leave it out.",
            )
    for row in substances:
        if row["deaths"] is not None:
            deaths = _number(row["deaths"])
            place = f"{row['year']}, {row['substance']}"
            _require_rule(place, deaths)
            _require_rule(f"{place}, the deaths without it", totals[_number(row["year"])] - deaths)


def _death(row: SourceRow) -> Death:
    return Death(
        month=row.day("Date", "%m/%d/%Y").replace(day=1),
        dated_by=DATED_BY[row.one_of("Date Type", DATED_BY)],
        substances=frozenset(name for name, columns in SUBSTANCES.items() if _any_yes(row, columns)),
    )


def _any_yes(row: SourceRow, columns: Sequence[str]) -> bool:
    # All cells are read, so that a new mark is seen in each.
    return not {row.one_of(column, (*NO, *YES)) for column in columns}.isdisjoint(YES)


def _substance_row(year: int, substance: str, counts: Mapping[str, int]) -> TableRow:
    deaths = counts.get(substance, 0)
    hidden = 0 < deaths < THRESHOLD
    return {
        "year": year,
        "substance": substance,
        "deaths": None if hidden else deaths,
        "suppressed": hidden,
        "column_in_use": deaths > 0,
    }


def _require_known_years(totals: Mapping[int, int]) -> None:
    for year, known in CLOSED_YEARS.items():
        found = totals.get(year, 0)
        if abs(found - known) * 100 > known * LARGEST_CORRECTION_PERCENT:
            raise FigureWrong(
                f"{DEATHS}, year {year}",
                f"{found:,} deaths; the edition of 2022 had {known:,}.",
                "A correction was never so large. Rows may be missing or doubled: download the file again.",
            )


def _require_rule(place: str, count: int) -> None:
    if 0 < count < THRESHOLD:
        raise FigureWrong(
            f"{DEATHS}, {place}",
            f"the count is {count}, which points at persons.",
            f"Put it together with another one: only 0 and counts of {THRESHOLD} or more are published.",
        )


def _number(cell: object) -> int:
    return int(str(cell))
