from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_save


class ApiConfig(AppConfig):
    name = "tracker.api"
    label = "api"
    verbose_name = "API for other systems"

    def ready(self) -> None:
        from tracker.api.tokens import revoke_of_closed_account

        post_save.connect(revoke_of_closed_account, sender="people.Person", dispatch_uid="revoke-tokens-of-closed")
