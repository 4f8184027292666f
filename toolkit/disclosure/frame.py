"""Disclosure control for a pandas table: counts in, publishable counts and reasons out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from toolkit.disclosure.policy import EDUCATION_RULE, Policy
from toolkit.disclosure.protect import Protected, protect
from toolkit.disclosure.table import Key, Table

if TYPE_CHECKING:
    import pandas as pd

TOTAL = "Total"


class ProtectedFrame(NamedTuple):
    """`shown` has the publishable counts, missing where hidden; `reasons` says for each cell why, empty where shown."""

    shown: pd.DataFrame
    reasons: pd.DataFrame
    protected: Protected


def protect_frame(counts: pd.DataFrame, policy: Policy = EDUCATION_RULE) -> ProtectedFrame:
    """Protect a two-way table of counts, without totals: one row and one column for each category.

    The result has a row and a column “Total” besides. Raises TableBroken where a count is negative.
    """
    import pandas as pd

    rows, columns = [str(name) for name in counts.index], [str(name) for name in counts.columns]
    parts: dict[tuple[str, ...], int] = {
        (row, column): int(counts.iat[r, c]) for r, row in enumerate(rows) for c, column in enumerate(columns)
    }
    names = (str(counts.index.name or "rows"), str(counts.columns.name or "columns"))
    protected = protect(Table.from_parts(parts, names, (rows, columns)), policy)

    def laid_out(value: Any) -> pd.DataFrame:
        cells: list[list[Any]] = [[value(key) for key in _line(row, columns)] for row in [*rows, None]]
        return pd.DataFrame(cells, index=[*rows, TOTAL], columns=[*columns, TOTAL])

    shown = laid_out(lambda key: protected.count(key)).astype("Int64")
    reasons = laid_out(lambda key: protected.decision(key).words if protected.decision(key).hidden else "")
    return ProtectedFrame(shown, reasons, protected)


def _line(row: str | None, columns: list[str]) -> list[Key]:
    return [(row, column) for column in [*columns, None]]
