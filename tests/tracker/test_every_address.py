"""Every address of the tracker, tried as everybody. An address without a row in the table fails the first test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.tracker.cast import Cast
from tracker.learning.models import Review, Submission, TaskResult

ROLES = (
    "nobody",
    "learner",
    "colleague",
    "manager",
    "other_manager",
    "neighbor",
    "trainer",
    "outsider",
    "outside_manager",
    "data_officer",
    "statewide",
    "administrator",
)
SIGN_IN = 302
"""Sent to the sign-in page."""


@dataclass(frozen=True)
class Row:
    """One address: what those answer who may open it, and what all others get."""

    name: str
    path: str
    may: dict[str, int]
    others: int
    nobody: int
    method: str = "get"


def only(*roles: str, status: int = 200) -> dict[str, int]:
    return dict.fromkeys(roles, status)


EVERYBODY = only(*ROLES[1:])
MANAGERS = only("manager", "other_manager", "outside_manager", "data_officer", "administrator")
TRAINERS = only("trainer", "administrator")
# {id} is the learner's submission, {cohort} the trainer's cohort.
TABLE = [
    Row("sign-in", "/sign-in/", only(*ROLES[1:], status=302), 200, 200),
    Row("sign-out", "/sign-out/", EVERYBODY, 200, 200),
    Row("session", "/api/session", EVERYBODY, 200, 200),
    Row("my", "/my/", EVERYBODY, 200, SIGN_IN),
    Row("upload", "/my/lessons/add-numbers/", EVERYBODY, 200, SIGN_IN),
    Row("upload", "/my/lessons/no-such-lesson/", {}, 404, SIGN_IN),
    Row("result", "/my/results/{id}/", only("learner"), 404, SIGN_IN),
    Row("submitted-notebook", "/my/results/{id}/notebook", only("learner"), 404, SIGN_IN),
    Row("team", "/team/", MANAGERS, 403, SIGN_IN),
    Row("cohorts", "/cohorts/", TRAINERS, 403, SIGN_IN),
    Row("cohort", "/cohorts/{cohort}/", TRAINERS, 404, SIGN_IN),
    Row("cohort-submission", "/cohorts/submissions/{id}/", TRAINERS, 404, SIGN_IN),
    Row("cohort-submission", "/cohorts/submissions/{id}/", only(*TRAINERS, status=422), 404, SIGN_IN, method="post"),
    Row("api-submit", "/api/lessons/add-numbers/submissions", only(*ROLES[1:], status=201), 201, 401, method="post"),
    Row("api-submit", "/api/lessons/add-numbers/submissions", {}, 405, 405),
    Row("api-submission", "/api/submissions/{id}", only("learner"), 404, 401),
    Row("open", "/practice/add-numbers.html", EVERYBODY, 200, 200),
    Row("site", "/", EVERYBODY, 200, 200),
]


def routes(patterns: list[URLPattern | URLResolver] | None = None, namespace: str = "") -> Iterator[str]:
    """The names of all routes that the server knows."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(
                pattern.url_patterns, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            )
        else:
            yield f"{namespace}{pattern.name}"


def test_every_address_has_a_row() -> None:
    own = {name for name in routes() if not name.startswith("admin:")}
    assert own == {row.name for row in TABLE}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.path}")
@pytest.mark.parametrize("role", ROLES)
def test_everybody_gets_what_is_theirs_and_nothing_else(
    row: Row, role: str, cast: Cast, site: object, as_: Callable[..., Client], seen: Submission
) -> None:
    viewer = cast.people().get(role)
    body: dict[str, Any] = {}
    if row.name == "api-submit" and row.method == "post":
        body = {"content_type": "application/x-ipynb+json", "data": b"notebook"}
    if row.name == "cohort-submission" and row.method == "post":
        body = {"data": {"answer": TaskResult.objects.get(manual=True).pk}}
    browser = as_(viewer)
    answer = getattr(browser, row.method)(row.path.format(id=seen.pk, cohort=cast.cohort.pk), **body)
    expected = row.nobody if viewer is None else row.may.get(role, row.others)
    assert answer.status_code == expected
    if expected == SIGN_IN and viewer is None:
        assert answer["Location"].startswith("/sign-in/?next=/")


# Whose names, and which words of the learner, each role may read anywhere.
MAY_READ = {
    "nobody": set(),
    "learner": {"Lena", "SECRET ANSWER", "SECRET FEEDBACK", "SECRET COMMENT", "Theo", "4 of 5"},
    "colleague": {"Cole"},
    "manager": {"Mara", "Cole", "Lena"},
    "other_manager": {"Otto", "Nora", "Theo"},
    "neighbor": {"Nora"},
    "trainer": {"Theo", "Lena", "SECRET ANSWER", "SECRET FEEDBACK", "SECRET COMMENT", "4 of 5"},
    "outsider": {"Olga"},
    "outside_manager": {"Quentin", "Olga"},
    "data_officer": {"Dora", "Mara", "Cole", "Lena", "Otto", "Nora", "Theo"},
    "statewide": {"Stella"},
}
EVERY_WORD = sorted(set().union(*MAY_READ.values(), {"Adam"}))


@pytest.mark.parametrize("role", MAY_READ)
def test_no_page_shows_a_word_that_is_not_the_viewer_s_to_read(
    role: str, cast: Cast, site: object, as_: Callable[..., Client], seen: Submission
) -> None:
    browser = as_(cast.people().get(role))
    read: set[str] = set()
    for row in TABLE:
        if row.method != "get":
            continue
        answer = browser.get(row.path.format(id=seen.pk, cohort=cast.cohort.pk))
        text = answer.getvalue().decode()
        read |= {word for word in EVERY_WORD if word in text}
    assert read == MAY_READ[role]


@pytest.mark.django_db
def test_the_administration_is_for_administrators_only(cast: Cast, as_: Callable[..., Client]) -> None:
    addresses = ["/admin/", "/admin/people/person/", "/admin/people/person/add/", "/admin/learning/submission/"]
    addresses += [
        f"/admin/people/person/{cast.learner.pk}/change/",
        f"/admin/people/person/{cast.learner.pk}/password/",
    ]
    addresses += [
        "/admin/people/cohort/add/",
        "/admin/people/unit/",
        "/admin/people/agency/",
        "/admin/learning/lesson/",
    ]
    for name, person in cast.people().items():
        statuses = {as_(person).get(address).status_code for address in addresses}
        assert statuses == ({200} if name == "administrator" else {403})
    assert {as_(None).get(address)["Location"].split("?")[0] for address in addresses} == {"/sign-in/"}


@pytest.mark.django_db
def test_no_administration_address_opens_for_others(cast: Cast, as_: Callable[..., Client]) -> None:
    """Every route of the administration pages, found by walking them, tried as a manager."""
    browser = as_(cast.manager)
    paths = set(_administration_paths())
    assert len(paths) > 25
    # The old front doors of Django's administration lead to the one sign-in page, for whoever is not signed in.
    statuses = {path: browser.get(path, follow=True).status_code for path in paths - {"/admin/login/"}}
    assert set(statuses.values()) == {403}, statuses
    assert browser.get("/admin/login/")["Location"] == "/sign-in/?next=/admin/"


def _administration_paths(patterns: list[URLPattern | URLResolver] | None = None, before: str = "/") -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _administration_paths(pattern.url_patterns, path)
        elif path.startswith("/admin/"):
            for placeholder in ("<path:object_id>", "<id>", "<int:content_type_id>", "<path:url>", "<path:object_id>"):
                path = path.replace(placeholder, "1")
            yield path.split("^")[0].split("(?P")[0].replace("$", "")


@pytest.fixture
def seen(cast: Cast, graded_submission: Callable[..., Submission]) -> Submission:
    """A submission of the learner's, graded and reviewed, full of words that others must not read."""
    submission = graded_submission(cast.learner, 4, text="SECRET ANSWER", message="SECRET FEEDBACK")
    answer = submission.task_results.get(manual=True)
    Review.objects.create(task_result=answer, reviewer=cast.trainer, points=1, comment="SECRET COMMENT")
    return submission
