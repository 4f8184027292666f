"""Any tables, by linear programming: for what circles in a two-way table cannot decide.

The unknowns are the hidden counts; every sum of the blocks is an equation. The program's corners are whole numbers
nearly always. Where one splits a person, whole numbers are asked for. The solver, scipy's HiGHS, is loaded here only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from toolkit.disclosure.people import Group, Sum
from toolkit.disclosure.seen import Seen
from toolkit.disclosure.table import TableBroken

Goal = Mapping[Group, int]
"""What is to be as large as can be: groups, and how often each counts."""

_NEARLY = 1e-6


class Program:
    """The unknown groups that some sums tie together."""

    def __init__(self, unknown: Sequence[Group], sums: Sequence[Sum], known: Callable[[Group], int | None]) -> None:
        import numpy as np
        from scipy.sparse import csr_array

        self.column = {group: number for number, group in enumerate(unknown)}
        rows, columns, signs = [], [], []
        self.rest = np.zeros(len(sums))
        for row, (parts, total) in enumerate(sums):
            for group, sign in [(total, -1.0), *((part, 1.0) for part in parts)]:
                if (column := self.column.get(group)) is not None:
                    rows.append(row)
                    columns.append(column)
                    signs.append(sign)
                else:
                    self.rest[row] -= sign * (known(group) or 0)
        # The solver for whole numbers takes no longer indices than these.
        places = (np.array(rows, dtype=np.int32), np.array(columns, dtype=np.int32))
        self.matrix = csr_array((signs, places), shape=(len(sums), len(unknown)))

    def largest(self, goal: Goal, seen: Seen) -> dict[Group, int]:
        """Return unknown counts that agree with every sum and make the goal as large as can be."""
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, linprog, milp

        costs = np.zeros(len(self.column))
        for group, times in goal.items():
            if group in self.column:
                costs[self.column[group]] = -times
        solved = linprog(costs, A_eq=self.matrix, b_eq=self.rest, bounds=(0, seen.ceiling), method="highs-ds")
        if solved.status == 0 and np.allclose(solved.x, np.round(solved.x), rtol=0, atol=_NEARLY):
            return self._counts(solved.x)
        whole = milp(
            costs,
            integrality=np.ones(len(costs)),
            bounds=Bounds(0, seen.ceiling),
            constraints=LinearConstraint(self.matrix, self.rest, self.rest),
        )
        if whole.x is None:
            raise TableBroken("The tables contradict each other: they cannot count the same people.")
        return self._counts(whole.x)

    def _counts(self, found: Any) -> dict[Group, int]:
        return {group: round(float(found[column])) for group, column in self.column.items()}
