"""Taking a notebook in: stored before it is acknowledged, whatever it contains. What it is worth is said by grading."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tracker.learning.models import Lesson, Start, StoredNotebook, Submission
from tracker.people.models import Person
from tracker.site.failures import TOO_LARGE

PER_MINUTE = 10


class SubmissionRefused(Exception):
    """A notebook was not taken in. The message tells the learner what to do; `status` is HTTP's."""

    status = 400


class EmptyNotebook(SubmissionRefused):
    def __init__(self) -> None:
        super().__init__("The file is empty. Save your notebook, then hand it in again.")


class NotebookTooLarge(SubmissionRefused):
    status = 413

    def __init__(self) -> None:
        super().__init__(TOO_LARGE)


class TooManySubmissions(SubmissionRefused):
    status = 429

    def __init__(self) -> None:
        super().__init__(
            f"You handed in {PER_MINUTE} notebooks within a minute. Wait a minute, then try again. "
            "What you handed in before is safe."
        )


def read_at_most(read: Callable[[int], bytes]) -> bytes:
    """Read a body through `read`, holding no more of it than the limit. Raises NotebookTooLarge."""
    content = bytearray()
    while chunk := read(64 * 1024):
        content += chunk
        if len(content) > settings.LARGEST_NOTEBOOK:
            raise NotebookTooLarge
    return bytes(content)


def submit(person: Person, lesson: Lesson, notebook: bytes, way: Submission.Way, key: str = "") -> Submission:
    """Store a notebook and put it in the queue. On return it is on the disk. Raises SubmissionRefused.

    `key` is a word that the sender makes up for each time of handing in. Who hears no answer sends the same notebook
    with the same word again, and gets the submission that was stored the first time, if it was.
    """
    if not notebook:
        raise EmptyNotebook
    if len(notebook) > settings.LARGEST_NOTEBOOK:
        raise NotebookTooLarge
    gzipped = gzip.compress(notebook, compresslevel=6, mtime=0)
    facts = {
        "person": person,
        "lesson": lesson,
        "sha256": hashlib.sha256(notebook).hexdigest(),
        "key": hashlib.sha256(key.encode(errors="replace")).hexdigest() if key else "",
    }
    with transaction.atomic():
        # What one person hands in at the same moment is taken in turn, so that it is counted rightly.
        Person.objects.select_for_update().get(pk=person.pk)
        if key and (stored := Submission.objects.filter(**facts).first()):
            return stored
        a_minute_ago = timezone.now() - timedelta(minutes=1)
        if Submission.objects.filter(person=person, received_at__gt=a_minute_ago).count() >= PER_MINUTE:
            raise TooManySubmissions
        submission = Submission.objects.create(way=way, size=len(notebook), **facts)
        StoredNotebook.objects.create(submission=submission, gzipped=gzipped)
    return submission


def notebook_of(submission: Submission) -> bytes:
    """The bytes as they were handed in."""
    return gzip.decompress(submission.stored_notebook.gzipped)


def note_start(person: Person, slug: str) -> None:
    """Remember that a person opened this lesson to work on it. A page that belongs to no lesson is ignored."""
    if not Start.objects.filter(person=person, lesson_id=slug).exists() and Lesson.objects.filter(slug=slug).exists():
        Start.objects.get_or_create(person=person, lesson_id=slug)
