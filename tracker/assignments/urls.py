from __future__ import annotations

from django.urls import path

from tracker.assignments.views import assigning, reminders

urlpatterns = [
    path("assignments/", assigning.assignments, name="assignments"),
    path("assignments/new/", assigning.new, name="assignment-new"),
    path("assignments/<int:number>/", assigning.assignment, name="assignment"),
    path("assignments/<int:number>/change/", assigning.change, name="assignment-change"),
    path("assignments/<int:number>/end/", assigning.end_assignment, name="assignment-end"),
    path("my/reminders/", reminders.choice, name="reminder-choice"),
]
