"""The published rule, applied to one table: hide what is small; where that is alone in a line, hide another.

The rule looks at one line at a time, so it can leave cells that several lines together give away. The audit finds them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from toolkit.disclosure.policy import Decision, Policy, Reason
from toolkit.disclosure.table import Key, Line, Table


def apply_rule(table: Table, policy: Policy) -> dict[Key, Decision]:
    """Return the hidden cells with their reasons. The same table gives the same cells."""
    hidden = small_cells(table, policy)
    return hidden | companions(table, hidden)


def small_cells(table: Table, policy: Policy) -> dict[Key, Decision]:
    return {
        key: Decision(Reason.SMALL, f"hidden because only {count} {'person' if count == 1 else 'people'}")
        for key, count in table.counts.items()
        if policy.is_small(count)
    }


def companions(table: Table, hidden: Mapping[Key, Decision], known: Collection[Key] = ()) -> dict[Key, Decision]:
    """Return what must be hidden as well, so that no hidden cell is alone in its line.

    Cells of `known` were published before, so that hiding them would not help.
    """
    found: dict[Key, Decision] = {}
    lines = list(table.lines())
    changed = True
    while changed:
        changed = False
        for parts, total in lines:
            alone = [key for key in (*parts, total) if key in hidden or key in found]
            if len(alone) != 1:
                continue
            another = next_to_hide(table, (parts, total), {*hidden, *found, *known})
            if another is not None:
                words = f"hidden because {table.name(alone[0])} could be worked out by subtraction"
                found[another] = Decision(Reason.ONLY_ONE_IN_LINE, words)
                changed = True
    return found


def next_to_hide(table: Table, line: Line, hidden: Collection[Key]) -> Key | None:
    """The shown part of a line with the lowest count above zero; its total if there is none; None if all is hidden.

    The rule calls this the next highest. Of equals it takes the first, so that the result does not depend on chance.
    Cells of `hidden` are out of the question.
    """
    parts, total = line
    shown = [key for key in parts if key not in hidden and table.counts[key] > 0]
    if shown:
        return min(shown, key=lambda key: table.counts[key])
    return total if total not in hidden and table.counts[total] > 0 else None
