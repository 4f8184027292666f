"""The made-up public comments: plain, named after nobody, and coded by two readers who agree moderately."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from committed_tables import table

from academy.data import read_package
from academy.data.build import load_recipe
from academy.data.errors import FigureWrong, RowMissing
from academy.project import DATASETS

SLUG = "comments-synthetic"
JOINED = ("Also, ", "And another thing: ", "Besides, ", "On top of that, ")
# Words that begin with a capital within a sentence: languages, months and days, and what the lists otherwise name.
KNOWN_CAPITALS = {
    *("Arabic", "Creole", "English", "Haitian", "Mandarin", "Polish", "Portuguese", "Spanish"),
    *("January", "February", "March", "December", "Friday", "Fridays", "I", "Nothing"),
}


def _comments() -> list[dict[str, str]]:
    return table(f"{SLUG}/{SLUG}.csv")


def _quality() -> str:
    return (DATASETS / SLUG / "quality.md").read_text(encoding="utf-8")


def _codes() -> list[tuple[str, str]]:
    return [(row["code_by_first_coder"], row["code_by_second_coder"]) for row in _comments()]


def test_it_says_everywhere_that_it_is_made_up() -> None:
    package = read_package(SLUG)
    assert package.synthetic and not package.sources
    assert "made up" in package.title and "Made up" in package.description
    assert "Made-up data" in _quality() and "Made-up data" in package.picture.caption
    assert all(part.description.startswith("Made-up data.") for part in package.tables)


def test_there_are_300_comments_and_no_two_are_alike() -> None:
    comments = _comments()
    assert [row["comment_id"] for row in comments] == [f"K{number:03}" for number in range(1, 301)]
    assert len({row["text"] for row in comments}) == 300
    assert [row["month"] for row in comments] == sorted(row["month"] for row in comments)
    assert {row["month"] for row in comments} == {"2150-03", "2150-04", "2150-05"}
    assert "from March to May of the year 2150" in _quality()


def test_the_readers_agree_moderately() -> None:
    codes = _codes()
    agreed = sum(first == second for first, second in codes)
    by_first, by_second = (Counter(pair[place] for pair in codes) for place in (0, 1))
    by_chance = sum(by_first[code] * by_second[code] for code in by_first) / 300**2
    kappa = (agreed / 300 - by_chance) / (1 - by_chance)
    assert 0.4 < kappa <= 0.6
    assert f"agree on {agreed} of 300 comments, which is {agreed / 3:.0f} %" in _quality()
    assert f"is {kappa:.2f}: moderate" in _quality()


def test_both_readers_use_every_code_of_the_list() -> None:
    listed = {row["code"] for row in table(f"{SLUG}/{SLUG}-codes.csv")}
    assert {first for first, _ in _codes()} == {second for _, second in _codes()} == listed
    assert len(listed) == 8


def test_the_picture_shows_what_its_caption_says() -> None:
    (first, _), (second, _) = Counter(code for code, _ in _codes()).most_common(2)
    assert {first, second} == {"online", "waiting"}
    assert "The website and waiting are the topics of most comments" in read_package(SLUG).picture.caption


def test_the_commonest_disagreements_are_counted() -> None:
    pairs = Counter(tuple(sorted(pair)) for pair in _codes() if pair[0] != pair[1])
    (online, first), (waiting, second) = pairs.most_common(2)
    assert (online, waiting) == (("forms", "online"), ("staff", "waiting"))
    assert f"between “forms” and “online”, {first}, and between “staff” and “waiting”, {second}." in _quality()


def test_comments_on_two_topics_divide_the_readers_most() -> None:
    two = [row for row in _comments() if any(joint in row["text"] for joint in JOINED)]
    disagreed = sum(row["code_by_first_coder"] != row["code_by_second_coder"] for row in two)
    rest = sum(first != second for first, second in _codes()) - disagreed
    assert f"{len(two)} comments are about two topics" in _quality()
    assert f"on {disagreed} of the {len(two)}. Of the other {300 - len(two)} they disagree on {rest}." in _quality()
    assert disagreed / len(two) > 2 * rest / (300 - len(two))


def test_the_comments_read_as_plain_and_short_ones() -> None:
    for row in _comments():
        text = row["text"]
        assert 5 <= len(text.split()) <= 75
        assert text[0].isupper() and text.endswith(".") and text == " ".join(text.split())
        assert not re.search(r"[{}]|\.\.|\. [a-z]", text)
    sentences = Counter(sentence for row in _comments() for sentence in re.split(r"(?<=\.) ", row["text"]))
    assert len(sentences) > 300
    assert max(sentences.values()) <= 20


def test_no_person_is_named_and_nobody_is_insulted() -> None:
    for row in _comments():
        inside = re.findall(r"(?<![.:] )(?<!^)\b[A-Z]\w*", row["text"])
        assert set(inside) <= KNOWN_CAPITALS, row["comment_id"]
        assert not re.search(r"@|\d{3}|\b(stupid|idiot|lazy|hate|rude|useless|dumb|liar)", row["text"].lower())


def test_towns_are_those_of_the_state_drawn_by_their_people() -> None:
    people = {town["town"]: int(town["population_2020"]) for town in table("towns/towns.csv")}
    drawn = Counter(row["town"] for row in _comments())
    assert drawn.keys() <= people.keys()
    largest = sorted(people, key=lambda town: -people[town])[:20]
    share = sum(people[town] for town in largest) / sum(people.values())
    assert abs(sum(drawn[town] for town in largest) / 300 - share) < 0.07


def test_the_seed_alone_makes_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = load_recipe(DATASETS / SLUG)
    build(tmp_path / "no-sources", tmp_path / "same")
    for path in (tmp_path / "same").iterdir():
        assert path.read_bytes() == (DATASETS / SLUG / path.name).read_bytes()
    monkeypatch.setitem(build.__globals__, "SEED", 1)
    build(tmp_path / "no-sources", tmp_path / "other")
    assert (tmp_path / "other" / f"{SLUG}.csv").read_bytes() != (DATASETS / SLUG / f"{SLUG}.csv").read_bytes()


def test_a_word_that_no_list_fills_in_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = load_recipe(DATASETS / SLUG)
    sentences = ("It costs {A LOT} of dollars.", "It costs too much.")
    monkeypatch.setitem(build.__globals__["SAID"], "cost", sentences)
    with pytest.raises(RowMissing, match="a word is not filled in"):
        build(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_code_that_a_reader_never_gives_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = load_recipe(DATASETS / SLUG)
    monkeypatch.setitem(build.__globals__["TOPICS"], "other", 0)
    monkeypatch.setitem(build.__globals__["NEAR"], "cost", "staff")
    with pytest.raises(FigureWrong, match="the number of codes in use is 7"):
        build(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
