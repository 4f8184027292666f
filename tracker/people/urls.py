from __future__ import annotations

from django.urls import path

from tracker.people import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("api/session", views.session, name="session"),
]
