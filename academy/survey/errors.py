"""What stops a command, said so that the person who meets it knows what to do."""

from __future__ import annotations

import click


class SurveyRefused(click.ClickException):
    """A survey, a report or a file that cannot be had. The message says why, and what to do."""
