from __future__ import annotations

from django.contrib import admin

from tracker.surveys.models import AgencyAnswer


@admin.register(AgencyAnswer)
class AgencyAnswerAdmin(admin.ModelAdmin):
    list_display = ["agency", "answer"]
    list_select_related = ["agency"]
