"""The Content-Security-Policy of each area. The build writes them; without a build, a strict one holds everywhere."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def policy_of(area: str) -> str:
    """The policy of `book`, `practice`, `lite` or `tracker`; read again after each build."""
    try:
        changed = settings.POLICY_FILE.stat().st_mtime_ns
    except FileNotFoundError:
        return STRICT
    return _read(settings.POLICY_FILE, changed).get(area, STRICT)


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int) -> dict[str, str]:
    policies = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(policies, dict) or not all(isinstance(policy, str) for policy in policies.values()):
        raise ValueError(f"{path.name} must give one policy, a text, for each area. Run `make build` again.")
    return policies
