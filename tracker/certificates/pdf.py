"""A certificate as a PDF."""

from __future__ import annotations

from pathlib import Path

from django.template.loader import render_to_string

from tracker.certificates.models import Certificate
from tracker.site import pdf

LOOK = Path(__file__).parent / "static" / "certificates" / "print.css"


def as_pdf(certificate: Certificate, address: str) -> bytes:
    """The file. `address` is where its code can be checked."""
    html = render_to_string("certificates/print.html", {"certificate": certificate, "address": address})
    return pdf.as_pdf(html, LOOK.read_text(encoding="utf-8"))
