"""A submitted notebook made whole: the lesson's own cells as they were given out, the learner's answers in their place.

Learners duplicate, delete, edit, reorder and retype cells. nbgrader then loses points or notebooks (its issues 1083,
1682, 1941). Here the lesson is rebuilt, and only answers are taken from what was handed in: by grade_id, else by
content.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.notebook import regions
from autograder.notebook.lesson import Lesson, Role, Task
from autograder.notebook.release import release

MAXIMUM_BYTES = 5_000_000
_MAXIMUM_CELLS = 500


class NotANotebook(Exception):
    """What was handed in cannot be read as a notebook of this lesson. `code` is a row of autograder/outcomes.yml."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code, self.facts = code, facts
        super().__init__(code)


@dataclass(frozen=True)
class SubmittedCell:
    """What matters of a handed-in cell. `source` is the learner's, whatever type the cell now claims to have."""

    source: str
    cell_id: str | None
    grade_id: str | None
    is_code: bool


@dataclass(frozen=True)
class Step:
    """One cell to run. `task` is set for an answer cell; `extra` marks a cell that the learner added."""

    id: str
    source: str
    task: str | None = None
    extra: bool = False


@dataclass(frozen=True)
class Repaired:
    """The notebook to run: `texts` are the free-text answers, empty where untouched; `repairs` say what was mended."""

    steps: tuple[Step, ...]
    texts: Mapping[str, str]
    repairs: tuple[str, ...]


def read_submission(content: bytes) -> dict[str, Any]:
    """Return the notebook's JSON. Raises NotANotebook, with the reason as a code."""
    if len(content) > MAXIMUM_BYTES:
        raise NotANotebook("too-large", limit=MAXIMUM_BYTES // 1_000_000)
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise NotANotebook("not-a-notebook") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise NotANotebook(
            "not-a-notebook" if not isinstance(notebook, dict) or "worksheets" not in notebook else "old-format"
        )
    if notebook.get("nbformat") != 4:
        raise NotANotebook("old-format")
    if not notebook["cells"]:
        raise NotANotebook("no-cells")
    if len(notebook["cells"]) > _MAXIMUM_CELLS:
        raise NotANotebook("too-many-cells", limit=_MAXIMUM_CELLS)
    return notebook


def repair(lesson: Lesson, submitted: Mapping[str, Any]) -> Repaired:
    """Rebuild the lesson around the answers of `submitted` (the JSON of a notebook, from read_submission).

    Raises NotANotebook("another-lesson") where nothing in it belongs to this lesson.
    """
    return _Repair(lesson, submitted).repaired()


class _Repair:
    """One repair. A cell of the submission belongs to the lesson's cell whose id it bears, or whose text it has."""

    def __init__(self, lesson: Lesson, submitted: Mapping[str, Any]) -> None:
        self.lesson = lesson
        self.given = {node.id: node.source for node in release(lesson).cells}
        self.by_text = {_bare(source): id for id, source in reversed(self.given.items()) if source}
        self.cells = [_read_cell(raw) for raw in submitted["cells"] if isinstance(raw, dict)]
        self.owners = [self._owner(cell) for cell in self.cells]
        claimed = _mapping(_mapping(submitted.get("metadata")).get("academy")).get("lesson", lesson.slug)
        if claimed != lesson.slug or not any(self.owners):
            raise NotANotebook("another-lesson", lesson=lesson.title)
        self.notes: list[str] = []
        self.used: set[int] = set()

    def _owner(self, cell: SubmittedCell) -> str | None:
        for claim in (cell.grade_id, cell.cell_id, self.by_text.get(_bare(cell.source))):
            if claim in self.given:
                return claim
        return None

    def repaired(self) -> Repaired:
        answers = {task.id: self._answer(task) for task in self.lesson.tasks}
        self._note_mended_cells()
        extras = self._extras()
        steps = extras.get(None, [])
        for cell in self.lesson.cells:
            if cell.role is Role.WORKED:
                steps.append(Step(cell.id, cell.source))
            elif cell.role is Role.ANSWER and cell.task:
                steps.append(Step(cell.id, answers[cell.task], task=cell.task))
            steps += extras.get(cell.id, [])
        texts = {task.id: self._text(answers[task.id]) for task in self.lesson.tasks if task.manual}
        return Repaired(tuple(steps), texts, tuple(self.notes))

    def _answer(self, task: Task) -> str:
        """The learner's answer to a task, or the blank as it was given out."""
        blank = self.given[task.id]
        named = [n for n, owner in enumerate(self.owners) if owner == task.id]
        if len(named) > 1:
            self.notes.append(f"The answer cell of task {task.number} was there {len(named)} times. One was kept.")
        filled = [n for n in named if _bare(self.cells[n].source) not in (_bare(blank), "")]
        # The cell that we gave out comes first; of copies, the last.
        filled.sort(key=lambda n: (self.cells[n].cell_id == task.id, n))
        if filled:
            answer = self.cells[filled[-1]]
            if answer.is_code == task.manual:
                self.notes.append(
                    f"The answer cell of task {task.number} had become another kind of cell. It was turned back."
                )
            return answer.source
        moved = [n for n, cell in enumerate(self.cells) if self._could_answer(n, cell, task)]
        if moved:
            self.used.add(moved[-1])
            self.notes.append(f"The answer to task {task.number} stood in another cell. It was moved to its place.")
            return self.cells[moved[-1]].source
        if not named:
            self.notes.append(f"The answer cell of task {task.number} was missing. It was put back, empty.")
        return blank

    @staticmethod
    def _text(answer: str) -> str:
        return "" if _bare(answer) == regions.TEXT_STUB else answer

    def _could_answer(self, number: int, cell: SubmittedCell, task: Task) -> bool:
        """Whether a cell that the learner wrote, outside any task's own, gives every name that the task asks for."""
        owner = self.owners[number]
        written = owner is None or _bare(cell.source) != _bare(self.given[owner])
        if task.manual or not written or (owner is not None and self._role(owner) is not Role.WORKED):
            return False
        try:
            tree = ast.parse(cell.source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        made = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        return set(task.answers) <= made

    def _extras(self) -> dict[str | None, list[Step]]:
        """Code cells that the learner added, by the lesson's cell that they follow."""
        extras: dict[str | None, list[Step]] = {}
        after: str | None = None
        for number, (cell, owner) in enumerate(zip(self.cells, self.owners, strict=True)):
            if owner is not None:
                after = owner
            elif number not in self.used and cell.is_code and cell.source.strip():
                extras.setdefault(after, []).append(Step(f"extra-{number + 1}", cell.source, extra=True))
        return extras

    def _note_mended_cells(self) -> None:
        answers = {task.id for task in self.lesson.tasks}
        code = {cell.id for cell in self.lesson.cells if cell.is_code} - answers
        missing = len(code - set(self.owners))
        changed = sum(
            owner in code and _bare(cell.source) != _bare(self.given[owner])
            for cell, owner in zip(self.cells, self.owners, strict=True)
            if owner is not None
        )
        if missing:
            self.notes.append(f"{_cells(missing)} of the lesson had been deleted. {_put_back(missing)}")
        if changed:
            self.notes.append(f"{_cells(changed)} of the lesson had been changed. {_put_back(changed)}")

    def _role(self, id: str) -> Role:
        return next((cell.role for cell in self.lesson.cells if cell.id == id), Role.TEXT)


def _cells(count: int) -> str:
    return "One cell" if count == 1 else f"{count} cells"


def _put_back(count: int) -> str:
    return "It was put back as it was." if count == 1 else "They were put back as they were."


def _bare(source: str) -> str:
    """The source without what editors change by themselves: spaces at line ends, empty lines at either end."""
    return "\n".join(line.rstrip() for line in source.splitlines()).strip()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _read_cell(raw: Mapping[str, Any]) -> SubmittedCell:
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    cell_id = raw.get("id")
    grade_id = _mapping(_mapping(raw.get("metadata")).get("nbgrader")).get("grade_id")
    return SubmittedCell(
        source=source if isinstance(source, str) else "",
        cell_id=cell_id if isinstance(cell_id, str) else None,
        grade_id=grade_id if isinstance(grade_id, str) else None,
        is_code=raw.get("cell_type") == "code",
    )
