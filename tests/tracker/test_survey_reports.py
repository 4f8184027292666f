"""Reports of surveys: who reads which, what they hide, and that two of them give nobody away together."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from scipy.optimize import linprog

from tests.tracker.cast import Cast
from tests.tracker.surveying import OURS, Browser, asked_twice, close, many_forms, opened, write_survey
from toolkit.disclosure import EDUCATION_RULE, Table
from toolkit.disclosure.table import Key
from toolkit.survey.answers import Answer as Row
from toolkit.survey.releases import from_json
from toolkit.survey.sheet import to_csv
from toolkit.survey.tally import tally_of
from toolkit.survey.units import ReportWithheld
from tracker.audit.models import Entry
from tracker.surveys.instruments import instrument_of
from tracker.surveys.models import AgencyAnswer, Campaign, Publication, random_form
from tracker.surveys.publishing import NotYet, publish, read_answers, tally_in_database
from tracker.surveys.sending import store


@pytest.fixture
def folder(tmp_path: Path, settings: LazySettings) -> Path:
    settings.SURVEYS_FOLDER = tmp_path / "surveys"
    write_survey(settings.SURVEYS_FOLDER)
    return tmp_path / "surveys"


@pytest.fixture
def past(folder: Path, cast: Cast) -> Campaign:
    """A survey of all agencies that has closed, with 90 forms."""
    campaign = opened(cast.statewide)
    many_forms(campaign, random.Random(4), 90)
    return close(campaign)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


# -- publishing


def test_counting_in_the_database_finds_what_counting_the_answers_finds(past: Campaign) -> None:
    counted, read = tally_in_database(past), tally_of(read_answers(past), "agency")
    assert counted.forms == read.forms
    given_ = {slot: counts for slot, counts in read.given.items() if slot[0] != "more"}
    assert counted.given == given_


def test_a_report_is_not_published_while_the_survey_runs(folder: Path, cast: Cast, as_: Browser) -> None:
    campaign = opened(cast.statewide)
    many_forms(campaign, random.Random(4), 90)
    answer = as_(cast.statewide).post(f"/surveys/{campaign.pk}/report/")
    assert answer.status_code == 409
    assert "Its report can be published the day after." in text_of(answer)
    assert not Publication.objects.exists()


def test_a_report_of_fewer_than_six_people_is_not_published(folder: Path, cast: Cast) -> None:
    campaign = opened(cast.statewide)
    many_forms(campaign, random.Random(4), 5)
    with pytest.raises(NotYet, match="about single people"):
        publish(close(campaign))


def test_a_report_is_made_once_and_then_comes_from_storage(past: Campaign, cast: Cast, as_: Browser) -> None:
    browser = as_(cast.statewide)
    browser.post(f"/surveys/{past.pk}/report/")
    first = text_of(browser.get(f"/surveys/{past.pk}/report/"))
    past.answers.all().delete()
    browser.post(f"/surveys/{past.pk}/report/")
    assert Publication.objects.count() == 1
    assert text_of(browser.get(f"/surveys/{past.pk}/report/")).split("<h1>")[1] == first.split("<h1>")[1]
    assert Entry.objects.filter(action="survey.publish").exists()


def test_one_who_answers_otherwise_than_all_others_is_not_found_by_subtraction(past: Campaign) -> None:
    """Of 25 people, 24 work by day. That 25 took part is known, so 24 would tell of the one."""
    past.answers.all().delete()
    rows = []
    for number in range(25):
        form = random_form()
        rows += [Row(form, "", "", "crews", "2.1", "agency", "", "DOB")]
        rows += [Row(form, "", "", "crews", "2.1", "shift", "", "day" if number else "night")]
    store(past, instrument_of(past.edition), rows)
    try:
        shown = {row[5] for row in publish(past).figures if row[0] == "shift"}
    except ReportWithheld:
        shown = set()
    assert not shown & {"1", "24"}


def test_a_withheld_report_says_so_and_stores_nothing(
    past: Campaign, cast: Cast, as_: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def withheld(*_: object, **__: object) -> None:
        raise ReportWithheld(["Bridges (DOB), agree"])

    monkeypatch.setattr("tracker.surveys.publishing.tallied_report", withheld)
    answer = as_(cast.statewide).post(f"/surveys/{past.pk}/report/")
    assert answer.status_code == 409
    assert "would give away small groups" in text_of(answer)
    assert not Publication.objects.exists()


# -- two reports


def test_after_a_report_no_answer_comes_in(past: Campaign, cast: Cast, as_: Browser) -> None:
    publish(past)
    browser = as_(cast.administrator)
    page = browser.post(f"/surveys/{past.pk}/campaign/", {"closes": "2099-01-01"})
    past.refresh_from_db()
    assert past.has_closed
    assert page.status_code == 200
    file = io.BytesIO(to_csv([Row("1", "", "", "crews", "2.1", "agency", "", "DOB")]).encode())
    file.name = "answers.csv"
    answer = browser.post(f"/surveys/{past.pk}/import/", {"file": file})
    assert "Answers that come later would show, by subtraction, what it hides." in text_of(answer)
    assert past.answers.values("form").distinct().count() == 90


@pytest.mark.django_db
@examples(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), people=st.integers(6, 120), later=st.integers(1, 3))
def test_two_successive_reports_cannot_be_subtracted(
    seed: int, people: int, later: int, folder: Path, cast: Cast, as_: Browser
) -> None:
    """Whoever tries to have a few more people counted, and the report published again, gets the first report again."""
    campaign = opened(cast.statewide)
    many_forms(campaign, random.Random(seed), people)
    close(campaign)
    browser = as_(cast.administrator)
    browser.post(f"/surveys/{campaign.pk}/report/")
    first = browser.get(f"/surveys/{campaign.pk}/report.csv").getvalue()
    if not campaign.publications.exists():
        # It was withheld, and so nothing was shown to subtract from.
        return
    rows = [Row(str(number), "", "", "crews", "2.1", "agency", "", "DOB") for number in range(later)]
    file = io.BytesIO(to_csv(rows).encode())
    file.name = "answers.csv"
    browser.post(f"/surveys/{campaign.pk}/import/", {"file": file})
    browser.post(f"/surveys/{campaign.pk}/campaign/", {"closes": "2099-01-01"})
    assert browser.get(f"/surveys/{campaign.pk}/").status_code == 404
    browser.post(f"/surveys/{campaign.pk}/report/")
    assert browser.get(f"/surveys/{campaign.pk}/report.csv").getvalue() == first
    assert campaign.answers.values("form").distinct().count() == people


def test_of_two_who_publish_at_once_both_get_one_report(past: Campaign) -> None:
    assert publish(past) == publish(past)
    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.create(campaign=past, divided_by="", figures=[], facts={}, releases="[]")


@pytest.mark.django_db
@examples(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), people=st.integers(6, 150))
def test_no_small_count_can_be_worked_out_from_a_report(seed: int, people: int, folder: Path, cast: Cast) -> None:
    """A reader has all shown numbers. Linear programming finds what they say of each hidden small count: a range."""
    campaign = opened(cast.statewide)
    many_forms(campaign, random.Random(seed), people)
    try:
        published = publish(close(campaign))
    except ReportWithheld:
        return
    for table, hidden in from_json(published.releases):
        for key, width in widths(table, hidden):
            small = EDUCATION_RULE.is_small(table.counts[key])
            assert not small or width > EDUCATION_RULE.width - 0.001, (table.dimensions, key, width)
    assert not [row for row in published.figures for cell in row[5:6] if cell and 0 < int(cell) < 6]


def widths(table: Table, hidden: frozenset[Key]) -> Iterator[tuple[Key, float]]:
    """How far apart the least and the greatest value of each hidden cell may be."""
    inner = [key for key in table.keys if None not in key]

    def line(cell: Key) -> Any:
        return np.array([float(all(c in (None, i) for c, i in zip(cell, key, strict=True))) for key in inner])

    known = [key for key in table.keys if key not in hidden]
    matrix = np.array([line(key) for key in known]) if known else None
    totals = [table.counts[key] for key in known] or None
    for key in hidden:
        ends = [linprog(sign * line(key), A_eq=matrix, b_eq=totals) for sign in (1, -1)]
        # Without an end, the count may be as great as one likes.
        yield key, sum(-end.fun for end in ends) if all(end.status == 0 for end in ends) else np.inf


# -- who reads what


def test_a_data_officer_reads_the_own_agency_beside_everybody_and_no_other(
    past: Campaign, cast: Cast, as_: Browser
) -> None:
    AgencyAnswer.objects.create(agency=cast.unit.agency, answer="DOB")
    publish(past)
    browser = as_(cast.data_officer)
    for address in ("report/", "report/?unit=OOL", "report.csv"):
        text = browser.get(f"/surveys/{past.pk}/{address}").getvalue().decode()
        assert "Bridges (DOB)" in text
        assert "Lakes" not in text
        assert "All who answered" in text
    workbook = io.BytesIO(browser.get(f"/surveys/{past.pk}/report.xlsx").content)
    rows = CalamineWorkbook.from_filelike(workbook).get_sheet_by_name("Figures").to_python()
    assert {row[3] for row in rows[1:]} == {"DOB", "All who answered"}


def test_the_statewide_office_reads_every_agency(past: Campaign, cast: Cast, as_: Browser) -> None:
    publish(past)
    text = text_of(as_(cast.statewide).get(f"/surveys/{past.pk}/report/?unit=OOL"))
    assert "Lakes (OOL) beside “All who answered”" in text
    assert '<option value="DOB">' in text


def test_trainers_read_what_their_cohort_said_and_nobody_else_s(
    cast: Cast, as_: Browser, settings: LazySettings
) -> None:
    settings.SURVEYS_FOLDER = OURS
    campaign = opened(cast.administrator, "course-feedback", cohort=cast.cohort)
    instrument = instrument_of(campaign.edition)
    for number in range(30):
        form = random_form()
        value = "strongly-agree" if number < 20 else "neutral"
        store(
            campaign,
            instrument,
            [
                Row(form, "", "", "course-feedback", instrument.version, "statements", "useful", value),
                Row(form, "", "", "course-feedback", instrument.version, "best", "", f"SECRET WORDS {number}"),
            ],
        )
    close(campaign)
    assert as_(cast.trainer).post(f"/surveys/{campaign.pk}/report/").status_code == 302
    for person in cast.people().values():
        may = person in (cast.trainer, cast.administrator)
        for address in ("report/", "report.csv", "words/"):
            answer = as_(person).get(f"/surveys/{campaign.pk}/{address}")
            assert answer.status_code == (200 if may else 404)
    page = text_of(as_(cast.trainer).get(f"/surveys/{campaign.pk}/report/"))
    assert "67 % (20)" in page
    assert "SECRET WORDS" not in page
    assert "SECRET WORDS" in text_of(as_(cast.trainer).get(f"/surveys/{campaign.pk}/words/"))


def test_managers_see_of_surveys_only_what_asks_them(past: Campaign, cast: Cast, as_: Browser) -> None:
    publish(past)
    page = text_of(as_(cast.manager).get("/surveys/"))
    assert past.pk not in page
    assert "Surveys and their reports" not in page


# -- open answers


def test_open_answers_are_apart_escaped_and_each_look_is_written_down(past: Campaign, cast: Cast, as_: Browser) -> None:
    one = past.answers.filter(question="more").first()
    assert one
    past.answers.filter(pk=one.pk).update(answer="<b>=2+2</b>")
    page = text_of(as_(cast.statewide).get(f"/surveys/{past.pk}/words/"))
    assert "&lt;b&gt;=2+2&lt;/b&gt;" in page
    assert one.form not in page
    entry = Entry.objects.get(action="survey.open_answers")
    assert entry.actor == cast.statewide
    assert "SECRET WORDS" not in str(entry.facts)


def test_open_answers_cannot_be_read_while_people_still_answer(folder: Path, cast: Cast, as_: Browser) -> None:
    campaign = opened(cast.statewide)
    many_forms(campaign, random.Random(4), 90)
    assert "SECRET WORDS" not in text_of(as_(cast.statewide).get(f"/surveys/{campaign.pk}/words/"))


def test_the_whole_export_is_for_the_administrator_and_runs_nothing_in_a_spreadsheet(
    past: Campaign, cast: Cast, as_: Browser
) -> None:
    past.answers.filter(question="more").update(answer="=HYPERLINK(1)")
    content = as_(cast.administrator).get(f"/surveys/{past.pk}/answers.csv").getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == past.answers.count()
    assert {row["answer"] for row in rows if row["question"] == "more"} == {"'=HYPERLINK(1)"}
    assert Entry.objects.get(action="survey.export").facts == {"answers": len(rows)}


# -- what the pages say


def test_an_agency_s_leaders_stand_beside_the_state_of_2024(cast: Cast, as_: Browser, settings: LazySettings) -> None:
    root = Path(__file__).parents[2]
    settings.SURVEYS_FOLDER, settings.LESSONS_FOLDER = OURS, root / "lessons"
    campaign = opened(cast.statewide, "leadership")
    instrument = instrument_of(campaign.edition)
    for number in range(40):
        form = random_form()

        def row(question: str, item: str, value: str, form: str = form) -> Row:
            return Row(form, "", "", "leadership", "1.0", question, item, value)

        rows = [row("agency", "", "DAS" if number % 2 else "DOT")]
        challenges = instrument.question("challenges")
        assert challenges
        rows += [row("challenges", item, "agree" if number < 28 else "disagree") for item in challenges.slots]
        for topic in ("data-privacy", "data-governance", "maps", "equity-in-data-use", "data-storytelling"):
            if topic != "maps":
                rows.append(row("topics", topic, "very-important" if number < 26 else "neutral"))
        store(campaign, instrument, rows)
    publish(close(campaign))
    page = text_of(as_(cast.statewide).get(f"/surveys/{campaign.pk}/report/?unit=DAS"))
    assert "Statewide 2024: agree" in page
    assert "<td>89 %</td>" in page
    assert "<td>70 % (14)</td>" in page
    assert "Recommended path" in page
    assert "The rule: the 5 topics that most people call important" in page
    assert "<svg" in page


def test_before_and_after_say_how_sure_they_are(cast: Cast, as_: Browser, settings: LazySettings) -> None:
    settings.SURVEYS_FOLDER = OURS
    campaign = opened(cast.statewide, "data-literacy")
    asked_twice(campaign, [10] * 12 + [13] * 12)
    publish(close(campaign))
    page = text_of(as_(cast.statewide).get(f"/surveys/{campaign.pk}/report/"))
    assert "Their average score went from 5.0 to 16.5, up by 11.5." in page
    assert "the true change is most likely between" in page
    assert "Before beside “After”" in page


# -- how the average changed, for managers


def test_a_manager_sees_how_the_average_of_the_agency_changed_and_no_report(
    cast: Cast, as_: Browser, settings: LazySettings
) -> None:
    settings.SURVEYS_FOLDER = OURS
    campaign = opened(cast.data_officer, "data-literacy", agency=cast.unit.agency)
    asked_twice(campaign, [10] * 12 + [13] * 12)
    close(campaign)
    manager = as_(cast.manager)
    assert "No survey of before and after is published yet" in text_of(manager.get("/surveys/before-and-after/"))
    publish(campaign)
    page = text_of(manager.get("/surveys/before-and-after/"))
    assert "Department of Bridges: How you work with data now" in page
    assert "24 people answered before and after. Their average score went from 5.0 to 16.5, up by 11.5." in page
    assert manager.get(f"/surveys/{campaign.pk}/report/").status_code == 404
    assert "Bridges" not in text_of(as_(cast.outside_manager).get("/surveys/before-and-after/"))


def test_the_change_of_the_whole_state_is_for_every_manager_and_that_of_a_cohort_for_none(
    cast: Cast, as_: Browser, settings: LazySettings
) -> None:
    settings.SURVEYS_FOLDER = OURS
    for cohort, everybody in ((cast.cohort, 8), (None, 10)):
        campaign = opened(cast.statewide, "data-literacy", cohort=cohort)
        asked_twice(campaign, [4, 9] * everybody)
        publish(close(campaign))
    for viewer in (cast.manager, cast.outside_manager, cast.statewide):
        page = text_of(as_(viewer).get("/surveys/before-and-after/"))
        assert "All agencies: How you work with data now" in page
        assert "20 people answered before and after" in page
        assert "16 people" not in page


def test_managers_see_no_average_of_a_survey_whose_form_did_not_say_so(
    cast: Cast, as_: Browser, settings: LazySettings
) -> None:
    settings.SURVEYS_FOLDER = OURS
    campaign = opened(cast.statewide, "data-literacy")
    asked_twice(campaign, [4, 9] * 10)
    publish(close(campaign))
    edition = campaign.edition
    assert "20 people" in text_of(as_(cast.manager).get("/surveys/before-and-after/"))
    del edition.data["averages_for_managers"]
    edition.save()
    assert "20 people" not in text_of(as_(cast.manager).get("/surveys/before-and-after/"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [([4, 9, 6, 3, 8], "too few"), ([10] * 9, "so much alike"), ([20] * 2 + [25] * 6, "so much alike")],
    ids=["five people", "everybody changed by the same", "nearly all have every point"],
)
def test_no_average_is_told_that_would_tell_about_single_people(
    changes: list[int], words: str, cast: Cast, as_: Browser, settings: LazySettings
) -> None:
    settings.SURVEYS_FOLDER = OURS
    campaign = opened(cast.statewide, "data-literacy")
    asked_twice(campaign, changes)
    # Enough forms for a report, of people who come once only.
    asked_twice(campaign, [None] * 12, known_as="once")
    publish(close(campaign))
    page = text_of(as_(cast.manager).get("/surveys/before-and-after/"))
    assert words in page
    assert "Their average score" not in page
    assert "<svg" not in page


# -- opening and bringing in


def test_a_data_officer_opens_surveys_in_the_own_agency_only(folder: Path, cast: Cast, as_: Browser) -> None:
    browser = as_(cast.data_officer)
    form = text_of(browser.get("/surveys/open/"))
    assert "Department of Bridges" in form
    assert "Office of Lakes" not in form
    assert "All agencies" not in form
    lakes = Campaign(agency=cast.outsider.unit.agency if cast.outsider.unit else None).agency_id
    facts = {"instrument": "crews", "opens": "2099-01-01", "closes": "2099-01-09"}
    assert browser.post("/surveys/open/", facts | {"whom": f"agency-{lakes}"}).status_code == 422
    assert browser.post("/surveys/open/", facts | {"whom": "all"}).status_code == 422
    assert browser.post("/surveys/open/", facts | {"whom": f"agency-{cast.unit.agency_id}"}).status_code == 302
    assert Campaign.objects.get().name == "crews-2099-01"
    assert Entry.objects.get(action="survey.open").actor == cast.data_officer


def test_a_file_of_answers_is_stored_once_and_a_row_that_cannot_count_stops_it(
    folder: Path, cast: Cast, as_: Browser
) -> None:
    campaign = opened(cast.statewide, agency=cast.unit.agency)
    good = [Row("1", "", "", "crews", "2.1", "agency", "", "DOB"), Row("1", "", "", "crews", "2.1", "more", "", "=1+1")]
    bad = Row("2", "", "", "crews", "1.0", "agency", "", "DOB")
    browser = as_(cast.data_officer)

    def bring(rows: list[Row], **more: str) -> Any:
        file = io.BytesIO(to_csv(rows).encode())
        file.name = "answers.csv"
        return browser.post(f"/surveys/{campaign.pk}/import/", {"file": file, **more})

    answer = bring([*good, bad])
    assert answer.status_code == 422
    assert "Row 4: It answers version 1.0." in text_of(answer)
    assert not campaign.answers.exists()
    assert "Stored: 2 answers of 1 forms. Left out: 1 rows." in text_of(bring([*good, bad], leave_out="on"))
    assert campaign.answers.get(question="more").answer == "=1+1"
    assert "This very file was brought in before." in text_of(bring([*good, bad], leave_out="on"))
    assert campaign.answers.count() == 2
    assert Entry.objects.get(action="survey.import").facts == {"answers": 2, "forms": 1, "left_out": 1}


def test_a_code_in_a_file_is_kept_as_a_hash_only(folder: Path, cast: Cast, as_: Browser) -> None:
    write_survey(folder, anonymity="pseudonymous")
    campaign = opened(cast.statewide)
    file = io.BytesIO(to_csv([Row("1", "Lena", "", "crews", "2.1", "agency", "", "DOB")]).encode())
    file.name = "answers.csv"
    as_(cast.administrator).post(f"/surveys/{campaign.pk}/import/", {"file": file})
    assert len(campaign.answers.get().person) == 64


def test_answers_to_an_earlier_version_are_told_and_not_counted(past: Campaign, cast: Cast, as_: Browser) -> None:
    instrument = instrument_of(past.edition)
    store(past, instrument, [Row(random_form(), "", "", "crews", "2.0", "agency", "", "DOB")])
    publish(past)
    page = text_of(as_(cast.statewide).get(f"/surveys/{past.pk}/report/"))
    assert "90 forms" in page
    assert "1 forms answered an earlier version and are not counted." in page


def test_a_report_page_asks_the_database_as_often_for_many_answers_as_for_few(
    folder: Path, cast: Cast, as_: Browser, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for people in (90, 150):
        campaign = opened(cast.statewide)
        many_forms(campaign, random.Random(4), people)
        publish(close(campaign))
        browser = as_(cast.statewide)
        with django_assert_max_num_queries(16):
            browser.get(f"/surveys/{campaign.pk}/report/")
