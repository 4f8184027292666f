"""Where each check of an assignment runs: apart from the learner's code wherever that gives the same grade.

A check that can be run on copies of the answers goes into a process of its own: nothing in the notebook can read it or
get round it. In courses that others wrote, a check may need what cannot be copied as data: a function of the learner's,
the figure that is open, a file that a cell wrote. Such a check runs in the learner's own sandbox. It can harm nobody,
but a learner could read it and defeat it. Which check runs where is found by trying both on the instructor's solution,
never on a submission: no learner can choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from autograder.course.assignment import Assignment, Notebook, Where
from autograder.course.grades import points
from autograder.course.mend import Cell, Mended, mend
from autograder.course.names import made_names, needed_names
from autograder.course.worker import Worker, run


def place_checks(
    assignment: Assignment, instructor: Mapping[str, Sequence[dict[str, Any]]], sandboxed: Where = "sandbox"
) -> Assignment:
    """The assignment with a place for every check.

    `instructor` holds the cells of the instructor's own notebooks, by name, as the course's source folder has them.
    `sandboxed` is for checks that cannot run apart: "sandbox", or "by hand" to have a person grade them.
    """
    with Worker(assignment) as worker:
        notebooks = tuple(
            _placed(each, instructor.get(each.name, ()), worker, sandboxed) for each in assignment.notebooks
        )
    return replace(assignment, notebooks=notebooks)


def _placed(notebook: Notebook, solution: Sequence[dict[str, Any]], worker: Worker, sandboxed: Where) -> Notebook:
    needs = _candidates(notebook, solution)
    apart: dict[str, Where] = dict.fromkeys(needs, "apart")
    trial = replace(notebook, places=apart, needs=needs)
    if needs:
        solved = mend(notebook, {"cells": list(solution)})
        together = _graded(worker, replace(notebook, places={}, needs={}), solved)
        separate = _graded(worker, trial, solved)
        # Where the instructor's own solution fails, nothing is proven.
        needs = {id: names for id, names in needs.items() if together[id][1] and separate[id] == together[id]}
    places: dict[str, Where] = {cell.id: "apart" if cell.id in needs else sandboxed for cell in notebook.checks}
    return replace(notebook, places=places, needs=needs)


def _candidates(notebook: Notebook, solution: Sequence[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The checks whose needs can be read off their code, and whose own names no later cell of the notebook takes."""
    if not solution:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    checks = {cell.id: cell for cell in notebook.checks}
    order = [(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell) for cell in solution]
    for place, (id, _) in enumerate(order):
        if id not in checks:
            continue
        names = needed_names(checks[id].source)
        later = [
            cell["source"] for other, cell in order[place + 1 :] if cell["cell_type"] == "code" and other not in checks
        ]
        if names is not None and not _taken(made_names(checks[id].source), later):
            found[id] = names
    return found


def _taken(made: frozenset[str], later: Sequence[str]) -> bool:
    """Whether a later cell may take a name that the check has made. One that it makes itself first is not taken."""
    for source in later:
        needs = needed_names(source)
        if made and (needs is None or made & set(needs)):
            return True
        made -= made_names(source)
    return False


def _graded(worker: Worker, notebook: Notebook, solved: Mended) -> dict[str, tuple[float | None, bool]]:
    """Points of each check, and whether it came through without an error."""
    cells, _ = run(worker.warm, notebook, solved, {}, worker.assignment.seconds_a_cell)
    by_id: dict[str, Cell] = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in cells if "nbgrader" in cell["metadata"]
    }
    return {
        check.id: (points(check, by_id[check.id]), all(o["output_type"] != "error" for o in by_id[check.id]["outputs"]))
        for check in notebook.checks
    }
