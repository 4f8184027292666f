"""The pictures of the data pages: what they show, how they say it, and which ones are refused."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.data import read_package
from academy.project import DATASETS, ROOT
from academy.site.data.drawing import draw
from academy.site.data.drawing.lines import COLORS, _apart, scale
from academy.site.data.drawing.maps import CLASSES, classes
from academy.site.data.drawing.sheet import WIDTH, color
from academy.site.data.pages import data_pages
from academy.site.data.picture import TOWN_SHAPES, Numbers, PictureWrong, numbers_of
from academy.site.data.words import text_alternative
from tests.site.test_book import FIXTURES
from toolkit.contrast import LARGE_TEXT, TEXT, contrast_ratio

TYPES = {"people": "integer", "dollars": "number"}
Made = Callable[..., Numbers]


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    """The shapes of the towns and the small dataset of the fixtures, in a project with the book's templates."""
    folder = tmp_path / "datasets"
    (tmp_path / "book").symlink_to(ROOT / "book")
    shutil.copytree(FIXTURES / "datasets" / "town-sample", folder / "town-sample")
    shutil.copytree(DATASETS / "town-shapes", folder / "town-shapes", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def made(datasets: Path) -> Made:
    """The numbers of a picture of a table that a test writes."""

    def make(text: str, kept_apart: bool = False, **picture: Any) -> Numbers:
        path = datasets / "town-sample" / "datapackage.json"
        descriptor = json.loads(path.read_text(encoding="utf-8"))
        [resource] = descriptor["resources"]
        [town, *_] = resource["schema"]["fields"]
        names = text.partition("\n")[0].split(",")
        fields = [
            town | {"name": name, "title": name.capitalize(), "type": TYPES.get(name, "string"), "unit": name}
            for name in names
        ]
        resource |= {"schema": {"fields": fields, "missingValues": [""]}, "kept_apart": kept_apart}
        descriptor["academy"]["picture"] = {"table": "town-sample", "title": "A title", "caption": "It says."} | picture
        path.write_text(json.dumps(descriptor), encoding="utf-8")
        (datasets / "town-sample" / "town-sample.csv").write_text(text, encoding="utf-8")
        return numbers_of(read_package("town-sample", datasets), datasets)

    return make


def values(numbers: Numbers) -> dict[str, list[int | None]]:
    return {
        name: [None if value is None else int(value) for value in series] for name, series in numbers.series.items()
    }


# -- what is drawn ---------------------------------------------------------------------------------------------------


def test_bars_keep_the_order_of_the_table_or_show_the_largest_first(made: Made) -> None:
    table = "office,people\nNorth,3\nWest,\nSouth,9\nEast,4\nHill,9\n"
    assert made(table, kind="bars", x="office", value="people").x == ("North", "West", "South", "East", "Hill")
    numbers = made(table, kind="bars", x="office", value="people", largest=3)
    assert (numbers.x, numbers.left_out) == (("South", "Hill", "East"), 2)


def test_rows_that_share_an_x_are_refused_unless_they_are_to_be_added_up(made: Made) -> None:
    table = "office,people\nNorth,3\nSouth,9\nNorth,4\nSouth,\n"
    with pytest.raises(PictureWrong) as refused:
        made(table, kind="bars", x="office", value="people")
    assert str(refused.value) == (
        "town-sample/datapackage.json, academy, picture, x: several rows of town-sample share the office “North”.\n"
        "    Choose rows with `only`, or add their values up with `add`: true."
    )
    numbers = made(table, kind="bars", x="office", value="people", add=True)
    assert (values(numbers), numbers.not_added) == ({"": [7, 9]}, 1)


def test_points_of_a_line_that_share_a_time_are_refused_but_not_those_of_two_lines(made: Made) -> None:
    table = "month,office,people\n2020-01,North,1\n2020-01,South,2\n2020-02,North,3\n"
    wish = {"kind": "lines", "x": "month", "value": "people", "series": "office"}
    assert values(made(table, **wish)) == {"North": [1, 3], "South": [2, None]}
    with pytest.raises(PictureWrong, match="share the month “2020-01” and “North”"):
        made(table + "2020-01,North,1\n", **wish)


def test_without_a_value_rows_are_counted_and_a_town_without_rows_has_none(made: Made) -> None:
    table = "town,people\nUnion,1\nHartford,\nUnion,2\n"
    assert values(made(table, kind="bars", x="town")) == {"": [2, 1]}
    numbers = made(table, kind="map", x="town")
    counts = dict(zip(numbers.x, numbers.series[""], strict=True))
    assert (len(counts), counts["Union"], counts["Hartford"], counts["Andover"]) == (169, 2, 1, 0)
    assert numbers.value_title == "Number of rows"


def test_only_the_chosen_rows_are_shown(made: Made) -> None:
    table = "office,group,people\nNorth,all,3\nNorth,some,1\nSouth,all,9\n"
    numbers = made(table, kind="bars", x="office", value="people", only={"group": "all"})
    assert values(numbers) == {"": [3, 9]}


@pytest.mark.parametrize(
    ("cells", "moments", "order"),
    [
        (["2020-03", "2019-12", "2020-01"], "months", ["2019-12", "2020-01", "2020-03"]),
        (["2020-03-31", "2020-03-04"], "days", ["2020-03-04", "2020-03-31"]),
        (["10", "9"], "numbers", ["9", "10"]),
        (["2010-11", "2009-10", "2011-12"], "words", ["2009-10", "2010-11", "2011-12"]),
        (["FY2014", "FY2013"], "words", ["FY2013", "FY2014"]),
    ],
    ids=["months", "days", "numbers", "school years", "words"],
)
def test_lines_run_in_the_order_of_time(made: Made, cells: list[str], moments: str, order: list[str]) -> None:
    table = "time,people\n" + "".join(f"{cell},1{place}\n" for place, cell in enumerate(cells))
    numbers = made(table, kind="lines", x="time", value="people")
    assert (numbers.moments, list(numbers.x)) == (moments, order)


REFUSED = {
    "a town that is none": ("town,people\nAtlantis,1\n", {"kind": "map", "x": "town", "value": "people"}, "x: “Atlantis” is not a town"),
    "five lines": ("month,office,people\n" + "".join(f"2020-0{m},{o},1\n" for m in (1, 2) for o in "ABCDE"), {"kind": "lines", "x": "month", "value": "people", "series": "office"}, "series: 5 lines are too many to tell apart: A, B, C, D, E"),
    "one point": ("month,people\n2020-01,1\n", {"kind": "lines", "x": "month", "value": "people"}, "x: a line needs two points"),
    "too many bars": ("office,people\n" + "".join(f"{n},{n}\n" for n in range(21)), {"kind": "bars", "x": "office", "value": "people"}, "largest: 21 bars are too many"),
    "a word for a number": ("office,people\nNorth,few\n", {"kind": "bars", "x": "office", "value": "people"}, "value: the column “people” holds “few”"),
    "no rows": ("office,people\nNorth,1\n", {"kind": "bars", "x": "office", "value": "people", "only": {"office": "north"}}, "only: no row is left"),
    "no values": ("office,people\nNorth,\n", {"kind": "bars", "x": "office", "value": "people"}, "value: no row is left"),
    "series of bars": ("office,people\nNorth,1\n", {"kind": "bars", "x": "office", "value": "people", "series": "office"}, "series: bars have no series"),
    "no such column": ("office,people\nNorth,1\n", {"kind": "bars", "x": "offices", "value": "people"}, "x: there is no column “offices”"),
    "no such table": ("office,people\nNorth,1\n", {"kind": "bars", "x": "office", "table": "visits"}, "table: there is no table “visits”"),
    "answers": ("office,people\nNorth,1\n", {"kind": "bars", "x": "office", "kept_apart": True}, "table: the table “town-sample” is kept apart"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_picture_that_cannot_be_drawn_is_refused_with_the_field_to_mend(made: Made, case: str) -> None:
    table, picture, message = REFUSED[case]
    with pytest.raises(PictureWrong) as refused:
        made(table, **picture)
    assert str(refused.value).startswith(f"town-sample/datapackage.json, academy, picture, {message}")
    assert refused.value.advice


def test_a_map_without_the_shapes_of_the_towns_says_what_to_build(made: Made, datasets: Path) -> None:
    (datasets / TOWN_SHAPES).write_text('{"features": [{"properties": {}}]}', encoding="utf-8")
    with pytest.raises(
        PictureWrong, match=r"(?s)are not GeoJSON with a property `town`.*academy data build town-shapes"
    ):
        made("town,people\nUnion,1\n", kind="map", x="town", value="people")
    (datasets / TOWN_SHAPES).unlink()
    with pytest.raises(
        PictureWrong, match=r"(?s)town-shapes.geojson: .* are not there.*academy data build town-shapes"
    ):
        made("town,people\nUnion,1\n", kind="map", x="town", value="people")


# -- how it is said --------------------------------------------------------------------------------------------------


def test_a_map_is_said_in_two_sentences(made: Made) -> None:
    table = "town,people\nUnion,854\nHartford,124775\nBethel,\nAvon,854\n"
    assert text_alternative(made(table, kind="map", x="town", value="people")) == (
        "Map of 169 towns, 166 without data: A title. "
        "The largest value is 124,775 (Hartford), the smallest 854 (Avon and Union)."
    )


def test_bars_that_share_the_end_are_named_or_counted(made: Made) -> None:
    table = "office,dollars\n" + "".join(f"{name},0.5\n" for name in "ABCDE") + "F,12.25\n"
    assert text_alternative(made(table, kind="bars", x="office", value="dollars")) == (
        "Chart with 6 bars: A title. The largest value is 12.25 (F), the smallest 0.50 (A and 4 more)."
    )


def test_equal_values_are_said_once(made: Made) -> None:
    numbers = made("office,people\nA,3\nB,3\n", kind="bars", x="office", value="people")
    assert text_alternative(numbers) == "Chart with 2 bars: A title. Every value is 3."


def test_large_amounts_are_said_without_cents_and_shares_with_all_their_decimals(made: Made) -> None:
    sales = made("day,dollars\n2020-01-05,20000.55\n2020-01-12,1.2\n", kind="lines", x="day", value="dollars")
    assert text_alternative(sales) == (
        "Chart with 1 line of 2 points, from January 5, 2020 to January 12, 2020: A title. "
        "The largest value is 20,001 (January 5, 2020), the smallest 1 (January 12, 2020)."
    )
    shares = made("office,dollars\nNorth,0.9232\nSouth,0.906\n", kind="bars", x="office", value="dollars")
    assert text_alternative(shares).endswith("The largest value is 0.9232 (North), the smallest 0.9060 (South).")


def test_what_a_reader_must_know_stands_below_the_picture(made: Made, datasets: Path) -> None:
    def page(table: str, **picture: Any) -> str:
        made(table, **picture)
        pages = data_pages(datasets.parent, [read_package("town-sample", datasets)], {})
        return re.sub(
            r".*<figcaption>It says. ?|</figcaption>.*", "", pages["data/town-sample.md"].decode(), flags=re.DOTALL
        )

    line = {"kind": "lines", "x": "month", "value": "people"}
    assert page("month,people\n2020-01,90\n2020-02,95\n", **line) == "The scale starts at 90, not at 0."
    assert page("month,people\n2020-01,9\n2020-02,95\n", **line) == ""
    bars = "office,people\n" + "".join(f"{name},{place}\n" for place, name in enumerate("ABCDE")) + "A,\n"
    assert page(bars, kind="bars", x="office", value="people", largest=3, add=True) == (
        "Only the largest 3 of 5 are shown. 1 row without a value is not counted."
    )


# -- how it is drawn -------------------------------------------------------------------------------------------------


MONTHS = tuple(f"{year}-{month:02d}" for year in range(2015, 2020) for month in range(1, 13))
DRAWN = {
    "lines": Numbers("lines", "T", "Month", "People", False, MONTHS, {name: tuple(Decimal(shift + place) for place in range(60)) for shift, name in enumerate("ABCD")}, "months"),
    "bars": Numbers("bars", "T", "Income", "People", False, ("$15,000 to $29,999", "less", "none"), {"": (Decimal(7), Decimal("-2.5"), None)}),
    "map": Numbers("map", "T", "Town", "People", False, ("Union", "Hartford", "Avon"), {"": (Decimal(7), Decimal(8), None)}),
}  # fmt: skip


@pytest.mark.parametrize("kind", DRAWN)
def test_the_same_numbers_give_the_same_picture_on_another_machine(kind: str, tmp_path: Path, datasets: Path) -> None:
    here = draw(DRAWN[kind], datasets)
    # Another machine has its own settings for matplotlib, another day, and another order of sets.
    (tmp_path / "matplotlibrc").write_text("font.size: 30\npath.sketch: 1, 100, 2\nsvg.hashsalt: other\n")
    program = (
        "import sys, hashlib; from pathlib import Path; from tests.site.test_data_pictures import DRAWN; "
        f"from academy.site.data.drawing import draw; print(hashlib.sha256(draw(DRAWN[{kind!r}], Path({str(datasets)!r}))).hexdigest())"
    )
    settings = os.environ | {"MATPLOTLIBRC": str(tmp_path), "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1"}
    there = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=settings, capture_output=True, text=True)
    assert there.stdout.strip() == hashlib.sha256(here).hexdigest(), there.stderr
    assert f'width="{WIDTH:g}pt"' in here.decode()


def test_a_dollar_sign_is_drawn_as_one(datasets: Path) -> None:
    letters = re.findall(r'xlink:href="#DejaVuSans-(\w+)"', draw(DRAWN["bars"], datasets).decode())
    assert letters[:7] == [f"{ord(letter):x}" for letter in "$15,000"]


def test_a_town_without_a_number_is_hatched(datasets: Path) -> None:
    assert b"<pattern" in draw(DRAWN["map"], datasets)
    filled = replace(DRAWN["map"], series={"": (Decimal(1), Decimal(2), Decimal(3))})
    assert b"<pattern" not in draw(filled, datasets)


def test_marks_can_be_seen_and_words_be_read_on_the_paper() -> None:
    paper = color("paper")
    assert all(contrast_ratio(shade, paper) >= LARGE_TEXT for shade in (*CLASSES, color("edge"), color("accent")))
    # A line's name has its color.
    assert all(contrast_ratio(color(name), paper) >= TEXT for name in (*COLORS, "ink", "ink-soft"))
    steps = [contrast_ratio(shade, paper) for shade in CLASSES]
    assert all(darker >= lighter * 1.3 for lighter, darker in itertools.pairwise(steps))


amounts = st.lists(st.decimals(-1000, 1_000_000, places=1), min_size=1, max_size=170)


@given(amounts)
def test_every_value_is_in_one_class_and_equal_values_share_it(found: list[Decimal]) -> None:
    limits = classes(found)
    assert 1 <= len(limits) <= 5
    assert all(sum(least <= value <= most for least, most in limits) == 1 for value in found)
    assert all(least in found and most in found for least, most in limits)


def test_classes_hold_about_as_many_towns_each() -> None:
    assert classes(map(Decimal, range(1, 11))) == [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)]
    assert classes(map(Decimal, [0, 0, 0, 0, 0, 0, 1, 2, 3, 9])) == [(0, 0), (1, 2), (3, 9)]


@given(amounts)
def test_a_scale_covers_every_value_in_a_few_even_steps(found: list[Decimal]) -> None:
    steps = scale(Numbers("lines", "T", "x", "y", False, tuple(map(str, range(len(found)))), {"": tuple(found)}))
    assert steps[0] <= min(found) and max(found) <= steps[-1]
    assert 2 <= len(steps) <= 8
    assert len({after - before for before, after in itertools.pairwise(steps)}) == 1
    if 0 <= min(found) <= max(found) / 2:
        assert steps[0] == 0


@given(st.lists(st.tuples(st.floats(0, 160), st.sampled_from([11.5, 23.0])), min_size=1, max_size=4))
def test_names_of_lines_do_not_overlap(wanted: list[tuple[float, float]]) -> None:
    middles = _apart({str(place): wish for place, wish in enumerate(wanted)}, 160)
    boxes = sorted(
        (middle - wanted[int(name)][1] / 2, middle + wanted[int(name)][1] / 2) for name, middle in middles.items()
    )
    assert boxes[-1][1] <= 170
    assert all(below[1] <= above[0] + 0.001 for below, above in itertools.pairwise(boxes))
