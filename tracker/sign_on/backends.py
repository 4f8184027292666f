"""The two ways in. A session remembers which of them it came by."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.http import HttpRequest

from tracker.people.models import Person
from tracker.sign_on.configuration import local_accounts
from tracker.sign_on.roles import is_administrator_by_hand


class LocalAccount(ModelBackend):
    """E-mail address and password. Where local accounts are switched off, for administrators only."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **facts: Any
    ) -> Person | None:
        person = super().authenticate(request, username=username, password=password, **facts)
        return person if isinstance(person, Person) and _may_have_password(person) else None

    def get_user(self, user_id: int) -> Person | None:
        """Asked at every page: switching local accounts off ends their sessions."""
        person = super().get_user(user_id)
        return person if isinstance(person, Person) and _may_have_password(person) else None


class AgencySignOn(BaseBackend):
    """The identity provider. Its view has done all the proving; this reads the person of a session again."""

    def get_user(self, user_id: int) -> Person | None:
        return Person.objects.filter(pk=user_id, is_active=True).first()


def _may_have_password(person: Person) -> bool:
    return local_accounts() or is_administrator_by_hand(person)


AGENCY_SIGN_ON = f"{AgencySignOn.__module__}.{AgencySignOn.__qualname__}"
