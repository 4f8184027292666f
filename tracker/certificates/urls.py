from __future__ import annotations

from django.urls import path

from tracker.certificates import public_views, views

urlpatterns = [
    path("my/certificates/", views.certificates, name="certificates"),
    path("my/certificates/<str:code>.pdf", views.pdf, name="certificate-pdf"),
    path("my/certificates/<str:code>/", views.certificate, name="certificate"),
    path("certificates/<str:code>/withdraw/", views.withdraw, name="certificate-withdraw"),
    path("verify/", public_views.ask, name="verify"),
    path("verify/<str:code>/", public_views.verify, name="verify-code"),
]
