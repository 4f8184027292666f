from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "tracker.audit"
    verbose_name = "Audit log"

    def ready(self) -> None:
        from django.contrib import admin
        from django.contrib.admin.models import LogEntry
        from django.db.models.signals import post_save

        from tracker.audit.administration import note_administration

        post_save.connect(note_administration, sender=LogEntry, dispatch_uid="tracker.audit")
        # Rows go one at a time, each with its own line: a list of them would be logged in bulk, past the signal.
        admin.site.disable_action("delete_selected")
