"""The sandbox: bubblewrap around one Python process that we do not trust.

Inside there is no network, no other process, no lesson source and no gradebook; the system is read-only, the user has
no rights, and memory, time, processes and disk are bounded. Where a piece of this is missing, nothing runs at all.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import autograder.runner.inside as inside
import toolkit

_NOBODY = 65534
_HOME = "/lesson"
_CODE = "/academy"
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime")
_TOOLS = {"bwrap": "bubblewrap", "prlimit": "util-linux", "setpriv": "util-linux"}


class SandboxMissing(Exception):
    """This machine cannot run learners' code safely, so it does not run it at all."""


@dataclass(frozen=True)
class Limits:
    """What one process may use. Seconds are of the wall clock; the rest are bytes and counts."""

    seconds: float = 60
    memory: int = 2 << 30
    disk: int = 64 << 20
    processes: int = 64
    output: int = 30 << 20


@dataclass
class Ending:
    """How a sandboxed process came to its end, filled in while its events are read."""

    timed_out: bool = False
    overflowed: bool = False
    exit_status: int | None = None
    complaints: str = ""
    """The end of its standard error: for our log."""
    seconds: float = field(default=0.0)


def check_sandbox() -> None:
    """Raise SandboxMissing, saying what is missing and what to do, unless a sandboxed process really starts here."""
    if sys.platform != "linux":
        raise SandboxMissing(
            "Learners' notebooks are graded on Linux only. Run the grader there, or in a virtual machine."
        )
    for tool, package in _TOOLS.items():
        if shutil.which(tool) is None:
            raise SandboxMissing(f"“{tool}” is missing. Install the package “{package}”, then grade again.")
    done = subprocess.run([*_bubblewrap((), Limits()), "true"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SandboxMissing(
            "bubblewrap cannot make a sandbox here, so no learner's notebook is run.\n"
            f"It says: {done.stderr.strip()}\nAllow unprivileged user namespaces, or run the grader as root."
        )


def run(module: str, job: dict[str, Any], files: Sequence[Path], limits: Limits, ending: Ending) -> Iterator[Any]:
    """Run `inside.<module>` on `job` and yield its events as they come. `files` lie, read-only, where it starts.

    Stops at the time limit, at the output limit, or at the first line that is not JSON; says in `ending` how it ended.
    """
    started = time.monotonic()
    with tempfile.TemporaryFile() as jobs, tempfile.TemporaryFile() as complaints:
        jobs.write(json.dumps(job).encode())
        jobs.seek(0)
        command = [*_bubblewrap(files, limits), *_bounds(limits), sys.executable, "-s", "-m", f"inside.{module}"]
        process = subprocess.Popen(command, stdin=jobs, stdout=subprocess.PIPE, stderr=complaints)
        try:
            yield from _events(process, started + limits.seconds, limits.output, ending)
        finally:
            # bubblewrap's first process is the init of its PID namespace: with it, everything inside dies.
            process.kill()
            ending.exit_status = process.wait()
            ending.seconds = time.monotonic() - started
            complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - 4_000))
            ending.complaints = complaints.read().decode("utf-8", "replace")
            assert process.stdout is not None
            process.stdout.close()


def _events(process: subprocess.Popen[bytes], deadline: float, most: int, ending: Ending) -> Iterator[Any]:
    assert process.stdout is not None
    for line in _lines(process.stdout, deadline, most, ending):
        try:
            yield json.loads(line)
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
            ending.overflowed = True
            return


def _lines(stream: IO[bytes], deadline: float, most: int, ending: Ending) -> Iterator[bytes]:
    """Complete lines of the stream, until its end, the deadline, or `most` bytes."""
    waiting = bytearray()
    total = 0
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                ending.timed_out = True
                return
            chunk = os.read(stream.fileno(), 1 << 16)
            if not chunk:
                return
            total += len(chunk)
            if total > most:
                ending.overflowed = True
                return
            waiting += chunk
            *lines, rest = waiting.split(b"\n")
            waiting = bytearray(rest)
            for line in lines:
                yield bytes(line)


def _bubblewrap(files: Sequence[Path], limits: Limits) -> list[str]:
    """The bubblewrap command line, up to the command that it is to run."""
    command = ["bwrap", "--die-with-parent", "--new-session", "--clearenv", "--hostname", "lesson"]
    command += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() == 0:
        # Root needs no user namespace; setpriv, below, takes its rights away for good.
        command += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-user", "--cap-drop", "ALL"]
    room = ["--size", str(limits.disk), "--perms", "1777", "--tmpfs"]
    # First the empty folders, then what lies in them: this project itself may live below /tmp.
    command += [*room, "/tmp"]
    for path in _readable():
        command += [*_folders_above(path), "--ro-bind", path, path]
    command += ["--proc", "/proc", "--dev", "/dev", *room, "/dev/shm", "--remount-ro", "/dev"]
    command += _folders_above(f"{_CODE}/inside")
    command += ["--ro-bind", str(Path(inside.__file__).parent), f"{_CODE}/inside"]
    command += ["--ro-bind", str(Path(toolkit.__file__).parent), f"{_CODE}/toolkit"]
    command += [*room, _HOME]
    for file in files:
        command += ["--ro-bind", str(file), f"{_HOME}/{file.name}"]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": _HOME,
        "LANG": "C.UTF-8",
        "PYTHONPATH": _CODE,
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/tmp",
        "IPYTHONDIR": "/tmp/ipython",
        # One thread each: many submissions share the machine, and results do not depend on its size.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    for name, value in environment.items():
        command += ["--setenv", name, value]
    return [*command, "--chdir", _HOME, "--"]


def _folders_above(path: str) -> list[str]:
    """Make the folders that lead to `path` passable: bubblewrap would make them for root alone."""
    return [word for parent in reversed(Path(path).parents[:-1]) for word in ("--perms", "0755", "--dir", str(parent))]


def _bounds(limits: Limits) -> list[str]:
    """Resource limits and, for root, the step down to a user without rights."""
    bounds = ["prlimit", f"--as={limits.memory}", f"--fsize={limits.disk}", f"--cpu={int(limits.seconds) + 1}"]
    bounds += [f"--nproc={limits.processes}", "--nofile=256", "--core=0"]
    if os.geteuid() == 0:
        bounds += ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--no-new-privs"]
    return bounds


def _readable() -> list[str]:
    """The system and this Python: all that a process needs in order to start."""
    paths = [path for path in _SYSTEM if os.path.exists(path)]
    for prefix in (sys.base_prefix, sys.prefix):
        if not any(prefix == path or prefix.startswith(path + "/") for path in paths):
            paths.append(prefix)
    return paths
