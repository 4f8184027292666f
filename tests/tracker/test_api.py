"""The API for other systems: who reads what with which token, and what a program is told that asks for more."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracker.cast import Cast
from tracker.api import tokens
from tracker.api.models import Scope, Token
from tracker.api.operations import api
from tracker.audit.models import Entry
from tracker.learning.models import Lesson, Submission
from tracker.people.models import Agency, Person, Unit
from tracker.teams.models import StatewideRelease
from tracker.teams.statewide import publish

EVERY_SCOPE = [scope.value for scope in Scope]
MANAGERS = ("manager", "other_manager", "outside_manager", "data_officer", "administrator")
FIRST_AGENCY = {"learner", "colleague", "manager", "other_manager", "neighbor", "trainer", "data_officer"}
# Whose completion each manager reads. Everybody reads their own.
SEES = {
    "manager": {"learner", "colleague", "manager"},
    "other_manager": {"other_manager", "neighbor", "trainer"},
    "outside_manager": {"outsider", "outside_manager"},
    "data_officer": FIRST_AGENCY,
    "administrator": {*FIRST_AGENCY, "outsider", "outside_manager", "administrator"},
}
UNITS = {
    "manager": {"Roads", "Signs"},
    "other_manager": {"Tolls"},
    "outside_manager": {"Boats"},
    "data_officer": {"Roads", "Signs", "Tolls", "Archive"},
    "administrator": {"Roads", "Signs", "Tolls", "Archive", "Boats"},
}
COUNTED: set[Any] = {None, "Department of Bridges", "Office of Lakes"}
SEES_LEARNER = {role: {"learner"} for role in ("manager", "data_officer", "administrator")}


@dataclass(frozen=True)
class Row:
    """One operation: who reads what with a token of every scope, what other managers get, and what all others get."""

    operation: str
    path: str
    reads: dict[str, set[str]]
    other_managers: int = 403
    others: int = 403
    own: bool = False
    """Whoever is not in `reads` reads their own."""
    key: str = "email"
    lists: bool = True


TABLE = [
    Row("token", "/token", {}, own=True, key="owner", lists=False),
    Row("people", "/people", SEES),
    Row("person", "/people/{learner}", SEES_LEARNER, other_managers=404, lists=False),
    Row("units", "/units", UNITS, key="name"),
    Row("lessons", "/lessons", {role: {"add-numbers"} for role in MANAGERS}, key="slug"),
    Row("completions", "/completions", SEES, own=True),
    Row("completions", "/completions?lesson=add-numbers&since=2020-01-01", SEES, own=True),
    Row("completions", "/completions?person={learner}", SEES_LEARNER | {"learner": {"learner"}}, 404, 404),
    Row("completions", "/completions?unit={unit}", {role: SEES["manager"] for role in SEES_LEARNER}, 404, 404),
    Row("counts", "/counts", {"statewide": COUNTED, "administrator": COUNTED}, key="agency"),
    Row("submissions", "/submissions", SEES),
    Row("submissions", "/submissions?person={learner}", SEES_LEARNER, other_managers=404),
]
ROLES = (*sorted(FIRST_AGENCY), "outsider", "outside_manager", "statewide", "administrator")


@pytest.fixture
def everybody_completed(cast: Cast, graded_submission: Callable[..., Submission]) -> None:
    for person in cast.people().values():
        graded_submission(person, 5, text="SECRET ANSWER", message="SECRET FEEDBACK")


@pytest.fixture
def published(lesson: Lesson) -> None:
    """Statewide counts, as the room that protects them lays them out. One is hidden."""
    agencies = [("Department of Bridges", 60, [30]), ("Office of Lakes", 40, [None])]
    shown = {
        "people": 100,
        "lessons": [{"title": lesson.title, "lessons": 1, "complete": 31}],
        "paths": [],
        "agencies": [{"agency": name, "people": people, "complete": done} for name, people, done in agencies],
        "together": {},
    }
    StatewideRelease.objects.create(on="2026-10-01", shown=shown, counted={"people": "SECRET"})


def program(owner: Person, scopes: list[str] = EVERY_SCOPE) -> Client:
    """A program that has a token of this person's."""
    return with_token(tokens.make(owner, f"program {Token.objects.count()}", scopes, 90)[1])


def with_token(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def ask(client: Client, path: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status, (path, answer.content[:300])
    return answer.json()


def message(client: Client, path: str, status: int) -> str:
    words: str = ask(client, path, status)["message"]
    return words


def completions(client: Client, query: str = "") -> set[str]:
    return {row["email"] for row in ask(client, f"/completions{query}")["items"]}


# Who reads what


def test_every_operation_has_a_row() -> None:
    assert operations() == {row.operation for row in TABLE}


def operations() -> set[str]:
    paths = api.get_openapi_schema()["paths"]
    return {operation["operationId"] for methods in paths.values() for operation in methods.values()}


def test_every_role_reads_what_is_theirs_and_nothing_else(
    cast: Cast, everybody_completed: None, published: None
) -> None:
    people = cast.people()
    clients = {role: program(people[role]) for role in ROLES}
    for row in TABLE:
        path = row.path.format(learner=cast.learner.pk, unit=cast.unit.pk)
        for role, client in clients.items():
            if role in row.reads or row.own:
                answer = ask(client, path)
                expected = row.reads.get(role, {role})
                read = [item[row.key] for item in (answer["items"] if row.lists else [answer])]
                wanted = [people[name].email if name in people else name for name in expected]
                assert sorted(map(str, read)) == sorted(map(str, wanted)), (role, path)
            else:
                ask(client, path, row.other_managers if role in MANAGERS else row.others)
        ask(Client(), path, 401)


def test_no_answer_has_an_answer_a_score_or_a_number_of_tries(
    cast: Cast, everybody_completed: None, graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 1)
    client = program(cast.administrator)
    text = "".join(json.dumps(ask(client, path)) for path in ("/completions", "/submissions", "/people", "/lessons"))
    assert "Lena" in text
    assert not re.search("SECRET|points|score|tries|passed|sha256", text)
    assert len(ask(client, f"/submissions?person={cast.learner.pk}")["items"]) == 1


def test_a_token_reads_only_the_scopes_that_were_ticked(cast: Cast, lesson: Lesson) -> None:
    needs = {"/people": "people:read", f"/people/{cast.learner.pk}": "people:read", "/units": "people:read"}
    needs |= {name: f"{name[1:]}:read" for name in ("/lessons", "/completions", "/submissions", "/counts")}
    for ticked in EVERY_SCOPE:
        client = program(cast.administrator, [ticked])
        for path, scope in needs.items():
            ask(client, path, 200 if scope == ticked else 403)
        assert ask(client, "/token")["scopes"] == [ticked]


def test_a_token_reads_what_its_owner_may_see_now(cast: Cast, everybody_completed: None) -> None:
    client = program(cast.manager)
    assert "lena@example.org" in completions(client)
    cast.learner.unit = Unit.objects.get(name="Boats")
    cast.learner.save()
    assert completions(client) == {"mara@example.org", "cole@example.org"}
    cast.unit.managers.clear()
    assert completions(client) == {"mara@example.org"}
    assert "does not include people:read today" in message(client, "/people", 403)
    assert ask(client, "/token")["scopes"] == ["completions:read"]


def test_people_who_have_left_are_not_given(cast: Cast, everybody_completed: None) -> None:
    client = program(cast.manager)
    Person.objects.filter(pk=cast.learner.pk).update(is_active=False)
    assert "lena@example.org" not in completions(client)
    assert message(client, f"/people/{cast.learner.pk}", 404) == message(client, "/people/987654321", 404)


def test_what_is_outside_is_answered_as_if_it_were_not_there(cast: Cast, everybody_completed: None) -> None:
    client = program(cast.manager)
    outside = Unit.objects.get(name="Boats").pk
    pairs = [
        (f"/people/{cast.outsider.pk}", "/people/987654321"),
        (f"/completions?person={cast.outsider.pk}", "/completions?person=987654321"),
        (f"/people?unit={outside}", "/people?unit=987654321"),
        (f"/submissions?unit={outside}", "/submissions?unit=987654321"),
    ]
    for theirs, nowhere in pairs:
        assert message(client, theirs, 404) == message(client, nowhere, 404)


def test_a_unit_above_that_is_none_of_yours_has_no_id(cast: Cast) -> None:
    signs = Unit.objects.get(name="Signs")
    signs.managers.add(cast.colleague)
    (unit,) = ask(program(cast.colleague), "/units")["items"]
    assert (unit["name"], unit["parent"]) == ("Signs", None)
    assert {unit["parent"] for unit in ask(program(cast.manager), "/units")["items"]} == {None, cast.unit.pk}


def test_being_signed_in_is_no_token(cast: Cast, as_: Callable[..., Client]) -> None:
    browser = as_(cast.administrator)
    for row in TABLE:
        ask(browser, row.path.format(learner=cast.learner.pk, unit=cast.unit.pk), 401)


EXAMPLES = count()


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_asked_a_token_of_one_agency_shows_nobody_of_another(data: st.DataObject, lesson: Lesson) -> None:
    """Two agencies with any trees of units and any managers; any scopes, filters and cursors."""
    example = next(EXAMPLES)
    units: dict[str, list[Unit]] = {}
    people: dict[str, list[Person]] = {}
    for name in ("inside", "outside"):
        agency = Agency.objects.create(name=f"{name} {example}")
        units[name] = []
        for number in range(data.draw(st.integers(1, 4))):
            parent = data.draw(st.sampled_from([None, *units[name]]))
            units[name].append(Unit.objects.create(agency=agency, name=f"{name} {number}", parent=parent))
        places = data.draw(st.lists(st.sampled_from(units[name]), min_size=2, max_size=5))
        people[name] = [
            Person.objects.create(email=f"{example}.{number}@{name}.example", name=name, unit=unit)
            for number, unit in enumerate(places)
        ]
        for person in people[name]:
            passed = {"state": "graded", "points": 1, "possible": 1, "passed": True, "size": 0}
            Submission.objects.create(person=person, lesson=lesson, **passed)
            person.managed_units.set(data.draw(st.sets(st.sampled_from(units[name]), max_size=2)))
        if data.draw(st.booleans()):
            agency.data_officers.add(people[name][0])
    owner = data.draw(st.sampled_from(people["inside"]))
    client = program(owner, data.draw(st.lists(st.sampled_from(EVERY_SCOPE), min_size=1, unique=True)))
    ids = st.sampled_from([person.pk for group in people.values() for person in group])
    filters = {
        "unit": st.sampled_from([unit.pk for group in units.values() for unit in group]),
        "person": ids,
        "cursor": ids.map(lambda number: f"{number - 1}.add-numbers"),
        "limit": st.integers(1, 3),
    }
    asked = data.draw(st.fixed_dictionaries({}, optional=filters))
    for path in ("/people", "/units", "/completions", "/submissions", f"/people/{data.draw(ids)}"):
        answer = client.get(f"/api/v1{path}", asked)
        assert answer.status_code in (200, 403, 404, 422)
        assert "outside" not in answer.content.decode()
    assert owner.email in completions(program(owner))


# Completions for a program that comes every night


def test_completions_are_dated_by_handing_in_and_found_again_by_when_they_were_known(
    cast: Cast, graded_submission: Callable[..., Submission]
) -> None:
    submission = graded_submission(cast.learner, 5)
    handed_in, graded = datetime(2026, 3, 2, 15, tzinfo=UTC), datetime(2026, 3, 9, 15, tzinfo=UTC)
    Submission.objects.filter(pk=submission.pk).update(received_at=handed_in, graded_at=graded)
    client = program(cast.manager)
    (row,) = ask(client, "/completions")["items"]
    assert (row["completed_at"], row["recorded_at"]) == ("2026-03-02T15:00:00Z", "2026-03-09T15:00:00Z")
    # Who asked on March 5 was not told, because it was not known yet; so it must be told to who asks since then.
    assert completions(client, "?since=2026-03-05") == {"lena@example.org"}
    assert completions(client, "?since=2026-03-09T15:00:00Z") == {"lena@example.org"}
    assert completions(client, "?since=2026-03-09T10:00:01-05:00") == set()
    # Without a zone it is Connecticut's time: ten o'clock there was three in the afternoon in Greenwich.
    assert completions(client, "?since=2026-03-09T11:00:00") == {"lena@example.org"}
    assert completions(client, "?since=2026-03-09T11:00:01") == set()


def test_the_first_pass_counts_and_later_tries_change_nothing(
    cast: Cast, graded_submission: Callable[..., Submission]
) -> None:
    client = program(cast.manager)
    graded_submission(cast.learner, 1)
    assert ask(client, "/completions")["items"] == []
    graded_submission(cast.learner, 5)
    first = ask(client, "/completions")["items"]
    graded_submission(cast.learner, 5)
    graded_submission(cast.learner, 1)
    assert ask(client, "/completions")["items"] == first
    assert len(first) == 1


def test_states_are_those_of_the_team_page(
    cast: Cast, hand_in: Callable[..., Submission], graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 5)
    graded_submission(cast.colleague, 1)
    hand_in(cast.manager)
    rows = ask(program(cast.manager), "/submissions")["items"]
    states = {row["email"].split("@")[0]: row["state"] for row in rows}
    assert states == {"lena": "Complete", "cole": "Needs another try", "mara": "Submitted"}


def test_statewide_counts_are_those_that_were_published_and_hide_small_groups(cast: Cast, lesson: Lesson) -> None:
    client = program(cast.statewide)
    assert ask(client, "/counts") == {"published_on": None, "items": []}
    # The real room, with agencies large enough to be counted.
    for agency, people, passed in (("Department of Bridges", 60, 30), ("Office of Lakes", 50, 2)):
        unit = Unit.objects.filter(agency__name=agency)[0]
        for number in range(people):
            email = f"{agency[:3]}{number}@example.org".lower()
            person = Person.objects.create(email=email, name="Somebody", unit=unit)
            if number < passed:
                facts = {"state": "graded", "points": 1, "possible": 1, "passed": True, "size": 0}
                Submission.objects.create(person=person, lesson=lesson, **facts)
    release = publish(date(2026, 10, 1))
    answer = ask(client, "/counts")
    assert answer["published_on"] == "2026-10-01"
    numbers = [(row["agency"], row["people"], row["completed"]) for row in answer["items"]]
    assert numbers[1:] == [(row["agency"], row["people"], *row["complete"]) for row in release.shown["agencies"]]
    assert numbers[0] == (None, release.shown["people"], release.shown["lessons"][0]["complete"])
    assert None in [completed for _, _, completed in numbers]
    assert "example.org" not in json.dumps(answer)


# Paging


@pytest.mark.parametrize("path", ["/people", "/units", "/completions", "/submissions"])
def test_pages_of_any_size_give_everything_once(path: str, cast: Cast, everybody_completed: None) -> None:
    client = program(cast.data_officer)
    everything = ask(client, path)
    assert everything["next"] is None
    for limit in (1, 2, 3, len(everything["items"]), 500):
        assert list(walk(client, path, limit)) == everything["items"]


def walk(client: Client, path: str, limit: int) -> Iterator[Any]:
    page = ask(client, f"{path}?limit={limit}")
    yield from page["items"]
    while page["next"]:
        page = ask(client, f"{path}?limit={limit}&cursor={page['next']}")
        assert 0 < len(page["items"]) <= limit
        yield from page["items"]


def test_a_person_who_leaves_between_two_pages_makes_nobody_be_missed(cast: Cast, everybody_completed: None) -> None:
    client = program(cast.data_officer)
    first = ask(client, "/people?limit=3")
    Person.objects.filter(pk=first["items"][0]["id"]).update(is_active=False)
    second = ask(client, f"/people?cursor={first['next']}")
    assert len(first["items"]) + len(second["items"]) == len(FIRST_AGENCY)


def test_every_operation_asks_the_database_equally_often_for_few_and_for_many(
    cast: Cast, graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 4)
    client = program(cast.administrator)
    ask(client, "/token")  # The first call of a day is noted.
    longest = f"/completions?unit={cast.unit.pk}&person={cast.learner.pk}&lesson=add-numbers&since=2020-01-01&limit=1"
    paths = [row.path.format(learner=cast.learner.pk, unit=cast.unit.pk) for row in TABLE] + [longest]

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            ask(client, path)
        return len(captured)

    for_few = {path: queries(path) for path in paths}
    for number in range(4):
        unit = Unit.objects.create(agency=cast.unit.agency, parent=cast.unit, name=f"More {number}")
        graded_submission(Person.objects.create_user(f"more{number}@example.org", name="More", unit=unit), 5)
    assert {path: queries(path) for path in paths} == for_few
    assert max(for_few.values()) <= 10, for_few


# What is refused, and in which words


def test_a_missing_misspelled_expired_or_revoked_token_is_refused_with_the_same_words(
    cast: Cast, lesson: Lesson
) -> None:
    _, secret = tokens.make(cast.manager, "HR", EVERY_SCOPE, 90)
    expired, of_expired = tokens.make(cast.manager, "old", EVERY_SCOPE, 90)
    Token.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    revoked, of_revoked = tokens.make(cast.manager, "leaked", EVERY_SCOPE, 90)
    tokens.revoke(revoked, cast.manager, "by its owner")
    headers = [f"Bearer {wrong}" for wrong in (secret[:-1], secret + "x", of_expired, of_revoked, "", "\0", "ü" * 43)]
    headers += ["", "Bearer", secret, f"Basic {secret}", f"Bearer  {secret}", "Bearer " + "x" * 10_000]
    for header in headers:
        answer = Client(headers={"Authorization": header}).get("/api/v1/lessons")
        assert answer.status_code == 401, header
        assert answer["WWW-Authenticate"] == "Bearer"
        assert answer.json()["message"].endswith("You can make a new one at /my/tokens/.")
    ask(with_token(secret), "/lessons")


WRONG = [
    ("limit=0", "Correct limit"),
    ("limit=501", "Correct limit"),
    ("limit=" + "9" * 2_000, "Correct limit"),
    ("limit=1e3", "Correct limit"),
    ("limit=&cursor=%00", "Correct cursor"),
    ("person=0", "Correct person"),
    (f"person={2**63}", "Correct person"),
    ("person=-1", "Correct person"),
    ("person=NaN", "Correct person"),
    ("unit=%00", "Correct unit"),
    ("unit=null", "Correct unit"),
    ("lesson=%00", "Correct lesson"),
    ("lesson=a%20b", "Correct lesson"),
    ("lesson=%ED%A0%80", "Correct lesson"),
    ("lesson=" + "a" * 2_000, "Correct lesson"),
    ("cursor=" + "1" * 2_000, "Correct cursor"),
    ("cursor=12", "Begin without a cursor"),
    ("cursor=1.a.b", "Correct cursor"),
    ("since=yesterday", "Correct since"),
    ("since=0001-01-01T00:00:00%2B14:00", "between 2000 and 2100"),
    ("since=9999-12-31T23:59:59-14:00", "between 2000 and 2100"),
    ("since=" + "9" * 400, "Correct since"),
    ("since=inf", "Correct since"),
    ("lessons=add-numbers", "Use only: cursor, lesson, limit, person, since, unit."),
    ("x" * 2_000 + "=1", "Use only"),
    ("%FF%FE=%FF", "Use only"),
    ("limit[]=1", "Use only"),
    ("limit=1&limit=2", "Give each parameter once."),
]


def test_what_cannot_be_understood_is_said_and_never_an_error_of_ours(cast: Cast, lesson: Lesson) -> None:
    client = program(cast.manager)
    for query, words in WRONG:
        said = message(client, f"/completions?{query}", 422)
        assert words in said, query
        assert len(said) < 300, query


ODD = [
    ("/people/0", 422),
    (f"/people/{2**63}", 422),
    ("/people/" + "9" * 5_000, 404),
    ("/people/%00", 404),
    ("/people/-1", 404),
    ("/people/1/", 404),
    ("/people/%ED%A0%80", 404),
    ("/nothing-here", 404),
    (f"/people/{2**63 - 1}", 404),
    ("/completions?lesson=no-such-lesson", 404),
    ("/completions?cursor=" + "9" * 18 + ".z", 200),
    ("/completions?" + "&".join(f"a{number}=1" for number in range(3_000)), 400),
]


def test_odd_addresses_have_plain_answers(cast: Cast, lesson: Lesson, site: object) -> None:
    client = program(cast.manager)
    for path, status in ODD:
        answer = ask(client, path, status)
        assert status == 200 or answer["message"], path


def test_nothing_can_be_written_and_a_body_is_not_read(cast: Cast, lesson: Lesson) -> None:
    client = program(cast.manager)
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(client, method)("/api/v1/people", data="[" * 100_000, content_type="application/json")
        assert (answer.status_code, answer["Allow"]) == (405, "GET")
        assert answer.json() == {"message": "This address is for reading. Use GET."}
    deep = client.generic("GET", "/api/v1/lessons", "[" * 100_000, content_type="application/json")
    assert deep.status_code == 200


def test_nobody_keeps_an_answer_on_the_way(cast: Cast, lesson: Lesson) -> None:
    for client in (program(cast.manager), Client()):
        answer = client.get("/api/v1/completions")
        assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
        assert "academy_session" not in answer.cookies


def test_a_token_that_calls_too_often_is_asked_to_wait(
    cast: Cast, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In the middle of a minute, so that none begins meanwhile.
    now = timezone.now().replace(second=20, microsecond=0)
    monkeypatch.setattr(tokens.timezone, "now", lambda: now)
    client, other = program(cast.manager), program(cast.manager)
    for _ in range(tokens.CALLS_A_MINUTE):
        ask(client, "/lessons")
    answer = client.get("/api/v1/lessons")
    assert (answer.status_code, answer["Retry-After"]) == (429, "40")
    assert "Wait 40 seconds" in answer.json()["message"]
    ask(other, "/lessons")
    monkeypatch.setattr(tokens.timezone, "now", lambda: now + timedelta(seconds=40))
    ask(client, "/lessons")


def test_two_processes_count_the_calls_of_a_token_together(cast: Cast, lesson: Lesson) -> None:
    token, _ = tokens.make(cast.manager, "HR", EVERY_SCOPE, 90)
    here, there = Token.objects.get(pk=token.pk), Token.objects.get(pk=token.pk)
    before = timezone.now().minute
    for one in (here, there, here, there):
        tokens.count_call(one)
    if timezone.now().minute == before:
        assert Token.objects.get(pk=token.pk).calls == 4


# Tokens


def test_a_manager_makes_a_token_which_is_shown_once_and_stored_as_a_hash(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    browser = as_(cast.manager)
    form = {"name": "HR import", "scopes": ["people:read", "lessons:read"], "days": "30"}
    answer = browser.post("/my/tokens/", form)
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    shown = re.search(r"ctda_[\w-]{43}", answer.content.decode())
    assert shown
    token = Token.objects.get()
    assert token.digest == hashlib.sha256(shown[0].encode()).hexdigest()
    assert shown[0] not in json.dumps(Token.objects.values().get(), default=str)
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    assert shown[0] not in browser.get("/my/tokens/").content.decode()
    ask(with_token(shown[0]), "/people")
    ask(with_token(shown[0]), "/completions", 403)


def test_the_page_says_when_a_token_was_last_used(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    client = program(cast.manager)
    assert "Not used yet." in as_(cast.manager).get("/my/tokens/").content.decode()
    ask(client, "/lessons")
    assert "Last used" in as_(cast.manager).get("/my/tokens/").content.decode()


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "Say which program will use it."),
    ({"scopes": []}, "Tick at least one box."),
    ({"scopes": ["people:write"]}, "Tick boxes of this list only."),
    ({"days": "366"}, "Choose one of the list."),
    ({"days": ""}, "Choose one."),
    ({"name": "HR\0"}, "Null characters are not allowed."),
    ({"name": "x" * 81}, "at most 80 characters"),
    ({"name": "taken"}, "You have a working token of this name."),
]


def test_a_form_with_a_mistake_makes_no_token(cast: Cast, as_: Callable[..., Client]) -> None:
    tokens.make(cast.manager, "taken", EVERY_SCOPE, 90)
    browser = as_(cast.manager)
    for mistake, words in MISTAKES:
        form = {"name": "HR", "scopes": ["people:read"], "days": "90"} | mistake
        answer = browser.post("/my/tokens/", form)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert Token.objects.count() == 1


def test_a_person_has_ten_working_tokens_at_most(cast: Cast, as_: Callable[..., Client]) -> None:
    for number in range(10):
        tokens.make(cast.manager, f"program {number}", EVERY_SCOPE, 90)
    form = {"name": "one more", "scopes": ["people:read"], "days": "90"}
    assert "You have 10 working tokens." in as_(cast.manager).post("/my/tokens/", form).content.decode()
    tokens.revoke(Token.objects.all()[0], cast.manager, "by its owner")
    assert as_(cast.manager).post("/my/tokens/", form).status_code == 201


def test_who_manages_nobody_is_offered_their_own_completions_only(cast: Cast, as_: Callable[..., Client]) -> None:
    for person in (cast.learner, cast.trainer):
        offered = re.findall(r'name="scopes" value="([^"]+)"', as_(person).get("/my/tokens/").content.decode())
        assert offered == ["completions:read"]
        form = {"name": "mine", "scopes": ["people:read"], "days": "90"}
        assert as_(person).post("/my/tokens/", form).status_code == 422
    for person, scopes in ((cast.data_officer, EVERY_SCOPE[:4]), (cast.statewide, ["completions:read", "counts:read"])):
        offered = re.findall(r'name="scopes" value="([^"]+)"', as_(person).get("/my/tokens/").content.decode())
        assert offered == scopes


def test_revoking_asks_first_and_is_for_good(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    token, secret = tokens.make(cast.manager, "HR import", EVERY_SCOPE, 90)
    browser = as_(cast.manager)
    path = f"/my/tokens/{token.pk}/revoke/"
    assert "This cannot be undone." in browser.get(path).content.decode()
    ask(with_token(secret), "/lessons")
    assert browser.post(path)["Location"] == "/my/tokens/"
    ask(with_token(secret), "/lessons", 401)
    assert "revoked" in browser.get("/my/tokens/").content.decode()
    assert browser.post(path).status_code == 404


def test_a_token_of_somebody_else_is_not_there(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    token, secret = tokens.make(cast.manager, "HR import", EVERY_SCOPE, 90)
    for person in (cast.learner, cast.data_officer, cast.administrator):
        assert as_(person).post(f"/my/tokens/{token.pk}/revoke/").status_code == 404
        assert "HR import" not in as_(person).get("/my/tokens/").content.decode()
    ask(with_token(secret), "/lessons")


def test_a_closed_account_s_tokens_stay_revoked_when_it_is_opened_again(cast: Cast, lesson: Lesson) -> None:
    _, secret = tokens.make(cast.manager, "HR import", EVERY_SCOPE, 90)
    cast.manager.is_active = False
    cast.manager.save()
    ask(with_token(secret), "/lessons", 401)
    cast.manager.is_active = True
    cast.manager.save()
    ask(with_token(secret), "/lessons", 401)
    # Also where many accounts are closed in one statement, and nothing was told about it.
    _, other = tokens.make(cast.colleague, "mine", EVERY_SCOPE, 90)
    Person.objects.filter(pk=cast.colleague.pk).update(is_active=False)
    ask(with_token(other), "/completions", 401)


def test_an_administrator_revokes_a_token_that_has_leaked(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    token, secret = tokens.make(cast.manager, "HR import", EVERY_SCOPE, 90)
    browser = as_(cast.administrator)
    page = browser.get("/admin/api/token/").content.decode()
    assert token.ending in page and token.digest not in page
    form = {"action": "revoke_for_good", "_selected_action": [token.pk]}
    assert browser.post("/admin/api/token/", form).status_code == 302
    ask(with_token(secret), "/lessons", 401)
    for path in ("add/", f"{token.pk}/delete/"):
        assert browser.post(f"/admin/api/token/{path}").status_code == 403


def test_the_log_has_making_revoking_and_each_day_of_use_and_never_the_token(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    token, secret = tokens.make(cast.manager, "HR import", ["lessons:read"], 90)
    client = with_token(secret)
    for _ in range(3):
        ask(client, "/lessons")
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(tokens.timezone, "now", lambda: tomorrow)
    ask(client, "/lessons")
    monkeypatch.undo()
    as_(cast.manager).post(f"/my/tokens/{token.pk}/revoke/")
    tokens.make(cast.colleague, "mine", ["completions:read"], 90)
    cast.colleague.is_active = False
    cast.colleague.save()
    lines = [(line.action, line.actor) for line in Entry.objects.order_by("pk")]
    manager, colleague = cast.manager, cast.colleague
    assert lines == [
        ("token.make", manager),
        ("token.use", manager),
        ("token.use", manager),
        ("token.revoke", manager),
        ("token.make", colleague),
        ("token.revoke", None),
    ]
    text = json.dumps(list(Entry.objects.values()), default=str)
    assert "lessons:read" in text and secret not in text and token.digest not in text


# The description


def test_the_page_describes_every_operation_parameter_and_field(client: Client, db: None) -> None:
    html = client.get("/api/v1/").content.decode()
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["openapi"] == "3.1.0"
    for path, methods in schema["paths"].items():
        assert f"GET {path}" in html
        for parameter in methods["get"]["parameters"]:
            assert f"<code>{parameter['name']}</code>" in html
    for name, shape in schema["components"]["schemas"].items():
        for value in shape["properties"] if name != "Problem" else ():
            assert f"<code>{value}</code>" in html
    for scope in EVERY_SCOPE:
        assert f"<code>{scope}</code>" in html


def test_every_value_of_an_answer_and_every_parameter_is_explained() -> None:
    schema = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    parameters = [one for methods in schema["paths"].values() for one in methods["get"]["parameters"]]
    fields = [one for shape in schema["components"]["schemas"].values() for one in shape["properties"].values()]
    assert len(parameters) > 10 and len(fields) > 20
    assert [one for one in parameters + fields if not one.get("description")] == []


def test_the_description_needs_nothing_from_elsewhere(client: Client, db: None) -> None:
    html = client.get("/api/v1/").content.decode()
    links = re.findall(r'(?:src|href)="([^"#]+)', html)
    assert links and all(link.startswith("/") and not link.startswith("//") for link in links)
