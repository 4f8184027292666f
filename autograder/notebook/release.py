"""Lesson to learner notebook: what anyone may see. Built from the compiled lesson by the one transform below."""

from __future__ import annotations

from nbformat import NotebookNode

from autograder.notebook import regions
from autograder.notebook.compile import compile_lesson
from autograder.notebook.lesson import Lesson


def release(lesson: Lesson) -> NotebookNode:
    """Return the learner notebook: no solution, no hidden test, no model answer, no output."""
    notebook = compile_lesson(lesson)
    for node in notebook.cells:
        cut_secrets(node)
        if node.cell_type == "code" and "nbgrader" in node.metadata:
            # In JupyterLab, an answer that is not right yet must not stop “Run all” on its way to the cells below.
            node.metadata["tags"] = ["raises-exception"]
    return notebook


def cut_secrets(node: NotebookNode) -> None:
    """Turn one compiled cell, in place, into what a learner may see."""
    grader = node.metadata.get("nbgrader", {})
    if node.cell_type == "markdown":
        if grader.get("solution"):
            node.source = regions.TEXT_STUB
        return
    node.source = regions.without(node.source, regions.HIDDEN).rstrip()
    node.source = regions.without(node.source, regions.SOLUTION, regions.CODE_STUB).rstrip()
    node.outputs = []
    node.execution_count = None
