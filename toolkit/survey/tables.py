"""Counts of answers, and what a report prints of them: top two answers together, first and second choices, gains.

Shares are of those whom a question applies to. “Does not apply” and the like are counted apart. The denominator is
always there to print. All arithmetic is exact: a share is rounded once, from the counts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist, mean, stdev
from typing import Literal, TypeAlias

from toolkit.survey.answers import Answer
from toolkit.survey.instrument import WAVES, Instrument, Question

Slot: TypeAlias = tuple[str, str]
"""A question, and its item: what one answer is given to."""

Counts: TypeAlias = Mapping[Slot, Mapping[str, int]]
"""How many gave each answer."""

SharesOf: TypeAlias = Literal["applicable", "answered"]
"""Whom a share is of: those whom the question applies to, or all who answered, “does not apply” too."""


@dataclass(frozen=True)
class Row:
    """One line of a report's table. `of` is the denominator; None stands for what is not known or is hidden.

    `apart` counts the answers that are in no share, `unanswered` those who were asked and said nothing. `words` says
    why something is hidden.
    """

    label: str
    slot: Slot
    counts: Mapping[str, int | None]
    shares: Mapping[str, Decimal | None]
    of: int | None
    apart: int | None = None
    unanswered: int | None = None
    unit: str = ""
    words: tuple[str, ...] = ()


def percent(count: int, of: int, decimals: int = 0) -> Decimal:
    """The share in percent, rounded once; a half goes up. Of nobody it is zero."""
    scale = 10**decimals
    rounded = (200 * count * scale + of) // (2 * of) if of else 0
    return Decimal(rounded).scaleb(-decimals)


def count(answers: Iterable[Answer]) -> dict[Slot, Counter[str]]:
    """Return how many gave each answer. The places of a ranking are counted apart."""
    counts: dict[Slot, Counter[str]] = {}
    for answer in answers:
        counts.setdefault((answer.question, answer.item), Counter())[answer.answer] += 1
    return counts


def how_many(people: int) -> str:
    return f"{people} {'person' if people == 1 else 'people'}"


def forms(answers: Iterable[Answer]) -> int:
    return len({answer.form for answer in answers})


def top_two_box(
    question: Question, counts: Counts, shares_of: SharesOf = "applicable", decimals: int = 0, people: int | None = None
) -> list[Row]:
    """Return a row for each item of a scale, its answers added up to groups such as agree, neutral and disagree.

    With `people`, how many were asked, a row says how many gave no answer.
    """
    rows = []
    for slot in question.slots:
        given = counts.get((question.id, slot), {})
        added = {
            group: sum(given.get(choice.value, 0) for choice in question.choices if choice.group == group)
            for group in question.groups
        }
        apart = sum(given.get(choice.value, 0) for choice in question.choices if choice.apart)
        inside = sum(added.values())
        of = inside + apart if shares_of == "answered" else inside
        rows.append(
            Row(
                label=question.label(slot),
                slot=(question.id, slot),
                counts=added,
                shares={group: percent(number, of, decimals) if of else None for group, number in added.items()},
                of=of,
                apart=apart,
                unanswered=None if people is None else people - inside - apart,
            )
        )
    return rows


def first_and_second(question: Question, counts: Counts, decimals: int = 0) -> list[Row]:
    """Return a row for each item of a ranking: who chose it first, second, and either, the most chosen first.

    A share is of all who chose a first, because each of them could choose the item once.
    """
    of = sum(counts.get((question.id, question.slots[0]), {}).values())
    rows = []
    for item in question.items:
        places = {place: counts.get((question.id, place), {}).get(item.id, 0) for place in question.slots}
        added = {**places, "either": sum(places.values())}
        shares = {name: percent(number, of, decimals) if of else None for name, number in added.items()}
        rows.append(Row(item.text, (question.id, item.id), added, shares, of))
    return sorted(rows, key=lambda row: -(row.counts["either"] or 0))


def picked(question: Question, counts: Counts, of: int, decimals: int = 0) -> list[Row]:
    """Return a row for each answer of a question with a list: how many picked it, of `of` people."""
    given = counts.get((question.id, ""), {})
    return [
        Row(
            choice.text,
            (question.id, choice.value),
            {"chosen": given.get(choice.value, 0)},
            {"chosen": percent(given.get(choice.value, 0), of, decimals) if of else None},
            of,
        )
        for choice in question.choices
    ]


# -- before and after -------------------------------------------------------------------------------------------------


SMALLEST_GROUP = 6
"""Scores of fewer people are not told: they could be told apart. And of five, all could have gained by mere chance more
than one time in 20 (two times in 32), so that nothing would follow."""

CLOSEST_CHANGE = 2
"""Points. Where everybody changed nearly alike, the average and its bounds would tell each one's change closer."""


@dataclass(frozen=True)
class Gain:
    """The average scores of people who answered before and after; the average change lies in `bounds` at 95 %.

    All three are None where too few answered both times, or where they would tell what single people answered.
    """

    both: int
    once: int
    before: float | None = None
    after: float | None = None
    bounds: tuple[float, float] | None = None

    @property
    def words(self) -> str:
        """What can be said of the gain, and what cannot."""
        left = (
            f" {self.once} answered only once and {'is' if self.once == 1 else 'are'} not in this." if self.once else ""
        )
        told = f"{how_many(self.both)} answered before and after"
        if self.before is None or self.after is None or self.bounds is None:
            if self.both < SMALLEST_GROUP:
                return f"{told}: too few to say what a course does, or to keep their scores to themselves.{left}"
            return f"{told}. They are so much alike that an average would tell what each one answered.{left}"
        gain = self.after - self.before
        least, greatest = self.bounds
        told += (
            f". Their average score went from {self.before:.1f} to {self.after:.1f}, "
            f"{'up' if gain >= 0 else 'down'} by {abs(gain):.1f}. "
            f"For people like them the true change is most likely between {least:+.1f} and {greatest:+.1f} (95 %)."
        )
        if least <= 0 <= greatest:
            told += " No change at all is possible too."
        return told + left


def scores(answers: Iterable[Answer], instrument: Instrument) -> dict[tuple[str, str], int]:
    """Return the points of each complete form, by person and wave. A form that lacks a scored answer has none."""
    points = {
        question.id: {choice.value: choice.points for choice in question.choices if choice.points is not None}
        for question in instrument.questions
        if any(choice.points is not None for choice in question.choices)
    }
    given: dict[tuple[str, str], dict[str, int]] = {}
    for answer in answers:
        value = points.get(answer.question, {}).get(answer.answer)
        if value is not None:
            given.setdefault((answer.person or f"form {answer.form}", answer.wave), {})[answer.question] = value
    return {who: sum(parts.values()) for who, parts in given.items() if len(parts) == len(points)}


def before_and_after(answers: Iterable[Answer], instrument: Instrument) -> Gain:
    """Return the gain of those who can be found in both waves."""
    by_wave: dict[str, dict[str, int]] = {wave: {} for wave in WAVES}
    for (person, wave), score in scores(answers, instrument).items():
        if wave in by_wave:
            by_wave[wave][person] = score
    before, after = (by_wave[wave] for wave in WAVES)
    both = sorted(before.keys() & after.keys())
    once = len(before) + len(after) - 2 * len(both)
    if len(both) < SMALLEST_GROUP:
        return Gain(len(both), once)
    changes = [after[person] - before[person] for person in both]
    highest = instrument.highest_score
    if any(_tells_on_single_people([wave[one] for one in both], highest) for wave in (before, after)):
        return Gain(len(both), once)
    if stdev(changes) * (len(changes) - 1) / math.sqrt(len(changes)) < CLOSEST_CHANGE:
        return Gain(len(both), once)
    middle, reach = mean(changes), _reach(changes)
    bounds = (middle - reach, middle + reach)
    return Gain(len(both), once, mean(before[one] for one in both), mean(after[one] for one in both), bounds)


def _tells_on_single_people(scores: Sequence[int], highest: int) -> bool:
    """Whether the average leaves less than half of the scale open for a single score: nearly all are at one end."""
    total, others = sum(scores), highest * (len(scores) - 1)
    return min(highest, total) - max(0, total - others) < highest / 2


def _reach(changes: Sequence[float]) -> float:
    """How far the true average may lie from the one found, at 95 %, by Student's t."""
    return student_t(len(changes) - 1) * stdev(changes) / math.sqrt(len(changes))


def student_t(freedom: int) -> float:
    """Student's t at 95 %, two-sided, by the expansion of Cornish and Fisher; within 0.5 % from 5 degrees on."""
    z = NormalDist().inv_cdf(0.975)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))
