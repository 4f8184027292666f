"""A trainer's pages: how far their cohorts are, and the free-text answers that wait to be read."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from tracker.learning.catalogue import listed_lessons
from tracker.learning.models import Submission, TaskResult
from tracker.learning.progress import answers_awaiting_review, completions, table
from tracker.learning.reviews import review
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.people.scopes import reviewed_people, taught_cohorts, teaches


class ReviewForm(forms.Form):
    """Points and a comment for one free-text answer."""

    points = forms.FloatField(min_value=0, label="Points")
    comment = forms.CharField(
        label="Comment for the learner",
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, answer: TaskResult, data: object = None) -> None:
        given = getattr(answer, "review", None)
        initial = {"points": f"{given.points:g}", "comment": given.comment} if given else {}
        super().__init__(data, initial=initial, prefix=f"answer-{answer.pk}")  # type: ignore[arg-type]
        self.answer = answer
        points = self.fields["points"]
        points.help_text = f"From 0 to {answer.possible:g}."
        points.widget.attrs |= {"min": 0, "max": f"{answer.possible:g}", "step": "0.5"}

    def clean_points(self) -> float:
        points: float = self.cleaned_data["points"]
        if points > self.answer.possible:
            raise forms.ValidationError(f"Give at most {self.answer.possible:g} points.")
        return points


@signed_in
@require_safe
def cohorts(request: HttpRequest, viewer: Person) -> HttpResponse:
    if not teaches(viewer):
        raise PermissionDenied
    found = taught_cohorts(viewer).annotate(size=Count("members", filter=Q(members__is_active=True)))
    return render(request, "learning/cohorts.html", {"cohorts": found})


@signed_in
@require_safe
def cohort(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    found = get_object_or_404(taught_cohorts(viewer), pk=number)
    lessons = listed_lessons()
    people = reviewed_people(viewer).filter(cohorts=found)
    rows = table(people.select_related("unit__agency").order_by("name", "email"), lessons)
    results = TaskResult.objects.filter(submission__person__in=people)
    waiting = (
        answers_awaiting_review(results)
        .select_related("submission__person", "submission__lesson")
        .order_by("submission__received_at")
    )
    context = {
        "cohort": found,
        "lessons": lessons,
        "rows": rows,
        "totals": completions(rows, len(lessons)),
        "waiting": waiting,
    }
    return render(request, "learning/cohort.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def submission(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    """One submission of a cohort's member: what the checks said, and the free-text answers to review."""
    found = get_object_or_404(
        Submission.objects.select_related("person", "lesson"), pk=number, person__in=reviewed_people(viewer)
    )
    tasks = list(found.task_results.select_related("review__reviewer"))
    answers = [task for task in tasks if task.manual and task.answer]
    sent = request.POST.get("answer", "")
    forms_shown = [ReviewForm(answer, request.POST if sent == str(answer.pk) else None) for answer in answers]
    for form in forms_shown:
        if form.is_bound and form.is_valid():
            review(form.answer, viewer, form.cleaned_data["points"], form.cleaned_data["comment"])
            messages.success(request, f"Your review of “{form.answer.title}” is saved. {found.person} can read it now.")
            return redirect("cohort-submission", found.pk)
    context = {
        "submission": found,
        "lesson": found.lesson,
        "tasks": [task for task in tasks if not task.manual],
        "unanswered": [task for task in tasks if task.manual and not task.answer],
        "forms": forms_shown,
        "other_tries": Submission.objects.filter(person=found.person, lesson=found.lesson).exclude(pk=found.pk)[:20],
        "cohorts": taught_cohorts(viewer).filter(members=found.person),
    }
    return render(request, "learning/cohort_submission.html", context, status=422 if sent else 200)
