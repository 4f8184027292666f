"""The two changes that the audit log knows: the names of a person who is deleted leave it, and old lines go."""

from __future__ import annotations

import json
import re
import secrets
from datetime import datetime

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from tracker.audit.models import Entry
from tracker.people.models import Person


def forget(person: Person) -> str:
    """Take a person's name and address out of every line, and return what stands there now.

    It is the same in all their lines, so that the log still tells one story; it is random, so that it leads nowhere.
    """
    left = f"a person who has left ({secrets.token_hex(4)})"
    named = f"{person.name} <{person.email}>"
    # A name alone may be somebody else's too.
    is_only_one = not Person.objects.filter(name__iexact=person.name).exclude(pk=person.pk).exists()
    theirs = Q(actor=person) | Q(concerning=person) | _mentions(person.email)
    if is_only_one:
        theirs |= _mentions(person.name)
    changed = []
    for entry in Entry.housekeeping.filter(theirs).iterator():
        words = [named, person.email]
        if is_only_one or person.pk in (entry.actor_id, entry.concerning_id):
            words.append(person.name)
        if entry.actor_id == person.pk:
            entry.actor_name = left
        entry.about = _without(entry.about, words, left)[:300]
        entry.facts = json.loads(_without(json.dumps(entry.facts, ensure_ascii=False), words, left))
        changed.append(entry)
    Entry.housekeeping.bulk_update(changed, ["actor_name", "about", "facts"], batch_size=500)
    _administration_history_of(person).delete()
    return left


def lines_before(day: datetime) -> QuerySet[Entry]:
    """Lines that are older than this, for retention to delete."""
    return Entry.housekeeping.filter(at__lt=day)


def _mentions(words: str) -> Q:
    # SQLite keeps JSON as it is written, with letters beyond ASCII spelled as numbers; PostgreSQL keeps the letters.
    as_json = json.dumps(words)[1:-1]
    return Q(about__icontains=words) | Q(facts__icontains=words) | Q(facts__icontains=as_json)


def _administration_history_of(person: Person) -> QuerySet[LogEntry]:
    """What Django's administration keeps for its own pages. The audit log has said it all, so it can go."""
    about_them = Q(content_type=ContentType.objects.get_for_model(Person), object_id=str(person.pk))
    return LogEntry.objects.filter(about_them | Q(user=person) | Q(change_message__icontains=person.email))


def _without(text: str, words: list[str], instead: str) -> str:
    """The text with each of the words replaced, where it stands as a word of its own."""
    for word in words:
        text = re.sub(rf"(?<![\w.+-]){re.escape(word)}(?![\w-])", instead, text, flags=re.IGNORECASE)
    return text
