"""`academy build`: the whole site, from sources to what is served. A step that has nothing to do takes no time."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from academy.project import BUILD, DATASETS, LESSONS, ROOT, SITE, WORKSHEETS, dataset_slugs, worksheet_names

BROWSER_FILES = BUILD / "browser-files"
_BAR = 24


@click.command()
@click.option(
    "--browser-files",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder that holds the browser's Python, for a machine that cannot download it.",
)
def build(browser_files: Path | None) -> None:
    """Build the site into build/site. Only what changed is built."""
    from academy.data.errors import DataError
    from academy.execute import LessonDoesNotRun
    from academy.site.book import BookFailed
    from academy.site.browser_files import BrowserFilesError
    from academy.site.leaks import SecretLeaked
    from academy.site.lite import NotForLearners
    from academy.site.pages import MissingPage
    from academy.site.worksheet_pages import WorksheetUnfit
    from autograder.lesson_files import LessonFileMissing
    from autograder.notebook import LessonError
    from autograder.notebook.publish import FigureMissing, FigureWithoutText

    try:
        _build(browser_files)
    except (
        BookFailed, BrowserFilesError, DataError, FigureMissing, FigureWithoutText, LessonDoesNotRun, LessonError,
        LessonFileMissing, MissingPage, NotForLearners, SecretLeaked, WorksheetUnfit,
    ) as error:  # fmt: skip
        raise click.ClickException(str(error)) from None


def _build(browser_files: Path | None) -> None:
    from academy.data import read_package, slugs
    from academy.site import lessons as prepared
    from academy.site.book import build_book
    from academy.site.browser_files import fetch
    from academy.site.data.files import publish_data
    from academy.site.leaks import assert_no_leaks
    from academy.site.lite import build_lite
    from academy.site.policy import write_policies
    from academy.site.practice import build_practice
    from academy.site.worksheet_files import publish_worksheets
    from autograder.lesson_files import lesson_files
    from autograder.notebook import read_curriculum, read_lesson

    curriculum = read_curriculum(LESSONS)
    known = dataset_slugs(), worksheet_names()
    lessons = [read_lesson(LESSONS / slug, curriculum.glossary, *known) for slug in curriculum.lessons]
    bar = _Bar(steps=len(lessons) + 8)

    prepared.remove_others(curriculum.lessons, BUILD)
    for lesson in lessons:
        with bar.step(f"Lesson “{lesson.title}”"):
            prepared.prepare(lesson, lesson_files(lesson, DATASETS, WORKSHEETS), BUILD)
    with bar.step("Data"):
        publish_data(DATASETS, SITE)
    with bar.step("Book"):
        build_book(ROOT, BUILD / "pages", SITE)
    with bar.step("Python for the browser"):
        fetch(BROWSER_FILES, source=browser_files, progress=bar.say)
    with bar.step("Browser lessons"):
        build_lite(ROOT, BROWSER_FILES, BUILD / "learner", SITE, progress=bar.say)
    with bar.step("Worksheets"):
        publish_worksheets(WORKSHEETS, SITE)
    with bar.step("Practice pages"):
        build_practice({lesson.slug: lesson.title for lesson in lessons}, BUILD / "learner", SITE)
    with bar.step("Security policies"):
        write_policies(SITE, BUILD / "policy.json")
    with bar.step("No secret in what is served"):
        answers = [table.path for slug in slugs() for table in read_package(slug).tables if table.kept_apart]
        try:
            assert_no_leaks(lessons, SITE, kept_apart=answers, memory=BUILD / "leaks-checked.json")
        except Exception:
            shutil.rmtree(SITE)
            raise
    bar.end(SITE)


class _Bar:
    """A progress bar on a terminal; a line for each step elsewhere."""

    def __init__(self, steps: int) -> None:
        self.steps, self.done, self.label = steps, 0, ""
        self.started = time.monotonic()
        self.live = sys.stdout.isatty()

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        self.label = label
        self._draw()
        started = time.monotonic()
        yield
        self.done += 1
        took = time.monotonic() - started
        if self.live:
            self._draw()
        else:
            click.echo(f"[{self.done}/{self.steps}] {label}: {took:.1f} s")

    def say(self, detail: str) -> None:
        """What is being done within a step."""
        if self.live:
            self._draw(f": {detail}")
        else:
            click.echo(f"      {detail}")

    def end(self, site: Path) -> None:
        if self.live:
            click.echo("\r\033[K", nl=False)
        click.echo(f"Built in {time.monotonic() - self.started:.1f} s: {site.relative_to(ROOT)}/")

    def _draw(self, detail: str = "") -> None:
        if self.live:
            full = round(_BAR * self.done / self.steps)
            width = shutil.get_terminal_size().columns - 1
            line = f"[{'#' * full}{'.' * (_BAR - full)}] {self.done}/{self.steps} {self.label}{detail}"
            click.echo(f"\r\033[K{line[:width]}", nl=False)
