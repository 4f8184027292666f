"""What the forms of the book need beside their pages: each worksheet's rules, and Python's worker."""

from __future__ import annotations

from pathlib import Path

from academy.site.browser_packages import PROGRAMS
from academy.site.writing import write_if_changed

WORKER = PROGRAMS / "toolkit.js"


def publish_worksheets(worksheets: Path, site: Path) -> None:
    """Put the rules of every worksheet beside its page, and the worker into /lite/, whose policy lets Python run.

    After build_lite, which makes /lite/ anew where it has to.
    """
    schemas = {path.name: path.read_bytes() for path in worksheets.glob("*.json")}
    for old in (site / "worksheets").glob("*.json"):
        if old.name not in schemas:
            old.unlink()
    for name, content in schemas.items():
        write_if_changed(site / "worksheets" / name, content)
    write_if_changed(site / "lite" / WORKER.name, WORKER.read_bytes())
