"""What has been seen so far: the least and the greatest count of each group, over all tables that agree."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass


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


class Seen:
    """Counts met in tables that a reader cannot rule out.

    `ceiling` stands for any number: as far as a count goes that nothing published limits.
    """

    def __init__(self, ceiling: int) -> None:
        self.ceiling = ceiling
        self._least: dict[Hashable, int] = {}
        self._greatest: dict[Hashable, int] = {}

    def meet(self, what: Hashable, count: int) -> None:
        if count < self._least.setdefault(what, count):
            self._least[what] = count
        if count > self._greatest.setdefault(what, count):
            self._greatest[what] = count

    def width(self, what: Hashable) -> int:
        return self._greatest[what] - self._least[what] if what in self._least else 0

    def apart(self, what: Hashable, width: int | None) -> bool:
        return width is not None and self.width(what) >= width

    def bounds(self, what: Hashable, exact: bool) -> Bounds:
        return Bounds(self._least[what], self._greatest[what], exact)
