"""The installation's own settings for the sign-on: var/sign-on.toml, never a part of the project.

docs/running-the-tracker.md explains every line of the file. The client's secret may stand in the environment instead,
as ACADEMY_SIGN_ON_SECRET.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings


class SignOnMisconfigured(Exception):
    """The settings file of the sign-on cannot be used. The message says what to correct."""


class Role(StrEnum):
    """What a group may give."""

    ADMINISTRATOR = "administrator"
    STATEWIDE = "statewide"
    DATA_OFFICER = "data officer"
    MANAGER = "manager"


@dataclass(frozen=True)
class Mapped:
    """One group, and the role that it gives: for a data officer with the agency, for a manager with a unit of it."""

    group: str
    role: Role
    agency: str = ""
    unit: tuple[str, ...] = ()
    """The names from the agency's uppermost unit down to this one."""


@dataclass(frozen=True)
class Configuration:
    issuer: str
    client_id: str
    client_secret: str
    name: str
    """What people call it, such as `State of Connecticut account`."""
    email_domains: frozenset[str] = frozenset()
    newcomers_welcome: bool = False
    """Whether somebody who is not on the roster becomes a learner without a unit."""
    local_accounts: bool = True
    """Whether people sign in with a password too. Administrators always can."""
    groups_claim: str = "groups"
    roles: tuple[Mapped, ...] = ()


def configuration() -> Configuration | None:
    """The sign-on of this installation, None where there is none. Raises SignOnMisconfigured."""
    path: Path = settings.SIGN_ON_FILE
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    return _read(path, changed, os.environ.get("ACADEMY_SIGN_ON_SECRET", ""))


def local_accounts() -> bool:
    """Whether people who are no administrators sign in with a password. Not while the file cannot be read."""
    try:
        known = configuration()
    except SignOnMisconfigured:
        return False
    return known is None or known.local_accounts


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, secret: str) -> Configuration:
    try:
        return parse(tomllib.loads(path.read_text(encoding="utf-8")), secret)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SignOnMisconfigured(f"{path.name} is not valid TOML: {error}.") from error
    except OSError as error:
        raise SignOnMisconfigured(f"{path.name} cannot be read: {error.strerror}.") from error
    except SignOnMisconfigured as error:
        raise SignOnMisconfigured(f"{path.name}: {error}") from error


KINDS: dict[str, type] = {
    "issuer": str,
    "client_id": str,
    "client_secret": str,
    "name": str,
    "email_domains": list,
    "newcomers": str,
    "local_accounts": bool,
    "groups_claim": str,
    "roles": list,
}


def parse(data: Mapping[str, Any], secret: str = "") -> Configuration:
    """What the file says, checked. Raises SignOnMisconfigured."""
    for key, value in data.items():
        if key not in KINDS:
            raise SignOnMisconfigured(f"`{key}` is not a setting. Known are: {', '.join(KINDS)}.")
        if not isinstance(value, KINDS[key]):
            raise SignOnMisconfigured(f"`{key}` must be a {KINDS[key].__name__}.")
    secret = secret or data.get("client_secret", "")
    for key, given in (("issuer", data.get("issuer")), ("client_id", data.get("client_id")), ("client_secret", secret)):
        if not given:
            raise SignOnMisconfigured(f"`{key}` is missing. Your identity provider gives it.")
    newcomers = data.get("newcomers", "refuse")
    if newcomers not in ("refuse", "learner"):
        raise SignOnMisconfigured('`newcomers` must be "refuse" or "learner".')
    domains = frozenset(
        _text(domain, "email_domains").lower().removeprefix("@") for domain in data.get("email_domains", [])
    )
    if newcomers == "learner" and not domains:
        raise SignOnMisconfigured('`newcomers = "learner"` needs `email_domains`, or every guest becomes a learner.')
    return Configuration(
        issuer=_issuer(data["issuer"]),
        client_id=data["client_id"],
        client_secret=secret,
        name=data.get("name", "").strip() or "agency account",
        email_domains=domains,
        newcomers_welcome=newcomers == "learner",
        local_accounts=data.get("local_accounts", True),
        groups_claim=data.get("groups_claim", "groups"),
        roles=tuple(_mapped(entry) for entry in data.get("roles", [])),
    )


def _issuer(issuer: str) -> str:
    address = urlsplit(issuer)
    on_this_machine = address.hostname in ("localhost", "127.0.0.1", "::1")
    if address.scheme != "https" and not (address.scheme == "http" and on_this_machine):
        raise SignOnMisconfigured("`issuer` must begin with https://.")
    if not address.hostname or address.query or address.fragment:
        raise SignOnMisconfigured(
            "`issuer` must be the address that the provider calls its issuer, without `?` or `#`."
        )
    return issuer


def _mapped(entry: object) -> Mapped:
    if not isinstance(entry, dict) or entry.keys() - {"group", "role", "agency", "unit"}:
        raise SignOnMisconfigured("each of `[[roles]]` has a `group`, a `role`, and where needed `agency` and `unit`.")
    group, wanted = _text(entry.get("group"), "group"), entry.get("role")
    if wanted not in list(Role):
        raise SignOnMisconfigured(f"the role of group {group} must be one of: {', '.join(Role)}.")
    role = Role(wanted)
    agency = _text(entry["agency"], "agency") if "agency" in entry else ""
    unit = entry.get("unit", [])
    names = tuple(_text(name, "unit") for name in (unit if isinstance(unit, list) else [unit]))
    if bool(agency) != (role in (Role.DATA_OFFICER, Role.MANAGER)) or bool(names) != (role is Role.MANAGER):
        raise SignOnMisconfigured(
            f"the role {role} of group {group} does not fit: a data officer has an `agency`, a manager an `agency` and "
            "a `unit`, the other roles neither."
        )
    return Mapped(group, role, agency, names)


def _text(value: object, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SignOnMisconfigured(f"`{key}` must be a text that is not empty.")
    return value.strip()
