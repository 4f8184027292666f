"""The warm process: started once, it loads what lessons need, then forks one child for each run.

It runs trusted code only, and never reads a job: a job may hold hidden checks, and whatever is in this process' memory
is in every child's. It hands the job's file on unread. Requests come over a socket that it is started with.
"""

from __future__ import annotations

import gc
import json
import os
import random
import select
import signal
import socket
import sys
import time
import traceback
from typing import Any

from . import checker, child, kernel_calls, learner, preload, probe
from . import shell as shells

_LARGEST_REQUEST = 1 << 16
_PROGRAMS = {"learner": learner.main, "checker": checker.main, "probe": probe.main}


def main() -> None:
    settings = json.loads(sys.argv[1])
    requests = socket.socket(fileno=int(settings["socket"]))
    sys.argv = [""]
    shell = shells.create()
    if settings["modules"] is not None:
        preload.preload(settings["modules"], shell)
    own_processes = os.open("/proc/self/ns/pid", os.O_RDONLY)
    gc.collect()
    gc.freeze()
    requests.send(json.dumps({"ready": True}).encode())
    while True:
        request, files, _, _ = socket.recv_fds(requests, _LARGEST_REQUEST, 2)
        if not request:
            return
        job, events = files
        _run(requests, json.loads(request), job, events, own_processes)


def _run(requests: socket.socket, request: dict[str, Any], job: int, events: int, own_processes: int) -> None:
    before = time.process_time()
    # Only the next child is born into the new namespace, as its first process; this process stays where it is.
    kernel_calls.unshare(kernel_calls.NEW_PROCESSES)
    process = os.fork()
    if process == 0:
        _in_child(requests, request, job, events)
    kernel_calls.join(own_processes, kernel_calls.NEW_PROCESSES)
    os.close(job)
    os.close(events)
    handle = os.pidfd_open(process)
    socket.send_fds(requests, [b'{"started": true}'], [handle])
    _wait(requests, handle)
    os.close(handle)
    _, status, used = os.wait4(process, 0)
    ending = {
        "exit": os.waitstatus_to_exitcode(status),
        "cpu": used.ru_utime + used.ru_stime + time.process_time() - before,
        "memory": _memory(),
        "peak": used.ru_maxrss * 1024,
    }
    requests.send(json.dumps(ending).encode())


def _wait(requests: socket.socket, handle: int) -> None:
    """Wait for the child's end. Where the worker is gone, nobody else would end the child."""
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    waiting.register(requests.fileno(), 0)
    while handle not in (ready := dict(waiting.poll())):
        if requests.fileno() in ready:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            waiting.unregister(requests.fileno())


def _memory() -> int:
    """Bytes of memory that this process holds."""
    with open("/proc/self/statm", encoding="ascii") as sizes:
        return int(sizes.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _in_child(requests: socket.socket, request: dict[str, Any], job: int, events: int) -> None:
    try:
        requests.detach()
        protection = child.enter(child.Bounds(**request["bounds"]), job, events)
        # What a fresh process would draw from the system, each child draws anew.
        random.seed()
        preload.reseed()
        _PROGRAMS[request["program"]](protection)
    except BaseException:
        broken = json.dumps({"event": "broken", "complaint": traceback.format_exc()[-4_000:]})
        os.write(child.EVENTS, broken.encode() + b"\n")
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    try:
        main()
    except Exception:
        # By now, the usual standard error is a notebook's.
        traceback.print_exc(file=sys.__stderr__)
        os._exit(1)
