"""A person's own password: change it while signed in, or get a link to a new one, or to the first, by e-mail."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_backends
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tracker.audit.log import note
from tracker.people.models import FailedSignIn, PasswordLinkAsked, Person
from tracker.people.networks import network_of
from tracker.people.sign_in import KNOWN, why_locked

logger = logging.getLogger(__name__)
# Sent beside the answer: how long a mail server takes would tell whether there is an account.
_post = ThreadPoolExecutor(max_workers=1, thread_name_prefix="password-mail")


class Tokens(PasswordResetTokenGenerator):
    """Django's tokens, which a new password, a sign-in and a day's time end; and so does closing the account."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.is_active}{user.opened_again_at}"


tokens = Tokens()


class OwnPasswordForm(PasswordChangeForm):
    """Wrong old passwords count like wrong sign-ins: a computer left open is no place to guess."""

    def clean_old_password(self) -> str:
        if too_many := why_locked(self.user.email, KNOWN):
            raise forms.ValidationError(too_many)
        try:
            return super().clean_old_password()
        except forms.ValidationError:
            FailedSignIn.objects.create(email=self.user.email, network=KNOWN)
            raise forms.ValidationError("This is not your password now. Check it and try again.") from None


class ChangePassword(LoginRequiredMixin, PasswordChangeView):
    form_class = OwnPasswordForm
    template_name = "people/password_change.html"
    success_url = reverse_lazy("my")

    def form_valid(self, form: Any) -> HttpResponse:
        """The session of this page goes on; Django ends all others, because they carry the old password's mark."""
        response = super().form_valid(form)
        _note(self.request.user, "account.password_changed")
        messages.success(self.request, "Your password is changed. Other devices are signed out.")
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class NewPassword(PasswordResetConfirmView):
    template_name = "people/password_new.html"
    token_generator = tokens
    success_url = reverse_lazy("sign-in")

    def get_user(self, uidb64: str) -> Person | None:
        person = super().get_user(uidb64)
        return person if isinstance(person, Person) and _may_have_password(person) else None

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        FailedSignIn.objects.filter(email=form.user.email).delete()
        _note(form.user, "account.password_new")
        messages.success(self.request, "Your new password is set. Sign in with it.")
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class LinkForm(forms.Form):
    email = forms.EmailField(
        label="Work e-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages={
            "required": "Enter your work e-mail.",
            "invalid": "Enter a full e-mail address, such as name@example.gov.",
        },
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_link(request: HttpRequest) -> HttpResponse:
    """Send a link, if there is an account. The answer is the same if there is none, or if too many were asked for."""
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"].lower()
        if _may_ask(email, network_of(request)):
            _send_link(request, email)
        hours = settings.PASSWORD_RESET_TIMEOUT // 3600
        return render(request, "people/password_sent.html", {"email": email, "hours": hours})
    return render(request, "people/password_forgotten.html", {"form": form}, status=422 if form.is_bound else 200)


def _may_ask(email: str, network: str) -> bool:
    asked = PasswordLinkAsked.objects.all()
    asked.filter(at__lt=timezone.now() - PasswordLinkAsked.WINDOW).delete()
    if asked.filter(email=email).count() >= PasswordLinkAsked.ALLOWED:
        return False
    if network and asked.filter(network=network).count() >= PasswordLinkAsked.ALLOWED_FROM_A_NETWORK:
        return False
    asked.create(email=email, network=network)
    return True


def _send_link(request: HttpRequest, email: str) -> None:
    person = Person.objects.filter(email=email, is_active=True).first()
    if person is None or not _may_have_password(person):
        return
    number = urlsafe_base64_encode(force_bytes(person.pk))
    path = reverse("password-new", args=[number, tokens.make_token(person)])
    facts = {
        "person": person,
        "link": request.build_absolute_uri(path),
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
    }
    text = render_to_string("people/password_mail.txt", facts)
    _post.submit(_deliver, EmailMessage("Your password for the Connecticut Data Academy", text, to=[email]))


def _deliver(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception:
        # Nobody waits for the answer: who runs the server must learn of it here.
        logger.exception("A link to a new password could not be sent. Check the settings of e-mail.")


def _may_have_password(person: Person) -> bool:
    """Whether one of this installation's ways to sign in would take a password of this person."""
    return any(isinstance(way, ModelBackend) and way.get_user(person.pk) for way in get_backends())


def _note(person: Any, action: str) -> None:
    note(person, action, f"{person.name} <{person.email}>", concerning=person)
