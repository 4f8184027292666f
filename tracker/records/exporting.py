"""Everything about a person in one ZIP file: tables for people, JSON for programs, and their notebooks."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import IO, Any

from django.utils import timezone

from toolkit.survey.sheet import guarded
from tracker.people.models import Person
from tracker.people.stored import Stored
from tracker.records.rooms import personal_data

_README = """Your data
=========

This is everything that the Connecticut Data Academy stores about {name} <{email}>.
It was put together on {day}.

everything.json holds it all, for a program to read. The tables hold the same, for you to
read in a spreadsheet. Where a text begins like a formula, a table has an apostrophe before
it, so that nothing runs. Times carry their distance from universal time.

{lists}

Two things are left out: your password, of which only a digest is stored, and the technical
log of the grader. Answers that you gave to an anonymous survey are not here: nobody can
tell which ones are yours.
"""


def write_zip(person: Person, file: IO[bytes]) -> None:
    """Write the ZIP file. Notebooks are read one at a time, so that it takes little memory."""
    lists = personal_data(person)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("README.txt", _readme(person, lists))
        everything = {stored.name: stored.rows for stored in lists}
        zipped.writestr("everything.json", json.dumps(everything, default=_plain, ensure_ascii=False, indent=2))
        for stored in lists:
            if stored.rows:
                zipped.writestr(f"{stored.name}.csv", _table(stored))
            for name, content in stored.files():
                zipped.writestr(name, content)


def _readme(person: Person, lists: Sequence[Stored]) -> str:
    lines = [f"{stored.name}{'.csv' if stored.rows else ' (nothing is stored)'}\n    {stored.says}" for stored in lists]
    return _README.format(
        name=person.name, email=person.email, day=f"{timezone.localtime():%B %-d, %Y}", lists="\n".join(lines)
    )


def _table(stored: Stored) -> bytes:
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    writer.writerow(stored.rows[0])
    writer.writerows([guarded(_cell(value)) for value in row.values()] for row in stored.rows)
    # The mark by which a spreadsheet knows UTF-8.
    return page.getvalue().encode("utf-8-sig", errors="replace")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else str(_plain(value))


def _plain(value: object) -> str:
    return timezone.localtime(value).isoformat() if isinstance(value, datetime) else str(value)
