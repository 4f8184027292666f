"""Trainers mark who was there; members see their own; nobody else does."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.tracker.cast import Cast
from tracker.attendance.forms import MeetingForm
from tracker.attendance.models import Mark, Meeting
from tracker.audit.models import Entry
from tracker.people.models import Cohort, Person
from tracker.records.rooms import personal_data

pytestmark = pytest.mark.django_db
Browser = Callable[[Person | None], Client]
MONDAY = date(2026, 11, 16)


@pytest.fixture
def group(cast: Cast) -> list[Person]:
    """The trainer's cohort: Lena, Cole and Olga, of two agencies."""
    cast.cohort.members.add(cast.colleague, cast.outsider)
    return [cast.learner, cast.colleague, cast.outsider]


@pytest.fixture
def met(cast: Cast, group: list[Person]) -> Meeting:
    return Meeting.objects.create(cohort=cast.cohort, day=MONDAY)


@pytest.fixture
def trainer(cast: Cast, as_: Browser) -> Client:
    return as_(cast.trainer)


def address(met: Meeting, what: str = "") -> str:
    return f"/cohorts/{met.cohort_id}/attendance/{met.pk}/{what}"


def send(trainer: Client, met: Meeting, chosen: dict[Person, str], shown: list[Person], **more: str) -> None:
    listed = ",".join(str(person.pk) for person in shown)
    marks = {f"was-{person.pk}": was for person, was in chosen.items()}
    answer = trainer.post(address(met), {"listed": listed} | marks | more)
    assert (answer.status_code, answer["Location"]) == (302, address(met))


def marked(met: Meeting) -> dict[str, str]:
    return {name.split()[0]: was for name, was in met.marks.values_list("person__name", "was")}


def text(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


# Sessions


def test_a_trainer_adds_a_session_and_is_led_to_its_list(cast: Cast, trainer: Client) -> None:
    page = f"/cohorts/{cast.cohort.pk}/attendance/"
    assert f'href="{page}"' in text(trainer, f"/cohorts/{cast.cohort.pk}/")
    answer = trainer.post(page, {"day": "2026-11-16", "title": "Charts"})
    added = Meeting.objects.get()
    assert (answer["Location"], added.day, added.title) == (address(added), MONDAY, "Charts")
    assert Entry.objects.get(action="attendance.add").actor == cast.trainer


def test_two_trainers_who_add_the_same_session_at_once_get_one_session_and_words(cast: Cast) -> None:
    sent = QueryDict("day=2026-11-16&title=Charts")
    first, second = (MeetingForm(Meeting(cohort=cast.cohort, day=MONDAY), sent) for _ in range(2))
    assert first.is_valid()
    assert second.is_valid()
    assert first.save()
    assert second.save() is None
    assert "There is such a session on this day." in str(second.errors)
    assert Meeting.objects.count() == 1


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("", "This field is required."),
        ("0206-11-16", "Check the year."),
        ((timezone.localdate() + timedelta(days=400)).isoformat(), "Check the year."),
        ("2026-11-16", "There is such a session on this day."),
    ],
)
def test_a_session_that_cannot_be_says_why(day: str, words: str, met: Meeting, trainer: Client) -> None:
    answer = trainer.post(f"/cohorts/{met.cohort_id}/attendance/", {"day": day, "title": ""})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Meeting.objects.count() == 1


def test_two_sessions_of_a_day_have_two_titles(met: Meeting, trainer: Client) -> None:
    trainer.post(f"/cohorts/{met.cohort_id}/attendance/", {"day": "2026-11-16", "title": "Afternoon"})
    assert Meeting.objects.count() == 2


def test_the_latest_session_stands_first(cast: Cast, met: Meeting, trainer: Client) -> None:
    for days in (7, -7, 14):
        Meeting.objects.create(cohort=cast.cohort, day=MONDAY + timedelta(days=days))
    page = text(trainer, f"/cohorts/{met.cohort_id}/attendance/")
    days = [
        page.index(day) for day in ("Nov&nbsp;30, 2026", "Nov&nbsp;23, 2026", "Nov&nbsp;16, 2026", "Nov&nbsp;9, 2026")
    ]
    assert days == sorted(days)


def test_correcting_the_day_keeps_the_marks(met: Meeting, trainer: Client, group: list[Person]) -> None:
    send(trainer, met, {group[0]: "present"}, group)
    assert trainer.post(address(met, "change/"), {"day": "2026-11-17", "title": ""})["Location"] == address(met)
    met.refresh_from_db()
    assert (met.day, marked(met)) == (date(2026, 11, 17), {"Lena": "present"})
    assert "2026-11-16" in Entry.objects.get(action="attendance.change").facts["before"]


def test_deleting_a_session_asks_first(met: Meeting, trainer: Client, group: list[Person]) -> None:
    send(trainer, met, dict.fromkeys(group, "present"), group)
    assert "The attendance of 3 people goes with it." in text(trainer, address(met, "delete/"))
    assert Meeting.objects.exists()
    trainer.post(address(met, "delete/"))
    assert not Meeting.objects.exists()
    assert Entry.objects.get(action="attendance.delete").facts == {"marks": 3}


def test_a_session_is_found_under_its_own_cohort_only(cast: Cast, met: Meeting, as_: Browser) -> None:
    other = Cohort.objects.create(name="Friday group")
    assert as_(cast.administrator).get(f"/cohorts/{other.pk}/attendance/{met.pk}/").status_code == 404


# Marking


def test_each_person_is_marked_present_absent_or_excused(met: Meeting, trainer: Client, group: list[Person]) -> None:
    lena, cole, olga = group
    send(trainer, met, {lena: "present", cole: "absent", olga: "excused"}, group)
    assert marked(met) == {"Lena": "present", "Cole": "absent", "Olga": "excused"}
    page = text(trainer, address(met))
    assert f'name="was-{cole.pk}" value="absent" checked' in page
    assert "1 of 3" in text(trainer, f"/cohorts/{met.cohort_id}/attendance/")


def test_one_button_marks_everybody_else_present(met: Meeting, trainer: Client, group: list[Person]) -> None:
    send(trainer, met, {group[1]: "absent"}, group, everybody="present")
    assert marked(met) == {"Lena": "present", "Cole": "absent", "Olga": "present"}


def test_the_button_leaves_out_whoever_joined_after_the_page_was_opened(
    met: Meeting, trainer: Client, group: list[Person]
) -> None:
    send(trainer, met, {}, group[:2], everybody="present")
    assert marked(met) == {"Lena": "present", "Cole": "present"}


def test_a_mark_can_be_corrected_and_taken_back(met: Meeting, trainer: Client, group: list[Person]) -> None:
    send(trainer, met, dict.fromkeys(group, "present"), group)
    send(trainer, met, {group[0]: "present", group[1]: "excused", group[2]: ""}, group)
    assert marked(met) == {"Lena": "present", "Cole": "excused"}
    notes = Entry.objects.filter(action="attendance.mark").order_by("pk")
    assert [line.facts for line in notes] == [
        {"new": 3, "corrected": 0, "removed": 0},
        {"new": 0, "corrected": 1, "removed": 1},
    ]


def test_saving_the_same_again_changes_and_notes_nothing(met: Meeting, trainer: Client, group: list[Person]) -> None:
    for _ in range(2):
        send(trainer, met, {group[0]: "present"}, group)
    assert Entry.objects.filter(action="attendance.mark").count() == 1
    assert "Nothing has changed." in text(trainer, address(met))


def test_the_audit_log_names_nobody(met: Meeting, trainer: Client, group: list[Person]) -> None:
    send(trainer, met, dict.fromkeys(group, "absent"), group)
    line = str(Entry.objects.get(action="attendance.mark"))
    assert not any(person.name in line for person in group) and "absent" not in line


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 500, "٣"])
def test_nobody_outside_the_cohort_can_be_marked(
    number: str, cast: Cast, met: Meeting, trainer: Client, group: list[Person]
) -> None:
    odd = {f"was-{number}": "present", f"was-{cast.manager.pk}": "present", f"was-{group[0].pk}": "asleep"}
    answer = trainer.post(address(met), {"listed": f"{number},{cast.manager.pk},{group[0].pk}"} | odd)
    assert (answer.status_code, marked(met)) == (302, {})


def test_who_has_left_keeps_their_mark_and_is_not_asked_for_again(
    cast: Cast, met: Meeting, trainer: Client, group: list[Person]
) -> None:
    send(trainer, met, dict.fromkeys(group, "present"), group)
    cast.cohort.members.remove(cast.colleague)
    page = text(trainer, address(met))
    assert "Cole Kollmann" in page and "no longer in the cohort" in page
    assert "Cole" not in page.split('<table class="to-sign">')[1]
    assert "3 of 3" in text(trainer, f"/cohorts/{met.cohort_id}/attendance/")
    later = Meeting.objects.create(cohort=cast.cohort, day=MONDAY + timedelta(days=7))
    assert "Cole" not in text(trainer, address(later))


def test_who_joins_later_was_not_absent_before(cast: Cast, met: Meeting, trainer: Client, group: list[Person]) -> None:
    send(trainer, met, dict.fromkeys(group, "present"), group)
    cast.cohort.members.add(cast.neighbor)
    assert "3 of 3" in text(trainer, f"/cohorts/{met.cohort_id}/attendance/")
    assert not Mark.objects.filter(person=cast.neighbor).exists()


# Who sees it


def test_members_see_their_own_attendance_and_nobody_else_s(
    cast: Cast, met: Meeting, trainer: Client, group: list[Person], lesson: object, as_: Browser
) -> None:
    send(trainer, met, {group[0]: "excused", group[1]: "present"}, group)
    page = text(as_(cast.learner), "/my/")
    assert "present at 0 of 1 session<" in page and "<strong>excused</strong>" in page
    assert "Your attendance" not in text(as_(cast.outsider), "/my/")


def test_the_own_attendance_is_in_the_own_data_and_goes_with_the_person(
    cast: Cast, met: Meeting, trainer: Client, group: list[Person]
) -> None:
    send(trainer, met, dict.fromkeys(group, "present"), group)
    (stored,) = [stored for stored in personal_data(cast.learner) if stored.name == "attendance"]
    assert [dict(row) for row in stored.rows] == [
        {"group": "Monday group", "day": MONDAY, "session": "", "you were": "present"}
    ]
    Person.objects.filter(pk=cast.outsider.pk).delete()
    assert marked(met) == {"Lena": "present", "Cole": "present"}


# The table to take away


def test_the_table_has_every_mark_and_no_formula(
    cast: Cast, met: Meeting, trainer: Client, group: list[Person]
) -> None:
    Person.objects.filter(pk=cast.learner.pk).update(name="=HYPERLINK(1)")
    Meeting.objects.filter(pk=met.pk).update(title="+1")
    send(trainer, met, {group[0]: "absent", group[1]: "present"}, group)
    answer = trainer.get(f"/cohorts/{met.cohort_id}/attendance.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [
        ["day", "session", "name", "work e-mail", "attendance"],
        ["2026-11-16", "'+1", "'=HYPERLINK(1)", "lena@example.org", "absent"],
        ["2026-11-16", "'+1", "Cole Kollmann", "cole@example.org", "present"],
    ]
    assert Entry.objects.get(action="attendance.export").facts == {"rows": 2}


# Questions to the database


def test_no_page_asks_more_when_there_are_more_people_and_sessions(
    cast: Cast, met: Meeting, trainer: Client, group: list[Person], lesson: object, as_: Browser
) -> None:
    def asked(browser: Client, *paths: str) -> list[int]:
        counts = []
        for path in paths:
            with CaptureQueriesContext(connection) as queries:
                text(browser, path)
            counts.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            send(trainer, met, {}, list(cast.cohort.members.all()), everybody="present")
        return [*counts, len(queries)]

    paths = (address(met), f"/cohorts/{met.cohort_id}/attendance/", f"/cohorts/{met.cohort_id}/attendance.csv")
    few = asked(trainer, *paths) + asked(as_(cast.learner), "/my/")[:1]
    new: list[Any] = [
        Person(email=f"p{number}@example.org", name=f"P {number}", unit=cast.unit) for number in range(30)
    ]
    cast.cohort.members.add(*Person.objects.bulk_create(new))
    others = [Meeting(cohort=cast.cohort, day=MONDAY + timedelta(days=day)) for day in range(1, 20)]
    for other in Meeting.objects.bulk_create(others):
        Mark.objects.create(meeting=other, person=cast.learner, was="present")
    assert asked(trainer, *paths) + asked(as_(cast.learner), "/my/")[:1] == few


def test_a_large_cohort_comes_in_pages_and_each_is_saved_by_itself(
    cast: Cast, met: Meeting, trainer: Client, group: list[Person]
) -> None:
    new = [Person(email=f"p{number}@example.org", name=f"Z {number:03}") for number in range(200)]
    cast.cohort.members.add(*Person.objects.bulk_create(new))
    answer = trainer.get(address(met), {"page": 2})
    listed = answer.content.decode().split('name="listed" value="')[1].split('"')[0]
    assert len(listed.split(",")) == 3
    sent = trainer.post(f"{address(met)}?page=2", {"listed": listed, "everybody": "present"})
    assert (sent["Location"], met.marks.count()) == (f"{address(met)}?page=2", 3)
