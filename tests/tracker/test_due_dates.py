"""What is due, when, and of whom: the rules of tracker/assignments/due.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracker.cast import Cast
from tracker.assignments.audience import in_force, note_arrivals
from tracker.assignments.due import Due, counts_still, due_by, due_of, months_later
from tracker.assignments.late import first_day_that_counts, late
from tracker.assignments.models import Assignment
from tracker.learning.models import Lesson, Submission
from tracker.people.models import Agency, Cohort, Person, Unit
from tracker.people.scopes import oneself

HERE = ZoneInfo("America/New_York")
MONDAY = date(2026, 3, 2)
DAY = timedelta(days=1)


def assign(lessons: list[Lesson], due: date, made_on: date = MONDAY, **facts: Any) -> Assignment:
    """An assignment, saved as the pages save it."""
    many = {name: facts.pop(name, []) for name in ("units", "people")}
    made = Assignment.objects.create(**({"title": "Data basics", "due": due, "made_on": made_on} | facts))
    made.units.set(many["units"])
    made.people.set(many["people"])
    for lesson in lessons:
        made.assigned_lessons.create(lesson=lesson, since=made_on)
    note_arrivals([made], made_on)
    return made


def complete(person: Person, lesson: Lesson, day: date, at: time = time(12)) -> Submission:
    facts = {"state": "graded", "points": 5, "possible": 5, "passed": True, "way": "browser", "size": 1}
    when = datetime.combine(day, at, HERE)
    return Submission.objects.create(person=person, lesson=lesson, received_at=when, sha256="0", **facts)


def due(person: Person, lesson: Lesson, today: date) -> Due | None:
    """What is due of one person. The conditions for thousands must say the same, in every test."""
    found = due_of(oneself(person), [lesson], today).get((person.pk, lesson.pk))
    conditions = late(oneself(person), [lesson], today)
    assert oneself(person).filter(conditions.overdue).exists() == bool(found and found.overdue)
    assert oneself(person).filter(conditions.expired).exists() == bool(found and found.expired)
    return found


def test_a_lesson_is_due_until_the_end_of_its_day_and_overdue_from_the_next(cast: Cast, lesson: Lesson) -> None:
    made = assign([lesson], date(2026, 4, 1), agency=cast.unit.agency, units=[cast.unit])
    facts = {"assignment": made.pk, "title": "Data basics", "on": date(2026, 4, 1), "done": False, "renew": False}
    early = Due(**facts, overdue=False, soon=False, expired=False)
    assert due(cast.learner, lesson, date(2026, 3, 17)) == early
    assert due(cast.learner, lesson, date(2026, 3, 18)) == Due(**facts, overdue=False, soon=True, expired=False)
    assert due(cast.learner, lesson, date(2026, 4, 1)) == Due(**facts, overdue=False, soon=True, expired=False)
    assert due(cast.learner, lesson, date(2026, 4, 2)) == Due(**facts, overdue=True, soon=False, expired=False)


def test_it_reaches_its_units_and_those_below_and_nobody_else(cast: Cast, lesson: Lesson) -> None:
    assign([lesson], date(2026, 4, 1), agency=cast.unit.agency, units=[cast.unit])
    found = due_of(Person.objects.all(), [lesson], MONDAY)
    assert {person for person, _ in found} == {cast.learner.pk, cast.colleague.pk, cast.manager.pk}


def test_an_agency_s_assignment_reaches_all_its_units_and_a_cohort_s_its_members(cast: Cast, lesson: Lesson) -> None:
    assign([lesson], date(2026, 4, 1), agency=cast.unit.agency)
    found = due_of(Person.objects.all(), [lesson], MONDAY)
    assert {person for person, _ in found} == set(
        Person.objects.filter(unit__agency=cast.unit.agency).values_list("pk", flat=True)
    )
    Assignment.objects.all().delete()
    assign([lesson], date(2026, 4, 1), cohort=cast.cohort)
    assert {person for person, _ in due_of(Person.objects.all(), [lesson], MONDAY)} == {cast.learner.pk}


def test_named_people_alone_are_reached_and_only_while_they_are_in_the_units(cast: Cast, lesson: Lesson) -> None:
    assign([lesson], date(2026, 4, 1), agency=cast.unit.agency, units=[cast.unit], people=[cast.learner, cast.neighbor])
    assert {person for person, _ in due_of(Person.objects.all(), [lesson], MONDAY)} == {cast.learner.pk}
    move(cast.learner, cast.neighbor.unit)
    assert due_of(Person.objects.all(), [lesson], MONDAY) == {}


def move(person: Person, unit: Unit | None) -> None:
    person.unit = unit
    person.save()


def test_who_joins_later_gets_thirty_days_and_who_was_there_does_not(cast: Cast, lesson: Lesson) -> None:
    assign([lesson], date(2026, 3, 20), agency=cast.unit.agency, units=[cast.unit])
    joined = date(2026, 3, 15)
    move(cast.neighbor, cast.unit)
    assert due(cast.neighbor, lesson, joined).on == date(2026, 4, 14)
    note_arrivals(list(in_force(joined)), joined)
    assert due(cast.neighbor, lesson, date(2026, 4, 14)).on == date(2026, 4, 14)
    assert due(cast.neighbor, lesson, date(2026, 4, 15)).overdue
    assert due(cast.colleague, lesson, joined).on == date(2026, 3, 20)


def test_who_leaves_is_asked_no_longer_and_keeps_what_they_did(cast: Cast, lesson: Lesson) -> None:
    assign([lesson], date(2026, 3, 20), agency=cast.unit.agency, units=[cast.unit])
    complete(cast.learner, lesson, date(2026, 3, 5))
    move(cast.learner, cast.outsider.unit)
    assert due(cast.learner, lesson, date(2026, 3, 30)) is None
    assert cast.learner.submissions.count() == 1


def test_who_comes_back_is_a_newcomer_again(cast: Cast, lesson: Lesson) -> None:
    assign([lesson], date(2026, 3, 20), agency=cast.unit.agency, units=[cast.unit])
    home = cast.learner.unit
    move(cast.learner, cast.outsider.unit)
    note_arrivals(list(in_force(date(2026, 3, 10))), date(2026, 3, 10))
    move(cast.learner, home)
    note_arrivals(list(in_force(date(2026, 6, 1))), date(2026, 6, 1))
    assert due(cast.learner, lesson, date(2026, 6, 2)).on == date(2026, 7, 1)


def test_a_lesson_that_was_added_later_is_due_thirty_days_later(cast: Cast, lesson: Lesson) -> None:
    made = assign([], date(2026, 3, 20), agency=cast.unit.agency)
    made.assigned_lessons.create(lesson=lesson, since=date(2026, 3, 18))
    assert due(cast.learner, lesson, date(2026, 3, 30)).on == date(2026, 4, 17)


def test_of_several_assignments_the_one_that_is_due_first_counts(cast: Cast, lesson: Lesson) -> None:
    assign([lesson], date(2026, 5, 1), agency=cast.unit.agency, title="Later")
    first = assign([lesson], date(2026, 4, 1), cohort=cast.cohort, title="First")
    assert due(cast.learner, lesson, MONDAY).title == "First"
    first.ended_on = date(2026, 3, 10)
    first.save()
    assert due(cast.learner, lesson, date(2026, 3, 9)).title == "First"
    assert due(cast.learner, lesson, date(2026, 3, 10)).title == "Later"


def test_of_several_renewals_the_first_counts_and_plain_completion_asks_nothing(cast: Cast, lesson: Lesson) -> None:
    assign([lesson], date(2026, 4, 1), agency=cast.unit.agency, title="Plain")
    assign([lesson], date(2026, 4, 1), cohort=cast.cohort, title="Yearly", renew_months=12)
    assign([lesson], date(2026, 4, 1), cohort=cast.cohort, title="Half-yearly", renew_months=6)
    complete(cast.learner, lesson, MONDAY)
    assert due(cast.learner, lesson, MONDAY).title == "Half-yearly"


def test_done_is_done_where_no_renewal_is_asked_for(cast: Cast, lesson: Lesson) -> None:
    assign([lesson], date(2026, 4, 1), agency=cast.unit.agency)
    complete(cast.learner, lesson, date(2020, 1, 1))
    found = due(cast.learner, lesson, date(2026, 5, 1))
    assert (found.done, found.overdue, found.soon, found.expired) == (True, False, False, False)


def test_a_completion_expires_after_the_months_that_the_assignment_gives_and_the_newest_counts(
    cast: Cast, lesson: Lesson
) -> None:
    assign([lesson], date(2026, 4, 1), agency=cast.unit.agency, renew_months=12)
    complete(cast.learner, lesson, date(2026, 3, 10))
    last_day = date(2027, 3, 10)
    held = due(cast.learner, lesson, last_day)
    assert (held.on, held.done, held.soon, held.renew, held.expired) == (last_day, True, True, True, False)
    gone = due(cast.learner, lesson, last_day + DAY)
    assert (gone.on, gone.done, gone.overdue, gone.renew, gone.expired) == (last_day, False, True, True, True)
    complete(cast.learner, lesson, last_day + DAY)
    again = due(cast.learner, lesson, last_day + DAY)
    assert (again.done, again.expired, again.on) == (True, False, date(2028, 3, 11))
    assert cast.learner.submissions.count() == 2


def test_an_old_completion_is_expired_at_once_and_overdue_only_after_the_assignment_s_day(
    cast: Cast, lesson: Lesson
) -> None:
    complete(cast.learner, lesson, date(2022, 1, 1))
    assign([lesson], date(2026, 4, 1), agency=cast.unit.agency, renew_months=12)
    found = due(cast.learner, lesson, date(2026, 3, 20))
    assert (found.on, found.done, found.overdue, found.soon, found.expired) == (
        date(2026, 4, 1),
        False,
        False,
        True,
        True,
    )
    assert due(cast.learner, lesson, date(2026, 4, 2)).overdue


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 1, 31), 13, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 5), 1, date(2027, 1, 5)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        (datetime(2026, 7, 2, 3, 59, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 2, 4, 0, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 1, 2, 4, 59, 59, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 1, 2, 5, 0, tzinfo=UTC), date(2026, 1, 2)),
        # The night in which the clock is put forward, and the one in which it is put back.
        (datetime(2026, 3, 8, 4, 59, tzinfo=UTC), date(2026, 3, 7)),
        (datetime(2026, 3, 9, 3, 59, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 3, 9, 4, 0, tzinfo=UTC), date(2026, 3, 9)),
        (datetime(2026, 11, 1, 3, 59, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 2, 4, 59, tzinfo=UTC), date(2026, 11, 1)),
    ],
)
def test_today_is_the_date_in_connecticut(
    utc: datetime, day: date, cast: Cast, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of a completion: what was handed in before midnight there counts for that day."""
    monkeypatch.setattr(timezone, "now", lambda: utc)
    assert timezone.localdate() == day
    assign([lesson], day, made_on=day - DAY, agency=cast.unit.agency, renew_months=1)
    assert not due(cast.learner, lesson, timezone.localdate()).overdue
    assert due(cast.learner, lesson, timezone.localdate() + DAY).overdue
    complete(cast.learner, lesson, day).delete()
    Submission.objects.create(
        person=cast.learner,
        lesson=lesson,
        received_at=utc,
        passed=True,
        points=5,
        possible=5,
        state="graded",
        sha256="0",
        size=1,
    )
    assert due(cast.learner, lesson, day).on == months_later(day, 1)


def test_the_number_of_questions_to_the_database_does_not_grow_with_people(cast: Cast, lesson: Lesson) -> None:
    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            due_of(Person.objects.filter(is_active=True), [lesson], MONDAY)
        return len(asked)

    assign([lesson], date(2026, 4, 1), agency=cast.unit.agency, units=[cast.unit])
    before = questions()
    for number in range(30):
        Person.objects.create(email=f"p{number}@example.org", name=f"P {number}", unit=cast.unit)
        assign([lesson], date(2026, 4, 1), agency=cast.unit.agency, units=[cast.unit])
    assert questions() == before == 8


# Any tree, any moves, any assignments: against a slow and obvious account of the same rules.

UNITS, PEOPLE, COHORTS, LESSONS, DAYS = 6, 4, 2, 2, 12
units = st.integers(0, UNITS - 1)
persons = st.integers(0, PEOPLE - 1)
moves = st.one_of(
    st.tuples(st.just("person"), persons, st.none() | units),
    st.tuples(st.just("cohort"), persons, st.integers(0, COHORTS - 1)),
    st.tuples(st.just("unit"), units, st.none() | units),
    st.tuples(st.just("complete"), persons, st.integers(0, LESSONS - 1)),
    st.tuples(st.just("rejoin"), persons, st.booleans()),
)


@dataclass(frozen=True)
class Asked:
    """An assignment of the story: made on one day, changed on none, perhaps ended on another."""

    made: int
    place: tuple[str, Any]
    named: frozenset[int]
    lessons: frozenset[int]
    due: int
    renew: int | None
    ends: int | None


asked = st.builds(
    Asked,
    made=st.integers(0, DAYS - 1),
    place=st.one_of(
        st.tuples(st.just("agency"), st.integers(0, 1)),
        st.tuples(st.just("units"), st.frozensets(units, min_size=1, max_size=3)),
        st.tuples(st.just("cohort"), st.integers(0, COHORTS - 1)),
    ),
    named=st.frozensets(persons, max_size=2),
    lessons=st.frozensets(st.integers(0, LESSONS - 1), min_size=1),
    due=st.integers(0, 60),
    renew=st.none() | st.integers(1, 2),
    ends=st.none() | st.integers(0, DAYS),
)


@dataclass
class Story:
    """What is so on one day, in plain values. Even units are of the first agency, odd ones of the second."""

    parent: dict[int, int | None] = field(default_factory=lambda: dict.fromkeys(range(UNITS)))
    unit: dict[int, int | None] = field(default_factory=lambda: {p: p % UNITS for p in range(PEOPLE)})
    cohorts: set[tuple[int, int]] = field(default_factory=set)
    active: dict[int, bool] = field(default_factory=lambda: dict.fromkeys(range(PEOPLE), True))

    def is_reached(self, person: int, by: Asked) -> bool:
        kind, place = by.place
        if by.named and person not in by.named:
            return False
        if kind == "cohort":
            return (person, place) in self.cohorts
        at = self.unit[person]
        if kind == "agency":
            return at is not None and at % 2 == place
        agency = min(place) % 2
        while at is not None:
            if at in place and at % 2 == agency:
                return True
            at = self.parent[at]
        return False


def expected_due(by: Asked, since: date, completed: list[date], today: date) -> tuple[Any, ...]:
    """(done, not renewing, on, expired) of one person and lesson."""
    on = MONDAY + by.due * DAY
    if since > MONDAY + by.made * DAY:
        on = max(on, since + 30 * DAY)
    if not completed:
        return (False, True, on, False)
    if by.renew is None:
        return (True, True, on, False)
    until = months_later(max(completed), by.renew)
    return (until >= today, False, max(on, until), until < today)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plot=st.lists(st.lists(moves, max_size=2), min_size=DAYS, max_size=DAYS),
    wanted=st.lists(asked, min_size=1, max_size=4),
    look=st.integers(0, 90),
)
def test_due_of_any_tree_moves_and_assignments_is_as_a_slow_account_says(
    plot: list[list[tuple[str, int, Any]]], wanted: list[Asked], look: int, db: None
) -> None:
    with transaction.atomic():
        _tell(plot, wanted, look)
        transaction.set_rollback(True)


def _tell(plot: list[list[tuple[str, int, Any]]], wanted: list[Asked], look: int) -> None:
    story = Story()
    agencies = [Agency.objects.create(name=f"Agency {n}") for n in range(2)]
    rows = [Unit.objects.create(name=f"Unit {n}", agency=agencies[n % 2]) for n in range(UNITS)]
    people = [Person.objects.create(email=f"{n}@example.org", name=str(n), unit=rows[n]) for n in range(PEOPLE)]
    cohorts = [Cohort.objects.create(name=str(n)) for n in range(COHORTS)]
    facts = {"minutes": 1, "possible": 5, "track": "t", "question": "?", "version": "1"}
    lessons = [Lesson.objects.create(slug=f"l{n}", title=f"L{n}", position=n, **facts) for n in range(LESSONS)]
    made: dict[int, Assignment] = {}
    history: list[set[tuple[int, int]]] = []
    completed: dict[tuple[int, int], list[date]] = {}
    for number, happened in enumerate(plot):
        today = MONDAY + number * DAY
        for what, who, where in happened:
            if what == "person":
                story.unit[who] = where
                Person.objects.filter(pk=people[who].pk).update(unit=None if where is None else rows[where])
            elif what == "cohort":
                story.cohorts ^= {(who, where)}
                cohorts[where].members.set([people[p] for p, c in story.cohorts if c == where])
            elif what == "unit" and (where is None or (where < who and where % 2 == who % 2)):
                story.parent[who] = where
                Unit.objects.filter(pk=rows[who].pk).update(parent=None if where is None else rows[where])
            elif what == "complete":
                complete(people[who], lessons[where], today)
                completed.setdefault((who, where), []).append(today)
            elif what == "rejoin":
                story.active[who] = where
                Person.objects.filter(pk=people[who].pk).update(is_active=where)
        for key, each in enumerate(wanted):
            if each.made == number:
                kind, place = each.place
                made[key] = assign(
                    [lessons[n] for n in sorted(each.lessons)],
                    MONDAY + each.due * DAY,
                    today,
                    title=str(key),
                    renew_months=each.renew,
                    ended_on=None if each.ends is None else MONDAY + each.ends * DAY,
                    agency=agencies[place]
                    if kind == "agency"
                    else agencies[min(place) % 2]
                    if kind == "units"
                    else None,
                    cohort=cohorts[place] if kind == "cohort" else None,
                    units=[rows[n] for n in place] if kind == "units" else [],
                    people=[people[n] for n in each.named],
                )
        note_arrivals(list(in_force(today)), today)
        there = {(p, k) for p in range(PEOPLE) for k in made if story.active[p] and story.is_reached(p, wanted[k])}
        history.append(there)

    today = MONDAY + (DAYS - 1 + look) * DAY
    expected: dict[tuple[int, str], tuple[Any, ...]] = {}
    for person in range(PEOPLE):
        for lesson in range(LESSONS):
            candidates = []
            for key, each in enumerate(wanted):
                over = each.ends is not None and MONDAY + each.ends * DAY <= today
                if over or lesson not in each.lessons or (person, key) not in history[-1]:
                    continue
                day = DAYS - 1
                while day > 0 and (person, key) in history[day - 1]:
                    day -= 1
                since = MONDAY + day * DAY
                candidates.append(
                    (*expected_due(each, since, completed.get((person, lesson), []), today), made[key].pk)
                )
            if candidates:
                done, plain, on, expired, pk = min(candidates, key=lambda c: (c[0], c[1], c[2], c[4]))
                expected[people[person].pk, lessons[lesson].pk] = (pk, on, done, not plain, expired)
    active = Person.objects.filter(is_active=True)
    found = due_of(active, lessons, today)
    assert {
        key: (each.assignment, each.on, each.done, each.renew, each.expired) for key, each in found.items()
    } == expected
    for each in found.values():
        assert each.overdue == (not each.done and each.on < today)
        assert each.soon == ((each.renew or not each.done) and 0 <= (each.on - today).days <= 14)
    for key, one in made.items():
        if one.ended_on is None:
            alone = due_by(one, active, lessons, today)
            assert set(alone) == {people[p].pk for p, k in history[-1] if k == key}
            for (person, slug), due in found.items():
                if due.assignment == one.pk:
                    slugs = list(one.assigned_lessons.order_by("pk").values_list("lesson", flat=True))
                    assert alone[person][slugs.index(slug)] == due
    for some in (lessons, lessons[:1]):
        slugs = {lesson.pk for lesson in some}
        mine = {(person, due) for (person, slug), due in due_of(active, some, today).items() if slug in slugs}
        conditions = late(active, some, today)
        assert _people(active.filter(conditions.overdue)) == {person for person, due in mine if due.overdue}
        assert _people(active.filter(conditions.expired)) == {person for person, due in mine if due.expired}


def _people(found: QuerySet[Person]) -> set[int]:
    return set(found.values_list("pk", flat=True))


@given(today=st.dates(date(2020, 1, 1), date(2030, 12, 31)), months=st.integers(1, 30))
def test_the_first_day_that_counts_is_the_first_that_has_not_expired(today: date, months: int) -> None:
    first = first_day_that_counts(months, today)
    assert counts_still(first, months, today)
    assert not counts_still(first - DAY, months, today)
