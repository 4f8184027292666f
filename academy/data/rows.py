"""The rows of a table as pages and the command line need them: every cell as text, and how many rows there are."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from academy.data.errors import PackageBroken
from academy.data.package import Table


def header_and_rows(table: Table) -> tuple[list[str], Iterator[list[str]]]:
    """Return the column names and the rows. A set of shapes gives its properties, a shape a row.

    Raises PackageBroken where the file is not there or has no header.
    """
    if table.format == "geojson":
        names = [column.name for column in table.columns]
        features = json.loads(_content(table))["features"]
        return names, ([_text(feature["properties"].get(name)) for name in names] for feature in features)
    lines = csv.reader(io.StringIO(_content(table).decode("utf-8"), newline=""))
    header = next(lines, None)
    if header is None:
        raise _broken(table, f"{table.path.name} is empty.")
    return header, lines


def count_rows(table: Table) -> int:
    """Return the number of rows, or of shapes."""
    content = _content(table)
    if table.format == "csv" and b'"' not in content:
        # No cell can hold a line end: counting them is ten times as fast.
        return content.count(b"\n") - 1
    return sum(1 for _ in header_and_rows(table)[1])


def _content(table: Table) -> bytes:
    try:
        return table.path.read_bytes()
    except FileNotFoundError:
        raise _broken(table, f"it names {table.path.name}, which is not there.") from None


def _broken(table: Table, problem: str) -> PackageBroken:
    slug = table.path.parent.name
    return PackageBroken(f"{slug}/datapackage.json", problem, f"Run `academy data build {slug}`.")


def _text(cell: Any) -> str:
    """A property as a cell of a CSV table would spell it."""
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)
