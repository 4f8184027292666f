"""Floods: whoever sends forms faster than people can is asked to wait, and nobody else notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from tests.tracker.cast import Cast
from tracker.site import floods


@pytest.fixture(autouse=True)
def a_minute(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """A clock that stands, and can be moved on by a minute; and nothing counted yet."""
    now = [1_000_000 * 60.0]
    monkeypatch.setattr(floods.time, "time", lambda: now[0])
    monkeypatch.setattr(floods, "OF_A_PERSON", 5)
    monkeypatch.setattr(floods, "OF_A_NETWORK", 8)
    cache.clear()

    def move() -> None:
        now[0] += 60

    yield move
    cache.clear()


def test_a_person_who_floods_waits_a_minute_and_can_read_on(
    cast: Cast, as_: Callable[..., Client], a_minute: Callable[[], None]
) -> None:
    browser = as_(cast.learner)
    address = "/cohorts/submissions/1/"
    assert [browser.post(address).status_code for _ in range(7)] == [404] * 5 + [429] * 2
    answer = browser.post(address)
    assert "Wait a minute, then send it again." in answer.content.decode()
    assert answer["Retry-After"] == "60"
    assert browser.get("/my/").status_code == 200
    a_minute()
    assert browser.post(address).status_code == 404


def test_one_person_s_flood_holds_up_nobody_else(cast: Cast, as_: Callable[..., Client]) -> None:
    for _ in range(7):
        as_(cast.learner).post("/cohorts/submissions/1/")
    assert as_(cast.colleague).post("/cohorts/submissions/1/").status_code == 404


def test_who_is_not_signed_in_is_counted_by_network(client: Client, db: None) -> None:
    for number in range(8):
        assert client.post("/sign-in/", {"username": f"p{number}@example.org", "password": "x"}).status_code == 422
    assert client.post("/sign-in/", {"username": "p9@example.org", "password": "x"}).status_code == 429
    assert client.get("/sign-in/").status_code == 200
    other = Client(REMOTE_ADDR="203.0.113.9")
    assert other.post("/sign-in/", {"username": "p9@example.org", "password": "x"}).status_code == 422


def test_the_ways_to_the_identity_provider_are_counted_though_they_only_read(client: Client, db: None) -> None:
    for path in ("/sign-in/agency/", "/sign-in/agency/return/") * 4:
        assert client.get(path).status_code == 404
    assert client.get("/sign-in/agency/").status_code == 429


def test_the_api_says_it_as_json(cast: Cast, as_: Callable[..., Client]) -> None:
    browser = as_(cast.learner)
    for _ in range(6):
        answer = browser.post("/api/lessons/no-such/submissions")
    assert answer.status_code == 429
    assert answer.json()["message"].startswith("We got more forms")


def test_a_full_memory_lets_people_through(
    cast: Cast, as_: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "add", lambda *args, **facts: False)
    browser = as_(cast.learner)
    assert {browser.post("/cohorts/submissions/1/").status_code for _ in range(9)} == {404}
