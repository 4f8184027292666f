"""Making, finding, counting and revoking tokens.

A token is 256 random bits. Nobody can guess one, nor find it from its hash by trying, so SHA-256 protects it as well
as the slow hash that a password needs, and a call need not wait for a slow hash.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Case, F, When
from django.utils import timezone

from tracker.api.models import Scope, Token
from tracker.audit.log import note
from tracker.people.models import Person
from tracker.people.scopes import manages, sees_statewide

CALLS_A_MINUTE = 120
DAYS = (30, 90, 180, 365)
"""How long a token may work."""
USUAL_DAYS = 90
MOST_TOKENS = 10
"""Working tokens of one person."""
_FORM = re.compile(r"ctda_[A-Za-z0-9_-]{43}")
"""With a beginning of its own, so that a program that looks for leaked secrets can know it."""


class TooManyCalls(Exception):
    """The token's calls of this minute are used up."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(
            f"This token has made {CALLS_A_MINUTE} calls in this minute, which is the most it may. "
            f"Wait {seconds} seconds, then go on where you were."
        )


def offered_scopes(person: Person) -> list[Scope]:
    """What a token of this person may read today: their own completions, and what their roles let them see."""
    of_people = [Scope.PEOPLE, Scope.LESSONS, Scope.SUBMISSIONS] if manages(person) else []
    return [Scope.COMPLETIONS, *of_people, *([Scope.COUNTS] if sees_statewide(person) else [])]


def make(owner: Person, name: str, scopes: Iterable[str], days: int) -> tuple[Token, str]:
    """Make a token. Returns its row and the token itself, which cannot be shown again."""
    secret = f"ctda_{secrets.token_urlsafe(32)}"
    token = Token.objects.create(
        owner=owner,
        name=name,
        digest=_digest(secret),
        ending=secret[-4:],
        scopes=list(scopes),
        expires_at=timezone.now() + timedelta(days=days),
    )
    note(owner, "token.make", str(token), scopes=token.in_words, days=days)
    return token, secret


def find(secret: str) -> Token | None:
    """The working token that this is, with its owner."""
    if not _FORM.fullmatch(secret):
        return None
    return Token.objects.working().select_related("owner").filter(digest=_digest(secret)).first()


def count_call(token: Token) -> None:
    """Count one call, in one statement, so that all processes and machines count together. Raises TooManyCalls."""
    now = timezone.now()
    minute, second = divmod(int(now.timestamp()), 60)
    # Who calls on and on is refused without a write.
    used_up = token.minute == minute and token.calls >= CALLS_A_MINUTE
    if used_up or not (
        Token.objects.filter(pk=token.pk)
        .exclude(minute=minute, calls__gte=CALLS_A_MINUTE)
        .update(minute=minute, calls=Case(When(minute=minute, then=F("calls") + 1), default=1), last_used_at=now)
    ):
        raise TooManyCalls(60 - second)
    if token.last_used_at is None or timezone.localdate(token.last_used_at) != timezone.localdate(now):
        # A line a day, not a line a call: the log stays readable.
        note(token.owner, "token.use", str(token), scopes=token.in_words)


def revoke(token: Token, by: Person | None, why: str) -> None:
    """Make it useless, for good. Doing so twice changes nothing."""
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        note(by, "token.revoke", f"{token} of {token.owner}", concerning=token.owner, why=why)


def revoke_of_closed_account(instance: Person, **_: Any) -> None:
    """Called after a person is saved. A token of a closed account stays useless when the account is opened again."""
    if not instance.is_active:
        for token in Token.objects.filter(owner=instance, revoked_at=None):
            revoke(token, None, "the account was closed")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
