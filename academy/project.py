"""Where things are in this project."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LESSONS = ROOT / "lessons"
DATASETS = ROOT / "datasets"
WORKSHEETS = ROOT / "worksheets"
BUILD = ROOT / "build"
SITE = BUILD / "site"
VAR = ROOT / "var"


def dataset_slugs() -> list[str]:
    """The datasets that exist."""
    return sorted(path.parent.name for path in DATASETS.glob("*/datapackage.json"))


def worksheet_names() -> list[str]:
    """The worksheets that exist."""
    return sorted(path.stem for path in WORKSHEETS.glob("*.json"))
