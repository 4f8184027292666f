"""The grading queue: whatever happens to a worker, nothing is lost, nothing is graded twice, and no failure is a zero."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from autograder.notebook import Lesson as Source
from tests.tracker.cast import Cast
from tests.tracker.grades import graded, our_failure, rejected
from tracker.learning import grading
from tracker.learning.grading import Graded, grade_next
from tracker.learning.models import Lesson, Submission, TaskResult
from tracker.learning.progress import State, progress_of
from tracker.learning.submissions import notebook_of
from tracker.people.models import Person
from tracker.people.scopes import oneself

ROOT = Path(__file__).parents[2]


class Killed(BaseException):
    """The worker is dead: no handler of its own may run."""


def later(minutes: float) -> None:
    """Let time pass for every row: leases run out, pauses end."""
    passed = timedelta(minutes=minutes)
    for row in Submission.objects.all():
        row.not_before -= passed
        if row.lease_until:
            row.lease_until -= passed
        row.save()


def test_the_one_that_has_waited_longest_is_graded_first(
    cast: Cast, source: Source, hand_in: Callable[..., Submission]
) -> None:
    first, second = hand_in(cast.learner, b"first"), hand_in(cast.colleague, b"second")
    Submission.objects.filter(pk=second.pk).update(received_at=timezone.now() - timedelta(hours=1))
    order: list[bytes] = []

    def grade(slug: str, notebook: bytes) -> Graded:
        order.append(notebook)
        return graded(source, 5)

    while grade_next(grade):
        pass
    assert order == [b"second", b"first"]
    assert first.pk < second.pk


def test_an_empty_queue_says_so(db: None) -> None:
    assert grade_next() is False


def test_a_result_is_stored_with_its_tasks_and_the_lesson_s_version(
    cast: Cast, source: Source, graded_submission: Callable[..., Submission]
) -> None:
    submission = graded_submission(cast.learner, 4, text="ours")
    assert (submission.points, submission.possible, submission.passed) == (4, 5, True)
    assert (submission.outcome, submission.lesson_version) == ("graded", source.version)
    rows = submission.task_results.values_list("number", "task", "manual", "points", "possible", "answer")
    assert list(rows) == [
        (1, "total", False, 4, 4, ""),
        (2, "half", False, 0, 1, ""),
        (3, "my-agency", True, 0, 2, "ours"),
    ]


# Every place at which a worker can die: before and after each step of grading one submission.
STEPS = ["claim_next", "notebook_of", "grade", "record", "_task_results", "carry_review"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_between_any_two_steps_loses_nothing(
    step: str,
    moment: str,
    cast: Cast,
    source: Source,
    hand_in: Callable[..., Submission],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submission = hand_in(cast.learner, b"my work")
    runs = Counter[bytes]()

    def grade(slug: str, notebook: bytes) -> Graded:
        runs[notebook] += 1
        return graded(source, 4, text="ours")

    with monkeypatch.context() as patch:
        # A killed process cleans nothing up.
        patch.setattr(grading, "hand_back", lambda submission: None)
        if step == "grade":
            dying = killed(grade, moment)
        else:
            patch.setattr(grading, step, killed(getattr(grading, step), moment))
            dying = grade
        with pytest.raises(Killed):
            grade_next(dying)
    submission.refresh_from_db()
    recorded = submission.state == "graded"
    assert recorded == ((step, moment) == ("record", "after"))
    assert submission.points == (4 if recorded else None)
    assert TaskResult.objects.count() == (3 if recorded else 0)

    # Before the lease is over, the row belongs to the dead worker (or was never claimed); then it comes back.
    later(minutes=11)
    while grade_next(grade):
        pass
    submission.refresh_from_db()
    assert (submission.state, submission.points) == ("graded", 4)
    assert TaskResult.objects.count() == 3
    assert notebook_of(submission) == b"my work"


def killed(function: Callable[..., Any], moment: str) -> Callable[..., Any]:
    def dying(*args: object) -> Any:
        if moment == "after":
            function(*args)
        raise Killed

    return dying


def test_a_claimed_row_is_nobody_else_s_until_its_lease_is_over(
    cast: Cast, source: Source, hand_in: Callable[..., Submission]
) -> None:
    hand_in(cast.learner)
    assert grading.claim_next() is not None
    assert grading.claim_next() is None
    later(minutes=9)
    assert grading.claim_next() is None
    later(minutes=2)
    assert grading.claim_next() is not None


def test_a_worker_that_was_too_slow_records_nothing(
    cast: Cast, source: Source, hand_in: Callable[..., Submission]
) -> None:
    hand_in(cast.learner)
    slow = grading.claim_next()
    later(minutes=11)
    quick = grading.claim_next()
    assert slow and quick
    assert grading.record(slow, graded(source, 0)) is False
    assert not TaskResult.objects.exists()
    assert grading.record(quick, graded(source, 5)) is True
    assert grading.record(slow, graded(source, 0)) is False
    assert grading.record(quick, graded(source, 0)) is False
    submission = Submission.objects.get()
    assert (submission.state, submission.points) == ("graded", 5)
    assert TaskResult.objects.count() == 3
    grading.postpone(slow, "too late")
    grading.hand_back(slow)
    assert Submission.objects.get().state == "graded"


def test_a_notebook_that_kills_three_workers_is_set_aside(
    cast: Cast, source: Source, hand_in: Callable[..., Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(cast.learner)
    monkeypatch.setattr(grading, "hand_back", lambda submission: None)
    for _ in range(3):
        with pytest.raises(Killed):
            grade_next(killed(lambda *args: None, "before"))
        later(minutes=11)
    assert grade_next(lambda slug, notebook: graded(source, 5)) is False
    submission = Submission.objects.get()
    assert (submission.state, submission.points, submission.message) == ("problem", None, grading.OUR_FAILURE)


def test_a_failure_of_ours_is_tried_three_times_and_never_a_zero(
    cast: Cast, source: Source, lesson: Lesson, hand_in: Callable[..., Submission], as_: Callable[..., Client]
) -> None:
    submission = hand_in(cast.learner)
    for attempt in (1, 2, 3):
        assert grade_next(lambda slug, notebook: our_failure(source)) is True
        submission.refresh_from_db()
        assert (submission.attempts, submission.points, submission.passed) == (attempt, None, False)
        assert submission.log == "no sandbox today"
        assert submission.state == ("waiting" if attempt < 3 else "problem")
        # It rests for a while, longer after the second failure than after the first.
        assert grade_next(lambda slug, notebook: graded(source, 5)) is False
        later(minutes=3)
    assert not TaskResult.objects.exists()
    progress = progress_of(oneself(cast.learner), [lesson])[cast.learner.pk, lesson.pk]
    assert (progress.state, progress.best, progress.problem) == (State.SUBMITTED, None, True)
    page = as_(cast.learner).get(f"/my/results/{submission.pk}/").content.decode()
    assert "Your notebook is safe and this does not count against you." in page
    assert "0 of" not in page
    answer = as_(cast.learner).get(f"/api/submissions/{submission.pk}").json()
    assert (answer["state"], answer["points"], answer["message"]) == ("problem", None, grading.OUR_FAILURE)
    assert "Submitted" in as_(cast.manager).get("/team/").content.decode()


def test_the_pauses_grow(cast: Cast, source: Source, hand_in: Callable[..., Submission]) -> None:
    submission = hand_in(cast.learner)
    pauses = []
    for _ in range(2):
        grade_next(lambda slug, notebook: our_failure(source))
        submission.refresh_from_db()
        pauses.append(submission.not_before - timezone.now())
        later(minutes=3)
    assert timedelta(seconds=15) < pauses[0] < timedelta(seconds=25)
    assert timedelta(seconds=100) < pauses[1] < timedelta(seconds=125)


def test_an_error_in_the_grader_is_a_failure_of_ours(
    cast: Cast, source: Source, hand_in: Callable[..., Submission]
) -> None:
    submission = hand_in(cast.learner)

    def broken(slug: str, notebook: bytes) -> Graded:
        raise RuntimeError("a bug")

    assert grade_next(broken) is True
    submission.refresh_from_db()
    assert (submission.state, submission.points, submission.attempts) == ("waiting", None, 1)
    later(minutes=3)
    assert grade_next(lambda slug, notebook: graded(source, 5)) is True
    submission.refresh_from_db()
    assert (submission.state, submission.points) == ("graded", 5)


def test_a_lesson_whose_source_is_gone_costs_the_learner_nothing(
    cast: Cast, hand_in: Callable[..., Submission], settings: object, tmp_path: Path
) -> None:
    submission = hand_in(cast.learner)
    settings.LESSONS_FOLDER = tmp_path  # type: ignore[attr-defined]
    assert grade_next() is True
    submission.refresh_from_db()
    assert (submission.state, submission.points) == ("waiting", None)


def test_a_lesson_is_graded_beside_its_tables_and_worksheets(
    cast: Cast, hand_in: Callable[..., Submission], solved: bytes, settings: object, tmp_path: Path
) -> None:
    settings.LESSONS_FOLDER = shutil.copytree(settings.LESSONS_FOLDER, tmp_path / "lessons")  # type: ignore[attr-defined]
    file = tmp_path / "lessons" / "add-numbers" / "lesson.md"
    text = file.read_text(encoding="utf-8")
    check = 'from pathlib import Path as _Path\nassert {*_Path().iterdir()} == {_Path("towns.csv"), '
    check += '_Path("towns-with-total.csv"), _Path("citation.json")}, "Files are missing."\nassert half'
    text = text.replace("data: []", "data: [towns]\n  worksheets: [citation]").replace("assert half", check)
    file.write_text(text, encoding="utf-8")
    submission = hand_in(cast.learner, solved)
    assert grade_next() is True
    submission.refresh_from_db()
    assert (submission.state, submission.points) == ("graded", 5)


def test_a_machine_without_a_sandbox_grades_nothing_and_uses_up_no_attempt(
    cast: Cast, hand_in: Callable[..., Submission]
) -> None:
    submission = hand_in(cast.learner)

    def no_sandbox(slug: str, notebook: bytes) -> Graded:
        raise grading.CannotGradeHere("“bwrap” is missing.")

    with pytest.raises(grading.CannotGradeHere):
        grade_next(no_sandbox)
    submission.refresh_from_db()
    assert (submission.state, submission.attempts) == ("waiting", 0)


def test_a_worker_that_is_stopped_gives_its_row_back_at_once(
    cast: Cast, source: Source, hand_in: Callable[..., Submission]
) -> None:
    submission = hand_in(cast.learner)

    def stopped(slug: str, notebook: bytes) -> Graded:
        raise SystemExit

    with pytest.raises(SystemExit):
        grade_next(stopped)
    submission.refresh_from_db()
    assert (submission.state, submission.attempts) == ("waiting", 0)
    assert grade_next(lambda slug, notebook: graded(source, 5)) is True


def test_what_was_set_aside_can_be_graded_again_by_an_administrator(
    cast: Cast, source: Source, hand_in: Callable[..., Submission], as_: Callable[..., Client]
) -> None:
    broken, done = hand_in(cast.learner), hand_in(cast.colleague)
    Submission.objects.filter(pk=broken.pk).update(state="problem", attempts=3, message=grading.OUR_FAILURE)
    while grade_next(lambda slug, notebook: graded(source, 1)):
        pass
    chosen = {"action": "send_to_be_graded_again", "_selected_action": [broken.pk, done.pk]}
    answer = as_(cast.administrator).post("/admin/learning/submission/", chosen, follow=True)
    assert "Notebooks put back into the queue: 1." in answer.content.decode()
    assert grade_next(lambda slug, notebook: graded(source, 5)) is True
    points = dict(Submission.objects.values_list("person__name", "points"))
    assert points == {"Lena Lernfeld": 5, "Cole Kollmann": 1}


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["waiting", "grading", "problem"])
def test_the_database_itself_refuses_points_without_a_grade(
    state: str, cast: Cast, hand_in: Callable[..., Submission]
) -> None:
    hand_in(cast.learner)
    for facts in ({"points": 0}, {"passed": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Submission.objects.update(state=state, **facts)


HAPPENINGS = ["5 points", "0 points", "rejected", "our failure", "a bug", "killed", "stopped"]


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings=st.lists(st.sampled_from(HAPPENINGS), max_size=8))
def test_whatever_happens_a_score_comes_from_one_grading_only(
    happenings: list[str], cast: Cast, source: Source, hand_in: Callable[..., Submission]
) -> None:
    Submission.objects.all().delete()
    submission = hand_in(cast.learner)
    failures = 0
    expected: tuple[str, float | None] = ("waiting", None)
    for happening in happenings:
        with pytest.MonkeyPatch.context() as patch:
            if happening == "killed":
                patch.setattr(grading, "hand_back", lambda submission: None)
            try:
                worked = grade_next(_happen(happening, source))
            except (Killed, SystemExit):
                worked = True
        later(minutes=11)
        if expected[0] in ("graded", "problem"):
            assert worked is False
        elif happening in ("5 points", "0 points", "rejected"):
            expected = ("graded", 5.0 if happening == "5 points" else 0.0)
        elif happening != "stopped":
            failures += 1
            expected = ("problem", None) if failures == 3 else ("waiting", None)
    grading.give_back_expired()
    submission.refresh_from_db()
    assert (submission.state, submission.points) == expected
    assert submission.task_results.count() in (0, 3)


def _happen(happening: str, source: Source) -> grading.Grade:
    def grade(slug: str, notebook: bytes) -> Graded:
        match happening:
            case "5 points":
                return graded(source, 5)
            case "0 points":
                return graded(source, 0)
            case "rejected":
                return rejected(source)
            case "our failure":
                return our_failure(source)
            case "killed":
                raise Killed
            case "stopped":
                raise SystemExit
        raise RuntimeError(happening)

    return grade


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_grade_every_notebook_once(
    cast: Cast, source: Source, lesson: Lesson, hand_in: Callable[..., Submission]
) -> None:
    people = [Person.objects.create_user(f"{n}@example.org", name=f"Person {n}", unit=cast.unit) for n in range(30)]
    for person in people:
        hand_in(person, person.email.encode())
    runs = Counter[bytes]()
    start = threading.Barrier(4)

    def grade(slug: str, notebook: bytes) -> Graded:
        runs[notebook] += 1
        time.sleep(0.002)
        return graded(source, 5)

    def work() -> None:
        start.wait()
        try:
            while grade_next(grade):
                pass
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert runs == Counter({person.email.encode(): 1 for person in people})
    assert set(Submission.objects.values_list("state", "attempts")) == {("graded", 1)}
    assert TaskResult.objects.count() == 90


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_that_is_killed_loses_nothing(
    cast: Cast,
    hand_in: Callable[..., Submission],
    solved: bytes,
    worker_environment: dict[str, str],
    processes: list[subprocess.Popen[bytes]],
) -> None:
    """SIGKILL in the middle of a real grading; a second real worker brings it to its end."""
    notebook = json.loads(solved)
    next(cell for cell in notebook["cells"] if cell["id"] == "total")["source"] = (
        "import time\ntime.sleep(4)\ntotal = 5"
    )
    submission = hand_in(cast.learner, json.dumps(notebook).encode())
    other = hand_in(cast.colleague, solved)
    command = [sys.executable, "-m", "tracker", "grade_submissions", "--only-worker"]

    first = subprocess.Popen(command, cwd=ROOT, env=worker_environment)
    processes.append(first)
    wait_until(lambda: Submission.objects.get(pk=submission.pk).state == "grading")
    time.sleep(0.5)
    first.send_signal(signal.SIGKILL)
    first.wait()
    submission.refresh_from_db()
    assert (submission.state, submission.points, submission.attempts) == ("grading", None, 1)

    second = subprocess.Popen([*command, "--until-empty"], cwd=ROOT, env=worker_environment)
    processes.append(second)
    assert second.wait(60) == 0
    for row in (submission, other):
        row.refresh_from_db()
        assert (row.state, row.points) == ("graded", 5)
        assert row.task_results.count() == 3
    assert (submission.attempts, other.attempts) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_that_is_stopped_gives_its_row_back(
    cast: Cast,
    hand_in: Callable[..., Submission],
    solved: bytes,
    worker_environment: dict[str, str],
    processes: list[subprocess.Popen[bytes]],
) -> None:
    notebook = json.loads(solved)
    next(cell for cell in notebook["cells"] if cell["id"] == "total")["source"] = "import time\ntime.sleep(30)"
    submission = hand_in(cast.learner, json.dumps(notebook).encode())
    worker = subprocess.Popen([sys.executable, "-m", "tracker", "grade_submissions"], cwd=ROOT, env=worker_environment)
    processes.append(worker)
    wait_until(lambda: Submission.objects.get(pk=submission.pk).state == "grading")
    time.sleep(0.5)
    worker.terminate()
    assert worker.wait(10) == 0
    submission.refresh_from_db()
    assert (submission.state, submission.attempts) == ("waiting", 0)


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Programs that a test starts; none outlives it."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "It did not come to pass."
        time.sleep(0.05)
