"""Local accounts: one's own password, a link to a new one, guessing slowed down, and sessions that end."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client, RequestFactory
from django.utils import timezone

from tests.tracker.cast import Cast
from tracker.audit.models import Entry
from tracker.people import passwords
from tracker.people.accounts import close_accounts, open_accounts
from tracker.people.models import FailedSignIn, PasswordLinkAsked, Person
from tracker.people.networks import network_of

PASSWORD, NEW = "correct horse battery", "staple under the window"
CHANGE = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}


def sign_in(browser: Client, email: str, password: str = PASSWORD, **facts: str) -> int:
    return browser.post("/sign-in/", {"username": email, "password": password}, **facts).status_code  # type: ignore[arg-type]


def is_signed_in(browser: Client) -> bool:
    return bool(browser.get("/api/session").json()["signed_in"])


# Changing one's password


def test_a_changed_password_ends_all_other_sessions(cast: Cast) -> None:
    here, phone = Client(), Client()
    assert sign_in(here, "lena@example.org") == sign_in(phone, "lena@example.org") == 302
    answer = here.post("/password/", CHANGE, follow=True)
    assert "Your password is changed. Other devices are signed out." in answer.content.decode()
    assert is_signed_in(here) and not is_signed_in(phone)
    assert sign_in(Client(), "lena@example.org") == 422
    assert sign_in(Client(), "lena@example.org", NEW) == 302
    assert Entry.objects.get(action="account.password_changed").concerning == cast.learner


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"old_password": "wrong"}, "This is not your password now."),
        ({"new_password2": "something else here"}, "didn’t match"),
        ({"new_password1": "short", "new_password2": "short"}, "at least 12 characters"),
        ({"new_password1": "lena@example.org", "new_password2": "lena@example.org"}, "too similar"),
    ],
)
def test_a_change_that_does_not_work_says_why(
    cast: Cast, as_: Callable[..., Client], change: dict[str, str], words: str
) -> None:
    answer = as_(cast.learner).post("/password/", CHANGE | change)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    cast.learner.refresh_from_db()
    assert cast.learner.check_password(PASSWORD)


def test_a_computer_left_open_is_no_place_to_guess_the_password(cast: Cast, as_: Callable[..., Client]) -> None:
    browser = as_(cast.learner)
    for _ in range(FailedSignIn.ALLOWED):
        assert "not your password" in browser.post("/password/", CHANGE | {"old_password": "x"}).content.decode()
    assert "Wait 15 minutes" in browser.post("/password/", CHANGE).content.decode()


# A link by e-mail


def ask(email: str, browser: Client | None = None) -> str:
    answer = (browser or Client()).post("/password/forgotten/", {"email": email})
    assert answer.status_code == 200
    # Mail goes out beside the answer: wait for the one sender.
    passwords._post.submit(lambda: None).result()
    return answer.content.decode()


def link() -> str:
    found = re.search(r"http://testserver(/password/new/\S+)", mail.outbox[-1].body)
    assert found
    return found[1]


def set_password(path: str, password: str = NEW) -> Client:
    browser = Client()
    answer = browser.get(path, follow=True)
    if answer.redirect_chain:
        browser.post(answer.redirect_chain[-1][0], {"new_password1": password, "new_password2": password})
    return browser


def test_a_link_sets_a_new_password_once_and_ends_all_sessions(cast: Cast) -> None:
    phone = Client()
    sign_in(phone, "lena@example.org")
    ask(" LENA@example.org ")
    assert mail.outbox[-1].to == ["lena@example.org"]
    assert "Lena Lernfeld" in mail.outbox[-1].body
    path = link()
    set_password(path)
    assert sign_in(Client(), "lena@example.org", NEW) == 302
    assert not is_signed_in(phone)
    assert "does not work any more" in Client().get(path).content.decode()
    set_password(path, "another long password")
    assert sign_in(Client(), "lena@example.org", "another long password") == 422


def test_whoever_came_by_a_roster_gets_their_first_password_in_the_same_way(cast: Cast) -> None:
    Person.objects.create_user("nell@example.org", name="Nell Newcomer", unit=cast.unit)
    ask("nell@example.org")
    set_password(link())
    assert sign_in(Client(), "nell@example.org", NEW) == 302


def test_the_answer_does_not_tell_whether_there_is_an_account(cast: Cast) -> None:
    close_accounts([cast.colleague.pk])
    answers = {ask(email).replace(email, "…") for email in ("lena@example.org", "cole@example.org", "who@example.org")}
    assert len(answers) == 1
    assert [message.to for message in mail.outbox] == [["lena@example.org"]]


def test_nobody_s_mailbox_is_flooded_and_the_answer_stays_the_same(cast: Cast) -> None:
    answers = {ask("lena@example.org") for _ in range(PasswordLinkAsked.ALLOWED + 2)}
    assert len(answers) == 1
    assert len(mail.outbox) == PasswordLinkAsked.ALLOWED
    PasswordLinkAsked.objects.update(at=timezone.now() - PasswordLinkAsked.WINDOW - timedelta(seconds=1))
    ask("lena@example.org")
    assert len(mail.outbox) == PasswordLinkAsked.ALLOWED + 1
    assert PasswordLinkAsked.objects.count() == 1


def test_a_network_can_ask_for_a_hundred_links_an_hour(cast: Cast) -> None:
    rows = [PasswordLinkAsked(email=f"{n}@example.org", network="127.0.0.1") for n in range(100)]
    PasswordLinkAsked.objects.bulk_create(rows)
    ask("lena@example.org")
    assert mail.outbox == []


@pytest.mark.parametrize("event", ["closed", "closed and opened", "signed in", "a day"])
def test_a_link_ends_with_what_makes_it_stale(cast: Cast, event: str, settings: LazySettings) -> None:
    ask("lena@example.org")
    if event.startswith("closed"):
        close_accounts([cast.learner.pk])
    if event.endswith("opened"):
        open_accounts([cast.learner.pk])
    if event == "signed in":
        sign_in(Client(), "lena@example.org")
    if event == "a day":
        settings.PASSWORD_RESET_TIMEOUT = -1
    assert "does not work any more" in Client().get(link()).content.decode()


def test_a_link_that_was_made_up_opens_nothing(cast: Cast) -> None:
    for path in ("/password/new/MQ/abc-def/", "/password/new/x/set-password/", "/password/new/%F0/abc-def/"):
        assert "does not work any more" in Client().get(path).content.decode()


def test_a_failure_of_the_mail_server_is_logged_and_not_shown(
    cast: Cast, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert "on its way" in ask("lena@example.org")
    assert "could not be sent" in caplog.text
    assert "/password/new/" not in caplog.text


# Guessing


def fail(email: str, times: int, browser: Client | None = None, network: str = "127.0.0.1") -> None:
    for _ in range(times):
        assert sign_in(browser or Client(), email, "wrong", REMOTE_ADDR=network) == 422


def test_who_guesses_from_elsewhere_does_not_close_the_door_to_a_browser_that_knows_the_person(cast: Cast) -> None:
    own = Client()
    sign_in(own, "lena@example.org")
    own.post("/sign-out/")
    fail("lena@example.org", FailedSignIn.ALLOWED)
    assert sign_in(Client(), "lena@example.org") == 422
    assert sign_in(own, "lena@example.org") == 302


def test_a_browser_that_knows_the_person_cannot_guess_forever_either(cast: Cast) -> None:
    own = Client()
    sign_in(own, "lena@example.org")
    own.post("/sign-out/")
    fail("lena@example.org", FailedSignIn.ALLOWED, own)
    assert sign_in(own, "lena@example.org") == 422
    # And it is a stranger to everybody else.
    fail("cole@example.org", FailedSignIn.ALLOWED)
    assert sign_in(own, "cole@example.org") == 422


def test_trying_one_password_with_many_addresses_closes_the_network_and_not_the_office_in_it(cast: Cast) -> None:
    own = Client()
    sign_in(own, "lena@example.org")
    own.post("/sign-out/")
    many = [FailedSignIn(email=f"{n}@example.org", network="127.0.0.1") for n in range(99)]
    FailedSignIn.objects.bulk_create(many)
    fail("cole@example.org", 1)
    answer = Client().post("/sign-in/", {"username": "nora@example.org", "password": PASSWORD})
    assert "came from your network" in answer.content.decode()
    assert sign_in(Client(), "nora@example.org", REMOTE_ADDR="192.0.2.7") == 302
    assert sign_in(own, "lena@example.org") == 302


def test_the_cookie_that_knows_a_browser_names_nobody_and_cannot_be_made_up(cast: Cast) -> None:
    own = Client()
    sign_in(own, "lena@example.org")
    cookie = own.cookies["academy_known"]
    assert "lena" not in cookie.value and cookie["httponly"] and cookie["path"] == "/sign-in/"
    thief = Client()
    thief.cookies["academy_known"] = cookie.value[:-2] + "xx"
    fail("lena@example.org", FailedSignIn.ALLOWED)
    assert sign_in(thief, "lena@example.org") == 422


@pytest.mark.parametrize(
    ("behind_proxy", "headers", "network"),
    [
        (False, {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "192.0.2.7"),
        (True, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.9.9.9, 192.0.2.7"}, "192.0.2.7"),
        (True, {"REMOTE_ADDR": "127.0.0.1"}, ""),
        (False, {"REMOTE_ADDR": "2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"),
        (False, {"REMOTE_ADDR": "::ffff:192.0.2.7"}, "192.0.2.7"),
        (False, {"REMOTE_ADDR": ""}, ""),
    ],
)
def test_a_network_is_told_by_what_cannot_be_made_up(
    settings: LazySettings, behind_proxy: bool, headers: dict[str, str], network: str
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind_proxy else None
    assert network_of(RequestFactory().get("/", **headers)) == network  # type: ignore[arg-type]


# Closed accounts


def test_a_session_ends_when_the_account_is_closed_and_does_not_come_back_with_it(cast: Cast) -> None:
    browser = Client()
    sign_in(browser, "lena@example.org")
    close_accounts([cast.learner.pk])
    assert not is_signed_in(browser)
    open_accounts([cast.learner.pk])
    assert not is_signed_in(browser)
    assert sign_in(browser, "lena@example.org") == 302


def test_closing_on_the_administration_pages_does_the_same(cast: Cast, as_: Callable[..., Client]) -> None:
    browser, administrator = Client(), as_(cast.administrator)
    sign_in(browser, "mara@example.org")
    path = f"/admin/people/person/{cast.manager.pk}/change/"
    fields = {"email": "mara@example.org", "name": "Mara Managold", "unit": cast.unit.pk}
    assert administrator.post(path, fields).status_code == 302
    assert not is_signed_in(browser)
    assert not cast.unit.managers.exists()
    assert administrator.post(path, fields | {"is_active": "on"}).status_code == 302
    assert not is_signed_in(browser)
    assert Person.objects.get(pk=cast.manager.pk).is_active


def test_who_signs_in_through_their_agency_is_offered_no_password_to_change(
    cast: Cast, as_: Callable[..., Client]
) -> None:
    offered = 'href="/password/"'
    assert offered in as_(cast.learner).get("/my/").content.decode()
    cast.learner.set_unusable_password()
    cast.learner.save()
    assert offered not in as_(cast.learner).get("/my/").content.decode()
