"""What the academy stores about a person: they see all of it, take it along, and can have it deleted."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.db import models
from django.test import Client
from django.urls import reverse

from tests.tracker.cast import Cast
from tracker.audit.log import note
from tracker.audit.models import Entry
from tracker.certificates.making import make
from tracker.certificates.models import Certificate
from tracker.learning.models import Review, Start, StoredNotebook, Submission, TaskResult
from tracker.learning.reviews import review
from tracker.learning.submissions import note_start
from tracker.people.models import FailedSignIn, Person
from tracker.records import deleting
from tracker.records.models import DeletionRequest
from tracker.records.rooms import ROOMS, personal_data

pytestmark = pytest.mark.django_db
Browser = Callable[[Person | None], Client]
HandIn = Callable[..., Submission]

PASSWORD = {"confirmation": "correct horse battery"}

# Models with a link to people that no room speaks for, and why not.
EXCEPTIONS: dict[str, str] = {}


@pytest.fixture
def busy(cast: Cast, graded_submission: HandIn) -> Person:
    """The learner, with something in every list of the rooms that these tests look into."""
    note_start(cast.learner, "add-numbers")
    submission = graded_submission(cast.learner, 4, text="SECRET ANSWER", message="SECRET FEEDBACK")
    review(submission.task_results.get(manual=True), cast.trainer, 1, "SECRET COMMENT")
    other = graded_submission(cast.colleague, 4, text="COLLEAGUE'S ANSWER")
    review(other.task_results.get(manual=True), cast.learner, 2, "COMMENT BY LENA")
    make(cast.learner, "lesson", "add-numbers")
    FailedSignIn.objects.create(email=cast.learner.email)
    note(cast.learner, "team.export", "Signs", rows=2)
    return cast.learner


def unzipped(answer: object) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as zipped:  # type: ignore[attr-defined]
        assert zipped.testzip() is None
        return {name: zipped.read(name) for name in zipped.namelist()}


# No room is forgotten


def linked_models() -> set[str]:
    """Every model that has a link to a person, as Django names it."""
    return {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model is Person
    }


def test_every_model_with_a_link_to_people_is_spoken_for() -> None:
    covered = [label for room in ROOMS for label in room.COVERS]
    assert len(covered) == len(set(covered))
    assert linked_models() - set(covered) - set(EXCEPTIONS) == set()
    assert {apps.get_model(label)._meta.label for label in [*covered, *EXCEPTIONS]} == {*covered, *EXCEPTIONS}


def test_every_room_that_has_personal_data_is_asked() -> None:
    from tracker.home import HOME

    found = {path.parent.name for path in (HOME / "tracker").glob("*/personal.py")}
    assert found == {room.__name__.split(".")[1] for room in ROOMS}  # type: ignore[attr-defined]


def test_every_list_has_a_name_of_its_own_and_says_what_it_is_in_a_sentence(cast: Cast) -> None:
    lists = personal_data(cast.learner)
    assert len({stored.name for stored in lists}) == len(lists)
    for stored in lists:
        assert stored.says.endswith(".") and stored.on_deletion.endswith(".")


# The download


def test_a_person_takes_everything_along(busy: Person, as_: Browser) -> None:
    files = unzipped(as_(busy).get("/my/data/everything.zip"))
    everything = json.loads(files["everything.json"])
    assert everything["account"][0]["work email"] == "lena@example.org"
    assert {"you are": "member", "of": "Monday group"} in everything["groups"]
    assert everything["lessons-opened"][0]["lesson"] == "add-numbers"
    (submission,) = everything["submissions"]
    assert (submission["points"], submission["passed"]) == (4, True)
    texts = files["everything.json"].decode()
    for words in ("SECRET ANSWER", "SECRET FEEDBACK", "SECRET COMMENT", "COMMENT BY LENA", "team.export"):
        assert words in texts
    assert everything["certificates"][0]["title"] == "Add numbers"
    number = Submission.objects.get(person=busy).pk
    assert files[f"notebooks/add-numbers-{number}.ipynb"] == b"a notebook"


def test_the_tables_hold_the_same_as_the_json(busy: Person, as_: Browser) -> None:
    files = unzipped(as_(busy).get("/my/data/everything.zip"))
    everything = json.loads(files["everything.json"])
    for name, rows in everything.items():
        assert (f"{name}.csv" in files) == bool(rows)
        if rows:
            table = list(csv.DictReader(io.StringIO(files[f"{name}.csv"].decode("utf-8-sig"))))
            assert [set(row) for row in table] == [set(row) for row in rows]


def test_the_readme_explains_every_list_and_what_is_left_out(busy: Person, as_: Browser) -> None:
    files = unzipped(as_(busy).get("/my/data/everything.zip"))
    readme = files["README.txt"].decode()
    for stored in personal_data(busy):
        assert stored.says in readme
    assert "Two things are left out: your password" in readme
    assert busy.password not in str(files)


def test_nobody_else_s_words_and_names_are_in_it(busy: Person, cast: Cast, as_: Browser) -> None:
    for person, words in ((busy, ("COLLEAGUE'S ANSWER", "Cole", "Theo")), (cast.colleague, ("SECRET", "Lena Lern"))):
        texts = b"".join(unzipped(as_(person).get("/my/data/everything.zip")).values()).decode(errors="replace")
        assert not [word for word in words if word in texts]


def test_nothing_in_a_table_runs_as_a_formula(busy: Person, as_: Browser) -> None:
    TaskResult.objects.filter(manual=True, submission__person=busy).update(answer="=HYPERLINK(1)")
    files = unzipped(as_(busy).get("/my/data/everything.zip"))
    assert ",'=HYPERLINK(1)" in files["results.csv"].decode()
    assert '"=HYPERLINK(1)"' in files["everything.json"].decode()


def test_a_download_is_noted_with_who_did_it(busy: Person, cast: Cast, as_: Browser) -> None:
    as_(cast.administrator).get(reverse("records-export", args=[busy.pk]))
    entry = Entry.objects.get(action="records.export")
    assert (entry.actor, entry.concerning, entry.agency) == (cast.administrator, busy, None)


def test_the_page_asks_equally_often_for_little_and_for_much(
    busy: Person, as_: Browser, graded_submission: HandIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    browser = as_(busy)

    def queries() -> int:
        with django_assert_max_num_queries(60) as captured:  # type: ignore[attr-defined]
            assert browser.get("/my/data/").status_code == 200
        return len(captured)

    queries()
    before = queries()
    for number in range(4):
        graded_submission(busy, 1, text=f"try {number}")
    assert queries() == before


# Asking to be deleted


def test_a_request_waits_for_an_administrator_and_deletes_nothing(busy: Person, as_: Browser) -> None:
    answer = as_(busy).post("/my/data/delete/", PASSWORD, follow=True)
    assert "An administrator decides on it." in answer.content.decode()
    assert DeletionRequest.objects.get().person == busy
    assert Submission.objects.filter(person=busy).exists()
    assert Entry.objects.filter(action="records.ask", concerning=busy).exists()


def test_the_page_says_what_goes_what_stays_and_why(busy: Person, as_: Browser) -> None:
    page = " ".join(as_(busy).get("/my/data/delete/").content.decode().split())
    for words in (
        "Whoever checks one of their codes finds nothing.",
        "Stays, without your name. It is part of what the learners have.",
        "Stays, without your name and address, so that the log stays whole.",
        "Training records of state employees are records of the State.",
    ):
        assert words in page


def test_a_wrong_password_does_nothing_and_counts_as_a_wrong_sign_in(busy: Person, as_: Browser) -> None:
    FailedSignIn.objects.all().delete()
    browser = as_(busy)
    for _ in range(FailedSignIn.ALLOWED):
        answer = browser.post("/my/data/delete/", {"confirmation": "wrong"})
        assert answer.status_code == 422 and "not your password" in answer.content.decode()
    assert "Too many wrong passwords" in browser.post("/my/data/delete/", PASSWORD).content.decode()
    assert not DeletionRequest.objects.exists()


def test_who_has_no_password_here_types_their_address(busy: Person, as_: Browser) -> None:
    busy.set_unusable_password()
    busy.save()
    browser = as_(busy)
    assert "to confirm" in browser.get("/my/data/delete/").content.decode()
    assert browser.post("/my/data/delete/", {"confirmation": "cole@example.org"}).status_code == 422
    assert browser.post("/my/data/delete/", {"confirmation": " LENA@example.org"}).status_code == 302
    assert DeletionRequest.objects.exists()


def test_a_request_can_be_taken_back(busy: Person, as_: Browser) -> None:
    browser = as_(busy)
    browser.post("/my/data/delete/", PASSWORD)
    page = browser.post("/my/data/delete/", {"take_back": "yes"}, follow=True).content.decode()
    assert "You took your request back. Nothing was deleted." in page
    assert not DeletionRequest.objects.exists()


def test_an_administrator_refuses_with_a_reason_that_the_person_reads(busy: Person, cast: Cast, as_: Browser) -> None:
    deleting.ask(busy)
    browser = as_(cast.administrator)
    assert "1 person waits to be deleted" in browser.get("/records/").content.decode()
    path = reverse("records-person", args=[busy.pk])
    assert browser.post(path, {"reason": ""}).status_code == 422
    assert browser.post(path, {"reason": "We must keep it until 2030."}).status_code == 302
    assert "We must keep it until 2030." in as_(busy).get("/my/data/").content.decode()
    assert "Nobody waits to be deleted" in browser.get("/records/").content.decode()
    assert Person.objects.filter(pk=busy.pk).exists()


def test_an_installation_may_delete_at_once(busy: Person, as_: Browser, settings: LazySettings) -> None:
    settings.DELETION_WAITS = False
    browser = as_(busy)
    page = browser.post("/my/data/delete/", PASSWORD).content.decode()
    assert "You are deleted" in page
    assert not Person.objects.filter(pk=busy.pk).exists()
    assert browser.get("/my/")["Location"].startswith("/sign-in/")


# Deleting


def test_an_administrator_deletes_by_typing_the_address(busy: Person, cast: Cast, as_: Browser) -> None:
    path = reverse("records-delete", args=[busy.pk])
    browser = as_(cast.administrator)
    assert browser.post(path, {"confirmation": "cole@example.org"}).status_code == 422
    assert Person.objects.filter(pk=busy.pk).exists()
    assert browser.post(path, {"confirmation": "lena@example.org"}).status_code == 302
    assert not Person.objects.filter(pk=busy.pk).exists()


def test_nothing_of_a_deleted_person_is_left_in_any_table(busy: Person, cast: Cast) -> None:
    number = busy.pk
    deleting.ask(busy)
    deleting.delete(busy, by=cast.administrator)
    for model in (Submission, Start, Certificate, DeletionRequest):
        assert not model.objects.filter(person=number).exists()  # type: ignore[attr-defined]
    assert StoredNotebook.objects.count() == 1
    assert [result.submission.person for result in TaskResult.objects.filter(manual=True)] == [cast.colleague]
    assert everything_stored_that_says("lena lernfeld", "lena@example.org") == []


def test_a_review_by_a_trainer_who_leaves_stays_without_the_name(
    busy: Person, cast: Cast, as_: Browser, graded_submission: HandIn
) -> None:
    deleting.delete(cast.trainer, by=cast.administrator)
    kept = Review.objects.get(task_result__submission__person=busy)
    assert (kept.points, kept.comment, kept.reviewer) == (1, "SECRET COMMENT", None)
    page = as_(busy).get(reverse("result", args=[kept.task_result.submission_id])).content.decode()
    assert "SECRET COMMENT" in page and "from a trainer" in page and "Theo" not in page


def test_the_log_keeps_that_somebody_was_deleted_and_by_whom(busy: Person, cast: Cast) -> None:
    deleting.delete(busy, by=cast.administrator)
    entry = Entry.objects.get(action="records.delete")
    assert entry.actor == cast.administrator
    assert entry.about.startswith("a person who has left (")


def test_who_deletes_themselves_leaves_no_name_in_the_log_either(busy: Person, settings: LazySettings) -> None:
    settings.DELETION_WAITS = False
    deleting.ask(busy)
    entry = Entry.objects.get(action="records.delete")
    assert entry.actor is None and entry.actor_name == entry.about
    assert entry.about.startswith("a person who has left (")


def test_the_code_of_a_deleted_person_s_certificate_says_nothing(busy: Person, cast: Cast, client: Client) -> None:
    code = Certificate.objects.get().code
    assert client.get(f"/verify/{code}/").status_code == 200
    deleting.delete(busy, by=cast.administrator)
    assert client.get(f"/verify/{code}/").status_code == 404


def test_the_last_administrator_cannot_go(cast: Cast, as_: Browser) -> None:
    answer = as_(cast.administrator).post("/my/data/delete/", PASSWORD)
    assert answer.status_code == 422
    assert "Make somebody else an administrator first" in answer.content.decode()
    path = reverse("records-delete", args=[cast.administrator.pk])
    assert as_(cast.administrator).post(path, {"confirmation": "adam@example.org"}).status_code == 422
    Person.objects.filter(pk=cast.manager.pk).update(is_administrator=True)
    deleting.delete(cast.administrator, by=cast.manager)
    assert not Person.objects.filter(name="Adam Adminson").exists()


@pytest.mark.parametrize(
    "role", ["learner", "colleague", "manager", "trainer", "outsider", "data_officer", "statewide"]
)
def test_whoever_leaves_the_database_stays_whole(role: str, busy: Person, cast: Cast) -> None:
    deleting.delete(cast.people()[role], by=cast.administrator)
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.all():
            for field in model._meta.concrete_fields:
                if field.is_relation and getattr(row, field.attname) is not None:
                    assert getattr(row, field.name) is not None


def everything_stored_that_says(*words: str) -> list[str]:
    """Rows of any table, with one of the words in a text of theirs."""
    return [
        f"{model._meta.label} {row.pk}"
        for model in apps.get_models(include_auto_created=True)
        for row in model._base_manager.all()
        if any(
            word in str(getattr(row, field.attname)).lower() for field in model._meta.concrete_fields for word in words
        )
    ]
