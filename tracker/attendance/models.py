"""When a cohort met, and who was there. Pages call a meeting a session, a word that Django has taken."""

from __future__ import annotations

from django.db import models

from tracker.people.models import Cohort, Person


class Meeting(models.Model):
    """A session of a cohort: a day, and a title where one day has several."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="meetings")
    day = models.DateField()
    title = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-day", "title", "pk"]
        constraints = [models.UniqueConstraint(fields=["cohort", "day", "title"], name="met_once")]

    def __str__(self) -> str:
        day = f"{self.day:%B} {self.day.day}, {self.day.year}"
        return f"{self.title}, {day}" if self.title else day


class Mark(models.Model):
    """Whether a person was there. Who was not marked has no row, such as somebody who joined the cohort later."""

    class Was(models.TextChoices):
        PRESENT = "present", "Present"
        ABSENT = "absent", "Absent"
        EXCUSED = "excused", "Excused"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="marks")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="attendance")
    was = models.CharField(max_length=7, choices=Was)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "person"], name="marked_once")]
