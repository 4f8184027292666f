"""What the pages say, to whom, and with how many questions to the database."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.tracker.cast import Cast
from tests.tracker.grades import graded
from tracker.learning import grading
from tracker.learning.grading import Graded
from tracker.learning.models import Lesson, Submission
from tracker.learning.reviews import review
from tracker.people.models import Cohort, FailedSignIn, Person, Unit

TEAM_PAGES = ("/team/", "/team/people/", "/team/report/")
XSS = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7|add:7 }}{% now 'Y' %}"


def page(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# Signing in


def test_people_sign_in_with_their_e_mail_in_any_case(cast: Cast, client: Client) -> None:
    data = {"username": "  LENA@Example.org ", "password": "correct horse battery"}
    answer = client.post("/sign-in/", data)
    assert (answer.status_code, answer["Location"]) == (302, "/my/")
    assert "Lena Lernfeld" in page(client, "/my/")


def test_signing_in_leads_back_to_where_one_was_and_never_to_another_host(cast: Cast, client: Client) -> None:
    data = {"username": "lena@example.org", "password": "correct horse battery"}
    assert client.post("/sign-in/", data | {"next": "/practice/add-numbers.html"})["Location"].startswith("/practice/")
    client.post("/sign-out/")
    assert client.post("/sign-in/", data | {"next": "https://evil.example/"})["Location"] == "/my/"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"username": "lena@example.org", "password": "wrong"}, "do not match"),
        ({"username": "nobody@example.org", "password": "wrong"}, "do not match"),
        ({"username": "lena", "password": "x"}, "Enter a full e-mail address"),
        ({"username": "", "password": ""}, "Enter your password."),
    ],
)
def test_a_wrong_sign_in_says_what_to_do(data: dict[str, str], words: str, cast: Cast, client: Client) -> None:
    answer = client.post("/sign-in/", data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()


def test_who_has_left_cannot_sign_in(cast: Cast, client: Client) -> None:
    Person.objects.filter(pk=cast.learner.pk).update(is_active=False)
    data = {"username": "lena@example.org", "password": "correct horse battery"}
    assert client.post("/sign-in/", data).status_code == 422


def test_guessing_is_slowed_down_and_ends_after_a_quarter_of_an_hour(cast: Cast, client: Client) -> None:
    wrong = {"username": "lena@example.org", "password": "wrong"}
    right = wrong | {"password": "correct horse battery"}
    for _ in range(FailedSignIn.ALLOWED):
        assert "do not match" in client.post("/sign-in/", wrong).content.decode()
    # Then even the right password is not tried; others can sign in.
    assert "Wait 15 minutes" in client.post("/sign-in/", right).content.decode()
    other = {"username": "cole@example.org", "password": "correct horse battery"}
    assert Client().post("/sign-in/", other).status_code == 302
    for failure in FailedSignIn.objects.all():
        failure.at -= FailedSignIn.WINDOW
        failure.save()
    assert client.post("/sign-in/", right).status_code == 302
    assert not FailedSignIn.objects.exists()


def test_signing_out_takes_a_button(cast: Cast, site: Path, as_: Callable[..., Client]) -> None:
    browser = as_(cast.learner)
    assert "Yes, sign me out" in page(browser, "/sign-out/")
    assert browser.get("/my/").status_code == 200
    assert browser.post("/sign-out/")["Location"] == "/"
    assert browser.get("/my/").status_code == 302


def test_forms_without_the_token_are_refused(cast: Cast, lesson: Lesson) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.trainer)
    for path in ("/sign-in/", "/sign-out/", "/my/lessons/add-numbers/", "/cohorts/submissions/1/"):
        answer = browser.post(path, {"x": "y"})
        assert answer.status_code == 403
        assert "This form is too old" in answer.content.decode()


def test_cookies_are_for_this_site_only(cast: Cast, client: Client) -> None:
    client.get("/sign-in/")
    client.post("/sign-in/", {"username": "lena@example.org", "password": "correct horse battery"})
    for name in ("academy_session", "academy_csrf"):
        assert client.cookies[name]["httponly"] and client.cookies[name]["samesite"] == "Lax"


# A learner's pages


def test_my_learning_shows_every_lesson_with_its_state_and_ways_on(
    cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    browser = as_(cast.learner)
    assert "You have completed 0 of 1 lesson." in text_of(page(browser, "/my/"))
    graded_submission(cast.learner, 1)
    html = page(browser, "/my/")
    assert "Needs another try" in html
    assert "best score 20 %" in html
    latest = graded_submission(cast.learner, 4)
    html = page(browser, "/my/")
    assert "You have completed 1 of 1 lesson." in text_of(html)
    assert "best score 80 % · 2 tries" in html
    ways = ("/lessons/add-numbers.html", "/practice/add-numbers.html", "/my/lessons/add-numbers/")
    for way in (*ways, f"/my/results/{latest.pk}/"):
        assert f'href="{way}"' in html


def test_a_result_says_score_pass_mark_and_feedback_by_task(
    cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    submission = graded_submission(cast.learner, 1, message="You counted the thumb twice.")
    text = text_of(page(as_(cast.learner), f"/my/results/{submission.pk}/"))
    assert "1 of 5 points (20 %)" in text
    assert "needs another try" in text
    assert "The pass mark is 80 %." in text
    assert "Task 1. The total 0 of 4 points Not yet You counted the thumb twice." in text
    assert "Task 2. The half 1 of 1 points Correct" in text
    assert "You have not written an answer yet." in text


def test_a_later_worse_try_does_not_read_as_if_completion_were_lost(
    cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 5)
    submission = graded_submission(cast.learner, 1)
    text = text_of(page(as_(cast.learner), f"/my/results/{submission.pk}/"))
    assert "stays complete" in text
    assert "needs another try" not in text
    assert "Your best score so far is 100 %." in text


def test_a_waiting_result_says_so_and_offers_to_look_again(
    cast: Cast, as_: Callable[..., Client], hand_in: Callable[..., Submission]
) -> None:
    submission = hand_in(cast.learner)
    path = f"/my/results/{submission.pk}/"
    html = page(as_(cast.learner), path)
    assert "waits to be graded" in html
    assert f'href="{path}">Refresh' in html
    # A page that reloads itself by a timer is a barrier for people who read slowly or listen.
    assert 'http-equiv="refresh"' not in html


def test_what_was_mended_in_a_notebook_is_said(
    cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    submission = graded_submission(cast.learner, 5)
    Submission.objects.filter(pk=submission.pk).update(repairs=["The answer cell of task 1 was missing."])
    html = page(as_(cast.learner), f"/my/results/{submission.pk}/")
    assert "The answer cell of task 1 was missing." in html


def test_what_comes_from_outside_is_shown_as_text_everywhere(
    cast: Cast, source: Any, as_: Callable[..., Client], hand_in: Callable[..., Submission]
) -> None:
    Person.objects.filter(pk=cast.learner.pk).update(name=XSS)
    Unit.objects.filter(people=cast.learner).update(name=XSS)
    Cohort.objects.update(name=XSS)
    submission = hand_in(Person.objects.get(pk=cast.learner.pk))

    def grade(slug: str, notebook: bytes) -> Graded:
        return graded(source, 1, text=XSS, message=XSS)

    grading.grade_next(grade)
    Submission.objects.update(repairs=[XSS], help=XSS)
    review(submission.task_results.get(manual=True), cast.trainer, 1, XSS)
    Lesson.objects.update(title=XSS, question=XSS)
    views = [
        (cast.learner, ["/my/", "/my/lessons/add-numbers/", f"/my/results/{submission.pk}/", "/sign-out/"]),
        (cast.manager, [*TEAM_PAGES, f"/team/people/{cast.learner.pk}/", f"/team/units/{cast.learner.unit_id}/"]),
        (cast.trainer, ["/cohorts/", f"/cohorts/{cast.cohort.pk}/", f"/cohorts/submissions/{submission.pk}/"]),
        (cast.administrator, ["/admin/people/person/", "/admin/learning/submission/"]),
    ]
    for person, paths in views:
        for path in paths:
            html = page(as_(Person.objects.get(pk=person.pk)), path)
            assert "<script>alert" not in html, path
            assert "<img src=x" not in html, path
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html, path
            assert "{{ 7|add:7 }}" in html, path


# A manager's and a trainer's pages


def test_the_menu_offers_what_the_viewer_may_open(cast: Cast, as_: Callable[..., Client]) -> None:
    entries = {
        role: {
            name for name in ("Team", "Cohorts", "Administration") if f">{name}</a>" in page(as_(person), "/sign-out/")
        }
        for role, person in cast.people().items()
    }
    assert entries["learner"] == entries["outsider"] == set()
    assert entries["manager"] == {"Team"}
    assert entries["trainer"] == {"Cohorts"}
    assert entries["administrator"] == {"Team", "Cohorts", "Administration"}


def test_an_empty_unit_an_empty_cohort_and_an_empty_curriculum_are_explained(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    cast.cohort.members.clear()
    assert "Nobody is in this cohort yet." in page(as_(cast.trainer), f"/cohorts/{cast.cohort.pk}/")
    Person.objects.filter(unit__agency=cast.unit.agency).exclude(pk=cast.manager.pk).update(unit=None)
    Person.objects.filter(pk=cast.manager.pk).update(unit=None)
    assert "Nobody in your units has an account yet." in page(as_(cast.manager), "/team/")
    Lesson.objects.update(position=None)
    for person, path in ((cast.manager, "/team/"), (cast.trainer, f"/cohorts/{cast.cohort.pk}/")):
        assert "There are no lessons yet." in page(as_(person), path)
    assert "There are no lessons yet." in page(as_(cast.learner), "/my/")


@pytest.mark.parametrize("path", ["/cohorts/", "/cohorts/{cohort}/", "/my/", "/my/results/{id}/"])
def test_a_page_asks_the_database_equally_often_for_one_person_and_for_three(
    path: str, cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    submission = graded_submission(cast.learner, 4, text="ours")
    viewer = {"/c": cast.trainer, "/m": cast.learner}[path[:2]]
    browser = as_(viewer)
    address = path.format(cohort=cast.cohort.pk, id=submission.pk)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    queries()
    for_one = queries()
    facts = Lesson.objects.values("title", "track", "minutes", "question", "possible", "version").get()
    for number in (1, 2):
        person = Person.objects.create_user(f"more{number}@example.org", name=f"More {number}", unit=cast.learner.unit)
        cast.cohort.members.add(person)
        Unit.objects.create(agency=cast.unit.agency, parent=cast.unit, name=f"More {number}")
        graded_submission(person, 5, text="theirs")
        graded_submission(cast.learner, 5, text=f"try {number}")
        Lesson.objects.create(slug=f"more-{number}", position=1 + number, **facts)
    assert queries() == for_one
    assert for_one <= 13


# What went wrong


@pytest.mark.parametrize(("path", "status"), [("/no-such-page", 404), ("/team/", 403), ("/my/results/99/", 404)])
def test_failures_are_pages_with_a_way_on(
    path: str, status: int, cast: Cast, site: Path, as_: Callable[..., Client]
) -> None:
    answer = as_(cast.learner).get(path)
    assert answer.status_code == status
    assert 'href="/#lessons"' in answer.content.decode()
    assert "Lena Lernfeld" in answer.content.decode()


def test_an_error_of_ours_is_a_page_too_even_when_the_database_is_what_failed(
    cast: Cast, as_: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("the database is away")

    browser = as_(cast.learner)
    browser.raise_request_exception = False
    monkeypatch.setattr("tracker.people.scopes.manages", broken)
    answer = browser.get("/my/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()
    assert "the database is away" not in answer.content.decode()


def test_an_unknown_host_is_refused(client: Client, db: None) -> None:
    assert client.get("/sign-in/", headers={"Host": "evil.example"}).status_code == 400


def test_the_api_answers_failures_as_json(client: Client, db: None) -> None:
    answer = client.get("/api/no-such-thing")
    assert answer.status_code == 404
    assert answer.json()["message"].startswith("It may have moved")


# The administration


def test_people_are_put_into_a_cohort_by_a_pasted_list(cast: Cast, as_: Callable[..., Client]) -> None:
    browser = as_(cast.administrator)
    pasted = " Lena@example.org \r\n\r\ncole@example.org\r\nLENA@example.org"
    data = {"name": "Tuesday group", "trainers": "theo@example.org", "members": pasted}
    assert browser.post("/admin/people/cohort/add/", data).status_code == 302
    cohort = Cohort.objects.get(name="Tuesday group")
    assert set(cohort.members.all()) == {cast.learner, cast.colleague}
    form = page(browser, f"/admin/people/cohort/{cohort.pk}/change/")
    assert "cole@example.org\nlena@example.org" in form


def test_an_address_without_an_account_is_named_and_nobody_is_silently_dropped(
    cast: Cast, as_: Callable[..., Client]
) -> None:
    data = {"name": "Tuesday group", "trainers": "", "members": "lena@example.org\nunknown@example.org"}
    answer = as_(cast.administrator).post("/admin/people/cohort/add/", data)
    assert "Nobody has an account with: unknown@example.org." in answer.content.decode()
    assert not Cohort.objects.filter(name="Tuesday group").exists()


def test_an_administrator_adds_a_person_who_can_then_sign_in(
    cast: Cast, as_: Callable[..., Client], client: Client
) -> None:
    password = "a long enough pass phrase"
    data = {"email": "New@Example.org", "name": "Neu Newman", "unit": cast.unit.pk, "usable_password": "true"}
    data |= {"password1": password, "password2": password}
    answer = as_(cast.administrator).post("/admin/people/person/add/", data)
    assert answer.status_code == 302, answer.content.decode()
    assert client.post("/sign-in/", {"username": "new@example.org", "password": password}).status_code == 302


def test_the_first_administrator_is_made_on_the_command_line(client: Client, db: None) -> None:
    os.environ["DJANGO_SUPERUSER_PASSWORD"] = "a long enough pass phrase"
    try:
        call_command("createsuperuser", "--noinput", "--email", "Boss@example.org", "--name", "Bo Boss", verbosity=0)
    finally:
        del os.environ["DJANGO_SUPERUSER_PASSWORD"]
    client.post("/sign-in/", {"username": "boss@example.org", "password": "a long enough pass phrase"})
    assert client.get("/admin/").status_code == 200


def test_what_learners_handed_in_cannot_be_changed_in_the_administration(
    cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    submission = graded_submission(cast.learner, 1)
    browser = as_(cast.administrator)
    for path in (f"{submission.pk}/change/", f"{submission.pk}/delete/", "add/"):
        assert browser.post(f"/admin/learning/submission/{path}", {"points": 5}).status_code == 403
    submission.refresh_from_db()
    assert submission.points == 1


def test_the_database_s_tables_follow_the_models(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_the_session_s_key_is_made_once_for_each_installation(tmp_path: Path, settings: LazySettings) -> None:
    from tracker import home

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home, "VAR", tmp_path / "var")
        key = home.secret_key()
        assert home.secret_key() == key
    assert len(key) > 50
    assert (tmp_path / "var" / "secret-key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
    assert settings.DEBUG is False


def test_an_https_address_makes_cookies_for_encrypted_lines_only(tmp_path: Path) -> None:
    ask = (
        "import json; from tracker import settings as s; "
        "print(json.dumps([s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, "
        "s.SECURE_HSTS_SECONDS > 0]))"
    )

    def settings_with(**facts: str) -> Any:
        environment = {name: value for name, value in os.environ.items() if name != "ACADEMY_ADDRESS"}
        environment |= {"ACADEMY_VAR": str(tmp_path), **facts}
        done = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    local = ["localhost", "127.0.0.1", "[::1]"]
    assert settings_with() == [local, [], False, False, False]
    address = "https://academy.example.gov"
    hosts = [*local, "academy.example.gov"]
    assert settings_with(ACADEMY_ADDRESS=address) == [hosts, [address], True, True, True]
