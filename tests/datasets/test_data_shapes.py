"""Shapes: GeoJSON with the described properties, whose areas are whole and lie in Connecticut."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from academy.data.build import Built, build
from academy.data.check import check
from academy.data.errors import TablesRefused
from academy.data.recipe import write_tables

WRITES_SHAPES = """
from academy.data.recipe import write_tables

def build(sources, destination):
    features = {features}
    write_tables(destination, {{}}, shapes={{"towns-shapes.geojson": features}})
"""


def _square(town: str, people: int, west: float, south: float) -> dict[str, Any]:
    east, north = west + 0.1, south + 0.1
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"town": town, "people": people},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _column(name: str, kind: str, unit: str, **constraints: object) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.capitalize(),
        "description": f"The {name} of the square.",
        "type": kind,
        "unit": unit,
        "missing": "Never empty",
        "constraints": {"required": True, **constraints},
    }


@pytest.fixture
def shapes(datasets: Path) -> Path:
    """The towns with two squares on the map beside their tables."""
    features = [_square("Avon", 18_000, -72.9, 41.7), _square("Berlin", 20_000, -72.8, 41.6)]
    write_tables(datasets / "towns", {}, shapes={"towns-shapes.geojson": features})
    fields = [_column("town", "string", "none", unique=True), _column("people", "integer", "people", minimum=1)]
    _record(
        datasets / "towns",
        {
            "name": "towns-shapes",
            "title": "Squares",
            "description": "Two squares on the map.",
            "row_label": "A square",
            "profile": "data-resource",
            "path": "towns-shapes.geojson",
            "format": "geojson",
            "mediatype": "application/geo+json",
            "encoding": "utf-8",
            "schema": {"fields": fields, "missingValues": [""]},
        },
    )
    return datasets / "towns" / "towns-shapes.geojson"


def _record(folder: Path, resource: dict[str, Any]) -> None:
    """Describe the shapes, with their checksum, so that only a change to them is at fault."""
    content = (folder / resource["path"]).read_bytes()
    resource |= {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
    path = folder / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    others = [other for other in descriptor["resources"] if other["name"] != resource["name"]]
    descriptor["resources"] = [*others, resource]
    path.write_text(json.dumps(descriptor), encoding="utf-8")


def _faults_after(shapes: Path, change: Callable[[Any], object]) -> list[str]:
    collection = json.loads(shapes.read_text(encoding="utf-8"))
    change(collection)
    shapes.write_text(json.dumps(collection), encoding="utf-8")
    return _faults(shapes)


def _faults(shapes: Path) -> list[str]:
    """Return what `academy data check` says once the changed file is recorded."""
    descriptor = json.loads((shapes.parent / "datapackage.json").read_text(encoding="utf-8"))
    _record(shapes.parent, descriptor["resources"][-1])
    return [str(fault) for fault in check("towns", shapes.parent.parent)]


def test_whole_areas_in_connecticut_have_no_faults(shapes: Path) -> None:
    assert _faults(shapes) == []


def test_an_area_in_several_parts_has_no_faults(shapes: Path) -> None:
    def split(collection: Any) -> None:
        first, second = (feature["geometry"]["coordinates"] for feature in collection["features"])
        collection["features"][0]["geometry"] = {"type": "MultiPolygon", "coordinates": [first, second]}

    assert _faults_after(shapes, split) == []


def test_what_is_not_json_is_named_with_its_line(shapes: Path) -> None:
    shapes.write_text(shapes.read_text(encoding="utf-8").replace('"people":20000', '"people":'), encoding="utf-8")
    (fault,) = _faults(shapes)
    assert fault.startswith("towns/towns-shapes.geojson, line 3: not JSON: ")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda collection: collection.update(type="Topology"), "type"),
        (lambda collection: collection.update(features=[]), "features"),
        (lambda collection: collection.pop("features"), "top"),
        (lambda collection: collection.update(crs="EPSG:26956"), "top"),
        (lambda collection: collection["features"][1].update(type="Town"), "features 1 type"),
        (lambda collection: collection["features"][1].pop("geometry"), "features 1"),
        (lambda collection: collection["features"][1].update(geometry=None), "features 1 geometry"),
        (
            lambda collection: collection["features"][1].update(
                geometry={"type": "Point", "coordinates": [-72.8, 41.6]}
            ),
            "features 1 geometry type",
        ),
    ],
)
def test_what_is_not_geojson_of_areas_is_named_by_its_place(
    change: Callable[[Any], object], place: str, shapes: Path
) -> None:
    (fault,) = _faults_after(shapes, change)
    assert fault.startswith(f"towns/towns-shapes.geojson, {place}: not GeoJSON of areas: ")


@pytest.mark.parametrize(
    "change",
    [
        lambda properties: properties.pop("people"),
        lambda properties: properties.update(county="Hartford"),
        lambda properties: properties.update(town=properties.pop("town")),
    ],
    ids=["missing", "not-described", "in-another-order"],
)
def test_a_shape_with_other_properties_than_described_is_named(
    change: Callable[[dict[str, Any]], object], shapes: Path
) -> None:
    (fault,) = _faults_after(shapes, lambda collection: change(collection["features"][1]["properties"]))
    assert fault.startswith("towns/towns-shapes.geojson, shape 2: its properties are ")
    assert fault.endswith("not town, people.")


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"people": "many"}, "shape 2, property people"),
        ({"people": None}, "shape 2, property people"),
        ({"people": 0}, "shape 2, property people"),
        ({"town": "Avon"}, "shape 2, property town"),
    ],
    ids=str,
)
def test_a_property_that_breaks_its_schema_is_named_by_shape_and_property(
    value: dict[str, object], place: str, shapes: Path
) -> None:
    (fault,) = _faults_after(shapes, lambda collection: collection["features"][1]["properties"].update(value))
    assert fault.startswith(f"towns/towns-shapes.geojson, {place}: ")


@pytest.mark.parametrize(
    ("coordinates", "problem"),
    [
        ([[[-72.9, 41.7], [-72.8, 41.8], [-72.8, 41.7], [-72.9, 41.8], [-72.9, 41.7]]], "its area is not valid: "),
        ([], "its area is not valid: "),
        ([[[-72.9, 41.7], [-72.8, 41.8]]], "its coordinates make no area: "),
        ([[["west", "south"], ["east", "north"]]], "its coordinates make no area: "),
        (
            [[[41.7, -72.9], [41.7, -72.8], [41.8, -72.8], [41.7, -72.9]]],
            "it lies outside Connecticut. Are longitude and latitude in this order?",
        ),
        *(
            (
                [[[west, south], [west + 0.1, south], [west + 0.1, south + 0.1], [west, south]]],
                "it lies outside Connecticut. Are longitude and latitude in this order?",
            )
            for west, south in [(-71.5, 41.7), (-74.0, 41.5), (-72.5, 42.3), (-72.9, 40.7)]
        ),
    ],
    ids=["crosses-itself", "empty", "a-line", "words", "latitude-first", "too-far-east", "west", "north", "south"],
)
def test_an_area_that_is_none_or_lies_elsewhere_is_named(coordinates: object, problem: str, shapes: Path) -> None:
    faults = _faults_after(
        shapes, lambda collection: collection["features"][1]["geometry"].update(coordinates=coordinates)
    )
    assert [fault.startswith(f"towns/towns-shapes.geojson, shape 2: {problem}") for fault in faults] == [True], faults


def test_shapes_must_be_named_as_shapes(shapes: Path) -> None:
    descriptor = json.loads((shapes.parent / "datapackage.json").read_text(encoding="utf-8"))
    descriptor["resources"][-1] |= {"profile": "tabular-data-resource", "mediatype": "text/csv"}
    (shapes.parent / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    faults = [str(fault) for fault in check("towns", shapes.parent.parent)]
    assert faults == [
        'towns/datapackage.json, resources, towns-shapes, mediatype: "text/csv" must be "application/geo+json".',
        'towns/datapackage.json, resources, towns-shapes, profile: "tabular-data-resource" must be "data-resource".',
    ]


def test_a_build_counts_the_shapes_and_refuses_those_that_do_not_fit(shapes: Path, tmp_path: Path) -> None:
    descriptor = json.loads((shapes.parent / "datapackage.json").read_text(encoding="utf-8"))
    descriptor["resources"] = descriptor["resources"][-1:]
    descriptor["academy"]["picture"].update(table="towns-shapes", value="people")
    descriptor["sources"] = [{**descriptor["sources"][0], "file": "empty.csv"}]
    (tmp_path / "empty.csv").write_bytes(b"")
    (shapes.parent / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    features = [_square("Avon", 18_000, -72.9, 41.7), _square("Berlin", 21_000, -72.8, 41.6)]
    (shapes.parent / "recipe.py").write_text(WRITES_SHAPES.format(features=features), encoding="utf-8")
    assert build("towns", tmp_path, shapes.parent.parent, new_edition=True) == [
        Built("towns-shapes.geojson", 2, changed=True)
    ]
    before = shapes.read_text(encoding="utf-8")
    assert '"people":21000' in before
    features = [_square("Avon", 18_000, -72.9, 41.7), _square("Westerly", 23_000, -71.6, 41.3)]
    (shapes.parent / "recipe.py").write_text(WRITES_SHAPES.format(features=features), encoding="utf-8")
    with pytest.raises(TablesRefused, match=r"towns/towns-shapes\.geojson, shape 2: it lies outside Connecticut"):
        build("towns", tmp_path, shapes.parent.parent, new_edition=True)
    assert shapes.read_text(encoding="utf-8") == before
