"""Build the list of spellings of Connecticut places, each with its right town.

Most come from a published list of spellings. Others stand in the city columns of the records of accidental drug
deaths. Of those records only these three columns are read, and only the number of records with a spelling is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from academy.data.errors import FigureWrong, RowMissing, ValueWrong
from academy.data.recipe import SourceRow, TableRow, read_source_rows, require_figure, write_tables

NAME_LIST = "town-reference/ctnamecleaner.csv"
CROSSWALK = "town-reference/ct-town-to-planning-region.csv"
DEATHS = "drug-deaths/Accidental_Drug_Related_Deaths_2012-2022.csv"

CITY_COLUMNS = ["Residence City", "Injury City", "Death City"]

TOWNS, SPELLINGS, RECORDS = 169, 1_035, 10_654

# A spelling that one to five records have gets no number, so that the table points at nobody.
LEAST_SHOWN = 6

MISSPELLING, ABBREVIATION, VILLAGE, ADDED_WORDS = "misspelling", "abbreviation", "village", "added words"
ZIP_CODE, COUNTY, UNKNOWN = "ZIP code", "county", "not known"
SEVERAL_TOWNS, OUTSIDE = "in several towns", "outside Connecticut"

Ruling = tuple[str | None, str]
"""The right town, or None where there is no single one, and the reason."""

# Spellings of the records that the published list does not have.
NOT_IN_THE_LIST: Mapping[str, Ruling] = {
    "ANSONICA": ("Ansonia", MISSPELLING),
    "BRYAM": ("Greenwich", MISSPELLING),
    "EAST LIME": ("East Lyme", MISSPELLING),
    "EASTHAVEN": ("East Haven", MISSPELLING),
    "OLS SAYBROOK": ("Old Saybrook", MISSPELLING),
    "PRSOPECT": ("Prospect", MISSPELLING),
    "PUTAM": ("Putnam", MISSPELLING),
    "SAKEM": ("Salem", MISSPELLING),
    "TAFTSVILLE": ("Norwich", MISSPELLING),
    "THOMASATON": ("Thomaston", MISSPELLING),
    "TORRNGTON": ("Torrington", MISSPELLING),
    "WEST HARTFRD": ("West Hartford", MISSPELLING),
    "WILLIAMNTIC": ("Windham", MISSPELLING),
    "BAKERSVILE": ("New Hartford", MISSPELLING),
    "N. STONINGTON": ("North Stonington", ABBREVIATION),
    "NEW BRIT": ("New Britain", ABBREVIATION),
    "W HAVEN": ("West Haven", ABBREVIATION),
    "BAKERSVILLE": ("New Hartford", VILLAGE),
    "FABYAN": ("Thompson", VILLAGE),
    "OCCUM": ("Norwich", VILLAGE),
    "TACONIC": ("Salisbury", VILLAGE),
    "WEST STAFFORD": ("Stafford", VILLAGE),
    "COVENTRY CT 06238": ("Coventry", ADDED_WORDS),
    "CT FARMINGTON": ("Farmington", ADDED_WORDS),
    "EAST HARTFORD,": ("East Hartford", ADDED_WORDS),
    "GLASTONBURY CT": ("Glastonbury", ADDED_WORDS),
    "NEW LONDON CT": ("New London", ADDED_WORDS),
    "TOLLAND, CT": ("Tolland", ADDED_WORDS),
    "WATERBURY, CT": ("Waterbury", ADDED_WORDS),
    "6340": ("Groton", ZIP_CODE),
    "MIDDLESEX": (None, COUNTY),
    "SPRINGFIELD": (None, OUTSIDE),
    "UK": (None, UNKNOWN),
    "UNKNOWN": (None, UNKNOWN),
}

# Spellings for which the published list names another town than it should. In most of them it contradicts itself:
# it gives N FRANKLIN to Franklin, and NORTH FRANKLIN to New London.
WRONG_IN_THE_LIST: Mapping[str, Ruling] = {
    "BLACK POINT": ("East Lyme", VILLAGE),
    "GAYLORDSVILLENEW MILFORD": ("New Milford", VILLAGE),
    "GEORGETOWN": (None, SEVERAL_TOWNS),
    "HADLYME": (None, SEVERAL_TOWNS),
    "MIDDLE HADDAM": ("East Hampton", VILLAGE),
    "MISTIC": (None, SEVERAL_TOWNS),
    "MYSTIC": (None, SEVERAL_TOWNS),
    "N HAVEN": ("North Haven", ABBREVIATION),
    "NORTH FRANKLIN": ("Franklin", VILLAGE),
    "NORTHFORD": ("North Branford", VILLAGE),
    "OAKDALE MONTVILLE": ("Montville", VILLAGE),
    "OLD MYSTIC": (None, SEVERAL_TOWNS),
    "PAWTUCKET": (None, OUTSIDE),
    "PLANTISVILLE": ("Southington", MISSPELLING),
    "PLANTVILLE": ("Southington", MISSPELLING),
    "PORT CHESTER": (None, OUTSIDE),
    "WEST HARTFOR": ("West Hartford", MISSPELLING),
}


@dataclass(frozen=True)
class Sources:
    """Rows of the three files, still as published."""

    name_list: list[SourceRow]
    crosswalk: list[SourceRow]
    deaths: list[SourceRow]


def build(sources: Path, destination: Path) -> None:
    """Write place-names.csv. Raises SourceError before anything is written."""
    published = read(sources)
    spellings = prepare(published)
    validate(spellings, published)
    write(spellings, destination)


def read(sources: Path) -> Sources:
    return Sources(
        name_list=read_source_rows(sources, NAME_LIST, ["name", "realname"]),
        crosswalk=read_source_rows(sources, CROSSWALK, ["town_name"], encoding="utf-8-sig"),
        deaths=[
            SourceRow(row.file, row.number, {column: row[column] for column in CITY_COLUMNS})
            for row in read_source_rows(sources, DEATHS, CITY_COLUMNS)
        ],
    )


def prepare(published: Sources) -> list[TableRow]:
    """Return one row a spelling, in the order of the alphabet."""
    towns = {row["town_name"].upper(): row["town_name"] for row in published.crosswalk}
    require_figure(CROSSWALK, "the number of towns", len(towns), TOWNS)
    listed = _listed_towns(published.name_list, towns)
    records = _records(published.deaths)
    _require_known(records, listed)
    return [
        _row(spelling, listed.get(spelling), records[spelling], towns)
        for spelling in sorted({*listed, *NOT_IN_THE_LIST})
    ]


def validate(spellings: list[TableRow], published: Sources) -> None:
    """Hold the table against what is known of the list and the records, and against the promise on small counts."""
    in_list = [row for row in spellings if row["name_list_town"] is not None]
    if len(in_list) < SPELLINGS:
        raise RowMissing(NAME_LIST, f"{len(in_list):,} spellings; there were {SPELLINGS:,}.", "Download it again.")
    if len(published.deaths) < RECORDS:
        raise RowMissing(DEATHS, f"{len(published.deaths):,} records; there were {RECORDS:,}.", "Download it again.")
    for row in spellings:
        shown = row["records"]
        if isinstance(shown, int) and 0 < shown < LEAST_SHOWN:
            raise FigureWrong(f"{DEATHS}, {row['spelling']}", f"a count of {shown} would be shown.", "Mend the recipe.")


def write(spellings: list[TableRow], destination: Path) -> None:
    write_tables(destination, {"place-names.csv": spellings})


def _listed_towns(name_list: list[SourceRow], towns: Mapping[str, str]) -> dict[str, str]:
    """Return the town that the published list gives for each spelling. A spelling may be there twice, alike."""
    listed: dict[str, str] = {}
    for row in name_list:
        spelling, town = row.text("name").upper(), towns[row.one_of("realname", towns)]
        if listed.setdefault(spelling, town) != town:
            raise RowMissing(
                row.place("name"), f"“{spelling}” is there twice, for {listed[spelling]} and {town}.", "Choose one."
            )
    missing = [town for name, town in towns.items() if listed.get(name) != town]
    if missing:
        raise RowMissing(f"{NAME_LIST}, column name", f"it has no {', '.join(missing[:5])}.", "Download it again.")
    return listed


def _records(deaths: list[SourceRow]) -> Counter[str]:
    """Return the number of records that have a spelling in one or more of their city columns."""
    return Counter(
        spelling for row in deaths for spelling in {row[column].upper() for column in CITY_COLUMNS} if spelling
    )


def _require_known(records: Mapping[str, int], listed: Collection[str]) -> None:
    """Raise ValueWrong at a frequent spelling that nobody has looked at. Rare ones are mostly places elsewhere."""
    for spelling, count in records.items():
        if count >= LEAST_SHOWN and spelling not in listed and spelling not in NOT_IN_THE_LIST:
            raise ValueWrong(
                f"{DEATHS}, city columns",
                f"“{spelling}” stands in {count} records and is in no list.",
                "Find its town, then add it to NOT_IN_THE_LIST in the recipe.",
            )


def _row(spelling: str, listed: str | None, count: int, towns: Mapping[str, str]) -> TableRow:
    if listed is None:
        town, reason = NOT_IN_THE_LIST[spelling]
    else:
        town, reason = WRONG_IN_THE_LIST.get(spelling, (listed, ""))
    hidden = 0 < count < LEAST_SHOWN
    return {
        "spelling": spelling,
        "kind": _kind(spelling, towns),
        "town": town,
        "name_list_town": listed,
        "reason": reason or None,
        "records": None if hidden else count,
        "records_suppressed": hidden,
    }


def _kind(spelling: str, towns: Mapping[str, str]) -> str:
    if spelling in towns:
        return "town name"
    if spelling.isdigit():
        return "digits"
    letters = {_letters(name) for name in towns}
    return "town name, spaced or marked otherwise" if _letters(spelling) in letters else "other"


def _letters(text: str) -> str:
    return re.sub(r"[^A-Z]", "", text)
