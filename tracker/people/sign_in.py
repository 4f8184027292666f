"""Sign-in with an e-mail address and a password, slowed down after repeated failures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.utils import timezone

from tracker.people.known_browsers import is_known
from tracker.people.models import FailedSignIn
from tracker.people.networks import network_of

WRONG = "This e-mail address and password do not match. Check both and try again."
TOO_MANY = "Too many wrong passwords for this e-mail address. Wait 15 minutes, then try again."
TOO_MANY_HERE = "Too many wrong passwords came from your network. Wait 15 minutes, then try again."
KNOWN = "known"
"""In place of a network: the failure came from a browser in which this person has signed in before."""


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
            network = KNOWN if is_known(self.request, email) else network_of(self.request)
            if too_many := why_locked(email, network):
                raise forms.ValidationError(too_many)
            self.user_cache = authenticate(self.request, username=email, password=password)
            if self.user_cache is None:
                FailedSignIn.objects.create(email=email, network=network)
                raise forms.ValidationError(WRONG)
            FailedSignIn.objects.filter(email=email).delete()
        return self.cleaned_data


def why_locked(email: str, network: str) -> str:
    """What to tell instead of trying a password: empty, or too many were wrong for the address or from the network.

    Ten wrong passwords in a quarter of an hour close the door to one e-mail address, a hundred to a network. A browser
    that knows the person has a count of ten for itself. Older failures are forgotten here.
    """
    FailedSignIn.objects.filter(at__lt=timezone.now() - FailedSignIn.WINDOW).delete()
    of_person = FailedSignIn.objects.filter(email=email)
    if network == KNOWN:
        return TOO_MANY if of_person.filter(network=KNOWN).count() >= FailedSignIn.ALLOWED else ""
    if of_person.exclude(network=KNOWN).count() >= FailedSignIn.ALLOWED:
        return TOO_MANY
    here = FailedSignIn.objects.filter(network=network).count() if network else 0
    return TOO_MANY_HERE if here >= FailedSignIn.ALLOWED_FROM_A_NETWORK else ""


def is_locked(email: str) -> bool:
    """Whether too many passwords were wrong for this address, wherever they came from."""
    return bool(why_locked(email, ""))
