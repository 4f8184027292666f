"""The cast, a lesson, a small built site, and a database as in an installation: a real file, in WAL mode, or, with
ACADEMY_TEST_DATABASE=postgresql, a PostgreSQL of the tests' own.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_VAR = tempfile.TemporaryDirectory(prefix="academy-tests-")
os.environ.setdefault("ACADEMY_VAR", _VAR.name)
os.environ["DJANGO_SETTINGS_MODULE"] = "tracker.settings"
# The browser's driver runs an event loop in the thread of the test, which asks the database between two clicks.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# Never the database of an installation. The processes of pytest-xdist share one PostgreSQL, with a database each.
ON_POSTGRES = os.environ.get("ACADEMY_TEST_DATABASE") == "postgresql"
os.environ.pop("ACADEMY_DATABASE", None)
if ON_POSTGRES:
    from tests.tracker.postgres import QUICK, start_postgres

    os.environ["ACADEMY_TEST_POSTGRES"] = os.environ.get("ACADEMY_TEST_POSTGRES") or start_postgres(**QUICK)
    os.environ["ACADEMY_DATABASE"] = os.environ["ACADEMY_TEST_POSTGRES"]

import django  # noqa: E402

django.setup()

import pytest  # noqa: E402
from django.conf import LazySettings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402

from academy.attempts import with_answers  # noqa: E402
from autograder.notebook import Lesson as Source  # noqa: E402
from autograder.notebook.compile import to_bytes  # noqa: E402
from tests.tracker.cast import Cast, make_cast  # noqa: E402
from tests.tracker.grades import graded  # noqa: E402
from tracker.learning import grading  # noqa: E402
from tracker.learning.catalogue import read_sources, sync_lessons  # noqa: E402
from tracker.learning.models import Lesson, Submission  # noqa: E402
from tracker.learning.submissions import submit  # noqa: E402
from tracker.people.models import Person  # noqa: E402

HERE = Path(__file__).parent
LESSONS = HERE / "fixtures" / "lessons"
LOOK = HERE.parents[1] / "book" / "look"


@pytest.fixture(scope="session")
def database_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("database")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_folder: Path) -> None:
    """A file, under the name that a program started with this folder as ACADEMY_VAR looks for; a database for each of
    the processes that share a PostgreSQL.
    """
    name = f"test_academy_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    connections["default"].settings_dict["TEST"]["NAME"] = (
        name if ON_POSTGRES else str(database_folder / "academy.sqlite3")
    )


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """PostgreSQL throws everything away at the end, and asks nobody whether they are still connected."""
    return ON_POSTGRES


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite_only: about SQLite; left out on PostgreSQL")
    config.addinivalue_line("markers", "in_a_browser: starts a browser (marked by itself)")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("in_a_browser")
        if ON_POSTGRES and item.get_closest_marker("sqlite_only"):
            item.add_marker(pytest.mark.skip("about SQLite"))


@pytest.fixture(autouse=True)
def installation(settings: LazySettings, tmp_path: Path) -> None:
    """The tests' own lessons, and folders that nobody else uses."""
    settings.LESSONS_FOLDER = LESSONS
    settings.SITE_FOLDER = tmp_path / "build" / "site"
    settings.POLICY_FILE = tmp_path / "build" / "policy.json"
    settings.COMPRESSED_FOLDER = tmp_path / "compressed"
    # Who is slowed down is counted in memory: what one test sends is no flood in the next.
    cache.clear()
    # Slow on purpose in an installation; here it would only make the tests slow.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def site(settings: LazySettings) -> Path:
    """A small built site with the real look of the book."""
    folder: Path = settings.SITE_FOLDER
    pages = {
        "index.html": "<!doctype html><title>Home</title><h1>Lessons</h1>",
        "lessons/add-numbers.html": "<!doctype html><title>Add numbers</title><h1>Add numbers</h1>",
        "practice/add-numbers.html": "<!doctype html><title>Practice</title><h1>Practice</h1>",
        "practice/unknown.html": "<!doctype html><title>Unknown</title>",
        "lite/index.html": "<!doctype html><title>Lite</title>",
        "lite/build/123.0123456789abcdef0123.js": "// " + "lite " * 1_000,
        "lite/build/866.9a59d4c.js": "// lite",
        "lessons/20251121.9a59d4c.html": "<!doctype html><title>A name like a hash</title>",
        "lite/static/pyodide/pyodide.asm.wasm": "\0asm" + "wasm " * 1_000,
        "lite/static/pyodide/numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl": "PK wheel",
        "lite/static/pyodide/toolkit-0.1.0-py3-none-any.whl": "PK wheel",
        "downloads/add-numbers.ipynb": "{}",
        "downloads/add-numbers.zip": "PK zip",
        "downloads/.hidden": "secret",
    }
    for path, content in pages.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    shutil.copytree(LOOK, folder / "_static")
    (folder.parent / "outside.txt").write_text("outside")
    areas = {area: f"default-src 'self'; report-uri /{area}" for area in ("book", "practice", "lite", "tracker")}
    (folder.parent / "policy.json").write_text(json.dumps(areas))
    return folder


@pytest.fixture(scope="session")
def source() -> Source:
    """The lesson: tasks of 4 points and 1 point, and a free text of 2 that no score counts."""
    return read_sources(LESSONS)[0]


@pytest.fixture
def lesson(db: None, source: Source) -> Lesson:
    sync_lessons([source])
    return Lesson.objects.get()


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def as_(client: Client) -> Callable[[Person | None], Client]:
    """A browser in which this person, or nobody, is signed in."""

    def browser(person: Person | None) -> Client:
        fresh = Client()
        if person:
            fresh.force_login(person)
        return fresh

    return browser


@pytest.fixture
def hand_in(lesson: Lesson) -> Callable[..., Submission]:
    """Hand in a notebook, which waits to be graded."""

    def hand_in(person: Person, content: bytes = b"a notebook") -> Submission:
        return submit(person, lesson, content, Submission.Way.BROWSER)

    return hand_in


@pytest.fixture
def grade_waiting(source: Source) -> Callable[..., None]:
    """Have the real queue grade everything that waits, with a grader that gives these points."""

    def grade_waiting(points: int = 5, text: str = "", **facts: Any) -> None:
        while grading.grade_next(lambda slug, notebook: graded(source, points, text, **facts)):
            pass

    return grade_waiting


@pytest.fixture
def graded_submission(
    hand_in: Callable[..., Submission], grade_waiting: Callable[..., None]
) -> Callable[..., Submission]:
    """Hand in a notebook and have it graded."""

    def graded_submission(person: Person, points: int = 5, text: str = "", **facts: Any) -> Submission:
        submission = hand_in(person)
        grade_waiting(points, text, **facts)
        submission.refresh_from_db()
        return submission

    return graded_submission


@pytest.fixture
def grade_for_real() -> Callable[[], None]:
    """Grade what waits, in the runner's sandbox."""

    def grade_for_real() -> None:
        while grading.grade_next():
            pass

    return grade_for_real


@pytest.fixture(scope="session")
def solved(source: Source) -> bytes:
    """The lesson's notebook with every answer right, and a free text."""
    return to_bytes(with_answers(source, {"my-agency": "Visits, by office."}))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    switches = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return {"executable_path": "/usr/bin/chromium", "args": [*switches, "--no-first-run", "--disable-sync"]}


def database_address() -> str:
    """Where the test's own database is, for a program that it starts. Empty: a file in ACADEMY_VAR."""
    name = connections["default"].settings_dict["NAME"]
    return os.environ["ACADEMY_TEST_POSTGRES"].replace("/academy?", f"/{name}?") if ON_POSTGRES else ""


@pytest.fixture
def worker_environment(database_folder: Path, site: Path) -> Iterator[dict[str, str]]:
    """The environment in which a program that a test starts works on the test's own database."""
    yield os.environ | {
        "ACADEMY_VAR": str(database_folder),
        "ACADEMY_DATABASE": database_address(),
        "ACADEMY_TEST_SITE": str(site),
        "DJANGO_SETTINGS_MODULE": "tests.tracker.worker_settings",
    }
