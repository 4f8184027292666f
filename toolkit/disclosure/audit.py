"""The attack, tried: what could a reader work out about a hidden cell from every number that was ever published?

The unknowns are how many people there are of each kind. Every published number is an equation about them. For each
hidden cell, linear programming finds the least and the greatest count that agrees with all equations. Whole tables
that agree are kept as witnesses: a cell that differs enough between two of them needs no more proof.

Tables about different questions are tied together by what they share (the units, the filters). For three or more
tables whose questions overlap in a ring, the ties are fewer than all that a reader might use.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from toolkit.disclosure.policy import Policy
from toolkit.disclosure.table import Key, Table

Hidden: TypeAlias = frozenset[Key]
Release: TypeAlias = tuple[Table, Hidden]
"""A table as it is published: its counts but for the hidden cells."""

_NEARLY = 1e-6
_EVERYBODY_ELSE = "everybody else"


@dataclass(frozen=True)
class Difference:
    """The people who are in one of two cells and not in the other: what is left when a filter is taken away.

    `key` is the cell of the new table. No table shows these people; subtraction does.
    """

    key: Key
    earlier: int
    count: int


@dataclass(frozen=True)
class Before:
    """A cell that an earlier table hid."""

    earlier: int
    key: Key


Target: TypeAlias = Key | Difference | Before


@dataclass(frozen=True)
class Bounds:
    """The least and the greatest count that a hidden cell could have, as far as a reader can tell.

    `exact` is False where the search stopped early because the two were already far enough apart.
    """

    least: int
    greatest: int
    exact: bool

    @property
    def width(self) -> int:
        return self.greatest - self.least


def audit(release: Release, earlier: Sequence[Release] = (), *, width: int | None = None) -> dict[Key, Bounds]:
    """Return what a reader can work out about each hidden cell of `release`, who has all of `earlier` too.

    With `width`, a cell's search ends as soon as its bounds are at least so far apart; without it all are exact.
    """
    return Attack(release[0], earlier).bounds(release[1], width)


class Attack:
    """A reader who has the earlier releases, and is about to see one more table.

    What was found stays true when more is hidden, so that the search goes on from there: hide, look again.
    """

    def __init__(self, table: Table, earlier: Sequence[Release]) -> None:
        self.table = table
        self.blocks = _blocks([table, *(before for before, _ in earlier)])
        self.size = sum(block.size for block in self.blocks)
        self.published = [
            _Equation(self._people(before, key), count)
            for before, hidden in earlier
            for key, count in before.counts.items()
            if key not in hidden
        ]
        self.cells: dict[Target, Any] = {key: self._people(table, key) for key in table.keys}
        self.least: dict[Target, int] = {key: table.counts[key] for key in table.keys}
        for number, release in enumerate(earlier):
            for found, people, count in [*self._differences(number, release), *self._hidden_before(number, release)]:
                self.cells[found], self.least[found] = people, count
        self.greatest = dict(self.least)

    def _hidden_before(self, number: int, release: Release) -> Iterator[tuple[Target, Any, int]]:
        before, hidden = release
        for key in before.keys:
            if key in hidden:
                yield Before(number, key), self._people(before, key), before.counts[key]

    def _differences(self, number: int, release: Release) -> Iterator[tuple[Target, Any, int]]:
        """Where one of the two tables is filtered and the other is not: cells that are alike but for the filter."""
        before, _ = release
        if before.where == self.table.where or not (
            set(before.where) < set(self.table.where) or set(self.table.where) < set(before.where)
        ):
            return
        conditions = {*before.where, *self.table.where}
        alike = {frozenset({*before.labels(key).items()} - conditions): key for key in before.keys}
        for key in self.table.keys:
            other = alike.get(frozenset({*self.table.labels(key).items()} - conditions))
            if other is not None:
                people = np.setxor1d(self._people(before, other), self._people(self.table, key))
                count = abs(self.table.counts[key] - before.counts[other])
                yield Difference(key, number, count), people, count

    def bounds(self, hidden: Hidden, width: int | None = None) -> dict[Key, Bounds]:
        """Return the bounds of the hidden cells, if the table were published without them."""
        exact: set[Target] = set()
        for part in self._parts(hidden):
            for target in part.cells:
                if not self._far_apart(target, width):
                    self._push(part, target, width)
                    exact.add(target)
        ordered = [key for key in self.table.keys if key in hidden]
        return {key: Bounds(self.least[key], self.greatest[key], key in exact) for key in ordered}

    def first_pinned(self, hidden: Hidden, policy: Policy, ignoring: Container[Target] = ()) -> Target | None:
        """Return the first group to protect whose bounds are too close; None if there is none.

        These are the hidden cells of this table and of those before, and the small differences between the two.
        """
        width = policy.width
        small = [found for found in self.cells if isinstance(found, Difference) and policy.is_small(found.count)]
        before = [found for found in self.cells if isinstance(found, Before)]
        for part in self._parts([*hidden, *small, *before]):
            for target in part.cells:
                if target in ignoring or self._far_apart(target, width):
                    continue
                self._push(part, target, width)
                if not self._far_apart(target, width):
                    return target
        return None

    def bears_on(self, key: Key, pinned: Target) -> bool:
        """Whether hiding a cell can help a group that is pinned: it made the difference, or shares people or a line."""
        if isinstance(pinned, Difference):
            return key == pinned.key
        if isinstance(pinned, Before):
            return bool(np.isin(self.cells[key], self.cells[pinned]).any())
        return any(key in line and pinned in line for line in ([*parts, total] for parts, total in self.table.lines()))

    def _far_apart(self, target: Target, width: int | None) -> bool:
        return width is not None and self.greatest[target] - self.least[target] >= width

    def _push(self, part: _Part, target: Target, width: int | None) -> None:
        """Push a cell up, then down, as far as it goes. Each whole table met widens what is known of all cells."""
        for upward in (True, False):
            if not self._far_apart(target, width):
                witness = part.extreme(target, upward)
                for other in part.cells:
                    count = part.count(witness, other)
                    self.least[other] = min(self.least[other], count)
                    self.greatest[other] = max(self.greatest[other], count)

    def _people(self, table: Table, key: Key) -> Any:
        """The unknowns that a cell adds up."""
        labels = table.labels(key)
        block = next(block for block in self.blocks if labels.keys() <= set(block.dimensions))
        return block.matching(labels)

    def _parts(self, targets: Collection[Target]) -> list[_Part]:
        """The unknowns fall into parts that no equation connects. Each is a small problem of its own.

        What is published are the earlier tables, and this one but for those of its cells that are targets. Targets
        that published numbers settle by themselves come as a part without equations.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        hidden = {target for target in targets if isinstance(target, tuple)}
        shown = [_Equation(self.cells[key], count) for key, count in self.table.counts.items() if key not in hidden]
        known = {equation.people.tobytes(): equation for equation in [*self.published, *shown]}
        settled = _Settled(self.size, known.values())
        equations = [settled.taken_out(equation) for equation in known.values()]
        # Where both sides of a tie are published, it adds nothing.
        loose = [tie for tie in _ties(self.blocks) if any(side.tobytes() not in known for side in tie)]
        equations += [settled.taken_out(_Equation(plus, 0, minus)) for plus, minus in loose]
        equations = [equation for equation in equations if len(equation.everybody)]
        # In the order of the table, so that the same input gives the same result.
        wanted = [target for target in self.cells if target in set(targets)]
        cells = {target: settled.taken_out(_Equation(self.cells[target], 0)) for target in wanted}

        groups = [np.zeros(0, dtype=int), *(equation.everybody for equation in [*equations, *cells.values()])]
        first = np.concatenate([np.repeat(people[:1], len(people)) for people in groups])
        links = coo_array((np.ones(len(first)), (first, np.concatenate(groups))), shape=(self.size, self.size))
        _, part_of = connected_components(links, directed=False)
        parts: dict[int, _Part] = {}
        for target, cell in cells.items():
            number = int(part_of[cell.people[0]]) if len(cell.people) else -1
            parts.setdefault(number, _Part({}, [])).cells[target] = cell
        for equation in equations:
            if (part := parts.get(int(part_of[equation.everybody[0]]))) is not None:
                part.equations.append(equation)
        return list(parts.values())


@dataclass(frozen=True)
class _Equation:
    """The unknowns of `people` are `count`, or `count` more than those of `minus`."""

    people: Any
    count: int
    minus: Any = field(default_factory=lambda: np.zeros(0, dtype=int))

    @property
    def everybody(self) -> Any:
        return np.concatenate([self.people, self.minus])


class _Settled:
    """The unknowns that a published number gives by itself: a zero, which settles all it adds up, or a single one."""

    def __init__(self, size: int, known: Iterable[_Equation]) -> None:
        self.is_settled = np.zeros(size, dtype=bool)
        self.value = np.zeros(size, dtype=int)
        for equation in known:
            if equation.count == 0 or len(equation.people) == 1:
                self.is_settled[equation.people], self.value[equation.people] = True, equation.count

    def taken_out(self, equation: _Equation) -> _Equation:
        """The same equation about the other unknowns only."""
        people, minus = equation.people, equation.minus
        gone = self.value[people[self.is_settled[people]]].sum() - self.value[minus[self.is_settled[minus]]].sum()
        return _Equation(people[~self.is_settled[people]], equation.count - int(gone), minus[~self.is_settled[minus]])


@dataclass
class _Part:
    """Hidden cells and the equations about the unknowns that they add up: one linear program."""

    cells: dict[Target, _Equation]
    """By target: its unknowns; `count` is what is already known of the cell, less than nothing."""
    equations: list[_Equation]

    @cached_property
    def place(self) -> dict[int, int]:
        groups = [equation.everybody for equation in [*self.equations, *self.cells.values()]]
        unknowns = np.unique(np.concatenate(groups))
        return {int(unknown): column for column, unknown in enumerate(unknowns)}

    @cached_property
    def matrix(self) -> Any:
        from scipy.sparse import csr_array

        entries = [
            (row, self.place[int(unknown)], sign)
            for row, equation in enumerate(self.equations)
            for people, sign in ((equation.people, 1.0), (equation.minus, -1.0))
            for unknown in people
        ]
        rows, columns, signs = np.array(entries).reshape(-1, 3).T
        # The solver for whole numbers takes no longer indices than these.
        places = (rows.astype(np.int32), columns.astype(np.int32))
        return csr_array((signs, places), shape=(len(self.equations), len(self.place)))

    @cached_property
    def totals(self) -> Any:
        return np.array([equation.count for equation in self.equations], dtype=float)

    def columns(self, target: Target) -> list[int]:
        return [self.place[int(unknown)] for unknown in self.cells[target].people]

    def count(self, witness: Any, target: Target) -> int:
        """The count of a cell in a whole table."""
        return int(witness[self.columns(target)].sum()) - self.cells[target].count

    def extreme(self, target: Target, upward: bool) -> Any:
        """Return a whole table that agrees with every equation, in which a cell is as large or as small as can be."""
        from scipy.optimize import Bounds as Range
        from scipy.optimize import LinearConstraint, linprog, milp

        goal = np.zeros(len(self.place))
        if not self.place:
            return goal
        goal[self.columns(target)] = -1.0 if upward else 1.0
        # Where nothing published limits a count, it could be anything: far more than is published stands for that.
        most = np.abs(self.totals).sum() + 1_000
        solved = linprog(goal, A_eq=self.matrix, b_eq=self.totals, bounds=(0, most), method="highs-ds")
        if solved.status == 0 and np.allclose(solved.x, np.round(solved.x), atol=_NEARLY):
            return np.round(solved.x)
        # People come whole. Where a corner of the linear program splits one, whole numbers are asked for.
        whole = milp(
            goal,
            integrality=np.ones(len(goal)),
            bounds=Range(0, most),
            constraints=LinearConstraint(self.matrix, self.totals, self.totals),
        )
        if whole.x is None:
            raise ArithmeticError(f"The published numbers contradict each other: {whole.message}")
        return np.round(whole.x)


@dataclass(frozen=True)
class _Block:
    """All kinds of people by some dimensions; `start` is the number of the first unknown."""

    dimensions: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    start: int

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(names) for names in self.categories)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    def matching(self, labels: Mapping[str, str]) -> Any:
        numbers = np.arange(self.start, self.start + self.size).reshape(self.shape)
        chosen = tuple(
            names.index(labels[name]) if name in labels else slice(None)
            for name, names in zip(self.dimensions, self.categories, strict=True)
        )
        return np.atleast_1d(numbers[chosen]).ravel()


def _blocks(tables: Sequence[Table]) -> list[_Block]:
    """The fewest blocks of unknowns such that every cell of every table adds up unknowns of one block."""
    listed = {name: names for table in tables for name, names in zip(table.dimensions, table.categories, strict=True)}
    filtered: dict[str, list[str]] = {}
    for name, value in sorted({condition for table in tables for condition in table.where}):
        filtered.setdefault(name, [_EVERYBODY_ELSE]).append(value)
    # A filter alone does not say which other people there are, but there may be some.
    categories = filtered | listed
    kinds = {frozenset((*table.dimensions, *(name for name, _ in table.where))) for table in tables}
    largest = [kind for kind in kinds if not any(kind < other for other in kinds)]
    blocks: list[_Block] = []
    for dimensions in sorted(tuple(sorted(kind)) for kind in largest):
        start = blocks[-1].start + blocks[-1].size if blocks else 0
        blocks.append(_Block(dimensions, tuple(tuple(categories[name]) for name in dimensions), start))
    return blocks


def _ties(blocks: Sequence[_Block]) -> list[tuple[Any, Any]]:
    """Two blocks count the same people: what they share adds up to the same."""
    ties = []
    seen: dict[tuple[str, ...], _Block] = {}
    for one, other in itertools.combinations(blocks, 2):
        shared = tuple(name for name in one.dimensions if name in other.dimensions)
        # A chain is enough: what equals the same equals each other.
        if shared in seen and seen[shared] is not one:
            continue
        seen[shared] = one
        names = [one.categories[one.dimensions.index(name)] for name in shared]
        for values in itertools.product(*names):
            labels = dict(zip(shared, values, strict=True))
            ties.append((one.matching(labels), other.matching(labels)))
    return ties
