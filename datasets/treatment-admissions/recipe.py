"""Build the tables of admissions to addiction treatment by town, month and primary drug, and of their totals.

Two files of one publisher: counts by drug, in which a count under 6 is blank, and totals of the same towns and months.
The blanks stay blank, with a flag beside them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from academy.data.errors import RowMissing, ValueWrong
from academy.data.recipe import (
    SourceRow,
    TableRow,
    read_source_rows,
    read_town_populations,
    require_figure,
    require_once,
    write_tables,
)

BY_DRUG = "dmhas-admissions/Admissions_to_DMHAS_Addiction_Treatment_by_Town__Year__Month__and_Primary_Drug.csv"
TOTALS = "dmhas-admissions/Admissions_to_DMHAS_Addiction_Treatment_by_Town__Year__and_Month.csv"

DRUGS = (
    "Alcohol",
    "Amphetamines",
    "Barbiturates",
    "Benzodiazepines",
    "Cocaine",
    "Cocaine/Crack",
    "Crack",
    "Hallucinogens: LSD, DMS, STP, etc",
    "Heroin",
    "Inhalants",
    "Marijuana, Hashish, THC",
    "Methamphetamines",
    "Non-Prescriptive Methadone",
    "Other",
    "Other Opiates and Synthetics",
    "Other Sedatives or Hypnotics",
    "Other Stimulants",
    "Over-the-Counter",
    "PCP",
    "Tobacco",
    "Tranquilizers",
)
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
FISCAL_YEAR_BEGINS = 7
# The two files write the same month as Jul-13 and July-13.
SHORT_NAMES, LONG_NAMES = tuple(name[:3] for name in MONTHS), MONTHS

THRESHOLD = 6
# How the totals file writes that it names no town.
NO_TOWN = "NA"


@dataclass(frozen=True)
class ClosedYear:
    """What the two files hold of a fiscal year that is over."""

    rows_by_drug: int
    admissions_by_drug: int
    admissions: int


CLOSED_YEARS = {
    2014: ClosedYear(rows_by_drug=7_168, admissions_by_drug=55_028, admissions=75_346),
    2015: ClosedYear(rows_by_drug=7_063, admissions_by_drug=58_070, admissions=78_013),
    2016: ClosedYear(rows_by_drug=6_838, admissions_by_drug=57_646, admissions=75_996),
}


@dataclass(frozen=True)
class Sources:
    """Rows of the two files, still as published."""

    by_drug: list[SourceRow]
    totals: list[SourceRow]


def build(sources: Path, destination: Path) -> None:
    """Write the three tables. Raises SourceError before anything is written."""
    published = read(sources)
    towns = set(read_town_populations())
    by_drug = prepare_by_drug(published.by_drug, towns)
    totals = prepare_totals(published.totals, towns | {NO_TOWN})
    validate(by_drug, totals)
    write(by_drug, totals, destination)


def read(sources: Path) -> Sources:
    time_and_place = ["FiscalYear", "MonthYear", "Town", "AdmMonth", "AdmYear"]
    by_drug = read_source_rows(sources, BY_DRUG, [*time_and_place, "PrimaryDrug", "AdmCount"])
    totals = read_source_rows(sources, TOTALS, [*time_and_place, "MonthTotal"])
    require_once(by_drug, "AdmYear", "AdmMonth", "Town", "PrimaryDrug")
    require_once(totals, "AdmYear", "AdmMonth", "Town")
    return Sources(by_drug, totals)


def prepare_by_drug(rows: Iterable[SourceRow], towns: set[str]) -> list[TableRow]:
    """Return one row a month, town and primary drug, by month."""
    table: list[TableRow] = []
    for row in rows:
        month = _month(row, SHORT_NAMES)
        admissions = _published_count(row) if row["AdmCount"] else None
        table.append(
            {
                "fiscal_year": _fiscal_year(row, month),
                "month": month,
                "town": row.one_of("Town", sorted(towns)),
                "primary_drug": row.one_of("PrimaryDrug", DRUGS),
                "admissions": admissions,
                "suppressed": admissions is None,
            }
        )
    return sorted(table, key=lambda row: (str(row["month"]), str(row["town"]), str(row["primary_drug"])))


def prepare_totals(rows: Iterable[SourceRow], towns: set[str]) -> list[TableRow]:
    """Return one row a month and town, by month."""
    table: list[TableRow] = []
    for row in rows:
        month = _month(row, LONG_NAMES)
        table.append(
            {
                "fiscal_year": _fiscal_year(row, month),
                "month": month,
                "town": row.one_of("Town", sorted(towns)),
                "admissions": row.whole_number("MonthTotal"),
            }
        )
    return sorted(table, key=lambda row: (str(row["month"]), str(row["town"])))


def validate(by_drug: Sequence[TableRow], totals: Sequence[TableRow]) -> None:
    """Hold the closed years against their figures, and every fiscal year against the calendar."""
    for year, closed in CLOSED_YEARS.items():
        drugs = [row for row in by_drug if row["fiscal_year"] == year]
        require_figure(f"{BY_DRUG}, fiscal year {year}", "the number of rows", len(drugs), closed.rows_by_drug)
        require_figure(
            f"{BY_DRUG}, fiscal year {year}", "the published admissions", _total(drugs), closed.admissions_by_drug
        )
        towns = [row for row in totals if row["fiscal_year"] == year]
        require_figure(f"{TOTALS}, fiscal year {year}", "the admissions", _total(towns), closed.admissions)
    _require_whole_years(BY_DRUG, ((row["fiscal_year"], row["month"]) for row in by_drug))
    _require_whole_years(TOTALS, ((f"{row['fiscal_year']}, {row['town']}", row["month"]) for row in totals))


def write(by_drug: Sequence[TableRow], totals: Sequence[TableRow], destination: Path) -> None:
    without_town = [
        {name: row[name] for name in ("fiscal_year", "month", "admissions")} for row in totals if row["town"] == NO_TOWN
    ]
    write_tables(
        destination,
        {
            "treatment-admissions.csv": by_drug,
            "treatment-admissions-totals.csv": [row for row in totals if row["town"] != NO_TOWN],
            "treatment-admissions-without-town.csv": without_town,
        },
    )


def _month(row: SourceRow, names: Sequence[str]) -> date:
    """Return the first day of the month, which the file gives twice: in numbers and as a label."""
    year, number = row.whole_number("AdmYear"), row.whole_number("AdmMonth")
    if not 1 <= number <= len(MONTHS):
        raise ValueWrong(row.place("AdmMonth"), f"there is no month {number}.", "Compare with the publisher.")
    label = f"{names[number - 1]}-{year % 100:02}"
    if row["MonthYear"] != label:
        raise ValueWrong(
            row.place("MonthYear"),
            f"“{row['MonthYear']}” is not the label {label} of month {number} of {year}.",
            "Compare with the publisher.",
        )
    return date(year, number, 1)


def _fiscal_year(row: SourceRow, month: date) -> int:
    """Return the fiscal year, which begins in July and is named for the year in which it ends."""
    fiscal_year = row.whole_number("FiscalYear")
    if fiscal_year != month.year + (month.month >= FISCAL_YEAR_BEGINS):
        raise ValueWrong(
            row.place("FiscalYear"),
            f"{month:%B %Y} is not in fiscal year {fiscal_year}.",
            "Compare with the publisher.",
        )
    return fiscal_year


def _published_count(row: SourceRow) -> int:
    count = row.whole_number("AdmCount")
    if count < THRESHOLD:
        raise ValueWrong(
            row.place("AdmCount"),
            f"the count is {count}; so far the publisher hid every count under {THRESHOLD}.",
            "Leave such a count out of the table, and ask the publisher whether it was meant to be printed.",
        )
    return count


def _require_whole_years(file: str, months: Iterable[tuple[object, object]]) -> None:
    found: defaultdict[object, set[object]] = defaultdict(set)
    for year, month in months:
        found[year].add(month)
    for year, its_months in found.items():
        if len(its_months) != len(MONTHS):
            raise RowMissing(
                f"{file}, fiscal year {year}",
                f"{len(its_months)} of {len(MONTHS)} months are there.",
                "Download the file again; if the year is not over, leave it out.",
            )


def _total(rows: Iterable[TableRow]) -> int:
    return sum(int(str(row["admissions"] or 0)) for row in rows)
