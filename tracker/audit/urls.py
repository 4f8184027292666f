from __future__ import annotations

from django.urls import path

from tracker.audit import views

urlpatterns = [
    path("audit/", views.entries, name="audit"),
    path("audit/entries.csv", views.export, name="audit-export"),
]
