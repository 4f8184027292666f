"""How long things are kept, in days. The book's privacy page says the same numbers: a test holds the two together.

Facts of completion (that a notebook was handed in, when, and the points it got) are not among them. They stay as long
as the account. Nor are answers to surveys: every survey says on its form how long its answers are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class PeriodNotUnderstood(ValueError):
    """An environment variable does not give a number of days."""

    def __init__(self, variable: str, value: str) -> None:
        super().__init__(f"{variable} is “{value}”. Give a whole number of days, 1 or more, such as 365.")


@dataclass(frozen=True)
class Period:
    """One kind of thing. `what` is as the privacy page says it."""

    name: str
    what: str
    days: int

    @property
    def variable(self) -> str:
        """The environment variable that changes it."""
        return f"ACADEMY_KEEP_{self.name.upper()}_DAYS"


PERIODS = (
    Period("notebooks", "The notebooks that you submit", 730),
    Period("answers", "Feedback on your tasks, your written answers and their reviews", 730),
    Period("emails", "The list of reminders that were sent to you", 365),
    Period("sign_in_failures", "Wrong passwords, wrong certificate codes, and requests for a new password", 1),
    Period("audit", "The log of who changed or exported what", 1095),
)


def from_environment(environment: Mapping[str, str]) -> dict[str, int]:
    """The days of every kind: the environment's, or else the default. Raises PeriodNotUnderstood."""
    return {period.name: _days(period, environment.get(period.variable, "")) for period in PERIODS}


def _days(period: Period, value: str) -> int:
    if not value:
        return period.days
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise PeriodNotUnderstood(period.variable, value)
    return int(value)
