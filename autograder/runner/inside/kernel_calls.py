"""The few calls to the Linux kernel that Python's library has no name for."""

from __future__ import annotations

import ctypes
import os

NEW_MOUNTS = 0x0002_0000
NEW_HOST_NAME = 0x0400_0000
NEW_IPC = 0x0800_0000
NEW_USERS = 0x1000_0000
NEW_PROCESSES = 0x2000_0000
NEW_NETWORK = 0x4000_0000
NEW_CGROUPS = 0x0200_0000

READ_ONLY, NO_SETUID, NO_DEVICES, NO_PROGRAMS = 0x1, 0x2, 0x4, 0x8
BIND, MOVE, RECURSIVE, PRIVATE = 0x1000, 0x2000, 0x4000, 0x40000

_SET_DEATH_SIGNAL, _SET_DUMPABLE, _DROP_FROM_BOUNDS, _NO_NEW_PRIVILEGES, _AMBIENT = 1, 4, 24, 38, 47
_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x2008_0522

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def call(number: int, *arguments: object) -> int:
    """Call the kernel by number. Raises OSError."""
    result: int = _libc.syscall(ctypes.c_long(number), *arguments)
    return _checked(result, f"system call {number}")


def unshare(flags: int) -> None:
    """Give this process namespaces of its own; of processes: its children."""
    _checked(_libc.unshare(flags), "unshare")


def join(namespace: int, kind: int) -> None:
    """Enter the namespace behind an open file."""
    _checked(_libc.setns(namespace, kind), "setns")


def mount(source: str, target: str, kind: str | None = None, flags: int = 0, options: str | None = None) -> None:
    done = _libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        options.encode() if options else None,
    )
    _checked(done, f"mount {target}")


def set_host_name(name: str) -> None:
    _checked(_libc.sethostname(name.encode(), len(name)), "sethostname")


def drop_bounds() -> None:
    """No program started from here can ever get a capability."""
    capability = 0
    while _libc.prctl(_DROP_FROM_BOUNDS, capability, 0, 0, 0) == 0:
        capability += 1
    if capability == 0:
        raise OSError(ctypes.get_errno(), "prctl: the bounding set cannot be dropped")


def drop_capabilities() -> None:
    """Give up every capability, and the way back to any."""
    _libc.prctl(_AMBIENT, _AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _checked(_libc.capset(header, none), "capset")
    _checked(_libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no new privileges")


def end_with_parent(signal: int) -> None:
    _checked(_libc.prctl(_SET_DEATH_SIGNAL, signal, 0, 0, 0), "death signal")


def own_proc_files() -> None:
    """After a change of user, give this process its own files below /proc back, as any program has them."""
    _checked(_libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0), "dumpable")


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
