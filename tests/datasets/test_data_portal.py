"""A portal's export comes whole, under the titles that the portal shows, or not at all."""

from __future__ import annotations

import csv
import io
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from portal_server import Answer, Dataset, PortalServer, Request, Trouble, serve_portal

from academy.data.errors import (
    PortalAnswerWrong,
    PortalBusy,
    PortalColumnsChanged,
    PortalError,
    PortalIncomplete,
    PortalRefused,
    PortalUnreachable,
)
from academy.data.portal import Portal

ID = "town-1234"
TITLES = {"town": "Town", "people": "People, counted"}
ROWS = [["Avon", "18000"], ["Berlin", "20000"], ["Canton", "10000"], ["Darien", "21000"], ["Easton", "7500"]]
PAGE = f"/resource/{ID}.csv"
SIGN_IN = Answer(200, "text/html", b"<!DOCTYPE html>\n<title>Sign in</title>")


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with serve_portal() as server:
        server.datasets[ID] = Dataset("People by Town", dict(TITLES), [list(row) for row in ROWS])
        yield server


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACADEMY_PORTAL", "ACADEMY_PORTAL_TOKEN", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)


def _portal(server: PortalServer, page_rows: int = 2) -> Portal:
    """A portal that is not waited for long."""
    return Portal(server.address, page_rows=page_rows, seconds=0.5, pause=0.01)


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))


def _on(ending: str, trouble: Trouble) -> Trouble:
    """A trouble with one kind of request only."""
    return lambda request, answer, before: trouble(request, answer, before) if request.path.endswith(ending) else answer


def _first(times: int, wrong: Answer) -> Trouble:
    """A trouble that is over after some tries."""
    return lambda request, answer, before: wrong if before < times else answer


def test_a_recipe_that_was_written_for_field_names_gets_them(server: PortalServer) -> None:
    export = _portal(server).export(ID).with_field_names()
    assert _rows(export.content) == [list(TITLES), *ROWS]


def test_every_page_is_read_in_a_stable_order_and_has_the_titles_that_the_portal_shows(server: PortalServer) -> None:
    export = _portal(server).export(ID)
    assert _rows(export.content) == [list(TITLES.values()), *ROWS]
    assert (export.title, export.rows, export.updated) == ("People by Town", 5, date(2026, 10, 26))
    assert [request.query for request in server.asked(".csv")] == [
        {"$limit": "2", "$offset": str(offset), "$order": ":id"} for offset in (0, 2, 4, 5)
    ]


def test_an_export_is_downloaded_once_however_often_it_is_asked_for(server: PortalServer) -> None:
    portal = _portal(server)
    export = portal.export(ID)
    number = len(server.requests)
    assert portal.export(ID) is export
    assert len(server.requests) == number


def test_a_portal_that_gives_smaller_pages_than_asked_for_is_read_to_the_end(server: PortalServer) -> None:
    def at_most_two(request: Request, answer: Answer, before: int) -> Answer:
        return replace(answer, body=b"".join(answer.body.splitlines(keepends=True)[:3]))

    server.trouble = _on(".csv", at_most_two)
    assert _rows(_portal(server, page_rows=4).export(ID).content) == [list(TITLES.values()), *ROWS]


def test_a_page_whose_last_line_has_no_end_does_not_run_into_the_next(server: PortalServer) -> None:
    server.trouble = _on(".csv", lambda request, answer, before: replace(answer, body=answer.body.rstrip(b"\n")))
    assert _rows(_portal(server).export(ID).content) == [list(TITLES.values()), *ROWS]


def test_an_answer_larger_than_any_export_of_ours_is_refused(
    server: PortalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academy.data.portal.MAX_PAGE_BYTES", 500)
    server.datasets[ID].rows[1][0] = "Berlin" * 100
    with pytest.raises(PortalAnswerWrong, match=r"an answer has 6\d\d bytes; at most 500 are read\."):
        _portal(server).export(ID)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=7, unique=True), page_rows=st.integers(1, 8))
def test_whatever_the_cells_hold_each_row_comes_once(rows: list[tuple[str, str]], page_rows: int) -> None:
    with serve_portal() as server:
        server.datasets[ID] = Dataset("Anything", dict(TITLES), [list(row) for row in rows])
        export = _portal(server, page_rows).export(ID)
    assert _rows(export.content) == [list(TITLES.values()), *map(list, rows)]
    assert export.rows == len(rows)


def test_the_token_of_the_setting_is_sent_and_none_without_it(
    server: PortalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _portal(server).export(ID)
    assert not any("X-App-Token" in request.headers for request in server.requests)
    monkeypatch.setenv("ACADEMY_PORTAL_TOKEN", "a-token")
    server.requests.clear()
    _portal(server).export(ID)
    assert {request.headers["X-App-Token"] for request in server.requests} == {"a-token"}


def test_a_token_is_not_sent_on_to_another_portal(server: PortalServer) -> None:
    with serve_portal() as other:
        other.datasets = server.datasets
        server.trouble = lambda request, answer, before: Answer(
            302, "text/plain", b"", {"Location": f"{other.address.replace('127.0.0.1', 'localhost')}{request.path}"}
        )
        with pytest.raises(PortalError):
            Portal(server.address, "a-token", pause=0.01).export(ID)
        assert all(request.headers["X-App-Token"] == "a-token" for request in server.requests)
        assert other.requests and not any("X-App-Token" in request.headers for request in other.requests)


def test_the_address_is_that_of_the_state_unless_a_setting_says_another(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Portal().address == "https://data.ct.gov"
    monkeypatch.setenv("ACADEMY_PORTAL", "https://data.example.org/")
    assert Portal().address == "https://data.example.org"


def test_when_the_portal_says_how_long_to_wait_we_wait_and_ask_again(server: PortalServer) -> None:
    server.trouble = _on(".csv", _first(1, Answer(429, "text/plain", b"slow down", {"Retry-After": "1"})))
    started = time.monotonic()
    assert _portal(server, page_rows=10).export(ID).rows == 5
    # Twice: for the page, and for the empty one behind it.
    assert time.monotonic() - started >= 2


@pytest.mark.parametrize(
    "wrong",
    [
        Answer(500, "text/plain", b"oops"),
        Answer(503, "text/html", b"<h1>Back soon</h1>"),
        Answer(202, "application/json", b"{}"),
        Answer(200, "text/csv", b'"town","people"\n"Avon","18000"\n', cut=5),
        Answer(200, "text/csv", b"", after=1),
    ],
    ids=["500", "503", "still-at-work", "cut-short", "slow"],
)
def test_a_trouble_that_passes_is_waited_out(wrong: Answer, server: PortalServer) -> None:
    server.trouble = _first(1, wrong)
    assert _rows(_portal(server).export(ID).content) == [list(TITLES.values()), *ROWS]


# A trouble that stays: where, what, the error, what it says, and how often the portal was asked.
TROUBLES: dict[str, tuple[str, Answer, type[PortalError], str, int]] = {
    "busy": (
        ".csv",
        Answer(429, "text/plain", b"slow down"),
        PortalBusy,
        "it asks to wait (429), again and again.\n    Try again later. An application token, in the setting "
        "ACADEMY_PORTAL_TOKEN,",
        5,
    ),
    "closed": (
        ".csv",
        Answer(503, "text/html", b"<h1>Back soon</h1>"),
        PortalUnreachable,
        "it answered with 503 each time: it is at work, or broken.\n    Try again in a few minutes.",
        5,
    ),
    "at work": ("views/town-1234.json", Answer(202, "text/plain", b""), PortalUnreachable, "it answered with 202", 5),
    "cut short": (
        ".csv",
        Answer(200, "text/csv", b'"town","people"\n"Avon","18000"\n', cut=5),
        PortalUnreachable,
        "its answer was cut short each time (ProtocolError).\n    Is the network there, and does ADDRESS open in a "
        "browser? Try again in a few minutes.",
        3,
    ),
    "slow": (
        ".csv",
        Answer(200, "text/csv", b"", after=1),
        PortalUnreachable,
        "it did not answer in time (ReadTimeoutError).",
        3,
    ),
    "gone": (
        "views/town-1234.json",
        Answer(404, "application/json", b'{"message": "Not found"}'),
        PortalRefused,
        'it answered with 404: “{"message": "Not found"}”.\n    Open ADDRESS/d/town-1234 in a browser. Was the '
        "dataset retired or moved? Then mend its portal_id.",
        1,
    ),
    "a token that is not valid": (
        "views/town-1234.json",
        Answer(403, "application/json", b'{"message": "Invalid app_token specified"}'),
        PortalRefused,
        "If a token is in the setting ACADEMY_PORTAL_TOKEN, is it still valid?",
        1,
    ),
    "a web page in place of the export": (
        ".csv",
        SIGN_IN,
        PortalAnswerWrong,
        "text/html came where CSV was asked for: “<!DOCTYPE html> <title>Sign in</title>”.\n    Open ADDRESS/d/town-1234 "
        "in a browser: the portal may be closed for work, or ask you to sign in.",
        1,
    ),
    "a note in place of the export": (
        ".csv",
        Answer(200, "text/plain", b"Come back later"),
        PortalAnswerWrong,
        "text/plain came where CSV was asked for: “Come back later”.",
        1,
    ),
    "a web page that says it is CSV": (
        ".csv",
        replace(SIGN_IN, kind="text/csv"),
        PortalAnswerWrong,
        "text/csv came where CSV was asked for: “<!DOCTYPE html>",
        1,
    ),
    "JSON in place of the export": (
        ".csv",
        Answer(200, "application/json", b'[{"town": "Avon"}]'),
        PortalAnswerWrong,
        'application/json came where CSV was asked for: “[{"town": "Avon"}]”.',
        1,
    ),
    "JSON that says it is CSV": (
        ".csv",
        Answer(200, "text/csv", b'{"error": true, "message": "no"}'),
        PortalAnswerWrong,
        'text/csv came where CSV was asked for: “{"error": true',
        1,
    ),
    "a web page in place of the description": (
        "views/town-1234.json",
        SIGN_IN,
        PortalAnswerWrong,
        "text/html came where JSON was asked for",
        1,
    ),
    "a description without columns": (
        "views/town-1234.json",
        Answer(200, "application/json", b'{"name": "A map", "rowsUpdatedAt": 1793000000}'),
        PortalAnswerWrong,
        "its description of the dataset cannot be read (KeyError: 'columns').\n    Open ADDRESS/d/town-1234 in a browser: "
        "is it still a table?",
        1,
    ),
    "no count": (
        "resource/town-1234.json",
        Answer(200, "application/json", b"[]"),
        PortalAnswerWrong,
        "its count of rows cannot be read: “[]”.",
        1,
    ),
    "more rows than any dataset of ours": (
        "resource/town-1234.json",
        Answer(200, "application/json", b'[{"count": "3000000"}]'),
        PortalAnswerWrong,
        "it counts 3,000,000 rows; at most 2,000,000 are read.\n    Is the portal_id the right one?",
        1,
    ),
    "nothing": (".csv", Answer(200, "text/csv", b""), PortalAnswerWrong, "a page is not CSV: ", 1),
    "a page in an old encoding": (
        ".csv",
        Answer(200, "text/csv", '"town","people"\n"Orléans","1"\n'.encode("latin-1")),
        PortalAnswerWrong,
        "a page is not CSV: 'utf-8' codec",
        1,
    ),
    "a row that lost a cell": (
        ".csv",
        Answer(200, "text/csv", b'"town","people"\n"Avon","1"\n"Berlin"\n'),
        PortalAnswerWrong,
        "row 2 of a page has 1 values where its header names 2 columns.",
        1,
    ),
    "a column that the export has not": (
        ".csv",
        Answer(200, "text/csv", b'"town"\n"Avon"\n'),
        PortalColumnsChanged,
        "the export has no column for “People, counted”, which its description names.",
        1,
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda name: name.replace(" ", "-"))
def test_a_trouble_that_stays_is_named_with_what_to_do(trouble: str, server: PortalServer) -> None:
    where, wrong, error, says, times = TROUBLES[trouble]
    server.trouble = _on(where, lambda request, answer, before: wrong)
    with pytest.raises(error) as caught:
        _portal(server).export(ID)
    message = str(caught.value)
    assert message.startswith(f"{server.address.removeprefix('http://')}, dataset town-1234: ")
    assert says.replace("ADDRESS", server.address) in message
    assert len(server.asked(where)) == times


def test_a_portal_that_is_not_there_is_named_with_what_to_do() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(PortalUnreachable) as caught:
            Portal(address, pause=0.01).export(ID)
    assert str(caught.value) == (
        f"{address.removeprefix('http://')}, dataset town-1234: nothing answers at its address (NewConnectionError).\n"
        f"    Is the network there, and does {address} open in a browser? Try again in a few minutes."
    )


@pytest.mark.parametrize(
    ("difference", "says"), [(3, "counts 8 rows and gives 5"), (-3, "counts 2 rows and gives more")]
)
def test_more_or_fewer_rows_than_the_portal_counts_are_refused(
    difference: int, says: str, server: PortalServer
) -> None:
    server.datasets[ID].more_counted = difference
    with pytest.raises(PortalIncomplete, match=says):
        _portal(server).export(ID)


def test_an_export_without_any_row_is_refused(server: PortalServer) -> None:
    server.datasets[ID].rows = []
    with pytest.raises(PortalIncomplete, match="it counts 0 rows and gives 0"):
        _portal(server).export(ID)


def test_a_page_that_repeats_an_earlier_one_is_refused(server: PortalServer) -> None:
    first_page: list[Answer] = []

    def always_the_first_page(request: Request, answer: Answer, before: int) -> Answer:
        first_page.append(answer)
        return first_page[0]

    server.trouble = _on(".csv", always_the_first_page)
    with pytest.raises(PortalIncomplete, match="the page after row 2 repeats an earlier page"):
        _portal(server).export(ID)


def test_rows_that_are_renewed_while_they_are_read_are_refused(server: PortalServer) -> None:
    def renewed(request: Request, answer: Answer, before: int) -> Answer:
        server.datasets[ID].updated += 1
        return answer

    server.trouble = _on(".csv", renewed)
    with pytest.raises(PortalIncomplete, match="its rows were renewed while they were read"):
        _portal(server).export(ID)


def test_columns_that_the_portal_adds_by_itself_do_no_harm(server: PortalServer) -> None:
    """Regions that it computes are described, but not always exported; parts of a link are exported undescribed."""
    server.datasets[ID] = Dataset("Towns", {"town": "Town", "page_description": "page_description"}, [["Avon", "x"]])

    def described(request: Request, answer: Answer, before: int) -> Answer:
        body = answer.body.replace(b'{"fieldName": "page_description", "name": "page_description"}', b"null")
        body = body.replace(b"null", b'{"fieldName": ":@computed_region_a", "name": "Counties"}')
        return replace(answer, body=body)

    server.trouble = _on("views/town-1234.json", described)
    assert _rows(_portal(server).export(ID).content) == [["Town", "page_description"], ["Avon", "x"]]
