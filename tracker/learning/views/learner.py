"""A learner's own pages."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from tracker.learning.catalogue import listed_lessons
from tracker.learning.models import Lesson, StoredNotebook, Submission
from tracker.learning.progress import Progress, progress_of
from tracker.learning.submissions import SubmissionRefused, note_start, notebook_of, read_at_most, submit
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.people.scopes import oneself
from tracker.site import files
from tracker.site.failures import failure


@dataclass(frozen=True)
class LessonLine:
    lesson: Lesson
    progress: Progress


class UploadForm(forms.Form):
    notebook = forms.FileField(
        label="Notebook file",
        help_text="The file ends in .ipynb and has at most 5 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".ipynb,application/x-ipynb+json,application/json"}),
        error_messages={
            "required": "Choose a file first.",
            "empty": "The file is empty. Save your notebook, then hand it in again.",
        },
    )


@signed_in
@require_safe
def my_learning(request: HttpRequest, viewer: Person) -> HttpResponse:
    lessons = listed_lessons()
    progress = progress_of(oneself(viewer), lessons)
    lines = [LessonLine(lesson, progress.get((viewer.pk, lesson.pk), Progress())) for lesson in lessons]
    completed = sum(line.progress.is_complete for line in lines)
    return render(request, "learning/my.html", {"lines": lines, "completed": completed})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, viewer: Person, slug: str) -> HttpResponse:
    """Hand in a notebook as a file: the way that needs no JavaScript."""
    lesson = get_object_or_404(Lesson, slug=slug, position__isnull=False)
    form, status = UploadForm(), 200
    if request.method == "POST":
        form, status = UploadForm(request.POST, request.FILES), 422
        if form.is_valid():
            content = form.cleaned_data["notebook"]
            try:
                key = request.POST.get("key", "")
                taken = submit(viewer, lesson, read_at_most(content.read), Submission.Way.UPLOAD, key)
            except SubmissionRefused as refusal:
                form.add_error("notebook", str(refusal))
                status = refusal.status
            else:
                return redirect("result", taken.pk)
    tries = Submission.objects.filter(person=viewer, lesson=lesson)[:20]
    # A page sent twice, by an impatient click or a reload, is one try.
    context = {"lesson": lesson, "form": form, "tries": tries, "key": secrets.token_hex(16)}
    return render(request, "learning/upload.html", context, status=status)


@signed_in
@require_safe
def result(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    submission = get_object_or_404(Submission.objects.select_related("lesson"), pk=number, person=viewer)
    tasks = list(submission.task_results.select_related("review__reviewer"))
    context = {
        "submission": submission,
        "lesson": submission.lesson,
        "progress": progress_of(oneself(viewer), [submission.lesson])[viewer.pk, submission.lesson_id],
        "tasks": [task for task in tasks if not task.manual],
        "answers": [task for task in tasks if task.manual],
    }
    return render(request, "learning/result.html", context)


@signed_in
@require_GET
def submitted_notebook(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    """Give a learner back what they handed in, to the byte."""
    submission = get_object_or_404(Submission.objects.select_related("stored_notebook"), pk=number, person=viewer)
    try:
        notebook = notebook_of(submission)
    except StoredNotebook.DoesNotExist:
        text = "It was older than the time for which we keep notebooks. Your points and the date stay."
        return failure(request, 410, "This notebook is deleted", text)
    # A file to keep, never a page to show: what is in it came from outside.
    response = HttpResponse(notebook, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{submission.lesson_id}-{submission.pk}.ipynb"'
    return response


def open_lesson(request: HttpRequest, path: str, slug: str) -> HttpResponseBase:
    """Serve a practice page or a download of the site, and note that a signed-in person started the lesson."""
    response = files.serve(request, path)
    if request.method == "GET" and isinstance(request.user, Person):
        note_start(request.user, slug)
    return response
