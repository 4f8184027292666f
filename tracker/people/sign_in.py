"""Sign-in with an e-mail address and a password, slowed down after repeated failures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.utils import timezone

from tracker.people.models import FailedSignIn

WRONG = "This e-mail address and password do not match. Check both and try again."
TOO_MANY = "Too many wrong passwords for this e-mail address. Wait 15 minutes, then try again."


class SignInForm(AuthenticationForm):
    username = forms.EmailField(
        label="Work e-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages={
            "required": "Enter your work e-mail.",
            "invalid": "Enter a full e-mail address, such as name@example.gov.",
        },
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password."},
    )

    def clean(self) -> dict[str, Any]:
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            email = email.lower()
            if is_locked(email):
                raise forms.ValidationError(TOO_MANY)
            self.user_cache = authenticate(self.request, username=email, password=password)
            if self.user_cache is None:
                FailedSignIn.objects.create(email=email)
                raise forms.ValidationError(WRONG)
            FailedSignIn.objects.filter(email=email).delete()
        return self.cleaned_data


def is_locked(email: str) -> bool:
    """True after ten wrong passwords in a quarter of an hour. Older failures are forgotten here."""
    FailedSignIn.objects.filter(at__lt=timezone.now() - FailedSignIn.WINDOW).delete()
    return FailedSignIn.objects.filter(email=email).count() >= FailedSignIn.ALLOWED
