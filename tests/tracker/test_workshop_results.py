"""`academy workshop publish`: results of a workshop's gradebook reach the tracker, once, and nothing missing is a zero."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.test import Client

from academy.attempts import with_answers
from academy.cli import main
from academy.workshop.course import Workshop, api_of, gradebook_of, read_workshop
from academy.workshop.init import Places, prepare
from academy.workshop.roster import Learner, Roster
from autograder.notebook import Lesson as Source
from autograder.notebook.compile import to_bytes
from tests.tracker.cast import Cast
from tests.tracker.conftest import LESSONS
from tracker.learning.models import Lesson, Review, Submission, TaskResult
from tracker.learning.progress import Progress, State, progress_of
from tracker.learning.reviews import review
from tracker.people.models import Person
from tracker.people.scopes import oneself

SLUG = "add-numbers"
MONDAY, TUESDAY = datetime(2026, 11, 2, 15, tzinfo=UTC), datetime(2026, 11, 3, 15, tzinfo=UTC)
ROSTER = Roster(
    (
        Learner("lena", "Lena", "Lernfeld", "Lena@Example.org"),
        Learner("cole", "Cole", "Doe, Jr.", "cole@example.org"),
        Learner("zoe", "Zoe", "Unknown", "zoe@example.org"),
    ),
    "UTF-8",
)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real course, made by the real command's own function."""
    folder = tmp_path_factory.mktemp("course") / "fall"
    prepare(folder, [SLUG], ROSTER, Places(LESSONS, folder, folder))
    return folder


@pytest.fixture
def workshop(course: Path, tmp_path: Path, cast: Cast, lesson: Lesson) -> Workshop:
    """A copy of the course, and a tracker that knows Lena and Cole, and not Zoe."""
    shutil.copytree(course, tmp_path / "fall")
    return read_workshop(tmp_path / "fall")


@pytest.fixture
def collect(workshop: Workshop, source: Source) -> Callable[..., None]:
    """Put a notebook where a collected one lies."""

    def collect(learner: str, at: datetime | None = MONDAY, text: str = "") -> None:
        place = workshop.path("submitted", learner, SLUG)
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{SLUG}.ipynb").write_bytes(to_bytes(with_answers(source, {"my-agency": text} if text else {})))
        if at:
            (place / "timestamp.txt").write_text(f"{at:%Y-%m-%d %H:%M:%S.%f} UTC")

    return collect


@pytest.fixture
def grade(workshop: Workshop, collect: Callable[..., None]) -> Callable[..., None]:
    """Collect a notebook, and write the grades that nbgrader would."""

    def grade(
        learner: str, total: float | None = 4, half: float | None = 1, text: str = "", at: datetime | None = MONDAY
    ) -> None:
        collect(learner, at, text)
        with gradebook_of(workshop) as gradebook:
            times = {"timestamp": at.replace(tzinfo=None)} if at else {}
            gradebook.update_or_create_submission(SLUG, learner, **times)
            scores = {"total-check": total, "half-check": half, "my-agency": None if text else 0}
            for cell, score in scores.items():
                found = gradebook.find_grade(cell, SLUG, SLUG, learner)
                found.auto_score, found.needs_manual_grade = score, score is None
            gradebook.db.commit()

    return grade


@pytest.fixture
def give(workshop: Workshop) -> Callable[..., None]:
    """Give points by hand, as formgrader does."""

    def give(learner: str, cell: str, points: float, comment: str = "", extra: float | None = None) -> None:
        with gradebook_of(workshop) as gradebook:
            found = gradebook.find_grade(cell, SLUG, SLUG, learner)
            found.manual_score, found.extra_credit, found.needs_manual_grade = points, extra, False
            if comment:
                gradebook.find_comment(cell, SLUG, SLUG, learner).manual_comment = comment
            gradebook.db.commit()

    return give


def publish(workshop: Workshop, *options: str) -> Result:
    result = CliRunner().invoke(main, ["workshop", "publish", str(workshop.folder), *options])
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def line_of(learner: str, result: Result) -> str:
    """What is said of a learner, with spaces evened out."""
    return next(" ".join(line.split()) for line in result.output.splitlines() if f"({learner})" in line)


def progress(person: Person) -> Progress:
    lesson = Lesson.objects.get()
    return progress_of(oneself(person), [lesson]).get((person.pk, lesson.pk), Progress())


def everything() -> list[list[dict[str, Any]]]:
    return [list(model.objects.order_by("pk").values()) for model in (Submission, TaskResult, Review)]


# -- what people see --------------------------------------------------------------------------------------------------


def test_manager_and_learner_see_that_a_workshop_completed_the_lesson(
    cast: Cast, workshop: Workshop, grade: Callable[..., None], as_: Callable[..., Client]
) -> None:
    grade("lena", total=4, half=0)
    publish(workshop)
    team = " ".join(as_(cast.manager).get("/team/").content.decode().split())
    assert 'Complete</span> <span class="soft">Nov 2, 2026</span>' in team
    mine = as_(cast.learner).get("/my/").content.decode()
    assert "best score 80 %" in mine and "completed November 2, 2026" in mine
    result = as_(cast.learner).get(f"/my/results/{Submission.objects.get().pk}/").content.decode()
    assert "Handed in November 2, 2026, 10:00 a.m., in a workshop" in result
    assert "4 of 5 points" in result
    assert str(cast.learner) not in as_(cast.outside_manager).get("/team/").content.decode()


def test_a_learner_gets_back_what_was_handed_in(
    cast: Cast, workshop: Workshop, grade: Callable[..., None], as_: Callable[..., Client]
) -> None:
    grade("lena")
    publish(workshop)
    handed_in = (workshop.path("submitted", "lena", SLUG) / f"{SLUG}.ipynb").read_bytes()
    assert as_(cast.learner).get(f"/my/results/{Submission.objects.get().pk}/notebook").content == handed_in


def test_less_than_four_fifths_needs_another_try(cast: Cast, workshop: Workshop, grade: Callable[..., None]) -> None:
    grade("lena", total=3.9, half=0)
    assert line_of("lena", publish(workshop)) == "new Lena Lernfeld (lena): 3.9 of 5 points, needs another try"
    assert (progress(cast.learner).state, progress(cast.learner).best) == (State.ANOTHER_TRY, 78)


def test_a_lesson_is_complete_while_its_free_text_waits_for_a_trainer(
    cast: Cast, workshop: Workshop, grade: Callable[..., None], as_: Callable[..., Client]
) -> None:
    grade("lena", text="We add visits.")
    said = "new Lena Lernfeld (lena): 5 of 5 points, complete, free text awaits review"
    assert line_of("lena", publish(workshop)) == said
    assert (progress(cast.learner).state, progress(cast.learner).awaiting_review) == (State.COMPLETE, True)
    assert "Lena Lernfeld: Numbers of your own" in as_(cast.trainer).get(f"/cohorts/{cast.cohort.pk}/").content.decode()


def test_what_the_trainer_wrote_in_formgrader_reaches_the_learner(
    cast: Cast, workshop: Workshop, grade: Callable[..., None], give: Callable[..., None], as_: Callable[..., Client]
) -> None:
    grade("lena", text="We add visits.")
    publish(workshop)
    give("lena", "my-agency", 1.5, "Which visits?")
    said = "corrected Lena Lernfeld (lena): 5 of 5 points, complete"
    assert line_of("lena", publish(workshop)) == said
    assert not progress(cast.learner).awaiting_review
    page = as_(cast.learner).get(f"/my/results/{Submission.objects.get().pk}/").content.decode()
    assert "Which visits?" in page and "1.5 of 2 points" in page and "from a trainer" in page
    trainers = as_(cast.trainer).get(f"/cohorts/submissions/{Submission.objects.get().pk}/").content.decode()
    assert "Reviewed by a trainer" in trainers


# -- published more than once -----------------------------------------------------------------------------------------


def test_publishing_again_changes_nothing(
    workshop: Workshop, grade: Callable[..., None], give: Callable[..., None]
) -> None:
    grade("lena", text="We add visits.")
    give("lena", "my-agency", 2, "Good.")
    grade("cole", at=None)
    publish(workshop)
    before = everything()
    again = publish(workshop)
    assert line_of("lena", again).startswith("unchanged ") and line_of("cole", again).startswith("unchanged ")
    assert everything() == before
    assert [len(rows) for rows in before] == [2, 6, 1]


def test_points_that_were_corrected_later_are_corrected_in_place(
    cast: Cast, workshop: Workshop, grade: Callable[..., None]
) -> None:
    grade("lena", total=4, half=1)
    publish(workshop)
    grade("lena", total=0, half=1)
    assert line_of("lena", publish(workshop)) == "corrected Lena Lernfeld (lena): 1 of 5 points, needs another try"
    now = progress(cast.learner)
    assert (now.state, now.tries, now.best) == (State.ANOTHER_TRY, 1, 20)


def test_a_notebook_handed_in_later_is_another_try_and_the_best_one_counts(
    cast: Cast, workshop: Workshop, grade: Callable[..., None]
) -> None:
    grade("lena", total=4, half=0)
    publish(workshop)
    grade("lena", total=0, half=1, at=TUESDAY)
    assert line_of("lena", publish(workshop)).startswith("new ")
    now = progress(cast.learner)
    assert (now.state, now.tries, now.best, now.completed_at) == (State.COMPLETE, 2, 80, MONDAY)


def test_a_notebook_without_a_time_is_known_by_its_content(
    cast: Cast, workshop: Workshop, grade: Callable[..., None]
) -> None:
    grade("lena", at=None)
    publish(workshop)
    grade("lena", total=0, at=None)
    assert line_of("lena", publish(workshop)).startswith("corrected ")
    grade("lena", at=None, text="More words.")
    assert line_of("lena", publish(workshop)).startswith("new ")
    assert progress(cast.learner).tries == 2


def test_the_same_notebook_handed_in_online_stays_beside_the_workshop_s(
    cast: Cast,
    workshop: Workshop,
    grade: Callable[..., None],
    hand_in: Callable[..., Submission],
    grade_waiting: Callable[..., None],
) -> None:
    grade("lena", at=None)
    online = hand_in(cast.learner, (workshop.path("submitted", "lena", SLUG) / f"{SLUG}.ipynb").read_bytes())
    grade_waiting(1)
    publish(workshop)
    online.refresh_from_db()
    assert (online.points, online.way, progress(cast.learner).tries) == (1, "browser", 2)


def test_a_review_written_in_the_tracker_is_never_replaced(
    cast: Cast, workshop: Workshop, grade: Callable[..., None], give: Callable[..., None]
) -> None:
    grade("lena", text="We add visits.")
    publish(workshop)
    review(TaskResult.objects.get(manual=True), cast.trainer, 2, "Read in the tracker.")
    give("lena", "my-agency", 0.5, "Read in formgrader.")
    assert line_of("lena", publish(workshop)).startswith("unchanged ")
    kept = Review.objects.get()
    assert (kept.reviewer, kept.points, kept.comment) == (cast.trainer, 2, "Read in the tracker.")


def test_a_dry_run_says_the_same_and_changes_nothing(
    workshop: Workshop, grade: Callable[..., None], give: Callable[..., None]
) -> None:
    grade("lena", text="We add visits.")
    before = everything()
    dry = publish(workshop, "--dry-run")
    assert "Nothing was changed. This is what would be published:\n  1 new\n" in dry.output
    assert everything() == before
    assert line_of("lena", publish(workshop)) == line_of("lena", dry)
    give("lena", "my-agency", 2)
    before = everything()
    assert line_of("lena", publish(workshop, "--dry-run")).startswith("corrected ")
    assert everything() == before


# -- what is not there is no zero -------------------------------------------------------------------------------------


def test_who_handed_in_nothing_has_no_result(cast: Cast, workshop: Workshop) -> None:
    result = publish(workshop)
    assert line_of("lena", result) == "not published Lena Lernfeld (lena): not handed in"
    assert result.output.endswith(
        "Published:\n  nothing\n  complete: 0 of 0\n  with a free text that awaits review: 0\n"
        "Not handed in: 3\nNeeds something from you first: 0\n"
    )
    assert (progress(cast.learner), Submission.objects.count()) == (Progress(), 0)


def test_work_on_its_way_is_told_apart(
    workshop: Workshop, collect: Callable[..., None], grade: Callable[..., None]
) -> None:
    inbound = workshop.exchange / workshop.course_id / "inbound" / f"zoe+{SLUG}+2026-11-02 15:00:00.0 UTC+abc"
    inbound.mkdir(parents=True)
    collect("cole")
    grade("lena")
    collect("lena", TUESDAY)
    result = publish(workshop)
    assert line_of("zoe", result).endswith(": handed in, not collected yet: collect, then grade")
    assert line_of("cole", result).endswith(": collected, not graded yet: grade")
    assert line_of("lena", result).endswith(": a newer notebook was collected: grade again")
    assert result.output.endswith("Not handed in: 0\nNeeds something from you first: 3\n")
    assert not Submission.objects.exists()


def test_a_submission_that_failed_to_be_graded_has_no_points(workshop: Workshop, grade: Callable[..., None]) -> None:
    grade("lena", total=None, half=None)
    assert line_of("lena", publish(workshop)).endswith(": collected, not graded yet: grade")
    assert not Submission.objects.exists()


def test_a_check_that_waits_for_points_by_hand_is_no_silent_zero(
    cast: Cast, workshop: Workshop, grade: Callable[..., None], give: Callable[..., None]
) -> None:
    grade("lena", total=None, half=1)
    assert line_of("lena", publish(workshop)).endswith(": a check waits for your points: give them in formgrader")
    assert not Submission.objects.exists()
    give("lena", "total-check", 3, extra=5)
    assert line_of("lena", publish(workshop)) == "new Lena Lernfeld (lena): 5 of 5 points, complete"
    assert progress(cast.learner).best == 100


def test_points_given_to_an_earlier_text_are_not_those_of_the_new_one(
    workshop: Workshop, grade: Callable[..., None], give: Callable[..., None]
) -> None:
    grade("lena", text="We add visits.")
    give("lena", "my-agency", 2, "Good.")
    grade("lena", text="We add nothing.", at=TUESDAY)
    assert line_of("lena", publish(workshop)).endswith("complete, free text awaits review")
    assert not Review.objects.exists()


def test_a_file_that_is_not_the_lesson_s_notebook_is_told(workshop: Workshop, grade: Callable[..., None]) -> None:
    grade("lena", total=0, half=0)
    notebook = workshop.path("submitted", "lena", SLUG) / f"{SLUG}.ipynb"
    notebook.rename(notebook.with_name("my notebook.ipynb"))
    said = "not published Lena Lernfeld (lena): what was handed in is not the lesson's notebook: ask for it"
    assert line_of("lena", publish(workshop)) == said
    notebook.write_text("not a notebook")
    assert line_of("lena", publish(workshop)) == said
    notebook.unlink()
    secret = workshop.folder.parent / "secret.ipynb"
    secret.write_text(json.dumps({"cells": []}))
    notebook.symlink_to(secret)
    assert line_of("lena", publish(workshop)) == said


# -- people -----------------------------------------------------------------------------------------------------------


def test_names_with_commas_formulas_and_control_letters_are_only_text(
    cast: Cast, workshop: Workshop, grade: Callable[..., None]
) -> None:
    grade("lena")
    grade("cole")
    with gradebook_of(workshop) as gradebook:
        gradebook.find_student("lena").first_name = '=HYPERLINK("http://example.org")'
        gradebook.find_student("lena").last_name = "\x1b[2JLern\nfeld"
        gradebook.db.commit()
    result = publish(workshop)
    assert 'new =HYPERLINK("http://example.org") �[2JLern�feld (lena): 5 of 5' in line_of("lena", result)
    assert line_of("cole", result) == "new Cole Doe, Jr. (cole): 5 of 5 points, complete"
    assert {str(each.person) for each in Submission.objects.all()} == {"Lena Lernfeld", "Cole Kollmann"}


def test_people_whom_the_tracker_cannot_find_are_told_one_by_one(
    cast: Cast, workshop: Workshop, grade: Callable[..., None]
) -> None:
    for learner in ("lena", "cole", "zoe"):
        grade(learner)
    with gradebook_of(workshop) as gradebook:
        gradebook.add_student("nora", email="COLE@example.org")
        gradebook.add_student("otto", first_name="Otto")
        gradebook.db.commit()
    for learner in ("nora", "otto"):
        grade(learner)
    result = publish(workshop)
    shared = "several people of this workshop have the address cole@example.org: mend the roster"
    assert [line_of(learner, result).partition("): ")[2] for learner in ("zoe", "cole", "nora", "otto")] == [
        "nobody in the tracker has the address zoe@example.org: ask your administrator",
        shared,
        shared,
        "no e-mail address: add it to the roster, and run “academy workshop init” again",
    ]
    assert [each.person for each in Submission.objects.all()] == [cast.learner]
    assert "Needs something from you first: 4" in result.output


def test_a_lesson_that_the_tracker_does_not_know_is_told(workshop: Workshop, grade: Callable[..., None]) -> None:
    grade("lena")
    Lesson.objects.all().delete()
    said = "the tracker does not know this lesson: ask your administrator"
    assert line_of("lena", publish(workshop, "--dry-run")).endswith(said)


def test_only_lessons_of_the_workshop_can_be_published(workshop: Workshop, tmp_path: Path) -> None:
    run = CliRunner()
    other = run.invoke(main, ["workshop", "publish", str(workshop.folder), "--lesson", "honest-charts"])
    assert other.exit_code == 2
    assert "“honest-charts” is not in this workshop. There are: add-numbers." in other.output
    none = run.invoke(main, ["workshop", "publish", str(tmp_path)])
    assert none.exit_code == 1
    assert "is not a workshop: it has no workshop.json." in none.output
    assert "Not handed in: 3" in publish(workshop, "--lesson", SLUG).output


# -- a whole round with nbgrader itself -------------------------------------------------------------------------------


def test_a_round_with_nbgrader_brings_the_checks_words_and_gives_no_secret_away(
    workshop: Workshop, source: Source, collect: Callable[..., None]
) -> None:
    collect("lena")
    answers = {"total": "total = 6", "my-agency": "Visits. <script>alert('here')</script> <b onclick='run()'>Many</b>."}
    notebook = to_bytes(with_answers(source, answers))
    (workshop.path("submitted", "lena", SLUG) / f"{SLUG}.ipynb").write_bytes(notebook)
    api = api_of(workshop)
    assert api.autograde(SLUG, "lena")["success"]
    assert line_of("lena", publish(workshop)).endswith(": 1 of 5 points, needs another try, free text awaits review")
    rows = {row.task: (row.points, row.outcome, row.message) for row in TaskResult.objects.filter(manual=False)}
    assert rows == {"total": (0, "not-yet", "Count once more."), "half": (1, "correct", "Correct.")}
    assert TaskResult.objects.get(manual=True).answer == answers["my-agency"]

    assert api.generate_feedback(SLUG, "lena")["success"]
    graded = (workshop.path("autograded", "lena", SLUG) / f"{SLUG}.ipynb").read_text()
    page = (workshop.path("feedback", "lena", SLUG) / f"{SLUG}.html").read_text()
    assert "HIDDEN" in graded and "HIDDEN" not in page
    assert "Count once more." in page and "== 5" not in page
    assert "alert(" not in page and "run()" not in page and "<b>Many</b>" in page
