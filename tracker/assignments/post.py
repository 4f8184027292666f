"""Sends the reminders of a day, each at most once.

At most once, not at least once: a lost reminder is made good by the next one, a week later, and the page says it all
anyway; a reminder that comes twice teaches people to ignore it. So a row is claimed before a letter goes to the mail
server, and marked after. What happens in between, a crash or a broken line, leaves it claimed, and counts as sent.
Only where the server surely did not take the letter is the row marked as failed, and the next run tries again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date
from smtplib import SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from tracker.assignments.audience import in_force, note_arrivals
from tracker.assignments.letters import Letter, letters, recent
from tracker.assignments.models import Mail
from tracker.audit.log import note
from tracker.people.models import Person

logger = logging.getLogger(__name__)
PATIENCE = 5
"""So many letters in a row whose fate is unknown, and the run stops: the server is ill."""
REFUSED = (SMTPResponseException, SMTPRecipientsRefused, SMTPNotSupportedError, ValueError)
"""The server said no, or the address is none: the letter surely did not go."""


class MailServerAway(Exception):
    """The mail server takes nothing. Who has no letter yet gets it from the next run."""


@dataclass
class Sent:
    sent: int = 0
    refused: int = 0
    unknown: int = 0
    """The line broke, or the server was silent, after the letter was handed over or while."""


def send_reminders(today: date) -> Sent:
    """Send what is to be sent today. A second run on the same day sends what the first could not.

    Raises MailServerAway where the server cannot be reached, or stays silent letter after letter.
    """
    note_arrivals(list(in_force(today)), today)
    done = Sent()
    try:
        _send_all(today, done)
    finally:
        if done != Sent():
            note(None, "reminders.send", today.isoformat(), sent=done.sent, refused=done.refused, unknown=done.unknown)
    return done


def _send_all(today: date, done: Sent) -> None:
    server = get_connection()
    silent = 0
    try:
        for letter in letters(today):
            _open(server)
            mail = claim(letter.person, today)
            if mail is None:
                continue  # another run, at the same time, was first
            state = _send(server, letter, mail)
            done.sent += state == Mail.State.SENT
            done.refused += state == Mail.State.FAILED
            done.unknown += state == Mail.State.CLAIMED
            silent = silent + 1 if state == Mail.State.CLAIMED else 0
            if silent == PATIENCE:
                raise MailServerAway(f"The mail server did not finish {PATIENCE} letters in a row. Look at its log.")
    finally:
        server.close()


def claim(person: Person, today: date) -> Mail | None:
    """Take the person's letter of this week; None if there was one. Two runs at once cannot both get it."""
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        if recent(today).filter(person=person).exists():
            return None
        taken = {"state": Mail.State.CLAIMED, "problem": ""}
        return Mail.objects.update_or_create(person=person, day=today, defaults=taken)[0]


def _open(server: BaseEmailBackend) -> None:
    try:
        server.open()
    except (OSError, SMTPException) as error:
        raise MailServerAway(f"The mail server cannot be reached: {error}. Look at ACADEMY_EMAIL.") from error


def _send(server: BaseEmailBackend, letter: Letter, mail: Mail) -> Mail.State:
    try:
        server.send_messages([letter.message()])
        mail.state = Mail.State.SENT
    except REFUSED as error:
        mail.state, mail.problem = Mail.State.FAILED, str(error)[:300]
    except (OSError, SMTPException) as error:
        mail.problem = str(error)[:300]
    mail.save()
    if mail.problem:
        logger.error("The reminder to person %d: %s, %s", mail.person_id, mail.get_state_display(), mail.problem)
        server.close()  # a line on which something went wrong is not used again
    return Mail.State(mail.state)
