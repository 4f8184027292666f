"""What this room stores about a person (see stored.py)."""

from __future__ import annotations

from tracker.people.models import Agency, FailedSignIn, PasswordLinkAsked, Person, RosterUpload, Unit
from tracker.people.stored import Stored, rows

COVERS = (
    "people.Person",
    "people.Agency_data_officers",
    "people.Unit_managers",
    "people.Cohort_trainers",
    "people.Cohort_members",
    "people.FailedSignIn",
    "people.PasswordLinkAsked",
    "people.RosterUpload",
)


def personal_data(person: Person) -> list[Stored]:
    account = rows(
        Person.objects.filter(pk=person.pk),
        name="name",
        work_email="email",
        unit="unit__name",
        agency="unit__agency__name",
        may_sign_in="is_active",
        administrator="is_administrator",
        sees_statewide_counts="sees_statewide",
        joined="joined",
        last_sign_in="last_login",
    )
    duties = [
        *({"you are": "data officer", "of": agency.name} for agency in Agency.objects.filter(data_officers=person)),
        *({"you are": "manager", "of": unit.name} for unit in Unit.objects.filter(managers=person)),
        *({"you are": "trainer", "of": cohort.name} for cohort in person.cohorts_taught.all()),
        *({"you are": "member", "of": cohort.name} for cohort in person.cohorts.all()),
    ]
    failures = rows(FailedSignIn.objects.filter(email=person.email), at="at", network="network")
    links = rows(PasswordLinkAsked.objects.filter(email=person.email), at="at", network="network")
    rosters = rows(RosterUpload.objects.filter(importer=person), file="file_name", at="at")
    return [
        Stored("account", "Your account. Your password is stored as a digest only, and is left out.", account),
        Stored("groups", "The agencies, units and cohorts that you are in charge of or a member of.", duties),
        Stored("wrong-passwords", "Wrong passwords that were typed for your account lately.", failures),
        Stored("password-links", "Links to a new password that were asked for with your address lately.", links),
        Stored(
            "rosters",
            "Rosters that you brought in the last two hours. The files are about others, and are left out.",
            rosters,
        ),
    ]


def forget(person: Person) -> None:
    FailedSignIn.objects.filter(email=person.email).delete()
    PasswordLinkAsked.objects.filter(email=person.email).delete()
