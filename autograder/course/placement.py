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
from autograder.course.names import made_names, needed_names, words
from autograder.course.worker import Worker, run


def place_checks(
    worker: Worker, instructor: Mapping[str, Sequence[dict[str, Any]]], sandboxed: Where = "sandbox"
) -> Assignment:
    """The worker's assignment with a place for every check. Raises SandboxMissing.

    `instructor` holds the cells of the instructor's own notebooks, by name, as the course's source folder has them.
    `sandboxed` is for checks that cannot run apart: "sandbox", or "by hand" to have a person grade them.
    """
    notebooks = (
        _placed(each, instructor.get(each.name, ()), worker, sandboxed) for each in worker.assignment.notebooks
    )
    return replace(worker.assignment, notebooks=tuple(notebooks))


def _placed(notebook: Notebook, solution: Sequence[dict[str, Any]], worker: Worker, sandboxed: Where) -> Notebook:
    order = [
        (cell["metadata"].get("nbgrader", {}).get("grade_id", ""), cell["source"])
        for cell in solution
        if cell["cell_type"] == "code"
    ]
    apart = _candidates(notebook, order)
    needs: dict[str, tuple[str, ...]] = {}
    if apart:
        solved = mend(notebook, {"cells": list(solution)})
        together = _graded(worker, replace(notebook, places={}, needs={}), solved)
        # Where the instructor's own solution fails, nothing is proven.
        apart = [id for id in apart if together[id][1]]
        while needs := _needs(notebook, order, apart):
            trial = replace(notebook, places=dict.fromkeys(needs, "apart"), needs=needs)
            separate = _graded(worker, trial, solved)
            wrong = [id for id, shown in together.items() if shown[1] and separate[id] != shown]
            if not wrong:
                break
            apart = (
                [id for id in apart if id not in wrong]
                if {*wrong} & {*apart}
                else _without_culprit(notebook, apart, wrong[0])
            )
    places: dict[str, Where] = {cell.id: "apart" if cell.id in needs else sandboxed for cell in notebook.checks}
    return replace(notebook, places=places, needs=needs)


def _candidates(notebook: Notebook, order: Sequence[tuple[str, str]]) -> list[str]:
    """The checks whose needs can be read off their code, and whose own names no later cell of the notebook takes."""
    checks = {cell.id: cell.source for cell in notebook.checks}
    found = []
    for place, (id, _) in enumerate(order):
        if id in checks and needed_names(checks[id]) is not None:
            later = [source for other, source in order[place + 1 :] if other not in checks]
            if not _taken(made_names(checks[id]), later):
                found.append(id)
    return found


def _taken(made: frozenset[str], later: Sequence[str]) -> bool:
    """Whether a later cell may take a name that the check has made. One that it makes itself first is not taken."""
    for source in later:
        needs = needed_names(source)
        # Of a cell that cannot be read, such as one with magics: whatever it mentions.
        if made & set(words(source) if needs is None else needs):
            return True
        made -= made_names(source)
    return False


def _needs(notebook: Notebook, order: Sequence[tuple[str, str]], apart: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The answers that each check is given: the names it takes, but for those that the checks before it have made.

    Such a name must not come from the notebook: a learner who gives it a value would have a say in the check.
    """
    checks = {cell.id: cell.source for cell in notebook.checks}
    needs: dict[str, tuple[str, ...]] = {}
    own: frozenset[str] = frozenset()
    for id, source in order:
        if id in apart:
            needs[id] = tuple(name for name in needed_names(checks[id]) or () if name not in own)
            own |= made_names(checks[id])
        else:
            own -= made_names(source)
    return needs


def _without_culprit(notebook: Notebook, apart: Sequence[str], harmed: str) -> list[str]:
    """A check in the sandbox fails for want of what one before it does there: a change, or a name. Take that one back.

    The likeliest is the last that shares a name with it.
    """
    order = [cell.id for cell in notebook.checks]
    before = [id for id in apart if order.index(id) < order.index(harmed)]
    names = {id: set(words(notebook.by_id[id].source)) for id in (*before, harmed)}
    culprit = max(before, key=lambda id: (bool(names[id] & names[harmed]), order.index(id)), default=None)
    return [id for id in apart if id != culprit] if culprit else []


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
