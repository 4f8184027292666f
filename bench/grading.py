"""How fast submissions are graded: this grader, stock nbgrader, and the floor below both, in turn, in one run.

Prints, writes nothing.

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
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path

from common import Floor, NotComparable, machine
from common import lesson as lesson_01

from academy.attempts import with_answers
from academy.project import DATASETS, WORKSHEETS
from autograder.lesson_files import lesson_files
from autograder.notebook import Lesson, compile_lesson, release
from autograder.notebook.compile import to_bytes
from autograder.notebook.repair import read_submission, repair
from autograder.runner import SandboxMissing, WarmProcess, check_sandbox, grade, warm_process

_WORKERS = 2
_STOCK, _COLD, _WARM, _PAIR = "stock nbgrader", "cold", "warm, 1 worker", "warm, 2 workers"
_RECORDED, _FLOOR, _FLOOR_PICTURES = "warm, outputs kept", "floor", "floor, with pictures"

Times = dict[str, list[float]]
"""Seconds a submission, turn by turn, for each way of grading."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Time this grader and stock nbgrader on one lesson.")
    parser.add_argument("--copies", type=int, default=6, help="how many submissions each of them grades (default: 6)")
    parser.add_argument("--memory", type=int, metavar="N", help="only grade N submissions with one warm process")
    arguments = parser.parse_args()
    if arguments.copies < 1 or (arguments.memory is not None and arguments.memory < 1):
        parser.error("--copies and --memory must be 1 or more")
    lesson = lesson_01()
    data = lesson_files(lesson, DATASETS, WORKSHEETS)
    try:
        check_sandbox()
        load = os.getloadavg()[0]
        if arguments.memory:
            for line in memory(lesson, data, arguments.memory):
                print(line, flush=True)
            return
        print(f"Grading solved notebooks of “{lesson.title}” in each way in turn. Turns: {arguments.copies}.")
        times = compare(lesson, data, arguments.copies)
    except (SandboxMissing, NotComparable) as problem:
        sys.exit(str(problem))
    print()
    for line in report(lesson, load, times):
        print(line)


def compare(lesson: Lesson, data: Sequence[Path], copies: int) -> Times:
    """Seconds a submission, in each way, turn by turn. One turn goes before, uncounted.

    Raises NotComparable where two ways do not give the same points.
    """
    solved = to_bytes(with_answers(lesson, {}))
    times: Times = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        course = _Course(Path(folder), lesson, data, solved, copies + 1)
        floor = stack.enter_context(_floor(Path(folder) / "floor", lesson, data))
        warm = [stack.enter_context(warm_process(lesson, data)) for _ in range(_WORKERS)]
        workers = stack.enter_context(ThreadPoolExecutor(_WORKERS))
        for one in warm:
            one.start()

        def processor(way: str, by: WarmProcess, work: Callable[[], object]) -> None:
            before = by.cpu + time.process_time()
            work()
            times.setdefault(f"{way}, processor", []).append(by.cpu + time.process_time() - before)

        def bare(way: str, pictures: bool) -> None:
            times.setdefault(f"{way}, processor", []).append(floor.run(pictures=pictures))

        def ours(by: WarmProcess | None) -> float:
            result = grade(lesson, solved, data, warm=by)
            if result.points != lesson.possible:
                raise NotComparable(f"This grader gave {result.points} of {lesson.possible} points.\n{result.log}")
            return float(result.points)

        def stock(number: int) -> float:
            course.grade(number)
            if (points := course.points(number)) != lesson.possible:
                raise NotComparable(f"Stock nbgrader gave {points:g} of {lesson.possible} points.")
            return points

        for number in range(copies + 1):
            turn: dict[str, tuple[Callable[[], object], int]] = {
                _STOCK: (partial(stock, number), 1),
                _COLD: (partial(ours, None), 1),
                _WARM: (partial(processor, _WARM, warm[0], partial(ours, warm[0])), 1),
                _PAIR: (lambda: list(workers.map(ours, warm * 2)), 2 * _WORKERS),
                _RECORDED: (partial(processor, _RECORDED, warm[0], partial(_with_outputs, lesson, solved, warm[0])), 1),
                _FLOOR: (partial(bare, _FLOOR, False), 1),
                _FLOOR_PICTURES: (partial(bare, _FLOOR_PICTURES, True), 1),
            }
            for way, (work, submissions) in turn.items():
                started = time.perf_counter()
                work()
                times.setdefault(way, []).append((time.perf_counter() - started) / submissions)
    return {way: taken[1:] for way, taken in times.items()}


def _with_outputs(lesson: Lesson, solved: bytes, warm: WarmProcess) -> None:
    """The learner's half of grading with complete outputs kept, as courses that others wrote need them."""
    steps: list[dict[str, object]] = [
        {"id": step.id, "source": step.source, "task": step.task, "answers": []}
        for step in repair(lesson, read_submission(solved)).steps
    ]
    if warm.run("learner", {"steps": steps, "outputs": True}).events[-1] != {"event": "done"}:
        raise NotComparable("The notebook did not come to its end.")


def report(lesson: Lesson, load: float, times: Times) -> Iterator[str]:
    """The lines to print: the machine with its `load` at the start, every way, their ratios, and two times alone."""
    code = sum(cell.is_code for cell in lesson.cells)
    python = ".".join(map(str, sys.version_info[:3]))
    yield f"{date.today().isoformat()}, {machine()}, Python {python}"
    yield f"Load average at the start: {load:.1f}. Above 0.5, other work disturbs all: run again on a quiet machine."
    yield f"“{lesson.title}”: {len(lesson.tasks)} tasks, {code} code cells."
    yield ""
    yield _row("seconds a submission", "min", "median", "max")
    yield _row(f"stock nbgrader {version('nbgrader')} autograde", *_spread(times[_STOCK]))
    yield _row("this grader, cold: started for each", *_spread(times[_COLD]))
    yield _row("this grader, warm, 1 worker", *_spread(times[_WARM]))
    yield _row("this grader, warm, 2 workers", *_spread(times[_PAIR]))
    yield _row("warm, outputs kept, without checks", *_spread(times[_RECORDED]))
    yield _row("the floor: fork and bare cells", *_spread(times[_FLOOR]))
    yield _row("the floor, with pictures", *_spread(times[_FLOOR_PICTURES]))
    yield ""
    yield _row("seconds of one core's work", "min", "median", "max")
    for way in (_WARM, _RECORDED, _FLOOR, _FLOOR_PICTURES):
        yield _row(way, *_spread(times[f"{way}, processor"]))
    yield ""
    yield _row("turn by turn", "min", "median", "max")
    for name, above, below in (
        ("stock / cold", _STOCK, _COLD),
        ("stock / warm, 1 worker", _STOCK, _WARM),
        ("stock / warm, 2 workers", _STOCK, _PAIR),
        ("warm / floor, one core's work", f"{_WARM}, processor", f"{_FLOOR}, processor"),
        ("outputs / floor with pictures, work", f"{_RECORDED}, processor", f"{_FLOOR_PICTURES}, processor"),
    ):
        ratios = [one / other for one, other in zip(times[above], times[below], strict=True)]
        yield _row(name, *_spread(ratios))
    yield ""
    yield _row("seconds, alone", "min", "median", "max")
    yield _row("read_lesson and release", *_spread(_times(lambda: release(lesson_01()))))
    yield _row("check_sandbox", *_spread(_times(check_sandbox)))


def memory(lesson: Lesson, data: Sequence[Path], submissions: int) -> Iterator[str]:
    """Lines about the memory of one warm process and its children, a line for every tenth of the way."""
    solved = to_bytes(with_answers(lesson, {}))
    yield _row("submissions graded by one warm process", "its MB", "child MB", "ms")
    with warm_process(lesson, data) as warm:
        started = time.perf_counter()
        for number in range(1, submissions + 1):
            result = grade(lesson, solved, data, warm=warm)
            if result.points != lesson.possible:
                raise NotComparable(f"Submission {number} got {result.points} of {lesson.possible} points.")
            if number == 1 or number % max(1, submissions // 10) == 0:
                run = warm.run("learner", {"steps": [{"id": "a", "source": "1", "task": None, "answers": []}]})
                each = (time.perf_counter() - started) / number * 1000
                yield _row(f"{number}", f"{run.memory / 2**20:.1f}", f"{run.peak / 2**20:.1f}", f"{each:.0f}")


def _floor(folder: Path, lesson: Lesson, data: Sequence[Path]) -> Floor:
    steps = repair(lesson, read_submission(to_bytes(with_answers(lesson, {})))).steps
    return Floor(folder, [step.source for step in steps], {table.name: table.read_bytes() for table in data})


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


if __name__ == "__main__":
    main()
