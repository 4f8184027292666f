"""gunicorn for one machine with two cores: used by `academy serve`, and good for an agency's small server.

Two processes, so that a slow page never holds up the other; four threads in each, because most of the time is spent
waiting for a file or for the database. The grading worker needs the rest of the machine.
"""

from __future__ import annotations

import gc
import os
from typing import Any

wsgi_app = "tracker.wsgi:application"
bind = os.environ.get("ACADEMY_BIND", "127.0.0.1:8000")

workers = 2
threads = 4
worker_class = "gthread"
# Loaded once, shared by both processes: half the memory, and a mistake in the settings shows at once.
preload_app = True
# A notebook of 5 MB over a slow line takes its time.
timeout = 60
graceful_timeout = 10
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
# The processes' heartbeat must not wait for a disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
control_socket_disable = True

accesslog = os.environ.get("ACADEMY_ACCESS_LOG")
errorlog = "-"
loglevel = "warning"
proc_name = "academy"


def when_ready(server: Any) -> None:
    """Before the processes part: load what the first page needs, and let Python's collector pass over what is there.

    It stays for good, and a page that the collector interrupts to look at it takes some 50 ms longer.
    """
    from tracker.start import load_ahead

    load_ahead()
    gc.collect()
    gc.freeze()
