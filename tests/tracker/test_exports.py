"""The files that a manager takes away: whole, safe to open, and written down."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from tests.tracker.cast import Cast
from tracker.assignments.models import AssignedLesson, Assignment
from tracker.audit.models import Entry
from tracker.learning.models import Lesson, Submission
from tracker.people.models import Person
from tracker.teams import exports
from tracker.teams.exports import as_csv, as_workbook, rows

TODAY = timezone.localdate()
HEADER = "Agency Unit Name E-mail".split()
BAD_NAMES = {
    '=HYPERLINK("http://evil.example";"x")': '\'=HYPERLINK("http://evil.example";"x")',
    "+1 (860) 555": "'+1 (860) 555",
    "@SUM(A1)": "'@SUM(A1)",
    "-2+3": "'-2+3",
    "  =1+1": "  '=1+1",
    "\t=1+1": " '=1+1",
    'O"Brien, "Pat"': 'O"Brien, "Pat"',
    "Zoë 🧮 Ŋuyễn": "Zoë 🧮 Ŋuyễn",
    "two\r\nlines": "two  lines",
    "bell\x07 and escape\x1b": "bell  and escape ",
}


def table_of(browser: Client, address: str) -> list[list[str]]:
    """The rows of a file, as a spreadsheet reads them."""
    answer = browser.get(address)
    assert answer.status_code == 200
    content = answer.getvalue()
    if ".xlsx" in address:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [[str(cell) for cell in row] for row in workbook.get_sheet_by_index(0).to_python()]
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_row_for_each_person_says_the_state_of_every_lesson(
    kind: str, cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 5)
    header, *table = table_of(as_(cast.manager), f"/team/completion.{kind}")
    assert header == [*HEADER, "Lessons completed", "Lessons", "Add numbers"]
    bridges = "Department of Bridges"
    assert table == [
        [bridges, "Roads", "Cole Kollmann", "cole@example.org", "0", "1", "Not started"],
        [bridges, "Roads", "Mara Managold", "mara@example.org", "0", "1", "Not started"],
        [bridges, "Signs", "Lena Lernfeld", "lena@example.org", "1", "1", "Complete"],
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_row_for_each_person_and_lesson_has_its_days(
    kind: str, cast: Cast, as_: Callable[..., Client], graded_submission: Callable[..., Submission]
) -> None:
    graded_submission(cast.learner, 5, text="my words")
    due = TODAY + timedelta(days=40)
    made = Assignment.objects.create(title="Foundations", agency=cast.unit.agency, due=due, made_on=TODAY)
    AssignedLesson.objects.create(assignment=made, lesson=Lesson.objects.get(), since=TODAY)
    header, *table = table_of(as_(cast.manager), f"/team/completion.{kind}?rows=lesson")
    assert header[4:] == ["Lesson", "State", "Completed on", "Due", "Overdue", "Assignment", "Awaiting review"]
    assert table[0][4:] == ["Add numbers", "Not started", "", due.isoformat(), "no", "Foundations", "no"]
    assert table[2][4:] == ["Add numbers", "Complete", TODAY.isoformat(), due.isoformat(), "no", "Foundations", "yes"]
    assert "my words" not in str(table)


def test_a_file_has_the_people_of_its_viewer_and_nobody_else(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    def names(person: Person, query: str = "") -> set[str]:
        return {row[2] for row in table_of(as_(person), f"/team/completion.csv{query}")[1:]}

    assert names(cast.outside_manager) == {"Olga Ausserhalb", "Quentin Querfeld"}
    assert names(cast.manager, f"?agency={cast.outsider.unit.agency_id if cast.outsider.unit else 0}") == {
        "Lena Lernfeld",
        "Cole Kollmann",
        "Mara Managold",
    }
    assert len(names(cast.data_officer)) == 7
    # An administrator gets every agency, or the one that the address names.
    assert len(names(cast.administrator)) == 9
    assert len(names(cast.administrator, f"?agency={cast.unit.agency_id}")) == 7


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_name_runs_as_a_formula_or_breaks_a_row(
    kind: str, cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    for number, name in enumerate(BAD_NAMES):
        Person.objects.create_user(f"bad{number}@example.org", name=name, unit=cast.unit)
    Lesson.objects.update(title="=1+1, “quoted”")
    header, *table = table_of(as_(cast.manager), f"/team/completion.{kind}")
    assert header[-1] == "'=1+1, “quoted”"
    assert {len(row) for row in table} == {len(header)}
    found = {row[3]: row[2] for row in table}
    for number, safe in enumerate(BAD_NAMES.values()):
        assert found[f"bad{number}@example.org"].strip() == safe.strip()


def test_a_null_character_never_reaches_a_file(cast: Cast, lesson: Lesson) -> None:
    """No database of ours takes one any more, but an old row might hold it."""
    assert exports._plain("a\x00b\ud800c") == "a b c"


def test_a_file_s_name_has_its_day_and_what_a_row_is(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    browser = as_(cast.manager)
    for kind in ("csv", "xlsx"):
        answer = browser.get(f"/team/completion.{kind}?rows=lesson")
        assert answer.getvalue()
        assert (
            answer["Content-Disposition"] == f'attachment; filename="completion-by-lesson-{TODAY.isoformat()}.{kind}"'
        )


def test_every_file_is_in_the_audit_log(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    browser = as_(cast.manager)
    for address in ("/team/completion.csv", "/team/completion.xlsx?rows=lesson&path=everyone", "/team/report.pdf"):
        assert browser.get(address).getvalue()
    found = [(entry.actor, entry.action, entry.facts) for entry in Entry.objects.order_by("pk")]
    assert found == [
        (cast.manager, "team.export", {"kind": "csv", "rows": "person", "people": 3, "path": None}),
        (cast.manager, "team.export", {"kind": "xlsx", "rows": "lesson", "people": 3, "path": "everyone"}),
        (cast.manager, "team.report", {"people": 3, "path": None}),
    ]
    # Neither a look at the page nor a refusal is an export.
    browser.get("/team/")
    assert as_(cast.learner).get("/team/completion.csv").status_code == 403
    assert Entry.objects.count() == 3


def test_a_workbook_of_nobody_has_its_header(cast: Cast, lesson: Lesson, as_: Callable[..., Client]) -> None:
    Person.objects.filter(unit__isnull=False).update(unit=None)
    table = table_of(as_(cast.manager), "/team/completion.xlsx")
    assert [row[:4] for row in table] == [HEADER]


def test_more_rows_than_a_worksheet_holds_go_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "ROWS_OF_A_SHEET", 3)
    with as_workbook(iter([["Name"], *([str(number)] for number in range(7))])) as file:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(file.read()))
    sheets = [workbook.get_sheet_by_index(place).to_python() for place in range(len(workbook.sheet_names))]
    assert sheets == [
        [["Name"], ["0"], ["1"], ["2"]],
        [["Name"], ["3"], ["4"], ["5"]],
        [["Name"], ["6"]],
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_of_many_people_takes_no_more_memory_than_one_of_few(
    kind: str, cast: Cast, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PEOPLE_AT_A_TIME", 50)

    def peak(people: int) -> int:
        missing = people - Person.objects.filter(unit=cast.unit).count()
        first = Person.objects.count()
        Person.objects.bulk_create(
            Person(email=f"p{first + n}@example.org", name="N" * 150, unit=cast.unit) for n in range(missing)
        )
        tracemalloc.start()
        try:
            _write(kind, rows(Person.objects.filter(unit=cast.unit), [lesson], "lesson", TODAY))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(220)
    few = peak(220)
    assert peak(440) < few + 200_000


def _write(kind: str, table: Iterator[Any]) -> None:
    if kind == "xlsx":
        as_workbook(table).close()
    else:
        for _ in as_csv(table):
            pass


# The report as a PDF


def test_the_report_is_a_tagged_pdf_with_a_title_and_a_language(
    cast: Cast, lesson: Lesson, as_: Callable[..., Client]
) -> None:
    answer = as_(cast.data_officer).get("/team/report.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert f"progress-report-{TODAY.isoformat()}.pdf" in answer["Content-Disposition"]
    with pikepdf.open(io.BytesIO(answer.content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == "en-US"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.docinfo.Title).startswith("Progress report: Department of Bridges, ")
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        tags = set(_tags(pdf.Root.StructTreeRoot))
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/L"} <= tags
    # A picture without words would be silent; there is none.
    assert "/Figure" not in tags


def _tags(element: Any) -> Iterator[str]:
    if isinstance(element, pikepdf.Array):
        for one in element:
            yield from _tags(one)
    elif isinstance(element, pikepdf.Dictionary):
        if "/S" in element:
            yield str(element.S)
        if "/K" in element:
            yield from _tags(element.K)
