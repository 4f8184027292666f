"""Assigning lessons: who may, what the pages say, and what the learner reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.tracker.cast import Cast
from tests.tracker.test_due_dates import assign, complete
from tracker.assignments.models import Assignment
from tracker.audit.models import Entry
from tracker.learning.models import Lesson
from tracker.people.models import Cohort, Person, Unit

As = Callable[[Person | None], Client]
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        timezone, "localdate", lambda value=None, timezone=None: TODAY if value is None else value.date()
    )


def text_of(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def filled(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {"title": "Data basics", "lessons": ["add-numbers"], "units": [cast.unit.pk], "due": "2026-04-01"} | changes


def save(browser: Client, path: str, data: dict[str, Any]) -> Any:
    """Look first, then save what was shown: the two steps of the page."""
    shown = browser.post(path, data)
    assert shown.status_code == 200, text_of(shown)
    mark = re.search(r'name="shown" value="(\w+)"', shown.content.decode())
    assert mark
    assert not Assignment.objects.filter(title=data["title"], due=data["due"]).exists()
    return browser.post(path, data | {"shown": mark[1]}, follow=True)


def test_a_manager_sees_what_it_would_do_before_anything_is_saved(cast: Cast, lesson: Lesson, as_: As) -> None:
    complete(cast.learner, lesson, date(2026, 2, 10))
    shown = as_(cast.manager).post("/assignments/new/", filled(cast))
    assert "It reaches 3 people . 1 of them has completed all of it already." in text_of(shown)
    assert "Wednesday, April 1, 2026" in text_of(shown)
    assert not Assignment.objects.exists()
    old = as_(cast.manager).post("/assignments/new/", filled(cast, renew_months="1"))
    assert "1 of them has" in text_of(old)
    complete(cast.colleague, lesson, date(2026, 1, 1))
    expired = as_(cast.manager).post("/assignments/new/", filled(cast, renew_months="1"))
    assert "1 of them has" in text_of(expired)


def test_an_assignment_is_saved_and_written_into_the_log(cast: Cast, lesson: Lesson, as_: As) -> None:
    answer = save(as_(cast.manager), "/assignments/new/", filled(cast, note="For the spring report."))
    made = Assignment.objects.get()
    assert answer.redirect_chain == [(f"/assignments/{made.pk}/", 302)]
    assert "Nobody is overdue. 0 of 3 have completed it." in text_of(answer)
    assert (made.author, made.due, made.made_on) == (cast.manager, date(2026, 4, 1), TODAY)
    entry = Entry.objects.get(action="assignments.make")
    assert (entry.actor, entry.about, entry.facts["people"]) == (cast.manager, "Data basics", 3)


def test_what_was_changed_after_looking_is_shown_again_before_it_is_saved(cast: Cast, lesson: Lesson, as_: As) -> None:
    browser = as_(cast.manager)
    mark = re.search(r'"shown" value="(\w+)"', browser.post("/assignments/new/", filled(cast)).content.decode())[1]
    other = browser.post("/assignments/new/", filled(cast, due="2026-05-01", shown=mark))
    assert "Friday, May 1, 2026" in text_of(other)
    assert not Assignment.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"due": "2026-03-01"}, "This day is over. Choose today or a later day"),
        ({"due": "soon"}, "Enter a date, such as 2027-03-31."),
        ({"due": ""}, "Enter a due date."),
        ({"lessons": []}, "Choose a path, or one lesson or more"),
        ({"units": []}, "Choose one unit, at least."),
        ({"people": "nora@example.org"}, "Not in the units that you chose: nora@example.org."),
        ({"people": "nobody@example.org"}, "Not in the units that you chose: nobody@example.org."),
        ({"renew_months": "0"}, "greater than or equal to 1"),
        ({"path": "no-such-path"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_assigned_says_why_and_is_not_saved(
    changes: dict[str, Any], words: str, cast: Cast, lesson: Lesson, as_: As
) -> None:
    answer = as_(cast.manager).post("/assignments/new/", filled(cast, **changes))
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not Assignment.objects.exists()


def test_due_today_is_in_time(cast: Cast, lesson: Lesson, as_: As) -> None:
    save(as_(cast.manager), "/assignments/new/", filled(cast, due="2026-03-02"))
    assert Assignment.objects.get().due == TODAY


def test_nobody_assigns_where_they_may_not(cast: Cast, lesson: Lesson, as_: As) -> None:
    """A unit beside, a whole agency, another agency, a cohort of somebody else's: typed in by hand."""
    tolls, boats = cast.neighbor.unit, cast.outsider.unit
    for unit in (tolls, boats):
        assert as_(cast.manager).post("/assignments/new/", filled(cast, units=[unit.pk])).status_code == 422
    assert as_(cast.manager).post("/assignments/new/", filled(cast, units=[])).status_code == 422
    trainer = as_(cast.trainer)
    other = Cohort.objects.create(name="Tuesday group")
    for where in (f"cohort-{other.pk}", f"agency-{cast.unit.agency_id}"):
        answer = save(trainer, f"/assignments/new/?where={where}", filled(cast, title=where))
        assert Assignment.objects.get(title=where).cohort == cast.cohort
        assert answer.status_code == 200
    cast.cohort.trainers.add(cast.manager)
    assert as_(cast.manager).get(f"/assignments/new/?where=cohort-{other.pk}").status_code == 404


def test_a_data_officer_assigns_to_the_whole_agency_or_a_unit_of_it(cast: Cast, lesson: Lesson, as_: As) -> None:
    answer = save(as_(cast.data_officer), "/assignments/new/", filled(cast, units=[]))
    agency = Person.objects.filter(unit__agency=cast.unit.agency).count()
    assert f"0 of {agency} have completed it." in text_of(answer)


def test_an_administrator_chooses_first_where(cast: Cast, lesson: Lesson, as_: As) -> None:
    browser = as_(cast.administrator)
    first = browser.get("/assignments/new/")
    assert "Office of Lakes" in text_of(first)
    assert "Monday group (cohort)" in text_of(first)
    save(browser, f"/assignments/new/?where=cohort-{cast.cohort.pk}", filled(cast, units=[]))
    assert Assignment.objects.get().cohort == cast.cohort


def test_people_are_assigned_by_name(cast: Cast, lesson: Lesson, as_: As) -> None:
    save(as_(cast.manager), "/assignments/new/", filled(cast, people=" LENA@example.org \n"))
    assert list(Assignment.objects.get().people.all()) == [cast.learner]


def test_a_path_brings_its_lessons_and_says_which_are_still_to_come(
    cast: Cast, lesson: Lesson, as_: As, settings: LazySettings, tmp_path: Any
) -> None:
    for file in ("glossary.yml",):
        (tmp_path / file).write_text((settings.LESSONS_FOLDER / file).read_text())
    (tmp_path / "add-numbers").mkdir()
    (tmp_path / "add-numbers" / "lesson.md").write_text("-")
    planned = "planned: [{slug: statistics, track: foundations, title: Know how sure a number is}]"
    paths = "paths: [{id: everyone, title: Everyone, purpose: Basics., lessons: [add-numbers, statistics]}]"
    (tmp_path / "curriculum.yml").write_text(f"lessons: [add-numbers]\ntracks: []\n{paths}\n{planned}\n")
    settings.LESSONS_FOLDER = tmp_path
    browser = as_(cast.manager)
    assert "Everyone: 1 lesson, 1 still to come" in text_of(browser.get("/assignments/new/"))
    shown = browser.post("/assignments/new/", filled(cast, lessons=[], path="everyone"))
    assert "Still to come on this path, and not assigned: Know how sure a number is." in text_of(shown)
    save(browser, "/assignments/new/", filled(cast, lessons=[], path="everyone"))
    assert list(Assignment.objects.get().lessons.all()) == [lesson]


def test_an_assignment_is_changed_and_keeps_since_when_it_asks(cast: Cast, lesson: Lesson, as_: As) -> None:
    made = assign([lesson], date(2026, 3, 20), TODAY - 10 * DAY, agency=cast.unit.agency, units=[cast.unit])
    browser = as_(cast.manager)
    form = browser.get(f"/assignments/{made.pk}/change/").content.decode()
    assert 'value="2026-03-20"' in form
    save(browser, f"/assignments/{made.pk}/change/", filled(cast, title="Data basics, later", due="2026-05-01"))
    made.refresh_from_db()
    assert (made.title, made.due, made.made_on) == ("Data basics, later", date(2026, 5, 1), TODAY - 10 * DAY)
    assert made.assigned_lessons.get().since == TODAY - 10 * DAY
    assert Entry.objects.filter(action="assignments.change").count() == 1


def test_a_due_date_that_is_over_may_stay_when_something_else_is_changed(cast: Cast, lesson: Lesson, as_: As) -> None:
    made = assign([lesson], TODAY - DAY, TODAY - 10 * DAY, agency=cast.unit.agency, units=[cast.unit])
    browser = as_(cast.manager)
    save(browser, f"/assignments/{made.pk}/change/", filled(cast, title="Renamed", due="2026-03-01"))
    assert Assignment.objects.get().title == "Renamed"
    earlier = browser.post(f"/assignments/{made.pk}/change/", filled(cast, due="2026-02-28"))
    assert earlier.status_code == 422


def test_an_ended_assignment_asks_nothing_of_anybody(cast: Cast, lesson: Lesson, as_: As) -> None:
    made = assign([lesson], TODAY - DAY, TODAY - 10 * DAY, agency=cast.unit.agency, units=[cast.unit])
    assert "1 lesson is overdue" in text_of(as_(cast.learner).get("/my/"))
    browser = as_(cast.manager)
    assert "asks nothing of anybody" in text_of(browser.get(f"/assignments/{made.pk}/end/"))
    assert not Assignment.objects.get().ended_on
    browser.post(f"/assignments/{made.pk}/end/")
    assert "overdue" not in text_of(as_(cast.learner).get("/my/"))
    assert "It ended on March 2, 2026" in text_of(browser.get(f"/assignments/{made.pk}/"))
    assert browser.get(f"/assignments/{made.pk}/change/").status_code == 404
    assert Entry.objects.filter(action="assignments.end").count() == 1


def test_a_manager_reads_but_does_not_change_what_others_assigned_and_sees_their_own_people_only(
    cast: Cast, lesson: Lesson, as_: As
) -> None:
    made = assign([lesson], date(2026, 4, 1), TODAY, agency=cast.unit.agency, title="For the whole agency")
    browser = as_(cast.manager)
    assert "Made by others, for your people For the whole agency" in text_of(browser.get("/assignments/"))
    words = text_of(browser.get(f"/assignments/{made.pk}/"))
    assert "0 of 3 have completed it" in words
    assert "Nora" not in words
    for step in ("change", "end"):
        assert browser.get(f"/assignments/{made.pk}/{step}/").status_code == 404
    assert as_(cast.outside_manager).get(f"/assignments/{made.pk}/").status_code == 404


def test_one_by_name_for_another_unit_s_people_is_not_shown(cast: Cast, lesson: Lesson, as_: As) -> None:
    made = assign([lesson], date(2026, 4, 1), TODAY, agency=cast.unit.agency, people=[cast.neighbor], title="For one")
    assert "For one" not in text_of(as_(cast.manager).get("/assignments/"))
    assert as_(cast.manager).get(f"/assignments/{made.pk}/").status_code == 404
    assert as_(cast.other_manager).get(f"/assignments/{made.pk}/").status_code == 200


def test_the_page_of_an_assignment_lists_who_is_overdue_first(cast: Cast, lesson: Lesson, as_: As) -> None:
    made = assign([lesson], TODAY - DAY, TODAY - 9 * DAY, agency=cast.unit.agency, units=[cast.unit], renew_months=6)
    complete(cast.manager, lesson, TODAY - DAY)
    complete(cast.colleague, lesson, date(2024, 1, 1))
    words = text_of(as_(cast.manager).get(f"/assignments/{made.pk}/"))
    assert "2 of 3 people are overdue. 1 has completed it. For 1, a completion has expired." in words.replace(
        "1 of 3 has", "1 has"
    )
    assert words.index("Lena Lernfeld Signs Overdue") < words.index("Mara Managold Roads Complete")
    assert "Cole Kollmann Roads Overdue a completion has expired Mar 1, 2026 0 of 1" in words


def test_the_learner_reads_what_is_due_overdue_first_and_what_has_expired(cast: Cast, lesson: Lesson, as_: As) -> None:
    assert "What is due" not in text_of(as_(cast.learner).get("/my/"))
    assign([lesson], date(2026, 3, 9), TODAY, cohort=cast.cohort, title="Monday group", note="For spring.")
    words = text_of(as_(cast.learner).get("/my/"))
    assert "What is due Add numbers : due Monday, March 9, 2026. Monday group Monday group: For spring." in words
    assert "What is due" not in text_of(as_(cast.colleague).get("/my/"))
    later = Lesson.objects.create(
        slug="later", title="Later", minutes=5, possible=1, track="t", question="?", version="1", position=0
    )
    assign([later], TODAY - DAY, TODAY - 9 * DAY, cohort=cast.cohort, renew_months=1)
    complete(cast.learner, later, date(2025, 1, 1))
    words = text_of(as_(cast.learner).get("/my/"))
    assert "Later : overdue , was due March 1, 2026. You completed it before, and that has expired" in words
    assert words.index("Later : overdue") < words.index("Add numbers : due")
    assert "Later Expired 5 minutes" in words


def test_the_pages_ask_the_same_number_of_questions_for_any_number_of_people_and_assignments(
    cast: Cast, lesson: Lesson, as_: As
) -> None:
    made = assign([lesson], date(2026, 4, 1), TODAY, agency=cast.unit.agency, units=[cast.unit])
    assign([lesson], date(2026, 4, 1), TODAY, agency=cast.unit.agency)
    pages = ("/assignments/", f"/assignments/{made.pk}/", "/assignments/new/")

    def questions() -> list[int]:
        counts = []
        for path in pages:
            with CaptureQueriesContext(connection) as asked:
                assert as_(cast.manager).get(path).status_code == 200
            counts.append(len(asked))
        return counts

    before = questions()
    for number in range(12):
        unit = Unit.objects.create(name=f"Unit {number}", agency=cast.unit.agency, parent=cast.unit)
        Person.objects.create(email=f"p{number}@example.org", name=f"P {number}", unit=unit)
        assign([lesson], date(2026, 4, 1), TODAY, agency=cast.unit.agency, units=[unit])
        assign([lesson], date(2026, 4, 1), TODAY, agency=cast.unit.agency)
    assert questions() == before


def test_words_that_look_like_markup_stay_words(cast: Cast, lesson: Lesson, as_: As) -> None:
    title = "<script>alert(1)</script>{{ 7|add:7 }}"
    made = assign(
        [lesson], date(2026, 4, 1), TODAY, agency=cast.unit.agency, units=[cast.unit], title=title, note=title
    )
    for person, path in (
        (cast.manager, f"/assignments/{made.pk}/"),
        (cast.manager, "/assignments/"),
        (cast.learner, "/my/"),
    ):
        html = as_(person).get(path).content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7|add:7 }}" in html


def test_a_person_chooses_what_they_are_reminded_of(cast: Cast, as_: As) -> None:
    browser = as_(cast.learner)
    assert "Counts of my team" not in text_of(browser.get("/my/reminders/"))
    browser.post("/my/reminders/", {})
    assert cast.learner.reminder_choice.upcoming is False
    assert cast.learner.reminder_choice.team is True
    manager = as_(cast.manager)
    manager.post("/my/reminders/", {"upcoming": "on"})
    cast.manager.refresh_from_db()
    assert (cast.manager.reminder_choice.upcoming, cast.manager.reminder_choice.team) == (True, False)
    assert "checked" in manager.get("/my/reminders/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_pages_can_be_used_by_everybody_on_a_phone(
    cast: Cast, lesson: Lesson, live_server: Any, site: Any, browser: Any
) -> None:
    """axe-core finds nothing, and nothing is wider than the window."""
    made = assign([lesson], TODAY - DAY, TODAY - 9 * DAY, agency=cast.unit.agency, units=[cast.unit], note="Why.")
    pages = {
        cast.manager: ["", "new/", f"{made.pk}/", f"{made.pk}/change/", f"{made.pk}/end/", "../my/reminders/"],
        cast.administrator: ["new/"],
        cast.learner: ["../my/"],
    }
    for person, paths in pages.items():
        client = Client()
        client.force_login(person)
        context = browser.new_context(viewport={"width": 360, "height": 740})
        cookie = {"name": "academy_session", "value": client.cookies["academy_session"].value}
        context.add_cookies([cookie | {"url": live_server.url}])
        page = context.new_page()
        for path in paths:
            answer = page.goto(f"{live_server.url}/assignments/{path}")
            assert answer.status == 200, path
            _check(page, path)
            if path == "new/" and person == cast.manager:
                page.get_by_role("button", name="Show what it would do").click()
                page.get_by_text("Enter a title.").wait_for()
                _check(page, "a form with mistakes")
                page.get_by_label("Title").fill("Basics")
                page.get_by_label("Add numbers").check()
                page.get_by_label("Roads", exact=True).check()
                page.get_by_label("Due date").fill("2026-04-01")
                page.get_by_role("button", name="Show what it would do").click()
                page.get_by_role("button", name="Save it").wait_for()
                _check(page, "the form with what it would do")
        context.close()


def _check(page: Any, path: str) -> None:
    found = Axe().run(page).response["violations"]
    assert [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found] == [], path
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
