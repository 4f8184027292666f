"""The rules of a worksheet, tried on what was filled in: as much of JSON Schema as worksheets use, and no more.

The full validator needs parts that no browser's Python has. This one runs everywhere, so a learner reads the same
sentences in every place; the tests compare it with the full one.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

Schema = Mapping[str, Any]
Path = tuple[str | int, ...]


class Broken(NamedTuple):
    """A rule that does not hold: where in what was filled in, which, and the part of the schema that has it."""

    path: Path
    rule: str
    part: Schema


class UnknownRule(Exception):
    """A worksheet has a rule that nothing here tries."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"A worksheet has the rule “{rule}”. Use another, or add it to toolkit/worksheet_rules.py.")


def broken_rules(value: object, schema: Schema, path: Path = ()) -> Iterator[Broken]:
    """Yield each broken rule. One about a field by name, missing or too much, is at the place of that field."""
    for rule, wanted in schema.items():
        if rule in _HOLDS:
            if not _HOLDS[rule](value, wanted):
                yield Broken(path, rule, schema)
        elif rule in _INNER:
            yield from _INNER[rule](value, schema, path)
        elif rule not in _NO_RULES:
            raise UnknownRule(rule)


def _fits(value: object, schema: Schema) -> bool:
    return next(broken_rules(value, schema), None) is None


def _same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: True is not 1, in lists neither."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    return (
        isinstance(one, bool) == isinstance(other, bool)
        and isinstance(one, str) == isinstance(other, str)
        and bool(one == other)
    )


def _are_unlike(values: list[Any]) -> bool:
    return not any(_same(one, other) for place, one in enumerate(values) for other in values[:place])


def _is_date(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and datetime.date.fromisoformat(text))
    except ValueError:
        return False


def _is_whole(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


_KINDS: dict[str, Callable[[object], bool]] = {
    "array": lambda value: isinstance(value, list),
    "integer": _is_whole,
    "number": lambda value: isinstance(value, int | float),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}
_FORMATS: dict[str, Callable[[str], bool]] = {"date": _is_date}

# A rule about one kind of value says nothing about values of another kind.
_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "type": lambda value, kind: _KINDS[kind](value) and not isinstance(value, bool),
    "const": _same,
    "enum": lambda value, choices: any(_same(value, choice) for choice in choices),
    "pattern": lambda value, pattern: not isinstance(value, str) or re.search(pattern, value) is not None,
    "format": lambda value, name: not isinstance(value, str) or _FORMATS[name](value),
    "maxLength": lambda value, most: not isinstance(value, str) or len(value) <= most,
    "minimum": lambda value, least: not isinstance(value, int | float) or isinstance(value, bool) or value >= least,
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "uniqueItems": lambda value, wanted: not (wanted and isinstance(value, list)) or _are_unlike(value),
    "not": lambda value, schema: not _fits(value, schema),
    "anyOf": lambda value, schemas: any(_fits(value, schema) for schema in schemas),
}


def _required(value: object, schema: Schema, path: Path) -> Iterator[Broken]:
    if isinstance(value, dict):
        yield from (Broken((*path, name), "required", schema) for name in schema["required"] if name not in value)


def _additional(value: object, schema: Schema, path: Path) -> Iterator[Broken]:
    if isinstance(value, dict) and not schema["additionalProperties"]:
        extra = (name for name in value if name not in schema.get("properties", {}))
        yield from (Broken((*path, name), "additionalProperties", schema) for name in extra)


def _properties(value: object, schema: Schema, path: Path) -> Iterator[Broken]:
    for name, field in schema["properties"].items():
        if isinstance(value, dict) and name in value:
            yield from broken_rules(value[name], field, (*path, name))


def _items(value: object, schema: Schema, path: Path) -> Iterator[Broken]:
    for place, item in enumerate(value if isinstance(value, list) else ()):
        yield from broken_rules(item, schema["items"], (*path, place))


def _all(value: object, schema: Schema, path: Path) -> Iterator[Broken]:
    for part in schema["allOf"]:
        yield from broken_rules(value, part, path)


def _if(value: object, schema: Schema, path: Path) -> Iterator[Broken]:
    yield from broken_rules(value, schema.get("then" if _fits(value, schema["if"]) else "else", {}), path)


_INNER: dict[str, Callable[[object, Schema, Path], Iterator[Broken]]] = {
    "required": _required,
    "additionalProperties": _additional,
    "properties": _properties,
    "items": _items,
    "allOf": _all,
    "if": _if,
}
_NO_RULES = {"$schema", "title", "description", "examples", "x-messages", "x-advice", "then", "else"}
