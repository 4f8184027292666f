"""Build the tables of electric vehicle charging stations: by station, as the file prints them, and by town.

No street and no coordinates of a station are written: towns are enough for the lessons. The coordinates are read for
one thing, to tell the two towns apart that share the village of Mystic.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from academy.data.errors import ValueWrong
from academy.data.recipe import (
    SourceRow,
    TableRow,
    read_source_rows,
    read_town_populations,
    require_figure,
    require_once,
    write_tables,
)

STATIONS = "ev-charging/Electric_Vehicle_Charging_Stations.csv"

NAME, STREET, CITY, HOURS = "Station Name", "Street Address", "City", "Access Days Time"
PORTS = {
    "level_1_ports": "EV Level1 EVSE Num",
    "level_2_ports": "EV Level2 EVSE Num",
    "fast_ports": "EV DC Fast Count",
}
OTHER, POINT = "EV Other Info", "New Georeferenced Column"
# What the file writes where it has nothing to say.
NONE = "NONE"

# Villages and slips of the pen, and the towns that they belong to.
TOWN_OF = {
    "Lakeville": "Salisbury",
    "MIddletown": "Middletown",
    "Mashantucket": "Ledyard",
    "Niantic": "East Lyme",
    "North Stamford": "Stamford",
    "North Windham": "Windham",
    "Plantsville": "Southington",
    "Rockyhill": "Rocky Hill",
    "Rte 47, Washington": "Washington",
    "Somersville": "Somers",
    "Stafford Springs": "Stafford",
    "Storrs": "Mansfield",
    "Uncasville": "Montville",
    "West Simsbury": "Simsbury",
    "Willimantic": "Windham",
    "Yantic": "Norwich",
}
# The river through Mystic is the border of two towns: Groton is west of it, Stonington east.
MYSTIC, WEST_OF_RIVER, EAST_OF_RIVER = "Mystic", "Groton", "Stonington"
MYSTIC_RIVER_LONGITUDE = -71.968

_LONGITUDE = re.compile(r"POINT \((-7[1-3]\.\d+) 4[0-2]\.\d+\)")
_TELEPHONE = re.compile(r"\b\d{3}-\d{3}-\d{4}\b")
_STREET_IN_NAME = re.compile(r"\b\d+ (?:[A-Z][\w.]* )*(?:St|Street|Ave|Avenue|Rd|Road)\b[^-]*", re.IGNORECASE)


@dataclass(frozen=True)
class Sources:
    """Rows of the file, still as published, and the names of the 169 towns."""

    stations: list[SourceRow]
    towns: list[str]


def build(sources: Path, destination: Path) -> None:
    """Write the three tables. Raises SourceError before anything is written."""
    published = read(sources)
    require_once(published.stations, NAME, STREET, CITY, POINT)
    stations = prepare(published)
    by_town = add_up(stations, published.towns)
    validate(stations, by_town)
    write_tables(
        destination,
        {
            "ev-charging.csv": stations,
            "ev-charging-as-published.csv": as_published(published.stations),
            "ev-charging-by-town.csv": by_town,
        },
    )


def read(sources: Path) -> Sources:
    towns = list(read_town_populations())
    columns = [NAME, STREET, CITY, HOURS, *PORTS.values(), OTHER, POINT]
    return Sources(stations=read_source_rows(sources, STATIONS, columns), towns=towns)


def prepare(published: Sources) -> list[TableRow]:
    """Return one row a published row, in its order, with the town that it is in."""
    towns = [_town(row, published.towns) for row in published.stations]
    sites = [(town, _plain(row[STREET])) for town, row in zip(towns, published.stations, strict=True)]
    rows_at_site = Counter(sites)
    return [
        {
            "row": number,
            "station_name": _station_name(row),
            "city_printed": row.text(CITY),
            "town": town,
            "access_hours": _hours(row),
            **{name: _ports(row, column) for name, column in PORTS.items()},
            "other_ports": None if row.text(OTHER) == NONE else row[OTHER],
            "rows_at_site": rows_at_site[site],
        }
        for number, (row, town, site) in enumerate(zip(published.stations, towns, sites, strict=True), start=1)
    ]


def as_published(stations: list[SourceRow]) -> list[TableRow]:
    """Return the rows with the words and headings of the file, without streets and coordinates."""
    return [
        {
            "row": number,
            "station_name": _station_name(row),
            "city": row[CITY],
            "access_days_time": _hours(row),
            "ev_level1_evse_num": row[PORTS["level_1_ports"]],
            "ev_level2_evse_num": row[PORTS["level_2_ports"]],
            "ev_dc_fast_count": row[PORTS["fast_ports"]],
            "ev_other_info": row[OTHER],
        }
        for number, row in enumerate(stations, start=1)
    ]


def add_up(stations: list[TableRow], towns: list[str]) -> list[TableRow]:
    """Return stations and ports of every town, also of towns that have none."""
    by_town: list[TableRow] = []
    for town in towns:
        here = [station for station in stations if station["town"] == town]
        ports = {name: sum(int(station[name]) for station in here) for name in PORTS}
        by_town.append({"town": town, "stations": len(here), **ports, "ports": sum(ports.values())})
    return by_town


def validate(stations: list[TableRow], by_town: list[TableRow]) -> None:
    """Hold the towns against the stations: nothing lost, nothing counted twice."""
    require_figure(STATIONS, "the stations of all towns", _total(by_town, "stations"), len(stations))
    for name, column in PORTS.items():
        require_figure(f"{STATIONS}, column {column}", "all ports", _total(by_town, name), _total(stations, name))


def _town(row: SourceRow, towns: list[str]) -> str:
    city = row.text(CITY)
    if city == MYSTIC:
        return WEST_OF_RIVER if _longitude(row) < MYSTIC_RIVER_LONGITUDE else EAST_OF_RIVER
    return TOWN_OF.get(city) or row.one_of(CITY, towns)


def _longitude(row: SourceRow) -> float:
    match = _LONGITUDE.fullmatch(row[POINT])
    if match is None:
        raise ValueWrong(row.place(POINT), f"“{row[POINT]}” is not a point in Connecticut.", "Look the town up.")
    return float(match[1])


def _ports(row: SourceRow, column: str) -> int:
    """Return the number of ports. The file has no 0: a station without ports of a level has NONE."""
    return 0 if row[column] == NONE else row.whole_number(column)


def _station_name(row: SourceRow) -> str | None:
    """Return the name without a street that stands in it, or None if nothing is left."""
    name = _STREET_IN_NAME.sub("", row.text(NAME))
    house_number = row[STREET].partition(" ")[0]
    if house_number.isdigit():
        name = re.sub(rf"\b{house_number} [^-]*", "", name)
    return name.strip(" -") or None


def _hours(row: SourceRow) -> str:
    return _TELEPHONE.sub("(number left out)", row.text(HOURS))


def _plain(street: str) -> str:
    return " ".join(street.lower().split())


def _total(rows: list[TableRow], column: str) -> int:
    return sum(int(row[column]) for row in rows)
