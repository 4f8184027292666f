"""What a roster would change, row by row. Reads the database and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from django.db.models import Q

from tracker.people.models import Agency, Person, Unit
from tracker.people.roster.files import RosterUnreadable, read_sheet
from tracker.people.roster.rows import Row, folded, read_rows, shown
from tracker.people.roster.tree import Place, PlaceUnknown, Tree, read_tree
from tracker.people.scopes import overseen_agencies

BATCH = 5_000
"""People asked for at once: SQLite takes no longer list."""


class What(StrEnum):
    """What becomes of a row, in the words that pages show."""

    FAULT = "Fault"
    NEW = "New"
    OPENED = "Opened again"
    MOVED = "Moves"
    CHANGED = "Changes"
    SAME = "Same"
    MISSING = "Missing from the file"
    CLOSED = "Closed"
    LEFT_OUT = "Left out"
    NEW_UNIT = "New unit"


@dataclass(frozen=True)
class Request:
    """What is to be read, and how."""

    content: bytes
    agency: str = ""
    """Whose people they are where the file does not say."""
    new_units: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A person whom the tracker has."""

    pk: int
    email: str
    name: str
    unit: int | None
    agency: int | None
    is_active: bool
    is_administrator: bool


@dataclass(slots=True)
class Change:
    """One row of the file, or somebody who is missing from it."""

    line: int | None
    email: str
    name: str
    what: What
    details: list[str] = field(default_factory=list)
    place: Place | None = None
    known: Known | None = None
    now_manages: set[Place] = field(default_factory=set)
    no_longer_manages: set[int] = field(default_factory=set)
    data_officer: bool | None = None
    """True or False: this changes."""


@dataclass
class Plan:
    tree: Tree
    changes: list[Change]
    """The rows, in the order of the file."""
    missing: list[Change]
    new_units: list[Place]
    new_agencies: list[str]
    notes: tuple[str, ...]

    @property
    def faults(self) -> int:
        return sum(change.what is What.FAULT for change in self.changes)


def make_plan(request: Request, importer: Person | None) -> Plan:
    """Say what the file would change if `importer` took it over; None is who types commands on the server.

    Raises RosterUnreadable.
    """
    read = read_rows(read_sheet(request.content))
    allowed = overseen_agencies(importer) if importer else Agency.objects.all()
    all_powers = importer is None or importer.is_administrator
    agency_of = _agencies_of_rows(read.rows, request.agency, list(allowed.values_list("name", flat=True)[:2]))
    wanted = {folded(name) for name in agency_of.values()}
    agencies = [agency for agency in allowed if folded(agency.name) in wanted]
    tree = read_tree(agencies, Tree(may_grow=request.new_units, may_found_agencies=all_powers))
    tree.declare(read.rows, agency_of)
    known = {person.email: person for person in _people(Q(unit__agency__in=agencies))}
    missing = {email for email, person in known.items() if person.is_active} - {row.email for row in read.rows}
    elsewhere = [row.email for row in read.rows if row.email and row.email not in known]
    for emails in _batches(elsewhere):
        known |= {person.email: person for person in _people(Q(email__in=emails))}
    planner = _Planner(tree, known, {agency.pk for agency in agencies}, all_powers)
    changes = [planner.change(row, agency_of.get(row.line)) for row in read.rows]
    used = _units_in_use(changes)
    return Plan(
        tree=tree,
        changes=changes,
        missing=[Change(None, email, known[email].name, What.MISSING, known=known[email]) for email in sorted(missing)],
        new_units=[place for place, pk in tree.units.items() if pk is None and place in used],
        new_agencies=[key for key, pk in tree.agencies.items() if pk is None and any(key == a for a, _ in used)],
        notes=read.notes,
    )


def _agencies_of_rows(rows: list[Row], chosen: str, allowed: list[str]) -> dict[int, str]:
    """The agency's name for each line: what the row says, or what was chosen, or the only one there is to choose."""
    default = chosen or (allowed[0] if len(allowed) == 1 else "")
    agency_of = {}
    for row in rows:
        if chosen and row.agency and folded(row.agency) != folded(chosen):
            row.faults.append(f"The row is of {shown(row.agency)}. This roster is for {chosen} only.")
        elif name := row.agency or default:
            agency_of[row.line] = name
        else:
            row.faults.append(
                "The agency is missing. Write it in the column “agency”, or choose it for the whole file."
            )
    return agency_of


@dataclass
class _Planner:
    tree: Tree
    known: dict[str, Known]
    within: set[int]
    """The agencies of the file that the importer may change."""
    all_powers: bool

    def __post_init__(self) -> None:
        self.place_of = {pk: place for place, pk in self.tree.units.items() if pk is not None}
        links = Unit.managers.through._default_manager.filter(unit__agency__in=self.within)
        self.manages: dict[int, set[int]] = {}
        for person, unit in links.values_list("person", "unit"):
            self.manages.setdefault(person, set()).add(unit)
        officers = Agency.data_officers.through._default_manager.filter(agency__in=self.within)
        self.officers = set(officers.values_list("person", "agency"))

    def change(self, row: Row, agency_name: str | None) -> Change:
        change = Change(row.line, row.email, row.name, What.SAME, known=self.known.get(row.email))
        if not row.faults and agency_name:
            try:
                self._compare(change, row, agency_name)
            except PlaceUnknown as fault:
                row.faults.append(str(fault))
        if row.faults:
            return Change(row.line, row.email, row.name, What.FAULT, row.faults)
        return change

    def _compare(self, change: Change, row: Row, agency_name: str) -> None:
        agency = self._agency(agency_name)
        place = change.place = self.tree.find(agency, row.unit, row.parent)
        manages = None if row.manages is None else {self.tree.find(agency, path) for path in row.manages}
        known = change.known
        if known is None:
            change.what = What.NEW
            change.details.append(f"Joins {self._in_words(place)}.")
        elif known.agency not in self.within and not self.all_powers:
            # One sentence for all of them: whether somebody is of another agency, or of none, is not this reader's.
            row.faults.append("This address has an account outside your agency. Ask an administrator to move it.")
            return
        else:
            self._compare_person(change, known, place, row.name)
        self._compare_charges(change, known, agency, manages, row)
        if known and known.is_administrator and not self.all_powers and change.what is not What.SAME:
            row.faults.append("This account is an administrator's. Only an administrator can change it.")

    def _compare_person(self, change: Change, known: Known, place: Place, name: str) -> None:
        if known.name != name:
            change.what = What.CHANGED
            change.details.append(f"The name was {shown(known.name)}.")
        if known.unit is None or self.tree.units[place] != known.unit:
            change.what = What.MOVED
            before = self.place_of.get(known.unit) if known.unit else None
            came_from = self._in_words(before) if before else "another agency" if known.unit else "no unit"
            change.details.append(f"Moves from {came_from} to {self._in_words(place)}.")
            if known.agency and known.agency != self.tree.agencies[place[0]]:
                change.details.append("Gives up whatever was theirs to manage there.")
        if not known.is_active:
            change.what = What.OPENED
            change.details.append("The account was closed.")

    def _compare_charges(
        self, change: Change, known: Known | None, agency: str, manages: set[Place] | None, row: Row
    ) -> None:
        pk = self.tree.agencies[agency]
        # What somebody manages in another agency is not this row's to say.
        before = {unit for unit in self.manages.get(known.pk, ()) if self._is_of(unit, agency)} if known else set()
        if manages is None and change.what is What.MOVED:
            still = sorted(self.tree.in_words(self.place_of[unit]) for unit in before)
            change.details += [f"Still manages {words}." for words in still]
        if manages is not None:
            change.now_manages = {place for place in manages if self.tree.units[place] not in before}
            change.no_longer_manages = before - {self.tree.units[place] for place in manages}
            gone = (self.place_of[unit] for unit in change.no_longer_manages)
            change.details += [f"Now manages {words}." for words in sorted(map(self.tree.in_words, change.now_manages))]
            change.details += [f"No longer manages {words}." for words in sorted(map(self.tree.in_words, gone))]
        is_officer = bool(known and (known.pk, pk) in self.officers)
        if row.data_officer is not None and row.data_officer != is_officer:
            if not self.all_powers:
                row.faults.append("Only an administrator can say who is a data officer. Leave this cell as it is now.")
            change.data_officer = row.data_officer
            change.details.append("Becomes a data officer." if row.data_officer else "Is no longer a data officer.")
        charged = change.now_manages or change.no_longer_manages or change.data_officer is not None
        if change.what is What.SAME and charged:
            change.what = What.CHANGED

    def _agency(self, name: str) -> str:
        if folded(name) not in self.tree.agencies and not self.all_powers:
            raise PlaceUnknown(
                f"{shown(name)} is not your agency. You can take over the people of your own agency only."
            )
        return self.tree.find_agency(name)

    def _is_of(self, unit: int, agency: str) -> bool:
        return unit in self.place_of and self.place_of[unit][0] == agency

    def _in_words(self, place: Place) -> str:
        several = len(self.tree.agencies) > 1
        return f"{self.tree.names[place[0]]}: {self.tree.in_words(place)}" if several else self.tree.in_words(place)


def _units_in_use(changes: Iterable[Change]) -> set[Place]:
    """The units of rows without a fault, and all units above those."""
    places = {place for change in changes for place in (change.place, *change.now_manages) if place}
    return {(agency, path[:depth]) for agency, path in places for depth in range(1, len(path) + 1)}


def _people(condition: Q) -> Iterator[Known]:
    fields = ("pk", "email", "name", "unit", "unit__agency", "is_active", "is_administrator")
    found = Person.objects.filter(condition).order_by().values_list(*fields)
    return (Known(*row) for row in found.iterator(chunk_size=BATCH))


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while batch := list(islice(rest, BATCH)):
        yield batch


__all__ = ["BATCH", "Change", "Plan", "Request", "RosterUnreadable", "What", "make_plan"]
