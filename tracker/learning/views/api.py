"""What the practice page's Submit button talks to. Every answer is JSON; every error has a message in plain words."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tracker.learning.models import Lesson, Submission
from tracker.learning.submissions import SubmissionRefused, read_at_most
from tracker.learning.submissions import submit as submit_notebook

SIGN_IN_FIRST = "Sign in first, then submit again. Your work stays in this browser."
MESSAGES = {
    Submission.State.WAITING: "Your notebook is stored and waits to be graded.",
    Submission.State.GRADING: "Your notebook is being graded.",
}


@never_cache
@require_POST
def submit(request: HttpRequest, slug: str) -> JsonResponse:
    """Take in the raw bytes of a notebook. Sent again with the same Idempotency-Key, it is the same submission."""
    if not request.user.is_authenticated:
        return JsonResponse({"message": SIGN_IN_FIRST}, status=401)
    lesson = Lesson.objects.filter(slug=slug, position__isnull=False).first()
    if lesson is None:
        return JsonResponse({"message": "There is no such lesson. Open it again from the list of lessons."}, status=404)
    try:
        notebook = read_at_most(request.read)
        key = request.headers.get("Idempotency-Key", "")
        submission = submit_notebook(request.user, lesson, notebook, Submission.Way.BROWSER, key)
    except SubmissionRefused as refusal:
        return JsonResponse({"message": str(refusal)}, status=refusal.status)
    addresses = {
        "url": reverse("api-submission", args=[submission.pk]),
        "results": reverse("result", args=[submission.pk]),
    }
    return JsonResponse({"id": submission.pk, **addresses}, status=201)


@never_cache
@require_GET
def submission(request: HttpRequest, number: int) -> JsonResponse:
    """Say how far a submission of one's own is."""
    if not request.user.is_authenticated:
        return JsonResponse({"message": SIGN_IN_FIRST}, status=401)
    found = Submission.objects.filter(pk=number, person=request.user).first()
    if found is None:
        return JsonResponse({"message": "There is no such submission among yours."}, status=404)
    graded = found.state == Submission.State.GRADED
    return JsonResponse(
        {
            "state": found.state,
            "points": found.points,
            "possible": found.possible,
            "passed": found.passed if graded else None,
            "message": MESSAGES.get(Submission.State(found.state), found.message),
            "results": reverse("result", args=[found.pk]),
        }
    )
