"""The shapes: nothing lost, borders shared to the digit, areas that can be, and what the recipe refuses."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from committed_tables import table
from linked_sources import link_sources
from shapely.geometry import Point, Polygon, shape
from shapely.geometry.base import BaseGeometry

from academy.data import read_package
from academy.data.build import load_recipe
from academy.data.errors import (
    ColumnMissing,
    DataError,
    FigureWrong,
    RowMissing,
    SourceUnreadable,
    ValueWrong,
)
from academy.project import DATASETS

FOLDER = DATASETS / "town-shapes"
TOWNS, REGIONS, COUNTIES = "town-shapes", "town-shapes-regions", "town-shapes-counties"
MAP = "town-shapes/towns_topo.json"
COUNCILS = "town-shapes/town_cog_xwalk.json"
CROSSWALK = "town-reference/ct-town-to-planning-region.csv"

Topology = dict[str, Any]


def features(name: str) -> list[dict[str, Any]]:
    return json.loads((FOLDER / f"{name}.geojson").read_text(encoding="utf-8"))["features"]


def areas(name: str, key: str) -> dict[str, BaseGeometry]:
    return {feature["properties"][key]: shape(feature["geometry"]) for feature in features(name)}


def test_there_are_169_towns_9_planning_regions_and_8_counties() -> None:
    assert [len(features(name)) for name in (TOWNS, REGIONS, COUNTIES)] == [169, 9, 8]


def test_every_town_has_a_shape_with_the_codes_county_and_region_of_the_towns_table() -> None:
    columns = ("town", "town_fips_2020", "town_fips_2022", "county", "planning_region", "planning_region_fips")
    assert [[feature["properties"][name] for name in columns] for feature in features(TOWNS)] == [
        [town[name] for name in columns] for town in table("towns/towns.csv")
    ]


def test_the_three_files_together_are_under_300_kb() -> None:
    assert sum((FOLDER / f"{name}.geojson").stat().st_size for name in (TOWNS, REGIONS, COUNTIES)) < 300_000


@pytest.mark.parametrize(("name", "key"), [(REGIONS, "planning_region"), (COUNTIES, "county")])
def test_a_region_or_county_is_its_towns_joined_and_no_more(name: str, key: str) -> None:
    towns = features(TOWNS)
    for place, area in areas(name, key).items():
        members = [shape(town["geometry"]) for town in towns if town["properties"][key] == place]
        assert area.symmetric_difference(shapely.union_all(members)).area < 1e-12, place


def test_towns_regions_and_counties_cover_the_same_ground() -> None:
    whole = shapely.union_all(list(areas(TOWNS, "town").values()))
    for name, key in ((REGIONS, "planning_region"), (COUNTIES, "county")):
        parts = shapely.union_all(list(areas(name, key).values()))
        assert whole.symmetric_difference(parts).area < 1e-12


@pytest.mark.parametrize(
    ("name", "key"),
    [(TOWNS, "town"), (REGIONS, "planning_region"), (COUNTIES, "county")],
    ids=["towns", "regions", "counties"],
)
def test_neighbors_share_their_border_without_overlap_or_gap(name: str, key: str) -> None:
    parts = list(areas(name, key).values())
    assert all(part.is_valid for part in parts)
    tree = shapely.STRtree(parts)
    pairs = [(one, other) for one, other in tree.query(parts, predicate="intersects").T if one < other]
    assert len(pairs) >= len(parts)
    assert all(parts[one].intersection(parts[other]).area < 1e-14 for one, other in pairs)
    whole = shapely.union_all(parts)
    assert [len(part.interiors) for part in whole.geoms] == [0] * len(whole.geoms)


def test_outer_borders_run_counterclockwise_as_the_format_asks() -> None:
    for name in (TOWNS, REGIONS, COUNTIES):
        for feature in features(name):
            area = shape(feature["geometry"])
            for part in getattr(area, "geoms", [area]):
                assert part.exterior.is_ccw


@pytest.mark.parametrize(
    ("longitude", "latitude", "town"),
    [(-72.682, 41.764, "Hartford"), (-72.927, 41.308, "New Haven"), (-72.163, 41.992, "Union")],
    ids=["the-capitol", "new-haven-green", "union"],
)
def test_a_known_place_lies_in_its_town(longitude: float, latitude: float, town: str) -> None:
    found = [name for name, area in areas(TOWNS, "town").items() if area.contains(Point(longitude, latitude))]
    assert found == [town]


def test_the_areas_add_up_to_the_land_and_the_water_inside_the_borders() -> None:
    miles = {feature["properties"]["town"]: feature["properties"]["area_square_miles"] for feature in features(TOWNS)}
    assert round(sum(miles.values())) == 4_990
    assert 4_842 < sum(miles.values()) < 5_544
    assert max(miles, key=lambda town: miles[town]) == "New Milford"
    assert min(miles, key=lambda town: miles[town]) == "Derby"
    assert (round(miles["New Milford"]), round(miles["Derby"])) == (64, 5)


@pytest.mark.parametrize(("name", "key"), [(REGIONS, "planning_region"), (COUNTIES, "county")])
def test_a_region_or_county_has_the_area_and_the_number_of_its_towns(name: str, key: str) -> None:
    miles: Counter[str] = Counter()
    towns: Counter[str] = Counter()
    for feature in features(TOWNS):
        miles[feature["properties"][key]] += feature["properties"]["area_square_miles"]
        towns[feature["properties"][key]] += 1
    for feature in features(name):
        assert feature["properties"]["area_square_miles"] == pytest.approx(miles[feature["properties"][key]], abs=0.2)
        assert feature["properties"]["towns"] == towns[feature["properties"][key]]


def test_areas_agree_with_a_plainer_way_to_measure_them() -> None:
    for feature in features(TOWNS):
        area = shape(feature["geometry"])
        latitude = math.radians(area.centroid.y)
        # Meters in a degree at a latitude, by the usual series for WGS84.
        north = 111_132.95 - 559.85 * math.cos(2 * latitude) + 1.17 * math.cos(4 * latitude)
        east = 111_412.88 * math.cos(latitude) - 93.50 * math.cos(3 * latitude) + 0.12 * math.cos(5 * latitude)
        plain = area.area * north * east / 1_609.344**2
        assert feature["properties"]["area_square_miles"] == pytest.approx(plain, rel=0.002)


def test_the_council_of_greater_bridgeport_has_another_name() -> None:
    councils = {
        feature["properties"]["planning_region"]: feature["properties"]["council_of_governments"]
        for feature in features(REGIONS)
    }
    assert councils["Greater Bridgeport"] == "Connecticut Metro COG"
    assert councils["Naugatuck Valley"] == "Naugatuck Valley COG"


def test_each_region_and_county_code_begins_the_codes_of_its_towns() -> None:
    regions = {feature["properties"]["planning_region"]: feature["properties"] for feature in features(REGIONS)}
    counties = {feature["properties"]["county"]: feature["properties"] for feature in features(COUNTIES)}
    for town in table("towns/towns.csv"):
        assert town["town_fips_2022"].startswith(regions[town["planning_region"]]["planning_region_fips"])
        assert town["town_fips_2020"].startswith(counties[town["county"]]["county_fips"])


def test_the_numbers_in_the_quality_statement_are_those_of_the_shapes() -> None:
    statement = (FOLDER / "quality.md").read_text(encoding="utf-8")
    towns = areas(TOWNS, "town")
    points = sum(len(shapely.get_coordinates(area)) for area in towns.values())
    assert f"a town's has {points / len(towns):.0f} points on average" in statement
    assert {name for name, area in towns.items() if area.geom_type == "MultiPolygon"} == {
        "Branford",
        "Norwalk",
        "Westport",
    }
    assert "Only Branford, Norwalk and Westport have any" in statement
    miles = sum(feature["properties"]["area_square_miles"] for feature in features(TOWNS))
    assert f"They add up to {miles:,.0f} square miles" in statement
    assert all(len(str(x).split(".")[1]) <= 4 for area in towns.values() for x in shapely.get_coordinates(area).flat)
    assert "four decimals" in statement


def test_the_picture_says_what_the_largest_and_smallest_town_are() -> None:
    caption = read_package("town-shapes").picture.caption
    assert "New Milford in the west has the largest area, 64 square miles, and Derby the smallest, 5." in caption


def test_the_shapes_agree_with_another_drawing_of_the_towns(real_sources: Path) -> None:
    drawn = json.loads((real_sources / "town-shapes-derived/ct_towns.geojson").read_text(encoding="utf-8"))["features"]
    ours = areas(TOWNS, "town")
    for feature in drawn:
        other, area = shape(feature["geometry"]), ours.pop(feature["properties"]["town"])
        assert area.symmetric_difference(other).area < 0.005 * area.area
    assert not ours


def _damage(real_sources: Path, folder: Path, file: str, change: Callable[[Any], None]) -> Path:
    """Return a sources folder in which one JSON file was changed."""
    files = [source.file for source in read_package("town-shapes").sources]
    sources = link_sources(real_sources, files, folder / "links" / "sources")
    content = json.loads((real_sources / file).read_text(encoding="utf-8"))
    change(content)
    (sources / file).unlink()
    (sources / file).write_text(json.dumps(content), encoding="utf-8")
    return sources


def _town(topology: Topology, name: str) -> dict[str, Any]:
    (layer,) = topology["objects"].values()
    (town,) = [area for area in layer["geometries"] if area["properties"]["name"] == name]
    return town


def _drop_a_town(topology: Topology) -> None:
    (layer,) = topology["objects"].values()
    layer["geometries"].remove(_town(topology, "Union"))


def _list_a_town_twice(topology: Topology) -> None:
    (layer,) = topology["objects"].values()
    layer["geometries"].append(_town(topology, "Union"))


def _rename_a_town(topology: Topology) -> None:
    _town(topology, "Union")["properties"]["name"] = "Onion"


def _move_a_town_to_another_region(topology: Topology) -> None:
    _town(topology, "Union")["properties"]["cog_fips"] = "120"


def _turn_an_arc_around(topology: Topology) -> None:
    border = _town(topology, "Union")["arcs"][0]
    border[0] = ~border[0]


def _name_an_arc_that_is_not_there(topology: Topology) -> None:
    _town(topology, "Union")["arcs"][0][0] = 10_000


def _cut_the_arcs(topology: Topology) -> None:
    del topology["arcs"][300:]


def _draw_a_loop(topology: Topology) -> None:
    arc = topology["arcs"][0]
    arc[2:2] = [[300, 0], [0, 300], [-300, -150], [0, -150]]


def _draw_one_of_the_moved_points_elsewhere(topology: Topology) -> None:
    arc = topology["arcs"][292]
    arc[1] = [0, 2]
    arc[2][1] -= 3


def _widen_the_grid(topology: Topology) -> None:
    topology["transform"]["scale"][0] *= 1.5


def _lose_the_grid(topology: Topology) -> None:
    del topology["transform"]


DAMAGES: dict[str, tuple[str, Callable[[Any], None], type[DataError], list[str]]] = {
    "a town is missing": (MAP, _drop_a_town, RowMissing, ["Union"]),
    "a town is there twice": (MAP, _list_a_town_twice, RowMissing, ["Union", "twice"]),
    "a town has another name": (MAP, _rename_a_town, RowMissing, ["Onion"]),
    "a town lies in another region": (MAP, _move_a_town_to_another_region, ValueWrong, ["Union", "120", "9150"]),
    "a border has a gap": (MAP, _turn_an_arc_around, ValueWrong, ["Union", "gap"]),
    "a border names an arc that is not there": (MAP, _name_an_arc_that_is_not_there, SourceUnreadable, ["TopoJSON"]),
    "the last arcs are missing": (MAP, _cut_the_arcs, SourceUnreadable, ["TopoJSON"]),
    "a border crosses itself": (MAP, _draw_a_loop, ValueWrong, ["crosses itself"]),
    "a point that the recipe moves was drawn elsewhere": (
        MAP,
        _draw_one_of_the_moved_points_elsewhere,
        ValueWrong,
        ["1 of the 2 points", "STEPS_ASIDE"],
    ),
    "the grid has wider steps": (MAP, _widen_the_grid, FigureWrong, ["4,842"]),
    "the grid is missing": (MAP, _lose_the_grid, ColumnMissing, ["transform"]),
    "a region has no council": (COUNCILS, lambda content: content["cogs"].pop("150"), ValueWrong, ["09150", "council"]),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_map_that_is_not_as_it_should_be_is_refused(damage: str, real_sources: Path, tmp_path: Path) -> None:
    file, change, error, named = DAMAGES[damage]
    sources = _damage(real_sources, tmp_path, file, change)
    with pytest.raises(error) as caught:
        load_recipe(FOLDER)(sources, tmp_path / "out")
    for words in [file, *named]:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("point", "town"), [((9794, 11410), "Enfield"), ((5001, 5792), "Southbury")])
def test_without_a_step_aside_the_border_of_a_town_would_cross_itself(
    point: tuple[int, int], town: str, real_sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = load_recipe(FOLDER)
    steps = dict(recipe.__globals__["STEPS_ASIDE"])
    del steps[point]
    monkeypatch.setitem(recipe.__globals__, "STEPS_ASIDE", steps)
    with pytest.raises(ValueWrong, match=f"town {town}: its border crosses itself"):
        recipe(real_sources, tmp_path / "out")


def test_a_town_drawn_on_top_of_another_is_refused(real_sources: Path) -> None:
    names = load_recipe(FOLDER).__globals__
    places = names["prepare"](names["read"](real_sources))
    square = Polygon([(-72.8, 41.6), (-72.7, 41.6), (-72.7, 41.7), (-72.8, 41.7)])
    places.towns[0] = names["Place"](places.towns[0].facts, square)
    with pytest.raises(FigureWrong, match="overlap or leave gaps"):
        names["validate"](places)
