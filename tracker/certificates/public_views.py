"""The public pages: whoever has a certificate's code learns whether it holds. Nobody else learns anything."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tracker.certificates.codes import read_code
from tracker.certificates.making import check
from tracker.certificates.verifying import TooManyWrongCodes, find
from tracker.site.failures import failure


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code of the certificate",
        max_length=60,
        help_text="20 letters and digits. Spaces, hyphens and small letters do not matter.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "Enter the code that stands on the certificate."},
    )

    def clean_code(self) -> str:
        code = read_code(self.cleaned_data["code"])
        if not code:
            raise forms.ValidationError(
                "This is no code of a certificate. A code has 20 letters and digits, without 0, 1, I and O."
            )
        return code


@never_cache
@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """The form. It works without JavaScript, and leads to the address that stands on the certificate too."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        return redirect("verify-code", form.cleaned_data["code"])
    return _unlisted(render(request, "certificates/ask.html", {"form": form}, status=422 if form.is_bound else 200))


@never_cache
@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    try:
        found = find(request, code)
    except TooManyWrongCodes:
        text = "Many codes that do not exist were asked for from your network. Wait 15 minutes, then try again."
        return failure(request, 429, "Too many wrong codes", text)
    if found is None:
        text = "Check every letter and digit, or ask the person who gave you the certificate."
        return failure(request, 404, "There is no certificate with this code", text)
    return _unlisted(
        render(request, "certificates/verified.html", {"certificate": found, "checked": check(found)}),
    )


def _unlisted(answer: HttpResponse) -> HttpResponse:
    """No search engine shows who completed what."""
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
