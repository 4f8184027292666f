"""Check a table of shapes: GeoJSON whose features have the described properties and lie in Connecticut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Longitude and latitude (WGS84) of a box around the state, with some room.
_WEST, _SOUTH, _EAST, _NORTH = -73.8, 40.9, -71.7, 42.1

_COLLECTION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "features"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "features": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["type", "properties", "geometry"],
                "properties": {
                    "type": {"const": "Feature"},
                    "properties": {"type": "object"},
                    "geometry": {
                        "type": "object",
                        "required": ["type", "coordinates"],
                        "properties": {"type": {"enum": ["Polygon", "MultiPolygon"]}},
                    },
                },
            },
        },
    },
}
"""As RFC 7946 has it, restricted to areas."""


def shapes_faults(folder: Path, resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (where, problem) for a file of shapes: its build, properties and areas. `where` starts with a comma."""
    from frictionless import Resource
    from jsonschema import Draft202012Validator
    from shapely.errors import GEOSException
    from shapely.geometry import shape
    from shapely.validation import explain_validity

    try:
        collection = json.loads((folder / resource["path"]).read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        yield f", line {error.lineno}", f"not JSON: {error.msg}."
        return
    broken = False
    for fault in Draft202012Validator(_COLLECTION).iter_errors(collection):
        broken = True
        yield f", {' '.join(map(str, fault.absolute_path)) or 'top'}", f"not GeoJSON of areas: {fault.message[:200]}."
    if broken:
        return
    features = collection["features"]
    names = [field["name"] for field in resource["schema"]["fields"]]
    for number, feature in enumerate(features, start=1):
        if list(feature["properties"]) != names:
            yield f", shape {number}", f"its properties are {', '.join(feature['properties'])}, not {', '.join(names)}."
            return
    properties = [feature["properties"] for feature in features]
    table = Resource.from_descriptor({"name": resource["name"], "data": properties, "schema": resource["schema"]})
    for number, column, note in table.validate().flatten(["rowNumber", "fieldName", "note"]):
        # A table has a header, which counts as row 1; shapes have none.
        yield f", shape {number - 1}, property {column}" if number else "", f"{note}."
    for number, feature in enumerate(features, start=1):
        try:
            area = shape(feature["geometry"])
        except (GEOSException, ValueError, TypeError, IndexError) as error:
            yield f", shape {number}", f"its coordinates make no area: {error}."
            continue
        if not area.is_valid or area.is_empty:
            yield f", shape {number}", f"its area is not valid: {explain_validity(area)}."
        west, south, east, north = area.bounds
        if west < _WEST or south < _SOUTH or east > _EAST or north > _NORTH:
            yield f", shape {number}", "it lies outside Connecticut. Are longitude and latitude in this order?"
