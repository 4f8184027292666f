"""Nothing that is stored joins an anonymous form to a person, whoever looks into the database itself."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.tracker.cast import Cast
from tests.tracker.surveying import Browser, close, fill_in, opened, write_survey
from tracker.audit.models import Entry
from tracker.people.models import Agency, Person
from tracker.surveys.campaigns import taking_part
from tracker.surveys.models import Answer, Draft, Publication, Taken
from tracker.surveys.personal import forget, personal_data
from tracker.surveys.retention import forget_expired, kept_until

FLAGS = ("first", "listed")
"""Columns that are true or false, which SQLite writes as 1 and 0."""


@pytest.fixture
def survey(tmp_path: Path, settings: LazySettings) -> Callable[..., None]:
    """Write the survey into the tests' own folder, perhaps with changes."""
    settings.SURVEYS_FOLDER = tmp_path / "surveys"

    def survey(**changes: Any) -> None:
        write_survey(settings.SURVEYS_FOLDER, **changes)

    survey()
    return survey


@pytest.fixture
def crowd(cast: Cast) -> list[Person]:
    return [
        Person.objects.create_user(f"crowd{number}@example.org", name=f"Crowd {number}", unit=cast.unit)
        for number in range(24)
    ]


def everything_stored() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as the database has it, hidden columns too."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description or ()]
            found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


# -- anonymous


def test_a_sent_form_leaves_no_draft_and_nothing_that_names_the_person(
    survey: object, cast: Cast, as_: Browser
) -> None:
    campaign = opened(cast.statewide)
    browser = as_(cast.learner)
    before = everything_stored()
    fill_in(browser, campaign)
    after = everything_stored()
    changed = {table for table in after if after[table] != before.get(table)}
    assert changed == {"surveys_answer", "surveys_taken"}
    assert browser.session.keys() == {"_auth_user_id", "_auth_user_backend", "_auth_user_hash"}
    for row in after["surveys_answer"]:
        assert row["person"] == ""
        assert cast.learner.pk not in {value for name, value in row.items() if name not in FLAGS}
        assert "lena" not in json.dumps(row).lower()


def test_the_two_sides_have_only_the_survey_in_common(survey: object, cast: Cast, as_: Browser) -> None:
    campaign = opened(cast.statewide)
    for person in (cast.learner, cast.colleague, cast.neighbor):
        fill_in(as_(person), campaign)
    stored = everything_stored()
    forms = {value for row in stored["surveys_answer"] for name, value in row.items() if name not in FLAGS}
    marks = {value for row in stored["surveys_taken"] for value in row.values()}
    # An empty wave, too, is in both: the survey is asked once.
    assert forms & marks == {campaign.pk, ""}


def test_neither_side_has_a_date_or_a_time(survey: object) -> None:
    for model in (Answer, Taken):
        kinds = {field.get_internal_type() for field in model._meta.get_fields()}
        assert not kinds & {"DateField", "DateTimeField", "TimeField"}


def test_where_a_form_works_is_what_it_says_and_not_what_the_account_says(
    survey: object, cast: Cast, as_: Browser
) -> None:
    campaign = opened(cast.statewide)
    fill_in(as_(cast.learner), campaign, agency="")
    assert set(campaign.answers.values_list("unit", flat=True)) == {""}


def test_neither_ids_nor_places_in_the_file_tell_who_sent_first(
    survey: object, cast: Cast, crowd: list[Person], as_: Browser
) -> None:
    """Read in the order of ids, both sides are in an order of chance; and in SQLite that is their place in the file."""
    campaign = opened(cast.statewide)
    sent = []
    for number, person in enumerate(crowd):
        fill_in(as_(person), campaign, years=str(number + 1))
        sent.append(person.pk)
    marks = list(Taken.objects.order_by("pk").values_list("person", flat=True))
    forms = list(Answer.objects.filter(question="years").order_by("pk").values_list("answer", flat=True))
    orders = [[sent.index(person) for person in marks], [int(years) - 1 for years in forms]]
    assert orders[0] != orders[1]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for table in ("surveys_taken", "surveys_answer"):
                cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE rowid <> id")
                assert cursor.fetchone() == (0,)
    for order in orders:
        assert sorted(order) == list(range(len(crowd)))
        # A sorted list has no step down, a reversed one nothing else; chance makes about half of them.
        steps_down = sum(later < earlier for earlier, later in itertools.pairwise(order))
        assert 3 <= steps_down <= 20


def test_who_has_answered_is_written_anew_at_each_sending(survey: object, cast: Cast, as_: Browser) -> None:
    """So that PostgreSQL's own columns, of place and transaction, are alike for all."""
    campaign = opened(cast.statewide)
    fill_in(as_(cast.learner), campaign)
    before = set(Taken.objects.values_list("pk", flat=True))
    fill_in(as_(cast.colleague), campaign)
    assert not before & set(Taken.objects.values_list("pk", flat=True))
    assert set(Taken.objects.values_list("person", flat=True)) == {cast.learner.pk, cast.colleague.pk}


def test_advice_at_the_end_is_kept_nowhere(survey: object, cast: Cast, settings: LazySettings) -> None:
    root = Path(__file__).parents[2]
    settings.SURVEYS_FOLDER, settings.LESSONS_FOLDER = root / "surveys", root / "lessons"
    campaign = opened(cast.statewide, "staff")
    browser = Client()
    browser.force_login(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    browser.post(f"/surveys/{campaign.pk}/1/", {"version": "1.0", "work": "manager"})
    sent = browser.post(f"/surveys/{campaign.pk}/send/")
    assert "/paths/manager.html" in sent.content.decode()
    assert sent.cookies.keys() <= {"academy_csrf"}
    assert "manager" not in json.dumps(dict(browser.session.items()))
    assert not Draft.objects.exists()


def test_the_audit_log_says_nothing_of_who_answered(survey: object, cast: Cast, as_: Browser) -> None:
    campaign = opened(cast.statewide)
    fill_in(as_(cast.learner), campaign)
    assert not Entry.objects.filter(actor=cast.learner).exists()


# -- pseudonymous and named


def test_a_pseudonym_joins_before_and_after_and_is_another_in_each_survey(
    survey: Callable[..., None], cast: Cast, as_: Browser
) -> None:
    survey(anonymity="pseudonymous", waves=True)
    campaigns = [opened(cast.statewide), opened(cast.statewide)]
    browser = as_(cast.learner)
    for campaign in campaigns:
        for wave in ("before", "after"):
            fill_in(browser, campaign, wave)
    codes = [set(campaign.answers.values_list("person", flat=True)) for campaign in campaigns]
    assert [len(each) for each in codes] == [1, 1]
    assert not codes[0] & codes[1]
    (code,) = codes[0]
    assert len(code) == 64
    assert set(campaigns[0].answers.values_list("wave", flat=True)) == {"before", "after"}


def test_a_pseudonym_cannot_be_made_without_the_key_of_the_installation(
    survey: Callable[..., None], cast: Cast, as_: Browser, settings: LazySettings
) -> None:
    from tracker.surveys.instruments import instrument_of
    from tracker.surveys.sending import person_in

    survey(anonymity="pseudonymous")
    campaign = opened(cast.statewide)
    instrument = instrument_of(campaign.edition)
    code = person_in(campaign, instrument, cast.learner.pk, cast.learner.email)
    settings.SECRET_KEY = "another key"
    assert person_in(campaign, instrument, cast.learner.pk, cast.learner.email) != code


def test_only_a_survey_that_says_so_keeps_the_name(survey: Callable[..., None], cast: Cast, as_: Browser) -> None:
    survey(anonymity="named")
    campaign = opened(cast.statewide)
    fill_in(as_(cast.data_officer), campaign)
    assert set(campaign.answers.values_list("person", flat=True)) == {"dora@example.org"}


# -- a person's own data


@pytest.mark.parametrize(("anonymity", "found"), [("anonymous", 0), ("pseudonymous", 5), ("named", 5)])
def test_a_person_gets_and_deletes_what_can_be_found_to_be_theirs(
    anonymity: str, found: int, survey: Callable[..., None], cast: Cast, as_: Browser
) -> None:
    survey(anonymity=anonymity)
    campaign = opened(cast.statewide)
    for person in (cast.learner, cast.colleague):
        fill_in(as_(person), campaign)
    stored = {each.name: each.rows for each in personal_data(cast.learner)}
    assert len(stored["survey-answers"]) == found
    assert len(stored["surveys-taken"]) == 1
    forget(cast.learner)
    assert campaign.answers.count() == 10 - found


# -- retention


def test_unsent_forms_go_when_the_survey_closes_and_answers_when_their_time_is_over(
    survey: Callable[..., None], cast: Cast, as_: Browser
) -> None:
    survey(keep_years=2)
    campaign = opened(cast.statewide)
    fill_in(as_(cast.learner), campaign)
    as_(cast.colleague).post(f"/surveys/{campaign.pk}/")
    today = timezone.localdate()
    assert forget_expired(today) == {"drafts": 0, "answers": 0}
    close(campaign)
    assert forget_expired(today) == {"drafts": 1, "answers": 0}
    last = kept_until(campaign)
    assert last.year == campaign.closes.year + 2
    assert forget_expired(last) == {"drafts": 0, "answers": 0}
    assert forget_expired(last.replace(year=last.year + 1)) == {"drafts": 0, "answers": 5}
    assert not Taken.objects.exists()


def test_published_counts_stay_when_answers_go(survey: object, cast: Cast, as_: Browser) -> None:
    campaign = close(opened(cast.statewide))
    Publication.objects.create(campaign=campaign, divided_by="agency", figures=[], facts={}, releases="[]")
    forget_expired(timezone.localdate().replace(year=timezone.localdate().year + 5, day=1))
    assert Publication.objects.exists()


# -- taking part


def test_who_runs_a_survey_sees_how_many_answered_and_never_who(
    survey: object, cast: Cast, crowd: list[Person], as_: Browser
) -> None:
    campaign = opened(cast.statewide)
    page = lambda: as_(cast.statewide).get(f"/surveys/{campaign.pk}/campaign/").content.decode()  # noqa: E731
    Taken.objects.bulk_create(Taken(campaign=campaign, person=person) for person in crowd[:5])
    assert page().count("<td>hidden</td>") == 3
    Taken.objects.bulk_create(Taken(campaign=campaign, person=person) for person in crowd[5:8])
    assert "<td>8</td>" in page()
    assert "Crowd" not in page()


def test_that_all_but_one_have_answered_is_hidden_too(
    survey: object, cast: Cast, crowd: list[Person], as_: Browser
) -> None:
    campaign = opened(cast.statewide)
    Taken.objects.bulk_create(Taken(campaign=campaign, person=person) for person in Person.objects.all()[1:])
    text = as_(cast.statewide).get(f"/surveys/{campaign.pk}/campaign/").content.decode()
    assert "All who are asked" in text
    assert "<td>34</td>" not in text


def test_an_agency_s_hidden_number_cannot_be_subtracted_from_the_total(
    survey: object, cast: Cast, crowd: list[Person], as_: Browser
) -> None:
    """Eight of one agency have answered, and one of the other: nine in all would tell."""
    campaign = opened(cast.statewide)
    people = [*crowd[:8], cast.outsider]
    Taken.objects.bulk_create(Taken(campaign=campaign, person=person) for person in people)
    text = as_(cast.statewide).get(f"/surveys/{campaign.pk}/campaign/").content.decode()
    assert "<td>8</td>" in text
    assert "<td>9</td>" not in text
    assert text.count("<td>hidden</td>") == 2


def test_taking_part_asks_the_database_as_often_for_many_people_as_for_few(
    survey: object, cast: Cast, crowd: list[Person], django_assert_num_queries: Any
) -> None:
    campaign = opened(cast.statewide)
    for number in (1, 20):
        Taken.objects.bulk_create(Taken(campaign=campaign, person=person) for person in crowd[number : number + 2])
        with django_assert_num_queries(4):
            taking_part(campaign, Agency.objects.all())
