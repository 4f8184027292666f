"""Build the table of the elements in the data dictionary of P20 WIN, from the workbook that P20 WIN publishes.

The words are the agencies' own, with their drifting labels, because lessons judge them. Only line breaks go.
"""

from __future__ import annotations

from pathlib import Path

from academy.data.errors import RowMissing
from academy.data.recipe import SourceRow, TableRow, read_source_sheet, require_once, write_tables

DICTIONARY = "p20win-data-dictionary/P20WIN_Data_Dictionary.xlsx"
SHEET = "Sheet 1"

KEY = ("Agency", "Program", "Data Category", "Data Element Name")
COLUMNS = (*KEY, "Data Element Definition", "Data Type", "Years Available")

# As published: the Department of Education stands here in two spellings.
AGENCIES = (
    "Connecticut Conference of Independent Colleges (CCIC)",
    "Connecticut State Colleges and Universities (CSCU)",
    "Department of Children and Families (DCF)",
    "Department of Mental Health and Addiction Services (DMHAS)",
    "Department of Labor (DOL)",
    "Office of Early Childhood (OEC)",
    "Office of Higher Education (OHE)",
    "State Department of Education (SDE)",
    "State Department of Education",
    "University of Connecticut (UConn)",
    "Judicial Branch - Court Support Services Division (JB-CSSD)",
    "Connecticut Technical and Career System (CTECS)",
    "Connecticut Department of Correction (DOC)",
)
PROGRAMS = (
    "Adult Education",
    "Adult Probation",
    "All Programs",
    "All Programs – TCM Services Only",
    "All Treatment Programs",
    "Apprenticeship",
    "Based on current requirements",
    "Best Chance",
    "CCIC Member Institutions",
    "Children & Families",
    "Community Colleges",
    "Connecticut State Universities",
    "Family Services (Civil)",
    "Family Services (Criminal)",
    "Jobs First Employment Services (JFES)",
    "Juvenile Probation",
    "Juvenile Residential Services",
    "Not Available",
    "Offender Based Information System",
    "Other (Common)",
    "PIRL (JVSG, TAA, WIOAs, WP)",
    "PowerSchool",
    "Pretrial Services",
    "State Longitudinal Data System (SLDS)",
    "State Youth Employment Programs",
    "Unemployment Insurance (UI)",
    "Unemployment Insurance Benefits (UI Benefits)",
)
# One text, because a list with a label a line would fill the page.
CATEGORIES = " ".join(
    """
Academic Summary; Activity Data; Activity Data (date); Activity Data (entry); Activity Data (exit); Activity
Data (program); Admission; Admissions; Adult Education; Adult Education - Matching; Allegations; Assessment;
Bail Conditions; Bail Interviews; Child Welfare Placements; Client; Closures; Co-Occurring Screening; College -
NSC - Enrollment; College - NSC - Graduation; Completions; Conditions; Courses; Credentials; Demographic;
Demographics; Demographics Data; Diagnosis; Discharge; Discipline; EM/GPS Referrals; Early Childhood;
Employment; Financial Aid; Graduate Follow-up Survey; Graduation; Historical Grades; Jail Re-Interview; Linking
Fields; Linking fields; Matching Information; NSC Transfer; NSC Transfer College; Negotiations; PIE Service
Episodes; PII; PWP (Probation With Placement) Dispositions; Periodic Assessment; Periodic Assessment - Substance
Use; Placement; Population Snapshot; Program; Provider; Recidivism; Risk Based Case Handling; SCED Codes;
Services; Snapshot/Trend; Start AV; Starts; Student; Student Enrollment; TCM Services; Term; Treatment Referral
Requests; Treatment Referrals; Violation of Probation; Work Based Learning
""".split()
).split("; ")

KNOWN = {"Agency": AGENCIES, "Program": PROGRAMS, "Data Category": CATEGORIES}


def build(sources: Path, destination: Path) -> None:
    """Write p20win-dictionary.csv. Raises SourceError before anything is written."""
    published = read(sources)
    elements = prepare(published)
    validate(published)
    write(elements, destination)


def read(sources: Path) -> list[SourceRow]:
    return read_source_sheet(sources, DICTIONARY, SHEET, COLUMNS)


def prepare(published: list[SourceRow]) -> list[TableRow]:
    """Return one row an element, in the order of the workbook. Raises ValueWrong."""
    return [
        {
            "agency": row.one_of("Agency", AGENCIES),
            "program": row.one_of("Program", PROGRAMS),
            "category": row.one_of("Data Category", CATEGORIES),
            "element": _spaced(row.text("Data Element Name")),
            "definition": _one_line(row.text("Data Element Definition")),
            "data_type": _spaced(row.text("Data Type")),
            "years_available": _spaced(row.text("Years Available")),
        }
        for row in published
    ]


def validate(published: list[SourceRow]) -> None:
    """See that no element is there twice, and that no agency, program or category is missing."""
    require_once(published, *KEY)
    for column, known in KNOWN.items():
        missing = sorted(set(known) - {row[column] for row in published})
        if missing:
            raise RowMissing(
                f"{DICTIONARY}, column {column}",
                f"missing: {', '.join(missing[:5])}.",
                "The workbook looks cut short. If the publisher took them out, change the recipe and the description.",
            )


def write(elements: list[TableRow], destination: Path) -> None:
    write_tables(destination, {"p20win-dictionary.csv": elements})


def _one_line(text: str) -> str:
    """Put the lines of a cell into one, with a slash where a line ended: definitions list codes line by line."""
    return " / ".join(_spaced(line) for line in text.splitlines() if line.strip())


def _spaced(text: str) -> str:
    return " ".join(text.split())
