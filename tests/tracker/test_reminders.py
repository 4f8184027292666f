"""Reminders by e-mail: who gets which, how often, and what happens when the mail server misbehaves."""

from __future__ import annotations

import email
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import LazySettings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.tracker.cast import Cast
from tests.tracker.test_due_dates import assign, complete
from tracker.assignments.letters import Letter, letters
from tracker.assignments.models import Arrival, Mail, ReminderChoice
from tracker.assignments.post import claim
from tracker.audit.models import Entry
from tracker.learning.models import Lesson
from tracker.mail import MailNotUnderstood, from_environment
from tracker.people.models import Person

TODAY = date(2026, 3, 16)
DAY = timedelta(days=1)
LEARNERS = {"lena@example.org", "cole@example.org", "mara@example.org"}


@pytest.fixture
def assigned(cast: Cast, lesson: Lesson) -> Cast:
    """A lesson that was due yesterday, for the manager's unit and the one below: Lena, Cole and Mara."""
    assign([lesson], TODAY - DAY, TODAY - 20 * DAY, agency=cast.unit.agency, units=[cast.unit])
    ReminderChoice.objects.create(person=cast.data_officer, team=False)
    return cast


def run(*words: str, today: date = TODAY) -> str:
    out = StringIO()
    call_command("send_reminders", *words, today=today, stdout=out)
    return out.getvalue()


def written_to() -> list[str]:
    return sorted(parseaddr(to)[1] for message in mail.outbox for to in message.recipients())


def letter_to(address: str) -> Any:
    return next(message for message in mail.outbox if parseaddr(message.to[0])[1] == address)


def text_to(address: str) -> str:
    return str(letter_to(address).body)


# Who gets what


def test_a_learner_reads_what_is_overdue_and_nothing_of_anybody_else(assigned: Cast) -> None:
    run()
    assert set(written_to()) == LEARNERS
    message = letter_to("lena@example.org")
    assert message.subject == "A lesson is overdue"
    assert message.to == ["Lena Lernfeld <lena@example.org>"]
    html = message.alternatives[0][0]
    for text in (str(message.body), str(html)):
        assert "Add numbers" in text
        assert "was due March 15, 2026" in text
        assert not any(name in text for name in ("Cole", "Mara", "Theo", "%"))


def test_what_is_due_later_than_in_two_weeks_or_done_is_not_written_about(cast: Cast, lesson: Lesson) -> None:
    assign([lesson], TODAY + 15 * DAY, TODAY, agency=cast.unit.agency, units=[cast.unit])
    assert "would be sent: 0" in run("--dry-run")
    complete(cast.learner, lesson, TODAY)
    later = TODAY + DAY
    assert "lena" not in run("--dry-run", today=later)
    assert "cole@example.org: 0 overdue, 1 due soon" in run("--dry-run", today=later)


def test_a_manager_gets_counts_only_in_the_same_letter(assigned: Cast, lesson: Lesson) -> None:
    complete(assigned.manager, lesson, TODAY)
    complete(assigned.colleague, lesson, TODAY)
    run()
    text = text_to("mara@example.org")
    assert "2 people have lessons to complete by a day" in text
    assert "1 has something overdue" in text
    assert not any(name in text for name in ("Lena", "Cole", "Add numbers"))
    assert written_to() == ["lena@example.org", "mara@example.org"]


def test_a_completion_that_is_about_to_expire_is_written_about(cast: Cast, lesson: Lesson) -> None:
    assign([lesson], TODAY - 300 * DAY, TODAY - 400 * DAY, cohort=cast.cohort, renew_months=1)
    complete(cast.learner, lesson, TODAY - 25 * DAY)
    ReminderChoice.objects.bulk_create(
        [ReminderChoice(person=p, team=False) for p in (cast.manager, cast.data_officer)]
    )
    run()
    assert "(complete it again)" in text_to("lena@example.org")


def test_who_wants_no_early_reminder_gets_one_only_when_something_is_overdue(cast: Cast, lesson: Lesson) -> None:
    for person in cast.people().values():
        ReminderChoice.objects.create(person=person, upcoming=False, team=False)
    assign([lesson], TODAY, TODAY - DAY, agency=cast.unit.agency, units=[cast.unit])
    assert "would be sent: 0" in run("--dry-run")
    assert "would be sent: 3" in run("--dry-run", today=TODAY + DAY)


def test_who_has_left_gets_nothing(assigned: Cast) -> None:
    Person.objects.filter(pk=assigned.learner.pk).update(is_active=False)
    run()
    assert "lena@example.org" not in written_to()


def test_a_newcomer_is_noted_by_the_daily_run(assigned: Cast) -> None:
    assigned.neighbor.unit = assigned.unit
    assigned.neighbor.save()
    run()
    assert Arrival.objects.get(person=assigned.neighbor).since == TODAY
    assert "nora@example.org" not in written_to()


def test_links_lead_to_the_installation_s_address_and_without_one_words_say_where(
    assigned: Cast, settings: LazySettings
) -> None:
    run()
    assert "http" not in text_to("lena@example.org")
    mail.outbox.clear()
    settings.ADDRESS = "https://academy.example.gov"
    run(today=TODAY + 7 * DAY)
    assert "Your lessons: https://academy.example.gov/my/" in text_to("lena@example.org")
    assert "https://academy.example.gov/my/reminders/" in text_to("lena@example.org")


# How often


def test_nobody_gets_two_letters_in_seven_days(assigned: Cast) -> None:
    for number in (0, 1, 6, 7, 8, 14):
        mail.outbox.clear()
        run(today=TODAY + number * DAY)
        assert (set(written_to()) == LEARNERS) == (number in (0, 7, 14))
        assert not written_to() or number in (0, 7, 14)


def test_a_clock_that_jumps_back_sends_nothing_twice(assigned: Cast) -> None:
    run()
    mail.outbox.clear()
    run(today=TODAY - 3 * DAY)
    run(today=TODAY - 30 * DAY)
    assert mail.outbox == []


def test_a_dry_run_changes_nothing(assigned: Cast) -> None:
    said = run("--dry-run")
    assert "lena@example.org: 1 overdue, 0 due soon\n" in said
    assert "mara@example.org: 1 overdue, 0 due soon, team" in said
    assert "Reminders that would be sent: 3." in said
    assert (mail.outbox, Mail.objects.count()) == ([], 0)


def test_a_letter_is_claimed_once(assigned: Cast) -> None:
    first = claim(assigned.learner, TODAY)
    assert first is not None
    assert claim(assigned.learner, TODAY) is None
    assert claim(assigned.learner, TODAY + DAY) is None
    first.state = Mail.State.FAILED
    first.save()
    assert claim(assigned.learner, TODAY) is not None
    assert Mail.objects.count() == 1


def test_the_run_is_in_the_log_with_counts(assigned: Cast) -> None:
    run()
    entry = Entry.objects.get(action="reminders.send")
    assert (entry.actor, entry.facts) == (None, {"sent": 3, "refused": 0, "unknown": 0})


def test_questions_about_many_learners_are_asked_together(assigned: Cast, lesson: Lesson) -> None:
    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert list(letters(TODAY))
        return len(asked)

    before = questions()
    for number in range(30):
        Person.objects.create(email=f"p{number}@example.org", name=f"P {number}", unit=assigned.unit)
    assert questions() == before


# Names and addresses


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('Lernfeld, Lena "Leni"', 'Lernfeld, Lena "Leni"'),
        ("Łena Ñandú 李", "Łena Ñandú 李"),
        ("Lena\r\nBcc: everybody@example.org", "Lena Bcc: everybody@example.org"),
        ("Lena\x00\x1b\u2028x <evil@example.org>", "Lena x <evil@example.org>"),
        ("L" * 200, "L" * 200),
        ("É" * 200, "É" * 200),
        ("", ""),
    ],
)
def test_any_name_stays_a_name(name: str, shown: str) -> None:
    message = _as_sent(name)
    (to,) = message["To"].addresses
    assert to.addr_spec == "lena@example.org"
    assert to.display_name.replace(" ", "") == shown.replace(" ", "")
    assert message["Bcc"] is None


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200))
def test_no_name_becomes_a_header_or_another_address(name: str) -> None:
    message = _as_sent(name)
    assert [to.addr_spec for to in message["To"].addresses] == ["lena@example.org"]
    assert set(message.keys()) == {"Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID"}


def _as_sent(name: str) -> EmailMessage:
    letter = Letter(Person(name=name, email="lena@example.org"), overdue=[], upcoming=[])
    return email.message_from_bytes(letter.message().message().as_bytes(), policy=default)  # type: ignore[return-value]


def test_words_that_look_like_markup_stay_words_in_the_html(assigned: Cast) -> None:
    Lesson.objects.update(title="<b>Add & take</b>")
    run()
    message = letter_to("lena@example.org")
    assert "<b>Add & take</b>" in str(message.body)
    assert "&lt;b&gt;Add &amp; take&lt;/b&gt;" in str(message.alternatives[0][0])


def test_a_broken_address_keeps_nobody_else_from_their_letter(assigned: Cast) -> None:
    Person.objects.filter(pk=assigned.colleague.pk).update(email="cole\nBcc: x@example.org")
    with pytest.raises(CommandError, match="Refused by the mail server: 1"):
        run()
    assert written_to() == ["lena@example.org", "mara@example.org"]


# The ways to send: what the environment says


def test_mail_is_printed_unless_the_environment_says_more() -> None:
    assert from_environment({}).backend.endswith("console.EmailBackend")
    assert from_environment({"ACADEMY_EMAIL": "file:/var/mail"}).folder == "/var/mail"


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("smtp://mail.example.gov", ("mail.example.gov", 25, "", "", False, False)),
        ("smtp://me%40x:p%40ss%2F@mail:2525?tls=1", ("mail", 2525, "me@x", "p@ss/", True, False)),
        ("smtp://mail?tls=1", ("mail", 587, "", "", True, False)),
        ("smtps://me:pass@mail", ("mail", 465, "me", "pass", False, True)),
    ],
)
def test_a_mail_server_is_one_address(way: str, expected: tuple[Any, ...]) -> None:
    found = from_environment({"ACADEMY_EMAIL": way, "ACADEMY_EMAIL_FROM": "academy@example.gov"})
    assert (found.host, found.port, found.user, found.password, found.starttls, found.tls) == expected
    assert found.sender == "academy@example.gov"


@pytest.mark.parametrize(
    "way",
    [
        "letter",
        "file:relative",
        "smtp://",
        "smtp://u:SECRET@h:port",
        "smtp://u:SECRET@h?tsl=1",
        "smtps://u:SECRET@h?tls=1",
    ],
)
def test_what_is_not_understood_is_said_without_the_password(way: str) -> None:
    with pytest.raises(MailNotUnderstood) as caught:
        from_environment({"ACADEMY_EMAIL": way, "ACADEMY_EMAIL_FROM": "academy@example.gov"})
    assert "ACADEMY_EMAIL" in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_a_mail_server_needs_a_sender() -> None:
    with pytest.raises(MailNotUnderstood, match="ACADEMY_EMAIL_FROM is missing"):
        from_environment({"ACADEMY_EMAIL": "smtp://mail"})


def test_mail_may_be_printed_or_written_to_files(
    assigned: Cast, settings: LazySettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    run()
    assert "To: Lena Lernfeld <lena@example.org>" in capsys.readouterr().out
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    run(today=TODAY + 7 * DAY)
    written = "".join(file.read_text() for file in tmp_path.iterdir())
    assert written.count("Subject: A lesson is overdue") == 3


# A real mail server, good and bad


class Server:
    """Keeps what it took. `refuse`, `drop` and `stall` name those whose letters it treats so."""

    def __init__(self, **ill: set[str]) -> None:
        self.ill, self.taken, self.begun = ill, [], []  # type: ignore[var-annotated]
        self.pause = 0.0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.ill.get("refuse", ()):
            return "550 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        import asyncio

        (address,) = envelope.rcpt_tos
        self.begun.append(address)
        if address in self.ill.get("drop", ()):
            server.transport.abort()
            return "421 Gone"
        if address in self.ill.get("stall", ()):
            await asyncio.sleep(2)
        await asyncio.sleep(self.pause)
        self.taken.append(address)
        return "250 Taken"


class OnAFreePort(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


@pytest.fixture
def serving(settings: LazySettings) -> Callable[[Server], Any]:
    @contextmanager
    def serving(server: Server) -> Iterator[int]:
        controller = OnAFreePort(server, hostname="127.0.0.1", port=0)
        controller.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", controller.port, 0.5
        try:
            yield controller.port
        finally:
            controller.stop()

    return serving


def test_a_mail_server_takes_the_letters(assigned: Cast, serving: Any) -> None:
    server = Server()
    with serving(server):
        assert run() == "Reminders sent: 3.\n"
        assert run() == "Reminders sent: 0.\n"
    assert set(server.taken) == LEARNERS
    assert len(server.taken) == 3


def test_one_refused_address_keeps_nobody_else_from_their_letter_and_is_tried_again(
    assigned: Cast, serving: Any
) -> None:
    server = Server(refuse={"cole@example.org"})
    with serving(server):
        with pytest.raises(CommandError, match="Refused by the mail server: 1; the next run tries again"):
            run()
        assert set(server.taken) == LEARNERS - {"cole@example.org"}
        server.ill.clear()
        run(today=TODAY + DAY)
    assert server.taken[2:] == ["cole@example.org"]


@pytest.mark.parametrize("illness", ["drop", "stall"])
def test_a_line_that_breaks_in_the_middle_costs_one_letter_at_most_and_none_comes_twice(
    illness: str, assigned: Cast, serving: Any
) -> None:
    server = Server(**{illness: {"lena@example.org"}})
    with serving(server):
        with pytest.raises(CommandError, match="Perhaps sent: 1; they are not sent again this week"):
            run()
        assert {"cole@example.org", "mara@example.org"} <= set(server.taken)
        server.ill.clear()
        run()
    assert sorted(server.begun) == sorted(LEARNERS)
    assert Mail.objects.get(person=assigned.learner).state == Mail.State.CLAIMED


def test_without_a_mail_server_the_run_ends_with_a_sentence_and_nothing_is_lost(assigned: Cast, serving: Any) -> None:
    with serving(Server()):
        pass
    with pytest.raises(CommandError, match=r"cannot be reached: .*Letters that were not sent are sent by the next run"):
        run()
    assert Mail.objects.count() == 0
    server = Server()
    with serving(server):
        run()
    assert set(server.taken) == LEARNERS


def test_a_server_that_stays_silent_ends_the_run(assigned: Cast, serving: Any) -> None:
    for number in range(6):
        Person.objects.create(email=f"p{number}@example.org", name=f"P {number}", unit=assigned.unit)
    Arrival.objects.all().delete()
    assigned.unit.assignments.update(made_on=TODAY)
    everybody = set(Person.objects.values_list("email", flat=True))
    server = Server(drop=everybody)
    with serving(server), pytest.raises(CommandError, match="did not finish 5 letters in a row"):
        run()
    assert len(server.begun) == 5


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_in_the_middle_sends_nobody_a_second_letter(
    assigned: Cast, serving: Any, worker_environment: dict[str, str]
) -> None:
    server = Server()
    server.pause = 0.3
    with serving(server) as port:
        mailing = {"ACADEMY_EMAIL": f"smtp://127.0.0.1:{port}", "ACADEMY_EMAIL_FROM": "academy@example.org"}
        command = [sys.executable, "-m", "tracker", "send_reminders", "--today", TODAY.isoformat()]
        first = subprocess.Popen(command, env=worker_environment | mailing, cwd=Path(__file__).parents[2])
        until = time.monotonic() + 30
        while not server.begun and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        time.sleep(0.4)
        begun = len(server.begun)
        assert begun < 3
        again = subprocess.run(command, env=worker_environment | mailing, cwd=Path(__file__).parents[2], check=False)
    assert again.returncode == 0
    assert len(set(server.begun)) == len(server.begun) == 3
