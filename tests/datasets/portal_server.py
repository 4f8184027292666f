"""A portal on this machine that speaks the Socrata API, with the troubles of a real one at will."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

UPDATED = 1_793_000_000
"""26 October 2026."""


@dataclass
class Dataset:
    """One dataset of the portal: the title of each field, and rows as text. Fields begin with the API's own name."""

    title: str
    titles: dict[str, str]
    rows: list[list[str]]
    updated: int = UPDATED
    more_counted: int = 0


@dataclass(frozen=True)
class Request:
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """`cut` leaves out the last bytes of the body, though Content-Length counts them; `after` waits so many seconds."""

    status: int
    kind: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    after: float = 0


Trouble = Callable[[Request, Answer, int], Answer]
"""Given a request, the right answer, and how often this was asked before: what the portal answers instead."""


class PortalServer:
    """What the portal has, what it was asked, and its trouble."""

    def __init__(self) -> None:
        self.datasets: dict[str, Dataset] = {}
        self.requests: list[Request] = []
        self.trouble: Trouble = lambda request, answer, before: answer
        self.address = ""

    def asked(self, ending: str) -> list[Request]:
        return [request for request in self.requests if request.path.endswith(ending)]

    def answer(self, request: Request) -> Answer:
        before = sum(request.path == other.path and request.query == other.query for other in self.requests)
        self.requests.append(request)
        return self.trouble(request, self._right_answer(request), before)

    def _right_answer(self, request: Request) -> Answer:
        portal_id, _, ending = request.path.rpartition("/")[2].partition(".")
        dataset = self.datasets.get(portal_id)
        if dataset is None:
            return _json(404, {"code": "dataset.missing", "error": True, "message": "Not found"})
        if request.path.startswith("/api/views/"):
            columns = [{"fieldName": name, "name": title} for name, title in dataset.titles.items()]
            return _json(
                200, {"id": portal_id, "name": dataset.title, "rowsUpdatedAt": dataset.updated, "columns": columns}
            )
        if ending == "json" and request.query == {"$select": "count(*)"}:
            return _json(200, [{"count": str(len(dataset.rows) + dataset.more_counted)}])
        if ending == "csv" and request.query.get("$order") == ":id":
            start, limit = int(request.query["$offset"]), int(request.query["$limit"])
            return Answer(
                200, "text/csv;charset=UTF-8", _csv(list(dataset.titles), dataset.rows[start : start + limit])
            )
        return _json(400, {"error": True, "message": "Not understood"})


@contextmanager
def serve_portal() -> Iterator[PortalServer]:
    portal = PortalServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            answer = portal.answer(Request(parts.path, dict(parse_qsl(parts.query)), dict(self.headers)))
            time.sleep(answer.after)
            self.send_response(answer.status)
            for name, value in {
                "Content-Type": answer.kind,
                "Content-Length": str(len(answer.body)),
                **answer.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body[: len(answer.body) - answer.cut])

        def log_message(self, format: str, *args: Any) -> None:
            """The tests look at `requests`."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that stopped waiting is no error of the server."""

    with Server(("127.0.0.1", 0), Handler) as server:
        portal.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield portal
        finally:
            server.shutdown()
            thread.join()


def _json(status: int, content: object) -> Answer:
    return Answer(status, "application/json;charset=utf-8", json.dumps(content).encode())


def _csv(fields: list[str], rows: list[list[str]]) -> bytes:
    """As the API writes it: every cell in quotation marks."""
    output = io.StringIO(newline="")
    csv.writer(output, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([fields, *rows])
    return output.getvalue().encode()
