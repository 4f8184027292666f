"""Build counts from the closed-ended answers of 105 users of state data to the survey for the State Data Plan.

One person's answers are never kept together: the five questions about the person alone tell each of the 105 from all
others. So the tables hold counts, the answers to each item by sector and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from academy.data.errors import FigureWrong
from academy.data.recipe import SourceRow, TableRow, read_source_rows, require_figure, require_once, write_tables

SURVEY = "data-plan-survey-2024/closed_ended_105.csv"
RESPONDENTS = 105

CONCERN = (
    "Very concerned",
    "Somewhat concerned",
    "Neither concerned nor unconcerned",
    "Somewhat unconcerned",
    "Very unconcerned",
)
LIKELY = ("Very likely", "Somewhat likely", "Neither likely nor unlikely", "Somewhat unlikely", "Very unlikely")
AGREE = ("Strongly Agree", "Agree", "Neither agree or disagree", "Disagree", "Strongly disagree")
NOT_KNOWN = "I do not know"


@dataclass(frozen=True)
class Question:
    """A question with a scale, its wording, and the wording of its items by the name of their column."""

    wording: str
    scale: tuple[str, ...]
    items: dict[str, str]

    @property
    def answers(self) -> tuple[str, ...]:
        """Every answer that could be chosen. Only the questions of concern offered “I do not know”."""
        return (*self.scale, NOT_KNOWN) if self.scale is CONCERN else self.scale


# The wording is that of the survey's form. The source has short names in its place.
QUESTIONS = {
    "concern": Question(
        "How concerned are you for the privacy and security of the data that the State coordinates and manages?",
        CONCERN,
        {"concern_privacy": "Data privacy", "concern_security": "Data security"},
    ),
    "impact": Question(
        "How likely will each of the following impact your usage of State data in the next two years?",
        LIKELY,
        {
            "impact_ai": "Artificial intelligence",
            "impact_privacy_issues": "Issues with data privacy",
            "impact_security_issues": "Issues with data security",
            "impact_technology": "Changes in technology",
            "impact_race_standards": "Changes in federal race / ethnicity standards",
            "impact_law": "Other changes in federal or state law",
        },
    ),
    "barrier": Question(
        "Are the following issues barriers to your organization’s ability to use and access CT data sets?",
        AGREE,
        {
            "barrier_knowing_where": "Knowing where to find data",
            "barrier_quality": "Data quality problems such as gaps or missing elements",
            "barrier_metadata": "Metadata describing the data",
            "barrier_interoperability": "Interoperability and the ability to link the data to other data sets",
            "barrier_portal_usability": "The usability of the data delivery or download systems or portals",
            "barrier_security_privacy_reqs": "Fulfilling security or privacy requirements",
            "barrier_questions_answered": "Having questions answered promptly",
            "barrier_finding_correct": "Finding the correct data sets",
            "barrier_no_guidelines": "A lack of guidelines on how to analyze or use the data",
            "barrier_staff": "Lack of qualified staff",
            "barrier_visualizations": "Quality of data visualizations such as mapping, dashboards, or graphs",
        },
    ),
}

# Shares that the survey's report prints: the two strongest answers together, in percent.
PRINTED = {
    "barrier_finding_correct": Decimal("71.4"),
    "barrier_knowing_where": Decimal("69.5"),
    "barrier_quality": Decimal("63.8"),
    "barrier_interoperability": Decimal("63.8"),
    "impact_technology": Decimal("57.2"),
    "impact_law": Decimal("54.3"),
}

# Every other answer to “what type of industry” was given by fewer than 10 people, most by one.
OTHER_SECTOR = "Commercial or other"
SECTORS = {"Government": 38, "Non-profits": 35, "Education": 19, OTHER_SECTOR: 13}

EXPERTISE = ("Novice / Beginner", "Advanced Beginner", "Proficient / Experienced", "Expert")
FREQUENCIES = (
    "Daily",
    "Every two to seven days",
    "Every week to four weeks",
    "Less than once every four weeks",
    "Never",
)
DATA_SOURCES = (
    "Directly from State Agencies or their organizational websites",
    "The CT Open Data Portal (data.ct.gov)",
    "The CT Geodata Portal (geodata.ct.gov)",
    'From a non-governmental data or visualization service such as a web site or map that "scrapes" State data',
    "P20 WIN (Preschool through 20 Workforce Information Network)",
    "Through Freedom of Information Act (FOIA) requests",
    "Other",
    "I don’t currently use data from the State of Connecticut",
)
OWN_WORDS = "Other, in their own words"
USES = (
    "Developing plans or grant documents",
    "Decision-making",
    "Link it with other data (e.g. administrative data)",
    "Community outreach and engagement",
    "Business analysis or other types of analytics",
    "Advocacy",
    "Casual user",
    "Content Creator",
    OWN_WORDS,
)

BACKGROUND = ("industry", "expertise", "frequency", "sources", "uses")
# What somebody might know of a person at once, and what to call it.
KNOWN_TOGETHER = {
    "industry": BACKGROUND[:1],
    "industry, expertise": BACKGROUND[:2],
    "industry, expertise, frequency": BACKGROUND[:3],
    "industry, expertise, frequency, sources": BACKGROUND[:4],
    "industry, expertise, frequency, sources, uses": BACKGROUND,
    "sector, expertise, frequency": ("sector", "expertise", "frequency"),
    "sector": ("sector",),
    "both items on concern": tuple(QUESTIONS["concern"].items),
    "all 19 items": tuple(item for question in QUESTIONS.values() for item in question.items),
}
SMALL_GROUP = 6


def build(sources: Path, destination: Path) -> None:
    """Write the four tables of the survey. Raises SourceError before anything is written."""
    people = read(sources)
    counts = prepare(people)
    validate(people, counts)
    write(people, counts, destination)


def read(sources: Path) -> list[SourceRow]:
    """Return one row a person, with the sector. Raises SourceError at an answer that was not on the form."""
    items = [item for question in QUESTIONS.values() for item in question.items]
    rows = read_source_rows(sources, SURVEY, ["id", *BACKGROUND, *items])
    require_figure(SURVEY, "the number of people", len(rows), RESPONDENTS)
    require_once(rows, "id")
    for row in rows:
        row.one_of("expertise", EXPERTISE)
        row.one_of("frequency", FREQUENCIES)
        for question in QUESTIONS.values():
            for item in question.items:
                row.one_of(item, question.answers)
        for chosen in _chosen(row, "sources"):
            SourceRow(row.file, row.number, {"sources": chosen}).one_of("sources", DATA_SOURCES)
    return [SourceRow(row.file, row.number, {**row.values, "sector": _sector(row)}) for row in rows]


def prepare(people: list[SourceRow]) -> list[TableRow]:
    """Return the number of people for each answer to each item in each sector, zeros too."""
    counts: list[TableRow] = []
    for name, question in QUESTIONS.items():
        for item in question.items:
            found = Counter((row["sector"], row[item]) for row in people)
            counts += [
                {
                    "question": name,
                    "item": item,
                    "sector": sector,
                    "answer": answer,
                    "place": question.scale.index(answer) + 1 if answer in question.scale else None,
                    "respondents": found[sector, answer],
                }
                for sector in SECTORS
                for answer in question.answers
            ]
    return counts


def validate(people: list[SourceRow], counts: list[TableRow]) -> None:
    """Hold the counts against the printed shares, and see that no sector speaks with one voice."""
    for sector, size in SECTORS.items():
        found = sum(row["sector"] == sector for row in people)
        require_figure(f"{SURVEY}, column industry", f"the number of people of {sector}", found, size)
    for item, printed in PRINTED.items():
        require_figure(f"{SURVEY}, column {item}", "the share", _share_as_printed(people, item), printed)
    for count in counts:
        if count["respondents"] == SECTORS[str(count["sector"])]:
            raise FigureWrong(
                f"{SURVEY}, column {count['item']}",
                f"all people of {count['sector']} gave the same answer, so that the table would tell each one's.",
                "Put this sector together with another one.",
            )


def write(people: list[SourceRow], counts: list[TableRow], destination: Path) -> None:
    items: list[TableRow] = [
        {
            "item": item,
            "question": name,
            "question_wording": question.wording,
            "item_wording": wording,
            "printed_percent": PRINTED.get(item),
        }
        for name, question in QUESTIONS.items()
        for item, wording in question.items.items()
    ]
    write_tables(
        destination,
        {
            "data-plan-survey.csv": counts,
            "data-plan-survey-items.csv": items,
            "data-plan-survey-background.csv": _background(people),
            "data-plan-survey-uniqueness.csv": _uniqueness(people),
        },
    )


def _sector(row: SourceRow) -> str:
    return row["industry"] if row.text("industry") in SECTORS else OTHER_SECTOR


def _chosen(row: SourceRow, column: str) -> list[str]:
    """Return the answers to a question with several choices, without those written in people's own words for uses."""
    chosen = [part.strip() for part in row.text(column).split(";") if part.strip()]
    if column == "uses":
        return list(dict.fromkeys(part if part in USES else OWN_WORDS for part in chosen))
    return chosen


def _share_as_printed(people: list[SourceRow], item: str) -> Decimal:
    """Return the two strongest answers together, each rounded first, as the report adds them."""
    strongest = (AGREE if item in QUESTIONS["barrier"].items else LIKELY)[:2]
    counts = [sum(row[item] == answer for row in people) for answer in strongest]
    return sum((round(Decimal(100 * count) / RESPONDENTS, 1) for count in counts), Decimal(0))


def _background(people: list[SourceRow]) -> list[TableRow]:
    """Return how many people gave each answer to the questions about themselves, one question at a time."""
    questions: list[tuple[str, bool, Iterable[str], Sequence[str]]] = [
        ("sector", False, SECTORS, [row["sector"] for row in people]),
        ("expertise", False, EXPERTISE, [row["expertise"] for row in people]),
        ("frequency", False, FREQUENCIES, [row["frequency"] for row in people]),
        ("sources", True, DATA_SOURCES, [answer for row in people for answer in _chosen(row, "sources")]),
        ("uses", True, USES, [answer for row in people for answer in _chosen(row, "uses")]),
    ]
    return [
        {"question": name, "several_choices": several, "answer": answer, "respondents": given.count(answer)}
        for name, several, answers, given in questions
        for answer in answers
    ]


def _uniqueness(people: list[SourceRow]) -> list[TableRow]:
    """Return how many people would stand alone, were these answers published together."""
    rows: list[TableRow] = []
    for name, columns in KNOWN_TOGETHER.items():
        groups = Counter(tuple(row[column] for column in columns) for row in people)
        rows.append(
            {
                "known_together": name,
                "answers": len(columns),
                "respondents_alone": sum(size == 1 for size in groups.values()),
                "respondents_in_small_groups": sum(size for size in groups.values() if size < SMALL_GROUP),
            }
        )
    return rows
