"""Against τ-ARGUS and acro, as bench/disclosure_references.py recorded them.

Why they differ where they do: docs/decisions/disclosure-references.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.disclosure import EDUCATION_RULE, Table, audit, protect
from toolkit.disclosure.policy import Reason
from toolkit.disclosure.rule import small_cells
from toolkit.disclosure.table import Key

RECORDED = json.loads(Path(__file__).with_name("disclosure-references.json").read_text(encoding="utf-8"))
TABLES = RECORDED["tables"]


def table_of(recorded: dict[str, Any]) -> Table:
    counts = recorded["counts"]
    units = [chr(ord("A") + number) for number in range(len(counts))]
    answers = list("stuvwxyz"[: len(counts[0])])
    parts: dict[tuple[str, ...], int] = {
        (u, a): counts[r][c] for r, u in enumerate(units) for c, a in enumerate(answers)
    }
    return Table.from_parts(parts, ("unit", "answer"), (units, answers))


def tau_argus(recorded: dict[str, Any]) -> dict[Key, tuple[str, int, int]]:
    return {(u, a): (status, least, greatest) for u, a, status, least, greatest in recorded["tau_argus"]["hidden"]}


def test_the_record_is_for_the_rule_that_is_in_force() -> None:
    assert (RECORDED["about"]["smallest"], RECORDED["about"]["width"]) == (
        EDUCATION_RULE.smallest_count,
        EDUCATION_RULE.width,
    )


@pytest.mark.parametrize("recorded", TABLES)
def test_small_cells_are_those_of_both(recorded: dict[str, Any]) -> None:
    """acro takes empty cells for small ones too; the rule never hides a zero."""
    table = table_of(recorded)
    small = small_cells(table, EDUCATION_RULE).keys()
    assert small == {key for key, (status, _, _) in tau_argus(recorded).items() if status == "U"}
    assert {tuple(key) for key in recorded["acro"]} == small | {key for key in table.keys if table.counts[key] == 0}


@pytest.mark.parametrize("recorded", TABLES)
def test_the_audit_of_what_tau_argus_hides_finds_the_same_bounds(recorded: dict[str, Any]) -> None:
    """τ-ARGUS lets no other cell than a small one fall below the least count of the whole table. We let it fall to 0."""
    table, theirs = table_of(recorded), tau_argus(recorded)
    ours = audit((table, frozenset(theirs)))
    if min(table.counts.values()) == 0:
        assert {key: (found.least, found.greatest) for key, found in ours.items()} == {
            key: (least, greatest) for key, (_, least, greatest) in theirs.items()
        }
    for key, (_, least, greatest) in theirs.items():
        assert ours[key].least <= least <= greatest <= ours[key].greatest


def test_hiding_costs_about_as_much_as_the_best_that_tau_argus_finds() -> None:
    """It looks for the fewest people to hide, we follow the rule first. Its margin grows with the count, ours is fixed."""
    ours = [protect(table_of(recorded)) for recorded in TABLES]
    cells = sum(len(protected.hidden) for protected in ours)
    assert cells <= 1.1 * sum(len(tau_argus(recorded)) for recorded in TABLES)
    assert all(protected.exposed == () for protected in ours)


def test_tau_argus_may_leave_less_room_than_the_policy_asks() -> None:
    """A count of 1 with a margin of 100 % may stay within 0 to 3. Here it must stay within five."""
    narrow = [
        recorded
        for recorded in TABLES
        if any(greatest - least < EDUCATION_RULE.width for _, least, greatest in tau_argus(recorded).values())
    ]
    assert narrow
    for recorded in narrow:
        protected = protect(table_of(recorded))
        assert all(found.width >= EDUCATION_RULE.width for found in audit(protected.release).values())
        assert {decision.reason for decision in protected.decisions.values()} >= {Reason.SMALL, Reason.DERIVABLE}
