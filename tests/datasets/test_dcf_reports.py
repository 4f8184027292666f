"""Reports of child abuse and neglect: totals, what is hidden and stays hidden, and what the recipe refuses."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from committed_tables import table
from linked_sources import link_sources

from academy.data.build import load_recipe
from academy.data.errors import FigureWrong, RowMissing, SourceError, ValueWrong
from academy.project import DATASETS

REPORTS = "dcf-abuse-neglect/CT_DCF_Abuse_Neglect_Reports_and_Allegations_by_Town_and_State_Fiscal_Year.csv"
DICTIONARY = "dcf-abuse-neglect/DCF_Town_Pages_Metadata_DD.csv"
PLACEMENT = "dcf-placement-race/DCF_Children_in_Placement___Annual_Point-in-Time_Trend_By_Race_Ethnicity.csv"
CONFIRMED = ("reports substantiated", "allegations substantiated", "children with a substantiated allegation")


def _by_town() -> list[dict[str, str]]:
    return table("dcf-reports/dcf-reports.csv")


def _state() -> dict[tuple[str, str], dict[str, str]]:
    return {(row["fiscal_year"], row["measure"]): row for row in table("dcf-reports/dcf-reports-state.csv")}


def _quality() -> str:
    return (DATASETS / "dcf-reports/quality.md").read_text(encoding="utf-8")


def test_there_are_169_towns_with_five_measures_in_each_of_seven_years() -> None:
    rows = _by_town()
    towns = {row["town"] for row in table("towns/towns.csv")}
    assert {row["town"] for row in rows} == towns
    assert len({(row["fiscal_year"], row["town"], row["measure"]) for row in rows}) == len(rows) == 7 * 169 * 5


def test_the_state_has_the_published_totals() -> None:
    state = _state()
    assert state["2011", "reports accepted"]["state_total"] == "29679"
    assert state["2017", "reports accepted"]["state_total"] == "31793"
    assert "29,679 in 2011 and 31,793 in 2017" in _quality()
    other = state["2017", "reports accepted"]["outside_the_towns"]
    assert f"In 2017, {other} accepted reports are listed under OTHER" in _quality()


def test_no_count_of_10_or_fewer_is_shown_and_hidden_cells_are_told_from_dashes() -> None:
    rows = _by_town()
    printed = Counter(row["printed"] for row in rows)
    assert all((row["count"] != "") == (row["printed"] == "number") for row in rows)
    smallest = min(int(row["count"]) for row in rows if row["count"])
    assert smallest == 11
    assert f"The smallest printed count is {smallest}." in _quality()
    assert "prints `<= 10` for a count of 10 or fewer: " in _quality()
    assert f"{printed['10 or fewer']:,} of {len(rows):,} cells. {printed['dash']} cells hold a dash" in _quality()
    for name in ("dcf-reports-state", "dcf-reports-kinds", "dcf-reports-placement"):
        for row in table(f"dcf-reports/{name}.csv"):
            assert all(int(cell) > 10 for cell in row.values() if cell.isdigit() and len(cell) > 2)


def test_a_dash_stands_for_all_confirmed_measures_of_a_town_or_for_none() -> None:
    confirmed: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in _by_town():
        if row["measure"] in CONFIRMED:
            confirmed[row["fiscal_year"], row["town"]].add(row["printed"])
    with_dash = [printed for printed in confirmed.values() if "dash" in printed]
    assert with_dash == [{"dash"}] * 65


def test_no_hidden_count_follows_from_the_total_of_the_state() -> None:
    """Between the printed towns and the state lies more than all hidden counts at 1, and less than all at 10."""
    hidden: Counter[tuple[str, str]] = Counter()
    printed: Counter[tuple[str, str]] = Counter()
    for row in _by_town():
        key = (row["fiscal_year"], row["measure"])
        hidden[key] += row["printed"] == "10 or fewer"
        printed[key] += int(row["count"] or 0)
    for key, state in _state().items():
        gap = int(state["state_total"]) - int(state["outside_the_towns"]) - printed[key]
        assert hidden[key] >= 2
        assert hidden[key] < gap < 10 * hidden[key]


def test_the_kinds_of_allegation_are_those_of_the_state_and_do_not_add_up() -> None:
    kinds = table("dcf-reports/dcf-reports-kinds.csv")
    sums: Counter[str] = Counter()
    for row in kinds:
        sums[row["fiscal_year"]] += int(row["allegations"])
        share = 100 * int(row["allegations_substantiated"]) / int(row["allegations"])
        assert abs(share - int(row["substantiated_percent"])) <= 0.501
    assert len(kinds) == 7 * 6
    total = int(_state()["2011", "allegations"]["state_total"])
    assert f"{sums['2011']:,} of {total:,} in 2011" in _quality()
    assert all(sums[year] < int(_state()[year, "allegations"]["state_total"]) for year in sums)


def test_children_in_placement_add_up_to_the_state_and_no_group_is_small() -> None:
    rows = table("dcf-reports/dcf-reports-placement.csv")
    years: Counter[str] = Counter()
    for row in rows:
        years[row["day"]] += int(row["children"])
    assert (years["2004-07-01"], years["2018-07-01"]) == (6_595, 4_344)
    assert len(years) == 15
    smallest = min(int(row["children"]) for row in rows)
    assert f"The smallest number left is {smallest}." in _quality()


def test_race_labels_change_from_2010_to_2011_and_the_groups_do_not() -> None:
    rows = table("dcf-reports/dcf-reports-placement.csv")
    labels = {row["label"]: {other["day"][:4] for other in rows if other["label"] == row["label"]} for row in rows}
    assert max(labels["BLACK"]) == "2010"
    assert min(labels["Non-Hispanic Black"]) == "2011"
    assert "Race labels change from 2010 to 2011: `BLACK` becomes `Non-Hispanic Black`" in _quality()
    assert "compare across 2011 with care" in _quality()
    groups = Counter(row["race_ethnicity"] for row in rows)
    assert groups == {"Another race": 15, "Black": 15, "Hispanic": 15, "White": 15}


def test_a_break_of_2012_is_told_as_the_publisher_dates_it() -> None:
    """The portal's own catalogue says since when low-risk reports are answered without confirming anything."""
    (entry,) = [row for row in table("portal-catalogue/portal-catalogue.csv") if row["dataset_id"] == "337d-73fs"]
    assert "As of April 2012" in entry["description"]
    assert "Family Assessment Response" in entry["description"]
    assert "Since April 2012 the agency answers low-risk reports with a family assessment" in _quality()
    assert entry["license"] == "Public Domain"


def test_the_source_of_the_placements_hides_nothing(real_sources: Path) -> None:
    with (real_sources / PLACEMENT).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    share = sum(int(row["TOTAL_CIP"]) < 5 for row in rows) / len(rows)
    assert f"{share:.0%} of its rows have fewer than five children".replace("%", " %") in _quality()
    drawn: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        drawn[row["Data_as_of"]].append(row["Month_in_Care"][-4:])
    first, second, third, fourth = sorted((min(years), max(years)) for years in drawn.values())
    assert f"The years until {first[1]}, those from {second[0]} to {second[1]}, {third[0]} and {fourth[0]} were" in (
        _quality()
    )
    assert (third[0], fourth[0]) == (third[1], fourth[1])
    assert "at four different times" in _quality()


# A damage to one of the files, the error it must raise, and what the message must name.
DAMAGES: dict[str, tuple[str, Callable[[str], str], type[SourceError], list[str]]] = {
    "a town is gone": (
        REPORTS,
        lambda text: "".join(line for line in text.splitlines(keepends=True) if ",ANSONIA," not in line),
        RowMissing,
        ["year 2011", "1 of 171 are missing", "ANSONIA"],
    ),
    "a town is there twice": (
        REPORTS,
        lambda text: text.replace(",ANSONIA,", ",ANDOVER,", 1),
        RowMissing,
        ["ANDOVER", "twice"],
    ),
    "a small count is printed": (
        REPORTS,
        lambda text: re.sub(r"(,[A-Z ]+,)<= 10,", r"\g<1>7,", text, count=1),
        ValueWrong,
        ["column TTL_CPS_ACEPT_M", "the count is 7", "10 or fewer"],
    ),
    "a new mark is printed": (
        REPORTS,
        lambda text: text.replace("<= 10", "*"),
        ValueWrong,
        ["“*” is not a whole number"],
    ),
    "a period is of another year": (
        REPORTS,
        lambda text: text.replace("07/01/2010 - 06/30/2011", "01/01/2010 - 12/31/2010", 1),
        ValueWrong,
        ["column FISC_PERIOD", "01/01/2010"],
    ),
    "the state's total changed": (
        REPORTS,
        lambda text: text.replace("Statewide,29679", "Statewide,29680"),
        FigureWrong,
        ["29,680", "29,679"],
    ),
    "a kind that was never filled is filled": (
        REPORTS,
        lambda text: text.replace("9113,1949,16603,-,", "9113,1949,16603,12,"),
        ValueWrong,
        ["column TTL_HIGH_RISK_M", "12"],
    ),
    "a hidden count would follow from the total": (
        REPORTS,
        lambda text: text.replace("BRIDGEPORT,2014,", "BRIDGEPORT,2087,"),
        FigureWrong,
        ["year 2011, reports accepted", "13 towns hide a count, and 13 are left"],
    ),
    "a share does not fit its counts": (
        REPORTS,
        lambda text: text.replace("9511,7%,", "9511,17%,"),
        FigureWrong,
        ["physical abuse", "17 %", "7 %"],
    ),
    "a share is a range": (
        REPORTS,
        lambda text: text.replace("9511,7%,", "9511,2 - 12 %,"),
        ValueWrong,
        ["RATE_PHYS_ABUSE_M", "2 - 12 %"],
    ),
    "a column means something else": (
        DICTIONARY,
        lambda text: text.replace("Number of CPS Reports Accepted", "Number of CPS Reports Received"),
        ValueWrong,
        ["TTL_CPS_ACEPT_M", "Received"],
    ),
    "a race is new": (
        PLACEMENT,
        lambda text: text.replace(",WHITE,", ",WHITE OR ASIAN,", 1),
        ValueWrong,
        ["column Demographic", "WHITE OR ASIAN"],
    ),
    "a year of placements is short": (
        PLACEMENT,
        lambda text: text.replace("N,07/01/2004,1,1", "N,07/01/2004,0,0", 1),
        FigureWrong,
        ["year 2004", "6,594", "6,595"],
    ),
    "a group of children is small": (
        PLACEMENT,
        lambda text: text + "11/07/2019,Other,NULL,Hispanic,N,07/01/2019" + ",3" + ",0" * 13 + "\n",
        FigureWrong,
        ["2019-07-01, Hispanic", "only 3 children"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    file, change, error, named = DAMAGES[damage]
    sources = link_sources(real_sources, [REPORTS, DICTIONARY, PLACEMENT], tmp_path / "sources")
    text = (real_sources / file).read_text(encoding="utf-8")
    assert change(text) != text
    (sources / file).unlink()
    (sources / file).write_text(change(text), encoding="utf-8")
    with pytest.raises(error) as caught:
        load_recipe(DATASETS / "dcf-reports")(sources, tmp_path / "out")
    for words in (file, *named):
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()
