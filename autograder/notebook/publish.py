"""Executed lesson to page of the book: worked examples with their outputs, tasks with their blanks, no secrets."""

from __future__ import annotations

from nbformat import NotebookNode

from autograder.notebook.compile import compile_lesson
from autograder.notebook.lesson import Cell, Lesson, Role
from autograder.notebook.release import cut_secrets


class FigureWithoutText(Exception):
    """A figure that someone who cannot see it would miss."""

    def __init__(self, lesson: Lesson, cell: Cell) -> None:
        super().__init__(
            f"{lesson.folder / 'lesson.md'}:{cell.line}: The figure of this cell has no text alternative.\n"
            "    Add “mystnb: {image: {alt: …}}” to the cell's metadata: say what the figure shows."
        )


class FigureMissing(Exception):
    """A cell describes a figure, and none was drawn."""

    def __init__(self, lesson: Lesson, cell: Cell) -> None:
        super().__init__(
            f"{lesson.folder / 'lesson.md'}:{cell.line}: This cell describes a figure, but draws none.\n"
            "    Draw it, or remove “mystnb: {image: {alt: …}}” from the cell's metadata."
        )


def publish(lesson: Lesson, executed: NotebookNode) -> NotebookNode:
    """Return the page as a notebook that the book shows without running it.

    `executed` is the instructor notebook with outputs; only those of worked examples are taken from it.
    Glossary links stay as they are written: the book knows them. A task's cells carry a tag for what they are:
    task-prompt, task-answer, task-check, task-review.
    Raises FigureWithoutText, FigureMissing.
    """
    outputs = {node.id: node for node in executed.cells}
    page = compile_lesson(lesson)
    by_id = {cell.id: cell for cell in lesson.cells}
    page.cells = [node for node in page.cells if node.id in by_id]
    for node in page.cells:
        cell = by_id[node.id]
        cut_secrets(node)
        if cell.role in (Role.TEXT, Role.PROMPT):
            node.source = cell.source
        if cell.role is Role.WORKED:
            node.outputs = outputs[node.id].outputs
            node.execution_count = None
            if _has_figure(node) and not _alt(node):
                raise FigureWithoutText(lesson, cell)
            if _alt(node) and not _has_figure(node):
                raise FigureMissing(lesson, cell)
        if cell.task:
            node.metadata["tags"] = [f"task-{cell.role}"]
        node.metadata.pop("jupyter", None)
        node.metadata.pop("nbgrader", None)
    return page


def _has_figure(node: NotebookNode) -> bool:
    return any("image/png" in output.get("data", {}) for output in node.outputs)


def _alt(node: NotebookNode) -> str:
    return str(node.metadata.get("mystnb", {}).get("image", {}).get("alt", ""))
