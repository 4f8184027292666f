"""Whom the list of a session has, and what becomes of the marks that a trainer sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tracker.attendance.models import Mark, Meeting
from tracker.audit.log import note
from tracker.people.models import Cohort, Person
from tracker.people.scopes import enrolled_people


@dataclass(frozen=True)
class Marked:
    """What a saving did."""

    new: int = 0
    corrected: int = 0
    removed: int = 0

    @property
    def all(self) -> int:
        return self.new + self.corrected + self.removed


def listed(meeting: Meeting) -> QuerySet[Person]:
    """Everybody in the cohort today, and who was marked and has left since. `enrolled` tells them apart."""
    here = enrolled_people(meeting.cohort)
    marked = Mark.objects.filter(meeting=meeting, person=OuterRef("pk"))
    return (
        Person.objects.annotate(enrolled=Exists(here.filter(pk=OuterRef("pk"))))
        .filter(Q(enrolled=True) | Exists(marked))
        .select_related("unit__agency")
        .order_by("name", "email")
    )


def meetings_of(cohort: Cohort) -> QuerySet[Meeting]:
    """The sessions of a cohort, latest first, with how many were marked as what. Nobody else counts."""
    counts = {was.value: Count("marks", filter=Q(marks__was=was)) for was in Mark.Was}
    found = Meeting.objects.filter(cohort=cohort).annotate(marked=Count("marks"), **counts)
    # The order of the model does not hold where rows are counted.
    return found.order_by("-day", "title", "pk")


def save_marks(viewer: Person, meeting: Meeting, chosen: Mapping[int, str]) -> Marked:
    """Store what was chosen for each person, by their number; nothing: not marked any more.

    Only what differs is written, and noted as a count.
    """
    with transaction.atomic():
        kept = {mark.person_id: mark for mark in Mark.objects.filter(meeting=meeting).select_for_update()}
        new, corrected, removed = [], [], []
        for number, was in chosen.items():
            mark = kept.get(number)
            if mark is None and was:
                new.append(Mark(meeting=meeting, person_id=number, was=Mark.Was(was)))
            elif mark is not None and not was:
                removed.append(mark.pk)
            elif mark is not None and mark.was != was:
                mark.was = Mark.Was(was)
                corrected.append(mark)
        # Two trainers may mark at the same time: then the later one counts.
        Mark.objects.bulk_create(new, update_conflicts=True, unique_fields=["meeting", "person"], update_fields=["was"])
        Mark.objects.bulk_update(corrected, ["was"])
        Mark.objects.filter(pk__in=removed).delete()
        done = Marked(len(new), len(corrected), len(removed))
        if done.all:
            note(
                viewer,
                "attendance.mark",
                about(meeting),
                new=done.new,
                corrected=done.corrected,
                removed=done.removed,
            )
    return done


def about(meeting: Meeting) -> str:
    """A session as the audit log names it: without its title, which is the trainers' own."""
    return f"{meeting.cohort}, session of {meeting.day.isoformat()}"


def table(cohort: Cohort) -> Iterable[tuple[str, str, str, str, str]]:
    """Every mark of a cohort, as rows for a spreadsheet: the day, the session, the person and what they were."""
    marks = Mark.objects.filter(meeting__cohort=cohort).order_by(
        "meeting__day", "meeting__title", "meeting", "person__name", "person__email"
    )
    rows = marks.values_list("meeting__day", "meeting__title", "person__name", "person__email", "was")
    for day, title, person, email, was in rows.iterator(chunk_size=2_000):
        yield day.isoformat(), title, person, email, was
