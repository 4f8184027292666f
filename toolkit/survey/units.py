"""The report by unit, such as by agency: each beside all, and nobody given away.

Units with few answers are put together first. A zero is no secret by the rule, so of a unit of three people, zeros and
one hidden count would tell what all of them said. Then every count goes through toolkit.disclosure, all tables of the
report together, after those published before. What is printed beyond the counts, shares and sums, is worked out from
shown counts only, so it tells nothing new. A hidden cell never says why in the report itself: that would tell small
counts from those hidden to protect them. `reasons` says it, to whoever answers for the report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from toolkit.disclosure import EDUCATION_RULE, Policy, Protected, Table, protect_all
from toolkit.disclosure.audit import Release
from toolkit.survey.answers import Answer
from toolkit.survey.instrument import Instrument, Question
from toolkit.survey.report import Part, Report, apart_title
from toolkit.survey.tables import Row, percent
from toolkit.survey.tally import APART, CHOSEN, KINDS, NO_ANSWER, Tally, dimensions, tally_of

ALL = "All who answered"
TOGETHER = "Smaller units together"


class ReportWithheld(Exception):
    """The report would give small groups away, whatever it hides. The message names them."""

    def __init__(self, exposed: Sequence[str]) -> None:
        named = "; ".join(dict.fromkeys(exposed))
        super().__init__(
            f"This report is not made: it would give away small groups ({named}). "
            "Put units together into larger ones, or wait for more answers."
        )
        self.exposed = tuple(exposed)


class NoSuchField(ValueError):
    """The report cannot be divided by this question."""


@dataclass(frozen=True)
class UnitReport:
    """A report that may be published. `releases` is what later ones are audited against; `reasons` is for us only."""

    report: Report
    releases: tuple[Release, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Counted:
    """One table by unit: the item it is about, and its categories with what each is printed as."""

    question: Question
    slot: str
    table: Table

    @classmethod
    def of(
        cls,
        question: Question,
        slot: str,
        parts: Mapping[tuple[str, ...], int],
        dimensions: tuple[str, str],
        categories: tuple[tuple[str, ...], tuple[str, ...]],
    ) -> Counted:
        """The table of a survey of which only counts are known."""
        return cls(question, slot, Table.from_parts(parts, dimensions, categories))


def unit_report(
    instrument: Instrument,
    answers: Sequence[Answer],
    by: str,
    *,
    policy: Policy = EDUCATION_RULE,
    earlier: Sequence[Release] = (),
    decimals: int = 0,
) -> UnitReport:
    """Return the report of each unit beside all. Raises ReportWithheld, NoSuchField."""
    divider = instrument.question(by)
    if divider is None or divider.kind != "choice":
        known = ", ".join(question.id for question in instrument.questions if question.kind == "choice")
        raise NoSuchField(f"There is no question “{by}” with one answer to pick. There are: {known}.")
    names = {choice.value: choice.text for choice in divider.choices} | {NO_ANSWER: "No answer"}
    tally = tally_of(answers, by)
    return tallied_report(instrument, tally, by, names, policy=policy, earlier=earlier, decimals=decimals)


def tallied_report(
    instrument: Instrument,
    tally: Tally,
    by: str,
    names: Mapping[str, str],
    *,
    policy: Policy = EDUCATION_RULE,
    earlier: Sequence[Release] = (),
    decimals: int = 0,
) -> UnitReport:
    """Return the same report from counts alone, such as a database makes. `names` has every unit, as it is printed.

    Raises ReportWithheld.
    """
    units = tuple(names)
    small = _too_small(tally.forms, units, policy.smallest_denominator)
    if small:
        units = (*(unit for unit in units if unit not in small), TOGETHER)
        tally = tally.together(small, TOGETHER)
        earlier = [_put_together(release, by, small, units) for release in earlier]
    tables = [
        Counted(question, slot, tally.table(question, slot, by, units))
        for question in instrument.questions
        if question.kind in KINDS and question.id != by
        for slot, _, _ in dimensions(question)
    ]
    printed = {**names, TOGETHER: TOGETHER}
    made = protected_report(instrument.title, tables, printed, policy=policy, earlier=earlier, decimals=decimals)
    if not small:
        return made
    note = (
        f"Put together, so that no group has fewer than {policy.smallest_denominator} people: "
        f"{', '.join(names[unit] for unit in small)}."
    )
    return replace(made, report=replace(made.report, notes=(*made.report.notes, note)))


def _too_small(sizes: Mapping[str, int], units: Sequence[str], least: int) -> tuple[str, ...]:
    """The units to put together: all with fewer than `least` people, and the next smallest until they have as many.

    Units without anybody are among them, so that the list does not tell who answered.
    """
    in_order = sorted(units, key=lambda unit: sizes.get(unit, 0))
    small = [unit for unit in in_order if sizes.get(unit, 0) < least]
    for unit in in_order[len(small) :]:
        if not 0 < sum(sizes.get(each, 0) for each in small) < least:
            break
        small.append(unit)
    return tuple(unit for unit in units if unit in small)


def _put_together(release: Release, by: str, small: Sequence[str], units: tuple[str, ...]) -> Release:
    """A table of how many people each unit has, with the same units put together. Any other release stays as it is."""
    table, hidden = release
    if table.dimensions != (by,) or hidden or not set(small) <= set(table.categories[0]):
        return release
    sizes: Counter[tuple[str, ...]] = Counter()
    for unit in table.categories[0]:
        sizes[(TOGETHER if unit in small else unit,)] += table.counts[(unit,)]
    return Table.from_parts(sizes, (by,), (units,), dict(table.where)), hidden


def protected_report(
    title: str,
    counted: Sequence[Counted],
    names: Mapping[str, str],
    *,
    policy: Policy = EDUCATION_RULE,
    earlier: Sequence[Release] = (),
    decimals: int = 0,
) -> UnitReport:
    """Return the report of tables by unit, whose names to print are in `names`. Raises ReportWithheld."""
    done = _protected([each.table for each in counted], policy, earlier)
    parts: list[Part] = []
    by_question: dict[str, list[tuple[Counted, Protected]]] = {}
    for each, protected in zip(counted, done, strict=True):
        by_question.setdefault(each.question.id, []).append((each, protected))
    for pairs in by_question.values():
        question = pairs[0][0].question
        make = {"ranking": _ranking, "several": _several, "choice": _choice}.get(question.kind, _scale)
        parts += make(question, pairs, names, decimals)
    reasons = [
        f"{each.table.name(key)} ({each.question.id}{f', {each.slot}' if each.slot else ''}): {decision.words}"
        for each, protected in zip(counted, done, strict=True)
        for key, decision in protected.decisions.items()
    ]
    hiding = (
        f"“hidden” stands for a count of 1 to {policy.smallest_count - 1}, or for one that would let somebody work "
        f"such a count out. Shares are shown of {policy.smallest_denominator} answers or more.",
        "Do not publish it beside the full report of the same answers: that one shows what is hidden here.",
    )
    report = Report(title, None, hiding, tuple(parts))
    return UnitReport(report, tuple(one.release for one in done), tuple(dict.fromkeys(reasons)))


def full_releases(instrument: Instrument, answers: Sequence[Answer]) -> tuple[Release, ...]:
    """Return what the full report of all who answered shows, for later reports by unit to be audited against."""
    tally = tally_of(answers)
    return tuple(
        (tally.table_of_all(question, slot), frozenset())
        for question in instrument.questions
        if question.kind in KINDS
        for slot, _, _ in dimensions(question)
    )


def _protected(tables: Sequence[Table], policy: Policy, earlier: Sequence[Release]) -> list[Protected]:
    """The tables, safe to publish together. Where a zero gives a small group away, zeros are hidden too."""
    if not tables:
        return []
    for trial in (policy, replace(policy, zeros_may_be_hidden=True)):
        done = protect_all(tables, trial, earlier)
        exposed = [name for one in done for name in one.exposed]
        if not exposed:
            return done
    raise ReportWithheld(exposed)


# -- printing ---------------------------------------------------------------------------------------------------------

_Pairs = Sequence[tuple[Counted, Protected]]


def _units(protected: Protected, names: Mapping[str, str]) -> Iterator[tuple[str | None, str]]:
    """Yield each unit, and all, with what to print. A unit that is shown to have nobody is left out."""
    for unit in protected.table.categories[0]:
        if protected.count((unit, None)) != 0:
            yield unit, names.get(unit, unit)
    yield None, ALL


def _scale(question: Question, pairs: _Pairs, names: Mapping[str, str], decimals: int) -> Iterator[Part]:
    for each, protected in pairs:
        rows = []
        for unit, label in _units(protected, names):
            counts = {group: protected.count((unit, group)) for group in question.groups}
            of, shares = _shares(counts, protected.policy, decimals)
            apart = protected.count((unit, APART)) if APART in each.table.categories[1] else None
            unanswered = protected.count((unit, NO_ANSWER)) if NO_ANSWER in each.table.categories[1] else None
            rows.append(Row(label, (question.id, each.slot), counts, shares, of, apart, unanswered, unit or ALL))
        title = question.text if not each.slot else f"{question.text} {question.label(each.slot)}"
        yield Part(title, question.groups, tuple(rows), apart=apart_title(question))


def _choice(question: Question, pairs: _Pairs, names: Mapping[str, str], decimals: int) -> Iterator[Part]:
    """A table by unit and answer. The columns are the answers in words."""
    words = {choice.value: choice.text for choice in question.choices} | {NO_ANSWER: "No answer"}
    for each, protected in pairs:
        rows = []
        for unit, label in _units(protected, names):
            counts = {words.get(value, value): protected.count((unit, value)) for value in each.table.categories[1]}
            rows.append(Row(label, (question.id, ""), counts, dict.fromkeys(counts), None, unit=unit or ALL))
        yield Part(question.text, tuple(rows[-1].counts), tuple(rows))


def _several(question: Question, pairs: _Pairs, names: Mapping[str, str], decimals: int) -> Iterator[Part]:
    words = {choice.value: choice.text for choice in question.choices}
    columns = tuple(words[each.slot] for each, _ in pairs)
    rows = []
    for unit, label in _units(pairs[0][1], names):
        counts = {words[each.slot]: protected.count((unit, CHOSEN)) for each, protected in pairs}
        rows.append(Row(label, (question.id, ""), counts, dict.fromkeys(columns), None, unit=unit or ALL))
    yield Part(question.text, columns, tuple(rows), ("People could pick several.",))


def _ranking(question: Question, pairs: _Pairs, names: Mapping[str, str], decimals: int) -> Iterator[Part]:
    """First and second choices. Both are added up only where both are shown."""
    for item in question.items:
        rows = []
        for unit, label in _units(pairs[0][1], names):
            counts = {each.slot: protected.count((unit, item.id)) for each, protected in pairs}
            shown = [number for number in counts.values() if number is not None]
            either = sum(shown) if len(shown) == len(counts) else None
            counts["either"] = either
            rows.append(Row(label, (question.id, item.id), counts, dict.fromkeys(counts), None, unit=unit or ALL))
        yield Part(f"{question.text} {item.text}", (*question.slots, "either"), tuple(rows))


def _shares(
    counts: Mapping[str, int | None], policy: Policy, decimals: int
) -> tuple[int | None, dict[str, Decimal | None]]:
    """The denominator and the shares, which are there only if every count they are made of is shown."""
    shown = [number for number in counts.values() if number is not None]
    if len(shown) < len(counts):
        return None, dict.fromkeys(counts)
    of = sum(shown)
    return of, {
        group: None if number is None or policy.share(number, of).hidden else percent(number, of, decimals)
        for group, number in counts.items()
    }
