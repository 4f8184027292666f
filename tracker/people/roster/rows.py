"""Lines of a roster file to people: which column is which, and what is wrong in a row. Asks no database."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from tracker.people.roster.files import RosterUnreadable, Sheet, tidy

UnitPath = tuple[str, ...]
"""The names of a unit and of those above it, from the top."""

LONGEST = 200
"""Characters of a name, of a person or of a unit."""
DEEPEST = 12
"""Units below each other."""
_COLUMNS = {
    "name": {"name", "full name", "employee name", "employee"},
    "e-mail": {"e mail", "email", "work e mail", "work email", "e mail address", "email address", "work email address"},
    "unit": {"unit", "unit path", "unit name"},
    "parent unit": {"parent unit", "parent"},
    "agency": {"agency", "agency name"},
    "manager of": {"manager of", "manages"},
    "data officer": {"data officer", "agency data officer"},
}
_NEEDED = ("name", "e-mail", "unit")
_FORMULA = ("=", "+", "-", "@")
"""A cell that begins with one of these is run by spreadsheet programs."""
_SLASH = re.compile(r"(?:^|(?<= ))/(?= |$)")
_IS_EMAIL = EmailValidator()
_YES, _NO = {"yes", "y", "true", "1", "x"}, {"no", "n", "false", "0", ""}


@dataclass(slots=True)
class Row:
    """One person of the file. `faults` has a sentence for each thing to mend; with one, the rest may be incomplete."""

    line: int
    name: str
    email: str
    agency: str
    """Empty where the file does not say."""
    unit: UnitPath
    parent: UnitPath
    """What the column “parent unit” says: a whole path, or the name of another unit."""
    manages: tuple[UnitPath, ...] | None
    """None: the file has no such column, so nothing is to change."""
    data_officer: bool | None
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Rows:
    rows: list[Row]
    notes: tuple[str, ...]


def read_rows(sheet: Sheet) -> Rows:
    """Raises RosterUnreadable if a column is missing."""
    (line, header), *rest = sheet.lines
    places, unused = _places(header, line)
    rows = [_row(number, cells, places, len(header)) for number, cells in rest]
    _note_doubles(rows)
    notes = sheet.notes
    if unused:
        notes += (f"These columns were not used: {', '.join(shown(name) for name in unused)}.",)
    return Rows(rows, notes)


def folded(name: str) -> str:
    """The name as it is compared: capitals make no other unit, and no other agency."""
    return name.casefold()


def shown(value: str) -> str:
    """A value in a sentence: not longer than a line, and without what cannot be seen."""
    seen = "".join(sign if sign.isprintable() else "�" for sign in value)
    return f"“{seen if len(seen) <= 60 else seen[:57] + '…'}”"


def path_in_words(path: UnitPath) -> str:
    return " / ".join(path)


def _places(header: list[str], line: int) -> tuple[dict[str, int], list[str]]:
    names = [re.sub(r"[\s_-]+", " ", tidy(cell).lower()).strip(" :*") for cell in header]
    found = {column: [place for place, name in enumerate(names) if name in known] for column, known in _COLUMNS.items()}
    faults = [f"the column “{column}” is missing" for column in _NEEDED if not found[column]]
    faults += [f"there are two columns “{column}”" for column, places in found.items() if len(places) > 1]
    if faults:
        raise RosterUnreadable(
            f"Line {line}: {' and '.join(faults)}. The first line names the columns: name, e-mail, agency and unit. "
            "If you like, also parent unit, manager of, and data officer."
        )
    used = {places[0] for places in found.values() if places}
    unused = [tidy(cell) for place, cell in enumerate(header) if place not in used and tidy(cell)]
    return {column: places[0] for column, places in found.items() if places}, unused


def _row(line: int, cells: list[str], places: dict[str, int], width: int) -> Row:
    # A line may end early, where the last cells are empty. More cells than columns mean a comma too many.
    surplus = any(cell.strip() for cell in cells[width:])
    values = {column: tidy(cells[place]) if place < len(cells) else "" for column, place in places.items()}
    row = Row(
        line=line,
        name=values["name"],
        email=values["e-mail"].lower(),
        agency=values.get("agency", ""),
        unit=_path(values["unit"]),
        parent=_path(values.get("parent unit", "")),
        manages=_paths(values["manager of"]) if "manager of" in values else None,
        data_officer=_yes_or_no(values["data officer"]) if "data officer" in values else None,
    )
    if surplus:
        row.faults.append('There are more cells than columns. A name with a comma needs quotation marks: "Doe, Jr."')
    else:
        row.faults += _faults(row, values)
    return row


def _faults(row: Row, values: dict[str, str]) -> Iterator[str]:
    bad = False
    for column, value in values.items():
        if value.startswith(_FORMULA):
            bad = True
            yield f"The {column} begins with “{value[0]}”, as a formula does. Type the plain text."
        elif not value.isprintable():
            bad = True
            yield f"The {column} holds a line break or another sign that cannot be seen. Type it again."
    if bad:
        return
    if not row.name:
        yield "The name is missing."
    elif len(row.name) > LONGEST:
        yield f"The name is longer than {LONGEST} characters. Shorten it."
    if not row.email:
        yield "The e-mail address is missing. People sign in with it."
    elif not _is_email(row.email):
        yield f"{shown(row.email)} is no e-mail address, such as name@example.gov."
    if not row.unit:
        yield "The unit is missing. Write where the person works, such as Permits / Front desk."
    for path in (row.unit, row.parent, *(row.manages or ())):
        yield from _faults_of_path(path)
    if len(row.agency) > LONGEST:
        yield f"The agency's name is longer than {LONGEST} characters. Shorten it."
    if "data officer" in values and row.data_officer is None:
        yield f"Under “data officer” stands {shown(values['data officer'])}. Write yes, or leave it empty."


def _faults_of_path(path: UnitPath) -> Iterator[str]:
    if len(path) > DEEPEST:
        yield f"{shown(path_in_words(path))} has more than {DEEPEST} units below each other. Shorten it."
    for name in path:
        if not name:
            yield f"In {shown(path_in_words(path))} a unit has no name. Write a name on both sides of each “ / ”."
        elif len(name) > LONGEST:
            yield f"The unit {shown(name)} has a name longer than {LONGEST} characters. Shorten it."
        elif name.startswith(_FORMULA):
            yield f"The unit {shown(name)} begins with “{name[0]}”, as a formula does. Type the plain text."


def _path(cell: str) -> UnitPath:
    """A slash between spaces separates; so a unit may be called “IT/Web”."""
    return tuple(name.strip() for name in _SLASH.split(cell)) if cell else ()


def _paths(cell: str) -> tuple[UnitPath, ...]:
    return tuple(_path(tidy(part)) for part in cell.split(";") if tidy(part))


def _yes_or_no(cell: str) -> bool | None:
    return True if cell.lower() in _YES else False if cell.lower() in _NO else None


def _is_email(value: str) -> bool:
    try:
        _IS_EMAIL(value)
    except ValidationError:
        return False
    return len(value) <= 254


def _note_doubles(rows: list[Row]) -> None:
    """Which of two rows with one address is right, nobody can know: both are faults."""
    counts = Counter(row.email for row in rows if row.email)
    lines: dict[str, list[int]] = {}
    for row in rows:
        if counts[row.email] > 1:
            lines.setdefault(row.email, []).append(row.line)
    for row in rows:
        if row.email in lines:
            others = [str(line) for line in lines[row.email][:4] if line != row.line][:3]
            more = len(lines[row.email]) - 1 - len(others)
            in_words = ", ".join(others) + (f" and {more} more" if more else "")
            row.faults.append(f"The e-mail address stands in line {in_words} too. Keep one of these lines.")
