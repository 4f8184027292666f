"""The pages of paths and tracks, and the way along a path: with many lessons, and with the one that a project starts with."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import nbformat
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup, Tag
from jinja2 import Environment, FileSystemLoader
from playwright.sync_api import Browser, Page

from academy.site.paths import duration_text
from autograder.notebook import publish, read_curriculum, read_lesson
from tests.site.served_book import served
from tests.site.test_book import DESKTOP, ELSEWHERE, FIXTURES, PHONE, ROOT, Project, Visit, chromium, read, words

__all__ = ["chromium"]  # a fixture of this module too

MANY = yaml.safe_load((FIXTURES / "many-lessons.yml").read_text(encoding="utf-8"))
PATHS = [path["id"] for path in MANY["paths"]]
TRACKS = [track["id"] for track in MANY["tracks"]]
PAGES = ["index", "paths/index", *(f"paths/{id}" for id in PATHS), *(f"tracks/{id}" for id in TRACKS)]
PAGES += [f"lessons/{slug}" for slug in MANY["lessons"]]


class ManyLessons(Project):
    """A project of the curriculum many-lessons.yml."""

    def publish_lessons(self) -> None:
        source = (self.root / "lessons" / "count-towns" / "lesson.md").read_text(encoding="utf-8")
        _, header, body = source.split("---\n", 2)
        for slug in ("count-towns", "chart-towns"):
            shutil.rmtree(self.root / "lessons" / slug)
        facts = yaml.safe_load(header)
        for slug, own in MANY["written"].items():
            (self.root / "lessons" / slug).mkdir()
            text = yaml.safe_dump(facts | {"lesson": facts["lesson"] | own}, sort_keys=False)
            named = body.replace("# Count towns", f"# {own['title']}", 1)
            (self.root / "lessons" / slug / "lesson.md").write_text(f"---\n{text}---\n{named}", encoding="utf-8")
        self.set_curriculum({name: part for name, part in MANY.items() if name != "written"})
        self.edit("surveys/data-literacy.yml", "count-towns", "read")
        self.pages.mkdir(parents=True)
        curriculum = read_curriculum(self.root / "lessons")
        executed = nbformat.read(FIXTURES / "executed" / "count-towns.ipynb", as_version=4)
        for slug in curriculum.lessons:
            lesson = read_lesson(curriculum.folder / slug, curriculum.glossary)
            (self.pages / f"{slug}.ipynb").write_text(nbformat.writes(publish(lesson, executed)), encoding="utf-8")

    def set_curriculum(self, curriculum: dict[str, Any]) -> None:
        (self.root / "lessons" / "curriculum.yml").write_text(yaml.safe_dump(curriculum), encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ManyLessons:
    project = ManyLessons(tmp_path_factory.mktemp("paths"))
    project.build()
    return project


@pytest.fixture(scope="module")
def address(built: ManyLessons) -> Iterator[str]:
    with served(built.site) as address:
        yield address


def facts(page: BeautifulSoup) -> list[str]:
    return [words(fact) for fact in page.select(".facts li")]


def ways(project: Project, slug: str, path: str) -> list[Tag]:
    return read(project, f"lessons/{slug}").select(f'nav[data-path="{path}"]')


# -- a path's page ---------------------------------------------------------------------------------------------------


def test_a_path_says_before_anyone_starts_for_whom_it_is_what_it_holds_and_how_long_it_takes(
    built: ManyLessons,
) -> None:
    page = read(built, "paths/manager")
    assert words(page.h1) == "Path: Manager"
    assert words(page.select_one(".lead")) == "Ask good questions of data."
    assert facts(page) == [
        "For: People who lead a team or a program, and decide with the help of data that others prepare.",
        "What is there: 6 lessons: 3 ready, 3 still to come",
        "Time: 2 hours 15 minutes for the lessons that are ready",
        "Also needed, before lesson 4: Find good data",
    ]
    assert facts(read(built, "paths/everyone"))[1:] == [
        "What is there: 4 lessons: all ready",
        "Time: 3 hours 30 minutes",
        "Before you start: nothing. You need no other lesson first",
    ]


def test_a_path_lists_its_lessons_in_order_with_time_question_and_what_comes_before(built: ManyLessons) -> None:
    question = "How many people live in a typical Connecticut town, and which town is the largest?"
    listed = read(built, "paths/manager").select_one("#the-lessons-in-order > ol").find_all("li", recursive=False)
    assert [words(lesson) for lesson in listed] == [
        f"Read a table 50 minutes {question} Before this: nothing",
        "Tell a story still to come",
        "Use AI still to come",
        f"Draw a chart 55 minutes {question} Before this: Read a table, Find good data",
        f"Measure what works 30 minutes {question} Before this: Draw a chart",
        "Share and link data still to come",
    ]


def test_a_path_links_the_lessons_that_are_ready_and_no_others(built: ManyLessons) -> None:
    for id in PATHS:
        [path] = [path for path in MANY["paths"] if path["id"] == id]
        links = [link["href"] for link in read(built, f"paths/{id}").select("#the-lessons-in-order a")]
        ready = [slug for slug in path["lessons"] if slug in MANY["lessons"]]
        assert links == [f"../lessons/{slug}.html?path={id}" for slug in ready]


def test_a_path_says_where_to_start(built: ManyLessons) -> None:
    start = read(built, "paths/everyone").select_one("#where-to-start")
    assert (words(start.a), start.a["href"]) == ("Start with lesson 01", "../lessons/read.html?path=everyone")
    late = read(built, "paths/maps").select_one("#where-to-start")
    assert "The first lesson of this path is still to come" in words(late)
    assert (words(late.a), late.a["href"]) == ("Start with lesson 05", "../lessons/publish.html?path=maps")


def test_a_path_of_which_nothing_is_ready_says_so_and_leads_to_the_others(built: ManyLessons) -> None:
    page = read(built, "paths/new-hire")
    assert facts(page)[1:3] == [
        "What is there: 2 lessons: none ready, 2 still to come",
        "Time: not known until the first lesson is ready",
    ]
    start = page.select_one("#where-to-start")
    assert "No lesson of this path is ready yet" in words(start)
    assert start.a["href"] == "index.html"


@pytest.mark.parametrize(
    ("minutes", "text"), [(50, "50 minutes"), (60, "1 hour"), (61, "1 hour 1 minute"), (190, "3 hours 10 minutes")]
)
def test_time_is_told_in_hours_and_minutes(minutes: int, text: str) -> None:
    assert duration_text(minutes) == text


def test_every_path_of_the_curriculum_says_for_whom_it_is() -> None:
    parts = Environment(loader=FileSystemLoader(ROOT / "book" / "parts"))
    said = parts.get_template("path-words.md.jinja").module.for_whom
    assert set(said) == {path.id for path in read_curriculum(ROOT / "lessons").paths}


# -- a track's page --------------------------------------------------------------------------------------------------


def test_a_track_lists_its_lessons_with_number_time_question_and_objectives(built: ManyLessons) -> None:
    page = read(built, "tracks/govern")
    assert words(page.h1) == "Track: Govern"
    assert facts(page) == [
        "What is there: 3 lessons: 2 ready, 1 still to come",
        "Time: 1 hour 40 minutes for the lessons that are ready",
    ]
    protect, publish, planned = page.select("#lessons-on-this-theme > section")
    assert [words(lesson.h3) for lesson in (protect, publish)] == [
        "Lesson 04: Protect people",
        "Lesson 05: Publish totals",
    ]
    assert protect.a["href"] == "../lessons/protect.html"
    assert "60 minutes How many people live in a typical Connecticut town" in words(protect)
    assert [words(objective) for objective in protect.find_all("li")] == [
        "Say what one row of a table stands for",
        "Sort a table and read its first row",
    ]
    assert [words(lesson) for lesson in planned.find_all("li")] == ["Share and link data still to come"]
    assert planned.a is None


def test_a_track_of_which_nothing_is_ready_lists_what_will_come(built: ManyLessons) -> None:
    lessons = read(built, "tracks/tools").select_one("#lessons-on-this-theme")
    assert [words(lesson) for lesson in lessons.find_all("li")] == [
        "Use AI still to come",
        "Go on to SQL still to come",
    ]
    assert lessons.a is None


# -- choosing, and getting there -------------------------------------------------------------------------------------


def test_the_page_of_paths_and_tracks_says_for_whom_each_path_is_and_where_a_newcomer_begins(
    built: ManyLessons,
) -> None:
    page = read(built, "paths/index")
    assert words(page.h1) == "Paths and tracks"
    assert "Not sure? Answer ten questions and see which one fits you. Or take the path Everyone" in words(page)
    paths, tracks = page.select("article > section > section")
    assert [section.h3.a["href"] for section in paths.find_all("section")] == [f"{id}.html" for id in PATHS]
    assert "People who lead a team or a program" in words(paths)
    assert [link["href"] for link in tracks.find_all("a")] == [f"../tracks/{id}.html" for id in TRACKS]


def test_the_home_page_leads_to_every_path_and_track_and_the_sidebar_to_the_choice(built: ManyLessons) -> None:
    home = read(built, "index")
    links = [link["href"] for link in home.select("article a")]
    assert {f"paths/{id}.html" for id in PATHS} | {f"tracks/{id}.html" for id in TRACKS} <= set(links)
    assert "paths/index.html" in links
    sidebar = [link["href"] for link in read(built, "lessons/read").select("nav.contents a")]
    assert [link for link in sidebar if "/paths/" in link or "/tracks/" in link] == ["../paths/index.html"]


def test_every_link_of_these_pages_leads_somewhere(built: ManyLessons) -> None:
    for page in PAGES:
        for link in read(built, page).find_all("a", href=True):
            target = urlsplit(urljoin(f"/{page}.html", link["href"]))
            name = target.path.strip("/")
            if target.netloc or name.split("/")[0] in ELSEWHERE | {"data"}:
                continue
            file = built.site / (name or "index.html")
            assert file.is_file(), f"{page} links to {link['href']}"
            there = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
            assert not target.fragment or there.find(id=target.fragment), f"{page} links to {link['href']}"


# -- a lesson's page -------------------------------------------------------------------------------------------------


def test_each_objective_names_the_tasks_that_prove_it(built: ManyLessons) -> None:
    page = read(built, "lessons/read")
    objectives = page.select(".lesson-start .proofs")
    assert [words(tasks.parent) for tasks in objectives] == [
        "Say what one row of a table stands for ( task 2 , read by a trainer)",
        "Sort a table and read its first row ( task 1 )",
    ]
    assert [tasks.a["href"] for tasks in objectives] == ["#task-my-agency", "#task-largest-town"]
    assert "This page does not keep your results" in words(page.select_one(".lesson-start"))


def test_a_lesson_lists_the_paths_that_it_is_part_of_and_links_its_track(built: ManyLessons) -> None:
    page = read(built, "lessons/measure")
    listed = page.select("#paths-with-this-lesson > ul > li")
    assert [(words(path), path.a["href"]) for path in listed] == [
        ("Manager : lesson 5 of 6", "../paths/manager.html"),
        ("Maps : lesson 3 of 3", "../paths/maps.html"),
    ]
    assert page.select_one(".eyebrow a")["href"] == "../tracks/foundations.html"


def test_the_way_along_a_path_passes_over_lessons_still_to_come_and_says_so(built: ManyLessons) -> None:
    for way in ways(built, "chart", "manager"):
        assert words(way.p) == "Path: Manager . Lesson 4 of 6. Leave this path"
        assert [words(step) for step in way.find_all("li")] == ["Previous Read a table", "Next Measure what works"]
        assert [link["href"] for link in way.select("li a")] == ["read.html?path=manager", "measure.html?path=manager"]
        assert [words(note) for note in way.select("p.soft")] == [
            "Still to come, before this lesson: Tell a story; Use AI."
        ]
    for way in ways(built, "read", "manager"):
        assert words(way.select_one("p.soft")) == "Still to come, after this lesson and skipped: Tell a story; Use AI."


def test_the_first_and_the_last_lesson_of_a_path_say_that_they_are(built: ManyLessons) -> None:
    assert words(ways(built, "read", "everyone")[0].ul) == "Previous This is the first lesson Next Find good data"
    assert words(ways(built, "protect", "everyone")[0].ul) == "Previous Draw a chart Next This is the last lesson"
    late, last = ways(built, "publish", "maps")[0], ways(built, "measure", "manager")[0]
    assert words(late.ul) == "Previous Nothing ready before this Next Measure what works"
    assert words(last.ul) == "Previous Draw a chart Next Nothing ready after this yet"
    assert words(last.select_one("p.soft")) == "Still to come, after this lesson: Share and link data."


def test_each_way_has_a_name_of_its_own_for_those_who_hear_the_page(built: ManyLessons) -> None:
    names = [nav["aria-label"] for nav in read(built, "lessons/measure").find_all("nav")]
    assert len(set(names)) == len(names)
    assert "Path: Manager, at the end of the page" in names


# -- with one lesson -------------------------------------------------------------------------------------------------


def test_with_one_lesson_written_every_page_is_whole(built: ManyLessons, tmp_path: Path) -> None:
    shutil.copytree(built.root, tmp_path / "one", symlinks=True)
    project = ManyLessons.__new__(ManyLessons)
    project.root = tmp_path / "one"
    project.pages, project.site = project.root / "build" / "pages", project.root / "build" / "site"
    shutil.rmtree(project.site.parent / "_build")
    gone = [slug for slug in MANY["lessons"] if slug != "read"]
    for slug in gone:
        shutil.rmtree(project.root / "lessons" / slug)
        (project.pages / f"{slug}.ipynb").unlink()
    planned = [{"slug": slug} | {name: MANY["written"][slug][name] for name in ("title", "track")} for slug in gone]
    groups = {name: MANY[name] for name in ("tracks", "paths")}
    project.set_curriculum(groups | {"lessons": ["read"], "planned": planned + MANY["planned"]})
    project.build()

    assert facts(read(project, "paths/everyone"))[1:3] == [
        "What is there: 4 lessons: 1 ready, 3 still to come",
        "Time: 50 minutes for the lesson that is ready",
    ]
    way = ways(project, "read", "everyone")[0]
    assert words(way.ul) == "Previous This is the first lesson Next Nothing ready after this yet"
    assert words(way.select_one("p.soft")).endswith("Find good data; Draw a chart; Protect people.")
    assert words(read(project, "index").select_one("#the-paths li")).startswith("Everyone 4 lessons, 1 ready")


# -- in a real browser -----------------------------------------------------------------------------------------------

WAY = "nav.way:visible"
PLAIN = "nav.turn:visible"


def choose(page: Page, lesson: str) -> None:
    """Open a lesson from the page of a path, and wait until it leads along it."""
    page.get_by_role("main").get_by_role("link", name=lesson).click()
    page.locator(WAY).first.wait_for()


def test_a_learner_walks_along_the_path_that_they_chose(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, viewport=DESKTOP) as visit:
        page = visit.open("paths/manager")
        page.get_by_role("link", name="Start with lesson 01").click()
        way = page.get_by_role("navigation", name="Path: Manager, at the end of the page")
        assert "Lesson 1 of 6" in way.inner_text()
        assert page.locator(WAY).count() == 2 and page.locator(PLAIN).count() == 0
        way.get_by_role("link", name="Next Draw a chart").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Draw a chart"
        assert "Lesson 4 of 6" in way.inner_text()
        assert visit.complaints == []


def test_the_path_is_remembered_in_this_tab_and_in_no_other(chromium: Browser, address: str) -> None:
    with Visit(chromium, address) as visit:
        choose(visit.open("paths/manager"), "Draw a chart")
        visit.open("glossary")
        assert "Path: Manager" in visit.open("lessons/measure").locator(WAY).first.inner_text()
        assert visit.open("lessons/find").locator(WAY).count() == 0, "this lesson is not on the path"
        assert visit.page.locator(PLAIN).count() == 1
        other = visit.context.new_page()
        other.goto(f"{address}/lessons/measure.html")
        assert other.locator(WAY).count() == 0


def test_a_learner_leaves_the_path_and_gets_the_plain_way_back(chromium: Browser, address: str) -> None:
    with Visit(chromium, address) as visit:
        page = visit.open("paths/manager")
        choose(page, "Draw a chart")
        page.get_by_role("link", name="Leave this path").first.click()
        page.wait_for_url("**/lessons/chart.html?path=")
        assert page.locator(WAY).count() == 0
        assert page.locator(PLAIN).count() == 1
        assert visit.open("lessons/measure").locator(WAY).count() == 0


def test_another_path_takes_the_place_of_the_first_and_an_unknown_one_changes_nothing(
    chromium: Browser, address: str
) -> None:
    with Visit(chromium, address) as visit:
        visit.page.goto(f"{address}/lessons/measure.html?path=manager")
        visit.page.goto(f"{address}/lessons/measure.html?path=maps")
        assert "Path: Maps" in visit.open("lessons/measure").locator(WAY).first.inner_text()
        visit.page.goto(f'{address}/lessons/measure.html?path="]nobody')
        assert visit.page.locator(WAY).count() == 0
        assert "Path: Maps" in visit.open("lessons/measure").locator(WAY).first.inner_text()
        assert visit.complaints == []


def test_without_javascript_a_lesson_has_the_plain_way_and_its_list_of_paths(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, java_script_enabled=False) as visit:
        visit.page.goto(f"{address}/lessons/chart.html?path=manager")
        assert visit.page.locator(WAY).count() == 0
        plain = visit.page.get_by_role("navigation", name="Previous and next lesson")
        assert re.split(r"\s*\n\s*", plain.inner_text().strip())[:2] == ["Previous", "Find good data"]
        visit.page.get_by_role("heading", name="Paths with this lesson").wait_for()
        visit.page.locator("#paths-with-this-lesson").get_by_role("link", name="Manager").click()
        assert visit.page.get_by_role("heading", level=1).inner_text() == "Path: Manager"


def test_the_way_can_be_walked_with_the_keyboard(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, viewport=DESKTOP) as visit:
        visit.page.goto(f"{address}/lessons/chart.html?path=manager")
        visit.page.get_by_role("link", name="Skip to the content").focus()
        visit.page.keyboard.press("Enter")
        seen = []
        for _ in range(4):
            visit.page.keyboard.press("Tab")
            seen.append(visit.page.evaluate("document.activeElement.textContent"))
        assert seen == ["Manager", "Leave this path", "Previous Read a table", "Next Measure what works"]


@pytest.mark.parametrize(("size", "colors"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"])
def test_no_page_has_a_serious_barrier_for_people_with_disabilities(
    chromium: Browser, address: str, size: dict[str, int], colors: str
) -> None:
    shown = ["index", "paths/index", "paths/manager", "paths/new-hire", "tracks/govern", "lessons/chart"]
    with Visit(chromium, address, viewport=size, color_scheme=colors) as visit:
        visit.page.goto(f"{address}/lessons/chart.html?path=manager")
        for name in shown:
            page = visit.open(name)
            found = Axe().run(page).response["violations"]
            serious = [
                (rule["id"], [node["html"] for node in rule["nodes"]])
                for rule in found
                if rule["impact"] in ("serious", "critical")
            ]
            assert not serious, f"{name}: {json.dumps(serious, indent=1)}"
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{name} is too wide"
        assert page.locator(WAY).count() == 2, "the lesson was looked at with its path"


def test_on_paper_a_path_keeps_its_lessons_and_a_lesson_drops_the_way(chromium: Browser, address: str) -> None:
    with Visit(chromium, address) as visit:
        page = visit.open("paths/manager")
        page.emulate_media(media="print")
        assert page.get_by_role("main").get_by_text("Measure what works").is_visible()
        assert not page.get_by_role("link", name="Start with lesson 01").is_visible()
        page.goto(f"{address}/lessons/chart.html?path=manager")
        assert page.locator(WAY).count() == 0
        assert page.get_by_role("heading", name="Paths with this lesson").is_visible()
