"""What operations are asked, and what they answer. The description for other systems is made from these classes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Schema
from pydantic import AfterValidator, ValidationInfo, model_validator

LARGEST_ID = 2**63 - 1
"""What both databases can hold. A larger number would be an error of theirs."""
MOST = 500


def _sensible(day: datetime) -> datetime:
    if not 2000 <= day.year <= 2100:
        raise ValueError("Give a day between 2000 and 2100.")
    return day if timezone.is_aware(day) else timezone.make_aware(day)


Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Slug = Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]+$", max_length=80)]
Since = Annotated[datetime, AfterValidator(_sensible)]


def _left_out(schema: dict[str, Any]) -> None:
    """A parameter is there or not; it is never null."""
    schema.update(schema.pop("anyOf")[0])


class Ask(Schema):
    """Parameters after the question mark. A misspelt filter is refused: ignored, it would answer with too much."""

    @model_validator(mode="before")
    @classmethod
    def _only_what_is_known(cls, data: Any, info: ValidationInfo) -> Any:
        request: HttpRequest = (info.context or {})["request"]
        if unknown := set(request.GET) - set(cls.model_fields):
            raise ValueError(
                f"{len(unknown)} of the parameters is not known here. Use only: {', '.join(sorted(cls.model_fields))}."
            )
        if any(len(values) > 1 for _, values in request.GET.lists()):
            raise ValueError("Give each parameter once.")
        return data


class PageAsk(Ask):
    limit: int = Field(100, ge=1, le=MOST, description="How many items at most.")
    cursor: str | None = Field(
        None,
        pattern=r"^[0-9]{1,18}(\.[-a-zA-Z0-9_]{1,80})?$",
        json_schema_extra=_left_out,
        description="Where to go on: the value of next in the answer before, as it came.",
    )


class PeopleAsk(PageAsk):
    unit: Id | None = Field(
        None, json_schema_extra=_left_out, description="Only people of this unit and of the units below it."
    )


class ProgressAsk(PeopleAsk):
    lesson: Slug | None = Field(None, json_schema_extra=_left_out, description="Only this lesson.")
    person: Id | None = Field(None, json_schema_extra=_left_out, description="Only this person.")


class CompletionsAsk(ProgressAsk):
    since: Since | None = Field(
        None,
        json_schema_extra=_left_out,
        description="Only what was recorded at this time or later, such as 2026-09-01 or 2026-09-01T08:00:00Z. "
        "Without a zone, it is Connecticut's time.",
    )


class Problem(Schema):
    """Every answer that is not 200."""

    message: str = Field(description="What went wrong, and what to do next, in plain words.")


class TokenAnswer(Schema):
    """The token that you are using."""

    name: str = Field(description="Its name.")
    owner: str = Field(description="The work e-mail address of the person on whose behalf it reads.")
    scopes: list[str] = Field(description="What it may read today.")
    expires_at: datetime = Field(description="When it stops working.")


class PersonAnswer(Schema):
    """Somebody with an account."""

    id: Id = Field(description="Stays the same when a name or an e-mail address changes.")
    name: str = Field(description="First and last name.")
    email: str = Field(description="Work e-mail address.")
    unit: Id | None = Field(description="The id of their unit. Null without one.")


class UnitAnswer(Schema):
    """A part of an agency."""

    id: Id = Field(description="Stays the same when the unit is renamed.")
    name: str = Field(description="Its name.")
    agency: str = Field(description="Its agency's name.")
    parent: Id | None = Field(description="The id of the unit above, where you may see that one.")


class LessonAnswer(Schema):
    """A lesson."""

    slug: Slug = Field(description="Its short name, which never changes.")
    title: str = Field(description="Its title.")
    track: str = Field(description="The track that it belongs to.")
    minutes: int = Field(description="How long it takes.")
    position: int | None = Field(description="Its place in the curriculum. Null for a lesson no longer taught.")


class CompletionAnswer(Schema):
    """A person has completed a lesson. Each person and lesson comes once."""

    person: Id = Field(description="The person's id.")
    email: str = Field(description="Their work e-mail address.")
    lesson: Slug = Field(description="The lesson's slug.")
    completed_at: datetime = Field(description="When the first notebook that passed was handed in.")
    recorded_at: datetime = Field(description="When the academy had graded it. The parameter since compares this one.")


class SubmissionAnswer(Schema):
    """How far a person is in a lesson that they handed in. Each person and lesson comes once."""

    person: Id = Field(description="The person's id.")
    email: str = Field(description="Their work e-mail address.")
    lesson: Slug = Field(description="The lesson's slug.")
    state: str = Field(description="Submitted, Being graded, Needs another try, or Complete.")


class CountAnswer(Schema):
    """How many people of one agency, or of the state, completed one lesson or path."""

    agency: str | None = Field(description="The agency's name. Null for all agencies together.")
    title: str = Field(description="The title of the lesson, or, for all agencies together, of a path.")
    people: int = Field(description="People with an account on that day.")
    completed: int | None = Field(description="How many of them completed it. Null where a small group is protected.")


class Counts(Schema):
    published_on: date | None = Field(description="The day of these counts. Null as long as none were published.")
    items: list[CountAnswer] = Field(description="Counts, by agency, all agencies together first.")


class Page(Schema):
    next: str | None = Field(description="Give it as cursor to get what follows. Null at the end.")


class PeoplePage(Page):
    items: list[PersonAnswer] = Field(description="People, by id.")


class UnitsPage(Page):
    items: list[UnitAnswer] = Field(description="Units, by id.")


class Lessons(Schema):
    items: list[LessonAnswer] = Field(description="Lessons, in the order in which they are taught.")


class CompletionsPage(Page):
    items: list[CompletionAnswer] = Field(description="Completions, by person and lesson.")


class SubmissionsPage(Page):
    items: list[SubmissionAnswer] = Field(description="States, by person and lesson.")
