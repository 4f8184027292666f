"""The data dictionary of P20 WIN: its elements, and the labels that drift."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from committed_tables import table

from academy.data import read_package
from academy.data.build import load_recipe
from academy.data.errors import ColumnMissing, RowMissing, SourceUnreadable, ValueWrong
from academy.project import DATASETS

DICTIONARY = "p20win-data-dictionary/P20WIN_Data_Dictionary.xlsx"
TEXTS, ROWS = "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"


def _elements() -> list[dict[str, str]]:
    return table("p20win-dictionary/p20win-dictionary.csv")


def _quality() -> str:
    return (DATASETS / "p20win-dictionary/quality.md").read_text(encoding="utf-8")


def _says(column: str, value: str) -> int:
    return sum(element[column] == value for element in _elements())


def test_there_are_1593_elements_of_12_agencies_in_13_spellings() -> None:
    elements = _elements()
    assert len(elements) == 1593
    agencies = Counter(element["agency"] for element in elements)
    assert len(agencies) == 13
    assert len({name.removesuffix(" (SDE)") for name in agencies}) == 12
    assert "So 13 spellings are 12 agencies" in _quality()
    assert agencies["State Department of Education (SDE)"] == 61
    assert agencies["State Department of Education"] == 90
    assert "61 elements with the letters SDE, 90 without" in _quality()
    (_, most), (_, second) = agencies.most_common(2)
    assert most > 2 * second
    assert f"describe {most} elements, more than twice" in read_package("p20win-dictionary").picture.caption


def test_the_statement_names_the_day_of_the_edition() -> None:
    package = read_package("p20win-dictionary")
    assert package.sources[0].vintage == "Edition of April 22, 2026"
    assert package.temporal_coverage == ("2026-04-22", "2026-04-22")
    assert "the edition of April 22, 2026" in _quality()


def test_an_element_is_named_once_in_its_category_and_program() -> None:
    keys = {tuple(element[name] for name in ("agency", "program", "category", "element")) for element in _elements()}
    assert len(keys) == 1593


def test_names_that_are_used_more_than_once_are_counted() -> None:
    names = Counter(element["element"].lower() for element in _elements())
    shared = {name: count for name, count in names.items() if count > 1}
    assert f"{len(shared)} names of elements are used more than once, for {sum(shared.values())} elements" in _quality()
    within = Counter(
        (element["agency"], element["category"].lower(), element["element"].lower()) for element in _elements()
    )
    assert f"{sum(count > 1 for count in within.values())} names are used more than once by one agency" in _quality()
    for name in ("Sex", "SASID"):
        assert len({element["definition"] for element in _elements() if element["element"] == name}) > 1


def test_drifting_labels_are_kept_and_counted() -> None:
    categories = {element["category"] for element in _elements()}
    assert categories >= {"Demographic", "Demographics", "Demographics Data", "Linking fields", "Linking Fields"}
    types = {element["data_type"] for element in _elements()}
    assert f"There are {len(types)} spellings of data types" in _quality()
    assert f"{len({name.lower() for name in types})} are left" in _quality()
    assert f"“Interger” stands there {_says('data_type', 'Interger')} times" in _quality()
    years = {element["years_available"] for element in _elements()}
    assert f"There are {len(years)} ways to write the years" in _quality()
    assert years >= {"2010 - Current", "2016-", "2006-07 To Present"}
    assert "such as “2010 - Current”, “2016-” and “2006-07 To Present”" in _quality()
    assert _says("program", "Based on current requirements") == 1


def test_what_is_missing_is_written_out_and_no_cell_is_empty() -> None:
    assert all(cell for element in _elements() for cell in element.values())
    columns = {
        "program": "programs",
        "data_type": "data types",
        "years_available": "years",
        "definition": "definitions",
    }
    counts = [f"{_says(column, 'Not Available')} {words}" for column, words in columns.items()]
    assert f"“Not Available” stands in {', '.join(counts[:-1])} and {counts[-1]}" in _quality()
    assert f"“N/A” stands in {_says('years_available', 'N/A')} years" in _quality()


def test_weak_definitions_are_counted() -> None:
    def letters(text: str) -> str:
        return re.sub(r"\W", "", text).lower()

    repeats = sum(letters(element["definition"]) == letters(element["element"]) for element in _elements())
    assert f"{repeats} definitions only repeat the name" in _quality()
    unused = sum("No longer used" in element["definition"] for element in _elements())
    assert f"{unused} definitions say that the element is no longer used" in _quality()
    outdated = sum("retard" in element["definition"] for element in _elements())
    assert f"{outdated} definitions use a word for people" in _quality()


def test_every_cell_is_on_one_line() -> None:
    assert all(cell == " ".join(cell.split()) for element in _elements() for cell in element.values())
    codes = [element["definition"] for element in _elements() if element["definition"].startswith("1 = Yes / 0 = No")]
    assert codes


def test_the_line_breaks_that_became_slashes_are_counted(real_sources: Path) -> None:
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(real_sources / DICTIONARY).get_sheet_by_name("Sheet 1").to_python()
    broken = [sum("\n" in str(row[place]) for row in rows) for place in (5, 4)]
    assert (
        "In {} definitions a slash stands in their place, because many list codes line by line. In {} names".format(
            *broken
        )
        in _quality()
    )


def _change(file: str, old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        assert old.encode() in files[file]
        files[file] = files[file].replace(old.encode(), new.encode(), 1)

    return change


def _without_last_rows(files: dict[str, bytes]) -> None:
    files[ROWS] = re.sub(rb'<row r="15[6-9]\d".*</row>', b"", files[ROWS])


def _first_row_twice(files: dict[str, bytes]) -> None:
    second = re.search(rb'<row r="2">.*?</row>', files[ROWS])
    assert second is not None
    files[ROWS] = re.sub(rb'<row r="3">.*?</row>', second[0].replace(b'2"', b'3"'), files[ROWS])


# A damage to the workbook, the error it must raise, and what the message must name.
DAMAGES: dict[str, tuple[Callable[[dict[str, bytes]], None], type[Exception], list[str]]] = {
    "a column was renamed": (_change(TEXTS, ">Data Type<", ">Type<"), ColumnMissing, ["row 1", "Data Type"]),
    "the sheet was renamed": (
        _change("xl/workbook.xml", '"Sheet 1"', '"Elements"'),
        SourceUnreadable,
        ["Sheet 1", "Elements"],
    ),
    "an agency is new": (
        _change(TEXTS, ">Office of Early Childhood (OEC)<", ">Department of Aging<"),
        ValueWrong,
        ["column Agency", "Department of Aging", "new category"],
    ),
    "a program is new": (
        _change(TEXTS, ">PowerSchool<", ">SchoolPower<"),
        ValueWrong,
        ["column Program", "SchoolPower"],
    ),
    "a category is new": (
        _change(TEXTS, ">Bail Interviews<", ">Interviews<"),
        ValueWrong,
        ["column Data Category", "Interviews"],
    ),
    "a definition is empty": (
        _change(TEXTS, ">Connecticut state identifying number<", "><"),
        ValueWrong,
        ["row 4", "column Data Element Definition", "empty"],
    ),
    "the last agency is missing": (
        _without_last_rows,
        RowMissing,
        ["column Agency", "Connecticut Department of Correction (DOC)"],
    ),
    "an element is there twice": (_first_row_twice, RowMissing, ["row 3", "Local Identifier", "first time in row 2"]),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_damaged_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    with zipfile.ZipFile(real_sources / DICTIONARY) as workbook:
        files = {name: workbook.read(name) for name in workbook.namelist()}
    change(files)
    path = tmp_path / "sources" / DICTIONARY
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as workbook:
        for name, content in files.items():
            workbook.writestr(name, content)
    with pytest.raises(error) as caught:
        load_recipe(DATASETS / "p20win-dictionary")(tmp_path / "sources", tmp_path / "out")
    for words in [DICTIONARY, *named]:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()
