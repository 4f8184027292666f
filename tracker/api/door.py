"""The door of the API: which token it is, whether it may call once more, and whether it may read this."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from tracker.api.models import Scope, Token
from tracker.api.tokens import TooManyCalls, count_call, find, offered_scopes

NO_TOKEN = (
    "Send a working token with every call, in the header Authorization: Bearer YOUR-TOKEN. "
    "Yours is missing, misspelled, expired or revoked. You can make a new one at /my/tokens/."
)


class BearerToken(HttpBearer):
    """Lets a call in whose token has this scope, and whose owner may still use it."""

    def __init__(self, scope: Scope | None) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        found = find(token)
        if found is None:
            return None
        count_call(found)
        if self.scope and self.scope not in found.scopes:
            raise HttpError(403, f"This token may not read {self.scope.value}. Make one that may, at /my/tokens/.")
        # A learner's own completions are always theirs; for all else, the owner's role of today counts.
        if self.scope not in (None, Scope.COMPLETIONS) and self.scope not in offered_scopes(found.owner):
            raise HttpError(403, f"The role of this token's owner does not include {self.scope.value} today.")
        return found


def answer_in_plain_words(api: NinjaAPI) -> None:
    """Make every refusal {"message": …}."""

    def problem(request: HttpRequest, status: int, message: str) -> HttpResponse:
        return api.create_response(request, {"message": message}, status=status)

    @api.exception_handler(AuthenticationError)
    def no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        answer = problem(request, 401, NO_TOKEN)
        answer["WWW-Authenticate"] = "Bearer"
        return answer

    @api.exception_handler(TooManyCalls)
    def too_many(request: HttpRequest, error: TooManyCalls) -> HttpResponse:
        answer = problem(request, 429, str(error))
        answer["Retry-After"] = str(error.seconds)
        return answer

    @api.exception_handler(HttpError)
    def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(request, error.status_code, error.message)

    @api.exception_handler(ValidationError)
    def wrong_parameters(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return problem(request, 422, " ".join(_sentence(fault) for fault in error.errors))


def _sentence(fault: dict[str, Any]) -> str:
    """What is wrong with one parameter. What was sent is not repeated: it may be long, or anything."""
    words = str(fault["msg"])
    if fault["type"] == "value_error":
        return words.removeprefix("Value error, ")
    return f"Correct {fault['loc'][-1]}: {words[:1].lower()}{words[1:]}."
