"""The smallest program for a child: it says which protections hold. For the test that a sandbox works here."""

from __future__ import annotations

from .events import Events


def main(protection: list[str]) -> None:
    Events().send(event="ready", protection=protection)
