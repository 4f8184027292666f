"""The rule, then the audit, then wider hiding, until no small group can be worked out closer than the policy says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from toolkit.disclosure.audit import Attack, Bounds, Hidden, Release, Target
from toolkit.disclosure.policy import EDUCATION_RULE, SHOWN, Decision, Policy, Reason
from toolkit.disclosure.rule import apply_rule
from toolkit.disclosure.table import Key, Table


@dataclass(frozen=True)
class Protected:
    """A table that may be published. `decisions` holds the hidden cells; `bounds` what a reader can tell about them.

    `exposed` are groups that tables published earlier give away by themselves: hiding more here cannot mend that.
    """

    table: Table
    policy: Policy
    decisions: dict[Key, Decision]
    bounds: dict[Key, Bounds]
    exposed: tuple[Target, ...] = ()

    @property
    def hidden(self) -> Hidden:
        return frozenset(self.decisions)

    @property
    def release(self) -> Release:
        """What later tables from the same people must be audited against."""
        return self.table, self.hidden

    def count(self, key: Key) -> int | None:
        """The published count, None where it is hidden."""
        return None if key in self.decisions else self.table.counts[key]

    def decision(self, key: Key) -> Decision:
        return self.decisions.get(key, SHOWN)

    def share(self, key: Key, of: Key) -> Decision:
        """Whether the share of one cell in another may be shown."""
        hidden = key in self.decisions or of in self.decisions
        return self.policy.share(self.table.counts[key], self.table.counts[of], count_is_hidden=hidden)


def protect(table: Table, policy: Policy = EDUCATION_RULE, earlier: Sequence[Release] = ()) -> Protected:
    """Return the table made safe to publish after the `earlier` ones. The same input gives the same result."""
    hidden = apply_rule(table, policy)
    exposed: list[Target] = []
    attack = Attack(table, earlier)
    while (pinned := attack.first_pinned(frozenset(hidden), policy, ignoring=exposed)) is not None:
        if not _hide_beside(table, pinned, hidden, attack):
            exposed.append(pinned)
    return Protected(table, policy, hidden, attack.bounds(frozenset(hidden), policy.width), tuple(exposed))


def _hide_beside(table: Table, pinned: Target, hidden: dict[Key, Decision], attack: Attack) -> bool:
    """Hide one more cell, where it helps `pinned` most. Return whether there was one to hide."""
    if isinstance(pinned, tuple):
        words = f"hidden because {table.name(pinned)} could be worked out from several lines together"
    else:
        words = "hidden because a table published before would, with this number, give away a small group"
    another = _lowest(table, [key for key in table.keys if attack.bears_on(key, pinned)], hidden)
    another = another or _lowest(table, table.keys, hidden)
    if another is not None:
        hidden[another] = Decision(Reason.DERIVABLE, words)
    return another is not None


def _lowest(table: Table, keys: Iterable[Key], hidden: dict[Key, Decision]) -> Key | None:
    """The shown cell with the lowest count above zero, a part rather than a total, of equals the first."""
    shown = [key for key in keys if key not in hidden and table.counts[key] > 0]
    return min(shown, key=lambda key: (key.count(None), table.counts[key])) if shown else None
