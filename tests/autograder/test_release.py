"""What leaves the building holds no secret."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from nbformat import NotebookNode

from academy.execute import execute
from autograder.notebook import Lesson, compile_lesson, publish, regions, release
from autograder.notebook.compile import to_bytes

from .conftest import DATA

SECRETS = ("Main Street", "Another branch lends more", "Give the chart a title", "Our visitor log", "canary-")


def test_the_instructors_notebook_holds_the_secrets(lesson: Lesson) -> None:
    text = to_bytes(compile_lesson(lesson)).decode()
    assert all(secret in text for secret in SECRETS)


def test_the_learners_notebook_holds_none(lesson: Lesson) -> None:
    text = to_bytes(release(lesson)).decode()
    assert not [secret for secret in SECRETS if secret in text]


def test_the_learner_gets_the_blank_and_the_visible_test(lesson: Lesson) -> None:
    text = to_bytes(release(lesson)).decode()
    assert "busiest = ..." in text
    assert "Give the name of the branch, not a number." in text


def test_the_page_shows_worked_examples_with_outputs_and_no_secret_but_data(lesson: Lesson) -> None:
    page = publish(lesson, execute(compile_lesson(lesson), DATA))
    text = to_bytes(page).decode()
    assert "Riverside" in text, "the worked example's output is missing"
    # The winning branch stands in the public table; everything else must be gone.
    assert not [secret for secret in SECRETS[1:] if secret in text]
    assert [cell.outputs for cell in page.cells if "task-answer" in cell.metadata.get("tags", [])] == [[], []]


def test_a_glossary_link_leads_to_the_words_of_the_lesson(lesson: Lesson) -> None:
    notebook: NotebookNode = release(lesson)
    assert "[row](#Words-used-in-this-lesson)" in notebook.cells[0].source
    assert notebook.cells[-1].source.startswith("## Words used in this lesson")


line = st.text(alphabet="abc =#\t", max_size=8).filter(lambda text: "###" not in text)


@given(before=st.lists(line), secret=st.lists(line), after=st.lists(line))
def test_cutting_a_region_leaves_all_else_as_it_was(before: list[str], secret: list[str], after: list[str]) -> None:
    source = "\n".join([*before, regions.HIDDEN.begin, *secret, regions.HIDDEN.end, *after])
    assert regions.without(source, regions.HIDDEN) == "\n".join([*before, *after])
    assert regions.inside(source, regions.HIDDEN) == "\n".join(secret)
    planted = regions.with_canary(source, regions.HIDDEN, "seed")
    assert regions.canary("seed") in regions.inside(planted, regions.HIDDEN)
    assert regions.without(planted, regions.HIDDEN) == regions.without(source, regions.HIDDEN)
