"""Contrast as WCAG 2.1 defines it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.contrast import LARGE_TEXT, TEXT, NotAColor, contrast_ratio, relative_luminance

colors = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_black_on_white_is_twenty_one() -> None:
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21)


def test_a_color_on_itself_is_one() -> None:
    assert contrast_ratio("#1a5c57", "#1a5c57") == 1


@pytest.mark.parametrize(
    ("color", "ratio"),
    # The greys on either side of the limit for text on white, and pure red, worked out by hand from the definition.
    [("#767676", 4.54), ("#777777", 4.48), ("#ff0000", 3.998)],
)
def test_it_agrees_with_values_worked_out_by_hand(color: str, ratio: float) -> None:
    assert contrast_ratio(color, "#ffffff") == pytest.approx(ratio, abs=0.005)


def test_the_grey_767676_is_the_lightest_that_passes_for_text_on_white() -> None:
    assert contrast_ratio("#767676", "#fff") >= TEXT > contrast_ratio("#777777", "#fff") >= LARGE_TEXT


def test_green_looks_brighter_than_red_and_red_than_blue() -> None:
    assert relative_luminance("#00ff00") > relative_luminance("#ff0000") > relative_luminance("#0000ff")


def test_short_codes_and_capitals_mean_the_same_color() -> None:
    assert contrast_ratio("#FFF", "#a1C") == contrast_ratio("#ffffff", "aa11cc")


@given(colors, colors)
def test_the_order_does_not_matter_and_the_ratio_stays_in_its_range(first: str, second: str) -> None:
    assert 1 <= contrast_ratio(first, second) == contrast_ratio(second, first) <= 21.0001


@given(colors)
def test_each_color_contrasts_enough_with_black_or_with_white(first: str) -> None:
    assert max(contrast_ratio(first, "#000"), contrast_ratio(first, "#fff")) >= TEXT


@pytest.mark.parametrize("words", ["teal", "#12345", "", "rgb(1, 2, 3)", "#gggggg"])
def test_a_word_that_is_no_color_code_gets_a_message_that_says_what_to_write(words: str) -> None:
    with pytest.raises(NotAColor, match="Write a # and six digits"):
        contrast_ratio(words, "#ffffff")
