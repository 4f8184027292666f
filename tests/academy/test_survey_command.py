"""`academy survey`: instruments are checked, shown and exported, and answers are reported."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from academy.cli import main
from academy.project import ROOT
from academy.survey.published import data_plan_report, leadership_report
from tests.toolkit.survey_examples import OURS, SURVEYS, instrument_of
from toolkit.survey.answers import Answer
from toolkit.survey.report import NOT_REPORTED
from toolkit.survey.sheet import to_csv


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["survey", *map(str, words)])


def leaders(people: int = 60, agencies: tuple[str, ...] = ("DOT", "DPH")) -> list[Answer]:
    """Made-up answers to the leaders' survey."""
    chance = random.Random(people)
    ours = instrument_of("leadership")
    given = []
    for form in map(str, range(people)):
        given.append(Answer(form, "", "", "leadership", "1.0", "agency", "", chance.choice(agencies)))
        given += [
            Answer(form, "", "", "leadership", "1.0", question.id, slot, chance.choice(question.options[:5]))
            for question in ours.questions
            if question.kind == "grid"
            for slot in question.slots
        ]
    return given


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    file = tmp_path / "answers.csv"
    file.write_text(to_csv(leaders()), encoding="utf-8-sig")
    return file


# -- check ------------------------------------------------------------------------------------------------------------


def test_our_own_surveys_are_in_order() -> None:
    done = run("check")
    assert done.exit_code == 0, done.output
    assert [line.split(":")[0] for line in done.output.splitlines()] == [f"{name}.yml" for name in OURS]


def changed(old: str, new: str) -> str:
    content = (SURVEYS / "course-feedback.yml").read_text(encoding="utf-8")
    assert old in content
    return content.replace(old, new, 1)


BROKEN = {
    "a missing condition": (
        lambda: changed("question: obstacles, is", "question: hurdles, is"),
        "course-feedback.yml, question access-trouble: It depends on “hurdles”, which is not there.",
    ),
    "a circular condition": (
        lambda: changed("    kind: several\n", "    kind: several\n    only_if: {question: obstacles, is: [time]}\n"),
        "course-feedback.yml, question obstacles: It depends on itself: obstacles → obstacles.",
    ),
    "a kind that is not there": (
        lambda: changed("kind: number", "kind: numbers"),
        "course-feedback.yml, questions › minutes › kind: 'numbers' is not one of",
    ),
    "a grid without items": (
        lambda: re.sub(r"    items:\n(      - .*\n)+", "", changed("", "")),
        "course-feedback.yml, questions › statements: 'items' is a required property.",
    ),
    "a scale that a report cannot add up": (
        lambda: changed("text: Neither agree nor disagree, reported_as: neutral", "text: Neither agree nor disagree"),
        "scales › agreement › choices › neutral: 'reported_as' is a required property.",
    ),
    "a field misspelled": (
        lambda: changed("retention:", "retentions:"),
        "course-feedback.yml: Additional properties are not allowed ('retentions' was unexpected).",
    ),
    "a version that is a number": (
        lambda: re.sub(r'version: "[\d.]+"', "version: 1.5", changed("", "")),
        "course-feedback.yml, version: 1.5 is not of type 'string'.",
    ),
    "a name twice": (
        lambda: changed("minutes: 4", "minutes: 4\nminutes: 5"),
        "course-feedback.yml, line 8: This is not YAML: “minutes” is there twice.",
    ),
    "no YAML": (lambda: changed("audience: ", "audience: ["), "This is not YAML: "),
    "a lesson that is not there": (
        lambda: changed("    kind: number\n", "    kind: number\n    lessons: [read-a-tabel]\n"),
        "course-feedback.yml, question minutes: There is no lesson “read-a-tabel”. See lessons/curriculum.yml.",
    ),
    "another name than the file's": (
        lambda: changed("instrument: course-feedback", "instrument: feedback"),
        "course-feedback.yml: It calls itself “feedback”. Write instrument: course-feedback.",
    ),
    "an empty file": (lambda: "", "course-feedback.yml: None is not of type 'object'."),
}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda name: name.replace(" ", "-"))
def test_a_broken_instrument_is_named_with_what_is_wrong(broken: str, tmp_path: Path) -> None:
    make, told = BROKEN[broken]
    file = tmp_path / "course-feedback.yml"
    file.write_text(make(), encoding="utf-8")
    done = run("check", file)
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
    assert told in done.output


# -- the published surveys --------------------------------------------------------------------------------------------


def test_the_data_plan_survey_prints_what_was_published_and_what_is_right() -> None:
    page = run("report", "data-plan-survey").output
    assert "| Finding the correct data sets | 71.4 % (75) | 19.0 % (20) | 9.5 % (10) | 105 |" in page
    assert "| Knowing where to find data | 69.5 % (73) |" in page
    assert "| Changes in technology | 57.1 % (60) |" in page
    assert (
        "“Changes in technology” is 57.1 %, 60 of 105. The published slides print 57.2 %. "
        "They round two shares and then add them: 24.8 + 32.4. We round once."
    ) in page
    assert "| 103 | 2 |" in page and "I do not know" in page


def test_only_one_published_share_of_the_data_plan_survey_differs() -> None:
    assert len([note for note in data_plan_report().notes if "The published slides print" in note]) == 1


def test_the_data_plan_survey_can_be_divided_by_sector_with_small_groups_hidden() -> None:
    page = run("report", "data-plan-survey", "--by", "sector").output
    assert "| Government | 50.0 % (19) | 23.7 % (9) | 26.3 % (10) | 38 |" in page
    assert "| Education | 9 | hidden | hidden | hidden |" in page
    shown = [int(number) for number in re.findall(r"(?<=\()\d+(?=\))|(?<=\| )\d+(?= \|)", page)]
    assert shown and all(number == 0 or number > 5 for number in shown)


def test_the_leadership_survey_prints_appendix_b() -> None:
    page = run("report", "leadership-survey").output
    assert "| Lack of budget | 89 % | 5 % | 5 % |" in page
    assert "| Artificial intelligence | 90 % | -- | 10 % |" in page
    assert "| Data storytelling | 100 % | -- | -- |" in page
    assert "| Development of training and capacity building | 68 % |" in page
    assert page.count(NOT_REPORTED) == 3
    assert (
        "The shares of “IT optimization” add up to 105 %. Rounding cannot do that: one of them is a misprint." in page
    )
    assert [len(part.rows) for part in leadership_report().parts] == [2, 5, 8, 7, 15, 5]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["leadership-survey", "--by", "agency"], "No figures by unit were published."),
        (["data-plan-survey", "--by", "agency"], "It can be divided by sector."),
        (["leaders"], "There is no survey “leaders”. There are: course-feedback, "),
        (["leadership"], "Say where the answers are: --answers FILE."),
    ],
)
def test_a_report_that_cannot_be_made_is_refused_with_what_to_do(words: list[str], told: str) -> None:
    done = run("report", *words)
    assert done.exit_code != 0 and told in done.output


# -- answers of our own -----------------------------------------------------------------------------------------------


def test_answers_stand_beside_the_statewide_figures_of_2024(answers: Path) -> None:
    page = run("report", "leadership", "--answers", answers).stdout
    assert "60 people answered version 1.0." in page
    assert "| Agree | Neutral | Disagree | Statewide 2024: agree | Answers |" in page
    assert re.search(r"\| There is too little money for data work \| .* \| 89 % \|", page)
    assert "## Recommended path" in page and "The rule: the 5 topics that most people call important" in page


def test_a_report_by_agency_hides_small_groups_and_keeps_the_reasons_apart(answers: Path, tmp_path: Path) -> None:
    reasons = tmp_path / "reasons.txt"
    done = run("report", "leadership", "--answers", answers, "--by", "agency", "--reasons", reasons)
    assert done.exit_code == 0, done.output
    assert "| Transportation (DOT) |" in done.stdout and "hidden" in done.stdout
    assert "because" not in done.stdout
    assert "hidden because only " in reasons.read_text(encoding="utf-8")


def test_a_report_by_agency_after_the_full_one_is_refused_where_it_would_give_somebody_away(tmp_path: Path) -> None:
    releases = tmp_path / "releases.json"
    given = [each for each in leaders() if each.question == "agency"]
    given += [
        each._replace(question="challenges", item="budget", answer="disagree" if each.form == "0" else "agree")
        for each in given
    ]
    file = tmp_path / "answers.csv"
    file.write_text(to_csv(given), encoding="utf-8")
    assert run("report", "leadership", "--answers", file, "--releases", releases).exit_code == 0
    done = run("report", "leadership", "--answers", file, "--by", "agency", "--releases", releases)
    assert done.exit_code == 1
    assert "This report is not made: it would give away small groups" in done.output
    assert len(json.loads(releases.read_text(encoding="utf-8"))) > 30


def test_what_does_not_count_is_told_and_can_be_kept(answers: Path, tmp_path: Path) -> None:
    with answers.open("a", encoding="utf-8") as file:
        file.write("0,,,leadership,0.9,role,,leadership\r\n1,,,leadership,1.0,role,,king\r\n")
    aside = tmp_path / "aside.csv"
    done = run("report", "leadership", "--answers", answers, "--aside", aside)
    assert done.exit_code == 0
    assert "Rows that are not counted: 2" in done.stderr
    assert "It answers version 0.9. This is version 1.0" in done.stderr
    kept = list(csv.DictReader(io.StringIO(aside.read_text(encoding="utf-8-sig"))))
    assert [row["answer"] for row in kept] == ["leadership", "king"]
    assert "--aside FILE" in run("report", "leadership", "--answers", answers).stderr


def test_what_people_wrote_is_in_the_file_that_was_asked_for_and_nowhere_else(answers: Path, tmp_path: Path) -> None:
    with answers.open("a", encoding="utf-8") as file:
        file.write("0,,,leadership,1.0,access-success,,'=1+1 my secret\r\n")
    words, table = tmp_path / "words.csv", tmp_path / "report.csv"
    done = run("report", "leadership", "--answers", answers, "--open", words, "--csv", table)
    assert "my secret" not in done.output + table.read_text(encoding="utf-8-sig")
    assert "'=1+1 my secret" in words.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("form;person\n1;2\n", "Missing: wave, instrument"),
        ("\u2603".encode("utf-16"), "is not UTF-8 text. Save it as “CSV UTF-8”."),
        (b"\x00" * 40, "Missing: form"),
    ],
)
def test_a_file_of_answers_that_cannot_be_read_is_refused(content: str | bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    done = run("report", "leadership", "--answers", file)
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
    assert told in done.output


def test_charts_are_drawn_for_tables_with_shares(answers: Path, tmp_path: Path) -> None:
    assert run("report", "leadership", "--answers", answers, "--charts", tmp_path / "charts").exit_code == 0
    drawn = sorted((tmp_path / "charts").glob("*.svg"))
    assert len(drawn) >= 3 and all("<desc" in file.read_text(encoding="utf-8") for file in drawn)


# -- exports ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OURS)
def test_every_survey_can_be_shown_and_exported(name: str, tmp_path: Path) -> None:
    assert run("preview", name).output == run("export", name).output
    made = json.loads(run("export", name, "--as", "surveyjs").output)
    assert made["title"] == instrument_of(name).title
    assert run("export", name, "--as", "csv-template").stdout_bytes.startswith(b"\xef\xbb\xbfform,person,wave,")
    assert run("export", name, "--as", "surveyjs", "--to", tmp_path / "s.json").output == ""
    assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) == made


def test_a_workbook_holds_text_only(answers: Path, tmp_path: Path) -> None:
    book = tmp_path / "report.xlsx"
    assert run("report", "leadership", "--answers", answers, "--xlsx", book).exit_code == 0
    with zipfile.ZipFile(book) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet and "There is too little money" in parts.read("xl/sharedStrings.xml").decode()
    assert run("export", "staff", "--as", "xlsform", "--to", tmp_path / "staff.xlsx").exit_code == 0


def test_an_xlsform_needs_a_file() -> None:
    assert "Say where to write it: --to staff.xlsx" in run("export", "staff", "--as", "xlsform").output


def test_the_readme_lists_every_survey() -> None:
    readme = (ROOT / "surveys/README.md").read_text(encoding="utf-8")
    for name in OURS:
        assert f"`{name}`" in readme


# -- answers from other tools, and a path for each person ----------------------------------------------------------------


def test_answers_collected_with_odk_can_be_reported(tmp_path: Path) -> None:
    file, ours = tmp_path / "odk.csv", tmp_path / "answers.csv"
    instrument = instrument_of("data-literacy")
    questions = [question.id for question in instrument.questions]
    header = ["SubmissionDate", "wave", "person", *(f"section_1-{question}" for question in questions), "mood"]
    rows = [["2026-11-20", "before", f"code {n}", *(f"level-{n % 4}" for _ in questions), "fine"] for n in range(12)]
    with file.open("w", newline="") as page:
        csv.writer(page).writerows([header, *rows])
    done = run("import", "data-literacy", file, "--from", "odk", "--to", ours, "--aside", tmp_path / "aside.csv")
    assert done.exit_code == 0, done.output
    assert "120 answers of 12 forms." in done.output
    assert f"“mood” is no question of version {instrument.version}." in done.output
    assert "fine" in (tmp_path / "aside.csv").read_text(encoding="utf-8-sig")
    report = run("report", "data-literacy", "--answers", ours)
    assert report.exit_code == 0 and f"12 people answered version {instrument.version}." in report.stdout


def test_results_of_surveyjs_that_cannot_be_read_say_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text("{", encoding="utf-8")
    done = run("import", "staff", file, "--from", "surveyjs", "--to", tmp_path / "answers.csv")
    assert done.exit_code == 1
    assert "Save the results as a JSON list, an object for each form." in done.output
    assert not (tmp_path / "answers.csv").exists()


def test_each_person_is_told_which_path_fits_and_by_which_rule(tmp_path: Path) -> None:
    instrument = instrument_of("data-literacy")
    questions = [question.id for question in instrument.questions]
    given = [
        Answer(
            form,
            "",
            "before",
            "data-literacy",
            instrument.version,
            question,
            "",
            f"level-{0 if question == weak else 3}",
        )
        for form, weak in (("1", "protect"), ("2", "nothing"))
        for question in questions
    ]
    (tmp_path / "answers.csv").write_text(to_csv(given), encoding="utf-8")
    done = run("recommend", "data-literacy", "--answers", tmp_path / "answers.csv")
    assert done.exit_code == 0
    assert re.search(r"Form 1: Recommended path: .*classify-and-minimise\.", done.output)
    assert "Form 2: No lesson is needed by this rule." in done.output
    assert "The rule: a question that you answered with 1 point or none needs its lessons." in done.output
    assert (
        "Form 1" not in run("recommend", "data-literacy", "--answers", tmp_path / "answers.csv", "--form", "2").output
    )
    gone = run("recommend", "data-literacy", "--answers", tmp_path / "answers.csv", "--form", "9")
    assert gone.exit_code == 1 and "no answers that count of form 9" in gone.output
