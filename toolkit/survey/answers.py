"""Answers to a survey, one row an answer: read from CSV, held against the instrument, written as CSV.

Nothing that was answered is lost. What cannot be counted is set aside, whole, with a sentence that says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from toolkit.survey.instrument import WAVES, Instrument, Question

_SHOWN = 40


class Answer(NamedTuple):
    """One answer. `item` is the row of a grid or the place of a ranking; `several` has one row for each choice."""

    form: str
    person: str
    wave: str
    instrument: str
    version: str
    question: str
    item: str
    answer: str


COLUMNS = Answer._fields


class SetAside(NamedTuple):
    """A row that is not counted: its number in the file (the header is row 1), its cells, and why."""

    row: int
    cells: tuple[str, ...]
    why: str

    @property
    def sentence(self) -> str:
        return f"Row {self.row}: {self.why}"


@dataclass(frozen=True)
class Collected:
    """What was answered: `answers` count, `aside` does not. Together they are all that was in the file."""

    answers: tuple[Answer, ...] = ()
    aside: tuple[SetAside, ...] = ()
    rows: tuple[int, ...] = field(default=(), repr=False)

    @property
    def sentences(self) -> list[str]:
        return [each.sentence for each in self.aside]


def collect(read: Collected, instrument: Instrument) -> Collected:
    """Return the answers that count, and all others set aside. What was sent first counts; the same again does not."""
    work = _Work(instrument)
    numbers = read.rows or tuple(range(2, len(read.answers) + 2))
    for number, answer in zip(numbers, read.answers, strict=True):
        work.take(number, answer)
    work.drop_unasked()
    aside = sorted([*read.aside, *work.aside])
    return Collected(tuple(answer for _, answer in work.kept), tuple(aside), tuple(number for number, _ in work.kept))


class _Work:
    """The answers so far: what counts, with its row, and what is set aside. A row may hold several answers."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.questions = {question.id: question for question in instrument.questions}
        self.kept: list[tuple[int, Answer]] = []
        self.aside: list[SetAside] = []
        self.given: dict[tuple[str, str, str, str], list[str]] = {}
        self.forms: dict[tuple[str, str], str] = {}
        self.senders: dict[str, tuple[str, str]] = {}

    def take(self, number: int, answer: Answer) -> None:
        tidy = self._tidy(answer)
        why = self._why_not(tidy)
        if why:
            self.aside.append(SetAside(number, tuple(answer), why))
            return
        self.kept.append((number, tidy))
        self.given.setdefault(self._slot(tidy), []).append(tidy.answer)
        self.senders.setdefault(tidy.form, (tidy.person, tidy.wave))
        if tidy.person:
            self.forms.setdefault((tidy.person, tidy.wave), tidy.form)

    def drop_unasked(self) -> None:
        """Set aside the answers to questions that the form's other answers rule out, in the order of the questions."""
        for question in self.instrument.questions:
            condition = question.only_if
            if condition is None:
                continue
            earlier = condition.question
            asked = {
                answer.form
                for _, answer in self.kept
                if answer.question == earlier and answer.answer in condition.any_of
            }
            why = f"“{question.id}” is asked only of those who answer “{earlier}” in a certain way."
            kept = []
            for number, answer in self.kept:
                if answer.question == question.id and answer.form not in asked:
                    self.aside.append(SetAside(number, tuple(answer), why))
                else:
                    kept.append((number, answer))
            self.kept = kept

    def _slot(self, answer: Answer) -> tuple[str, str, str, str]:
        return answer.form, answer.wave, answer.question, answer.item

    def _tidy(self, answer: Answer) -> Answer:
        """The same answer without space around its names, and a choice by its value where its text was written."""
        names = {name: getattr(answer, name).strip() for name in COLUMNS if name != "answer"}
        tidy = answer._replace(**names)
        question = self.questions.get(tidy.question)
        if question is None or question.kind == "text":
            return tidy
        entries: Sequence[tuple[str, str]] = (
            [(item.id, item.text) for item in question.items]
            if question.kind == "ranking"
            else [(choice.value, choice.text) for choice in question.choices]
        )
        written = tidy.answer.strip()
        meant = [value for value, words in entries if written.casefold() in (value.casefold(), words.casefold())]
        return tidy._replace(answer=meant[0] if len(meant) == 1 else written)

    # -- why an answer does not count ---------------------------------------------------------------------------------

    def _why_not(self, answer: Answer) -> str | None:
        for reason in (self._of_another_survey, self._of_nobody, self._unknown, self._twice):
            if why := reason(answer):
                return why
        return None

    def _of_another_survey(self, answer: Answer) -> str | None:
        ours = self.instrument
        if answer.instrument != ours.name:
            return f"It answers the survey “{_short(answer.instrument)}”. This is “{ours.name}”."
        if answer.version != ours.version:
            return (
                f"It answers version {_short(answer.version) or '(none)'}. This is version {ours.version}: "
                "report it with the instrument of its own version."
            )
        return None

    def _of_nobody(self, answer: Answer) -> str | None:
        if not answer.form:
            return "The column form is empty. Number the forms, so that the answers of one stay together."
        if answer.person and self.instrument.anonymity == "anonymous":
            return "This survey is anonymous. Empty the column person."
        if self.instrument.waves and answer.wave not in WAVES:
            return f"The column wave says “{_short(answer.wave)}”. Write before or after."
        if answer.wave and not self.instrument.waves:
            return "This survey is asked once. Empty the column wave."
        sender = self.senders.get(answer.form, (answer.person, answer.wave))
        if sender != (answer.person, answer.wave):
            return f"Form {_short(answer.form)} has two senders or two waves. Give each form a number of its own."
        first = self.forms.get((answer.person, answer.wave), answer.form) if answer.person else answer.form
        if first != answer.form:
            return f"The same person sent form {_short(first)} before, which counts. This one does not."
        return None

    def _unknown(self, answer: Answer) -> str | None:
        question = self.questions.get(answer.question)
        if question is None:
            return f"There is no question “{_short(answer.question)}” in version {self.instrument.version}."
        if answer.item not in question.slots:
            known = ", ".join(question.slots) or "none"
            return f"“{question.id}” has no item “{_short(answer.item)}”. There are: {known}."
        return _KINDS[question.kind](answer.answer, question)

    def _twice(self, answer: Answer) -> str | None:
        question = self.questions[answer.question]
        before = self.given.get(self._slot(answer), [])
        if answer.answer in before:
            return f"Form {_short(answer.form)} gives this answer twice. It counts once."
        if before and question.kind != "several":
            return (
                f"Form {_short(answer.form)} answers “{question.id}” twice. "
                f"The first answer counts: “{_short(before[0])}”."
            )
        if question.kind == "ranking":
            for place in question.slots:
                if answer.answer in self.given.get(self._slot(answer._replace(item=place)), []):
                    return f"The {answer.item} choice is the same as the {place}. The {place} counts."
        return None


def _fits_options(answer: str, question: Question) -> str | None:
    if answer in question.options:
        return None
    return f"“{question.id}” has no answer “{_short(answer)}”. There are: {', '.join(question.options)}."


def _fits_text(answer: str, question: Question) -> str | None:
    if len(answer) <= question.longest:
        return None
    return f"The answer to “{question.id}” has {len(answer):,} characters; {question.longest:,} is the most."


def _fits_number(answer: str, question: Question) -> str | None:
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", answer):
        return f"“{_short(answer)}” is not a plain number, which “{question.id}” asks for."
    least, greatest = question.least, question.greatest
    if (least is not None and float(answer) < least) or (greatest is not None and float(answer) > greatest):
        return f"“{question.id}” asks for a number from {_plain(least)} to {_plain(greatest)}, not {answer}."
    return None


_KINDS: dict[str, Callable[[str, Question], str | None]] = {
    "choice": _fits_options,
    "scale": _fits_options,
    "grid": _fits_options,
    "several": _fits_options,
    "ranking": _fits_options,
    "text": _fits_text,
    "number": _fits_number,
}


def _short(text: str) -> str:
    """A few characters of what somebody wrote, on one line, for a message."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: _SHOWN * 4]).split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


def _plain(number: float | None) -> str:
    return "any" if number is None else f"{number:g}"
