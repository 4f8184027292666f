"""Build the tables of reports of child abuse and neglect by town and year, and of children in placement by race.

The publisher hides a count of 10 or fewer. The recipe keeps that apart from a dash. What would give a hidden count of
children in a town away is left out: the kinds of allegation and the substantiation ranges, by town.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from academy.data.errors import FigureWrong, ValueWrong
from academy.data.recipe import (
    SourceRow,
    TableRow,
    index_once,
    read_source_rows,
    read_town_populations,
    require_figure,
    require_once,
    write_tables,
)

REPORTS = "dcf-abuse-neglect/CT_DCF_Abuse_Neglect_Reports_and_Allegations_by_Town_and_State_Fiscal_Year.csv"
DICTIONARY = "dcf-abuse-neglect/DCF_Town_Pages_Metadata_DD.csv"
PLACEMENT = "dcf-placement-race/DCF_Children_in_Placement___Annual_Point-in-Time_Trend_By_Race_Ethnicity.csv"

# Our name of a measure, its column, and what the publisher's dictionary calls it.
MEASURES = {
    "reports accepted": ("TTL_CPS_ACEPT_M", "Total Number of CPS Reports Accepted"),
    "reports substantiated": ("TTL_CPS_SUBS_M", "Total Number of CPS Reports Substantiated"),
    "allegations": ("TTL_ALLEGAT_M", "Total Number of Allegations"),
    "allegations substantiated": ("TTL_ALLEGAT_SUBS_M", "Total Number of Allegations Substantiated"),
    "children with a substantiated allegation": (
        "CHILDREN_SUBS",
        "Number of unique Children with at least one Substantiated Allegation during the reporting period",
    ),
}
# The kinds of allegation that the publisher fills in: our name, the word in the columns, the dictionary's name.
KINDS = {
    "physical abuse": ("PHYS_ABUSE", "Physical Abuse"),
    "educational neglect": ("EDUC_NEGLECT", "Educational Neglect"),
    "emotional neglect": ("EMOT_NEGLECT", "Emotional Neglect"),
    "medical neglect": ("MEDI_NEGLECT", "Medical Neglect"),
    "physical neglect": ("PHYS_NEGLECT", "Physical Neglect"),
    "sexual abuse": ("SEX_ABUSE", "Sexual Abuse"),
}
# Two kinds that hold a dash in every row.
KINDS_NEVER_FILLED = ("HIGH_RISK", "AT_RISK")

STATE, OTHER = "Statewide", "OTHER"
TEN_OR_FEWER, DASH = "<= 10", "-"
LARGEST_HIDDEN = 10

# The state's accepted reports and all its allegations, of years that are over.
CLOSED_YEARS = {
    2011: (29_679, 80_891),
    2012: (28_721, 75_282),
    2013: (29_001, 76_403),
    2014: (30_577, 81_084),
    2015: (29_237, 72_506),
    2016: (31_269, 76_472),
    2017: (31_793, 76_006),
}

# The label as published, and the group that is the same before and after the labels changed.
RACES = {
    "BLACK": "Black",
    "HISPANIC": "Hispanic",
    "OTHER": "Another race",
    "WHITE": "White",
    "Hispanic": "Hispanic",
    "Non-Hispanic Black": "Black",
    "Non-Hispanic Other": "Another race",
    "Non-Hispanic White": "White",
}
PLACEMENT_KEY = ("Month_in_Care", "DCF_Region", "DCF_Office", "Out_of_State", "Demographic")
# Children in placement on July 1 of some years.
IN_PLACEMENT = {2004: 6_595, 2010: 4_864, 2011: 4_729, 2018: 4_344}


@dataclass(frozen=True)
class Sources:
    """Rows of the two files, still as published."""

    reports: list[SourceRow]
    placement: list[SourceRow]


def build(sources: Path, destination: Path) -> None:
    """Write the four tables. Raises SourceError before anything is written."""
    published = read(sources)
    towns = list(read_town_populations())
    by_town, by_state, by_kind = prepare_reports(published.reports, towns)
    placement = prepare_placement(published.placement)
    validate(by_town, by_state, by_kind, placement)
    write_tables(
        destination,
        {
            "dcf-reports.csv": by_town,
            "dcf-reports-state.csv": by_state,
            "dcf-reports-kinds.csv": by_kind,
            "dcf-reports-placement.csv": placement,
        },
    )


def read(sources: Path) -> Sources:
    words = [word for word, _ in KINDS.values()]
    columns = ["FISC_PERIOD", "FISC_YEAR", "TOWN", *(column for column, _ in MEASURES.values())]
    columns += [f"{part}_{word}_M" for word in (*words, *KINDS_NEVER_FILLED) for part in ("TTL", "SUBS")]
    columns += [f"RATE_{word}_M" for word in words]
    reports = read_source_rows(sources, REPORTS, columns)
    require_once(reports, "FISC_YEAR", "TOWN")
    _require_meanings(read_source_rows(sources, DICTIONARY, ["COLUMN NAME", "Description"]))
    placement = read_source_rows(sources, PLACEMENT, [*PLACEMENT_KEY, "TOTAL_CIP"])
    require_once(placement, *PLACEMENT_KEY)
    return Sources(reports, placement)


def prepare_reports(
    rows: Sequence[SourceRow], towns: Sequence[str]
) -> tuple[list[TableRow], list[TableRow], list[TableRow]]:
    """Return the tables by town, of the state, and of the state by kind of allegation; by year each."""
    names = {town.upper(): town for town in towns}
    by_town: list[TableRow] = []
    by_state: list[TableRow] = []
    by_kind: list[TableRow] = []
    for year in sorted({_fiscal_year(row) for row in rows}):
        places = index_once(
            f"{REPORTS}, year {year}",
            [row for row in rows if row["FISC_YEAR"] == str(year)],
            "TOWN",
            [*names, STATE, OTHER],
        )
        for row in places.values():
            for word in KINDS_NEVER_FILLED:
                row.one_of(f"TTL_{word}_M", [DASH])
                row.one_of(f"SUBS_{word}_M", [DASH])
        for name, town in names.items():
            for measure, (column, _) in MEASURES.items():
                count, printed = _count(places[name], column)
                by_town.append(
                    {"fiscal_year": year, "town": town, "measure": measure, "count": count, "printed": printed}
                )
        for measure, (column, _) in MEASURES.items():
            state, other = (places[name].whole_number(column) for name in (STATE, OTHER))
            by_state.append({"fiscal_year": year, "measure": measure, "state_total": state, "outside_the_towns": other})
        for kind, (word, _) in KINDS.items():
            by_kind.append({"fiscal_year": year, "kind": kind, **_allegations(places[STATE], word)})
    return by_town, by_state, by_kind


def prepare_placement(rows: Iterable[SourceRow]) -> list[TableRow]:
    """Return the state's children in placement, one row a year and race, by year."""
    children: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        day = row.day("Month_in_Care", "%m/%d/%Y").isoformat()
        label = row.one_of("Demographic", RACES)
        children[day, RACES[label], label] += row.whole_number("TOTAL_CIP")
    return [
        {"day": day, "race_ethnicity": group, "label": label, "children": count}
        for (day, group, label), count in sorted(children.items())
    ]


def validate(
    by_town: Sequence[TableRow],
    by_state: Sequence[TableRow],
    by_kind: Sequence[TableRow],
    placement: Sequence[TableRow],
) -> None:
    """Hold the tables against published totals, and see that nothing hidden follows from them."""
    states = {(row["fiscal_year"], row["measure"]): _number(row["state_total"]) for row in by_state}
    for year, (accepted, allegations) in CLOSED_YEARS.items():
        for measure, published in (("reports accepted", accepted), ("allegations", allegations)):
            require_figure(
                f"{REPORTS}, year {year}, Statewide", f"the {measure}", states.get((year, measure), 0), published
            )
    for state in by_state:
        _require_towns_fit(state, [row for row in by_town if _same(row, state, "fiscal_year", "measure")])
    for kind in by_kind:
        shown = round(100 * _number(kind["allegations_substantiated"]) / _number(kind["allegations"]))
        if abs(shown - _number(kind["substantiated_percent"])) > 1:
            raise FigureWrong(
                f"{REPORTS}, year {kind['fiscal_year']}, Statewide, {kind['kind']}",
                f"the printed share is {kind['substantiated_percent']} %; the counts give {shown} %.",
                "Compare with the publisher.",
            )
    for year, published in IN_PLACEMENT.items():
        found = sum(_number(row["children"]) for row in placement if str(row["day"]).startswith(str(year)))
        require_figure(f"{PLACEMENT}, year {year}", "the number of children", found, published)
    for row in placement:
        if _number(row["children"]) <= LARGEST_HIDDEN:
            raise FigureWrong(
                f"{PLACEMENT}, {row['day']}, {row['label']}",
                f"only {row['children']} children.",
                "Put this label together with another one: no group of 10 or fewer children is published.",
            )


def _require_meanings(dictionary: Sequence[SourceRow]) -> None:
    """Raise ValueWrong where the publisher's dictionary gives a column another meaning than ours."""
    expected = dict(MEASURES.values())
    for word, name in KINDS.values():
        expected[f"TTL_{word}_M"] = f"Total Number of {name} Allegations"
        expected[f"SUBS_{word}_M"] = f"Total Number of {name} Allegations Substantiated"
        expected[f"RATE_{word}_M"] = f"{name} Substantiation Rate"
    meanings = [row for row in dictionary if row["COLUMN NAME"] in expected]
    for column, row in index_once(DICTIONARY, meanings, "COLUMN NAME", expected).items():
        if row["Description"] != expected[column]:
            raise ValueWrong(
                row.place("Description"),
                f"{column} is now “{row['Description']}”; it was “{expected[column]}”.",
                "If the meaning changed, change the recipe and the description.",
            )


def _fiscal_year(row: SourceRow) -> int:
    """Return the fiscal year, which the file gives twice."""
    year = row.whole_number("FISC_YEAR")
    period = f"07/01/{year - 1} - 06/30/{year}"
    if row["FISC_PERIOD"] != period:
        raise ValueWrong(
            row.place("FISC_PERIOD"), f"“{row['FISC_PERIOD']}” is not {period}.", "Compare with the publisher."
        )
    return year


def _count(row: SourceRow, column: str) -> tuple[int | None, str]:
    """Return the count, if it is printed, and what is printed."""
    if row[column] == TEN_OR_FEWER:
        return None, "10 or fewer"
    if row[column] == DASH:
        return None, "dash"
    count = row.whole_number(column)
    if count <= LARGEST_HIDDEN:
        raise ValueWrong(
            row.place(column),
            f"the count is {count}; so far the publisher hid every count of {LARGEST_HIDDEN} or fewer.",
            "Leave such a count out of the table, and ask the publisher whether it was meant to be printed.",
        )
    return count, "number"


def _allegations(row: SourceRow, word: str) -> TableRow:
    share = re.fullmatch(r"(\d{1,3})%", row[f"RATE_{word}_M"])
    if not share:
        raise ValueWrong(
            row.place(f"RATE_{word}_M"), f"“{row[f'RATE_{word}_M']}” is not a percent.", "Compare with the publisher."
        )
    return {
        "allegations": row.whole_number(f"TTL_{word}_M"),
        "allegations_substantiated": row.whole_number(f"SUBS_{word}_M"),
        "substantiated_percent": int(share[1]),
    }


def _require_towns_fit(state: TableRow, towns: Sequence[TableRow]) -> None:
    """Raise FigureWrong unless the hidden counts can fill the gap between the towns and the state in many ways."""
    hidden = sum(row["printed"] == "10 or fewer" for row in towns)
    printed = sum(_number(row["count"]) for row in towns if row["count"] is not None)
    gap = _number(state["state_total"]) - _number(state["outside_the_towns"]) - printed
    if hidden < 2 or not hidden < gap < LARGEST_HIDDEN * hidden:
        raise FigureWrong(
            f"{REPORTS}, year {state['fiscal_year']}, {state['measure']}",
            f"{hidden} towns hide a count, and {gap} are left for them.",
            "Either rows are missing, or the hidden counts follow from the state's total: then leave the total out.",
        )


def _same(row: TableRow, other: TableRow, *columns: str) -> bool:
    return all(row[column] == other[column] for column in columns)


def _number(cell: object) -> int:
    return int(str(cell))
