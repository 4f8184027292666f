"""The databases that the tracker works on: SQLite without any setting, PostgreSQL by one. Both behave alike."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker

from autograder.notebook import Lesson as Source
from tests.tracker.cast import Cast
from tests.tracker.grades import graded
from tests.tracker.postgres import database_for
from tracker.databases import DatabaseAddressWrong, database
from tracker.learning import grading
from tracker.learning.models import Lesson, Submission
from tracker.people.models import Agency, Person, Unit
from tracker.start import count_rows

ROOT = Path(__file__).parents[2]
FILE = Path("/somewhere/academy.sqlite3")

# -- settings ---------------------------------------------------------------------------------------------------------


def test_without_a_setting_the_database_is_a_file() -> None:
    assert database("", FILE)["NAME"] == FILE
    assert database("", FILE)["ENGINE"].endswith("sqlite3")


def test_an_address_names_a_postgresql_as_postgresql_itself_reads_it() -> None:
    found = database("postgresql://ada:p%40ss%2Fword@db.example.org:6543/academy?sslmode=verify-full", FILE)
    assert found["ENGINE"].endswith("postgresql")
    parts = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    assert [found[part] for part in parts] == ["academy", "ada", "p@ss/word", "db.example.org", "6543"]
    assert found["OPTIONS"]["sslmode"] == "verify-full"
    settings = database("postgresql://host/academy?options=-c%20lock_timeout%3D5s", FILE)["OPTIONS"]["options"]
    assert settings.startswith("-c join_collapse_limit=") and settings.endswith("-c lock_timeout=5s")
    on_this_machine = database("postgresql:///academy?host=/run/postgresql", FILE)
    assert [on_this_machine[part] for part in parts] == ["academy", "", "", "/run/postgresql", ""]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("mysql://ada:secret@host/academy", "does not begin with postgresql://"),
        ("academy", "does not begin with postgresql://"),
        ("postgresql://ada:secret@host", "which database"),
        ("postgresql://ada:secret@host/academy?colour=blue", "PostgreSQL cannot read it"),
        ("postgresql://ada:secret@[host/academy", "PostgreSQL cannot read it"),
    ],
)
def test_an_address_that_cannot_be_understood_is_said_without_its_password(address: str, why: str) -> None:
    with pytest.raises(DatabaseAddressWrong, match=re.escape(why)) as wrong:
        database(address, FILE)
    assert "secret" not in "".join(traceback.format_exception(wrong.value))
    assert "postgresql://user:password@host:5432/academy" in str(wrong.value)


def test_the_setting_is_one_environment_variable(tmp_path: Path) -> None:
    program = "from django.conf import settings; print(settings.DATABASES['default']['ENGINE'])"
    engines = {"": "sqlite3", "postgresql://host/academy": "postgresql"}
    for address, engine in engines.items():
        environment = os.environ | {
            "ACADEMY_VAR": str(tmp_path),
            "ACADEMY_DATABASE": address,
            "DJANGO_SETTINGS_MODULE": "tracker.settings",
        }
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip().endswith(engine)


# -- migrations -------------------------------------------------------------------------------------------------------


@pytest.fixture
def empty(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Another database of the same kind, in which nothing is; the name that Django knows it by."""
    facts = copy.deepcopy(connections["default"].settings_dict)
    address = database_for(tmp_path)
    facts["NAME"] = re.split(r"[/?]", address)[3] if address else str(tmp_path / "empty.sqlite3")
    connections.settings["empty"] = facts
    with django_db_blocker.unblock():
        yield "empty"
        connections["empty"].close()
    del connections["empty"]
    del connections.settings["empty"]


def _tables(name: str) -> set[str]:
    return set(connections[name].introspection.table_names()) - {"django_migrations"}


def _go_to(name: str, *targets: tuple[str, str | None]) -> Any:
    """Migrate, and return the models as they were then."""
    executor = MigrationExecutor(connections[name])
    return executor.migrate(list(targets)).apps


def test_what_people_did_in_the_first_version_is_there_in_the_newest_and_every_step_goes_back(empty: str) -> None:
    old = _go_to(empty, ("learning", "0001_initial"), ("people", "0001_initial"))
    agency = old.get_model("people", "Agency").objects.using(empty).create(name="Department of Bridges")
    unit = old.get_model("people", "Unit").objects.using(empty).create(agency=agency, name="Roads")
    person = old.get_model("people", "Person").objects.using(empty)
    lena = person.create(email="lena@example.org", name="Lena Lernfeld", unit=unit, password="!")
    facts = {"title": "Add", "track": "t", "minutes": 5, "question": "?", "possible": 5, "version": "1", "position": 1}
    lesson = old.get_model("learning", "Lesson").objects.using(empty).create(slug="add-numbers", **facts)
    submission = old.get_model("learning", "Submission").objects.using(empty)
    work = {"person": lena, "lesson": lesson, "way": "browser", "sha256": "0" * 64, "size": 7}
    done = submission.create(state="graded", points=5, possible=5, passed=True, **work)
    submission.create(state="waiting", **work)
    old.get_model("learning", "StoredNotebook").objects.using(empty).create(submission=done, gzipped=b"\0\xff")

    call_command("migrate", database=empty, verbosity=0)
    now = Submission.objects.using(empty).select_related("person__unit__agency", "lesson").order_by("pk")
    assert [(row.state, row.points, row.passed, row.key) for row in now] == [
        ("graded", 5, True, ""),
        ("waiting", None, False, ""),
    ]
    assert bytes(now[0].stored_notebook.gzipped) == b"\0\xff"
    assert (now[0].person.name, str(now[0].person.unit), now[0].lesson.title) == (
        "Lena Lernfeld",
        "Roads, Department of Bridges",
        "Add",
    )
    # New rows are numbered on from the old ones.
    again = Submission.objects.using(empty).create(**(work | {"person": now[0].person, "lesson": now[0].lesson}))
    assert again.pk > max(row.pk for row in now)
    assert _tables(empty) == {model._meta.db_table for model in apps.get_models(include_auto_created=True)}

    # Back to nothing, with everything that is in it; and from nothing to the newest in one go.
    executor = MigrationExecutor(connections[empty])
    _go_to(empty, *((app, None) for app in executor.loader.migrated_apps))
    assert _tables(empty) == set()
    call_command("migrate", database=empty, verbosity=0)
    assert Submission.objects.using(empty).count() == 0


# -- what differs between databases, and must not show ----------------------------------------------------------------

AWKWARD = st.text(st.characters(), max_size=60) | st.sampled_from(["\0", "a\0b", "\ud800", "🦆\udfff", "\x1b[31m"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=AWKWARD)
def test_whatever_a_notebook_says_its_result_can_be_stored(
    text: str, cast: Cast, source: Source, hand_in: Callable[..., Submission]
) -> None:
    """PostgreSQL stores no NUL in a text, and nobody stores half a character."""
    Submission.objects.all().delete()
    submission = hand_in(cast.learner)
    assert grading.grade_next(lambda slug, notebook: graded(source, 5, text=f"ours {text}")) is True
    submission.refresh_from_db()
    assert (submission.state, submission.points) == ("graded", 5)
    stored = submission.task_results.get(manual=True).answer
    assert stored.startswith("ours ")
    if text.isprintable():
        assert stored == f"ours {text}"


def test_a_log_with_odd_bytes_never_keeps_a_failure_of_ours_from_being_noted(
    cast: Cast, hand_in: Callable[..., Submission]
) -> None:
    submission = hand_in(cast.learner)
    claimed = grading.claim_next()
    assert claimed
    grading.postpone(claimed, "Segmentation fault\0\ud800")
    submission.refresh_from_db()
    assert (submission.state, submission.log[:18]) == ("waiting", "Segmentation fault")


@pytest.mark.parametrize("path", ["/my/results/{}/", "/api/submissions/{}", "/cohorts/{}/"])
@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_a_number_that_no_row_can_have_is_not_found(
    path: str, number: int, cast: Cast, as_: Callable[..., Client]
) -> None:
    assert as_(cast.administrator).get(path.format(number)).status_code == 404


def test_two_units_of_one_name_may_not_stand_side_by_side(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.create(agency=cast.unit.agency, parent=cast.unit, name="Signs")


@pytest.mark.django_db(transaction=True)
def test_the_eleventh_notebook_of_a_minute_is_refused_also_when_all_come_at_once(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    browsers, codes = [as_(cast.learner) for _ in range(14)], []
    start = threading.Barrier(len(browsers))

    def hand_in(browser: Client, number: int) -> None:
        start.wait()
        try:
            address = "/api/lessons/add-numbers/submissions"
            codes.append(browser.post(address, f"work {number}".encode(), content_type="application/json").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=hand_in, args=(browser, n)) for n, browser in enumerate(browsers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(codes) == [201] * 10 + [429] * 4
    assert Submission.objects.count() == 10


@pytest.mark.parametrize("state", ["waiting", "grading"])
def test_the_queue_is_found_by_its_own_small_index(state: str, cast: Cast, hand_in: Callable[..., Submission]) -> None:
    """However many graded notebooks there are, the worker does not walk through them."""
    names = {index.name for index in Submission._meta.indexes if index.condition is not None}
    assert {"submissions_waiting", "submissions_held", "completions"} <= names
    queue = Submission.objects.filter(state=state)
    sorted_by = "received_at" if state == "waiting" else "lease_until"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # So few rows are read faster as they lie; what is asked here is whether the index can be used.
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = queue.order_by(sorted_by).values("pk").explain()
    assert "submissions_waiting" in plan if state == "waiting" else "submissions_held" in plan


def test_everybody_s_name_is_found_whatever_the_case(cast: Cast) -> None:
    assert Person.objects.filter(name__icontains="LERNFELD").get() == cast.learner
    assert Agency.objects.filter(name__icontains="bridges").count() == 1


@pytest.mark.sqlite_only
def test_sqlite_is_made_to_look_at_how_its_rows_are_spread(cast: Cast) -> None:
    with connection.cursor() as cursor:
        count_rows()
        cursor.execute("SELECT tbl FROM sqlite_stat1")
        assert "people_person" in {name for (name,) in cursor.fetchall()}
