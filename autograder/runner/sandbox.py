"""The sandbox around a warm process: bubblewrap, and what it takes to start it.

Inside there is no network, no other process, no lesson source and no gradebook; the system is read-only. The warm
process runs trusted code; for each learner it forks a child that shuts itself in further (inside/child.py). Where a
piece of this is missing, nothing runs at all.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import autograder.runner.inside as inside
import toolkit

_HOME = "/lesson"
_CODE = "/academy"
_STAGE = f"{_CODE}/room"
_CHARTS = "/tmp/matplotlib"
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime")
_CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETFCAP", "CAP_KILL")
"""What it takes to shut a child in. Each child gives them up before it does anything else."""
_FIRST_USER = 1_879_048_192
"""Users from here on belong to no account (systemd's list of user numbers)."""
_NOBODY = 65534
_FILES_ONE_BY_ONE = 200


class SandboxMissing(Exception):
    """This machine cannot run learners' code safely, so it does not run it at all."""


@dataclass(frozen=True)
class Limits:
    """What one run may use. Seconds are of the wall clock; the rest are bytes and counts."""

    seconds: float = 60
    memory: int = 2 << 30
    disk: int = 64 << 20
    processes: int = 64
    output: int = 30 << 20


def check_tools() -> None:
    """Raise SandboxMissing, saying what to install, where a program that the sandbox needs is not here."""
    if sys.platform != "linux":
        raise SandboxMissing(
            "Learners' notebooks are graded on Linux only. Run the grader there, or in a virtual machine."
        )
    if shutil.which("bwrap") is None:
        raise SandboxMissing("“bwrap” is missing. Install the package “bubblewrap”, then grade again.")


def refused(complaint: str) -> SandboxMissing:
    """The error for a machine where bubblewrap, or a child of the warm process, cannot shut itself in."""
    return SandboxMissing(
        "bubblewrap cannot make a sandbox here, so no learner's notebook is run.\n"
        f"It says: {complaint.strip()}\nAllow unprivileged user namespaces, or run the grader as root."
    )


def command(files: Sequence[Path], information: int, program: Sequence[str]) -> list[str]:
    """The command line that starts `program` in a sandbox. Bubblewrap writes to `information` which process it is."""
    words = ["bwrap", "--new-session", "--clearenv", "--hostname", "lesson", "--info-fd", str(information)]
    words += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() != 0:
        # Root needs no user namespace: its children become other users, for good. Others are root in one of their own.
        words += ["--unshare-user", "--uid", "0", "--gid", "0"]
    words += ["--cap-drop", "ALL"]
    for capability in _CAPABILITIES:
        words += ["--cap-add", capability]
    # First the empty folders, then what lies in them: this project itself may live below /tmp.
    words += ["--perms", "1777", "--tmpfs", "/tmp"]
    for path in _readable():
        words += [*_folders_above(path), "--ro-bind", path, path]
    words += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    words += [*_folders_above(f"{_CODE}/inside"), "--perms", "0755", "--dir", _STAGE]
    words += ["--ro-bind", str(Path(inside.__file__).parent), f"{_CODE}/inside"]
    words += ["--ro-bind", str(Path(toolkit.__file__).parent), f"{_CODE}/toolkit"]
    for list_of_fonts in _lists_of_fonts():
        words += ["--ro-bind", str(list_of_fonts), f"{_CHARTS}/{list_of_fonts.name}"]
    words += ["--perms", "0755", "--tmpfs", _HOME]
    for file in files:
        for each in _each_file(file):
            words += ["--ro-bind", str(each.resolve()), f"{_HOME}/{each.relative_to(file.parent)}"]
    words += ["--remount-ro", _HOME]
    environment = {
        "PATH": "/usr/bin:/bin",
        # While it gets warm. Its children's is where their notebook is.
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "PYTHONPATH": _CODE,
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": _CHARTS,
        "IPYTHONDIR": "/tmp/ipython",
        # One thread each: many submissions share the machine, and results do not depend on its size.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }
    for name, value in environment.items():
        words += ["--setenv", name, value]
    return [*words, "--chdir", "/", "--", *program]


def user_for(process: int) -> int | None:
    """The user that the children of this warm process become: no other process' user. None where we are not root."""
    if os.geteuid() != 0:
        return None
    wanted = _FIRST_USER + process
    for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines():
        first, _, count = map(int, line.split())
        if first <= wanted < first + count:
            return wanted
    return _NOBODY


def _folders_above(path: str) -> list[str]:
    """Make the folders that lead to `path` passable: bubblewrap would make them for root alone."""
    return [word for parent in reversed(Path(path).parents[:-1]) for word in ("--perms", "0755", "--dir", str(parent))]


def _each_file(path: Path) -> list[Path]:
    """The files of a folder one by one, so that notebooks can write beside them; a large folder as a whole."""
    files = [each for each in sorted(path.rglob("*")) if each.is_file()] if path.is_dir() else []
    return files if 0 < len(files) <= _FILES_ONE_BY_ONE else [path]


def _lists_of_fonts() -> list[Path]:
    """Matplotlib's lists of this machine's fonts, where it has made some. To make one takes as long as to load pandas.

    Where they are: https://matplotlib.org/stable/install/environment_variables_faq.html
    """
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.environ.get("MPLCONFIGDIR") or os.path.join(caches, "matplotlib")
    return sorted(Path(folder).glob("fontlist-*.json"))


def _readable() -> list[str]:
    """The system and this Python: all that a process needs in order to start."""
    paths = [path for path in _SYSTEM if os.path.exists(path)]
    for prefix in (sys.base_prefix, sys.prefix):
        if not any(prefix == path or prefix.startswith(path + "/") for path in paths):
            paths.append(prefix)
    return paths
