"""A course made for the bench: one notebook of 25 cells, a table of 5,000 rows, six checks and a plot.

It looks like what people teach with: a table that is read, grouped and filtered, and a chart. Everyone hands in the
same solution; only their names differ.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from nbformat import NotebookNode, writes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NAME = "visits"
TABLE = "visits.csv"
ROWS = 5_000

_OFFICES = ("Harbor", "Hill", "Lake", "Mill", "River", "Station")


@dataclass(frozen=True)
class Task:
    """A task: its name, the line that answers it, and the asserts that check it."""

    name: str
    answer: str
    checks: tuple[str, ...]


TASKS = (
    Task("total", "total = len(visits)", (f"assert total == {ROWS}, 'Count the rows.'",)),
    Task(
        "busiest",
        "busiest = visits['office'].value_counts().idxmax()",
        (
            "assert isinstance(busiest, str), 'Give a name.'",
            "assert busiest in ('Harbor', 'Hill', 'Lake', 'Mill', 'River', 'Station')",
        ),
    ),
    Task(
        "mean-wait",
        "mean_wait = visits['minutes'].mean()",
        ("assert 0 < mean_wait < 120, 'Minutes, please.'", "assert abs(mean_wait - round(mean_wait, 9)) < 1e-6"),
    ),
    Task(
        "by-office",
        "by_office = visits.groupby('office')['minutes'].median()",
        ("assert len(by_office) == 6, 'There are six offices.'", "assert by_office.min() > 0"),
    ),
    Task(
        "long-waits",
        "long_waits = visits[visits['minutes'] > 60]",
        (
            "assert len(long_waits) < len(long_waits) + 1",
            "assert (long_waits['minutes'] > 60).all(), 'Only the long ones.'",
        ),
    ),
    Task(
        "per-day",
        "per_day = visits.groupby('day').size().tolist()",
        ("assert len(per_day) == 28, 'Four weeks.'", f"assert sum(per_day) == {ROWS}"),
    ),
)


def table() -> str:
    """The made-up table, the same at every call."""
    dice = random.Random(25)
    rows = (f"{dice.randint(1, 28)},{dice.choice(_OFFICES)},{round(dice.gammavariate(2, 14), 1)}" for _ in range(ROWS))
    return "\n".join(["day,office,minutes", *rows]) + "\n"


def instructor() -> bytes:
    """The instructor's notebook, solutions and hidden tests and all."""
    return writes(_notebook(solved=True, marked=True)).encode()


def solution() -> bytes:
    """What a learner hands in who did everything right."""
    return writes(_notebook(solved=True, marked=False)).encode()


def _notebook(*, solved: bool, marked: bool) -> NotebookNode:
    cells = [
        new_markdown_cell("# Visits to six offices\n\nMade up for the bench.", id="title"),
        new_code_cell("import pandas as pd\nimport matplotlib.pyplot as plt", id="imports"),
        new_code_cell(f'visits = pd.read_csv("{TABLE}")\nvisits.head()', id="read"),
        new_code_cell("visits.describe()", id="describe"),
        new_markdown_cell("One row is one visit.", id="row"),
    ]
    for task in TASKS:
        cells.append(new_markdown_cell(f"## {task.name}", id=f"{task.name}-prompt"))
        cells.append(_marked(_answer(task, solved, marked), task.name, solution=True))
        cells.append(_marked(_check(task, marked), f"{task.name}-check", points=2))
    cells.append(
        new_code_cell(
            "fig, axes = plt.subplots(figsize=(8, 5))\nvisits.groupby('day').size().plot.bar(ax=axes)\n"
            "axes.set_title('Visits by day')\nplt.show()",
            id="plot",
        )
    )
    cells.append(new_markdown_cell("That is all.", id="end"))
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def _answer(task: Task, solved: bool, marked: bool) -> NotebookNode:
    line = f"### BEGIN SOLUTION\n{task.answer}\n### END SOLUTION" if marked else task.answer
    return new_code_cell(line if solved else "", id=task.name)


def _check(task: Task, marked: bool) -> NotebookNode:
    seen, *hidden = task.checks
    kept = ["### BEGIN HIDDEN TESTS", *hidden, "### END HIDDEN TESTS"] if marked and hidden else []
    return new_code_cell("\n".join([seen, *kept]), id=f"{task.name}-check")


def _marked(cell: NotebookNode, id: str, *, solution: bool = False, points: int | None = None) -> NotebookNode:
    grade = points is not None
    cell.metadata["nbgrader"] = {
        "grade": grade,
        "grade_id": id,
        "locked": grade,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    } | ({"points": points} if grade else {})
    return cell
