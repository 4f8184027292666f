"""Lesson to instructor notebook: solutions, hidden tests and all. It never leaves the machine that builds."""

from __future__ import annotations

from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.notebook import regions
from autograder.notebook.lesson import Cell, Lesson, Role
from autograder.notebook.read import GLOSSARY_LINK

WORDS_HEADING = "Words used in this lesson"
_WORDS_ANCHOR = WORDS_HEADING.replace(" ", "-")
_HAND_IN = """## Hand it in

**In the browser,** click **Submit** at the top. You are asked to sign in if you have not done so. Your points come
within a minute, with a word on every task, and you can improve your answers and submit again.

**In a workshop,** save the notebook, and hand it in as your trainer says."""
_KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def compile_lesson(lesson: Lesson) -> NotebookNode:
    """Return the instructor notebook (nbformat 4.5). The same lesson gives the same bytes."""
    cells = [_node(lesson, cell) for cell in lesson.cells]
    cells.insert(1, new_markdown_cell(_facts(lesson), id="facts", metadata={}))
    cells.append(new_markdown_cell(_HAND_IN, id="hand-in", metadata={}))
    if lesson.terms:
        listed = "\n".join(f"- {plain}" for plain in lesson.terms.values())
        cells.append(new_markdown_cell(f"## {WORDS_HEADING}\n\n{listed}", id="words", metadata={}))
    return new_notebook(
        cells=cells, metadata={**_KERNEL, "academy": {"lesson": lesson.slug, "version": lesson.version}}
    )


def link_terms(text: str) -> str:
    """Glossary links as a notebook can follow them: to its own last section."""
    return GLOSSARY_LINK.sub(rf"[\1](#{_WORDS_ANCHOR})", text)


def to_bytes(notebook: NotebookNode) -> bytes:
    """The notebook as a file. The same notebook gives the same bytes."""
    text: str = nbformat.writes(notebook, version=4)
    return text.encode("utf-8") + b"\n"


def _facts(lesson: Lesson) -> str:
    """What the page of the book says at its start, for those who open the notebook elsewhere."""
    goals = "\n".join(f"- {objective.text}" for objective in lesson.objectives)
    return f"**Time:** about {lesson.minutes} minutes. **After this lesson you can:**\n\n{goals}"


def _node(lesson: Lesson, cell: Cell) -> NotebookNode:
    metadata = _metadata(cell)
    seed = f"{lesson.slug}/{cell.id}"
    match cell.role:
        case Role.TEXT | Role.PROMPT:
            return new_markdown_cell(link_terms(cell.source), id=cell.id, metadata=metadata)
        case Role.REVIEW:
            return new_markdown_cell(f"{cell.source}\n\n<!-- {regions.canary(seed)} -->", id=cell.id, metadata=metadata)
        case _:
            source = regions.with_canary(cell.source, regions.SOLUTION, seed)
            source = regions.with_canary(source, regions.HIDDEN, seed)
            return new_code_cell(source, id=cell.id, metadata=metadata)


def _metadata(cell: Cell) -> dict[str, Any]:
    """The cell's own metadata, with nbgrader's completed, so that its tools accept the notebook as it is."""
    metadata = {key: value for key, value in cell.metadata.items() if key not in ("nbgrader", "academy")}
    if cell.role is Role.CHECK:
        # Learners see the message, not the machinery; the code is one click away.
        metadata["jupyter"] = {"source_hidden": True}
    given = cell.metadata.get("nbgrader")
    if given is not None:
        graded, solution = cell.role in (Role.CHECK, Role.REVIEW), cell.role in (Role.ANSWER, Role.REVIEW)
        metadata["nbgrader"] = {
            "grade": graded,
            "grade_id": cell.id,
            "locked": not solution,
            "schema_version": 3,
            "solution": solution,
            "task": False,
        } | ({"points": int(given["points"])} if graded else {})
    return metadata
