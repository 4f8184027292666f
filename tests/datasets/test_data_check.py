"""`academy data check` finds what is wrong with a dataset and names the file and the field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from academy.data.check import check
from academy.data.errors import DatasetMissing

Descriptor = dict[str, Any]


def _faults(datasets: Path, slug: str = "towns") -> list[str]:
    return [str(fault) for fault in check(slug, datasets)]


def _describe(datasets: Path, change: Callable[[Descriptor], object], slug: str = "towns") -> None:
    path = datasets / slug / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    change(descriptor)
    path.write_text(json.dumps(descriptor), encoding="utf-8")


def _change_table(datasets: Path, change: Callable[[bytes], bytes]) -> None:
    """Change towns.csv and record its new checksum, so that only the change itself is at fault."""
    path = datasets / "towns" / "towns.csv"
    content = change(path.read_bytes())
    path.write_bytes(content)

    def record(descriptor: Descriptor) -> None:
        descriptor["resources"][0] |= {
            "bytes": len(content),
            "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        }

    _describe(datasets, record)


def _column(descriptor: Descriptor, name: str) -> Descriptor:
    (column,) = [field for field in descriptor["resources"][0]["schema"]["fields"] if field["name"] == name]
    return column  # type: ignore[no-any-return]


def test_a_whole_dataset_has_no_faults(datasets: Path) -> None:
    assert _faults(datasets) == []


def test_a_table_changed_by_hand_fails_its_checksum(datasets: Path) -> None:
    path = datasets / "towns/towns.csv"
    path.write_bytes(path.read_bytes().replace(b"3303", b"3304"))
    (fault,) = _faults(datasets)
    assert fault.startswith("towns/towns.csv: the checksum differs from datapackage.json, fields hash and bytes")
    assert "academy data build" in fault


def test_a_column_without_a_description_is_named(datasets: Path) -> None:
    _describe(datasets, lambda package: _column(package, "county").pop("description"))
    (fault,) = _faults(datasets)
    assert fault == "towns/datapackage.json, resources, towns, fields, county: missing: description."


@pytest.mark.parametrize("field", ["title", "description", "type", "unit", "missing", "constraints"])
def test_nothing_that_a_column_must_say_can_be_left_out(field: str, datasets: Path) -> None:
    _describe(datasets, lambda package: _column(package, "county").pop(field))
    assert _faults(datasets) == [f"towns/datapackage.json, resources, towns, fields, county: missing: {field}."]


STATES_STANDARD = [
    "agency",
    "category",
    "geographic_unit",
    "temporal_coverage",
    "update_frequency",
    "terms",
    "attribution",
    "contact",
    "synthetic",
    "picture",
]


@pytest.mark.parametrize("field", STATES_STANDARD)
def test_no_field_of_the_states_standard_can_be_left_out(field: str, datasets: Path) -> None:
    _describe(datasets, lambda package: package["academy"].pop(field))
    assert f"towns/datapackage.json, academy: missing: {field}." in _faults(datasets)


ABOUT_A_SOURCE = ["agency", "path", "portal_id", "file", "copy", "vintage", "retrieved", "terms", "bytes", "hash"]


@pytest.mark.parametrize("field", ABOUT_A_SOURCE)
def test_no_fact_about_a_source_can_be_left_out(field: str, datasets: Path) -> None:
    _describe(datasets, lambda package: package["sources"][2].pop(field))
    (fault,) = _faults(datasets)
    assert fault == f"towns/datapackage.json, sources, Annual town population estimates: missing: {field}."


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda package: package.update(description=" "), "description: it is empty. Say it in plain words."),
        (lambda package: package.update(licence="MIT"), "top level: unknown: licence."),
        (lambda package: package["academy"].update(category="Towns"), 'academy, category: "Towns" is not one of:'),
        (lambda package: package["academy"].update(synthetic="no"), 'academy, synthetic: "no" is not of type boolean'),
        (lambda package: package.update(sources=[]), "sources: the list is empty."),
        (lambda package: package["sources"][0].update(retrieved="today"), '"today" has not the right form'),
        (lambda package: package["sources"][0].update(portal_id="none"), "portal_id"),
        (lambda package: package["resources"][0].update(bytes=3_000_000), "resources, towns, bytes: 3000000"),
        (lambda package: package.update(name="town"), "name: it says “town”; the folder is towns."),
        (
            lambda package: package["resources"][0].update(name="places", path="places.csv"),
            "resources, places, path: name the table towns….csv",
        ),
        (lambda package: package["resources"][0]["schema"]["primaryKey"].append("zip"), "primaryKey"),
    ],
    ids=lambda value: None if callable(value) else value[:30],
)
def test_a_wrong_field_is_named(change: Callable[[Descriptor], object], expected: str, datasets: Path) -> None:
    _describe(datasets, change)
    assert any(expected in fault for fault in _faults(datasets)), _faults(datasets)


@pytest.mark.parametrize("name", ["name", "officer_id", "home_address", "birth_date", "email"])
def test_a_column_of_personal_data_is_refused(name: str, datasets: Path) -> None:
    _describe(datasets, lambda package: _column(package, "county").update(name=name))
    assert f"fields, {name}: by its name it holds personal data, which is never shipped" in "\n".join(_faults(datasets))


def test_made_up_data_must_say_so_in_their_name(datasets: Path) -> None:
    _describe(datasets, lambda package: package["academy"].update(synthetic=True))
    (fault,) = _faults(datasets)
    assert fault.startswith('towns/datapackage.json, name: "towns" has not the right form (-synthetic$)')


def test_made_up_data_may_have_columns_about_people_and_answers_kept_apart_and_need_no_source(datasets: Path) -> None:
    _change_table(datasets, lambda content: content.replace(b",county,", b",first_name,", 1))
    folder = (datasets / "towns").rename(datasets / "towns-synthetic")
    (folder / "towns.csv").rename(folder / "towns-synthetic.csv")
    (folder / "towns-with-total.csv").unlink()

    def make_up(package: Descriptor) -> None:
        package.update(name="towns-synthetic", sources=[], resources=package["resources"][:1])
        package["academy"]["synthetic"] = True
        package["academy"]["picture"]["table"] = "towns-synthetic"
        package["resources"][0].update(name="towns-synthetic", path="towns-synthetic.csv", kept_apart=True)
        _column(package, "county").update(name="first_name")

    _describe(datasets, make_up, "towns-synthetic")
    assert _faults(datasets, "towns-synthetic") == []


def test_only_the_answers_to_made_up_data_may_be_kept_apart(datasets: Path) -> None:
    _describe(datasets, lambda package: package["resources"][1].update(kept_apart=True))
    assert _faults(datasets) == [
        "towns/datapackage.json, resources, towns-with-total, kept_apart: only the answers to made-up data are kept "
        "apart. Real tables are open."
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"table": "counties"}, "table: there is no table “counties”."),
        ({"x": "village"}, "x: there is no column “village” in towns."),
        ({"value": "people"}, "value: there is no column “people” in towns."),
        ({"value": "county"}, "value: the column “county” holds no numbers."),
        ({"series": "village"}, "series: there is no column “village” in towns."),
        ({"only": {"village": "Mystic"}}, "only: there is no column “village” in towns."),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_picture_of_what_is_not_there_is_named(change: Descriptor, expected: str, datasets: Path) -> None:
    _describe(datasets, lambda package: package["academy"]["picture"].update(change))
    assert _faults(datasets) == [f"towns/datapackage.json, academy, picture, {expected}"]


def test_a_picture_of_another_kind_than_bars_lines_or_map_is_named(datasets: Path) -> None:
    _describe(datasets, lambda package: package["academy"]["picture"].update(kind="pie"))
    assert _faults(datasets) == [
        'towns/datapackage.json, academy, picture, kind: "pie" is not one of: bars, lines, map.'
    ]


def test_a_description_that_is_not_json_is_named_with_its_line(datasets: Path) -> None:
    (datasets / "towns/datapackage.json").write_text('{"name": "towns",\n "title"}', encoding="utf-8")
    (fault,) = _faults(datasets)
    assert fault.startswith("towns/datapackage.json: the file is not JSON")
    assert "line 2" in fault


def test_a_byte_order_mark_is_named(datasets: Path) -> None:
    _change_table(datasets, lambda content: b"\xef\xbb\xbf" + content)
    (fault,) = _faults(datasets)
    assert fault.startswith("towns/towns.csv: the file starts with a byte order mark.")


def test_a_missing_column_is_named(datasets: Path) -> None:
    def drop_last_column(content: bytes) -> bytes:
        return b"".join(line.rpartition(b",")[0] + b"\n" for line in content.splitlines())

    _change_table(datasets, drop_last_column)
    assert _faults(datasets) == [
        "towns/towns.csv: there is no column “income_top_coded”, which the description promises."
    ]


def test_a_column_that_nobody_described_is_named(datasets: Path) -> None:
    _change_table(datasets, lambda content: content.replace(b"\n", b",x\n").replace(b",x\n", b",note\n", 1))
    (fault,) = _faults(datasets)
    assert fault.startswith("towns/towns.csv: column “note” is not described.")


def test_columns_in_another_order_are_named(datasets: Path) -> None:
    _change_table(datasets, lambda content: content.replace(b"town,town_fips_2020", b"town_fips_2020,town", 1))
    (fault,) = _faults(datasets)
    assert fault.startswith("towns/towns.csv: the columns stand in another order")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (b"0901301080", b"901301080", "row 2, column town_fips_2020"),
        (b",3303,", b",many,", "row 2, column population_2010"),
        (b",3303,", b",,", "row 2, column population_2010"),
        (b",3303,", b",-5,", "row 2, column population_2010"),
        (b"Tolland,Capitol", b"Tollland,Capitol", "row 2, column county"),
        (b"Andover,", b"Ansonia,", "row 3"),
        (b",false\n", b",maybe\n", "row 2, column income_top_coded"),
        (b",false\n", b"\n", "row 2"),
    ],
)
def test_a_cell_that_breaks_its_schema_is_named_by_row_and_column(
    old: bytes, new: bytes, place: str, datasets: Path
) -> None:
    _change_table(datasets, lambda content: content.replace(old, new, 1))
    faults = _faults(datasets)
    assert any(fault.startswith(f"towns/towns.csv, {place}") for fault in faults), faults


def test_windows_line_ends_and_other_encodings_are_named(datasets: Path) -> None:
    _change_table(datasets, lambda content: content.replace(b"\n", b"\r\n").replace(b"Andover", b"And\xf6ver"))
    first, second = _faults(datasets)
    assert first == "towns/towns.csv: row 2 is not UTF-8 text."
    assert "carriage return" in second


def test_a_table_that_is_not_there_is_named(datasets: Path) -> None:
    (datasets / "towns/towns.csv").unlink()
    assert _faults(datasets) == ["towns/towns.csv: the table is not there. Run `academy data build towns`."]


def test_a_file_that_nobody_described_is_named(datasets: Path) -> None:
    (datasets / "towns/towns-old.csv").write_text("town\n", encoding="utf-8")
    (fault,) = _faults(datasets)
    assert fault.startswith("towns/towns-old.csv: the file is not named in datapackage.json.")


def test_a_missing_quality_statement_is_named(datasets: Path) -> None:
    (datasets / "towns/quality.md").unlink()
    assert _faults(datasets) == ["towns/quality.md: the quality statement is not there."]


@pytest.mark.parametrize("section", ["Known errors", "Suppression", "Breaks in series", "What was dropped"])
def test_an_empty_section_of_the_quality_statement_is_named(section: str, datasets: Path) -> None:
    path = datasets / "towns/quality.md"
    before, heading, rest = path.read_text(encoding="utf-8").partition(f"## {section}\n")
    path.write_text(before + heading + "\n" + "## " + rest.partition("\n## ")[2], encoding="utf-8")
    (fault,) = _faults(datasets)
    assert fault.startswith(f"towns/quality.md: the section “## {section}” is missing or empty.")


def test_a_missing_recipe_is_named(datasets: Path) -> None:
    (datasets / "towns/recipe.py").unlink()
    (fault,) = _faults(datasets)
    assert fault.startswith("towns/recipe.py: the recipe is not there")


def test_a_recipe_without_its_function_is_named(datasets: Path) -> None:
    (datasets / "towns/recipe.py").write_text("def build(folder): ...\n", encoding="utf-8")
    assert _faults(datasets) == ["towns/recipe.py: it has no function build(sources, destination)."]


def test_a_recipe_that_python_cannot_read_is_named_with_its_line(datasets: Path) -> None:
    (datasets / "towns/recipe.py").write_text("def build(\n", encoding="utf-8")
    (fault,) = _faults(datasets)
    assert fault.startswith("towns/recipe.py, line 1: Python cannot read it")


def test_a_dataset_that_does_not_exist_is_named_with_its_nearest(datasets: Path) -> None:
    with pytest.raises(DatasetMissing, match="Did you mean towns"):
        check("town", datasets)
