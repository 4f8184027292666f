"""Starting the tracker from outside Django: for the commands of `academy`."""

from __future__ import annotations

import logging
import os

logger = logging.getLogger(__name__)


def connect() -> None:
    """Start Django, and change nothing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    import django

    django.setup()


def database_is_ready() -> bool:
    """Whether the database is there and as this version of the tracker needs it."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def prepare_database() -> None:
    """Start Django, make or migrate the database, and copy the lessons into the catalogue."""
    connect()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    _copy_lessons()
    count_rows()


def count_rows() -> None:
    """Have SQLite look at how its rows are spread, so that it finds good ways to them. PostgreSQL does it by itself."""
    from django.db import connection

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # A look at a thousand rows of each index takes a hundredth of a second, however many there are.
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")


def load_ahead() -> None:
    """Load every view and the curriculum, which the first page would wait for. The database is not asked: a server may
    do this before its processes part.
    """
    from django.conf import settings
    from django.urls import get_resolver

    from autograder.notebook import LessonError
    from tracker.learning.catalogue import curriculum_in

    get_resolver().url_patterns  # noqa: B018
    try:
        curriculum_in(settings.LESSONS_FOLDER)
    except (LessonError, OSError) as error:
        logger.error("The curriculum cannot be read. %s", error)


def database_is_new() -> bool:
    """Whether nobody is in the database yet."""
    from tracker.people.models import Person

    return not Person.objects.exists()


def _copy_lessons() -> None:
    from django.conf import settings

    from autograder.notebook import LessonError
    from tracker.learning.catalogue import read_sources, sync_lessons

    try:
        sync_lessons(read_sources(settings.LESSONS_FOLDER))
    except LessonError as error:
        logger.error("The list of lessons stays as it was, because a lesson cannot be read. %s", error)
