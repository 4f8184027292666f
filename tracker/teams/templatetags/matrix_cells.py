"""A person's cells of a matrix. A page has more than a thousand: a template for each would take most of its time."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateformat import format as in_words
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tracker.teams.matrix import Cell, Line

register = template.Library()


@register.simple_tag
def cells(line: Line) -> SafeString:
    """What stands between the person's name and their number of lessons."""
    return format_html_join("", "<td>{}</td>", ((_cell(cell),) for cell in line.cells))


def _cell(cell: Cell) -> SafeString:
    completed_on = timezone.localdate(cell.completed_at) if cell.completed_at else None
    return _drawn(cell.in_words, completed_on, cell.due_on, cell.is_overdue, cell.progress.awaiting_review)


@lru_cache(maxsize=4_096)
def _drawn(state: str, completed_on: date | None, due: date | None, overdue: bool, awaiting_review: bool) -> SafeString:
    parts = [render_to_string("learning/state.html", {"state": state})]
    if completed_on:
        parts.append(format_html('<span class="soft">{}</span>', _day(completed_on)))
    if due:
        words = '<span class="overdue">overdue: {}</span>' if overdue else '<span class="soft">due {}</span>'
        parts.append(format_html(words, _day(due)))
    if awaiting_review:
        parts.append(format_html('<span class="soft">{}</span>', "awaiting review"))
    return format_html_join(" ", "{}", ((part,) for part in parts))


def _day(day: date) -> str:
    return in_words(day, "M j, Y")
