"""The code of a certificate: 100 random bits, in letters that nobody confuses when reading them out."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0, 1, I or O."""
LENGTH = 20


def new_code() -> str:
    """A code that cannot be guessed, counted on to, or derived from anybody."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(typed: str) -> str:
    """The code as it is stored, from what somebody typed: any case, with spaces and hyphens. Empty if it is none."""
    code = "".join(typed.split()).replace("-", "").upper()
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""


def spelled(code: str) -> str:
    """The code in groups of five, for people."""
    return "-".join(code[start : start + 5] for start in range(0, LENGTH, 5))
