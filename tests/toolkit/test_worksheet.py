"""A filled worksheet is checked in plain words, and becomes a page or a table that says what its author typed."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from academy.reading import MAXIMUM_GRADE
from toolkit import worksheet_form
from toolkit.messages import explain
from toolkit.reading import reading_grade
from toolkit.worksheet import (
    ADVISERS,
    UnknownAdviser,
    WorksheetMissing,
    advice,
    as_csv,
    as_markdown,
    faults,
    located_faults,
    questions,
    read_worksheet,
)

WORKSHEETS = Path(__file__).parent.parent.parent / "worksheets"
NAMES = sorted(path.stem for path in WORKSHEETS.glob("*.json"))
NEEDS_NO_SENTENCE = {"title", "description", "examples", "properties", "items", "allOf", "x-messages", "x-advice"}


def schema_of(name: str) -> dict[str, Any]:
    return json.loads((WORKSHEETS / f"{name}.json").read_text(encoding="utf-8"))


def example_of(name: str) -> dict[str, Any]:
    return json.loads((WORKSHEETS / "examples" / f"{name}.json").read_text(encoding="utf-8"))


SCHEMA, EXAMPLE = schema_of("describe-a-table"), example_of("describe-a-table")


def fields_of(schema: dict[str, Any], place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every question of a worksheet: its fields, and the columns of its lists."""
    for name, field in schema.get("properties", {}).items():
        yield f"{place}{name}", field
        yield from fields_of(field.get("items", {}), f"{place}{name}[].")


def parts_of(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every part of a worksheet that has rules of its own: fields, their items, and rules set side by side."""
    for part in (*schema.get("properties", {}).values(), *schema.get("allOf", ())):
        yield part
        yield from parts_of(part)
    if "items" in schema:
        yield schema["items"]
        yield from parts_of(schema["items"])


# -- the worksheets themselves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_worksheet_is_a_proper_schema_with_a_complete_example(name: str) -> None:
    schema = schema_of(name)
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["worksheet"]["const"] == name
    assert faults(example_of(name), schema) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_question_can_be_answered_and_has_an_example(name: str) -> None:
    for place, field in fields_of(schema_of(name)):
        assert field["title"] and "?" in field["description"], place
        assert field["examples"], place


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_a_question_is_a_right_answer_to_it(name: str) -> None:
    for place, field in fields_of(schema_of(name)):
        for example in field["examples"]:
            alone = {"properties": {"answer": {**field, "minItems": 1} if "items" in field else field}}
            assert faults({"answer": example}, alone) == [], place


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_has_a_sentence_that_says_what_to_do(name: str) -> None:
    schema = schema_of(name)
    for part in (schema, *parts_of(schema)):
        told = set(part["x-messages"])
        rules = set(part) - NEEDS_NO_SENTENCE - {"$schema", "required", "if", "then", "else"}
        assert rules <= told, f"no sentence for {rules - told} in {part}"
        for sentence in part["x-messages"].values():
            assert sentence[0].isupper() and sentence.endswith((".", "…")), sentence


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_answer_is_asked_for_by_a_sentence_of_its_own(name: str) -> None:
    schema = schema_of(name)
    asked = set(re.findall(r'"required": \[(.*?)\]', json.dumps(schema)))
    required = {field for fields in asked for field in json.loads(f"[{fields}]")}
    for place, field in fields_of(schema):
        short = place.rpartition(".")[2]
        assert ("required" in field["x-messages"]) == (short in required), place


@pytest.mark.parametrize("name", NAMES)
def test_the_words_of_a_worksheet_read_at_grade_ten_or_lower(name: str) -> None:
    schema = schema_of(name)
    told = [sentence for part in (schema, *parts_of(schema)) for sentence in part["x-messages"].values()]
    asked = [schema["description"], *(field["description"] for _, field in fields_of(schema))]
    assert reading_grade(" ".join(told + asked)) <= MAXIMUM_GRADE


def test_the_readme_lists_every_worksheet() -> None:
    readme = (WORKSHEETS / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[`([a-z-]+)`\]", readme, re.MULTILINE) == NAMES


def test_choices_are_those_of_the_states_metadata_standard() -> None:
    standard = json.loads((WORKSHEETS.parent / "datasets" / "package.schema.json").read_text(encoding="utf-8"))
    lists = standard["properties"]["academy"]["properties"]
    record = schema_of("metadata-record")["properties"]
    for field in ("category", "geographic_unit", "update_frequency"):
        assert record[field]["enum"] == lists[field]["enum"]
    assert len(record["category"]["enum"]) == 10 and len(record["update_frequency"]["enum"]) == 12
    assert (
        schema_of("open-data-access-plan-row")["properties"]["update_frequency"]["enum"]
        == lists["update_frequency"]["enum"]
    )


def test_the_story_cards_number_is_the_number_of_the_data() -> None:
    with open(
        WORKSHEETS.parent / "datasets" / "affordable-housing" / "affordable-housing.csv", encoding="utf-8"
    ) as file:
        rows = list(csv.DictReader(file))
    exempt = {
        year: sum(row["year"] == year and float(row["percent_affordable"]) >= 10 for row in rows)
        for year in ("2022", "2023")
    }
    card = schema_of("story-card")["properties"]
    assert card["number"]["examples"] == [exempt["2023"]]
    assert card["compared_with"]["examples"] == [f"{exempt['2022']} towns in 2022"]
    assert card["headline"]["examples"] == [f"In {exempt['2023']} of 169 towns, one home in ten or more is affordable"]


# -- reading one beside a notebook -------------------------------------------------------------------------------------


def test_a_notebook_reads_the_worksheet_that_lies_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(WORKSHEETS / "citation.json", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert read_worksheet("citation") == read_worksheet("citation", WORKSHEETS) == schema_of("citation")


def test_a_worksheet_that_is_not_there_is_told_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(WorksheetMissing) as missing:
        read_worksheet("citaton", tmp_path)
    told = "There is no worksheet “citaton” here. Check the spelling in the quotation marks."
    assert explain(missing.value) == told


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
        (changed(one_row=7), "One row: Write it as text, such as: call center on one day."),
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
    schema = {"properties": {"year": {"title": "Year", "description": "The year of the count.", "maxLength": 4}}}
    assert faults({"year": "the last one"}, schema) == ["Year: This does not fit. The year of the count."]


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


def deep() -> list[Any]:
    lists: list[Any] = []
    for _ in range(20_000):
        lists = [lists]
    return lists


def test_lists_without_end_are_told_in_a_sentence_too() -> None:
    assert faults(changed(agency=deep()), SCHEMA) == ["Agency: Write the agency's name as text."]
    told = faults({"tags": [deep(), deep()]}, schema_of("metadata-record"))
    assert told == ["The worksheet: It holds lists within lists, too deep to follow. Fill in each field as plain text."]


def other(name: str, **answers: Any) -> list[str]:
    """What is told of the example of a worksheet with some other answers. An answer of ... is left out."""
    filled = example_of(name) | answers
    return faults({field: answer for field, answer in filled.items() if answer is not ...}, schema_of(name))


@pytest.mark.parametrize(
    ("name", "answers", "told"),
    [
        # A metadata record speaks to a newcomer, in the state's own terms.
        ("metadata-record", {"title": "help_line_calls"}, "Title: This looks like the name of a file."),
        ("metadata-record", {"title": "calls 2026.xlsx"}, "Title: This looks like the name of a file."),
        ("metadata-record", {"title": "Calls " * 30}, "Title: Shorten the title to 120 characters."),
        ("metadata-record", {"description": "Calls"}, "Description: Write at least three words"),
        ("metadata-record", {"category": "Phones"}, "Category: Choose one of these, letter by letter: Business, Education,"),
        ("metadata-record", {"agency": "DOE"}, "Agency: Write the name in full."),
        ("metadata-record", {"row_label": "a record"}, "Row label: Every table has rows and records."),
        ("metadata-record", {"tags": ["calls", "help"]}, "Tags: Give at least three words."),
        ("metadata-record", {"tags": ["calls", "help", "calls"]}, "Tags: A word stands there twice."),
        ("metadata-record", {"tags": ["calls", "help", " "]}, "Tags, number 3: This is empty."),
        ("metadata-record", {"source_link": "data.ct.gov"}, "Link to the source: Copy the whole web address, from https:// on"),
        ("metadata-record", {"period_start": "since 2011"}, "Data from: Write a real year, month or day"),
        ("metadata-record", {"period_start": "2026-02-30"}, "Data from: Write a real year, month or day"),
        ("metadata-record", {"period_end": "20261031"}, "Data to: Write a real year, month or day"),
        ("metadata-record", {"update_frequency": "Yearly"}, "Update frequency: Choose one of these"),
        ("metadata-record", {"license": ...}, "License: Give the license or terms. Write None stated if there are none."),
        ("metadata-record", {"columns": [{"column": "calls", "meaning": "Calls that were answered"}]}, "Columns, number 1, Unit: Say the unit."),
        # A citation leads someone else to the same number.
        ("citation", {"portal_id": "3udy56vi"}, "Portal id: An id of the portal has four signs, a hyphen and four signs"),
        ("citation", {"read_on": "2026-11"}, "Read on: Write a real day"),
        ("citation", {"edition": ""}, "Edition: This is empty."),
        ("citation", {"part_used": "Everything"}, "Part used: Write at least three words: which rows, and which column."),
        ("citation", {"changes": ...}, "Changes: Say what you changed or computed. Write None if you changed nothing."),
        # A plan says when.
        ("open-data-access-plan-row", {"already_public": "on request"}, "Already public?: Write yes or no. A table that one must ask for is not public yet."),
        ("open-data-access-plan-row", {"already_public": "yes"}, "Where it is public: You wrote that the data are public. Give the address."),
        ("open-data-access-plan-row", {"planned_date": ...}, "Planned date: You wrote that the data are not public yet."),
        ("open-data-access-plan-row", {"planned_date": "soon"}, "Planned date: Give a real day or month, such as 2027-06-30 or 2027-06. A plan says when: soon is no date."),
        ("open-data-access-plan-row", {"responsible": "someone@example.org"}, "Responsible: This holds an email address"),
        # A quality statement has four headings, and says how its author knows.
        ("data-quality-statement", {"known_errors": ...}, "Known errors: Say what is wrong in the table."),
        ("data-quality-statement", {"suppression": "Stars"}, "Suppression: Write at least three words."),
        ("data-quality-statement", {"breaks_in_series": ...}, "Breaks in series: Say which years do not compare"),
        ("data-quality-statement", {"what_was_dropped": "x " * 1200}, "What was dropped: Shorten this to 2,000 characters."),
        # Feedback says what, where and how to see it; it is polite and names nobody.
        ("feedback-to-source", {"row": "1764"}, "Row: A row number changes when someone sorts the table."),
        ("feedback-to-source", {"column": ...}, "Column: Say in which column it is, or write whole row."),
        ("feedback-to-source", {"what_looks_wrong": "This table is sloppy"}, "What looks wrong: Stay friendly"),
        ("feedback-to-source", {"what_looks_wrong": "THIS IS WRONG"}, "What looks wrong: Stay friendly"),
        ("feedback-to-source", {"what_looks_wrong": "The row of 123-45-6789 is twice there"}, "What looks wrong: This holds an email address, a telephone number or a Social Security number."),
        ("feedback-to-source", {"how_to_see_it": "Call (860) 555-0100 and ask"}, "How to see it: This holds an email address"),
        ("feedback-to-source", {"how_to_see_it": "Look"}, "How to see it: Write at least three words: the steps that show it."),
        ("feedback-to-source", {"request": "Fix the table now"}, "Request: Ask, do not order: begin with Could you or Please."),
        # A story card's number has a unit, a source and a date; its words claim no more than a table can carry.
        ("story-card", {"number": "251"}, "Number: Write a number alone: no quotation marks"),
        ("story-card", {"number": True}, "Number: Write a number alone"),
        ("story-card", {"unit": ...}, "Unit: Give the number's unit, such as towns, homes or percent."),
        ("story-card", {"unit": "251"}, "Unit: Write the unit in words"),
        ("story-card", {"source": "A table"}, "Source: Write at least three words: the dataset, and who made it."),
        ("story-card", {"date": "last month"}, "Date: Write a real year, month or day"),
        ("story-card", {"compared_with": "More than before"}, "Compared with: Compare with a number."),
        ("story-card", {"headline": "Long waits proved that staff is short"}, "Headline: A table shows what happened, not why."),
        ("story-card", {"headline": "Do callers wait longer now?"}, "Headline: Give the answer, not the question."),
        ("story-card", {"audience": "everybody"}, "Audience: Choose one: resident, legislator, commissioner or colleague. A card for everybody speaks to nobody."),
        # A line of an accessibility statement is honest, and puts the person first.
        ("accessibility-statement-line", {"criterion": "contrast"}, "Success criterion: A success criterion has three numbers with dots"),
        ("accessibility-statement-line", {"other_way": ...}, "The other way in: Say how people get the same facts today."),
        ("accessibility-statement-line", {"status": "Does not support", "mended_by": ...}, "Mended by: Say by when it will hold."),
        ("accessibility-statement-line", {"who_meets_it": "The blind among us"}, "Who meets the barrier: Put the person first"),
        ("accessibility-statement-line", {"status": "Fine"}, "Status: Choose one of these"),
    ],
)  # fmt: skip
def test_each_worksheet_teaches_by_its_limits(name: str, answers: dict[str, Any], told: str) -> None:
    found = other(name, **answers)
    assert len(found) == 1 and found[0].startswith(told), found


@pytest.mark.parametrize("bare", ["None", "n/a", "none known.", "No", "Unknown"])
def test_a_quality_statement_does_not_take_a_bare_none(bare: str) -> None:
    assert (
        "Known errors: Say how you know: what did you look at, and what did you find? Nobody can check a bare none."
        in other("data-quality-statement", known_errors=bare)
    )


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("metadata-record", {"period_start": "1996", "period_end": "2020-07"}),
        ("metadata-record", {"title": "Calls to the 2-1-1 help line, fiscal year 2026"}),
        ("citation", {"portal_id": "3udy-56vi", "changes": "None"}),
        ("open-data-access-plan-row", {"already_public": "yes", "planned_date": ..., "link": "https://data.ct.gov/d/3udy-56vi"}),
        ("feedback-to-source", {"what_it_says": "12,345 calls on 2026-10-31, id 3udy-56vi, FIPS 0900104720"}),
        ("feedback-to-source", {"reply_to": "planning@example.org"}),
        ("feedback-to-source", {"column": "EV LEVEL2 EVSE NUM", "row": "EAST HARTFORD TOWN HALL"}),
        ("story-card", {"headline": "In 2022, 1,452 deaths due to an overdose were counted"}),
        ("feedback-to-source", {"what_looks_wrong": "The total lies above the sum of the towns of DECD."}),
        ("story-card", {"number": -12.5, "unit": "percent"}),
        ("story-card", {"date": "2026", "audience": "legislator"}),
        ("accessibility-statement-line", {"status": "Supports", "who_meets_it": ..., "other_way": ..., "mended_by": ...}),
        ("accessibility-statement-line", {"status": "Not evaluated", "who_meets_it": ..., "other_way": ..., "mended_by": ...}),
        ("accessibility-statement-line", {"who_meets_it": "People who are blind, and deaf people who sign"}),
        ("accessibility-statement-line", {"criterion": "1.4.13"}),
    ],
)  # fmt: skip
def test_honest_answers_pass(name: str, answers: dict[str, Any]) -> None:
    assert other(name, **answers) == []


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


def test_the_page_tells_a_field_that_needs_no_answer_from_one_that_lacks_it() -> None:
    plan = schema_of("open-data-access-plan-row")
    row = json.loads((WORKSHEETS / "examples" / "open-data-access-plan-row.json").read_text(encoding="utf-8"))
    optional = [name for name in row if not faults({k: v for k, v in row.items() if k != name}, plan)]
    rightly_empty = [name for name in plan["properties"] if name not in row] + optional
    assert rightly_empty
    page = as_markdown({name: value for name, value in row.items() if name not in rightly_empty}, plan)
    assert "(not filled in yet)" not in page
    assert page.count("| (none) |") == len(rightly_empty)


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


def test_a_list_of_words_is_shown_as_words() -> None:
    assert "| Tags | help line, calls, waiting time, customer service |" in as_markdown(
        example_of("metadata-record"), schema_of("metadata-record")
    )


# -- the table to keep ------------------------------------------------------------------------------------------------


def table_of(filled: dict[str, Any], schema: dict[str, Any] = SCHEMA) -> list[list[str]]:
    return list(csv.reader(io.StringIO(as_csv(filled, schema))))


@pytest.mark.parametrize("name", NAMES)
def test_the_table_has_a_row_for_each_field_and_its_answer(name: str) -> None:
    schema, filled = schema_of(name), example_of(name)
    heading, *rows = table_of(filled, schema)
    assert heading == ["field", "answer"]
    plain = {field["title"]: filled.get(key, "") for key, field in schema["properties"].items()}
    told = dict(rows)
    assert len(told) == len(rows)
    for title, answer in plain.items():
        if isinstance(answer, str | int | float):
            assert told[title] == str(answer).removesuffix(".0")


def test_a_list_has_a_row_for_each_of_its_cells() -> None:
    rows = table_of(EXAMPLE)
    assert ["Columns, number 2, Column", "calls"] in rows
    assert ["Columns, number 3, What it means", "Half of the callers waited longer than this, in seconds"] in rows
    assert ["Tags", "a, b"] in table_of({"tags": ["a", "b"]}, schema_of("metadata-record"))


def test_an_empty_worksheet_is_a_table_of_empty_answers() -> None:
    assert [answer for _, answer in table_of({})[1:]] == [""] * len(SCHEMA["properties"])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\r=", " =", "\n@"])
def test_a_spreadsheet_runs_no_answer(start: str) -> None:
    rows = dict(table_of(changed(agency=f"{start}HYPERLINK(1)", columns=[column(meaning=f"{start}1+1")])))
    for answer in (rows["Agency"], rows["Columns, number 1, What it means"]):
        assert answer == "'" + start.strip() + answer.lstrip("'" + start.strip())


def test_a_spreadsheet_that_parts_cells_at_semicolons_runs_no_answer_either() -> None:
    assert dict(table_of(changed(agency="Office;=1+1; @SUM(1)")))["Agency"] == "Office;'=1+1; '@SUM(1)"


def test_a_number_stays_a_number_below_zero_too() -> None:
    told = dict(table_of({"number": -12.5}, schema_of("story-card")))
    assert told["Number"] == "-12.5"


@given(st.text(max_size=40) | st.lists(st.text(max_size=10), max_size=3))
def test_whatever_is_typed_no_cell_begins_like_a_formula(answer: Any) -> None:
    for row in table_of({"agency": answer, "tags": answer, "columns": [column(meaning=answer)]}):
        assert len(row) == 2
        assert not row[1].startswith(("=", "+", "-", "@", "\t", "\r", "\n", " "))


# -- the empty worksheet ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_worksheet_asks_every_question_with_an_example(name: str) -> None:
    schema = schema_of(name)
    asked = questions(schema)
    for place, field in fields_of(schema):
        assert place == "worksheet" or field["description"] in asked
    assert asked.count("Example: ") == sum(
        "const" not in field and "properties" not in field.get("items", {}) for field in schema["properties"].values()
    )


def test_choices_are_printed_with_their_question() -> None:
    assert "\n\nChoose one: yes, no, not known yet.\n\n" in questions(SCHEMA)


# -- what a complete worksheet's answers mean ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_worksheet_names_an_adviser_that_is_there_or_none(name: str) -> None:
    sentences = advice(example_of(name), schema_of(name))
    assert bool(sentences) == ("x-advice" in schema_of(name))
    assert all(sentence and "\n" not in sentence for sentence in sentences)


@pytest.mark.parametrize("adviser", ADVISERS)
def test_every_adviser_needs_nothing_beyond_pythons_own_library(adviser: str) -> None:
    code = (
        f"import sys; before = set(sys.modules); from toolkit.{adviser} import advice;"
        "print({name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "{'toolkit'}\n"


def test_advice_is_for_complete_answers_only() -> None:
    example, schema = example_of("maturity-self-assessment"), schema_of("maturity-self-assessment")
    assert advice(example, schema)
    assert advice(example | {"agency": ""}, schema) == []


def test_the_page_to_keep_says_what_a_whole_worksheet_means() -> None:
    example, schema = example_of("data-use-agreement"), schema_of("data-use-agreement")
    draft = {name: example[name] for name in ("worksheet", *schema["required"])}
    told = as_markdown(draft, schema).partition("## What these answers mean\n\n")[2]
    assert "- Missing: Breach notice" in told
    assert "What these answers mean" not in as_markdown(draft | {"purpose": ""}, schema)


@pytest.mark.parametrize("adviser", ["os", "worksheet", "../risk", ["risk"], None])
def test_an_adviser_that_is_not_on_the_list_is_refused(adviser: Any) -> None:
    with pytest.raises(UnknownAdviser, match="Write one of these: agreement, classification,"):
        advice(EXAMPLE, SCHEMA | {"x-advice": adviser})


# -- what the form on the web page asks ---------------------------------------------------------------------------------


def test_a_fault_says_the_way_to_its_field() -> None:
    filled = changed(columns=[column(), column(meaning=""), column()], agency=...)
    assert [fault.path for fault in located_faults(filled, SCHEMA)] == [("agency",), ("columns", 1, "meaning")]
    assert [fault.sentence for fault in located_faults(filled, SCHEMA)] == faults(filled, SCHEMA)
    assert [fault.path for fault in located_faults("a page of text", SCHEMA)] == [()]


@pytest.mark.parametrize("name", NAMES)
def test_the_form_gets_what_the_toolkit_says(name: str) -> None:
    example, schema = example_of(name), schema_of(name)
    texts = json.dumps(example), json.dumps(schema)
    assert json.loads(worksheet_form.check(*texts)) == {"faults": [], "advice": advice(example, schema)}
    assert json.loads(worksheet_form.page(*texts)) == as_markdown(example, schema)
    told = json.loads(worksheet_form.check(json.dumps({"worksheet": name}), texts[1]))
    assert [fault["sentence"] for fault in told["faults"]] == faults({"worksheet": name}, schema)
    assert all(fault["sentence"].endswith(f": {fault['message']}") for fault in told["faults"])


def test_a_whole_number_is_kept_as_a_browser_writes_it() -> None:
    card = example_of("story-card")
    schema = schema_of("story-card")
    assert as_markdown(card | {"number": 28.0}, schema) == as_markdown(card | {"number": 28}, schema)
    assert "| Number | 28.5 |" in as_markdown(card | {"number": 28.5}, schema)
