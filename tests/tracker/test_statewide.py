"""The statewide counts: protected, published once a quarter, and nobody in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracker.test_team_pages import page, text_of
from toolkit.disclosure import EDUCATION_RULE
from tracker.audit.models import Entry
from tracker.learning.models import Lesson, Submission
from tracker.people.models import Agency, Person, Unit
from tracker.teams.models import StatewideRelease
from tracker.teams.small_groups import Cell, Counted, changed_too_little, hidden_cells
from tracker.teams.statewide import BETWEEN, SMALLER, NotPublished, publish, too_small

TODAY = date(2026, 11, 22)


@pytest.fixture
def state(lesson: Lesson) -> Callable[[str, int, int], None]:
    """Make an agency of so many people, of whom so many have completed the lesson; or let more of them complete it."""

    def state(name: str, people: int, complete: int) -> None:
        agency = Agency.objects.get_or_create(name=name)[0]
        unit = Unit.objects.get_or_create(agency=agency, name="Everybody")[0]
        there = Person.objects.filter(unit=unit)
        first = Person.objects.count()
        Person.objects.bulk_create(
            Person(email=f"s{first + n}@example.org", name=f"Sam {first + n}", unit=unit)
            for n in range(people - there.count())
        )
        passed = {"way": "browser", "sha256": "", "size": 1, "state": "graded", "points": 5, "possible": 5}
        done = Submission.objects.filter(person__unit=unit).count()
        Submission.objects.bulk_create(
            Submission(person=person, lesson=lesson, passed=True, **passed)
            for person in there.order_by("pk")[done:complete]
        )

    return state


@pytest.fixture
def three_agencies(state: Callable[[str, int, int], None]) -> None:
    state("Department of Ferries", 200, 120)
    state("Department of Parks", 100, 40)
    state("Department of Maps", 60, 20)


@pytest.fixture
def office(db: None) -> Person:
    """Of the Chief Data Officer's office. Without the cast, whose small agencies would be put together with others."""
    return Person.objects.create_user("stella@example.org", name="Stella Staatsweit", sees_statewide=True)


@pytest.fixture
def administrator(db: None) -> Person:
    return Person.objects.create_user("adam@example.org", name="Adam Adminson", is_administrator=True)


def shown(release: StatewideRelease) -> dict[str, list[int | None]]:
    """What a release shows of the lessons, by agency; the state is the empty name."""
    state = [lesson["complete"] for lesson in release.shown["lessons"]]
    return {"": state} | {row["agency"]: row["complete"] for row in release.shown["agencies"]}


# What is published


def test_each_agency_stands_beside_the_state(three_agencies: None) -> None:
    release = publish(TODAY)
    assert shown(release) == {
        "": [180],
        "Department of Ferries": [120],
        "Department of Maps": [20],
        "Department of Parks": [40],
    }


def test_a_small_number_is_hidden_and_cannot_be_found_by_subtraction(
    three_agencies: None, state: Callable[[str, int, int], None]
) -> None:
    state("Department of Bells", 50, 3)
    found = shown(publish(TODAY))
    assert found["Department of Bells"] == [None]
    # Alone in its column it would be the rest of the total.
    assert list(found.values()).count([None]) >= 2


def test_so_is_the_number_of_those_who_lack_it(three_agencies: None, state: Callable[[str, int, int], None]) -> None:
    state("Department of Bells", 50, 48)
    assert shown(publish(TODAY))["Department of Bells"] == [None]


def test_smaller_agencies_are_put_together(three_agencies: None, state: Callable[[str, int, int], None]) -> None:
    state("Office of Bells", 12, 7)
    state("Office of Kites", 15, 9)
    release = publish(TODAY)
    assert shown(release)[SMALLER] == [16]
    assert release.shown["together"] == {SMALLER: ["Office of Bells", "Office of Kites"]}
    assert not {"Office of Bells", "Office of Kites"} & shown(release).keys()


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 80), max_size=8))
def test_no_agency_is_left_with_fewer_than_twenty_people(sizes: dict[str, int]) -> None:
    small = too_small(sizes, 20)
    assert all(size >= 20 for name, size in sizes.items() if name not in small)
    together = sum(sizes[name] for name in small)
    assert together == 0 or together >= 20 or small == sizes.keys()


def test_the_same_people_give_the_same_table(three_agencies: None, state: Callable[[str, int, int], None]) -> None:
    state("Department of Bells", 50, 3)
    first = publish(TODAY).shown
    StatewideRelease.objects.all().delete()
    assert publish(TODAY).shown == first


def test_who_left_is_not_counted(three_agencies: None) -> None:
    Person.objects.filter(pk__in=Submission.objects.values("person")[:40]).update(is_active=False)
    numbers = shown(publish(TODAY))
    assert numbers[""] == [140]


def test_counts_of_very_few_people_are_not_published(state: Callable[[str, int, int], None]) -> None:
    state("Office of Bells", 12, 7)
    with pytest.raises(NotPublished, match="Fewer than 20 people"):
        publish(TODAY)
    assert not StatewideRelease.objects.exists()


# From release to release


def test_counts_are_published_once_a_quarter(three_agencies: None) -> None:
    publish(TODAY)
    with pytest.raises(NotPublished, match=r"once in 91 days.*February 21, 2027"):
        publish(TODAY + BETWEEN - timedelta(days=1))
    publish(TODAY + BETWEEN)
    assert StatewideRelease.objects.count() == 2


def test_one_more_person_does_not_show_in_the_next_release(
    three_agencies: None, state: Callable[[str, int, int], None]
) -> None:
    publish(TODAY)
    state("Department of Maps", 60, 21)
    found = shown(publish(TODAY + BETWEEN))
    assert found["Department of Maps"] == [None]
    # Nor does the total: it grew by one, too.
    assert found[""] == [None]


def test_a_number_is_shown_again_when_enough_people_have_been_added(
    three_agencies: None, state: Callable[[str, int, int], None]
) -> None:
    publish(TODAY)
    state("Department of Maps", 60, 23)
    assert shown(publish(TODAY + BETWEEN))["Department of Maps"] == [None]
    state("Department of Maps", 60, 29)
    found = shown(publish(TODAY + 2 * BETWEEN))
    assert found["Department of Maps"] == [29]
    assert found[""] == [189]


def test_an_earlier_release_stays_as_it_was(
    three_agencies: None, state: Callable[[str, int, int], None], office: Person, as_: Callable[..., Client]
) -> None:
    publish(TODAY)
    state("Department of Maps", 60, 50)
    publish(TODAY + BETWEEN)
    browser = as_(office)
    assert "Department of Maps 60 50 83 %" in text_of(page(browser, "/statewide/"))
    assert "Department of Maps 60 20 33 %" in text_of(page(browser, "/statewide/2026-11-22/"))
    assert browser.get("/statewide/2026-11-23/").status_code == 404
    assert browser.get("/statewide/2026-99-99/").status_code == 404


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(20, 60), min_size=2, max_size=4),
    shares=st.lists(st.lists(st.floats(0, 1), min_size=8, max_size=8), min_size=2, max_size=3),
)
def test_no_two_releases_can_be_subtracted_to_find_a_small_group(sizes: list[int], shares: list[list[float]]) -> None:
    agencies = [f"A{number}" for number in range(len(sizes))]
    releases: list[tuple[Counted, set[Cell]]] = []
    for share in shares:
        complete = {
            "one": {name: round(size * part) for name, size, part in zip(agencies, sizes, share[:4], strict=False)},
            "two": {name: round(size * part) for name, size, part in zip(agencies, sizes, share[4:], strict=False)},
        }
        now = Counted(dict(zip(agencies, sizes, strict=True)), complete, {})
        stays = {cell for before, _ in releases for cell in changed_too_little(now, before, EDUCATION_RULE)}
        hidden = hidden_cells(now, {}, stays, EDUCATION_RULE)
        releases.append((Counted(now.people, complete, {}, frozenset(hidden)), hidden))
    for counted, hidden in releases:
        for measure, agency in itertools.product(("one", "two"), [*agencies, ""]):
            size = counted.people[agency] if agency else sum(counted.people.values())
            number = counted.number(measure, agency)
            if (measure, agency) not in hidden:
                assert not EDUCATION_RULE.is_small(number) and not EDUCATION_RULE.is_small(size - number)
    for (before, hidden_before), (after, hidden_after) in itertools.combinations(releases, 2):
        for measure, agency in itertools.product(("one", "two"), [*agencies, ""]):
            if (measure, agency) not in hidden_before | hidden_after:
                change = abs(after.number(measure, agency) - before.number(measure, agency))
                assert not EDUCATION_RULE.is_small(change)


# Paths and their lessons


@settings(max_examples=60, deadline=None)
@given(
    kinds=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 30)), min_size=1, max_size=5),
    changed=st.sets(st.sampled_from(["one", "two", "path:both"])),
)
def test_a_path_and_its_lessons_do_not_narrow_each_other_down(
    kinds: list[tuple[int, int, int]], changed: set[str]
) -> None:
    """Whoever completed the path completed both lessons. All people are of one agency here."""
    size = sum(people for *_, people in kinds)
    if size < 20:
        return
    one, two, both = (
        sum(people for first, second, people in kinds if done(first, second))
        for done in (lambda a, b: a, lambda a, b: b, lambda a, b: a and b)
    )
    counted = Counted({"A": size}, {"one": {"A": one}, "two": {"A": two}}, {"path:both": both})
    hidden = hidden_cells(counted, {"path:both": ("one", "two")}, {(name, "") for name in changed}, EDUCATION_RULE)
    numbers = {"one": one, "two": two, "path:both": both}

    def values(name: str) -> range:
        return range(size + 1) if (name, "") in hidden else range(numbers[name], numbers[name] + 1)

    possible = [
        (first, second, path)
        for first, second in itertools.product(values("one"), values("two"))
        for path in values("path:both")
        if max(0, first + second - size) <= path <= min(first, second)
    ]
    for place, name in enumerate(numbers):
        # A lesson that nobody or everybody completed settles the path, whatever is hidden. It is no small group.
        if (name, "") in hidden and not {0, size} & {one, two}:
            found = {each[place] for each in possible}
            assert max(found) - min(found) >= EDUCATION_RULE.width, name


def test_a_path_is_hidden_beside_a_hidden_lesson_and_where_few_completed_it() -> None:
    sizes, done = {"A": 100, "B": 100}, {"one": {"A": 50, "B": 60}, "two": {"A": 40, "B": 45}}
    lessons_of = {"path:both": ("one", "two")}

    def hidden(number: int, *stays: Cell) -> set[Cell]:
        return hidden_cells(Counted(sizes, done, {"path:both": number}), lessons_of, stays, EDUCATION_RULE)

    assert hidden(30) == set()
    assert hidden(3) == hidden(30, ("path:both", "")) == {("path:both", "")}
    assert {("one", ""), ("path:both", "")} <= hidden(30, ("one", ""))


# The page and the command


def test_the_page_explains_the_rule_and_names_nobody(
    three_agencies: None, state: Callable[[str, int, int], None], office: Person, as_: Callable[..., Client]
) -> None:
    state("Department of Bells", 50, 3)
    browser = as_(office)
    assert "No counts are published yet." in page(browser, "/statewide/")
    publish(TODAY)
    html = page(browser, "/statewide/")
    text = text_of(html)
    assert "As of November 22, 2026" in text
    assert "“hidden” stands for 1 to 5 people" in text
    assert "It cannot pass 100 %" in text
    assert "Department of Bells 50 hidden" in text
    assert "Sam " not in html
    assert "Publish today" not in html


def test_an_administrator_publishes_and_it_is_in_the_audit_log(
    three_agencies: None, office: Person, administrator: Person, as_: Callable[..., Client]
) -> None:
    browser = as_(administrator)
    assert "Publish today" in page(browser, "/statewide/")
    assert browser.post("/statewide/publish/")["Location"] == "/statewide/"
    assert "are published." in page(browser, "/statewide/")
    assert Entry.objects.get(action="statewide.publish").actor == administrator
    again = browser.post("/statewide/publish/")
    assert again.status_code == 409
    assert "once in 91 days" in again.content.decode()
    assert as_(office).post("/statewide/publish/").status_code == 403


def test_a_timer_may_call_the_command_every_day(three_agencies: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("publish_statewide")
    assert capsys.readouterr().out.startswith("Published: Statewide counts of ")
    call_command("publish_statewide")
    due = timezone.localdate() + BETWEEN
    assert capsys.readouterr().out == f"Nothing to do: the next counts are due on {due}.\n"
    assert StatewideRelease.objects.count() == 1


def test_the_page_reads_what_is_stored_and_counts_nobody(
    three_agencies: None, office: Person, as_: Callable[..., Client]
) -> None:
    publish(TODAY)
    browser = as_(office)
    with CaptureQueriesContext(connection) as captured:
        page(browser, "/statewide/")
    asked = " ".join(query["sql"] for query in captured.captured_queries)
    assert "learning_submission" not in asked
    assert '"counted"' not in asked
