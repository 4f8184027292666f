from __future__ import annotations

from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "tracker.certificates"
    verbose_name = "Certificates"
