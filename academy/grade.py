"""`academy grade`: grade what learners handed in, in an ordinary nbgrader course."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterable, Iterator, Sized
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from autograder.course import Course, Engine, Failure, Summary, Where

T = TypeVar("T")

_FAILED = 3
"""Exit status where a submission could not be graded. A low score is no failure."""
_SHOWN = 12

_NEEDS_TRUST = (
    "Stock nbgrader runs learners' code with all your rights: it can read and change your files, the gradebook among "
    "them.\nIf you trust every notebook that was handed in, say so: --trusted"
)


@click.command()
@click.argument("folder", metavar="COURSE_DIR", type=click.Path(path_type=Path, file_okay=False))
@click.argument("assignment")
@click.option(
    "--engine",
    type=click.Choice(["local", "dask", "stock"]),
    default="local",
    show_default=True,
    help="local: this machine's cores. dask: a cluster's workers. stock: plain nbgrader, for trusted notebooks.",
)
@click.option("--workers", type=click.IntRange(min=1), help="How many workers, for local. Otherwise one for each core.")
@click.option("--cluster", metavar="ADDRESS", help="Address of the scheduler, for dask: tcp://10.0.0.5:8786.")
@click.option("--all", "again", is_flag=True, help="Grade again what is graded and has not changed.")
@click.option(
    "--checks-that-need-code",
    "run",
    type=click.Choice(["sandbox", "by hand"]),
    help="What becomes of checks that cannot run apart from the learner's code. Kept in the course's grading.yml.",
)
@click.option(
    "--verify", type=click.IntRange(min=1), metavar="N", help="Grade N of them with stock nbgrader too, and compare."
)
@click.option("--trusted", is_flag=True, help="You trust every notebook: stock nbgrader may run them unprotected.")
def grade(
    folder: Path,
    assignment: str,
    engine: str,
    workers: int | None,
    cluster: str | None,
    again: bool,
    run: Where | None,
    verify: int | None,
    trusted: bool,
) -> None:
    """Grade the submissions of ASSIGNMENT in the nbgrader course COURSE_DIR.

    Only what is new or changed is graded. It can be stopped at any time: the next call goes on from there.
    Exit status: 0 where everything is graded, however low the scores; 3 where something could not be graded, or
    differs from stock nbgrader; 1 or 2 where the course or the call is at fault.
    """
    if (cluster is not None) != (engine == "dask"):
        raise click.UsageError("--engine dask and --cluster ADDRESS go together.")
    if workers is not None and engine != "local":
        raise click.UsageError("--workers is for --engine local.")
    if (engine == "stock" or verify) and not trusted:
        raise click.UsageError(_NEEDS_TRUST)
    from autograder.course import Course, CourseError
    from autograder.runner import SandboxMissing

    try:
        with Course(folder) as course:
            failed = (
                _with_stock(course, assignment, again)
                if engine == "stock"
                else _with_ours(course, assignment, _engine(engine, workers, cluster), again, run)
            )
            if verify:
                failed |= _verified(course, assignment, verify)
    except (CourseError, SandboxMissing) as problem:
        raise click.ClickException(_advice(problem)) from None
    sys.exit(_FAILED if failed else 0)


def _engine(name: str, workers: int | None, cluster: str | None) -> Engine:
    from autograder.course import Dask, Local

    return Dask(str(cluster)) if name == "dask" else Local(workers)


def _with_ours(course: Course, assignment: str, engine: Engine, again: bool, run: Where | None) -> bool:
    from autograder.course import Grading

    grading = Grading(course, assignment, engine, again=again, run=run)
    for _ in _progress(grading, len(grading)):
        pass
    for line in _told(grading.summary):
        click.echo(line)
    return bool(grading.summary.failed)


def _with_stock(course: Course, assignment: str, again: bool) -> bool:
    from autograder.course import Failure, grade_with_stock

    learners = course.learners(assignment)
    with course.locked():
        results = list(_progress(grade_with_stock(course, assignment, learners, again=again), len(learners)))
    failed = [result for result in results if isinstance(result, Failure)]
    click.echo(f"{assignment}: {len(results) - len(failed)} of {len(learners)} graded by stock nbgrader.")
    for line in _failures(failed):
        click.echo(line)
    return bool(failed)


def _verified(course: Course, assignment: str, sample: int) -> bool:
    from autograder.course import compare_with_stock

    drawn, differences = compare_with_stock(course, assignment, course.learners(assignment), sample)
    if not differences:
        click.echo(f"Stock nbgrader gives the same points, cell by cell, to all {len(drawn)} that were compared.")
        return False
    click.echo(f"Stock nbgrader differs, of {len(drawn)} that were compared:")
    for each in differences:
        click.echo(f"  {each.learner}  {each.notebook}/{each.cell}: here {each.ours}, stock {each.stock}")
    return True


def _progress(items: Iterable[T], total: int) -> Iterator[T]:
    """The items, with a bar on the terminal that shows how fast they come and how long it will take."""
    from tqdm import tqdm

    yield from tqdm(
        items, total=total, unit=" submission", file=sys.stderr, disable=None if total else True, leave=False
    )


def _told(summary: Summary) -> Iterator[str]:
    """The summary, in lines that a trainer reads."""
    speed = f" in {summary.seconds:.0f} s ({summary.graded / summary.seconds:.1f} a second)" if summary.graded else ""
    rest = f"{summary.unchanged} unchanged, {len(summary.failed)} failed"
    yield f"{summary.assignment}: {summary.graded} graded{speed}, {rest}."
    if summary.points:
        points = summary.points.values()
        yield f"  Points: lowest {min(points):g}, median {statistics.median(points):g}, highest {max(points):g}."
    if summary.sandboxed:
        need = _number(summary.sandboxed, "check needs", "checks need")
        apart = "it does" if len(summary.sandboxed) == 1 else "they do"
        yield f"  {need} the learner's own code, so {apart} not run apart (grading.yml):"
        yield from _shortened(f"    {name}" for name in summary.sandboxed)
    if summary.refused:
        yield f"  {len(summary.refused)} handed in a file that cannot be graded. It earns nothing:"
        yield from _shortened(f"    {learner}: {why}" for learner, why in summary.refused.items())
    if summary.repaired:
        damaged = _number(summary.repaired, "damaged notebook was", "damaged notebooks were")
        yield f"  {damaged} repaired (grading.log says how)."
    yield from _failures(summary.failed)
    if not summary.handed_in:
        yield "  Nobody has handed anything in. Collect first, or look into the folder “submitted”."


def _number(of: Sized, one: str, more: str) -> str:
    return f"{len(of)} {one if len(of) == 1 else more}"


def _failures(failed: Iterable[Failure]) -> Iterator[str]:
    listed = list(failed)
    if listed:
        yield f"  {len(listed)} could not be graded. That is no fault of the learners, and no score was stored:"
        yield from _shortened(f"    {each.learner}: {each.reason}" for each in listed)


def _shortened(lines: Iterable[str]) -> Iterator[str]:
    listed = list(lines)
    yield from listed[:_SHOWN]
    if len(listed) > _SHOWN:
        yield f"    and {len(listed) - _SHOWN} more"


def _advice(problem: Exception) -> str:
    from autograder.runner import SandboxMissing

    if isinstance(problem, SandboxMissing):
        return f"{problem}\nNothing was graded. Notebooks that you trust need no sandbox: --engine stock --trusted"
    return str(problem)
