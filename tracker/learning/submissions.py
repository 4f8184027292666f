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


def submit(person: Person, lesson: Lesson, notebook: bytes, way: Submission.Way) -> Submission:
    """Store a notebook and put it in the queue. On return it is on the disk. Raises SubmissionRefused."""
    if not notebook:
        raise EmptyNotebook
    if len(notebook) > settings.LARGEST_NOTEBOOK:
        raise NotebookTooLarge
    gzipped = gzip.compress(notebook, compresslevel=6, mtime=0)
    with transaction.atomic():
        a_minute_ago = timezone.now() - timedelta(minutes=1)
        if Submission.objects.filter(person=person, received_at__gt=a_minute_ago).count() >= PER_MINUTE:
            raise TooManySubmissions
        submission = Submission.objects.create(
            person=person, lesson=lesson, way=way, sha256=hashlib.sha256(notebook).hexdigest(), size=len(notebook)
        )
        StoredNotebook.objects.create(submission=submission, gzipped=gzipped)
    return submission


def notebook_of(submission: Submission) -> bytes:
    """The bytes as they were handed in."""
    return gzip.decompress(submission.stored_notebook.gzipped)


def note_start(person: Person, slug: str) -> None:
    """Remember that a person opened this lesson to work on it. A page that belongs to no lesson is ignored."""
    if not Start.objects.filter(person=person, lesson_id=slug).exists() and Lesson.objects.filter(slug=slug).exists():
        Start.objects.get_or_create(person=person, lesson_id=slug)
