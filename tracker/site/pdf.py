"""Pages as PDF that a screen reader can read: tagged, with a title and a language (PDF/UA-1)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

FONT = "Academy"
"""What a style sheet calls the font."""


def as_pdf(html: str, look: str) -> bytes:
    """Lay out a page, which must have a title and a language, with the style sheet `look`."""
    # Takes half a second to load: only for those who want a PDF.
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fonts = FontConfiguration()
    fetch = URLFetcher(allowed_protocols=("file",))  # the fonts; nothing is ever asked of the network
    sheet = CSS(string=_font_faces() + look, font_config=fonts, url_fetcher=fetch)
    page = HTML(string=html, url_fetcher=fetch)
    return bytes(page.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1"))


def _font_faces() -> str:
    """DejaVu, which comes with Matplotlib, so that a PDF looks the same from every server."""
    package = importlib.util.find_spec("matplotlib")
    assert package and package.origin, "Matplotlib belongs to what this project installs."
    folder = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf"
    faces = (("DejaVuSans.ttf", "normal"), ("DejaVuSans-Bold.ttf", "bold"))
    return "".join(
        f'@font-face {{ font-family: "{FONT}"; font-weight: {weight}; src: url("{(folder / name).as_uri()}"); }}\n'
        for name, weight in faces
    )
