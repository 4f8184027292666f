"""Bringing a workshop's results to the tracker, where learners and their managers see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from academy.workshop.course import Workshop
from academy.workshop.gradebook import Work, plain, read_works
from tracker.learning.models import Lesson
from tracker.learning.workshops import Change, WorkshopResult, record
from tracker.people.models import Person


@dataclass(frozen=True)
class Row:
    """What became of one learner's work. `change` is None where nothing went to the tracker, and `says` tells why."""

    work: Work
    change: Change | None
    says: str


def publish(workshop: Workshop, slugs: list[str], *, dry_run: bool = False) -> Iterator[Row]:
    """Record every graded notebook, each in a transaction of its own. A dry run takes each back again."""
    works = list(read_works(workshop, slugs))
    lessons = {lesson.slug: lesson for lesson in Lesson.objects.filter(slug__in=slugs)}
    addresses = {work.learner: work.email.lower() for work in works}
    learners = Counter(addresses.values())
    people = {person.email: person for person in Person.objects.filter(email__in=learners)}
    for work in works:
        email = work.email.lower()
        person, lesson = people.get(email), lessons.get(work.slug)
        if work.result is None:
            yield Row(work, None, work.standing)
        elif not email:
            yield Row(work, None, "no e-mail address: add it to the roster, and run “academy workshop init” again")
        elif learners[email] > 1:
            yield Row(work, None, f"several people of this workshop have the address {plain(email)}: mend the roster")
        elif person is None:
            yield Row(work, None, f"nobody in the tracker has the address {plain(email)}: ask your administrator")
        elif lesson is None:
            yield Row(work, None, "the tracker does not know this lesson: ask your administrator")
        else:
            with transaction.atomic():
                change = record(person, lesson, work.result)
                transaction.set_rollback(dry_run)
            yield Row(work, change, _in_words(work.result, work.awaits_review))


def _in_words(result: WorkshopResult, awaits_review: bool) -> str:
    words = f"{result.points:g} of {result.possible:g} points, {'complete' if result.passed else 'needs another try'}"
    return f"{words}, free text awaits review" if awaits_review else words
