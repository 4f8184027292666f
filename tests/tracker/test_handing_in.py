"""Handing in a notebook, from the practice page and by upload."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import re
import threading
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from autograder.notebook.repair import MAXIMUM_BYTES
from tests.tracker.cast import Cast
from tracker.learning.models import Lesson, Start, StoredNotebook, Submission
from tracker.learning.submissions import PER_MINUTE, notebook_of
from tracker.people.models import Person

SUBMIT = "/api/lessons/add-numbers/submissions"
UPLOAD = "/my/lessons/add-numbers/"
NOTEBOOK = "application/x-ipynb+json"


def send(browser: Client, content: bytes = b'{"cells": []}', **headers: Any) -> Any:
    return browser.post(SUBMIT, content, content_type=NOTEBOOK, **headers)


def upload(browser: Client, content: bytes, name: str = "work.ipynb", **fields: str) -> Any:
    return browser.post(UPLOAD, {"notebook": SimpleUploadedFile(name, content), **fields})


def test_the_practice_page_is_told_where_the_result_will_be(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    answer = send(as_(cast.learner))
    submission = Submission.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": submission.pk,
        "url": f"/api/submissions/{submission.pk}",
        "results": f"/my/results/{submission.pk}/",
    }
    assert submission.way == "browser"


def test_a_notebook_sent_again_because_no_answer_came_is_stored_once(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    browser, key = as_(cast.learner), {"HTTP_IDEMPOTENCY_KEY": "the click at ten past two"}
    first = send(browser, b"my work", **key)
    Submission.objects.update(state="problem")
    again = send(browser, b"my work", **key)
    assert (again.status_code, again.json()) == (201, first.json())
    # The same words from somebody else, another notebook, or no words at all: handed in anew.
    others = [send(as_(cast.colleague), b"my work", **key), send(browser, b"other work", **key)]
    others += [send(browser, b"my work"), send(browser, b"my work")]
    assert len({answer.json()["id"] for answer in [first, *others]}) == 5
    assert Submission.objects.count() == 5


def test_an_upload_form_sent_twice_is_one_try(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    browser = as_(cast.learner)
    keys = [re.search(r'name="key" value="(\w+)"', browser.get(UPLOAD).content.decode()) for _ in range(2)]
    words = [key[1] for key in keys if key]
    sent = [upload(browser, b"work", key=word)["Location"] for word in (words[0], words[0], words[1])]
    assert sent[0] == sent[1] != sent[2]
    assert Submission.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_notebook_sent_by_many_threads_at_once_is_stored_once(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    browsers, answers = [as_(cast.learner) for _ in range(6)], []
    start = threading.Barrier(len(browsers))

    def hand_in(browser: Client) -> None:
        start.wait()
        try:
            answers.append(send(browser, b"my work", HTTP_IDEMPOTENCY_KEY="one click").json()["id"])
        finally:
            connection.close()

    threads = [threading.Thread(target=hand_in, args=[browser]) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == len(browsers)
    assert [*set(answers)] == [Submission.objects.get().pk]


def test_an_upload_leads_to_the_result(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    answer = upload(as_(cast.learner), b"work")
    submission = Submission.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/my/results/{submission.pk}/"
    assert (submission.way, submission.person) == ("upload", cast.learner)


@pytest.mark.django_db(transaction=True)
def test_a_submission_is_on_the_disk_before_it_is_acknowledged(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    content = b'{"cells": ["work"]}'
    number = send(as_(cast.learner), content).json()["id"]
    other = connections["default"].copy()
    with contextlib.closing(other), other.cursor() as cursor:
        cursor.execute(
            "SELECT state, sha256, size, gzipped FROM learning_submission"
            " JOIN learning_storednotebook ON submission_id = id WHERE id = %s",
            [number],
        )
        row = cursor.fetchone()
    assert row[:3] == ("waiting", hashlib.sha256(content).hexdigest(), len(content))
    assert gzip.decompress(row[3]) == content


@pytest.mark.django_db(transaction=True)
def test_a_submission_that_cannot_be_stored_is_not_acknowledged(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(**facts: object) -> None:
        raise OperationalError("database or disk is full")

    browser = as_(cast.learner)
    browser.raise_request_exception = False
    monkeypatch.setattr(StoredNotebook.objects, "create", full_disk)
    answer = send(browser)
    assert answer.status_code == 500
    assert "went wrong on our side" in answer.json()["message"]
    assert not Submission.objects.exists()


@pytest.mark.sqlite_only
def test_the_database_writes_ahead_and_waits_for_the_disk(db: None) -> None:
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=5_000))
def test_whatever_was_handed_in_comes_back_to_the_byte(
    content: bytes, cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    Submission.objects.all().delete()
    browser = as_(cast.learner)
    number = send(browser, content).json()["id"]
    assert notebook_of(Submission.objects.get()) == content
    answer = browser.get(f"/my/results/{number}/notebook")
    assert answer.content == content
    assert answer["Content-Disposition"] == f'attachment; filename="add-numbers-{number}.ipynb"'
    assert answer["Content-Type"] == "application/octet-stream"


def test_who_is_signed_out_is_told_to_sign_in(lesson: Lesson, client: Client) -> None:
    answer = send(client)
    assert answer.status_code == 401
    assert answer.json() == {"message": "Sign in first, then submit again. Your work stays in this browser."}
    assert not Submission.objects.exists()


def test_a_lesson_that_is_off_the_list_takes_nothing(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    Lesson.objects.update(position=None)
    assert send(as_(cast.learner)).status_code == 404
    assert upload(as_(cast.learner), b"work").status_code == 404
    assert not Submission.objects.exists()


def test_an_empty_body_is_refused(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    answer = send(as_(cast.learner), b"")
    assert answer.status_code == 400
    assert "is empty" in answer.json()["message"]


def test_five_megabytes_are_taken_and_one_byte_more_is_not(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    largest = settings.LARGEST_NOTEBOOK
    assert send(as_(cast.learner), b"x" * largest).status_code == 201
    answer = send(as_(cast.learner), b"x" * (largest + 1))
    assert answer.status_code == 413
    assert "larger than 5 MB" in answer.json()["message"]
    assert "Clear the outputs" in answer.json()["message"]
    assert Submission.objects.get().size == largest


def test_the_grader_takes_what_the_tracker_takes() -> None:
    assert settings.LARGEST_NOTEBOOK == MAXIMUM_BYTES


class Endless(io.RawIOBase):
    """A body of many megabytes that exist only while they are read."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        size = self.left if size < 0 else min(size, self.left)
        self.left -= size
        return b"x" * size


@pytest.mark.parametrize("path", [SUBMIT, UPLOAD])
def test_fifty_megabytes_are_refused_without_holding_them(
    path: str, cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    body = Endless(50_000_000)
    browser = as_(cast.learner)
    raw: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": "50000000", "CONTENT_TYPE": NOTEBOOK}
    tracemalloc.start()
    try:
        answer = browser.generic("POST", path, b"", **raw)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.status_code == 413
    assert "larger than 5 MB" in answer.content.decode()
    # Read to its end, or the browser would see a broken connection in place of the message.
    assert body.left == 0
    assert most < 3_000_000
    assert not Submission.objects.exists()


def test_too_large_an_upload_is_explained_on_the_form(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    answer = upload(as_(cast.learner), b"x" * (settings.LARGEST_NOTEBOOK + 1))
    assert answer.status_code == 413
    assert "larger than 5 MB" in answer.content.decode()


@pytest.mark.parametrize("data", [{}, {"notebook": ""}])
def test_an_upload_without_a_file_is_explained(
    data: dict[str, str], cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    answer = as_(cast.learner).post(UPLOAD, data)
    assert answer.status_code == 422
    assert "Choose a file first." in answer.content.decode()


def test_the_eleventh_within_a_minute_is_asked_to_wait(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    browser = as_(cast.learner)
    statuses = [send(browser).status_code for _ in range(PER_MINUTE + 1)]
    assert statuses == [201] * PER_MINUTE + [429]
    answer = send(browser)
    assert "Wait a minute" in answer.json()["message"]
    assert upload(browser, b"work").status_code == 429
    # Others are not held up, and a minute later all is well again.
    assert send(as_(cast.colleague)).status_code == 201
    Submission.objects.update(received_at=timezone.now() - timedelta(seconds=61))
    assert send(browser).status_code == 201


def test_without_the_token_nothing_is_taken(cast: Cast, lesson: Lesson) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.learner)
    answer = send(browser)
    assert answer.status_code == 403
    assert "load the page again" in answer.json()["message"]
    token = browser.get("/api/session").json()["csrf"]
    assert send(browser, headers={"X-CSRFToken": token}).status_code == 201
    answer = upload(browser, b"work")
    assert answer.status_code == 403
    assert Submission.objects.count() == 1


def test_the_session_says_who_is_here(cast: Cast, as_: Callable[..., Client]) -> None:
    nobody = as_(None).get("/api/session").json()
    assert (nobody["signed_in"], nobody["name"]) == (False, None)
    answer = as_(cast.learner).get("/api/session")
    assert (answer.json()["signed_in"], answer.json()["name"]) == (True, "Lena Lernfeld")
    assert "no-store" in answer["Cache-Control"]


def test_the_practice_page_can_follow_the_grading(
    cast: Cast, as_: Callable[..., Client], hand_in: Callable[..., Submission], grade_waiting: Callable[..., None]
) -> None:
    submission = hand_in(cast.learner)
    ask = f"/api/submissions/{submission.pk}"
    browser = as_(cast.learner)
    waiting = browser.get(ask).json()
    assert waiting == {
        "state": "waiting",
        "points": None,
        "possible": None,
        "passed": None,
        "message": "Your notebook is stored and waits to be graded.",
        "results": f"/my/results/{submission.pk}/",
    }
    Submission.objects.update(state="grading")
    assert browser.get(ask).json()["state"] == "grading"
    Submission.objects.update(state="waiting")
    grade_waiting(4)
    done = browser.get(ask).json()
    assert (done["state"], done["points"], done["possible"], done["passed"]) == ("graded", 4, 5, True)


def test_opening_the_practice_page_or_the_download_counts_as_started(
    cast: Cast, lesson: Lesson, site: Path, as_: Callable[..., Client]
) -> None:
    as_(None).get("/practice/add-numbers.html")
    assert not Start.objects.exists()
    browser = as_(cast.learner)
    browser.head("/practice/add-numbers.html")
    assert not Start.objects.exists()
    for path in ("/practice/add-numbers.html", "/downloads/add-numbers.zip", "/downloads/add-numbers.ipynb"):
        assert browser.get(path).status_code == 200
    start = Start.objects.get()
    assert (start.person, start.lesson) == (cast.learner, lesson)
    # A page of no lesson is served like any other.
    assert browser.get("/practice/unknown.html").status_code == 200
    assert browser.get("/practice/not-there.html").status_code == 404
    assert Start.objects.count() == 1


def test_a_file_that_is_no_notebook_is_kept_and_explained(
    cast: Cast, as_: Callable[..., Client], hand_in: Callable[..., Submission], grade_for_real: Callable[[], None]
) -> None:
    submission = hand_in(cast.learner, b"Dear trainer, please find attached \xff\xfe")
    grade_for_real()
    submission.refresh_from_db()
    assert (submission.state, submission.outcome, submission.points) == ("graded", "not-a-notebook", 0)
    page = as_(cast.learner).get(f"/my/results/{submission.pk}/").content.decode()
    assert "This file is not a notebook." in page
    assert ".ipynb" in page
    assert notebook_of(submission).startswith(b"Dear trainer")
    answer = as_(cast.learner).get(f"/api/submissions/{submission.pk}").json()
    assert (answer["state"], answer["passed"]) == ("graded", False)
    assert answer["message"] == "This file is not a notebook."


def test_a_notebook_is_graded_for_real(
    cast: Cast, hand_in: Callable[..., Submission], solved: bytes, grade_for_real: Callable[[], None]
) -> None:
    """The tracker's queue and the runner's sandbox together."""
    submission = hand_in(cast.learner, solved)
    grade_for_real()
    submission.refresh_from_db()
    assert (submission.state, submission.points, submission.possible, submission.passed) == ("graded", 5, 5, True)
    results = {row.task: row for row in submission.task_results.all()}
    assert results["total"].outcome == "correct"
    assert results["my-agency"].answer == "Visits, by office."
    assert results["my-agency"].rubric == ["Names two numbers", "Says why they may be added"]


def test_a_wrong_answer_gets_its_message(
    cast: Cast, hand_in: Callable[..., Submission], solved: bytes, grade_for_real: Callable[[], None]
) -> None:
    notebook = json.loads(solved)
    next(cell for cell in notebook["cells"] if cell["id"] == "total")["source"] = "total = 6"
    submission = hand_in(cast.learner, json.dumps(notebook).encode())
    grade_for_real()
    submission.refresh_from_db()
    assert (submission.points, submission.passed) == (1, False)
    assert submission.task_results.get(task="total").message == "Count once more."


def test_people_are_not_mixed_up(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    for person in (cast.learner, cast.colleague):
        assert send(as_(person), person.name.encode()).status_code == 201
    for person in Person.objects.filter(submissions__isnull=False):
        assert notebook_of(person.submissions.get()) == person.name.encode()
