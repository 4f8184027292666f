"""`academy serve` and `academy demo`: one command, two programs, and a made-up agency to look around in."""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from academy import demo as demo_room
from academy import serve as serve_room
from academy.serve import serve
from tests.tracker.postgres import database_for

ROOT = Path(__file__).parents[2]


@pytest.fixture
def built(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(serve_room, "SITE", site)
    return site


def test_a_site_that_is_not_built_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_room, "SITE", tmp_path)
    done = CliRunner().invoke(serve)
    assert done.exit_code == 1
    assert "Run `make build`" in done.output


def test_a_taken_port_is_said_and_the_next_free_one_offered(built: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(serve, ["--port", str(port)])
    assert done.exit_code == 1
    assert f"Port {port} of 127.0.0.1 is in use" in done.output
    offered = re.search(r"Try: academy serve --port (\d+)", done.output)
    assert offered and port < int(offered[1]) < port + 50


def test_listening_to_other_machines_needs_an_address(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACADEMY_ADDRESS", raising=False)
    done = CliRunner().invoke(serve, ["--host", "0.0.0.0"])
    assert done.exit_code == 1
    assert "ACADEMY_ADDRESS=https://academy.example.gov" in done.output


class Running:
    """An `academy serve` of its own: own folder, own port, the tests' lesson and site."""

    def __init__(self, folder: Path, site: Path) -> None:
        self.var = folder / "var"
        self.database = database_for(folder)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        program = "import academy.serve, pathlib, sys; academy.serve.SITE = pathlib.Path(sys.argv.pop(1)); academy.serve.serve()"
        self.output = folder / "output.txt"
        environment = os.environ | {
            "ACADEMY_VAR": str(self.var),
            "ACADEMY_DATABASE": self.database,
            "ACADEMY_TEST_SITE": str(site),
            "DJANGO_SETTINGS_MODULE": "tests.tracker.worker_settings",
            "PYTHONUNBUFFERED": "1",
        }
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", program, str(site), "--port", str(self.port)],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.wait_until(lambda: "Stop with Ctrl+C." in self.said or self.process.poll(), "It did not start")
        assert self.process.poll() is None, self.said
        self.browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar(policy=_OverPlainHttp()))
        )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_until(self, condition: Callable[[], object], what: str, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, f"{what}:\n{self.said}"
            time.sleep(0.1)

    def open(self, path: str, data: bytes | None = None, **headers: str) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        with self.browser.open(request, timeout=10) as answer:
            content: bytes = answer.read()
        return content.decode()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.database:
            with psycopg.connect(self.database) as database:
                return database.execute(query.encode()).fetchall()
        with contextlib.closing(sqlite3.connect(self.var / "academy.sqlite3", timeout=10)) as file:
            return file.execute(query).fetchall()

    def children(self) -> dict[str, int]:
        """The programs that it started, by name, with their process ids."""
        found: dict[str, int] = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                parent = int(folder.joinpath("stat").read_text().rpartition(")")[2].split()[1])
                words = folder.joinpath("cmdline").read_text()
            except (OSError, IndexError):
                continue
            if parent == self.process.pid:
                found["worker" if "grade_submissions" in words else "server"] = int(folder.name)
        return found

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class _OverPlainHttp(http.cookiejar.DefaultCookiePolicy):
    """Browsers keep cookies of 127.0.0.1; Python's jar would look for a dot in the name."""

    def domain_return_ok(self, domain: str, request: urllib.request.Request) -> bool:
        return True

    def return_ok_domain(self, cookie: http.cookiejar.Cookie, request: urllib.request.Request) -> bool:
        return True


@pytest.fixture
def running(tmp_path: Path, site: Path) -> Iterator[Running]:
    started = Running(tmp_path, site)
    yield started
    started.stop()


def test_one_command_serves_grades_recovers_and_stops(running: Running, solved: bytes) -> None:
    # The start page in the terminal says where everything is.
    address = f"http://127.0.0.1:{running.port}"
    for line in (f"{address}/\n", f"{address}/practice/add-numbers.html", f"{address}/sign-in/"):
        assert line in running.said
    assert "<h1>Lessons</h1>" in running.open("/")

    # The accounts that it printed work, and are written down for their owner only.
    accounts_file = running.var / "demo-accounts.txt"
    assert accounts_file.stat().st_mode & 0o777 == 0o600
    _, email, password = re.search(r"(learner) +(\S+@\S+) +(\S+)", running.said).groups()  # type: ignore[union-attr]
    assert f"learner\t{email}\t{password}" in accounts_file.read_text()
    token = json.loads(running.open("/api/session"))["csrf"]
    form = urllib.parse.urlencode({"username": email, "password": password, "csrfmiddlewaretoken": token})
    assert "Lee Learner" in running.open("/sign-in/", form.encode(), Referer=f"{address}/sign-in/")

    # A notebook that is handed in is graded.
    children = running.children()
    os.kill(children["worker"], signal.SIGKILL)
    token = json.loads(running.open("/api/session"))["csrf"]
    headers = {"Content-Type": "application/x-ipynb+json", "X-CSRFToken": token}
    sent = json.loads(running.open("/api/lessons/add-numbers/submissions", solved, **headers))
    # ... by the worker that is started again in place of the killed one.
    running.wait_until(
        lambda: running.children().get("worker", children["worker"]) != children["worker"], "No new worker"
    )
    running.wait_until(
        lambda: json.loads(running.open(sent["url"]))["state"] == "graded", "It was not graded", seconds=90
    )
    answer = json.loads(running.open(sent["url"]))
    assert (answer["points"], answer["possible"], answer["passed"]) == (5, 5, True)
    assert "5 of 5 points" in running.open(sent["results"])
    assert "The grading worker has ended." in running.said

    # The server refuses 50 MB with a message that arrives.
    with pytest.raises(urllib.error.HTTPError) as refused:
        running.open("/api/lessons/add-numbers/submissions", b"x" * 50_000_000, **headers)
    assert refused.value.code == 413
    assert "larger than 5 MB" in json.loads(refused.value.read())["message"]

    # Ctrl+C ends everything, and leaves the port free.
    children = running.children()
    running.stop()
    assert running.process.returncode == 0
    assert running.said.rstrip().endswith("Stopped.")
    assert not any(Path(f"/proc/{number}").exists() for number in children.values())
    socket.create_server(("127.0.0.1", running.port)).close()


def test_the_demonstration_agency_is_made_once_and_graded_for_real(
    running: Running, tmp_path: Path, site: Path
) -> None:
    names = {name for (name,) in running.rows("SELECT name FROM people_agency")}
    assert names == {demo_room.AGENCY, demo_room.OTHER_AGENCY}
    assert all("made up" in name for name in names)
    emails = {email for (email,) in running.rows("SELECT email FROM people_person")}
    assert all(email.endswith("@example.org") for email in emails)
    passwords = {line.split("\t")[2] for line in (running.var / "demo-accounts.txt").read_text().splitlines()[1:]}
    assert len(passwords) == 6
    waiting = "SELECT count(*) FROM learning_submission WHERE state != 'graded'"
    running.wait_until(lambda: running.rows(waiting) == [(0,)], "It was not graded", seconds=120)
    points = running.rows("SELECT points FROM learning_submission ORDER BY id")
    assert len(points) == len(demo_room.TRIES)
    assert {5.0, 0.0} <= {value for (value,) in points}

    # `academy demo` and a second start leave what is there as it is, and show the same accounts.
    running.stop()
    environment = os.environ | {
        "ACADEMY_VAR": str(running.var),
        "ACADEMY_DATABASE": running.database,
        "ACADEMY_TEST_SITE": str(site),
        "DJANGO_SETTINGS_MODULE": "tests.tracker.worker_settings",
    }
    again = subprocess.run(
        [sys.executable, "-m", "academy", "demo"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert {account.split()[-1] for account in again.stdout.splitlines()} == passwords
    second = Running(tmp_path, site)
    second.stop()
    assert all(password in second.said for password in passwords)
    assert {email for (email,) in running.rows("SELECT email FROM people_person")} == emails


def test_when_the_command_is_killed_nothing_is_left_behind(running: Running) -> None:
    children = running.children()
    assert set(children) == {"server", "worker"}
    running.process.kill()
    running.process.wait()
    running.wait_until(
        lambda: not any(_alive(number) for number in children.values()), "A program was left behind", seconds=20
    )


def test_a_server_that_ends_ends_the_command(running: Running) -> None:
    os.kill(running.children()["server"], signal.SIGTERM)
    assert running.process.wait(30) == 1
    assert "The web server has ended." in running.said


def _alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
