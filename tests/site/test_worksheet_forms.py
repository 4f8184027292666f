"""The worksheets as forms of the book: made by Jupyter Book, and filled in with the keyboard of a real browser.

The checks run in the browser's own Python, which is the real one, under the site's real security policies.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import Tag
from playwright.sync_api import Browser, Page, expect

from academy.project import WORKSHEETS, worksheet_names
from academy.site.lite import build_lite, environment_python
from academy.site.worksheet_files import publish_worksheets
from academy.site.worksheet_pages import WorksheetUnfit, fields_of, read_worksheets
from tests.site.served_book import served
from tests.site.test_book import DESKTOP, PHONE, Project, Visit, chromium, read, words
from toolkit.worksheet import advice, as_markdown, faults, read_worksheet

__all__ = ["chromium"]  # a fixture of this module too

pytestmark = pytest.mark.xdist_group("browser lesson")

ROOT = Path(__file__).parents[2]
NAMES = worksheet_names()
each_worksheet = pytest.mark.parametrize("name", NAMES)
NARROW = {"width": 320, "height": 640}
PATIENCE = 60_000
"""In milliseconds."""
SHOWN = "form.worksheet > .summary:not([hidden])"


def schema_of(name: str) -> dict[str, Any]:
    return read_worksheet(name, WORKSHEETS)


def example_of(name: str) -> dict[str, Any]:
    example: dict[str, Any] = json.loads((WORKSHEETS / "examples" / f"{name}.json").read_text(encoding="utf-8"))
    return example


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The book with every worksheet, and the browser's Python without any lesson."""
    project = Project(tmp_path_factory.mktemp("worksheets"))
    shutil.copytree(WORKSHEETS, project.root / "worksheets")
    topics = project.root / "worksheets" / "topics.yml"
    topics.write_text(re.sub(r"lesson: \S+", "lesson: count-towns", topics.read_text(encoding="utf-8")), "utf-8")
    project.build()
    nobody = project.root / "no-lessons"
    nobody.mkdir()
    build_lite(ROOT, ROOT / "build" / "browser-files", nobody, project.site, python=environment_python(ROOT))
    publish_worksheets(project.root / "worksheets", project.site)
    return project


# -- what the pages say ------------------------------------------------------------------------------------------------


def test_the_list_names_every_worksheet_with_its_lesson_and_who_needs_it(built: Project) -> None:
    page = read(built, "worksheets/index")
    topics = yaml.safe_load((WORKSHEETS / "topics.yml").read_text(encoding="utf-8"))
    listed = {
        words(topic.h2): [
            (words(entry.h3), words(entry.p), [words(fact) for fact in entry.select("dd")])
            for entry in topic.select(".dataset")
        ]
        for topic in page.select(".topic")
    }
    assert listed == {
        topic["topic"]: [
            (schema["title"], schema["description"], [each["needed_by"], "Count towns"])
            for each in topic["worksheets"]
            for schema in [schema_of(each["name"])]
        ]
        for topic in topics
    }


def test_every_page_of_the_book_leads_to_the_worksheets(built: Project) -> None:
    [link] = [link for link in read(built, "about").select(".site-nav a") if words(link) == "Worksheets"]
    assert link["href"] == "worksheets/index.html"
    end = read(built, "lessons/count-towns").find(id="take-it-to-work")
    assert {link["href"] for link in end.select("a")} == {f"../worksheets/{name}.html" for name in NAMES}


def test_every_worksheet_belongs_to_a_lesson_that_is_there_or_planned() -> None:
    curriculum = yaml.safe_load((ROOT / "lessons" / "curriculum.yml").read_text(encoding="utf-8"))
    known = {*curriculum["lessons"], *(planned["slug"] for planned in curriculum["planned"])}
    topics = yaml.safe_load((WORKSHEETS / "topics.yml").read_text(encoding="utf-8"))
    listed = [each for topic in topics for each in topic["worksheets"]]
    assert sorted(each["name"] for each in listed) == NAMES
    assert {each["lesson"] for each in listed} <= known


@each_worksheet
def test_every_question_is_on_the_page_with_its_help_and_its_box(built: Project, name: str) -> None:
    page = read(built, f"worksheets/{name}")
    assert "You can still read every question, and print the page" in words(page.noscript)
    form = page.select_one("form.worksheet")
    for template in form.find_all("template"):
        template.decompose()
    asked = {field["data-field"]: field for field in form.find_all(attrs={"data-field": True}, recursive=False)}
    questions = {key: field for key, field in schema_of(name)["properties"].items() if "const" not in field}
    assert list(asked) == list(questions)
    for key, question in questions.items():
        field = asked[key]
        assert words(field.find(["label", "legend"])).startswith(question["title"])
        assert " ".join(question["description"].split()) in words(field.select_one(".hint"))
        for choice in question.get("enum") or question.get("items", {}).get("enum", ()):
            assert choice in [words(each) for each in field.find_all(["option", "label"])]
        if field["data-kind"] in ("text", "long", "number", "date", "lines"):
            assert "Example: " in words(field.select_one(".hint"))
    ids = [tag["id"] for tag in form.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for control in form.select("[data-field] :is(input, select, textarea)"):
        described = control.find_parent(attrs={"data-kind": ["radio", "checks"]}) or control
        assert set(described["aria-describedby"].split()) <= set(ids)
        assert _label(form, control), control


def _label(form: Tag, control: Tag) -> Tag | None:
    return form.find("label", attrs={"for": control["id"]}) or control.find_parent("label")


def test_a_worksheet_that_no_page_can_be_made_of_is_named(built: Project, tmp_path: Path) -> None:
    question = {"title": "Count", "description": "How many?", "examples": [1]}
    with pytest.raises(WorksheetUnfit, match="no box for the field “count”"):
        fields_of({"properties": {"count": question | {"type": "boolean"}}})
    shutil.copytree(WORKSHEETS, tmp_path / "worksheets")
    (tmp_path / "worksheets" / "topics.yml").write_text("[]", encoding="utf-8")
    with pytest.raises(WorksheetUnfit, match=r"does not list: .*citation"):
        read_worksheets(tmp_path, {})


# -- in a real browser -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(built: Project) -> Iterator[str]:
    with served(built.site) as address:
        yield address


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visit]:
    with Visit(chromium, address, viewport=DESKTOP, locale="en-US") as visit:
        visit.page.set_default_timeout(PATIENCE)
        yield visit


@pytest.fixture(scope="module", params=NAMES)
def opened(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[tuple[str, Visit]]:
    """The form of each worksheet, with its Python loaded once for the tests of this form."""
    with Visit(chromium, address, viewport=DESKTOP, locale="en-US") as visit:
        visit.page.set_default_timeout(PATIENCE)
        visit.open(f"worksheets/{request.param}")
        yield request.param, visit


def emptied(visit: Visit) -> Page:
    """The page as one finds it, without an answer."""
    visit.page.once("dialog", lambda dialog: dialog.accept())
    visit.page.get_by_role("button", name="Clear").click()
    visit.page.set_viewport_size(DESKTOP)
    visit.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    return visit.page


def check(page: Page) -> list[str]:
    """Press the button, and return the sentences at the top."""
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator(".summary")).to_be_focused(timeout=PATIENCE)
    return [words_of(item) for item in page.locator(f"{SHOWN} h2 + ul > li").all_text_contents()]


def words_of(text: str) -> str:
    return " ".join(text.split())


def downloaded(page: Page, button: str) -> str:
    with page.expect_download() as started:
        page.get_by_role("button", name=button).click()
    return Path(started.value.path()).read_text(encoding="utf-8")


def barriers(page: Page) -> list[Any]:
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in Axe().run(page).response["violations"]]


class Keyboard:
    """Someone who fills in a form without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page, self.press = page, page.keyboard.press

    def tab_to(self, test: str) -> None:
        """Press Tab until the focus is on a part that passes the test, a JavaScript expression of `at`."""
        for _ in range(200):
            if self.page.evaluate(f"(at => {test})(document.activeElement)"):
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not lead to {test}")

    def fill(self, question: dict[str, Any], id: str, answer: Any) -> None:
        if "items" in question and "properties" in question["items"]:
            self._fill_rows(question["items"]["properties"], id, answer)
        elif "items" in question and "enum" in question["items"]:
            for choice in answer:
                self.tab_to(f"at.name === {json.dumps(id)} && at.value === {json.dumps(choice)}")
                self.press("Space")
        elif "enum" in question:
            self._choose(question["enum"], id, answer)
        else:
            self.tab_to(f"at.id === {json.dumps(id)}")
            lines = answer if isinstance(answer, list) else [answer]
            is_date = self.page.evaluate("document.activeElement.type === 'date'")
            if is_date:
                self.page.keyboard.type(_american(answer))
            else:
                self.page.keyboard.insert_text("\n".join(map(str, lines)))

    def _choose(self, choices: list[str], id: str, answer: str) -> None:
        self.tab_to(f"at.id === {json.dumps(id)} || at.name === {json.dumps(id)}")
        is_menu = self.page.evaluate("document.activeElement.matches('select')")
        if not is_menu:
            self.press("Space")
        for _ in range(choices.index(answer) + is_menu):
            self.press("ArrowDown")

    def _fill_rows(self, columns: dict[str, Any], id: str, rows: list[dict[str, Any]]) -> None:
        table = self.page.locator(f"[data-field={id.removeprefix('field-')}][data-kind=table]")
        for place, row in enumerate(rows):
            if place == table.locator(".row").count():
                self.tab_to("at.matches('[data-add]')")
                self.press("Enter")
            cells = {
                cell.get_attribute("data-field"): cell
                for cell in table.locator(".row").nth(place).locator(".field").all()
            }
            for name, answer in row.items():
                control = cells[name].locator("input, select, textarea").first
                own = control.get_attribute("name") or control.get_attribute("id")
                assert own
                self.fill(columns[name], own, answer)


def _american(date: str) -> str:
    year, month, day = date.split("-")
    return f"{month}{day}{year}"


def test_the_example_typed_with_the_keyboard_gives_what_the_toolkit_gives(opened: tuple[str, Visit]) -> None:
    name, visit = opened
    page, schema, example = emptied(visit), schema_of(name), example_of(name)
    keyboard = Keyboard(page)
    for key, question in schema["properties"].items():
        if key in example and "const" not in question:
            keyboard.fill(question, f"field-{key}", example[key])
    keyboard.tab_to("at.matches('[data-check]')")
    keyboard.press("Enter")
    expect(page.locator(SHOWN).get_by_role("heading").first).to_have_text(
        "Every needed field is filled", timeout=PATIENCE
    )
    told = page.locator(f"{SHOWN} h3 + ul > li").all_text_contents()
    assert told == advice(example, schema)
    assert downloaded(page, "Download as Markdown") == as_markdown(example, schema)
    assert json.loads(downloaded(page, "Download as JSON")) == example
    assert barriers(page) == []
    assert visit.complaints == []
    assert {asked for asked in visit.asked if not asked.startswith((f"{visit.address}/", "blob:"))} == set()


def test_wrong_answers_are_told_in_the_sentences_of_the_toolkit(opened: tuple[str, Visit]) -> None:
    name, visit = opened
    page, schema = emptied(visit), schema_of(name)
    assert check(page) == faults({"worksheet": name}, schema)
    assert re.fullmatch(r"(\d+|One) things? to mend", page.locator(f"{SHOWN} h2").text_content() or "")
    assert page.title().startswith(f"{len(faults({'worksheet': name}, schema))} to mend: ")
    for box in page.locator(
        "[data-field] > :is(textarea, input:not([type=date], [type=radio], [type=checkbox]))"
    ).all():
        box.fill(" x_ ")
    for select in page.locator("[data-field] > select").all():
        select.select_option(index=1)
    told = check(page)
    wrong = json.loads(downloaded(page, "Download as JSON"))
    assert told == faults(wrong, schema) != []
    for sentence, link in zip(told, page.locator(f"{SHOWN} h2 + ul > li > a").all(), strict=True):
        link.click()
        field = page.locator(":focus").locator("xpath=ancestor::*[@data-field][1]")
        beside = [words_of(text) for text in page.locator(".error:not([hidden])").all_text_contents()]
        assert any(error.startswith("To mend: ") and sentence.rpartition(": ")[2] in error for error in beside)
        assert field.count() == 1
    assert page.locator("[aria-invalid=true]").count() > 0
    for colors in ("light", "dark"):
        page.emulate_media(color_scheme=colors)
        assert barriers(page) == []
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert visit.complaints == []


def test_the_focus_goes_to_the_summary_and_from_there_to_the_field(visit: Visit) -> None:
    page = visit.open("worksheets/citation")
    keyboard = Keyboard(page)
    keyboard.tab_to("at.matches('[data-check]')")
    keyboard.press("Enter")
    expect(page.locator(".summary")).to_be_focused(timeout=PATIENCE)
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "field-title"
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    described = page.evaluate(
        "document.activeElement.getAttribute('aria-describedby').split(' ').map(id => document.getElementById(id).textContent)"
    )
    assert described[1] == "To mend: Copy the title of the dataset."


def test_rows_come_and_go_with_the_keyboard_and_say_so(visit: Visit) -> None:
    page = visit.open("worksheets/describe-a-table")
    table = page.locator("[data-kind=table]")
    legends = table.locator(".row > legend")
    said = table.locator(":scope > .row-tools [role=status]")
    add = page.get_by_role("button", name="Add another row")
    add.focus()
    page.keyboard.press("Enter")
    assert legends.all_text_contents() == [f"Columns, number {number}" for number in (1, 2, 3, 4)]
    assert said.text_content() == "Number 4 added."
    page.keyboard.type("calls")
    assert table.locator(".row").nth(3).locator("input").input_value() == "calls"
    page.get_by_role("button", name="Remove number 2").focus()
    page.keyboard.press("Enter")
    assert legends.all_text_contents() == [f"Columns, number {number}" for number in (1, 2, 3)]
    assert said.text_content() == "Number 2 removed. 3 left."
    assert page.evaluate("document.activeElement.closest('.row').querySelector('legend').textContent") == (
        "Columns, number 2"
    )
    assert table.locator(".row").nth(2).locator("input").input_value() == "calls"
    add.focus()
    page.keyboard.press("Enter")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(ids) == len(set(ids))
    for left in (3, 2, 1):
        page.get_by_role("button", name="Remove number 1").press("Enter")
        assert said.text_content() == f"Number 1 removed. {left} left."
    assert page.get_by_role("button", name="Remove number 1").count() == 0, "a table keeps one row"


def test_a_fault_in_a_row_stands_beside_its_cell_whatever_rows_are_empty(visit: Visit) -> None:
    page = visit.open("worksheets/describe-a-table")
    third = page.locator("[data-kind=table] .row").nth(2)
    third.get_by_label("Column", exact=True).fill("calls")
    assert "Columns, number 1, What it means: Say what the column means." in check(page)
    assert words_of(third.locator(".error:not([hidden])").text_content() or "") == "To mend: Say what the column means."


def test_a_saved_file_is_opened_again_and_what_does_not_fit_is_named(visit: Visit, tmp_path: Path) -> None:
    page, example = visit.open("worksheets/metadata-record"), example_of("metadata-record")
    file = tmp_path / "mine.json"
    said = page.locator("[data-opened]")
    for content, told in (
        (example, "mine.json is open."),
        (example | {"category": "Phones", "extra": 1}, "Look again at these, which the form cannot show as they were: Category, extra."),
        (example_of("citation"), "mine.json belongs to another worksheet: citation. Open it there."),
        ([1], "mine.json is no saved worksheet."),
    ):  # fmt: skip
        file.write_text(json.dumps(content), encoding="utf-8")
        page.get_by_label("Open a saved file").set_input_files(file)
        expect(said).to_contain_text(told)
        if content is example:
            assert json.loads(downloaded(page, "Download as JSON")) == example


def test_a_draft_is_kept_only_by_those_who_want_it(visit: Visit) -> None:
    page = visit.open("worksheets/citation")
    keys = "Object.keys(localStorage)"
    page.once("dialog", lambda dialog: dialog.accept())  # The browser asks before answers are lost.
    page.get_by_label("Author").fill("Department of Examples")
    assert page.evaluate(keys) == []
    page.get_by_label("Keep my draft in this browser").check()
    page.get_by_label("Author").fill("Department of Other Examples")
    page.reload()
    assert page.get_by_label("Author").input_value() == "Department of Other Examples"
    assert page.get_by_label("Keep my draft in this browser").is_checked()
    page.get_by_label("Keep my draft in this browser").uncheck()
    assert page.evaluate(keys) == []
    page.get_by_label("Keep my draft in this browser").check()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Clear").click()
    assert page.get_by_label("Author").input_value() == "" and page.evaluate(keys) == []


def test_nothing_is_loaded_before_it_is_needed_and_then_it_works_without_a_network(visit: Visit) -> None:
    page = visit.open("worksheets/citation")
    page.wait_for_load_state("networkidle")
    assert not [asked for asked in visit.asked if "/lite/" in asked]
    check(page)
    assert not [asked for asked in visit.asked if "pandas" in asked or "numpy" in asked]
    visit.context.set_offline(True)
    page.get_by_label("Author").fill("Department of Examples")
    assert not [sentence for sentence in check(page) if sentence.startswith("Author")]
    assert "Department of Examples" in downloaded(page, "Download as Markdown")


def test_a_check_that_does_not_work_says_so_and_starts_at_the_next_press(visit: Visit) -> None:
    page = visit.page
    page.route("**/lite/toolkit.js", lambda route: route.abort())
    visit.open("worksheets/citation")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator(".progress")).to_contain_text(
        "The check did not work this time. Your answers are still here", timeout=PATIENCE
    )
    page.unroute("**/lite/toolkit.js")
    assert check(page) == faults({"worksheet": "citation"}, schema_of("citation"))


def test_the_questions_are_all_there_without_javascript_and_nothing_can_be_sent(
    chromium: Browser, address: str
) -> None:
    with Visit(chromium, address, java_script_enabled=False, viewport=PHONE) as visit:
        page = visit.open("worksheets/describe-a-table")
        for question in schema_of("describe-a-table")["properties"].values():
            if "const" not in question:
                assert page.get_by_text(question["description"]).first.is_visible()
        assert page.get_by_role("button", name="Check", exact=True).count() == 0
        before = page.url
        page.get_by_label("Agency").fill("Department of Examples")
        page.get_by_label("Agency").press("Enter")
        assert page.url == before and page.get_by_label("Agency").input_value() == "Department of Examples"


def test_the_lists_have_no_barrier_and_the_paper_form_shows_every_choice(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, viewport=NARROW) as visit:
        for name in ("worksheets/index", "resources"):
            page = visit.open(name)
            assert barriers(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        page = visit.open("worksheets/metadata-record")
        page.emulate_media(media="print")
        categories = page.locator("[data-field=category] .paper li")
        assert categories.first.is_visible() and categories.count() == 10
        assert not page.get_by_role("button", name="Check", exact=True).is_visible()
        assert page.get_by_label("Title").is_visible()


# -- the self-assessment ------------------------------------------------------------------------------------------------


def test_ten_answers_lead_to_a_path_and_leave_the_page_never(visit: Visit) -> None:
    page = visit.open("self-assessment")
    page.set_viewport_size(NARROW)
    show = page.get_by_role("button", name="Show where I stand")
    questions = page.locator("[data-field]")
    for place in range(questions.count() - 1):
        # By keyboard: into the group, and to its second answer.
        questions.nth(place).get_by_role("radio").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
    show.click()
    summary = page.locator(".summary:not([hidden])")
    expect(summary).to_contain_text("One question has no answer yet", timeout=PATIENCE)
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(questions.last.get_by_role("radio").first).to_be_focused()
    assert barriers(page) == []
    page.keyboard.press("Space")
    visit.asked.clear()
    show.click()
    expect(summary).to_contain_text("Growing: 9 of 30 points", timeout=PATIENCE)
    path = summary.get_by_role("link", name="Everyone")
    assert path.get_attribute("href") == "paths/everyone.html"
    assert summary.get_by_role("link", name="Count towns").get_attribute("href") == "lessons/count-towns.html"
    assert not visit.asked
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.emulate_media(media="print")
    assert summary.is_visible() and not show.is_visible()


def test_points_can_be_counted_by_hand_without_javascript(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, java_script_enabled=False, viewport=PHONE) as visit:
        page = visit.open("self-assessment")
        assert not page.get_by_role("button", name="Show where I stand").is_visible()
        page.get_by_text("Count your points by hand").click()
        assert page.get_by_role("row", name="8 to 15").is_visible()
        assert page.get_by_text("these lessons help").is_visible()
