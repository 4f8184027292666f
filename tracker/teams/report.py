"""An agency's progress report: what its leadership needs to know, as a web page and as a PDF. No names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from tracker.learning.models import Lesson
from tracker.learning.progress import completed_by_lesson
from tracker.people.scopes import overseen_agencies
from tracker.site import pdf
from tracker.teams.attention import UNITS_NAMED, Matter, matters
from tracker.teams.counting import count_units
from tracker.teams.courses import Course
from tracker.teams.measures import Counts, Share
from tracker.teams.sight import Sight
from tracker.teams.units import UnitLine, total

LOOK = Path(__file__).parent / "static" / "teams" / "report.css"


@dataclass(frozen=True)
class LessonLine:
    lesson: Lesson
    complete: Share


@dataclass(frozen=True)
class Report:
    title: str
    on: date
    course: Course
    counts: Counts
    matters: list[Matter]
    units: list[UnitLine]
    lessons: list[LessonLine]


def report(seen: Sight) -> Report:
    """The report on all people whom the viewer may see here."""
    counted = count_units(seen, seen.people)
    counts = total(counted.by_unit, counted.by_unit)
    done = completed_by_lesson(seen.people, seen.course.lessons)
    return Report(
        title=_title(seen),
        on=seen.today,
        course=seen.course,
        counts=counts,
        matters=matters(seen, counted),
        units=seen.tree.lines(counted.by_unit),
        lessons=[LessonLine(lesson, Share(done.get(lesson.pk, 0), counts.people)) for lesson in seen.course.lessons],
    )


def as_pdf(made: Report) -> bytes:
    """The report as a tagged PDF (PDF/UA-1), which a screen reader can read."""
    context: dict[str, Any] = {"report": made, "counts": made.counts, "course": made.course, "on_paper": True}
    html = render_to_string("teams/report_print.html", context)
    return pdf.as_pdf(html, _bars() + LOOK.read_text(encoding="utf-8"))


def _title(seen: Sight) -> str:
    """The agency, for whoever answers for all of it; else the units."""
    if seen.agency and overseen_agencies(seen.viewer).filter(pk=seen.agency.pk).exists():
        return seen.agency.name
    names = [unit.name for unit in seen.tree.roots]
    more = f" and {len(names) - UNITS_NAMED} more units" if len(names) > UNITS_NAMED else ""
    return ", ".join(names[:UNITS_NAMED]) + more + (f", {seen.agency.name}" if seen.agency else "")


def _bars() -> str:
    """A bar for each whole percentage: a page has them as drawings, which a PDF would have to describe one by one."""
    return "".join(f".share-{part} {{ background-size: {part}% 1mm, 100% 1mm; }}\n" for part in range(101))
