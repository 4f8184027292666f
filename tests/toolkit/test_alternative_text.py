"""Help with alternative text: a chart's facts in plain sentences, and friendly findings about a text."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import pytest

from toolkit.alternative_text import LONGEST, SHORTEST, chart_facts_sentence, check_alternative_text
from toolkit.chart import describe_chart

GOOD = "Bar chart of charging ports by town. Stamford has the most, 84, then Hartford with 76; Union has none."


@pytest.fixture
def axes() -> Iterator[Any]:
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


@pytest.fixture
def ports(axes: Any) -> Any:
    axes.bar(["Stamford", "Hartford", "Union", "Lyme"], [84, 76, 0, 0])
    axes.set(title="Charging ports, 2023", xlabel="town", ylabel="ports")
    return axes


# -- the facts --------------------------------------------------------------------------------------------------------


def test_bars_are_told_by_what_they_compare_their_range_and_their_ends(ports: Any) -> None:
    assert chart_facts_sentence(ports) == (
        "Bar chart of ports by town, titled “Charging ports, 2023”. 4 bars, from 0 to 84. "
        "Largest: 84 (Stamford). Smallest: 0 (Union and 1 more)."
    )


def test_bars_that_lie_flat_are_measured_along_the_other_axis(axes: Any) -> None:
    axes.barh(["Stamford", "Hartford"], [84.256, 1076])
    axes.set(xlabel="ports", ylabel="town")
    assert chart_facts_sentence(axes) == (
        "Bar chart of ports by town. 2 bars, from 84.26 to 1,076. Largest: 1,076 (Hartford). Smallest: 84.26 (Stamford)."
    )


def test_a_line_is_told_with_its_first_and_last_point_and_years_have_no_comma(axes: Any) -> None:
    axes.plot([2012, 2018, 2021, 2022], [355, 1017, 1524, 1452])
    assert chart_facts_sentence(axes) == (
        "Line chart. 4 points, from 355 to 1,524. Largest: 1,524 (2021). Smallest: 355 (2012). "
        "First: 355 (2012). Last: 1,452 (2022)."
    )


def test_a_day_between_the_ticks_is_told_by_its_place_not_by_a_number_without_meaning(axes: Any) -> None:
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(days=day) for day in range(400)]
    axes.plot(days, [*range(350), *range(50)])
    assert "Largest: 349 (350 of 400)." in chart_facts_sentence(axes)


def test_several_lines_are_told_one_by_one_and_a_gap_is_no_point(axes: Any) -> None:
    axes.plot([2020, 2021, 2022], [3, float("nan"), 5], label="North")
    axes.plot([2020, 2021], [4, 4], label="Goal")
    told = chart_facts_sentence(axes)
    assert "North: 2 points, from 3 to 5." in told
    assert told.endswith("Goal: 2 points, all at 4.")


def test_points_and_very_small_numbers_are_told(axes: Any) -> None:
    axes.scatter([1000, 20000], [0.00123, 3])
    assert chart_facts_sentence(axes) == (
        "Scatter chart. 2 points, from 0.0012 to 3. Largest: 3 (20000). Smallest: 0.0012 (1000)."
    )


def test_an_empty_chart_is_told_as_empty(axes: Any) -> None:
    assert chart_facts_sentence(axes) == "A chart without bars, lines or points."


def test_facts_taken_from_the_chart_before_give_the_same_sentence(ports: Any) -> None:
    assert chart_facts_sentence(describe_chart(ports)) == chart_facts_sentence(ports)


def test_what_is_no_chart_is_refused() -> None:
    with pytest.raises(TypeError, match="not a chart"):
        chart_facts_sentence("a chart")


# -- the look at a text -----------------------------------------------------------------------------------------------


def test_a_good_text_gives_nothing_to_mend_and_so_do_the_facts_themselves(ports: Any) -> None:
    assert check_alternative_text(GOOD, ports) == []
    assert check_alternative_text(chart_facts_sentence(ports), ports) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["There is no text yet."]),
        (" \n ", ["There is no text yet."]),
        ("Stamford has 84 ports.", ["This is short."]),
        (f"Image of a {GOOD}", ["Begin with the chart itself"]),
        (f"This picture shows a {GOOD}", ["Begin with the chart itself"]),
        (GOOD.replace("84", "many").replace("76", "fewer"), ["It names no number of the chart."]),
        ("Stamford has the most charging ports of all towns in 2023.", ["It names no number of the chart."]),
        ("A bar chart: charging ports, 2023", ["This repeats the title", "It names no number of the chart."]),
        (f"{GOOD} {'It goes on and on. ' * 20}", ["Keep it to 300"]),
        ("Chart", ["This is short.", "It names no number"]),
    ],
)
def test_each_weakness_is_told_in_a_friendly_sentence(text: str, told: list[str], ports: Any) -> None:
    found = check_alternative_text(text, ports)
    assert len(found) == len(told)
    for sentence, part in zip(found, told, strict=True):
        assert part in sentence and sentence.endswith(".")


@pytest.mark.parametrize(("length", "told"), [(SHORTEST - 1, 1), (SHORTEST, 0), (LONGEST, 0), (LONGEST + 1, 1)])
def test_the_limits_of_length_are_kept_to_the_character(length: int, told: int, ports: Any) -> None:
    text = ("Stamford leads with 84 ports " + "and so on " * 40)[:length].strip().ljust(length, ".")
    assert len(check_alternative_text(text, ports)) == told


def test_a_number_of_the_title_counts_if_it_is_a_value_of_the_chart(ports: Any) -> None:
    ports.set_title("Stamford leads with 84 ports")
    assert check_alternative_text("Bar chart of charging ports by town, led by Stamford with 84.", ports) == []


def test_a_chart_without_a_title_has_none_to_repeat(axes: Any) -> None:
    axes.bar(["Stamford"], [84])
    assert check_alternative_text("Bar chart with a single bar for Stamford: 84 ports", axes) == []


def test_a_word_that_only_begins_like_image_is_no_fault(ports: Any) -> None:
    assert check_alternative_text("Imagery centers by town: Stamford has the most of them, 84.", ports) == []
