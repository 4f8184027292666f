"""Counts of forms by unit: all that a report by unit needs to know of the answers. A database can make them too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from toolkit.disclosure import Table
from toolkit.survey.answers import Answer
from toolkit.survey.instrument import Question
from toolkit.survey.tables import Slot

KINDS = ("choice", "several", "scale", "grid", "ranking")
"""The questions that are counted. Texts and numbers are in no table by unit."""

NO_ANSWER, APART = "no answer", "not applicable"
CHOSEN, NOT_CHOSEN = "chosen", "not chosen"


@dataclass(frozen=True)
class Tally:
    """How many forms each unit sent, and how many of them gave each answer: by question and item, unit and answer."""

    forms: Mapping[str, int]
    given: Mapping[Slot, Mapping[tuple[str, str], int]]

    def together(self, units: Sequence[str], name: str) -> Tally:
        """The same with some units put together."""
        forms: Counter[str] = Counter()
        for unit, number in self.forms.items():
            forms[name if unit in units else unit] += number
        given: dict[Slot, Counter[tuple[str, str]]] = {}
        for slot, counts in self.given.items():
            added = given.setdefault(slot, Counter())
            for (unit, answer), number in counts.items():
                added[name if unit in units else unit, answer] += number
        return Tally(forms, given)

    def table(self, question: Question, slot: str, by: str, units: tuple[str, ...]) -> Table:
        """The table by unit of one way in which a question divides people."""
        _, name, categories = _dimension(question, slot)
        parts: Counter[tuple[str, ...]] = Counter()
        answered = self.given.get((question.id, "" if question.kind == "several" else slot), {})
        for (unit, answer), number in answered.items():
            if question.kind != "several" or answer == slot:
                parts[unit, CHOSEN if question.kind == "several" else _category(question, answer)] += number
        for unit in units:
            rest = self.forms.get(unit, 0) - sum(parts[unit, category] for category in categories[:-1])
            parts[unit, categories[-1]] = rest
        return Table.from_parts(parts, (by, name), (units, categories))

    def table_of_all(self, question: Question, slot: str) -> Table:
        """The same of everybody, without units."""
        everyone = self.together(tuple(self.forms), "").table(question, slot, "", ("",))
        parts: dict[tuple[str, ...], int] = {
            (category,): everyone.counts["", category] for category in everyone.categories[1]
        }
        return Table.from_parts(parts, everyone.dimensions[1:], everyone.categories[1:])


def tally_of(answers: Iterable[Answer], by: str = "") -> Tally:
    """Count answers by what each form says to the question `by`; without it, all are one unit."""
    rows = list(answers)
    units = {answer.form: answer.answer for answer in rows if by and answer.question == by}
    nobody = NO_ANSWER if by else ""
    forms = Counter(units.get(form, nobody) for form in {answer.form for answer in rows})
    given: dict[Slot, Counter[tuple[str, str]]] = {}
    for answer in rows:
        unit = units.get(answer.form, nobody)
        given.setdefault((answer.question, answer.item), Counter())[unit, answer.answer] += 1
    return Tally(forms, given)


def dimensions(question: Question) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (slot, dimension, categories) for each way in which a question divides people: each is in exactly one.

    The last category is of those who are in no other.
    """
    if question.kind == "several":
        for option in question.options:
            yield option, f"{question.id}/{option}", (CHOSEN, NOT_CHOSEN)
        return
    if question.kind in ("scale", "grid") and question.groups:
        apart = (APART,) if any(choice.apart for choice in question.choices) else ()
        categories = (*question.groups, *apart, NO_ANSWER)
    else:
        categories = (*question.options, NO_ANSWER)
    for slot in question.slots:
        yield slot, f"{question.id}/{slot}" if slot else question.id, categories


def _dimension(question: Question, slot: str) -> tuple[str, str, tuple[str, ...]]:
    return next(found for found in dimensions(question) if found[0] == slot)


def _category(question: Question, value: str) -> str:
    choice = next((choice for choice in question.choices if choice.value == value), None)
    if choice is None or not question.groups:
        return value
    return APART if choice.apart else choice.group or value
