from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class PeopleConfig(AppConfig):
    name = "tracker.people"
    verbose_name = "People"
    default = True


class AdministrationConfig(admin_apps.AdminConfig):
    """Django's administration, with our own front door."""

    default = False
    default_site = "tracker.people.administration.Administration"
