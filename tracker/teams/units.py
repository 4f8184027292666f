"""The units that a viewer may see, as a tree, and counts added up along it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tracker.people.models import Unit
from tracker.teams.measures import Counts


@dataclass(frozen=True)
class UnitLine:
    """A unit in a table: its people and those of all units below it, or its own people only."""

    unit: Unit
    counts: Counts
    own_only: bool = False


class Tree:
    """Units with what stands below each. A unit whose parent is out of sight is a root."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.units = {unit.pk: unit for unit in units}
        self._children: dict[int, list[Unit]] = defaultdict(list)
        for unit in self.units.values():
            if unit.parent_id in self.units:
                self._children[unit.parent_id].append(unit)
        self.roots = [unit for unit in self.units.values() if unit.parent_id not in self.units]

    def children(self, unit: Unit) -> list[Unit]:
        return self._children.get(unit.pk, [])

    def below(self, unit: Unit) -> set[int]:
        """The ids of a unit and of all units below it. Ends also where a wrong row makes a loop."""
        seen: set[int] = set()
        rest = [unit]
        while rest:
            one = rest.pop()
            if one.pk not in seen:
                seen.add(one.pk)
                rest += self.children(one)
        return seen

    def within(self, agency: int) -> Tree:
        return Tree(unit for unit in self.units.values() if unit.agency_id == agency)

    def lines(self, by_unit: Mapping[int, Counts], top: Unit | None = None) -> list[UnitLine]:
        """The table of a unit: its own people, then each unit right below. Without one, or with one root, of the roots.

        Units without people are left out: there is nothing to say about them.
        """
        if top is None:
            # Where a wrong row made a loop there is no root; then all stand side by side.
            roots = self.roots or list(self.units.values())
            if len(roots) > 1:
                return self._lines(roots, by_unit)
            top = roots[0] if roots else None
        if top is None or not self.children(top):
            return []
        own = by_unit.get(top.pk, Counts())
        first = [UnitLine(top, own, own_only=True)] if own.people else []
        return first + self._lines(self.children(top), by_unit)

    def _lines(self, units: Iterable[Unit], by_unit: Mapping[int, Counts]) -> list[UnitLine]:
        lines = [UnitLine(unit, total(by_unit, self.below(unit))) for unit in units]
        return [line for line in lines if line.counts.people]


def total(by_unit: Mapping[int, Counts], units: Iterable[int]) -> Counts:
    return sum((by_unit.get(unit, Counts()) for unit in units), Counts())
