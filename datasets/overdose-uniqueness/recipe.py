"""Count how many records of accidental drug overdose deaths are alone on each set of fields.

The source has one row for each person who died. Only numbers of records leave this page, no value of any field. A
number from 1 to 5 is hidden.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product
from pathlib import Path

from academy.data.errors import FigureWrong, ValueWrong
from academy.data.recipe import SourceRow, TableRow, read_source_rows, write_tables

DEATHS = "drug-deaths/Accidental_Drug_Related_Deaths_2012-2022.csv"

# What somebody may know of a death, from nothing to the finest field.
NOTHING = "nothing"
TIMES = (NOTHING, "year", "month", "day")
AGES = (NOTHING, "group", "years")
RESIDENCES = (NOTHING, "county", "city")
FIELDS = ("year", "month", "day", "age group", "age in years", "sex", "race", "county", "city")
AGE_FIELDS = {"group": "age group", "years": "age in years"}

# Groups as in overdose-demographics: labels that changed over the years do not set a record apart.
SEXES = {"Female": "female", "Male": "male or not recorded", "": "male or not recorded"}
RACES = {
    "White": "White",
    "Black": "Black",
    "Black or African American": "Black",
    "Asian Indian": "Asian",
    "Asian, Other": "Asian",
    "Asian/Indian": "Asian",
    "Chinese": "Asian",
    "Korean": "Asian",
    "Other Asian": "Asian",
    "American Indian or Alaska Native": "another race or not recorded",
    "Hawaiian": "another race or not recorded",
    "Native American, Other": "another race or not recorded",
    "Other": "another race or not recorded",
    "Unknown": "another race or not recorded",
    "": "another race or not recorded",
}
# The last year of age of each group. An empty cell is in the second group.
AGE_GROUPS = (24, 34, 44, 54, 64, 120)
AGE_GROUP_NOT_RECORDED = "34"

THRESHOLD = 6
# The publisher still completes past years, by less than one in a hundred so far.
RECORDS_UNTIL_2022 = 10_654
LARGEST_CORRECTION_PERCENT = 2
LAST_CLOSED_YEAR = "2022"

Records = Mapping[str, Sequence[str]]
"""The values of each field, in the order of the rows. They never leave this page."""


def build(sources: Path, destination: Path) -> None:
    """Write overdose-uniqueness.csv. Raises SourceError before anything is written."""
    records = read(sources)
    require_known_number(records)
    table = prepare(records)
    validate(table)
    write_tables(destination, {"overdose-uniqueness.csv": table})


def read(sources: Path) -> Records:
    columns = ["Date", "Age", "Sex", "Race", "Residence County", "Residence City"]
    records = [_record(row) for row in read_source_rows(sources, DEATHS, columns)]
    return {field: [record[field] for record in records] for field in FIELDS}


def prepare(records: Records) -> list[TableRow]:
    """Return one row for each set of fields, the small sets first."""
    sets = product(TIMES, AGES, (False, True), (False, True), RESIDENCES)
    table = [_row(records, *known) for known in sets if known != (NOTHING, NOTHING, False, False, NOTHING)]
    return sorted(table, key=lambda row: str(row["number_of_fields"]))


def require_known_number(records: Records) -> None:
    """Raise FigureWrong where the number of records is far from the known one."""
    found = sum(year <= LAST_CLOSED_YEAR for year in records["year"])
    if abs(found - RECORDS_UNTIL_2022) * 100 > RECORDS_UNTIL_2022 * LARGEST_CORRECTION_PERCENT:
        raise FigureWrong(
            DEATHS,
            f"{found:,} records until {LAST_CLOSED_YEAR}; the edition of 2022 had {RECORDS_UNTIL_2022:,}.",
            "A correction was never so large. Rows may be missing or doubled: download the file again.",
        )


def validate(table: Sequence[TableRow]) -> None:
    """Hold what follows from two numbers of a row against the rule."""
    for row in table:
        alone, few = row["records_alone"], row["records_in_small_groups"]
        for one, other in ((row["records"], alone), (row["records"], few), (few, alone)):
            if one is not None and other is not None and _is_small(int(str(one)) - int(str(other))):
                raise FigureWrong(
                    f"{DEATHS}, {row['fields']}",
                    f"a number under {THRESHOLD} follows from {one} and {other}.",
                    "Leave this set of fields out.",
                )


def _record(row: SourceRow) -> dict[str, str]:
    day = row.day("Date", "%m/%d/%Y").isoformat()
    return {
        "year": day[:4],
        "month": day[:7],
        "day": day,
        "age group": _age_group(row),
        "age in years": row["Age"],
        "sex": SEXES[row.one_of("Sex", SEXES)],
        "race": RACES[row.one_of("Race", RACES)],
        "county": row["Residence County"],
        "city": row["Residence City"],
    }


def _age_group(row: SourceRow) -> str:
    if not row["Age"]:
        return AGE_GROUP_NOT_RECORDED
    age = row.whole_number("Age")
    for last in AGE_GROUPS:
        if age <= last:
            return str(last)
    raise ValueWrong(row.place("Age"), f"{age} is not the age of a person.", "Compare with the publisher.")


def _row(records: Records, time: str, age: str, sex: bool, race: bool, residence: str) -> TableRow:
    choices = ((time, time), (age, AGE_FIELDS.get(age, "")), (sex, "sex"), (race, "race"), (residence, residence))
    fields = [field for chosen, field in choices if chosen and chosen != NOTHING]
    number = len(records["year"])
    sizes = Counter(zip(*(records[field] for field in fields), strict=True)).values()
    alone = sum(size == 1 for size in sizes)
    few = sum(size for size in sizes if size < THRESHOLD)
    return {
        "fields": ", ".join(fields),
        "number_of_fields": len(fields),
        "time_known": time,
        "age_known": age,
        "sex_known": sex,
        "race_known": race,
        "residence_known": residence,
        "records": number,
        **_number_and_percent("alone", alone, number),
        **_number_and_percent("in_small_groups", few, number),
        "suppressed": _is_small(alone) or _is_small(few),
    }


def _number_and_percent(what: str, count: int, records: int) -> TableRow:
    """Return both, or neither: from the percent the number would follow."""
    hidden = _is_small(count)
    return {
        f"records_{what}": None if hidden else count,
        f"percent_{what}": None if hidden else round(Decimal(100 * count) / records, 1),
    }


def _is_small(count: int) -> bool:
    return 0 < count < THRESHOLD
