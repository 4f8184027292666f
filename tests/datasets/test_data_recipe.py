"""What every recipe relies on: reading a source, naming what is wrong with it, writing a table."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.data.errors import ColumnMissing, FigureWrong, RowDamaged, RowMissing, SourceUnreadable, ValueWrong
from academy.data.recipe import SourceRow, index_once, read_source_rows, require_figure, write_tables

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


@given(number=st.integers(min_value=0, max_value=10**12))
def test_a_whole_number_is_read_as_it_stands(number: int) -> None:
    assert SourceRow("f.csv", 2, {"n": str(number)}).whole_number("n") == number


@pytest.mark.parametrize("text", ["", "-", "*", "1,234", "1.0", "-5", "NA", "²", "٣"])
def test_what_is_not_a_whole_number_is_named_by_file_row_and_column(text: str) -> None:
    with pytest.raises(ValueWrong, match=r"f\.csv, row 9, column people: “"):
        SourceRow("f.csv", 9, {"people": text}).whole_number("people")


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("town,n\nAvon, 1 \n\nBerlin,2\n", encoding="utf-8")
    rows = read_source_rows(tmp_path, "f.csv", ["town", "n"])
    assert [(row.number, row["town"], row["n"]) for row in rows] == [(2, "Avon", "1"), (4, "Berlin", "2")]


def test_a_column_that_is_there_twice_is_named(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("town,n,n\nAvon,1,2\n", encoding="utf-8")
    with pytest.raises(ColumnMissing, match=r"f\.csv, row 1: column “n” is there 2 times"):
        read_source_rows(tmp_path, "f.csv", ["town", "n"])


@pytest.mark.parametrize("row", ["Avon", "Avon,1,2"])
def test_a_row_that_is_too_short_or_too_long_is_named(row: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(f"town,n\nBerlin,2\n{row}\n", encoding="utf-8")
    with pytest.raises(RowDamaged, match=r"f\.csv, row 3: \d values where the header names 2 columns"):
        read_source_rows(tmp_path, "f.csv", ["town"])


def test_a_quotation_mark_that_never_closes_is_named(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text('town,n\n"Avon,1\n', encoding="utf-8")
    with pytest.raises(SourceUnreadable, match=r"f\.csv, row 2: not CSV"):
        read_source_rows(tmp_path, "f.csv", ["town"])


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
