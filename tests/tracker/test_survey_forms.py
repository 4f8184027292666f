"""Filling in a survey: nothing that was typed or saved is lost, and what applies to nobody is not asked."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.tracker.cast import Cast
from tests.tracker.surveying import FIRST_PAGE, Browser, fill_in, opened, survey_data, write_survey
from toolkit.survey.instrument import WAVES
from tracker.surveys.instruments import instruments
from tracker.surveys.models import Answer, Campaign, Draft, Taken
from tracker.surveys.sending import SentAlready, begin, send

LONG = "Ä" * 301


@pytest.fixture
def folder(tmp_path: Path, settings: LazySettings) -> Path:
    folder = tmp_path / "surveys"
    write_survey(folder)
    settings.SURVEYS_FOLDER = folder
    return folder


@pytest.fixture
def campaign(folder: Path, cast: Cast) -> Campaign:
    return opened(cast.statewide)


def answers(campaign: Campaign) -> set[tuple[str, str, str]]:
    return set(campaign.answers.values_list("question", "item", "answer"))


# -- where a person meets a survey


@pytest.mark.usefixtures("lesson")
def test_my_learning_leads_to_a_survey_until_it_is_sent(campaign: Campaign, cast: Cast, as_: Browser) -> None:
    browser = as_(cast.learner)

    def waiting() -> str:
        page = browser.get("/my/").content.decode()
        section = re.search(r'<section[^>]*aria-labelledby="asked".*?</section>', page, re.DOTALL)
        return section[0] if section else ""

    assert f'<a href="/surveys/{campaign.pk}/">{instruments()["crews"].title}</a>: about' in waiting()
    browser.post(f"/surveys/{campaign.pk}/")
    assert "which you have begun" in waiting()
    fill_in(browser, campaign)
    assert waiting() == ""


# -- before the first question


def test_the_first_page_says_what_happens_with_the_answers(campaign: Campaign, cast: Cast, as_: Browser) -> None:
    page = as_(cast.learner).get(f"/surveys/{campaign.pk}/").content.decode()
    survey = instruments()["crews"]
    for words in (survey.purpose, survey.audience, survey.consent, survey.retention, survey.open_answers):
        assert words in page
    assert "Nobody can tell who gave which answers." in page


def test_looking_at_a_survey_stores_nothing(campaign: Campaign, cast: Cast, as_: Browser) -> None:
    as_(cast.learner).get(f"/surveys/{campaign.pk}/")
    assert not Draft.objects.exists()


def test_our_own_surveys_can_all_be_filled_in(cast: Cast, as_: Browser, settings: LazySettings) -> None:
    settings.SURVEYS_FOLDER = Path(__file__).parents[2] / "surveys"
    for name, survey in instruments().items():
        campaign = opened(cast.statewide, name)
        browser = as_(cast.learner)
        browser.post(f"/surveys/{campaign.pk}/", {"wave": "before"})
        number = 0
        where = f"/surveys/{campaign.pk}/1/"
        while not where.endswith("/send/"):
            number += 1
            assert browser.get(where).status_code == 200
            where = browser.post(where, {"version": survey.version})["Location"]
        assert number >= len(survey.sections)


# -- saving and going on


def test_what_was_saved_is_there_when_the_person_comes_back(campaign: Campaign, cast: Cast, as_: Browser) -> None:
    first = as_(cast.learner)
    first.post(f"/surveys/{campaign.pk}/")
    first.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE | {"years": "12"})
    # Another browser, another session.
    later = as_(cast.learner)
    assert "Go on" in later.get("/surveys/").content.decode()
    page = later.get(f"/surveys/{campaign.pk}/1/").content.decode()
    assert 'value="12"' in page
    assert 'value="tools" selected' in page
    assert page.count(" checked>") == 4


@pytest.mark.parametrize("button", ["later", "back"])
def test_whichever_button_is_used_saves_what_is_there(
    button: str, campaign: Campaign, cast: Cast, as_: Browser
) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE | {"years": "9", button: "yes"})
    assert Draft.objects.get().answers["years"] == {"": ["9"]}


def test_an_answer_can_be_taken_back(campaign: Campaign, cast: Cast, as_: Browser) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE)
    assert "No answer" in browser.get(f"/surveys/{campaign.pk}/1/").content.decode()
    browser.post(f"/surveys/{campaign.pk}/1/", {"version": "2.1", "needs_time": "", "agency": "DOB"})
    assert Draft.objects.get().answers == {"agency": {"": ["DOB"]}}


def test_a_begun_form_can_be_thrown_away(campaign: Campaign, cast: Cast, as_: Browser) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    browser.post(f"/surveys/{campaign.pk}/", {"discard": "yes"})
    assert not Draft.objects.exists()


def test_a_question_that_depends_on_the_page_before_it_is_asked_only_where_it_applies(
    campaign: Campaign, cast: Cast, as_: Browser
) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    onward = browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE)
    assert "Which other?" in browser.get(onward["Location"]).content.decode()
    onward = browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE | {"uses": ["radio"]})
    page = browser.get(onward["Location"]).content.decode()
    assert "Which other?" not in page
    assert "Is there anything else?" in page


def test_an_answer_that_an_earlier_one_rules_out_is_not_sent(campaign: Campaign, cast: Cast, as_: Browser) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE)
    browser.post(f"/surveys/{campaign.pk}/2/", {"version": "2.1", "which": "Smoke signals"})
    browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE | {"uses": ["radio"]})
    browser.post(f"/surveys/{campaign.pk}/send/")
    assert "which" not in {question for question, _, _ in answers(campaign)}


# -- what is wrong


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("years", "many", "Write a number from 0 to 60, in digits such as 12."),
        ("years", "61", "Write a number from 0 to 60."),
        ("agency", "DROP TABLE", "Choose one of the answers that are listed."),
        ("needs_tools", ["yes", "no"], "Give one answer here."),
        ("help_second", "tools", "Choose two that differ, or leave the second empty."),
    ],
)
def test_a_mistake_is_said_at_its_field_and_at_the_top_and_all_else_is_saved(
    name: str, typed: str | list[str], words: str, campaign: Campaign, cast: Cast, as_: Browser
) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    answer = browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE | {name: typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count(words) == 2
    assert f'href="#{name}"' in page
    assert f'id="{name}"' in page
    assert Draft.objects.get().answers["uses"] == {"": ["radio", "other"]}


def test_the_same_choice_twice_stays_on_the_page_and_neither_counts(
    campaign: Campaign, cast: Cast, as_: Browser
) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    page = browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE | {"help_second": "tools"}).content.decode()
    assert page.count('value="tools" selected') == 2
    assert "help" not in Draft.objects.get().answers


def test_a_text_that_is_too_long_is_shown_again_and_the_rest_is_saved(
    campaign: Campaign, cast: Cast, as_: Browser
) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    answer = browser.post(f"/surveys/{campaign.pk}/3/", {"version": "2.1", "more": LONG, "shift": "night"})
    page = answer.content.decode()
    assert LONG in page
    assert "This has 301 characters. Shorten it to 300 or fewer." in page
    assert Draft.objects.get().answers == {"shift": {"": ["night"]}}


def test_ten_megabytes_of_text_are_refused_with_a_sentence_and_the_rest_is_saved(
    campaign: Campaign, cast: Cast, as_: Browser
) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    more = "a" * 10_000_000
    answer = browser.post(f"/surveys/{campaign.pk}/3/", {"version": "2.1", "more": more, "shift": "day"})
    assert answer.status_code == 422
    assert "This has 10,000,000 characters." in answer.content.decode()
    assert Draft.objects.get().answers == {"shift": {"": ["day"]}}
    answer = browser.post(f"/surveys/{campaign.pk}/3/", {"version": "2.1", "more": more * 3, "shift": "both"})
    assert answer.status_code == 413
    assert "What you saved before is kept." in answer.content.decode()
    assert Draft.objects.get().answers == {"shift": {"": ["day"]}}


def test_open_answers_are_stored_as_written_but_for_nul_characters(
    campaign: Campaign, cast: Cast, as_: Browser
) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    typed = '\n<script>alert("1")</script>\r\n=1+1 \0“quoted”  '
    browser.post(f"/surveys/{campaign.pk}/3/", {"version": "2.1", "more": typed})
    kept = '\n<script>alert("1")</script>\n=1+1 “quoted”  '
    assert Draft.objects.get().answers["more"] == {"": [kept]}
    page = browser.get(f"/surveys/{campaign.pk}/3/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&quot;1&quot;)" in page
    browser.post(f"/surveys/{campaign.pk}/send/")
    assert campaign.answers.get().answer == kept


def test_a_form_without_any_answer_is_not_sent(campaign: Campaign, cast: Cast, as_: Browser) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    answer = browser.post(f"/surveys/{campaign.pk}/send/")
    assert "There is nothing to send yet" in answer.content.decode()
    assert not Taken.objects.exists()


# -- sending


def test_a_form_is_stored_one_row_an_answer_with_survey_and_version(
    campaign: Campaign, cast: Cast, as_: Browser
) -> None:
    answer = fill_in(as_(cast.learner), campaign)
    assert "Thank you" in answer.content.decode()
    assert answers(campaign) == {
        ("agency", "", "DOB"),
        ("needs", "time", "yes"),
        ("help", "first", "tools"),
        ("uses", "", "radio"),
        ("uses", "", "other"),
    }
    assert set(Answer.objects.values_list("instrument", "version")) == {("crews", "2.1")}
    assert Answer.objects.values("form").distinct().count() == 1


def test_sending_twice_counts_once_and_says_so(campaign: Campaign, cast: Cast, as_: Browser) -> None:
    browser = as_(cast.learner)
    fill_in(browser, campaign)
    answer = browser.post(f"/surveys/{campaign.pk}/send/")
    assert "You have sent this survey" in answer.content.decode()
    assert "You have sent this survey" in browser.get(f"/surveys/{campaign.pk}/").content.decode()
    assert len(answers(campaign)) == campaign.answers.count() == 5


def test_of_two_forms_that_are_sent_at_the_same_moment_one_counts(campaign: Campaign, cast: Cast, as_: Browser) -> None:
    fill_in(as_(cast.learner), campaign)
    second = begin(cast.learner, campaign, "")
    second.answers = {"agency": {"": ["OOL"]}}
    second.save()
    with pytest.raises(SentAlready):
        send(cast.learner, second)
    assert ("agency", "", "OOL") not in answers(campaign)


def test_a_survey_that_has_closed_asks_nobody(campaign: Campaign, cast: Cast, as_: Browser) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE)
    Campaign.objects.update(opens=timezone.localdate() - timedelta(9), closes=timezone.localdate() - timedelta(1))
    assert browser.post(f"/surveys/{campaign.pk}/send/").status_code == 404
    assert not Answer.objects.exists()


def test_a_survey_of_another_agency_or_cohort_cannot_be_opened(folder: Path, cast: Cast, as_: Browser) -> None:
    ours = opened(cast.statewide, agency=cast.unit.agency)
    group = opened(cast.administrator, cohort=cast.cohort)
    for person, status in ((cast.learner, 200), (cast.colleague, 200), (cast.outsider, 404), (cast.statewide, 404)):
        assert as_(person).get(f"/surveys/{ours.pk}/").status_code == status
    assert as_(cast.learner).get(f"/surveys/{group.pk}/").status_code == 200
    assert as_(cast.colleague).get(f"/surveys/{group.pk}/").status_code == 404


# -- the survey is changed while somebody fills it in


def test_a_change_of_the_survey_keeps_every_answer_and_tells_the_person(
    folder: Path, campaign: Campaign, cast: Cast, as_: Browser
) -> None:
    browser = as_(cast.learner)
    browser.post(f"/surveys/{campaign.pk}/")
    browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE | {"years": "12"})
    write_survey_with_years_to_40(folder)
    as_(cast.statewide).post(f"/surveys/{campaign.pk}/campaign/", {"newest": "yes"})
    # The page that is still open in the browser is sent.
    page = browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE | {"agency": "OOL", "years": "50"})
    assert "This survey was changed while you were filling it in." in page.content.decode()
    draft = Draft.objects.get()
    assert draft.answers["agency"] == {"": ["OOL"]}
    assert draft.answers["needs"] == {"time": ["yes"]}
    assert "years" not in draft.answers
    browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE | {"version": "2.2", "years": "40"})
    browser.post(f"/surveys/{campaign.pk}/send/")
    years = campaign.answers.filter(question="years").values_list("version", "answer")
    assert sorted(years) == [("2.1", "12"), ("2.1", "50"), ("2.2", "40")]
    assert set(campaign.answers.exclude(question="years").values_list("version", flat=True)) == {"2.2"}


def write_survey_with_years_to_40(folder: Path) -> None:
    questions = survey_data()["questions"]
    next(question for question in questions if question["id"] == "years")["greatest"] = 40
    write_survey(folder, version="2.2", questions=questions)


def test_a_survey_that_was_changed_under_the_same_version_is_not_opened(
    folder: Path, campaign: Campaign, cast: Cast, as_: Browser
) -> None:
    write_survey(folder, title="Changed")
    today = timezone.localdate()
    facts = {"instrument": "crews", "whom": "all", "opens": str(today), "closes": str(today)}
    answer = as_(cast.statewide).post("/surveys/open/", facts)
    assert answer.status_code == 422
    assert "Raise its version" in answer.content.decode()


# -- what the person gets at the end


@pytest.mark.usefixtures("lesson")
def test_the_end_of_the_self_assessment_says_where_one_stands_and_which_path_fits(
    cast: Cast, as_: Browser, settings: LazySettings
) -> None:
    root = Path(__file__).parents[2]
    settings.SURVEYS_FOLDER, settings.LESSONS_FOLDER = root / "surveys", root / "lessons"
    campaign = opened(cast.statewide, "data-literacy")
    browser = as_(cast.learner)
    assert browser.post(f"/surveys/{campaign.pk}/").status_code == 422
    for wave, level in zip(WAVES, ("level-0", "level-3"), strict=True):
        browser.post(f"/surveys/{campaign.pk}/", {"wave": wave})
        asked = {question.id: level for question in instruments()["data-literacy"].questions}
        browser.post(f"/surveys/{campaign.pk}/1/", asked | {"version": "1.1"})
        page = browser.post(f"/surveys/{campaign.pk}/send/").content.decode()
        if wave == "before":
            assert "0 of 30 points: Starting" in page
            assert "Recommended path" in page
            assert "/paths/agency-data-officer.html" in page
            assert "The rule: a question that you answered with 1 point or none needs its lessons." in page
            assert "once more after the course" in browser.get("/my/").content.decode()
        else:
            assert "30 of 30 points: Leading" in page
            assert "No lesson is needed by this rule." in page
            assert campaign.pk not in browser.get("/my/").content.decode()
    assert "You have sent this survey" in browser.get(f"/surveys/{campaign.pk}/").content.decode()


# -- speed


def test_the_list_of_surveys_asks_the_database_as_often_for_many_as_for_one(
    campaign: Campaign, cast: Cast, as_: Browser
) -> None:
    def queries() -> int:
        browser = as_(cast.data_officer)
        with CaptureQueriesContext(connection) as asked:
            assert browser.get("/surveys/").status_code == 200
        return len(asked)

    one = queries()
    for agency in (None, cast.unit.agency, cast.unit.agency):
        opened(cast.statewide, agency=agency)
    assert queries() == one
