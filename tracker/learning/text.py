"""Text from notebooks, made fit for a database."""

from __future__ import annotations

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """The same text. What no database takes, NUL and halves of characters, becomes a replacement character."""
    return "".join(_REPLACEMENT if sign == "\0" or "\ud800" <= sign <= "\udfff" else sign for sign in text)
