"""Whose sign-on this is: a person known by issuer and subject, one found on the roster, a newcomer, or nobody."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from tracker.audit.log import note
from tracker.people.models import Person
from tracker.sign_on.configuration import Configuration
from tracker.sign_on.models import Identity
from tracker.sign_on.provider import Claims
from tracker.sign_on.refusals import AccountClosed, AddressNotConfirmed, AddressTaken, NotOnTheRoster, OtherDomain
from tracker.sign_on.roles import give_roles


def person_of(claims: Claims, known: Configuration) -> Person:
    """The person who signs on, with the roles of their groups as of now. Raises SignOnRefused.

    Name and e-mail address stay as the roster has them, whatever the provider says later.
    """
    try:
        return _person_of(claims, known)
    except IntegrityError:
        # Two first sign-ons of one person at the same moment, of which the other was faster: now the person is known.
        return _person_of(claims, known)


def _person_of(claims: Claims, known: Configuration) -> Person:
    with transaction.atomic():
        person = _known(claims) or _linked(claims, known)
        # A second sign-on of the same person waits here until this one's roles are written.
        person = Person.objects.select_for_update().get(pk=person.pk)
        if not person.is_active:
            raise AccountClosed(f"person {person.pk}")
        give_roles(person, claims.groups, known.roles)
    return Person.objects.get(pk=person.pk)


def _known(claims: Claims) -> Person | None:
    identity = Identity.objects.select_related("person").filter(issuer=claims.issuer, subject=claims.subject).first()
    return identity.person if identity else None


def _linked(claims: Claims, known: Configuration) -> Person:
    """Use the e-mail address, this once, to find the person on the roster."""
    if not claims.email or not claims.email_is_verified:
        raise AddressNotConfirmed(f"subject {claims.subject!r}", claims.email)
    if known.email_domains and claims.email.rpartition("@")[2] not in known.email_domains:
        raise OtherDomain(f"subject {claims.subject!r}", claims.email)
    person = Person.objects.select_for_update().filter(email=claims.email).first()
    if person is None:
        if not known.newcomers_welcome:
            raise NotOnTheRoster(f"subject {claims.subject!r}", claims.email)
        person = Person.objects.create_user(claims.email, name=claims.name or claims.email)
        note(person, "sign_on.newcomer", f"{person.name} <{person.email}>", concerning=person, issuer=claims.issuer)
    if not person.is_active:
        raise AccountClosed(f"person {person.pk}")
    if linked := person.identities.filter(issuer=claims.issuer).first():
        if linked.subject == claims.subject:
            return person
        raise AddressTaken(f"subject {claims.subject!r}", claims.email)
    Identity.objects.create(person=person, issuer=claims.issuer, subject=claims.subject)
    note(person, "sign_on.link", f"{person.name} <{person.email}>", concerning=person, issuer=claims.issuer)
    return person
