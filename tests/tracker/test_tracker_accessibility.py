"""Every page, measured with axe-core in a real browser: on a desk and on a phone, by day and by night."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import LazySettings
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from academy.site.policy import write_policies
from tests.tracker.cast import Cast
from tracker.api.tokens import make as make_token
from tracker.attendance.marking import save_marks
from tracker.attendance.models import Meeting
from tracker.certificates.making import make
from tracker.learning.models import Submission
from tracker.learning.reviews import review
from tracker.people.models import Person
from tracker.people.roster.plan import Request
from tracker.people.roster.uploads import keep

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(live_server: Any, site: Path, settings: LazySettings) -> str:
    """The server, with the policies that the build writes."""
    write_policies(site, settings.POLICY_FILE)
    return str(live_server.url)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser wrote to its console: nothing, if the pages keep to their policy."""
    return []


@pytest.fixture(params=[(DESK, "light"), (PHONE, "light"), (DESK, "dark")], ids=["desk", "phone", "night"])
def window(request: pytest.FixtureRequest, browser: Browser, complaints: list[str]) -> Iterator[Page]:
    size, colors = request.param
    context = browser.new_context(viewport=size, color_scheme=colors)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda asked: complaints.append(asked.url) if "//localhost" not in asked.url else None)
    yield page
    context.close()


def sign_in(page: Page, address: str, person: Person) -> None:
    page.goto(f"{address}/sign-in/")
    page.get_by_label("Work e-mail").fill(person.email)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My learning")


def roster_of(officer: Person) -> str:
    """The page of a roster with a new person, a fault, and everybody else missing."""
    text = b"name,e-mail,unit\nNell,nell@example.org,Roads\nPaul,paul,Roads\n"
    return f"/roster/{keep(officer, 'people.csv', Request(text)).pk}/"


def check(page: Page, path: str) -> None:
    """No finding at all, and no page that is wider than the window."""
    findings = [
        f"{rule['id']} ({rule['impact']}): {rule['nodes'][0]['html']}"
        for rule in Axe().run(page).response["violations"]
    ]
    assert findings == [], path
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert too_wide <= 0, path


def test_every_page_can_be_used_by_everybody(
    window: Page,
    address: str,
    complaints: list[str],
    cast: Cast,
    hand_in: Callable[..., Submission],
    graded_submission: Callable[..., Submission],
) -> None:
    passed = graded_submission(cast.learner, 5, text="We add visits.\nTwo lines.")
    review(passed.task_results.get(manual=True), cast.trainer, 1, "Which visits?")
    failed = graded_submission(cast.learner, 1, text="Other words.")
    Submission.objects.filter(pk=failed.pk).update(repairs=["One cell of the lesson had been changed."])
    waiting, problem = hand_in(cast.learner), hand_in(cast.learner)
    Submission.objects.filter(pk=problem.pk).update(state="problem", message="It is safe.")
    for person in (cast.colleague, cast.neighbor):
        graded_submission(person, 4)

    code = make(cast.learner, "lesson", "add-numbers").code
    token, _ = make_token(cast.manager, "HR import", ["people:read"], 90)
    met = Meeting.objects.create(cohort=cast.cohort, day=timezone.localdate(), title="Charts")
    save_marks(cast.trainer, met, {cast.learner.pk: "excused"})
    pages: dict[Person | None, list[str]] = {
        None: [
            "/password/forgotten/",
            "/api/v1/",
            "/verify/",
            f"/verify/{code}/",
            "/sign-in/",
            "/sign-in/?next=/my/",
            "/sign-out/",
        ],
        cast.learner: [
            "/my/",
            "/my/lessons/add-numbers/",
            "/my/certificates/",
            f"/my/certificates/{code}/",
            f"/certificates/{code}/withdraw/",
            "/my/data/",
            "/my/data/delete/",
            *(f"/my/results/{row.pk}/" for row in (passed, failed, waiting, problem)),
            "/sign-out/",
        ],
        cast.manager: [
            "/team/",
            "/team/people/?name=e&sort=name",
            f"/team/people/{cast.learner.pk}/",
            f"/team/units/{cast.unit.pk}/",
            "/team/report/",
            "/my/tokens/",
            f"/my/tokens/{token.pk}/revoke/",
            "/surveys/before-and-after/",
        ],
        cast.statewide: ["/statewide/"],
        cast.data_officer: ["/units/", "/roster/", roster_of(cast.data_officer), "/password/"],
        cast.trainer: [
            "/cohorts/",
            f"/cohorts/{cast.cohort.pk}/",
            f"/cohorts/submissions/{failed.pk}/",
            f"/cohorts/{cast.cohort.pk}/attendance/",
            *(f"/cohorts/{cast.cohort.pk}/attendance/{met.pk}/{what}" for what in ("", "change/", "delete/")),
        ],
        cast.administrator: [
            "/audit/",
            "/records/?person=e",
            f"/records/{cast.learner.pk}/",
            f"/records/{cast.learner.pk}/delete/",
            "/admin/",
            "/admin/people/person/",
            f"/admin/people/person/{cast.learner.pk}/change/",
            "/admin/people/unit/add/",
            f"/admin/people/cohort/{cast.cohort.pk}/change/",
            "/admin/learning/submission/",
        ],
    }
    for viewer, paths in pages.items():
        window.context.clear_cookies()
        if viewer:
            sign_in(window, address, viewer)
        for path in paths:
            answer = window.goto(address + path)
            assert answer and answer.status == 200, path
            check(window, path)
    # The measuring itself adds styles to the administration's pages, which their policy refuses.
    assert [words for words in complaints if "inline style" not in words] == []


def test_pages_that_say_no_can_be_used_too(window: Page, address: str, cast: Cast) -> None:
    sign_in(window, address, cast.learner)
    for path, status in (("/team/", 403), ("/no-such-page", 404)):
        answer = window.goto(address + path)
        assert answer and answer.status == status
        check(window, path)
    window.goto(f"{address}/my/lessons/no-such-lesson/")
    check(window, "/my/lessons/no-such-lesson/")


def test_a_form_with_a_mistake_can_be_used_too(window: Page, address: str, cast: Cast, lesson: object) -> None:
    window.goto(f"{address}/sign-in/")
    window.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(window.get_by_label("Work e-mail")).to_have_attribute("aria-invalid", "true")
    check(window, "/sign-in/ with a mistake")
    sign_in(window, address, cast.learner)
    window.goto(f"{address}/my/lessons/add-numbers/")
    window.get_by_role("button", name="Hand it in").click()
    expect(window.get_by_text("Choose a file first.")).to_be_visible()
    check(window, "upload without a file")


def test_a_learner_uploads_a_notebook_and_sees_the_result_come(
    page: Page,
    address: str,
    cast: Cast,
    lesson: object,
    solved: bytes,
    grade_for_real: Callable[[], None],
) -> None:
    sign_in(page, address, cast.learner)
    page.get_by_role("link", name="Upload a finished notebook").click()
    page.get_by_label("Notebook file").set_input_files(
        {"name": "add-numbers.ipynb", "mimeType": "application/json", "buffer": solved}
    )
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_text("Your notebook is stored and waits to be graded.")).to_be_visible()
    grade_for_real()
    # The page shows the result by itself.
    expect(page.get_by_text("5 of 5 points")).to_be_visible(timeout=10_000)
    page.get_by_role("link", name="My learning").first.click()
    expect(page.get_by_text("Complete", exact=True)).to_be_visible()


def test_everything_works_without_javascript(
    browser: Browser, address: str, cast: Cast, lesson: object, solved: bytes, grade_for_real: Callable[[], None]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, address, cast.learner)
    page.get_by_role("link", name="Upload a finished notebook").click()
    page.get_by_label("Notebook file").set_input_files(
        {"name": "add-numbers.ipynb", "mimeType": "application/json", "buffer": solved}
    )
    page.get_by_role("button", name="Hand it in").click()
    grade_for_real()
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("5 of 5 points")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_title("Home")
    context.close()


def test_the_first_stop_of_the_keyboard_leads_past_the_menu(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Work e-mail")).to_be_focused()
