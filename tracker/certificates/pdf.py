"""A certificate as a PDF that a screen reader can read: tagged, with a title and a language (PDF/UA-1)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from django.template.loader import render_to_string

from tracker.certificates.models import Certificate

LOOK = Path(__file__).parent / "static" / "certificates" / "print.css"


def as_pdf(certificate: Certificate, address: str) -> bytes:
    """The file. `address` is where its code can be checked."""
    # Takes half a second to load: only for those who want a PDF.
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    html = render_to_string("certificates/print.html", {"certificate": certificate, "address": address})
    fonts = FontConfiguration()
    fetch = URLFetcher(allowed_protocols=("file",))  # the fonts; nothing is ever asked of the network
    look = CSS(string=_font_faces() + LOOK.read_text(encoding="utf-8"), font_config=fonts, url_fetcher=fetch)
    page = HTML(string=html, url_fetcher=fetch)
    return bytes(page.write_pdf(stylesheets=[look], font_config=fonts, pdf_variant="pdf/ua-1"))


def _font_faces() -> str:
    """DejaVu, which comes with Matplotlib, so that a certificate looks the same on every server."""
    package = importlib.util.find_spec("matplotlib")
    assert package and package.origin, "Matplotlib belongs to what this project installs."
    folder = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf"
    faces = (("DejaVuSans.ttf", "normal"), ("DejaVuSans-Bold.ttf", "bold"))
    return "".join(
        f'@font-face {{ font-family: "Certificate"; font-weight: {weight}; src: url("{(folder / name).as_uri()}"); }}\n'
        for name, weight in faces
    )
