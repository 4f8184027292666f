from __future__ import annotations

from django.urls import path, re_path, register_converter

from tracker.teams.dates import DayConverter
from tracker.teams.views import exports, report, statewide, team

register_converter(DayConverter, "day")

urlpatterns = [
    path("team/", team.team, name="team"),
    path("team/people/", team.people, name="team-people"),
    path("team/people/<int:number>/", team.person, name="team-person"),
    path("team/units/<int:number>/", team.unit, name="team-unit"),
    path("team/report/", report.progress_report, name="team-report"),
    path("team/report.pdf", report.progress_report_pdf, name="team-report-pdf"),
    re_path(r"^team/completion\.(?P<kind>csv|xlsx)$", exports.export, name="team-export"),
    path("statewide/", statewide.statewide, name="statewide"),
    path("statewide/publish/", statewide.publish_now, name="statewide-publish"),
    path("statewide/<day:on>/", statewide.earlier, name="statewide-earlier"),
]
