"""The rule, then the audit, then wider hiding, until no small group can be worked out closer than the policy says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from toolkit.disclosure.audit import Attack, Difference, Hidden, Release, Target
from toolkit.disclosure.network import Price
from toolkit.disclosure.people import Group, group_of
from toolkit.disclosure.policy import EDUCATION_RULE, SHOWN, Decision, Policy, Reason
from toolkit.disclosure.rule import companions, small_cells
from toolkit.disclosure.seen import Bounds
from toolkit.disclosure.table import Key, Table


@dataclass(frozen=True)
class Protected:
    """A table that may be published. `decisions` holds the hidden cells; `bounds` what a reader can tell about them.

    `exposed` names groups that a reader can work out all the same, because tables published earlier give them away, or
    a zero does, which the rule never hides. If it is not empty, do not publish the table as it is.
    """

    table: Table
    policy: Policy
    decisions: dict[Key, Decision]
    bounds: dict[Key, Bounds]
    exposed: tuple[str, ...] = ()

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
    return protect_all([table], policy, earlier)[0]


def protect_all(
    tables: Sequence[Table], policy: Policy = EDUCATION_RULE, earlier: Sequence[Release] = ()
) -> list[Protected]:
    """Return tables of the same people made safe to publish together, such as all those of a report."""
    work = _Work(tables, policy, earlier)
    work.apply_rule()
    work.widen()
    return [work.protected(table) for table in tables]


class _Work:
    """What is hidden so far, and the attack on the rest. What is hidden in one table is hidden in all."""

    def __init__(self, tables: Sequence[Table], policy: Policy, earlier: Sequence[Release]) -> None:
        self.tables, self.policy, self.earlier = tables, policy, earlier
        self.attack = Attack(tables, earlier)
        self.decisions: dict[Group, Decision] = {}
        self.hopeless: set[Target] = set()
        self.exposed: list[str] = []

    def apply_rule(self) -> None:
        """The published rule, line by line. What was hidden before stays hidden."""
        for table in self.tables:
            self.decisions |= {group_of(table, key): why for key, why in small_cells(table, self.policy).items()}
        stays = Decision(Reason.HIDDEN_BEFORE, "hidden because it was hidden in a table published before")
        for group in self.attack.hidden_before():
            if group in self.attack.shown and self.attack.counts[group] > 0:
                self.decisions.setdefault(group, stays)
        settled = False
        while not settled:
            settled = True
            for table in self.tables:
                known = [key for key in table.keys if group_of(table, key) in self.attack.published]
                for key, why in companions(table, self._of(table), known).items():
                    self.decisions[group_of(table, key)] = why
                    settled = False
        for group in self.decisions:
            self.attack.hide(group)

    def widen(self) -> None:
        """Look for a group that can be worked out, hide what protects it, and look again."""
        small = [target for target, count in self.attack.differences() if self.policy.is_small(count)]
        before = self.attack.hidden_before()
        while True:
            groups = dict.fromkeys([*self.decisions, *small, *before])
            targets = [group for group in groups if group not in self.hopeless]
            pinned = self.attack.first_pinned(targets, self.policy.width)
            if pinned is None:
                return
            more = [] if self._is_beyond_help(pinned) else self._to_hide(pinned)
            words = self._words(pinned)
            for group in more:
                self.attack.hide(group)
                self.decisions[group] = Decision(Reason.DERIVABLE, words)
            if not more:
                self._give_up(pinned)

    def protected(self, table: Table) -> Protected:
        hidden = self._of(table)
        bounds = self.attack.bounds(table, hidden, self.policy.width)
        return Protected(table, self.policy, hidden, bounds, tuple(self.exposed))

    def _of(self, table: Table) -> dict[Key, Decision]:
        return {key: self.decisions[group] for key in table.keys if (group := group_of(table, key)) in self.decisions}

    def _words(self, pinned: Target) -> str:
        if pinned in self.decisions:
            return f"hidden because {self.attack.name(pinned)} could be worked out from several lines together"
        return "hidden because a table published before would, with this number, give away a small group"

    # -- groups that nothing can protect ------------------------------------------------------------------------------

    @cached_property
    def _bare(self) -> Attack:
        """The attack if the new tables hide all that they may."""
        attack = Attack(self.tables, self.earlier)
        for group in attack.cells:
            if self._may_be_hidden(group):
                attack.hide(group)
        return attack

    def _is_beyond_help(self, pinned: Target) -> bool:
        return bool(self.earlier) and self._bare.first_pinned([pinned], self.policy.width) is not None

    def _give_up(self, pinned: Target) -> None:
        """A group that is known exactly in any case, and is not small, may be shown. All others are reported."""
        self.hopeless.add(pinned)
        if isinstance(pinned, Difference) or not self._is_harmless(pinned):
            self.exposed.append(self.attack.name(pinned))
        else:
            self.decisions.pop(pinned, None)
            self.attack.give_up(pinned)

    def _is_harmless(self, group: Group) -> bool:
        small = self.policy.is_small(self.attack.counts[group])
        return not small and self._is_beyond_help(group) and self._bare.seen.width(group) == 0

    # -- what to hide -------------------------------------------------------------------------------------------------

    def _may_be_hidden(self, group: Group) -> bool:
        return self.attack.counts[group] > 0 or self.policy.zeros_may_be_hidden

    def _price(self, group: Group) -> Price | None:
        """Parts go before totals, small counts before large ones, zeros last."""
        if group not in self.attack.shown or not self._may_be_hidden(group):
            return None
        count = self.attack.counts[group]
        return (2 - len(group) if count else 9), count

    def _price_of_parts(self, group: Group) -> Price | None:
        return None if group in self.attack.shared else self._price(group)

    def _to_hide(self, pinned: Target) -> Sequence[Group]:
        """The cells to hide so that a pinned group is less so; empty if there is none left."""
        if not isinstance(pinned, Difference) and (way := self._way_around(pinned) or self._way_to_shift(pinned)):
            return way
        shown = [group for group in self.attack.cells if group in self.attack.shown and self._may_be_hidden(group)]
        parts = [pinned.smaller, pinned.larger] if isinstance(pinned, Difference) else [pinned]
        near = {group for part in parts for summed, total in self.attack.sums_of(part) for group in (*summed, total)}
        candidates = [group for group in shown if group in near] or shown
        counts = self.attack.counts
        return sorted(candidates, key=lambda group: (counts[group] == 0, -len(group), counts[group]))[:1]

    def _way_around(self, pinned: Group) -> list[Group]:
        """The cheapest cells that let a count move within its two-way table."""
        alone = self.attack.pinned_alone(pinned, self.policy.width)
        network = alone or self.attack.network_of(pinned)
        if network is None:
            return []
        return network.cheapest_to_hide(pinned, self.policy.width, self._price if alone else self._price_of_parts)

    def _way_to_shift(self, pinned: Group) -> list[Group]:
        """The cheapest cells, in every table, that let a hidden total move which all of them share."""
        lines = [self.attack.open_like(frozenset({condition})) for condition in sorted(pinned)]
        for more in [group for line in lines for group in line if group <= pinned]:
            for less in sorted(self.attack.open_like(more), key=lambda group: -self.attack.counts[group]):
                ways = [
                    network.cheapest_to_shift(more, less, self.policy.width, self._price_of_parts)
                    for network in self.attack.networks
                    if more in network and more != less
                ]
                if any(ways):
                    return list(dict.fromkeys(group for way in ways for group in way))
        return []
