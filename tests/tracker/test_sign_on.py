"""Sign-on by an agency's identity provider, tried against a provider that runs here."""

from __future__ import annotations

import base64
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser, expect

from academy.site.policy import write_policies
from tests.tracker.cast import Cast
from tests.tracker.identity_provider import Claims, Provider, running_provider, signed
from tests.tracker.test_tracker_accessibility import check
from tracker.audit.models import Entry
from tracker.people.models import Person, Unit
from tracker.sign_on import people as whose
from tracker.sign_on import provider as conversation
from tracker.sign_on.configuration import configuration
from tracker.sign_on.models import GroupRole, Identity

pytestmark = [
    pytest.mark.django_db,
    # The provider's, which uses Authlib's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib.*"),
]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def write_settings(settings: LazySettings, tmp_path: Path, running: Provider) -> Callable[[str], None]:
    """Write the installation's file. What it says comes after issuer and client."""
    settings.SIGN_ON_FILE = tmp_path / "sign-on.toml"

    def write(more: str = "", issuer: str = "") -> None:
        lines = [f'issuer = "{issuer or running.issuer}"', 'client_id = "academy"', 'client_secret = "hush"', more]
        settings.SIGN_ON_FILE.write_text("\n".join(lines))
        # Two files that are written within one tick of the clock would look the same.
        os.utime(settings.SIGN_ON_FILE, ns=(time.time_ns(), time.time_ns()))

    return write


@pytest.fixture
def provider(running: Provider, write_settings: Callable[..., None], cast: Cast) -> Provider:
    """The provider, which knows Lena with her confirmed work e-mail address."""
    running.asked.clear()
    running.forge, running.describe = None, {}
    conversation._client.cache_clear()
    write_settings('name = "Department of Bridges account"\nemail_domains = ["example.org"]')
    running.knows("s-1", email="Lena@example.org", email_verified=True, name="Lena L.")
    return running


def who(browser: Client) -> str | None:
    name: str | None = browser.get("/api/session").json()["name"]
    return name


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# The way there and back


def test_who_is_on_the_roster_signs_on_and_is_linked(provider: Provider, client: Client, cast: Cast) -> None:
    page = client.get("/sign-in/")
    assert "Sign in with your Department of Bridges account" in words(page)
    assert "Or with an academy password" in words(page)
    answer = provider.sign_on(client, "s-1")
    assert (answer.status_code, answer["Location"]) == (302, "/my/")
    assert who(client) == "Lena Lernfeld"
    identity = Identity.objects.get()
    assert (identity.person, identity.issuer, identity.subject) == (cast.learner, provider.issuer, "s-1")
    assert [(entry.action, entry.concerning) for entry in Entry.objects.all()] == [("sign_on.link", cast.learner)]


def test_only_the_code_flow_is_used_with_pkce_state_and_nonce(provider: Provider, client: Client) -> None:
    asked = parse_qs(urlsplit(client.get("/sign-in/agency/")["Location"]).query)
    assert asked["response_type"] == ["code"]
    assert asked["scope"] == ["openid profile email"]
    assert asked["redirect_uri"] == ["http://testserver/sign-in/agency/return/"]
    assert asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))
    again = parse_qs(urlsplit(client.get("/sign-in/agency/")["Location"]).query)
    assert not {again[name][0] for name in ("state", "nonce", "code_challenge")} & {
        asked[name][0] for name in ("state", "nonce", "code_challenge")
    }


def test_no_token_and_nothing_of_the_attempt_is_kept(provider: Provider, client: Client) -> None:
    provider.sign_on(client, "s-1")
    kept = json.dumps(Session.objects.get().get_decoded())
    assert set(client.session.keys()) <= {"_auth_user_id", "_auth_user_backend", "_auth_user_hash", "after_sign_out"}
    assert "eyJ" not in kept and "verifier" not in kept


def test_the_session_is_a_new_one_after_signing_on(provider: Provider, client: Client) -> None:
    begun = client.get("/sign-in/agency/")
    before = client.cookies["academy_session"].value
    back = urlsplit(provider.answer(begun["Location"], "s-1"))
    client.get(f"{back.path}?{back.query}")
    assert client.cookies["academy_session"].value != before
    assert not Session.objects.filter(pk=before).exists()


def test_one_comes_back_to_where_one_was_and_never_to_another_host(provider: Provider, client: Client) -> None:
    assert provider.sign_on(client, "s-1", "/practice/add-numbers.html")["Location"] == "/practice/add-numbers.html"
    for elsewhere in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
        "\t//evil.example",
    ):
        assert provider.sign_on(Client(), "s-1", elsewhere)["Location"] == "/my/", elsewhere


def test_two_tabs_may_begin_and_hundreds_are_not_kept(provider: Provider, client: Client) -> None:
    first = provider.answer(client.get("/sign-in/agency/")["Location"], "s-1")
    for _ in range(3):
        client.get("/sign-in/agency/")
    back = urlsplit(first)
    assert client.get(f"{back.path}?{back.query}").status_code == 302
    for _ in range(20):
        client.get("/sign-in/agency/")
    assert len([key for key in client.session.keys() if key.startswith("_state_")]) == conversation.ATTEMPTS  # noqa: SIM118


# Who is who


def test_a_person_is_known_again_when_the_e_mail_address_and_the_name_have_changed(
    provider: Provider, client: Client
) -> None:
    provider.sign_on(Client(), "s-1")
    provider.knows("s-1", email="lena.newname@elsewhere.example", email_verified=False, name="Somebody Else")
    provider.sign_on(client, "s-1")
    assert who(client) == "Lena Lernfeld"
    # The roster says what the academy writes to, not the provider.
    assert Person.objects.get(name="Lena Lernfeld").email == "lena@example.org"


def test_an_address_that_was_given_to_a_new_colleague_does_not_open_the_old_account(
    provider: Provider, client: Client
) -> None:
    provider.sign_on(Client(), "s-1")
    provider.knows("s-2", email="lena@example.org", email_verified=True, name="Lena Lernfeld")
    answer = provider.sign_on(client, "s-2")
    assert answer.status_code == 403
    assert "Somebody else signs in with this e-mail address" in words(answer)
    assert who(client) is None


def test_an_administrator_can_unlink_a_person_who_is_then_found_by_the_address_once_more(
    provider: Provider, client: Client, cast: Cast, as_: Callable[..., Client]
) -> None:
    provider.sign_on(Client(), "s-1")
    desk = as_(cast.administrator)
    linked = Identity.objects.get()
    assert "Lena Lernfeld" in desk.get("/admin/sign_on/identity/").content.decode()
    desk.post(f"/admin/sign_on/identity/{linked.pk}/delete/", {"post": "yes"})
    provider.knows("s-2", email="lena@example.org", email_verified=True)
    provider.sign_on(client, "s-2")
    assert who(client) == "Lena Lernfeld"
    assert Identity.objects.get().subject == "s-2"
    assert Entry.objects.filter(action="administration.delete", actor=cast.administrator).exists()


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email_verified": False},
        {"email_verified": "false"},
        {"xms_edov": False},
        {"xms_edov": 0},
        {"email_verified": None},
    ],
)
def test_an_address_that_the_provider_does_not_confirm_links_nobody(
    claims: Claims, provider: Provider, client: Client
) -> None:
    provider.knows("s-1", email="lena@example.org", **claims)
    answer = provider.sign_on(client, "s-1")
    assert answer.status_code == 403
    assert "Your e-mail address is not confirmed" in words(answer)
    assert who(client) is None and not Identity.objects.exists()


@pytest.mark.parametrize(
    "claims",
    [{"email_verified": True}, {"email_verified": "true"}, {"xms_edov": True}, {"xms_edov": 1}, {"xms_edov": "1"}],
)
def test_every_way_in_which_providers_confirm_an_address_is_understood(
    claims: Claims, provider: Provider, client: Client
) -> None:
    provider.knows("s-1", email="lena@example.org", **claims)
    provider.sign_on(client, "s-1")
    assert who(client) == "Lena Lernfeld"


def test_a_guest_from_another_domain_links_nobody_even_when_on_the_roster(provider: Provider, client: Client) -> None:
    for address in ("lena@elsewhere.example", "lena@sub.example.org", "lena@example.org.evil.example"):
        Person.objects.filter(name="Lena Lernfeld").update(email=address)
        provider.knows("s-1", email=address, email_verified=True)
        answer = provider.sign_on(client, "s-1")
        assert answer.status_code == 403
        assert "This e-mail address is not for this academy" in words(answer)


def test_who_is_not_on_the_roster_is_told_so_and_no_account_is_made(provider: Provider, client: Client) -> None:
    before = Person.objects.count()
    provider.knows("new", email="new@example.org", email_verified=True, name="Nina New")
    answer = provider.sign_on(client, "new")
    assert answer.status_code == 403
    assert "You are not on the roster yet" in words(answer)
    assert "told us: new@example.org" in words(answer)
    assert who(client) is None and Person.objects.count() == before


def test_newcomers_become_learners_without_a_unit_where_the_settings_say_so(
    provider: Provider, client: Client, write_settings: Callable[..., None]
) -> None:
    write_settings('newcomers = "learner"\nemail_domains = ["@Example.org"]')
    provider.knows("new", email="new@example.org", email_verified=True, name="Nina\u202e New\n")
    provider.sign_on(client, "new")
    person = Person.objects.get(email="new@example.org")
    assert (person.name, person.unit, person.is_administrator) == ("Nina New", None, False)
    assert not person.has_usable_password()
    assert who(client) == "Nina New"
    assert set(Entry.objects.values_list("action", flat=True)) == {"sign_on.newcomer", "sign_on.link"}
    provider.sign_on(Client(), "new")
    assert Person.objects.filter(email="new@example.org").count() == 1


@pytest.mark.parametrize(
    "address", ["new", "new@@example.org", "a b@example.org", f"{'n' * 250}@example.org", ["x@example.org"], 7]
)
def test_nobody_is_made_from_what_is_no_e_mail_address(
    address: Any, provider: Provider, client: Client, write_settings: Callable[..., None]
) -> None:
    write_settings('newcomers = "learner"\nemail_domains = ["example.org"]')
    before = Person.objects.count()
    provider.knows("new", email=address, email_verified=True)
    assert provider.sign_on(client, "new").status_code == 403
    assert Person.objects.count() == before


def test_two_first_sign_ons_at_the_same_moment_both_work(
    provider: Provider, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower one finds that the row is there already."""
    link, tries = whose._linked, []

    def slower(claims: Any, known: Any) -> Person:
        tries.append(claims)
        if len(tries) == 1:
            raise IntegrityError
        return link(claims, known)

    monkeypatch.setattr(whose, "_linked", slower)
    assert provider.sign_on(client, "s-1").status_code == 302
    assert (len(tries), who(client)) == (2, "Lena Lernfeld")


def test_a_closed_account_stays_closed(provider: Provider, client: Client, cast: Cast) -> None:
    provider.sign_on(client, "s-1")
    Person.objects.filter(pk=cast.learner.pk).update(is_active=False)
    # The session that is open ends at once, and no new one begins.
    assert who(client) is None
    answer = provider.sign_on(client, "s-1")
    assert (answer.status_code, "Your account is closed" in words(answer)) == (403, True)
    Identity.objects.all().delete()
    assert provider.sign_on(client, "s-1").status_code == 403
    assert not Identity.objects.exists()


# Bad tokens and bad answers


def unsigned(claims: Claims, key: RSAKey) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


def by_the_client_secret(claims: Claims, key: RSAKey) -> str:
    from joserfc import jwt
    from joserfc.jwk import OctKey

    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("hush-hush-hush-hush-hush-hush-hush"))


def changed_after_signing(claims: Claims, key: RSAKey) -> str:
    header, _, signature = signed(claims, key).split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "s-9"}).encode()).decode().rstrip("=")
    return f"{header}.{body}.{signature}"


FORGERIES: dict[str, Callable[[Claims, RSAKey], str]] = {
    "no token": lambda claims, key: "",
    "no token at all but a text": lambda claims, key: "eyJ.not.a-token",
    "unsigned": unsigned,
    "signed with the shared secret": by_the_client_secret,
    "signed by somebody else": lambda claims, key: signed(claims, RSAKey.generate_key(2048)),
    "somebody else's key under the right name": lambda claims, key: signed(
        claims, RSAKey.generate_key(2048), kid=key.thumbprint()
    ),
    "changed after signing": changed_after_signing,
    "for another audience": lambda claims, key: signed(claims | {"aud": "another"}, key),
    "for another audience, though we may use it": lambda claims, key: signed(
        claims | {"aud": "another", "azp": "academy"}, key
    ),
    "for us and somebody else": lambda claims, key: signed(claims | {"aud": ["academy", "another"]}, key),
    "of another issuer": lambda claims, key: signed(claims | {"iss": "https://evil.example"}, key),
    "of our issuer with a slash": lambda claims, key: signed(claims | {"iss": claims["iss"] + "/"}, key),
    "of another attempt": lambda claims, key: signed(claims | {"nonce": "another"}, key),
    "without a nonce": lambda claims, key: signed({k: v for k, v in claims.items() if k != "nonce"}, key),
    "without an end": lambda claims, key: signed({k: v for k, v in claims.items() if k != "exp"}, key),
    "with an end that is no number": lambda claims, key: signed(claims | {"exp": "never"}, key),
    "without a subject": lambda claims, key: signed({k: v for k, v in claims.items() if k != "sub"}, key),
    "with an empty subject": lambda claims, key: signed(claims | {"sub": ""}, key),
    "with a subject too long to tell apart": lambda claims, key: signed(claims | {"sub": "s" * 300}, key),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_token_that_is_not_right_signs_nobody_in(forgery: str, provider: Provider, client: Client) -> None:
    provider.forge = FORGERIES[forgery]
    answer = provider.sign_on(client, "s-1")
    assert answer.status_code == 502
    assert "We could not trust the answer of your agency's sign-in" in words(answer).replace("&#x27;", "'")
    assert who(client) is None and not Identity.objects.exists()


def test_the_same_token_unforged_signs_in(provider: Provider, client: Client) -> None:
    """So that the forgeries above fail for what is wrong with them."""
    provider.forge = signed
    provider.sign_on(client, "s-1")
    assert who(client) == "Lena Lernfeld"


def test_a_provider_that_offers_unsigned_tokens_is_not_taken_at_its_word(provider: Provider, client: Client) -> None:
    provider.describe = {"id_token_signing_alg_values_supported": ["none", "HS256", "RS256"]}
    for forge in (unsigned, by_the_client_secret):
        provider.forge = forge
        assert provider.sign_on(client, "s-1").status_code == 502


@pytest.mark.parametrize(
    ("clock", "times", "status"),
    [
        ("ours is a minute and a half ahead", {"exp": -90}, 302),
        ("ours is three minutes ahead", {"exp": -180}, 502),
        ("ours is a minute and a half behind", {"iat": 90, "nbf": 90}, 302),
        ("ours is three minutes behind", {"iat": 180}, 502),
        ("not yet valid for three minutes", {"nbf": 180}, 502),
        ("an hour old and expired", {"iat": -7200, "exp": -3600}, 502),
    ],
)
def test_clocks_may_differ_by_two_minutes(
    clock: str, times: dict[str, int], status: int, provider: Provider, client: Client
) -> None:
    now = int(time.time())
    provider.forge = lambda claims, key: signed(claims | {name: now + by for name, by in times.items()}, key)
    assert provider.sign_on(client, "s-1").status_code == status


def test_new_keys_of_the_provider_are_fetched(provider: Provider, client: Client) -> None:
    provider.forge = signed
    provider.sign_on(Client(), "s-1")
    old = RSAKey.generate_key(2048, {"kid": "old"}).as_dict(private=False)
    conversation._app(configuration()).server_metadata["jwks"] = {"keys": [old]}
    provider.sign_on(client, "s-1")
    assert who(client) == "Lena Lernfeld"


def test_an_answer_is_taken_once(provider: Provider, client: Client) -> None:
    back = urlsplit(provider.answer(client.get("/sign-in/agency/")["Location"], "s-1"))
    address = f"{back.path}?{back.query}"
    assert client.get(address).status_code == 302
    client.post("/sign-out/")
    again = client.get(address)
    assert (again.status_code, "This sign-in is too old" in words(again)) == (400, True)
    assert who(client) is None


def test_an_answer_to_another_browser_is_not_taken(provider: Provider, client: Client) -> None:
    """Or somebody could have you work in their account."""
    back = urlsplit(provider.answer(Client().get("/sign-in/agency/")["Location"], "s-1"))
    client.get("/sign-in/agency/")
    assert client.get(f"{back.path}?{back.query}").status_code == 400
    assert who(client) is None


def test_a_code_of_another_attempt_does_not_fit_this_one(provider: Provider, client: Client) -> None:
    stolen = parse_qs(urlsplit(provider.answer(Client().get("/sign-in/agency/")["Location"], "s-1")).query)["code"][0]
    ours = parse_qs(urlsplit(client.get("/sign-in/agency/")["Location"]).query)["state"][0]
    answer = client.get("/sign-in/agency/return/", {"code": stolen, "state": ours})
    assert answer.status_code == 502
    assert who(client) is None


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"code": "x"},
        {"code": "x", "state": "y"},
        {"state": "y"},
        {"code": "", "state": ""},
        {"code": "x", "state": "y", "iss": "https://evil.example"},
    ],
)
def test_an_answer_that_nobody_asked_for_is_refused(query: dict[str, str], provider: Provider, client: Client) -> None:
    assert client.get("/sign-in/agency/return/", query).status_code == 400


def test_who_cancels_at_the_provider_gets_a_plain_page(provider: Provider, client: Client) -> None:
    client.get("/sign-in/agency/?next=/team/")
    query = {"error": "access_denied", "error_description": "<script>x</script>", "state": "y"}
    answer = client.get("/sign-in/agency/return/", query)
    assert answer.status_code == 400
    assert "You can start again" in words(answer)
    assert "/sign-in/?next=%2Fteam%2F" in answer.content.decode()
    assert "script>x" not in answer.content.decode()


def test_a_provider_that_is_down_leaves_the_sign_in_with_a_password(
    provider: Provider, client: Client, write_settings: Callable[..., None]
) -> None:
    write_settings(issuer="http://localhost:9")
    answer = client.get("/sign-in/agency/")
    assert (answer.status_code, "does not answer" in words(answer)) == (503, True)
    assert client.get("/sign-in/").status_code == 200
    client.post("/sign-in/", {"username": "lena@example.org", "password": PASSWORD})
    assert who(client) == "Lena Lernfeld"


def test_a_provider_that_goes_down_on_the_way_gives_a_plain_page(
    provider: Provider, client: Client, cast: Cast
) -> None:
    begun = client.get("/sign-in/agency/")["Location"]
    back = urlsplit(provider.answer(begun, "s-1"))
    conversation._app(configuration()).server_metadata["token_endpoint"] = "http://localhost:9/token"
    assert client.get(f"{back.path}?{back.query}").status_code == 503


def test_a_provider_that_calls_itself_otherwise_is_not_trusted(
    provider: Provider, client: Client, write_settings: Callable[..., None]
) -> None:
    write_settings(issuer=provider.issuer.replace("localhost", "127.0.0.1"))
    answer = client.get("/sign-in/agency/")
    # The mock calls itself by the name that it was asked under, so the name is changed here.
    assert answer.status_code == 302
    conversation._client.cache_clear()
    provider.describe = {"issuer": "https://login.example/{tenantid}/v2.0"}
    assert client.get("/sign-in/agency/").status_code == 502


# Groups and roles

MAPPING = """
[[roles]]
group = "g-state"
role = "statewide"
[[roles]]
group = "g-admin"
role = "administrator"
[[roles]]
group = "g-officer"
role = "data officer"
agency = "Department of Bridges"
[[roles]]
group = "g-signs"
role = "manager"
agency = "Department of Bridges"
unit = ["Roads", "Signs"]
[[roles]]
group = "g-gone"
role = "manager"
agency = "Department of Bridges"
unit = "No Such Unit"
"""


def roles_of(person: Person) -> set[str]:
    person = Person.objects.get(pk=person.pk)
    held = {"administrator": person.is_administrator, "statewide": person.sees_statewide}
    agencies = {f"officer {agency.name}" for agency in person.agencies_overseen.all()}
    return (
        {name for name, holds in held.items() if holds} | agencies | {unit.name for unit in person.managed_units.all()}
    )


@pytest.fixture
def in_groups(provider: Provider, write_settings: Callable[..., None]) -> Callable[..., Client]:
    """Lena signs on while she is in these groups."""
    write_settings(MAPPING)

    def sign_on(*groups: str, **claims: Any) -> Client:
        provider.knows("s-1", email="lena@example.org", email_verified=True, groups=list(groups), **claims)
        browser = Client()
        assert provider.sign_on(browser, "s-1").status_code == 302
        return browser

    return sign_on


def test_groups_give_roles_and_take_them_away_again(in_groups: Callable[..., Client], cast: Cast) -> None:
    browser = in_groups("g-state", "g-officer", "g-signs", "g-unknown")
    assert roles_of(cast.learner) == {"statewide", "officer Department of Bridges", "Signs"}
    assert browser.get("/team/").status_code == 200
    in_groups("g-signs")
    assert roles_of(cast.learner) == {"Signs"}
    assert browser.get("/admin/").status_code == 403
    in_groups("g-admin")
    assert roles_of(cast.learner) == {"administrator"}
    in_groups()
    assert roles_of(cast.learner) == set()
    assert browser.get("/team/").status_code == 403
    told = Entry.objects.filter(action__startswith="sign_on.role", concerning=cast.learner)
    assert told.filter(action="sign_on.role_given").count() == told.filter(action="sign_on.role_withdrawn").count() == 4


def test_roles_given_by_hand_stay_when_the_group_goes(in_groups: Callable[..., Client], cast: Cast) -> None:
    signs = Unit.objects.get(name="Signs")
    signs.managers.add(cast.learner)
    cast.learner.agencies_overseen.add(signs.agency)
    Person.objects.filter(pk=cast.learner.pk).update(sees_statewide=True)
    by_hand = roles_of(cast.learner)
    in_groups("g-state", "g-officer", "g-signs")
    in_groups()
    assert roles_of(cast.learner) == by_hand
    assert not GroupRole.objects.exists()


def test_nobody_else_s_roles_are_touched(in_groups: Callable[..., Client], cast: Cast) -> None:
    others = {name: roles_of(person) for name, person in cast.people().items() if person != cast.learner}
    in_groups("g-state", "g-admin", "g-officer", "g-signs")
    in_groups()
    assert others == {name: roles_of(person) for name, person in cast.people().items() if person != cast.learner}


def test_who_comes_in_by_password_has_no_roles_from_groups(in_groups: Callable[..., Client], cast: Cast) -> None:
    """The provider has not said that they are still in the group."""
    in_groups("g-admin", "g-signs")
    Client().post("/sign-in/", {"username": "lena@example.org", "password": PASSWORD})
    assert roles_of(cast.learner) == set()


def test_groups_count_only_where_they_are_signed(
    in_groups: Callable[..., Client], provider: Provider, cast: Cast
) -> None:
    """What the userinfo endpoint says is signed by nobody. The mock puts the claims into both places."""
    provider.forge = lambda claims, key: signed({k: v for k, v in claims.items() if k != "groups"}, key)
    in_groups("g-admin")
    assert roles_of(cast.learner) == set()
    assert "/userinfo" not in provider.asked


@pytest.mark.parametrize(
    "groups", ["g-administrators", ["G-ADMIN"], [["g-admin"]], {"g-admin": True}, [None, 7], "g-admin,g-signs", 1, None]
)
def test_groups_in_any_other_form_give_nothing(
    groups: Any, in_groups: Callable[..., Client], provider: Provider, cast: Cast
) -> None:
    provider.forge = lambda claims, key: signed(claims | {"groups": groups}, key)
    in_groups()
    assert roles_of(cast.learner) == set()


def test_too_many_groups_take_the_roles_and_say_why(
    in_groups: Callable[..., Client], provider: Provider, cast: Cast
) -> None:
    in_groups("g-signs")
    elsewhere = {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.example"}}}
    provider.forge = lambda claims, key: signed({k: v for k, v in claims.items() if k != "groups"} | elsewhere, key)
    browser = in_groups("g-signs")
    assert roles_of(cast.learner) == set()
    assert "because they are too many" in words(browser.get("/my/"))


def test_a_group_for_a_unit_that_does_not_exist_gives_nothing_and_is_logged(
    in_groups: Callable[..., Client], cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    in_groups("g-gone", "g-state")
    assert roles_of(cast.learner) == {"statewide"}
    assert "Department of Bridges > No Such Unit, which does not exist" in caplog.text


# Local accounts beside it


def test_local_accounts_can_be_switched_off_except_for_administrators(
    provider: Provider, client: Client, cast: Cast, write_settings: Callable[..., None]
) -> None:
    before = Client()
    before.post("/sign-in/", {"username": "lena@example.org", "password": PASSWORD})
    assert who(before) == "Lena Lernfeld"
    write_settings("local_accounts = false")
    assert who(before) is None
    assert "Administrators: with a password" in words(client.get("/sign-in/"))
    refused = client.post("/sign-in/", {"username": "lena@example.org", "password": PASSWORD})
    assert refused.status_code == 422
    client.post("/sign-in/", {"username": "adam@example.org", "password": PASSWORD})
    assert who(client) == "Adam Adminson"
    learner = Client()
    provider.sign_on(learner, "s-1")
    assert who(learner) == "Lena Lernfeld"


def test_an_administrator_by_a_group_has_no_password_where_local_accounts_are_off(
    in_groups: Callable[..., Client], write_settings: Callable[..., None]
) -> None:
    in_groups("g-admin")
    write_settings("local_accounts = false" + MAPPING)
    browser = Client()
    assert browser.post("/sign-in/", {"username": "lena@example.org", "password": PASSWORD}).status_code == 422


def test_without_a_settings_file_there_is_no_sign_on(client: Client, db: None) -> None:
    assert "with your" not in words(client.get("/sign-in/"))
    for path in ("/sign-in/agency/", "/sign-in/agency/return/"):
        assert client.get(path).status_code == 404


def test_a_settings_file_with_a_mistake_closes_the_sign_on_and_leaves_administrators_in(
    provider: Provider, client: Client, write_settings: Callable[..., None], cast: Cast
) -> None:
    write_settings('newcomers = "everybody"')
    assert "is not set up correctly" in words(client.get("/sign-in/"))
    assert client.get("/sign-in/agency/").status_code == 404
    assert client.post("/sign-in/", {"username": "lena@example.org", "password": PASSWORD}).status_code == 422
    assert client.post("/sign-in/", {"username": "adam@example.org", "password": PASSWORD}).status_code == 302


# Signing out


def test_signing_out_says_what_it_does_not_end(provider: Provider, client: Client) -> None:
    provider.sign_on(client, "s-1")
    answer = client.post("/sign-out/")
    assert answer["Location"] == "/signed-out/"
    assert who(client) is None
    page = client.get("/signed-out/")
    assert "You are signed out of the academy" in words(page)
    assert "Your Department of Bridges account is not signed out." in words(page)
    assert f'href="{provider.issuer}/oauth2/end_session"' in page.content.decode()


# The settings file


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("isuer = 1", "`isuer` is not a setting"),
        ("local_accounts = 'no'", "`local_accounts` must be a bool"),
        ("newcomers = 'learner'", "needs `email_domains`"),
        ("email_domains = ['']", "must be a text that is not empty"),
        ("[[roles]]\ngroup = 'g'\nrole = 'king'", "must be one of: administrator, statewide, data officer, manager"),
        ("[[roles]]\nrole = 'statewide'", "`group` must be a text"),
        ("[[roles]]\ngroup = 'g'\nrole = 'manager'\nagency = 'A'", "a manager an `agency` and a `unit`"),
        ("[[roles]]\ngroup = 'g'\nrole = 'statewide'\nagency = 'A'", "the other roles neither"),
        ("[[roles]]\ngroup = 'g'\nrole = 'statewide'\nunits = 'A'", "each of `[[roles]]` has"),
        ("=", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_settings_file_is_explained_by_the_check(
    lines: str, complaint: str, provider: Provider, write_settings: Callable[..., None]
) -> None:
    write_settings(lines)
    with pytest.raises(Exception, match=re.escape(complaint)):
        call_command("check")


@pytest.mark.parametrize("issuer", ["http://login.example", "login.example", "https://login.example/?x=1"])
def test_an_issuer_is_an_https_address(issuer: str, provider: Provider, write_settings: Callable[..., None]) -> None:
    write_settings(issuer=issuer)
    with pytest.raises(Exception, match="`issuer` must"):
        call_command("check")


def test_the_secret_may_stand_in_the_environment(
    provider: Provider, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    settings.SIGN_ON_FILE.write_text(f'issuer = "{provider.issuer}"\nclient_id = "academy"')
    with pytest.raises(Exception, match="`client_secret` is missing"):
        call_command("check")
    monkeypatch.setenv("ACADEMY_SIGN_ON_SECRET", "hush")
    provider.sign_on(client, "s-1")
    assert who(client) == "Lena Lernfeld"


def test_a_settings_file_that_others_may_read_is_warned_of(
    provider: Provider, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SIGN_ON_FILE.chmod(0o644)
    call_command("check")
    assert "chmod 600 sign-on.toml" in capsys.readouterr().err
    settings.SIGN_ON_FILE.chmod(0o600)
    call_command("check")
    assert "chmod 600" not in capsys.readouterr().err


# In a real browser, under the policies that the build writes


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1280, 360])
def test_the_whole_way_works_in_a_browser_and_every_page_can_be_used(
    width: int, provider: Provider, browser: Browser, live_server: Any, site: Path, settings: LazySettings
) -> None:
    write_policies(site, settings.POLICY_FILE)
    provider.knows("new", email="new@example.org", email_verified=True)
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()

    def go(subject: str) -> None:
        page.get_by_role("link", name="Sign in with your Department of Bridges account").click()
        page.locator("input[name=sub]").first.fill(subject)
        page.get_by_role("button", name="Authorize").first.click()

    page.goto(f"{live_server.url}/sign-in/?next=/my/lessons/add-numbers/")
    check(page, "/sign-in/")
    go("new")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are not on the roster yet")
    check(page, "not on the roster")
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    go("s-1")
    # Where one wanted to go before it did not work out.
    expect(page).to_have_url(f"{live_server.url}/my/lessons/add-numbers/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out of the academy")
    check(page, "/signed-out/")
    context.close()
