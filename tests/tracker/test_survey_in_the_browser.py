"""A survey filled in with the keyboard, without JavaScript, on a phone; and its report, measured with axe-core."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import LazySettings
from playwright.sync_api import Browser, Page, expect

from tests.tracker.cast import Cast
from tests.tracker.surveying import OURS, asked_twice, close, many_forms, opened, write_survey
from tracker.people.models import Person
from tracker.surveys.publishing import publish

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page: Page, address: str, person: Person) -> None:
    page.goto(f"{address}/sign-in/")
    page.get_by_label("Work e-mail").fill(person.email)
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My learning")


def check(page: Page) -> None:
    """No finding at all, and no page that is wider than the window."""
    found = [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page).response["violations"]]
    assert found == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


def test_a_survey_and_its_report_can_be_used_by_everybody(
    browser: Browser, live_server: Any, site: Path, settings: LazySettings, tmp_path: Path, cast: Cast
) -> None:
    settings.SURVEYS_FOLDER = tmp_path / "surveys"
    write_survey(settings.SURVEYS_FOLDER)
    now, past = opened(cast.statewide), opened(cast.statewide)
    many_forms(past, random.Random(4), 90)
    publish(close(past))
    settings.SURVEYS_FOLDER = OURS
    twice = opened(cast.statewide, "data-literacy")
    asked_twice(twice, [4, 9] * 10)
    publish(close(twice))
    settings.SURVEYS_FOLDER = tmp_path / "surveys"
    address = f"{live_server.url}/surveys"

    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    sign_in(page, str(live_server.url), cast.learner)
    page.goto(f"{address}/{now.pk}/")
    check(page)
    page.get_by_role("button", name="I agree: begin").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your work")
    check(page)
    # From one question to the next with Tab, from one answer to the next with the arrows.
    page.get_by_role("radio", name="Bridges (DOB)").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_label("First choice").select_option("tools")
    page.get_by_label("Second choice").select_option("tools")
    page.get_by_label("How many years?").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("1 answer could not be saved.")
    assert page.get_by_role("radio", name="Lakes (OOL)").is_checked()
    check(page)
    page.get_by_role("alert").get_by_role("link", name="Second choice").click()
    page.get_by_label("Second choice").select_option("people")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("At the end")
    page.goto(f"{address}/{now.pk}/send/")
    check(page)
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert set(now.answers.values_list("question", "answer")) >= {("agency", "OOL"), ("help", "people")}
    context.clear_cookies()
    sign_in(page, str(live_server.url), cast.statewide)
    for path in ("/", f"/{past.pk}/report/?unit=DOB", f"/{past.pk}/campaign/", f"/{past.pk}/words/", "/open/"):
        page.goto(address + path)
        check(page)
    context.clear_cookies()
    sign_in(page, str(live_server.url), cast.manager)
    page.goto(f"{address}/before-and-after/")
    expect(page.get_by_role("row", name="After")).to_contain_text("11.5 of 30")
    check(page)
    context.close()
