"""The agencies and units that a roster speaks of: those that there are, and those that it would make.

A roster makes units and never moves, renames or removes one: that is done on the administration pages. So whatever
a file says, the tree stays a tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tracker.people.models import Agency, Unit
from tracker.people.roster.rows import DEEPEST, Row, UnitPath, folded, path_in_words, shown

Place = tuple[str, UnitPath]
"""A unit as it is found: its agency's name and its path, folded."""


class PlaceUnknown(Exception):
    """A row speaks of a unit or an agency that cannot be found. The message says what to do."""


@dataclass
class Tree:
    """`units` and `agencies` hold ids; None is for what is yet to be made."""

    may_grow: bool
    """Whether units that are not there are made."""
    may_found_agencies: bool
    agencies: dict[str, int | None] = field(default_factory=dict)
    units: dict[Place, int | None] = field(default_factory=dict)
    names: dict[Place | str, str] = field(default_factory=dict)
    """How each is written."""
    _by_name: dict[Place, list[UnitPath]] = field(default_factory=dict)
    _declared: dict[Place, set[UnitPath]] = field(default_factory=dict)
    """What the column “parent unit” of the file says of each unit that it gives by name alone."""

    def add_agency(self, name: str, pk: int | None) -> None:
        self.agencies[folded(name)] = pk
        self.names[folded(name)] = name

    def add_unit(self, place: Place, name: str, pk: int | None) -> None:
        agency, path = place
        self.units[place] = pk
        self.names[place] = name
        self._by_name.setdefault((agency, path[-1:]), []).append(path)

    def in_words(self, place: Place) -> str:
        agency, path = place
        written = (self.names.get((agency, path[: depth + 1]), name) for depth, name in enumerate(path))
        return path_in_words(tuple(written))

    def declare(self, rows: Iterable[Row], agency_of: dict[int, str]) -> None:
        """Take in what the file says of parents, before any row is looked up."""
        for row in rows:
            if len(row.unit) == 1 and row.line in agency_of:
                place = (folded(agency_of[row.line]), _fold(row.unit))
                self._declared.setdefault(place, set()).add(row.parent)

    def find_agency(self, name: str) -> str:
        """The agency's key. Raises PlaceUnknown."""
        key = folded(name)
        if key not in self.agencies:
            if not (self.may_grow and self.may_found_agencies):
                raise PlaceUnknown(f"There is no agency {shown(name)}. Correct the name, or have it made first.")
            self.add_agency(name, None)
        return key

    def find(self, agency: str, unit: UnitPath, parent: UnitPath = ()) -> Place:
        """The place of a unit, which is made if it may be. Raises PlaceUnknown."""
        path = (*self._whole(agency, parent, ()), *unit) if parent else unit
        place = (agency, _fold(path))
        if place not in self.units:
            self._grow(agency, path)
        return place

    def _grow(self, agency: str, path: UnitPath) -> None:
        keys = _fold(path)
        if len(set(keys)) < len(keys):
            raise PlaceUnknown(
                f"In {shown(path_in_words(path))} a unit would stand below itself. Correct the unit or its parent unit."
            )
        if len(path) > DEEPEST:
            raise PlaceUnknown(f"{shown(path_in_words(path))} has more than {DEEPEST} units below each other.")
        if not self.may_grow:
            raise PlaceUnknown(self._unknown(agency, path))
        for depth, name in enumerate(path, start=1):
            if (agency, keys[:depth]) not in self.units:
                self.add_unit((agency, keys[:depth]), name, None)

    def _unknown(self, agency: str, path: UnitPath) -> str:
        says = f"{shown(path_in_words(path))} is no unit of {self.names[agency]}."
        named_so = self._by_name.get((agency, _fold(path[-1:])), [])
        if len(named_so) == 1:
            return f"{says} Did you mean {shown(self.in_words((agency, named_so[0])))}?"
        return f"{says} Correct it, or let the roster make new units."

    def _whole(self, agency: str, parent: UnitPath, below: UnitPath) -> UnitPath:
        """The path of a parent unit. Given by its name alone, it stands where the file says, or else at the top.

        What the tracker holds does not matter here: a file means the same today and after it was taken over.
        """
        if len(parent) != 1:
            return parent
        name = _fold(parent)
        if name[0] in below:
            circle = " → ".join([*below[below.index(name[0]) :], name[0]])
            raise PlaceUnknown(f"The units go around in a circle: {shown(circle)}. Correct a parent unit.")
        if len(below) > DEEPEST:
            raise PlaceUnknown(f"There are more than {DEEPEST} units above this one. Correct the parent units.")
        declared = self._declared.get((agency, name), set())
        if len(declared) > 1:
            raise PlaceUnknown(
                f"The file has several units {shown(parent[0])}. Write the whole path, such as Permits / Front desk, "
                "as parent unit."
            )
        above = next(iter(declared), ())
        return (*(self._whole(agency, above, (*below, name[0])) if above else ()), *parent)


def read_tree(agencies: Iterable[Agency], tree: Tree) -> Tree:
    """Fill a tree with these agencies and all their units. One query."""
    keys = {}
    for agency in agencies:
        tree.add_agency(agency.name, agency.pk)
        keys[agency.pk] = folded(agency.name)
    units = {
        pk: (name, parent, agency)
        for pk, name, parent, agency in Unit.objects.filter(agency__in=keys)
        .order_by("pk")
        .values_list("pk", "name", "parent", "agency")
    }
    for pk, (name, _, agency_pk) in units.items():
        path: list[str] = []
        at: int | None = pk
        # A loop that somebody wrote past all forms ends here, and its units cannot be named by a roster.
        while at in units and len(path) <= DEEPEST:
            path.insert(0, folded(units[at][0]))
            at = units[at][1]
        place = (keys[agency_pk], tuple(path))
        if place not in tree.units:
            tree.add_unit(place, name, pk)
    return tree


def _fold(path: UnitPath) -> UnitPath:
    return tuple(folded(name) for name in path)
