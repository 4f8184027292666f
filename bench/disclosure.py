"""How long disclosure control takes: one large table, and a survey's whole report. Prints, writes nothing.

The table is also audited as a textbook would: two linear programs for each hidden cell. The bounds must be the same.
"""

from __future__ import annotations

import argparse
import functools
import os
import random
import statistics
import time
from collections.abc import Callable, Collection
from typing import TypeVar

import numpy as np
from common import NotComparable, machine
from scipy.optimize import linprog
from scipy.sparse import csr_array

from toolkit.disclosure import Protected, Table, audit, protect, protect_all
from toolkit.disclosure.audit import Release
from toolkit.disclosure.table import Key

_T = TypeVar("_T")
_ANSWERS = ("strongly agree", "agree", "neutral", "disagree", "strongly disagree")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the protection and the audit of tables of counts.")
    parser.add_argument("--turns", type=int, default=3, help="how often everything runs (default: 3)")
    turns = parser.parse_args().turns
    print(f"{machine()}. Load average at the start: {os.getloadavg()[0]:.1f}. Above 0.5, other work disturbs.\n")
    print("seconds, each the median of the turns; the ratio is of the same turn\n")
    _time_table(turns)
    for seed in range(4):
        seconds, protected = _timed(turns, functools.partial(protect_all, _survey(seed)))
        print(f"30 questions x 40 agencies, 50,000 people, survey {seed}: {seconds:.2f}  {_what(protected)}")
    seconds, protected = _timed(1, lambda: _one_by_one(_survey(0)))
    print(f"the same, survey 0, published one question after another: {seconds:.2f}  {_what(protected)}")


def _time_table(turns: int) -> None:
    table = _table(40, 12)
    seconds, protected = _timed(turns, lambda: protect(table))
    print(f"40 x 12 table with margins, protected, audit included: {seconds:.3f}  {_what([protected])}")
    ratios = []
    for _ in range(turns):
        ours, bounds = _timed(1, lambda: audit(protected.release))
        plain, expected = _timed(1, lambda: _plain_audit(table, protected.hidden))
        if {key: (found.least, found.greatest) for key, found in bounds.items()} != expected:
            raise NotComparable("The audit does not find the bounds that linear programming finds.")
        ratios.append(plain / ours)
    print(f"its audit alone, every bound exact: {ours:.3f}; by linear programming, two for each cell: {plain:.3f}")
    print(f"linear programming / ours: {min(ratios):.0f} {statistics.median(ratios):.0f} {max(ratios):.0f}\n")


def _timed(turns: int, work: Callable[[], _T]) -> tuple[float, _T]:
    seconds = []
    for _ in range(turns):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), result


def _what(protected: Collection[Protected]) -> str:
    hidden = sum(len(each.hidden) for each in protected)
    return f"({hidden} of {sum(len(each.table.counts) for each in protected)} numbers hidden)"


def _table(rows: int, columns: int) -> Table:
    """One cell in five is small."""
    chance = random.Random(3)
    names = [[f"agency {row}" for row in range(rows)], [f"answer {column}" for column in range(columns)]]
    parts: dict[tuple[str, ...], int] = {
        (row, column): chance.randint(0, 6) if chance.random() < 0.2 else chance.randint(6, 200)
        for row in names[0]
        for column in names[1]
    }
    return Table.from_parts(parts, ("agency", "answer"), names)


def _survey(seed: int) -> list[Table]:
    """Agencies of very different sizes, some with fewer than six people: their totals are hidden in all questions."""
    chance = random.Random(seed)
    agencies = [f"agency {number}" for number in range(40)]
    where = chance.choices(agencies, [chance.lognormvariate(0, 2.6) for _ in agencies], k=50_000)
    tables = []
    for number in range(30):
        said = chance.choices(_ANSWERS, [chance.random() ** 2 + 0.002 for _ in _ANSWERS], k=len(where))
        people = ({"agency": agency, f"question {number}": answer} for agency, answer in zip(where, said, strict=True))
        tables.append(Table.count(people, ("agency", f"question {number}"), (agencies, _ANSWERS)))
    return tables


def _one_by_one(tables: Collection[Table]) -> list[Protected]:
    done: list[Protected] = []
    for table in tables:
        earlier: list[Release] = [each.release for each in done]
        done.append(protect(table, earlier=earlier))
    return done


def _plain_audit(table: Table, hidden: Collection[Key]) -> dict[Key, tuple[int, int]]:
    """The inner cells are the unknowns, the published numbers the equations. The matrix is made once."""
    inner = [key for key in table.keys if None not in key]
    shown = [key for key in table.keys if key not in hidden]

    def row(cell: Key) -> list[float]:
        return [float(all(c in (None, i) for c, i in zip(cell, each, strict=True))) for each in inner]

    matrix, totals = csr_array(np.array([row(key) for key in shown])), [table.counts[key] for key in shown]
    found = {}
    for key in (key for key in table.keys if key in hidden):
        goal = np.array(row(key))
        ends = [linprog(sign * goal, A_eq=matrix, b_eq=totals, method="highs-ds").fun * sign for sign in (1, -1)]
        found[key] = (round(ends[0]), round(ends[1]))
    return found


if __name__ == "__main__":
    main()
