"""The policy: how small is too small, and how wide a guess must stay. And each decision, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a cell is hidden."""

    SMALL = "small"
    ONLY_ONE_IN_LINE = "only one in its line"
    DERIVABLE = "derivable"
    HIDDEN_BEFORE = "hidden before"


@dataclass(frozen=True)
class Decision:
    """What happens to one number, and why. `reason` is None where it is shown."""

    reason: Reason | None
    words: str

    @property
    def hidden(self) -> bool:
        return self.reason is not None


SHOWN = Decision(None, "shown")


@dataclass(frozen=True)
class Policy:
    """A rule for small groups.

    `smallest_count`        the smallest count that may be shown, other than zero
    `smallest_denominator`  the smallest group for which a share or an average may be shown
    `width`                 the least distance between the smallest and largest value that a hidden count could have
    `zeros_may_be_hidden`   whether a zero may be hidden where nothing else can protect a small group. The published
                            rule says no: then such a group is reported, and the table should not be published as it is
    """

    smallest_count: int = 6
    smallest_denominator: int = 20
    width: int = 5
    zeros_may_be_hidden: bool = False

    def __post_init__(self) -> None:
        if self.smallest_count < 1 or self.smallest_denominator < 1 or self.width < 1:
            raise ValueError("A policy needs a smallest count, a smallest denominator and a width of at least 1.")

    def is_small(self, count: int) -> bool:
        return 0 < count < self.smallest_count

    def share(self, numerator: int, denominator: int, *, count_is_hidden: bool = False) -> Decision:
        """Whether a statistic over a count may be shown: a share, a rate, an average."""
        if count_is_hidden:
            return Decision(Reason.DERIVABLE, "hidden because its count is hidden")
        if denominator < self.smallest_denominator:
            return Decision(Reason.SMALL, f"hidden because the group has fewer than {self.smallest_denominator} people")
        if numerator < self.smallest_count:
            least = self.smallest_count - 1
            return Decision(Reason.SMALL, f"hidden because it is about {least} people or fewer")
        return SHOWN


EDUCATION_RULE = Policy()
"""Connecticut's education department's rule, as the state's Open Data Handbook quotes it for a model: hide counts of
1 to 5, totals included; a statistic needs more than 5 people above the line and 20 below it. The rule names no width:
here a hidden count must stay as uncertain as the numbers 1 to 5 and zero are, six values."""
