"""Landlock: this process and what it starts may write to its own folders and signal each other, and no more."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence

from .kernel_calls import call

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_ASK_VERSION = 1
_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1, 2, 4, 8
_READ = _EXECUTE | _READ_FILE | _READ_FOLDER
_DEVICE_FILES = 1 << 6 | 1 << 11
_USE_DEVICES = 1 << 15
_SCOPED_SINCE = 6
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2
"""From that version on, neither reaches a process that is not shut in with the sender."""
_RIGHTS_BY_VERSION = {2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Version 1 forbids to move a file to another folder, which notebooks may do: it is not used."""


class _Rules(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("files", "network", "scoped")]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def restrict(writable: Sequence[str]) -> str | None:
    """Let this process read all it sees, and write beneath the folders `writable`. None where the kernel cannot."""
    try:
        version = call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    except OSError:
        return None
    known = [rights for since, rights in _RIGHTS_BY_VERSION.items() if since <= version]
    if not known:
        return None
    handled = known[-1]
    scoped = version >= _SCOPED_SINCE
    rules = _Rules(handled, 0, _SIGNALS | _ABSTRACT_SOCKETS if scoped else 0)
    size = ctypes.sizeof(rules) if scoped else ctypes.sizeof(ctypes.c_uint64)
    ruleset = call(_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    _allow(ruleset, "/", _READ)
    _allow(ruleset, "/dev", handled & (_READ | _WRITE_FILE | _USE_DEVICES))
    for folder in writable:
        _allow(ruleset, folder, handled & ~_DEVICE_FILES)
    call(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    os.close(ruleset)
    return f"landlock {version}"


def _allow(ruleset: int, folder: str, rights: int) -> None:
    opened = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    rule = _Beneath(rights, opened)
    call(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    os.close(opened)
