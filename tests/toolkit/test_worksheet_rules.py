"""The small validator of worksheets finds what the full one finds, in the same order, and refuses what it cannot try."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from toolkit.worksheet_rules import Broken, UnknownRule, broken_rules

WORKSHEETS = Path(__file__).parent.parent.parent / "worksheets"
SCHEMAS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(WORKSHEETS.glob("*.json"))}
EXAMPLES = {
    name: json.loads((WORKSHEETS / "examples" / f"{name}.json").read_text(encoding="utf-8")) for name in SCHEMAS
}


def found_by_the_full_validator(filled: object, schema: Mapping[str, Any]) -> Iterator[Broken]:
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for error in validator.iter_errors(filled):
        path, rule, part = tuple(error.absolute_path), str(error.validator), dict(error.schema)
        if rule == "required":
            # It tells every missing field apart, but its name stands in the message only.
            [name] = [name for name in part["required"] if error.message == f"{name!r} is a required property"]
            yield Broken((*path, name), rule, part)
        elif rule == "additionalProperties":
            extra = [name for name in error.instance if name not in part.get("properties", {})]
            yield from (Broken((*path, name), rule, part) for name in extra)
        else:
            yield Broken(path, rule, part)


# What a person could type: near to right, of the wrong kind, or anything.
TEXTS = [
    *("", " ", "yes", "no", "2026", "2026-10", "2026-10-31", "2026-02-30", "20261031", "２０２６-10-31", "31\n", "DOE"),
    *("a record", "help_line.csv", "none known", "Fix it", "3udy-56vi", "https://data.ct.gov/d/3udy-56vi", "1.4.3"),
    *("WRONG", "a@b.org", "860-555-0100", "Is it so?", "It proves much", "The blind", "x" * 2001, "a b", "one two 3"),
]
typed = st.sampled_from(TEXTS) | st.text(max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.sampled_from([0, 1, 1.0, 28, -2.5]) | typed,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(typed, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def filled_worksheets(draw: st.DrawFn) -> tuple[str, object]:
    """A worksheet's name, and its example with some answers changed, left out or added; now and then anything at all."""
    name = draw(st.sampled_from(sorted(SCHEMAS)))
    if draw(st.integers(0, 19)) == 0:
        return name, draw(values)
    filled = copy.deepcopy(EXAMPLES[name])
    schema = SCHEMAS[name]["properties"]
    for field in draw(st.lists(st.sampled_from(sorted(schema)), max_size=4)):
        own = [st.sampled_from(schema[field]["enum"])] if "enum" in schema[field] else []
        filled[field] = draw(st.one_of(values, typed, *own))
    for field in draw(st.lists(st.sampled_from(sorted(schema)), max_size=3)):
        filled.pop(field, None)
    if draw(st.booleans()):
        for rows in (rows for rows in filled.values() if isinstance(rows, list) and rows and isinstance(rows[0], dict)):
            row = draw(st.sampled_from(rows))
            if isinstance(row, dict) and row:
                row[draw(st.sampled_from(sorted(row)) | typed)] = draw(values)
    if draw(st.booleans()):
        filled[draw(typed)] = draw(values)
    return name, filled


@given(filled_worksheets())
def test_it_finds_what_the_full_validator_finds_in_the_same_order(worksheet: tuple[str, object]) -> None:
    name, filled = worksheet
    found = list(broken_rules(filled, SCHEMAS[name]))
    assert found == list(found_by_the_full_validator(filled, SCHEMAS[name]))


RULES = [
    {"type": "number"},
    {"type": "integer", "minimum": 1},
    {"minimum": 0.5},
    {"type": "array", "minItems": 2, "uniqueItems": True},
    {"uniqueItems": False},
    {"const": 1},
    {"const": [True, {"a": 0}]},
    {"enum": [True, "1", None, 0.0, [1]]},
    {"items": {"type": "string"}, "not": {"minItems": 3}},
    {"anyOf": [{"type": "string", "maxLength": 1}, {"type": "object", "required": ["a"]}]},
    {"if": {"type": "string"}, "then": {"format": "date"}, "else": {"type": "object", "additionalProperties": False}},
    {"allOf": [{"pattern": "^a"}, {"pattern": "b$"}], "properties": {"a": {"const": False}}},
    {"then": {"type": "string"}},
]
hard = st.recursive(
    st.sampled_from([True, False, 0, 1, -1, 0.0, 0.5, 1.0, 1.5, "1", "a", "ab", "", None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: "-".join(rule))
@given(value=hard)
def test_each_rule_means_what_the_standard_means(rule: dict[str, Any], value: object) -> None:
    assert list(broken_rules(value, rule)) == list(found_by_the_full_validator(value, rule))


def parts_of(schema: Any) -> Iterator[dict[str, Any]]:
    """Every part of a schema that has rules: all objects but the lists of names that `properties` and sentences are."""
    yield schema
    inner = [*schema.get("properties", {}).values(), *schema.get("allOf", ()), *schema.get("anyOf", ())]
    inner += [schema[word] for word in ("items", "not", "if", "then", "else") if word in schema]
    for part in inner:
        yield from parts_of(part)


@pytest.mark.parametrize("name", SCHEMAS)
def test_no_worksheet_has_a_rule_that_is_not_tried(name: str) -> None:
    for part in parts_of(SCHEMAS[name]):
        for value in ("text", 1, {}, []):
            list(broken_rules(value, part))


def test_an_unknown_rule_is_named_to_the_author_of_the_worksheet() -> None:
    with pytest.raises(UnknownRule) as told:
        list(broken_rules(3, {"maximum": 5}))
    assert str(told.value) == (
        "A worksheet has the rule “maximum”. Use another, or add it to toolkit/worksheet_rules.py."
    )


def test_worksheets_need_nothing_beyond_pythons_own_library() -> None:
    code = (
        "import sys; before = set(sys.modules); import toolkit.worksheet;"
        "print({name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "{'toolkit'}\n"
