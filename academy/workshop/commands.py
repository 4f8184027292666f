"""`academy workshop`: make an nbgrader course for a group, and bring its results to the tracker."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from academy.project import DATASETS, LESSONS, WORKSHEETS

if TYPE_CHECKING:
    from academy.workshop.init import Made
    from academy.workshop.publish import Row
    from academy.workshop.roster import Roster


@click.group()
def workshop() -> None:
    """Run lessons as a workshop with nbgrader, on one machine."""


_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))


@workshop.command()
@_folder
@click.option(
    "--lessons", metavar="SLUG[,SLUG…]", default="", help="The lessons, by the names of “academy lesson list”."
)
@click.option(
    "--roster",
    "roster_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV file with the columns id, first_name, last_name, email.",
)
@click.option("--course-id", help="The course's name for nbgrader. The folder's name if not given.")
@click.option(
    "--due",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]),
    help="When these lessons are due, in this machine's time. A day means its end.",
)
@click.option("--lessons-folder", type=click.Path(path_type=Path, file_okay=False), default=LESSONS, hidden=True)
def init(
    folder: Path,
    lessons: str,
    roster_file: Path | None,
    course_id: str | None,
    due: datetime | None,
    lessons_folder: Path,
) -> None:
    """Make a workshop in DIR, or add lessons and people to the one that is there. Grades are kept."""
    from academy.workshop.course import NotAWorkshop
    from academy.workshop.init import Places, WorkshopRefused, prepare
    from academy.workshop.roster import RosterError, read_roster
    from autograder.lesson_files import LessonFileMissing
    from autograder.notebook import LessonError

    slugs = [slug.strip() for slug in lessons.split(",") if slug.strip()]
    if due and not slugs:
        raise click.UsageError("--due needs --lessons: name the lessons that are due then.")
    places = Places(lessons_folder, DATASETS, WORKSHEETS)
    try:
        roster = read_roster(roster_file) if roster_file else None
        made = prepare(folder, slugs, roster, places, course_id, due)
    except RosterError as error:
        click.echo(f"{roster_file} cannot be used yet. Nothing was made.", err=True)
        for fault in error.faults:
            click.echo(f"  - {fault}", err=True)
        sys.exit(1)
    except (WorkshopRefused, NotAWorkshop, LessonError, LessonFileMissing) as error:
        raise click.ClickException(str(error)) from None
    _say_what_was_made(made, roster)


def _say_what_was_made(made: Made, roster: Roster | None) -> None:
    from academy.workshop.init import closed_above

    found = made.workshop
    click.echo(f"{'Made' if made.is_new else 'Updated'} the workshop “{found.course_id}” in {found.folder}.")
    click.echo(f"  Lessons: {len(found.lessons)}{_added(made.lessons)}")
    click.echo(f"  People: {made.people}, {made.added} of them new, {made.updated} with other facts than before")
    for slug in made.changed_since:
        click.echo(f"  {slug} has changed in the project since. This workshop keeps the one that your group has.")
    if made.not_on_the_roster:
        click.echo(
            f"  Not on this roster, but in the workshop: {made.not_on_the_roster}. They stay, with their grades."
        )
    if roster and roster.encoding != "UTF-8":
        click.echo(f"  The roster was read as {roster.encoding}. Look whether these names are right:")
        odd = [each for each in roster.learners if not (each.first_name + each.last_name).isascii()]
        for learner in odd[:5]:
            click.echo(f"    {learner.first_name} {learner.last_name}")
    if closed := closed_above(found.folder):
        click.echo(f"  Other accounts of this machine cannot reach the workshop, because {closed} is closed to them.")
        click.echo("  That is fine if you give out and take in notebooks yourself. If not, move the workshop.")
    click.echo(f"What to do next stands in {found.folder / 'README.md'}.")


def _added(slugs: list[str]) -> str:
    return f", new: {', '.join(slugs)}" if slugs else ""


@workshop.command()
@_folder
@click.option("--lesson", "slug", help="Only this lesson.")
@click.option("--dry-run", is_flag=True, help="Say what would change in the tracker, and change nothing.")
def publish(folder: Path, slug: str | None, dry_run: bool) -> None:
    """Bring the results of the workshop in DIR to the tracker. Do it as often as you like."""
    from academy.workshop.course import NotAWorkshop, read_workshop
    from tracker.start import connect, database_is_ready, prepare_database

    try:
        found = read_workshop(folder)
    except NotAWorkshop as error:
        raise click.ClickException(str(error)) from None
    if slug and slug not in found.lessons:
        raise click.UsageError(f"“{slug}” is not in this workshop. There are: {', '.join(found.lessons)}.")
    if not dry_run:
        prepare_database()
    else:
        connect()
        if not database_is_ready():
            raise click.ClickException("The tracker's database is not there, or is old. Start it once: academy serve")
    from academy.workshop import publish as publishing
    from academy.workshop.gradebook import plain

    rows = []
    heading = None
    for row in publishing.publish(found, [slug] if slug else list(found.lessons), dry_run=dry_run):
        if row.work.slug != heading:
            heading = row.work.slug
            click.echo(f"{found.lessons[heading].title} ({heading})")
        click.echo(f"  {row.change or 'not published':14} {row.work.name} ({plain(row.work.learner)}): {row.says}")
        rows.append(row)
    _sum_up(rows, dry_run)


def _sum_up(rows: list[Row], dry_run: bool) -> None:
    from academy.workshop.gradebook import Standing

    results = [row.work for row in rows if row.change and row.work.result]
    changes = Counter(row.change for row in rows if row.change)
    missing = sum(row.work.standing is Standing.NOT_HANDED_IN for row in rows)
    click.echo("")
    click.echo("Nothing was changed. This is what would be published:" if dry_run else "Published:")
    click.echo(f"  {', '.join(f'{count} {change}' for change, count in sorted(changes.items())) or 'nothing'}")
    click.echo(f"  complete: {sum(bool(work.result and work.result.passed) for work in results)} of {len(results)}")
    click.echo(f"  with a free text that awaits review: {sum(work.awaits_review for work in results)}")
    click.echo(f"Not handed in: {missing}")
    click.echo(f"Needs something from you first: {len(rows) - len(results) - missing}")
