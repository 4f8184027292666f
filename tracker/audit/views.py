"""The audit log to read: all of it for administrators, an agency's part for its data officers. Nothing here writes,
except that an export notes itself."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from toolkit.survey.sheet import guarded
from tracker.audit.log import entries_for, note
from tracker.audit.models import Entry
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.people.scopes import oversees

PER_PAGE = 50
COLUMNS = ("when", "who", "action", "about", "details")


class Filter(forms.Form):
    """What to show. An empty field leaves nothing out."""

    action = forms.ChoiceField(required=False, label="Action")
    person = forms.CharField(
        required=False, max_length=200, label="Person", help_text="A part of a name or of an e-mail address."
    )
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: object, within: QuerySet[Entry]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        actions = within.order_by("action").values_list("action", flat=True).distinct()
        choices = self.fields["action"]
        assert isinstance(choices, forms.ChoiceField)
        choices.choices = [("", "Every action"), *((action, action) for action in actions)]

    def apply(self, entries: QuerySet[Entry]) -> QuerySet[Entry]:
        asked = self.cleaned_data if self.is_valid() else {}
        if action := asked.get("action"):
            entries = entries.filter(action=action)
        if person := asked.get("person"):
            entries = entries.filter(Q(actor_name__icontains=person) | Q(about__icontains=person))
        if since := asked.get("since"):
            entries = entries.filter(at__gte=timezone.make_aware(datetime.combine(since, time.min)))
        if until := asked.get("until"):
            entries = entries.filter(at__lt=timezone.make_aware(datetime.combine(until + timedelta(days=1), time.min)))
        return entries


@signed_in
@require_safe
def entries(request: HttpRequest, viewer: Person) -> HttpResponse:
    if not oversees(viewer):
        raise PermissionDenied
    visible = entries_for(viewer)
    form = Filter(request.GET, visible)
    page = Paginator(form.apply(visible), PER_PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {"form": form, "page": page, "asked": kept.urlencode(), "kept_days": settings.KEEP_DAYS["audit"]}
    return render(request, "audit/entries.html", context, status=200 if form.is_valid() else 422)


@signed_in
@require_GET
def export(request: HttpRequest, viewer: Person) -> HttpResponse | StreamingHttpResponse:
    """The same lines as a table for a spreadsheet, however many they are."""
    if not oversees(viewer):
        raise PermissionDenied
    visible = entries_for(viewer)
    found = Filter(request.GET, visible).apply(visible)
    note(viewer, "audit.export", "lines of the audit log", lines=found.count())
    answer = StreamingHttpResponse(_csv(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="audit-log.csv"'
    return answer


class _Line:
    """A file for csv that hands every line on."""

    def write(self, line: str) -> str:
        return line


def _csv(found: QuerySet[Entry]) -> Iterator[bytes]:
    # The mark by which a spreadsheet knows UTF-8.
    yield b"\xef\xbb\xbf"
    writer = csv.writer(_Line())
    for row in _rows(found):
        line: str = writer.writerow([guarded(cell) for cell in row])
        yield line.encode()


def _rows(found: QuerySet[Entry]) -> Iterator[Iterable[str]]:
    yield COLUMNS
    for entry in found.iterator(chunk_size=2_000):
        when = timezone.localtime(entry.at).isoformat(sep=" ", timespec="seconds")
        yield when, entry.actor_name or "the academy", entry.action, entry.about, entry.facts_in_words
