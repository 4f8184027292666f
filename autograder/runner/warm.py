"""The worker's side of a warm process: start it once, hand it one job after another, end what takes too long."""

from __future__ import annotations

import contextlib
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.runner.sandbox import Limits, check_tools, command, refused, user_for

_START = 120.0
"""Seconds that a warm process may take until it is ready: it imports what lessons need."""
_ANSWER = 20.0
"""Seconds that it may take to fork a child, or to say that one has ended."""
_PARTING = 0.2
"""Seconds that a child has to end by itself after its last event."""
_HALF_LETTER = rb"\ud"
_LARGEST_ANSWER = 1 << 16


class WarmProcessFailed(Exception):
    """The warm process was lost twice in a row. A failure of ours: never a score."""


class _Lost(Exception):
    """The warm process ended, or does not answer."""


@dataclass
class Run:
    """What came of one job."""

    events: list[Any] = field(default_factory=list)
    """The program's events in their order, up to whatever ended it. A learner's code may have written some itself."""
    timed_out: bool = False
    overflowed: bool = False
    """It wrote more than the limit, or something that is no event."""
    exit_status: int | None = None
    seconds: float = 0.0
    complaints: str = ""
    """The end of the warm process' standard error: for our log."""
    memory: int = 0
    """Bytes of memory that the warm process held after it."""
    peak: int = 0
    """The most bytes that its child held, those shared with the warm process among them."""
    cpu: float = 0.0
    """Seconds of processor time that the child used, and the warm process for it."""

    @property
    def protection(self) -> tuple[str, ...]:
        """Which protections of the kernel held. Said before any learner's code ran."""
        return tuple(self.events[0]["protection"]) if self.events else ()


class WarmProcess:
    """One warm process for one lesson, or for one assignment of a course. Use it as a context, or close it.

    `files` (or folders) lie read-only beside the notebook. `modules` are what the lesson imports
    (`autograder.runner.imports`); None preloads nothing, so that every import takes its full time. It starts with its
    first job, and again whenever it was lost. One job runs at a time; for more, take more warm processes.
    """

    def __init__(self, files: Sequence[Path] = (), modules: Iterable[str] | None = ()) -> None:
        self._files = tuple(files)
        self._modules = None if modules is None else sorted(set(modules))
        self._lock = threading.Lock()
        self.cpu = 0.0
        """Seconds of processor time that its jobs have used."""
        self._started: _Started | None = None

    def __enter__(self) -> WarmProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Start now rather than with the first job. Raises SandboxMissing where there can be none."""
        with self._lock:
            self._ready()

    def close(self) -> None:
        """End it and all that it started. A later job would start it again."""
        with self._lock:
            self._stop()

    def run(self, program: str, job: dict[str, Any], limits: Limits | None = None) -> Run:
        """Run `inside.<program>` on `job` in a child of its own. Raises WarmProcessFailed, SandboxMissing.

        A warm process that is lost is started again, and the job tried once more.
        """
        limits = limits or Limits()
        with self._lock:
            for _ in range(2):
                try:
                    run = self._ready().run(program, job, limits)
                    self.cpu += run.cpu
                    return run
                except _Lost as lost:
                    complaint = f"{lost} {self._stop()}".strip()
                except BaseException:
                    # Stopped in the middle: nothing may go on running, and the next answer would be this job's.
                    self._stop()
                    raise
        raise WarmProcessFailed(complaint)

    def _ready(self) -> _Started:
        if self._started is None:
            self._started = _Started(self._files, self._modules)
        return self._started

    def _stop(self) -> str:
        started, self._started = self._started, None
        return started.end() if started else ""


class _Started:
    """A running warm process."""

    def __init__(self, files: Sequence[Path], modules: Sequence[str] | None) -> None:
        check_tools()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        read, write = os.pipe()
        settings = json.dumps({"socket": theirs.fileno(), "modules": modules})
        program = [sys.executable, "-s", "-m", "inside.warm", settings]
        with theirs:
            try:
                self._process = subprocess.Popen(
                    command(files, write, program),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self._log,
                    pass_fds=(theirs.fileno(), write),
                )
            finally:
                os.close(write)
        with os.fdopen(read, "rb") as information:
            said = information.read()
        # Bubblewrap's child is the init of its namespace: with it, everything inside dies.
        self._init = os.pidfd_open(json.loads(said)["child-pid"]) if said else None
        self._finalizer = weakref.finalize(self, _end, self._process, self._init, self._socket)
        self._user = user_for(self._process.pid)
        try:
            if self._init is None:
                raise refused(self.end())
            self._answer(_START)
        except _Lost as lost:
            # The caller has no hold of it yet.
            raise _Lost(f"{lost} {self.end()}") from None

    def run(self, program: str, job: dict[str, Any], limits: Limits) -> Run:
        started = time.monotonic()
        run = Run()
        events, child = self._fork(program, job, limits)
        try:
            run.events += _events(events, started + limits.seconds, limits.output, run)
        finally:
            os.close(events)
            if not run.timed_out and not run.overflowed:
                _wait(child, _PARTING)
            # The child is the first process of its namespace: with it, everything that it started dies.
            _kill(child)
        ending = self._answer(_ANSWER)
        run.seconds = time.monotonic() - started
        run.exit_status, run.cpu = ending["exit"], ending["cpu"]
        run.memory, run.peak = ending["memory"], ending["peak"]
        run.complaints = self._complaints()
        first = run.events[0] if run.events else {"event": "nothing"}
        if first["event"] != "ready":
            raise _Lost(f"A child could not start: {first.get('complaint', 'it said nothing')}")
        return run

    def _fork(self, program: str, job: dict[str, Any], limits: Limits) -> tuple[int, int]:
        """The pipe that the events come from, and the handle of the child. The job itself goes by as an open file."""
        bounds = {key: value for key, value in asdict(limits).items() if key != "output"}
        request = json.dumps({"program": program, "bounds": {**bounds, "user": self._user}}).encode()
        events, theirs = os.pipe()
        try:
            with tempfile.TemporaryFile() as file:
                file.write(json.dumps(job).encode())
                file.flush()
                socket.send_fds(self._socket, [request], [file.fileno(), theirs])
        except OSError as error:
            os.close(events)
            raise _Lost(str(error)) from error
        finally:
            os.close(theirs)
        try:
            handles: list[int] = []
            self._answer(_ANSWER, handles)
            return events, handles[0]
        except (_Lost, IndexError) as error:
            os.close(events)
            raise _Lost(str(error)) from error

    def _answer(self, seconds: float, handles: list[int] | None = None) -> Any:
        if not _wait(self._socket.fileno(), seconds):
            raise _Lost(f"The warm process did not answer within {seconds:g} seconds.")
        try:
            answer, files, _, _ = socket.recv_fds(self._socket, _LARGEST_ANSWER, 1)
        except OSError as error:
            raise _Lost(str(error)) from error
        if handles is not None:
            handles += files
        if not answer:
            raise _Lost("The warm process has ended.")
        return json.loads(answer)

    def end(self) -> str:
        """End it, and all that it started. Returns what it complained of."""
        self._finalizer()
        complaints = self._complaints()
        self._log.close()
        return complaints

    def _complaints(self) -> str:
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - 4_000))
        return self._log.read().decode("utf-8", "replace")


def check_sandbox() -> None:
    """Raise SandboxMissing, saying what is missing and what to do, unless a sandboxed process really starts here."""
    with WarmProcess(modules=None) as warm:
        try:
            warm.run("probe", {})
        except WarmProcessFailed as failed:
            raise refused(str(failed)) from failed


def _end(process: subprocess.Popen[bytes], init: int | None, requests: socket.socket) -> None:
    requests.close()
    if init is not None:
        _kill(init, wait=_ANSWER)
    else:
        process.kill()
    process.wait()


def _wait(file: int, seconds: float) -> bool:
    """Wait until there is something to read, or the process behind a handle has ended."""
    waiting = select.poll()
    waiting.register(file, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


def _kill(process: int, wait: float = 0) -> None:
    """Kill the process behind a handle, wait until it is gone, and let the handle go."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(process, signal.SIGKILL)
    if wait:
        _wait(process, wait)
    os.close(process)


def _events(pipe: int, deadline: float, most: int, run: Run) -> Iterator[Any]:
    for line in _lines(pipe, deadline, most, run):
        try:
            event = json.loads(line)
            if _HALF_LETTER in line.lower():
                # Half of a letter can be in a Python text, but in no file and no database.
                event = json.loads(json.dumps(event, ensure_ascii=False).encode("utf-8", "replace"))
        except (ValueError, RecursionError):
            run.overflowed = True
            return
        yield event


def _lines(pipe: int, deadline: float, most: int, run: Run) -> Iterator[bytes]:
    """Complete lines, until the pipe's end, the deadline, or `most` bytes."""
    waiting = bytearray()
    total = 0
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                run.timed_out = True
                return
            chunk = os.read(pipe, 1 << 16)
            if not chunk:
                return
            total += len(chunk)
            if total > most:
                run.overflowed = True
                return
            waiting += chunk
            if b"\n" not in chunk:
                # Searched once only: a line without end must not cost more than reading it.
                continue
            *lines, rest = waiting.split(b"\n")
            waiting = bytearray(rest)
            for line in lines:
                yield bytes(line)
