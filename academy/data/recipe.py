"""What every recipe of datasets/ does in the same way: read a source, check it, write tables.

A recipe relies on this page to stop with a named error before anything is written. A source is named by its path
inside the sources folder, and a row by its number in the file, with the header as row 1, as a spreadsheet shows it.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from academy.data.errors import (
    ColumnMissing,
    FigureWrong,
    RowDamaged,
    RowMissing,
    SourceMissing,
    SourceUnreadable,
    ValueWrong,
)

Cell: TypeAlias = str | int | float | bool | None
TableRow: TypeAlias = Mapping[str, Cell]

_DOWNLOAD_AGAIN = "Download the file again; if the publisher changed it, change the recipe."


@dataclass(frozen=True)
class SourceRow:
    """One row of a source, which knows its place in the file."""

    file: str
    number: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def place(self, column: str) -> str:
        return f"{self.file}, row {self.number}, column {column}"

    def whole_number(self, column: str) -> int:
        """Return the value as an integer of zero or more. Raises ValueWrong."""
        text = self.values[column]
        if not (text.isascii() and text.isdigit()):
            raise ValueWrong(self.place(column), f"“{text}” is not a whole number.", _DOWNLOAD_AGAIN)
        return int(text)


def read_source_text(sources: Path, file: str) -> str:
    """Return the text of a source, without a byte order mark. Raises SourceMissing, SourceUnreadable."""
    path = sources / file
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise SourceMissing(
            file,
            f"the file is not in {sources}.",
            "Put it there, or name the right folder with --sources or the setting ACADEMY_SOURCES.",
        ) from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceUnreadable(
            file, "the file starts with the byte order mark of UTF-16.", "Save it again as “CSV UTF-8”."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceUnreadable(
            file, f"row {line} holds a byte that is not UTF-8 text.", "Save it again as “CSV UTF-8”."
        ) from None


def read_source_rows(sources: Path, file: str, columns: Sequence[str]) -> list[SourceRow]:
    """Return the rows of a CSV source that has at least `columns`, cells as text without surrounding spaces.

    Raises SourceMissing, SourceUnreadable, ColumnMissing, RowDamaged.
    """
    reader = csv.reader(io.StringIO(read_source_text(sources, file), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _require_columns(file, header, columns)
        rows = []
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                raise RowDamaged(
                    f"{file}, row {reader.line_num}",
                    f"{len(cells)} values where the header names {len(header)} columns; the file looks cut short.",
                    _DOWNLOAD_AGAIN,
                )
            values = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
            rows.append(SourceRow(file, reader.line_num, values))
    except csv.Error as error:
        raise SourceUnreadable(f"{file}, row {reader.line_num}", f"not CSV: {error}.", _DOWNLOAD_AGAIN) from None
    return rows


def index_once(file: str, rows: Iterable[SourceRow], key: str, expected: Iterable[str]) -> dict[str, SourceRow]:
    """Return the row of each expected key. Raises RowMissing if one is missing, twice, or not expected."""
    found: dict[str, SourceRow] = {}
    wanted = set(expected)
    for row in rows:
        name = row[key]
        if name in found:
            raise RowMissing(row.place(key), f"“{name}” is there twice.", _DOWNLOAD_AGAIN)
        if name not in wanted:
            raise RowMissing(row.place(key), f"“{name}” is not expected here.", _DOWNLOAD_AGAIN)
        found[name] = row
    missing = sorted(wanted - found.keys())
    if missing:
        shown = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
        raise RowMissing(
            f"{file}, column {key}",
            f"{len(missing)} of {len(wanted)} are missing: {shown}.",
            _DOWNLOAD_AGAIN,
        )
    return found


def require_figure(place: str, what: str, found: int, published: int) -> None:
    """Raise FigureWrong unless a total or count equals the published one."""
    if found != published:
        raise FigureWrong(
            place,
            f"{what} is {found:,}; published is {published:,}.",
            "Compare the source with its publisher before you change the recipe.",
        )


def write_tables(destination: Path, tables: Mapping[str, Sequence[TableRow]]) -> None:
    """Write each table as CSV: UTF-8 without a byte order mark, line feeds, true and false, an empty cell for None.

    Everything is turned into text before the first file is touched, and a file is replaced whole.
    """
    texts = {name: _csv_text(rows) for name, rows in tables.items()}
    destination.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        replace_file(destination / name, text.encode("utf-8"))


def replace_file(path: Path, content: bytes) -> None:
    """Write `content` beside `path`, then put it in its place, so that nobody meets half a file."""
    waiting = path.with_name(f".{path.name}.new")
    waiting.write_bytes(content)
    os.replace(waiting, path)


def _require_columns(file: str, header: Sequence[str], columns: Sequence[str]) -> None:
    for column in columns:
        count = header.count(column)
        if count != 1:
            problem = f"there is no column “{column}”." if count == 0 else f"column “{column}” is there {count} times."
            shown = ", ".join(header)[:200] or "none"
            raise ColumnMissing(f"{file}, row 1", problem, f"Its columns are: {shown}. {_DOWNLOAD_AGAIN}")


def _csv_text(rows: Sequence[TableRow]) -> str:
    output = io.StringIO(newline="")
    writer = csv.DictWriter(output, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell_text(cell) for name, cell in row.items()} for row in rows)
    return output.getvalue()


def _cell_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)
