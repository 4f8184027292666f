"""Build weekly first claims for unemployment benefits: of the state, of its towns, and by industry.

The town file is a workbook saved as text: a week a column, footnotes in the cells under the last weeks. The industry
file comes from the portal. Both count the same claims, so that each is held against the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from academy.data.errors import FigureWrong, RowMissing, ValueWrong
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

TOWN_FILE = "ui-claims-town/initial_claims_town.csv"
INDUSTRY_FILE = "ui-claims-town/ui_claims_by_industry_r437-8xv7.csv"

TOWN, TOTAL, OUT_OF_STATE, UNKNOWN = "Town Name", "Total", "Out of state", "unknown"
# “January 09,2005” in the older columns, “December 6, 2020” in the newer ones.
WEEK_FORMS = ("%B %d,%Y", "%B %d, %Y")

DAY, ALL = "new_claim_date", "total"
# The stored copy has midnight in Connecticut by the clock of London: five hours later, in summer four.
LONDON_TIME = "%Y-%m-%dT%H:%M:%SZ"
INDUSTRIES = {
    "agric_forestry_fishing_hunting": "Agriculture, forestry, fishing and hunting",
    "mining_quarrying": "Mining and quarrying",
    "utilities": "Utilities",
    "construction": "Construction",
    "manufacturing": "Manufacturing",
    "wholesale_trade": "Wholesale trade",
    "retail_trade": "Retail trade",
    "transp_warehousing": "Transportation and warehousing",
    "information": "Information",
    "finance_insurance": "Finance and insurance",
    "real_estate": "Real estate",
    "prof_tech_services": "Professional and technical services",
    "management_of_companies": "Management of companies",
    "admin_support_svces": "Administrative and support services",
    "educational_services": "Educational services",
    "health_care_soc_assistance": "Health care and social assistance",
    "arts_ent_recreation": "Arts, entertainment and recreation",
    "accommodation_food_services": "Accommodation and food services",
    "other_services": "Other services",
    "self_employed": "Self-employed",
    "public_administration": "Public administration",
    "other_unknown": "Other or unknown",
}

FIRST_WEEK, LAST_CLOSED_WEEK = date(2005, 1, 9), date(2020, 12, 20)
WEEKS, A_WEEK = 821, timedelta(days=7)
# Towns and industries are written for these years; the state's weeks for all.
FIRST_DETAILED_YEAR = 2019

# The town file's own footnotes by their first words, and what they say of a week. The no-break space in the second
# shows that the file was read in the encoding in which it was written.
FOOTNOTES = {
    date(2020, 7, 5): "Big jump for July 5 includes one time add of newly eligible PUA Claims",
    date(2020, 10, 4): "October 4 increase is due to new claims for active PUA claimants who are on extensions.\xa0",
}
REMARKS = {
    date(2020, 7, 5): "newly eligible for Pandemic Unemployment Assistance, added at one time",
    date(2020, 10, 4): "new claims by people already on Pandemic Unemployment Assistance",
}
INCOMPLETE_FOOTNOTE, INCOMPLETE_AFTER = "Claims after November 29 incomplete", date(2020, 11, 29)
INCOMPLETE = "incomplete"

# State totals: an ordinary week, the first of the pandemic, and the two weeks of the footnotes.
CLAIMS = {
    date(2005, 1, 9): 4_529,
    date(2020, 3, 15): 78_984,
    date(2020, 7, 5): 81_451,
    date(2020, 10, 4): 36_681,
}


@dataclass(frozen=True)
class Sources:
    """Rows of the two files, still as published, and the names of the 169 towns."""

    places: list[SourceRow]
    footnotes: list[str]
    industries: list[SourceRow]
    towns: list[str]


def build(sources: Path, destination: Path) -> None:
    """Write the three tables. Raises SourceError before anything is written."""
    published = read(sources)
    weeks = _weeks(published)
    tables = prepare(published, weeks)
    validate(tables["unemployment-claims.csv"], published, weeks)
    write_tables(destination, tables)


def read(sources: Path) -> Sources:
    towns = list(read_town_populations())
    # The encoding of older Apple computers.
    rows = read_source_rows(sources, TOWN_FILE, [TOWN], encoding="mac_roman")
    industries = read_source_rows(sources, INDUSTRY_FILE, [DAY, *INDUSTRIES, ALL])
    return Sources(
        places=[row for row in rows if row[TOWN]],
        footnotes=[cell for row in rows if not row[TOWN] for cell in row.values.values() if cell],
        # The portal has later weeks; the town file ends with 2020.
        industries=[row for row in industries if _day(row) <= LAST_CLOSED_WEEK],
        towns=towns,
    )


def prepare(published: Sources, weeks: dict[str, date]) -> dict[str, list[TableRow]]:
    """Return the rows of the three tables, by week."""
    places = index_once(TOWN_FILE, published.places, TOWN, [*published.towns, TOTAL, OUT_OF_STATE, UNKNOWN])
    by_industry = {_day(row): row for row in published.industries}
    state: list[TableRow] = []
    for heading, week in weeks.items():
        elsewhere = {name: _claims(places[name], heading) for name in (TOTAL, OUT_OF_STATE, UNKNOWN)}
        state.append(
            {
                "week": week,
                "claims": elsewhere[TOTAL],
                "claims_in_towns": sum(_claims(places[town], heading) for town in published.towns),
                "claims_out_of_state": elsewhere[OUT_OF_STATE],
                "claims_town_unknown": elsewhere[UNKNOWN],
                "claims_in_industry_file": by_industry[week].whole_number(ALL) if week in by_industry else None,
                "remark": REMARKS.get(week) or (INCOMPLETE if week > INCOMPLETE_AFTER else None),
            }
        )
    return {
        "unemployment-claims.csv": state,
        "unemployment-claims-by-town.csv": [
            {"week": week, "town": town, "claims": _claims(places[town], heading)}
            for heading, week in weeks.items()
            if week.year >= FIRST_DETAILED_YEAR
            for town in published.towns
        ],
        "unemployment-claims-by-industry.csv": [
            {"week": week, "industry": industry, "claims": _claims(row, column)}
            for week, row in sorted(by_industry.items())
            if week.year >= FIRST_DETAILED_YEAR
            for column, industry in INDUSTRIES.items()
        ],
    }


def validate(state: list[TableRow], published: Sources, weeks: dict[str, date]) -> None:
    """Hold towns against totals, the two files against each other, and known weeks against what was published."""
    _require_footnotes(published.footnotes)
    require_once(published.industries, DAY)
    _require_weeks(weeks.values())
    for week in state:
        parts = week["claims_in_towns"] + week["claims_out_of_state"] + week["claims_town_unknown"]
        require_figure(f"{TOWN_FILE}, week {week['week']}", "the sum of all places", parts, week["claims"])
        if week["week"] in CLAIMS:
            require_figure(f"{TOWN_FILE}, week {week['week']}", "the total", week["claims"], CLAIMS[week["week"]])
    totals = {week["week"]: week["claims"] for week in state}
    for row in published.industries:
        week, total = _day(row), row.whole_number(ALL)
        claims = sum(_claims(row, column) for column in INDUSTRIES)
        require_figure(row.place(ALL), "the sum of all industries", claims, total)
        if week not in totals:
            raise RowMissing(row.place(DAY), f"the town file has no week {week}.", "Get both files again.")
        if week.year < FIRST_DETAILED_YEAR:
            # Recent weeks were revised between the two files. Older ones are the same.
            require_figure(row.place(ALL), "the total of the industry file", total, totals[week])


def _weeks(published: Sources) -> dict[str, date]:
    """Return the weeks of the town file by their headings, in its order."""
    return {heading: _week(heading) for heading in published.places[0].values if heading != TOWN}


def _week(heading: str) -> date:
    for form in WEEK_FORMS:
        try:
            return datetime.strptime(heading, form).date()
        except ValueError:
            continue
    raise ValueWrong(f"{TOWN_FILE}, row 1, column {heading}", "the heading is not a day.", "Download the file again.")


def _day(row: SourceRow) -> date:
    return row.day(DAY, LONDON_TIME)


def _claims(row: SourceRow, column: str) -> int:
    """Return the number of claims. No file has a 0: a place or industry without claims has an empty cell."""
    return row.whole_number(column, thousands=",") if row[column] else 0


def _require_footnotes(footnotes: list[str]) -> None:
    for words in [*FOOTNOTES.values(), INCOMPLETE_FOOTNOTE]:
        if not any(footnote.startswith(words) for footnote in footnotes):
            raise RowMissing(
                f"{TOWN_FILE}, rows after the last place",
                f"the footnote “{words}” is not there.",
                "The remarks rest on it. Was the file saved in another encoding, or is it a new edition?",
            )


def _require_weeks(weeks: Iterable[date]) -> None:
    """Weeks are Sundays in order, from the first to the last. Left out are only first Sundays of a quarter."""
    known = list(weeks)
    closed = [week for week in known if week <= LAST_CLOSED_WEEK]
    require_figure(f"{TOWN_FILE}, row 1", "the number of weeks to the end of 2020", len(closed), WEEKS)
    if known[0] != FIRST_WEEK or LAST_CLOSED_WEEK not in known:
        raise RowMissing(f"{TOWN_FILE}, row 1", "the first or the last week is not there.", "Download the file again.")
    for before, week in pairwise(known):
        left_out = [before + A_WEEK * number for number in range(1, (week - before) // A_WEEK)]
        if week <= before or (week - before) % A_WEEK or not all(map(_is_first_of_quarter, left_out)):
            raise FigureWrong(
                f"{TOWN_FILE}, row 1",
                f"after the week {before} comes {week}.",
                "Compare the source with its publisher.",
            )


def _is_first_of_quarter(week: date) -> bool:
    return week.day <= A_WEEK.days and week.month in (1, 4, 7, 10)
