"""How far people are, derived from their submissions. The rules stand here and nowhere else.

    complete            one submission, at least, got 80 % of the points that the checks give. The day is the day on
                        which the first such notebook was handed in. Later tries never take completion away.
    needs another try   the newest graded notebook fell short, and none has passed
    being graded        nothing has passed yet, and a notebook is with the grader
    submitted           nothing has passed yet, and a notebook waits for the grader, or failed on our side
    started             the practice page was opened, or the notebook downloaded; nothing was handed in
    not started         none of these

Free text never blocks completion. Whether an answer still awaits a reviewer is said beside the state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce

from tracker.learning.models import Lesson, Review, Start, Submission, TaskResult
from tracker.people.models import Person

Kind = TypeVar("Kind", Submission, Start)


class State(StrEnum):
    """A person's state in a lesson, in the words that pages show."""

    NOT_STARTED = "Not started"
    STARTED = "Started"
    SUBMITTED = "Submitted"
    BEING_GRADED = "Being graded"
    ANOTHER_TRY = "Needs another try"
    COMPLETE = "Complete"


@dataclass(frozen=True)
class Progress:
    """One person in one lesson. `best` is a whole percentage of the auto-graded points, rounded down."""

    state: State = State.NOT_STARTED
    completed_at: datetime | None = None
    best: int | None = None
    tries: int = 0
    pending: bool = False
    """A notebook is waiting or being graded, whatever the state."""
    problem: bool = False
    """A notebook was set aside because grading failed on our side."""
    awaiting_review: bool = False
    latest: int | None = None
    """The newest submission's id."""

    @property
    def is_complete(self) -> bool:
        return self.state is State.COMPLETE


@dataclass(frozen=True)
class Row:
    """One person's line of a progress table, a Progress for every lesson."""

    person: Person
    cells: tuple[Progress, ...]

    @property
    def completed(self) -> int:
        return sum(cell.is_complete for cell in self.cells)


def progress_of(people: QuerySet[Person], lessons: Collection[Lesson]) -> dict[tuple[int, str], Progress]:
    """The progress of people in lessons, by (person's id, slug). Three queries, however many people."""
    within = {"person__in": people, "lesson__in": [lesson.pk for lesson in lessons]}
    progress = {key: Progress(State.STARTED) for key in Start.objects.filter(**within).values_list("person", "lesson")}
    awaiting = set(
        answers_awaiting_review(TaskResult.objects.filter(**{f"submission__{k}": v for k, v in within.items()}))
        .order_by()
        .values_list("submission__person", "submission__lesson")
    )
    for facts in _facts(Submission.objects.filter(**within)):
        key = (facts["person"], facts["lesson"])
        progress[key] = _progress(facts, key in awaiting)
    return progress


def table(people: QuerySet[Person], lessons: Collection[Lesson]) -> list[Row]:
    """Everybody's progress in every lesson, in the order of `people`."""
    progress = progress_of(people.order_by(), lessons)
    return [
        Row(person, tuple(progress.get((person.pk, lesson.pk), Progress()) for lesson in lessons)) for person in people
    ]


def completions(rows: Iterable[Row], count: int) -> list[int]:
    """How many people have completed each of `count` lessons."""
    totals = [0] * count
    for row in rows:
        for number, cell in enumerate(row.cells):
            totals[number] += cell.is_complete
    return totals


def completed_by_lesson(people: QuerySet[Person], lessons: Collection[Lesson]) -> dict[str, int]:
    """How many of `people` have completed each lesson, by its slug. One query; nobody's row is read."""
    return dict(_completed(people, lessons).values_list("lesson").annotate(Count("person", distinct=True)))


def completed_by_unit(people: QuerySet[Person], lessons: Collection[Lesson]) -> dict[tuple[int | None, str], int]:
    """The same for the people of each unit, by (the unit's id, slug)."""
    counted = _completed(people, lessons).values_list("person__unit", "lesson").annotate(Count("person", distinct=True))
    return {(unit, slug): completed for unit, slug, completed in counted}


def of_lessons(rows: QuerySet[Kind], lessons: Collection[Lesson]) -> QuerySet[Kind]:
    """Those of the rows, submissions or starts, that are of these lessons.

    It is asked for what is not of other lessons: a person has few rows, and to read them is quicker than to look for
    each of twenty lessons in turn, as a database does that is told which to look for.
    """
    return rows.exclude(lesson__in=Lesson.objects.exclude(pk__in=[lesson.pk for lesson in lessons]).order_by())


def _completed(people: QuerySet[Person], lessons: Collection[Lesson]) -> QuerySet[Submission]:
    passed = Submission.objects.filter(person__in=people.order_by(), passed=True)
    return of_lessons(passed, lessons).order_by()


def first_passes(submissions: QuerySet[Submission], since: datetime | None = None) -> QuerySet[Submission, Any]:
    """Who has completed what, a row for each person and lesson: `completed_at`, and `recorded_at`, when the academy
    knew it. Between the two lies the grading; after a workshop, days. `since` is about what the academy knew.
    """
    passed = submissions.filter(passed=True).order_by().values("person", "lesson")
    rows = passed.annotate(completed_at=Min("received_at"), recorded_at=Min(Coalesce("graded_at", "received_at")))
    return rows if since is None else rows.filter(recorded_at__gte=since)


def answers_awaiting_review(results: QuerySet[TaskResult]) -> QuerySet[TaskResult]:
    """The free-text answers that nobody has reviewed, of each person's newest graded notebook of a lesson."""
    graded = Submission.State.GRADED
    # Asked for each answer, by the index of a person's submissions: a list of all newest ones would be the state's.
    newer = Submission.objects.filter(
        person=OuterRef("submission__person"),
        lesson=OuterRef("submission__lesson"),
        state=graded,
        pk__gt=OuterRef("submission"),
    )
    # Not `review=None`: of a join PostgreSQL believes that next to nothing is left, and reads the whole state.
    reviewed = Review.objects.filter(task_result=OuterRef("pk"))
    written = results.filter(manual=True, submission__state=graded).exclude(answer="")
    return written.filter(~Exists(reviewed), ~Exists(newer))


def _facts(submissions: QuerySet[Submission]) -> Iterable[Mapping[str, Any]]:
    states = Submission.State
    score = Case(When(possible__gt=0, then=100.0 * F("points") / F("possible")))
    return list(
        submissions.order_by()
        .values("person", "lesson")
        .annotate(
            tries=Count("pk"),
            newest=Max("pk"),
            share=Max(score),
            first_pass=Min("received_at", filter=Q(passed=True)),
            graded=Count("pk", filter=Q(state=states.GRADED)),
            waiting=Count("pk", filter=Q(state=states.WAITING)),
            grading=Count("pk", filter=Q(state=states.GRADING)),
            problems=Count("pk", filter=Q(state=states.PROBLEM)),
        )
    )


def _progress(facts: Mapping[str, Any], awaiting_review: bool) -> Progress:
    return Progress(
        state=_state(facts),
        completed_at=facts["first_pass"],
        best=None if facts["share"] is None else int(facts["share"]),
        tries=facts["tries"],
        pending=bool(facts["waiting"] or facts["grading"]),
        problem=bool(facts["problems"]),
        awaiting_review=awaiting_review,
        latest=facts["newest"],
    )


def _state(facts: Mapping[str, Any]) -> State:
    if facts["first_pass"]:
        return State.COMPLETE
    if facts["grading"]:
        return State.BEING_GRADED
    if facts["waiting"]:
        return State.SUBMITTED
    if facts["graded"]:
        return State.ANOTHER_TRY
    return State.SUBMITTED
