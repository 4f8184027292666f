"""Roles that come from groups of the identity provider. They go when the group goes; what was given by hand stays."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction

from tracker.audit.log import note
from tracker.people.models import Agency, Person, Unit
from tracker.sign_on.configuration import Mapped, Role
from tracker.sign_on.models import GroupRole

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Charge:
    """A role, and of what."""

    role: Role
    agency: Agency | None = None
    unit: Unit | None = None

    def __str__(self) -> str:
        of = self.unit or self.agency
        return f"{self.role} of {of}" if of else str(self.role)


@transaction.atomic
def give_roles(person: Person, groups: Collection[str], mapping: Iterable[Mapped]) -> None:
    """Make the roles that a person has from groups equal to what these groups give."""
    wanted = {charge for mapped in mapping if mapped.group in groups and (charge := _charge(mapped))}
    from_groups = {_of_row(row): row for row in person.group_roles.select_related("agency", "unit__agency")}
    for charge in from_groups.keys() - wanted:
        _set(person, charge, False)
        from_groups[charge].delete()
        note(None, "sign_on.role_withdrawn", _about(person), concerning=person, role=str(charge))
    for charge in wanted:
        # What the person has already, without a row, was given by hand: the group neither gives nor takes it.
        if not _has(person, charge):
            _set(person, charge, True)
            if charge not in from_groups:
                _row(person, charge).save()
            note(None, "sign_on.role_given", _about(person), concerning=person, role=str(charge))


def withdraw_roles(person: Person) -> None:
    """Take away every role that came from a group: the person came in without the provider's word."""
    if person.group_roles.exists():
        give_roles(person, (), ())


def is_administrator_by_hand(person: Person) -> bool:
    return person.is_administrator and not person.group_roles.filter(role=Role.ADMINISTRATOR).exists()


def _charge(mapped: Mapped) -> Charge | None:
    """What the settings name, found in the database; None where it is not there, which the log says."""
    if not mapped.agency:
        return Charge(mapped.role)
    agency = Agency.objects.filter(name=mapped.agency).first()
    if agency and not mapped.unit:
        return Charge(mapped.role, agency=agency)
    unit: Unit | None = None
    for name in mapped.unit if agency else ():
        unit = Unit.objects.filter(agency=agency, parent=unit, name=name).first()
        if unit is None:
            break
    if unit is None:
        place = " > ".join((mapped.agency, *mapped.unit))
        logger.error("The sign-on's settings give group %s a charge of %s, which does not exist.", mapped.group, place)
        return None
    return Charge(mapped.role, unit=unit)


def _has(person: Person, charge: Charge) -> bool:
    if charge.role is Role.ADMINISTRATOR:
        return person.is_administrator
    if charge.role is Role.STATEWIDE:
        return person.sees_statewide
    if charge.agency:
        return charge.agency.data_officers.filter(pk=person.pk).exists()
    return bool(charge.unit and charge.unit.managers.filter(pk=person.pk).exists())


def _set(person: Person, charge: Charge, holds: bool) -> None:
    if charge.role is Role.ADMINISTRATOR:
        person.is_administrator = holds
        person.save(update_fields=["is_administrator"])
    elif charge.role is Role.STATEWIDE:
        person.sees_statewide = holds
        person.save(update_fields=["sees_statewide"])
    elif charge.agency:
        (charge.agency.data_officers.add if holds else charge.agency.data_officers.remove)(person)
    elif charge.unit:
        (charge.unit.managers.add if holds else charge.unit.managers.remove)(person)


def _of_row(row: GroupRole) -> Charge:
    return Charge(Role(row.role), row.agency, row.unit)


def _row(person: Person, charge: Charge) -> GroupRole:
    return GroupRole(person=person, role=charge.role, agency=charge.agency, unit=charge.unit)


def _about(person: Person) -> str:
    return f"{person.name} <{person.email}>"
