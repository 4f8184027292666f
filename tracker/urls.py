"""The addresses of the one server: the tracker's own pages, the API, and the built site for everything else."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path

from tracker.site import files

urlpatterns = [
    path("", include("tracker.people.urls")),
    path("", include("tracker.sign_on.urls")),
    path("", include("tracker.learning.urls")),
    path("", include("tracker.assignments.urls")),
    path("", include("tracker.attendance.urls")),
    path("", include("tracker.api.urls")),
    path("", include("tracker.teams.urls")),
    path("", include("tracker.audit.urls")),
    path("", include("tracker.certificates.urls")),
    path("", include("tracker.records.urls")),
    path("", include("tracker.surveys.urls")),
    path("admin/", admin.site.urls),
    re_path(r"^(?P<path>.*)$", files.serve, name="site"),
]
handler400 = "tracker.site.failures.bad_request"
handler403 = "tracker.site.failures.not_allowed"
handler404 = "tracker.site.failures.not_found"
handler500 = "tracker.site.failures.our_error"
