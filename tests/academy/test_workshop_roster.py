"""The roster of a workshop: read as spreadsheets save it, or refused with a sentence for each thing to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from academy.workshop.roster import Learner, RosterError, read_roster

HEADER = "id,first_name,last_name,email\n"
ANA = Learner("ana", "Ana", "Doe, Jr.", "ana@example.org")


def written(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    file = folder / "roster.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return file


def faults(folder: Path, content: str | bytes) -> tuple[str, ...]:
    with pytest.raises(RosterError) as refused:
        read_roster(written(folder, content))
    return refused.value.faults


@pytest.mark.parametrize(
    "content",
    [
        HEADER + 'ana,Ana,"Doe, Jr.",ana@example.org\n',
        HEADER + '\r\n,,,\r\n ana ,Ana,"Doe, Jr.",ana@example.org',
        'E-mail;Last name;ID;First Name;Office\nana@example.org;"Doe, Jr.";ana;Ana;Hartford\n',
        "id\tfirst_name\tlast_name\temail\nana\tAna\tDoe, Jr.\tana@example.org\n",
    ],
    ids=["plain", "empty lines and spaces", "semicolons, other order, one column more", "tabs"],
)
def test_a_roster_is_read_however_a_spreadsheet_saved_it(content: str, tmp_path: Path) -> None:
    assert read_roster(written(tmp_path, content)).learners == (ANA,)


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16")],
)
def test_names_keep_their_accents_in_every_encoding_that_excel_writes(
    encoding: str, named: str, tmp_path: Path
) -> None:
    roster = read_roster(written(tmp_path, HEADER + "zoe,Zoë,Núñez,zoe@example.org\n", encoding))
    assert roster.learners == (Learner("zoe", "Zoë", "Núñez", "zoe@example.org"),)
    assert roster.encoding == named


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    lines = [
        "ana,Ana,Able,ana@example.org",
        ",Ben,Sample,ben@example.org",
        "cora,Cora,Doe, Jr.,cora@example.org",
        'dan,"=HYPERLINK(""http://example.org"")",Specimen,dan@example.org',
        "",
        "../eve,Eve,Instance,eve@example.org",
        "ANA,Another,Able,Ana@Example.org",
        "finn,,,finn@example.org",
        "gail,Gail,Template,gail at example.org",
        "hugo,Hugo,Pretend,",
        'iris,Iris,"Imagi\nnary",iris@example.org',
    ]
    assert faults(tmp_path, HEADER + "\n".join(lines)) == (
        "Line 3: the id is missing. Use the user name, or a short name of your own.",
        "Line 4: there are 5 cells, where line 1 has 4. A name with a comma needs quotation marks around it: "
        '"Doe, Jr."',
        "Line 5: the first name begins with “=”, as a formula does. Type the plain text.",
        "Line 7: the id “../eve” cannot name a folder. "
        "Use letters without accents, digits, dots, hyphens; begin with a letter or a digit.",
        "Line 8: the id “ANA” stands on line 2 already. Each person needs one line and one id.",
        "Line 8: the e-mail address “Ana@Example.org” stands on line 2 already. "
        "Each person needs one line and one e-mail address.",
        "Line 9: the name is missing. Write a first name or a last name.",
        "Line 10: “gail at example.org” is no e-mail address.",
        "Line 11: the e-mail address is missing. Results find a person's account by it.",
        "Line 12: the last name holds a line break or another unseen character. Type it again.",
    )


@pytest.mark.parametrize("start", "=+-@")
def test_no_cell_may_begin_as_a_formula_does(start: str, tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, HEADER + f"ana,Ana,{start}1+1,ana@example.org\n")
    assert fault == f"Line 2: the last name begins with “{start}”, as a formula does. Type the plain text."


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "The file is empty. Its first line names the columns: id, first_name, last_name, email."),
        (b"\xef\xbb\xbf\r\n", "The file is empty. Its first line names the columns: id, first_name, last_name, email."),
        (HEADER, "The file names the columns, but nobody stands below them. Write one line for each person."),
        (b"PK\x03\x04...", "This is an Excel workbook. In Excel, choose Save As, “CSV UTF-8”, and use that file."),
        (HEADER.encode() + b"a,\x81,b,a@b.org", "Line 2: a letter cannot be read. Save the table as “CSV UTF-8”."),
        (b"\xff\xfea", "The file is damaged. Save the table as “CSV UTF-8” again."),
    ],
    ids=["nothing", "a mark only", "nobody", "workbook", "no known encoding", "half a letter"],
)
def test_a_file_that_is_no_roster_is_refused_with_what_to_do(content: str | bytes, told: str, tmp_path: Path) -> None:
    assert faults(tmp_path, content) == (told,)


def test_a_quotation_mark_that_is_never_closed_is_told(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, HEADER + 'ana,"Ana,Able,ana@example.org\n')
    assert fault.startswith("This is no CSV file (")


def test_missing_and_doubled_columns_are_told_together(tmp_path: Path) -> None:
    assert faults(tmp_path, "id,name,email,email\nana,Ana Able,ana@example.org,\n") == (
        "Line 1: the column “first_name” is missing.",
        "Line 1: the column “last_name” is missing.",
        "Line 1: there are two columns “email”.",
        "Line 1 must name the columns: id, first_name, last_name, email.",
    )
