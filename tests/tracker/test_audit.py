"""The audit log: what is written, who reads it, and that nobody changes it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from tests.tracker.cast import Cast
from tracker.audit.forgetting import forget
from tracker.audit.log import entries_for, note
from tracker.audit.models import Entry, EntryIsFinal
from tracker.learning.models import Submission
from tracker.learning.reviews import review
from tracker.people.models import Cohort, Person

pytestmark = pytest.mark.django_db
Browser = Callable[[Person | None], Client]
HandIn = Callable[..., Submission]


def agencies_of(entry: Entry) -> str | None:
    return entry.agency.name if entry.agency else None


# Whose a line is


def test_a_line_belongs_to_the_agency_of_whom_it_is_about_or_else_of_who_did_it(cast: Cast) -> None:
    lakes = cast.outsider.unit.agency  # type: ignore[union-attr]
    assert agencies_of(note(cast.manager, "team.export", "Roads")) == "Department of Bridges"
    assert agencies_of(note(cast.trainer, "cohort.add", "Olga", concerning=cast.outsider)) == "Office of Lakes"
    assert agencies_of(note(cast.administrator, "roster.import", "a file", agency=lakes)) == "Office of Lakes"
    assert agencies_of(note(None, "roster.import", "a file")) is None


def test_what_an_administrator_does_for_all_agencies_belongs_to_none(cast: Cast) -> None:
    cast.administrator.unit = cast.unit
    assert agencies_of(note(cast.administrator, "settings.change", "everything")) is None


@pytest.mark.parametrize("action", ["grading.review", "certificates.make", "records.ask"])
def test_how_often_somebody_tried_and_what_they_asked_about_themselves_is_for_administrators_only(
    action: str, cast: Cast
) -> None:
    note(cast.trainer, action, "Lena", concerning=cast.learner, agency=cast.unit.agency)
    assert not entries_for(cast.data_officer).exists()
    assert entries_for(cast.administrator).count() == 1


def test_a_data_officer_reads_the_lines_of_their_agency_and_nobody_else_s(cast: Cast) -> None:
    ours = note(cast.manager, "team.export", "Roads")
    theirs = note(cast.outside_manager, "team.export", "Boats")
    assert list(entries_for(cast.data_officer)) == [ours]
    assert list(entries_for(cast.administrator)) == [theirs, ours]
    for person in (cast.learner, cast.manager, cast.trainer, cast.statewide, cast.outside_manager):
        assert not entries_for(person).exists()


# Nobody changes it


def test_code_that_tries_to_change_a_line_is_stopped(cast: Cast) -> None:
    entry = note(cast.manager, "team.export", "Roads", rows=3)
    entry.about = "nothing"
    for attempt in (
        entry.save,
        entry.delete,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(about="nothing"),
        lambda: Entry.objects.bulk_update([entry], ["about"]),
        lambda: Entry.objects.update_or_create(pk=entry.pk, defaults={"about": "nothing"}),
    ):
        with pytest.raises(EntryIsFinal, match="never changed"), transaction.atomic():
            attempt()
    entry.refresh_from_db()
    assert entry.about == "Roads"


def test_no_page_changes_or_deletes_a_line_the_administration_s_neither(cast: Cast, as_: Browser) -> None:
    entry = note(cast.manager, "team.export", "Roads")
    browser = as_(cast.administrator)
    for path in (
        "/admin/audit/entry/",
        f"/admin/audit/entry/{entry.pk}/change/",
        f"/admin/audit/entry/{entry.pk}/delete/",
    ):
        assert browser.post(path, {"about": "nothing", "post": "yes"}).status_code == 404
    for path in ("/audit/", "/audit/entries.csv"):
        for method in ("post", "put", "patch", "delete"):
            assert getattr(browser, method)(path).status_code == 405
    assert not [name for name in get_resolver().reverse_dict if isinstance(name, str) and "audit_entry" in name]
    assert Entry.objects.get().about == "Roads"


# The page


def test_lines_are_found_by_action_by_person_and_by_day(cast: Cast, as_: Browser) -> None:
    note(cast.manager, "team.export", "Roads")
    note(cast.data_officer, "people.change", "Cole Kollmann <cole@example.org>", concerning=cast.colleague)
    old = note(cast.manager, "people.change", "long ago")
    Entry.housekeeping.filter(pk=old.pk).update(at=datetime(2026, 3, 31, 23, 30, tzinfo=ZoneInfo("America/New_York")))
    browser = as_(cast.data_officer)

    def found(**asked: str) -> set[str]:
        page = browser.get("/audit/", asked).content.decode()
        return {about for about in ("Roads", "Cole Kollmann", "long ago") if f"<td>{about}" in page}

    assert found() == {"Roads", "Cole Kollmann", "long ago"}
    assert found(action="team.export") == {"Roads"}
    assert found(person="mara") == {"Roads", "long ago"}
    assert found(person="COLE@example.org") == {"Cole Kollmann"}
    assert found(since="2026-03-31", until="2026-03-31") == {"long ago"}
    assert found(until="2026-03-30") == set()
    assert found(since="2026-04-01") == {"Roads", "Cole Kollmann"}
    wrong = browser.get("/audit/", {"since": "soon"})
    assert wrong.status_code == 422 and "Enter a valid date." in wrong.content.decode()


def test_the_list_of_actions_names_none_that_only_others_may_see(cast: Cast, as_: Browser) -> None:
    note(cast.outside_manager, "secret.action", "Boats")
    assert "secret.action" not in as_(cast.data_officer).get("/audit/").content.decode()


def test_many_lines_come_in_pages_and_cost_no_more_queries(
    cast: Cast, as_: Browser, django_assert_max_num_queries: Callable[..., object]
) -> None:
    browser = as_(cast.data_officer)

    def queries() -> int:
        with django_assert_max_num_queries(30) as captured:  # type: ignore[attr-defined]
            browser.get("/audit/")
        return len(captured)

    note(cast.manager, "team.export", "Roads")
    queries()
    for_one = queries()
    for number in range(60):
        note(cast.manager, "team.export", f"Roads {number}", rows=number)
    assert queries() == for_one
    page = browser.get("/audit/?action=team.export&page=2").content.decode()
    assert "Page 2 of 2" in page and "61 lines" in page
    assert "?action=team.export&amp;page=1" in page


def test_the_export_has_the_same_lines_runs_nothing_and_notes_itself(cast: Cast, as_: Browser) -> None:
    note(cast.manager, "team.export", "=HYPERLINK(1)", rows=3)
    note(cast.outside_manager, "team.export", "Boats")
    answer = as_(cast.data_officer).get("/audit/entries.csv?person=mara")
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows[0] == ["when", "who", "action", "about", "details"]
    assert [row[1:] for row in rows[1:]] == [
        ["Mara Managold <mara@example.org>", "team.export", "'=HYPERLINK(1)", "rows: 3"]
    ]
    exported = Entry.objects.get(action="audit.export")
    assert exported.actor == cast.data_officer and exported.facts == {"lines": 1}


# What is written


def test_a_review_is_noted_without_points_or_words(cast: Cast, graded_submission: HandIn) -> None:
    submission = graded_submission(cast.learner, 4, text="my words")
    answer = submission.task_results.get(manual=True)
    review(answer, cast.trainer, 1.5, "SECRET COMMENT")
    review(answer, cast.trainer, 2, "SECRET COMMENT")
    first, second = Entry.objects.filter(action="grading.review").order_by("pk")
    assert (first.actor, first.concerning, first.facts) == (cast.trainer, cast.learner, {"replaced": False})
    assert second.facts == {"replaced": True}
    assert "SECRET" not in str(first) and "my words" not in str(first)


def test_the_administration_notes_who_was_put_in_charge_and_who_no_longer_is(cast: Cast, as_: Browser) -> None:
    browser = as_(cast.administrator)
    change = f"/admin/people/cohort/{cast.cohort.pk}/change/"
    data = {"name": "Monday group", "trainers": "mara@example.org", "members": "lena@example.org\ncole@example.org"}
    assert browser.post(change, data).status_code == 302
    entry = Entry.objects.get(action="administration.change")
    assert entry.actor == cast.administrator and entry.about == "cohort Monday group"
    assert entry.facts["what"] == (
        "Changed Trainers (added: mara@example.org; removed: theo@example.org) and Members (added: cole@example.org)."
    )
    assert browser.post("/admin/people/cohort/add/", data | {"name": "New group"}).status_code == 302
    assert "added: mara@example.org" in Entry.objects.get(action="administration.add").facts["what"]


def test_the_administration_notes_rights_and_moves_in_the_person_s_agency(cast: Cast, as_: Browser) -> None:
    person = cast.colleague
    data = {"email": person.email, "name": "Cole Kollmann", "unit": str(cast.learner.unit_id), "is_administrator": "on"}
    answer = as_(cast.administrator).post(f"/admin/people/person/{person.pk}/change/", data)
    assert answer.status_code == 302, answer.content.decode()
    entry = Entry.objects.get(action="administration.change")
    assert entry.concerning == person and agencies_of(entry) == "Department of Bridges"
    assert "Unit (now: Signs, Department of Bridges)" in entry.facts["what"]
    assert "May see and change everything (yes)" in entry.facts["what"]
    assert "May sign in (no)" in entry.facts["what"]


def test_an_administrator_who_is_made_on_the_command_line_is_noted(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse battery")
    call_command("createsuperuser", email="vera@example.org", name="Vera", interactive=False)
    entry = Entry.objects.get(action="person.administrator")
    assert (entry.actor, entry.about) == (None, "vera@example.org")
    assert entry.concerning == Person.objects.get(email="vera@example.org", is_administrator=True)


def test_the_administration_notes_a_deletion_and_deletes_one_row_at_a_time(cast: Cast, as_: Browser) -> None:
    browser = as_(cast.administrator)
    several = {"action": "delete_selected", "_selected_action": [str(cast.cohort.pk)], "post": "yes"}
    browser.post("/admin/people/cohort/", several)
    assert Cohort.objects.exists()
    assert browser.post(f"/admin/people/cohort/{cast.cohort.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Cohort.objects.exists()
    assert Entry.objects.get(action="administration.delete").about == "cohort Monday group"


def test_a_person_is_not_deleted_in_the_administration(cast: Cast, as_: Browser) -> None:
    path = f"/admin/people/person/{cast.learner.pk}/delete/"
    assert as_(cast.administrator).post(path, {"post": "yes"}).status_code == 403
    assert Person.objects.filter(pk=cast.learner.pk).exists()


def test_a_new_password_set_by_an_administrator_is_noted_and_stands_nowhere(cast: Cast, as_: Browser) -> None:
    password = "a long enough pass phrase"
    data = {"usable_password": "true", "password1": password, "password2": password}
    path = f"/admin/people/person/{cast.learner.pk}/password/"
    assert as_(cast.administrator).post(path, data).status_code == 302
    entry = Entry.objects.get(action="administration.change")
    assert entry.concerning == cast.learner and "password" in entry.facts["what"].lower()
    assert password not in str(entry.facts)


# When somebody leaves


def test_a_deleted_person_s_name_leaves_every_line_and_one_story_can_still_be_told(cast: Cast) -> None:
    note(cast.colleague, "team.export", "Roads")
    note(cast.data_officer, "people.change", "Cole Kollmann", concerning=cast.colleague)
    note(cast.administrator, "cohort.change", "Monday group", members="lena@example.org, COLE@example.org")
    others = note(cast.manager, "team.export", "nicole@example.org, cole@example.organic")
    left = forget(cast.colleague)
    cast.colleague.delete()
    lines = [(entry.actor_name, entry.about, entry.facts) for entry in Entry.objects.order_by("pk")]
    assert lines[0] == (left, "Roads", {})
    assert lines[1] == ("Dora Datenhof <dora@example.org>", left, {})
    assert lines[2][2] == {"members": f"lena@example.org, {left}"}
    assert lines[3][1] == others.about
    assert "cole kollmann" not in str(lines).lower()
    assert Entry.objects.filter(actor=None).count() == 1


def test_the_number_of_who_left_leads_nowhere(cast: Cast) -> None:
    assert forget(cast.colleague) != forget(cast.colleague)


def test_a_name_that_two_people_have_is_taken_out_of_the_right_lines_only(cast: Cast) -> None:
    Person.objects.create_user("second@example.org", name="Cole Kollmann", unit=cast.unit)
    note(cast.manager, "people.change", "Cole Kollmann", concerning=cast.colleague)
    note(cast.manager, "people.change", "Cole Kollmann")
    left = forget(cast.colleague)
    assert [entry.about for entry in Entry.objects.order_by("pk")] == [left, "Cole Kollmann"]


def test_a_name_in_the_details_is_found_whatever_its_letters(cast: Cast) -> None:
    lucja = Person.objects.create_user("lucja@example.org", name="Łucja Ó Brien", unit=cast.unit)
    note(cast.manager, "cohort.change", "Monday group", members="Lena Lernfeld, Łucja Ó Brien")
    left = forget(lucja)
    assert Entry.objects.get().facts == {"members": f"Lena Lernfeld, {left}"}


def test_the_administration_s_own_history_forgets_them_too(cast: Cast, as_: Browser) -> None:
    browser = as_(cast.administrator)
    data = {"name": "New group", "trainers": "", "members": "cole@example.org"}
    browser.post("/admin/people/cohort/add/", data)
    browser.post("/admin/people/cohort/add/", data | {"name": "Other group", "members": "lena@example.org"})
    forget(cast.colleague)
    assert [entry.object_repr for entry in LogEntry.objects.all()] == ["Other group"]


def test_old_lines_can_be_told_from_new_ones(cast: Cast) -> None:
    from tracker.audit.forgetting import lines_before

    old = note(cast.manager, "team.export", "Roads")
    Entry.housekeeping.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=9))
    note(cast.manager, "team.export", "Roads")
    assert list(lines_before(timezone.now() - timedelta(days=5))) == [old]
