"""Traffic stops: parts and wholes, what is hidden and cannot be recovered, and what the recipe refuses."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from committed_tables import table

from academy.data.build import load_recipe
from academy.data.errors import (
    ColumnMissing,
    FigureWrong,
    RowDamaged,
    RowMissing,
    SourceUnreadable,
    ValueWrong,
)
from academy.project import DATASETS

GROUPS = "traffic-stops/traffic-stops.csv"
DEPARTMENTS = "traffic-stops/traffic-stops-departments.csv"
DISPOSITIONS = "traffic-stops/traffic-stops-dispositions.csv"
DEPARTMENT_FILE = "traffic-stops/mega_towns.csv"
DISPOSITION_FILE = "traffic-stops/town_disposition_summary.csv"

HIDDEN = {"ECSU", "Groton Long Point", "Portland", "WCSU", "Weston"}
# Stops as the newsroom's article of June 13, 2016 prints them.
PRINTED_IN_THE_ARTICLE = {
    "Newtown": 9_956,
    "Ridgefield": 7_713,
    "Orange": 4_601,
    "Old Saybrook": 3_402,
    "Monroe": 5_800,
    "New Canaan": 5_355,
    "Wilton": 4_773,
    "Berlin": 5_783,
    "Bloomfield": 5_241,
    "Ansonia": 4_574,
}


def test_101_departments_made_586849_stops() -> None:
    departments = table(DEPARTMENTS)
    assert len(departments) == 101
    assert sum(int(row["stops"]) for row in departments) == 586_849
    assert "Connecticut average" not in {row["department"] for row in departments}


def test_the_stops_are_those_that_the_article_prints() -> None:
    stops = {row["department"]: int(row["stops"]) for row in table(DEPARTMENTS)}
    assert {name: stops[name] for name in PRINTED_IN_THE_ARTICLE} == PRINTED_IN_THE_ARTICLE
    assert len(PRINTED_IN_THE_ARTICLE) == 10


def test_a_department_is_not_always_that_of_a_town() -> None:
    rows = table(DEPARTMENTS)
    towns = {town["town"] for town in table("towns/towns.csv")}
    assert Counter(row["kind"] for row in rows) == {
        "town": 88,
        "part of a town": 4,
        "university": 6,
        "state agency": 3,
    }
    assert all((row["town"] in towns) == ("town" in row["kind"]) for row in rows)
    assert [row["department"] for row in rows if row["town"] == "Groton"] == [
        "Groton City",
        "Groton Long Point",
        "Groton Town",
    ]
    assert {row["department"]: row["town"] for row in rows if row["kind"] == "part of a town"} == {
        "Groton City": "Groton",
        "Groton Long Point": "Groton",
        "Willimantic": "Windham",
        "Winsted": "Winchester",
    }


def test_a_population_is_given_for_departments_of_whole_towns_only() -> None:
    columns = ("residents_over_15", "black_over_15", "hispanic_over_15", "white_over_15")
    for row in table(DEPARTMENTS):
        assert {bool(row[column]) for column in columns} == {
            row["kind"] == "town" and row["department"] != "Groton Town"
        }
        if row["residents_over_15"]:
            everyone, *groups = (int(row[column]) for column in columns)
            assert sum(groups) <= everyone


def test_groups_that_are_shown_add_up_to_the_stops_of_the_department() -> None:
    stops = {row["department"]: int(row["stops"]) for row in table(DEPARTMENTS)}
    shown: Counter[str] = Counter()
    for row in table(GROUPS):
        if row["suppressed"] == "false":
            shown[row["department"]] += int(row["stops"])
    assert dict(shown) == {department: count for department, count in stops.items() if department not in HIDDEN}
    assert Counter(Counter(row["department"] for row in table(GROUPS)).values()) == {4: 101}


def test_the_groups_are_the_published_ones_with_three_put_together(real_sources: Path) -> None:
    shown: dict[str, list[tuple[str, int]]] = {}
    for row in table(GROUPS):
        if row["suppressed"] == "false":
            shown.setdefault(row["department"], []).append((row["group"], int(row["stops"])))
    with (real_sources / DEPARTMENT_FILE).open(encoding="utf-8", newline="") as lines:
        published = {row["DepartmentName"]: row for row in csv.DictReader(lines)}
    for department, groups in shown.items():
        printed = published[department]
        small = sum(int(printed[name].replace("NA", "0")) for name in ("Asian", "Indian", "middle.eastern"))
        assert groups == [
            ("Black", int(printed["Black"])),
            ("Hispanic", int(printed["hispanic"])),
            ("White", int(printed["White.x"])),
            ("Asian, Indian or Middle Eastern", small),
        ]


def test_no_group_of_one_to_five_stops_is_shown() -> None:
    counts = [int(row["stops"]) for row in table(GROUPS) if row["stops"]]
    assert len(counts) == 4 * (101 - len(HIDDEN))
    assert not any(1 <= count <= 5 for count in counts)


def test_where_a_group_is_hidden_all_four_are_so_that_the_total_gives_none_away() -> None:
    hidden: dict[str, list[str]] = {}
    for row in table(GROUPS):
        assert (row["stops"] == "") == (row["suppressed"] == "true")
        if row["suppressed"] == "true":
            hidden.setdefault(row["department"], []).append(row["group"])
    assert hidden.keys() == HIDDEN
    assert {len(groups) for groups in hidden.values()} == {4}


def test_no_table_has_a_total_of_a_group_to_subtract_from(real_sources: Path) -> None:
    with (real_sources / DEPARTMENT_FILE).open(encoding="utf-8", newline="") as lines:
        *_, state = csv.DictReader(lines)
    totals = {state[column] for column in ("Black", "hispanic", "White.x", "min")}
    assert state["DepartmentName"] == "Connecticut average"
    assert len(totals) == 4
    written = {cell for path in (GROUPS, DEPARTMENTS, DISPOSITIONS) for row in table(path) for cell in row.values()}
    assert not totals & written
    text = _statement() + (DATASETS / "traffic-stops" / "datapackage.json").read_text(encoding="utf-8")
    assert not any(f"{int(total):,}" in text for total in totals)


def test_dispositions_add_up_to_the_stops_of_the_department() -> None:
    stops = {row["department"]: int(row["stops"]) for row in table(DEPARTMENTS)}
    ended: Counter[str] = Counter()
    for row in table(DISPOSITIONS):
        ended[row["department"]] += int(row["stops"])
    assert dict(ended) == stops
    assert set(Counter(row["disposition"] for row in table(DISPOSITIONS)).values()) == {101}
    assert len(table(DISPOSITIONS)) == 606


def test_the_two_printed_percents_have_two_wholes() -> None:
    stops = {row["department"]: int(row["stops"]) for row in table(DEPARTMENTS)}
    for row in table(DISPOSITIONS):
        assert (row["percent_of_department"] == "") == (row["percent_of_state"] == "") == (row["stops"] == "0")
        if row["stops"] != "0":
            part = 100 * int(row["stops"])
            assert abs(part / stops[row["department"]] - float(row["percent_of_department"])) <= 0.00501
            assert abs(part / 586_849 - float(row["percent_of_state"])) <= 0.00501


def test_the_tables_hold_no_officer_no_place_and_no_single_stop() -> None:
    for path in (GROUPS, DEPARTMENTS, DISPOSITIONS):
        columns = " ".join(table(path)[0])
        assert not any(word in columns for word in ("officer", "latitude", "longitude", "age", "hour", "date"))


def test_the_numbers_in_the_quality_statement_are_those_of_the_tables(real_sources: Path) -> None:
    statement = _statement()
    departments, dispositions = table(DEPARTMENTS), table(DISPOSITIONS)
    (tickets,) = [
        row for row in dispositions if (row["department"], row["disposition"]) == ("Ansonia", "infraction ticket")
    ]
    assert (
        f"{tickets['percent_of_department']} % by the one and {tickets['percent_of_state']} % by the other" in statement
    )
    small = sum(1 <= int(row["stops"]) <= 5 for row in dispositions)
    assert f"{small} have one to five stops" in statement
    residents = sum(int(row["stops_of_residents"]) for row in departments)
    assert f"{residents:,} stops, {residents / 586_849:.0%}".replace("%", " %") in statement
    (troopers,) = [row["stops"] for row in departments if row["department"] == "State Police"]
    assert f"made {int(troopers):,} stops" in statement
    with (real_sources / DEPARTMENT_FILE).open(encoding="utf-8", newline="") as lines:
        shares = {
            row["DepartmentName"]: int(row["middle.eastern"]) / int(row["total"])
            for row in csv.DictReader(lines)
            if row["middle.eastern"] != "NA"
        }
    named = [
        f"{shares[name]:.0%}".replace("%", " %") for name in ("Greenwich", "Ansonia", "Hamden", "Connecticut average")
    ]
    assert "{} in Greenwich, {} in Ansonia and {} in Hamden, and {} in the state".format(*named) in statement


def test_the_caption_of_the_picture_says_what_the_table_says() -> None:
    stops: Counter[str] = Counter()
    for row in table(DISPOSITIONS):
        stops[row["disposition"]] += int(row["stops"])
    descriptor = json.loads((DATASETS / "traffic-stops" / "datapackage.json").read_text(encoding="utf-8"))
    tickets, warnings = stops["infraction ticket"], stops["verbal warning"] + stops["written warning"]
    assert descriptor["academy"]["picture"]["caption"] == (
        f"Of {stops.total():,} stops, {tickets:,} ended with an infraction ticket. That is "
        f"{100 * tickets / stops.total():.0f} percent; {100 * warnings / stops.total():.0f} percent ended with a warning."
    )


def test_a_department_with_a_new_small_group_is_hidden_too(real_sources: Path, tmp_path: Path) -> None:
    sources = _copy(real_sources, tmp_path)
    # Avon: 117 stops of Black drivers become 4, and the rest White.
    content = (sources / DEPARTMENT_FILE).read_bytes()
    (sources / DEPARTMENT_FILE).write_bytes(
        _replace(b'"Avon",45,117,87,2,38,1169', b'"Avon",45,4,87,2,38,1282')(content)
    )
    load_recipe(DATASETS / "traffic-stops")(sources, tmp_path / "out")
    with (tmp_path / "out/traffic-stops.csv").open(encoding="utf-8", newline="") as lines:
        avon = [row for row in csv.DictReader(lines) if row["department"] == "Avon"]
    assert [(row["stops"], row["suppressed"]) for row in avon] == [("", "true")] * 4


def _replace(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return change


def _without_line(start: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        kept = [line for line in lines if start not in line]
        assert len(kept) == len(lines) - 1
        return b"".join(kept)

    return change


# A damage to one file, the error it must raise, and what the message must name.
DAMAGES = {
    "a heading was renamed": (
        DEPARTMENT_FILE,
        _replace(b'"middle.eastern"', b'"middle_eastern"'),
        ColumnMissing,
        ["row 1", "middle.eastern"],
    ),
    "the last row is cut short": (
        DISPOSITION_FILE,
        lambda content: content[:-12],
        RowDamaged,
        ["row 102", "cut short"],
    ),
    "a department is not there": (
        DEPARTMENT_FILE,
        _without_line(b'"Avon",'),
        FigureWrong,
        [DEPARTMENT_FILE, "the number of departments is 100"],
    ),
    "a department has no dispositions": (
        DISPOSITION_FILE,
        _without_line(b'"Avon",'),
        RowMissing,
        ["column DepartmentName", "Avon"],
    ),
    "a department is there twice": (
        DEPARTMENT_FILE,
        _replace(b'"Avon",', b'"Ansonia",'),
        RowMissing,
        ["Ansonia", "twice"],
    ),
    "a total changed": (
        DEPARTMENT_FILE,
        _replace(b",1169,1458,289,", b",1169,1459,289,"),
        FigureWrong,
        ["all stops is 586,850", "586,849"],
    ),
    "a disposition changed": (
        DEPARTMENT_FILE,
        _replace(b",48.27,1572,170,", b",48.27,1573,170,"),
        FigureWrong,
        ["row 2", "the stops of all dispositions is 4,575", "4,574"],
    ),
    "a group changed": (
        DEPARTMENT_FILE,
        _replace(b'"Avon",45,117,', b'"Avon",45,118,'),
        FigureWrong,
        ["row 3", "the stops of all groups is 1,459", "1,458"],
    ),
    "a number is a word": (
        DEPARTMENT_FILE,
        _replace(b'"Avon",45,117,', b'"Avon",45,few,'),
        ValueWrong,
        ["row 3", "column Black", "few"],
    ),
    "a percent changed": (
        DEPARTMENT_FILE,
        _replace(b",34.37,3.72,", b",34.47,3.72,"),
        FigureWrong,
        ["row 2", "column infraction_ticket_p", "34.47"],
    ),
    "the files disagree on a disposition": (
        DISPOSITION_FILE,
        _replace(b'"Ansonia",1572,', b'"Ansonia",1573,'),
        FigureWrong,
        ["row 2", "column infraction_ticket", "1,573", "1,572"],
    ),
    "the second file changed its whole": (
        DISPOSITION_FILE,
        _replace(b",15,0.27,0.03,", b",15,34.37,0.03,"),
        FigureWrong,
        ["row 2", "column infraction_ticket_p", "586,849"],
    ),
    "a percent is missing where there is a number": (
        DISPOSITION_FILE,
        _replace(b",15,0.27,0.03,", b",15,NA,0.03,"),
        ValueWrong,
        ["row 2", "column infraction_ticket_p", "NA"],
    ),
    "it was saved in an old encoding": (
        DEPARTMENT_FILE,
        _replace(b"Avon", b"Av\xf3n"),
        SourceUnreadable,
        ["row 3", "not UTF-8"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    file, change, error, named = DAMAGES[damage]
    sources = _copy(real_sources, tmp_path)
    (sources / file).write_bytes(change((sources / file).read_bytes()))
    with pytest.raises(error) as caught:
        load_recipe(DATASETS / "traffic-stops")(sources, tmp_path / "out")
    for words in named:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_department_that_is_not_known_is_named(real_sources: Path, tmp_path: Path) -> None:
    sources = _copy(real_sources, tmp_path)
    for file in (DEPARTMENT_FILE, DISPOSITION_FILE):
        (sources / file).write_bytes(_replace(b'"Avon",', b'"Avon Village",')((sources / file).read_bytes()))
    with pytest.raises(ValueWrong, match="“Avon Village” is a new category"):
        load_recipe(DATASETS / "traffic-stops")(sources, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def _copy(real_sources: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    for file in (DEPARTMENT_FILE, DISPOSITION_FILE):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(real_sources / file, folder / file)
    return folder


def _statement() -> str:
    return (DATASETS / "traffic-stops" / "quality.md").read_text(encoding="utf-8")
