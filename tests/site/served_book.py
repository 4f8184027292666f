"""A built book on this machine, each area under its own security policy, as the tracker serves it."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from academy.site.lite import policy as lite_policy
from academy.site.policy import book_policy


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve the folder; give its address."""
    book = book_policy(site)
    lite = lite_policy(site / "lite") if (site / "lite").is_dir() else book

    class Server(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", lite if self.path.startswith("/lite/") else book)
            super().end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Server, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
