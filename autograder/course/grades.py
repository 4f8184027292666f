"""From a check cell's outputs to its points, by nbgrader's own rule."""

from __future__ import annotations

from nbformat import NotebookNode, from_dict
from nbgrader.utils import compute_checksum, determine_grade

from autograder.course.assignment import SourceCell
from autograder.course.mend import Cell


def points(known: SourceCell, cell: Cell) -> float | None:
    """The points of a graded cell that has run; None where a person must give them.

    nbgrader stops at partial credit above the cell's points; a course that others wrote must not stop ours. And it
    gives all the points for partial credit below nothing, or that is no number: a false answer could bring that about.
    """
    node = from_dict(cell)
    try:
        given, _ = determine_grade(node)
    except (ValueError, KeyError, TypeError):
        return 0.0
    if given is None:
        return None
    return 0.0 if known.is_check and any(map(_below_nothing, node.outputs)) else float(given)


def _below_nothing(output: NotebookNode) -> bool:
    """Whether it is a number that is no credit at all."""
    try:
        return output.output_type == "execute_result" and not float(output.data["text/plain"]) >= 0
    except (ValueError, KeyError):
        return False


def unchanged(known: SourceCell, cell: Cell) -> bool:
    """Whether an answer is still as it was given out."""
    return known.checksum is not None and known.checksum == compute_checksum(from_dict(cell))
