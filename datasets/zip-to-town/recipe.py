"""Build the list of ZIP codes with the town that each is listed with, and the number of ZIP codes of every town.

Two files give a town its code of 2022: the list of ZIP codes, and the planning-region crosswalk, which knows all towns.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from academy.data.errors import ValueWrong
from academy.data.recipe import SourceRow, TableRow, index_once, read_source_rows, require_figure, write_tables

ZIP_CODES = "town-reference/2020zip-to-town.csv"
CROSSWALK = "town-reference/ct-town-to-planning-region.csv"

TOWNS, CODES = 169, 289
WITHOUT = ["Lisbon", "Union"]

# All ZIP codes of Connecticut begin with 06.
ZIP_CODE = re.compile(r"06\d{3}")


@dataclass(frozen=True)
class Sources:
    """Rows of the two files, still as published."""

    zip_codes: list[SourceRow]
    crosswalk: list[SourceRow]


def build(sources: Path, destination: Path) -> None:
    """Write zip-to-town.csv and zip-to-town-counts.csv. Raises SourceError before anything is written."""
    published = read(sources)
    zip_codes = prepare(published)
    counts = count(zip_codes, published)
    validate(zip_codes, counts)
    write(zip_codes, counts, destination)


def read(sources: Path) -> Sources:
    return Sources(
        zip_codes=read_source_rows(sources, ZIP_CODES, ["2020zip5", "Town_FIPS_22", "Town_Name"], encoding="utf-8-sig"),
        crosswalk=read_source_rows(
            sources, CROSSWALK, ["town_name", "town_fips_2020", "town_fips_2022"], encoding="utf-8-sig"
        ),
    )


def prepare(published: Sources) -> list[TableRow]:
    """Return one row a ZIP code, in the order of the codes."""
    require_figure(CROSSWALK, "the number of towns", len(published.crosswalk), TOWNS)
    towns = {row["town_name"]: row for row in published.crosswalk}
    found = index_once(ZIP_CODES, published.zip_codes, "2020zip5", {row["2020zip5"] for row in published.zip_codes})
    zip_codes: list[TableRow] = []
    for code, row in sorted(found.items()):
        if not ZIP_CODE.fullmatch(code):
            raise ValueWrong(row.place("2020zip5"), f"“{code}” is not a ZIP code of Connecticut.", "Does it lack a 0?")
        town = towns[row.one_of("Town_Name", towns)]
        if row["Town_FIPS_22"] != town["town_fips_2022"]:
            raise ValueWrong(
                row.place("Town_FIPS_22"),
                f"“{row['Town_FIPS_22']}” is not the code of {row['Town_Name']}.",
                f"Compare with {CROSSWALK}.",
            )
        zip_codes.append(
            {
                "zip": code,
                "town": row["Town_Name"],
                # Both codes lost their first zero when the files were read as numbers.
                "town_fips_2020": "0" + town["town_fips_2020"],
                "town_fips_2022": "0" + town["town_fips_2022"],
            }
        )
    return zip_codes


def count(zip_codes: list[TableRow], published: Sources) -> list[TableRow]:
    """Return the number of ZIP codes of every town, zero included."""
    counts = Counter(str(row["town"]) for row in zip_codes)
    return [
        {"town": town, "zip_codes": counts[town]} for town in sorted(row["town_name"] for row in published.crosswalk)
    ]


def validate(zip_codes: list[TableRow], counts: list[TableRow]) -> None:
    require_figure(ZIP_CODES, "the number of ZIP codes of 2020", len(zip_codes), CODES)
    without = [str(row["town"]) for row in counts if row["zip_codes"] == 0]
    if without != WITHOUT:
        raise ValueWrong(
            f"{ZIP_CODES}, column Town_Name",
            f"the towns without a ZIP code are {', '.join(without) or 'none'}, not {', '.join(WITHOUT)}.",
            "Compare with the publisher.",
        )


def write(zip_codes: list[TableRow], counts: list[TableRow], destination: Path) -> None:
    write_tables(destination, {"zip-to-town.csv": zip_codes, "zip-to-town-counts.csv": counts})
