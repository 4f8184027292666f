"""What τ-ARGUS and acro make of a few tables. Writes tests/toolkit/disclosure-references.json, for a test to compare.

Runs in an environment of its own, because what it needs is not the project's:

    uv venv build/bench-disclosure --python 3.11
    uv pip install --python build/bench-disclosure --require-hashes -r bench/disclosure.lock
    build/bench-disclosure/bin/python bench/disclosure_references.py
"""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
import io
import json
import logging
import random
import tempfile
from pathlib import Path

import pandas as pd
import pytauargus
from acro import ACRO

_OUT = Path(__file__).parents[1] / "tests" / "toolkit" / "disclosure-references.json"
_SMALLEST, _WIDTH = 6, 5
_COLUMNS = "stuvwxyz"

_MADE_BY_HAND = [
    [[1, 2, 40], [2, 1, 50], [60, 70, 80]],
    [[4, 30, 20], [50, 60, 70], [80, 75, 90]],
    [[0, 1, 5, 6], [40, 40, 40, 40], [40, 40, 40, 40]],
    [[3, 0], [40, 50], [60, 70]],
    [[3, 0, 1], [0, 20, 30], [9, 8, 7]],
]


def main() -> None:
    chance = random.Random(2024)
    tables = [*_MADE_BY_HAND]
    for rows, columns in [(4, 4), (5, 4), (6, 5), (8, 5), (10, 6), (12, 8)]:
        tables.append([[_count(chance) for _ in range(columns)] for _ in range(rows)])
    logging.disable(logging.CRITICAL)
    with contextlib.redirect_stdout(io.StringIO()):
        compared = [{"counts": counts, "tau_argus": _tau_argus(counts), "acro": _acro(counts)} for counts in tables]
    versions = {name: importlib.metadata.version(name) for name in ("pytauargus", "acro", "pandas")}
    about = {"made": datetime.date.today().isoformat(), "versions": versions, "smallest": _SMALLEST, "width": _WIDTH}
    lines = ",\n".join("    " + json.dumps(table) for table in compared)
    _OUT.write_text(f'{{\n  "about": {json.dumps(about)},\n  "tables": [\n{lines}\n  ]\n}}\n', encoding="utf-8")


def _count(chance: random.Random) -> int:
    """One in five is zero, one in five is small."""
    return chance.choice((0, chance.randint(1, 5), *[chance.randint(6, 90)] * 3))


def _people(counts: list[list[int]]) -> pd.DataFrame:
    people = [
        {"unit": chr(ord("A") + row), "answer": _COLUMNS[column], "one": 1.0}
        for row, line in enumerate(counts)
        for column, count in enumerate(line)
        for _ in range(count)
    ]
    return pd.DataFrame(people)


def _tau_argus(counts: list[list[int]]) -> dict[str, object]:
    """Optimal secondary suppression, and the audit: [unit, answer, least, greatest] of each hidden cell."""
    with tempfile.TemporaryDirectory() as folder:
        # Fewer than six people are unsafe. A margin of 100 % asks that six less and six more be possible.
        protected = pytauargus.protect(
            _people(counts), ["unit", "answer"], "one", f"FREQ({_SMALLEST},100)", "OPT(1)", workdir=folder
        )
        cells = protected.tables[0].dataframe()
        names = {number: (cell.unit, cell.answer, cell.status) for number, cell in enumerate(cells.itertuples())}
        found = []
        for row in protected.engine.audit(0):
            *cell, status = names[row["cell"]]
            cell = [None if name == "Total" else name for name in cell]
            found.append([*cell, status, round(row["min"]), round(row["max"])])
        return {"hidden": found}


def _acro(counts: list[list[int]]) -> list[list[str | None]]:
    """The cells below the threshold. There is no secondary suppression."""
    people = _people(counts)
    acro = ACRO(suppress=False)
    acro.config["safe_threshold"] = _SMALLEST
    acro.crosstab(people["unit"], people["answer"], margins=True)
    record = acro.results.get_index(0)
    outcome = record.outcome
    return [
        [None if row == "All" else row, None if column == "All" else column]
        for row in outcome.index
        for column in outcome.columns
        if "hreshold" in str(outcome.loc[row, column])
    ]


if __name__ == "__main__":
    main()
