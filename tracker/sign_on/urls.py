from __future__ import annotations

from django.urls import path

from tracker.sign_on import views

urlpatterns = [
    path("sign-in/agency/", views.start, name="sign-on-start"),
    path("sign-in/agency/return/", views.come_back, name="sign-on-return"),
    path("signed-out/", views.signed_out, name="signed-out"),
]
