"""How fast one submission is graded: this grader next to stock nbgrader, in turn, in one run. Prints, writes nothing.

What is compared with what, and how to read it: bench/README.md.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from academy.attempts import with_answers
from academy.data import tables
from academy.project import LESSONS
from autograder.notebook import Lesson, compile_lesson, read_curriculum, read_lesson, release
from autograder.notebook.compile import to_bytes
from autograder.runner import SandboxMissing, check_sandbox, grade

LESSON = "read-a-table"


class NotComparable(Exception):
    """The two graders did not do the same work, so their times say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Time this grader and stock nbgrader on one lesson.")
    parser.add_argument("--copies", type=int, default=6, help="how many submissions each of them grades (default: 6)")
    copies = parser.parse_args().copies
    if copies < 1:
        parser.error("--copies must be 1 or more")
    lesson = _lesson()
    data = [table for slug in lesson.data for table in tables(slug)]
    try:
        check_sandbox()
        load = os.getloadavg()[0]
        print(f"Grading solved notebooks of “{lesson.title}” with each grader in turn. Copies: {copies}.")
        ours, stock = compare(lesson, data, copies)
    except (SandboxMissing, NotComparable) as problem:
        sys.exit(str(problem))
    print()
    for line in report(lesson, load, ours, stock):
        print(line)


def compare(lesson: Lesson, data: Sequence[Path], copies: int) -> tuple[list[float], list[float]]:
    """Seconds for each copy, by this grader and by stock nbgrader. One copy of each goes before, uncounted.

    Raises NotComparable where the two do not give the same points.
    """
    solved = to_bytes(with_answers(lesson, {}))
    ours: list[float] = []
    stock: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        course = _Course(Path(folder), lesson, data, solved, copies + 1)
        for number in range(copies + 1):
            started = time.perf_counter()
            result = grade(lesson, solved, data)
            between = time.perf_counter()
            course.grade(number)
            ours.append(between - started)
            stock.append(time.perf_counter() - between)
            if not result.points == course.points(number) == lesson.possible:
                raise NotComparable(
                    f"Of {lesson.possible} points, this grader gave {result.points} and stock nbgrader "
                    f"{course.points(number):g}.\n{result.log}"
                )
    return ours[1:], stock[1:]


def report(lesson: Lesson, load: float, ours: Sequence[float], stock: Sequence[float]) -> Iterator[str]:
    """The lines to print: the machine with its `load` at the start, both graders, their ratio, and two times alone."""
    code = sum(cell.is_code for cell in lesson.cells)
    python = ".".join(map(str, sys.version_info[:3]))
    yield f"{date.today().isoformat()}, {_machine()}, Python {python}"
    yield f"Load average at the start: {load:.1f}. Above 0.5, other work disturbs both: run again on a quiet machine."
    yield f"“{lesson.title}”: {len(lesson.tasks)} tasks, {code} code cells. One submission at a time."
    yield ""
    yield _row("seconds a submission", "min", "median", "max")
    yield _row("this grader, in its sandbox", *_spread(ours))
    yield _row(f"stock nbgrader {version('nbgrader')} autograde", *_spread(stock))
    ratios = [theirs / own for own, theirs in zip(ours, stock, strict=True)]
    yield _row("stock / this grader, turn by turn", *_spread(ratios))
    yield ""
    yield _row("seconds, alone", "min", "median", "max")
    yield _row("read_lesson and release", *_spread(_times(lambda: release(_lesson()))))
    yield _row("check_sandbox", *_spread(_times(check_sandbox)))


def _lesson() -> Lesson:
    return read_lesson(LESSONS / LESSON, read_curriculum(LESSONS).glossary)


class _Course:
    """A made-up nbgrader course, in which `learners` have handed in the same solved notebook."""

    def __init__(self, folder: Path, lesson: Lesson, data: Sequence[Path], solved: bytes, learners: int) -> None:
        # nbgrader starts programs that lie beside Python.
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        from nbgrader.apps import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory
        from traitlets.config import Config

        self.lesson = lesson.slug
        _put(folder / "source" / lesson.slug, lesson.slug, to_bytes(compile_lesson(lesson)), data)
        for number in range(learners):
            _put(folder / "submitted" / _learner(number) / lesson.slug, lesson.slug, solved, data)
        config = Config()
        config.CourseDirectory.root = str(folder)
        config.CourseDirectory.course_id = "bench"
        config.NbGraderAPI.log_level = logging.CRITICAL
        # Its database layer and its kernel warn of things that cost no time.
        config.NotebookClient.extra_arguments = ["--log-level=ERROR"]
        warnings.filterwarnings("ignore", module="nbgrader")
        self.api = NbGraderAPI(CourseDirectory(config=config), config=config)
        _done(self.api.generate_assignment(lesson.slug))

    def grade(self, number: int) -> None:
        _done(self.api.autograde(self.lesson, _learner(number)))

    def points(self, number: int) -> float:
        with self.api.gradebook as gradebook:
            return float(gradebook.find_submission_notebook(self.lesson, self.lesson, _learner(number)).score)


def _done(outcome: dict[str, object]) -> None:
    if not outcome["success"]:
        raise NotComparable(f"Stock nbgrader failed:\n{outcome.get('log', '')}\n{outcome['error']}")


def _put(folder: Path, name: str, notebook: bytes, data: Sequence[Path]) -> None:
    folder.mkdir(parents=True)
    (folder / f"{name}.ipynb").write_bytes(notebook)
    for table in data:
        shutil.copy(table, folder)


def _learner(number: int) -> str:
    return f"learner-{number}"


def _times(work: Callable[[], object], times: int = 5) -> list[float]:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return taken


def _spread(times: Sequence[float]) -> tuple[float, float, float]:
    return min(times), statistics.median(times), max(times)


def _row(label: str, *cells: float | str) -> str:
    shown = (f"{cell:>9.3f}" if isinstance(cell, float) else f"{cell:>9}" for cell in cells)
    return f"{label:<38}{''.join(shown)}"


def _machine() -> str:
    """Cores that this process may use, kind of processor, memory."""
    cores = len(os.sched_getaffinity(0))
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    processor = names[0] if names else "processor unknown"
    return f"{cores} cores ({processor}), {memory:.0f} GB of memory"


def _lines(file: str) -> list[str]:
    path = Path(file)
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


if __name__ == "__main__":
    main()
