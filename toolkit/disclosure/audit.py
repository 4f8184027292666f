"""The attack, tried: what could a reader work out about a hidden cell from every number that was ever published?

For each hidden cell the audit finds the least and the greatest count that agrees with everything published. Within a
two-way table that is done by letting counts move in circles (network.py). What several tables leave open together is
left to linear programming (program.py), after a first try with what they share held at its true count: a table found
that way agrees with everything published too, and most often shows enough.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from toolkit.disclosure.network import Network
from toolkit.disclosure.people import Block, Group, Sum, blocks_of, group_of
from toolkit.disclosure.program import Goal, Program
from toolkit.disclosure.seen import Bounds, Seen
from toolkit.disclosure.table import Key, Table, TableBroken

Hidden: TypeAlias = frozenset[Key]
Release: TypeAlias = tuple[Table, Hidden]
"""A table as it is published: its counts but for the hidden cells."""


@dataclass(frozen=True)
class Difference:
    """The people of a group who are not in a part of it. No table shows them; subtraction does."""

    larger: Group
    smaller: Group


Target: TypeAlias = Group | Difference


def audit(release: Release, earlier: Sequence[Release] = (), *, width: int | None = None) -> dict[Key, Bounds]:
    """Return what a reader can work out about each hidden cell of `release`, who has all of `earlier` too.

    With `width`, a cell's search ends as soon as its bounds are at least so far apart; without it all are exact.
    """
    table, hidden = release
    attack = Attack([table], earlier)
    for key in hidden:
        attack.hide(group_of(table, key))
    return attack.bounds(table, hidden, width)


class Attack:
    """A reader who has the earlier releases, and is about to see new tables.

    What was found stays true when more is hidden, so that the search goes on from there: hide, look again.
    """

    def __init__(self, tables: Sequence[Table], earlier: Sequence[Release] = ()) -> None:
        self.tables, self.earlier = tables, earlier
        every = [*(table for table, _ in earlier), *tables]
        self.counts = _counts(every)
        self.published = {group_of(table, key) for table, hidden in earlier for key in table.keys if key not in hidden}
        self.cells = list(dict.fromkeys(group_of(table, key) for table in tables for key in table.keys))
        self.shown = {*self.cells} - self.published
        self.blocks = self._touched(blocks_of(every))
        self.seen = Seen(ceiling=sum(self.counts.values()) + 1_000)
        self.shared = {group for group, times in Counter(g for b in self.blocks for g in b.groups).items() if times > 1}
        # Two-way tables, each with what it shares held at the true count. What is seen there is possible.
        simple = [block for block in self.blocks if self._is_simple(block)]
        self.networks = [self._network(block, self.seen, held=self.shared) for block in simple]
        # The same, each as if it were alone. What is not seen there is impossible.
        tied = [block for block in simple if not self.shared.isdisjoint(block.groups)]
        self.seen_alone = Seen(self.seen.ceiling)
        self.alone = [self._network(block, self.seen_alone, held=()) for block in tied]
        self._sums: dict[Group, list[Sum]] = {}
        self._programs: dict[Group, Program] = {}

    # -- what the reader knows ----------------------------------------------------------------------------------------

    def is_known(self, group: Group) -> bool:
        return group in self.published or group in self.shown

    def hide(self, group: Group) -> None:
        """Leave a count out of the new tables."""
        if group in self.shown:
            self.shown.remove(group)
            self._programs.clear()
            for network in self.networks:
                if group in network and group not in self.shared:
                    network.hide(group)
            for network in self.alone:
                if group in network:
                    network.hide(group)

    def give_up(self, group: Group) -> None:
        """Count a group as known that earlier tables settle anyway: showing it says nothing new."""
        self.published.add(group)
        self._programs.clear()

    def hidden_before(self) -> list[Group]:
        """What earlier tables hid and the new ones bear on."""
        groups = {group_of(table, key): None for table, hidden in self.earlier for key in table.keys if key in hidden}
        near = {group for block in self.blocks for group in block.groups}
        return [group for group in groups if group in near]

    def differences(self) -> Iterator[tuple[Target, int]]:
        """Where one of two tables is filtered and the other is not: cells that are alike but for the filter."""
        near = {group for block in self.blocks for group in block.groups}
        pairs = [(one, two) for one in self.tables for two, _ in self.earlier]
        pairs += [(one, two) for number, one in enumerate(self.tables) for two in self.tables[:number]]
        for wide, narrow in [*pairs, *((two, one) for one, two in pairs)]:
            if not set(wide.where) < set(narrow.where):
                continue
            taken_away = frozenset(narrow.where) - frozenset(wide.where)
            everyone = {group_of(wide, key) for key in wide.keys}
            for key in narrow.keys:
                smaller = group_of(narrow, key)
                larger = smaller - taken_away
                if larger in everyone and smaller in near:
                    yield self._left(larger, smaller), self.counts[larger] - self.counts[smaller]

    def _left(self, larger: Group, smaller: Group) -> Target:
        """A group of its own where a filter leaves one category out."""
        (name, value), *more = smaller - larger
        block = next(block for block in self.blocks if name in block.dimensions)
        others = [other for other in block.categories[block.dimensions.index(name)] if other != value]
        return larger | {(name, others[0])} if not more and len(others) == 1 else Difference(larger, smaller)

    # -- what the reader can work out ---------------------------------------------------------------------------------

    def bounds(self, table: Table, hidden: Collection[Key], width: int | None = None) -> dict[Key, Bounds]:
        """Return the bounds of hidden cells of a table."""
        found = {}
        for key in table.keys:
            if key in hidden:
                group = group_of(table, key)
                exact = not self.seen.apart(group, width) and self.look(group, width)
                found[key] = self.seen.bounds(group, exact)
        return found

    def first_pinned(self, targets: Iterable[Target], width: int) -> Target | None:
        """Return the first target whose least and greatest count are too close, None if there is none."""
        targets = list(targets)
        for target in targets:
            if self.seen.apart(target, width):
                continue
            if not isinstance(target, Difference) and self.pinned_alone(target, width) is not None:
                return target
            self.look(target, width, targets)
            if not self.seen.apart(target, width):
                return target
        return None

    def look(self, target: Target, width: int | None = None, beside: Iterable[Target] = ()) -> bool:
        """See how far a target's count can move. Return whether that is all, or the search ended at `width`.

        Where the solver is asked, the targets `beside` are pushed along, because one table may do for many.
        """
        if not isinstance(target, Difference):
            if self.is_known(target):
                self.seen.meet(target, self.counts[target])
                return True
            network = self.network_of(target)
            if network is not None:
                network.widen(target, width)
                if self.seen.apart(target, width):
                    return False
                if not any(self._is_open(group) for group in network.groups):
                    return True
                if width is not None and len(self.networks) == len(self.blocks):
                    self._shift_all(width, [target, *beside])
                    if self.seen.apart(target, width):
                        return False
        program = self._program(target, width, beside)
        if program is None:
            self.seen.meet(target, sum(times * self.counts[group] for group, times in _measure(target).items()))
            return True
        for sign in (1, -1):
            if not self.seen.apart(target, width):
                self._push(program, [target], sign, [target, *beside])
        return not self.seen.apart(target, width)

    def pinned_alone(self, group: Group, width: int) -> Network | None:
        """A two-way table that by itself, whatever the others leave open, says too much about a group."""
        for network in self.alone:
            if group in network:
                network.widen(group, width)
                if not self.seen_alone.apart(group, width):
                    return network
        return None

    def network_of(self, group: Group) -> Network | None:
        return next((network for network in self.networks if group in network), None)

    def sums_of(self, group: Group) -> list[Sum]:
        """The sums in which a group is a part, or the total."""
        if not self._sums:
            for each in dict.fromkeys(each for block in self.blocks for each in block.sums()):
                for member in (*each[0], each[1]):
                    self._sums.setdefault(member, []).append(each)
        return self._sums[group]

    def name(self, target: Target) -> str:
        """A group as a person names it, in the order of the tables."""
        if isinstance(target, Difference):
            return f"{self.name(target.larger)} without {self.name(target.smaller - target.larger)}"
        order = [name for table in [*self.tables, *(table for table, _ in self.earlier)] for name in _names(table)]
        conditions = sorted(target, key=lambda condition: order.index(condition[0]))
        return ", ".join(value for _, value in conditions) or "the total of all"

    def open_like(self, group: Group) -> list[Group]:
        """The groups that several tables share and all of them hide, and that are divided as this one is."""
        names = {name for name, _ in group}
        return [other for other in self.counts if self._is_open(other) and {name for name, _ in other} == names]

    def _shift_all(self, width: int, targets: Iterable[Target]) -> None:
        """Move what several tables share in all of them at once, and look again."""
        waiting = [target for target in targets if not isinstance(target, Difference) and not self.is_known(target)]
        for more in [group for group in self.counts if self._is_open(group)]:
            for less in self.open_like(more):
                waiting = [target for target in waiting if not self.seen.apart(target, width)]
                if not waiting:
                    return
                if more != less and self._shift(more, less, width):
                    for target in waiting:
                        if (network := self.network_of(target)) is not None:
                            network.widen(target, width)

    def _shift(self, more: Group, less: Group, amount: int) -> int:
        """Every table must be able to follow: those that went too far go back."""
        followed: list[Network] = []
        for network in self.networks:
            if more in network and amount:
                possible = network.shift(more, less, amount)
                for other in followed:
                    other.shift(less, more, amount - possible)
                followed.append(network)
                amount = possible
        for network in followed:
            network.note()
        return amount

    def _is_open(self, group: Group) -> bool:
        """Whether several blocks share the group and its count is hidden, so that they hang together."""
        return group in self.shared and not self.is_known(group)

    def _is_simple(self, block: Block) -> bool:
        """Whether a network can stand for the block: it is at most two-way, and what it shares can be held."""
        open_groups = (group for group in block.groups if self._is_open(group))
        return len(block.dimensions) <= 2 and all(group in self.counts for group in open_groups)

    def _network(self, block: Block, seen: Seen, held: Collection[Group]) -> Network:
        fixed = {group for group in block.groups if self.is_known(group) or group in held}
        return Network(block, self.counts, fixed, seen)

    def _touched(self, blocks: list[Block]) -> list[Block]:
        """The blocks that the new tables bear on. From block to block it goes by what they share, if that is hidden."""
        kinds = [{*table.dimensions, *(name for name, _ in table.where)} for table in self.tables]
        touched = [block for block in blocks if any(kind <= {*block.dimensions} for kind in kinds)]
        for block in touched:
            open_groups = {group for group in block.groups if group not in self.published}
            touched += [other for other in blocks if other not in touched and not open_groups.isdisjoint(other.groups)]
        return [block for block in blocks if block in touched]

    def _program(self, target: Target, width: int | None, beside: Iterable[Target]) -> Program | None:
        """The linear program of all that hangs together with a target through hidden counts; None if all is known."""
        unknown = {group: None for group in _measure(target) if not self.is_known(group)}
        for group in unknown:
            if group in self._programs and all(other in self._programs[group].column for other in unknown):
                return self._programs[group]
        if not unknown:
            return None
        sums: dict[Sum, None] = {}
        queue = deque(unknown)
        while queue:
            for each in self.sums_of(queue.popleft()):
                if each not in sums:
                    sums[each] = None
                    for group in (*each[0], each[1]):
                        if group not in unknown and not self.is_known(group):
                            unknown[group] = None
                            queue.append(group)
        program = Program(list(unknown), list(sums), self.counts.get)
        self._programs |= dict.fromkeys(unknown, program)
        if width is not None:
            for sign in (1, -1):
                if together := [each for each in beside if not self.seen.apart(each, width)]:
                    self._push(program, together, sign, together)
        return program

    def _push(self, program: Program, targets: Iterable[Target], sign: int, watched: Iterable[Target]) -> None:
        goal: Counter[Group] = Counter()
        for target in targets:
            for group, times in _measure(target).items():
                goal[group] += sign * times
        found = program.largest(goal, self.seen)
        for target in watched:
            parts = _measure(target)
            if any(group in found for group in parts):
                count = sum(times * found.get(group, self.counts.get(group, 0)) for group, times in parts.items())
                self.seen.meet(target, count)


def _names(table: Table) -> list[str]:
    return [*table.dimensions, *(name for name, _ in table.where)]


def _measure(target: Target) -> Goal:
    return {target.larger: 1, target.smaller: -1} if isinstance(target, Difference) else {target: 1}


def _counts(tables: Sequence[Table]) -> dict[Group, int]:
    """The true count of every group that some table counts."""
    counts: dict[Group, int] = {}
    for table in tables:
        for key, count in table.counts.items():
            if counts.setdefault(group_of(table, key), count) != count:
                raise TableBroken(
                    f"Two tables count different people: {table.name(key)} is {count} in one of them "
                    f"and {counts[group_of(table, key)]} in another."
                )
    return counts
