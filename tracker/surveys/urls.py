from __future__ import annotations

from django.urls import path, re_path

from tracker.surveys.views import answering, gains, reports, running

urlpatterns = [
    path("surveys/", answering.surveys, name="surveys"),
    path("surveys/open/", running.survey_open, name="survey-open"),
    path("surveys/before-and-after/", gains.survey_gains, name="survey-gains"),
    path("surveys/<slug:name>/", answering.survey, name="survey"),
    path("surveys/<slug:name>/<int:number>/", answering.survey_page, name="survey-page"),
    path("surveys/<slug:name>/send/", answering.survey_send, name="survey-send"),
    path("surveys/<slug:name>/campaign/", running.survey_campaign, name="survey-campaign"),
    path("surveys/<slug:name>/import/", running.survey_import, name="survey-import"),
    path("surveys/<slug:name>/report/", reports.survey_report, name="survey-report"),
    re_path(
        r"^surveys/(?P<name>[-\w]+)/report\.(?P<kind>csv|xlsx)$", reports.survey_report_file, name="survey-report-file"
    ),
    path("surveys/<slug:name>/words/", reports.survey_words, name="survey-words"),
    path("surveys/<slug:name>/answers.csv", reports.survey_export, name="survey-export"),
]
