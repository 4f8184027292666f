"""Paging by cursor: the keys of the last row that was given. What comes and goes meanwhile shifts nothing."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from ninja.errors import HttpError

from tracker.api.shapes import PageAsk

Row = dict[str, Any]


def one_page(rows: QuerySet[Any, Any], ask: PageAsk, *keys: str) -> tuple[list[Row], str | None]:
    """The rows that follow the cursor, in the order of `keys` (a number, then perhaps a slug), and the next cursor."""
    if ask.cursor:
        rows = rows.filter(_after(keys, ask.cursor))
    # One more than asked for says whether there are more.
    found = list(rows.order_by(*keys)[: ask.limit + 1])
    page = found[: ask.limit]
    more = len(found) > ask.limit
    return page, ".".join(str(page[-1][key]) for key in keys) if more else None


def _after(keys: tuple[str, ...], cursor: str) -> Q:
    number, *rest = cursor.split(".")
    if len(rest) != len(keys) - 1:
        raise HttpError(422, "This cursor is not one of this list. Begin without a cursor.")
    after = Q(**{f"{keys[0]}__gt": int(number)})
    return after | Q(**{keys[0]: int(number), f"{keys[1]}__gt": rest[0]}) if rest else after
