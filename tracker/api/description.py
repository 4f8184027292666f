"""The page that describes the API, made from its OpenAPI schema, so that the two cannot say different things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Shape = Mapping[str, Any]


@dataclass(frozen=True)
class Value:
    """A parameter or a field of an answer."""

    name: str
    kind: str
    about: str


@dataclass(frozen=True)
class Described:
    """One operation."""

    name: str
    path: str
    about: str
    scope: str
    parameters: list[Value]
    fields: list[Value]
    item_fields: list[Value]


def describe(schema: Shape) -> list[Described]:
    """Every operation of the schema, in its order."""
    return [
        _operation(path, operation, schema["components"]["schemas"])
        for path, methods in schema["paths"].items()
        for operation in methods.values()
    ]


def _operation(path: str, operation: Shape, shapes: Shape) -> Described:
    answer = _shape(operation["responses"][200]["content"]["application/json"]["schema"], shapes)
    items = answer["properties"].get("items")
    return Described(
        name=operation["operationId"],
        path=path,
        about=operation["description"],
        scope=operation["x-scope"],
        parameters=[
            Value(one["name"], _kind(one["schema"], shapes), one["schema"].get("description", ""))
            for one in operation["parameters"]
        ],
        fields=list(_fields(answer, shapes)),
        item_fields=list(_fields(_shape(items["items"], shapes), shapes)) if items else [],
    )


def _fields(shape: Shape, shapes: Shape) -> Iterator[Value]:
    for name, one in shape["properties"].items():
        yield Value(name, _kind(one, shapes), one.get("description", ""))


def _shape(shape: Shape, shapes: Shape) -> Shape:
    """The shape itself, where this only names it."""
    named: Shape = shapes[shape["$ref"].rsplit("/", 1)[-1]] if "$ref" in shape else shape
    return named


def _kind(shape: Shape, shapes: Shape) -> str:
    """What a value is, in words: a whole number, 1 to 500, 100 unless you say so."""
    if "anyOf" in shape:
        return " or ".join(_kind(one, shapes) for one in shape["anyOf"])
    words = {"integer": "whole number", "string": "text", "array": "list", "null": "null", "object": "object"}
    dates = {"date": "date", "date-time": "date and time"}
    kind = dates.get(shape.get("format", "")) or words[_shape(shape, shapes)["type"]]
    if shape.get("maximum", 0) in range(1, 1_000_000):
        kind += f", {shape.get('minimum', 0)} to {shape['maximum']}"
    return f"{kind}, {shape['default']} unless you say otherwise" if "default" in shape else kind
