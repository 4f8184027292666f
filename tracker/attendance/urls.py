from __future__ import annotations

from django.urls import path

from tracker.attendance import views

urlpatterns = [
    path("cohorts/<int:cohort>/attendance/", views.meetings, name="attendance"),
    path("cohorts/<int:cohort>/attendance.csv", views.export, name="attendance-export"),
    path("cohorts/<int:cohort>/attendance/<int:number>/", views.meeting, name="attendance-session"),
    path("cohorts/<int:cohort>/attendance/<int:number>/change/", views.change, name="attendance-change"),
    path("cohorts/<int:cohort>/attendance/<int:number>/delete/", views.delete, name="attendance-delete"),
]
