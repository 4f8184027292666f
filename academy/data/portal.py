"""Download the current export of a dataset from the state's open data portal, by the Socrata API.

The API names columns by its own field names (`week_ending`); the portal's download button, and so our recipes, by
their titles (“Week Ending”). The portal's description of the dataset tells which is which. What comes back is the whole
export, or a PortalError: every row that the portal counts, once.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, Retry, Timeout
from urllib3.exceptions import (
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as AnswerTimeout

from academy.data.errors import (
    PortalAnswerWrong,
    PortalBusy,
    PortalColumnsChanged,
    PortalIncomplete,
    PortalRefused,
    PortalUnreachable,
)

ADDRESS = "https://data.ct.gov"
ADDRESS_SETTING = "ACADEMY_PORTAL"
TOKEN_SETTING = "ACADEMY_PORTAL_TOKEN"

# The most that the portal gives at once on its older addresses.
PAGE_ROWS = 50_000
# More than any dataset of lessons has: what is larger is something else.
MAX_ROWS = 2_000_000
MAX_PAGE_BYTES = 100_000_000

_LATER = "Try again in a few minutes."
_REASONS = {
    NameResolutionError: "its name is not known here",
    NewConnectionError: "nothing answers at its address",
    AnswerTimeout: "it did not answer in time",
    ProtocolError: "its answer was cut short each time",
    SSLError: "its certificate is not trusted here",
}


@dataclass(frozen=True)
class Export:
    """A whole export: CSV whose columns have the titles that the portal shows. `fields` are their names in the API."""

    portal_id: str
    title: str
    updated: date
    rows: int
    fields: tuple[str, ...]
    content: bytes

    def with_field_names(self) -> Export:
        """The same under the names of the API, for recipes that were written for a copy with these."""
        return replace(self, content=_header(self.fields) + self.content.partition(b"\n")[2])


@dataclass(frozen=True)
class _Description:
    """What the portal says about a dataset: the title of each field, and when its rows were last renewed."""

    title: str
    updated: datetime
    titles: Mapping[str, str]


class Portal:
    """A portal that speaks the Socrata API.

    An application token gives a larger share of its time. A failing request is made five times, with pauses that the
    portal may set by Retry-After. An export is downloaded once, however many datasets are made of it.
    """

    def __init__(
        self,
        address: str | None = None,
        token: str | None = None,
        *,
        page_rows: int = PAGE_ROWS,
        seconds: float = 60,
        pause: float = 1,
    ) -> None:
        self.address = (address or os.environ.get(ADDRESS_SETTING) or ADDRESS).rstrip("/")
        token = token or os.environ.get(TOKEN_SETTING)
        self.host = urlsplit(self.address).netloc
        self.page_rows = page_rows
        self._exports: dict[str, Export] = {}
        retries = Retry(
            total=4,
            read=2,
            # 202: the portal is still at work on the answer.
            status_forcelist={202, 429, 500, 502, 503, 504},
            raise_on_status=False,
            backoff_factor=pause,
            retry_after_max=60,
            remove_headers_on_redirect={*Retry.DEFAULT_REMOVE_HEADERS_ON_REDIRECT, "X-App-Token"},
        )
        settings: dict[str, Any] = {
            "retries": retries,
            "timeout": Timeout(connect=min(10, seconds), read=seconds),
            "headers": {"User-Agent": "connecticut-data-academy", **({"X-App-Token": token} if token else {})},
        }
        parts = urlsplit(self.address)
        proxy = None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme)
        self._pool = ProxyManager(proxy, **settings) if proxy else PoolManager(**settings)

    def export(self, portal_id: str) -> Export:
        """Return the dataset's current export. Raises PortalError."""
        if portal_id not in self._exports:
            self._exports[portal_id] = self._download(portal_id)
        return self._exports[portal_id]

    def _download(self, portal_id: str) -> Export:
        description = self._describe(portal_id)
        counted = self._count(portal_id)
        pages: list[bytes] = []
        fields: tuple[str, ...] = ()
        rows = 0
        # Until an empty page, or one too many.
        while rows <= counted:
            page = self._get(
                portal_id,
                f"/resource/{portal_id}.csv",
                {"$limit": self.page_rows, "$offset": rows, "$order": ":id"},
                "csv",
            )
            fields, lines, number = self._read_page(portal_id, page, description)
            if not number:
                break
            if lines in pages:
                raise PortalIncomplete(
                    self._place(portal_id), f"the page after row {rows:,} repeats an earlier page.", _LATER
                )
            pages.append(lines)
            rows += number
        if rows != counted or not rows:
            raise PortalIncomplete(
                self._place(portal_id),
                f"it counts {counted:,} rows and gives {'more' if rows > counted else f'{rows:,}'}.",
                f"It may be at work. {_LATER}",
            )
        header = _header(description.titles.get(field, field) for field in fields)
        if self._describe(portal_id) != description:
            raise PortalIncomplete(self._place(portal_id), "its rows were renewed while they were read.", _LATER)
        return Export(
            portal_id, description.title, description.updated.date(), rows, fields, b"".join([header, *pages])
        )

    def _place(self, portal_id: str) -> str:
        return f"{self.host}, dataset {portal_id}"

    def _describe(self, portal_id: str) -> _Description:
        try:
            content = json.loads(self._get(portal_id, f"/api/views/{portal_id}.json", {}, "json"))
            return _Description(
                title=str(content["name"]),
                updated=datetime.fromtimestamp(content["rowsUpdatedAt"], UTC),
                titles={column["fieldName"]: column["name"] for column in content["columns"]},
            )
        except (ValueError, KeyError, TypeError) as error:
            raise PortalAnswerWrong(
                self._place(portal_id),
                f"its description of the dataset cannot be read ({type(error).__name__}: {error}).",
                f"Open {self.address}/d/{portal_id} in a browser: is it still a table?",
            ) from None

    def _count(self, portal_id: str) -> int:
        content = self._get(portal_id, f"/resource/{portal_id}.json", {"$select": "count(*)"}, "json")
        try:
            ((number,),) = (row.values() for row in json.loads(content))
            count = int(number)
        except (ValueError, TypeError, AttributeError):
            raise PortalAnswerWrong(
                self._place(portal_id), f"its count of rows cannot be read: {_shown(content)}.", _LATER
            ) from None
        if count > MAX_ROWS:
            raise PortalAnswerWrong(
                self._place(portal_id),
                f"it counts {count:,} rows; at most {MAX_ROWS:,} are read.",
                "Is the portal_id the right one?",
            )
        return count

    def _read_page(self, portal_id: str, page: bytes, description: _Description) -> tuple[tuple[str, ...], bytes, int]:
        """Return the names of the columns, the lines below them, and how many rows they are."""
        try:
            fields, *rows = csv.reader(io.StringIO(page.decode("utf-8"), newline=""), strict=True)
        except (UnicodeDecodeError, csv.Error, ValueError) as error:
            raise PortalAnswerWrong(self._place(portal_id), f"a page is not CSV: {error}.", _LATER) from None
        missing = [title for field, title in description.titles.items() if field not in fields and field[0] != ":"]
        if missing:
            raise PortalColumnsChanged(
                self._place(portal_id),
                f"the export has no column for {', '.join(f'“{title}”' for title in missing)}, which its description "
                "names.",
                f"The portal may be at work. {_LATER} If it stays so, tell the portal's contact.",
            )
        for number, row in enumerate(rows, start=1):
            if len(row) != len(fields):
                raise PortalAnswerWrong(
                    self._place(portal_id),
                    f"row {number} of a page has {len(row)} values where its header names {len(fields)} columns.",
                    _LATER,
                )
        lines = page.partition(b"\n")[2]
        return tuple(fields), lines if lines.endswith(b"\n") else lines + b"\n", len(rows)

    def _get(self, portal_id: str, path: str, query: Mapping[str, object], kind: str) -> bytes:
        """Return the body of an answer of a kind, “csv” or “json”. Raises PortalError."""
        place = self._place(portal_id)
        try:
            # The body is read at once, so that one that is cut short is asked for again.
            answer = self._pool.request("GET", self.address + path, fields={k: str(v) for k, v in query.items()})
        except HTTPError as error:
            raise PortalUnreachable(
                place,
                f"{_reason(error)}.",
                f"Is the network there, and does {self.address} open in a browser? {_LATER}",
            ) from None
        self._require_success(portal_id, answer)
        found = answer.headers.get("Content-Type", "something")
        other_beginnings = (b"<", b"{", b"[") if kind == "csv" else b"<"
        if kind not in found or answer.data.lstrip().startswith(other_beginnings):
            raise PortalAnswerWrong(
                place,
                f"{found} came where {kind.upper()} was asked for: {_shown(answer.data)}.",
                f"Open {self.address}/d/{portal_id} in a browser: the portal may be closed for work, or ask you to "
                "sign in.",
            )
        if len(answer.data) > MAX_PAGE_BYTES:
            raise PortalAnswerWrong(
                place,
                f"an answer has {len(answer.data):,} bytes; at most {MAX_PAGE_BYTES:,} are read.",
                "Is the portal_id the right one?",
            )
        return answer.data

    def _require_success(self, portal_id: str, answer: BaseHTTPResponse) -> None:
        place, status = self._place(portal_id), answer.status
        if status == 429:
            raise PortalBusy(
                place,
                "it asks to wait (429), again and again.",
                f"Try again later. An application token, in the setting {TOKEN_SETTING}, gives you a larger share.",
            )
        if status == 202 or status >= 500:
            raise PortalUnreachable(place, f"it answered with {status} each time: it is at work, or broken.", _LATER)
        if status != 200:
            raise PortalRefused(
                place,
                f"it answered with {status}: {_shown(answer.data)}.",
                f"Open {self.address}/d/{portal_id} in a browser. Was the dataset retired or moved? Then mend its "
                f"portal_id. If a token is in the setting {TOKEN_SETTING}, is it still valid?",
            )


def _reason(error: HTTPError) -> str:
    """Say why there was no whole answer, for a person who does not know the library's names."""
    cause = error.reason if isinstance(error, MaxRetryError) else error
    plain = next(
        (text for kind, text in _REASONS.items() if isinstance(cause, kind)), f"it gave no whole answer: {cause}"
    )
    return f"{plain} ({type(cause).__name__})"


def _shown(content: bytes) -> str:
    """Return the beginning of an answer for a message."""
    text = " ".join(content[:1000].decode("utf-8", "replace").split())
    return f"“{text[:100]}{'…' if len(text) > 100 else ''}”"


def _header(names: Iterable[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(names)
    return line.getvalue().encode("utf-8")
