"""What a child of the warm process does first: shut itself in, so that what runs next can harm nobody but itself.

The child is the first process of a PID namespace of its own: when it ends, or is ended, all that it started ends too.
"""

from __future__ import annotations

import os
import re
import resource
import signal
from dataclasses import dataclass
from pathlib import Path

from . import kernel_calls as kernel
from . import landlock, seccomp

HOME = "/lesson"
_WRITABLE = (HOME, "/tmp", "/dev/shm")
_STAGE = "/academy/room"
"""An empty folder, where the learner's folder is made ready before it takes the place of the shared one."""
_ROOM = kernel.NEW_MOUNTS | kernel.NEW_HOST_NAME | kernel.NEW_IPC | kernel.NEW_NETWORK
_FILES_AT_ONCE = 20_000
_KILLED_FIRST = 1_000
"""When memory runs out, the kernel is to end this process before any other."""

_NOBODY = 65534

JOB, EVENTS = 3, 4
"""The two files that are open in a child: its job, and the pipe that its events go to."""


@dataclass(frozen=True)
class Bounds:
    """What a child may use. `user` is whom it becomes; None where only a user namespace can make it somebody else."""

    seconds: float
    memory: int
    disk: int
    processes: int
    user: int | None


def enter(bounds: Bounds, job: int, events: int) -> list[str]:
    """Shut this process in. Returns which protections of the kernel hold, beyond those that always must.

    Raises OSError where one that must hold cannot be had; then nothing may be run.
    """
    _keep_only(job, events)
    # A signal to the own group reaches its members wherever they are: this one has no members but ours.
    os.setsid()
    kernel.unshare(_ROOM)
    kernel.set_host_name("lesson")
    _rooms(bounds)
    Path("/proc/self/oom_score_adj").write_text(str(_KILLED_FIRST))
    _limit(bounds)
    _become(bounds.user)
    os.umask(0o022)
    os.chdir(HOME)
    os.environ["HOME"] = HOME
    kernel.end_with_parent(signal.SIGKILL)
    extra = [landlock.restrict(_WRITABLE), seccomp.restrict()]
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return ["namespaces", *(name for name in extra if name)]


def _keep_only(job: int, events: int) -> None:
    """Only the job, the events and, until the room is ready, our own log stay open."""
    free = 1 + max(job, events, JOB, EVENTS)
    job, events = os.dup2(job, free), os.dup2(events, free + 1)
    os.dup2(job, JOB, inheritable=False)
    os.dup2(events, EVENTS, inheritable=False)
    os.closerange(EVENTS + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _rooms(bounds: Bounds) -> None:
    """Fresh, small folders to write to; the lesson's files again, read-only; and its own view of processes."""
    kernel.mount("none", "/", flags=kernel.RECURSIVE | kernel.PRIVATE)
    quiet = kernel.NO_SETUID | kernel.NO_DEVICES
    options = f"size={bounds.disk},nr_inodes={_FILES_AT_ONCE},mode=1777"
    mounted = _mounted()
    kernel.mount("proc", "/proc", "proc", quiet | kernel.NO_PROGRAMS)
    for place in _WRITABLE:
        kernel.mount("tmpfs", _STAGE, "tmpfs", quiet, options)
        # What lies read-only in the shared folder: the lesson's files; and Python itself, where it lives below /tmp.
        for shared in mounted:
            if shared.startswith(f"{place}/"):
                _show_again(shared, _STAGE + shared.removeprefix(place))
        kernel.mount(_STAGE, place, flags=kernel.MOVE)


def _mounted() -> list[str]:
    """Where something is mounted, those above before those below."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    # The kernel writes a space as \040, and its like in the same way.
    return sorted(re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), line.split(" ")[4]) for line in lines)


def _show_again(shared: str, place: str) -> None:
    folder = os.path.isdir(shared)
    new = Path(place if folder else os.path.dirname(place))
    for each in reversed([new, *new.parents]):
        if not each.exists():
            each.mkdir()
            each.chmod(0o1777)
    if not folder:
        os.close(os.open(place, os.O_CREAT, 0o644))
    kernel.mount(shared, place, flags=kernel.BIND)


def _limit(bounds: Bounds) -> None:
    for what, most in (
        (resource.RLIMIT_AS, bounds.memory),
        (resource.RLIMIT_FSIZE, bounds.disk),
        (resource.RLIMIT_CPU, int(bounds.seconds) + 1),
        (resource.RLIMIT_NPROC, bounds.processes),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        _, allowed = resource.getrlimit(what)
        if allowed != resource.RLIM_INFINITY:
            most = min(most, allowed)
        resource.setrlimit(what, (most, most))


def _become(user: int | None) -> None:
    """A user without any right, and no other child's: processes are counted by user."""
    if user is None:
        owner, group = os.geteuid(), os.getegid()
        kernel.unshare(kernel.NEW_USERS)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/gid_map").write_text(f"{_NOBODY} {group} 1")
        Path("/proc/self/uid_map").write_text(f"{_NOBODY} {owner} 1")
        user = _NOBODY
    else:
        os.setgroups([])
    kernel.drop_bounds()
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    kernel.drop_capabilities()
    kernel.own_proc_files()
