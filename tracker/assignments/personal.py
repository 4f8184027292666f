"""What this room stores about a person (see tracker/people/stored.py)."""

from __future__ import annotations

from tracker.assignments.models import Arrival, Assignment, Mail, ReminderChoice
from tracker.people.models import Person
from tracker.people.stored import Stored, rows

COVERS = (
    "assignments.Arrival",
    "assignments.Assignment",
    "assignments.Assignment_people",
    "assignments.Mail",
    "assignments.ReminderChoice",
)


def personal_data(person: Person) -> list[Stored]:
    arrivals = rows(
        Arrival.objects.filter(person=person).order_by("since"),
        assignment="assignment__title",
        due="assignment__due",
        yours_since="since",
    )
    named = rows(Assignment.objects.filter(people=person), assignment="title", due="due")
    made = rows(Assignment.objects.filter(author=person), assignment="title", made="made_on", due="due", note="note")
    choice = rows(ReminderChoice.objects.filter(person=person), lessons_due_soon="upcoming", counts_of_your_team="team")
    mails = rows(Mail.objects.filter(person=person), day="day", state="state", problem="problem")
    return [
        Stored("assignments", "Assignments that reach you, and since when.", arrivals),
        Stored("assignments-by-name", "Assignments that name you.", named),
        Stored("assignments-you-made", "Assignments that you made for others.", made, "Stays, without your name."),
        Stored("reminder-choice", "What you want reminders about.", choice),
        Stored("reminders", "On which days a reminder was sent to you.", mails),
    ]


def forget(person: Person) -> None:
    """Nothing is left to do: what is theirs goes with the person, and assignments that they made lose their name."""
