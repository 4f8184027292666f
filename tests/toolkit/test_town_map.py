"""Maps of Connecticut: what is drawn, what the legend says, which facts a check reads, and what is refused in which words.

The towns are real: Salisbury is wide and has few people, New London is small and has many.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from autograder.runner.inside.answers import decode, encode
from toolkit.alternative_text import chart_facts_sentence
from toolkit.contrast import contrast_ratio
from toolkit.town_map import (
    ClassesUnfit,
    CodesAreNumbers,
    CodesNotOnMap,
    CodeTwice,
    ColumnMissing,
    LabelUnknown,
    MapFacts,
    NotACode,
    NotAMap,
    NotNumbers,
    describe_map,
    map_facts_sentence,
    shades,
    town_map,
)

SHAPES = Path(__file__).parents[2] / "datasets" / "town-shapes"
SALISBURY, UNION, LYME = "0916066420", "0915077830", "0913044210"


def towns(**columns: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"town_fips_2022": [SALISBURY, UNION, LYME], "rate": [2.9, 0.0, 0.2], **columns})


def draw(table: pd.DataFrame, **wishes: Any) -> Any:
    return town_map(table, **{"value": "rate", "by": "town_fips_2022", "up_to": [0, 0.3], "folder": SHAPES, **wishes})


def facts(table: pd.DataFrame, **wishes: Any) -> MapFacts:
    return describe_map(draw(table, **wishes))


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


# -- classes ----------------------------------------------------------------------------------------------------------


def test_each_place_is_in_the_class_of_its_value() -> None:
    found = facts(towns())
    assert [(each.words, dict(each.values)) for each in found.classes] == [
        ("0", {UNION: 0.0}),
        ("over 0, up to 0.3", {LYME: 0.2}),
        ("over 0.3", {SALISBURY: 2.9}),
    ]


def test_a_value_at_the_limit_belongs_to_the_class_below() -> None:
    found = facts(towns(rate=[0.3, 0.30001, 0]))
    assert [set(each.values) for each in found.classes] == [{LYME}, {SALISBURY}, {UNION}]


@pytest.mark.parametrize(
    ("up_to", "values", "words"),
    [
        ([0], [1, 0, 0], ["0", "over 0"]),
        ([0], [1, -1, 0], ["up to 0", "over 0"]),
        ([0.2], [1, 0, 0], ["up to 0.2", "over 0.2"]),
        ([10_000, 250_000], [1, 2, 3], ["up to 10,000", "over 10,000, up to 250,000", "over 250,000"]),
        (
            [1_000_000, 12_345_678],
            [1, 2, 3],
            ["up to 1,000,000", "over 1,000,000, up to 12,345,678", "over 12,345,678"],
        ),
    ],
)
def test_a_class_is_told_in_words(up_to: list[float], values: list[float], words: list[str]) -> None:
    assert [each.words for each in facts(towns(rate=values), up_to=up_to).classes] == words


@pytest.mark.parametrize(
    "up_to", [[], [1, 1], [2, 1], [1, float("nan")], [float("nan")], 3, "0.3", list(range(7)), None]
)
def test_limits_that_make_no_classes_are_refused(up_to: Any) -> None:
    with pytest.raises(ClassesUnfit, match=r"each larger than the one before, such as \[0, 0\.3, 0\.6\]"):
        draw(towns(), up_to=up_to)


@pytest.mark.parametrize("number", range(2, 8))
def test_shades_grow_darker_so_that_they_work_without_color(number: int) -> None:
    colors = shades(number)
    assert len(colors) == number
    for lighter, darker in pairwise(colors):
        assert contrast_ratio(lighter, "#000000") > contrast_ratio(darker, "#000000")
        assert contrast_ratio(lighter, darker) > 1.3


def test_a_line_is_seen_between_two_dark_neighbors() -> None:
    for area in draw(towns(rate=[2.9, 0.2, 3.1])).collections:
        border, fill = (to_hex(colors[0]) for colors in (area.get_edgecolor(), area.get_facecolor()))
        assert contrast_ratio(border, fill) > 1.8
        assert contrast_ratio(border, fill) > 3 or fill not in (shades(3)[0], shades(3)[-1])


# -- legend, title, labels --------------------------------------------------------------------------------------------


def test_the_legend_says_how_many_places_each_class_has() -> None:
    assert facts(towns()).legend == (
        "0 (1 town)", "over 0, up to 0.3 (1 town)", "over 0.3 (1 town)", "no value (166 towns)",
    )  # fmt: skip


def test_title_and_measure_and_labels_are_facts() -> None:
    found = facts(towns(), title="Few ports", legend="Ports per 1,000 people", labels=["Union", "Old Lyme"])
    assert (found.title, found.measure, found.labels) == ("Few ports", "Ports per 1,000 people", ("Union", "Old Lyme"))


def test_a_title_that_is_set_later_counts() -> None:
    axes = draw(towns(), title="First")
    axes.set_title("Second", loc="left")
    assert describe_map(axes).title == "Second"


def test_a_long_title_is_broken_into_lines_and_told_as_one() -> None:
    title = "The Naugatuck Valley has the fewest ports for its people"
    axes = draw(towns(), title=title, legend=title)
    assert axes.get_title(loc="left") == "The Naugatuck Valley has the fewest ports for\nits people"
    assert (describe_map(axes).title, describe_map(axes).measure) == (title, title)


def test_the_classes_stand_below_the_words_that_say_what_is_measured() -> None:
    for legend in (
        "",
        "Ports per 1,000 people",
        "Public charging ports of all three speeds per 1,000 people, July 2023",
    ):
        axes = draw(towns(), legend=legend)
        axes.figure.canvas.draw()
        assert axes.get_legend().get_window_extent().y1 <= axes.xaxis.label.get_window_extent().y0 + 1


def test_every_place_can_be_labeled_at_once() -> None:
    regions = pd.DataFrame({"planning_region_fips": ["09140"], "rate": [0.1]})
    found = facts(regions, by="planning_region_fips", labels="all")
    assert len(found.labels) == 9
    assert "Lower Connecticut River Valley" in found.labels


def test_one_label_needs_no_brackets() -> None:
    assert facts(towns(), labels="Union").labels == ("Union",)


def test_the_name_of_a_region_lies_in_its_middle() -> None:
    regions = pd.DataFrame({"planning_region_fips": ["09110"], "rate": [0.1]})
    (label,) = draw(regions, by="planning_region_fips", labels=["Capitol"]).texts
    east, north = label.get_position()
    assert (east, north) == (pytest.approx(-72.62, abs=0.05), pytest.approx(41.82, abs=0.05))
    assert label.get_verticalalignment() == "center"


def test_the_name_of_a_town_lies_below_it_so_that_a_small_town_is_seen() -> None:
    (label,) = draw(towns(), labels=["New London"]).texts
    east, north = label.get_position()
    assert (east, north) == (pytest.approx(-72.10, abs=0.02), pytest.approx(41.30, abs=0.015))
    assert label.get_verticalalignment() == "top"


def test_a_label_that_is_not_on_the_map_is_refused() -> None:
    with pytest.raises(LabelUnknown, match="No town on the map is called “Storrs”"):
        draw(towns(), labels=["Storrs"])


# -- the join ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "code", "places"),
    [
        ("town_fips_2022", SALISBURY, 169),
        ("town_fips_2020", "0900566420", 169),
        ("planning_region_fips", "09160", 9),
        ("county_fips", "09005", 8),
    ],
)
def test_the_code_says_which_shapes_are_drawn(by: str, code: str, places: int) -> None:
    found = facts(pd.DataFrame({by: [code], "rate": [1.0]}), by=by)
    assert found.by == by
    assert found.values == {code: 1.0}
    assert len(found.without_value) == places - 1


def test_codes_may_stand_at_the_left_of_the_table_as_groupby_leaves_them() -> None:
    table = towns().groupby("town_fips_2022")[["rate"]].sum()
    assert facts(table).values == facts(towns()).values


def test_a_place_whose_value_is_missing_is_striped_and_told() -> None:
    axes = draw(towns(rate=[2.9, None, 0.2]))
    assert UNION in describe_map(axes).without_value
    assert [area.get_hatch() for area in axes.collections] == [None, None, "////"]


def test_without_gaps_the_legend_does_not_speak_of_them() -> None:
    regions = pd.DataFrame({"planning_region_fips": [f"091{n}0" for n in range(1, 10)], "rate": range(9)})
    found = facts(regions, by="planning_region_fips", up_to=[3])
    assert found.legend == ("up to 3 (4 regions)", "over 3 (5 regions)")
    assert found.without_value == ()


def test_all_169_towns_are_drawn() -> None:
    shapes = json.loads((SHAPES / "town-shapes.geojson").read_text(encoding="utf-8"))["features"]
    parts = sum(1 if each["geometry"]["type"] == "Polygon" else len(each["geometry"]["coordinates"]) for each in shapes)
    assert sum(len(area.get_paths()) for area in draw(towns()).collections) == parts


REFUSED: list[tuple[type[Exception], str, Callable[[], Any]]] = [
    (NotACode, "“town” is not a code.*town_fips_2022", lambda: draw(towns(town=["a", "b", "c"]), by="town")),
    (ColumnMissing, "no column “rates”. It has: town_fips_2022, rate", lambda: draw(towns(), value="rates")),
    (ColumnMissing, "no column “planning_region_fips”", lambda: draw(towns(), by="planning_region_fips")),
    (NotNumbers, "“rate” does not hold numbers", lambda: draw(towns(rate=["2.9", "0", "0.2"]))),
    (NotNumbers, "“rate” does not hold numbers", lambda: draw(towns(rate=[True, False, True]))),
    (NotNumbers, "“rate” does not hold numbers", lambda: draw(towns(rate=[float("inf"), 0, 1]))),
    (
        CodesAreNumbers,
        'zero at the front is lost.*dtype={"town_fips_2022": "str"}',
        lambda: draw(towns(town_fips_2022=[916066420, 915077830, 913044210])),
    ),
    (
        CodesNotOnMap,
        "2 of 3 rows have a code that is not on the map, such as 0900566420. They are codes of “town_fips_2020”",
        lambda: draw(towns(town_fips_2022=["0900566420", "0901377830", LYME])),
    ),
    (
        CodesNotOnMap,
        "1 of 3 rows have a code that is not on the map, such as 09. Take total rows out",
        lambda: draw(towns(town_fips_2022=[SALISBURY, UNION, "09"])),
    ),
    (
        CodeTwice,
        f"The code {UNION} stands in 2 rows. Add up first",
        lambda: draw(towns(town_fips_2022=[SALISBURY, UNION, UNION])),
    ),
]


@pytest.mark.parametrize(("error", "words", "drawing"), REFUSED)
def test_a_table_that_makes_no_true_map_is_refused(
    error: type[Exception], words: str, drawing: Callable[[], Any]
) -> None:
    with pytest.raises(error, match=words):
        drawing()


# -- on the way to a check --------------------------------------------------------------------------------------------


def test_a_map_keeps_its_facts_on_the_way_to_the_checks() -> None:
    axes = draw(towns(), title="Few ports", legend="Ports per 1,000 people", labels=["Union"])
    carried = decode(json.loads(json.dumps(encode(axes), allow_nan=False)))
    assert describe_map(carried) == describe_map(axes)
    assert describe_map(carried).values == {SALISBURY: 2.9, UNION: 0.0, LYME: 0.2}


def test_what_is_told_to_the_checks_only_is_not_seen() -> None:
    axes = draw(towns())
    assert not any(line.get_visible() for line in axes.get_lines())
    assert not axes.yaxis.label.get_visible()


def test_a_figure_with_one_map_is_a_map() -> None:
    axes = draw(towns())
    assert describe_map(axes.figure) == describe_map(axes)


def test_anything_else_is_not_a_map() -> None:
    _, bars = plt.subplots()
    bars.bar(["Lyme"], [3])
    for other in (bars, "a map", towns(), None):
        with pytest.raises(NotAMap, match=re.escape("town_map(")):
            describe_map(other)


def test_a_map_can_be_drawn_beside_another() -> None:
    figure, (left, right) = plt.subplots(1, 2)
    assert draw(towns(), axes=right) is right
    assert not left.collections
    assert figure.axes == [left, right]


# -- in words ---------------------------------------------------------------------------------------------------------


def test_a_map_is_told_in_words_without_codes() -> None:
    axes = draw(towns(), title="Few ports", legend="Ports per 1,000 people")
    words = map_facts_sentence(axes, folder=SHAPES)
    assert words == (
        "Map of 169 towns of Connecticut, titled “Few ports”. Shades: Ports per 1,000 people, darker for more. "
        "0: 1 town; over 0, up to 0.3: 1 town; over 0.3: 1 town; no value: 166 towns. "
        "Highest: Salisbury, with 2.90. Lowest: Union, with 0."
    )
    assert map_facts_sentence(decode(json.loads(json.dumps(encode(axes)))), folder=SHAPES) == words


def test_regions_are_told_by_name() -> None:
    regions = pd.DataFrame({"planning_region_fips": [f"091{n}0" for n in range(1, 10)], "rate": range(9)})
    words = map_facts_sentence(draw(regions, by="planning_region_fips", up_to=[1]), folder=SHAPES)
    assert "up to 1: Capitol, Greater Bridgeport; over 1: Lower Connecticut River Valley, Naugatuck Valley, " in words
    assert words.endswith("Highest: Western Connecticut, with 8. Lowest: Capitol, with 0.")


def test_places_that_share_the_lowest_value_are_counted() -> None:
    words = map_facts_sentence(draw(towns(rate=[0.0, 0.0, 1500.0]), up_to=[0]), folder=SHAPES)
    assert words.endswith("Highest: Lyme, with 1,500. Lowest: 2 towns, with 0.")
    assert "Shades: not said" in words


def test_a_map_without_a_value_is_told_in_words() -> None:
    words = map_facts_sentence(draw(towns(rate=[float("nan")] * 3)), folder=SHAPES)
    assert words.endswith("no value: 169 towns.")


def test_only_a_map_is_told_in_words() -> None:
    with pytest.raises(NotAMap):
        map_facts_sentence(plt.figure(), folder=SHAPES)


def test_a_small_rate_is_not_told_as_none() -> None:
    words = map_facts_sentence(draw(towns(rate=[0.004, 0.002, 0.003]), up_to=[0.003]), folder=SHAPES)
    assert "Highest: Salisbury, with 0.0040. Lowest: Union, with 0.0020." in words


def test_whoever_asks_for_the_facts_of_a_chart_gets_those_of_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SHAPES)
    axes = draw(towns())
    assert chart_facts_sentence(axes) == map_facts_sentence(axes)
