"""The roster: what a file may look like, what is said about it, and what it changes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracker.cast import Cast
from tracker.audit.models import Entry
from tracker.people.models import Agency, Cohort, Person, RosterUpload, Unit
from tracker.people.roster.apply import Consent, RosterRefused, StateHasChanged, take_over
from tracker.people.roster.files import RosterUnreadable, read_sheet
from tracker.people.roster.plan import Request, What, make_plan
from tracker.people.roster.report import Report, report_of
from tracker.people.scopes import managed_people

HEADER = "name,e-mail,unit\n"
BRIDGES = "Department of Bridges"
# The people of the first agency as they are.
SAME = """name,e-mail,unit
Lena Lernfeld,lena@example.org,Roads / Signs
Cole Kollmann,cole@example.org,Roads
Mara Managold,mara@example.org,Roads
Otto Obermann,otto@example.org,Tolls
Nora Nachbar,nora@example.org,Tolls
Theo Trainfield,theo@example.org,Tolls
Dora Datenhof,dora@example.org,Archive
"""


def plan(text: str | bytes, importer: Person | None = None, agency: str = BRIDGES, new_units: bool = False) -> Report:
    return report_of(make_plan(_request(text, agency, new_units), importer))


def bring(
    text: str | bytes,
    importer: Person | None = None,
    agency: str = BRIDGES,
    new_units: bool = False,
    leave_out: bool = False,
    close: bool = False,
) -> Report:
    consent = Consent(leave_out_faults=leave_out, close_missing=close)
    return take_over(_request(text, agency, new_units), consent, importer)


def _request(text: str | bytes, agency: str, new_units: bool) -> Request:
    return Request(text.encode() if isinstance(text, str) else text, agency, new_units)


def details(report: Report) -> dict[str, str]:
    """What the report says of each person, by what stands before the @."""
    return {line.email.split("@")[0]: f"{line.what}: {line.details}" for line in report.lines if line.email}


def only_fault(text: str, **facts: object) -> str:
    faults = [line.details for line in plan(text, **facts).lines if line.what == "Fault"]  # type: ignore[arg-type]
    assert len(faults) == 1, faults
    return faults[0]


def everything() -> list[object]:
    """All that an import could change."""
    return [
        sorted(Person.objects.values_list("email", "name", "unit", "is_active", "is_administrator", "opened_again_at")),
        sorted(Unit.objects.values_list("pk", "name", "parent", "agency")),
        sorted(Agency.objects.values_list("pk", "name")),
        sorted(Unit.managers.through.objects.values_list("unit", "person")),
        sorted(Agency.data_officers.through.objects.values_list("agency", "person")),
    ]


# What a roster changes


def test_a_row_is_new_or_moves_or_changes_or_stays(cast: Cast) -> None:
    told = details(
        plan(
            HEADER
            + "Lena Lernfeld,lena@example.org,Tolls\n"
            + "Cole K. Kollmann,cole@example.org,Roads\n"
            + "Mara Managold,mara@example.org,Roads\n"
            + "Nell Newcomer,nell@example.org,Roads / Signs\n"
        )
    )
    assert told["lena"] == "Moves: Moves from Roads / Signs to Tolls."
    assert told["cole"] == "Changes: The name was “Cole Kollmann”."
    assert told["mara"] == "Same: "
    assert told["nell"] == "New: Joins Roads / Signs."
    assert told["otto"] == "Missing from the file: "


def test_a_look_changes_nothing(cast: Cast) -> None:
    before = everything()
    plan(HEADER + "Lena L.,lena@example.org,Tolls\nNell Newcomer,nell@example.org,New\n", new_units=True)
    assert everything() == before


def test_what_was_shown_is_done(cast: Cast) -> None:
    bring(HEADER + "Lena L.,lena@example.org,Tolls\nNell Newcomer,nell@example.org,Roads / Signs\n")
    cast.learner.refresh_from_db()
    assert (cast.learner.name, str(cast.learner.unit)) == ("Lena L.", f"Tolls, {BRIDGES}")
    nell = Person.objects.get(email="nell@example.org")
    assert str(nell.unit) == f"Signs, {BRIDGES}"
    assert not nell.has_usable_password()


def test_learning_moves_with_a_person_out_of_one_manager_s_sight_and_into_another_s(
    cast: Cast, graded_submission: Callable[..., object]
) -> None:
    graded_submission(cast.learner, 5)
    assert cast.learner in managed_people(cast.manager)
    bring(HEADER + "Lena Lernfeld,lena@example.org,Tolls\n")
    assert cast.learner not in managed_people(cast.manager)
    assert cast.learner in managed_people(cast.other_manager)
    assert cast.learner.submissions.count() == 1


def test_people_who_are_missing_are_listed_and_stay(cast: Cast) -> None:
    report = bring(SAME.replace("Nora Nachbar,nora@example.org,Tolls\n", ""))
    assert details(report)["nora"] == "Missing from the file: "
    assert Person.objects.get(pk=cast.neighbor.pk).is_active


def test_accounts_are_closed_only_when_asked_and_open_again_when_people_come_back(cast: Cast) -> None:
    report = bring(SAME.replace("Mara Managold,mara@example.org,Roads\n", ""), close=True)
    assert details(report)["mara"] == "Closed: "
    cast.manager.refresh_from_db()
    assert not cast.manager.is_active
    assert not cast.unit.managers.exists()
    assert details(plan(SAME))["mara"] == "Opened again: The account was closed."
    bring(SAME)
    cast.manager.refresh_from_db()
    assert cast.manager.is_active
    # Coming back gives no duty back by itself.
    assert not managed_people(cast.manager).exists()


def test_closing_spares_administrators_and_whoever_imports(cast: Cast) -> None:
    Person.objects.filter(pk=cast.administrator.pk).update(unit=cast.unit)
    report = bring(SAME.replace("Dora Datenhof,dora@example.org,Archive\n", ""), cast.data_officer, close=True)
    for who in ("adam", "dora"):
        assert "Stays open" in details(report)[who]
    assert not Person.objects.filter(is_active=False).exists()


def test_managers_are_put_in_charge_and_released_if_the_file_has_the_column(cast: Cast) -> None:
    text = "name,e-mail,unit,manager of\n"
    text += "Cole Kollmann,cole@example.org,Roads,Roads / Signs; Tolls\nMara Managold,mara@example.org,Roads,\n"
    told = details(plan(text))
    assert told["cole"] == "Changes: Now manages Roads / Signs. Now manages Tolls."
    assert told["mara"] == "Changes: No longer manages Roads."
    bring(text)
    assert set(cast.colleague.managed_units.values_list("name", flat=True)) == {"Signs", "Tolls"}
    assert not cast.manager.managed_units.exists()
    assert cast.other_manager.managed_units.exists()


def test_without_the_column_nobody_s_duties_change(cast: Cast) -> None:
    text = HEADER + "Mara Managold,mara@example.org,Tolls\n"
    assert details(plan(text))["mara"] == "Moves: Moves from Roads to Tolls. Still manages Roads."
    bring(text)
    assert list(cast.manager.managed_units.all()) == [cast.unit]


def test_a_data_officer_is_named_by_an_administrator_only(cast: Cast) -> None:
    text = "name,e-mail,unit,data officer\nCole Kollmann,cole@example.org,Roads,Yes\n"
    assert "Only an administrator" in only_fault(text, importer=cast.data_officer)
    bring(text, cast.administrator)
    assert set(cast.unit.agency.data_officers.all()) == {cast.data_officer, cast.colleague}
    assert "maybe" in only_fault(text.replace("Yes", "maybe"))


def test_every_import_is_in_the_audit_log_of_the_agency(cast: Cast) -> None:
    bring(SAME + "Nell Newcomer,nell@example.org,Tolls\n", cast.data_officer)
    entry = Entry.objects.get(action="roster.import")
    assert (entry.actor, entry.agency, entry.facts) == (cast.data_officer, cast.unit.agency, {"new": 1, "same": 7})


# Units


def test_units_are_made_only_when_asked(cast: Cast) -> None:
    text = HEADER + "Nell Newcomer,nell@example.org,Roads / Paint / White\n"
    assert only_fault(text) == (
        "“Roads / Paint / White” is no unit of Department of Bridges. Correct it, or let the roster make new units."
    )
    report = plan(text, new_units=True)
    new = [line.details for line in report.lines if line.what == "New unit"]
    assert new == ["Department of Bridges: Roads / Paint", "Department of Bridges: Roads / Paint / White"]
    bring(text, new_units=True)
    white = Unit.objects.get(name="White")
    assert white.parent and white.parent.parent == cast.unit


def test_a_unit_that_is_elsewhere_in_the_tree_is_suggested(cast: Cast) -> None:
    assert "Did you mean “Roads / Signs”?" in only_fault(HEADER + "Nell,nell@example.org,Signs\n")


def test_capitals_and_spaces_make_no_other_unit(cast: Cast) -> None:
    assert "Same" in details(plan(HEADER + "Lena Lernfeld,LENA@example.org ,  roads  /  SIGNS\n"))["lena"]


def test_a_slash_without_spaces_belongs_to_the_name(cast: Cast) -> None:
    bring(HEADER + "Nell Newcomer,nell@example.org,IT/Web / Design\n", new_units=True)
    assert str(Unit.objects.get(name="Design").parent) == f"IT/Web, {BRIDGES}"


def test_the_tree_can_be_given_by_parent_units(cast: Cast) -> None:
    text = "name,e-mail,unit,parent unit\n"
    text += "A,a@example.org,White,Paint\nB,b@example.org,Paint,Roads\nC,c@example.org,Signs,Roads\n"
    bring(text, new_units=True)
    assert {str(unit.parent) for unit in Unit.objects.filter(name__in=["Paint", "Signs"])} == {f"Roads, {BRIDGES}"}
    assert Unit.objects.get(name="White").parent == Unit.objects.get(name="Paint")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("A,a@example.org,Iron,Wood\nB,b@example.org,Wood,Iron\n", "in a circle: “iron → wood → iron”"),
        ("A,a@example.org,Iron,Iron\n", "in a circle"),
        ("A,a@example.org,Wood / Iron / Wood,\n", "a unit would stand below itself"),
        ("A,a@example.org,Roads,Roads / Signs\n", "a unit would stand below itself"),
    ],
)
def test_units_in_a_circle_are_refused(cast: Cast, rows: str, words: str) -> None:
    report = plan("name,e-mail,unit,parent unit\n" + rows, new_units=True)
    faults = [line.details for line in report.lines if line.what == "Fault"]
    assert faults and all(re.search("circle|below itself", fault) for fault in faults)
    assert any(words in fault for fault in faults)


def test_a_long_chain_of_parents_is_refused_and_not_followed_forever(cast: Cast) -> None:
    rows = "".join(f"P{n},p{n}@example.org,U{n},U{n + 1}\n" for n in range(2_000))
    report = plan("name,e-mail,unit,parent unit\n" + rows, new_units=True)
    assert report.counts["Fault"] > 1_900


def test_a_parent_that_the_file_has_twice_needs_its_path(cast: Cast) -> None:
    text = "name,e-mail,unit,parent unit\nA,a@example.org,Desk,Roads\nB,b@example.org,Desk,Tolls\nC,c@example.org,Phone,Desk\n"
    assert "Write the whole path" in only_fault(text, new_units=True)


# Whose people


def test_a_data_officer_imports_their_own_agency_only(cast: Cast) -> None:
    text = "name,e-mail,agency,unit\nNell,nell@example.org,Office of Lakes,Boats\n"
    fault = only_fault(text, importer=cast.data_officer, agency="")
    assert fault == "“Office of Lakes” is not your agency. You can take over the people of your own agency only."


def test_who_is_not_in_the_importer_s_agency_is_moved_by_an_administrator(cast: Cast) -> None:
    sentence = "This address has an account outside your agency. Ask an administrator to move it."
    for email in ("olga@example.org", "adam@example.org", "stella@example.org"):
        assert only_fault(HEADER + f"Taken Over,{email},Roads\n", importer=cast.data_officer) == sentence
    text = HEADER + "Olga Ausserhalb,olga@example.org,Roads\n"
    assert details(plan(text, cast.administrator))["olga"].startswith("Moves: Moves from another agency to Roads.")
    bring(text, cast.administrator)
    assert cast.outsider in managed_people(cast.manager)
    assert cast.outsider not in managed_people(cast.outside_manager)


def test_who_goes_to_another_agency_manages_nothing_in_the_former(cast: Cast) -> None:
    Unit.objects.get(name="Boats").agency.data_officers.add(cast.outside_manager)
    cast.unit.managers.add(cast.outside_manager)
    bring(HEADER + "Quentin Querfeld,quentin@example.org,Tolls\n", cast.administrator)
    assert list(cast.outside_manager.managed_units.all()) == [cast.unit]
    assert not cast.outside_manager.agencies_overseen.exists()
    assert cast.outsider not in managed_people(cast.outside_manager)


def test_the_account_of_an_administrator_is_not_a_data_officer_s_to_change(cast: Cast) -> None:
    Person.objects.filter(pk=cast.administrator.pk).update(unit=cast.unit, is_active=False)
    row = HEADER + "Adam Adminson,adam@example.org,Roads\n"
    assert "Only an administrator can change it" in only_fault(row, importer=cast.data_officer)
    Person.objects.filter(pk=cast.administrator.pk).update(is_active=True)
    assert "Same" in details(plan(row, cast.data_officer))["adam"]


def test_an_administrator_can_found_agencies_and_a_row_of_another_agency_than_chosen_is_a_fault(cast: Cast) -> None:
    text = "name,e-mail,agency,unit\nNell,nell@example.org,Board of Wells,Pumps\n"
    bring(text, cast.administrator, agency="", new_units=True)
    assert Person.objects.get(name="Nell").unit == Unit.objects.get(name="Pumps", agency__name="Board of Wells")
    assert only_fault(text) == "The row is of “Board of Wells”. This roster is for Department of Bridges only."
    assert "There is no agency “Nowhere”" in only_fault(text.replace("Board of Wells", "Nowhere"), agency="")
    assert "The agency is missing" in only_fault(HEADER + "Nell,nell@example.org,Pumps\n", agency="")


# All or nothing


def test_with_a_fault_nothing_is_taken_over_unless_faults_are_left_out(cast: Cast) -> None:
    text = HEADER + "Nell Newcomer,nell@example.org,Roads\nPaul Problem,paul,Roads\n"
    before = everything()
    with pytest.raises(RosterRefused, match=r"There is a fault in the file\. Nothing was taken over\."):
        bring(text)
    assert everything() == before
    report = bring(text, leave_out=True)
    assert details(report)["nell"] == "New: Joins Roads."
    assert details(report)["paul"] == "Left out: “paul” is no e-mail address, such as name@example.gov."
    assert Person.objects.filter(name="Nell Newcomer").exists()


def test_a_left_out_row_makes_no_unit(cast: Cast) -> None:
    bring(
        HEADER + ",nell@example.org,Ghost / Town\nCole Kollmann,cole@example.org,Roads\n",
        new_units=True,
        leave_out=True,
    )
    assert not Unit.objects.filter(name__in=["Ghost", "Town"]).exists()


def test_nobody_is_closed_while_a_row_cannot_be_read(cast: Cast) -> None:
    text = SAME.replace("nora@example.org", "nora at example.org")
    with pytest.raises(RosterRefused, match="only when every row"):
        bring(text, leave_out=True, close=True)
    assert Person.objects.get(pk=cast.neighbor.pk).is_active


def test_what_has_changed_since_it_was_shown_is_not_taken_over(cast: Cast) -> None:
    request = _request(HEADER + "Lena Lernfeld,lena@example.org,Tolls\n", BRIDGES, False)
    shown = report_of(make_plan(request, cast.data_officer)).digest
    Person.objects.filter(pk=cast.learner.pk).update(unit=Unit.objects.get(name="Archive"))
    with pytest.raises(StateHasChanged, match="changed since this was shown"):
        take_over(request, Consent(shown), cast.data_officer)
    assert str(Person.objects.get(pk=cast.learner.pk).unit) == f"Archive, {BRIDGES}"


# What files look like


def workbook(rows: list[list[object]], sheets: int = 1) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        first = book.add_worksheet("People")
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                first.write(number, place, cell)
        for _ in range(1, sheets):
            book.add_worksheet()
    return content.getvalue()


def test_a_workbook_says_the_same_as_a_csv_file(cast: Cast) -> None:
    rows: list[list[object]] = [line.split(",") for line in SAME.splitlines()]
    assert plan(workbook(rows)) == plan(SAME)
    assert "2 sheets. Only the first, “People”, was read." in " ".join(plan(workbook(rows, sheets=2)).notes)


@pytest.mark.parametrize(
    ("content", "accents_noted"),
    [
        ("name,e-mail,unit\nRenée Nuñez,r@example.org,Roads\n".encode(), False),
        ("name,e-mail,unit\nRenée Nuñez,r@example.org,Roads\n".encode("utf-8-sig"), False),
        ("name;e-mail;unit\r\nRenée Nuñez;r@example.org;Roads\r\n".encode("utf-16"), False),
        ("name\te-mail\tunit\nRenée Nuñez\tr@example.org\tRoads\n".encode("cp1252"), True),
        ("\n\n Work E-Mail , UNIT ,Employee Name,Phone\nr@example.org,Roads,Rene\u0301e  Nuñez,1\n".encode(), False),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16", "windows-1252", "other order and case"],
)
def test_files_are_read_as_offices_save_them(cast: Cast, content: bytes, accents_noted: bool) -> None:
    report = plan(content)
    assert [line.name for line in report.lines if line.what == "New"] == ["Renée Nuñez"]
    assert any("read as Windows-1252" in words for words in report.notes) == accents_noted


def test_columns_that_were_not_used_are_named(cast: Cast) -> None:
    assert plan("name,e-mail,unit,Phone\n,,,\nA,a@example.org,Roads,1\n").notes == (
        "These columns were not used: “Phone”.",
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"\n \n", "The file is empty."),
        (b"%PDF-1.7\n...", "This is a PDF, whatever its name says."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a workbook with a password, or an old .xls"),
        (b"PK\x03\x04broken", "The workbook is damaged."),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "This is no table of text."),
        (b"name,e-mail\nA,a@example.org\n", "the column “unit” is missing"),
        (b"A,a@example.org,Roads\nB,b@example.org,Roads\n", "“name” is missing and the column “e-mail” is missing"),
        (b"name,e-mail,unit,Full name\nA,a@example.org,Roads,A\n", "there are two columns “name”"),
        (b"name,e-mail,unit\n", "nobody stands below them"),
        (b'name,e-mail,unit\n"A,a@example.org,Roads\n', "Perhaps a quotation mark is not closed."),
        (b"name,e-mail,unit\n" + b"A" * 200_000, "Perhaps a quotation mark is not closed."),
        (b"name,e-mail,unit\nA,a@example.org,R\x81ds\n", "Line 2: a letter cannot be read."),
        (b"\xff\xfen\0a", "The file is damaged."),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(RosterUnreadable, match=re.escape(words)):
        make_plan(Request(content), None)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('=HYPERLINK("x"),a@example.org,Roads', "begins with “=”, as a formula does"),
        ("@SUM,a@example.org,Roads", "begins with “@”"),
        ("A,+a@example.org,Roads", "begins with “+”"),
        ("A,a@example.org,-Roads", "begins with “-”"),
        ("A,a@example.org,Roads / =1", "The unit “=1” begins with “=”"),
        ("A\x07B,a@example.org,Roads", "cannot be seen"),
        ('"A\nB",a@example.org,Roads', "cannot be seen"),
        (f"{'A' * 201},a@example.org,Roads", "longer than 200"),
        (f"A,a@example.org,{'R' * 201}", "longer than 200"),
        (f"A,{'a' * 250}@example.org,Roads", "is no e-mail address"),
        ("A,a@example,Roads", "is no e-mail address"),
        (",a@example.org,Roads", "The name is missing."),
        ("A,,Roads", "The e-mail address is missing."),
        ("A,a@example.org,", "The unit is missing."),
        ("A,a@example.org", "The unit is missing."),
        ("Doe, Jane,a@example.org,Roads", "more cells than columns"),
        ("A,a@example.org,Roads / / Signs", "a unit has no name"),
        (f"A,a@example.org,{' / '.join('ABCDEFGHIJKLM')}", "more than 12 units below each other"),
    ],
)
def test_each_fault_of_a_row_has_its_sentence(cast: Cast, row: str, words: str) -> None:
    text = HEADER + row + "\nCole Kollmann,cole@example.org,Roads\n"
    assert words in only_fault(text)


def test_one_address_twice_is_a_fault_of_both_rows(cast: Cast) -> None:
    told = plan(HEADER + "A,a@example.org,Roads\nB,b@example.org,Roads\nA,A@example.org,Tolls\n").of(What.FAULT)
    assert [line.line for line in told] == ["2", "4"]
    assert told[0].details == "The e-mail address stands in line 4 too. Keep one of these lines."


def test_a_small_workbook_that_unpacks_to_a_huge_one_is_refused() -> None:
    rows: list[list[object]] = [["name", "e-mail", "unit"], ["A", "a@example.org", "Roads"]]
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        sheet.write(1_000_000, 16_000, "far away")
    with pytest.raises(RosterUnreadable, match="beyond line 200,000 or column AZ"):
        read_sheet(content.getvalue())


def test_what_a_file_brought_runs_nowhere(cast: Cast) -> None:
    report = plan(HEADER + "=1+1,a@example.org,Roads\n")
    assert "'=1+1" in report.to_csv()
    assert "\n=1+1" not in report.to_csv() and ",=1+1" not in report.to_csv()


# Size


def test_the_number_of_questions_grows_with_the_batches_only(cast: Cast) -> None:
    counts = []
    for size in (10, 90, 900):
        text = SAME + "".join(f"P{n},p{size}.{n}@example.org,Roads,\n" for n in range(size))
        with CaptureQueriesContext(connection) as asked:
            bring(text)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    # SQLite takes some hundred new people in one statement.
    assert counts[2] - counts[1] < 900 / 80


# What holds for every roster

_NAMES = st.sampled_from(["Ann", "Bo", "Cy", "=Eve", "", "Zoë"])
_EMAILS = st.sampled_from(
    [f"{who}@example.org" for who in ("lena", "cole", "mara", "olga", "adam", "x", "y", "z")] + ["no"]
)
_UNITS = st.sampled_from(
    ["Roads", "Roads / Signs", "roads", "Tolls", "A", "B", "A / B", "B / A", "A / B / C", "", "A / A", "C"]
)
_PARENTS = st.sampled_from(["", "", "A", "B", "C", "Roads", "Roads / Signs", "A / B"])
_MANAGES = st.sampled_from(["", "Roads", "A", "Roads; Tolls", "A / B;", "Nowhere"])
_AGENCIES = st.sampled_from(["", "", "Department of Bridges", "department of bridges", "Office of Lakes", "Elsewhere"])
_ROWS = st.lists(st.tuples(_NAMES, _EMAILS, _UNITS, _PARENTS, _MANAGES, _AGENCIES), min_size=1, max_size=8)
_ANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _text(rows: list[tuple[str, ...]]) -> str:
    lines = ("name,e-mail,unit,parent unit,manager of,agency", *(",".join(row) for row in rows))
    return "\n".join(lines) + "\n"


@_ANY
@given(rows=_ROWS, new_units=st.booleans(), officer=st.booleans())
def test_any_roster_brought_twice_changes_nothing_the_second_time(
    cast: Cast, rows: list[tuple[str, ...]], new_units: bool, officer: bool
) -> None:
    importer = cast.data_officer if officer else None
    bring(_text(rows), importer, "", new_units, leave_out=True)
    before = everything()
    report = bring(_text(rows), importer, "", new_units, leave_out=True)
    assert everything() == before
    assert set(report.counts) <= {"Same", "Left out", "Missing from the file"}


@_ANY
@given(rows=_ROWS, close=st.booleans())
def test_nobody_outside_the_importer_s_agency_is_ever_changed(
    cast: Cast, rows: list[tuple[str, ...]], close: bool
) -> None:
    agency = cast.unit.agency_id

    def others() -> list[object]:
        people = Person.objects.exclude(unit__agency=agency).order_by("pk")
        return [
            list(people.values_list("pk", "email", "name", "unit", "is_active", "is_administrator", "password")),
            list(Unit.objects.exclude(agency=agency).order_by("pk").values_list("pk", "name", "parent")),
            sorted(Unit.managers.through.objects.exclude(unit__agency=agency).values_list("unit", "person")),
            sorted(Agency.data_officers.through.objects.values_list("agency", "person")),
            sorted(Cohort.members.through.objects.values_list("cohort", "person")),
            list(Person.objects.filter(is_administrator=True).values_list("pk")),
        ]

    before = others()
    try:
        bring(_text(rows), cast.data_officer, "", new_units=True, leave_out=not close, close=close)
    except RosterRefused:
        assert close
    if not close:
        assert others() == before
    else:
        # Closing ends duties; whose they were is of this agency.
        assert others()[:3] == before[:3]


@_ANY
@given(rows=_ROWS)
def test_the_tree_never_has_a_cycle_and_never_leaves_its_agency(cast: Cast, rows: list[tuple[str, ...]]) -> None:
    bring(_text(rows), None, "", new_units=True, leave_out=True)
    units = {unit.pk: unit for unit in Unit.objects.all()}
    for unit in units.values():
        passed: set[int] = set()
        at: Unit | None = unit
        while at:
            assert at.pk not in passed
            passed.add(at.pk)
            assert at.agency_id == unit.agency_id
            at = units[at.parent_id] if at.parent_id else None


# The pages


def upload(browser: Client, text: str = SAME, **fields: str) -> str:
    """Bring a file by the page; returns the address of what it would change."""
    file = SimpleUploadedFile("people.csv", text.encode(), "text/csv")
    answer = browser.post("/roster/", {"roster": file, "agency": BRIDGES, **fields})
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def apply(browser: Client, address: str, **ticked: str) -> str:
    digest = re.search(r'name="digest" value="(\w+)"', browser.get(address).content.decode())
    assert digest
    answer = browser.post(address, {"digest": digest[1], **ticked}, follow=True)
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_a_data_officer_looks_first_and_then_applies(cast: Cast, as_: Callable[..., Client]) -> None:
    browser = as_(cast.data_officer)
    address = upload(browser, SAME.replace("Cole Kollmann", "Cole Kol") + "Nell Newcomer,nell@example.org,Tolls\n")
    text = browser.get(address).content.decode()
    assert "Nothing has been changed yet." in text and "The name was “Cole Kollmann”." in text
    assert not Person.objects.filter(email="nell@example.org").exists()
    assert "2 people were added or changed." in apply(browser, address)
    assert Person.objects.filter(email="nell@example.org").exists()
    # The file is gone, what was done can be read and downloaded, and a second click does nothing.
    assert bytes(RosterUpload.objects.get().gzipped) == b""
    assert "nell@example.org" in browser.get(address + "report.csv").content.decode()
    browser.post(address, {"digest": "x"})
    assert Entry.objects.filter(action="roster.import").count() == 1


def test_the_page_lists_what_was_left_out(cast: Cast, as_: Callable[..., Client]) -> None:
    browser = as_(cast.data_officer)
    address = upload(browser, SAME + "Paul Problem,paul,Tolls\n")
    assert "There is a fault in the file. Nothing was taken over." in apply(browser, address)
    text = apply(browser, address, leave_out_faults="on")
    assert "Left out (1)" in text and "“paul” is no e-mail address" in text


def test_missing_people_are_closed_by_a_tick_only(cast: Cast, as_: Callable[..., Client]) -> None:
    browser = as_(cast.data_officer)
    address = upload(browser, SAME.replace("Nora Nachbar,nora@example.org,Tolls\n", ""))
    assert "1 person is missing from the file." in " ".join(
        browser.get(address).content.decode().replace("<strong>", "").split()
    )
    assert "Closed (1)" in apply(browser, address, close_missing="on")
    assert not Person.objects.get(pk=cast.neighbor.pk).is_active


def test_the_page_says_when_the_tracker_has_changed_since(cast: Cast, as_: Callable[..., Client]) -> None:
    browser = as_(cast.data_officer)
    address = upload(browser, HEADER + "Lena Lernfeld,lena@example.org,Tolls\n")
    digest = re.search(r'name="digest" value="(\w+)"', browser.get(address).content.decode())
    assert digest
    Person.objects.filter(pk=cast.learner.pk).update(name="Lena Other")
    answer = browser.post(address, {"digest": digest[1]})
    assert answer.status_code == 409
    assert "The tracker has changed since this was shown" in answer.content.decode()
    # What is shown now is what is true now, and can be applied.
    assert "Lena Other" in answer.content.decode()
    assert "1 person was added or changed." in apply(browser, address)


def test_an_upload_is_its_importer_s_alone_and_ends_after_two_hours(cast: Cast, as_: Callable[..., Client]) -> None:
    Agency.objects.get(name="Office of Lakes").data_officers.add(cast.outside_manager)
    address = upload(as_(cast.data_officer))
    for person in (cast.outside_manager, cast.administrator):
        for path in (address, address + "report.csv"):
            assert as_(person).get(path).status_code == 404
    assert as_(cast.manager).get(address).status_code == 403
    RosterUpload.objects.update(at=RosterUpload.objects.get().at - RosterUpload.KEPT - timedelta(seconds=1))
    assert as_(cast.data_officer).get(address).status_code == 404
    upload(as_(cast.data_officer))
    assert RosterUpload.objects.count() == 1


def test_who_is_no_longer_data_officer_cannot_apply(cast: Cast, as_: Callable[..., Client]) -> None:
    browser = as_(cast.data_officer)
    address = upload(browser)
    cast.unit.agency.data_officers.clear()
    assert browser.post(address, {"digest": ""}).status_code == 403


def test_a_data_officer_cannot_choose_another_agency(cast: Cast, as_: Callable[..., Client]) -> None:
    file = SimpleUploadedFile("people.csv", SAME.encode())
    answer = as_(cast.data_officer).post("/roster/", {"roster": file, "agency": "Office of Lakes"})
    assert answer.status_code == 422
    assert "Office of Lakes" not in as_(cast.data_officer).get("/roster/").content.decode()


def test_a_file_that_cannot_be_used_is_refused_on_the_page(cast: Cast, as_: Callable[..., Client]) -> None:
    file = SimpleUploadedFile("people.csv", b"%PDF-1.4 ...", "text/csv")
    answer = as_(cast.data_officer).post("/roster/", {"roster": file, "agency": BRIDGES})
    assert answer.status_code == 422
    assert "This is a PDF" in answer.content.decode()
    assert not RosterUpload.objects.exists()


def test_the_page_is_bounded_and_the_download_is_not(cast: Cast, as_: Callable[..., Client]) -> None:
    browser = as_(cast.data_officer)
    address = upload(browser, HEADER + "".join(f"P{n},p{n}@example.org,Roads\n" for n in range(150)))
    assert browser.get(address).content.decode().count("@example.org") < 120
    assert browser.get(address + "report.csv").content.decode().count("New,Joins") == 150


# The command


def test_the_command_shows_every_row_that_is_not_the_same_and_changes_nothing_when_dry(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(SAME + "Nell Newcomer,nell@example.org,Tolls\nPaul Problem,paul,Tolls\n")
    before = everything()
    call_command("import_roster", file, "--dry-run", "--agency", BRIDGES)
    out = capsys.readouterr().out
    assert re.search(r"New +line 9: Nell Newcomer <nell@example.org> Joins Tolls.", out)
    assert "Fault" in out and "line 10: Paul Problem" in out
    assert "Lena" not in out and "Same: 7" in out
    with pytest.raises(CommandError, match="There is a fault"):
        call_command("import_roster", file, "--agency", BRIDGES)
    assert everything() == before
    call_command("import_roster", file, "--agency", BRIDGES, "--leave-out-faults", "--report", tmp_path / "report.csv")
    assert Person.objects.filter(name="Nell Newcomer").exists()
    assert "Left out" in (tmp_path / "report.csv").read_text()


def test_the_command_says_what_is_wrong_with_the_file(tmp_path: Path, db: None) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_roster", tmp_path / "nothing.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(CommandError, match="The file is empty"):
        call_command("import_roster", tmp_path / "empty.csv")
