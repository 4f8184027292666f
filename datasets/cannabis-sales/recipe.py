"""Build the weekly retail sales of cannabis: the published weeks, with the days that each of them covers.

The publisher closes a week on Saturday and cuts it at the end of a month. So a row may cover one day, or seven.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from academy.data.errors import FigureWrong, RowMissing
from academy.data.recipe import (
    SourceRow,
    TableRow,
    read_source_rows,
    require_figure,
    require_once,
    write_tables,
)

SALES = "cannabis-sales/Cannabis_Retail_Sales_by_Week_Ending_latest.csv"

DOLLARS = {
    "adult_use_sales": "Adult-Use Retail Sales",
    "medical_sales": "Medical Marijuana Retail Sales",
    "total_sales": "Total Adult-Use and Medical Sales",
}
PRODUCTS = {
    "adult_use_products": "Adult-Use Products Sold",
    "medical_products": "Medical Products Sold",
    "total_products": "Total Products Sold",
}
PRICES = {
    "adult_use_average_price": "Adult-Use Average Product Price",
    "medical_average_price": "Medical Average Product Price",
}
WEEK_ENDING = "Week Ending"
# The portal writes a day as 01/14/2023 in its exports, and in the ISO form elsewhere.
US_DAY = "%m/%d/%Y"

# Stores opened to every adult on this Tuesday, and the series begins with it.
FIRST_DAY = date(2023, 1, 10)
SATURDAY = 5
DAYS_OF_A_WEEK = 7
# All sales of the years that are over.
TOTAL_SALES = {2023: Decimal("273966295.69"), 2024: Decimal("293600093.08"), 2025: Decimal("290029617.98")}
# One published total is 90 cents more than its parts.
SLIP = Decimal(1)


def build(sources: Path, destination: Path) -> None:
    """Write cannabis-sales.csv. Raises SourceError before anything is written."""
    published = read(sources)
    weeks = prepare(published)
    validate(weeks, published)
    write_tables(destination, {"cannabis-sales.csv": weeks})


def read(sources: Path) -> list[SourceRow]:
    columns = [WEEK_ENDING, *DOLLARS.values(), *PRODUCTS.values(), *PRICES.values()]
    return read_source_rows(sources, SALES, columns)


def prepare(published: list[SourceRow]) -> list[TableRow]:
    """Return one row a published week, the oldest first, whatever the order of the file."""
    weeks: list[TableRow] = []
    for row in sorted(published, key=_week_ending):
        last_day = _week_ending(row)
        first_day = _first_day(last_day)
        days = (last_day - first_day).days + 1
        products = {name: row.whole_number(column) for name, column in PRODUCTS.items()}
        weeks.append(
            {
                "first_day": first_day,
                "week_ending": last_day,
                "days_in_week": days,
                "part_week": days < DAYS_OF_A_WEEK,
                **{name: row.decimal(column) for name, column in DOLLARS.items()},
                **products,
                "products_add_up": products["adult_use_products"] + products["medical_products"]
                == products["total_products"],
                **{name: row.decimal(column) for name, column in PRICES.items()},
            }
        )
    return weeks


def validate(weeks: list[TableRow], published: list[SourceRow]) -> None:
    """Hold the weeks against the calendar, the sales against their parts and against the years that are over."""
    require_once(published, WEEK_ENDING)
    expected = FIRST_DAY
    for week in weeks:
        if week["first_day"] != expected:
            raise RowMissing(
                f"{SALES}, column {WEEK_ENDING}",
                f"the week that ends on {week['week_ending']} begins on {week['first_day']}, not on {expected}: "
                "a week is missing, or is cut where no month ends.",
                "Download the file again; if the publisher cuts weeks in another way now, change the recipe.",
            )
        expected = week["week_ending"] + timedelta(days=1)
    for row in published:
        _require_parts_make_total(row)
    for year, total in TOTAL_SALES.items():
        found = sum(week["total_sales"] for week in weeks if week["week_ending"].year == year)
        require_figure(f"{SALES}, weeks of {year}", "all sales", found, total)


def _week_ending(row: SourceRow) -> date:
    return row.day(WEEK_ENDING, US_DAY)


def _first_day(last_day: date) -> date:
    """Return the latest of: the Sunday before, the first of the month, the first day of the series."""
    sunday = last_day - timedelta(days=(last_day.weekday() + 1) % DAYS_OF_A_WEEK)
    return max(sunday, last_day.replace(day=1), FIRST_DAY)


def _require_parts_make_total(row: SourceRow) -> None:
    adult_use, medical, total = (row.decimal(column) for column in DOLLARS.values())
    if abs(adult_use + medical - total) >= SLIP:
        raise FigureWrong(
            row.place(DOLLARS["total_sales"]),
            f"{adult_use:,} and {medical:,} make {adult_use + medical:,}, not {total:,}.",
            "Compare the source with its publisher before you change the recipe.",
        )
