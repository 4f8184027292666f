"""The built site, served from the tracker's own origin."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.tracker.cast import Cast

FOREVER = "public, max-age=31536000, immutable"


def body(answer: Any) -> bytes:
    content: bytes = answer.getvalue()
    return content


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/lessons/add-numbers.html", "text/html; charset=utf-8"),
        ("/_static/palette.css", "text/css; charset=utf-8"),
        ("/_static/color-mode.js", "text/javascript; charset=utf-8"),
        ("/_static/logo.svg", "image/svg+xml; charset=utf-8"),
        ("/lite/static/pyodide/pyodide.asm.wasm", "application/wasm"),
        ("/lite/static/pyodide/toolkit-0.1.0-py3-none-any.whl", "application/zip"),
        ("/downloads/add-numbers.zip", "application/zip"),
        ("/downloads/add-numbers.ipynb", "application/x-ipynb+json; charset=utf-8"),
    ],
)
def test_every_kind_of_file_says_what_it_is(path: str, kind: str, site: Path, client: Client) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        ("/", "no-cache"),
        ("/lessons/add-numbers.html", "no-cache"),
        ("/lessons/add-numbers.html?v=1", "no-cache"),
        ("/_static/palette.css", "no-cache"),
        ("/_static/palette.css?v=4ae1632d", FOREVER),
        ("/lite/build/123.0123456789abcdef0123.js", FOREVER),
        ("/lite/build/866.9a59d4c.js", FOREVER),
        ("/lessons/20251121.9a59d4c.html", "no-cache"),
        ("/lite/static/pyodide/numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl", FOREVER),
        ("/lite/static/pyodide/toolkit-0.1.0-py3-none-any.whl", "no-cache"),
        ("/lite/static/pyodide/pyodide.asm.wasm", "no-cache"),
    ],
)
def test_only_what_can_never_change_is_kept_without_asking(path: str, caching: str, site: Path, client: Client) -> None:
    assert client.get(path)["Cache-Control"] == caching


def test_a_file_that_the_browser_has_is_not_sent_again(site: Path, client: Client) -> None:
    first = client.get("/lite/static/pyodide/pyodide.asm.wasm")
    again = client.get("/lite/static/pyodide/pyodide.asm.wasm", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, body(again)) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert client.get("/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_large_files_travel_compressed_and_arrive_whole(site: Path, client: Client, settings: LazySettings) -> None:
    path = "/lite/static/pyodide/pyodide.asm.wasm"
    whole = (site / path[1:]).read_bytes()
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain
    assert body(plain) == whole
    assert packed["Content-Encoding"] == "gzip"
    content = body(packed)
    assert gzip.decompress(content) == whole
    assert len(content) < len(whole)
    assert packed["Content-Length"] == str(len(content))
    assert "Accept-Encoding" in packed["Vary"]
    assert packed["ETag"] != plain["ETag"]
    # The second time, the copy is there already; a wheel is compressed as it is.
    (copy,) = settings.COMPRESSED_FOLDER.iterdir()
    made = copy.stat().st_ino
    assert gzip.decompress(body(client.get(path, headers={"Accept-Encoding": "gzip"}))) == whole
    assert copy.stat().st_ino == made
    wheel = client.get("/downloads/add-numbers.zip", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in wheel


def test_a_site_rebuilt_while_running_shows_at_once(site: Path, client: Client, settings: LazySettings) -> None:
    accepts = {"Accept-Encoding": "gzip"}
    page = site / "index.html"
    page.write_text("<h1>Old</h1>" + " " * 2_000)
    old = client.get("/", headers=accepts)
    assert b"Old" in gzip.decompress(body(old))
    shutil.rmtree(site)
    assert client.get("/").status_code == 404
    site.mkdir()
    page.write_text("<h1>New and longer</h1>" + " " * 2_000)
    os.utime(page, (1_000, 1_000))
    new = client.get("/", headers=accepts | {"If-None-Match": old["ETag"]})
    assert new.status_code == 200
    assert b"New" in gzip.decompress(body(new))
    # Of the old one nothing is kept.
    assert len(list(settings.COMPRESSED_FOLDER.iterdir())) == 1
    # A new page of the same length and the same second shows too.
    page.write_text("<h1>Now the third</h1>" + " " * 2_001)
    os.utime(page, ns=(0, 1_000 * 10**9 + 1))
    assert b"third" in gzip.decompress(body(client.get("/", headers=accepts)))


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("/", "book"),
        ("/lessons/add-numbers.html", "book"),
        ("/practice/add-numbers.html", "practice"),
        ("/lite/index.html", "lite"),
        ("/sign-in/", "tracker"),
        ("/api/session", "tracker"),
        ("/my/", "tracker"),
        ("/no-such-page", "tracker"),
        ("/assets/tracker/tracker.css", "tracker"),
        ("/admin/", "tracker"),
    ],
)
def test_every_area_has_the_policy_that_the_build_wrote_for_it(
    path: str, area: str, site: Path, client: Client, db: None
) -> None:
    assert client.get(path)["Content-Security-Policy"] == f"default-src 'self'; report-uri /{area}"


def test_a_new_policy_holds_without_a_restart(site: Path, client: Client, settings: LazySettings) -> None:
    client.get("/")
    policy = settings.POLICY_FILE
    policy.write_text(json.dumps({"book": "default-src 'none'"}))
    os.utime(policy, (2_000, 2_000))
    assert client.get("/")["Content-Security-Policy"] == "default-src 'none'"
    # An area that the build says nothing about gets a strict one.
    assert "default-src 'none'" in client.get("/lite/index.html")["Content-Security-Policy"]


def test_without_a_build_a_strict_policy_holds(client: Client, db: None) -> None:
    policy = client.get("/sign-in/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_only_the_browser_lesson_may_stand_in_a_frame(site: Path, client: Client, db: None) -> None:
    assert client.get("/lite/index.html")["X-Frame-Options"] == "SAMEORIGIN"
    for path in ("/", "/practice/add-numbers.html", "/sign-in/"):
        assert client.get(path)["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt",
        "/lessons/../../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "//etc/passwd",
        "/downloads/.hidden",
        "/downloads/link.txt",
        "/lessons/add-numbers.html/",
        "/lessons/add-numbers.html/x",
        "/%00",
        "/" + "x" * 5_000,
        "/no-such-page",
    ],
)
def test_nothing_outside_the_site_is_served(path: str, site: Path, client: Client, db: None) -> None:
    (site / "downloads" / "link.txt").symlink_to(site.parent / "outside.txt")
    answer = client.get(path)
    assert answer.status_code == 404
    assert "outside" not in answer.content.decode()


def test_a_download_is_kept_as_a_file(site: Path, client: Client) -> None:
    answer = client.get("/downloads/add-numbers.ipynb")
    assert answer["Content-Disposition"] == 'attachment; filename="add-numbers.ipynb"'
    assert "Content-Disposition" not in client.get("/lessons/add-numbers.html")


def test_the_head_of_a_file_can_be_asked_for_and_nothing_can_be_sent_to_one(site: Path, client: Client) -> None:
    head = client.head("/")
    assert (head.status_code, body(head)) == (200, b"")
    assert int(head["Content-Length"]) == len((site / "index.html").read_bytes())
    assert client.post("/").status_code == 405


@pytest.mark.parametrize(
    ("path", "to"),
    [("/my", "/my/"), ("/sign-in", "/sign-in/"), ("/admin", "/admin/"), ("/lite?path=a", "/lite/?path=a")],
)
def test_a_missing_slash_is_mended(path: str, to: str, site: Path, client: Client) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, to)


def test_reading_the_book_asks_nothing_of_the_database(
    site: Path, client: Client, cast: Cast, django_assert_num_queries: Callable[..., Any]
) -> None:
    client.force_login(cast.learner)
    with django_assert_num_queries(0):
        answer = client.get("/lessons/add-numbers.html")
    assert "Cookie" not in answer.get("Vary", "")
    assert not answer.cookies


def test_the_tracker_s_own_style_is_served(client: Client, db: None) -> None:
    answer = client.get("/assets/tracker/tracker.css")
    assert answer.status_code == 200
    assert b".state" in body(answer)
