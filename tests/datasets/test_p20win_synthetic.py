"""The made-up files of three agencies: exact matching misses much, a sensible rule does well, nothing else tells."""

from __future__ import annotations

import csv
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from committed_tables import table

from academy.data import read_package, tables
from academy.data.build import load_recipe
from academy.data.errors import ColumnMissing, FigureWrong, RowMissing
from academy.project import DATASETS

SLUG = "p20win-synthetic"
ZIP_CODES = "town-reference/2020zip-to-town.csv"
NAME_LENGTH = 12

Rule = Callable[[dict[str, str], dict[str, str]], bool]


@cache
def _file(name: str) -> tuple[dict[str, str], ...]:
    return tuple(table(f"{SLUG}/{SLUG}-{name}.csv"))


@cache
def _truth() -> dict[str, str]:
    return {row["record_id"]: row["person_id"] for row in _file("truth")}


def _person(record: str) -> str:
    return _truth()[record]


def _record(row: dict[str, str]) -> str:
    return next(cell for column, cell in row.items() if column.endswith("_record_id"))


def _linked(name: str) -> list[tuple[dict[str, str], dict[str, str]]]:
    """The school record and the other record of each person who has both."""
    graduates = {_person(_record(row)): row for row in _file("graduates")}
    return [(graduates[_person(_record(row))], row) for row in _file(name) if _person(_record(row)) in graduates]


def _quality() -> str:
    return (DATASETS / SLUG / "quality.md").read_text(encoding="utf-8")


def _capitals(text: str) -> str:
    return text.upper()[:NAME_LENGTH]


def _differ(name: str, column: str) -> int:
    return sum(_capitals(ours[column]) != _capitals(theirs[column]) for ours, theirs in _linked(name))


# Rules of matching. What two records have in common, as a learner would compare it.


def _same_name(ours: dict[str, str], theirs: dict[str, str]) -> bool:
    return all(ours[column].upper() == theirs[column].upper() for column in ("first_name", "last_name"))


def _exact(ours: dict[str, str], theirs: dict[str, str]) -> bool:
    return _same_name(ours, theirs) and ours["birth_date"] == theirs["birth_date"]


def _sensible(ours: dict[str, str], theirs: dict[str, str]) -> bool:
    agreements = [
        ours["birth_date"] == theirs["birth_date"],
        _capitals(ours["last_name"]) == _capitals(theirs["last_name"]),
        ours["first_name"].upper()[:3] == theirs["first_name"].upper()[:3],
    ]
    middle = theirs.get("middle_name", theirs.get("middle_initial", ""))[:1]
    same_middle = bool(middle) and middle == ours["middle_name"][:1]
    return all(agreements) or (sum(agreements) == 2 and same_middle)


def _scores(name: str, rule: Rule) -> tuple[float, float]:
    """Precision and recall, in percent, of all pairs that the rule links."""
    by_mark = defaultdict(list)
    for ours in _file("graduates"):
        for mark in (ours["birth_date"], (ours["first_name"].upper()[:3], _capitals(ours["last_name"]))):
            by_mark[mark].append(ours)
    found = {
        (_record(ours), _record(theirs))
        for theirs in _file(name)
        for mark in (theirs["birth_date"], (theirs["first_name"].upper()[:3], _capitals(theirs["last_name"])))
        for ours in by_mark[mark]
        if rule(ours, theirs)
    }
    right = sum(_person(ours) == _person(theirs) for ours, theirs in found)
    return round(100 * right / len(found), 1), round(100 * right / len(_linked(name)), 1)


def test_it_says_everywhere_that_it_is_made_up() -> None:
    package = read_package(SLUG)
    assert package.synthetic
    assert "made up" in package.title and "Made up" in package.description
    assert "Made-up data" in _quality() and "Made-up data" in package.picture.caption
    assert all(part.description.startswith("Made-up data.") for part in package.tables)


def test_1200_graduates_of_whom_about_half_enroll_and_six_in_ten_work_in_the_state() -> None:
    assert len(_file("graduates")) == 1200
    enrolled, working = len(_linked("enrollments")), len(_linked("wages"))
    assert 0.5 < enrolled / 1200 < 0.55
    assert 0.59 < working / 1200 < 0.64
    stated = (
        f"{enrolled} of the {len(_file('enrollments'))} enrollments and {working} of the {len(_file('wages'))} wage"
    )
    assert stated in _quality()
    everywhere = {_person(_record(row)) for _, row in _linked("enrollments")} & {
        _person(_record(row)) for _, row in _linked("wages")
    }
    assert f"{len(everywhere)} people are in all three files" in _quality()


def test_exact_matching_misses_about_a_quarter_and_links_almost_nobody_wrongly() -> None:
    assert _scores("enrollments", _exact) == (99.8, 79.0)
    assert _scores("wages", _exact) == (99.6, 74.5)
    assert _stated(_exact, "of its links {} % and {} % are right", "finds {} % in the enrollments and {} % in the wage")


def test_names_alone_link_many_people_wrongly() -> None:
    assert _scores("enrollments", _same_name) == (72.6, 84.9)
    assert _scores("wages", _same_name) == (73.2, 79.2)
    assert _stated(_same_name, "of its links {} % and {} % are right", "finds {} % and {} %;")


def test_a_sensible_rule_is_right_in_95_of_100_links_and_finds_85_of_100_or_more() -> None:
    assert _scores("enrollments", _sensible) == (98.0, 96.1)
    assert _scores("wages", _sensible) == (96.6, 95.5)
    assert _stated(_sensible, "of its links {} % and {} % are right", "finds {} % and {} %;")


def _stated(rule: Rule, precision: str, recall: str) -> bool:
    """Whether one line of the quality statement has these scores of both files."""
    scores = [_scores(name, rule) for name in ("enrollments", "wages")]
    words = [precision.format(*(score[0] for score in scores)), recall.format(*(score[1] for score in scores))]
    return any(all(part in line for part in words) for line in _quality().splitlines())


def test_the_picture_shows_what_its_caption_says() -> None:
    industries = Counter(row["industry"] for row in _file("wages"))
    shops_and_meals = industries["Retail trade"] + industries["Accommodation and food services"]
    assert 0.47 < shops_and_meals / industries.total() < 0.53
    assert "about half" in read_package(SLUG).picture.caption


def test_without_capitals_no_wage_record_matches_at_all() -> None:
    names = {(row["first_name"], row["last_name"]) for row in _file("graduates")}
    assert not names & {(row["first_name"], row["last_name"]) for row in _file("wages")}


def test_the_slips_are_those_that_the_quality_statement_counts() -> None:
    quality = _quality()
    counts = {
        column: [_differ(name, column) for name in ("enrollments", "wages")]
        for column in ("first_name", "last_name", "birth_date")
    }
    assert "first name differs in {} enrollments and {} wage records".format(*counts["first_name"]) in quality
    assert "last name differs in {} enrollments and {} wage records".format(*counts["last_name"]) in quality
    assert "date of birth differs in {} and {}:".format(*counts["birth_date"]) in quality
    no_middle = [
        sum(row[column] == "" for row in _file(name))
        for name, column in (("graduates", "middle_name"), ("enrollments", "middle_name"), ("wages", "middle_initial"))
    ]
    assert "missing in {} school records, {} enrollments and {} wage records".format(*no_middle) in quality
    initials = sum(len(row["middle_name"]) == 1 for row in _file("enrollments"))
    assert f"{initials} enrollments have only its first letter" in quality
    families = Counter((row["last_name"], row["birth_date"], row["town"]) for row in _file("graduates"))
    assert f"{sum(count == 2 for count in families.values())} pairs of twins" in quality
    cut = sum(len(row["last_name"]) == NAME_LENGTH for row in _file("wages"))
    assert max(len(row[name]) for row in _file("wages") for name in ("first_name", "last_name")) == NAME_LENGTH
    assert f"cuts names after {NAME_LENGTH} letters. {cut} last names have the full {NAME_LENGTH}" in quality


def test_the_kinds_of_slips_are_all_there() -> None:
    pairs = _linked("enrollments") + _linked("wages")
    first = [(ours["first_name"].upper(), theirs["first_name"].upper()) for ours, theirs in pairs]
    assert sum(len(theirs) in {3, 4} and ours != theirs and ours.startswith(theirs) for ours, theirs in first) > 80
    assert sum(ours != theirs and sorted(ours) == sorted(theirs) for ours, theirs in first) > 3
    last = [(_capitals(ours["last_name"]), theirs["last_name"].upper()) for ours, theirs in pairs]
    assert sum("-" in theirs and theirs.startswith(ours) for ours, theirs in last) > 20
    assert sum(ours[:2] != theirs[:2] for ours, theirs in last) > 20
    days = [(ours["birth_date"], theirs["birth_date"]) for ours, theirs in pairs]
    assert sum(ours != theirs and ours[5:7] == theirs[8:] and ours[8:] == theirs[5:7] for ours, theirs in days) > 5
    assert sum(ours[:8] == theirs[:8] and ours[8:] == theirs[:7:-1] for ours, theirs in days if ours != theirs) > 3


def test_moved_people_and_old_village_names_are_counted(real_sources: Path) -> None:
    with (real_sources / ZIP_CODES).open(encoding="utf-8-sig", newline="") as lines:
        town_of = {row["2020zip5"]: row["Town_Name"] for row in csv.DictReader(lines)}
    moved = [
        sum(ours["town"] != theirs["town"] for ours, theirs in _linked("enrollments")),
        sum(ours["town"] != town_of[theirs["zip"]] for ours, theirs in _linked("wages")),
    ]
    assert "The town differs in {} and {}.".format(*moved) in _quality()
    towns = {town["town"] for town in table("towns/towns.csv")}
    assert {row["town"] for row in _file("graduates")} <= towns
    villages = Counter(row["town"] for row in _file("enrollments") if row["town"] not in towns)
    assert f"In {sum(villages.values())} enrollments the town is an old village name" in _quality()
    with (real_sources / "town-reference/ctnamecleaner.csv").open(encoding="utf-8-sig", newline="") as lines:
        known = {row["name"]: row["realname"] for row in csv.DictReader(lines)}
    written_for = load_recipe(DATASETS / SLUG).__globals__["VILLAGES"]
    assert villages.keys() <= set(written_for.values())
    assert all(known[village.upper()] == town.upper() for town, village in written_for.items())


def test_towns_are_drawn_in_proportion_to_their_people() -> None:
    people = {town["town"]: int(town["population_2020"]) for town in table("towns/towns.csv")}
    drawn = Counter(row["town"] for row in _file("graduates"))
    assert not drawn.keys() & {"Lisbon", "Union"}
    largest = sorted(people, key=lambda town: -people[town])[:20]
    assert (
        abs(sum(drawn[town] for town in largest) / 1200 - sum(people[town] for town in largest) / sum(people.values()))
        < 0.05
    )


@pytest.mark.parametrize("name", ["enrollments", "wages"])
def test_neither_row_order_nor_number_tells_who_is_who(name: str) -> None:
    places = {_record(row): place for place, row in enumerate(_file("graduates"))}
    pairs = [(places[_record(ours)], int(_record(theirs)[1:])) for ours, theirs in _linked(name)]
    assert abs(_correlation(pairs)) < 0.1
    assert sum(_record(ours)[1:] == _record(theirs)[1:] for ours, theirs in _linked(name)) < 5
    for file in ("graduates", name):
        rows = [(int(_record(row)[1:]), int(_person(_record(row))[1:])) for row in _file(file)]
        assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
        assert abs(_correlation(rows)) < 0.1


def _correlation(pairs: list[tuple[int, int]]) -> float:
    """Correlation of ranks."""
    columns = []
    for values in zip(*pairs, strict=True):
        rank = {value: place for place, value in enumerate(sorted(set(values)))}
        columns.append([rank[value] for value in values])
    means = [sum(column) / len(column) for column in columns]
    spread = [sum((value - mean) ** 2 for value in column) ** 0.5 for column, mean in zip(columns, means, strict=True)]
    products = sum((left - means[0]) * (right - means[1]) for left, right in zip(*columns, strict=True))
    return products / (spread[0] * spread[1])


def test_every_record_has_one_truth_and_nobody_is_twice_in_a_file() -> None:
    records = [_record(row) for name in ("graduates", "enrollments", "wages") for row in _file(name)]
    assert records == [row["record_id"] for row in _file("truth")]
    for name in ("graduates", "enrollments", "wages"):
        people = [_person(_record(row)) for row in _file(name)]
        assert len(people) == len(set(people))


def test_learners_get_the_reviewed_pairs_but_not_the_truth() -> None:
    given = [path.name.removeprefix(f"{SLUG}-") for path in tables(SLUG)]
    assert given == ["graduates.csv", "enrollments.csv", "wages.csv", "labelled-pairs.csv"]
    assert all("person_id" not in path.read_text(encoding="utf-8") for path in tables(SLUG))


def test_the_reviewed_pairs_agree_with_the_truth() -> None:
    pairs = _file("labelled-pairs")
    assert len(pairs) == 300
    for pair in pairs:
        same = _person(pair["school_record_id"]) == _person(pair["other_record_id"])
        assert pair["same_person"] == str(same).lower()
    counts = Counter((pair["other_record_id"][0], pair["same_person"]) for pair in pairs)
    assert counts == {("C", "true"): 90, ("C", "false"): 60, ("W", "true"): 90, ("W", "false"): 60}
    assert "180 of the same person and 120 of two" in _quality()
    assert len({(pair["school_record_id"], pair["other_record_id"]) for pair in pairs}) == 300
    turns = sum(left["same_person"] != right["same_person"] for left, right in pairwise(pairs))
    assert turns > 100


def test_the_reviewed_pairs_are_hard_enough_to_score_a_rule() -> None:
    rows = {_record(row): row for name in ("graduates", "enrollments", "wages") for row in _file(name)}
    pairs = [
        (rows[pair["school_record_id"]], rows[pair["other_record_id"]], pair["same_person"] == "true")
        for pair in _file("labelled-pairs")
    ]
    missed = sum(same and not _exact(ours, theirs) for ours, theirs, same in pairs)
    wrong = sum(not same and _same_name(ours, theirs) for ours, theirs, same in pairs)
    assert missed > 30 and wrong > 30


def test_names_and_years_cannot_be_taken_for_those_of_real_people() -> None:
    names = {
        row[column].title()
        for name in ("graduates", "enrollments", "wages")
        for row in _file(name)
        for column in ("first_name", "last_name")
    }
    assert not names & {
        "Robin",
        "Holly",
        "Ivy",
        "Rose",
        "Jasper",
        "Heather",
        "Hailey",
        "Stone",
        "Wood",
        "Hill",
        "Smith",
        "Finch",
        "Mason",
    }
    for name in ("graduates", "enrollments", "wages"):
        assert {row["birth_date"][:3] for row in _file(name)} == {"213"}
    assert {row["first_term"][-4:] for row in _file("enrollments")} == {"2150", "2151"}
    assert read_package(SLUG).temporal_coverage[1].startswith("2152")
    assert "The files are of 2150 to 2152" in _quality()


@pytest.fixture
def sources(real_sources: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    (folder / ZIP_CODES).parent.mkdir(parents=True)
    shutil.copy(real_sources / ZIP_CODES, folder / ZIP_CODES)
    return folder


@pytest.mark.parametrize(
    ("old", "new", "error", "named"),
    [
        (b"2020zip5", b"zip", ColumnMissing, "2020zip5"),
        (b",Avon", b",Avonn", RowMissing, "Avonn is not a town"),
        (b"06001,911002060,Avon\r\n", b"", FigureWrong, "166"),
    ],
    ids=["a column was renamed", "a town is unknown", "a town lost its only ZIP code"],
)
def test_a_changed_source_of_zip_codes_stops_the_build(
    old: bytes, new: bytes, error: type[Exception], named: str, sources: Path, tmp_path: Path
) -> None:
    content = (sources / ZIP_CODES).read_bytes()
    assert old in content
    (sources / ZIP_CODES).write_bytes(content.replace(old, new))
    with pytest.raises(error, match=named):
        load_recipe(DATASETS / SLUG)(sources, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_same_seed_makes_the_same_tables_and_another_seed_others(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = load_recipe(DATASETS / SLUG)
    build(sources, tmp_path / "same")
    for path in (tmp_path / "same").iterdir():
        assert path.read_bytes() == (DATASETS / SLUG / path.name).read_bytes()
    monkeypatch.setitem(build.__globals__, "SEED", 1)
    build(sources, tmp_path / "other")
    for path in (tmp_path / "other").iterdir():
        assert path.read_bytes() != (DATASETS / SLUG / path.name).read_bytes()


def test_the_recipe_reads_no_data_about_people() -> None:
    """A build from the named sources alone is tried for every dataset; here they are only the list of ZIP codes."""
    assert [source.file for source in read_package(SLUG).sources] == [ZIP_CODES]
