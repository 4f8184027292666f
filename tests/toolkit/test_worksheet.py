"""A filled worksheet is checked in plain words, and becomes a page that says what its author typed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from toolkit.worksheet import as_markdown, faults

WORKSHEETS = Path(__file__).parent.parent.parent / "worksheets"
NAMES = sorted(path.stem for path in WORKSHEETS.glob("*.json"))
NEEDS_NO_SENTENCE = {"title", "description", "properties", "items", "if", "then", "$schema", "additionalProperties"}


def schema_of(name: str) -> dict[str, Any]:
    return json.loads((WORKSHEETS / f"{name}.json").read_text(encoding="utf-8"))


def example_of(name: str) -> dict[str, Any]:
    return json.loads((WORKSHEETS / "examples" / f"{name}.json").read_text(encoding="utf-8"))


SCHEMA, EXAMPLE = schema_of("describe-a-table"), example_of("describe-a-table")


def fields_of(schema: dict[str, Any], place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{place}{name}", field
        yield from fields_of(field, f"{place}{name}.")
        yield from fields_of(field.get("items", {}), f"{place}{name}[].")


# -- the worksheets themselves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_worksheet_is_a_proper_schema_with_a_complete_example(name: str) -> None:
    schema = schema_of(name)
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["worksheet"]["const"] == name
    assert faults(example_of(name), schema) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_explained_and_every_rule_has_a_sentence(name: str) -> None:
    schema = schema_of(name)
    listed = list(fields_of(schema))
    assert listed
    required = set(schema["required"]) | set(schema["then"]["required"])
    for place, field in listed:
        assert field["title"] and field["description"].endswith((".", "…")), place
        told = set(field["x-messages"])
        rules = {rule for rule in field if rule not in NEEDS_NO_SENTENCE | {"x-messages"}}
        assert rules <= told, f"{place} has no sentence for {rules - told}"
        if place in required or "[]" in place:
            assert "required" in told, place
    for part in (schema, *(field["items"] for _, field in listed if "items" in field)):
        assert {"type", "additionalProperties"} <= set(part["x-messages"])


# -- what a learner is told -------------------------------------------------------------------------------------------


def changed(**answers: Any) -> dict[str, Any]:
    filled = copy.deepcopy(EXAMPLE) | answers
    return {name: answer for name, answer in filled.items() if answer is not ...}


def column(name: Any = "center", meaning: Any = "The call center") -> dict[str, Any]:
    return {"column": name, "meaning": meaning}


@pytest.mark.parametrize(
    ("filled", "told"),
    [
        (changed(agency=" "), "Agency: This is empty. Write the agency's full name."),
        (changed(table=7), "Table: Write the table's name as text."),
        (changed(one_row=...), "One row: Finish the sentence: each row of this table is one …"),
        (changed(one_row="a record"), "One row: Every table has rows and records. Say what one of them stands for in the real world."),
        (changed(columns=[column()] * 2), "Columns: Describe at least three columns. Choose those that a newcomer would get wrong."),
        (changed(columns=[column(), column(), {"column": "calls"}]), "Columns, number 3, What it means: Say what the column means."),
        (changed(columns=[column(), column(meaning=""), column()]), "Columns, number 2, What it means: This is empty. Say what a value in this column tells a reader, and in which unit."),
        (changed(columns=["center", column(), column()]), "Columns, number 1: Give the column's name and what it means."),
        (changed(total_row=True), "Is there a row that is not one of those?: Write yes, no, or not known yet."),
        (changed(total_row_where=...), "How to tell that row: You wrote that there is such a row. Say where it stands and how a reader can tell."),
        (changed(last_updated="October 2026"), "Last updated: Write a real day or month with the year first, such as 2026-10-31 or 2026-10."),
        (changed(last_updated="2026-02-30"), "Last updated: Write a real day or month with the year first, such as 2026-10-31 or 2026-10."),
        (changed(who_to_aks="Desk"), "“who_to_aks”: This worksheet has no such field. Check the spelling, or take it out."),
        (changed(worksheet="describe"), "Worksheet: Write describe-a-table here. It says which worksheet this is."),
        ("a page of text", "The worksheet: Fill in the fields by name, as in worksheets/examples/describe-a-table.json."),
    ],
)  # fmt: skip
def test_a_fault_is_told_as_one_sentence_that_says_what_to_do(filled: Any, told: str) -> None:
    assert faults(filled, SCHEMA) == [told]


@pytest.mark.parametrize(
    "filled",
    [
        changed(total_row="no", total_row_where=...),
        changed(total_row="not known yet", total_row_where=...),
        changed(last_updated="2026-10"),
        changed(one_row="row of seats in the theater"),
        changed(one_row="a road line, painted"),
        changed(columns=[column(str(number)) for number in range(12)]),
    ],
)
def test_an_honest_worksheet_passes(filled: Any) -> None:
    assert faults(filled, SCHEMA) == []


@pytest.mark.parametrize("filled", [{}, {"table": "", "who_to_ask": 5}])
def test_missing_and_wrong_answers_are_told_in_the_order_of_the_worksheet(filled: dict[str, Any]) -> None:
    told = [sentence.split(":")[0] for sentence in faults(filled, SCHEMA)]
    wanted = [field["title"] for name, field in SCHEMA["properties"].items() if name != "total_row_where"]
    assert told == wanted


def test_a_rule_without_a_sentence_falls_back_on_what_the_field_is_for() -> None:
    schema = {"properties": {"year": {"title": "Year", "description": "The year of the count.", "minimum": 1790}}}
    assert faults({"year": 1066}, schema) == ["Year: This does not fit. The year of the count."]


texts = st.text(st.characters(codec=None), max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
worksheet_like = st.fixed_dictionaries({}, optional={name: json_values for name in SCHEMA["properties"]})


@given(json_values | worksheet_like)
def test_whatever_is_handed_in_the_answer_is_sentences(filled: Any) -> None:
    told = faults(filled, SCHEMA)
    assert told and len(told) == len(set(told))
    for sentence in told:
        place, _, advice = sentence.partition(": ")
        assert place and advice[0].isupper() and advice.endswith((".", "…"))
        assert "\n" not in sentence and sentence.encode("utf-8")


def test_lists_without_end_are_told_in_a_sentence_too() -> None:
    deep: list[Any] = []
    for _ in range(20_000):
        deep = [deep]
    told = faults(changed(agency=deep), SCHEMA)
    assert told == ["The worksheet: It holds lists within lists, too deep to follow. Fill in each field as plain text."]


# -- the page to keep -------------------------------------------------------------------------------------------------


class _Cells(HTMLParser):
    """The text of every table cell, and every tag met."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self.within = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.within = tag in ("td", "th")
        if self.within:
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self.within = False

    def handle_data(self, data: str) -> None:
        if self.within:
            self.cells[-1] += data


def shown(filled: dict[str, Any]) -> _Cells:
    return _Cells(MarkdownIt("commonmark").enable("table").render(as_markdown(filled, SCHEMA)))


def test_the_page_holds_every_answer() -> None:
    cells = shown(EXAMPLE).cells
    answers = [answer for name, answer in EXAMPLE.items() if isinstance(answer, str) and name != "worksheet"]
    answers += [text for row in EXAMPLE["columns"] for text in row.values()]
    assert set(answers) <= set(cells)


def test_the_page_says_what_is_not_filled_in() -> None:
    assert "| Agency | (not filled in yet) |" in as_markdown({}, SCHEMA)
    assert "| Agency | (not filled in yet) |" in as_markdown({"agency": " \n"}, SCHEMA)


visible = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=20)
typed = st.lists(visible, min_size=1, max_size=4).map(" ".join)


@given(agency=typed, meaning=typed)
def test_what_people_typed_is_shown_as_they_typed_it(agency: str, meaning: str) -> None:
    page = shown(changed(agency=agency, columns=[column(meaning=meaning)]))
    assert agency in page.cells and meaning in page.cells
    assert page.tags <= {"h1", "h2", "table", "thead", "tbody", "tr", "th", "td"}


@given(json_values | worksheet_like)
def test_a_page_can_be_made_of_anything(filled: Any) -> None:
    if isinstance(filled, dict):
        page = shown(filled)
        assert page.tags <= {"h1", "h2", "table", "thead", "tbody", "tr", "th", "td"}
