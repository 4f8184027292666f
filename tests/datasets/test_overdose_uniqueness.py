"""How many records are alone on each set of fields: the sets, the shares, and what the recipe refuses.

That no number points at a person is proven in test_no_person_can_be_singled_out.py.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import TypeAlias

import pytest
from committed_tables import table

from academy.data.build import load_recipe
from academy.data.errors import FigureWrong, SourceError, ValueWrong
from academy.project import DATASETS

DEATHS = "drug-deaths/Accidental_Drug_Related_Deaths_2012-2022.csv"
RECORDS = 10_654

Rows: TypeAlias = list[dict[str, str]]


def _sets() -> dict[str, dict[str, str]]:
    return {row["fields"]: row for row in table("overdose-uniqueness/overdose-uniqueness.csv")}


def _quality() -> str:
    return (DATASETS / "overdose-uniqueness/quality.md").read_text(encoding="utf-8")


def test_every_set_of_fields_is_there_once() -> None:
    known = ("time_known", "age_known", "sex_known", "race_known", "residence_known")
    found = Counter(tuple(row[name] for name in known) for row in _sets().values())
    times, ages, places = ("nothing", "year", "month", "day"), ("nothing", "group", "years"), ("county", "city")
    every = set(product(times, ages, ("false", "true"), ("false", "true"), ("nothing", *places)))
    assert set(found) == every - {("nothing", "nothing", "false", "false", "nothing")}
    assert set(found.values()) == {1}
    assert len(_sets()) == 143


def test_the_fields_in_words_are_the_known_ones() -> None:
    for row in _sets().values():
        parts = [row["time_known"], {"group": "age group", "years": "age in years"}.get(row["age_known"], "nothing")]
        parts += [name for name in ("sex", "race") if row[f"{name}_known"] == "true"]
        parts += [row["residence_known"]]
        assert row["fields"] == ", ".join(part for part in parts if part != "nothing")
        assert int(row["number_of_fields"]) == len(row["fields"].split(", "))


def test_all_shares_are_of_10654_records() -> None:
    for row in _sets().values():
        assert int(row["records"]) == RECORDS
        assert f"The source lists {RECORDS:,} people who died" in _quality()
        for what in ("alone", "in_small_groups"):
            if row[f"records_{what}"]:
                share = 100 * int(row[f"records_{what}"]) / RECORDS
                assert float(row[f"percent_{what}"]) == pytest.approx(share, abs=0.0501)


def test_day_age_sex_and_city_leave_nearly_every_record_alone() -> None:
    sets = _sets()
    assert sets["day, age in years, sex, city"]["percent_alone"] == "99.8"
    assert sets["sex, city"]["percent_alone"] == "3.0"
    assert "sex and city leave 3 % alone, day, age, sex and city 99.8 %" in _quality()
    assert float(sets["day, age in years, sex"]["percent_alone"]) > 95


def test_knowing_more_never_leaves_fewer_alone() -> None:
    """A set of fields that adds to another, or is finer, has as many records alone or more."""
    coarser: dict[str, set[str]] = {
        "year": {"nothing"},
        "month": {"nothing", "year"},
        "day": {"nothing", "year", "month"},
        "group": {"nothing"},
        "years": {"nothing", "group"},
        "county": {"nothing"},
        "city": {"nothing"},
        "true": {"false"},
    }
    names = ("time_known", "age_known", "sex_known", "race_known", "residence_known")
    rows = [row for row in _sets().values() if row["records_alone"]]
    for row in rows:
        for other in rows:
            if all(other[name] == row[name] or other[name] in coarser.get(row[name], set()) for name in names):
                assert int(other["records_alone"]) <= int(row["records_alone"])


def test_5_of_143_sets_have_a_hidden_number() -> None:
    hidden = sum(row["suppressed"] == "true" for row in _sets().values())
    assert f"In {hidden} of the {len(_sets())} sets a number from 1 to 5 is hidden" in _quality()


def test_the_numbers_are_those_that_another_count_finds(real_sources: Path) -> None:
    """Counted once more, field by field as published, for sets without grouped fields."""
    with (real_sources / DEATHS).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    fields = {"day": "Date", "age in years": "Age", "county": "Residence County", "city": "Residence City"}
    for chosen in (["day"], ["city"], ["day", "city"], ["age in years", "county"], ["day", "age in years", "city"]):
        groups = Counter(tuple(row[fields[field]].strip() for field in chosen) for row in rows)
        found = _sets()[", ".join(chosen)]
        assert int(found["records_alone"]) == list(groups.values()).count(1)
        assert int(found["records_in_small_groups"]) == sum(size for size in groups.values() if size <= 5)


def _records(number: int = RECORDS) -> Rows:
    """Made-up records, each in a city of its own."""
    return [
        {
            "Date": "01/31/2020",
            "Age": "40",
            "Sex": "Female",
            "Race": "White",
            "Residence County": "COUNTY",
            "Residence City": f"CITY {city}",
        }
        for city in range(number)
    ]


def test_a_number_from_1_to_5_is_hidden_with_its_percent(tmp_path: Path) -> None:
    _build([{**row, "Age": str(20 + (n < 3) * (n + 10))} for n, row in enumerate(_records())], tmp_path)
    with (tmp_path / "out/overdose-uniqueness.csv").open(encoding="utf-8", newline="") as lines:
        rows = {row["fields"]: row for row in csv.DictReader(lines)}
    assert rows["age in years"]["records_alone"] == rows["age in years"]["percent_alone"] == ""
    assert rows["age in years"]["suppressed"] == "true"
    assert (rows["city"]["records_alone"], rows["city"]["suppressed"]) == (str(RECORDS), "false")
    assert (rows["sex"]["records_alone"], rows["sex"]["suppressed"]) == ("0", "false")


# A change to the made-up records, the error it must raise, and what the message must name.
DAMAGES: dict[str, tuple[Callable[[Rows], Rows], type[SourceError], list[str]]] = {
    "all but three records are alone": (
        lambda rows: [*rows[:-3], *({**row, "Residence City": "ONE CITY"} for row in rows[-3:])],
        FigureWrong,
        ["city", "a number under 6 follows from 10654 and 10651", "Leave this set of fields out"],
    ),
    "a race is new": (
        lambda rows: [{**rows[0], "Race": "White, Other"}, *rows[1:]],
        ValueWrong,
        ["row 2, column Race", "“White, Other”"],
    ),
    "a sex is new": (lambda rows: [{**rows[0], "Sex": "X"}, *rows[1:]], ValueWrong, ["row 2, column Sex", "“X”"]),
    "an age is not of a person": (
        lambda rows: [{**rows[0], "Age": "400"}, *rows[1:]],
        ValueWrong,
        ["row 2, column Age", "400"],
    ),
    "a day is not a day": (
        lambda rows: [{**rows[0], "Date": "2020"}, *rows[1:]],
        ValueWrong,
        ["row 2, column Date", "“2020” is not a day"],
    ),
    "half of the records are gone": (lambda rows: rows[::2], FigureWrong, ["5,327 records", "10,654"]),
    "all records are there twice": (lambda rows: rows + rows, FigureWrong, ["21,308 records", "10,654"]),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    with pytest.raises(error) as caught:
        _build(change(_records()), tmp_path)
    for words in (DEATHS, *named):
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def _build(rows: Rows, folder: Path) -> None:
    path = folder / "sources" / DEATHS
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    load_recipe(DATASETS / "overdose-uniqueness")(folder / "sources", folder / "out")
