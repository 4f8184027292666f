"""This side of the warm processes: one for each environment that kernels are asked for with, started when needed."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_PROGRAM = Path(__file__).with_name("process.py")
_LAUNCHER = ["-m", "ipykernel_launcher"]
_START = 120.0
"""Seconds that a warm process may take until it is ready."""
_ANSWER = 30.0
"""Seconds that it may take to fork a kernel."""
_PARTING = 5.0
_LARGEST_ANSWER = 1 << 10
_IDLE = 2
"""So many processes are kept, at least, though none of their kernels lives any more."""
_OF_ONE_KERNEL = {"JPY_PARENT_PID", "JPY_SESSION_NAME", "PYTEST_CURRENT_TEST", "OLDPWD", "PWD", "_"}
"""What changes in the environment from kernel to kernel, and no module reads while it is loaded."""
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Only a process with one thread can fork safely."""


class NotWarm(Exception):
    """This kernel cannot be a warm one. Says why."""


class WarmKernel:
    """A kernel's process, as `subprocess.Popen` shows one."""

    stdin = stdout = stderr = None
    """It was not given any pipes."""

    def __init__(self, process: int, end: socket.socket) -> None:
        self.pid = process
        self.returncode: int | None = None
        self._end = end

    def poll(self) -> int | None:
        """Its exit status, or minus the signal that ended it; None while it runs."""
        if self.returncode is None:
            self._learn_its_end(wait=0)
        return self.returncode

    def wait(self) -> int:
        if self.returncode is None:
            self._learn_its_end(wait=None)
        assert self.returncode is not None
        return self.returncode

    def _learn_its_end(self, wait: float | None) -> None:
        self._end.settimeout(wait)
        with contextlib.suppress(BlockingIOError):
            answer = _receive(self._end)
            # A warm process that is gone has taken its kernels along.
            self.returncode = answer["ended"] if answer else -signal.SIGKILL
            self.forget()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def forget(self) -> None:
        """Its number may now be given to another process."""
        self._end.close()


class _WarmProcess:
    def __init__(self, python: Sequence[str], modules: Sequence[str], environment: Mapping[str, str]) -> None:
        self._kernels: weakref.WeakSet[WarmKernel] = weakref.WeakSet()
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, tempfile.TemporaryFile() as complaints:
            self._process = subprocess.Popen(
                [*python, str(_PROGRAM), str(theirs.fileno()), *modules],
                cwd="/",
                env={**environment, **_ONE_THREAD},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
            theirs.close()
            self._requests.settimeout(_START)
            with contextlib.suppress(TimeoutError):
                if _receive(self._requests):
                    return
            self.end()
            complaints.seek(0)
            raise NotWarm(f"the warm process did not start.\n{complaints.read().decode(errors='replace')}")

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def idle(self) -> bool:
        return all(kernel.returncode is not None for kernel in self._kernels)

    def kernel(self, request: Mapping[str, Any]) -> WarmKernel:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(self._requests, [json.dumps(request).encode()], [1, 2, theirs.fileno()])
        ours.settimeout(_ANSWER)
        answer = _receive(ours)
        if "started" not in answer:
            ours.close()
            raise NotWarm("the kernel ended as soon as it was forked.")
        kernel = WarmKernel(answer["started"], ours)
        self._kernels.add(kernel)
        return kernel

    def end(self) -> None:
        """End it, and with it all its kernels."""
        self._requests.close()
        try:
            self._process.wait(_PARTING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """In a fork of this process: it is the other's."""
        self._requests.close()
        for kernel in self._kernels:
            kernel.forget()


_Key = tuple[tuple[str, ...], tuple[str, ...], frozenset[tuple[str, str]]]
_processes: dict[_Key, _WarmProcess] = {}
"""What was used last comes last."""
_lock = threading.Lock()


def start_kernel(
    command: Sequence[str], modules: Sequence[str], *, env: Mapping[str, str], cwd: object = None, **others: object
) -> WarmKernel:
    """A kernel with this command, environment and folder, forked from a process that has loaded the modules.

    Raises NotWarm where only an ordinary kernel would be right.
    """
    folder = os.path.abspath(str(cwd or "."))
    if (reason := _why_not(command, folder, env, others)) is not None:
        raise NotWarm(reason)
    python = tuple(command[: command.index("-m")])
    environment = {name: value for name, value in env.items() if name not in _OF_ONE_KERNEL}
    try:
        with _lock:
            process = _process((python, tuple(modules), frozenset(environment.items())))
            return process.kernel({"command": list(command), "folder": folder, "environment": dict(env)})
    except OSError as error:
        raise NotWarm(f"the warm process does not answer ({error}).") from error


def _why_not(command: Sequence[str], folder: str, env: Mapping[str, str], others: Mapping[str, object]) -> str | None:
    if sys.platform != "linux":
        return "this works on Linux only."
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError as error:
        return f"this system gives no handles of processes ({error})."
    if not any(list(command[place : place + 2]) == _LAUNCHER for place in range(1, len(command))):
        return "its command is not the usual one for Python."
    if given := [name for name, value in others.items() if value is not None]:
        return f"it is asked for with {' and '.join(given)}."
    if os.path.exists(os.path.join(folder, "matplotlibrc")):
        return "settings for Matplotlib lie in its folder."
    if not all(map(os.path.isabs, filter(None, env.get("PYTHONPATH", "").split(os.pathsep)))):
        return "PYTHONPATH names a folder by its place relative to this one."
    return None


def _process(key: _Key) -> _WarmProcess:
    process = _processes.pop(key, None)
    if process is not None and not process.alive:
        process.end()
        process = None
    if process is None:
        idle = [other for other, each in _processes.items() if each.idle]
        for other in idle[: max(0, len(idle) - _IDLE + 1)]:
            _processes.pop(other).end()
        process = _WarmProcess(key[0], key[1], dict(key[2]))
    _processes[key] = process
    return process


def _receive(answers: socket.socket) -> dict[str, Any]:
    """The next message, or nothing where the other side is gone."""
    with contextlib.suppress(ConnectionError):
        if message := answers.recv(_LARGEST_ANSWER):
            answer: dict[str, Any] = json.loads(message)
            return answer
    return {}


@atexit.register
def end_all() -> None:
    """End all warm processes, and with them all their kernels. The next kernel starts another one."""
    while _processes:
        _processes.popitem()[1].end()


def _forget_all() -> None:
    global _lock
    _lock = threading.Lock()
    while _processes:
        _processes.popitem()[1].forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
