"""The table of outcomes (outcomes.yml), and a filled-in row of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_TABLE = Path(__file__).with_name("outcomes.yml")


@dataclass(frozen=True)
class Outcome:
    """One row: whose move it is (`none`, `learner`, `file` or `ours`), what happened, and what to do next."""

    code: str
    kind: str
    message: str
    help: str


@cache
def outcomes() -> dict[str, Outcome]:
    """Every outcome by its code."""
    table = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return {code: Outcome(code, row["kind"], row["message"], row["help"]) for code, row in table.items()}


def outcome(code: str, **facts: object) -> Outcome:
    """The row of this code with its blanks filled in."""
    row = outcomes()[code]
    return Outcome(row.code, row.kind, row.message.format(**facts), row.help)
