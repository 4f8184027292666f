"""A submitted notebook made whole, in any course: our cells as they were given out, the learner's where they put them.

An undamaged notebook comes back as it is, so that it is graded as nbgrader grades it. In a damaged one, the cells that
the gradebook knows are found by their id, then by what they hold, and put back: type, flags, points, text, place.
For the academy's own lessons, autograder.notebook.repair does more: it looks for answers wherever they stand.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from autograder.course.assignment import Notebook, SourceCell
from autograder.course.names import made_names

Cell = dict[str, Any]
"""A cell as nbformat 4.5 writes it."""
_TOO_MANY_POINTS = 1e9
"""No assignment's. A whole number in JSON may be larger than any that can be reckoned with."""


@dataclass(frozen=True)
class Mended:
    """The cells to run, and what was mended, in plain words."""

    cells: list[Cell]
    repairs: tuple[str, ...]


def mend(notebook: Notebook, submitted: Mapping[str, Any]) -> Mended:
    """Make `submitted` (a notebook's JSON, from read_submission) whole. It is not changed itself."""
    return _Mending(notebook, submitted).mended()


def blank(notebook: Notebook, note: str) -> list[Cell]:
    """The notebook without answers, under a note: for a file that is no notebook, so that a person can still see it."""
    cells = [cell_of("markdown", note, {}, "note")]
    return cells + [_own_cell(cell) for cell in notebook.cells]


def cell_of(kind: str, source: str, metadata: dict[str, Any], id: str) -> Cell:
    cell: Cell = {"cell_type": kind, "id": id, "metadata": metadata, "source": source}
    return cell | {"outputs": [], "execution_count": None} if kind == "code" else cell


class _Mending:
    def __init__(self, notebook: Notebook, submitted: Mapping[str, Any]) -> None:
        self.notebook = notebook
        self.cells = _read_cells(submitted)
        self.notes: list[str] = []

    def mended(self) -> Mended:
        self._unknown_ids()
        self._twins()
        self._lost_ids()
        self._own_facts()
        self._missing()
        self._order()
        return Mended(self.cells, tuple(self.notes))

    def _unknown_ids(self) -> None:
        for cell in self.cells:
            if _id(cell) is not None and _id(cell) not in self.notebook.by_id:
                del cell["metadata"]["nbgrader"]

    def _twins(self) -> None:
        """Of cells with the same id, one counts: the last that holds an answer."""
        by_id: dict[str, list[Cell]] = {}
        for cell in self.cells:
            if (id := _id(cell)) is not None:
                by_id.setdefault(id, []).append(cell)
        for id, twins in by_id.items():
            if len(twins) < 2:
                continue
            given = _bare(self.notebook.by_id[id].source)
            kept = next((cell for cell in reversed(twins) if _bare(cell["source"]) not in ("", given)), twins[-1])
            for cell in twins:
                if cell is not kept:
                    del cell["metadata"]["nbgrader"]
            self.notes.append(f"The cell “{id}” was there {len(twins)} times. One was kept.")

    def _lost_ids(self) -> None:
        """Cells that lost their id on the way, as they do when they are copied into a new notebook."""
        here = {_id(cell) for cell in self.cells}
        lost = [known for known in self.notebook.cells if known.id not in here]
        examples = set(map(_bare, self.notebook.examples))
        free = [cell for cell in self.cells if _id(cell) is None and _bare(cell["source"])]
        found: dict[str, Cell] = {}

        def find(known: SourceCell, among: Iterable[Cell]) -> None:
            taken = [id(cell) for cell in found.values()]
            cell = next((cell for cell in among if id(cell) not in taken), None)
            if cell is not None and known.id not in found:
                found[known.id] = cell

        # An answer first, by the names that it makes: of a blank there may be many alike.
        for known in reversed(lost):
            makes = frozenset(known.makes)
            if makes and not known.locked:
                new = (cell for cell in reversed(free) if _bare(cell["source"]) not in examples)
                find(known, (cell for cell in new if makes <= made_names(cell["source"])))
        for known in lost:
            find(known, (cell for cell in free if _bare(cell["source"]) == _bare(known.source)))
        for known in lost:
            if known.id in found:
                found[known.id]["metadata"]["nbgrader"] = known.metadata()
                self.notes.append(f"The cell “{known.id}” had lost its name. It was given back.")

    def _own_facts(self) -> None:
        """Type, flags, points and locked text are the instructor's to say."""
        changed = 0
        for n, cell in enumerate(self.cells):
            if (id := _id(cell)) is None:
                continue
            known = self.notebook.by_id[id]
            before = (cell["cell_type"], cell["source"] if known.locked else "", _flags(cell["metadata"]["nbgrader"]))
            metadata = {**cell["metadata"], "nbgrader": _own_flags(known, cell["metadata"]["nbgrader"])}
            source = known.source if known.locked else cell["source"]
            after = (known.cell_type, source if known.locked else "", _flags(metadata["nbgrader"]))
            # The hidden tests of a check were cut when it was given out: that is no change of the learner's.
            changed += before != after and not (known.is_check and before[0::2] == after[0::2])
            self.cells[n] = cell_of(known.cell_type, source, metadata, cell["id"])
            if cell["cell_type"] == known.cell_type and "attachments" in cell:
                self.cells[n]["attachments"] = cell["attachments"]
        if changed:
            self.notes.append(
                "A cell had been changed. It was put back as it was."
                if changed == 1
                else f"{changed} cells had been changed. They were put back as they were."
            )

    def _missing(self) -> None:
        here = {_id(cell): cell for cell in self.cells}
        before: str | None = None
        for known in self.notebook.cells:
            if known.id not in here:
                cell = _own_cell(known)
                place = 0 if before is None else self.cells.index(here[before]) + 1
                self.cells.insert(place, cell)
                here[known.id] = cell
                self.notes.append(f"The cell “{known.id}” was missing. It was put back, without an answer.")
            before = known.id

    def _order(self) -> None:
        """Known cells in the instructor's order; what stands between them stays behind the same cell."""
        wanted = [cell.id for cell in self.notebook.cells]
        if [_id(cell) for cell in self.cells if _id(cell)] == wanted:
            return
        groups: dict[str | None, list[Cell]] = {None: []}
        last: str | None = None
        for cell in self.cells:
            last = _id(cell) or last
            groups.setdefault(last, []).append(cell)
        self.cells = [cell for id in (None, *wanted) for cell in groups[id]]
        self.notes.append("Cells had been moved. They were put back in their order.")


def _own_cell(known: SourceCell) -> Cell:
    return cell_of(known.cell_type, known.source, {"nbgrader": known.metadata()}, _cell_id(known.id))


def _cell_id(grade_id: str) -> str:
    """A grade_id may hold what a cell's own id may not."""
    return "own-" + hashlib.sha256(grade_id.encode()).hexdigest()[:12]


def _read_cells(submitted: Mapping[str, Any]) -> list[Cell]:
    cells: list[Cell] = []
    seen: set[str] = set()
    taken = {raw["id"] for raw in submitted["cells"] if isinstance(raw, dict) and isinstance(raw.get("id"), str)}
    for n, raw in enumerate(submitted["cells"]):
        if not isinstance(raw, dict) or raw.get("cell_type") not in ("code", "markdown", "raw"):
            continue
        metadata = raw.get("metadata")
        metadata = copy.deepcopy(metadata) if isinstance(metadata, dict) else {}
        grader = metadata.get("nbgrader")
        if "nbgrader" in metadata and not (isinstance(grader, dict) and _known_flags(grader)):
            del metadata["nbgrader"]
        id = raw.get("id")
        if not isinstance(id, str) or id in seen or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", id):
            id = next(new for number in count(n + 1) if (new := f"cell-{number}") not in taken | seen)
        seen.add(id)
        cell = cell_of(raw["cell_type"], _source(raw), metadata, id)
        if isinstance(raw.get("attachments"), dict) and raw["cell_type"] != "code":
            cell["attachments"] = raw["attachments"]
        cells.append(cell)
    return cells


def _known_flags(grader: Mapping[str, Any]) -> bool:
    return isinstance(grader.get("grade_id"), str)


def _source(raw: Mapping[str, Any]) -> str:
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    # Half a character can stand in JSON, and in no file.
    return source.encode("utf-8", "replace").decode() if isinstance(source, str) else ""


def _id(cell: Cell) -> str | None:
    id: str | None = cell["metadata"].get("nbgrader", {}).get("grade_id")
    return id


def _flags(grader: Mapping[str, Any]) -> Sequence[object]:
    """What makes a cell what it is. A cell that grades is locked unless it is answered in."""
    grade, solution, task = (bool(grader.get(flag)) for flag in ("grade", "solution", "task"))
    locked = not solution and (grade or bool(grader.get("locked")))
    return grade, solution, task, locked, float(grader.get("points") or 0) if _is_number(grader.get("points")) else 0.0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _TOO_MANY_POINTS


def _own_flags(known: SourceCell, grader: Mapping[str, Any]) -> dict[str, Any]:
    """The instructor's flags. What is right already stays as it was written: 1 for 1.0, no type where none is named."""
    flags = known.metadata()
    if "cell_type" not in grader:
        del flags["cell_type"]
    return {key: grader[key] if grader.get(key) == value else value for key, value in flags.items()}


def _bare(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.splitlines()).strip()
