"""Build the list of affordable homes by town and year, and the same list as it was before its correction.

The corrected edition is checked throughout. The older one must have exactly the faults that lessons teach with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from academy.data.errors import FigureWrong, RowMissing, ValueWrong
from academy.data.recipe import (
    SourceRow,
    TableRow,
    index_once,
    read_source_rows,
    read_town_populations,
    require_figure,
    require_once,
    write_tables,
)

CORRECTED = "affordable-housing/crosscheck_Ankit_2011-2023.csv"
OLDER = "affordable-housing/Affordable_Housing_by_Town_2011-2023.csv"

# The published heading of the mortgages begins with a space, which reading takes away.
KINDS = {
    "government_assisted": "Government Assisted",
    "tenant_rental_assistance": "Tenant Rental Assistance",
    "single_family_mortgages": "Single Family CHFA/ USDA Mortgages",
    "deed_restricted_units": "Deed Restricted Units",
}
COLUMNS = [
    "Year",
    "Town Code",
    "Town",
    "Census Units",
    *KINDS.values(),
    "Total Assisted Units",
    "Percent Affordable",
]

FIRST_YEAR, LAST_CLOSED_YEAR = 2011, 2023
# Homes in the state by the census that the list divides by: that of 2010, and from 2023 on that of 2020.
HOMES_2010_CENSUS, HOMES_2020_CENSUS, FIRST_YEAR_OF_2020_CENSUS = 1_487_891, 1_530_197, 2023
# Two decimals are printed, so a percent may be half a hundredth off.
ROUNDING = Decimal("0.005")

MISSING_IN_OLDER = {("2015", town) for town in ("Middlebury", "Middlefield", "South Windsor", "Southington")}
TWICE_IN_OLDER = ("2015", "Bolton")


@dataclass(frozen=True)
class Sources:
    """Rows of the two editions, still as published, and the names of the 169 towns."""

    corrected: list[SourceRow]
    older: list[SourceRow]
    towns: set[str]


def build(sources: Path, destination: Path) -> None:
    """Write the two tables. Raises SourceError before anything is written."""
    published = read(sources)
    corrected, older = prepare(published)
    validate(published)
    write_tables(destination, {"affordable-housing.csv": corrected, "affordable-housing-older.csv": older})


def read(sources: Path) -> Sources:
    towns = set(read_town_populations())
    return Sources(
        corrected=read_source_rows(sources, CORRECTED, COLUMNS),
        older=read_source_rows(sources, OLDER, COLUMNS),
        towns=towns,
    )


def prepare(published: Sources) -> tuple[list[TableRow], list[TableRow]]:
    """Return the corrected list by year and town, and the older one in its published order."""
    corrected = sorted(published.corrected, key=lambda row: (row["Year"], row["Town"]))
    return (
        [_table_row(row, published.towns) for row in corrected],
        [_table_row(row, published.towns) for row in published.older],
    )


def validate(published: Sources) -> None:
    """Hold both editions against the census, their own sums, and each other's codes; find the known faults."""
    require_once(published.corrected, "Year", "Town")
    years = {row["Year"] for row in published.corrected}
    wanted = {str(year) for year in range(FIRST_YEAR, max(LAST_CLOSED_YEAR, *map(int, years)) + 1)}
    if years != wanted:
        odd = ", ".join(sorted(years ^ wanted))
        raise RowMissing(f"{CORRECTED}, column Year", f"the years have a gap: {odd}.", "Download the file again.")
    for year in sorted(years):
        rows = [row for row in published.corrected if row["Year"] == year]
        index_once(CORRECTED, rows, "Town", published.towns)
        homes = HOMES_2010_CENSUS if int(year) < FIRST_YEAR_OF_2020_CENSUS else HOMES_2020_CENSUS
        require_figure(
            f"{CORRECTED}, year {year}", "all homes", sum(row.whole_number("Census Units") for row in rows), homes
        )
    for row in [*published.corrected, *published.older]:
        _require_sum_and_percent(row)
    _require_one_code_a_town([*published.corrected, *published.older])
    _require_known_faults(published)


def _table_row(row: SourceRow, towns: Iterable[str]) -> TableRow:
    return {
        "year": row.whole_number("Year"),
        "town": row.one_of("Town", towns),
        "town_code": str(row.whole_number("Town Code")),
        "census_units": row.whole_number("Census Units"),
        **{name: _units(row, name) for name in KINDS},
        "total_assisted_units": row.whole_number("Total Assisted Units"),
        "percent_affordable": row.decimal("Percent Affordable"),
    }


def _units(row: SourceRow, kind: str) -> int | None:
    """Return the homes of one kind. Only that of government assistance is left empty, once."""
    if kind == "government_assisted" and not row[KINDS[kind]]:
        return None
    return row.whole_number(KINDS[kind])


def _require_sum_and_percent(row: SourceRow) -> None:
    total = row.whole_number("Total Assisted Units")
    kinds = sum(_units(row, kind) or 0 for kind in KINDS)
    require_figure(row.place("Total Assisted Units"), "the sum of the four kinds", kinds, total)
    percent = Decimal(100 * total) / row.whole_number("Census Units")
    if abs(percent - row.decimal("Percent Affordable")) > ROUNDING:
        raise FigureWrong(
            row.place("Percent Affordable"),
            f"{total:,} of {row['Census Units']} homes are {percent:.2f} percent, not {row['Percent Affordable']}.",
            "Compare the source with its publisher before you change the recipe.",
        )


def _require_one_code_a_town(rows: Iterable[SourceRow]) -> None:
    codes: dict[str, str] = {}
    for row in rows:
        if codes.setdefault(row["Town"], row["Town Code"]) != row["Town Code"]:
            raise ValueWrong(
                row.place("Town Code"),
                f"{row['Town']} has the code {row['Town Code']} here and {codes[row['Town']]} elsewhere.",
                "Compare the source with its publisher before you change the recipe.",
            )


def _require_known_faults(published: Sources) -> None:
    """The older edition is the corrected one of 2011 to 2023 without four rows of 2015, and with one row too many."""
    older = Counter((row["Year"], row["Town"]) for row in published.older)
    closed = {(row["Year"], row["Town"]) for row in published.corrected if int(row["Year"]) <= LAST_CLOSED_YEAR}
    missing, twice = closed - older.keys(), {key for key, count in older.items() if count > 1}
    if missing != MISSING_IN_OLDER or twice != {TWICE_IN_OLDER} or older.keys() - closed:
        raise RowMissing(
            f"{OLDER}, columns Year and Town",
            f"{len(missing)} rows are missing and {len(twice)} are there twice; the known faults are 4 and 1.",
            "Lessons need the edition of January 2024. Get that copy again.",
        )
