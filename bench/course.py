"""How fast a whole course is graded: this grader, stock nbgrader, two stock processes, otter-grader, and the floor.

All of them grade the same submissions, one after another in one run, each from its own command line, so that start-up
counts. Prints a table with ratios; `--chart FILE` draws it too. How to read it: bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import made_up_course
from common import Floor, NotComparable, machine
from common import lesson as lesson_01

from academy.attempts import with_answers
from academy.project import BUILD, DATASETS, WORKSHEETS
from autograder.lesson_files import lesson_files
from autograder.notebook import compile_lesson
from autograder.notebook.compile import to_bytes

BIN = Path(sys.executable).parent
OTTER = BUILD / "bench-otter"
_OURS, _STOCK, _STOCKS = "this grader, 2 workers", "stock nbgrader", "stock nbgrader, 2 processes"
_DASK, _OTTER, _FLOOR = "this grader, 2 Dask workers", "otter-grader run", "the floor, one core"


@dataclass(frozen=True)
class Subject:
    """What is graded: an assignment, and the submission that every made-up learner hands in."""

    name: str
    title: str
    instructor: bytes
    submission: bytes
    files: dict[str, bytes]
    points: float


@dataclass(frozen=True)
class Timing:
    """`submissions` graded in `seconds`."""

    way: str
    submissions: int
    seconds: float

    @property
    def each(self) -> float:
        return self.seconds / self.submissions


def main() -> None:
    parser = argparse.ArgumentParser(description="Time whole courses in this grader, stock nbgrader and otter-grader.")
    parser.add_argument("--submissions", type=int, default=60, help="how many each of them grades (default: 60)")
    parser.add_argument("--few", type=int, default=6, help="how many the slowest, otter-grader, grades (default: 6)")
    parser.add_argument("--ours-only", action="store_true", help="leave the others out: for large numbers")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="draw the table as a chart (SVG)")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{date.today().isoformat()}, {machine()}. Load average at the start: {load:.1f}.")
    tables = []
    for subject in (lesson_subject(), made_up_subject()):
        timings = []
        for timing in compare(subject, arguments.submissions, arguments.few, ours_only=arguments.ours_only):
            print(f"  {timing.way}: {timing.submissions} in {timing.seconds:.1f} s", flush=True)
            timings.append(timing)
        tables.append((subject, timings))
        print()
        for line in report(subject, timings):
            print(line, flush=True)
    if arguments.chart:
        draw(tables, arguments.chart)


def lesson_subject() -> Subject:
    """Lesson 01, every task solved."""
    lesson = lesson_01()
    files = {file.name: file.read_bytes() for file in lesson_files(lesson, DATASETS, WORKSHEETS)}
    solved = to_bytes(with_answers(lesson, {}))
    return Subject(
        lesson.slug, f"lesson 01, “{lesson.title}”", to_bytes(compile_lesson(lesson)), solved, files, lesson.possible
    )


def made_up_subject() -> Subject:
    """The bench's own course."""
    course = made_up_course
    files = {course.TABLE: course.table().encode()}
    points = 2.0 * len(course.TASKS)
    return Subject(course.NAME, "the made-up course of 25 cells", course.instructor(), course.solution(), files, points)


def compare(subject: Subject, submissions: int, few: int, *, ours_only: bool) -> Iterator[Timing]:
    """Grade the same submissions in every way. Raises NotComparable where the points differ."""
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder) / "course", subject, submissions)
        ours = course.copy("ours")
        yield ours.timed(_OURS, ["academy", "grade", str(ours.folder), subject.name, "--workers", "2"])
        if ours_only:
            return
        with _cluster() as address:
            dask = course.copy("dask")
            command = ["academy", "grade", str(dask.folder), subject.name, "--engine", "dask", "--cluster", address]
            yield dask.timed(_DASK, command)
        yield _floor(subject, few, Path(folder) / "floor")
        yield _otter(subject, few, Path(folder) / "otter")
        stock = course.copy("stock")
        yield stock.timed(_STOCK, ["nbgrader", "autograde", subject.name, "--course-dir", str(stock.folder)])
        yield _in_two(course, subject)


class Course:
    """A made-up nbgrader course in which everyone has handed in the same notebook."""

    def __init__(self, folder: Path, subject: Subject, learners: int, first: int = 0) -> None:
        self.folder, self.subject, self.learners = folder, subject, learners
        self._put(folder / "source" / subject.name, subject.instructor)
        for number in range(first, first + learners):
            self._put(folder / "submitted" / f"learner-{number:04d}" / subject.name, subject.submission)
        (folder / "nbgrader_config.py").write_text(
            'c = get_config()\nc.CourseDirectory.course_id = "bench"\n'
            'c.NotebookClient.extra_arguments = ["--log-level=ERROR"]\n',
            encoding="utf-8",
        )
        _run(["nbgrader", "generate_assignment", subject.name, "--course-dir", str(folder)])

    def copy(self, name: str) -> Course:
        copied = object.__new__(Course)
        copied.folder, copied.subject, copied.learners = self.folder.with_name(name), self.subject, self.learners
        shutil.copytree(self.folder, copied.folder)
        return copied

    def timed(self, way: str, command: Sequence[str]) -> Timing:
        started = time.perf_counter()
        _run(command)
        seconds = time.perf_counter() - started
        self.check(way)
        return Timing(way, self.learners, seconds)

    def check(self, way: str) -> None:
        """Raises NotComparable unless everyone has all the points."""
        with sqlite3.connect(self.folder / "gradebook.db") as rows:
            query = "SELECT sum(auto_score) FROM grade GROUP BY notebook_id"
            points = [row[0] for row in rows.execute(query)]
        if len(points) != self.learners or {round(each or 0, 6) for each in points} != {self.subject.points}:
            raise NotComparable(f"{way}: {len(points)} of {self.learners} graded, with points {sorted(set(points))}.")

    def _put(self, folder: Path, notebook: bytes) -> None:
        folder.mkdir(parents=True)
        (folder / f"{self.subject.name}.ipynb").write_bytes(notebook)
        for name, content in self.subject.files.items():
            (folder / name).write_bytes(content)


def _in_two(course: Course, subject: Subject) -> Timing:
    """What a trainer does who knows how: half of the learners each, two processes, a database for each."""
    half = course.learners // 2
    halves = [
        Course(course.folder.with_name(f"half-{n}"), subject, count, first)
        for n, (first, count) in enumerate(((0, half), (half, course.learners - half)))
    ]
    started = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        commands = [["nbgrader", "autograde", subject.name, "--course-dir", str(each.folder)] for each in halves]
        list(pool.map(_run, commands))
    seconds = time.perf_counter() - started
    for each in halves:
        each.check(_STOCKS)
    return Timing(_STOCKS, course.learners, seconds)


def _otter(subject: Subject, copies: int, folder: Path) -> Timing:
    """otter-grader's own command, without its containers, from an environment of its own."""
    python = _otter_python()
    folder.mkdir()
    (folder / "tests").mkdir()
    notebook = json.loads(subject.submission)
    checks = [cell for cell in json.loads(subject.instructor)["cells"] if _is_check(cell)]
    for n, cell in enumerate(checks):
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        # What a check prints is for the learner: its doctest expects nothing.
        silent = "__import__('contextlib').redirect_stdout(__import__('io').StringIO())"
        code = f">>> with {silent}: exec({source!r})"
        case = {"code": code, "hidden": False, "locked": False}
        test = {
            "name": f"q{n}",
            "points": 1,
            "suites": [{"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}],
        }
        (folder / "tests" / f"q{n}.py").write_text(f"OK_FORMAT = True\ntest = {test!r}\n", encoding="utf-8")
    notebook["cells"] = [cell for cell in notebook["cells"] if not _is_check(cell)]
    (folder / f"{subject.name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    for name, content in subject.files.items():
        (folder / name).write_bytes(content)
    _run(
        [
            str(python),
            "-m",
            "otter",
            "generate",
            "-t",
            "tests",
            "-o",
            "autograder.zip",
            "--no-environment",
            *subject.files,
        ],
        cwd=folder,
    )
    started = time.perf_counter()
    for _ in range(copies):
        _run(
            [str(python), "-m", "otter", "run", "-a", "autograder.zip", "-o", str(folder), f"{subject.name}.ipynb"],
            cwd=folder,
        )
    seconds = time.perf_counter() - started
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    earned = [each for each in results["tests"] if each.get("max_score")]
    if not earned or any(each["score"] != each["max_score"] for each in earned):
        raise NotComparable(f"otter-grader did not give all the points: {results['tests']}")
    return Timing(_OTTER, copies, seconds)


def _is_check(cell: dict[str, object]) -> bool:
    metadata = cell.get("metadata")
    grader = metadata.get("nbgrader", {}) if isinstance(metadata, dict) else {}
    return cell["cell_type"] == "code" and bool(grader.get("grade"))


def _otter_python() -> Path:
    """Python with otter-grader, in an environment of its own below build/: its needs are not this project's."""
    lock = Path(__file__).with_name("otter.lock")
    python, mark = OTTER / "bin" / "python", OTTER / "ready"
    if not mark.is_file() or mark.stat().st_mtime < lock.stat().st_mtime:
        print("Setting up otter-grader (once).", flush=True)
        venv.create(OTTER, with_pip=True, clear=True)
        here = [str(Path(__file__).parent.parent)]
        _run([str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", str(lock)])
        site = next((OTTER / "lib").glob("python*/site-packages"))
        (site / "this_project.pth").write_text("\n".join(here) + "\n", encoding="utf-8")
        mark.touch()
    return python


def _floor(subject: Subject, copies: int, folder: Path) -> Timing:
    """The bare cells, in one fork each: the learner's own and the whole checks, hidden tests and all."""
    whole = {cell["id"]: cell for cell in json.loads(subject.instructor)["cells"] if _is_check(cell)}
    cells = [whole.get(cell["id"], cell) for cell in json.loads(subject.submission)["cells"]]
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    sources = [cell if isinstance(cell, str) else "".join(cell) for cell in code]
    with Floor(folder, sources, subject.files) as floor:
        started = time.perf_counter()
        for _ in range(copies):
            floor.run(pictures=True)
        return Timing(_FLOOR, copies, time.perf_counter() - started)


class _cluster:
    """A Dask scheduler with two workers of one thread each, on this machine."""

    def __enter__(self) -> str:
        from distributed import LocalCluster

        self._cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
        return str(self._cluster.scheduler_address)

    def __exit__(self, *_: object) -> None:
        self._cluster.close()


def report(subject: Subject, timings: Sequence[Timing]) -> Iterator[str]:
    """A Markdown table: seconds a submission, and how many times as long as this grader."""
    ours = timings[0].each
    yield f"Graded: {subject.title}."
    yield ""
    yield "| way | submissions | seconds in all | seconds each | times as long |"
    yield "|---|---:|---:|---:|---:|"
    for timing in timings:
        times = f"{timing.seconds:.1f} | {timing.each:.3f} | {timing.each / ours:.1f}"
        yield f"| {timing.way} | {timing.submissions} | {times} |"


def draw(tables: Sequence[tuple[Subject, Sequence[Timing]]], file: Path) -> None:
    """The tables as bars, each with its number beside it."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "bench", "font.size": 12}
    figure, every = pyplot.subplots(len(tables), 1, figsize=(8, 3.2 * len(tables)), squeeze=False, sharex=True)
    for axes, (subject, timings) in zip(every[:, 0], tables, strict=True):
        bars = axes.barh([each.way for each in timings], [each.each for each in timings], color="#0b5d56")
        axes.bar_label(bars, [f"{each.each:.2f}" for each in timings], padding=4)
        axes.invert_yaxis()
        axes.set_title(subject.title, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.12)
    every[-1, 0].set_xlabel("seconds a submission")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def _run(command: Sequence[str], cwd: Path | None = None) -> None:
    """Run a program that lies beside Python, or anywhere. Raises NotComparable with its last words if it fails."""
    words = [str(BIN / command[0]) if (BIN / command[0]).is_file() else command[0], *command[1:]]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PATH"] = f"{BIN}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotComparable(f"{' '.join(command[:3])} failed:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")


if __name__ == "__main__":
    _: Callable[[], None] = main
    try:
        main()
    except NotComparable as problem:
        sys.exit(str(problem))
