from __future__ import annotations

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "tracker.records"
    verbose_name = "Personal data"
