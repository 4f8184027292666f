"""A table of counts: people by one or more dimensions, with every total, perhaps for some of the people only."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Key: TypeAlias = tuple[str | None, ...]
"""A cell: its category in each dimension, None where the dimension is added up."""

Line: TypeAlias = tuple[tuple[Key, ...], Key]
"""A row or a column: its parts, and their total."""


class TableBroken(ValueError):
    """The counts do not make a table. The message says where."""


@dataclass(frozen=True)
class Table:
    """Counts by `dimensions`. `where` names the people who are counted: dimension and category of a filter.

    `categories` lists every category of each dimension; each person is in exactly one. `counts` holds every cell,
    totals included.
    """

    dimensions: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    counts: Mapping[Key, int]
    where: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_parts(
        cls,
        parts: Mapping[tuple[str, ...], int],
        dimensions: Sequence[str],
        categories: Sequence[Sequence[str]],
        where: Mapping[str, str] | None = None,
    ) -> Table:
        """Return the table whose inner cells are `parts` (0 where not given), with all totals added up.

        Raises TableBroken for a negative count, an unknown category, or a filter on a dimension of the table.
        """
        kinds = tuple(tuple(names) for names in categories)
        condition = tuple(sorted((where or {}).items()))
        _require(len(kinds) == len(dimensions) > 0, "Give one list of categories for each dimension.")
        _require(
            not set(dimensions) & {name for name, _ in condition}, "A table cannot be filtered by its own dimension."
        )
        for names in kinds:
            _require(len(set(names)) == len(names), f"A category is there twice: {', '.join(names)}.")
        totals: Counter[Key] = Counter()
        for key, count in parts.items():
            known = len(key) == len(kinds) and all(name in names for name, names in zip(key, kinds, strict=True))
            _require(known, f"There is no cell {key}.")
            _require(count >= 0, f"The cell {key} counts {count} people.")
            for mask in itertools.product((True, False), repeat=len(key)):
                totals[tuple(name if kept else None for name, kept in zip(key, mask, strict=True))] += count
        counts = {key: totals[key] for key in keys_of(kinds)}
        return cls(tuple(dimensions), kinds, counts, condition)

    @classmethod
    def count(
        cls,
        people: Iterable[Mapping[str, str]],
        dimensions: Sequence[str],
        categories: Sequence[Sequence[str]],
        where: Mapping[str, str] | None = None,
    ) -> Table:
        """Return the table that counts `people`, of whom each is a mapping from dimension to category."""
        condition = where or {}
        chosen = (person for person in people if all(person[name] == value for name, value in condition.items()))
        parts = Counter(tuple(person[name] for name in dimensions) for person in chosen)
        return cls.from_parts(parts, dimensions, categories, condition)

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every cell: inner ones first, in the order of the categories, totals after them."""
        return tuple(self.counts)

    def lines(self) -> Iterator[Line]:
        """Every row, then every column and so on: the cells that add up to a total."""
        return lines_of(self.categories)

    def labels(self, key: Key) -> dict[str, str]:
        """What a cell's people have in common: dimension and category, filters included."""
        chosen = zip(self.dimensions, key, strict=True)
        return dict(self.where) | {name: category for name, category in chosen if category is not None}

    def name(self, key: Key) -> str:
        """A cell as a person names it."""
        return ", ".join(category for category in key if category is not None) or "the total of all"


def lines_of(categories: Sequence[Sequence[str]]) -> Iterator[Line]:
    """Yield what adds up to what: all lines along the last dimension first."""
    for place, names in reversed(list(enumerate(categories))):
        others = [(None,) if n == place else (*kinds, None) for n, kinds in enumerate(categories)]
        for key in itertools.product(*others):
            yield tuple((*key[:place], name, *key[place + 1 :]) for name in names), key


def keys_of(categories: Sequence[Sequence[str]]) -> Iterator[Key]:
    """Yield every cell: inner ones first, totals after them."""
    every = list(itertools.product(*((*names, None) for names in categories)))
    yield from sorted(every, key=lambda key: sum(category is None for category in key))


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise TableBroken(problem)
