"""Writing many rows at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model

AT_ONCE = 2_000
"""Rows in one statement, at most."""
Row = TypeVar("Row", bound=Model)


def save(rows: Iterable[Row]) -> list[Row]:
    """Store rows that are all of one kind, and return them with their numbers."""
    made = list(rows)
    return type(made[0])._default_manager.bulk_create(made, batch_size=AT_ONCE) if made else []
