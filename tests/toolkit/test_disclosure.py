"""Disclosure control: after publication nobody can work out a small group, and every decision says why."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.disclosure import EDUCATION_RULE, Policy, Table, TableBroken, audit, protect, protect_frame
from toolkit.disclosure.audit import Release
from toolkit.disclosure.policy import Reason
from toolkit.disclosure.rule import apply_rule
from toolkit.disclosure.table import Key


def two_way(rows: Sequence[Sequence[int]]) -> Table:
    """A table whose rows are A, B, C … and whose columns are x, y, z …"""
    units, answers = "ABCDE"[: len(rows)], "xyzw"[: len(rows[0])]
    parts = {(u, a): rows[r][c] for r, u in enumerate(units) for c, a in enumerate(answers)}
    return Table.from_parts(parts, ("unit", "answer"), (tuple(units), tuple(answers)))


# -- the published rule -----------------------------------------------------------------------------------------------


def test_counts_of_one_to_five_are_hidden_and_zero_and_six_are_shown() -> None:
    table = two_way([[0, 1, 5, 6], [40, 40, 40, 40], [40, 40, 40, 40]])
    hidden = apply_rule(table, EDUCATION_RULE)
    small = {key for key, decision in hidden.items() if decision.reason is Reason.SMALL}
    assert small == {("A", "y"), ("A", "z")}
    assert ("A", "x") not in hidden


def test_a_total_of_one_to_five_is_hidden_too() -> None:
    table = two_way([[3, 0], [40, 50], [60, 70]])
    assert apply_rule(table, EDUCATION_RULE)[("A", None)].reason is Reason.SMALL


def test_where_one_cell_is_alone_in_its_line_the_lowest_shown_one_is_hidden_with_it() -> None:
    table = two_way([[4, 30, 20], [50, 60, 70], [80, 75, 90]])
    hidden = apply_rule(table, EDUCATION_RULE)
    assert hidden.keys() == {("A", "x"), ("A", "z"), ("B", "x"), ("B", "z")}
    assert hidden[("A", "z")].words == "hidden because A, x could be worked out by subtraction"


def test_of_two_equal_cells_the_first_is_taken_so_that_chance_decides_nothing() -> None:
    table = Table.from_parts({("x",): 4, ("y",): 9, ("z",): 9}, ("answer",), (("x", "y", "z"),))
    assert set(apply_rule(table, EDUCATION_RULE)) == {("x",), ("y",)}


def test_a_total_is_hidden_only_where_no_part_is_left() -> None:
    table = Table.from_parts({("x",): 4, ("y",): 0}, ("answer",), (("x", "y"),))
    assert set(apply_rule(table, EDUCATION_RULE)) == {("x",), (None,)}


@pytest.mark.parametrize(
    ("numerator", "denominator", "hidden"),
    [(6, 20, False), (5, 20, True), (0, 100, True), (6, 19, True), (30, 100, False)],
)
def test_a_share_needs_six_people_above_the_line_and_twenty_below(
    numerator: int, denominator: int, hidden: bool
) -> None:
    assert EDUCATION_RULE.share(numerator, denominator).hidden is hidden


def test_a_share_is_hidden_with_its_count() -> None:
    table = protect(two_way([[4, 30, 20], [50, 60, 70], [80, 75, 90]]))
    assert table.share(("A", "z"), of=("A", None)).words == "hidden because its count is hidden"
    assert not table.share(("A", "y"), of=("A", None)).hidden


def test_each_decision_is_said_in_words() -> None:
    protected = protect(two_way([[1, 30, 20], [50, 4, 70], [80, 75, 90]]))
    assert protected.decision(("A", "x")).words == "hidden because only 1 person"
    assert protected.decision(("B", "y")).words == "hidden because only 4 people"
    assert protected.decision(("C", "z")).words == "shown"


# -- the attack -------------------------------------------------------------------------------------------------------


def test_the_audit_finds_a_cell_that_the_rule_alone_gives_away() -> None:
    """Two hidden in each line, and yet 1 and 2 add up to 3: neither can be more than that."""
    table = two_way([[1, 2, 40], [2, 1, 50], [60, 70, 80]])
    hidden = frozenset(apply_rule(table, EDUCATION_RULE))
    bounds = audit((table, hidden))
    assert (bounds[("A", "x")].least, bounds[("A", "x")].greatest) == (0, 3)
    assert all(found.width >= 5 for found in protect(table).bounds.values())


def _people(*groups: tuple[str, str, int]) -> list[dict[str, str]]:
    return [{"role": role, "answer": answer} for role, answer, count in groups for _ in range(count)]


def test_a_filter_cannot_be_used_to_subtract_a_few_people() -> None:
    """All who answered, then all staff: the difference would be three managers who said yes."""
    people = _people(("staff", "yes", 30), ("staff", "no", 20), ("manager", "yes", 3), ("manager", "no", 9))
    answers = [("yes", "no")]
    everybody = protect(Table.count(people, ["answer"], answers))
    staff = Table.count(people, ["answer"], answers, where={"role": "staff"})
    assert everybody.hidden == protect(staff).hidden == frozenset()
    after = protect(staff, earlier=[everybody.release])
    assert after.decision(("yes",)).words == (
        "hidden because a table published before would, with this number, give away a small group"
    )
    assert after.hidden == {("yes",), ("no",)}
    # The other way round it is the same.
    assert protect(everybody.table, earlier=[(staff, frozenset())]).hidden


def test_a_large_difference_does_no_harm() -> None:
    people = _people(("staff", "yes", 30), ("staff", "no", 20), ("manager", "yes", 13), ("manager", "no", 9))
    everybody = protect(Table.count(people, ["answer"], [("yes", "no")]))
    staff = Table.count(people, ["answer"], [("yes", "no")], where={"role": "staff"})
    assert protect(staff, earlier=[everybody.release]).hidden == frozenset()


def test_what_was_hidden_before_stays_hidden_when_another_table_is_published() -> None:
    """The first table hides the 4; the second shows by unit what would give it back."""
    first = two_way([[4, 30], [50, 60], [70, 80]])
    protected = protect(first)
    answers = Table.from_parts({("x",): 124, ("y",): 170}, ("answer",), (("x", "y"),))
    units = Table.from_parts({("A",): 34, ("B",): 110, ("C",): 150}, ("unit",), (("A", "B", "C"),))
    for table in (answers, units):
        later = protect(table, earlier=[protected.release])
        bounds = audit(protected.release, [later.release])
        assert all(found.width >= 5 for found in bounds.values())


def test_a_cell_that_earlier_tables_give_away_by_themselves_is_reported() -> None:
    careless = (two_way([[4, 30], [50, 60]]), frozenset[Key]())
    later = protect(
        Table.from_parts({("x",): 4, ("y",): 30}, ("answer",), (("x", "y"),), {"unit": "A"}), earlier=[careless]
    )
    assert later.exposed


# -- what holds for any table -----------------------------------------------------------------------------------------

COUNTS = st.one_of(st.integers(0, 8), st.integers(0, 40))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(2, 3))
    return two_way([[draw(COUNTS) for _ in range(columns)] for _ in range(rows)])


def possible_tables(table: Table, hidden: frozenset[Key]) -> list[dict[Key, int]]:
    """Every table of whole numbers that agrees with what is published, found by trying (small totals only)."""
    shown = {key: count for key, count in table.counts.items() if key not in hidden}
    inner = [key for key in table.keys if None not in key]
    most = max(table.counts.values())
    found = []
    free = [key for key in inner if key in hidden]
    for values in itertools.product(range(most + 1), repeat=len(free)):
        parts = {key: shown.get(key, 0) for key in inner} | dict(zip(free, values, strict=True))
        whole = Table.from_parts(parts, table.dimensions, table.categories).counts
        if all(whole[key] == count for key, count in shown.items()):
            found.append(dict(whole))
    return found


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=2), min_size=2, max_size=2))
def test_trying_every_table_finds_the_same_bounds_as_the_audit(rows: list[list[int]]) -> None:
    protected = protect(two_way(rows), Policy(smallest_count=3, width=2))
    tried = possible_tables(protected.table, protected.hidden)
    if (None, None) in protected.hidden or not tried:
        return
    for key, bounds in audit(protected.release).items():
        counts = [whole[key] for whole in tried]
        assert (bounds.least, bounds.greatest) == (min(counts), max(counts))
        assert max(counts) - min(counts) >= 2 or key in protected.exposed


@settings(max_examples=60, deadline=None)
@given(table=tables())
def test_no_hidden_count_is_pinned_and_no_zero_is_hidden(table: Table) -> None:
    protected = protect(table)
    assert protected.exposed == ()
    assert all(table.counts[key] > 0 for key in protected.hidden)
    assert all(not EDUCATION_RULE.is_small(count) for key, count in table.counts.items() if key not in protected.hidden)
    for bounds in audit(protected.release).values():
        assert bounds.width >= EDUCATION_RULE.width


@settings(max_examples=25, deadline=None)
@given(table=tables(), data=st.data())
def test_successive_tables_with_filters_pin_nobody(table: Table, data: st.DataObject) -> None:
    """Three tables of the same people, one after the other: by unit and answer, filtered by role, and by role."""
    people = [
        {"unit": unit, "answer": answer, "role": data.draw(st.sampled_from(("staff", "manager")))}
        for (unit, answer), count in table.counts.items()
        if unit is not None and answer is not None
        for _ in range(min(count, 9))
    ]
    units, answers = table.categories
    asked = [
        Table.count(people, ["unit", "answer"], [units, answers]),
        Table.count(people, ["unit", "answer"], [units, answers], where={"role": "staff"}),
        Table.count(people, ["role", "answer"], [("staff", "manager"), answers]),
    ]
    releases: list[Release] = []
    for each in asked:
        protected = protect(each, earlier=releases)
        releases.append(protected.release)
        if protected.exposed:
            return
    for number, release in enumerate(releases):
        others = [other for n, other in enumerate(releases) if n != number]
        for bounds in audit(release, others).values():
            assert bounds.width >= EDUCATION_RULE.width


@given(table=tables())
@settings(max_examples=30, deadline=None)
def test_the_same_table_is_always_protected_in_the_same_way(table: Table) -> None:
    assert protect(table).decisions == protect(table).decisions


# -- bad input, and the pandas front ----------------------------------------------------------------------------------


def test_a_negative_count_an_unknown_category_and_a_doubled_one_are_named() -> None:
    with pytest.raises(TableBroken, match="-1 people"):
        two_way([[-1, 3]])
    with pytest.raises(TableBroken, match="There is no cell"):
        Table.from_parts({("z",): 1}, ("answer",), (("x", "y"),))
    with pytest.raises(TableBroken, match="there twice"):
        Table.from_parts({}, ("answer",), (("x", "x"),))
    with pytest.raises(TableBroken, match="own dimension"):
        Table.from_parts({}, ("answer",), (("x", "y"),), {"answer": "x"})
    with pytest.raises(ValueError, match="at least 1"):
        Policy(width=0)


def test_a_pandas_table_comes_back_with_its_totals_and_its_reasons() -> None:
    counts = pd.DataFrame({"yes": [4, 50, 80], "no": [30, 60, 75]}, index=["A", "B", "C"])
    shown, reasons, protected = protect_frame(counts)
    assert shown.index.tolist() == ["A", "B", "C", "Total"] and shown.columns.tolist() == ["yes", "no", "Total"]
    assert pd.isna(shown.loc["A", "yes"]) and reasons.loc["A", "yes"] == "hidden because only 4 people"
    assert shown.loc["Total", "Total"] == 299
    assert shown.isna().sum().sum() == len(protected.hidden) == 4
