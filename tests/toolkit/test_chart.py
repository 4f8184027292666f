"""The facts of a chart that checks ask for: what it shows, on which axis, from where to where, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from toolkit.chart import ChartFacts, describe_chart

SALES = pd.DataFrame({"year": [2024, 2025], "total": [293.6, 290.0]})


@pytest.fixture
def axes() -> Iterator[Any]:
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


@pytest.mark.parametrize("kind", ["bar", "barh"])
def test_bars_give_their_values_by_label_whichever_way_they_lie(kind: str, axes: Any) -> None:
    getattr(axes, kind)(["Lyme", "Union"], [3, 0])
    (layer,) = describe_chart(axes).layers
    assert layer.values == (3, 0)
    assert layer.by_label == {"Lyme": 3, "Union": 0}


def test_the_value_axis_of_bars_that_lie_flat_is_the_lower_one(axes: Any) -> None:
    axes.barh(["Lyme", "Union"], [3, 2])
    axes.set(xlabel="ports", ylabel="town", xlim=(0, 5))
    facts = describe_chart(axes)
    assert (facts.value_label, facts.value_limits) == ("ports", (0, 5))


def test_limits_are_told_from_low_to_high(axes: Any) -> None:
    axes.plot([1, 2], [3, 4])
    axes.set(ylabel="ports", ylim=(9, 1))
    facts = describe_chart(axes)
    assert (facts.value_label, facts.value_limits) == ("ports", (1, 9))


@pytest.mark.parametrize(
    ("kind", "limits", "honest"),
    [
        ("bar", {}, True),
        ("bar", {"ylim": (0, 300)}, True),
        ("bar", {"ylim": (-20, 300)}, True),
        ("bar", {"ylim": (289, 294)}, False),
        ("bar", {"logy": True}, False),
        ("barh", {}, True),
        ("barh", {"xlim": (289, 294)}, False),
        ("line", {"ylim": (289, 294)}, True),
    ],
)
def test_bars_start_at_zero(kind: str, limits: dict[str, Any], honest: bool, axes: Any) -> None:
    getattr(SALES.plot, kind)(x="year", y="total", ax=axes, **limits)
    assert describe_chart(axes).bars_start_at_zero is honest


def test_bars_below_zero_start_at_zero(axes: Any) -> None:
    axes.bar(["Lyme", "Union"], [-3, -2])
    assert describe_chart(axes).bars_start_at_zero


# -- dates ------------------------------------------------------------------------------------------------------------

EVENLY = {"W-SAT": "2026-03-07", "D": "2026-03-01", "MS": "2026-03-01", "QS": "2026-04-01"}


@pytest.mark.parametrize("days", [["2026-02-28", "2026-03-07", "2026-03-31"], ["2026-02-28", "2026-03-07"]])
def test_dates_of_a_line_are_days(days: list[str], axes: Any) -> None:
    pd.Series(range(len(days)), index=pd.to_datetime(days)).plot.line(ax=axes)
    (layer,) = describe_chart(axes).layers
    assert [day.isoformat() for day in layer.dates] == days


@pytest.mark.parametrize("step", EVENLY)
def test_dates_that_lie_evenly_are_days_too_although_pandas_counts_periods(step: str, axes: Any) -> None:
    days = pd.date_range(EVENLY[step], periods=5, freq=step)
    pd.Series(range(5), index=days).plot.line(ax=axes)
    facts = describe_chart(axes)
    assert list(facts.layers[0].dates) == [day.date() for day in days]
    first, last = facts.x_limits
    assert first == facts.layers[0].marks[0].x and last == facts.layers[0].marks[-1].x


def test_facts_come_back_from_json_with_all_that_checks_ask_for(axes: Any) -> None:
    SALES.plot.bar(x="year", y="total", ax=axes, ylim=(289, 294))
    facts = describe_chart(axes)
    again = ChartFacts.from_json(facts.to_json())
    assert again == facts
    assert not again.bars_start_at_zero
    assert again.layers[0].by_label == {"2024": 293.6, "2025": 290.0}
