"""The scopes: who sees whom, whatever the tree of units looks like."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracker.cast import Cast
from tracker.people.models import Agency, Cohort, Person, Unit
from tracker.people.scopes import (
    managed_people,
    managed_units,
    manages,
    oneself,
    overseen_agencies,
    reviewed_people,
    sees_statewide,
    taught_cohorts,
    teaches,
)


def test_a_manager_sees_their_unit_and_all_below(cast: Cast) -> None:
    assert set(managed_people(cast.manager)) == {cast.manager, cast.colleague, cast.learner}


def test_a_manager_of_the_unit_beside_sees_none_of_them(cast: Cast) -> None:
    assert set(managed_people(cast.other_manager)) == {cast.other_manager, cast.neighbor, cast.trainer}


def test_a_manager_of_another_agency_sees_their_own_agency_only(cast: Cast) -> None:
    assert set(managed_people(cast.outside_manager)) == {cast.outsider, cast.outside_manager}


def test_a_data_officer_sees_everybody_of_their_agency_only(cast: Cast) -> None:
    seen = set(managed_people(cast.data_officer))
    assert seen == {
        person for person in cast.people().values() if person.unit and person.unit.agency == cast.unit.agency
    }
    assert manages(cast.data_officer)
    assert list(overseen_agencies(cast.data_officer)) == [cast.unit.agency]


def test_the_office_of_the_chief_data_officer_sees_counts_and_no_people(cast: Cast) -> None:
    assert [name for name, person in cast.people().items() if sees_statewide(person)] == ["statewide", "administrator"]
    assert not managed_people(cast.statewide).exists()
    assert not manages(cast.statewide)


def test_who_manages_nothing_sees_nobody(cast: Cast) -> None:
    for person in (cast.learner, cast.colleague, cast.trainer, cast.outsider):
        assert not managed_people(person).exists()
        assert not manages(person)


def test_a_trainer_reviews_the_members_of_their_cohorts_only(cast: Cast) -> None:
    other = Cohort.objects.create(name="Somebody else's group")
    other.members.add(cast.neighbor)
    assert set(reviewed_people(cast.trainer)) == {cast.learner}
    assert set(taught_cohorts(cast.trainer)) == {cast.cohort}


def test_a_trainer_who_is_a_member_does_not_review_themselves(cast: Cast) -> None:
    cast.cohort.members.add(cast.trainer)
    assert set(reviewed_people(cast.trainer)) == {cast.learner}


def test_members_and_managers_review_nobody(cast: Cast) -> None:
    for person in (cast.learner, cast.manager, cast.outsider):
        assert not reviewed_people(person).exists()
        assert not teaches(person)


def test_an_administrator_sees_everybody(cast: Cast) -> None:
    in_units = Person.objects.exclude(unit=None)
    assert set(managed_people(cast.administrator)) == set(in_units)
    assert set(taught_cohorts(cast.administrator)) == {cast.cohort}


def test_oneself_is_one(cast: Cast) -> None:
    assert list(oneself(cast.learner)) == [cast.learner]


def test_people_who_have_left_are_in_nobody_s_sight(cast: Cast) -> None:
    cast.learner.is_active = False
    cast.learner.save()
    assert cast.learner not in managed_people(cast.manager)
    assert cast.learner not in reviewed_people(cast.trainer)


def test_a_parent_of_another_agency_opens_nothing(cast: Cast) -> None:
    """A row that the administration pages refuse, but that an import might one day write."""
    Unit.objects.filter(name="Boats").update(parent=cast.unit)
    assert cast.outsider not in managed_people(cast.manager)


def test_a_loop_in_the_tree_ends(cast: Cast) -> None:
    signs = Unit.objects.get(name="Signs")
    Unit.objects.filter(pk=cast.unit.pk).update(parent=signs)
    assert set(managed_units(cast.manager)) == {cast.unit, signs}


def test_a_unit_cannot_be_put_below_itself_or_below_another_agency(cast: Cast) -> None:
    cast.unit.parent = Unit.objects.get(name="Signs")
    with pytest.raises(ValidationError, match="below itself"):
        cast.unit.full_clean()
    cast.unit.parent = Unit.objects.get(name="Boats")
    with pytest.raises(ValidationError, match="same agency"):
        cast.unit.full_clean()


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parents=st.lists(st.integers(min_value=0), min_size=1, max_size=12), managed=st.sets(st.integers(0, 11)))
def test_a_manager_sees_the_managed_units_and_all_their_descendants(parents: list[int], managed: set[int]) -> None:
    Unit.objects.update(parent=None)
    Unit.objects.all().delete()
    Person.objects.all().delete()
    agency = Agency.objects.get_or_create(name="Any agency")[0]
    manager = Person.objects.create_user("manager@example.org", name="Manager")
    units: list[Unit] = []
    above: list[set[int]] = []
    for number, parent in enumerate(parents):
        # The first is the root; every other one hangs below an earlier one.
        under = parent % number if number else None
        units.append(
            Unit.objects.create(agency=agency, name=str(number), parent=None if under is None else units[under])
        )
        above.append({number} | (above[under] if under is not None else set()))
        if number in managed:
            units[number].managers.add(manager)
    expected = {units[number].pk for number in range(len(units)) if above[number] & managed}
    assert set(managed_units(manager).values_list("pk", flat=True)) == expected
