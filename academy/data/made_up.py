"""What the recipes of made-up datasets share: chance that repeats, and real towns to place made-up people in."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from academy.data.errors import RowMissing
from academy.data.recipe import read_source_rows, read_town_populations, require_figure

T = TypeVar("T")

ZIP_CODES = "town-reference/2020zip-to-town.csv"
TOWNS_WITH_ZIP = 167


class Dice:
    """Chance with a fixed seed, the same in every Python: only random() is promised to give the same numbers."""

    def __init__(self, seed: int) -> None:
        self._number = random.Random(seed).random

    def happens(self, share: float) -> bool:
        return self._number() < share

    def whole(self, first: int, last: int) -> int:
        return first + int(self._number() * (last - first + 1))

    def one(self, choices: Sequence[T]) -> T:
        return choices[self.whole(0, len(choices) - 1)]

    def weighted(self, weights: Mapping[T, int]) -> T:
        left = self.whole(1, sum(weights.values()))
        choices = iter(weights)
        choice = next(choices)
        while left > weights[choice]:
            left -= weights[choice]
            choice = next(choices)
        return choice

    def shuffled(self, items: Sequence[T]) -> list[T]:
        keys = {place: self._number() for place in range(len(items))}
        return [items[place] for place in sorted(keys, key=lambda place: keys[place])]


def read_zips_and_people(sources: Path) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Return the ZIP codes and the population of each town that has a ZIP code of its own. Raises SourceError."""
    zips: dict[str, list[str]] = {}
    for row in read_source_rows(sources, ZIP_CODES, ["2020zip5", "Town_Name"], encoding="utf-8-sig"):
        zips.setdefault(row.text("Town_Name"), []).append(row.text("2020zip5"))
    people = read_town_populations()
    unknown = sorted(set(zips) - set(people))
    if unknown:
        raise RowMissing(ZIP_CODES, f"{unknown[0]} is not a town of datasets/towns.", "Compare the two lists.")
    require_figure(ZIP_CODES, "the number of towns with a ZIP code", len(zips), TOWNS_WITH_ZIP)
    return zips, {town: count for town, count in people.items() if town in zips}
