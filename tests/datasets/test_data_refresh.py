"""`academy data refresh`: what the portal has now, told to a person before anything is replaced, and then all or none."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from committed_tables import table
from ferry_rides import PORTAL_ID, RIDES, ROWS, TOWNS, on_portal, write_ferry_rides
from portal_server import Answer, Dataset, PortalServer, serve_portal

from academy.data.build import build
from academy.data.check import check
from academy.data.commands import data
from academy.data.errors import (
    DataError,
    DatasetMissing,
    PackageBroken,
    PortalAnswerWrong,
    PortalBusy,
    PortalColumnsChanged,
    PortalIncomplete,
    PortalRefused,
    PortalUnreachable,
    SourceChanged,
    SourceMissing,
    TablesRefused,
    ValueWrong,
)
from academy.data.package import read_package
from academy.data.portal import Portal
from academy.data.refresh import prepare
from academy.data.replace import put_right, replace_together
from academy.data.report import change_lines, compare

SIGN_IN = Answer(200, "text/html", b"<!DOCTYPE html>\n<title>Sign in</title>")


@dataclass
class Place:
    """A folder of datasets with `ferry-rides`, its sources, and a portal that has newer rides."""

    datasets: Path
    sources: Path
    server: PortalServer

    def refresh(self, *words: str) -> Result:
        return CliRunner().invoke(data, ["refresh", *words, *self.options()])

    def options(self) -> list[str]:
        folders = ["--datasets", str(self.datasets), "--sources", str(self.sources)]
        return ["--portal", self.server.address, *folders]

    @property
    def table(self) -> str:
        return (self.datasets / "ferry-rides/ferry-rides.csv").read_text(encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        """Everything in the folder of datasets, what lies hidden beside them too."""
        return {
            str(path.relative_to(self.datasets)): path.read_bytes()
            for path in self.datasets.rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACADEMY_PORTAL", "ACADEMY_PORTAL_TOKEN", "ACADEMY_SOURCES", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with serve_portal() as server:
        server.datasets[PORTAL_ID] = on_portal(
            [
                *ROWS[:2],
                ["2026-01-17", "Chester", "301", "1475.50"],
                ["2026-01-17", "Rocky Hill", "120", "600.00"],
                ["2026-01-24", "Chester", "1322", "2000.25"],
                ["2026-01-24", "Rocky Hill", "1", "5.00"],
            ]
        )
        yield Place(*write_ferry_rides(tmp_path), server)


REPORT = """
ferry-rides: Rides on the two ferries
  Portal        Ferry Rides by Week (ferr-y123): 6 rows, renewed on 2026-10-26

ferry-rides.csv
  Rows          4 → 6: 2 added, 0 removed, 2 changed (told apart by week_ending
                and ferry)
  Added         2026-01-24, Chester
                2026-01-24, Rocky Hill
  Changed       2026-01-17, Chester: riders 295 → 301
                2026-01-17, Rocky Hill: riders empty → 120, fares empty → 600.00
  Columns       5, as before
  Time          week_ending: 2026-01-10 to 2026-01-17 → 2026-01-10 to 2026-01-24
  Sums              before     after  difference
    riders             745     2,194      +1,449  people
    fares         3,725.50  6,330.75   +2,605.25  dollars

ferry-rides-ferries.csv
  Rows          2, as before: 2 added, 2 removed
  Added         Chester, 1933
                Rocky Hill, 261
  Removed       Chester, 605
                Rocky Hill, 140
  Columns       2, as before
  Sums            before  after  difference
    riders           745  2,194      +1,449  people

datapackage.json
  Sources       vintage, retrieved, copy, bytes and hash are renewed
  Coverage      ends 2026-01-24, with the tables (before: 2026-01-17)

Look over by hand
  Description   title, description and picture, in datapackage.json
  Quality       what quality.md says, with its figures
  Tests         the figures that tests/datasets/ expects of ferry-rides
  Lessons       those that use it: `make test` grades their answers on the new
                figures

"""
NOT_REPLACED = "Nothing of ferry-rides was replaced. To replace it: academy data refresh ferry-rides --yes\n"


def test_without_a_yes_the_change_is_reported_and_nothing_is_replaced(place: Place) -> None:
    before = place.files()
    result = place.refresh("ferry-rides")
    assert result.stdout == REPORT + NOT_REPLACED
    assert result.stderr == "Downloading Ferry Rides by Week (ferr-y123) …\n"
    assert result.exit_code == 3
    assert place.files() == before


def test_with_a_yes_tables_and_description_are_replaced_together(place: Place) -> None:
    result = place.refresh("ferry-rides", "--yes")
    assert (result.stdout, result.exit_code) == (f"{REPORT}ferry-rides: replaced.\n", 0)
    assert "2026-01-24,Chester,Chester,1322,2000.25\n" in place.table
    assert check("ferry-rides", place.datasets) == []
    package = read_package("ferry-rides", place.datasets)
    rides, towns = package.sources
    host = place.server.address.removeprefix("http://")
    assert (rides.copy, rides.vintage, rides.retrieved) == (
        f"{host}, /resource/ferr-y123.csv, 6 rows",
        "Rows renewed on 2026-10-26",
        str(date.today()),
    )
    assert (towns.copy, towns.vintage, towns.retrieved) == ("A stored copy", "January 2026", "2026-02-01")
    assert package.temporal_coverage == ("2026-01-04", "2026-01-24")
    assert [path.name for path in place.datasets.iterdir()] == ["ferry-rides"]


def test_a_second_refresh_finds_nothing_to_do(place: Place) -> None:
    place.refresh("--yes")
    _describe(place, lambda package: package["sources"][0].update(retrieved="2026-10-27"))
    before = place.files()
    result = place.refresh("ferry-rides")
    assert (result.stdout, result.exit_code) == ("ferry-rides: nothing changed.\n", 0)
    assert place.files() == before


def test_the_same_rows_in_another_spelling_renew_only_the_record_of_the_source(place: Place) -> None:
    place.server.datasets[PORTAL_ID] = on_portal(ROWS)
    table = place.table
    result = place.refresh("ferry-rides")
    assert result.exit_code == 3
    assert "ferry-rides.csv\n  Rows          4, each as before\n" in result.stdout
    assert "Look over by hand" not in result.stdout
    assert place.refresh("ferry-rides", "--yes").exit_code == 0
    assert place.table == table
    assert read_package("ferry-rides", place.datasets).sources[0].vintage == "Rows renewed on 2026-10-26"
    assert place.refresh("ferry-rides").exit_code == 0


def test_where_only_the_recipe_has_changed_the_report_says_so(place: Place) -> None:
    place.refresh("ferry-rides", "--yes")
    recipe = place.datasets / "ferry-rides/recipe.py"
    recipe.write_text(recipe.read_text(encoding="utf-8").replace('towns[ferry]["Town"]', '"Lyme"'), encoding="utf-8")
    result = place.refresh("ferry-rides")
    assert result.exit_code == 3
    assert "  Sources       as before; the recipe has changed\n" in result.stdout


def test_rows_in_another_order_are_a_change_of_the_file_alone(place: Place) -> None:
    place.server.datasets[PORTAL_ID] = on_portal([*ROWS[:2], ROWS[3], ROWS[2]])
    assert "  Rows          4, each as before, in another order\n" in place.refresh("ferry-rides").stdout


def test_the_kept_files_repeat_the_build_byte_for_byte(place: Place, tmp_path: Path) -> None:
    assert place.refresh("ferry-rides", "--yes", "--save", str(tmp_path / "kept")).exit_code == 0
    kept = {str(path.relative_to(tmp_path / "kept")) for path in (tmp_path / "kept").rglob("*") if path.is_file()}
    assert kept == {RIDES, TOWNS}
    before = place.files()
    assert not any(result.changed for result in build("ferry-rides", tmp_path / "kept", place.datasets))
    assert place.files() == before


def test_the_kept_files_are_there_to_look_at_when_the_recipe_stops(place: Place, tmp_path: Path) -> None:
    place.server.datasets[PORTAL_ID].rows.append(["2026-01-31T00:00:00.000", "Rowing boat", "1", "0"])
    assert place.refresh("ferry-rides", "--yes", "--save", str(tmp_path / "kept")).exit_code == 1
    assert "Rowing boat" in (tmp_path / "kept" / RIDES).read_text(encoding="utf-8")


def test_files_may_be_kept_in_the_folder_of_sources_itself(place: Place) -> None:
    assert place.refresh("ferry-rides", "--yes", "--save", str(place.sources)).exit_code == 0
    assert not any(result.changed for result in build("ferry-rides", place.sources, place.datasets))


@pytest.mark.parametrize(
    ("typed", "status", "ends"), [("y", 0, "ferry-rides: replaced."), ("n", 3, NOT_REPLACED.strip())]
)
def test_a_person_at_a_terminal_is_asked_and_the_answer_holds(typed: str, status: int, ends: str, place: Place) -> None:
    before = place.files()
    output, found = _at_a_terminal([sys.executable, "-m", "academy", "data", "refresh", *place.options()], typed)
    lines = output.replace("\r\n", "\n")
    assert f"{REPORT}Replace the tables of ferry-rides? [y/N]: {typed}\n" in lines
    assert lines.rstrip().endswith(ends)
    assert found == status
    assert (place.files() == before) == (typed == "n")


def _at_a_terminal(command: list[str], typed: str) -> tuple[str, int]:
    """Run a command at a terminal of its own and answer its question. Return what it showed, and its exit status."""
    ours, its = pty.openpty()
    output = ""
    with subprocess.Popen(command, stdin=its, stdout=its, stderr=its, close_fds=True) as process:
        os.close(its)
        while select.select([ours], [], [], 60)[0]:
            try:
                shown = os.read(ours, 10_000).decode("utf-8")
            except OSError:
                break
            output += shown
            if shown.endswith("[y/N]: "):
                os.write(ours, f"{typed}\n".encode())
    os.close(ours)
    return output, process.returncode


def test_a_coverage_that_the_tables_do_not_tell_is_left_to_a_person(place: Place) -> None:
    _describe(place, lambda package: package["academy"]["temporal_coverage"].update(end="2026-06-30"))
    result = place.refresh("ferry-rides", "--yes")
    assert "Coverage" not in result.stdout
    assert "  Description   title, description and picture, temporal coverage, in\n" in result.stdout
    assert read_package("ferry-rides", place.datasets).temporal_coverage[1] == "2026-06-30"


@pytest.mark.parametrize(("end", "renewed"), [("2026", "2026"), ("2026-01", "2026-02")])
def test_a_coverage_told_to_the_month_or_year_stays_so(end: str, renewed: str, place: Place) -> None:
    _describe(place, lambda package: package["academy"]["temporal_coverage"].update(end=end))
    place.server.datasets[PORTAL_ID].rows.append(["2026-02-07T00:00:00.000", "Chester", "7", "35.00"])
    assert place.refresh("ferry-rides", "--yes").exit_code == 0
    assert read_package("ferry-rides", place.datasets).temporal_coverage == ("2026-01-04", renewed)


def _describe(place: Place, change: Callable[[dict[str, Any]], object]) -> None:
    path = place.datasets / "ferry-rides/datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    change(descriptor)
    path.write_text(json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _answer(place: Place, ending: str, wrong: Callable[[Answer], Answer]) -> None:
    place.server.trouble = lambda request, answer, before: wrong(answer) if request.path.endswith(ending) else answer


def _add_row(*cells: str) -> Callable[[Place], object]:
    return lambda place: place.server.datasets[PORTAL_ID].rows.append(["2026-01-31T00:00:00.000", *cells])


def _same_page_again(place: Place) -> None:
    pages: list[Answer] = []
    _answer(place, ".csv", lambda answer: pages[0] if pages else pages.append(answer) or answer)


# What goes wrong, the error, and what the message says. Most troubles of the portal itself are in test_data_portal.py.
FAILURES: dict[str, tuple[Callable[[Place], object], type[DataError], str]] = {
    "the portal asks to wait": (
        lambda place: _answer(place, ".csv", lambda answer: Answer(429, "text/plain", b"")),
        PortalBusy,
        "An application token, in the setting ACADEMY_PORTAL_TOKEN, gives you a larger share.",
    ),
    "the portal is closed": (
        lambda place: _answer(place, ".csv", lambda answer: Answer(503, "text/plain", b"")),
        PortalUnreachable,
        "Try again in a few minutes.",
    ),
    "the export is cut short": (
        lambda place: _answer(place, ".csv", lambda answer: replace(answer, cut=10)),
        PortalUnreachable,
        "Is the network there,",
    ),
    "the portal is slow": (
        lambda place: _answer(place, ".csv", lambda answer: replace(answer, after=1)),
        PortalUnreachable,
        "Is the network there,",
    ),
    "the dataset is gone": (
        lambda place: place.server.datasets.clear(),
        PortalRefused,
        "Was the dataset retired or moved? Then mend its portal_id.",
    ),
    "a web page comes": (
        lambda place: _answer(place, ".csv", lambda answer: SIGN_IN),
        PortalAnswerWrong,
        "the portal may be closed for work, or ask you to sign in.",
    ),
    "rows are missing": (
        lambda place: setattr(place.server.datasets[PORTAL_ID], "more_counted", 1),
        PortalIncomplete,
        "it counts 7 rows and gives 6.",
    ),
    "a page comes twice": (_same_page_again, PortalIncomplete, "the page after row 6 repeats an earlier page."),
    "a column was renamed": (
        lambda place: place.server.datasets[PORTAL_ID].titles.update(riders="Passengers"),
        PortalColumnsChanged,
        "the recipe reads a column that the export has not: there is no column “Riders”.\n    The export has: Week "
        "Ending,Ferry,Passengers,Fares. Was the column renamed?",
    ),
    "a ferry is new": (
        _add_row("Rowing boat", "1", "0"),
        ValueWrong,
        f"{RIDES}, row 8, column Ferry: “Rowing boat” is",
    ),
    "a number is not one": (
        _add_row("Chester", "many", "0"),
        ValueWrong,
        f"{RIDES}, row 8, column Riders: “many” is not",
    ),
    "a number breaks its limit": (
        _add_row("Chester", "9999", "0"),
        TablesRefused,
        "ferry-rides/ferry-rides.csv, row 8, column riders",
    ),
    "the other source is missing": (
        lambda place: (place.sources / TOWNS).unlink(),
        SourceMissing,
        f"{TOWNS}: it is not on the portal, and not in ",
    ),
    "the other source is not the recorded one": (
        lambda place: (place.sources / TOWNS).write_text("Ferry,Town\nChester,Lyme\nRocky Hill,Rocky Hill\n"),
        SourceChanged,
        f"{TOWNS}, row 3, every column: the file ends after row 3, 3 bytes before the end of the recorded edition.",
    ),
    "the other source has no such column": (
        lambda place: (place.sources / TOWNS).write_text("Ferry,Place\nChester,Chester\nRocky Hill,Rocky Hill\n"),
        DataError,
        f"{TOWNS}, row 1: there is no column “Town”.",
    ),
    "a table is missing": (
        lambda place: (place.datasets / "ferry-rides/ferry-rides.csv").unlink(),
        PackageBroken,
        "ferry-rides/ferry-rides.csv: the table is not there.\n    Run `academy data build ferry-rides` first.",
    ),
}


@pytest.mark.parametrize("failure", FAILURES, ids=lambda name: name.replace(" ", "-"))
def test_whatever_fails_is_named_and_everything_stays_as_it_was(failure: str, place: Place) -> None:
    happens, error, says = FAILURES[failure]
    happens(place)
    before = place.files()
    with pytest.raises(error) as caught:
        prepare("ferry-rides", Portal(place.server.address, seconds=0.3, pause=0.01), place.sources, place.datasets)
    assert says in str(caught.value)
    assert place.files() == before


def test_a_failure_is_said_in_the_terminal_and_leaves_with_1(place: Place) -> None:
    place.server.datasets.clear()
    before = place.files()
    result = place.refresh("ferry-rides", "--yes")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Error: 127.0.0.1:" in result.stderr
    assert result.stderr.endswith("Nothing of ferry-rides was replaced.\n")
    assert place.files() == before


def test_of_several_datasets_each_is_refreshed_though_one_fails(place: Place, datasets: Path) -> None:
    (datasets / "towns").rename(place.datasets / "towns")
    (datasets / "leadership-survey").rename(place.datasets / "leadership-survey")
    _write_again(place, "aaa-rides", portal_id="none-none")
    # One that failed weighs more than one that was not confirmed.
    assert place.refresh().exit_code == 1
    result = place.refresh("--yes")
    assert "dataset none-none: it answered with 404" in result.stderr
    assert result.stderr.count("Nothing of aaa-rides was replaced.") == 1
    assert result.stdout.startswith(f"{REPORT}ferry-rides: replaced.\n")
    assert result.stdout.endswith(
        "Not on the portal: leadership-survey, towns. `academy data refresh NAME` tells how.\n"
    )
    assert result.exit_code == 1


def test_of_several_datasets_one_that_was_not_confirmed_leaves_with_3(place: Place) -> None:
    _write_again(place, "aaa-rides", portal_id="same-same")
    place.server.datasets["same-same"] = place.server.datasets[PORTAL_ID]
    assert place.refresh("aaa-rides", "--yes").exit_code == 0
    result = place.refresh()
    assert result.stdout == f"aaa-rides: nothing changed.\n{REPORT}{NOT_REPLACED}"
    assert result.exit_code == 3


def test_datasets_of_the_same_export_are_named_to_be_refreshed_too(place: Place) -> None:
    _write_again(place, "aaa-rides", portal_id=PORTAL_ID)
    result = place.refresh("ferry-rides")
    assert "\nRefresh too, for they are made of the same export\n                aaa-rides\n" in result.stdout
    place.server.requests.clear()
    assert place.refresh("--yes").exit_code == 0
    assert len(place.server.asked(".csv")) == 2


def _write_again(place: Place, slug: str, portal_id: str) -> None:
    """Write the ferry rides once more, under another name and another id on the portal."""
    folder = place.datasets / slug
    folder.mkdir()
    for path in (place.datasets / "ferry-rides").iterdir():
        if path.is_file():
            text = path.read_text(encoding="utf-8").replace(PORTAL_ID, portal_id)
            kept = (
                text.replace("ferry-rides/", "FOLDER/").replace("ferry-rides", slug).replace("FOLDER/", "ferry-rides/")
            )
            (folder / path.name.replace("ferry-rides", slug)).write_text(kept, encoding="utf-8")


def test_a_dataset_that_is_not_on_the_portal_says_how_it_is_renewed(datasets: Path) -> None:
    result = CliRunner().invoke(data, ["refresh", "leadership-survey", "--datasets", str(datasets)])
    (source,) = read_package("leadership-survey", datasets).sources
    assert result.exit_code == 0
    words = " ".join(result.output.split())
    assert words.startswith("leadership-survey: none of its files is on the portal.")
    assert f"Get {source.title} from {source.landing_page}" in words
    assert f"Put it at {source.file}, in your folder of sources" in words
    assert "academy data build leadership-survey --new-edition" in words


def test_made_up_data_say_that_they_are_renewed_by_their_recipe(datasets: Path) -> None:
    path = datasets / "towns/datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**descriptor, "sources": []}), encoding="utf-8")
    result = CliRunner().invoke(data, ["refresh", "towns", "--datasets", str(datasets)])
    assert (
        result.output.splitlines()[1].split()
        == "Made up by its recipe. Change the recipe, then build it again.".split()
    )


def test_a_misspelled_name_is_answered_with_the_nearest(place: Place) -> None:
    result = place.refresh("ferry-ride")
    assert (result.exit_code, place.server.requests) == (1, [])
    assert "there is no such dataset.\n    Did you mean ferry-rides?" in result.stderr
    with pytest.raises(DatasetMissing):
        prepare("ferry-ride", Portal(place.server.address), place.sources, place.datasets)


# -- replaced together ------------------------------------------------------------------------------------------------

OLD = {"a.csv": b"old a", "b.csv": b"old b", "datapackage.json": b"old"}
NEW = {"a.csv": b"new a", "b.csv": b"new b", "datapackage.json": b"new"}
# Ends the process at the given rename, as if the machine were switched off there.
STOPPED = """
import os, sys
from pathlib import Path
from academy.data import replace

renames = 0
def counted(rename):
    def stop_or_rename(*places):
        global renames
        renames += 1
        if renames == int(sys.argv[2]):
            os._exit(9)
        return rename(*places)
    return stop_or_rename

os.replace, os.rename = counted(os.replace), counted(os.rename)
folder = Path(sys.argv[1])
replace.replace_together(folder, {path.name: path.read_bytes().replace(b"old", b"new") for path in folder.iterdir()})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "datasets" / "rides"
    folder.mkdir(parents=True)
    for name, content in OLD.items():
        (folder / name).write_bytes(content)
    (folder / "recipe.py").write_bytes(b"kept")
    return folder


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_all_files_are_replaced_and_nothing_is_left_beside_them(folder: Path) -> None:
    replace_together(folder, NEW)
    assert _contents(folder) == {**NEW, "recipe.py": b"kept"}
    assert list(folder.parent.iterdir()) == [folder]


def test_a_machine_switched_off_at_any_moment_leaves_one_whole_set(folder: Path) -> None:
    (folder / "recipe.py").unlink()
    ends = []
    for moment in range(1, 20):
        finished = subprocess.run([sys.executable, "-c", STOPPED, str(folder), str(moment)]).returncode == 0
        put_right(folder)
        ends.append(_contents(folder))
        assert ends[-1] in (OLD, NEW)
        assert list(folder.parent.iterdir()) == [folder]
        if finished:
            break
    # Three files, the rename that begins and the one that ends.
    assert ends == [OLD] * 5 + [NEW]


def test_a_failure_midway_brings_the_old_set_back_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = os.replace

    def full_disk(source: Path, target: Path) -> None:
        if source.parent.name == ".rides.new" and source.name == "b.csv":
            raise OSError("No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match="No space left"):
        replace_together(folder, NEW)
    assert _contents(folder) == {**OLD, "recipe.py": b"kept"}
    assert list(folder.parent.iterdir()) == [folder]


def test_a_refresh_first_puts_right_what_was_stopped_midway(place: Place) -> None:
    before = place.files()
    kept = place.datasets / ".ferry-rides.old"
    kept.mkdir()
    for name in ("ferry-rides.csv", "datapackage.json"):
        os.replace(place.datasets / "ferry-rides" / name, kept / name)
    (place.datasets / "ferry-rides/ferry-rides.csv").write_text("half\n", encoding="utf-8")
    (place.datasets / "ferry-rides/datapackage.json").write_bytes(before["ferry-rides/datapackage.json"])
    assert place.refresh("ferry-rides").exit_code == 3
    assert place.files() == before


# -- the report -------------------------------------------------------------------------------------------------------


def _report(
    folder: Path, name: str, before: str, after: str, fields: dict[str, str], key: list[str], unit: str = "people"
) -> list[str]:
    """Return the report on one table, given its two editions and the type of each column."""
    for edition, text in (("before", before), ("after", after)):
        (folder / edition).mkdir()
        (folder / edition / name).write_text(text, encoding="utf-8")
    schema = {"fields": [{"name": column, "type": kind, "unit": unit} for column, kind in fields.items()]}
    resource = {"path": name, "schema": schema | ({"primaryKey": key} if key else {})}
    return list(change_lines(compare(folder / "before" / name, folder / "after" / name, resource), 80))


def test_the_report_shows_a_few_rows_of_each_kind_and_counts_the_others(tmp_path: Path) -> None:
    before = "town,n\n" + "".join(f"Old {number},1\n" for number in range(5))
    after = "town,n\n" + "".join(f"New {number},1\n" for number in range(1234))
    assert _report(tmp_path, "t.csv", before, after, {"town": "string", "n": "integer"}, ["town"]) == [
        "t.csv",
        "  Rows          5 → 1,234: 1,234 added, 5 removed, 0 changed (told apart by",
        "                town)",
        "  Added         New 0",
        "                New 1",
        "                New 2",
        "                and 1,231 more",
        "  Removed       Old 0",
        "                Old 1",
        "                Old 2",
        "                and 2 more",
        "  Columns       2, as before",
        "  Sums            before  after  difference",
        "    n                  5  1,234      +1,229  people",
    ]


def test_the_report_names_columns_that_came_and_went_and_compares_the_others(tmp_path: Path) -> None:
    before, after = "town,county,n\nAvon,Hartford,1\n", "town,region,n,m\nAvon,Capitol,1,-2.50\n"
    fields = {"town": "string", "region": "string", "n": "integer", "m": "number"}
    assert _report(tmp_path, "t.csv", before, after, fields, ["town"]) == [
        "t.csv",
        "  Rows          1, as before: 0 added, 0 removed, 0 changed (told apart by town)",
        "  Columns       4; new: region, m; gone: county",
        "  Sums            before  after  difference",
        "    m               none  -2.50       -2.50  people",
        "    1 other sum is as before",
    ]


def test_a_row_counts_as_often_as_it_is_there_where_there_is_no_key(tmp_path: Path) -> None:
    report = _report(tmp_path, "t.csv", "town\nAvon\n", "town\nAvon\nAvon\nAvon\n", {"town": "string"}, [])
    assert report[1:4] == ["  Rows          1 → 3: 2 added, 0 removed", "  Added         Avon", "                Avon"]


def test_rows_are_compared_whole_where_the_old_table_has_not_the_key_yet(tmp_path: Path) -> None:
    before, after = "town\nAvon\n", "town,code\nAvon,04\n"
    report = _report(tmp_path, "t.csv", before, after, {"town": "string", "code": "string"}, ["code"])
    assert report == [
        "t.csv",
        "  Rows          1, as before: 0 added, 0 removed",
        "  Columns       2; new: code",
    ]


def test_a_column_of_time_that_was_or_becomes_empty_is_told_so(tmp_path: Path) -> None:
    before, after = "town,day,year\nAvon,,2020\n", "town,day,year\nAvon,2026-01-05,\n"
    report = _report(tmp_path, "t.csv", before, after, {"town": "string", "day": "date", "year": "year"}, ["town"])
    assert "  Time          day: empty → 2026-01-05 to 2026-01-05" in report
    assert "                year: 2020 to 2020 → empty" in [line.replace("  Time", "      ") for line in report]


def test_a_unit_that_does_not_fit_the_terminal_is_left_out(tmp_path: Path) -> None:
    name = "count_of_everybody_who_crossed_the_river"
    before, after = f"town,{name}\nAvon,1\n", f"town,{name}\nAvon,2000\n"
    fields = {"town": "string", name: "integer"}
    report = _report(tmp_path, "t.csv", before, after, fields, ["town"], unit="people who took a ferry")
    assert report[-1] == f"    {name}       1  2,000      +1,999"


def test_a_long_row_is_shortened(tmp_path: Path) -> None:
    report = _report(tmp_path, "t.csv", "note\n\n", f"note\n{'word ' * 200}\n", {"note": "string"}, [])
    assert sum(len(line.strip()) for line in report if "word" in line) < 220
    assert any(line.endswith(" …") for line in report)


def test_shapes_are_compared_by_their_properties_and_outlines(tmp_path: Path) -> None:
    def shapes(north: float, people: int) -> str:
        ring = [[-72.9, 41.7], [-72.8, 41.7], [-72.8, north], [-72.9, 41.7]]
        feature = {
            "type": "Feature",
            "properties": {"town": "Avon", "people": people},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        return json.dumps({"type": "FeatureCollection", "features": [feature]})

    fields = {"town": "string", "people": "integer"}
    report = _report(tmp_path, "t.geojson", shapes(41.8, 1), shapes(41.9, 3), fields, ["town"])
    assert report[1] == "  Rows          1, as before: 0 added, 0 removed, 1 changed (told apart by town)"
    assert report[2].startswith("  Changed       Avon: people 1 → 3, outline ")
    assert report[-1] == "    people             1      3          +2  people"


# -- a dataset of the lessons -----------------------------------------------------------------------------------------

SALES_TITLES = {
    "week_ending": "Week Ending",
    "adult_use_sales": "Adult-Use Retail Sales",
    "medical_sales": "Medical Marijuana Retail Sales",
    "total_sales": "Total Adult-Use and Medical Sales",
    "adult_use_products": "Adult-Use Products Sold",
    "medical_products": "Medical Products Sold",
    "total_products": "Total Products Sold",
    "adult_use_average_price": "Adult-Use Average Product Price",
    "medical_average_price": "Medical Average Product Price",
}


def _sales_on_portal() -> Dataset:
    """The committed weeks as the portal's API gives them."""
    rows = [
        [f"{week['week_ending']}T00:00:00.000", *(week[name] for name in list(SALES_TITLES)[1:])]
        for week in table("cannabis-sales/cannabis-sales.csv")
    ]
    return Dataset("Cannabis Retail Sales by Week Ending", dict(SALES_TITLES), rows)


def test_the_committed_weeks_of_cannabis_sales_come_back_the_same(datasets: Path, tmp_path: Path) -> None:
    with serve_portal() as server:
        server.datasets["ucaf-96h6"] = _sales_on_portal()
        renewal = prepare("cannabis-sales", Portal(server.address), tmp_path, datasets)
    assert [change.same_file for change in renewal.changes] == [True]
    assert check("cannabis-sales", datasets) == []


def test_new_weeks_of_cannabis_sales_are_added_and_their_coverage_with_them(datasets: Path, tmp_path: Path) -> None:
    last = table("cannabis-sales/cannabis-sales.csv")[-1]["week_ending"]
    days = [date.fromisoformat(last) + timedelta(days=count) for count in range(1, 8)]
    saturday = next(day for day in days if day.weekday() == 5)
    with serve_portal() as server:
        server.datasets["ucaf-96h6"] = sales = _sales_on_portal()
        sales.rows.append([f"{saturday}T00:00:00.000", "100.50", "50.25", "150.75", "5", "2", "7", "20.10", "25.13"])
        place = Place(datasets, tmp_path / "nowhere", server)
        result = place.refresh("cannabis-sales", "--yes")
    assert result.exit_code == 0, result.output
    assert "1 added, 0 removed, 0 changed (told apart by" in result.stdout
    assert [line.split()[-2:] for line in result.stdout.splitlines() if "total_sales" in line] == [
        ["+150.75", "dollars"]
    ]
    assert check("cannabis-sales", datasets) == []
    assert read_package("cannabis-sales", datasets).temporal_coverage[1] == str(saturday)
