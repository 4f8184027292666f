"""The warm process: loads what notebooks import, then forks one real kernel for each request.

A program of its own, run by the interpreter of the kernels. It has one thread, runs no notebook itself, and ends all
its kernels, and itself, when whoever started it is gone.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import runpy
import select
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_THIS_FILE = os.path.join("academy", "kernels", "process.py")
_LAUNCHER = "ipykernel_launcher"
_STARTS_WITH = ("ipykernel.kernelapp", "ipykernel.debugger", "IPython.core.completerlib", "tornado.platform.asyncio")
"""What every kernel loads before its first cell."""
_INLINE = "module://matplotlib_inline.backend_inline"
_LARGEST_REQUEST = 1 << 18
_DIE_WITH_PARENT = 1
"""The kernel call PR_SET_PDEATHSIG."""


@dataclass(frozen=True)
class _Kernel:
    """A kernel that was forked. It stays this process' to wait for until its owner has learned of its end."""

    process: int
    handle: int
    owner: socket.socket

    def close(self) -> None:
        os.close(self.handle)
        self.owner.close()


@dataclass(frozen=True)
class _Birth:
    """What a newly forked kernel is told."""

    request: dict[str, Any]
    files: list[int]
    owner: socket.socket


class _Shell:
    """As much of a kernel's shell as modules look at while they are loaded."""

    kernel = None
    events: Any

    def __init__(self) -> None:
        from IPython.core.events import EventManager, available_events
        from IPython.core.ultratb import AutoFormattedTB

        self.events = EventManager(self, available_events)
        self.InteractiveTB = AutoFormattedTB(mode="Context", color_scheme="Neutral", tb_offset=1)

    @property
    @contextlib.contextmanager
    def builtin_trap(self) -> Iterator[None]:
        vars(builtins)["get_ipython"] = lambda: self
        try:
            yield
        finally:
            del vars(builtins)["get_ipython"]


def main() -> None:
    requests = socket.socket(fileno=int(sys.argv[1]))
    requests.set_inheritable(False)
    loaded = _load(sys.argv[2:])
    requests.send(b'{"ready": true}')
    birth = _Kernels(requests).serve()
    if birth is None:
        os._exit(0)
    _become_a_kernel(birth, loaded)


@dataclass(frozen=True)
class _Loaded:
    environment: dict[str, str]
    """What the kernel's own modules left in the environment."""
    preload: Any
    """The module `autograder.runner.inside.preload`, which nobody else in this process knows of."""


def _load(modules: Sequence[str]) -> _Loaded:
    """Load what kernels and notebooks need. The notebooks' share stays hidden until a notebook imports it."""
    sys.path[0] = os.path.join(__file__.removesuffix(_THIS_FILE), "autograder", "runner")
    inside: Any = importlib.import_module("inside.preload")
    del sys.path[0]
    # ipykernel reads this while it is loaded: a kernel ends when it has another parent.
    os.environ["JPY_PARENT_PID"] = str(os.getpid())
    before = dict(os.environ)
    for name in _STARTS_WITH:
        importlib.import_module(name)
    environment = dict(os.environ.items() - before.items())
    # Matplotlib reads this while it is loaded, and every kernel sets it before.
    os.environ.setdefault("MPLBACKEND", _INLINE)
    # More often would make later kernels a little faster, and the first one slower.
    inside.warm_up._TIMES = 1
    inside.preload(modules, _Shell())
    for name in [name for name in sys.modules if name.split(".")[0] == "inside"]:
        del sys.modules[name]
    gc.collect()
    gc.freeze()
    return _Loaded(environment, inside)


class _Kernels:
    """All kernels that were forked and whose owners have not let go of them."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._of: dict[int, _Kernel] = {}
        """By the file that says that it has ended, and then by the one that says that its owner has let go."""
        self._waiting = select.poll()
        self._waiting.register(requests, select.POLLIN)

    def serve(self) -> _Birth | None:
        """Fork kernels, and tell their owners of their ends, until nobody asks any more. In a new kernel: its birth."""
        while True:
            for file, _ in self._waiting.poll():
                kernel = self._of.get(file)
                if kernel is None:
                    request, files = self._request()
                    if not request:
                        self._end_all()
                        return None
                    birth = self._fork(request, files)
                    if birth is not None:
                        return birth
                elif file == kernel.handle:
                    self._tell_its_end(kernel)
                else:
                    self._bury(kernel)

    def _request(self) -> tuple[bytes, list[int]]:
        try:
            return socket.recv_fds(self._requests, _LARGEST_REQUEST, 3)[:2]
        except ConnectionError:
            return b"", []

    def _fork(self, request: bytes, files: list[int]) -> _Birth | None:
        owner = socket.socket(fileno=files.pop())
        try:
            process = os.fork()
        except OSError:
            owner.close()
        else:
            if process == 0:
                self._requests.close()
                for kernel in set(self._of.values()):
                    kernel.close()
                return _Birth(json.loads(request), files, owner)
            kernel = _Kernel(process, os.pidfd_open(process), owner)
            self._of[kernel.handle] = kernel
            self._waiting.register(kernel.handle, select.POLLIN)
        for file in files:
            os.close(file)
        return None

    def _tell_its_end(self, kernel: _Kernel) -> None:
        """Tell, but do not bury: its number shall not go to another process while its owner may send it a signal."""
        ending = os.waitid(os.P_PID, kernel.process, os.WEXITED | os.WNOWAIT)
        assert ending is not None
        status = ending.si_status if ending.si_code == os.CLD_EXITED else -ending.si_status
        with contextlib.suppress(OSError):
            kernel.owner.send(json.dumps({"ended": status}).encode())
        self._waiting.unregister(kernel.handle)
        self._waiting.register(kernel.owner, select.POLLIN)
        self._of[kernel.owner.fileno()] = kernel

    def _bury(self, kernel: _Kernel) -> None:
        self._waiting.unregister(kernel.owner)
        del self._of[kernel.handle], self._of[kernel.owner.fileno()]
        kernel.close()
        os.waitpid(kernel.process, 0)

    def _end_all(self) -> None:
        """End all kernels, and their groups, which they may not have founded yet."""
        for kernel in self._of.values():
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError):
                    kill(kernel.process, signal.SIGKILL)


def _become_a_kernel(birth: _Birth, loaded: _Loaded) -> None:
    """Look like a process that was started for this kernel, then run what it would run."""
    parent = os.environ["JPY_PARENT_PID"]
    os.setsid()
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != int(parent):
        os._exit(1)
    _take_streams(birth.files)
    os.environ.clear()
    os.environ.update(birth.request["environment"] | loaded.environment, JPY_PARENT_PID=parent)
    os.chdir(birth.request["folder"])
    command = birth.request["command"]
    sys.orig_argv = command
    sys.argv = command[command.index(_LAUNCHER) :]
    sys.path.insert(0, os.getcwd())
    # What a fresh process would draw from the system, each kernel draws anew.
    random.seed()
    loaded.preload.reseed()
    with birth.owner as owner:
        owner.send(json.dumps({"started": os.getpid()}).encode())
    runpy.run_module(_LAUNCHER, run_name="__main__", alter_sys=True)


def _take_streams(files: Sequence[int]) -> None:
    """Standard input that is at its end, and its owner's standard output and error."""
    nothing, end = os.pipe()
    os.close(end)
    for stream, file in enumerate((nothing, *files)):
        os.dup2(file, stream)
        os.close(file)


if __name__ == "__main__":
    main()
