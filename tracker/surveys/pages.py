"""A survey as pages to fill in: a page for each section, and what somebody typed into one.

A question that depends on another of the same section comes on a page of its own behind it, so that a browser without
JavaScript asks only what applies. Whatever is wrong on a page, all the rest of it is saved, and the page shows again
what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from django.http import QueryDict

from toolkit.survey.export import name_of
from toolkit.survey.instrument import Instrument, Question, Section

Given = dict[str, dict[str, list[str]]]
"""By question and item: the values given. A question with several choices has several, all others one."""

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


@dataclass(frozen=True)
class Page:
    """A part of the form. `number` counts pages from 1; `part` counts sections, of which follow-up pages are a part."""

    number: int
    part: int
    section: Section
    questions: tuple[Question, ...]
    follows_up: bool = False

    @property
    def title(self) -> str:
        return f"{self.section.title}: a little more" if self.follows_up else self.section.title

    def applying(self, given: Given) -> tuple[Question, ...]:
        """The questions that are asked of somebody who has answered so far what is `given`."""
        return tuple(question for question in self.questions if applies(question, given))


@dataclass
class Slot:
    """One thing to answer: a question, a row of a grid, or a place of a ranking. `typed` is shown again as it came."""

    name: str
    label: str
    typed: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def value(self) -> str:
        return self.typed[0] if self.typed else ""


@dataclass
class Asked:
    """A question on its page, ready to be shown."""

    question: Question
    slots: list[Slot]

    @property
    def errors(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.error]

    @property
    def options(self) -> list[tuple[str, str]]:
        entries = self.question.items if self.question.kind == "ranking" else ()
        return [(item.id, item.text) for item in entries] or [(c.value, c.text) for c in self.question.choices]


def pages_of(instrument: Instrument) -> list[Page]:
    """The pages of the form, in order."""
    pages: list[Page] = []
    numbers = count(1)
    for part, section in enumerate(instrument.sections, 1):
        waiting = [question for id_ in section.questions if (question := instrument.question(id_))]
        follows_up = False
        while waiting:
            later = {question.id for question in waiting if _depends_on(question, {other.id for other in waiting})}
            now = tuple(question for question in waiting if question.id not in later)
            pages.append(Page(next(numbers), part, section, now, follows_up))
            waiting = [question for question in waiting if question.id in later]
            follows_up = True
    return pages


def applies(question: Question, given: Given) -> bool:
    """Whether the question is asked of somebody with these answers."""
    if question.only_if is None:
        return True
    values = given.get(question.only_if.question, {}).values()
    return any(value in question.only_if.any_of for each in values for value in each)


def shown(questions: Sequence[Question], given: Given) -> list[Asked]:
    """The questions with what was saved before."""
    return [
        Asked(
            question,
            [
                Slot(name_of(question, slot), _label(question, slot), list(given.get(question.id, {}).get(slot, ())))
                for slot in question.slots
            ],
        )
        for question in questions
    ]


def read_page(questions: Sequence[Question], sent: QueryDict, given: Given) -> tuple[Given, list[Asked]]:
    """Return what is given after a page was sent, and the page with what was typed and what is wrong with it.

    An answer that cannot be taken in leaves what was saved before. An empty one takes it back.
    """
    after: Given = {
        question: {item: list(values) for item, values in items.items()} for question, items in given.items()
    }
    asked = []
    for question in questions:
        slots = []
        for slot in question.slots:
            name = name_of(question, slot)
            typed = [_clean(value) for value in sent.getlist(name)]
            line = Slot(name, _label(question, slot), typed)
            values = [value if question.kind == "text" else value.strip() for value in typed if value.strip()]
            line.error = _fault(question, values)
            if not line.error:
                after.setdefault(question.id, {})[slot] = list(dict.fromkeys(values))
            slots.append(line)
        if question.kind == "ranking":
            _refuse_twice(slots, question, after)
        asked.append(Asked(question, slots))
    return _without_empty(after), asked


def _fault(question: Question, values: list[str]) -> str:
    """What is wrong with what was typed, as a sentence; empty if nothing is."""
    if not values:
        return ""
    if question.kind != "several" and len(values) > 1:
        return "Give one answer here."
    if question.kind == "text":
        length = len(values[0])
        longest = question.longest
        return f"This has {length:,} characters. Shorten it to {longest:,} or fewer." if length > longest else ""
    if question.kind == "number":
        return _number_fault(question, values[0])
    return "" if set(values) <= set(question.options) else "Choose one of the answers that are listed."


def _number_fault(question: Question, value: str) -> str:
    least, greatest = question.least, question.greatest
    between = f" from {least:g} to {greatest:g}" if least is not None and greatest is not None else ""
    plain = bool(_NUMBER.fullmatch(value))
    if plain and (least is None or float(value) >= least) and (greatest is None or float(value) <= greatest):
        return ""
    return f"Write a number{between}, in digits such as 12." if not plain else f"Write a number{between}."


def _refuse_twice(slots: list[Slot], question: Question, after: Given) -> None:
    """Both choices are the same: neither is saved, and what was typed stays on the page."""
    chosen = [slot.value for slot in slots if slot.value]
    if len(set(chosen)) < len(chosen):
        slots[-1].error = "Choose two that differ, or leave the second empty."
        after[question.id] = {}


def _clean(text: str) -> str:
    """What was typed, with the line ends of every system alike. No database stores a NUL; it says nothing."""
    return text.replace("\0", "").replace("\r\n", "\n")


def _label(question: Question, slot: str) -> str:
    return f"{slot.capitalize()} choice" if question.kind == "ranking" else question.label(slot)


def _depends_on(question: Question, others: set[str]) -> bool:
    return question.only_if is not None and question.only_if.question in others


def _without_empty(given: Mapping[str, Mapping[str, list[str]]]) -> Given:
    kept = {
        question: {item: list(values) for item, values in items.items() if values} for question, items in given.items()
    }
    return {question: items for question, items in kept.items() if items}
