"""What every recipe of datasets/ does in the same way: read a source, check it, write tables.

A recipe relies on this page to stop with a named error before anything is written. A source is named by its path
inside the sources folder, and a row by its number in the file, with the header as row 1, as a spreadsheet shows it.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeAlias

from academy.data.errors import (
    ColumnMissing,
    FigureWrong,
    RowDamaged,
    RowMissing,
    SourceMissing,
    SourceUnreadable,
    ValueWrong,
)
from academy.project import DATASETS

Cell: TypeAlias = str | int | float | Decimal | date | bool | None
TableRow: TypeAlias = Mapping[str, Cell]
Feature: TypeAlias = Mapping[str, Any]
"""One shape of GeoJSON: its properties and its geometry."""

ISO_DAY = "%Y-%m-%d"
_MIDNIGHT = re.compile(r"T00:00:00(\.0+)?Z?$")
"""How the portal's programming interface ends a date that has no time."""

# About one metre: finer than any boundary here is drawn.
_DEGREE_DIGITS = 5

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

    def text(self, column: str) -> str:
        """Return the value, which must not be empty. Raises ValueWrong."""
        if not self.values[column]:
            raise ValueWrong(self.place(column), "the cell is empty.", _DOWNLOAD_AGAIN)
        return self.values[column]

    def whole_number(self, column: str, thousands: str = "") -> int:
        """Return the value as an integer of zero or more, read without its thousands mark. Raises ValueWrong."""
        text = self.values[column]
        digits = text.replace(thousands, "") if thousands else text
        if not (digits.isascii() and digits.isdigit()):
            raise ValueWrong(self.place(column), f"“{text}” is not a whole number.", _DOWNLOAD_AGAIN)
        return int(digits)

    def decimal(self, column: str, thousands: str = "") -> Decimal:
        """Return the value as a number that keeps the digits of the file. Raises ValueWrong."""
        text = self.values[column]
        try:
            number = Decimal(text.replace(thousands, "") if thousands else text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise ValueWrong(self.place(column), f"“{text}” is not a number.", _DOWNLOAD_AGAIN)
        return number

    def day(self, column: str, *formats: str) -> date:
        """Return the value as a day, written in one of `formats` (as strptime) or as YYYY-MM-DD. Raises ValueWrong."""
        text = _MIDNIGHT.sub("", self.values[column])
        for format_ in (*formats, ISO_DAY):
            try:
                return datetime.strptime(text, format_).date()
            except ValueError:
                continue
        raise ValueWrong(self.place(column), f"“{text}” is not a day.", _DOWNLOAD_AGAIN)

    def one_of(self, column: str, choices: Iterable[str]) -> str:
        """Return the value, which must be one of the known ones. Raises ValueWrong."""
        text = self.values[column]
        known = list(choices)
        if text not in known:
            shown = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
            raise ValueWrong(
                self.place(column),
                f"“{text}” is a new category.",
                f"Known are: {shown}. If the publisher added one, change the recipe and the description.",
            )
        return text


def read_source_text(sources: Path, file: str, encoding: str = "utf-8") -> str:
    """Return the text of a source.

    A byte order mark is refused unless `encoding` is "utf-8-sig", as it is for the publishers who always write one.
    Raises SourceMissing, SourceUnreadable.
    """
    return _decode(file, _content(sources, file), encoding)


def read_source_rows(
    sources: Path,
    file: str,
    columns: Sequence[str],
    *,
    encoding: str = "utf-8",
    title_lines: int = 0,
    member: str | None = None,
) -> list[SourceRow]:
    """Return the rows of a CSV source that has at least `columns`, cells as text without surrounding spaces.

    `title_lines` stand before the header, as in exports that print a title. `member` is the file inside a zip file.
    Raises SourceMissing, SourceUnreadable, ColumnMissing, RowDamaged.
    """
    content = _content(sources, file)
    if member is not None:
        content = _unzip(file, content, member)
    lines = io.StringIO(_decode(file, content, encoding), newline="")
    for _ in range(title_lines):
        next(lines, "")
    reader = csv.reader(lines, strict=True)
    rows: list[SourceRow] = []
    number = title_lines
    try:
        header = [name.strip() for name in next(reader, [])]
        number += reader.line_num
        _require_columns(f"{file}, row {number}", header, columns)
        for cells in reader:
            number = title_lines + reader.line_num
            if cells:
                rows.append(_source_row(file, number, header, cells))
    except csv.Error as error:
        raise SourceUnreadable(f"{file}, row {number + 1}", f"not CSV: {error}.", _DOWNLOAD_AGAIN) from None
    return rows


def read_source_sheet(sources: Path, file: str, sheet: str, columns: Sequence[str]) -> list[SourceRow]:
    """Return the rows of one sheet of an Excel workbook, as read_source_rows does. The first row is the header.

    Raises SourceMissing, SourceUnreadable, ColumnMissing.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(_content(sources, file)))
        if sheet not in workbook.sheet_names:
            shown = ", ".join(workbook.sheet_names)
            raise SourceUnreadable(file, f"there is no sheet “{sheet}”.", f"Its sheets are: {shown}. {_DOWNLOAD_AGAIN}")
        header, *lines = (
            [_sheet_text(cell) for cell in line] for line in workbook.get_sheet_by_name(sheet).to_python()
        )
    except (CalamineError, ValueError) as error:
        raise SourceUnreadable(file, f"it is not an Excel workbook: {error}.", _DOWNLOAD_AGAIN) from None
    _require_columns(f"{file}, row 1", header, columns)
    return [_source_row(file, number, header, cells) for number, cells in enumerate(lines, start=2) if any(cells)]


def read_town_populations() -> dict[str, int]:
    """Return the 169 towns, as every dataset names them, with their population of 2020."""
    rows = read_source_rows(DATASETS, "towns/towns.csv", ["town", "population_2020"])
    return {row.text("town"): row.whole_number("population_2020") for row in rows}


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


def require_once(rows: Iterable[SourceRow], *key: str) -> None:
    """Raise RowMissing at the first row whose key columns repeat those of an earlier row."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        values = tuple(row[column] for column in key)
        if values in seen:
            raise RowMissing(
                row.place(key[-1]),
                f"“{', '.join(values)}” is there twice; the first time in row {seen[values]}.",
                _DOWNLOAD_AGAIN,
            )
        seen[values] = row.number


def require_figure(place: str, what: str, found: int | Decimal, published: int | Decimal) -> None:
    """Raise FigureWrong unless a total or count equals the published one."""
    if found != published:
        raise FigureWrong(
            place,
            f"{what} is {found:,}; published is {published:,}.",
            "Compare the source with its publisher before you change the recipe.",
        )


def write_tables(
    destination: Path,
    tables: Mapping[str, Sequence[TableRow]],
    shapes: Mapping[str, Sequence[Feature]] | None = None,
) -> None:
    """Write each table as CSV and each set of shapes as GeoJSON, by file name.

    CSV is UTF-8 without a byte order mark, with line feeds, true and false, an empty cell for None. Everything is
    turned into text before the first file is touched, and a file is replaced whole. Raises RowMissing if a table has
    no row.
    """
    texts = {name: _csv_text(name, rows) for name, rows in tables.items()}
    texts |= {name: _geojson_text(features) for name, features in (shapes or {}).items()}
    destination.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        replace_file(destination / name, text.encode("utf-8"))


def replace_file(path: Path, content: bytes) -> None:
    """Write `content` beside `path`, then put it in its place, so that nobody meets half a file."""
    waiting = path.with_name(f".{path.name}.new")
    waiting.write_bytes(content)
    os.replace(waiting, path)


def _content(sources: Path, file: str) -> bytes:
    try:
        return (sources / file).read_bytes()
    except FileNotFoundError:
        raise SourceMissing(
            file,
            f"the file is not in {sources}.",
            "Put it there, or name the right folder with --sources or the setting ACADEMY_SOURCES.",
        ) from None


def _decode(file: str, content: bytes, encoding: str) -> str:
    again = "Save it again in the encoding of its publisher."
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceUnreadable(f"{file}, row 1", "the first column starts with the byte order mark of UTF-16.", again)
    if encoding == "utf-8" and content.startswith(b"\xef\xbb\xbf"):
        raise SourceUnreadable(
            f"{file}, row 1",
            "the first column starts with a byte order mark, which its publisher does not write.",
            f"Another program saved it. {_DOWNLOAD_AGAIN}",
        )
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = content.count(b",", content.rfind(b"\n", 0, error.start) + 1, error.start) + 1
        raise SourceUnreadable(
            f"{file}, row {line}, column {column}", f"a byte that is not {encoding.upper()} text.", again
        ) from None


def _unzip(file: str, content: bytes, member: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(member)
    except (zipfile.BadZipFile, KeyError) as error:
        raise SourceUnreadable(f"{file}, {member}", f"it cannot be unpacked: {error}.", _DOWNLOAD_AGAIN) from None


def _source_row(file: str, number: int, header: Sequence[str], cells: Sequence[str]) -> SourceRow:
    if len(cells) != len(header):
        missing = f", column {header[len(cells)]}" if len(cells) < len(header) else ""
        raise RowDamaged(
            f"{file}, row {number}{missing}",
            f"{len(cells)} values where the header names {len(header)} columns; the file looks cut short.",
            _DOWNLOAD_AGAIN,
        )
    return SourceRow(file, number, {name: cell.strip() for name, cell in zip(header, cells, strict=True)})


def _sheet_text(cell: Any) -> str:
    """A workbook knows numbers only as decimals: 2019 comes as 2019.0."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _require_columns(place: str, header: Sequence[str], columns: Sequence[str]) -> None:
    for column in columns:
        count = header.count(column)
        if count != 1:
            problem = f"there is no column “{column}”." if count == 0 else f"column “{column}” is there {count} times."
            shown = ", ".join(header)[:200] or "none"
            raise ColumnMissing(place, problem, f"Its columns are: {shown}. {_DOWNLOAD_AGAIN}")


def _csv_text(name: str, rows: Sequence[TableRow]) -> str:
    if not rows:
        raise RowMissing(name, "the sources give no row for this table.", _DOWNLOAD_AGAIN)
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


def _geojson_text(features: Sequence[Feature]) -> str:
    """One shape a line, so that a change to one town is a change to one line."""
    lines = ",\n".join(json.dumps(_rounded(feature), ensure_ascii=False, separators=(",", ":")) for feature in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def _rounded(part: Any) -> Any:
    if isinstance(part, float):
        return round(part, _DEGREE_DIGITS)
    if isinstance(part, Mapping):
        return {name: _rounded(value) for name, value in part.items()}
    return [_rounded(value) for value in part] if isinstance(part, list | tuple) else part
