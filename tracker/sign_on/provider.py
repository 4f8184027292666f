"""The conversation with the identity provider: authorization code flow with PKCE, state and nonce, by Authlib.

What counts is the ID token, whose signature, issuer, audience, nonce and times are checked. The userinfo endpoint is
never asked, because nobody signs what it says, and no token is kept.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client.errors import MismatchingStateError
from authlib.integrations.django_client import DjangoIntegration, DjangoOAuth2App
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from joserfc.errors import JoseError

from tracker.sign_on.configuration import Configuration
from tracker.sign_on.refusals import AttemptUnknown, Cancelled, ProviderAway, ProviderNotTrusted

logger = logging.getLogger(__name__)

LEEWAY = 120
"""Seconds that the provider's clock and ours may differ."""
PATIENCE = 10
"""Seconds that the provider gets for an answer."""
FRESH = 3600
"""Seconds after which its addresses and keys are asked for again."""
ATTEMPTS = 4
"""Sign-ons that one browser may have begun at a time, such as in several tabs."""
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those of a key pair only: never `none`, and none that is made with a shared secret."""
_NAME = "sign_on"


@dataclass(frozen=True)
class Claims:
    """What the provider says about a person, as far as we ask."""

    issuer: str
    subject: str
    email: str
    """Lower case; empty where there is none."""
    email_is_verified: bool
    name: str
    groups: frozenset[str]
    too_many_groups: bool
    """Microsoft Entra ID leaves the groups out where a person is in more than 200."""


def begin(request: HttpRequest, known: Configuration, return_address: str) -> str:
    """Remember the attempt in the session, and return the provider's address to go to. Raises SignOnRefused."""
    app = _app(known)
    session = request.session
    begun = [key for key in session.keys() if key.startswith(f"_state_{_NAME}_")]  # noqa: SIM118
    for key in begun[: 1 - ATTEMPTS]:
        del session[key]
    address: str = app.authorize_redirect(request, return_address)["Location"]
    return address


def finish(request: HttpRequest, known: Configuration) -> Claims:
    """Turn the code, with which the browser came back, into claims that are proven. Raises SignOnRefused."""
    if "error" in request.GET:
        raise Cancelled(f"the provider answered {request.GET['error'][:100]!r}")
    # RFC 9207: who says which issuer an answer comes from must say ours.
    if not request.GET.get("code") or request.GET.get("iss", known.issuer) != known.issuer:
        raise AttemptUnknown("an answer without a code, or of another issuer")
    options = {
        "iss": {"essential": True, "value": known.issuer},
        "aud": {"essential": True, "value": known.client_id},
    }
    app = _app(known)
    try:
        token = app.authorize_access_token(request, claims_options=options, leeway=LEEWAY)
    except MismatchingStateError as error:
        raise AttemptUnknown("a state that this session did not begin, or that was used") from error
    except requests.RequestException as error:
        raise ProviderAway(str(error)) from error
    except (AuthlibBaseError, JoseError, ValueError, TypeError, KeyError) as error:
        raise ProviderNotTrusted(f"{type(error).__name__}: {error}") from error
    if "userinfo" not in token:
        raise ProviderNotTrusted("no ID token in the answer")
    # Authlib's word for the claims of the ID token.
    return read(token["userinfo"], known)


def end_address(known: Configuration) -> str | None:
    """Where a person can sign out of the provider too."""
    try:
        address = _app(known).server_metadata.get("end_session_endpoint")
    except (ProviderAway, ProviderNotTrusted):
        return None
    return address if isinstance(address, str) and address.startswith(("https://", "http://")) else None


def read(claims: Mapping[str, Any], known: Configuration) -> Claims:
    """The claims that we use, each of the type that it must have. Raises ProviderNotTrusted."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise ProviderNotTrusted("`sub` is not a text of at most 255 characters")
    groups = claims.get(known.groups_claim, [])
    groups = groups if isinstance(groups, list) else [groups]
    elsewhere = claims.get("_claim_names")
    return Claims(
        issuer=known.issuer,
        subject=subject,
        email=_address(claims.get("email")),
        email_is_verified=_is_true(claims.get("email_verified")) or _is_true(claims.get("xms_edov")),
        name=_text(claims.get("name"))[:200],
        groups=frozenset(group for group in groups if isinstance(group, str)),
        too_many_groups=isinstance(elsewhere, dict) and known.groups_claim in elsewhere,
    )


def _text(value: object) -> str:
    return "".join(letter for letter in value if letter.isprintable()).strip() if isinstance(value, str) else ""


def _address(value: object) -> str:
    """An e-mail address as the roster has it; empty where it is none."""
    address = _text(value).lower()
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address if len(address) <= 254 else ""


def _is_true(value: object) -> bool:
    """JSON's true. Some providers write it as a text, and Microsoft as a number too."""
    return value is True or value in ("true", "1") or (isinstance(value, int) and value == 1)


def _app(known: Configuration) -> Any:
    """Authlib's client of the provider, whose addresses are loaded. Raises ProviderAway, ProviderNotTrusted."""
    app = _client(known, int(time.time() // FRESH))
    try:
        metadata = app.load_server_metadata()
    except requests.RequestException as error:
        raise ProviderAway(str(error)) from error
    except (AttributeError, TypeError, ValueError) as error:
        raise ProviderNotTrusted(f"its description of itself cannot be read: {error}") from error
    if metadata.get("issuer") != known.issuer:
        found = metadata.get("issuer")
        _client.cache_clear()
        raise ProviderNotTrusted(f"it calls itself {found!r}, and the settings say {known.issuer!r}")
    offered = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
    metadata["id_token_signing_alg_values_supported"] = [name for name in SIGNATURES if name in offered] or ["RS256"]
    methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" not in methods:
        app.client_kwargs["token_endpoint_auth_method"] = "client_secret_post"
    return app


@lru_cache(maxsize=2)
def _client(known: Configuration, _hour: int) -> Any:
    return DjangoOAuth2App(
        DjangoIntegration(_NAME),
        name=_NAME,
        client_id=known.client_id,
        client_secret=known.client_secret,
        server_metadata_url=known.issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256", "default_timeout": PATIENCE},
    )
