"""What was published of a survey before, as JSON to keep: later reports are audited against it.

The file holds true counts, hidden ones too, as the audit needs them. Keep it as closely as the answers themselves.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from toolkit.disclosure import Table, TableBroken
from toolkit.disclosure.audit import Release


class ReleasesUnreadable(ValueError):
    """A file holds no earlier releases."""


def to_json(releases: Sequence[Release]) -> str:
    """Return releases as JSON: the inner cells of each table, and which cells are hidden."""
    return json.dumps([_written(table, sorted(hidden, key=str)) for table, hidden in releases], indent=1) + "\n"


def from_json(text: str) -> tuple[Release, ...]:
    """Return the releases of a file. Raises ReleasesUnreadable."""
    try:
        return tuple(_read(entry) for entry in json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, TableBroken) as error:
        raise ReleasesUnreadable(
            f"The file of releases cannot be read ({type(error).__name__}). Use one that a report has written."
        ) from None


def _written(table: Table, hidden: Sequence[tuple[str | None, ...]]) -> dict[str, object]:
    parts = [[*key, count] for key, count in table.counts.items() if None not in key]
    return {
        "dimensions": table.dimensions,
        "categories": table.categories,
        "where": dict(table.where),
        "parts": parts,
        "hidden": hidden,
    }


def _read(entry: dict[str, list[list[str]]]) -> Release:
    parts = {tuple(map(str, key)): int(count) for *key, count in entry["parts"]}
    table = Table.from_parts(parts, tuple(map(str, entry["dimensions"])), entry["categories"], dict(entry["where"]))
    hidden = frozenset(tuple(key) for key in entry["hidden"])
    if not hidden <= set(table.keys):
        raise ReleasesUnreadable("The file of releases hides cells that its tables do not have.")
    return table, hidden
