"""Keeps a roster between "show me" and "apply": in the database, for its importer only, for two hours at most."""

from __future__ import annotations

import gzip
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tracker.people.models import Person, RosterUpload
from tracker.people.roster.apply import Consent, take_over
from tracker.people.roster.plan import Request, make_plan
from tracker.people.roster.report import Report, report_of


class RosterGone(Exception):
    """The upload is not there: too old, never there, or somebody else's."""


def keep(importer: Person, file_name: str, request: Request) -> RosterUpload:
    """Keep a file. Those that are too old go now, whoever brought them."""
    RosterUpload.objects.filter(at__lt=timezone.now() - RosterUpload.KEPT).delete()
    return RosterUpload.objects.create(
        importer=importer,
        file_name=file_name[-200:],
        agency=request.agency,
        new_units=request.new_units,
        gzipped=gzip.compress(request.content, compresslevel=1),
        gzipped_report=b"",
    )


def find(importer: Person, pk: UUID) -> RosterUpload:
    """Raises RosterGone."""
    found = RosterUpload.objects.filter(pk=pk, importer=importer, at__gte=timezone.now() - RosterUpload.KEPT).first()
    if found is None:
        raise RosterGone
    return found


def report(upload: RosterUpload) -> Report:
    """What was done; before that, what would be done as things stand now. Raises RosterUnreadable."""
    if upload.gzipped_report:
        return Report.unpacked(bytes(upload.gzipped_report))
    return report_of(make_plan(_request(upload), upload.importer))


@transaction.atomic
def apply(upload: RosterUpload, consent: Consent) -> None:
    """Take the file over, forget it, and keep what was done. Raises RosterRefused."""
    # Two clicks are one: the second waits here, and finds the work done.
    held = RosterUpload.objects.select_for_update().get(pk=upload.pk)
    if held.gzipped_report:
        return
    done = take_over(_request(held), consent, held.importer)
    held.gzipped, held.gzipped_report = b"", done.packed()
    held.save(update_fields=["gzipped", "gzipped_report"])


def _request(upload: RosterUpload) -> Request:
    return Request(gzip.decompress(bytes(upload.gzipped)), upload.agency, upload.new_units)
