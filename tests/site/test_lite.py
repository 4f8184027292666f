"""The browser lesson: a notebook that runs Python in the page, and one button that hands it in.

The lesson is a small one, made here; JupyterLite, Python and the browser are the real ones.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import os
import re
import shutil
import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Dialog, FrameLocator, Page, Playwright, expect

from academy.project import WORKSHEETS
from academy.site.browser_files import BrowserFileAltered, BrowserFileMissing, fetch
from academy.site.browser_packages import prepare
from academy.site.lite import NotForLearners, build_lite, environment_python, policy
from academy.site.practice import POLICY, build_practice
from toolkit.worksheet import faults, read_worksheet

pytestmark = pytest.mark.xdist_group("browser lesson")

ROOT = Path(__file__).parents[2]
FILES = ROOT / "build" / "browser-files"
SLUG = "read-a-table"
TITLE = "Read a table & a chart"
SECONDS = 1000
# An address that browsers do not trust as they trust this machine's own: no service workers, as in a classroom network.
PLAIN_HTTP = "academy.test"
# What Chromium asks on its own account, for its updates and the like.
BROWSERS_OWN = re.compile(
    r"(update|content-autofill|optimizationguide-pa|safebrowsing|clients\d?|accounts|android\.clients|www)"
    r"\.(googleapis|google)\.com[:/]"
)
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}

TABLE = "town,population\nAndover,3151\nAnsonia,18918\nAvon,18932\n"


def notebook(title: str = "Read a table") -> str:
    """The notebook of a lesson as learners get it."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "source": f"# {title}\n\nWhich of these towns has the most people?"},
        {
            "cell_type": "code",
            "source": "import matplotlib.pyplot as plt\nimport pandas as pd\nfrom toolkit import plain_messages\n\n"
            "from toolkit.worksheet import faults, read_worksheet\n\n"
            'plain_messages()\ntowns = pd.read_csv("towns.csv")\nprint("pandas", pd.__version__)\n'
            'print(faults({"worksheet": "citation"}, read_worksheet("citation"))[0])\ntowns.head()',
        },
        {
            "cell_type": "code",
            "source": "figure, axes = plt.subplots(figsize=(5, 2.5))\n"
            'axes.bar(towns["town"], towns["population"])\nplt.show()',
            "metadata": {"mystnb": {"image": {"alt": "Avon has a few more people than Ansonia."}}},
        },
        {
            "cell_type": "markdown",
            "source": "## Task 1. The largest town (2 points)\n\nPut its name into `largest_town`.",
        },
        {"cell_type": "code", "source": "largest_town = ..."},
        {
            "cell_type": "code",
            "source": 'assert largest_town == "Avon", "Look at the populations again."\nprint("Well done.")',
            "metadata": {"jupyter": {"source_hidden": True}},
        },
    ]
    for number, cell in enumerate(cells):
        cell.setdefault("metadata", {})
        cell["id"] = f"cell-{number}"
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    facts = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": facts, "cells": cells})


def write_lesson(lessons: Path, slug: str = SLUG, title: str = "Read a table") -> Path:
    folder = lessons / slug
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{slug}.ipynb").write_text(notebook(title), encoding="utf-8")
    (folder / "towns.csv").write_text(TABLE, encoding="utf-8")
    shutil.copy(WORKSHEETS / "citation.json", folder)
    return folder


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter of the environment that builds browser lessons; `make setup` makes it."""
    interpreter = Path(os.environ.get("ACADEMY_BROWSER_PYTHON") or environment_python(ROOT))
    assert interpreter.is_file(), f"{interpreter} is missing: run make setup first"
    return interpreter


@dataclass
class Built:
    lessons: Path
    site: Path
    python: Path

    def again(self) -> float:
        """Build once more. Returns the seconds that it took."""
        started = time.perf_counter()
        build_lite(ROOT, FILES, self.lessons, self.site, python=self.python, progress=lambda _: None)
        build_practice({SLUG: TITLE}, self.lessons, self.site)
        return time.perf_counter() - started


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, python: Path) -> Built:
    place = tmp_path_factory.mktemp("academy")
    fetch(FILES, progress=lambda _: None)
    write_lesson(place / "lessons")
    site = Built(place / "lessons", place / "site", python)
    site.again()
    shutil.copytree(ROOT / "book" / "look", site.site / "_static")
    return site


def published(site: Path) -> set[str]:
    return {path.relative_to(site / "lite" / "files").as_posix() for path in (site / "lite" / "files").rglob("*.*")}


def listed(site: Path, folder: str = "") -> list[str]:
    listing = json.loads((site / "lite" / "api" / "contents" / folder / "all.json").read_text(encoding="utf-8"))
    return [entry["path"] for entry in listing["content"]]


# -- building --------------------------------------------------------------------------------------------------------


def stand_in_files(folder: Path) -> Path:
    """A folder with every browser file, as links, so that one can be taken out or changed."""
    folder.mkdir()
    for path in FILES.iterdir():
        (folder / path.name).symlink_to(path)
    return folder


def test_an_altered_browser_file_stops_the_build_and_is_named(built: Built, tmp_path: Path) -> None:
    files = stand_in_files(tmp_path / "files")
    [wheel] = files.glob("pandas-*.whl")
    content = bytearray(wheel.read_bytes())
    content[1000] ^= 1
    wheel.unlink()
    wheel.write_bytes(content)
    with pytest.raises(BrowserFileAltered, match=re.escape(wheel.name)):
        prepare(files, tmp_path / "packages", built.python, progress=lambda _: None)
    assert not (tmp_path / "packages").exists()


def test_a_missing_browser_file_stops_the_build_and_is_named(built: Built, tmp_path: Path) -> None:
    files = stand_in_files(tmp_path / "files")
    (files / "pyodide.asm.wasm").unlink()
    with pytest.raises(BrowserFileMissing, match=r"pyodide\.asm\.wasm is missing"):
        prepare(files, tmp_path / "packages", built.python, progress=lambda _: None)


@pytest.mark.parametrize("name", ["instructor.ipynb", "attempts.yml", "trainer.md", "hidden_checks.py"])
def test_nothing_but_the_notebook_and_its_tables_is_published(built: Built, tmp_path: Path, name: str) -> None:
    folder = write_lesson(tmp_path / "lessons")
    (folder / name).write_text("secret", encoding="utf-8")
    with pytest.raises(NotForLearners, match=re.escape(name)):
        build_lite(ROOT, FILES, tmp_path / "lessons", tmp_path / "site", python=built.python)
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("mark", ["### BEGIN SOLUTION", "### BEGIN HIDDEN TESTS"])
def test_a_notebook_with_a_solution_or_hidden_checks_is_refused(built: Built, tmp_path: Path, mark: str) -> None:
    folder = write_lesson(tmp_path / "lessons")
    (folder / f"{SLUG}.ipynb").write_text(notebook(f"{mark}\\nlargest_town = 'Avon'"), encoding="utf-8")
    with pytest.raises(NotForLearners, match="still holds a solution or hidden checks"):
        build_lite(ROOT, FILES, tmp_path / "lessons", tmp_path / "site", python=built.python)


def test_a_notebook_that_would_make_the_browser_ask_which_language_it_is_in_is_refused(
    built: Built, tmp_path: Path
) -> None:
    folder = write_lesson(tmp_path / "lessons")
    (folder / f"{SLUG}.ipynb").write_text(notebook().replace("language_info", "other_info"), encoding="utf-8")
    with pytest.raises(NotForLearners, match="does not say that it is in Python"):
        build_lite(ROOT, FILES, tmp_path / "lessons", tmp_path / "site", python=built.python)


def test_a_changed_lesson_is_published_within_two_seconds_and_nothing_else_is_touched(built: Built) -> None:
    app = {path: path.stat().st_mtime_ns for path in (built.site / "lite" / "build").rglob("*")}
    write_lesson(built.lessons, "second-lesson", "The second lesson")
    seconds = built.again()
    assert published(built.site) == {f"{SLUG}/citation.json", f"{SLUG}/{SLUG}.ipynb", f"{SLUG}/towns.csv"} | {
        "second-lesson/citation.json",
        "second-lesson/second-lesson.ipynb",
        "second-lesson/towns.csv",
    }
    assert listed(built.site) == [SLUG, "second-lesson"]
    assert listed(built.site, SLUG) == [f"{SLUG}/citation.json", f"{SLUG}/{SLUG}.ipynb", f"{SLUG}/towns.csv"]
    shutil.rmtree(built.lessons / "second-lesson")
    seconds = max(seconds, built.again())
    assert listed(built.site) == [SLUG]
    assert published(built.site) == {f"{SLUG}/citation.json", f"{SLUG}/{SLUG}.ipynb", f"{SLUG}/towns.csv"}
    assert app == {path: path.stat().st_mtime_ns for path in (built.site / "lite" / "build").rglob("*")}
    print(f"\na changed lesson: {seconds:.2f} s")
    assert seconds < 2


def test_every_package_is_the_one_that_the_lock_names(built: Built) -> None:
    """A browser refuses a package whose checksum differs, so a wrong one would stop every lesson."""
    folder = built.site / "lite" / "static" / "pyodide"
    packages = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    for package in packages.values():
        content = (folder / package["file_name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == package["sha256"], package["file_name"]
    assert packages["pandas"]["version"] == "3.1.1"
    assert {"toolkit", "pyodide-kernel", "piplite", "comm"} <= set(packages)


def test_the_policy_names_no_other_host_and_only_the_scripts_of_the_page(built: Built) -> None:
    allowed = policy(built.site / "lite")
    assert "http" not in allowed and "*" not in allowed
    assert "'unsafe-inline'" not in allowed.split("script-src")[1].split(";")[0]
    assert allowed.count("'sha256-") == 1


def test_a_practice_page_has_no_script_or_style_of_its_own(built: Built) -> None:
    html = (built.site / "practice" / f"{SLUG}.html").read_text(encoding="utf-8")
    assert "Read a table &amp; a chart" in html
    assert 'data-tables="citation.json towns.csv"' in html
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html)


# -- a server as the tracker is one ------------------------------------------------------------------------------------


@dataclass
class Tracker:
    """What the server of this test does next, and what it got."""

    signed_in: bool = True
    answers: bool = True
    refuses: tuple[int, str] | None = None
    grading: list[dict[str, Any]] = field(default_factory=list)
    received: list[tuple[bytes, str | None]] = field(default_factory=list)

    def answer(self, method: str, path: str, body: bytes, csrf: str | None) -> tuple[int, dict[str, Any]] | None:
        if not self.answers:
            return None
        if (method, path) == ("GET", "/api/session"):
            name = "Ana Díaz" if self.signed_in else None
            return 200, {"signed_in": self.signed_in, "name": name, "csrf": "token-of-this-session"}
        if (method, path) == ("POST", f"/api/lessons/{SLUG}/submissions"):
            if self.refuses:
                return self.refuses[0], {"message": self.refuses[1]}
            self.received.append((body, csrf))
            return 201, {"id": 7, "url": "/api/submissions/7", "results": "/my/results/7/"}
        if (method, path) == ("GET", "/api/submissions/7"):
            return 200, self.grading.pop(0) if len(self.grading) > 1 else self.grading[0]
        return None


@dataclass
class Academy:
    address: str
    tracker: Tracker

    @property
    def lesson(self) -> str:
        return f"{self.address}/practice/{SLUG}.html"


@pytest.fixture(scope="module")
def academy(built: Built) -> Iterator[Academy]:
    tracker = Tracker()
    policies = {"/lite/": policy(built.site / "lite"), "/practice/": POLICY}

    class Server(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
            ".wasm": "application/wasm",
            ".js": "text/javascript",
        }

        def end_headers(self) -> None:
            for area, rules in policies.items():
                if self.path.startswith(area):
                    self.send_header("Content-Security-Policy", rules)
            self.send_header("Cache-Control", "no-cache")
            super().end_headers()

        def do_GET(self) -> None:
            if not self.api("GET"):
                super().do_GET()

        def do_POST(self) -> None:
            if not self.api("POST"):
                self.send_error(405)

        def api(self, method: str) -> bool:
            if not self.path.startswith("/api/"):
                return False
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answered = tracker.answer(method, self.path, body, self.headers.get("X-CSRFToken"))
            if answered is None:
                return False
            content = json.dumps(answered[1]).encode()
            self.send_response(answered[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    handler = functools.partial(Server, directory=str(built.site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # A closed page drops its downloads.
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Academy(f"http://127.0.0.1:{server.server_port}", tracker)
        server.shutdown()


# -- in a real browser -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A proxy that stands for the rest of the internet: it lets nothing through, and keeps what it was asked for.

    A browser sends it everything that is not for this machine, from pages, workers and service workers alike.
    """
    asked: list[str] = []

    class Proxy(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.rfile.readline().decode("latin-1").strip())
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, elsewhere: tuple[str, list[str]]) -> Iterator[Browser]:
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=[
            *options,
            "--no-first-run",
            "--disable-sync",
            f"--proxy-server={elsewhere[0]}",
            f"--proxy-bypass-list={PLAIN_HTTP}",
            f"--host-resolver-rules=MAP {PLAIN_HTTP} 127.0.0.1",
        ],
    )
    yield browser
    browser.close()


class Visit:
    """A learner's browser with the lesson open."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(**({"viewport": DESKTOP} | options))
        self.context.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.context.on("weberror", lambda problem: self.complaints.append(str(problem.error)))
        self.page: Page = self.context.new_page()
        self.started = time.perf_counter()
        self.page.goto(address)

    @property
    def notebook(self) -> FrameLocator:
        return self.page.frame_locator("#notebook")

    def status(self, text: str, seconds: float = 20) -> None:
        expect(self.page.locator("#status")).to_contain_text(text, timeout=seconds * SECONDS)

    def code(self, number: int) -> Any:
        """The box of the code cell `number`, counted from 0."""
        return self.notebook.locator(".jp-CodeCell").nth(number).locator(".cm-content")

    def run(self, number: int) -> None:
        self.code(number).click()
        self.page.keyboard.press("Shift+Enter")

    def type_answer(self, text: str) -> None:
        self.code(2).click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def saved(self) -> dict[str, Any]:
        """What lies in the browser's own storage, read as any other page of this origin could."""
        record: dict[str, Any] = self.page.evaluate(
            """path => new Promise((resolve, reject) => {
                const request = indexedDB.open("JupyterLite Storage - /lite/");
                request.onerror = () => reject(request.error);
                request.onsuccess = () => {
                    const get = request.result.transaction("files").objectStore("files").get(path);
                    get.onsuccess = () => { request.result.close(); resolve(get.result ?? null); };
                };
            })""",
            f"{SLUG}/{SLUG}.ipynb",
        )
        return record

    def close(self) -> None:
        self.context.close()


@pytest.fixture(scope="module")
def visit(chromium: Browser, academy: Academy) -> Iterator[Visit]:
    """One learner at work on one lesson, from the first start to starting over: the tests below follow that way."""
    visit = Visit(chromium, academy.lesson)
    yield visit
    visit.close()


@pytest.fixture(autouse=True)
def tracker_as_usual(request: pytest.FixtureRequest) -> None:
    if "academy" in request.fixturenames or "visit" in request.fixturenames:
        tracker: Tracker = request.getfixturevalue("academy").tracker
        tracker.signed_in, tracker.answers, tracker.refuses = True, True, None
        tracker.grading = [{"state": "waiting"}]
        tracker.received.clear()


def test_the_page_says_that_python_is_starting_and_shows_the_lesson_meanwhile(visit: Visit) -> None:
    visit.status("Python is starting in your browser. This takes about 15 seconds the first time.")
    expect(visit.notebook.get_by_role("heading", name="Read a table")).to_be_visible(timeout=30 * SECONDS)
    print(f"\ncells visible after {time.perf_counter() - visit.started:.1f} s")
    visit.status("Ready.", seconds=90)
    print(f"Python ready, libraries loaded, after {time.perf_counter() - visit.started:.1f} s")
    expect(visit.page.locator("#person")).to_have_text("Signed in as Ana Díaz")


def test_the_first_cell_runs_with_current_pandas_the_toolkit_and_the_files_beside_the_notebook(visit: Visit) -> None:
    started = time.perf_counter()
    visit.run(0)
    expect(visit.notebook.get_by_text("pandas 3.1.1")).to_be_visible(timeout=30 * SECONDS)
    expect(visit.notebook.get_by_role("cell", name="Ansonia")).to_be_visible()
    first = faults({"worksheet": "citation"}, read_worksheet("citation", WORKSHEETS))[0]
    expect(visit.notebook.get_by_text(first)).to_be_visible()
    print(f"\nfirst cell after {time.perf_counter() - started:.1f} s")
    for prompt in (".jp-InputPrompt", ".jp-OutputArea-executeResult .jp-OutputPrompt"):
        expect(visit.notebook.locator(".jp-CodeCell").nth(0).locator(prompt)).to_have_text("[1]:")


def test_a_chart_is_drawn_and_said_in_words(visit: Visit) -> None:
    started = time.perf_counter()
    visit.run(1)
    chart = visit.notebook.get_by_role("img", name="Avon has a few more people than Ansonia.")
    expect(chart).to_be_visible(timeout=30 * SECONDS)
    print(f"\nfirst chart after {time.perf_counter() - started:.1f} s")


def test_a_check_is_folded_away_and_runs_all_the_same(visit: Visit) -> None:
    check = visit.notebook.locator(".jp-CodeCell").nth(3)
    expect(check.locator(".jp-InputCollapser + .jp-Placeholder, .jp-InputPlaceholder").first).to_be_visible()
    expect(check.locator(".cm-content")).to_have_count(0)
    visit.type_answer('largest_town = "Avon"')
    visit.page.keyboard.press("Shift+Enter")
    visit.page.keyboard.press("Shift+Enter")
    expect(visit.notebook.get_by_text("Well done.")).to_be_visible(timeout=20 * SECONDS)


def test_a_mistake_gets_a_plain_message(visit: Visit) -> None:
    visit.type_answer('largest_town = "Andover"')
    visit.page.keyboard.press("Shift+Enter")
    visit.page.keyboard.press("Shift+Enter")
    output = visit.notebook.locator(".jp-CodeCell").nth(3).locator(".jp-OutputArea-output")
    expect(output).to_contain_text("Look at the populations again.", timeout=20 * SECONDS)
    expect(output).not_to_contain_text("Traceback")


def test_submitting_saves_and_sends_what_was_typed_and_tells_the_score(visit: Visit, academy: Academy) -> None:
    visit.type_answer('largest_town = "Avon"  # typed')
    graded = {"state": "graded", "points": 8, "possible": 12, "passed": False, "results": "/my/results/7/"}
    academy.tracker.grading = [{"state": "waiting"}, {"state": "grading"}, {"state": "grading"}, graded]
    visit.page.get_by_role("button", name="Submit").click()
    visit.status("Stored. Being graded…")
    visit.status("You earned 8 of 12 points.")
    expect(visit.page.get_by_role("link", name="See your results")).to_have_attribute("href", "/my/results/7/")
    [(body, csrf)] = academy.tracker.received
    assert csrf == "token-of-this-session"
    sent = json.loads(body)
    assert sent["nbformat"] == 4
    assert sent["cells"][4]["source"] == 'largest_town = "Avon"  # typed'
    assert visit.saved()["content"]["cells"][4]["source"] == sent["cells"][4]["source"]


def test_passing_is_said(visit: Visit, academy: Academy) -> None:
    academy.tracker.grading = [{"state": "graded", "points": 12, "possible": 12, "passed": True}]
    visit.page.get_by_role("button", name="Submit").click()
    visit.status("You earned 12 of 12 points. You completed this lesson.")


def test_a_notebook_that_could_not_be_graded_brings_its_message(visit: Visit, academy: Academy) -> None:
    academy.tracker.grading = [{"state": "problem", "message": "A cell ran for too long. Run all, and look which."}]
    visit.page.get_by_role("button", name="Submit").click()
    visit.status("A cell ran for too long. Run all, and look which.")


def test_everything_can_be_reached_and_left_with_the_keyboard(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Submit").focus()
    visit.page.keyboard.press("Shift+Tab")
    names = []
    for _ in range(7):
        names.append(visit.page.evaluate("document.activeElement.textContent.trim()"))
        outline = visit.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"no visible focus on {visit.page.evaluate('document.activeElement.outerHTML')[:200]}"
        visit.page.keyboard.press("Tab")
    links = ["See your results", "download the lesson", "upload it"]
    assert names == ["Back to the lesson", "Submit", "Download", "Start over", *links]
    assert visit.page.evaluate("document.activeElement.id") == "notebook"
    visit.code(0).click()
    visit.page.keyboard.press("Escape")
    for _ in range(40):
        visit.page.keyboard.press("Tab")
        if visit.page.evaluate("document.activeElement.id") != "notebook":
            break
    assert visit.page.evaluate("document.activeElement.id") != "notebook", "the keyboard is caught in the notebook"


def test_neither_the_bar_nor_the_notebook_has_a_serious_barrier_for_people_with_disabilities(visit: Visit) -> None:
    notebook = visit.page.locator("#notebook").element_handle().content_frame()
    assert notebook is not None
    found = Axe().run(notebook).response["violations"]
    rules = {rule["id"]: (rule["impact"], len(rule["nodes"])) for rule in found}
    print(f"\naxe in the notebook: {rules}")
    assert not [rule for rule, (impact, _) in rules.items() if impact in ("serious", "critical")]
    assert Axe().run(visit.page, options={"iframes": False}).response["violations"] == []


def test_someone_signed_out_keeps_the_work_and_is_shown_the_way_back(visit: Visit, academy: Academy) -> None:
    academy.tracker.signed_in = False
    visit.page.get_by_role("button", name="Submit").click()
    visit.status("You are signed out. Your work is safe in this browser.")
    link = visit.page.locator("#status").get_by_role("link", name="Sign in")
    expect(link).to_have_attribute("href", f"/sign-in/?next=%2Fpractice%2F{SLUG}.html")
    assert academy.tracker.received == []
    assert visit.saved()["content"]["cells"][4]["source"] == 'largest_town = "Avon"  # typed'


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (413, "This notebook is larger than 5 MB. Clear the large outputs, then submit again."),
        (429, "You submitted a moment ago. Try again in a minute."),
        (404, "This lesson is not open for submissions."),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(visit: Visit, academy: Academy, status: int, message: str) -> None:
    academy.tracker.refuses = (status, message)
    visit.page.get_by_role("button", name="Submit").click()
    visit.status(message)


def test_a_session_that_ended_in_between_reads_as_signed_out(visit: Visit, academy: Academy) -> None:
    academy.tracker.refuses = (401, "Sign in first.")
    visit.page.get_by_role("button", name="Submit").click()
    visit.status("You are signed out. Your work is safe in this browser.")


@pytest.mark.parametrize("away", ["no network", "a gateway without a server"])
def test_without_the_server_the_work_is_safe(visit: Visit, academy: Academy, away: str) -> None:
    academy.tracker.refuses = (503, "") if away != "no network" else None
    visit.context.set_offline(away == "no network")
    visit.page.get_by_role("button", name="Submit").click()
    visit.status("The server cannot be reached. Your work is safe in this browser; submit when you are back.")
    visit.context.set_offline(False)


def test_on_a_site_without_a_tracker_nothing_breaks(visit: Visit, academy: Academy) -> None:
    academy.tracker.answers = False
    visit.page.get_by_role("button", name="Submit").click()
    visit.status("This copy of the site keeps no scores. Your work is safe in this browser")
    expect(visit.page.locator("#person")).to_have_text("")
    expect(visit.page.get_by_role("link", name="upload it")).to_be_hidden()


def test_the_saved_notebook_can_be_downloaded(visit: Visit) -> None:
    with visit.page.expect_download() as download:
        visit.page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == f"{SLUG}.ipynb"
    content = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert content["cells"][4]["source"] == 'largest_town = "Avon"  # typed'


def test_leaving_asks_nothing_and_a_second_visit_finds_the_work_again(visit: Visit, academy: Academy) -> None:
    questions: list[str] = []

    def answer(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.accept()

    visit.page.on("dialog", answer)
    visit.type_answer('largest_town = "Avon"  # typed last')
    visit.page.get_by_role("link", name="Back to the lesson").click()
    visit.page.wait_for_url(f"**/lessons/{SLUG}.html")
    assert questions == []
    started = time.perf_counter()
    visit.page.goto(academy.lesson)
    expect(visit.code(2)).to_contain_text('largest_town = "Avon"  # typed last', timeout=30 * SECONDS)
    print(f"\nsecond visit: cells after {time.perf_counter() - started:.1f} s", end="")
    visit.status("Your answers are back. Python has started afresh: click Run all once, then go on.", seconds=90)
    print(f", Python ready after {time.perf_counter() - started:.1f} s")


def test_python_can_be_restarted(visit: Visit) -> None:
    visit.page.evaluate(
        "document.getElementById('notebook').contentWindow.jupyterapp.shell.currentWidget.sessionContext.restartKernel()"
    )
    visit.status("Python is starting again.")
    visit.status("Your answers are back. Python has started afresh: click Run all once, then go on.", seconds=90)


def test_starting_over_asks_first_and_then_gives_the_lesson_as_it_was(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Start over").click()
    expect(visit.page.get_by_role("dialog", name="Start this lesson over?")).to_be_visible()
    expect(visit.page.get_by_role("button", name="Keep my work")).to_be_focused()
    visit.page.keyboard.press("Escape")
    expect(visit.code(2)).to_contain_text("# typed")
    visit.page.get_by_role("button", name="Start over").click()
    visit.page.get_by_role("button", name="Delete it and start over").click()
    expect(visit.code(2)).to_have_text("largest_town = ...", timeout=30 * SECONDS)
    assert visit.saved() is None


def test_nobody_else_was_asked_for_anything_and_every_policy_held(
    visit: Visit, elsewhere: tuple[str, list[str]]
) -> None:
    asked = [request for request in elsewhere[1] if not BROWSERS_OWN.search(request)]
    assert asked == []
    assert [said for said in visit.complaints if "Content Security Policy" in said] == []
    # The watch itself works: a request to another host is seen.
    other = visit.context.new_page()
    other.set_content('<img src="http://example.invalid/picture.png">')
    other.wait_for_timeout(500)
    asked = [request for request in elsewhere[1] if not BROWSERS_OWN.search(request)]
    assert asked == ["GET http://example.invalid/picture.png HTTP/1.1"]


def test_a_browser_that_keeps_no_files_gets_the_table_and_a_plain_warning(chromium: Browser, academy: Academy) -> None:
    visit = Visit(chromium, academy.lesson.replace("127.0.0.1", PLAIN_HTTP))
    visit.status("Ready.", seconds=90)
    visit.status(
        "Files that your code writes are not kept here (this is a private window, or an address without https)"
    )
    visit.run(0)
    expect(visit.notebook.get_by_role("cell", name="Ansonia")).to_be_visible(timeout=30 * SECONDS)
    visit.close()


def test_submitting_before_the_notebook_is_there_says_what_to_do(chromium: Browser, academy: Academy) -> None:
    visit = Visit(chromium, academy.lesson, viewport=PHONE)
    visit.page.get_by_role("button", name="Submit").click()
    visit.status("There is nothing to submit yet. Wait until the notebook shows, and answer a task.")
    visit.close()


def test_the_notebook_wears_the_readers_choice_of_dark_colors(chromium: Browser, academy: Academy) -> None:
    visit = Visit(chromium, academy.lesson)
    visit.page.evaluate("localStorage.setItem('color-mode', 'dark')")
    visit.page.reload()
    expect(visit.notebook.locator("body")).to_have_attribute(
        "data-jp-theme-name", "JupyterLab Dark", timeout=30 * SECONDS
    )
    visit.close()


def test_on_a_phone_the_bar_wraps_and_the_notebook_fills_the_rest(chromium: Browser, academy: Academy) -> None:
    visit = Visit(chromium, academy.lesson, viewport=PHONE, has_touch=True)
    expect(visit.notebook.get_by_role("heading", name="Read a table")).to_be_visible(timeout=30 * SECONDS)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    frame = visit.page.locator("#notebook").bounding_box()
    assert frame is not None
    assert (frame["x"], frame["width"]) == (0, PHONE["width"])
    assert frame["y"] + frame["height"] == PHONE["height"], "the page itself does not scroll"
    assert frame["height"] > PHONE["height"] / 2
    for name in ("Submit", "Download", "Start over"):
        expect(visit.page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    visit.close()
