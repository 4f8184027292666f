"""`academy demo`: what it makes is plainly made up, the same each time, and looks like a state."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from django.contrib.auth import authenticate
from django.db.models import Count, F, Sum
from django.utils import timezone

from academy import demo
from academy.made_up import work
from academy.made_up.names import agency_names, email, person_name
from academy.made_up.state import MadeUp, agency_sizes, make_state
from academy.made_up.work import LessonShape, TaskShape, shape_of
from autograder.notebook import Lesson as Source
from tracker import home
from tracker.assignments.due import due_of
from tracker.assignments.models import Arrival, Assignment
from tracker.learning.catalogue import sync_lessons
from tracker.learning.models import Lesson, Review, Start, Submission, TaskResult
from tracker.learning.progress import State, progress_of
from tracker.learning.submissions import notebook_of
from tracker.people.models import Agency, Cohort, Person, Unit
from tracker.people.scopes import managed_people, managed_units

NOW = datetime(2026, 6, 30, 16, tzinfo=UTC)


@pytest.fixture
def shapes(lesson: Lesson, source: Source) -> Sequence[LessonShape]:
    """Three lessons: the tests' own, and two that are only in the catalogue."""
    tasks = (
        *(TaskShape(n, f"task-{n}", f"Task {n}", False, 2.0) for n in (1, 2, 3)),
        TaskShape(4, "own", "Own", True, 2.0),
    )
    others = [LessonShape(slug, "1", tasks) for slug in ("second", "third")]
    for position, shape in enumerate(others, start=2):
        facts = {"title": shape.slug, "track": "t", "minutes": 5, "question": "?", "possible": 6, "version": "1"}
        Lesson.objects.create(slug=shape.slug, position=position, **facts)
    return [shape_of(source), *others]


def make(shapes: Sequence[LessonShape], seed: int = 1, agencies: int = 5, people: int = 400) -> MadeUp:
    return make_state(agencies, people, seed, shapes, NOW)


def outline() -> list[tuple[object, ...]]:
    """Everything that was made, without the numbers that the database gave it."""
    rows: list[tuple[object, ...]] = list(
        Person.objects.values_list("email", "name", "unit__name", "password", "joined")
    )
    rows += Unit.objects.values_list("agency__name", "parent__name", "name", "managers__email")
    rows += Agency.objects.values_list("name", "data_officers__email")
    rows += Cohort.objects.values_list("name", "trainers__email", "members__email")
    rows += Start.objects.values_list("person__email", "lesson", "at")
    rows += Submission.objects.values_list("person__email", "lesson", "received_at", "way", "points", "graded_at")
    rows += TaskResult.objects.values_list("submission__person__email", "task", "points", "answer", "outcome")
    rows += Review.objects.values_list("task_result__submission__person__email", "reviewer__email", "points", "at")
    rows += Assignment.objects.values_list("agency__name", "title", "due", "units__name", "assigned_lessons__lesson")
    return sorted(rows, key=repr)


def test_the_same_seed_makes_the_same_state_and_another_seed_another(shapes: Sequence[LessonShape]) -> None:
    outlines = []
    for seed in (7, 7, 8):
        make(shapes, seed, agencies=2, people=100)
        outlines.append(outline())
        for model in (Submission, Start, Cohort, Assignment):
            model.objects.all().delete()
        Agency.data_officers.through.objects.all().delete()
        Unit.managers.through.objects.all().delete()
        Person.objects.all().delete()
        for _ in range(4):
            Unit.objects.filter(children=None).delete()
        Agency.objects.all().delete()
    assert outlines[0] == outlines[1] != outlines[2]


def test_nobody_and_nothing_in_it_can_be_taken_for_real(shapes: Sequence[LessonShape]) -> None:
    make(shapes)
    assert all(name.endswith("(made up)") for name in Agency.objects.values_list("name", flat=True))
    assert all(address.endswith("@example.org") for address in Person.objects.values_list("email", flat=True))
    # Nobody of the crowd can be signed in as.
    assert not any(person.has_usable_password() for person in Person.objects.all())
    assert b"made-up submission" in notebook_of(Submission.objects.select_related("stored_notebook")[0])


def test_names_of_agencies_and_addresses_are_never_used_twice() -> None:
    assert len(set(agency_names(250))) == 250
    random = Random(1)
    assert len({email(person_name(random), number) for number in range(5_000)}) == 5_000


def test_agencies_differ_in_size_and_together_have_everybody() -> None:
    for people, agencies in ((5_000, 12), (50_000, 60), (100, 1), (101, 90)):
        sizes = agency_sizes(people, agencies)
        assert sum(sizes) == people
        assert sizes == sorted(sizes, reverse=True)
        assert min(sizes) >= 1
    assert max(agency_sizes(5_000, 12)) > 5 * min(agency_sizes(5_000, 12))


def test_a_small_agency_has_two_levels_of_units_and_a_large_one_four(shapes: Sequence[LessonShape]) -> None:
    for people, levels in ((100, 2), (500, 3), (1_200, 4)):
        make(shapes[:1], agencies=1, people=people)
        agency = Agency.objects.order_by("-pk")[0]
        depths = [_depth(unit) for unit in Unit.objects.filter(agency=agency).select_related("parent__parent__parent")]
        assert max(depths) == levels
        assert Unit.objects.filter(agency=agency, managers=None).count() == 0
        Agency.objects.filter(pk=agency.pk).update(name=f"{levels}")
        Cohort.objects.all().delete()
        Person.objects.update(email=F("pk"))


def _depth(unit: Unit | None) -> int:
    return 0 if unit is None else 1 + _depth(unit.parent)


def test_completion_rises_with_time_and_some_are_stuck(shapes: Sequence[LessonShape]) -> None:
    make(shapes)
    passed = Submission.objects.filter(passed=True)
    year = [passed.filter(received_at__lt=NOW - timedelta(days=days)).count() for days in (270, 180, 90, 0)]
    assert year == sorted(year) and year[0] < year[3] / 2
    states = Counter(row.state for row in progress_of(Person.objects.all(), list(Lesson.objects.all())).values())
    assert set(states) == {State.STARTED, State.ANOTHER_TRY, State.COMPLETE}
    assert Person.objects.filter(submissions=None).count() > 100
    assert set(Submission.objects.values_list("way", flat=True)) == {"browser", "upload", "workshop"}
    assert not Submission.objects.filter(received_at__gt=NOW).exists()
    assert Review.objects.exists()


def test_agencies_ask_for_the_first_lessons_and_some_people_are_overdue(shapes: Sequence[LessonShape]) -> None:
    make(shapes)
    everybody, lessons = Person.objects.all(), list(Lesson.objects.all())
    dues = due_of(everybody, lessons, NOW.date()).values()
    assert Assignment.objects.count() == 10
    assert {due.overdue for due in dues} == {due.done for due in dues} == {True, False}
    # Nobody is asked as a newcomer: the people were there when it was asked.
    assert Arrival.objects.exclude(since=F("assignment__made_on")).count() == 0


def test_a_submission_s_points_are_those_of_its_tasks(shapes: Sequence[LessonShape]) -> None:
    make(shapes)
    sums = Submission.objects.annotate(sum=Sum("task_results__points"), tasks=Count("task_results"))
    assert sums.exclude(points=F("sum")).count() == 0
    assert set(sums.values_list("lesson", "tasks")) == {(shape.slug, len(shape.tasks)) for shape in shapes}
    for points, possible, passed in Submission.objects.values_list("points", "possible", "passed"):
        assert passed == (points >= 0.8 * possible)


def test_those_whom_you_can_sign_in_as_have_something_to_see(shapes: Sequence[LessonShape]) -> None:
    made = make(shapes)
    assert made.learner.submissions.count() >= 2
    assert 10 < managed_people(made.manager).count() < managed_people(made.data_officer).count()
    assert managed_units(made.data_officer).count() == Unit.objects.filter(agency=made.data_officer.unit.agency).count()  # type: ignore[union-attr]
    assert made.trainer.cohorts_taught.get().members.count() > 5


@pytest.fixture
def installation_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Source, db: None) -> None:
    monkeypatch.setattr(home, "VAR", tmp_path)
    monkeypatch.setattr("tracker.start.prepare_database", lambda: sync_lessons([source]))


@pytest.mark.usefixtures("installation_of_its_own")
def test_the_command_says_whom_you_can_sign_in_as_and_makes_the_state_only_once() -> None:
    done = CliRunner().invoke(demo.demo, ["--people", "150", "--agencies", "3", "--seed", "2"])
    assert done.exit_code == 0, done.output
    assert "A made-up state: 3 agencies" in done.output
    lines = [line.split() for line in done.output.splitlines() if "@" in line]
    assert [line[0] for line in lines] == [
        *("learner", "manager", "trainer", "data-officer", "statewide", "administrator"),
        *("large-learner", "large-manager", "large-data-officer", "large-trainer"),
    ]
    for _, address, password in lines:
        assert authenticate(username=address, password=password) is not None
    assert Agency.objects.filter(name__contains="made up").count() == 5
    again = CliRunner().invoke(demo.demo, ["--people", "150"])
    assert again.exit_code == 1
    assert re.search("There is a made-up state already", again.output)
    assert Person.objects.filter(email__regex=r"\.\d+@").count() == 150


@pytest.mark.usefixtures("installation_of_its_own")
def test_without_options_there_is_the_small_agency_alone() -> None:
    done = CliRunner().invoke(demo.demo)
    assert done.exit_code == 0, done.output
    assert set(Agency.objects.values_list("name", flat=True)) == {demo.AGENCY, demo.OTHER_AGENCY}
    officer = Person.objects.get(email="data-officer@example.org")
    assert officer.agencies_overseen.get().name == demo.AGENCY
    dues = due_of(Person.objects.all(), list(Lesson.objects.all()), timezone.localdate())
    overdue = Person.objects.filter(pk__in=[person for (person, _), due in dues.items() if due.overdue])
    assert set(overdue.values_list("unit__name", flat=True)) == {demo.FIELD}
    assert Person.objects.get(email="statewide@example.org").sees_statewide


def test_work_falls_on_working_days() -> None:
    random = Random(3)
    for hours in range(0, 24 * 14, 5):
        at = work._working_hour(NOW + timedelta(hours=hours), random)
        assert at.weekday() < 5
        assert 8 <= at.hour < 17
