"""How this installation sends mail: the values of Django's settings, from two environment variables.

ACADEMY_EMAIL       console (without it: mail is printed, not sent), file:/some/folder (mail is written to files there),
                    or smtp://user:password@host:587?tls=1 (STARTTLS), smtp://host:25, smtps://user:password@host:465
ACADEMY_EMAIL_FROM  the sender's address, which a mail server needs
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

HELP = "Write console, file:/some/folder, or smtp://user:password@host:587?tls=1."


class MailNotUnderstood(ImproperlyConfigured):
    """The environment does not say how to send mail."""


@dataclass(frozen=True)
class MailSettings:
    backend: str
    sender: str = "academy@localhost"
    folder: str | None = None
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False


def from_environment(environment: Mapping[str, str]) -> MailSettings:
    """Read the variables. Raises MailNotUnderstood, in words that never repeat the password."""
    way, sender = environment.get("ACADEMY_EMAIL", "") or "console", environment.get("ACADEMY_EMAIL_FROM", "")
    kind, _, rest = way.partition(":")
    if way == "console":
        return MailSettings("django.core.mail.backends.console.EmailBackend", sender or MailSettings.sender)
    if kind == "file" and rest.startswith("/"):
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return MailSettings(backend, sender or MailSettings.sender, folder=rest)
    if kind in ("smtp", "smtps"):
        return _smtp(way, sender)
    raise MailNotUnderstood(f"ACADEMY_EMAIL is not understood. {HELP}")


def _smtp(way: str, sender: str) -> MailSettings:
    try:
        parts = urlsplit(way)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host:
        raise MailNotUnderstood(f"ACADEMY_EMAIL names no mail server, or no proper port. {HELP}")
    options = parse_qs(parts.query)
    if unknown := set(options) - {"tls"}:
        raise MailNotUnderstood(f"ACADEMY_EMAIL has an unknown option: {', '.join(sorted(unknown))}. {HELP}")
    if not sender:
        raise MailNotUnderstood("ACADEMY_EMAIL_FROM is missing. Write the address from which the academy sends mail.")
    starttls, tls = options.get("tls") == ["1"], parts.scheme == "smtps"
    if starttls and tls:
        raise MailNotUnderstood("ACADEMY_EMAIL has both smtps and tls=1. Use tls=1 for port 587, smtps for port 465.")
    return MailSettings(
        "django.core.mail.backends.smtp.EmailBackend",
        sender,
        host=host,
        port=port or (465 if tls else 587 if starttls else 25),
        # A password may hold any character: write those that an address gives a meaning as %40 and so on.
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=starttls,
        tls=tls,
    )
