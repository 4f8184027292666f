"""A made-up dataset of the tests' own: rides on two ferries, of which one file is on the portal and one is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from portal_server import Dataset

from academy.data.build import build

PORTAL_ID = "ferr-y123"
RIDES = "ferry-rides/Ferry_Rides_by_Week.csv"
TOWNS = "ferry-towns/ferries.csv"

TITLES = {"week_ending": "Week Ending", "ferry": "Ferry", "riders": "Riders", "fares": "Fares"}
ROWS = [
    ["2026-01-10", "Chester", "310", "1550.00"],
    ["2026-01-10", "Rocky Hill", "140", "700.00"],
    ["2026-01-17", "Chester", "295", "1475.50"],
    ["2026-01-17", "Rocky Hill", "", ""],
]

RECIPE = '''
"""Build the table of ferry rides."""

from collections import Counter

from academy.data.recipe import index_once, read_source_rows, require_figure, require_once, write_tables

RIDES = "ferry-rides/Ferry_Rides_by_Week.csv"
TOWNS = "ferry-towns/ferries.csv"
FERRIES = ("Chester", "Rocky Hill")


def build(sources, destination):
    rides = read_source_rows(sources, RIDES, ["Week Ending", "Ferry", "Riders", "Fares"])
    towns = index_once(TOWNS, read_source_rows(sources, TOWNS, ["Ferry", "Town"]), "Ferry", FERRIES)
    require_once(rides, "Week Ending", "Ferry")
    table, riders = [], Counter()
    for row in rides:
        ferry = row.one_of("Ferry", FERRIES)
        number = row.whole_number("Riders") if row["Riders"] else None
        riders[ferry] += number or 0
        table.append(
            {
                "week_ending": row.day("Week Ending", "%m/%d/%Y"),
                "ferry": ferry,
                "town": towns[ferry]["Town"],
                "riders": number,
                "fares": row.decimal("Fares") if row["Fares"] else None,
            }
        )
    require_figure(RIDES, "the riders of the first week", sum(line["riders"] for line in table[:2]), 450)
    ferries = [{"ferry": ferry, "riders": riders[ferry]} for ferry in FERRIES]
    write_tables(destination, {"ferry-rides.csv": table, "ferry-rides-ferries.csv": ferries})
'''

QUALITY = "".join(
    f"## {title}\n\n- None.\n\n" for title in ("Known errors", "Suppression", "Breaks in series", "What was dropped")
)


def write_ferry_rides(folder: Path) -> tuple[Path, Path]:
    """Write the dataset and its sources, and build it. Return the folder of datasets and that of sources."""
    sources, place = folder / "sources", folder / "datasets" / "ferry-rides"
    for file, lines in {
        RIDES: _export_button_lines(),
        TOWNS: ["Ferry,Town", "Chester,Chester", "Rocky Hill,Rocky Hill"],
    }.items():
        (sources / file).parent.mkdir(parents=True)
        (sources / file).write_text("\n".join([*lines, ""]), encoding="utf-8")
    place.mkdir(parents=True)
    (place / "recipe.py").write_text(RECIPE, encoding="utf-8")
    (place / "quality.md").write_text(QUALITY, encoding="utf-8")
    (place / "datapackage.json").write_text(json.dumps(_descriptor()), encoding="utf-8")
    build("ferry-rides", sources, place.parent, new_edition=True)
    return place.parent, sources


def on_portal(rows: list[list[str]]) -> Dataset:
    """The rides as the portal's API gives them: dates with a time."""
    dated = [[f"{week}T00:00:00.000", *cells] for week, *cells in rows]
    return Dataset("Ferry Rides by Week", dict(TITLES), dated)


def _export_button_lines() -> list[str]:
    """The rides as the portal's export button writes them: titles, and dates as Americans write them."""
    rows = [[f"{week[5:7]}/{week[8:]}/{week[:4]}", *cells] for week, *cells in ROWS]
    return [",".join(cells) for cells in [list(TITLES.values()), *rows]]


def _descriptor() -> dict[str, Any]:
    return {
        "profile": "data-package",
        "name": "ferry-rides",
        "title": "Rides on the two ferries",
        "description": "How many people took a ferry over the river.",
        "keywords": ["ferries"],
        "contributors": [{"title": "Connecticut Data Academy", "role": "wrangler"}],
        "sources": [_source("Ferry Rides by Week", RIDES, PORTAL_ID), _source("Towns of the ferries", TOWNS, None)],
        "academy": {
            "agency": "Department of Ferries",
            "category": "Transportation",
            "geographic_unit": "State",
            "temporal_coverage": {"start": "2026-01-04", "end": "2026-01-17"},
            "update_frequency": "Weekly",
            "terms": "None stated",
            "attribution": "Department of Ferries",
            "contact": "The tests",
            "synthetic": False,
            "picture": {
                "table": "ferry-rides",
                "kind": "lines",
                "x": "week_ending",
                "value": "riders",
                "title": "Riders a week",
                "caption": "More people ride in summer.",
                "add": True,
            },
        },
        "resources": [
            _table(
                "ferry-rides",
                [
                    _column("week_ending", "date", "none"),
                    _column("ferry", "string", "none"),
                    _column("town", "string", "none"),
                    _column("riders", "integer", "people", required=False, maximum=5000),
                    _column("fares", "number", "dollars", required=False),
                ],
                ["week_ending", "ferry"],
            ),
            _table("ferry-rides-ferries", [_column("ferry", "string", "none"), _column("riders", "integer", "people")]),
        ],
    }


def _source(title: str, file: str, portal_id: str | None) -> dict[str, Any]:
    return {
        "title": title,
        "agency": "Department of Ferries",
        "path": "https://example.org/ferries",
        "portal_id": portal_id,
        "file": file,
        "copy": "A stored copy",
        "vintage": "January 2026",
        "retrieved": "2026-02-01",
        "terms": "None stated",
        "bytes": 0,
        "hash": f"sha256:{'0' * 64}",
    }


def _table(name: str, fields: list[dict[str, Any]], key: list[str] | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "title": "Rides",
        "description": "Rides on the ferries.",
        "row_label": "A ferry in a week",
        "profile": "tabular-data-resource",
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": 1,
        "hash": f"sha256:{'0' * 64}",
        "schema": {"fields": fields, "missingValues": [""], **({"primaryKey": key} if key else {})},
    }


def _column(name: str, kind: str, unit: str, *, required: bool = True, **limits: object) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "description": f"The {name} of the rides.",
        "type": kind,
        "unit": unit,
        "missing": "Never empty" if required else "Not counted",
        "constraints": {"required": required, **limits},
    }
