from __future__ import annotations

from django.urls import path

from tracker.people import passwords, unit_views, views
from tracker.people.roster import views as roster

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("password/", passwords.ChangePassword.as_view(), name="password-change"),
    path("password/forgotten/", passwords.ask_for_link, name="password-forgotten"),
    path("password/new/<uidb64>/<token>/", passwords.NewPassword.as_view(), name="password-new"),
    path("units/", unit_views.units, name="units"),
    path("roster/", roster.roster, name="roster"),
    path("roster/<uuid:upload>/", roster.roster_upload, name="roster-upload"),
    path("roster/<uuid:upload>/report.csv", roster.roster_report, name="roster-report"),
    path("api/session", views.session, name="session"),
]
