"""Cannabis sales: the weeks and their days, the publisher's slips, and how the recipe meets a fresh export."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
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

WEEKS = "cannabis-sales/cannabis-sales.csv"
SALES = "cannabis-sales/Cannabis_Retail_Sales_by_Week_Ending_latest.csv"
OLDER_COPY = "cannabis-sales/Cannabis_Retail_Sales_by_Week_Ending_2026-03.csv"


def test_there_are_201_weeks_to_the_end_of_march_2026() -> None:
    weeks = table(WEEKS)
    assert len(weeks) == 201
    assert (weeks[0]["first_day"], weeks[-1]["week_ending"]) == ("2023-01-10", "2026-03-31")


def test_135_rows_cover_seven_days_and_66_fewer() -> None:
    weeks = table(WEEKS)
    assert sum(week["days_in_week"] == "7" for week in weeks) == 135
    assert sum(week["part_week"] == "true" for week in weeks) == 66
    assert all((week["part_week"] == "true") == (int(week["days_in_week"]) < 7) for week in weeks)


def test_the_rows_cover_every_day_once_and_end_on_a_saturday_or_at_a_months_end() -> None:
    tomorrow = date(2023, 1, 10)
    for week in table(WEEKS):
        first, last = (date.fromisoformat(week[name]) for name in ("first_day", "week_ending"))
        assert first == tomorrow
        assert int(week["days_in_week"]) == (last - first).days + 1
        tomorrow = last + timedelta(days=1)
        assert last.weekday() == 5 or tomorrow.day == 1


def test_the_first_row_has_five_days_because_stores_opened_on_a_tuesday() -> None:
    first, second = table(WEEKS)[:2]
    assert (first["days_in_week"], first["part_week"]) == ("5", "true")
    assert float(first["medical_sales"]) < 0.7 * float(second["medical_sales"])


@pytest.mark.parametrize(
    ("year", "total", "medical", "adult_use"),
    [("2023", 274.0, 129.3, 144.7), ("2024", 293.6, 93.6, 200.0), ("2025", 290.0, 72.5, 217.5)],
)
def test_a_years_sales_are_the_published_ones(year: str, total: float, medical: float, adult_use: float) -> None:
    def millions(column: str) -> float:
        return round(sum(float(week[column]) for week in table(WEEKS) if week["week_ending"][:4] == year) / 1e6, 1)

    assert (millions("total_sales"), millions("medical_sales"), millions("adult_use_sales")) == (
        total,
        medical,
        adult_use,
    )


def test_the_two_kinds_of_sales_make_the_total_but_for_90_cents_in_one_row() -> None:
    differences = {
        week["week_ending"]: Decimal(week["total_sales"])
        - Decimal(week["adult_use_sales"])
        - Decimal(week["medical_sales"])
        for week in table(WEEKS)
    }
    assert {day: difference for day, difference in differences.items() if difference} == {"2024-02-29": Decimal("0.90")}


def test_the_flag_marks_the_seven_rows_whose_products_do_not_add_up() -> None:
    differences = {
        week["week_ending"]: int(week["total_products"])
        - int(week["adult_use_products"])
        - int(week["medical_products"])
        for week in table(WEEKS)
    }
    marked = {week["week_ending"] for week in table(WEEKS) if week["products_add_up"] == "false"}
    assert marked == {day for day, difference in differences.items() if difference}
    assert f"in {len(marked)} rows, by up to {max(map(abs, differences.values())):,}" in _statement()


def test_the_numbers_in_the_quality_statement_are_those_of_the_table() -> None:
    statement = _statement()
    weeks = table(WEEKS)
    (halloween,) = [week for week in weeks if week["week_ending"] == "2024-10-31"]
    products, dollars = int(halloween["adult_use_products"]), Decimal(halloween["adult_use_sales"])
    assert f"the five days have {products:,} adult-use products for {dollars:,} dollars" in statement
    assert f"That is {dollars / products:.2f} dollars each" in statement
    assert f"an average of {halloween['adult_use_average_price']}" in statement
    assert f"In {sum(_price_is_off(week) for week in weeks)} rows one of the two is more than 10 cents off" in statement


def test_the_caption_of_the_picture_counts_the_part_weeks() -> None:
    descriptor = json.loads((DATASETS / "cannabis-sales" / "datapackage.json").read_text(encoding="utf-8"))
    assert "66 of the 201 rows" in descriptor["academy"]["picture"]["caption"]


def test_two_copies_agree_on_every_week_that_both_have(real_sources: Path) -> None:
    newer = {row["Week Ending"]: row for row in _read(real_sources / SALES)}
    older = {row["Week Ending"]: row for row in _read(real_sources / OLDER_COPY)}
    assert (len(newer), len(older)) == (201, 192)
    assert all(newer[week] == row for week, row in older.items())
    assert max(older, key=lambda week: (week[6:], week[:5])) == "01/31/2026"
    assert "with 192 weeks to January 31, 2026" in _statement()


def test_an_older_download_gives_the_first_rows_of_the_table(real_sources: Path, tmp_path: Path) -> None:
    _build(tmp_path, (real_sources / OLDER_COPY).read_bytes())
    written = (tmp_path / "out/cannabis-sales.csv").read_text(encoding="utf-8")
    assert (DATASETS / WEEKS).read_text(encoding="utf-8").startswith(written)
    assert written.count("\n") == 193


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%dT00:00:00.000"])
def test_days_in_the_iso_form_give_the_same_table(form: str, real_sources: Path, tmp_path: Path) -> None:
    rows = _read(real_sources / SALES)
    for row in rows:
        month, day, year = row["Week Ending"].split("/")
        row["Week Ending"] = date(int(year), int(month), int(day)).strftime(form)
    _build(tmp_path, _csv(rows))
    assert (tmp_path / "out/cannabis-sales.csv").read_bytes() == (DATASETS / WEEKS).read_bytes()


def test_a_fresh_export_with_more_weeks_newest_first_and_one_more_column_is_read(
    real_sources: Path, tmp_path: Path
) -> None:
    rows = _read(real_sources / SALES)
    rows += [{**rows[-1], "Week Ending": day} for day in ("04/04/2026", "04/11/2026")]
    for row in rows:
        row["Remark"] = "new"
    _build(tmp_path, _csv(rows[::-1]))
    written = (tmp_path / "out/cannabis-sales.csv").read_text(encoding="utf-8")
    assert written.startswith((DATASETS / WEEKS).read_text(encoding="utf-8"))
    assert [line.split(",")[:4] for line in written.splitlines()[-2:]] == [
        ["2026-04-01", "2026-04-04", "4", "true"],
        ["2026-04-05", "2026-04-11", "7", "false"],
    ]


def _replace(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return change


# A damage to the file, the error it must raise, and what the message must name.
DAMAGES = {
    "a heading was renamed": (
        _replace(b"Medical Products Sold", b"Medical Units Sold"),
        ColumnMissing,
        ["row 1", "Medical Products Sold"],
    ),
    "a web page was saved in its place": (
        lambda content: b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n",
        ColumnMissing,
        ["Week Ending", "<!DOCTYPE html>"],
    ),
    "the last row is cut short": (lambda content: content[:-25], RowDamaged, ["row 202", "cut short"]),
    "a closed year is not whole": (
        lambda content: b"".join(content.splitlines(keepends=True)[:120]),
        FigureWrong,
        ["weeks of 2024", "all sales"],
    ),
    "a week in the middle is not there": (
        lambda content: b"".join(line for line in content.splitlines(True) if b"06/17/2023" not in line),
        RowMissing,
        ["2023-06-24", "2023-06-18", "2023-06-11", "a week is missing"],
    ),
    "a week is there twice": (
        lambda content: content + content.splitlines(keepends=True)[1],
        RowMissing,
        ["01/14/2023", "twice"],
    ),
    "a day is not a day": (_replace(b"01/21/2023", b"01/32/2023"), ValueWrong, ["row 3", "column Week Ending"]),
    "a number has a dollar sign": (
        _replace(b"1485019.32", b"$1485019.32"),
        ValueWrong,
        ["row 2", "column Adult-Use Retail Sales", "$1485019.32"],
    ),
    "the parts of a total changed": (
        _replace(b"1485019.32", b"1485119.32"),
        FigureWrong,
        ["row 2", "column Total Adult-Use and Medical Sales"],
    ),
    "a week's sales and its total changed": (
        lambda content: _replace(b"3261720.01", b"3261721.01")(_replace(b"1485019.32", b"1485020.32")(content)),
        FigureWrong,
        ["weeks of 2023", "273,966,296.69", "273,966,295.69"],
    ),
    "it was saved as UTF-16": (
        lambda content: content.decode().encode("utf-16"),
        SourceUnreadable,
        ["byte order mark of UTF-16"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    with pytest.raises(error) as caught:
        _build(tmp_path, change((real_sources / SALES).read_bytes()))
    for words in [SALES, *named]:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def _build(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sources" / SALES
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    load_recipe(DATASETS / "cannabis-sales")(tmp_path / "sources", tmp_path / "out")


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _csv(rows: list[dict[str, str]]) -> bytes:
    output = io.StringIO(newline="")
    writer = csv.DictWriter(output, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return output.getvalue().encode()


def _price_is_off(week: dict[str, str]) -> bool:
    return any(
        abs(Decimal(week[f"{kind}_sales"]) / int(week[f"{kind}_products"]) - Decimal(week[f"{kind}_average_price"]))
        > Decimal("0.10")
        for kind in ("adult_use", "medical")
    )


def _statement() -> str:
    return (DATASETS / "cannabis-sales" / "quality.md").read_text(encoding="utf-8")
