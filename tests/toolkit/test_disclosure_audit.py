"""The audit against plain linear programming over every kind of person at once, on random tables and releases."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds as Range
from scipy.optimize import LinearConstraint, milp

from toolkit.disclosure import EDUCATION_RULE, Policy, Table, TableBroken, TooManyCrossings, audit, protect, protect_all
from toolkit.disclosure.audit import Release
from toolkit.disclosure.people import EVERYBODY_ELSE, blocks_of
from toolkit.disclosure.table import Key

FAR = 400
"""More than there are people in any table here: what is above is not limited at all."""

CATEGORIES = {"unit": ("A", "B", "C"), "answer": ("x", "y", "z"), "role": ("staff", "manager"), "site": ("1", "2")}


class Oracle:
    """Every combination of all dimensions is an unknown, every published cell an equation. No other idea in it."""

    def __init__(self, releases: Sequence[Release]) -> None:
        tables = [table for table, _ in releases]
        listed = {name: set(names) for t in tables for name, names in zip(t.dimensions, t.categories, strict=True)}
        for table in tables:
            for name, value in table.where:
                if name not in {name for t in tables for name in t.dimensions}:
                    listed.setdefault(name, {EVERYBODY_ELSE}).add(value)
        self.kinds = [dict(zip(listed, kind, strict=True)) for kind in itertools.product(*map(sorted, listed.values()))]
        shown = [(t.labels(key), t.counts[key]) for t, hidden in releases for key in t.keys if key not in hidden]
        self.known = LinearConstraint(
            np.array([self.row(labels) for labels, _ in shown]).reshape(len(shown), len(self.kinds)),
            [count for _, count in shown],
            [count for _, count in shown],
        )

    def row(self, labels: dict[str, str]) -> list[float]:
        return [float(labels.items() <= kind.items()) for kind in self.kinds]

    def bounds(self, table: Table, key: Key) -> tuple[int, int]:
        goal = np.array(self.row(table.labels(key)))
        found = []
        for sign in (1, -1):
            solved = milp(sign * goal, integrality=np.ones(len(goal)), bounds=Range(0, FAR), constraints=self.known)
            assert solved.x is not None, solved.message
            found.append(round(float(goal @ solved.x)))
        return found[0], min(found[1], FAR)


@st.composite
def populations(draw: st.DrawFn) -> list[dict[str, str]]:
    """A few dozen people, most kinds of them rare."""
    kinds = [dict(zip(CATEGORIES, kind, strict=True)) for kind in itertools.product(*CATEGORIES.values())]
    counts = draw(st.lists(st.sampled_from((0, 0, 0, 1, 2, 5, 9)), min_size=len(kinds), max_size=len(kinds)))
    return [kind for kind, count in zip(kinds, counts, strict=True) for _ in range(count)]


@st.composite
def questions(draw: st.DrawFn) -> tuple[tuple[str, ...], dict[str, str]]:
    """Some dimensions to count by, and perhaps a filter."""
    names = draw(st.lists(st.sampled_from(sorted(CATEGORIES)), min_size=1, max_size=3, unique=True))
    filtered = draw(st.sampled_from([None, *(name for name in CATEGORIES if name not in names)]))
    return tuple(names), {filtered: CATEGORIES[filtered][0]} if filtered else {}


def ask(people: Sequence[dict[str, str]], question: tuple[tuple[str, ...], dict[str, str]]) -> Table:
    names, where = question
    return Table.count(people, names, [CATEGORIES[name] for name in names], where)


def two_questions(rows: Sequence[Sequence[int]], more: Sequence[Sequence[int]]) -> list[Table]:
    """Two questions that the same units answered: each unit has the same total in both, in the same rows."""
    tables = []
    for number, counts in enumerate((rows, more)):
        parts: dict[tuple[str, ...], int] = {
            (str(u), str(a)): count for u, line in enumerate(counts) for a, count in enumerate(line)
        }
        names = [[str(u) for u in range(len(counts))], [str(a) for a in range(len(counts[0]))]]
        tables.append(Table.from_parts(parts, ("unit", f"question {number}"), names))
    return tables


# -- the bounds are those of plain linear programming -----------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(people=populations(), asked=st.lists(questions(), min_size=1, max_size=3), data=st.data())
def test_the_bounds_are_those_of_one_program_over_all_people(
    people: list[dict[str, str]],
    asked: list[tuple[tuple[str, ...], dict[str, str]]],
    data: st.DataObject,
) -> None:
    """Any cells hidden, any number of tables, filters, rings of questions: exact, and the truth always within."""
    releases: list[Release] = []
    for question in asked:
        table = ask(people, question)
        hidden = data.draw(st.sets(st.sampled_from(table.keys), max_size=8))
        releases.append((table, frozenset(hidden)))
    oracle = Oracle(releases)
    table, _ = releases[-1]
    for key, found in audit(releases[-1], releases[:-1]).items():
        assert (found.least, min(found.greatest, FAR)) == oracle.bounds(table, key)
        assert found.least <= table.counts[key] <= found.greatest
        assert found.exact


@settings(max_examples=60, deadline=None)
@given(people=populations(), asked=st.lists(questions(), min_size=1, max_size=3), data=st.data())
def test_a_search_that_stops_early_never_claims_more_than_is_so(
    people: list[dict[str, str]],
    asked: list[tuple[tuple[str, ...], dict[str, str]]],
    data: st.DataObject,
) -> None:
    releases: list[Release] = []
    for question in asked:
        table = ask(people, question)
        releases.append((table, frozenset(data.draw(st.sets(st.sampled_from(table.keys), max_size=8)))))
    exact = audit(releases[-1], releases[:-1])
    for key, found in audit(releases[-1], releases[:-1], width=5).items():
        assert exact[key].least <= found.least <= found.greatest <= exact[key].greatest
        assert found.width >= 5 or found.width == exact[key].width


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_questions_that_share_hidden_totals_are_looked_at_together(data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(st.sampled_from((0, 1, 2, 9)), min_size=2, max_size=3), min_size=3, max_size=3))
    width = min(len(row) for row in rows)
    rows = [row[:width] for row in rows]
    more = []
    for row in rows:
        first = data.draw(st.integers(0, sum(row)))
        more.append([first, sum(row) - first])
    tables = two_questions(rows, more)
    totals = data.draw(st.sets(st.sampled_from([(unit, None) for unit in "012"]), min_size=2))
    releases = [(table, totals | data.draw(st.sets(st.sampled_from(table.keys), max_size=6))) for table in tables]
    earlier, new = [(table, frozenset(hidden)) for table, hidden in releases]
    oracle = Oracle([earlier, new])
    exact, early = audit(new, [earlier]), audit(new, [earlier], width=3)
    for key in new[1]:
        assert (exact[key].least, min(exact[key].greatest, FAR)) == oracle.bounds(new[0], key)
        assert exact[key].least <= early[key].least <= early[key].greatest <= exact[key].greatest
        assert early[key].width >= 3 or early[key].width == exact[key].width


# -- what is protected stays protected --------------------------------------------------------------------------------


def assert_nobody_is_pinned(releases: Sequence[Release], policy: Policy) -> None:
    oracle = Oracle(releases)
    for table, hidden in releases:
        for key in hidden:
            least, greatest = oracle.bounds(table, key)
            assert greatest - least >= policy.width, (table.dimensions, table.where, key, least, greatest)


@settings(max_examples=60, deadline=None)
@given(people=populations(), asked=st.lists(questions(), min_size=1, max_size=3), small=st.sampled_from((3, 6)))
def test_tables_published_one_after_the_other_pin_nobody(
    people: list[dict[str, str]], asked: list[tuple[tuple[str, ...], dict[str, str]]], small: int
) -> None:
    """A table that would give somebody away says so, and is not published."""
    rule = Policy(smallest_count=small, width=small - 1)
    releases: list[Release] = []
    for question in asked:
        protected = protect(ask(people, question), rule, earlier=releases)
        if not protected.exposed:
            releases.append(protected.release)
    assert_nobody_is_pinned(releases, rule)


@settings(max_examples=40, deadline=None)
@given(people=populations(), asked=st.lists(questions(), min_size=2, max_size=3))
def test_where_a_zero_may_be_hidden_every_table_can_be_published(
    people: list[dict[str, str]], asked: list[tuple[tuple[str, ...], dict[str, str]]]
) -> None:
    rule = Policy(zeros_may_be_hidden=True)
    releases: list[Release] = []
    for question in asked:
        protected = protect(ask(people, question), rule, earlier=releases)
        assert protected.exposed == ()
        releases.append(protected.release)
    assert_nobody_is_pinned(releases, rule)


@settings(max_examples=40, deadline=None)
@given(people=populations(), asked=st.lists(questions(), min_size=2, max_size=3))
def test_tables_published_together_pin_nobody(
    people: list[dict[str, str]], asked: list[tuple[tuple[str, ...], dict[str, str]]]
) -> None:
    together = protect_all([ask(people, question) for question in asked])
    if not any(protected.exposed for protected in together):
        assert_nobody_is_pinned([protected.release for protected in together], EDUCATION_RULE)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_questions_that_share_small_units_pin_nobody(data: st.DataObject) -> None:
    """The units' totals are hidden in every question, and tie the questions together."""
    rows = data.draw(
        st.lists(st.lists(st.sampled_from((0, 1, 2, 3, 9)), min_size=3, max_size=3), min_size=3, max_size=4)
    )
    more = []
    for row in rows:
        first = data.draw(st.integers(0, sum(row)))
        more.append([first, sum(row) - first])
    together = protect_all(two_questions(rows, more))
    assert all(protected.exposed == () for protected in together)
    assert_nobody_is_pinned([protected.release for protected in together], EDUCATION_RULE)


# -- several tables at once -------------------------------------------------------------------------------------------


def test_three_questions_in_a_ring_are_looked_at_together() -> None:
    """Every two of them agree, and yet no three do: a reader who has all three tables knows more than pairs tell."""
    pairs = [("unit", "answer"), ("answer", "role"), ("unit", "role")]
    people = [dict(kind) for kind in ({"unit": "A", "answer": "x", "role": "staff"},) for _ in range(9)]
    tables = [Table.count(people, pair, [CATEGORIES[name] for name in pair]) for pair in pairs]
    assert [block.dimensions for block in blocks_of(tables)] == [("answer", "role", "unit")]
    assert [block.dimensions for block in blocks_of(tables[:2])] == [("answer", "role"), ("answer", "unit")]


def test_a_ring_of_four_is_closed_by_two_blocks() -> None:
    pairs = [("unit", "answer"), ("answer", "role"), ("role", "site"), ("site", "unit")]
    tables = [Table.count([], pair, [CATEGORIES[name] for name in pair]) for pair in pairs]
    assert [block.dimensions for block in blocks_of(tables)] == [("answer", "role", "unit"), ("role", "site", "unit")]


def test_what_is_hidden_in_one_table_of_a_report_is_hidden_in_all() -> None:
    first, second = two_questions([[3, 1], [8, 9], [30, 40]], [[2, 2], [9, 8], [35, 35]])
    together = protect_all([first, second])
    assert all(("0", None) in protected.hidden for protected in together)
    assert together[0].hidden & {(u, None) for u in "012"} == together[1].hidden & {(u, None) for u in "012"}


def test_tables_about_different_people_are_refused() -> None:
    first, second = two_questions([[10, 20]], [[10, 21]])
    with pytest.raises(TableBroken, match="different people"):
        protect(second, earlier=[(first, frozenset())])


def test_tables_that_divide_people_differently_are_refused() -> None:
    one = Table.from_parts({("x",): 9}, ("answer",), (("x", "y"),))
    other = Table.from_parts({("x",): 9}, ("answer",), (("x", "y", "z"),))
    with pytest.raises(TableBroken, match="other categories"):
        protect(one, earlier=[(other, frozenset())])
    with pytest.raises(TableBroken, match="no such category"):
        protect(one, earlier=[(Table.from_parts({("A",): 9}, ("unit",), (("A",),), {"answer": "w"}), frozenset())])


def test_tables_that_cross_too_much_are_refused() -> None:
    names = [str(number) for number in range(60)]
    tables = [Table.from_parts({}, pair, (names, names)) for pair in itertools.combinations("abc", 2)]
    with pytest.raises(TooManyCrossings, match="too much to audit"):
        protect_all(tables)


# -- where it runs ----------------------------------------------------------------------------------------------------

NO_SOLVER = """
import sys
from toolkit.disclosure import Table, audit, protect
assert not {"numpy", "scipy", "pandas"} & sys.modules.keys()
names = [str(number) for number in range(12)]
parts = {(u, a): (7 * int(u) + 5 * int(a)) % 23 for u in names for a in names}
protected = protect(Table.from_parts(parts, ("unit", "answer"), (names, names)))
assert protected.hidden and audit(protected.release)
everybody = Table.from_parts({("yes",): 33, ("no",): 29}, ("answer",), (("yes", "no"),))
staff = Table.from_parts({("yes",): 30, ("no",): 20}, ("answer",), (("yes", "no"),), {"role": "staff"})
assert protect(staff, earlier=[(everybody, frozenset())]).hidden
assert not {"numpy", "scipy", "pandas"} & sys.modules.keys()
print(sorted(protected.hidden, key=str))
"""


def test_two_way_tables_need_no_solver_and_chance_decides_nothing() -> None:
    """A classroom in the browser has none. The order of sets differs from process to process; the result does not."""
    said = {
        subprocess.run(
            [sys.executable, "-c", NO_SOLVER],
            env={"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
