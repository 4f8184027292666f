"""The path of the three users: a newcomer does a lesson in the browser, and a manager sees that it was done."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from autograder.notebook import Lesson, read_curriculum, read_lesson, regions
from autograder.notebook.lesson import Cell, Role

from .conftest import ROOT, Academy, Visitor

SLUG = "read-a-table"
IN_OWN_WORDS = "a big daily table of bus trips: one row is one trip"
FIRST_RUN = 90_000
"""Milliseconds for Python to start in the browser and run the first cell, on a slow machine."""


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    lessons = ROOT / "lessons"
    return read_lesson(lessons / SLUG, read_curriculum(lessons).glossary)


class Notebook:
    """The lesson's notebook in its frame, as a person uses it: click, type, Shift and Enter."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frame: FrameLocator = page.frame_locator("#notebook")
        self.cells = self.frame.locator(".jp-Notebook .jp-Cell")

    def run(self, number: int) -> None:
        """Run a code cell and wait until it has run."""
        cell = self.cells.nth(number)
        cell.scroll_into_view_if_needed()
        cell.locator(".jp-InputPrompt").first.click()
        self.page.keyboard.press("Shift+Enter")
        expect(cell.locator(".jp-InputPrompt").first).to_have_text(re.compile(r"\[\d+\]"), timeout=FIRST_RUN)

    def type_into(self, number: int, text: str) -> None:
        editor = self.cells.nth(number).locator(".cm-content")
        editor.scroll_into_view_if_needed()
        editor.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def write_text(self, number: int, words: str) -> None:
        """Double-click a text, and type at once: nothing but the text may change."""
        cell, before = self.cells.nth(number), self.cells.count()
        cell.scroll_into_view_if_needed()
        cell.dblclick()
        self.page.wait_for_timeout(500)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(words)
        self.page.keyboard.press("Shift+Enter")
        expect(cell).to_contain_text(words)
        assert self.cells.count() == before

    def said(self, number: int) -> str:
        return self.cells.nth(number).locator(".jp-OutputArea").inner_text()


def positions(lesson: Lesson) -> dict[str, int]:
    """The place of each of the lesson's cells in the learner's notebook, which has one more cell near its start."""
    return {cell.id: number + (1 if number else 0) for number, cell in enumerate(lesson.cells)}


def answer(cell: Cell) -> str:
    """The answer cell as a learner leaves it who gives the right answer."""
    lines = cell.source.splitlines()
    return "\n".join(line for line in lines if line not in (regions.SOLUTION.begin, regions.SOLUTION.end))


def test_a_newcomer_learns_submits_and_is_seen_by_the_manager(
    visitor: Visitor, lesson: Lesson, chromium: Browser, academy: Academy, capsys: pytest.CaptureFixture[str]
) -> None:
    page = visitor.page
    page.goto("/")
    page.get_by_role("link", name="Start lesson 01").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(lesson.title)
    expect(page.get_by_text(lesson.question.split(".")[0]).first).to_be_visible()
    started = time.monotonic()
    page.get_by_role("link", name="Start the lesson").first.click()

    # Signed out, the notebook works all the same.
    notebook = Notebook(page)
    places = positions(lesson)
    first = next(cell for cell in lesson.cells if cell.role is Role.WORKED)
    expect(notebook.cells.nth(places[first.id])).to_be_visible(timeout=FIRST_RUN)
    visible = time.monotonic() - started
    notebook.run(places[first.id])
    ran = time.monotonic() - started
    assert "169 rows" in notebook.said(places[first.id])
    with capsys.disabled():
        print(f"\n      cells visible after {visible:.1f} s, first cell run after {ran:.1f} s")

    # A wrong answer gets a sentence, not a traceback.
    task = next(task for task in lesson.tasks if not task.manual)
    notebook.type_into(places[task.id], f"{task.answers[0]} = 12345")
    notebook.run(places[task.id])
    notebook.run(places[f"{task.id}-check"])
    assert "Not yet." in notebook.said(places[f"{task.id}-check"])
    assert "Traceback" not in notebook.said(places[f"{task.id}-check"])

    # Run all runs all, although nothing is answered yet.
    last = next(cell for cell in reversed(lesson.cells) if cell.role is Role.CHECK)
    notebook.frame.get_by_role("button", name="Run all").click()
    expect(notebook.cells.nth(places[last.id])).to_contain_text("Not yet.", timeout=FIRST_RUN)

    for cell in lesson.cells:
        if cell.role is Role.REVIEW:
            notebook.write_text(places[cell.id], IN_OWN_WORDS)
        if cell.role is Role.ANSWER:
            notebook.type_into(places[cell.id], answer(cell))
        if cell.is_code:
            notebook.run(places[cell.id])
            assert "Not yet." not in notebook.said(places[cell.id])

    # Handing in asks to sign in first, and the work is still there afterwards.
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("status")).to_contain_text("Sign in", timeout=FIRST_RUN)
    visitor.sign_in("learner")
    page.goto("/my/")
    mine = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=lesson.title))
    expect(mine).not_to_contain_text("Complete")
    page.goto(f"/practice/{SLUG}.html")
    expect(page.get_by_role("status")).to_contain_text("Your answers are back", timeout=FIRST_RUN)
    notebook.frame.get_by_role("button", name="Run all").click()
    # The numbers of the runs came back with the answers; Python, started afresh, counts from 1 again.
    run = sum(cell.is_code for cell in lesson.cells[: lesson.cells.index(last) + 1])
    expect(notebook.cells.nth(places[last.id]).locator(".jp-InputPrompt").first).to_have_text(
        re.compile(rf"\[{run}\]"), timeout=FIRST_RUN
    )
    # F6 is the way out of the notebook for a keyboard.
    page.keyboard.press("F6")
    expect(page.get_by_role("button", name="Submit")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(
        f"{lesson.possible} of {lesson.possible} points", timeout=FIRST_RUN
    )

    page.goto("/my/")
    expect(mine).to_contain_text("Complete")
    name = page.evaluate("async () => (await (await fetch('/api/session')).json()).name")
    page.get_by_role("link", name="Latest result").click()
    expect(page.get_by_role("main")).to_contain_text(f"{lesson.possible} of {lesson.possible} points")
    expect(page.get_by_role("main")).to_contain_text(IN_OWN_WORDS)
    assert visitor.errors == []

    manager = Visitor(chromium, academy)
    manager.sign_in("manager")
    manager.page.goto("/team/")
    expect(manager.page.get_by_role("row").filter(has_text=name)).to_contain_text("Complete")
    # What the learner wrote is not the manager's to read.
    assert IN_OWN_WORDS not in manager.page.content()
    assert manager.strayed == []
    manager.context.close()


def test_the_lesson_page_leads_to_the_download_that_counts_the_same(
    visitor: Visitor, lesson: Lesson, tmp_path: Path
) -> None:
    page = visitor.page
    visitor.sign_in("learner")
    page.goto(f"/lessons/{SLUG}.html")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the notebook").first.click()
    download.value.save_as(tmp_path / "lesson.zip")
    import zipfile

    with zipfile.ZipFile(tmp_path / "lesson.zip") as archive:
        archive.extractall(tmp_path)
    page.goto(f"/my/lessons/{SLUG}/")
    page.get_by_label(re.compile("notebook", re.IGNORECASE)).set_input_files(tmp_path / SLUG / f"{SLUG}.ipynb")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("main")).to_contain_text(f"0 of {lesson.possible} points", timeout=FIRST_RUN)
