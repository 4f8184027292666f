"""The state that bench/load.py measures with: 50,000 employees, 21 lessons, 1.2 million task results.

It is made once, as a SQLite file, and copied from there into a PostgreSQL, table by table. Run by bench/load.py with
the installation's folder and database in the environment.
"""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tracker.start import connect, database_is_new

AGENCIES, PEOPLE, LESSONS, SEED = 60, 50_000, 21, 1
NOW = datetime(2026, 6, 30, 16, tzinfo=UTC)
FIRST_LESSON = "read-a-table"
"""The one real lesson, which the learners of the workshop hand in."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copy-from", type=Path, help="a SQLite file that has the state already")
    copy_from = parser.parse_args().copy_from
    connect()
    from django.core.management import call_command

    started = time.perf_counter()
    call_command("migrate", verbosity=0, interactive=False)
    if copy_from:
        copy(copy_from)
    elif not database_is_new():
        return
    else:
        make()
    print(f"  made in {time.perf_counter() - started:.0f} s", flush=True)


def make() -> None:
    """Make the state with the generator of `academy demo`."""
    from django.conf import settings

    from academy.made_up.state import make_state
    from academy.made_up.work import shape_of
    from tracker.learning.catalogue import read_source
    from tracker.learning.models import Lesson

    source = read_source(settings.LESSONS_FOLDER, FIRST_LESSON)
    lessons = [shape_of(source), *(_lesson(number) for number in range(2, LESSONS + 1))]
    for position, lesson in enumerate(lessons, start=1):
        Lesson.objects.create(
            slug=lesson.slug,
            title=f"Lesson {position}",
            track="foundations",
            minutes=50,
            question="Which?",
            possible=lesson.possible,
            version=lesson.version,
            position=position,
        )
    made = make_state(AGENCIES, PEOPLE, SEED, lessons, NOW)
    print(f"  {made.people:,} people, {made.work.submissions:,} submissions, {made.work.task_results:,} task results")


def _lesson(number: int) -> Any:
    from academy.made_up.work import LessonShape, TaskShape

    checked = [TaskShape(task, f"task-{task}", f"Task {task} of this lesson", False, 2.0) for task in range(1, 10)]
    written = TaskShape(10, "my-agency", "For your agency", True, 2.0, ("Says what a row is.",))
    return LessonShape(f"lesson-{number:02}", "1", (*checked, written))


def copy(file: Path) -> None:
    """Copy every row of the SQLite file into the PostgreSQL of this installation."""
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import connection

    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    tables = [model._meta.db_table for model in models]
    with contextlib.closing(sqlite3.connect(file)) as source, connection.cursor() as cursor:
        quoted = ", ".join(f'"{table}"' for table in tables)
        cursor.execute("BEGIN")
        cursor.execute(f"TRUNCATE {quoted} CASCADE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET LOCAL timezone = 'UTC'")
        for table in tables:
            rows = source.execute(f'SELECT * FROM "{table}"')
            columns = ", ".join(f'"{column[0]}"' for column in rows.description)
            with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as pipe:
                for row in rows:
                    pipe.write_row(_as_text(row))
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
        cursor.execute("COMMIT")
        cursor.execute("VACUUM ANALYZE")


def _as_text(row: tuple[Any, ...]) -> Iterator[str | None]:
    for value in row:
        if value is None or isinstance(value, str):
            yield value
        else:
            yield f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


if __name__ == "__main__":
    main()
