"""An nbgrader course folder: its settings, its gradebook, and what learners have handed in."""

from __future__ import annotations

import fcntl
import glob
import hashlib
import json
import os
import re
import stat
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course.assignment import Assignment, Notebook, SourceCell, Submission
from autograder.course.errors import (
    AssignmentUnknown,
    CourseBusy,
    FilesTooLarge,
    NotACourse,
    OtherLanguage,
    SettingsWrong,
)
from autograder.course.names import made_names, needed_names
from autograder.notebook.repair import MAXIMUM_BYTES
from autograder.runner import modules_of

_CONFIGURATION = "nbgrader_config.py"
_MAXIMUM_OTHER_FILES = 20_000_000
_MOST_FILES = 1_000
"""A learner's, beside the notebook."""
_TIMESTAMP = "timestamp.txt"
_PROGRAMS = (".py", ".pyc", ".pyd", ".so", ".pth", ".ipynb")
"""Files of a learner's that are not laid beside the notebook: they could take the place of what it imports."""


class Course:
    """A course on disk. Raises NotACourse where the folder is none."""

    def __init__(self, folder: Path, settings: Config | None = None) -> None:
        """`settings` go before those of the course's own file."""
        self.folder = folder.resolve()
        if not self.folder.is_dir():
            raise NotACourse(f"There is no folder {folder}.")
        self.configuration = self._configuration(settings or Config())
        self.directory = CourseDirectory(config=self.configuration)
        self.settings = Autograde(coursedir=self.directory, config=self.configuration)
        """What the course has set for nbgrader's own autograding."""
        if not (self.folder / "gradebook.db").is_file() and "db_url" not in self.configuration.CourseDirectory:
            raise NotACourse(
                f"{folder} is no nbgrader course: it has no gradebook.\n"
                "    Make a workshop with: academy workshop init. In a course of your own, run first, in its folder: "
                "nbgrader generate_assignment NAME"
            )
        # nbgrader starts a program of its own that lies beside Python.
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        # As for nbgrader, a course may hold plugins of its own: for late penalties.
        if str(self.folder) not in sys.path:
            sys.path.append(str(self.folder))
        # nbgrader's own way with its rows, which SQLAlchemy would have otherwise. It is right.
        warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
        try:
            self.gradebook = Gradebook(self.directory.db_url, self.directory.course_id)
            self.gradebook.db.query(SubmittedAssignment).first()
        except SQLAlchemyError as error:
            raise NotACourse(
                f"The gradebook of {folder} cannot be read: {str(error).splitlines()[0]}\n"
                "    If an older nbgrader made it, save a copy of it, then run in its folder: nbgrader db upgrade"
            ) from None

    def __enter__(self) -> Course:
        return self

    def __exit__(self, *_: object) -> None:
        self.gradebook.close()

    def path(self, step: str, learner: str, assignment: str) -> Path:
        return Path(self.directory.format_path(step, learner, assignment))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One grader at a time writes to a course. Raises CourseBusy."""
        with open(self.folder / ".grading.lock", "w", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CourseBusy(
                    f"{self.folder} is being graded already. Wait until that is done, then grade again."
                ) from None
            yield

    # -- the assignment -----------------------------------------------------------------------------------------------

    def assignment(self, name: str) -> Assignment:
        """The assignment, with no check placed yet. Raises AssignmentUnknown, FilesTooLarge, OtherLanguage."""
        try:
            row = self.gradebook.find_assignment(name)
        except MissingEntry:
            row = None
        if row is None or not row.notebooks:
            known = sorted(each.name for each in self.gradebook.assignments)
            raise AssignmentUnknown(
                f"The gradebook has no assignment “{name}” with notebooks. "
                + (f"There are: {', '.join(known)}." if known else "It has none yet.")
                + f"\n    If you have just made it, run: nbgrader generate_assignment {name}"
            )
        source = self.path(self.directory.source_directory, ".", name)
        files = self._files_of(source, self.directory.ignore)
        if left_out := sorted({*_names(source, self.directory.ignore)} - files.keys()):
            raise FilesTooLarge(
                f"The files beside the notebooks of “{name}” are larger than {_MAXIMUM_OTHER_FILES // 1_000_000} MB "
                f"together, or cannot be read: {', '.join(left_out[:5])}.\n"
                "    Every notebook gets a copy. Make them smaller, then generate the assignment again, and grade it."
            )
        notebooks = tuple(self._notebook(each, source) for each in sorted(row.notebooks, key=lambda each: each.name))
        code = [cell.source for notebook in notebooks for cell in notebook.cells if cell.cell_type == "code"]
        for notebook in notebooks:
            code += [cell["source"] for cell in self.instructor(name, notebook.name) if cell["cell_type"] == "code"]
        seconds = Execute(config=self.configuration).timeout
        return Assignment(
            name=name,
            notebooks=notebooks,
            files=files,
            modules=tuple(modules_of(code)),
            seconds_a_cell=float(seconds or 0) if (seconds or 0) > 0 else 30.0,
            keep_files=frozenset(self.settings.exclude_overwriting.get(name, [])),
        )

    def instructor(self, assignment: str, notebook: str) -> list[dict[str, Any]]:
        """The cells of the instructor's own notebook, solutions and all; none where the file is not there."""
        return list(self._source(assignment, notebook).get("cells", []))

    def _source(self, assignment: str, notebook: str) -> dict[str, Any]:
        import nbformat

        file = self.path(self.directory.source_directory, ".", assignment) / f"{notebook}.ipynb"
        return dict(nbformat.read(file, as_version=4)) if file.is_file() else {}

    def _notebook(self, row: Any, source: Path) -> Notebook:
        graded = {cell.name: float(cell.max_score) for cell in row.grade_cells}
        tasks = {cell.name: float(cell.max_score) for cell in row.task_cells}
        solutions = {cell.name for cell in row.solution_cells}
        cells = {
            cell.name: SourceCell(
                id=cell.name,
                cell_type=cell.cell_type,
                source=cell.source,
                checksum=cell.checksum,
                locked=bool(cell.locked),
                grade=cell.name in graded,
                solution=cell.name in solutions,
                task=cell.name in tasks,
                points=(graded | tasks).get(cell.name),
            )
            for cell in row.source_cells
        }
        # The gradebook keeps no order of its own: the instructor's notebook does.
        own = self._source(source.name, row.name)
        order = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in own.get("cells", [])]
        code = [
            (id, cell.source) for id, cell in zip(order, own.get("cells", []), strict=True) if cell.cell_type == "code"
        ]
        wanted = {name for cell in cells.values() if cell.is_check for name in needed_names(cell.source) or ()}
        for id, solution in code:
            if id in solutions and id in cells:
                cells[id] = replace(cells[id], makes=tuple(sorted(made_names(solution) & wanted)))
        place = {id: n for n, id in reversed(list(enumerate(order)))}
        in_order = sorted(cells.values(), key=lambda cell: place.get(cell.id, len(order)))
        kernelspec = json.loads(row.kernelspec) if row.kernelspec else {}
        language = kernelspec.get("language", "python")
        if language.lower() != "python":
            raise OtherLanguage(
                f"The notebook “{row.name}” is written in {language}. Only Python is graded here; for notebooks that "
                "you trust, stock nbgrader may do: --engine stock --trusted"
            )
        ours = bool(own) and "lesson" in own["metadata"].get("academy", {})
        return Notebook(
            row.name,
            kernelspec or None,
            tuple(in_order),
            examples=tuple(source for id, source in code if id not in cells),
            lesson=own if ours else None,
        )

    # -- the submissions ----------------------------------------------------------------------------------------------

    def learners(self, assignment: str) -> list[str]:
        """Who has handed something in, sorted."""
        step = self.directory.submitted_directory
        pattern = self.directory.format_path(step, "*", assignment)
        excluded = set(filter(None, self.directory.student_id_exclude.split(",")))
        shape = re.compile(
            self.directory.format_path(step, "(?P<learner>[^/]*)", re.escape(assignment), escape=True) + r"\Z"
        )
        folders = (path for path in glob.glob(pattern) if Path(path).is_dir() and not Path(path).is_symlink())
        found = map(shape.match, folders)
        return sorted({match["learner"] for match in found if match} - excluded)

    def submission(self, assignment: Assignment, learner: str) -> Submission:
        """What a learner handed in. Links, devices and what is far too large are not followed or read."""
        folder = self.path(self.directory.submitted_directory, learner, assignment.name)
        notebooks: dict[str, bytes | None] = {}
        for notebook in assignment.notebooks:
            file = folder / f"{notebook.name}.ipynb"
            if os.path.lexists(file):
                notebooks[notebook.name] = _plain_file(file, MAXIMUM_BYTES + 1)
        files = self._files_of(folder, [*self.directory.ignore, "*.ipynb"], _MOST_FILES)
        ours = {*assignment.files, _TIMESTAMP}
        ours |= {f"{notebook.name}{ending}" for notebook in assignment.notebooks for ending in (".ipynb", ".html")}
        files = {
            path: content
            for path, content in files.items()
            if path in assignment.keep_files or not (path.endswith(_PROGRAMS) or _in_the_way(path, ours))
        }
        stamp = _plain_file(folder / _TIMESTAMP, 1_000) or b""
        seen = hashlib.sha256(stamp)
        for name, content in sorted({**notebooks, **files}.items()):
            seen.update(f"\0{name}\0".encode("utf-8", "surrogateescape") + (content or b"-"))
        return Submission(learner, notebooks, files, seen.hexdigest()[:32])

    def timestamp(self, assignment: str, learner: str) -> datetime | None:
        """When it was handed in; None where that is not known, or is no date."""
        folder = self.path(self.directory.submitted_directory, learner, assignment)
        stamp = _plain_file(folder / _TIMESTAMP, 1_000) or b""
        try:
            return parse_utc(stamp.decode().strip()) if stamp.strip() else None
        except (ValueError, OverflowError, TypeError):
            return None

    def _files_of(self, folder: Path, ignored: list[str], most: int | None = None) -> dict[str, bytes]:
        """Ordinary files below a folder, at most so many, by their path in it."""
        files: dict[str, bytes] = {}
        left = _MAXIMUM_OTHER_FILES
        for name in islice(_found(folder, [*ignored, "*.ipynb"]), most):
            content = _plain_file(Path(name), left + 1)
            if content is not None and len(content) <= left:
                left -= len(content)
                files[os.path.relpath(name, folder)] = content
        return files

    def _configuration(self, settings: Config) -> Config:
        configuration = Config()
        if (self.folder / _CONFIGURATION).is_file():
            try:
                configuration = PyFileConfigLoader(_CONFIGURATION, path=str(self.folder)).load_config()
            except Exception as error:
                raise SettingsWrong(
                    f"{self.folder / _CONFIGURATION} cannot be read: {type(error).__name__}: {error}"
                ) from None
        configuration.merge(settings)
        configuration.CourseDirectory.root = str(self.folder)
        return configuration


def _plain_file(path: Path, most: int) -> bytes | None:
    """The first bytes of an ordinary file; None for a link, a device, a pipe, or what cannot be read."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # Asked first: a folder can be opened, and must not be read.
        if not stat.S_ISREG(os.fstat(number).st_mode):
            return None
        with open(number, "rb", closefd=False) as file:
            return file.read(most)
    except OSError:
        return None
    finally:
        os.close(number)


def _found(folder: Path, ignored: Sequence[str]) -> Iterator[str]:
    """Files below a folder that nbgrader would take, without its search of the whole folder for each of them."""

    def taken(names: list[str]) -> list[str]:
        return sorted(name for name in names if not any(fnmatchcase(name, pattern) for pattern in ignored))

    for place, folders, names in os.walk(folder):
        folders[:] = taken(folders)
        yield from (os.path.join(place, name) for name in taken(names))


def _names(folder: Path, ignored: Sequence[str]) -> Iterator[str]:
    """The files beside an instructor's notebooks, by their path."""
    return (os.path.relpath(name, folder) for name in _found(folder, [*ignored, "*.ipynb"]))


def _in_the_way(path: str, ours: Iterable[str]) -> bool:
    """Whether a learner's file would take the place of one of ours, or of a folder that leads to it."""
    return any(path == other or path.startswith(f"{other}/") or other.startswith(f"{path}/") for other in ours)
