"""What a roster changes or has changed, as it is shown, downloaded and printed."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from toolkit.survey.sheet import guarded
from tracker.people.roster.plan import Change, Plan, What
from tracker.people.roster.rows import LONGEST


class Line(NamedTuple):
    """One line of a report. `line` is that of the file, empty where there is none."""

    line: str
    name: str
    email: str
    what: str
    details: str


@dataclass(frozen=True)
class Report:
    lines: tuple[Line, ...]
    notes: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """The same for two reports that say the same."""
        return hashlib.sha256(self.to_json()).hexdigest()

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(line.what for line in self.lines)

    def of(self, what: What) -> list[Line]:
        return [line for line in self.lines if line.what == what]

    def to_json(self) -> bytes:
        return json.dumps([self.lines, self.notes], ensure_ascii=False).encode()

    def packed(self) -> bytes:
        return gzip.compress(self.to_json(), compresslevel=1)

    @classmethod
    def unpacked(cls, packed: bytes) -> Report:
        lines, notes = json.loads(gzip.decompress(packed))
        return cls(tuple(Line(*line) for line in lines), tuple(notes))

    def to_csv(self) -> str:
        """A table to keep. A cell that a spreadsheet would run as a formula gets an apostrophe, and so stays text."""
        page = io.StringIO(newline="")
        writer = csv.writer(page)
        writer.writerow(("line", "name", "e-mail", "what", "details"))
        writer.writerows([guarded(cell) for cell in line] for line in self.lines)
        return page.getvalue()


def report_of(plan: Plan) -> Report:
    return Report(tuple(_lines(plan)), plan.notes)


def _lines(plan: Plan) -> Iterator[Line]:
    tree = plan.tree
    for place in plan.new_units:
        yield Line("", "", "", What.NEW_UNIT.value, f"{tree.names[place[0]]}: {tree.in_words(place)}")
    for change in (*plan.changes, *plan.missing):
        yield _line(change)


def _line(change: Change) -> Line:
    line = "" if change.line is None else str(change.line)
    return Line(line, _visible(change.name), _visible(change.email), change.what.value, " ".join(change.details))


def _visible(value: str) -> str:
    """A value of the file, however long and whatever is in it, as it can be shown in a table or a terminal."""
    if len(value) <= LONGEST and value.isprintable():
        return value
    seen = "".join(sign if sign.isprintable() else "�" for sign in value[:LONGEST])
    return seen if len(value) <= LONGEST else f"{seen[:-1]}…"
