"""Build the catalogue of datasets that Connecticut's open data portal listed until 2017, from a harvest of 2018.

The publishers' own texts are kept, faults included, because lessons judge them. What names or reaches a person is
replaced by a marker. The names themselves stand nowhere on this page.
"""

from __future__ import annotations

import re
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

CATALOGUE = "portal-catalogue-2018/data_ct_gov_catalogue_2018.csv"

# Published name of a column, and ours. The order is that of our table.
COLUMNS = {
    "id": "dataset_id",
    "name": "title",
    "category": "category",
    "tags": "tags",
    "attribution": "attribution",
    "license_meta": "license",
    "description": "description",
    "created": "created",
    "publication_date": "published",
    "n_columns": "column_count",
    "columns": "columns",
}
TIME = "%Y-%m-%dT%H:%M:%SZ"

CATEGORIES = (
    "",
    "Business",
    "Education",
    "Environment and Natural Resources",
    "Government",
    "Health and Human Services",
    "Housing and Development",
    "Public Safety",
    "Transportation",
)
LICENSES = (
    "",
    "Public Domain",
    "Public Domain U.S. Government",
    "Creative Commons 1.0 Universal (Public Domain Dedication)",
    "Creative Commons Attribution | Share Alike 3.0 Unported",
    "Open Database License",
)

# The harvest is closed: these figures do not change any more.
ENTRIES = 307
BLANKS = {"license": 141, "attribution": 63, "category": 21, "tags": 16, "description": 15}
# So many attributions were read one by one, to find those that name a person.
ATTRIBUTIONS_READ = 85

NAME_REMOVED, PHONE_REMOVED, EMAIL_REMOVED = "[name removed]", "[phone number removed]", "[e-mail address removed]"
# Attributions that name a person, by dataset, as we print them.
ATTRIBUTIONS_WITHOUT_NAME = {
    "dpat-eygf": f"{NAME_REMOVED} - Office of Roadway Systems Information",
    "yqkv-3nq7": f"{NAME_REMOVED} - Systems Inventory Section of the Bureau of Policy and Planning, "
    "CT Department of Transportation",
    "b9zb-xkhg": NAME_REMOVED,
    "nhvj-awym": f"DCF Office for Research and Evaluation; {NAME_REMOVED}, Program Manager",
    "r8fi-whh5": f"Secretary of State, {NAME_REMOVED}",
}
OFFICE_HOLDER = re.compile(r"\b(Gov\.) [A-Z]\w+")
PHONE = re.compile(r"\b(?:1-)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b")
EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.]+\b")


def build(sources: Path, destination: Path) -> None:
    """Write portal-catalogue.csv. Raises SourceError before anything is written."""
    published = read(sources)
    entries = prepare(published)
    validate(entries)
    write(entries, destination)


def read(sources: Path) -> list[SourceRow]:
    rows = read_source_rows(sources, CATALOGUE, list(COLUMNS))
    require_figure(CATALOGUE, "the number of entries", len(rows), ENTRIES)
    require_once(rows, "id")
    attributions = {row["attribution"] for row in rows} - {""}
    require_figure(CATALOGUE, "the number of attributions read for names", len(attributions), ATTRIBUTIONS_READ)
    return rows


def prepare(published: list[SourceRow]) -> list[TableRow]:
    """Return one row an entry, in the order of the harvest."""
    named = [row for row in published if row["id"] in ATTRIBUTIONS_WITHOUT_NAME]
    index_once(CATALOGUE, named, "id", ATTRIBUTIONS_WITHOUT_NAME)
    return [_entry(row) for row in published]


def validate(entries: list[TableRow]) -> None:
    """Hold the blanks against the known ones, and look once more for what reaches a person."""
    for column, blanks in BLANKS.items():
        found = sum(entry[column] is None for entry in entries)
        require_figure(f"{CATALOGUE}, column {column}", "the number of empty cells", found, blanks)
    for entry in entries:
        for column, cell in entry.items():
            if isinstance(cell, str) and ("@" in cell or PHONE.search(cell) or OFFICE_HOLDER.search(cell)):
                raise ValueWrong(
                    f"{CATALOGUE}, dataset {entry['dataset_id']}, column {column}",
                    "it holds an e-mail address, a phone number or a name.",
                    "Extend the patterns of the recipe.",
                )


def write(entries: list[TableRow], destination: Path) -> None:
    write_tables(destination, {"portal-catalogue.csv": entries})


def _entry(row: SourceRow) -> TableRow:
    names = row.text("columns").split("; ")
    count = row.whole_number("n_columns")
    if len(names) != count:
        raise RowMissing(
            row.place("columns"), f"{len(names)} columns are listed, of {count}.", "Download the file again."
        )
    values = {
        "id": row.text("id"),
        "name": row.text("name"),
        "category": row.one_of("category", CATEGORIES),
        "attribution": _attribution(row),
        "license_meta": row.one_of("license_meta", LICENSES),
        "created": row.day("created", TIME),
        "publication_date": row.day("publication_date", TIME),
        "n_columns": count,
    }
    texts = {column: _without_persons(_one_line(row[column])) for column in ("tags", "description", "columns")}
    return {ours: (values | texts)[theirs] or None for theirs, ours in COLUMNS.items()}


def _attribution(row: SourceRow) -> str:
    """Return who published the dataset, without the name of a person."""
    ours = ATTRIBUTIONS_WITHOUT_NAME.get(row["id"])
    if ours is None:
        return row["attribution"]
    expected = re.escape(ours).replace(re.escape(NAME_REMOVED), r"\w+ \w+")
    if not re.fullmatch(expected, row["attribution"]):
        raise ValueWrong(
            row.place("attribution"), "it changed, and may name another person.", f"Compare it with “{ours}”."
        )
    return ours


def _without_persons(text: str) -> str:
    text = OFFICE_HOLDER.sub(rf"\1 {NAME_REMOVED}", text)
    text = PHONE.sub(PHONE_REMOVED, text)
    return EMAIL.sub(EMAIL_REMOVED, text)


def _one_line(text: str) -> str:
    return " ".join(text.split())
