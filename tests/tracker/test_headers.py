"""What protects a browser: the headers and cookies of every area of the server, at an https address."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from academy.site.policy import write_policies

ROOT = Path(__file__).parents[2]
STRICT = {"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "frame-ancestors": "'none'"}
BOOK = STRICT | {"style-src": "'self' 'unsafe-inline'"}
# Address, status, what its policy says, what of it may be framed.
TABLE: list[tuple[str, int, dict[str, str], str]] = [
    ("/", 200, BOOK, "DENY"),
    ("/lessons/one.html", 200, BOOK, "DENY"),
    ("/downloads/one.ipynb", 200, BOOK, "DENY"),
    ("/practice/one.html", 200, {"frame-ancestors": "'none'"}, "DENY"),
    ("/lite/index.html", 200, {"frame-ancestors": "'self'"}, "SAMEORIGIN"),
    ("/my/", 200, STRICT, "DENY"),
    ("/sign-out/", 200, STRICT, "DENY"),
    ("/signed-out/", 302, STRICT, "DENY"),
    ("/team/", 200, STRICT, "DENY"),
    ("/cohorts/", 200, STRICT, "DENY"),
    ("/admin/people/person/", 200, STRICT, "DENY"),
    ("/api/session", 200, STRICT, "DENY"),
    ("/api/submissions/1", 404, STRICT, "DENY"),
    ("/assets/tracker/tracker.css", 200, STRICT, "DENY"),
    ("/no-such-page", 404, STRICT, "DENY"),
]
EVERYWHERE = {
    "Strict-Transport-Security": "max-age=31536000",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
PRIVATE = ("/sign-in/", "/my/", "/sign-out/", "/signed-out/", "/team/", "/cohorts/", "/api/session")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An installation at an https address, with a small site under the policies that the build writes."""
    folder = tmp_path_factory.mktemp("https")
    site = folder / "build" / "site"
    for path in ("index.html", "lessons/one.html", "practice/one.html", "lite/index.html", "downloads/one.ipynb"):
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text("<!doctype html><title>One</title>")
    write_policies(site, folder / "build" / "policy.json")
    # Without what the tests set for themselves.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ACADEMY_", "DJANGO_"))}
    return kept | {
        "ACADEMY_ADDRESS": "https://academy.example.gov",
        "ACADEMY_VAR": str(folder / "var"),
        "ACADEMY_TEST_SITE": str(site),
        "DJANGO_SETTINGS_MODULE": "tests.tracker.worker_settings",
    }


@pytest.fixture(scope="module")
def found(environment: dict[str, str]) -> dict[str, Any]:
    """What the server answers, asked once for all tests."""
    command = [sys.executable, "-m", "tests.tracker.over_https"]
    ask = json.dumps([path for path, *_ in TABLE])
    done = subprocess.run(command, env=environment, cwd=ROOT, input=ask, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize(("path", "status", "policy", "framed"), TABLE, ids=[row[0] for row in TABLE])
def test_every_area_is_under_its_policy(
    path: str, status: int, policy: dict[str, str], framed: str, found: dict[str, Any]
) -> None:
    answer = found["pages"][path]
    headers = answer["headers"]
    assert answer["status"] == status
    parts = (part.strip().partition(" ") for part in headers["Content-Security-Policy"].split(";"))
    said = {name: value for name, _, value in parts}
    assert {name: said.get(name) for name in policy} == policy
    assert headers["X-Frame-Options"] == framed
    assert {name: headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(headers["Permissions-Policy"].split(", "))
    assert not {"Server", "X-Powered-By"} & headers.keys()


def test_pages_about_people_are_kept_by_no_browser_and_no_proxy(found: dict[str, Any]) -> None:
    for path in PRIVATE:
        said = found["pages"][path]["headers"]["Cache-Control"]
        assert "no-store" in said and "private" in said, path


def test_cookies_are_bound_to_this_host_and_to_encrypted_lines(found: dict[str, Any]) -> None:
    cookies = found["cookies"]
    assert {"__Host-academy_session", "__Host-academy_csrf"} <= cookies.keys()
    for name, flags in cookies.items():
        assert flags["secure"] and flags["httponly"] and not flags["domain"], name
        assert flags["samesite"] == "Lax", name
        assert flags["path"] == "/" or not name.startswith("__Host-"), name


def test_a_form_is_taken_with_its_token_and_from_our_own_pages_only(found: dict[str, Any]) -> None:
    assert (found["without token"], found["from elsewhere"], found["signed in"]) == (403, 403, 302)


def test_an_unencrypted_call_is_sent_to_the_encrypted_address(found: dict[str, Any]) -> None:
    assert found["unencrypted"] == [301, "https://academy.example.gov/my/?a=b"]


def test_django_s_own_check_of_an_installation_finds_nothing(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "tracker", "check", "--deploy", "--fail-level", "WARNING"]
    real = environment | {"DJANGO_SETTINGS_MODULE": "tracker.settings"}
    done = subprocess.run(command, env=real, cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
    assert "no issues" in done.stdout
