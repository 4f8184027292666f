"""Answers that were given in another tool: ODK's or Kobo's CSV, SurveyJS's JSON, made one row an answer.

They come from the forms that export.py makes, so a column is a question, and its item after an underscore. What fits no
question is set aside, whole, with a sentence. What those tools note about a person beside the answers (who sent it,
when, from which device) is left behind: our instruments do not ask for it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from toolkit.survey.answers import Answer, Collected, SetAside
from toolkit.survey.export import name_of
from toolkit.survey.instrument import Instrument, Question
from toolkit.survey.sheet import MOST_CHARACTERS, AnswersUnreadable

_NOTED = re.compile(
    r"(SubmissionDate|Submitter(ID|Name)|Attachments(Present|Expected)|Status|ReviewState|DeviceID|Edits|FormVersion|KEY|"
    r"__?[a-z]\w*|meta[-/:].*|start|end|today|deviceid|username|formhub[-/:]uuid|(.*[-/:])?(consent|section_\d+_intro))"
)
"""Columns that ODK and Kobo add, and the notes of our own form, which nobody answers."""
_FORM = ("KEY", "meta-instanceID", "meta/instanceID", "_uuid")
_VERSION = ("FormVersion", "__version__")
_OF_THE_FORM = ("wave", "person")


def from_odk(text: str, instrument: Instrument) -> Collected:
    """Return the answers of a CSV file of ODK Central or KoboToolbox, one row a form. Raises AnswersUnreadable."""
    if len(text) > MOST_CHARACTERS:
        raise AnswersUnreadable(f"The file has {len(text):,} characters. Split it: {MOST_CHARACTERS:,} at most.")
    first = text.split("\n", 1)[0]
    table = csv.DictReader(
        io.StringIO(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), newline=""),
        delimiter=";" if ";" in first and "," not in first else ",",
    )
    before = csv.field_size_limit(min(len(text) + 1, 2**31 - 1))
    try:
        rows = [{str(key): value or "" for key, value in row.items() if isinstance(value, str)} for row in table]
    except csv.Error as error:
        raise AnswersUnreadable(f"This is not a CSV file ({error}). Export it again as CSV.") from None
    finally:
        csv.field_size_limit(before)
    known = _names(instrument)
    columns = {column: _name_in(column, known) for column in table.fieldnames or ()}
    if not any(name and name not in _OF_THE_FORM for name in columns.values()):
        raise AnswersUnreadable(
            f"No column is a question of “{instrument.name}”. Export the answers as CSV, with the names of the "
            "questions rather than their labels."
        )
    work = _Work(instrument)
    for number, row in enumerate(rows, 2):
        of_form = {name: row[column] for column, name in columns.items() if name in _OF_THE_FORM and column in row}
        form = _first(row, _FORM) or str(number - 1)
        work.begin(number, form, of_form, _first(row, _VERSION))
        for column, value in row.items():
            name = columns.get(column, "")
            if not value.strip() or name in _OF_THE_FORM:
                continue
            if name:
                question, slot = known[name]
                several = value.split() if question.kind == "several" else [value]
                work.take(question, slot, several)
            elif not _is_noted(column, known):
                work.set_aside(column, value)
    return work.collected()


def from_surveyjs(text: str, instrument: Instrument) -> Collected:
    """Return the answers of a JSON list of SurveyJS's results, an object a form. Raises AnswersUnreadable."""
    if len(text) > MOST_CHARACTERS:
        raise AnswersUnreadable(f"The file has {len(text):,} characters. Split it: {MOST_CHARACTERS:,} at most.")
    try:
        forms = json.loads(text)
    except (ValueError, RecursionError):
        raise AnswersUnreadable("This is not JSON. Save the results as a JSON list, an object for each form.") from None
    if not isinstance(forms, list) or not all(isinstance(form, dict) for form in forms):
        raise AnswersUnreadable(
            "The results are no list of objects. Save them as a JSON list, an object for each form."
        )
    known = _names(instrument)
    work = _Work(instrument)
    for number, form in enumerate(forms, 1):
        work.begin(number, str(form.get("id") or number), {name: str(form.get(name, "")) for name in _OF_THE_FORM}, "")
        for name, value in form.items():
            if name in ("id", *_OF_THE_FORM) or value in (None, "", [], {}):
                continue
            fits = False
            if isinstance(value, dict):
                names = {f"{name}_{item}": each for item, each in value.items()}
                fits = names.keys() <= known.keys() and all(map(_is_plain, names.values()))
                for each, chosen in names.items() if fits else ():
                    work.take(*known[each], [_plain(chosen)])
            elif name in known:
                values = value if isinstance(value, list) else [value]
                fits = all(_is_plain(each) for each in values)
                if fits:
                    work.take(*known[name], [_plain(each) for each in values])
            if not fits:
                work.set_aside(name, json.dumps(value, ensure_ascii=False))
    return work.collected()


class _Work:
    """The answers so far, and what fits no question."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.answers: list[Answer] = []
        self.rows: list[int] = []
        self.aside: list[SetAside] = []

    def begin(self, number: int, form: str, of_form: Mapping[str, str], version: str) -> None:
        """Go on with the form on this row of the file."""
        self.number, self.form = number, form
        self.wave, self.person = (of_form.get(name, "").strip() for name in _OF_THE_FORM)
        self.version = version.strip() or self.instrument.version

    def take(self, question: Question, slot: str, values: Iterable[str]) -> None:
        for value in values:
            self.answers.append(self._answer(question.id, slot, value))
            self.rows.append(self.number)

    def set_aside(self, name: str, value: str) -> None:
        why = f"“{name[:40]}” is no question of version {self.instrument.version}."
        self.aside.append(SetAside(self.number, tuple(self._answer(name, "", value)), why))

    def collected(self) -> Collected:
        return Collected(tuple(self.answers), tuple(self.aside), tuple(self.rows))

    def _answer(self, question: str, slot: str, value: str) -> Answer:
        ours = self.instrument.name
        return Answer(self.form, self.person, self.wave, ours, self.version, question, slot, value)


def _names(instrument: Instrument) -> dict[str, tuple[Question, str]]:
    """What each answer is called in other tools, with its question and slot."""
    return {name_of(question, slot): (question, slot) for question in instrument.questions for slot in question.slots}


def _name_in(column: str, known: Mapping[str, Any]) -> str:
    """The name that a column ends with, behind the groups that ODK and Kobo set before it; empty where there is none.

    Groups are our sections and our questions, so no two names of ours can stand behind the same column.
    """
    ends = [name for name in (*known, *_OF_THE_FORM) if re.fullmatch(rf"(?:.*[-/:])?{re.escape(name)}", column)]
    return max(ends, key=len, default="")


def _is_noted(column: str, known: Mapping[str, tuple[Question, str]]) -> bool:
    """Whether a column holds no answer of its own: what the tool notes, or one option of a question beside it."""
    group, _, option = column.rpartition("/")
    name = _name_in(group, known) if group else ""
    split = name in known and option in known[name][0].options
    return split or bool(_NOTED.fullmatch(column))


def _first(row: Mapping[str, str], columns: Iterable[str]) -> str:
    return next((row[column].strip() for column in columns if row.get(column, "").strip()), "")


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
