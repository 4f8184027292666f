"""The measurements of bench/load.py on the installation that the environment names."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker.start import connect, count_rows

connect()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count, QuerySet  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from academy.attempts import read_attempts, with_answers  # noqa: E402
from autograder.notebook.compile import to_bytes  # noqa: E402
from bench.load_server import Browser, Program, free_port, grading, server  # noqa: E402
from bench.load_state import FIRST_LESSON  # noqa: E402
from tracker.learning.catalogue import read_source  # noqa: E402
from tracker.learning.models import Submission, TaskResult  # noqa: E402
from tracker.people.models import Agency, Cohort, Person, Unit  # noqa: E402

if TYPE_CHECKING:
    from http.client import HTTPException  # noqa: F401


@dataclass(frozen=True)
class Page:
    name: str
    path: str
    viewer: Person
    limit: int = 150
    """Milliseconds at the 95th percentile."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, required=True)
    parser.add_argument("--learners", type=int, required=True)
    parser.add_argument("--part", action="append", required=True)
    asked = parser.parse_args()
    call_command("migrate", verbosity=0, interactive=False)
    count_rows()
    agency = _agencies()[0]
    with server(port := free_port()) as program:
        if "pages" in asked.part:
            _time_pages(_pages(agency), port, program, asked.times)
        if "exports" in asked.part:
            _time_exports(agency, port, program)
    if "rush" in asked.part:
        _rush(asked.learners, kills=False)
    if "rush with kills" in asked.part:
        _rush(asked.learners, kills=True)


# -- pages ------------------------------------------------------------------------------------------------------------


def _agencies() -> QuerySet[Agency]:
    """The largest first."""
    return Agency.objects.annotate(size=Count("units__people")).order_by("-size", "pk")


def _pages(agency: Agency) -> list[Page]:
    officer = agency.data_officers.get()
    unit = Unit.objects.filter(agency=agency, parent__parent=None).exclude(parent=None)[0]
    manager = unit.managers.get()
    team = Unit.objects.filter(agency=agency, children=None)[0]
    submission = Submission.objects.annotate(n=Count("person__submissions")).order_by("-n", "pk")[0]
    busiest = Person.objects.filter(unit__agency=agency).annotate(n=Count("submissions")).order_by("-n", "pk")[0]
    trainer = Cohort.objects.order_by("pk")[0].trainers.get()
    office = Person.objects.create_user("office@example.org", name="Office", sees_statewide=True)
    assignment = _assign(agency, officer)
    ordinary = _agencies()[Agency.objects.count() // 2]
    middle = ordinary.data_officers.get()
    _assign(ordinary, middle)
    _publish(office)
    everybody = Person.objects.filter(unit__agency=agency)
    in_middle = Person.objects.filter(unit__agency=ordinary).count()
    print(
        f"The largest agency: {everybody.count():,} people in {Unit.objects.filter(agency=agency).count()} units; "
        f"the middle one: {in_middle:,} people.\n"
    )
    of_officer = {
        "team": "/team/",
        "people": "/team/people/",
        "people, last page": "/team/people/?page=99",
        "people, by name": "/team/people/?name=mock",
        "people, overdue": "/team/people/?state=overdue",
        "people, stuck": "/team/people/?state=stuck",
        "people, fewest complete first": "/team/people/?sort=completed",
        "one person": f"/team/people/{busiest.pk}/",
        "a division": f"/team/units/{unit.pk}/",
        "a team": f"/team/units/{team.pk}/",
        "assignments": "/assignments/",
        "one assignment": f"/assignments/{assignment}/",
        "progress report": "/team/report/",
    }
    pages = [Page(f"data officer: {name}", path, officer) for name, path in of_officer.items()]
    whole = {"team": "/team/", "people, overdue": "/team/people/?state=overdue", "progress report": "/team/report/"}
    pages += [Page(f"middle agency's officer: {name}", path, middle) for name, path in whole.items()]
    pages += [Page(f"manager: {name}", path, manager) for name, path in whole.items()]
    pages += [Page("manager: people", "/team/people/", manager)]
    pages += [Page("statewide", "/statewide/", office, limit=300)]
    pages += [Page("trainer: a cohort", f"/cohorts/{trainer.cohorts_taught.get().pk}/", trainer)]
    pages += [Page("learner: my learning", "/my/", submission.person)]
    pages += [Page("learner: a result", f"/my/results/{submission.pk}/", submission.person)]
    return pages


def _assign(agency: Agency, officer: Person) -> int:
    """Three assignments for the whole agency, one of them over."""
    from datetime import timedelta

    from tracker.assignments.audience import note_arrivals
    from tracker.assignments.models import AssignedLesson, Assignment
    from tracker.learning.models import Lesson

    lessons = list(Lesson.objects.order_by("position"))
    today = timezone.localdate()
    made = []
    for days, some in ((-90, lessons[:4]), (20, lessons[:8]), (200, lessons[:12])):
        facts = {"agency": agency, "title": f"The first {len(some)}", "author": officer}
        made.append(
            Assignment.objects.create(due=today + timedelta(days=days), made_on=today - timedelta(days=200), **facts)
        )
        AssignedLesson.objects.bulk_create(
            AssignedLesson(assignment=made[-1], lesson=lesson, since=today - timedelta(days=200)) for lesson in some
        )
    note_arrivals(Assignment.objects.all(), today - timedelta(days=200))
    return made[0].pk


def _publish(office: Person) -> None:
    from tracker.teams.statewide import publish

    started = time.perf_counter()
    publish(timezone.localdate(), office)
    print(f"Publishing the statewide counts took {time.perf_counter() - started:.1f} s.")


def _session(person: Person) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies["academy_session"].value


def _speed() -> str:
    """How fast the machine is just now: processors that are shared with others are not always alike."""
    started = time.perf_counter()
    sum(number % 7 for number in range(3_000_000))
    return f"Just now, {1000 * (time.perf_counter() - started):.0f} ms for a fixed piece of Python."


def _time_pages(pages: Sequence[Page], port: int, program: Program, times: int) -> None:
    print(_speed() + "\n")
    print("| page | p50 | p95 | p99 | goal (p95) | work | queries | size |\n|---|---|---|---|---|---|---|---|")
    for page in pages:
        browser, taken = Browser(port, _session(page.viewer)), []
        for _ in range(2):
            status, size = browser.get(page.path)
        if status != 200:
            print(f"| {page.name} | answered {status} |")
            continue
        worked = program.seconds_of_work()
        for _ in range(times):
            started = time.perf_counter()
            browser.get(page.path)
            taken.append(1000 * (time.perf_counter() - started))
        work = 1000 * (program.seconds_of_work() - worked) / times
        within = "" if _percentile(taken, 95) <= page.limit else " **over**"
        columns = " | ".join(f"{_percentile(taken, share):.0f} ms" for share in (50, 95, 99))
        facts = f"{page.limit} ms{within} | {work:.0f} ms | {_queries(page)} | {size / 1000:.0f} kB"
        print(f"| {page.name} | {columns} | {facts} |", flush=True)
    print("\n" + _speed())


def _queries(page: Page) -> int:
    client = Client(SERVER_NAME="localhost")
    client.force_login(page.viewer)
    with CaptureQueriesContext(connection) as queries:
        client.get(page.path)
    return len(queries)


def _percentile(values: Sequence[float], share: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


# -- exports ----------------------------------------------------------------------------------------------------------


def _time_exports(agency: Agency, port: int, program: Program) -> None:
    """The whole agency's completion, and how much more memory the server takes for it."""
    browser = Browser(port, _session(agency.data_officers.get()))
    for kind in ("csv", "xlsx"):
        before = _highest_memory(program, afresh=True)
        started = time.perf_counter()
        status, size = browser.get(f"/team/completion.{kind}?rows=lesson")
        taken, after = time.perf_counter() - started, _highest_memory(program)
        more = max(after[number] - before[number] for number in before)
        print(
            f"Export as {kind}: {status}, {size / 1e6:.1f} MB in {taken:.1f} s; {more:.0f} MB of memory more.",
            flush=True,
        )


def _highest_memory(program: Program, afresh: bool = False) -> dict[int, float]:
    """The most memory that each process of the server has had, in MB; counted from now on, if `afresh`."""
    found = {}
    for number in program.children():
        if afresh:
            Path(f"/proc/{number}/clear_refs").write_text("5")
        lines = Path(f"/proc/{number}/status").read_text().splitlines()
        found[number] = next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))
    return found


# -- the rush ---------------------------------------------------------------------------------------------------------


@dataclass
class Sent:
    """One learner's handing in: how long until it was acknowledged, and how often it had to be sent."""

    seconds: float
    tries: int
    number: int


@dataclass
class Rush:
    port: int
    notebook: bytes
    sent: list[Sent] = field(default_factory=list)

    def hand_in(self, browser: Browser, wait: float, key: str) -> None:
        time.sleep(wait)
        started, tries = time.perf_counter(), 0
        # As long as a patient learner would: the page says "not stored", and they click again.
        while time.perf_counter() - started < 60:
            tries += 1
            with contextlib.suppress(OSError, http.client.HTTPException, json.JSONDecodeError):
                status, body = browser.hand_in(f"/api/lessons/{FIRST_LESSON}/submissions", self.notebook, key)
                if status == 201:
                    number = body["id"]
                    assert isinstance(number, int)
                    self.sent.append(Sent(time.perf_counter() - started, tries, number))
                    return
            time.sleep(0.5)


def _rush(learners: int, kills: bool, seconds: float = 60) -> None:
    """So many learners hand in within a minute, while the worker grades."""
    chance = random.Random(2)
    Submission.objects.filter(person__email__startswith="rush").delete()
    Person.objects.filter(email__startswith="rush").delete()
    unit = Unit.objects.order_by("pk")[0]
    people = [Person(email=f"rush{n}@example.org", name=f"Rush {n}", unit=unit, password="!") for n in range(learners)]
    Person.objects.bulk_create(people)
    with server(port := free_port()) as web, grading() as worker:
        rush = Rush(port, _solved())
        browsers = [Browser(port, _session(person)) for person in people]
        for browser in browsers:
            browser.fetch_token()
        threads = [
            threading.Thread(target=rush.hand_in, args=[browser, chance.uniform(0, seconds), f"key {n}"])
            for n, browser in enumerate(browsers)
        ]
        for thread in threads:
            thread.start()
        if kills:
            for pause, kill in _kills(web, worker):
                time.sleep(seconds * pause)
                kill()
        for thread in threads:
            thread.join()
        _report(rush, learners, kills)
        until = time.monotonic() + 1_200
        mine = Submission.objects.filter(person__in=people)
        while mine.exclude(state="graded").exists() and time.monotonic() < until:
            time.sleep(1)
        results = TaskResult.objects.filter(submission__in=mine).count()
        tasks = len(read_source(_lessons(), FIRST_LESSON).tasks)
        graded = mine.filter(state="graded").count()
        print(f"Graded: {graded} of {mine.count()}, each once: {'yes' if results == graded * tasks else 'NO'}.\n")


def _kills(web: Program, worker: Program) -> list[tuple[float, Callable[[], None]]]:
    return [(0.2, web.kill_a_child), (0.2, web.kill), (0.2, worker.kill), (0.1, web.kill_a_child)]


def _report(rush: Rush, learners: int, kills: bool) -> None:
    stored = Submission.objects.filter(person__email__startswith="rush")
    lost = (
        learners - len(rush.sent) + len({sent.number for sent in rush.sent} - set(stored.values_list("pk", flat=True)))
    )
    double = stored.count() - stored.values("person").distinct().count()
    seconds = [sent.seconds for sent in rush.sent]
    what = "web server, its workers and the grading worker killed meanwhile" if kills else "nothing killed"
    print(f"\n{learners} learners hand in within a minute, {what}:")
    middle, high = (_percentile(seconds, share) * 1000 for share in (50, 95))
    print(
        f"accepted {len(rush.sent)}, lost {lost}, stored twice {double}; until accepted: median {middle:.0f} ms,",
        end=" ",
    )
    print(
        f"p95 {high:.0f} ms, longest {max(seconds):.2f} s; sent again: {sum(s.tries - 1 for s in rush.sent)}.",
        flush=True,
    )


def _solved() -> bytes:
    source = read_source(_lessons(), FIRST_LESSON)
    answers: dict[str, str] = {}
    for attempt in read_attempts(source):
        if attempt.message is None:
            answers.setdefault(attempt.task, attempt.code)
    return to_bytes(with_answers(source, answers))


def _lessons() -> Path:
    from django.conf import settings

    folder: Any = settings.LESSONS_FOLDER
    return Path(folder)


if __name__ == "__main__":
    main()
