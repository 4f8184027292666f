"""A person's certificates: to make, to look at, to download, to withdraw."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from tracker.certificates import making
from tracker.certificates.codes import read_code
from tracker.certificates.models import Certificate
from tracker.certificates.pdf import as_pdf
from tracker.people.doors import signed_in
from tracker.people.models import Person


class WithdrawForm(forms.Form):
    """An owner needs no reason. An administrator does: the public page shows it."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        help_text="Everyone with the code can read it.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why the certificate is withdrawn."},
    )

    def __init__(self, data: Any, *, by_owner: bool) -> None:
        super().__init__(data)
        if by_owner:
            del self.fields["reason"]


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def certificates(request: HttpRequest, viewer: Person) -> HttpResponse:
    """What can be certified, and what has been."""
    if request.method == "POST":
        try:
            made = making.make(viewer, request.POST.get("kind", ""), request.POST.get("slug", ""))
        except making.NotCompleted as refusal:
            return render(request, "certificates/list.html", _list(viewer) | {"refusal": str(refusal)}, status=422)
        messages.success(request, "This is your certificate.")
        return redirect("certificate", made.code)
    return render(request, "certificates/list.html", _list(viewer))


@signed_in
@require_safe
def certificate(request: HttpRequest, viewer: Person, code: str) -> HttpResponse:
    found = get_object_or_404(Certificate, code=read_code(code), person=viewer)
    context = {
        "certificate": found,
        "address": _address(request, found),
        "checked": making.check(found),
        "renamed": found.name != viewer.name,
    }
    return render(request, "certificates/certificate.html", context)


@signed_in
@require_GET
def pdf(request: HttpRequest, viewer: Person, code: str) -> HttpResponse:
    """The file to keep and to hand out: of a certificate that holds only."""
    found = get_object_or_404(Certificate, code=read_code(code), person=viewer)
    if making.check(found).standing is not making.Standing.HOLDS:
        raise Http404
    answer = HttpResponse(as_pdf(found, _address(request, found)), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="certificate-{found.slug}.pdf"'
    return answer


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, viewer: Person, code: str) -> HttpResponse:
    """Asks first. For the owner, and for administrators with a reason."""
    whose = Certificate.objects.all() if viewer.is_administrator else Certificate.objects.filter(person=viewer)
    found = get_object_or_404(whose.select_related("person"), code=read_code(code), withdrawn_at=None)
    by_owner = found.person_id == viewer.pk
    form = WithdrawForm(request.POST if request.method == "POST" else None, by_owner=by_owner)
    if form.is_valid():
        making.withdraw(found, viewer, form.cleaned_data.get("reason", ""))
        messages.success(request, "The certificate is withdrawn. Its code says so from now on.")
        return redirect("certificates" if by_owner else reverse("verify-code", args=[found.code]))
    context = {"certificate": found, "form": form, "by_owner": by_owner}
    return render(request, "certificates/withdraw.html", context, status=422 if form.is_bound else 200)


def _list(viewer: Person) -> dict[str, object]:
    made = list(Certificate.objects.filter(person=viewer))
    held = {(each.kind, each.slug): each for each in made if each.withdrawn_at is None}
    lines = [(subject, held.get((subject.kind, subject.slug))) for subject in making.subjects(viewer)]
    listed = {each.pk for _, each in lines if each}
    return {"lines": lines, "others": [each for each in made if each.pk not in listed]}


def _address(request: HttpRequest, found: Certificate) -> str:
    return request.build_absolute_uri(reverse("verify-code", args=[found.code]))
