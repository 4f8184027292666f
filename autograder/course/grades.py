"""From a check cell's outputs to its points, by nbgrader's own rule."""

from __future__ import annotations

from nbformat import from_dict
from nbgrader.utils import compute_checksum, determine_grade

from autograder.course.assignment import SourceCell
from autograder.course.mend import Cell


def points(known: SourceCell, cell: Cell) -> float | None:
    """The points of a graded cell that has run; None where a person must give them.

    nbgrader stops at partial credit above the cell's points; a course that others wrote must not stop ours.
    """
    try:
        given, _ = determine_grade(from_dict(cell))
    except (ValueError, KeyError):
        return 0.0
    return None if given is None else float(given)


def unchanged(known: SourceCell, cell: Cell) -> bool:
    """Whether an answer is still as it was given out."""
    return known.checksum is not None and known.checksum == compute_checksum(from_dict(cell))
