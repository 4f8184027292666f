"""What published tables say about people, as groups and sums: which groups there are, and which add up to which.

A group is what its people have in common: `{("agency", "DMV"), ("answer", "yes")}`, and `{}` is everybody. Two tables
of the same people that both count a group give it the same count, whatever else they show.

Tables are sorted into blocks: dimensions that some table crosses, and what belongs to them. A reader who puts several
tables together may use every crossing of all their dimensions at once, which is far too many groups to look at. Blocks
are enough, if no blocks stand in a ring: tables of whole numbers that agree in what they share are then always parts
of one whole table (Vorob'ev 1962; for counts, Atserias and Kolaitis 2021). So rings are closed: dimensions are taken
away one at a time, each with a block of all its neighbors, who become neighbors of each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from toolkit.disclosure.table import Key, Table, TableBroken, keys_of, lines_of

Group: TypeAlias = frozenset[tuple[str, str]]

Sum: TypeAlias = tuple[tuple[Group, ...], Group]
"""Groups that are apart from each other, and the group that they make together."""

EVERYBODY_ELSE = "everybody else"
_MOST_GROUPS = 100_000


class TooManyCrossings(ValueError):
    """The tables cross so many dimensions that what they give away together cannot be worked out."""


@dataclass(frozen=True)
class Block:
    """All groups by some dimensions, totals included, and what adds up to what."""

    dimensions: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]

    def group(self, key: Key) -> Group:
        return frozenset((name, value) for name, value in zip(self.dimensions, key, strict=True) if value is not None)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        return tuple(self.group(key) for key in keys_of(self.categories))

    def sums(self) -> Iterator[Sum]:
        for parts, total in lines_of(self.categories):
            yield tuple(self.group(part) for part in parts), self.group(total)


def group_of(table: Table, key: Key) -> Group:
    """The people of a cell."""
    return frozenset(table.labels(key).items())


def blocks_of(tables: Sequence[Table]) -> list[Block]:
    """The blocks that hold every cell of every table. Raises TableBroken where the tables do not fit together."""
    categories = _categories(tables)
    kinds = [{*table.dimensions, *(name for name, _ in table.where)} for table in tables]
    blocks = []
    for dimensions in _without_rings(kinds):
        block = Block(dimensions, tuple(categories[name] for name in dimensions))
        if math.prod(len(names) + 1 for names in block.categories) > _MOST_GROUPS:
            raise TooManyCrossings(
                f"These tables cross {', '.join(dimensions)} with each other. That is too much to audit: "
                "publish fewer crossings, or fewer categories."
            )
        blocks.append(block)
    return blocks


def _categories(tables: Sequence[Table]) -> dict[str, tuple[str, ...]]:
    listed: dict[str, tuple[str, ...]] = {}
    for table in tables:
        for name, names in zip(table.dimensions, table.categories, strict=True):
            if set(listed.setdefault(name, names)) != set(names):
                raise TableBroken(f"Two tables divide the people by {name}, each into other categories.")
    # A filter alone does not say which other people there are, but there may be some.
    filtered: dict[str, tuple[str, ...]] = {}
    for name, value in sorted({condition for table in tables for condition in table.where}):
        if value not in listed.get(name, (value,)):
            raise TableBroken(f"A table is filtered by {name}, {value}. Another one has no such category.")
        filtered[name] = (*filtered.get(name, (EVERYBODY_ELSE,)), value)
    return filtered | listed


def _without_rings(kinds: Iterable[set[str]]) -> list[tuple[str, ...]]:
    """The dimensions of each block. Whoever has the fewest neighbors that do not know each other goes first."""
    near: dict[str, set[str]] = {}
    for kind in kinds:
        for name in kind:
            near.setdefault(name, set()).update(kind - {name})

    def strangers(name: str) -> int:
        return sum(len(near[name] - near[other]) - 1 for other in near[name])

    found: list[set[str]] = []
    while near:
        name = min(near, key=lambda name: (strangers(name), name))
        neighbors = near.pop(name)
        for other in neighbors:
            near[other] = (near[other] | neighbors) - {name, other}
        found.append({name, *neighbors})
    largest = [one for one in found if not any(one < other for other in found)]
    return sorted(tuple(sorted(one)) for one in largest)
