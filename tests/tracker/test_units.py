"""The tree of units: its page, and the administration pages that put people in charge."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.tracker.cast import Cast
from tracker.people.models import Agency, Person, Unit
from tracker.people.scopes import managed_people


def read(browser: Client, path: str = "/units/") -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    main = answer.content.decode().split("<main")[1].split("</main>")[0].split("Who sees whom")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def test_a_data_officer_sees_the_whole_tree_of_the_agency(cast: Cast, as_: Callable[..., Client]) -> None:
    text = read(as_(cast.data_officer))
    assert "Units: Department of Bridges 7 people in 4 units." in text
    assert (
        "Roads : 2 people, 3 with the units below Managed by Mara Managold Signs : 1 person No manager of its own"
        in text
    )
    assert "Tolls : 3 people Managed by Otto Obermann" in text
    assert "Nobody manages Archive." in text
    assert "Import a roster" in text


def test_a_manager_sees_their_own_part_only(cast: Cast, as_: Callable[..., Client]) -> None:
    text = read(as_(cast.manager))
    assert "3 people in 2 units." in text and "Signs" in text
    for word in ("Tolls", "Archive", "Boats", "Otto", "Import a roster"):
        assert word not in text


def test_an_administrator_chooses_an_agency(cast: Cast, as_: Callable[..., Client]) -> None:
    browser = as_(cast.administrator)
    assert "Department of Bridges Office of Lakes 1 account is in no unit" in read(browser)
    lakes = Agency.objects.get(name="Office of Lakes")
    text = read(browser, f"/units/?agency={lakes.pk}")
    assert "Boats : 2 people Managed by Quentin Querfeld · Change" in text and "Roads" not in text
    assert browser.get("/admin/people/person/?unit__isnull=True").status_code == 200


def test_nobody_chooses_an_agency_that_is_not_theirs(cast: Cast, as_: Callable[..., Client]) -> None:
    lakes = Agency.objects.get(name="Office of Lakes")
    for viewer in (cast.manager, cast.data_officer):
        for agency in (lakes.pk, "x", "0"):
            assert as_(viewer).get(f"/units/?agency={agency}").status_code == 404


def test_closed_accounts_are_not_counted_and_manage_nothing(cast: Cast, as_: Callable[..., Client]) -> None:
    Person.objects.filter(pk__in=[cast.learner.pk, cast.other_manager.pk]).update(is_active=False)
    text = read(as_(cast.data_officer))
    assert "5 people in 4 units." in text and "Signs : 0 people" in text
    assert "Otto" not in text and "Nobody manages Archive, Tolls." in text


def test_an_agency_without_units_says_what_makes_them(cast: Cast, as_: Callable[..., Client]) -> None:
    wells = Agency.objects.create(name="Board of Wells")
    wells.data_officers.add(cast.outsider)
    Unit.objects.get(name="Boats").managers.clear()
    assert "The agency has no units yet. A roster makes them." in read(as_(cast.outsider))


def test_the_page_asks_as_many_questions_for_a_large_agency_as_for_a_small_one(
    cast: Cast, as_: Callable[..., Client]
) -> None:
    browser = as_(cast.data_officer)
    counts = []
    for size in (2, 40):
        for number in range(size):
            unit = Unit.objects.create(agency=cast.unit.agency, parent=cast.unit, name=f"{size} {number}")
            unit.managers.add(Person.objects.create(email=f"{size}.{number}@example.org", name="P", unit=unit))
        with CaptureQueriesContext(connection) as asked:
            read(browser)
        counts.append(len(asked))
    assert counts[0] == counts[1]


# Putting people in charge, on the administration pages


def test_an_administrator_puts_somebody_in_charge(cast: Cast, as_: Callable[..., Client]) -> None:
    fields = {"agency": cast.unit.agency_id, "name": "Roads", "managers": "mara@example.org\ncole@example.org"}
    path = f"/admin/people/unit/{cast.unit.pk}/change/"
    assert as_(cast.administrator).post(path, fields).status_code == 302
    assert set(managed_people(cast.colleague)) == {cast.manager, cast.colleague, cast.learner}


def test_whoever_manages_a_unit_is_of_its_agency_and_may_sign_in(cast: Cast, as_: Callable[..., Client]) -> None:
    path = f"/admin/people/unit/{cast.unit.pk}/change/"
    fields = {"agency": cast.unit.agency_id, "name": "Roads"}
    answer = as_(cast.administrator).post(path, fields | {"managers": "olga@example.org"})
    assert "olga@example.org does not work in this agency" in answer.content.decode()
    Person.objects.filter(pk=cast.colleague.pk).update(is_active=False)
    answer = as_(cast.administrator).post(path, fields | {"managers": "cole@example.org"})
    assert "The account of cole@example.org is closed" in answer.content.decode()
    assert list(cast.unit.managers.all()) == [cast.manager]


def test_a_person_who_is_moved_to_another_agency_gives_up_what_they_managed(
    cast: Cast, as_: Callable[..., Client]
) -> None:
    boats = Unit.objects.get(name="Boats")
    fields = {"email": "mara@example.org", "name": "Mara Managold", "unit": boats.pk, "is_active": "on"}
    path = f"/admin/people/person/{cast.manager.pk}/change/"
    assert as_(cast.administrator).post(path, fields).status_code == 302
    assert not managed_people(cast.manager).exists()
    assert cast.manager in managed_people(cast.outside_manager)


def test_a_unit_takes_its_units_below_along_or_stays(cast: Cast) -> None:
    cast.unit.agency = Agency.objects.get(name="Office of Lakes")
    with pytest.raises(ValidationError, match="Move them first"):
        cast.unit.full_clean()


def test_an_old_loop_does_not_keep_the_form_busy_forever(cast: Cast) -> None:
    signs, tolls = Unit.objects.get(name="Signs"), Unit.objects.get(name="Tolls")
    Unit.objects.filter(pk=cast.unit.pk).update(parent=signs)
    tolls.parent = signs
    tolls.full_clean()


def test_the_database_itself_refuses_twins_at_the_top_and_a_unit_below_itself(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.create(agency=cast.unit.agency, name="Roads")
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.filter(pk=cast.unit.pk).update(parent=cast.unit)
