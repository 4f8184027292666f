"""Every address of the tracker, tried as everybody. An address without a row in the table fails the first test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from tests.tracker.cast import Cast
from tests.tracker.surveying import open_and_past_surveys
from tests.tracker.test_api import TABLE as API_TABLE
from tests.tracker.test_due_dates import assign
from tracker.api.tokens import make as make_token
from tracker.attendance.marking import save_marks
from tracker.attendance.models import Meeting
from tracker.audit.log import note
from tracker.certificates.making import make
from tracker.learning.models import Submission, TaskResult
from tracker.learning.reviews import review

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
OFFICERS = only("data_officer", "administrator")
# Those who see the unit Roads and its people. Managers of other units find nothing there.
ROADS_AND_ABOVE = only("manager", "data_officer", "administrator") | only(
    "other_manager", "outside_manager", status=404
)
MEETING = "/cohorts/{cohort}/attendance/{meeting}/"
NO_UPLOAD = "00000000-0000-4000-8000-000000000000"
OWN_AND_ADMINISTRATOR = only("learner", "administrator")
SURVEYORS = only("trainer", "data_officer", "statewide", "administrator")
REPORTED = only("data_officer", "statewide", "administrator")
PUBLISHERS = only("statewide", "administrator", status=302) | only("data_officer", status=403)
ASSIGNERS = MANAGERS | only("trainer")
ROADS_MANAGERS = ("manager", "data_officer", "administrator")
NOT_ROADS = only("other_manager", "outside_manager", "trainer", status=404)
ROADS = NOT_ROADS | only(*ROADS_MANAGERS)
ROADS_422, ROADS_302 = (NOT_ROADS | only(*ROADS_MANAGERS, status=status) for status in (422, 302))
# {id} is the learner's submission, {cohort} the trainer's cohort, {person} the learner, {certificate} a code of theirs.
TABLE = [
    Row("sign-in", "/sign-in/", only(*ROLES[1:], status=302), 200, 200),
    Row("sign-out", "/sign-out/", EVERYBODY, 200, 200),
    Row("session", "/api/session", EVERYBODY, 200, 200),
    # Without a provider, as here, there is no sign-on: test_sign_on.py has one.
    Row("sign-on-start", "/sign-in/agency/", {}, 404, 404),
    Row("sign-on-return", "/sign-in/agency/return/", {}, 404, 404),
    Row("signed-out", "/signed-out/", only(*ROLES[1:], status=302), 200, 200),
    Row("my", "/my/", EVERYBODY, 200, SIGN_IN),
    Row("upload", "/my/lessons/add-numbers/", EVERYBODY, 200, SIGN_IN),
    Row("upload", "/my/lessons/no-such-lesson/", {}, 404, SIGN_IN),
    Row("result", "/my/results/{id}/", only("learner"), 404, SIGN_IN),
    Row("submitted-notebook", "/my/results/{id}/notebook", only("learner"), 404, SIGN_IN),
    Row("team", "/team/", MANAGERS, 403, SIGN_IN),
    Row("team-people", "/team/people/", MANAGERS, 403, SIGN_IN),
    Row("team-people", "/team/people/?name=a&state=not-started", MANAGERS, 403, SIGN_IN),
    Row("team-person", "/team/people/{person}/", ROADS_AND_ABOVE, 403, SIGN_IN),
    Row("team-unit", "/team/units/{unit}/", ROADS_AND_ABOVE, 403, SIGN_IN),
    # An administrator sees several agencies, and is led to choose one.
    Row("team-report", "/team/report/", MANAGERS | {"administrator": 302}, 403, SIGN_IN),
    Row("team-report-pdf", "/team/report.pdf", MANAGERS | {"administrator": 302}, 403, SIGN_IN),
    Row("team-export", "/team/completion.csv", MANAGERS, 403, SIGN_IN),
    Row("team-export", "/team/completion.csv?rows=lesson", MANAGERS, 403, SIGN_IN),
    Row("team-export", "/team/completion.xlsx", MANAGERS, 403, SIGN_IN),
    Row("statewide", "/statewide/", only("statewide", "administrator"), 403, SIGN_IN),
    Row("statewide-earlier", "/statewide/2026-01-01/", only("statewide", "administrator", status=404), 403, SIGN_IN),
    # Too few people for counts: refused with words.
    Row("statewide-publish", "/statewide/publish/", only("administrator", status=409), 403, SIGN_IN, method="post"),
    Row("units", "/units/", MANAGERS, 403, SIGN_IN),
    Row("roster", "/roster/", OFFICERS, 403, SIGN_IN),
    Row("roster", "/roster/", only(*OFFICERS, status=422), 403, SIGN_IN, method="post"),
    Row("roster-upload", f"/roster/{NO_UPLOAD}/", only(*OFFICERS, status=404), 403, SIGN_IN),
    Row("roster-upload", f"/roster/{NO_UPLOAD}/", only(*OFFICERS, status=404), 403, SIGN_IN, method="post"),
    Row("roster-report", f"/roster/{NO_UPLOAD}/report.csv", only(*OFFICERS, status=404), 403, SIGN_IN),
    Row("password-change", "/password/", EVERYBODY, 200, SIGN_IN),
    Row("password-forgotten", "/password/forgotten/", EVERYBODY, 200, 200),
    Row("password-new", "/password/new/MQ/made-up/", EVERYBODY, 200, 200),
    Row("cohorts", "/cohorts/", TRAINERS, 403, SIGN_IN),
    Row("cohort", "/cohorts/{cohort}/", TRAINERS, 404, SIGN_IN),
    Row("attendance", "/cohorts/{cohort}/attendance/", TRAINERS, 404, SIGN_IN),
    Row("attendance", "/cohorts/{cohort}/attendance/", only(*TRAINERS, status=422), 404, SIGN_IN, method="post"),
    Row("attendance-export", "/cohorts/{cohort}/attendance.csv", TRAINERS, 404, SIGN_IN),
    Row("attendance-session", MEETING, TRAINERS, 404, SIGN_IN),
    Row("attendance-session", MEETING, only(*TRAINERS, status=302), 404, SIGN_IN, method="post"),
    Row("attendance-change", f"{MEETING}change/", TRAINERS, 404, SIGN_IN),
    Row("attendance-change", f"{MEETING}change/", only(*TRAINERS, status=422), 404, SIGN_IN, method="post"),
    Row("attendance-delete", f"{MEETING}delete/", TRAINERS, 404, SIGN_IN),
    Row("attendance-delete", f"{MEETING}delete/", only(*TRAINERS, status=302), 404, SIGN_IN, method="post"),
    Row("cohort-submission", "/cohorts/submissions/{id}/", TRAINERS, 404, SIGN_IN),
    Row("cohort-submission", "/cohorts/submissions/{id}/", only(*TRAINERS, status=422), 404, SIGN_IN, method="post"),
    Row("api-submit", "/api/lessons/add-numbers/submissions", only(*ROLES[1:], status=201), 201, 401, method="post"),
    Row("api-submit", "/api/lessons/add-numbers/submissions", {}, 405, 405),
    Row("api-submission", "/api/submissions/{id}", only("learner"), 404, 401),
    Row("certificates", "/my/certificates/", EVERYBODY, 200, SIGN_IN),
    Row("certificates", "/my/certificates/", only(*ROLES[1:], status=422), 422, SIGN_IN, method="post"),
    Row("certificate", "/my/certificates/{certificate}/", only("learner"), 404, SIGN_IN),
    Row("certificate-pdf", "/my/certificates/{certificate}.pdf", only("learner"), 404, SIGN_IN),
    Row("certificate-withdraw", "/certificates/{certificate}/withdraw/", OWN_AND_ADMINISTRATOR, 404, SIGN_IN),
    Row("verify", "/verify/", EVERYBODY, 200, 200),
    # Whoever has the code may see it; that is what it is for. Nobody reads anything without it.
    Row("verify-code", "/verify/22222222222222222222/", {}, 404, 404),
    Row("my-data", "/my/data/", EVERYBODY, 200, SIGN_IN),
    Row("my-data-export", "/my/data/everything.zip", EVERYBODY, 200, SIGN_IN),
    Row("my-data-delete", "/my/data/delete/", EVERYBODY, 200, SIGN_IN),
    Row("records", "/records/?person=example.org", only("administrator"), 403, SIGN_IN),
    Row("records-person", "/records/{person}/", only("administrator"), 403, SIGN_IN),
    Row("records-export", "/records/{person}/everything.zip", only("administrator"), 403, SIGN_IN),
    Row("records-delete", "/records/{person}/delete/", only("administrator"), 403, SIGN_IN),
    Row("records-delete", "/records/{person}/delete/", only("administrator", status=422), 403, SIGN_IN, method="post"),
    Row("assignments", "/assignments/", ASSIGNERS, 403, SIGN_IN),
    Row("assignment-new", "/assignments/new/", ASSIGNERS, 403, SIGN_IN),
    Row("assignment", "/assignments/{assignment}/", ROADS, 403, SIGN_IN),
    Row("assignment-change", "/assignments/{assignment}/change/", ROADS, 403, SIGN_IN),
    Row("assignment-change", "/assignments/{assignment}/change/", ROADS_422, 403, SIGN_IN, method="post"),
    Row("assignment-end", "/assignments/{assignment}/end/", ROADS, 403, SIGN_IN),
    Row("assignment-end", "/assignments/{assignment}/end/", ROADS_302, 403, SIGN_IN, method="post"),
    Row("reminder-choice", "/my/reminders/", EVERYBODY, 200, SIGN_IN),
    Row("reminder-choice", "/my/reminders/", only(*ROLES[1:], status=302), 302, SIGN_IN, method="post"),
    Row("audit", "/audit/", only("data_officer", "administrator"), 403, SIGN_IN),
    Row("audit-export", "/audit/entries.csv", only("data_officer", "administrator"), 403, SIGN_IN),
    # The operations of the API have a table of their own, in test_api.py: being signed in opens none of them.
    Row("api-v1:api-root", "/api/v1/", EVERYBODY, 200, 200),
    Row("api-v1:openapi-json", "/api/v1/openapi.json", EVERYBODY, 200, 200),
    Row("tokens", "/my/tokens/", EVERYBODY, 200, SIGN_IN),
    Row("tokens", "/my/tokens/", only(*ROLES[1:], status=422), 422, SIGN_IN, method="post"),
    Row("revoke-token", "/my/tokens/{token}/revoke/", only("manager"), 404, SIGN_IN),
    Row("revoke-token", "/my/tokens/{token}/revoke/", only("manager", status=302), 404, SIGN_IN, method="post"),
    Row("surveys", "/surveys/", EVERYBODY, 200, SIGN_IN),
    Row("survey-gains", "/surveys/before-and-after/", MANAGERS | only("statewide"), 403, SIGN_IN),
    Row("survey-open", "/surveys/open/", SURVEYORS, 403, SIGN_IN),
    Row("survey", "/surveys/crews-open/", EVERYBODY, 200, SIGN_IN),
    Row("survey", "/surveys/crews-past/", {}, 404, SIGN_IN),
    # Whoever has not begun is sent to what the survey says at its top.
    Row("survey-page", "/surveys/crews-open/1/", {}, 302, SIGN_IN),
    Row("survey-send", "/surveys/crews-open/send/", {}, 302, SIGN_IN),
    Row("survey-send", "/surveys/crews-open/send/", {}, 302, SIGN_IN, method="post"),
    Row("survey-campaign", "/surveys/crews-past/campaign/", only("statewide", "administrator"), 404, SIGN_IN),
    Row("survey-import", "/surveys/crews-past/import/", only("administrator"), 404, SIGN_IN),
    Row("survey-report", "/surveys/crews-past/report/", REPORTED, 404, SIGN_IN),
    Row("survey-report", "/surveys/crews-past/report/", PUBLISHERS, 404, SIGN_IN, method="post"),
    Row("survey-report-file", "/surveys/crews-past/report.csv", REPORTED, 404, SIGN_IN),
    Row("survey-report-file", "/surveys/crews-past/report.xlsx", REPORTED, 404, SIGN_IN),
    Row("survey-words", "/surveys/crews-past/words/", only("statewide", "administrator"), 404, SIGN_IN),
    Row("survey-export", "/surveys/crews-past/answers.csv", only("administrator"), 404, SIGN_IN),
    Row("open", "/practice/add-numbers.html", EVERYBODY, 200, 200),
    Row("site", "/", EVERYBODY, 200, 200),
]


def address(row: Row, seen: Submission, cast: Cast) -> str:
    certificate = cast.learner.certificates.get().code
    assignment = cast.manager.assignments_made.get().pk
    ids = {"id": seen.pk, "cohort": cast.cohort.pk, "person": cast.learner.pk, "unit": cast.unit.pk}
    ids["meeting"] = cast.cohort.meetings.get().pk
    token = cast.manager.api_tokens.get().pk
    return row.path.format(**ids, certificate=certificate, assignment=assignment, token=token)


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
    of_the_api = {f"api-v1:{row.operation}" for row in API_TABLE}
    own = {name for name in routes() if not name.startswith("admin:")} - of_the_api
    assert own == {row.name for row in TABLE}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.path}")
def test_everybody_gets_what_is_theirs_and_nothing_else(
    row: Row, cast: Cast, site: object, as_: Callable[..., Client], seen: Submission
) -> None:
    if row.path.startswith("/surveys/"):
        open_and_past_surveys(cast.statewide)
    body: dict[str, Any] = {}
    if row.name == "api-submit" and row.method == "post":
        body = {"content_type": "application/x-ipynb+json", "data": b"notebook"}
    if row.name == "cohort-submission" and row.method == "post":
        body = {"data": {"answer": TaskResult.objects.get(manual=True).pk}}
    got, expected = {}, {}
    for role in ROLES:
        viewer = cast.people().get(role)
        with transaction.atomic():
            answer = getattr(as_(viewer), row.method)(address(row, seen, cast), **body)
            # Nobody finds what somebody else has changed.
            transaction.set_rollback(True)
        got[role] = answer.status_code
        expected[role] = row.nobody if viewer is None else row.may.get(role, row.others)
        if viewer is None and row.nobody == SIGN_IN:
            assert answer["Location"].startswith("/sign-in/?next=/")
    assert got == expected


# Whose names, and which words of the learner, each role may read anywhere.
MAY_READ = {
    "nobody": set(),
    "learner": {"Lena", "SECRET ANSWER", "SECRET FEEDBACK", "SECRET COMMENT", "Theo", "4 of 5", "ROOM SEVEN"},
    "colleague": {"Cole", "ROADS ONLY"},
    "manager": {"Mara", "Cole", "Lena", "ROADS ONLY"},
    "other_manager": {"Otto", "Nora", "Theo"},
    "neighbor": {"Nora"},
    "trainer": {"Theo", "Lena", "SECRET ANSWER", "SECRET FEEDBACK", "SECRET COMMENT", "4 of 5", "ROOM SEVEN"},
    "outsider": {"Olga"},
    "outside_manager": {"Quentin", "Olga"},
    "data_officer": {"Dora", "Mara", "Cole", "Lena", "Otto", "Nora", "Theo", "ROADS ONLY"},
    "statewide": {"Stella", "SECRET WORDS"},
}
EVERY_WORD = sorted(set().union(*MAY_READ.values(), {"Adam"}))


@pytest.mark.parametrize("role", MAY_READ)
def test_no_page_shows_a_word_that_is_not_the_viewer_s_to_read(
    role: str, cast: Cast, site: object, as_: Callable[..., Client], seen: Submission
) -> None:
    open_and_past_surveys(cast.statewide)
    browser = as_(cast.people().get(role))
    read: set[str] = set()
    for row in TABLE:
        if row.method != "get":
            continue
        answer = browser.get(address(row, seen, cast))
        text = answer.getvalue().decode(errors="replace")  # a ZIP file or a PDF is none
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
    review(answer, cast.trainer, 1, "SECRET COMMENT")
    make(cast.learner, "lesson", "add-numbers")
    roads = {"agency": cast.unit.agency, "units": [cast.unit], "author": cast.manager}
    assign([submission.lesson], timezone.localdate(), title="ROADS ONLY", **roads)
    make_token(cast.manager, "Mara's program", ["people:read"], 90)
    met = Meeting.objects.create(cohort=cast.cohort, day=timezone.localdate(), title="ROOM SEVEN")
    save_marks(cast.trainer, met, {cast.learner.pk: "excused"})
    note(cast.outside_manager, "team.export", "Olga Ausserhalb and others", rows=1)
    return submission
