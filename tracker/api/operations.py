"""The operations of the API. Each answers about the people whom the token's owner may see now, and about no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from django.db.models import F, QuerySet
from django.http import HttpRequest
from ninja import NinjaAPI, Path, Query, Schema
from ninja.errors import HttpError

from tracker.api import shapes
from tracker.api.door import BearerToken, answer_in_plain_words
from tracker.api.models import Scope, Token
from tracker.api.paging import Row, one_page
from tracker.api.tokens import CALLS_A_MINUTE, offered_scopes
from tracker.learning.models import Lesson, Submission
from tracker.learning.progress import first_passes, progress_of
from tracker.people.models import Person
from tracker.people.scopes import managed_units, reported_people, unit_and_below
from tracker.teams.models import StatewideRelease

api = NinjaAPI(
    title="Connecticut Data Academy: API for other systems",
    version="1",
    description=(
        "Lets another system, such as HR or a learning management system, read who has completed what. It reads only: "
        "nothing can be changed. It never gives answers, notebooks, scores or numbers of tries. "
        f"A token may make {CALLS_A_MINUTE} calls in each minute."
    ),
    urls_namespace="api-v1",
    docs_url=None,
)
answer_in_plain_words(api)


PersonId = Annotated[shapes.Id, Path(..., description="The person's id.")]
View = TypeVar("View", bound=Callable[..., Any])


class Call(HttpRequest):
    """A call that came through the door."""

    auth: Token


def operation(path: str, name: str, scope: Scope | None, answer: type[Schema]) -> Callable[[View], View]:
    """An address that answers GET to tokens with this scope."""
    refusals = frozenset({401, 403, 404, 422, 429})
    return api.get(
        path,
        auth=BearerToken(scope),
        response={200: answer, refusals: shapes.Problem},
        operation_id=name,
        url_name=name,
        openapi_extra={"x-scope": scope.value if scope else ""},
    )


@operation("/token", "token", None, shapes.TokenAnswer)
def token(request: Call) -> shapes.TokenAnswer:
    """What your token may read, and until when. A good first call."""
    used = request.auth
    scopes = [scope.value for scope in offered_scopes(used.owner) if scope in used.scopes]
    return shapes.TokenAnswer(name=used.name, owner=used.owner.email, scopes=scopes, expires_at=used.expires_at)


@operation("/people", "people", Scope.PEOPLE, shapes.PeoplePage)
def people(request: Call, ask: Query[shapes.PeopleAsk]) -> shapes.PeoplePage:
    """The people whose completion you may see. Those who have left are not among them."""
    rows, after = one_page(_people(request.auth.owner, ask).values(*_PERSON), ask, "id")
    return shapes.PeoplePage(items=[shapes.PersonAnswer(**row) for row in rows], next=after)


@operation("/people/{int:person}", "person", Scope.PEOPLE, shapes.PersonAnswer)
def person(request: Call, person: PersonId) -> shapes.PersonAnswer:
    """One of these people."""
    row = reported_people(request.auth.owner).filter(pk=person).values(*_PERSON).first()
    if row is None:
        raise _nothing("person")
    return shapes.PersonAnswer(**row)


@operation("/units", "units", Scope.PEOPLE, shapes.UnitsPage)
def units(request: Call, ask: Query[shapes.PageAsk]) -> shapes.UnitsPage:
    """The units that you manage, and those below them."""
    managed = managed_units(request.auth.owner)
    rows, after = one_page(managed.values("id", "name", "agency__name", "parent"), ask, "id")
    # A unit above may be none of yours: then it has no id here.
    above = set(managed.filter(pk__in={row["parent"] for row in rows}).values_list("pk", flat=True))
    items = [
        shapes.UnitAnswer(
            id=row["id"],
            name=row["name"],
            agency=row["agency__name"],
            parent=row["parent"] if row["parent"] in above else None,
        )
        for row in rows
    ]
    return shapes.UnitsPage(items=items, next=after)


@operation("/lessons", "lessons", Scope.LESSONS, shapes.Lessons)
def lessons(request: Call) -> shapes.Lessons:
    """All lessons, on one page. Those no longer taught come last."""
    rows = Lesson.objects.order_by(F("position").asc(nulls_last=True), "slug")
    return shapes.Lessons(
        items=[shapes.LessonAnswer(**row) for row in rows.values("slug", "title", "track", "minutes", "position")]
    )


@operation("/completions", "completions", Scope.COMPLETIONS, shapes.CompletionsPage)
def completions(request: Call, ask: Query[shapes.CompletionsAsk]) -> shapes.CompletionsPage:
    """Who has completed which lesson, and when. A learner's token reads the learner's own."""
    done = first_passes(_submissions(request.auth.owner, ask), ask.since)
    rows, after = one_page(done, ask, "person", "lesson")
    emails = _emails(rows)
    items = [shapes.CompletionAnswer(email=emails[row["person"]], **row) for row in rows if row["person"] in emails]
    return shapes.CompletionsPage(items=items, next=after)


@operation("/submissions", "submissions", Scope.SUBMISSIONS, shapes.SubmissionsPage)
def submissions(request: Call, ask: Query[shapes.ProgressAsk]) -> shapes.SubmissionsPage:
    """How far people are in the lessons that they handed in. Answers, scores and tries are not given."""
    pairs = _submissions(request.auth.owner, ask).order_by().values("person", "lesson").distinct()
    rows, after = one_page(pairs, ask, "person", "lesson")
    emails = _emails(rows)
    shown = Person.objects.filter(pk__in=emails)
    progress = progress_of(shown, list(Lesson.objects.filter(pk__in={row["lesson"] for row in rows})))
    items = [
        shapes.SubmissionAnswer(email=emails[row["person"]], state=found.state.value, **row)
        for row in rows
        if row["person"] in emails and (found := progress.get((row["person"], row["lesson"])))
    ]
    return shapes.SubmissionsPage(items=items, next=after)


@operation("/counts", "counts", Scope.COUNTS, shapes.Counts)
def counts(request: Call) -> shapes.Counts:
    """The newest statewide counts, as they were published: by agency, with small groups protected. No people."""
    release = StatewideRelease.objects.defer("counted").first()
    if release is None:
        return shapes.Counts(published_on=None, items=[])
    shown = release.shown
    items = [
        shapes.CountAnswer(agency=None, title=one["title"], people=shown["people"], completed=one["complete"])
        for one in [*shown["lessons"], *shown["paths"]]
    ]
    items += [
        shapes.CountAnswer(agency=row["agency"], title=one["title"], people=row["people"], completed=completed)
        for row in shown["agencies"]
        for one, completed in zip(shown["lessons"], row["complete"], strict=True)
    ]
    return shapes.Counts(published_on=release.on, items=items)


_PERSON = ("id", "name", "email", "unit")


def _people(owner: Person, ask: shapes.PeopleAsk) -> QuerySet[Person]:
    """Those whom the owner may see, of the unit that was asked for."""
    found = reported_people(owner)
    if ask.unit is None:
        return found
    unit = managed_units(owner).filter(pk=ask.unit).first()
    if unit is None:
        raise _nothing("unit")
    return found.filter(unit__in=unit_and_below(unit))


def _submissions(owner: Person, ask: shapes.ProgressAsk) -> QuerySet[Submission]:
    """What these people handed in, in the lesson that was asked for."""
    found = _people(owner, ask)
    if ask.person is not None:
        found = found.filter(pk=ask.person)
        if not found.exists():
            raise _nothing("person")
    handed_in = Submission.objects.filter(person__in=found)
    if ask.lesson is None:
        return handed_in
    if not Lesson.objects.filter(pk=ask.lesson).exists():
        raise HttpError(404, "There is no such lesson. The list of lessons has their slugs.")
    return handed_in.filter(lesson=ask.lesson)


def _emails(rows: list[Row]) -> dict[int, str]:
    """The e-mail addresses of the people in these rows. Who was deleted a moment ago is not among them."""
    return dict(Person.objects.filter(pk__in={row["person"] for row in rows}).values_list("pk", "email"))


def _nothing(what: str) -> HttpError:
    """The same words whether it is not there or not yours."""
    return HttpError(404, f"There is no such {what} among those that you may see.")
