"""The command line. Each command loads what it needs when it runs, so that `academy --help` is quick."""

from __future__ import annotations

import importlib

import click

_COMMANDS = {
    "backup": ("academy.backup", "backup"),
    "build": ("academy.site.build", "build"),
    "data": ("academy.data.commands", "data"),
    "demo": ("academy.demo", "demo"),
    "glossary": ("academy.glossary", "glossary"),
    "grade": ("academy.grade", "grade"),
    "lesson": ("academy.lessons", "lesson"),
    "restore": ("academy.backup", "restore"),
    "serve": ("academy.serve", "serve"),
    "survey": ("academy.survey.commands", "survey"),
    "worksheet": ("academy.worksheets", "worksheet"),
    "workshop": ("academy.workshop.commands", "workshop"),
}
"""Command name to the module and the name within it."""


class _Lazy(click.Group):
    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=_Lazy)
@click.version_option(package_name="connecticut-data-academy")
def main() -> None:
    """Connecticut Data Academy: lessons, data, grading and the site."""
