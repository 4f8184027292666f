"""Build the tables of the 2024 survey of agency leaders from the text of the State Data Plan.

The plan prints the results twice: in its own Appendix B, and in the meeting report's Appendix B at its end. Both are
read and must agree. Item identifiers come from surveys/leadership.yml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from academy.data.errors import FigureWrong, RowMissing, ValueWrong
from academy.data.recipe import TableRow, read_source_text, require_figure, write_tables
from academy.project import ROOT

PLAN = "../seeds/004_65b775ccad3feafa.txt"
INSTRUMENT = ROOT / "surveys" / "leadership.yml"

RESPONDENTS = 22
# Each question's answers, as the heading of its printed table, and how many items it has.
HEADINGS = {
    "challenges": ("Agree", "Neutral", "Disagree"),
    "impacts": ("Likely", "Neutral", "Unlikely"),
    "topics": ("Important", "Neutral", "Unimportant"),
}
ITEMS = {"challenges": 8, "impacts": 7, "topics": 15, "activities": 5}
COPIES = 2
DASH = "--"

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Share:
    """One printed cell: `percent` is None where the plan prints two dashes."""

    question: str
    label: str
    answer: str
    percent: int | None


@dataclass(frozen=True)
class Printed:
    """What the plan prints, in its order."""

    shares: list[Share]
    activities: list[tuple[int, str, int]]
    roles: dict[str, int]
    effectiveness: dict[str, int]


def build(sources: Path, destination: Path) -> None:
    """Write the three tables. Raises SourceError before anything is written."""
    printed = read(read_source_text(sources, PLAN))
    tables = prepare(printed, yaml.safe_load(INSTRUMENT.read_text(encoding="utf-8")))
    validate(printed)
    write_tables(destination, tables)


def read(text: str) -> Printed:
    """Return the printed results. Raises RowMissing, ValueWrong, FigureWrong."""
    lines = [line.strip(" ") for line in text.splitlines()]
    require_figure(PLAN, "the number of responses", _responses(text), RESPONDENTS)
    return Printed(
        shares=[share for question, answers in HEADINGS.items() for share in _shares(lines, question, answers)],
        activities=_activities(lines),
        roles=_counts(lines, "What is your role within your agency?"),
        effectiveness=_counts(lines, "My agency effectively utilizes data to achieve our agency goals."),
    )


def prepare(printed: Printed, instrument: dict[str, Any]) -> dict[str, list[TableRow]]:
    """Return the tidy tables by file name, with the identifiers of the instrument."""
    identifiers = {
        (question["id"], entry["printed"]): str(entry.get("id") or entry["value"])
        for question in instrument["questions"]
        for entry in _entries(question, instrument["scales"])
        if "printed" in entry
    }

    def identifier(question: str, label: str) -> str:
        try:
            return identifiers[question, label]
        except KeyError:
            raise RowMissing(
                f"surveys/{INSTRUMENT.name}, question {question}",
                f"no item is printed as “{label}”.",
                "Add the item, or mend its `printed` label.",
            ) from None

    return {
        "leadership-survey.csv": [
            {
                "question": share.question,
                "item": identifier(share.question, share.label),
                "label": share.label,
                "answer": share.answer,
                "percent": share.percent,
                "printed_as_dashes": share.percent is None,
            }
            for share in printed.shares
        ],
        "leadership-survey-activities.csv": [
            {"rank": rank, "item": identifier("activities", label), "label": label, "percent_first_or_second": percent}
            for rank, label, percent in printed.activities
        ],
        "leadership-survey-respondents.csv": [
            {"question": question, "answer": identifier(question, label), "label": label, "respondents": count}
            for question, counts in (("role", printed.roles), ("effectiveness", printed.effectiveness))
            for label, count in counts.items()
        ],
    }


def validate(printed: Printed) -> None:
    """Hold what was read against the number of items and of respondents."""
    for question, expected in ITEMS.items():
        labels = [label for _, label, _ in printed.activities]
        if question in HEADINGS:
            labels = list(dict.fromkeys(share.label for share in printed.shares if share.question == question))
        require_figure(PLAN, f"the number of items under {question}", len(labels), expected)
    require_figure(PLAN, "the sum over roles", sum(printed.roles.values()), RESPONDENTS)
    require_figure(PLAN, "the sum over agreement", sum(printed.effectiveness.values()), RESPONDENTS)


def _entries(question: dict[str, Any], scales: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the plan prints a row for: a question's items, or else its answers."""
    if "items" in question:
        return list(question["items"])
    if "scale" in question:
        return list(scales[question["scale"]]["choices"])
    return list(question.get("choices", []))


def _responses(text: str) -> int:
    found = {int(number) for number in re.findall(r"\(n=(\d+) responses\)", text)}
    if len(found) != 1:
        raise RowMissing(PLAN, f"the number of responses is printed {len(found)} ways.", "Compare with the plan.")
    return found.pop()


def _shares(lines: list[str], question: str, answers: tuple[str, ...]) -> list[Share]:
    copies = [_table(lines, start) for start in _places(lines, "\t" + "\t".join(answers))]
    return [
        Share(question, label, answer.lower(), _percent(question, label, cell))
        for label, *cells in _same_in_both(question, copies)
        for answer, cell in zip(answers, cells, strict=True)
    ]


def _table(lines: list[str], heading: int) -> list[list[str]]:
    """Return the rows under a heading: a label and three shares, until a line that is not a row."""
    rows = []
    for number, line in enumerate(lines[heading + 1 :], start=heading + 2):
        if "\t" not in line:
            break
        cells = line.split("\t")
        if len(cells) != 4:
            problem = f"{len(cells)} cells where a row has 4."
            raise ValueWrong(f"{PLAN}, line {number}", problem, "Compare with the plan's Appendix B.")
        rows.append(cells)
    return rows


def _activities(lines: list[str]) -> list[tuple[int, str, int]]:
    heading = "Rankings of the most important data-related activities to achieve agency goals over the next two years⁴"
    copies = []
    for start in _places(lines, heading):
        entries = (re.fullmatch(r"(\d)\. (.+) \((\d+)%\)", line) for line in lines[start + 1 : start + 8])
        copies.append([(int(entry[1]), entry[2], int(entry[3])) for entry in entries if entry])
    return _same_in_both("activities", copies)


def _counts(lines: list[str], heading: str) -> dict[str, int]:
    """Return the counts listed under a heading, which only the meeting report prints."""
    (start,) = _places(lines, heading, copies=1)
    counts = {}
    for line in lines[start + 2 :]:
        entry = re.fullmatch(r"- (.+), (\d+)", line)
        if entry is None:
            break
        counts[entry[1]] = int(entry[2])
    return counts


def _places(lines: list[str], heading: str, copies: int = COPIES) -> list[int]:
    found = [number for number, line in enumerate(lines) if line == heading]
    if len(found) != copies:
        raise RowMissing(
            PLAN,
            f"the heading “{heading.strip()}” is there {len(found)} times, not {copies}; the text looks cut short.",
            "Use the whole text of the plan, appendices included.",
        )
    return found


def _same_in_both(question: str, copies: list[list[Entry]]) -> list[Entry]:
    first, second = copies
    if first != second:
        raise FigureWrong(
            PLAN, f"the two printed tables of {question} differ.", "Compare both copies of Appendix B with the plan."
        )
    return first


def _percent(question: str, label: str, cell: str) -> int | None:
    if cell == DASH:
        return None
    match = re.fullmatch(r"(\d{1,3})%", cell)
    if match is None or int(match[1]) > 100:
        raise ValueWrong(
            f"{PLAN}, {question}, {label}", f"“{cell}” is not a whole percent.", "Compare with the plan's Appendix B."
        )
    return int(match[1])
