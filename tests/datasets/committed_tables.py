"""Read the tables of datasets/ as the tests compare them: every cell as text."""

from __future__ import annotations

import csv

from academy.project import DATASETS


def table(path: str) -> list[dict[str, str]]:
    """Return the rows of a committed table, every cell as text."""
    with (DATASETS / path).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
