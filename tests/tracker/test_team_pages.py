"""What managers and data officers see of their people, and what they do not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracker.cast import Cast
from tracker.assignments.models import Arrival, AssignedLesson, Assignment
from tracker.learning.models import Lesson, Start, Submission
from tracker.learning.progress import Progress, State, progress_of
from tracker.people.models import Agency, Person, Unit
from tracker.teams.measures import Counts
from tracker.teams.standing import counts_by_unit, in_state
from tracker.teams.units import Tree


def page(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def people_in(html: str) -> list[str]:
    """The names in the table of people, in order."""
    return re.findall(r'<th scope="row"><a href="/team/people/\d+/[^"]*">([^<]+)</a>', html)


@pytest.fixture
def assigned(cast: Cast, lesson: Lesson) -> Assignment:
    """Everybody in Roads and below was to complete the lesson ten days ago."""
    today = timezone.localdate()
    made = Assignment.objects.create(
        title="Foundations", agency=cast.unit.agency, due=today - timedelta(days=10), made_on=today - timedelta(days=60)
    )
    made.units.add(cast.unit)
    AssignedLesson.objects.create(assignment=made, lesson=lesson, since=made.made_on)
    for person in (cast.learner, cast.colleague, cast.manager):
        Arrival.objects.create(assignment=made, person=person, since=made.made_on)
    return made


# The front page


def test_a_manager_sees_states_and_days_but_no_score_and_no_tries(
    cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 4, text="my words")
    graded_submission(cast.colleague, 1)
    text = text_of(page(as_(cast.manager), "/team/"))
    assert "3 people. 1 has completed the lesson." in text
    assert re.search(r"Lena Lernfeld Signs Complete \w{3} \d+, \d{4} awaiting review", text)
    assert "Cole Kollmann Roads Needs another try 0 of 1" in text
    assert "Mara Managold Roads Not started" in text
    for word in ("my words", "20 %", "4 of 5", "best", " 1 try"):
        assert word not in text.split("What is counted")[0]


def test_every_measure_is_defined_on_the_page(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    text = text_of(page(as_(cast.manager), "/team/"))
    for name in ("Complete:", "Not started:", "In progress:", "Overdue:", "Expired:", "Awaiting review:"):
        assert name in text
    assert "add up to all people, and no share can pass 100 %" in text


def test_what_needs_attention_comes_first_with_links_to_the_people(
    cast: Cast,
    assigned: Assignment,
    as_: Callable[..., Client],
    graded_submission: Callable[..., Submission],
) -> None:
    graded_submission(cast.learner, 5)
    long_ago = timezone.now() - timedelta(days=20)
    failed = graded_submission(cast.colleague, 1)
    Submission.objects.filter(pk=failed.pk).update(received_at=long_ago)
    browser = as_(cast.manager)
    html = page(browser, "/team/")
    text = text_of(html)
    first = text.index("What needs attention first")
    assert first < text.index("Your units") < text.index("Who has completed what")
    assert "2 people are overdue in a lesson." in text
    assert "1 person needs another try in a lesson, and handed nothing in for more than 14 days" in text
    links = re.findall(r'<li><a href="(/team/people/\?state=[^"]+)"', html)
    assert people_in(page(browser, links[0])) == ["Cole Kollmann", "Mara Managold"]
    assert people_in(page(browser, links[1])) == ["Cole Kollmann"]


def test_a_unit_where_nobody_has_started_is_named(
    cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 5)
    signs = cast.learner.unit
    html = page(as_(cast.manager), "/team/")
    assert f'<a href="/team/units/{cast.unit.pk}/">Roads</a> has nobody yet who has started, of its 2 people.' in html
    assert f'/team/units/{signs.pk if signs else 0}/">Signs</a> has nobody' not in html


def test_where_nothing_needs_attention_the_page_says_so(
    cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    for person in (cast.learner, cast.colleague, cast.manager):
        graded_submission(person, 5)
    text = text_of(page(as_(cast.manager), "/team/"))
    assert "Nothing. Nobody is overdue" in text
    assert "3 has" not in text and "3 have completed the lesson." in text


def test_units_are_counted_with_all_below_them(
    cast: Cast, assigned: Assignment, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 5)
    Start.objects.create(person=cast.colleague, lesson=Lesson.objects.get())
    text = text_of(page(as_(cast.manager), "/team/"))
    # People, complete, in progress, not started, overdue.
    assert "Roads its own people, without the units below 2 0 0 % 1 50 % 1 50 % 2 100 %" in text
    assert "Signs 1 1 100 % 0 0 % 0 0 % 0 0 %" in text
    assert "All 3 1 33 % 1 33 % 1 33 % 2 66 %" in text


def test_a_data_officer_sees_the_units_of_the_agency_side_by_side(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    text = text_of(page(as_(cast.data_officer), "/team/"))
    assert "Archive 1" in text and "Roads 3" in text and "Tolls 3" in text
    assert "Boats" not in text


def test_who_sees_several_agencies_chooses_one(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    browser = as_(cast.administrator)
    html = page(browser, "/team/")
    assert "Department of Bridges" in html and "Office of Lakes" in html
    assert people_in(html) == []
    lakes = Agency.objects.get(name="Office of Lakes")
    assert people_in(page(browser, f"/team/?agency={lakes.pk}")) == ["Olga Ausserhalb", "Quentin Querfeld"]


@pytest.mark.parametrize("wanted", ["0", "-1", "x", "999999999999999999999999", "%00"])
def test_an_agency_that_is_not_there_opens_nothing(
    wanted: str, cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    assert people_in(page(as_(cast.administrator), f"/team/people/?agency={wanted}")) == []
    # A manager has one agency, whatever the address says.
    assert len(people_in(page(as_(cast.manager), f"/team/people/?agency={wanted}"))) == 3


def test_a_path_can_be_chosen_and_stays_chosen(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    facts = Lesson.objects.values("title", "track", "minutes", "question", "possible", "version").get()
    Lesson.objects.create(slug="beyond", position=2, **facts | {"title": "Beyond the path"})
    browser = as_(cast.manager)
    assert "all 2 lessons" in page(browser, "/team/")
    html = page(browser, "/team/?path=everyone")
    assert "the lesson of the path “Everyone”" in html
    assert "Beyond the path" not in html
    assert f'href="/team/units/{cast.unit.children.get().pk}/?path=everyone"' in html
    assert "all 2 lessons" in page(browser, "/team/?path=no-such-path")


# People


def test_states_due_dates_and_expiry_are_told_apart(
    cast: Cast, assigned: Assignment, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    done = graded_submission(cast.learner, 5)
    Assignment.objects.update(renew_months=12)
    browser = as_(cast.manager)
    assert "Expired" not in text_of(page(browser, "/team/")).split("What is counted")[0]
    Submission.objects.filter(pk=done.pk).update(received_at=timezone.now() - timedelta(days=500))
    text = text_of(page(browser, f"/team/people/{cast.learner.pk}/"))
    assert re.search(r"Expired \w{3} \d+, \d{4} overdue: \w{3} \d+, \d{4} Foundations", text)
    assert people_in(page(browser, "/team/people/?state=expired")) == ["Lena Lernfeld"]
    assert "1 person has a completion that expired." in text_of(page(browser, "/team/"))


def test_a_person_s_page_shows_states_and_days_only(
    cast: Cast, assigned: Assignment, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 4, text="my words")
    text = text_of(page(as_(cast.manager), f"/team/people/{cast.learner.pk}/"))
    assert "1 of 1 lesson complete" in text
    assert re.search(r"Add numbers Complete awaiting review \w{3} \d+, \d{4} – Foundations", text)
    for word in ("my words", "80 %", "4 of 5", "tries"):
        assert word not in text.split("What is counted")[0]


def test_a_data_officer_finds_the_audit_log_beside_the_files(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    assert 'href="/audit/"' in page(as_(cast.data_officer), "/team/")
    assert 'href="/audit/"' not in page(as_(cast.manager), "/team/")


@pytest.mark.parametrize("path", ["/team/people/{person}/", "/team/units/{unit}/"])
def test_no_other_unit_and_no_other_person_can_be_opened(
    path: str, cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    tolls = cast.neighbor.unit
    address = path.format(person=cast.neighbor.pk, unit=tolls.pk if tolls else 0)
    assert as_(cast.manager).get(address).status_code == 404
    assert as_(cast.outside_manager).get(address).status_code == 404
    assert as_(cast.data_officer).get(address).status_code == 200


def test_people_are_found_by_name_unit_lesson_and_state(
    cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 5)
    Start.objects.create(person=cast.colleague, lesson=Lesson.objects.get())
    browser = as_(cast.manager)

    def found(query: str) -> list[str]:
        return people_in(page(browser, f"/team/people/?{query}"))

    assert found("") == ["Cole Kollmann", "Mara Managold", "Lena Lernfeld"]
    assert found("name=lena") == ["Lena Lernfeld"]
    assert found("name=COLE%40") == ["Cole Kollmann"]
    assert found(f"unit={cast.learner.unit_id}") == ["Lena Lernfeld"]
    assert found("state=complete&lesson=add-numbers") == ["Lena Lernfeld"]
    assert found("state=started") == ["Cole Kollmann"]
    assert found("state=all-complete") == ["Lena Lernfeld"]
    assert found("state=in-progress") == ["Cole Kollmann"]
    assert found("state=none-started") == ["Mara Managold"]
    assert found("state=overdue") == []
    assert "Nobody matches." in page(browser, "/team/people/?state=overdue")
    # What makes no sense is left out.
    assert len(found("unit=x&state=y&lesson=z&sort=w&page=v")) == 3


def test_people_are_sorted_by_links(
    cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.manager, 5)
    browser = as_(cast.manager)
    names = ["Cole Kollmann", "Lena Lernfeld", "Mara Managold"]
    html = page(browser, "/team/people/?state=&name=a")
    assert 'href="?name=a&amp;sort=name#who"' in html
    assert people_in(page(browser, "/team/people/?sort=name")) == names
    assert people_in(page(browser, "/team/people/?sort=-name")) == names[::-1]
    html = page(browser, "/team/people/?sort=-completed")
    assert people_in(html) == [names[2], *names[:2]]
    assert 'aria-sort="descending"' in html
    assert people_in(page(browser, "/team/people/?sort=completed")) == names


def test_fifty_people_are_on_a_page(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    unit = cast.unit
    Person.objects.bulk_create(
        Person(email=f"more{n:03}@example.org", name=f"Zoe {n:03}", unit=unit) for n in range(120)
    )
    browser = as_(cast.manager)
    first = page(browser, "/team/people/?sort=name&name=zoe")
    assert len(people_in(first)) == 50
    assert "Page 1 of 3: 1 to 50 of 120" in text_of(first)
    onward = re.search(r'href="([^"]+)" rel="next"', first)
    assert onward
    second = page(browser, "/team/people/" + onward[1].replace("&amp;", "&").split("#")[0])
    assert people_in(second)[0] == "Zoe 050"
    # The front page of so many people leads to them, and does not show fifty at random.
    front = page(browser, "/team/")
    assert people_in(front) == []
    assert "All 123 people" in front


# The same states, asked of the database


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from(["learner", "colleague", "manager"]),
            st.sampled_from(["start", "waiting", "grading", "problem", "failed", "passed"]),
            st.integers(0, 1),
        ),
        max_size=10,
    )
)
def test_a_state_asked_of_the_database_is_the_state_of_the_pages(
    events: list[tuple[str, str, int]], cast: Cast, lesson: Lesson
) -> None:
    facts = {"minutes": 1, "possible": 5, "track": "t", "question": "?", "version": "1"}
    both = [lesson, Lesson.objects.get_or_create(slug="another", defaults=facts)[0]]
    Submission.objects.all().delete()
    Start.objects.all().delete()
    for name, what, number in events:
        _happen(getattr(cast, name), both[number], what)
    people = Person.objects.filter(pk__in=[cast.learner.pk, cast.colleague.pk, cast.manager.pk])
    for lessons in (both[:1], both):
        progress = progress_of(people, lessons)
        states = {p.pk: [progress.get((p.pk, one.pk), Progress()).state for one in lessons] for p in people}
        for state in State:
            asked = set(people.filter(in_state(state, lessons)).values_list("pk", flat=True))
            assert asked == {pk for pk, theirs in states.items() if state in theirs}
        counts = sum(counts_by_unit(people, lessons).values(), Counts())
        assert counts.people == 3
        assert counts.complete == sum(set(theirs) == {State.COMPLETE} for theirs in states.values())
        assert counts.not_started == sum(set(theirs) == {State.NOT_STARTED} for theirs in states.values())
        assert all(0 <= share.percent <= 100 for share in counts.shares.values())


def _happen(person: Person, lesson: Lesson, what: str) -> None:
    if what == "start":
        Start.objects.get_or_create(person=person, lesson=lesson)
        return
    facts: dict[str, Any] = {"state": what}
    if what in ("failed", "passed"):
        facts = {"state": "graded", "points": 5, "possible": 5, "passed": what == "passed"}
    Submission.objects.create(person=person, lesson=lesson, way="browser", sha256="", size=1, **facts)


# The tree


def test_a_loop_in_the_tree_of_units_ends_here_too(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    signs = Unit.objects.get(name="Signs")
    Unit.objects.filter(pk=cast.unit.pk).update(parent=signs)
    assert Tree(Unit.objects.filter(pk__in=[signs.pk, cast.unit.pk])).below(signs) == {signs.pk, cast.unit.pk}
    browser = as_(cast.manager)
    for path in ("/team/", "/team/people/", f"/team/units/{signs.pk}/", "/team/report/"):
        assert "3 people" in text_of(page(browser, path)) or path == "/team/people/"


# Questions to the database


@pytest.mark.parametrize(
    "path",
    [
        "/team/",
        "/team/people/",
        "/team/people/?state=stuck",
        "/team/units/{unit}/",
        "/team/people/{person}/",
        "/team/report/",
    ],
)
def test_a_page_asks_the_database_equally_often_for_few_people_and_for_more(
    path: str,
    cast: Cast,
    assigned: Assignment,
    as_: Callable[..., Client],
    graded_submission: Callable[..., Submission],
) -> None:
    graded_submission(cast.learner, 4, text="ours")
    browser = as_(cast.manager)
    address = path.format(unit=cast.unit.pk, person=cast.learner.pk)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(browser, address)
        return len(captured)

    queries()
    for_few = queries()
    facts = Lesson.objects.values("title", "track", "minutes", "question", "possible", "version").get()
    for number in (1, 2):
        person = Person.objects.create_user(f"more{number}@example.org", name=f"More {number}", unit=cast.unit)
        graded_submission(person, 5, text="theirs")
        below = Unit.objects.create(agency=cast.unit.agency, parent=cast.unit, name=f"More {number}")
        Person.objects.create_user(f"below{number}@example.org", name=f"Below {number}", unit=below)
        Lesson.objects.create(slug=f"more-{number}", position=1 + number, **facts)
    assert queries() == for_few
    assert for_few <= 34


# The report


def test_the_report_has_counts_and_no_names(
    cast: Cast, assigned: Assignment, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 5)
    html = page(as_(cast.data_officer), "/team/report/")
    text = text_of(html)
    assert "Progress report Department of Bridges" in text
    assert f"As of {date.today():%B} {date.today().day}, {date.today().year}" in text
    assert "Add numbers 1 14 %" in text
    for name in ("Lena", "Cole", "Mara"):
        assert name not in html


def test_a_manager_s_report_is_about_their_units(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    assert "Progress report Roads, Department of Bridges" in text_of(page(as_(cast.manager), "/team/report/"))
    cast.unit.managers.clear()
    Unit.objects.get(name="Signs").managers.add(cast.manager)
    text = text_of(page(as_(cast.manager), "/team/report/"))
    assert "Progress report Signs, Department of Bridges" in text
    assert "1 person. Nobody has completed the lesson." in text
