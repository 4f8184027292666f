"""What is stored about learning. The state of a person in a lesson is derived from these rows in progress.py."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone


class Lesson(models.Model):
    """A row of the catalogue, copied from lessons/ by catalogue.py. A lesson taken off the list keeps its row."""

    slug = models.SlugField(primary_key=True, max_length=80)
    title = models.CharField(max_length=200)
    track = models.CharField(max_length=80)
    minutes = models.PositiveSmallIntegerField()
    question = models.TextField()
    possible = models.PositiveSmallIntegerField(help_text="Points that the checks can give.")
    version = models.CharField(max_length=128)
    position = models.PositiveSmallIntegerField(
        null=True, help_text="Place in the curriculum; empty when off the list."
    )

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title


class Start(models.Model):
    """A person opened a lesson's practice page, or downloaded its notebook, while signed in: the first time."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="starts")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="starts")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "lesson"], name="started_once")]


class Submission(models.Model):
    """A notebook that a person handed in, its place in the grading queue, and what the grading said."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting to be graded"
        GRADING = "grading", "being graded"
        GRADED = "graded", "graded"
        PROBLEM = "problem", "grading failed on our side"

    class Way(models.TextChoices):
        BROWSER = "browser", "from the practice page"
        UPLOAD = "upload", "as an uploaded file"
        WORKSHOP = "workshop", "in a workshop"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="submissions")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="submissions")
    received_at = models.DateTimeField(default=timezone.now)
    way = models.CharField(max_length=10, choices=Way)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(help_text="Bytes, as handed in.")
    key = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Digest of the sender's word for this handing in."
    )

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often a worker has tried to grade it.")
    not_before = models.DateTimeField(default=timezone.now)
    claim = models.CharField(max_length=32, blank=True, help_text="The mark of the worker that holds it.")
    lease_until = models.DateTimeField(null=True, blank=True)

    graded_at = models.DateTimeField(null=True, blank=True)
    lesson_version = models.CharField(max_length=128, blank=True)
    outcome = models.CharField(max_length=80, blank=True)
    message = models.TextField(blank=True)
    help = models.TextField(blank=True)
    points = models.FloatField(null=True, blank=True)
    possible = models.FloatField(null=True, blank=True)
    passed = models.BooleanField(default=False)
    repairs = models.JSONField(default=list)
    log = models.TextField(blank=True)

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [
            # With the last two, a page that counts people by their tries reads the index alone.
            models.Index(fields=["person", "lesson", "received_at", "state", "passed"], name="tries_of_person"),
            # Small ones, of the few rows that they are for: nearly every row is graded, and no plan should begin there.
            models.Index(fields=["received_at"], condition=models.Q(state="waiting"), name="submissions_waiting"),
            models.Index(fields=["lease_until"], condition=models.Q(state="grading"), name="submissions_held"),
            models.Index(
                fields=["person", "lesson", "received_at"], condition=models.Q(passed=True), name="completions"
            ),
        ]
        constraints = [
            # Sent twice, because the first answer was lost: one submission.
            models.UniqueConstraint(
                fields=["person", "lesson", "sha256", "key"], condition=~models.Q(key=""), name="handed_in_once"
            ),
            # A failure of ours is never a score.
            models.CheckConstraint(
                condition=models.Q(state="graded", points__isnull=False) | models.Q(points__isnull=True, passed=False),
                name="only_graded_has_points",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.lesson}, {self.received_at:%Y-%m-%d %H:%M}"

    @property
    def is_pending(self) -> bool:
        return self.state in (self.State.WAITING, self.State.GRADING)

    @property
    def percent(self) -> int | None:
        """The share of the auto-graded points, rounded down, so that 79.9 % never reads as a pass."""
        return int(100 * self.points / self.possible) if self.points is not None and self.possible else None

    @property
    def in_words(self) -> str:
        """Where it stands, in the words of the lists that show it."""
        if self.state != self.State.GRADED:
            return {"waiting": "Submitted", "grading": "Being graded", "problem": "Delayed by us"}[self.state]
        if self.passed:
            return "Complete"
        return "Needs another try"


class StoredNotebook(models.Model):
    """The bytes of a submission, gzipped. In a table of their own, so that no list of submissions ever reads them."""

    submission = models.OneToOneField(
        Submission, on_delete=models.CASCADE, primary_key=True, related_name="stored_notebook"
    )
    gzipped = models.BinaryField()


# The codes of the autograder that are more than "not yet". What to do about each stands in its message.
_IN_WORDS = {
    "correct": "Correct",
    "no-answer": "No answer yet",
    "code-failed": "Stopped with an error",
    "took-too-long": "Not reached",
    "stopped-itself": "Not reached",
}


class TaskResult(models.Model):
    """What one task of one submission got. Title and points as they were in the lesson when it was graded."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="task_results")
    number = models.PositiveSmallIntegerField()
    task = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    manual = models.BooleanField(help_text="Free text, read by a person.")
    points = models.FloatField()
    possible = models.FloatField()
    outcome = models.CharField(max_length=80)
    message = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    rubric = models.JSONField(default=list)

    class Meta:
        ordering = ["number"]
        # The answers in people's own words: few of all the rows, and those that somebody reads.
        indexes = [
            models.Index(
                fields=["submission"], condition=models.Q(manual=True) & ~models.Q(answer=""), name="written_answers"
            )
        ]
        constraints = [models.UniqueConstraint(fields=["submission", "task"], name="one_result_per_task")]

    def __str__(self) -> str:
        return f"{self.title}: {self.points:g} of {self.possible:g}"

    @property
    def is_correct(self) -> bool:
        return self.outcome == "correct"

    @property
    def in_words(self) -> str:
        return _IN_WORDS.get(self.outcome, "Not yet")


class Review(models.Model):
    """A trainer's points and comment for one free-text answer."""

    task_result = models.OneToOneField(TaskResult, on_delete=models.CASCADE, related_name="review")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="reviews",
        null=True,
        help_text="Empty for a review that came from a workshop's gradebook, which does not say who wrote it.",
    )
    points = models.FloatField(validators=[MinValueValidator(0)])
    comment = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    @property
    def by(self) -> str:
        """Who wrote it, in the words of the pages that show it. Of a workshop's gradebook, and of somebody whose data
        were deleted, no name is known.
        """
        return self.reviewer.name if self.reviewer else "a trainer"
