"""How far people are: the rules that the pages state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracker.cast import Cast
from tracker.learning.catalogue import listed_lessons, sync_lessons
from tracker.learning.models import Lesson, Start, Submission
from tracker.learning.progress import (
    Progress,
    State,
    completed_by_lesson,
    completed_by_unit,
    completions,
    progress_of,
    table,
)
from tracker.learning.reviews import review
from tracker.people.models import Person
from tracker.people.scopes import managed_people, oneself


def progress(person: Person) -> Progress:
    lessons = listed_lessons()
    return table(oneself(person), lessons)[0].cells[0]


def test_states_are_told_apart(
    cast: Cast, lesson: Lesson, hand_in: Callable[..., Submission], grade_waiting: Callable[..., None]
) -> None:
    assert progress(cast.learner).state is State.NOT_STARTED
    Start.objects.create(person=cast.learner, lesson=lesson)
    assert progress(cast.learner).state is State.STARTED
    hand_in(cast.learner)
    assert progress(cast.learner).state is State.SUBMITTED
    Submission.objects.update(state="grading")
    assert progress(cast.learner).state is State.BEING_GRADED
    Submission.objects.update(state="waiting")
    grade_waiting(1)
    assert progress(cast.learner).state is State.ANOTHER_TRY
    hand_in(cast.learner)
    assert progress(cast.learner).state is State.SUBMITTED
    grade_waiting(4)
    assert progress(cast.learner).state is State.COMPLETE
    hand_in(cast.learner)
    assert (progress(cast.learner).state, progress(cast.learner).pending) == (State.COMPLETE, True)


def test_four_fifths_of_the_points_complete_a_lesson_without_the_free_text(
    cast: Cast, graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 4, text="")
    assert progress(cast.learner).is_complete
    graded_submission(cast.colleague, 1, text="a long and thoughtful answer")
    assert not progress(cast.colleague).is_complete


def test_the_best_score_counts_and_a_later_worse_try_takes_nothing_away(
    cast: Cast, graded_submission: Callable[..., Submission]
) -> None:
    for points in (1, 5, 0):
        graded_submission(cast.learner, points)
    now = progress(cast.learner)
    assert (now.state, now.best, now.tries) == (State.COMPLETE, 100, 3)


def test_the_day_of_completion_is_the_day_the_first_passing_notebook_was_handed_in(
    cast: Cast, graded_submission: Callable[..., Submission]
) -> None:
    days = [datetime(2025, 11, day, 15, tzinfo=UTC) for day in (3, 5, 7)]
    for day, points in zip(days, (1, 4, 5), strict=True):
        submission = graded_submission(cast.learner, points)
        Submission.objects.filter(pk=submission.pk).update(received_at=day)
    assert progress(cast.learner).completed_at == days[1]


def test_a_rejected_file_is_no_progress(
    cast: Cast, hand_in: Callable[..., Submission], grade_for_real: Callable[[], None]
) -> None:
    hand_in(cast.learner, b"no notebook")
    grade_for_real()
    assert (progress(cast.learner).state, progress(cast.learner).best) == (State.ANOTHER_TRY, 0)


def test_a_written_answer_awaits_its_review_beside_the_state(
    cast: Cast, graded_submission: Callable[..., Submission]
) -> None:
    submission = graded_submission(cast.learner, 5, text="ours")
    assert (progress(cast.learner).state, progress(cast.learner).awaiting_review) == (State.COMPLETE, True)
    review(submission.task_results.get(manual=True), cast.trainer, 2, "Good.")
    assert progress(cast.learner).awaiting_review is False


def test_an_empty_answer_awaits_nobody(cast: Cast, graded_submission: Callable[..., Submission]) -> None:
    graded_submission(cast.learner, 5, text="")
    assert progress(cast.learner).awaiting_review is False


def test_only_the_newest_answer_awaits_a_review(cast: Cast, graded_submission: Callable[..., Submission]) -> None:
    graded_submission(cast.learner, 5, text="first words")
    graded_submission(cast.learner, 5, text="")
    assert progress(cast.learner).awaiting_review is False


def test_an_answer_handed_in_again_word_for_word_keeps_its_review(
    cast: Cast, graded_submission: Callable[..., Submission]
) -> None:
    first = graded_submission(cast.learner, 1, text="our words")
    review(first.task_results.get(manual=True), cast.trainer, 1.5, "Good.")
    second = graded_submission(cast.learner, 5, text="our words")
    carried = second.task_results.get(manual=True).review
    assert (carried.reviewer, carried.points, carried.comment) == (cast.trainer, 1.5, "Good.")
    assert progress(cast.learner).awaiting_review is False
    # New words, another person, or no words at all: nothing is carried over.
    for person, text in ((cast.learner, "our new words"), (cast.colleague, "our words"), (cast.learner, "")):
        submission = graded_submission(person, 5, text=text)
        assert not hasattr(submission.task_results.get(manual=True), "review")


def test_a_score_is_rounded_down_so_that_79_is_never_a_pass() -> None:
    assert Submission(points=7.99, possible=10).percent == 79
    assert Submission(points=8, possible=10).percent == 80
    assert Submission(points=0, possible=0).percent is None
    assert Submission().percent is None


def test_a_lesson_off_the_list_keeps_what_people_did(
    cast: Cast, source: object, graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 5)
    sync_lessons([])
    assert listed_lessons() == []
    assert Submission.objects.get().passed
    sync_lessons([source])  # type: ignore[list-item]
    assert progress(cast.learner).is_complete


def test_the_catalogue_follows_the_sources(lesson: Lesson, source: object) -> None:
    assert (lesson.slug, lesson.title, lesson.minutes, lesson.possible) == ("add-numbers", "Add numbers", 10, 5)
    Lesson.objects.update(title="An old title")
    sync_lessons([source])  # type: ignore[list-item]
    assert Lesson.objects.get().title == "Add numbers"


def test_a_share_cannot_pass_one_hundred_percent(cast: Cast, graded_submission: Callable[..., Submission]) -> None:
    for _ in range(3):
        graded_submission(cast.learner, 5)
    rows = table(managed_people(cast.manager), listed_lessons())
    assert completions(rows, 1) == [1]
    assert len(rows) == 3


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tries=st.lists(st.sampled_from([0, 1, 4, 5]), min_size=1, max_size=6))
def test_complete_means_that_some_try_passed_and_best_is_the_best(
    tries: list[int], cast: Cast, lesson: Lesson, graded_submission: Callable[..., Submission]
) -> None:
    Submission.objects.all().delete()
    for points in tries:
        graded_submission(cast.learner, points)
    now = progress(cast.learner)
    assert now.is_complete == (max(tries) >= 4)
    assert now.best == max(tries) * 20
    assert now.tries == len(tries)


def test_progress_of_nobody_is_nothing(lesson: Lesson) -> None:
    assert progress_of(Person.objects.none(), [lesson]) == {}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tries=st.lists(
        st.tuples(st.sampled_from(["learner", "colleague", "manager", "outsider"]), st.sampled_from([1, 4, 5]))
    )
)
def test_completions_counted_by_unit_are_those_of_the_table(
    tries: list[tuple[str, int]], cast: Cast, lesson: Lesson
) -> None:
    Submission.objects.all().delete()
    graded = {"lesson": lesson, "way": "browser", "size": 1, "state": "graded", "possible": 5}
    Submission.objects.bulk_create(
        Submission(person=getattr(cast, name), points=points, passed=points >= 4, **graded) for name, points in tries
    )
    people = managed_people(cast.manager)
    by_unit = Counter(row.person.unit_id for row in table(people, [lesson]) if row.completed)
    assert completed_by_unit(people, [lesson]) == {(unit, lesson.pk): count for unit, count in by_unit.items()}
    assert completed_by_lesson(people, [lesson]) == ({lesson.pk: by_unit.total()} if by_unit else {})
    assert completed_by_lesson(people, []) == {}
