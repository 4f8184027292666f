"""Charging stations: towns for every spelling, NONE and 0, no streets, and what the recipe refuses."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from committed_tables import table
from shapely.geometry import Point, shape

from academy.data.build import load_recipe
from academy.data.errors import ColumnMissing, RowDamaged, RowMissing, SourceUnreadable, ValueWrong
from academy.project import DATASETS

STATIONS = "ev-charging/ev-charging.csv"
AS_PUBLISHED = "ev-charging/ev-charging-as-published.csv"
BY_TOWN = "ev-charging/ev-charging-by-town.csv"
PUBLISHED = "ev-charging/Electric_Vehicle_Charging_Stations.csv"
SHAPES = "town-shapes-derived/ct_towns.geojson"
PORTS = ("level_1_ports", "level_2_ports", "fast_ports")


def test_there_are_385_stations_with_1035_ports() -> None:
    stations = table(STATIONS)
    assert len(stations) == len(table(AS_PUBLISHED)) == 385
    assert [sum(int(station[level]) for station in stations) for level in PORTS] == [21, 784, 230]


def test_119_spellings_of_places_are_106_towns() -> None:
    stations = table(STATIONS)
    towns = {town["town"] for town in table("towns/towns.csv")}
    printed = {station["city_printed"] for station in stations}
    assert len(printed) == 119
    assert len(printed - towns) == 17
    assert {"Storrs", "MIddletown", "Rockyhill", "Rte 47, Washington"} < printed - towns
    assert {station["town"] for station in stations} <= towns
    assert len({station["town"] for station in stations}) == 106


def test_a_printed_town_is_kept_and_a_village_is_put_into_its_town() -> None:
    towns = {town["town"] for town in table("towns/towns.csv")}
    found = {(station["city_printed"], station["town"]) for station in table(STATIONS)}
    assert all(town == printed for printed, town in found if printed in towns)
    assert {("Storrs", "Mansfield"), ("Willimantic", "Windham"), ("Uncasville", "Montville")} < found


def test_mystic_is_in_two_towns() -> None:
    mystic = Counter(station["town"] for station in table(STATIONS) if station["city_printed"] == "Mystic")
    assert mystic == {"Groton": 1, "Stonington": 2}


def test_all_169_towns_are_listed_and_63_have_no_station() -> None:
    by_town = table(BY_TOWN)
    assert [row["town"] for row in by_town] == [town["town"] for town in table("towns/towns.csv")]
    assert sum(row["stations"] == "0" for row in by_town) == 63
    assert all(row["ports"] == "0" for row in by_town if row["stations"] == "0")


def test_the_towns_add_up_to_the_stations() -> None:
    stations = table(STATIONS)
    for row in table(BY_TOWN):
        here = [station for station in stations if station["town"] == row["town"]]
        assert int(row["stations"]) == len(here)
        assert [int(row[level]) for level in PORTS] == [sum(int(station[level]) for station in here) for level in PORTS]
        assert int(row["ports"]) == sum(int(row[level]) for level in PORTS)


def test_none_is_kept_as_published_and_is_0_or_empty_in_the_main_table() -> None:
    columns = ("ev_level1_evse_num", "ev_level2_evse_num", "ev_dc_fast_count")
    for published, station in zip(table(AS_PUBLISHED), table(STATIONS), strict=True):
        assert published["row"] == station["row"]
        assert published["station_name"] == station["station_name"]
        assert published["city"] == station["city_printed"]
        assert published["access_days_time"] == station["access_hours"]
        assert [{"NONE": "0"}.get(published[column], published[column]) for column in columns] == [
            station[level] for level in PORTS
        ]
        assert {"NONE": ""}.get(published["ev_other_info"], published["ev_other_info"]) == station["other_ports"]
    assert sum("NONE" in row.values() for row in table(AS_PUBLISHED)) == 385
    assert not any("0" in (row[column] for column in columns) for row in table(AS_PUBLISHED))
    assert sum(bool(station["other_ports"]) for station in table(STATIONS)) == 2


def test_every_station_has_a_port() -> None:
    assert all(any(station[level] != "0" for level in PORTS) for station in table(STATIONS))


def test_19_rows_repeat_the_site_of_an_earlier_row() -> None:
    rows = Counter(int(station["rows_at_site"]) for station in table(STATIONS))
    sites = {size: count // size for size, count in rows.items()}
    assert sum(count - sites[size] for size, count in rows.items()) == 19
    plaza = [row for row in table(STATIONS) if row["station_name"] == "Milford Travel Plaza - Tesla Supercharger"]
    assert [row["rows_at_site"] for row in plaza] == ["2", "2"]


@pytest.mark.parametrize("path", [STATIONS, AS_PUBLISHED, BY_TOWN])
def test_no_street_no_coordinates_and_no_telephone_number_is_written(path: str) -> None:
    text = (DATASETS / path).read_text(encoding="utf-8")
    assert not re.search(r"\d{3}-\d{4}", text)
    assert not re.search(r"-7[1-3]\.\d|\b4[12]\.\d", text)
    assert not re.search(r"\b\d+ ([A-Z][\w.]* )+(St|Street|Ave|Avenue|Rd|Road)\b", text, re.IGNORECASE)


def test_no_street_of_the_published_file_is_in_the_tables(real_sources: Path) -> None:
    written = "\n".join((DATASETS / path).read_text(encoding="utf-8") for path in (STATIONS, AS_PUBLISHED, BY_TOWN))
    streets = [row["Street Address"] for row in _published(real_sources)]
    assert len(streets) == 385
    assert [street for street in streets if street[0].isdigit() and street in written] == []


def test_streets_were_taken_out_of_five_names(real_sources: Path) -> None:
    names = [
        (row["Station Name"], station["station_name"])
        for row, station in zip(_published(real_sources), table(STATIONS), strict=True)
        if row["Station Name"] != station["station_name"]
    ]
    assert sorted(after for _, after in names) == ["", "", "Propark", "Tesla Supercharger", "Westport Town Hall"]


def test_the_towns_are_those_that_the_coordinates_lie_in_but_for_two_stations(real_sources: Path) -> None:
    features = json.loads((real_sources / SHAPES).read_text(encoding="utf-8"))["features"]
    towns = {feature["properties"]["town"]: shape(feature["geometry"]) for feature in features}
    elsewhere = []
    for row, station in zip(_published(real_sources), table(STATIONS), strict=True):
        longitude, latitude = re.findall(r"-?\d+\.\d+", row["New Georeferenced Column"])
        place = Point(float(longitude), float(latitude))
        nearest = min(towns, key=lambda name, place=place: towns[name].distance(place))
        if nearest != station["town"]:
            elsewhere.append((station["town"], nearest))
    assert sorted(elsewhere) == [("Simsbury", "Somers"), ("Windham", "Mansfield")]


def test_the_numbers_in_the_quality_statement_are_those_of_the_tables() -> None:
    stations = table(STATIONS)
    statement = (DATASETS / "ev-charging" / "quality.md").read_text(encoding="utf-8")
    ports = sum(int(station[level]) for station in stations for level in PORTS)
    assert f"{len(stations)} rows and {ports:,} ports" in statement
    hours = Counter(station["access_hours"] for station in stations)
    assert f"written in {len(hours)} ways" in statement
    assert sum("24 hours" in way or way.startswith("MO: 12:00am-12:00am") for way in hours) >= 3
    closing_at_noon = [station for station in stations if station["access_hours"] == "6am-12pm daily"]
    assert f"In {len(closing_at_noon)} rows, at two malls" in statement
    malls = {str(station["station_name"]).split(" - ")[0] for station in closing_at_noon}
    open_to_midnight = {
        str(station["station_name"]).split(" - ")[0]
        for station in stations
        if station["access_hours"] == "6am-12am daily"
    }
    assert len(malls) == 2
    assert malls <= open_to_midnight
    assert f"In {sum('’' in station['station_name'] for station in stations)} names the apostrophe" in statement
    assert sum(station["station_name"] == "" for station in stations) == 2


def test_the_caption_of_the_picture_says_what_the_table_says() -> None:
    ports = {row["town"]: int(row["ports"]) for row in table(BY_TOWN)}
    first, second = sorted(ports, key=lambda town: -ports[town])[:2]
    descriptor = json.loads((DATASETS / "ev-charging" / "datapackage.json").read_text(encoding="utf-8"))
    assert descriptor["academy"]["picture"]["caption"].startswith(
        f"{first} has the most, {ports[first]} ports, then {second} with {ports[second]}. In 63 of the 169 towns"
    )


def _replace(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return change


# A damage to the file, the error it must raise, and what the message must name.
DAMAGES = {
    "a heading was renamed": (
        _replace(b"EV DC Fast Count", b"EV DC Fast Num"),
        ColumnMissing,
        ["row 1", "EV DC Fast Count"],
    ),
    "the last row is cut short": (lambda content: content[:-50], RowDamaged, ["row 386", "cut short"]),
    "a place has a new spelling": (
        _replace(b"Ledge Rd,Darien", b"Ledge Rd,Darrien"),
        ValueWrong,
        ["row 2", "column City", "Darrien", "new category"],
    ),
    "a station is in a new village": (
        _replace(b"Ledge Rd,Darien", b"Ledge Rd,Noroton"),
        ValueWrong,
        ["row 2", "column City", "Noroton"],
    ),
    "a count is another word": (
        _replace(b"24 hours daily,NONE,2", b"24 hours daily,N/A,2"),
        ValueWrong,
        ["row 2", "column EV Level1 EVSE Num", "N/A"],
    ),
    "a count is empty": (
        _replace(b"24 hours daily,NONE,2", b"24 hours daily,,2"),
        ValueWrong,
        ["row 2", "column EV Level1 EVSE Num"],
    ),
    "a station in Mystic has no coordinates": (
        _replace(b"POINT (-71.961361 41.37356200000001)", b"NONE"),
        ValueWrong,
        ["row 22", "column New Georeferenced Column"],
    ),
    "a row is there twice": (
        lambda content: content + content.splitlines(keepends=True)[1],
        RowMissing,
        ["row 387", "BMW OF DARIEN", "twice; the first time in row 2"],
    ),
    "it was saved in an old encoding": (
        _replace("’".encode(), b"\x92"),
        SourceUnreadable,
        ["row 3", "column 1", "not UTF-8"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    with pytest.raises(error) as caught:
        _build(tmp_path, change((real_sources / PUBLISHED).read_bytes()))
    for words in [PUBLISHED, *named]:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_fresh_export_with_one_more_station_is_read(real_sources: Path, tmp_path: Path) -> None:
    new = b"TOWN HALL,7 School Rd,Andover,24 hours daily,NONE,2,NONE,NONE,POINT (-72.377618 41.740361)\n"
    _build(tmp_path, (real_sources / PUBLISHED).read_bytes() + new)
    with (tmp_path / "out/ev-charging-by-town.csv").open(encoding="utf-8", newline="") as lines:
        andover = next(csv.DictReader(lines))
    assert list(andover.values()) == ["Andover", "1", "0", "2", "0", "2"]


def _build(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sources" / PUBLISHED
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    load_recipe(DATASETS / "ev-charging")(tmp_path / "sources", tmp_path / "out")


def _published(real_sources: Path) -> list[dict[str, str]]:
    with (real_sources / PUBLISHED).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
