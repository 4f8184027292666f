"""Affordable housing: the corrected list, the older one with its faults, and what the recipe refuses."""

from __future__ import annotations

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

LIST = "affordable-housing/affordable-housing.csv"
OLDER_LIST = "affordable-housing/affordable-housing-older.csv"
CORRECTED = "affordable-housing/crosscheck_Ankit_2011-2023.csv"
OLDER = "affordable-housing/Affordable_Housing_by_Town_2011-2023.csv"
KINDS = ("government_assisted", "tenant_rental_assistance", "single_family_mortgages", "deed_restricted_units")


def test_every_town_is_there_once_in_each_of_13_years() -> None:
    rows = table(LIST)
    towns = {town["town"] for town in table("towns/towns.csv")}
    assert len(rows) == 2_197
    for year in range(2011, 2024):
        listed = [row["town"] for row in rows if row["year"] == str(year)]
        assert len(listed) == 169
        assert set(listed) == towns


def test_all_homes_of_the_state_are_those_of_the_two_censuses() -> None:
    homes: Counter[str] = Counter()
    for row in table(LIST):
        homes[row["year"]] += int(row["census_units"])
    assert {homes[str(year)] for year in range(2011, 2023)} == {1_487_891}
    assert homes["2023"] == 1_530_197


@pytest.mark.parametrize("path", [LIST, OLDER_LIST])
def test_the_four_kinds_add_up_and_the_percent_is_right_to_two_decimals(path: str) -> None:
    for row in table(path):
        total = int(row["total_assisted_units"])
        assert sum(int(row[kind] or 0) for kind in KINDS) == total
        assert abs(100 * total / int(row["census_units"]) - float(row["percent_affordable"])) <= 0.0050001


def test_one_number_is_left_empty_in_both_lists() -> None:
    for path in (LIST, OLDER_LIST):
        (row,) = [row for row in table(path) if "" in row.values()]
        assert (row["town"], row["year"], row["government_assisted"]) == ("Chaplin", "2017", "")
        assert row["total_assisted_units"] == "35"


def test_the_older_list_of_2015_lacks_four_towns_and_has_bolton_twice() -> None:
    older = [row for row in table(OLDER_LIST) if row["year"] == "2015"]
    everyone = {town["town"] for town in table("towns/towns.csv")}
    counts = Counter(row["town"] for row in older)
    assert (len(older), len(counts)) == (166, 165)
    assert everyone - counts.keys() == {"Middlebury", "Middlefield", "South Windsor", "Southington"}
    assert [town for town, count in counts.items() if count > 1] == ["Bolton"]


def test_the_second_bolton_row_is_the_one_that_the_corrected_list_dropped() -> None:
    right = next(row for row in table(LIST) if (row["town"], row["year"]) == ("Bolton", "2015"))
    (wrong,) = [row for row in table(OLDER_LIST) if (row["town"], row["year"]) == ("Bolton", "2015") and row != right]
    assert (wrong["tenant_rental_assistance"], wrong["single_family_mortgages"]) == ("3", "20")
    assert (wrong["total_assisted_units"], wrong["percent_affordable"]) == ("23", "1.14")
    assert wrong["census_units"] == right["census_units"] == "2015"


def test_all_other_rows_of_the_two_lists_are_the_same() -> None:
    older = {tuple(row.values()) for row in table(OLDER_LIST)}
    corrected = {tuple(row.values()) for row in table(LIST)}
    assert len(table(OLDER_LIST)) == len(older) == 2_194
    assert len(older & corrected) == 2_193
    assert len(corrected - older) == 4


def test_the_share_falls_in_towns_that_lost_no_affordable_home_when_the_census_changes() -> None:
    years: dict[str, dict[str, dict[str, str]]] = {"2022": {}, "2023": {}}
    for row in table(LIST):
        if row["year"] in years:
            years[row["year"]][row["town"]] = row
    fell = [
        town
        for town, row in years["2023"].items()
        if float(row["percent_affordable"]) < float(years["2022"][town]["percent_affordable"])
    ]
    lost_none = [
        town
        for town in fell
        if int(years["2023"][town]["total_assisted_units"]) >= int(years["2022"][town]["total_assisted_units"])
    ]
    assert f"percent fell in {len(fell)} towns. In {len(lost_none)} of them" in _statement()
    assert (len(fell), len(lost_none)) == (94, 56)


def test_the_numbers_in_the_quality_statement_are_those_of_the_tables() -> None:
    totals: Counter[str] = Counter()
    for row in table(LIST):
        totals[row["year"]] += int(row["total_assisted_units"])
    statement = _statement()
    assert f"From 2015 to 2016 the state's total falls by {totals['2015'] - totals['2016']:,} homes" in statement
    assert f"from 2012 to 2013 it rises by {totals['2013'] - totals['2012']:,}" in statement
    assert "2,193 rows are the same in both" in statement
    assert "2015 has 166 rows but 165 towns" in statement
    assert "3 homes with rental assistance, 20 mortgages, 23 homes in all, and 1.14 percent" in statement


def test_the_caption_of_the_picture_says_what_the_table_says() -> None:
    shares = {row["town"]: float(row["percent_affordable"]) for row in table(LIST) if row["year"] == "2023"}
    caption = (DATASETS / "affordable-housing" / "datapackage.json").read_text(encoding="utf-8")
    assert max(shares, key=lambda town: shares[town]) == "Hartford"
    assert min(shares, key=lambda town: shares[town]) == "Bridgewater"
    assert f"{shares['Hartford']} percent, and Bridgewater the smallest, {shares['Bridgewater']}" in caption
    assert f"In {sum(share >= 10 for share in shares.values())} of 169 towns" in caption


def _replace(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return change


def _without_last_row(content: bytes) -> bytes:
    return content[: content.rstrip().rindex(b"\n") + 1]


def _first_row_twice(content: bytes) -> bytes:
    return content + content.split(b"\n")[1].rstrip() + b"\n"


# A damage to one file, the error it must raise, and what the message must name.
DAMAGES = {
    "a heading was renamed": (
        CORRECTED,
        _replace(b"Deed Restricted Units", b"Deed Units"),
        ColumnMissing,
        [CORRECTED, "row 1", "Deed Restricted Units"],
    ),
    "a row is cut short": (CORRECTED, lambda content: content[:-40], RowDamaged, [CORRECTED, "cut short"]),
    "the last town is not there": (CORRECTED, _without_last_row, RowMissing, [CORRECTED, "1 of 169 are missing"]),
    "a row is there twice": (CORRECTED, _first_row_twice, RowMissing, [CORRECTED, "2023, Andover", "twice"]),
    "a whole year is not there": (
        CORRECTED,
        lambda content: b"".join(line for line in content.splitlines(True) if not line.startswith(b"2014,")),
        RowMissing,
        [CORRECTED, "column Year", "2014"],
    ),
    "a town has a new name": (
        CORRECTED,
        _replace(b"2023,1,Andover", b"2023,1,Andovver"),
        ValueWrong,
        [CORRECTED, "row 2", "column Town", "Andovver"],
    ),
    "a town has another code": (
        CORRECTED,
        _replace(b"2023,1,Andover", b"2023,2,Andover"),
        ValueWrong,
        [CORRECTED, "column Town Code", "Andover"],
    ),
    "the kinds do not add up": (
        CORRECTED,
        _replace(b"2023,1,Andover,1324,24,", b"2023,1,Andover,1324,25,"),
        FigureWrong,
        [CORRECTED, "row 2", "column Total Assisted Units", "52", "51"],
    ),
    "the percent is another": (
        CORRECTED,
        _replace(b"51,3.85", b"51,3.86"),
        FigureWrong,
        [CORRECTED, "row 2", "column Percent Affordable", "3.85"],
    ),
    "a town has more homes than the census counted": (
        CORRECTED,
        _replace(b"2023,1,Andover,1324", b"2023,1,Andover,1325"),
        FigureWrong,
        [CORRECTED, "year 2023", "1,530,198", "1,530,197"],
    ),
    "a second number is empty": (
        CORRECTED,
        _replace(b"2023,1,Andover,1324,24,1,", b"2023,1,Andover,1324,24,,"),
        ValueWrong,
        [CORRECTED, "row 2", "column Tenant Rental Assistance"],
    ),
    "the corrected list was saved in an old encoding": (
        CORRECTED,
        _replace(b"Andover", b"And\xf3ver"),
        SourceUnreadable,
        [CORRECTED, "row 2", "not UTF-8"],
    ),
    "the older list lost a further row": (OLDER, _without_last_row, RowMissing, [OLDER, "5 rows are missing"]),
    "the corrected list stands in the older one's place": (
        OLDER,
        None,
        RowMissing,
        [OLDER, "0 rows are missing and 0 are there twice"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    file, change, error, named = DAMAGES[damage]
    sources = _copy(real_sources, tmp_path)
    content = (sources / file).read_bytes() if change else b""
    (sources / file).write_bytes(change(content) if change else (sources / CORRECTED).read_bytes())
    with pytest.raises(error) as caught:
        load_recipe(DATASETS / "affordable-housing")(sources, tmp_path / "out")
    for words in named:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_further_year_of_the_list_is_read(real_sources: Path, tmp_path: Path) -> None:
    sources = _copy(real_sources, tmp_path)
    lines = (sources / CORRECTED).read_bytes().splitlines(keepends=True)
    of_2024 = [line.replace(b"2023,", b"2024,", 1) for line in lines if line.startswith(b"2023,")]
    (sources / CORRECTED).write_bytes(b"".join(lines + of_2024))
    load_recipe(DATASETS / "affordable-housing")(sources, tmp_path / "out")
    written = (tmp_path / "out/affordable-housing.csv").read_text(encoding="utf-8")
    assert written.startswith((DATASETS / LIST).read_text(encoding="utf-8"))
    assert written.count("\n2024,") == 169


def _copy(real_sources: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    for file in (CORRECTED, OLDER):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(real_sources / file, folder / file)
    return folder


def _statement() -> str:
    return (DATASETS / "affordable-housing" / "quality.md").read_text(encoding="utf-8")
