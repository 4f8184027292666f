"""What every recipe relies on: reading a source, naming what is wrong with it, writing a table."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.data.errors import (
    ColumnMissing,
    FigureWrong,
    RowDamaged,
    RowMissing,
    SourceMissing,
    SourceUnreadable,
    ValueWrong,
)
from academy.data.recipe import (
    SourceRow,
    index_once,
    read_source_rows,
    read_source_sheet,
    read_source_text,
    require_figure,
    require_once,
    write_tables,
)

# Carriage returns are left out: a CSV reader takes them for the end of a line.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=20)
NAMES = st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=2, max_size=4, unique=True)


@given(names=NAMES, rows=st.lists(st.lists(TEXT, min_size=4, max_size=4), min_size=1, max_size=6))
def test_what_is_written_is_read_again(names: list[str], rows: list[list[str]]) -> None:
    table = [dict(zip(names, row, strict=False)) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        write_tables(Path(folder), {"t.csv": table})
        content = (Path(folder) / "t.csv").read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf")
        read = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
        assert read == table
        write_tables(Path(folder), {"t.csv": table})
        assert (Path(folder) / "t.csv").read_bytes() == content
        assert [path.name for path in Path(folder).iterdir()] == ["t.csv"]


def test_empty_true_and_false_are_written_as_the_packages_describe_them(tmp_path: Path) -> None:
    write_tables(tmp_path, {"t.csv": [{"a": None, "b": True, "c": False, "d": 7, "e": "07"}]})
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "a,b,c,d,e\n,true,false,7,07\n"


def test_a_table_without_a_row_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(RowMissing, match=r"^b\.csv: the sources give no row for this table"):
        write_tables(tmp_path, {"a.csv": [{"town": "Avon"}], "b.csv": []})
    assert list(tmp_path.iterdir()) == []


@given(number=st.integers(min_value=0, max_value=10**12))
def test_a_whole_number_is_read_as_it_stands(number: int) -> None:
    assert SourceRow("f.csv", 2, {"n": str(number)}).whole_number("n") == number


@pytest.mark.parametrize("text", ["", "-", "*", "1,234", "1.0", "-5", "NA", "²", "٣"])
def test_what_is_not_a_whole_number_is_named_by_file_row_and_column(text: str) -> None:
    with pytest.raises(ValueWrong, match=r"f\.csv, row 9, column people: “"):
        SourceRow("f.csv", 9, {"people": text}).whole_number("people")


def test_a_thousands_mark_is_read_where_the_publisher_writes_one() -> None:
    row = SourceRow("f.csv", 9, {"people": "1,234,567", "dollars": "1,234.50"})
    assert row.whole_number("people", thousands=",") == 1_234_567
    assert row.decimal("dollars", thousands=",") == Decimal("1234.50")
    with pytest.raises(ValueWrong, match=r"^f\.csv, row 9, column people: “1,234,567” is not a whole number"):
        row.whole_number("people")


@given(number=st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_a_decimal_keeps_the_digits_of_the_file(number: Decimal) -> None:
    assert str(SourceRow("f.csv", 2, {"n": str(number)}).decimal("n")) == str(number)


@pytest.mark.parametrize("text", ["", "-", "*", "1,5", "7 %", "$7", "NaN", "Infinity"])
def test_what_is_not_a_number_is_named_by_file_row_and_column(text: str) -> None:
    with pytest.raises(ValueWrong, match=r"^f\.csv, row 9, column rate: “.*” is not a number"):
        SourceRow("f.csv", 9, {"rate": text}).decimal("rate")


@given(day=st.dates())
def test_a_day_is_read_as_the_portal_exports_it_and_as_its_programming_interface_writes_it(day: date) -> None:
    written = [
        day.isoformat(),
        f"{day.isoformat()}T00:00:00.000",
        f"{day.isoformat()}T00:00:00Z",
        f"{day:%m/%d/}{day.year:04}",
    ]
    assert [SourceRow("f.csv", 2, {"d": text}).day("d", "%m/%d/%Y") for text in written] == [day] * 4


@pytest.mark.parametrize("text", ["", "2026", "13/01/2026", "02/30/2026", "2026-01-05T09:30:00.000", "Jan 5"])
def test_what_is_not_a_day_is_named_by_file_row_and_column(text: str) -> None:
    with pytest.raises(ValueWrong, match=r"^f\.csv, row 9, column week: “.*” is not a day"):
        SourceRow("f.csv", 9, {"week": text}).day("week", "%m/%d/%Y")


def test_a_text_that_must_be_there_is_named_where_it_is_empty() -> None:
    assert SourceRow("f.csv", 9, {"town": "Avon"}).text("town") == "Avon"
    with pytest.raises(ValueWrong, match=r"^f\.csv, row 9, column town: the cell is empty"):
        SourceRow("f.csv", 9, {"town": ""}).text("town")


def test_a_new_category_is_named_beside_the_known_ones() -> None:
    row = SourceRow("f.csv", 9, {"race": "Other"})
    assert row.one_of("race", ["White", "Other"]) == "Other"
    with pytest.raises(ValueWrong, match=r"^f\.csv, row 9, column race: “Other” is a new category") as caught:
        row.one_of("race", ["Black", "White"])
    assert "Known are: Black, White. If the publisher added one, change the recipe and the description." in str(
        caught.value
    )
    with pytest.raises(ValueWrong, match=r"Known are: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 …\."):
        row.one_of("race", map(str, range(100)))


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("town,n\nAvon, 1 \n\nBerlin,2\n", encoding="utf-8")
    rows = read_source_rows(tmp_path, "f.csv", ["town", "n"])
    assert [(row.number, row["town"], row["n"]) for row in rows] == [(2, "Avon", "1"), (4, "Berlin", "2")]


def test_a_column_that_is_there_twice_is_named(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("town,n,n\nAvon,1,2\n", encoding="utf-8")
    with pytest.raises(ColumnMissing, match=r"f\.csv, row 1: column “n” is there 2 times"):
        read_source_rows(tmp_path, "f.csv", ["town", "n"])


def test_a_row_that_is_too_short_is_named_with_the_first_column_that_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("town,n\nBerlin,2\nAvon\n", encoding="utf-8")
    with pytest.raises(RowDamaged, match=r"^f\.csv, row 3, column n: 1 values where the header names 2 columns"):
        read_source_rows(tmp_path, "f.csv", ["town"])


def test_a_row_that_is_too_long_is_named(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("town,n\nBerlin,2\nAvon,1,2\n", encoding="utf-8")
    with pytest.raises(RowDamaged, match=r"^f\.csv, row 3: 3 values where the header names 2 columns"):
        read_source_rows(tmp_path, "f.csv", ["town"])


def test_a_quotation_mark_that_never_closes_is_named(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text('town,n\n"Avon,1\n', encoding="utf-8")
    with pytest.raises(SourceUnreadable, match=r"f\.csv, row 2: not CSV"):
        read_source_rows(tmp_path, "f.csv", ["town"])


def test_a_byte_order_mark_is_read_only_where_the_publisher_writes_one(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(b"\xef\xbb\xbftown\nAvon\n")
    with pytest.raises(SourceUnreadable, match=r"^f\.csv, row 1: .* a byte order mark, which its publisher does not"):
        read_source_rows(tmp_path, "f.csv", ["town"])
    (row,) = read_source_rows(tmp_path, "f.csv", ["town"], encoding="utf-8-sig")
    assert row["town"] == "Avon"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("saved_as", ["utf-16", "utf-16-be"])
def test_utf_16_is_named_whatever_the_publisher_writes(encoding: str, saved_as: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(
        "\ufefftown\nAvon\n".removeprefix("\ufeff" * (saved_as == "utf-16")).encode(saved_as)
    )
    with pytest.raises(SourceUnreadable, match=r"^f\.csv, row 1: .* byte order mark of UTF-16"):
        read_source_text(tmp_path, "f.csv", encoding)


def test_a_byte_of_another_encoding_is_named_by_row_and_column(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes("n,town\n1,Avon\n2,Bérlin\n".encode("cp1252"))
    with pytest.raises(SourceUnreadable, match=r"^f\.csv, row 3, column 2: a byte that is not UTF-8 text"):
        read_source_rows(tmp_path, "f.csv", ["town"])
    assert read_source_rows(tmp_path, "f.csv", ["town"], encoding="cp1252")[1]["town"] == "Bérlin"


def test_title_lines_before_the_header_are_passed_over_and_counted(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("Towns of 2020\n\ntown,n\nAvon,1\nBerlin\n", encoding="utf-8")
    with pytest.raises(RowDamaged, match=r"^f\.csv, row 5, column n"):
        read_source_rows(tmp_path, "f.csv", ["town"], title_lines=2)
    with pytest.raises(ColumnMissing, match=r"^f\.csv, row 3: there is no column “people”\."):
        read_source_rows(tmp_path, "f.csv", ["people"], title_lines=2)
    (tmp_path / "f.csv").write_text("Towns of 2020\n\ntown,n\nAvon,1\n", encoding="utf-8")
    (row,) = read_source_rows(tmp_path, "f.csv", ["town"], title_lines=2)
    assert (row.number, row["town"]) == (4, "Avon")


def test_a_file_that_ends_in_its_title_lines_has_no_columns(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("Towns of 2020\n", encoding="utf-8")
    with pytest.raises(ColumnMissing, match=r"there is no column “town”\.\n    Its columns are: none\."):
        read_source_rows(tmp_path, "f.csv", ["town"], title_lines=2)


def test_a_file_inside_a_zip_file_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        archive.writestr("data/towns.csv", "town,n\nAvon,1\n")
    (row,) = read_source_rows(tmp_path, "f.zip", ["town"], member="data/towns.csv")
    assert row.place("town") == "f.zip, row 2, column town"
    with pytest.raises(SourceUnreadable, match=r"^f\.zip, towns\.csv: it cannot be unpacked"):
        read_source_rows(tmp_path, "f.zip", ["town"], member="towns.csv")


@pytest.mark.parametrize(
    "damage",
    [lambda content: b"<html></html>", lambda content: content[:60], lambda content: content.replace(b"Avon", b"Anov")],
    ids=["a-web-page", "cut-short", "another-byte"],
)
def test_a_damaged_zip_file_is_named(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        archive.writestr("towns.csv", "town,n\nAvon,1\n")
    (tmp_path / "f.zip").write_bytes(damage((tmp_path / "f.zip").read_bytes()))
    with pytest.raises(SourceUnreadable, match=r"^f\.zip, towns\.csv: it cannot be unpacked"):
        read_source_rows(tmp_path, "f.zip", ["town"], member="towns.csv")


def test_a_sheet_is_read_with_whole_numbers_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    _workbook(
        tmp_path / "f.xlsx",
        "Towns",
        [["town", "year", "rate"], [" Avon ", 2019, 1.5], ["", "", ""], ["Berlin", 2020, 2]],
    )
    rows = read_source_sheet(tmp_path, "f.xlsx", "Towns", ["town", "rate"])
    assert [(row.number, dict(row.values)) for row in rows] == [
        (2, {"town": "Avon", "year": "2019", "rate": "1.5"}),
        (4, {"town": "Berlin", "year": "2020", "rate": "2"}),
    ]


def test_a_sheet_or_column_that_is_not_there_is_named_beside_those_that_are(tmp_path: Path) -> None:
    _workbook(tmp_path / "f.xlsx", "Towns", [["town", "n"], ["Avon", 1]])
    with pytest.raises(
        SourceUnreadable, match=r"^f\.xlsx: there is no sheet “Counties”\.\n    Its sheets are: Towns\."
    ):
        read_source_sheet(tmp_path, "f.xlsx", "Counties", ["town"])
    with pytest.raises(
        ColumnMissing, match=r"^f\.xlsx, row 1: there is no column “people”\.\n    Its columns are: town, n\."
    ):
        read_source_sheet(tmp_path, "f.xlsx", "Towns", ["people"])


@pytest.mark.parametrize("content", [b"", b"town,n\nAvon,1\n", b"<html></html>"])
def test_what_is_not_a_workbook_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "f.xlsx").write_bytes(content)
    with pytest.raises(SourceUnreadable, match=r"^f\.xlsx: it is not an Excel workbook"):
        read_source_sheet(tmp_path, "f.xlsx", "Towns", ["town"])


def test_an_empty_sheet_has_no_columns(tmp_path: Path) -> None:
    _workbook(tmp_path / "f.xlsx", "Towns", [])
    with pytest.raises((ColumnMissing, SourceUnreadable), match=r"^f\.xlsx"):
        read_source_sheet(tmp_path, "f.xlsx", "Towns", ["town"])


@pytest.mark.parametrize("name", ["f.csv", "f.xlsx"])
def test_a_file_that_is_not_there_is_named_with_the_setting_that_finds_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(
        SourceMissing, match=rf"^{name}: the file is not in .*\n.*--sources or the setting ACADEMY_SOURCES"
    ):
        if name.endswith("xlsx"):
            read_source_sheet(tmp_path, name, "Towns", ["town"])
        else:
            read_source_rows(tmp_path, name, ["town"])


def test_missing_keys_are_counted_and_the_first_are_named() -> None:
    rows = [SourceRow("f.csv", 2, {"town": "Avon"})]
    with pytest.raises(RowMissing, match=r"f\.csv, column town: 6 of 7 are missing: A, B, C, D, E …"):
        index_once("f.csv", rows, "town", ["Avon", "A", "B", "C", "D", "E", "F"])


def test_a_key_that_is_not_expected_is_named() -> None:
    rows = [SourceRow("f.csv", 2, {"town": "Avon"}), SourceRow("f.csv", 3, {"town": "Total"})]
    with pytest.raises(RowMissing, match=r"f\.csv, row 3, column town: “Total” is not expected here"):
        index_once("f.csv", rows, "town", ["Avon"])


def test_a_figure_that_differs_is_named_beside_the_published_one() -> None:
    require_figure("f.csv", "the total", 10, 10)
    with pytest.raises(FigureWrong, match=r"f\.csv: the total is 1,000; published is 1,001\."):
        require_figure("f.csv", "the total", 1000, 1001)


def test_a_repeated_row_is_named_with_the_row_that_it_repeats() -> None:
    rows = [
        SourceRow("f.csv", 2, {"town": "Avon", "year": "2019", "n": "1"}),
        SourceRow("f.csv", 3, {"town": "Avon", "year": "2020", "n": "1"}),
        SourceRow("f.csv", 4, {"town": "Avon", "year": "2019", "n": "2"}),
    ]
    require_once(rows, "town", "year", "n")
    with pytest.raises(RowMissing, match=r"^f\.csv, row 4, column year: “Avon, 2019” is there twice; .* in row 2\."):
        require_once(rows, "town", "year")


def test_shapes_are_written_one_a_line_to_about_a_metre(tmp_path: Path) -> None:
    square = [[-72.123456789, 41.5], [-72.1, 41.5], [-72.1, 41.6], [-72.123456789, 41.5]]
    avon = {"type": "Feature", "properties": {"town": "Avón"}, "geometry": {"type": "Polygon", "coordinates": [square]}}
    write_tables(tmp_path, {"t.csv": [{"town": "Avon"}]}, shapes={"t.geojson": [avon, avon]})
    text = (tmp_path / "t.geojson").read_text(encoding="utf-8")
    assert text.splitlines()[1].startswith(
        '{"type":"Feature","properties":{"town":"Avón"},"geometry":{"type":"Polygon","coordinates":[[[-72.12346,41.5],'
    )
    assert len(text.splitlines()) == 4
    assert json.loads(text)["features"][1]["properties"] == {"town": "Avón"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.csv", "t.geojson"]


def _workbook(path: Path, sheet: str, rows: Sequence[Sequence[str | float]]) -> None:
    """Write the least that is an Excel workbook: one sheet, text in its cells and numbers as decimals."""

    def cell(value: str | float) -> str:
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        return f"<c><v>{value}</v></c>"

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="{sheet}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
