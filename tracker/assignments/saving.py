"""Saves and ends assignments. The audit log has a line for each."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from tracker.assignments.audience import note_arrivals
from tracker.assignments.forms import AssignmentForm
from tracker.assignments.models import AssignedLesson, Assignment
from tracker.audit.log import note
from tracker.people.models import Person


@transaction.atomic
def save(form: AssignmentForm, viewer: Person, today: date) -> Assignment:
    """Make or change the assignment of a valid form. A lesson that stays keeps the day since which it is asked for."""
    given, where, before = form.cleaned_data, form.audience, form.assignment
    assignment = before or Assignment(author=viewer, made_on=today, agency_id=where.agency, cohort_id=where.cohort)
    assignment.title, assignment.path, assignment.note = given["title"], given["path"], given["note"]
    assignment.due, assignment.renew_months = given["due"], given["renew_months"]
    assignment.save()
    assignment.units.set(where.units)
    assignment.people.set(where.named)
    lessons = form.chosen_lessons
    assignment.assigned_lessons.exclude(lesson__in=lessons).delete()
    AssignedLesson.objects.bulk_create(
        [AssignedLesson(assignment=assignment, lesson=lesson, since=today) for lesson in lessons], ignore_conflicts=True
    )
    note_arrivals([assignment], today)
    note(
        viewer,
        "assignments.change" if before else "assignments.make",
        assignment.title,
        agency=assignment.agency,
        where=where_in_words(assignment),
        due=assignment.due.isoformat(),
        lessons=len(lessons),
        people=assignment.arrivals.count(),
    )
    return assignment


@transaction.atomic
def end(assignment: Assignment, viewer: Person, today: date) -> None:
    """From today on it asks nothing of anybody. What people did stays."""
    assignment.ended_on = today
    assignment.save()
    note(viewer, "assignments.end", assignment.title, agency=assignment.agency, where=where_in_words(assignment))


def where_in_words(assignment: Assignment) -> str:
    """Such as "Department of Bridges: Roads, Signs"."""
    place = assignment.cohort or assignment.agency
    units = ", ".join(unit.name for unit in assignment.units.all())
    return f"{place}: {units}" if units else str(place)
