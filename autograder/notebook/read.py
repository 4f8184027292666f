"""Reading a lesson's source, and refusing one that a learner would stumble over.

Every rule of the source format (docs/structure.md, "A lesson's source") is checked here, with file and line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NoReturn

import yaml
from jupytext.myst import MystMetadataParsingError, myst_to_notebook

from autograder.notebook import regions
from autograder.notebook.check_rules import faults_of_check
from autograder.notebook.curriculum import Term
from autograder.notebook.errors import LessonError
from autograder.notebook.lesson import Cell, Lesson, Objective, Role, Task

GLOSSARY_LINK = re.compile(r"\[([^\]]+)\]\(glossary:([^)\s]*)\)")
_PROMPT = re.compile(r"^### Task (\d+)\. (.+) \((\d+) points?\)$")
_KINDS = ("predict", "practice", "mistake", "judgement", "agency")
_HINTS = 3
_FACTS = ("title", "track", "minutes", "question", "objectives", "topics", "principles", "data", "prerequisites")


def read_lesson(
    folder: Path,
    glossary: Mapping[str, Term],
    datasets: Collection[str] | None = None,
    worksheets: Collection[str] | None = None,
) -> Lesson:
    """Read `lesson.md` of a lesson's folder.

    `datasets` and `worksheets` are the names that exist; None leaves that check to the caller. Raises LessonError.
    """
    return _Reader(folder, glossary, datasets, worksheets).read()


class _Reader:
    """One reading of one file; holds what every complaint needs: the file, its lines and the present cell."""

    def __init__(
        self,
        folder: Path,
        glossary: Mapping[str, Term],
        datasets: Collection[str] | None,
        worksheets: Collection[str] | None,
    ) -> None:
        self.file = folder / "lesson.md"
        self.text = self.file.read_text(encoding="utf-8")
        self.lines = self.text.split("\n")
        self.glossary, self.datasets, self.worksheets = glossary, datasets, worksheets

    def stop(self, line: int, problem: str, advice: str) -> NoReturn:
        raise LessonError(self.file, line, problem, advice)

    def read(self) -> Lesson:
        facts = self._facts()
        cells = self._cells()
        tasks = self._tasks(cells, {objective["id"] for objective in facts["objectives"]})
        return Lesson(
            slug=self.file.parent.name,
            title=facts["title"],
            track=facts["track"],
            minutes=int(facts["minutes"]),
            question=facts["question"],
            objectives=tuple(Objective(each["id"], each["text"]) for each in facts["objectives"]),
            topics=tuple(facts["topics"]),
            principles=tuple(facts["principles"]),
            data=tuple(facts["data"]),
            worksheets=tuple(facts.get("worksheets", ())),
            prerequisites=tuple(facts["prerequisites"]),
            content_note=facts.get("content_note"),
            tasks=tasks,
            cells=cells,
            terms=self._terms(cells),
            folder=self.file.parent,
            version=hashlib.sha256(self.text.encode()).hexdigest()[:16],
        )

    # -- the front matter ---------------------------------------------------------------------------------------------

    def _facts(self) -> dict[str, Any]:
        parts = self.text.split("---\n", 2)
        try:
            header = yaml.safe_load(parts[1]) if len(parts) == 3 and parts[0] == "" else None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self.stop(mark.line + 2 if mark else 1, f"The front matter is not YAML: {error}", "Mend the line named.")
        if not isinstance(header, dict) or "jupytext" not in header or not isinstance(header.get("lesson"), dict):
            self.stop(1, "The front matter has no “jupytext” and “lesson” parts.", "Copy them from another lesson.")
        facts: dict[str, Any] = header["lesson"]
        for name in _FACTS:
            if name not in facts:
                self.stop(
                    self._line("lesson:"), f"The lesson does not say its {name}.", f"Add “{name}:” below “lesson:”."
                )
        for objective in facts["objectives"]:
            if not isinstance(objective, dict) or set(objective) != {"id", "text"}:
                self.stop(
                    self._line("objectives:"),
                    f"This objective is not an id and a text: {objective}",
                    "Put the text between quotation marks: a comma in it ends it otherwise.",
                )
        self._known(facts, "data", "dataset", self.datasets, "the folder datasets/{}/")
        self._known(facts, "worksheets", "worksheet", self.worksheets, "the file worksheets/{}.json")
        return facts

    def _known(self, facts: Mapping[str, Any], fact: str, noun: str, known: Collection[str] | None, place: str) -> None:
        """Stop at a dataset or worksheet that is not among the `known` ones."""
        for name in facts.get(fact, ()):
            if known is not None and name not in known:
                self.stop(
                    self._line(f"{fact}:"),
                    f"There is no {noun} “{name}”.",
                    f"Choose one of {', '.join(sorted(known))}, or add {place.format(name)}.",
                )

    def _line(self, start: str) -> int:
        """The number of the first line that begins with `start`, spaces aside."""
        return next((n for n, line in enumerate(self.lines, 1) if line.strip().startswith(start)), 1)

    # -- the cells ----------------------------------------------------------------------------------------------------

    def _cells(self) -> tuple[Cell, ...]:
        try:
            notebook = myst_to_notebook(self.text, add_source_map=True)
        except MystMetadataParsingError as error:
            self.stop(1, str(error), "Mend the metadata of that cell.")
        cells: list[Cell] = []
        seen: dict[str, int] = {}
        starts = notebook.metadata.pop("source_map")
        for position, (node, start) in enumerate(zip(notebook.cells, starts, strict=True), 1):
            metadata = dict(node.metadata)
            line = self._first_line(node.source, start)
            cell = self._cell(position, node.cell_type, node.source, line, metadata)
            if cell.id in seen:
                self.stop(
                    line,
                    f"The grade_id “{cell.id}” is used twice (first in line {seen[cell.id]}).",
                    "Rename one of the two.",
                )
            seen[cell.id] = line
            for region in (regions.SOLUTION, regions.HIDDEN):
                try:
                    regions.inside(cell.source, region)
                except regions.UnbalancedRegion as error:
                    self.stop(line + error.line, str(error), "Add the missing marker, or remove the extra one.")
            cells.append(cell)
        return tuple(cells)

    def _first_line(self, source: str, start: int) -> int:
        """The number of the line where a cell's text begins, at or after `start` (metadata lie between)."""
        first = source.split("\n", 1)[0]
        return next((n for n, line in enumerate(self.lines[start:], start + 1) if line == first), start + 1)

    def _cell(self, position: int, kind: str, source: str, line: int, metadata: dict[str, Any]) -> Cell:
        grader = metadata.get("nbgrader")
        if grader is None:
            if kind == "code" and (regions.has(source, regions.SOLUTION) or regions.has(source, regions.HIDDEN)):
                self.stop(
                    line, "This cell has a solution or hidden tests, but no nbgrader metadata.", "Add its grade_id."
                )
            plain = Role.WORKED if kind == "code" else Role.TEXT
            return Cell(f"cell-{position:02d}", plain, source, line, None, metadata)
        id = str(grader.get("grade_id", ""))
        if not re.fullmatch(r"[a-z][a-z0-9-]{1,50}", id):
            self.stop(line, f"“{id}” is no grade_id.", "Use lower-case words with hyphens, such as largest-town.")
        graded, solution = bool(grader.get("grade")), bool(grader.get("solution"))
        role = {
            ("markdown", False, False): Role.PROMPT,
            ("markdown", True, True): Role.REVIEW,
            ("code", False, True): Role.ANSWER,
            ("code", True, False): Role.CHECK,
        }.get((kind, graded, solution))
        if role is None:
            self.stop(
                line, f"The nbgrader metadata of “{id}” fit no kind of cell.", "See the table in docs/structure.md."
            )
        return Cell(id, role, source, line, re.sub(r"-(prompt|check)$", "", id), metadata)

    # -- the tasks ----------------------------------------------------------------------------------------------------

    def _tasks(self, cells: tuple[Cell, ...], objectives: Collection[str]) -> tuple[Task, ...]:
        by_task: dict[str, list[Cell]] = {}
        for cell in cells:
            if cell.task:
                by_task.setdefault(cell.task, []).append(cell)
        return tuple(
            self._task(number, id, members, objectives) for number, (id, members) in enumerate(by_task.items(), 1)
        )

    def _task(self, number: int, id: str, cells: list[Cell], objectives: Collection[str]) -> Task:
        line = cells[0].line
        roles = [cell.role for cell in cells]
        if roles not in ([Role.PROMPT, Role.ANSWER, Role.CHECK], [Role.PROMPT, Role.REVIEW]):
            missing = "check" if Role.ANSWER in roles and Role.CHECK not in roles else "full set of cells"
            self.stop(
                line,
                f"The task “{id}” has no {missing}: it has {', '.join(roles)}.",
                f"A task is a prompt ({id}-prompt), an answer ({id}) and a check ({id}-check), in this order.",
            )
        prompt, last = cells[0], cells[-1]
        extra = prompt.metadata.get("academy", {})
        heading = _PROMPT.match(prompt.source.split("\n", 1)[0])
        if heading is None:
            self.stop(
                line, f"The prompt of “{id}” has no proper heading.", "Begin it: ### Task 3. Its title (2 points)"
            )
        if int(heading[1]) != number:
            self.stop(line, f"The heading says Task {heading[1]}, but this is task {number}.", f"Write Task {number}.")
        points = int(last.metadata["nbgrader"].get("points", 0))
        if int(heading[3]) != points:
            self.stop(
                line,
                f"The heading of “{id}” promises {heading[3]} points, its metadata give {points}.",
                "Make the two agree: the heading, and “points” of the check.",
            )
        kind = extra.get("kind")
        if kind not in _KINDS or (kind == "agency") != (last.role is Role.REVIEW):
            self.stop(
                line, f"The task “{id}” has the kind “{kind}”.", f"Use one of {', '.join(_KINDS)}; agency is free text."
            )
        if extra.get("objective") not in objectives:
            self.stop(
                line, f"The task “{id}” proves no objective of this lesson.", f"Use one of {', '.join(objectives)}."
            )
        rubric = tuple(extra.get("rubric", ()))
        if kind == "agency":
            if not rubric:
                self.stop(
                    line, f"The free-text task “{id}” has no rubric.", "Add “rubric:” to the prompt's academy metadata."
                )
            return Task(id, number, heading[2], kind, extra["objective"], points, (), rubric)
        if prompt.source.count("<details>") < _HINTS:
            self.stop(
                line,
                f"The task “{id}” has fewer than {_HINTS} hints.",
                "Add <details> blocks, from nudge to nearly there.",
            )
        answers = tuple(last.metadata.get("academy", {}).get("answers", ()))
        for fault in faults_of_check(last.source, answers):
            self.stop(last.line + fault.line, f"In the check “{last.id}”: {fault.problem}", fault.advice)
        if not regions.has(cells[1].source, regions.SOLUTION):
            self.stop(
                cells[1].line,
                f"The answer cell “{id}” has no solution.",
                f"Put it between “{regions.SOLUTION.begin}” and its end.",
            )
        return Task(id, number, heading[2], kind, extra["objective"], points, answers, rubric)

    # -- the glossary -------------------------------------------------------------------------------------------------

    def _terms(self, cells: tuple[Cell, ...]) -> dict[str, str]:
        used: dict[str, str] = {}
        for cell in cells:
            for match in GLOSSARY_LINK.finditer("" if cell.is_code else cell.source):
                term = self.glossary.get(match[2])
                if term is None:
                    self.stop(
                        cell.line + cell.source[: match.start()].count("\n"),
                        f"The glossary has no term “{match[2]}”.",
                        "Add it to lessons/glossary.yml, or correct the link.",
                    )
                used[term.id] = f"**{term.term}**: {term.plain}"
        return dict(sorted(used.items()))
