"""Build the shapes of the towns, planning regions and counties from one published map of the towns.

The map is TopoJSON: a border that two towns share is stored once, as an arc on a grid, and each town names its arcs.
Regions and counties are the towns joined, so that every border stays the same to the digit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon, mapping
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from academy.data.errors import ColumnMissing, FigureWrong, SourceUnreadable, ValueWrong
from academy.data.recipe import (
    Feature,
    SourceRow,
    index_once,
    read_source_rows,
    read_source_text,
    require_figure,
    write_tables,
)

MAP = "town-shapes/towns_topo.json"
COUNCILS = "town-shapes/town_cog_xwalk.json"
CROSSWALK = "town-reference/ct-town-to-planning-region.csv"
CENSUS = "population-census/sub-est2019_9.csv"

TOWNS, COUNTIES, REGIONS = 169, 8, 9

# At these two points of the map's grid two borders cross by a hair. One step aside, about ten meters, they do not.
STEPS_ASIDE = {(9794, 11410): (9795, 11410), (5001, 5792): (5000, 5792)}

# Decimals of a degree. The fourth is eight to eleven meters, about one step of the grid.
DIGITS = 4

# Square miles, as the Census Bureau gives them: the land alone, and with all water, Long Island Sound included.
LAND, LAND_AND_WATER = 4_842, 5_544

# The ellipsoid of WGS84, in meters.
EQUATOR_RADIUS, ECCENTRICITY = 6_378_137.0, 0.0818191908426215
METERS_IN_A_MILE = 1_609.344

Point = tuple[float, float]
Arc = list[Point]


@dataclass(frozen=True)
class Sources:
    """The map with its arcs and areas, and rows of the other files, still as published."""

    arcs: list[Any]
    grid: dict[str, list[float]]
    areas: list[dict[str, Any]]
    councils: dict[str, str]
    crosswalk: list[SourceRow]
    census: list[SourceRow]


@dataclass(frozen=True)
class Place:
    """A town, region or county: what is known of it, and its area in degrees."""

    facts: dict[str, str | int]
    area: BaseGeometry


@dataclass(frozen=True)
class Places:
    towns: list[Place]
    regions: list[Place]
    counties: list[Place]


def build(sources: Path, destination: Path) -> None:
    """Write the three files of shapes. Raises SourceError before anything is written."""
    places = prepare(read(sources))
    validate(places)
    write(places, destination)


def read(sources: Path) -> Sources:
    topology = _read_json(sources, MAP, ["arcs", "transform", "objects"])
    return Sources(
        arcs=topology["arcs"],
        grid=topology["transform"],
        areas=[area for layer in topology["objects"].values() for area in layer["geometries"]],
        councils=_read_json(sources, COUNCILS, ["cogs"])["cogs"],
        crosswalk=read_source_rows(
            sources,
            CROSSWALK,
            ["town_name", "town_fips_2020", "town_fips_2022", "ce_name_2022", "ce_fips_2022"],
            encoding="utf-8-sig",
        ),
        census=read_source_rows(sources, CENSUS, ["SUMLEV", "COUNTY", "NAME"]),
    )


def prepare(published: Sources) -> Places:
    """Return towns, regions and counties, each in the order of the alphabet."""
    require_figure(CROSSWALK, "the number of towns", len(published.crosswalk), TOWNS)
    codes = {row["town_name"]: row for row in published.crosswalk}
    counties = _county_names(published.census)
    areas = _areas(published)
    named = [SourceRow(MAP, number, {"name": name}) for number, (name, _, _) in enumerate(areas, start=1)]
    index_once(MAP, named, "name", codes)

    towns: list[Place] = []
    for name, region_code, area in sorted(areas, key=lambda found: found[0]):
        row = codes[name]
        code = _ten_digits(row, "town_fips_2020")
        if row["ce_fips_2022"] != f"9{region_code}":
            raise ValueWrong(
                f"{MAP}, town {name}",
                f"it lies in region {region_code}, and in {row['ce_fips_2022']} by {CROSSWALK}.",
                "Compare both with the publisher.",
            )
        facts: dict[str, str | int] = {
            "town": name,
            "town_fips_2020": code,
            "town_fips_2022": _ten_digits(row, "town_fips_2022"),
            "county": counties[code[2:5]],
            "planning_region": row["ce_name_2022"].removesuffix(" Planning Region"),
            "planning_region_fips": "0" + row["ce_fips_2022"],
        }
        towns.append(Place(facts, area))
    return Places(towns, _regions(towns, published.councils), _counties(towns))


def validate(places: Places) -> None:
    """Hold the shapes against each other and against the area that the Census Bureau gives."""
    require_figure(MAP, "the number of planning regions", len(places.regions), REGIONS)
    require_figure(MAP, "the number of counties", len(places.counties), COUNTIES)
    state = shapely.union_all([town.area for town in places.towns])
    for what, parts in (("towns", places.towns), ("regions", places.regions), ("counties", places.counties)):
        overlap = sum(_square_miles(part.area) for part in parts) - _square_miles(state)
        if abs(overlap) > 1e-6:
            raise FigureWrong(
                MAP,
                f"the {what} differ from the whole state by {overlap:.6f} square miles: they overlap or leave gaps.",
                "Look for a border that is drawn twice.",
            )
    if not LAND < _square_miles(state) < LAND_AND_WATER:
        raise FigureWrong(
            MAP,
            f"the state has {_square_miles(state):,.0f} square miles; land alone is {LAND:,}, with water "
            f"{LAND_AND_WATER:,}.",
            "Are the coordinates longitude and latitude?",
        )


def write(places: Places, destination: Path) -> None:
    write_tables(
        destination,
        {},
        shapes={
            "town-shapes.geojson": [_feature(place) for place in places.towns],
            "town-shapes-regions.geojson": [_feature(place) for place in places.regions],
            "town-shapes-counties.geojson": [_feature(place) for place in places.counties],
        },
    )


def _read_json(sources: Path, file: str, names: Iterable[str]) -> dict[str, Any]:
    try:
        content = json.loads(read_source_text(sources, file))
    except json.JSONDecodeError as error:
        raise SourceUnreadable(
            f"{file}, line {error.lineno}", f"not JSON: {error.msg}.", "Download the file again."
        ) from None
    for name in names:
        if not isinstance(content, dict) or name not in content:
            raise ColumnMissing(file, f"there is no part “{name}”.", "If the publisher changed it, change the recipe.")
    return content


def _areas(published: Sources) -> list[tuple[str, str, BaseGeometry]]:
    """Return name, region code and area of each town on the map."""
    try:
        arcs = _arcs(published)
        return [
            (area["properties"]["name"], area["properties"]["cog_fips"], _polygons(area, arcs))
            for area in published.areas
        ]
    except (KeyError, IndexError, TypeError) as error:
        raise SourceUnreadable(
            MAP, f"it is not a map of areas in TopoJSON: {error!r}.", "Download the file again."
        ) from None


def _arcs(published: Sources) -> list[Arc]:
    """Return the arcs in degrees. On the grid each point is a step from the one before."""
    (wide, high), (west, south) = published.grid["scale"], published.grid["translate"]
    arcs: list[Arc] = []
    moved = 0
    for steps in published.arcs:
        column = row = 0
        arc: Arc = []
        for right, up in steps:
            column, row = column + right, row + up
            moved += (column, row) in STEPS_ASIDE
            x, y = STEPS_ASIDE.get((column, row), (column, row))
            # Rounded here as they are written, so that joining and measuring use the points of the file.
            arc.append((round(x * wide + west, DIGITS), round(y * high + south, DIGITS)))
        arcs.append(arc)
    if moved != len(STEPS_ASIDE):
        raise ValueWrong(
            f"{MAP}, arcs",
            f"{moved} of the {len(STEPS_ASIDE)} points that the recipe moves are there.",
            "The map was drawn again. See whether its borders still cross, then change STEPS_ASIDE.",
        )
    return arcs


def _polygons(area: dict[str, Any], arcs: Sequence[Arc]) -> BaseGeometry:
    name = area["properties"]["name"]
    parts = {"Polygon": [area["arcs"]], "MultiPolygon": area["arcs"]}[area["type"]]
    polygons = [orient(Polygon(*_rings(part, arcs, name))) for part in parts]
    whole = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
    if not whole.is_valid:
        raise ValueWrong(
            f"{MAP}, town {name}",
            f"its border crosses itself: {shapely.is_valid_reason(whole)}.",
            "Look at the map there. STEPS_ASIDE in the recipe moves single points.",
        )
    return whole


def _rings(part: Sequence[Sequence[int]], arcs: Sequence[Arc], name: str) -> tuple[Arc, list[Arc]]:
    """Return the outer border and those of holes. A number below zero means an arc run backward: ~0 is arc 0."""
    outer, *holes = ([arcs[number] if number >= 0 else arcs[~number][::-1] for number in ring] for ring in part)
    for ring in (outer, *holes):
        for before, after in pairwise([*ring, ring[0]]):
            if before[-1] != after[0]:
                raise ValueWrong(
                    f"{MAP}, town {name}", f"its border has a gap at {before[-1]}.", "Download the file again."
                )
    return _joined(outer), [_joined(hole) for hole in holes]


def _joined(pieces: Sequence[Arc]) -> Arc:
    return [point for piece in pieces for point in piece[:-1]] + [pieces[0][0]]


def _county_names(census: list[SourceRow]) -> dict[str, str]:
    counties = {row["COUNTY"]: row["NAME"].removesuffix(" County") for row in census if row["SUMLEV"] == "050"}
    require_figure(CENSUS, "the number of counties", len(counties), COUNTIES)
    return counties


def _regions(towns: list[Place], councils: dict[str, str]) -> list[Place]:
    regions = []
    for name, members in _grouped(towns, "planning_region").items():
        code = str(members[0].facts["planning_region_fips"])
        if code[2:] not in councils:
            raise ValueWrong(COUNCILS, f"region {code} has no council of governments.", "Download the file again.")
        council = councils[code[2:]]
        facts: dict[str, str | int] = {
            "planning_region": name,
            "planning_region_fips": code,
            "council_of_governments": council,
            "towns": len(members),
        }
        regions.append(Place(facts, _union(members)))
    return regions


def _counties(towns: list[Place]) -> list[Place]:
    return [
        Place(
            {"county": name, "county_fips": str(members[0].facts["town_fips_2020"])[:5], "towns": len(members)},
            _union(members),
        )
        for name, members in _grouped(towns, "county").items()
    ]


def _grouped(towns: list[Place], column: str) -> dict[str, list[Place]]:
    names = sorted({str(town.facts[column]) for town in towns})
    return {name: [town for town in towns if town.facts[column] == name] for name in names}


def _union(members: list[Place]) -> BaseGeometry:
    joined = shapely.union_all([town.area for town in members])
    if isinstance(joined, Polygon):
        return orient(joined)
    return MultiPolygon([orient(part) for part in joined.geoms])


def _square_miles(area: BaseGeometry) -> float:
    """Measure an area on Lambert's cylinder, which keeps every area of the ellipsoid as it is."""
    return float(shapely.transform(area, _on_equal_area_cylinder).area) / METERS_IN_A_MILE**2


def _on_equal_area_cylinder(degrees: np.ndarray) -> np.ndarray:
    e = ECCENTRICITY
    sine = np.sin(np.radians(degrees[:, 1]))
    height = (1 - e * e) * (sine / (1 - (e * sine) ** 2) + np.arctanh(e * sine) / e)
    return EQUATOR_RADIUS * np.column_stack([np.radians(degrees[:, 0]), height / 2])


def _feature(place: Place) -> Feature:
    properties = {**place.facts, "area_square_miles": round(_square_miles(place.area), 2)}
    return {"type": "Feature", "properties": properties, "geometry": mapping(place.area)}


def _ten_digits(row: SourceRow, column: str) -> str:
    """Give back the leading zero that the published file lost when it was read as a number."""
    row.whole_number(column)
    code = "0" + row[column]
    if len(code) != 10:
        raise ValueWrong(row.place(column), f"“{row[column]}” has not nine digits.", "Compare with the publisher.")
    return code
