"""The reading grade of the browser: the formula of Flesch and Kincaid, near enough to the project's own check."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

import academy.reading
from autograder.notebook import read_curriculum, read_lesson
from toolkit.reading import NothingToRead, reading_grade, syllables

ROOT = Path(__file__).parent.parent.parent
TOLERANCE = 0.75
"""School grades, for one text. textstat ends a sentence at the dot of 1.5, so numbers are joined before comparing."""
TOLERANCE_ON_AVERAGE = 0.2


def project_texts() -> dict[str, str]:
    """The prose of lessons, and the quality statements of datasets, without marks of Markdown."""
    glossary = read_curriculum(ROOT / "lessons").glossary
    lessons = {
        path.parent.name: academy.reading.prose(read_lesson(path.parent, glossary))
        for path in (ROOT / "lessons").glob("*/lesson.md")
    }
    statements = {
        path.parent.name: re.sub(
            r"^#.*$|^- ", "", re.sub(r"`[^`]*`", "this", path.read_text(encoding="utf-8")), flags=re.M
        )
        for path in (ROOT / "datasets").glob("*/quality.md")
    }
    return {name: re.sub(r"(?<=\w)[.,](?=\w)", "", text) for name, text in (lessons | statements).items()}


def test_it_agrees_with_the_projects_own_check_on_every_lesson_and_quality_statement() -> None:
    apart = {name: reading_grade(text) - academy.reading.reading_grade(text) for name, text in project_texts().items()}
    assert len(apart) > 20
    assert {name: by for name, by in apart.items() if abs(by) > TOLERANCE} == {}
    assert abs(fmean(apart.values())) <= TOLERANCE_ON_AVERAGE


def test_the_grade_is_the_formula_worked_out_by_hand() -> None:
    # 10 words, 2 sentences, 11 syllables.
    grade = reading_grade("The town has ten homes. We count them all again.")
    assert grade == pytest.approx(0.39 * 5 + 11.8 * 1.1 - 15.59)


def test_shorter_sentences_and_shorter_words_lower_the_grade() -> None:
    hard = "Individuals requiring assistance must submit documentation, and subsequently they receive notification."
    easier = "Individuals requiring assistance must submit documentation. Subsequently they receive notification."
    easy = "If you need help, send us the papers. We then write to you."
    assert reading_grade(hard) > reading_grade(easier) > 12
    assert reading_grade(easy) < 3


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It rose by 1.5 percent.", 1),
        ("The U.S. Census counts.", 1),
        ("Ask now! Who knows? We do.", 3),
        ("A heading\n\nA line below", 2),
        ("He said “stop.” She went on.", 2),
    ],
)
def test_a_dot_within_a_number_or_an_abbreviation_ends_no_sentence(text: str, sentences: int) -> None:
    words = text.replace("U.S.", "US").split()
    many = sum(syllables(re.sub(r"[^\w.]|\.$", "", word)) for word in words)
    assert reading_grade(text) == pytest.approx(0.39 * len(words) / sentences + 11.8 * many / len(words) - 15.59)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *[(word, 1) for word in ("the", "homes", "moved", "2,197", "state's", "great", "a", "CT")],
        *[(word, 2) for word in ("table", "listed", "places", "people", "nation", "likely", "language", "statement")],
        *[(word, 3) for word in ("area", "annual", "element", "period", "median", "created", "long-lasting")],
        *[(word, 4) for word in ("education", "material", "CONNECTICUT", "reliable")],
    ],
)  # fmt: skip
def test_syllables_are_counted_by_spelling(word: str, count: int) -> None:
    assert syllables(word) == count


@pytest.mark.parametrize("text", ["", " \n", "… !", "---"])
def test_a_text_without_words_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(NothingToRead, match="Give the sentences that you want to grade"):
        reading_grade(text)


@given(st.text(max_size=60))
def test_any_text_with_a_word_has_a_grade(text: str) -> None:
    one_short_word_a_sentence = 0.39 + 11.8 - 15.59
    assert reading_grade(f"{text} word") > one_short_word_a_sentence - 1e-9
