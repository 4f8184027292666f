"""Reads a roster file, CSV or XLSX, into lines of cells. Knows nothing of people."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from python_calamine import CalamineError, CalamineWorkbook

MOST_LINES = 200_000
LARGEST_UNPACKED = 400_000_000
"""Bytes of an XLSX workbook, unpacked: ten times what 100,000 people need."""

# A cell with something in it, beyond line 200,000 or column AZ. A reader makes room for all cells before it.
_FAR_CELL = re.compile(rb'<c r="(?:[A-Z]+(?:[2-9]\d{5}|\d{7,})|(?:[B-Z][A-Z]|[A-Z]{3})\d+)"[^>]*[^/]>')
_LONGEST_CELL = 100_000
_SPACES = re.compile("[ \N{NO-BREAK SPACE}]+")


class RosterUnreadable(Exception):
    """The file cannot be used at all. The message says what to do."""


@dataclass(frozen=True)
class Sheet:
    """A table of text. The first line has the names of the columns; every line comes with its number in the file."""

    lines: list[tuple[int, list[str]]]
    notes: tuple[str, ...] = ()
    """What a person should look at, such as how the letters were read."""


def read_sheet(content: bytes) -> Sheet:
    """Read a roster file, whatever it is called. Raises RosterUnreadable."""
    if not content.strip():
        raise RosterUnreadable("The file is empty. Save the table again, then choose the new file.")
    if content.startswith(b"%PDF"):
        raise RosterUnreadable("This is a PDF, whatever its name says. Save the table itself as CSV or XLSX.")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise RosterUnreadable(
            "This is a workbook with a password, or an old .xls. Save it as .xlsx, without a password."
        )
    sheet = _workbook(content) if content.startswith(b"PK") else _text(content)
    if not sheet.lines:
        raise RosterUnreadable("The file is empty. Save the table again, then choose the new file.")
    if len(sheet.lines) == 1:
        raise RosterUnreadable(
            "The file names the columns, but nobody stands below them. Write one line for each person."
        )
    if len(sheet.lines) > MOST_LINES:
        raise RosterUnreadable(f"The file has more than {MOST_LINES:,} lines. Split it by agency.")
    return sheet


def tidy(cell: str) -> str:
    """A cell without spaces around it, with single ones within, and each letter in one way of writing it."""
    # Only spaces: a line break or a tab within a cell is a fault to be told of, not to be hidden.
    return _SPACES.sub(" ", unicodedata.normalize("NFC", cell)).strip()


def _text(content: bytes) -> Sheet:
    text, notes = _decode(content)
    try:
        return Sheet([(line, cells) for line, cells in _csv(text) if any(cell.strip() for cell in cells)], notes)
    except csv.Error as error:
        raise RosterUnreadable(
            f"This is no CSV file that can be read ({error}). Perhaps a quotation mark is not closed. "
            "Save the table as “CSV UTF-8”, or as XLSX."
        ) from None


def _decode(content: bytes) -> tuple[str, tuple[str, ...]]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), ()
        except UnicodeDecodeError:
            raise RosterUnreadable("The file is damaged. Save the table as “CSV UTF-8” again.") from None
    if b"\0" in content:
        raise RosterUnreadable("This is no table of text. Save the table as “CSV UTF-8”, or as XLSX.")
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RosterUnreadable(f"Line {line}: a letter cannot be read. Save the table as “CSV UTF-8”.") from None
    note = "The file is not in UTF-8. It was read as Windows-1252: check that letters such as é and ñ are right."
    return text, (note,)


def _csv(text: str) -> Iterator[tuple[int, list[str]]]:
    header = text.lstrip().split("\n", 1)[0]
    # Excel separates by what the computer's region says.
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    before = 0
    for cells in reader:
        # The reader's own limit belongs to the whole process, and other libraries change it.
        if any(len(cell) > _LONGEST_CELL for cell in cells):
            raise csv.Error(f"a cell has more than {_LONGEST_CELL:,} characters")
        yield before + 1, cells
        before = reader.line_num


def _workbook(content: bytes) -> Sheet:
    _check_unpacked(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            rows = book.get_sheet_by_index(0).iter_rows()
            lines = [(number, [_as_text(cell) for cell in cells]) for number, cells in enumerate(rows, start=1)]
            names = book.sheet_names
    except (CalamineError, IndexError, ValueError):
        raise RosterUnreadable("The workbook cannot be read. Open it, and save it again as XLSX or CSV.") from None
    notes = (f"The workbook has {len(names)} sheets. Only the first, “{names[0]}”, was read.",) if names[1:] else ()
    return Sheet([(number, cells) for number, cells in lines if any(cell.strip() for cell in cells)], notes)


def _check_unpacked(content: bytes) -> None:
    """Refuse what would fill the memory: a small file may unpack to a huge one, and one far cell needs a huge table."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if "xl/workbook.xml" not in packed.namelist():
                raise RosterUnreadable("This is no Excel workbook. Save the table as XLSX or as “CSV UTF-8”.")
            if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
                raise RosterUnreadable("The workbook is too large. Copy the table alone into a new one.")
            for name in packed.namelist():
                _read_through(packed, name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        raise RosterUnreadable("The workbook is damaged. Open it, and save it again as XLSX.") from None


def _read_through(packed: zipfile.ZipFile, name: str) -> None:
    """Unpack one part in pieces and forget it. A part that is longer than it says fails its checksum here."""
    is_sheet = name.startswith("xl/worksheets/sheet")
    before = b""
    with packed.open(name) as part:
        while piece := part.read(1 << 20):
            if is_sheet and _FAR_CELL.search(before + piece):
                raise RosterUnreadable(
                    f"The sheet has cells beyond line {MOST_LINES:,} or column AZ. Copy the table alone into a new one."
                )
            before = piece[-200:]


def _as_text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
