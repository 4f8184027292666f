"""An assignment as its graders need it: read once from gradebook and source folder, then handed to every worker.

It holds the hidden tests, so it goes to workers only, never into the process that runs learners' code.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

Where = Literal["apart", "sandbox", "by hand"]
"""Where a check runs: in a process of its own; in the learner's own sandbox; or not at all, and a person grades it."""


@dataclass(frozen=True)
class SourceCell:
    """A cell as the instructor left it. `points` is None where nothing is graded. Solutions are cut already."""

    id: str
    cell_type: str
    source: str
    checksum: str | None
    locked: bool
    grade: bool
    solution: bool
    task: bool
    points: float | None
    makes: tuple[str, ...] = ()
    """The names that an answer gives to the checks, by the instructor's own: they tell an answer that lost its id."""

    @property
    def is_check(self) -> bool:
        """True for a cell of tests, which is run and gives points by what it shows."""
        return self.grade and not self.solution and self.cell_type == "code"

    @property
    def by_hand(self) -> bool:
        """True where a person gives the points."""
        return self.task or (self.grade and not self.is_check)

    def metadata(self) -> dict[str, Any]:
        """nbgrader's own, complete."""
        facts: dict[str, Any] = {
            "cell_type": self.cell_type,
            "checksum": self.checksum,
            "grade": self.grade,
            "grade_id": self.id,
            "locked": self.locked,
            "schema_version": 3,
            "solution": self.solution,
            "task": self.task,
        }
        return facts if self.points is None else facts | {"points": self.points}


@dataclass(frozen=True)
class Notebook:
    """One notebook of an assignment. `needs` names, for each check that runs apart, the answers that it is given."""

    name: str
    kernelspec: dict[str, Any] | None
    cells: tuple[SourceCell, ...]
    places: dict[str, Where] = field(default_factory=dict)
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    """The instructor's other code cells, which are given out as they are."""
    lesson: dict[str, Any] | None = None
    """For a lesson of the academy: its instructor notebook, by which damaged ones are rebuilt."""

    @cached_property
    def by_id(self) -> dict[str, SourceCell]:
        return {cell.id: cell for cell in self.cells}

    @property
    def checks(self) -> list[SourceCell]:
        return [cell for cell in self.cells if cell.is_check]


@dataclass(frozen=True)
class Assignment:
    """What a worker needs to grade any submission. `files` are those beside the notebooks, by their path."""

    name: str
    notebooks: tuple[Notebook, ...]
    files: dict[str, bytes]
    modules: tuple[str, ...]
    seconds_a_cell: float = 30.0
    keep_files: frozenset[str] = frozenset()
    """Files of ours that learners may replace with their own (nbgrader's exclude_overwriting)."""

    @cached_property
    def digest(self) -> str:
        """Changes with anything that could change a grade."""
        sums = {path: hashlib.sha256(content).hexdigest() for path, content in self.files.items()}
        facts = [
            [asdict(replace(notebook, lesson=None)) for notebook in self.notebooks],
            sums,
            self.seconds_a_cell,
            sorted(self.keep_files),
        ]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]

    def notebook(self, name: str) -> Notebook:
        return next(notebook for notebook in self.notebooks if notebook.name == name)


@dataclass(frozen=True)
class Submission:
    """What one learner handed in: notebooks by name, other files by path. None for a file that could not be read."""

    learner: str
    notebooks: dict[str, bytes | None]
    files: dict[str, bytes] = field(default_factory=dict)
    digest: str = ""
