"""The book, built from two small lessons with the real configuration, look and pages, and read in a real browser."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, Playwright

from academy.site.book import BookFailed, build_book
from academy.site.pages import MissingPage
from academy.site.policy import book_policy
from autograder.notebook import publish, read_curriculum, read_lesson
from tests.site.served_book import served

ROOT = Path(__file__).parents[2]
FIXTURES = Path(__file__).parent / "fixtures"

PAGES = ("index", "lessons/count-towns", "lessons/chart-towns", "glossary", "help", "how-it-works", "for-trainers")
PAGES += ("for-managers", "about", "accessibility", "privacy", "search")
PAGES += ("paths/index", "paths/everyone", "tracks/foundations", "self-assessment")
ELSEWHERE = {"practice", "downloads", "my", "team", "cohorts", "sign-in", "surveys", "assignments", "verify"}
"""Parts of the site that the book leads to and others make."""


class Project:
    """A project of its own in a temporary folder: this one's book and glossary, and the lessons of the fixtures."""

    def __init__(self, root: Path) -> None:
        self.root, self.pages, self.site = root, root / "build" / "pages", root / "build" / "site"
        shutil.copytree(ROOT / "book", root / "book")
        for name in ("_config.yml", "_toc.yml", "lessons/glossary.yml", "autograder/outcomes.yml"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, root / name)
        shutil.copytree(FIXTURES / "lessons", root / "lessons", dirs_exist_ok=True)
        shutil.copytree(FIXTURES / "datasets", root / "datasets")
        survey = (ROOT / "surveys" / "data-literacy.yml").read_text(encoding="utf-8")
        (root / "surveys").mkdir()
        own_lessons = re.sub(r"lessons: \[.*\]", "lessons: [count-towns]", survey)
        (root / "surveys" / "data-literacy.yml").write_text(own_lessons, encoding="utf-8")
        self.publish_lessons()

    def publish_lessons(self) -> None:
        self.pages.mkdir(parents=True, exist_ok=True)
        curriculum = read_curriculum(self.root / "lessons")
        for slug in curriculum.lessons:
            lesson = read_lesson(curriculum.folder / slug, curriculum.glossary)
            executed = nbformat.read(FIXTURES / "executed" / f"{slug}.ipynb", as_version=4)
            (self.pages / f"{slug}.ipynb").write_text(nbformat.writes(publish(lesson, executed)), encoding="utf-8")

    def build(self) -> None:
        build_book(self.root, self.pages, self.site)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def times(self) -> dict[str, int]:
        return {path.relative_to(self.site).as_posix(): path.stat().st_mtime_ns for path in self.site.rglob("*.html")}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("book"))
    project.build()
    return project


@pytest.fixture
def own(built: Project, tmp_path: Path) -> Project:
    """A built project that a test may spoil."""
    shutil.copytree(built.root, tmp_path / "own", symlinks=True)
    project = Project.__new__(Project)
    project.root = tmp_path / "own"
    project.pages, project.site = project.root / "build" / "pages", project.root / "build" / "site"
    return project


def read(project: Project, page: str) -> BeautifulSoup:
    return BeautifulSoup((project.site / f"{page}.html").read_text(encoding="utf-8"), "html.parser")


def words(element: Any) -> str:
    return " ".join(element.get_text(" ").split())


# -- what stops a build ----------------------------------------------------------------------------------------------


def test_a_book_with_faults_is_not_built_and_each_fault_is_named_with_its_page(own: Project) -> None:
    before = own.times()
    own.edit("book/about.md", "# About this project\n", "# About this project\n\n[gone](no-such-page.md)\n")
    own.edit("book/privacy.md", "# Privacy\n", "# Privacy\n\n[a word](glossary:no-such-word)\n\n![](look/logo.svg)\n")
    page = nbformat.read(own.pages / "chart-towns.ipynb", as_version=4)
    [chart] = [cell for cell in page.cells if "mystnb" in cell.metadata]
    del chart.metadata["mystnb"]
    page.cells.append(nbformat.v4.new_code_cell("figure", outputs=[_figure_without_picture()]))
    nbformat.write(page, own.pages / "chart-towns.ipynb")

    with pytest.raises(BookFailed) as failure:
        own.build()
    text = str(failure.value)
    assert re.search(r"about\.md:3: WARNING: .*no-such-page\.md", text)
    assert re.search(r"privacy\.md:3: WARNING: .*term-no-such-word", text)
    assert re.search(r"privacy\.md:5: WARNING: This picture has no text alternative", text)
    assert re.search(r"lessons/chart-towns\.ipynb, cell 2, line \d+: WARNING: This picture has no text", text)
    assert re.search(r"lessons/chart-towns\.ipynb.*WARNING: A cell made a figure, but its picture was not kept", text)
    assert str(own.root) not in text
    assert own.times() == before, "a failed build must leave the site as it was"

    # Sphinx does not repeat a warning about a page that it has read: the fault must not slip through the second time.
    with pytest.raises(BookFailed, match="no-such-page"):
        own.build()


def _figure_without_picture() -> nbformat.NotebookNode:
    return nbformat.v4.new_output("display_data", data={"text/plain": "<Figure size 600x250 with 1 Axes>"})


def test_a_lesson_without_its_page_is_named(own: Project) -> None:
    (own.pages / "chart-towns.ipynb").unlink()
    with pytest.raises(MissingPage, match=r"(?s)chart-towns.*academy build"):
        own.build()


# -- building again --------------------------------------------------------------------------------------------------


def test_an_edited_word_rebuilds_its_page_alone_and_takes_seconds(own: Project) -> None:
    own.build()
    sphinx = own.site.parent / "_build" / "html"
    before = {path: path.stat().st_mtime_ns for folder in (own.site, sphinx) for path in folder.rglob("*.html")}
    own.edit("book/about.md", "Free and open software, all of it", "Open software, all of it")
    start = processor_seconds()
    own.build()
    assert processor_seconds() - start < 10
    changed = {path for path, when in before.items() if path.stat().st_mtime_ns != when}
    # Sphinx writes the search page, and the home page as the parent of all, each time; the site keeps those it has.
    assert changed - {sphinx / "search.html", sphinx / "index.html"} == {own.site / "about.html", sphinx / "about.html"}
    assert "Open software, all of it" in words(read(own, "about"))


def processor_seconds() -> float:
    """Of this process and those it started: what a busy machine does not change."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def test_the_build_leaves_alone_what_others_put_into_the_site_and_takes_away_a_lesson_that_is_gone(
    own: Project,
) -> None:
    for name in ("lite/index.html", "practice/count-towns.html", "downloads/count-towns.zip"):
        (own.site / name).parent.mkdir(exist_ok=True)
        (own.site / name).write_text("theirs")
    shutil.rmtree(own.root / "lessons" / "chart-towns")
    (own.pages / "chart-towns.ipynb").unlink()
    own.edit("lessons/curriculum.yml", "  - chart-towns\n", "")
    own.edit(
        "lessons/curriculum.yml",
        "planned:\n",
        "planned:\n  - {slug: chart-towns, track: communicate, title: Chart towns}\n",
    )
    own.build()
    assert not (own.site / "lessons" / "chart-towns.html").exists()
    assert {path.name for path in own.site.rglob("*") if path.is_file() and path.read_bytes() == b"theirs"} == {
        "index.html",
        "count-towns.html",
        "count-towns.zip",
    }
    assert "Chart towns still to come" in words(read(own, "index"))


# -- what the pages say ----------------------------------------------------------------------------------------------


def test_the_home_page_has_three_doors(built: Project) -> None:
    doors = read(built, "index").select("#where-to-start > section")
    assert [(words(door.h3), words(door.a), door.a["href"]) for door in doors] == [
        ("I work for the state", "Start lesson 01", "lessons/count-towns.html"),
        ("I train others", "Run a workshop", "for-trainers.html"),
        ("I lead a team", "See your team", "team/"),
    ]


def test_the_home_page_lists_every_lesson_by_track_and_marks_those_still_to_come(built: Project) -> None:
    tracks = read(built, "index").select("#the-lessons > section")
    assert [(words(track.h3), [words(lesson) for lesson in track.find_all("li")]) for track in tracks] == [
        ("Foundations", ["Count towns 50 minutes"]),
        ("Communicate", ["Chart towns 45 minutes", "Share and link data still to come"]),
    ]


def test_a_lesson_says_what_it_takes_and_leads_to_the_browser_and_the_download(built: Project) -> None:
    start = read(built, "lessons/chart-towns").select_one(".lesson-start")
    assert {words(link): link["href"] for link in start.select(".actions a")} == {
        "Start the lesson": "../practice/chart-towns.html",
        "Download the notebook": "../downloads/chart-towns.zip",
    }
    assert [words(fact) for fact in start.select(".facts li")] == [
        "Time: 45 minutes",
        "Points: 1, in 1 graded task",
        "Before this: Count towns",
        "Data: Population of eight Connecticut towns, 2010",
    ]
    assert "Draw a bar chart with a title" in words(start)


def test_a_task_is_framed_from_its_prompt_to_its_check_and_can_be_linked_to(built: Project) -> None:
    page = read(built, "lessons/count-towns")
    code, text = page.select(".task")
    assert words(code.h3) == "Task 1. The largest town (2 points)"
    assert words(code.select_one(".tag_task-answer")) == "largest_town = ..."
    assert words(code.select_one("details.check > summary")) == "How this answer is checked"
    assert "quotation marks" in words(code.select_one("details.check"))
    assert words(text.select_one(".task-review")).startswith("Write your answer here")
    assert (code["id"], text["id"]) == ("task-largest-town", "task-my-agency")
    below = page.find(string=re.compile("belongs to no task"))
    assert below and below.find_parent(class_="task") is None


def test_a_lesson_page_holds_the_outputs_of_examples_but_no_solution(built: Project) -> None:
    page = read(built, "lessons/count-towns")
    assert "The average town has 77,493 people." in words(page)
    everything = "".join(
        path.read_text(encoding="utf-8") for path in built.site.rglob("*") if path.suffix in (".html", ".js")
    )
    for secret in ("sort_values(", "Sort by population and look", "One row stands for one request", "canary"):
        assert secret not in everything


def test_tables_have_headers_with_names_and_scopes(built: Project) -> None:
    table = read(built, "lessons/count-towns").select_one("table.dataframe")
    assert [(words(header), header["scope"]) for header in table.select("thead th")] == [
        ("town", "col"),
        ("planning_region", "col"),
        ("population_2010", "col"),
    ]
    assert {header["scope"] for header in table.select("tbody th")} == {"row"}
    assert [words(cell) for cell in table.select("td.number")] == ["124775", "144229", "854", "40115"]
    assert table.parent["class"] == ["scrolls"]


def test_every_picture_has_the_text_that_its_author_wrote(built: Project) -> None:
    picture = read(built, "lessons/chart-towns").select_one(".cell_output img")
    assert picture["alt"].startswith("Bar chart of three towns by population in 2010")
    for page in PAGES:
        assert all("alt" in image.attrs for image in read(built, page).find_all("img"))


def test_the_glossary_has_every_word_under_its_lasting_anchor(built: Project) -> None:
    page = read(built, "glossary")
    glossary = yaml.safe_load((ROOT / "lessons" / "glossary.yml").read_text(encoding="utf-8"))
    for id, term in glossary["terms"].items():
        anchor = page.find(id=f"term-{id}")
        assert anchor is not None, id
        section = anchor if anchor.name == "section" else anchor.find_parent("section")
        assert words(section.h2) == term["term"]
        shown = _plain(words(section))
        assert _plain(term["plain"]) in shown
        assert _plain(term.get("definition", "")) in shown
        assert shown.count("Source:") == len(term.get("sources", ()))


def _plain(text: str) -> str:
    """Without what the page sets in its own way: curly quotes, markup, line ends."""
    return re.sub(r"[“”‘’\"'*`_]|\s", "", text)


def test_the_help_page_explains_every_outcome_of_grading(built: Project) -> None:
    page = read(built, "help")
    outcomes = yaml.safe_load((ROOT / "autograder" / "outcomes.yml").read_text(encoding="utf-8"))
    for code, outcome in outcomes.items():
        anchor = page.find(id=f"outcome-{code}")
        assert anchor is not None, code
        section = anchor if anchor.name == "section" else anchor.find_parent("section")
        assert _plain(outcome["help"]) in _plain(words(section))
        assert "{" not in words(section.h3)


def test_every_link_to_a_page_or_a_place_of_the_book_leads_somewhere(built: Project) -> None:
    anchors = {page: {tag["id"] for tag in read(built, page).find_all(id=True)} for page in PAGES}
    for page in PAGES:
        for link in read(built, page).find_all("a", href=True):
            path, _, place = link["href"].partition("#")
            path = path.partition("?")[0]
            if "//" in path:
                continue
            target = ((built.site / page).parent / path).resolve() if path else built.site / f"{page}.html"
            name = target.relative_to(built.site.resolve() if path else built.site).as_posix()
            if name.split("/")[0] in ELSEWHERE:
                continue
            assert target.is_file(), f"{page} links to {link['href']}"
            assert not place or place in anchors[name.removesuffix(".html")], f"{page} links to {link['href']}"


# -- what a page may load --------------------------------------------------------------------------------------------


def test_nothing_is_loaded_from_another_host(built: Project) -> None:
    for path in built.site.rglob("*"):
        if path.suffix == ".html":
            page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
            loaded = [
                tag.get("src") or tag.get("href") for tag in page.select("[src], link[href], object, embed, iframe")
            ]
            assert loaded and not [address for address in loaded if "//" in (address or "")], path.name
        elif path.suffix == ".css":
            assert not re.search(r"(url\(|@import)\s*['\"]?\s*(https?:)?//", path.read_text(encoding="utf-8")), (
                path.name
            )


def test_no_page_has_a_script_or_a_handler_of_its_own(built: Project) -> None:
    for path in built.site.rglob("*.html"):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        own = [script for script in page.find_all("script") if not script.get("src")]
        # Data that a script reads are no script.
        assert not [script for script in own if script.get("type") != "application/json"], path.name
        assert not [tag for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)], path.name
    assert "sha256" not in book_policy(built.site)


def test_a_page_is_light(built: Project) -> None:
    page = read(built, "lessons/count-towns")
    files = [
        tag.get("src") or tag.get("href") for tag in page.select("script[src], link[rel=stylesheet], link[rel=icon]")
    ]
    size = sum((built.site / "lessons" / file.partition("?")[0]).stat().st_size for file in files)
    assert size < 60_000, f"{size} bytes beside the page itself"


# -- in a real browser -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=[*options, "--no-first-run", "--disable-sync"]
    )
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def address(built: Project) -> Iterator[str]:
    with served(built.site) as address:
        yield address


class Visit:
    """An open page that remembers what the browser complained of and whom it asked."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.address = address
        self.complaints: list[str] = []
        self.asked: set[str] = set()
        self.page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.add(request.url))

    def open(self, page: str) -> Page:
        self.page.goto(f"{self.address}/{page}.html")
        return self.page

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 720}


@pytest.mark.parametrize(("size", "colors"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"])
def test_no_page_has_a_serious_barrier_for_people_with_disabilities(
    chromium: Browser, address: str, size: dict[str, int], colors: str
) -> None:
    with Visit(chromium, address, viewport=size, color_scheme=colors) as visit:
        for name in PAGES:
            page = visit.open(name)
            found = Axe().run(page).response["violations"]
            serious = [
                (rule["id"], [node["html"] for node in rule["nodes"]])
                for rule in found
                if rule["impact"] in ("serious", "critical")
            ]
            assert not serious, f"{name}: {json.dumps(serious, indent=1)}"
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{name} is too wide"


def test_the_policy_holds_and_nobody_else_is_asked(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, viewport=DESKTOP) as visit:
        for name in PAGES:
            visit.open(name)
        assert visit.complaints == []
        assert {asked for asked in visit.asked if not asked.startswith(f"{address}/")} == set()


def test_a_script_that_slips_into_a_page_is_refused(chromium: Browser, address: str) -> None:
    with Visit(chromium, address) as visit:
        page = visit.open("about")
        page.evaluate(
            "const script = document.createElement('script'); script.textContent = 'window.slipped = true'; "
            "document.body.append(script)"
        )
        assert page.evaluate("window.slipped") is None
        assert any("Content Security Policy" in complaint for complaint in visit.complaints)


def test_a_reader_finds_a_lesson_by_searching(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, viewport=DESKTOP) as visit:
        page = visit.open("index")
        page.get_by_role("searchbox", name="Search the lessons").fill("Bridgeport")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="Chart towns").and_(page.locator("#search-results a")).click()
        page.wait_for_url("**/lessons/chart-towns.html*")
        assert visit.complaints == []


def test_the_way_to_the_browser_lesson_can_be_walked_with_the_keyboard(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, viewport=DESKTOP) as visit:
        page = visit.open("lessons/count-towns")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == "Start the lesson":
                break
        assert page.evaluate("document.activeElement.getAttribute('href')") == "../practice/count-towns.html"


def test_the_choice_of_dark_colors_is_kept_from_page_to_page(chromium: Browser, address: str) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    with Visit(chromium, address, color_scheme="light") as visit:
        page = visit.open("about")
        day = page.evaluate(paper)
        page.get_by_label("Colors").select_option("Dark")
        night = page.evaluate(paper)
        assert night != day
        assert visit.open("privacy").evaluate(paper) == night
        page.get_by_label("Colors").select_option("Match my device")
        assert page.evaluate(paper) == day


def test_the_lessons_can_be_read_without_javascript(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, java_script_enabled=False, viewport=PHONE) as visit:
        page = visit.open("lessons/count-towns")
        page.get_by_text("How this answer is checked").click()
        assert page.get_by_text("Give the name of the town as text").is_visible()
        page.get_by_role("link", name="All pages").click()
        page.get_by_role("link", name="Privacy").first.click()
        assert page.get_by_role("heading", name="Privacy").is_visible()
