"""`python -m tracker check` says what is wrong with the settings file of the sign-on."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from tracker.sign_on.configuration import SignOnMisconfigured, configuration


@register(Tags.security)
def settings_file(**facts: Any) -> list[CheckMessage]:
    """The file can be read by us, means something, and is closed to other accounts of the machine."""
    try:
        known = configuration()
    except SignOnMisconfigured as error:
        return [Error(str(error), hint="docs/running-the-tracker.md explains every setting.", id="sign_on.E001")]
    if known and settings.SIGN_ON_FILE.stat().st_mode & 0o077:
        hint = f"chmod 600 {settings.SIGN_ON_FILE.name}"
        return [Warning(f"Others may read {settings.SIGN_ON_FILE.name}, a secret.", hint=hint, id="sign_on.W001")]
    return []
