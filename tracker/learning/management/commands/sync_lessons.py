from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from tracker.learning.catalogue import listed_lessons, read_sources, sync_lessons


class Command(BaseCommand):
    help = "Copy the curriculum of lessons/ into the catalogue. Run it after lessons were added, renamed or reordered."

    def handle(self, *args: Any, **options: Any) -> None:
        sync_lessons(read_sources(settings.LESSONS_FOLDER))
        self.stdout.write(f"Lessons in the catalogue: {len(listed_lessons())}.")
