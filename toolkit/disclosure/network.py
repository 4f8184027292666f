"""Two-way tables, exactly and without a solver: counts that move around in circles.

People flow through a table: from everybody to a row, from the row through a cell to a column, and back to everybody.
What flows into a place flows out of it again: that is all that rows, columns and totals say. A published count is a
pipe with a fixed flow, a hidden one may carry more or less.

How much larger a hidden count could be is how much more can flow through its pipe, and around through other hidden
ones: a maximum flow (Ford and Fulkerson 1956). It comes in whole people by itself. It starts from the true counts, so
that what is found is a table that agrees with everything published.

Which published cells to hide so that a count may move is the cheapest way around: a shortest path (Castro 2005).
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from toolkit.disclosure.people import Block, Group
from toolkit.disclosure.seen import Seen
from toolkit.disclosure.table import TableBroken

Price: TypeAlias = tuple[int, int]
PriceOf: TypeAlias = Callable[[Group], Price | None]
"""What it costs to hide a cell; None where it cannot be hidden."""

_Step: TypeAlias = tuple[int, bool]
"""A pipe, and whether it is walked in its own direction: forward its flow grows, backward it shrinks."""

_EVERYBODY, _ANSWERED = 0, 1
_START: _Step = (-1, True)


class Network:
    """One block of two dimensions, or of one. `fixed` are the groups whose counts may not move."""

    def __init__(self, block: Block, counts: Mapping[Group, int], fixed: Collection[Group], seen: Seen) -> None:
        self.seen = seen
        self.groups = block.groups
        self.pipe = {group: number for number, group in enumerate(self.groups)}
        self.ends = _ends(block)
        self.flow = [counts.get(group, 0) for group in self.groups]
        self.free: list[bool] = [False] * len(self.groups)
        places = 1 + max(place for ends in self.ends for place in ends)
        self.near: list[list[_Step]] = [[] for _ in range(places)]
        for group in self.groups:
            if group not in counts:
                self.hide(group)
        self._settle()
        for group in self.groups:
            if group in counts and group not in fixed:
                self.hide(group)
        self.note()

    def __contains__(self, group: Group) -> bool:
        return group in self.pipe

    def hide(self, group: Group) -> None:
        """From now on this count may move."""
        pipe = self.pipe[group]
        if not self.free[pipe]:
            self.free[pipe] = True
            start, end = self.ends[pipe]
            self.near[start].append((pipe, True))
            self.near[end].append((pipe, False))

    def widen(self, group: Group, width: int | None) -> None:
        """Move a count up, then down, as far as it goes, or until it has been seen to differ by `width`."""
        for upward in (True, False):
            self._push(self.pipe[group], upward, width)

    def shift(self, more: Group, less: Group, most: int) -> int:
        """Let one total of a row grow at the cost of another, or of a column, by `most` at most. Return by how much.

        Other tables may not be able to follow. So nothing counts as seen before `note`.
        """
        steps: list[_Step] = [(self.pipe[more], True), (self.pipe[less], False)]
        here, there = self._between(more, less)
        most = min(most, *(self._room(step) for step in steps))
        shifted = 0
        while shifted < most and (way := self._shortest_way(here, there)) is not None:
            amount = min(most - shifted, *(self._room(step) for step in way))
            self._move([*way, *steps], amount)
            shifted += amount
        return shifted

    def note(self) -> None:
        """All counts as they are now have been seen."""
        for group, flow in zip(self.groups, self.flow, strict=True):
            self.seen.meet(group, flow)

    def cheapest_to_hide(self, group: Group, need: int, price: PriceOf) -> list[Group]:
        """The published cells to hide so that a count can move by `need`, or by less if there is no such way."""
        pipe = self.pipe[group]
        for upward in (True, False):
            self._push(pipe, upward, None)
            here, there = self._from_to(pipe, upward)
            if way := self._cheapest_way(here, there, need, price, but=pipe):
                return way
        return []

    def cheapest_to_shift(self, more: Group, less: Group, need: int, price: PriceOf) -> list[Group]:
        """The published cells to hide so that one total can grow by `need` at the cost of another; none if it can."""
        shifted = self.shift(more, less, need)
        way = self._cheapest_way(*self._between(more, less), need - shifted, price) if shifted < need else []
        self.shift(less, more, shifted)
        return way

    def _push(self, pipe: int, upward: bool, width: int | None) -> None:
        group = self.groups[pipe]
        while self.free[pipe] and not self.seen.apart(group, width):
            way = self._shortest_way(*self._from_to(pipe, upward), but=pipe)
            if way is None or not self._room((pipe, upward)):
                return
            way.append((pipe, upward))
            self._move(way, min(self._room(step) for step in way))
            for each, _ in way:
                self.seen.meet(self.groups[each], self.flow[each])

    def _room(self, step: _Step) -> int:
        pipe, forward = step
        return self.seen.ceiling - self.flow[pipe] if forward else self.flow[pipe]

    def _move(self, way: list[_Step], amount: int) -> None:
        for pipe, forward in way:
            self.flow[pipe] += amount if forward else -amount

    def _from_to(self, pipe: int, upward: bool) -> tuple[int, int]:
        """What flows more through a pipe leaves it at its end, and must find the way back to its start."""
        start, end = self.ends[pipe]
        return (end, start) if upward else (start, end)

    def _between(self, more: Group, less: Group) -> tuple[int, int]:
        """From where to where people must find another way when one total grows at the cost of another."""
        (start, end), (other_start, other_end) = self.ends[self.pipe[more]], self.ends[self.pipe[less]]
        return (end, other_end) if start == other_start else (other_start, start)

    def _shortest_way(self, here: int, *there: int, but: int = -1) -> list[_Step] | None:
        """The shortest way through hidden cells that have room."""
        came: dict[int, _Step] = {here: _START}
        queue = deque([here])
        while queue:
            place = queue.popleft()
            if place in there:
                return self._trace(came, place)
            for step in self.near[place]:
                pipe, forward = step
                after = self.ends[pipe][forward]
                if after not in came and pipe != but and self._room(step):
                    came[after] = step
                    queue.append(after)
        return None

    def _trace(self, came: Mapping[int, _Step], place: int) -> list[_Step]:
        way = []
        while (step := came[place]) != _START:
            way.append(step)
            place = self.ends[step[0]][not step[1]]
        return way

    def _cheapest_way(self, here: int, there: int, need: int, price: PriceOf, but: int = -1) -> list[Group]:
        """What must be hidden on the cheapest way with room for `need` people, or for one if there is no such way."""
        prices = [(0, 0) if free else price(group) for free, group in zip(self.free, self.groups, strict=True)]
        near: list[list[_Step]] = [[] for _ in self.near]
        for pipe, (start, end) in enumerate(self.ends):
            if prices[pipe] is not None and pipe != but:
                near[start].append((pipe, True))
                near[end].append((pipe, False))
        for room in (need, 1):
            way = self._cheapest(here, there, room, near, prices)
            if way is not None:
                return [self.groups[pipe] for pipe, _ in way if not self.free[pipe]]
        return []

    def _cheapest(
        self, here: int, there: int, room: int, near: Sequence[Sequence[_Step]], prices: Sequence[Price | None]
    ) -> list[_Step] | None:
        came: dict[int, _Step] = {}
        queue: list[tuple[int, int, int, int, _Step]] = [(0, 0, 0, here, _START)]
        while queue:
            totals, people, steps, place, last = heapq.heappop(queue)
            if place in came:
                continue
            came[place] = last
            if place == there:
                return self._trace(came, place)
            for step in near[place]:
                after, cost = self.ends[step[0]][step[1]], prices[step[0]]
                if after not in came and cost is not None and self._room(step) >= room:
                    heapq.heappush(queue, (totals + cost[0], people + cost[1], steps + 1, after, step))
        return None

    def _settle(self) -> None:
        """Give counts that no table holds, such as those of people outside every filter, values that fit the others."""
        left = [0] * len(self.near)
        for (start, end), flow in zip(self.ends, self.flow, strict=True):
            left[start] -= flow
            left[end] += flow
        for place in range(len(left)):
            while left[place] > 0:
                way = self._shortest_way(place, *(other for other, amount in enumerate(left) if amount < 0))
                if way is None:
                    raise TableBroken("The tables contradict each other: they cannot count the same people.")
                end = self.ends[way[0][0]][way[0][1]]
                amount = min(left[place], -left[end], *(self._room(step) for step in way))
                self._move(way, amount)
                left[place] -= amount
                left[end] += amount


def _ends(block: Block) -> list[tuple[int, int]]:
    """For each group, where its pipe starts and ends: everybody -> row -> column -> answered -> everybody."""
    if len(block.dimensions) == 1:
        return [(_EVERYBODY, _ANSWERED) if group else (_ANSWERED, _EVERYBODY) for group in block.groups]
    rows, columns = block.dimensions
    names = [(rows, name) for name in block.categories[0]] + [(columns, name) for name in block.categories[1]]
    place = {condition: number for number, condition in enumerate(names, start=2)}

    ends = []
    for group in block.groups:
        row = [place[condition] for condition in group if condition[0] == rows]
        column = [place[condition] for condition in group if condition[0] == columns]
        way = [_EVERYBODY, *row] if not column else [*row, *column] if row else [*column, _ANSWERED]
        ends.append((way[0], way[1]) if group else (_ANSWERED, _EVERYBODY))
    return ends
