from __future__ import annotations

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    name = "tracker.teams"
    verbose_name = "Teams"
