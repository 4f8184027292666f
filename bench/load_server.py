"""The programs of one installation, started again when they end, as a service manager does; and who asks them."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Program:
    """A program that is started again whenever it ends."""

    def __init__(self, *command: str) -> None:
        self._command = command
        self._stopping = threading.Event()
        self.process = self._start()
        self._watch = threading.Thread(target=self._revive, daemon=True)
        self._watch.start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, cwd=ROOT, stderr=subprocess.DEVNULL)

    def _revive(self) -> None:
        while not self._stopping.is_set():
            self.process.wait()
            if not self._stopping.wait(0.2):
                self.process = self._start()

    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(number) for number in listed.split()]

    def seconds_of_work(self) -> float:
        """Time of the processor that its processes have used, and those of PostgreSQL that serve it."""
        served = [path.parent for path in Path("/proc").glob("[0-9]*/cmdline") if _read(path).startswith(_SERVING)]
        ticks = 0
        for folder in [*served, *(Path(f"/proc/{number}") for number in self.children())]:
            fields = _read(folder / "stat").rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)

    def kill_a_child(self) -> None:
        os.kill(self.children()[0], signal.SIGKILL)

    def stop(self) -> None:
        self._stopping.set()
        self.process.terminate()
        self.process.wait()


_SERVING = "postgres: academy academy "
"""How PostgreSQL names a process that serves the database of the bench."""


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def server(port: int) -> Iterator[Program]:
    """gunicorn, with the settings of `academy serve`."""
    settings = ROOT / "deploy" / "one-machine" / "gunicorn.conf.py"
    program = Program(sys.executable, "-m", "gunicorn", "--config", str(settings), "--bind", f"127.0.0.1:{port}")
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                Browser(port).get("/api/session")
                break
            time.sleep(0.1)
        yield program
    finally:
        program.stop()


@contextlib.contextmanager
def grading() -> Iterator[Program]:
    program = Program(sys.executable, "-m", "tracker", "grade_submissions", "--only-worker")
    try:
        yield program
    finally:
        program.stop()


class Browser:
    """One signed-in person. Each question has a connection of its own, as after a pause."""

    def __init__(self, port: int, session: str = "") -> None:
        self._port = port
        self._cookies = {"academy_session": session} if session else {}
        self.token = ""

    def get(self, path: str) -> tuple[int, int]:
        """Status and size of the answer, which is read piece by piece."""
        with self._asked("GET", path) as answer:
            size = 0
            while piece := answer.read(1 << 16):
                size += len(piece)
            return answer.status, size

    def fetch_token(self) -> None:
        with self._asked("GET", "/api/session") as answer:
            self.token = json.loads(answer.read())["csrf"]
            for cookie in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = cookie.partition(";")[0].partition("=")
                self._cookies[name] = value

    def hand_in(self, path: str, notebook: bytes, key: str) -> tuple[int, dict[str, object]]:
        headers = {"Content-Type": "application/x-ipynb+json", "X-CSRFToken": self.token, "Idempotency-Key": key}
        with self._asked("POST", path, notebook, headers) as answer:
            return answer.status, json.loads(answer.read() or b"{}")

    @contextlib.contextmanager
    def _asked(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        try:
            connection.request(method, path, body, {"Cookie": cookies} | (headers or {}))
            yield connection.getresponse()
        finally:
            connection.close()
