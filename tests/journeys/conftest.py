"""The academy as it runs: the built site, a real server and grading worker, a real browser that may ask no other host."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
]
PATIENCE = 60


@dataclass(frozen=True)
class Academy:
    """A running academy: its address, and the made-up agency's accounts (role to e-mail and password)."""

    address: str
    accounts: dict[str, tuple[str, str]]


@pytest.fixture(scope="session")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Academy]:
    assert (ROOT / "build" / "site" / "index.html").is_file(), "Run make build first: this test uses the built site."
    home = tmp_path_factory.mktemp("var")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (home / "serve.log").open("wb")
    program = subprocess.Popen(
        [sys.executable, "-m", "academy", "serve", "--port", str(port)],
        cwd=ROOT, env=os.environ | {"ACADEMY_VAR": str(home)}, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, program, home / "serve.log")
        lines = (home / "demo-accounts.txt").read_text().splitlines()
        rows = [line.split("\t") for line in lines if not line.startswith("#")]
        yield Academy(address, {role: (email, password) for role, email, password in rows})
    finally:
        program.send_signal(signal.SIGINT)
        program.wait(timeout=PATIENCE)


def _wait_for(address: str, program: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(PATIENCE * 2):
        assert program.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"The academy did not answer:\n{log.read_text()}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield browser
        browser.close()


class Visitor:
    """One person at one browser. Every request to another host is refused, and remembered."""

    def __init__(self, chromium: Browser, academy: Academy, width: int = 1280) -> None:
        self.academy = academy
        self.context: BrowserContext = chromium.new_context(
            viewport={"width": width, "height": 800}, base_url=academy.address
        )
        self.strayed: list[str] = []
        self.context.route(re.compile(".*"), self._only_here)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _only_here(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.scheme in ("data", "blob") or f"{url.scheme}://{url.netloc}" == self.academy.address:
            route.continue_()
        else:
            self.strayed.append(route.request.url)
            route.abort()

    def sign_in(self, role: str) -> None:
        email, password = self.academy.accounts[role]
        self.page.goto("/sign-in/")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.fixture
def visitor(chromium: Browser, academy: Academy) -> Iterator[Visitor]:
    made = Visitor(chromium, academy)
    yield made
    made.context.close()
    assert made.strayed == [], "a page asked another host for something"
