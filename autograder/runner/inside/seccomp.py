"""A seccomp filter: the kernel's calls that escapes are made of fail, as if the user had no right to them.

A list of what is forbidden, not of what is allowed: notebooks do all kinds of honest things, and the namespaces, the
user without rights and Landlock stand behind it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from . import kernel_calls

# The numbers on x86_64 and on aarch64; None where the processor has no such call.
_FORBIDDEN: dict[str, tuple[int | None, int | None]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    # Memory that the limit on this process' memory does not count: memfd_create, memfd_secret, shmget.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "migrate_pages": (256, 238),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "shmget": (29, 194),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}
_PROCESSORS = {
    # name: column above, the kernel's mark, then the numbers of clone, clone3, socket and seccomp
    "x86_64": (0, 0xC000_003E, 56, 435, 41, 317),
    "aarch64": (1, 0xC000_00B7, 220, 435, 198, 277),
}
_OTHER_NUMBERING = 0x4000_0000
"""From here on, x86_64 has the same calls once more, under other numbers."""
_SOCKETS = (1, 2, 10, 16)
"""Unix, IPv4, IPv6 and netlink, all within a network namespace that leads nowhere. Others would lead out of it."""
_NAMESPACES = (
    kernel_calls.NEW_MOUNTS
    | kernel_calls.NEW_HOST_NAME
    | kernel_calls.NEW_IPC
    | kernel_calls.NEW_USERS
    | kernel_calls.NEW_PROCESSES
    | kernel_calls.NEW_NETWORK
    | kernel_calls.NEW_CGROUPS
)

_LOAD, _EQUALS, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _PROCESSOR, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _FAIL, _KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
_SET_FILTER = 1


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def restrict() -> str | None:
    """Put the filter on this process and all that it starts. None where the kernel or the processor has none."""
    machine = os.uname().machine
    if machine not in _PROCESSORS:
        return None
    filter_ = _filter(machine)
    program = _Program(len(filter_) // 8, filter_)
    try:
        kernel_calls.call(_PROCESSORS[machine][5], ctypes.c_uint(_SET_FILTER), ctypes.c_uint(0), ctypes.byref(program))
    except OSError:
        return None
    return "seccomp"


def _filter(machine: str) -> bytes:
    """The filter as the kernel reads it: eight bytes an instruction."""
    column, mark, clone, clone3, socket, _ = _PROCESSORS[machine]
    steps = [
        _step(_LOAD, _PROCESSOR),
        _step(_EQUALS, mark, skip_if_so=1),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _OTHER_NUMBERING, skip_if_not=1),
        _step(_RETURN, _FAIL | errno.ENOSYS),
        # What clone3 is asked for cannot be seen from here. Told that there is none, programs use clone.
        _step(_EQUALS, clone3, skip_if_not=1),
        _step(_RETURN, _FAIL | errno.ENOSYS),
    ]
    for numbers in _FORBIDDEN.values():
        number = numbers[column]
        if number is not None:
            steps += [_step(_EQUALS, number, skip_if_not=1), _step(_RETURN, _FAIL | errno.EPERM)]
    steps += [
        _step(_EQUALS, clone, skip_if_not=4),
        _step(_LOAD, _FIRST_ARGUMENT),
        _step(_HAS_BITS, _NAMESPACES, skip_if_not=1),
        _step(_RETURN, _FAIL | errno.EPERM),
        _step(_RETURN, _ALLOW),
        _step(_EQUALS, socket, skip_if_not=len(_SOCKETS) + 2),
        _step(_LOAD, _FIRST_ARGUMENT),
        *(_step(_EQUALS, family, skip_if_so=len(_SOCKETS) - n) for n, family in enumerate(_SOCKETS)),
        _step(_RETURN, _FAIL | errno.EAFNOSUPPORT),
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(steps)


def _step(code: int, value: int, skip_if_so: int = 0, skip_if_not: int = 0) -> bytes:
    return struct.pack("=HBBI", code, skip_if_so, skip_if_not, value)
