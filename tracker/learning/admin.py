from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from tracker.audit.log import note
from tracker.learning.grading import grade_again
from tracker.learning.models import Lesson, Submission
from tracker.people.models import Person


class ReadOnly:
    """Rows that come from elsewhere: the lessons' sources, and what learners hand in."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Lesson)
class LessonAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["title", "slug", "track", "minutes", "possible", "position"]


@admin.register(Submission)
class SubmissionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["received_at", "person", "lesson", "state", "attempts", "points", "possible"]
    list_filter = ["state", "lesson"]
    list_select_related = ["person", "lesson"]
    search_fields = ["person__name", "person__email"]
    date_hierarchy = "received_at"
    actions = ["send_to_be_graded_again"]

    @admin.action(description="Grade again what failed on our side", permissions=["view"])
    def send_to_be_graded_again(self, request: HttpRequest, queryset: QuerySet[Submission]) -> None:
        count = grade_again(queryset)
        if isinstance(request.user, Person):
            note(request.user, "grading.again", "notebooks whose grading had failed on our side", notebooks=count)
        self.message_user(request, f"Notebooks put back into the queue: {count}.", messages.SUCCESS)
