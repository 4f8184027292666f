"""The published surveys among the datasets, reported as our own are."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from academy.project import DATASETS
from academy.survey.instruments import SURVEYS, load_instrument
from toolkit.survey.baseline import first_shares
from toolkit.survey.instrument import Choice, Item, Question
from toolkit.survey.report import COMBINED, DASHES, FIRST_AND_SECOND, NOT_REPORTED, Part, Report, counted_report
from toolkit.survey.tables import Row, Slot, percent
from toolkit.survey.units import Counted, UnitReport, protected_report

PUBLISHED = ("leadership-survey", "data-plan-survey")

_MOST_A_ROUNDED_SUM = Decimal("101.5")
"""Three shares of one group, each rounded up by at most half a percent."""


def baseline(dataset: str) -> dict[Slot, Decimal | None]:
    """Return the published share of each item's first group, such as “agree”."""
    return first_shares(_table(dataset, "leadership-survey"), _table(dataset, "leadership-survey-activities"))


def leadership_report() -> Report:
    """The leaders' survey of 2024, as the State Data Plan prints it. Counts are published for two questions only."""
    instrument = load_instrument(SURVEYS / "leadership.yml")
    counted: dict[str, dict[str, tuple[str, int]]] = {}
    for row in _table("leadership-survey", "leadership-survey-respondents"):
        counted.setdefault(row["question"], {})[row["answer"]] = (row["label"], int(row["respondents"]))
    parts = []
    for question in instrument.questions:
        if question.id in counted:
            parts.append(_counted_part(question, counted[question.id]))
        elif question.kind == "grid":
            parts.append(_printed_part(question))
        elif question.kind == "ranking":
            parts.append(_ranked_part(question))
    notes = (
        "22 people answered. These are the shares that the State Data Plan 2025-2026 prints (draft of November 2024, "
        "Appendix B). It does not say how many people answered each item, so no counts stand beside them.",
    )
    return Report("What agency leaders said about data in 2024", 22, notes, tuple(parts))


def _printed_part(question: Question) -> Part:
    printed: dict[str, dict[str, Decimal | None]] = {}
    labels: dict[str, str] = {}
    for row in _table("leadership-survey", "leadership-survey"):
        if row["question"] == question.id:
            labels[row["item"]] = row["label"]
            share = Decimal(row["percent"]) if row["percent"] else None
            printed.setdefault(row["item"], {})[row["answer"]] = share
    rows = tuple(Row(labels[item], (question.id, item), {}, shares, None) for item, shares in printed.items())
    dashes = any(share is None for row in rows for share in row.shares.values())
    notes = [COMBINED, NOT_REPORTED]
    if dashes:
        notes.append("The plan prints two dashes in some places. It does not say what they mean; zero is likely.")
    for line in rows:
        total = sum((share or Decimal(0) for share in line.shares.values()), Decimal(0))
        if total > _MOST_A_ROUNDED_SUM:
            notes.append(
                f"The shares of “{line.label}” add up to {total} %. Rounding cannot do that: one of them is a misprint."
            )
    return Part(question.text, question.groups, rows, tuple(notes), empty=DASHES)


def _ranked_part(question: Question) -> Part:
    rows = [
        Row(row["label"], (question.id, row["item"]), {}, {"either": Decimal(row["percent_first_or_second"])}, None)
        for row in _table("leadership-survey", "leadership-survey-activities")
    ]
    return Part(question.text, ("either",), tuple(rows), (FIRST_AND_SECOND,))


def _counted_part(question: Question, given: Mapping[str, tuple[str, int]]) -> Part:
    people = sum(count for _, count in given.values())
    rows = tuple(
        Row(label, (question.id, value), {"chosen": count}, {"chosen": percent(count, people)}, people)
        for value, (label, count) in given.items()
    )
    return Part(question.text, ("chosen",), rows)


_GROUPS = {"concern": "concerned", "impact": "likely", "barrier": "agree"}
_OPPOSITES = {"concern": "unconcerned", "impact": "unlikely", "barrier": "disagree"}
_PLAN_TITLE = "What users of state data said in 2024"


def data_plan_report() -> Report:
    """The 105 answers of 2024, counted. Where a published share differs, the report says so."""
    counts: dict[Slot, Counter[str]] = {}
    for row in _table("data-plan-survey", "data-plan-survey"):
        counts.setdefault((row["question"], row["item"]), Counter())[_value(row["answer"])] += int(row["respondents"])
    people = sum(next(iter(counts.values())).values())
    report = counted_report(_PLAN_TITLE, _data_plan_questions(), counts, people, decimals=1)
    notes = (
        f"{people} people answered of their own accord. They do not stand for all users of state data.",
        *_differences(report),
    )
    return Report(report.title, people, notes, report.parts)


def data_plan_unit_report(by: str) -> UnitReport | None:
    """The same by sector, with small groups protected. None if it cannot be divided so."""
    if by != "sector":
        return None
    tables = []
    rows = _table("data-plan-survey", "data-plan-survey")
    sectors = tuple(dict.fromkeys(row["sector"] for row in rows))
    for question in _data_plan_questions():
        groups = {choice.value: choice.group or "not applicable" for choice in question.choices}
        categories = tuple(dict.fromkeys(groups.values()))
        for item in question.items:
            parts: Counter[tuple[str, ...]] = Counter()
            for row in rows:
                if row["item"] == item.id:
                    parts[row["sector"], groups[_value(row["answer"])]] += int(row["respondents"])
            tables.append(Counted.of(question, item.id, parts, ("sector", item.id), (sectors, categories)))
    return protected_report(_PLAN_TITLE, tables, {}, decimals=1)


def _data_plan_questions() -> list[Question]:
    """The questions of that survey, as the dataset has them."""
    answers: dict[str, dict[str, str]] = {}
    for row in _table("data-plan-survey", "data-plan-survey"):
        answers.setdefault(row["question"], {})[row["answer"]] = row["place"]
    items: dict[str, list[Item]] = {}
    wording: dict[str, str] = {}
    for row in _table("data-plan-survey", "data-plan-survey-items"):
        items.setdefault(row["question"], []).append(Item(row["item"], row["item_wording"]))
        wording[row["question"]] = row["question_wording"]
    return [
        Question(name, "grid", wording[name], _data_plan_choices(name, answers[name]), tuple(asked))
        for name, asked in items.items()
    ]


def _data_plan_choices(question: str, places: Mapping[str, str]) -> tuple[Choice, ...]:
    groups = [_GROUPS[question]] * 2 + ["neutral"] + [_OPPOSITES[question]] * 2
    return tuple(
        Choice(_value(answer), answer, groups[int(place) - 1] if place else None, apart=not place)
        for answer, place in places.items()
    )


def _differences(report: Report) -> list[str]:
    """A sentence for each share that was published otherwise, and how it came about."""
    published = {
        row["item"]: Decimal(row["printed_percent"])
        for row in _table("data-plan-survey", "data-plan-survey-items")
        if row["printed_percent"]
    }
    single: dict[str, Counter[str]] = {}
    for row in _table("data-plan-survey", "data-plan-survey"):
        single.setdefault(row["item"], Counter())[row["place"]] += int(row["respondents"])
    told = []
    for first, line in ((part.columns[0], line) for part in report.parts for line in part.rows):
        ours, theirs = line.shares[first], published.get(line.slot[1])
        if theirs is None or ours == theirs:
            continue
        given = single[line.slot[1]]
        strong, mild = (percent(given[place], given.total(), 1) for place in "12")
        why = f"They round two shares and then add them: {strong} + {mild}. " if strong + mild == theirs else ""
        told.append(
            f"“{line.label}” is {ours} %, {line.counts[first]} of {given.total()}. "
            f"The published slides print {theirs} %. {why}We round once."
        )
    return told


def _value(answer: str) -> str:
    return answer.lower().replace(" ", "-")


def _table(dataset: str, name: str) -> list[dict[str, str]]:
    with (DATASETS / dataset / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
