"""Takes a roster over: what its plan says, whole or not at all, and exactly what was shown."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, transaction

from tracker.audit.log import note
from tracker.people.accounts import close_accounts, give_up_other_agencies, open_accounts
from tracker.people.models import Agency, Person, Unit
from tracker.people.roster.plan import BATCH, Change, Plan, Request, What, make_plan
from tracker.people.roster.report import Report, report_of
from tracker.people.roster.tree import Place
from tracker.people.scopes import overseen_agencies

ROWS = 1_000
"""Written at once."""
APPLIED = (What.NEW, What.OPENED, What.MOVED, What.CHANGED)


class RosterRefused(Exception):
    """Nothing was changed. The message says why, and what to do."""


class StateHasChanged(RosterRefused):
    """The tracker is no longer as it was when the plan was shown."""

    def __init__(self) -> None:
        super().__init__(
            "The tracker has changed since this was shown, so nothing was taken over. Look again, then apply."
        )


@dataclass(frozen=True)
class Consent:
    """What a person said on the page of the dry run."""

    digest: str | None = None
    """Of the report that was shown; None where nothing was shown, and the command was just given."""
    leave_out_faults: bool = False
    close_missing: bool = False


def take_over(request: Request, consent: Consent, importer: Person | None) -> Report:
    """Do what the file says, and return what was done. Raises RosterRefused or RosterUnreadable."""
    try:
        with transaction.atomic():
            # Two people who take over rosters of one agency wait for each other.
            allowed = overseen_agencies(importer) if importer else Agency.objects.all()
            list(
                Agency.objects.select_for_update().filter(pk__in=allowed.values("pk")).order_by("pk").values_list("pk")
            )
            plan = make_plan(request, importer)
            if consent.digest is not None and report_of(plan).digest != consent.digest:
                raise StateHasChanged
            _check(plan, consent)
            _write(plan, consent, importer)
            return report_of(plan)
    except IntegrityError:
        # Somebody else made one of these people or units in this very moment.
        raise StateHasChanged from None


def _check(plan: Plan, consent: Consent) -> None:
    if plan.faults and not consent.leave_out_faults:
        raise RosterRefused(
            f"{_rows(plan.faults)} in the file. Nothing was taken over. "
            "Mend the file, or leave out the rows with faults."
        )
    if plan.faults and consent.close_missing:
        # The person of a row that cannot be read would look as if they were missing.
        raise RosterRefused(
            "Accounts are closed only when every row of the file can be taken over. Mend the file first."
        )


def _rows(count: int) -> str:
    return "There is a fault" if count == 1 else f"There are {count:,} rows with faults"


def _write(plan: Plan, consent: Consent, importer: Person | None) -> None:
    applied = [change for change in plan.changes if change.what in APPLIED]
    _make_units(plan)
    units = plan.tree.units
    _write_people(applied, units)
    open_accounts([change.known.pk for change in applied if change.what is What.OPENED and change.known])
    charged = {c.email for c in applied if c.now_manages or c.no_longer_manages or c.data_officer is not None}
    _write_charges([change for change in applied if change.email in charged], plan)
    give_up_other_agencies([c.known.pk for c in applied if c.known and c.place and _changes_agency(c, plan)])
    for change in plan.changes:
        if change.what is What.FAULT:
            change.what = What.LEFT_OUT
    if consent.close_missing:
        _close(plan.missing, importer)
    _note(plan, importer)


def _make_units(plan: Plan) -> None:
    tree = plan.tree
    for agency in plan.new_agencies:
        tree.agencies[agency] = Agency.objects.create(name=tree.names[agency]).pk
    # Those above before those below, a level at a time.
    for depth in sorted({len(path) for _, path in plan.new_units}):
        places = [place for place in plan.new_units if len(place[1]) == depth]
        made = Unit.objects.bulk_create(
            [
                Unit(
                    agency_id=cast(int, tree.agencies[agency]),
                    parent_id=tree.units.get((agency, path[:-1])),
                    name=tree.names[agency, path],
                )
                for agency, path in places
            ],
            batch_size=ROWS,
        )
        tree.units.update((place, unit.pk) for place, unit in zip(places, made, strict=True))


def _write_people(applied: Collection[Change], units: dict[Place, int | None]) -> None:
    """New people and changed ones, told apart by their address, in as few statements as there are batches."""
    Person.objects.bulk_create(
        (
            Person(email=change.email, name=change.name, unit_id=units[change.place], password=_no_password())
            for change in applied
            if change.place
        ),
        batch_size=ROWS,
        update_conflicts=True,
        unique_fields=["email"],
        update_fields=["name", "unit"],
    )


def _no_password() -> str:
    """As make_password(None) gives it, in a hundredth of the time."""
    return UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(30)


def _write_charges(changes: list[Change], plan: Plan) -> None:
    ids: dict[str, int] = {}
    for start in range(0, len(changes), BATCH):
        emails = [change.email for change in changes[start : start + BATCH]]
        ids |= dict(Person.objects.filter(email__in=emails).values_list("email", "pk"))
    links, officers = Unit.managers.through, Agency.data_officers.through
    dropped: dict[int, list[int]] = {}
    for change in changes:
        for unit in change.no_longer_manages:
            dropped.setdefault(unit, []).append(ids[change.email])
    for unit, people in dropped.items():
        links._default_manager.filter(unit=unit, person__in=people).delete()
    new = [
        links(unit_id=plan.tree.units[place], person_id=ids[c.email])
        for c in changes
        for place in sorted(c.now_manages)
    ]
    links._default_manager.bulk_create(new, batch_size=ROWS, ignore_conflicts=True)
    for change in changes:
        if change.data_officer is not None and change.place:
            officer: dict[str, Any] = {"agency_id": plan.tree.agencies[change.place[0]], "person_id": ids[change.email]}
            if change.data_officer:
                officers._default_manager.get_or_create(**officer)
            else:
                officers._default_manager.filter(**officer).delete()


def _changes_agency(change: Change, plan: Plan) -> bool:
    return bool(change.known and change.place and change.known.agency != plan.tree.agencies[change.place[0]])


def _close(missing: list[Change], importer: Person | None) -> None:
    """Accounts of administrators stay: who is missing from an agency's list may still run the tracker."""
    closed = []
    for change in missing:
        if (
            change.known
            and not change.known.is_administrator
            and change.known.pk != (importer.pk if importer else None)
        ):
            change.what = What.CLOSED
            closed.append(change.known.pk)
        else:
            change.details.append("Stays open: it is an administrator's account, or your own.")
    close_accounts(closed)


def _note(plan: Plan, importer: Person | None) -> None:
    """One line in the audit log for each agency, so that its data officers can read it."""
    agencies = Agency.objects.in_bulk([pk for pk in plan.tree.agencies.values() if pk])
    counts: dict[int, dict[str, int]] = {pk: {} for pk in agencies}
    for change in (*plan.changes, *plan.missing):
        pk = plan.tree.agencies[change.place[0]] if change.place else change.known.agency if change.known else None
        if pk in counts:
            counts[pk][change.what.name.lower()] = counts[pk].get(change.what.name.lower(), 0) + 1
    for pk, agency in agencies.items():
        facts: dict[str, Any] = dict(counts[pk])
        note(importer, "roster.import", agency.name, agency=agency, **facts)
