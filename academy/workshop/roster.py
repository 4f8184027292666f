"""The roster of a workshop: a CSV file with the columns id, first_name, last_name, email, as Excel saves it.

Read whole or not at all: every fault is reported with its line, in words that whoever made the file can act on.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("id", "first_name", "last_name", "email")
_LONGEST = 128
"""Characters that the gradebook's columns hold."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")
_FORMULA = ("=", "+", "-", "@")
"""A cell that begins with one of these is run by spreadsheet programs."""
_IN_WORDS = {"id": "id", "first_name": "first name", "last_name": "last name", "email": "e-mail address"}


class RosterError(Exception):
    """The roster cannot be used. `faults` has a sentence for each thing to mend."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


@dataclass(frozen=True)
class Learner:
    """One line of the roster. `id` names the learner's folders, and is their user name on a shared machine."""

    id: str
    first_name: str
    last_name: str
    email: str


@dataclass(frozen=True)
class Roster:
    learners: tuple[Learner, ...]
    encoding: str
    """How the file was read: UTF-8, UTF-16 or Windows-1252."""


def read_roster(file: Path) -> Roster:
    """Read a roster. Raises RosterError."""
    text, encoding = _decode(file.read_bytes())
    try:
        rows = list(_rows(text))
    except csv.Error as error:
        raise RosterError([f"This is no CSV file ({error}). Save the table as “CSV UTF-8”."]) from None
    if not rows:
        raise RosterError([f"The file is empty. Its first line names the columns: {', '.join(COLUMNS)}."])
    (_, header), *rest = rows
    places = _places(header)
    learners: list[Learner] = []
    faults: list[str] = []
    first: dict[str, int] = {}
    """The line on which an id or an e-mail address stood first."""
    for line, cells in rest:
        found = list(_faults_of_row(cells, places, len(header)))
        if not found:
            learner = Learner(**{column: cells[place].strip() for column, place in places.items()})
            found = [*_faults_of_learner(learner), *_doubles(learner, line, first)]
            learners.append(learner)
        faults += [f"Line {line}: {fault}" for fault in found]
    if faults:
        raise RosterError(faults)
    if not learners:
        raise RosterError(["The file names the columns, but nobody stands below them. Write one line for each person."])
    return Roster(tuple(learners), encoding)


def _decode(content: bytes) -> tuple[str, str]:
    if content.startswith(b"PK\x03\x04"):
        raise RosterError(["This is an Excel workbook. In Excel, choose Save As, “CSV UTF-8”, and use that file."])
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError:
            raise RosterError(["The file is damaged. Save the table as “CSV UTF-8” again."]) from None
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RosterError([f"Line {line}: a letter cannot be read. Save the table as “CSV UTF-8”."]) from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold something, each with its number in the file."""
    header = text.split("\n", 1)[0]
    # Excel separates by what the computer's region says.
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    before = 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield before + 1, cells
        before = reader.line_num


def _places(header: list[str]) -> dict[str, int]:
    names = [re.sub(r"[\s-]+", "_", name.strip().lower()).replace("e_mail", "email") for name in header]
    faults = [f"Line 1: the column “{column}” is missing." for column in COLUMNS if column not in names]
    faults += [f"Line 1: there are two columns “{column}”." for column in COLUMNS if names.count(column) > 1]
    if faults:
        raise RosterError([*faults, f"Line 1 must name the columns: {', '.join(COLUMNS)}."])
    return {column: names.index(column) for column in COLUMNS}


def _faults_of_row(cells: list[str], places: dict[str, int], width: int) -> Iterator[str]:
    if len(cells) != width:
        yield (
            f"there are {len(cells)} cells, where line 1 has {width}. "
            'A name with a comma needs quotation marks around it: "Doe, Jr."'
        )
        return
    for column, place in places.items():
        value = cells[place].strip()
        if value.startswith(_FORMULA):
            yield f"the {_IN_WORDS[column]} begins with “{value[0]}”, as a formula does. Type the plain text."
        elif not value.isprintable():
            yield f"the {_IN_WORDS[column]} holds a line break or another unseen character. Type it again."
        elif len(value) > _LONGEST:
            yield f"the {_IN_WORDS[column]} is longer than {_LONGEST} letters. Shorten it."


def _faults_of_learner(learner: Learner) -> Iterator[str]:
    if not learner.id:
        yield "the id is missing. Use the user name, or a short name of your own."
    elif not _ID.fullmatch(learner.id):
        yield (
            f"the id “{learner.id}” cannot name a folder. "
            "Use letters without accents, digits, dots, hyphens; begin with a letter or a digit."
        )
    if not (learner.first_name or learner.last_name):
        yield "the name is missing. Write a first name or a last name."
    if not learner.email:
        yield "the e-mail address is missing. Results find a person's account by it."
    elif not _EMAIL.fullmatch(learner.email):
        yield f"“{learner.email}” is no e-mail address."


def _doubles(learner: Learner, line: int, first: dict[str, int]) -> Iterator[str]:
    for word, value in (("id", learner.id), ("e-mail address", learner.email)):
        # Two folders that differ in capitals only are one on some machines, and so are two mailboxes.
        if value and (earlier := first.setdefault(f"{word} {value.lower()}", line)) != line:
            yield f"the {word} “{value}” stands on line {earlier} already. Each person needs one line and one {word}."
