"""What a learner's process may do: harm itself. Each attack is really made, by root's workers and by an ordinary user's."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from autograder.runner import Limits, Run, SandboxMissing, WarmProcess, check_sandbox
from autograder.runner import warm as warm_module
from autograder.runner.inside import seccomp

from .conftest import DATA
from .ordinary_user import ordinary_user

SHORT = Limits(seconds=4)


@contextmanager
def this_user(files: list[Path]) -> Iterator[WarmProcess]:
    with WarmProcess(files, ["pandas"]) as warm:
        yield warm


@pytest.fixture(scope="module", params=[this_user, ordinary_user], ids=lambda made: made.__name__)
def worker(request: pytest.FixtureRequest) -> Iterator[Any]:
    with request.param(DATA) as worker:
        yield worker


def run(worker: Any, source: str, limits: Limits = SHORT) -> Run:
    steps = [{"id": "a", "source": source, "task": "t", "answers": ["seen"]}]
    finished: Run = worker.run("learner", {"steps": steps}, limits)
    return finished


def seen(worker: Any, source: str) -> Any:
    """The text that the code gives the name `seen`."""
    events = run(worker, source).events
    assert events[-1] == {"event": "done"}
    return next(event["answers"]["seen"]["value"] for event in events if event["event"] == "answers")


def test_namespaces_landlock_and_seccomp_hold(worker: Any) -> None:
    protection = run(worker, "seen = ''").protection
    assert protection[0] == "namespaces"
    assert any(name.startswith("landlock") for name in protection)
    assert "seccomp" in protection


CALL = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\ndef call(*a):\n    if libc.syscall(*a) < 0: raise OSError(ctypes.get_errno(), 'no')\n"
REFUSED = {
    "to write to the system": "open('/usr/bin/x', 'w')",
    "to write to the top folder": "open('/x', 'w')",
    "to write to the grader": "open('/academy/inside/answers.py', 'a')",
    "to change a table": "open('branches.csv', 'a')",
    "to delete a table": "__import__('os').remove('branches.csv')",
    "to read the passwords": "open('/etc/shadow')",
    "to read the environment of the first process": "open('/proc/1/../../etc/environment')",
    "to write to a setting of the kernel": "open('/proc/sys/kernel/hostname', 'w').write('x')",
    "to make memory files": "__import__('os').memfd_create('x')",
    "to reach the network": "__import__('socket').create_connection(('1.1.1.1', 53), timeout=2)",
    "to look up an address": "__import__('socket').getaddrinfo('example.org', 80)",
    "to reach this machine": "__import__('socket').create_connection(('127.0.0.1', 22), timeout=2)",
    "to talk to the machine around this one": "__import__('socket').socket(40, 1)",
    "to read packets": "__import__('socket').socket(17, 3)",
    "to talk to the kernel's ciphers": "__import__('socket').socket(38, 5)",
    "to become root": "__import__('os').setuid(0)",
    "to become another user": "__import__('os').setuid(1000)",
    "to join a group": "__import__('os').setgroups([0])",
    "to be served first": "__import__('os').nice(-5)",
    "to make a device": "__import__('os').mknod('/tmp/d', 0o60600, __import__('os').makedev(254, 0))",
    "a mount": "call(40 if __import__('os').uname().machine == 'aarch64' else 165, b'none', b'/mnt', b'tmpfs', 0, 0)",
    "a user namespace": "libc.unshare(0x10000000) == 0 or call(-1)",
    "a program in namespaces of its own": "call(220 if __import__('os').uname().machine == 'aarch64' else 56, 0x10000011, 0, 0, 0, 0)",
    "to signal other processes": "__import__('os').kill(2, 9)",
    "more than its limits": "__import__('resource').setrlimit(__import__('resource').RLIMIT_NPROC, (9999, 9999))",
}  # fmt: skip


@pytest.mark.parametrize("wanted", REFUSED)
def test_a_learner_is_refused(wanted: str, worker: Any) -> None:
    code = (
        f"{CALL}try:\n    {REFUSED[wanted]}\n    seen = 'had it'\nexcept (OSError, ValueError):\n    seen = 'refused'"
    )
    assert seen(worker, code) == "refused"


def test_every_call_that_escapes_are_made_of_is_refused(worker: Any) -> None:
    numbers = {name: both[os.uname().machine == "aarch64"] for name, both in seccomp._FORBIDDEN.items()}
    code = (
        f"{CALL}got = []\nfor name, number in {numbers}.items():\n    if number is None: continue\n"
        "    try:\n        call(number, 0, 0, 0, 0, 0)\n        got.append(name)\n"
        "    except OSError as error:\n        if error.errno != 1: got.append(f'{name}: {error.errno}')\n"
        "seen = ' '.join(got)"
    )
    assert seen(worker, code) == ""


def test_a_learner_sees_no_other_process_and_no_open_file_of_ours(worker: Any) -> None:
    code = (
        "import os\nfiles = [os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd') if os.path.lexists(f'/proc/self/fd/{n}')]\n"
        "processes = [n for n in os.listdir('/proc') if n.isdigit()]\n"
        "seen = str([processes, [f for f in files if not f.startswith(('/dev/null', 'pipe:', 'socket:', 'anon_inode:', '/proc'))]])"
    )
    assert seen(worker, code) == "[['1'], []]"


def test_a_learner_shares_its_process_group_with_nobody(worker: Any) -> None:
    """A signal to the own group reaches all its members, in whichever namespace they are."""
    assert seen(worker, "import os\nseen = str([os.getpgrp(), os.getsid(0)])") == "[1, 1]"


def test_a_learner_has_no_rights_and_can_get_none(worker: Any) -> None:
    code = "seen = ' '.join(line.split()[1] for line in open('/proc/self/status') if line.startswith(('Cap', 'NoNewPrivs')))"
    none = "0000000000000000"
    assert seen(worker, code) == " ".join([*[none] * 5, "1"])


BOMBS = {
    "takes all processes": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "takes all memory": "hoard = []\nwhile True:\n    try: hoard.append(bytearray(10**7))\n    except MemoryError: pass",
    "fills its folder": "f = open('big', 'wb')\nwhile True:\n    try: f.write(b'0' * 10**7)\n    except OSError: pass",
    "makes endless small files": "n = 0\nwhile True:\n    n += 1\n    try: open(f'/tmp/{n}', 'w').close()\n    except OSError: pass",
    "fills the shared memory": "import itertools\nfor n in itertools.count():\n    try: open(f'/dev/shm/{n}', 'wb').write(b'0' * 10**7)\n    except OSError: pass",
    "loops": "while True: pass",
    "loops and swallows interrupts": "import signal\nfor n in range(1, 64):\n    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError): pass\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "hides behind its children": "import os\nfor _ in range(3):\n    if os.fork() == 0: os.setsid()\nwhile True: pass",
    "closes its way out and loops": "import os\nos.closerange(0, 100)\nwhile True: pass",
    "ends at once": "import os\nos._exit(0)",
    "kills all it can": "import os\nfor group in (-1, 0):\n    try: os.kill(group, 9)\n    except OSError: pass\nos.abort()",
    "ends in a fault": "import ctypes\nctypes.string_at(0)",
    "stops itself": "import os, signal\nos.kill(0, signal.SIGSTOP)\nwhile True: pass",
    "floods its way out": "import os\nwhile True:\n    for n in range(3, 30):\n        try: os.write(n, b'x' * 65536)\n        except OSError: pass",
    "writes one endless line": "import os\nwhile True: os.write(4, b'x' * 65536)",
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_notebook_that(bomb: str, worker: Any) -> None:
    """… is ended in time, and the next notebook finds a fresh room and nothing else."""
    started = time.monotonic()
    ended = run(worker, BOMBS[bomb], Limits(seconds=2, processes=30, memory=1 << 30))
    assert time.monotonic() - started < 20
    assert ended.exit_status is not None
    assert {"event": "done"} not in ended.events
    # Matplotlib's list of fonts is there, for reading; where the project lies below /tmp, so is the way to its Python.
    look = """
import os, sys
listed = [sorted(os.listdir(folder)) for folder in ("/lesson", "/tmp", "/dev/shm")]
listed[1] = [name for name in listed[1] if name not in ("matplotlib", *sys.prefix.split("/"))]
seen = str([*listed, [name for name in os.listdir("/proc") if name.isdigit()]])
"""
    assert seen(worker, look) == "[['branches.csv'], [], [], ['1']]"


def test_what_one_notebook_leaves_behind_no_other_finds(worker: Any) -> None:
    leave = (
        "import socket, os, builtins, pandas\nfor folder in ('/tmp', '/lesson', '/dev/shm'): open(folder + '/left', 'w').write('x')\n"
        "s = socket.socket(socket.AF_UNIX); s.bind('\\0left'); builtins.left = pandas.left = 1; os.environ['LEFT'] = '1'\nseen = 'done'"
    )
    assert seen(worker, leave) == "done"
    look = (
        "import socket, os, builtins, pandas\nfound = [f for f in ('/tmp/left', '/lesson/left', '/dev/shm/left') if os.path.exists(f)]\n"
        "try: socket.socket(socket.AF_UNIX).connect('\\0left'); found.append('socket')\nexcept OSError: pass\n"
        "seen = str(found + [n for n in ('left',) if hasattr(builtins, n) or hasattr(pandas, n) or 'LEFT' in os.environ])"
    )
    assert seen(worker, look) == "[]"


def test_one_learner_s_fork_bomb_does_not_starve_another_worker() -> None:
    limits = Limits(seconds=6, processes=20)
    with WarmProcess(modules=None) as one, WarmProcess(modules=None) as other:
        other.start()
        bomb = threading.Thread(target=run, args=(one, BOMBS["takes all processes"], limits))
        bomb.start()
        time.sleep(2)
        forks = "import os\nfor _ in range(10):\n    if os.fork() == 0: os._exit(0)\nseen = 'all ten'"
        started = run(other, forks, Limits(seconds=30, processes=20)).events
        bomb.join()
    assert any(event.get("answers") == {"seen": {"value": "all ten"}} for event in started)


def test_without_bubblewrap_nothing_runs_and_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxMissing, match="Install the package “bubblewrap”"):
        check_sandbox()
    with WarmProcess() as warm, pytest.raises(SandboxMissing):
        warm.run("probe", {})


def test_where_bubblewrap_is_not_allowed_to_work_nothing_runs_and_its_words_are_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SandboxMissing, match="No permissions to create new namespace"):
        check_sandbox()


def test_where_a_child_cannot_shut_itself_in_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    made: Callable[..., list[str]] = warm_module.command

    def without_rights(*arguments: Any) -> list[str]:
        words = made(*arguments)
        place = words.index("CAP_SYS_ADMIN")
        return words[: place - 1] + words[place + 1 :]

    monkeypatch.setattr(warm_module, "command", without_rights)
    with pytest.raises(SandboxMissing, match="Operation not permitted"):
        check_sandbox()
