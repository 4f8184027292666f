"""The API, asked at random by schemathesis, over real connections: thousands of odd questions, the same in every run.

Whatever is asked: no error of ours, an answer as the description promises, and nobody of another agency in it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.tracker.cast import Cast
from tracker.api import tokens
from tracker.api.models import Scope
from tracker.learning.models import Submission

pytestmark = pytest.mark.django_db(transaction=True)

OUTSIDE = ("Olga", "olga@", "Quentin", "quentin@", "Lakes", "Boats")
"""Words of the other agency."""
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ALIKE_IN_EVERY_RUN = settings(
    max_examples=5,  # For each operation and kind of data; each is asked with every token.
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def server(
    live_server: Any, cast: Cast, graded_submission: Callable[..., Submission], monkeypatch: pytest.MonkeyPatch
) -> str:
    """The server, in which everybody has completed the lesson, and no token has to wait."""
    monkeypatch.setattr(tokens, "CALLS_A_MINUTE", 1_000_000)
    for person in cast.people().values():
        graded_submission(person, 5)
    return str(live_server.url)


def test_random_questions_get_answers_as_described_and_nothing_of_another_agency(server: str, cast: Cast) -> None:
    api = schemathesis.openapi.from_url(f"{server}/api/v1/openapi.json")
    operations = [found.ok() for found in api.get_all_operations()]
    assert len(operations) >= 7
    every_scope = [scope.value for scope in Scope]
    secrets = {
        "a manager's": tokens.make(cast.manager, "all", every_scope, 90)[1],
        "a data officer's": tokens.make(cast.data_officer, "all", every_scope, 90)[1],
        "the statewide office's": tokens.make(cast.statewide, "all", every_scope, 90)[1],
        "a learner's": tokens.make(cast.learner, "own", ["completions:read"], 90)[1],
    }
    seen: dict[str, set[int]] = {whose: set() for whose in secrets}
    with requests.Session() as session:

        def send(case: Case) -> None:
            for whose, secret in secrets.items():
                answer = case.call(server, session=session, headers={"Authorization": f"Bearer {secret}"}, timeout=10)
                wrong = case.meta is not None and case.meta.generation.mode.is_negative
                case.validate_response(answer, checks=CHECKS + [negative_data_rejection] * wrong)
                seen[whose].add(answer.status_code)
                assert not [word for word in OUTSIDE if word in answer.text], answer.url

        for operation in operations:
            for mode in GenerationMode:
                # Nothing can be asked wrongly where nothing is asked.
                if mode.is_positive or operation.query or operation.path_parameters:
                    ALIKE_IN_EVERY_RUN(given(operation.as_strategy(generation_mode=mode))(send))()
    # The questions were no dead ends: each token got answers, and refusals.
    assert seen["a manager's"] >= {200, 404, 422}
    assert seen["a data officer's"] >= {200, 404, 422}
    assert seen["a learner's"] >= {200, 403, 404, 422}
    assert not any(status >= 500 for statuses in seen.values() for status in statuses)


RAW = [
    b"/api/v1/people/\xff\xfe",
    b"/api/v1/people/1\x00",
    b"/api/v1/completions?lesson=\xff\xfe",
    b"/api/v1/completions?\xed\xbf\xbf=\x00",
    b"/api/v1/completions?cursor=" + b"%F0%9F%92%A9" * 500,
    b"/api/v1/completions?" + b"&".join(b"a%d=1" % number for number in range(2_500)),
    b"/api/v1/people?" + b"[" * 10_000,
]


def test_bytes_that_no_client_should_send_are_refused_as_theirs(server: str, cast: Cast) -> None:
    secret = tokens.make(cast.manager, "all", [scope.value for scope in Scope], 90)[1].encode()
    host = urlsplit(server)
    for target in RAW:
        with socket.create_connection((host.hostname, host.port or 80), timeout=10) as line:
            line.sendall(b"GET %b HTTP/1.0\r\nHost: localhost\r\n" % target)
            line.sendall(b"Authorization: Bearer %b\r\nContent-Length: 9\r\n\r\n[[[[[[[[[" % secret)
            answer = line.makefile("rb").read()
        status, headers = answer.split(b" ", 2)[1], answer.split(b"\r\n\r\n")[0]
        assert status in (b"400", b"404", b"422"), (target[:50], answer[:200])
        assert b"application/json" in headers, target[:50]
