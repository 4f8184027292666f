"""What is counted, and in which words. Every measure is a number of people out of a number of people.

complete      every lesson that is looked at is complete
not started   none of them was opened, downloaded or handed in
in progress   all others
overdue       at least one of them is overdue: not done, and its due date is over
stuck         at least one of them needs another try, and the newest try is more than STUCK old

Complete, in progress and not started are apart from each other and make up everybody, so no share can pass 100 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

STUCK = timedelta(days=14)


@dataclass(frozen=True)
class Share:
    """So many of so many people. The percentage is rounded down, so that only all of them are 100 %."""

    count: int
    of: int

    @property
    def percent(self) -> int:
        return 100 * self.count // self.of if self.of else 0


@dataclass(frozen=True)
class Counts:
    """Some people, by how far they are."""

    people: int = 0
    complete: int = 0
    not_started: int = 0
    overdue: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.people + other.people,
            self.complete + other.complete,
            self.not_started + other.not_started,
            self.overdue + other.overdue,
        )

    @property
    def in_progress(self) -> int:
        return self.people - self.complete - self.not_started

    @property
    def shares(self) -> dict[str, Share]:
        """By the names that the tables' columns have."""
        counted = {
            "Complete": self.complete,
            "In progress": self.in_progress,
            "Not started": self.not_started,
            "Overdue": self.overdue,
        }
        return {name: Share(count, self.people) for name, count in counted.items()}
