"""The published figures of an earlier survey, to set beside the answers to a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from toolkit.survey.tables import Slot


def first_shares(
    shares: Iterable[Mapping[str, str]], activities: Iterable[Mapping[str, str]]
) -> dict[Slot, Decimal | None]:
    """Return the published share of each item's first group, such as “agree”; of a ranking, first or second choice.

    They are the rows of the tables in datasets/leadership-survey. None stands for a share that was not printed.
    """
    first: dict[Slot, Decimal | None] = {}
    for row in shares:
        first.setdefault((row["question"], row["item"]), Decimal(row["percent"]) if row["percent"] else None)
    for row in activities:
        first["activities", row["item"]] = Decimal(row["percent_first_or_second"])
    return first
