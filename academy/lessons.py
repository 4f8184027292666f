"""`academy lesson`: start a lesson, and prove that one holds."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from academy.project import DATASETS, LESSONS, WORKSHEETS, dataset_slugs, worksheet_names


@click.group()
def lesson() -> None:
    """Write and check lessons."""


_lessons_option = click.option(
    "--lessons", "folder", type=click.Path(path_type=Path, file_okay=False), default=LESSONS, hidden=True
)
"""Another folder of lessons: for tests."""


@lesson.command("list")
def list_lessons() -> None:
    """Show the lessons in teaching order."""
    from autograder.notebook import read_curriculum

    curriculum = read_curriculum(LESSONS)
    for number, slug in enumerate(curriculum.lessons, 1):
        click.echo(f"{number:02d}  {slug}")


@lesson.command()
@click.argument("slugs", nargs=-1, metavar="[SLUG]…")
@_lessons_option
def check(slugs: tuple[str, ...], folder: Path) -> None:
    """Prove lessons: source, instructor's run, every attempt, reading grade."""
    from autograder.notebook import LessonError, read_curriculum

    try:
        curriculum = read_curriculum(folder)
    except LessonError as error:
        raise click.ClickException(str(error)) from None
    faults = 0
    for slug in slugs or curriculum.lessons:
        if slug not in curriculum.lessons:
            raise click.UsageError(f"There is no lesson “{slug}”. There are: {', '.join(curriculum.lessons)}.")
        started = time.monotonic()
        found = list(_faults(folder / slug, curriculum.glossary))
        click.echo(f"{slug}: {'sound' if not found else 'not sound'} ({time.monotonic() - started:.0f} s)")
        for fault in found:
            click.echo(f"  - {fault}")
        faults += len(found)
    sys.exit(1 if faults else 0)


def _faults(folder: Path, glossary: object) -> Iterator[str]:
    from academy.attempts import AttemptsError, prove, read_attempts
    from academy.execute import LessonDoesNotRun, execute
    from academy.reading import MAXIMUM_GRADE, prose, reading_grade
    from autograder.lesson_files import LessonFileMissing, lesson_files
    from autograder.notebook import LessonError, compile_lesson, publish, read_lesson
    from autograder.notebook.publish import FigureMissing, FigureWithoutText

    try:
        read = read_lesson(folder, glossary, dataset_slugs(), worksheet_names())  # type: ignore[arg-type]
        data = lesson_files(read, DATASETS, WORKSHEETS)
        publish(read, execute(compile_lesson(read), data))
        yield from prove(read, read_attempts(read), data)
    except (
        LessonError, LessonFileMissing, LessonDoesNotRun, FigureMissing, FigureWithoutText, AttemptsError,
    ) as error:  # fmt: skip
        yield str(error)
        return
    if not (folder / "trainer.md").is_file():
        yield f"{folder / 'trainer.md'} is missing. Write the trainer's note."
    grade = reading_grade(prose(read))
    if grade > MAXIMUM_GRADE:
        yield f"The prose reads at grade {grade:.1f}. Shorten sentences until it is {MAXIMUM_GRADE:.0f} or lower."


@lesson.command()
@click.argument("slug")
@_lessons_option
def new(slug: str, folder: Path) -> None:
    """Start a lesson from a template: a small lesson that already passes every check."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug):
        raise click.UsageError(f"“{slug}” is no slug. Use lower-case words with hyphens, such as read-a-table.")
    place = folder / slug
    if place.exists():
        raise click.ClickException(f"{place} exists already. Choose another slug, or go on with that lesson.")
    place.mkdir()
    for part in (Path(__file__).parent / "lesson_template").iterdir():
        text = part.read_text(encoding="utf-8").replace("SLUG", slug)
        (place / part.name).write_text(text, encoding="utf-8")
    click.echo(f"Started {place}. Put “{slug}” under “lessons:” in {folder / 'curriculum.yml'}, and take it out of")
    click.echo("“planned:” if it stands there. Then write lesson.md.")
    click.echo(f"Check it with: academy lesson check {slug}")
