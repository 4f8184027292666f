"""Looking a certificate up by its code, for whoever has it. Who tries codes out is slowed down."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tracker.certificates.codes import read_code
from tracker.certificates.models import Certificate, WrongCode
from tracker.people.networks import network_of


class TooManyWrongCodes(Exception):
    """This network address has asked for too many codes that do not exist."""


def find(request: HttpRequest, typed: str) -> Certificate | None:
    """The certificate with this code. Raises TooManyWrongCodes, also for a right code, so that nothing leaks."""
    address = _digest_of_address(request)
    wrong = WrongCode.objects.filter(address=address, at__gt=timezone.now() - WrongCode.WINDOW)
    if wrong.count() >= WrongCode.ALLOWED:
        raise TooManyWrongCodes
    found = Certificate.objects.select_related("person").filter(code=read_code(typed)).first()
    if found is None:
        WrongCode.objects.create(address=address)
    return found


def _digest_of_address(request: HttpRequest) -> str:
    """Enough to know the network again, and no address: it needs this installation's secret key."""
    return salted_hmac("tracker.certificates.verify", network_of(request), algorithm="sha256").hexdigest()
