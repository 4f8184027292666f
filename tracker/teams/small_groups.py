"""Which of the statewide counts must be hidden, so that no small group can be worked out. The tool is the project's
one implementation, toolkit.disclosure; here stands what is special about these counts:

- They come again every quarter of a year. Two releases can be subtracted, so a change of one to five people is a
  small group.
- A path's people are among those of each of its lessons, which the tool does not know. So paths are counted for the
  state only, where that says nothing about an agency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from toolkit.disclosure import Policy, Protected, Table, protect, protect_all
from toolkit.disclosure.audit import Release

Cell: TypeAlias = tuple[str, str]
"""A measure's id and an agency, or nothing for the state."""

COMPLETE, NOT_YET = "complete", "not complete"
_AGENCY = "agency"


class Exposed(Exception):
    """Some small groups can be worked out, whatever is hidden. The message names them."""


@dataclass(frozen=True)
class Counted:
    """The people of each agency, how many of them completed each lesson, and how many of the state each path.

    `hidden` was not shown.
    """

    people: Mapping[str, int]
    complete: Mapping[str, Mapping[str, int]]
    paths: Mapping[str, int]
    hidden: frozenset[Cell] = frozenset()

    def number(self, measure: str, agency: str) -> int:
        """How many are complete, of an agency or of the state."""
        if measure in self.paths:
            return self.paths[measure]
        return self.complete[measure][agency] if agency else sum(self.complete[measure].values())

    @property
    def everybody(self) -> int:
        return sum(self.people.values())


# -- between releases -------------------------------------------------------------------------------------------------


_REST = "what the earlier release hid"


def changed_too_little(now: Counted, before: Counted, policy: Policy) -> set[Cell]:
    """The counts to hide because a reader who subtracts the earlier release from this one would find a small group.

    The change of each agency is a count of people itself, so the same rule and audit say which changes to hide. What
    the earlier release hid can only be subtracted all together.
    """
    found: set[Cell] = set()
    for measure in now.complete.keys() & before.complete.keys():
        changes: dict[str, int] = {}
        for name in now.people.keys() | before.people.keys():
            change = now.complete[measure].get(name, 0) - before.complete[measure].get(name, 0)
            comparable = name in now.people and name in before.people and (measure, name) not in before.hidden
            line = name if comparable else _REST
            changes[line] = changes.get(line, 0) + change
        names = [name for name in (*now.people, _REST) if name in changes]
        table = Table.from_parts({(name,): abs(changes[name]) for name in names}, (_AGENCY,), (names,))
        for (place,) in protect(table, replace(policy, zeros_may_be_hidden=True)).hidden:
            if place == _REST:
                found |= {(measure, one) for one in now.people if one not in changes}
            else:
                found.add((measure, place or ""))
    for measure in (*now.complete, *now.paths):
        known = measure in {**before.complete, **before.paths} and (measure, "") not in before.hidden
        if known and policy.is_small(abs(now.number(measure, "") - before.number(measure, ""))):
            found.add((measure, ""))
    return found


# -- within a release -------------------------------------------------------------------------------------------------


def hidden_cells(
    counted: Counted, lessons_of: Mapping[str, Sequence[str]], stays: Iterable[Cell], policy: Policy
) -> set[Cell]:
    """Which counts of a release to hide. `lessons_of` gives those of each path; `stays` must be hidden in any case.

    Raises Exposed.
    """
    forced = set(stays)
    done = _protected(counted, {cell for cell in forced if cell[0] in counted.complete}, policy)
    hidden = {(lesson, key[0] or "") for lesson, one in done.items() for key in one.hidden if key[1] == COMPLETE}
    for path, number in counted.paths.items():
        few = policy.is_small(number) or policy.is_small(counted.everybody - number)
        # Who completed the path completed its lessons: beside a hidden lesson, the path would be its least count.
        if few or (path, "") in forced or any((lesson, "") in hidden for lesson in lessons_of[path]):
            hidden.add((path, ""))
    return hidden


def _protected(counted: Counted, forced: set[Cell], policy: Policy) -> dict[str, Protected]:
    """The tables of all measures, protected together. How many people an agency has is no secret."""
    agencies = list(counted.people)
    sizes = Table.from_parts({(name,): size for name, size in counted.people.items()}, (_AGENCY,), (agencies,))
    earlier: list[Release] = [(sizes, frozenset())]
    earlier += [_hidden_before(counted, cell) for cell in sorted(forced)]
    tables = []
    for measure in counted.complete:
        cells: dict[tuple[str, ...], int] = {}
        for name, size in counted.people.items():
            done = counted.number(measure, name)
            cells |= {(name, COMPLETE): done, (name, NOT_YET): size - done}
        tables.append(Table.from_parts(cells, (_AGENCY, measure), (agencies, (COMPLETE, NOT_YET))))
    # The rule never hides a zero. Where a zero gives a small group away, it is hidden all the same.
    for trial in (policy, replace(policy, zeros_may_be_hidden=True)):
        done_all = protect_all(tables, trial, earlier)
        exposed = dict.fromkeys(name for one in done_all for name in one.exposed)
        if not exposed:
            return dict(zip(counted.complete, done_all, strict=True))
    raise Exposed("; ".join(exposed))


def _hidden_before(counted: Counted, cell: Cell) -> Release:
    """A release that hides this count: the tool keeps hidden what was hidden, and checks that it stays unknown."""
    measure, agency = cell
    size = counted.people[agency] if agency else counted.everybody
    done = counted.number(measure, agency)
    where = {_AGENCY: agency} if agency else {}
    table = Table.from_parts({(COMPLETE,): done, (NOT_YET,): size - done}, (measure,), ((COMPLETE, NOT_YET),), where)
    return table, frozenset({(COMPLETE,), (NOT_YET,)})
