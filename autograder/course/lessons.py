"""A lesson of the academy in a course: read back from its instructor notebook, and rebuilt around a learner's answers.

The course may hold an older release than the lessons of today, so what it gave out is what counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat import from_dict

from autograder.course.assignment import Notebook
from autograder.course.mend import Cell, Mended, cell_of, mend
from autograder.course.names import needed_names
from autograder.notebook.lesson import Cell as LessonCell
from autograder.notebook.lesson import Lesson, Role, Task
from autograder.notebook.release import cut_secrets
from autograder.notebook.repair import Repaired, Step, repair

_PROMPT = re.compile(r"### Task (\d+)\. (.+) \(")
_BY_FLAGS = {
    ("markdown", False, False): Role.PROMPT,
    ("markdown", True, True): Role.REVIEW,
    ("code", False, True): Role.ANSWER,
    ("code", True, False): Role.CHECK,
}


class GivenLesson:
    """A lesson as the course gave it out. `notebook` is one that holds a lesson of the academy."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self._lesson, self._given_out = _read_back(notebook)

    def mend(self, submitted: Mapping[str, Any]) -> Mended:
        """Make a submission whole. One that nothing has happened to stays as it is.

        Raises NotANotebook where it is another lesson's.
        """
        repaired = repair(self._lesson, submitted, self._given_out)
        as_handed_in = mend(self.notebook, submitted)
        if not repaired.repairs and not as_handed_in.repairs:
            return as_handed_in
        return Mended(_rebuilt(self.notebook, repaired), repaired.repairs or as_handed_in.repairs)


def _read_back(notebook: Notebook) -> tuple[Lesson, dict[str, str]]:
    source = notebook.lesson or {}
    cells: list[LessonCell] = []
    given_out: dict[str, str] = {}
    for n, raw in enumerate(source["cells"]):
        grader = raw["metadata"].get("nbgrader")
        kind = raw["cell_type"]
        if grader is None:
            role = Role.WORKED if kind == "code" else Role.TEXT
        else:
            role = _BY_FLAGS[kind, bool(grader["grade"]), bool(grader["solution"])]
        task = re.sub(r"-(prompt|check)$", "", grader["grade_id"]) if grader else None
        cells.append(LessonCell(raw["id"], role, raw["source"], n, task, raw["metadata"]))
        known = notebook.by_id.get(raw["id"])
        if known is not None and known.solution:
            given_out[raw["id"]] = known.source
        else:
            node = from_dict(raw)
            cut_secrets(node)
            given_out[raw["id"]] = node.source
    tasks = tuple(
        _task(number, prompt, cells) for number, prompt in enumerate((c for c in cells if c.role is Role.PROMPT), 1)
    )
    facts = source["metadata"]["academy"]
    heading = next((cell.source for cell in cells if cell.source.startswith("# ")), facts["lesson"])
    return (
        Lesson(
            slug=facts["lesson"],
            title=heading.split("\n", 1)[0].removeprefix("# "),
            track="",
            minutes=0,
            question="",
            objectives=(),
            topics=(),
            principles=(),
            data=(),
            worksheets=(),
            prerequisites=(),
            content_note=None,
            tasks=tasks,
            cells=tuple(cells),
            terms={},
            folder=Path(),
            version=facts["version"],
        ),
        given_out,
    )


def _task(number: int, prompt: LessonCell, cells: list[LessonCell]) -> Task:
    own = {cell.role: cell for cell in cells if cell.task == prompt.task}
    heading = _PROMPT.match(prompt.source)
    check = own.get(Role.CHECK)
    answers = needed_names(check.source) if check else ()
    kind = "practice" if check else "agency"
    title = heading[2] if heading else str(prompt.task)
    return Task(str(prompt.task), number, title, kind, "", 0, answers or (), ())


def _rebuilt(notebook: Notebook, repaired: Repaired) -> list[Cell]:
    """The lesson's cells in their order, the learner's answers in their places, and what these need besides."""
    waiting = list(repaired.steps)
    cells: list[Cell] = []
    for raw in (notebook.lesson or {})["cells"]:
        known = notebook.by_id.get(raw["id"])
        metadata = {**raw["metadata"]}
        if known is not None:
            metadata["nbgrader"] = known.metadata()
        if raw["cell_type"] == "markdown":
            text = repaired.texts.get(raw["id"]) if known is not None and known.solution else None
            source = (text or (known.source if known else "")) if text is not None else raw["source"]
            cells.append(cell_of("markdown", source, metadata, raw["id"]))
        elif known is not None and known.is_check:
            cells.append(cell_of("code", known.source, metadata, raw["id"]))
        else:
            while waiting:
                step = waiting.pop(0)
                cells.append(cell_of("code", step.source, metadata if step.id == raw["id"] else {}, step.id))
                if step.id == raw["id"]:
                    break
            while waiting and _follows(waiting[0]):
                step = waiting.pop(0)
                cells.append(cell_of("code", step.source, {}, step.id))
    return cells + [cell_of("code", step.source, {}, step.id) for step in waiting]


def _follows(step: Step) -> bool:
    """Whether the learner wrote this cell behind the one before it."""
    return step.extra and step.id.startswith("extra-")
