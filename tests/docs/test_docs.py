"""What the developers' pages say is so: links lead somewhere, commands exist, and the lesson format is the reader's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

import autograder.notebook
import toolkit.worksheet
from academy.cli import main
from autograder.notebook import Lesson, LessonError, Task, read_lesson
from autograder.notebook.check_rules import faults_of_check
from autograder.notebook.lesson import Role
from autograder.notebook.read import _FACTS as FIELDS

ROOT = Path(__file__).parents[2]
STRUCTURE = ROOT / "docs" / "structure.md"
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    + [ROOT / room / "README.md" for room in ("lessons", "datasets", "worksheets", "bench")]
    + list((ROOT / "docs").rglob("*.md"))
)
NAMES = [str(document.relative_to(ROOT)) for document in PAGES]
each_page = pytest.mark.parametrize("document", PAGES, ids=NAMES)


def tokens_of(document: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(document.read_text(encoding="utf-8"))


def inline(document: Path, kind: str) -> Iterator[Token]:
    for token in tokens_of(document):
        yield from (child for child in token.children or [] if child.type == kind)


def commands_in(document: Path, program: str) -> Iterator[list[str]]:
    """The words of every command of `program` that a page shows, in a code block or within a sentence."""
    blocks = [token.content for token in tokens_of(document) if token.type == "fence" and token.info in ("", "sh")]
    lines = [line for block in blocks for line in block.splitlines()]
    lines += [token.content for token in inline(document, "code_inline")]
    for line in lines:
        words = line.split("#")[0].split()
        if words and words[0].removeprefix(".venv/bin/") == program:
            yield words[1:]


# -- links and commands -----------------------------------------------------------------------------------------------


@each_page
def test_every_link_leads_to_a_file(document: Path) -> None:
    for token in inline(document, "link_open"):
        target = str(token.attrs["href"]).split("#")[0]
        if target and not re.match(r"[a-z]+:", target):
            assert (document.parent / target).exists(), f"{document.relative_to(ROOT)} links to {target}"


@each_page
def test_every_heading_that_is_linked_to_exists(document: Path) -> None:
    for token in inline(document, "link_open"):
        target, _, anchor = str(token.attrs["href"]).partition("#")
        if anchor and not re.match(r"[a-z]+:", target):
            titles = re.findall(
                r"^#+ (.+)$", (document.parent / target if target else document).read_text(), re.MULTILINE
            )
            assert anchor in {re.sub(r"[^a-z0-9-]", "", title.lower().replace(" ", "-")) for title in titles}


@each_page
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for words in commands_in(document, "make"):
        assert set(words) <= targets, f"{document.relative_to(ROOT)}: make {' '.join(words)}"


@each_page
def test_every_command_and_its_options_exist(document: Path) -> None:
    for words in commands_in(document, "academy"):
        problem = problem_with(words)
        assert problem is None, f"{document.relative_to(ROOT)}: academy {' '.join(words)}: {problem}"


def problem_with(words: list[str]) -> str | None:
    """Why the command line would not understand these words; None where it would."""
    command: click.Command = main
    context = click.Context(main)
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        found = command.get_command(context, name)
        if found is None:
            return f"there is no command “{name}”"
        command = found
    known = {option for parameter in command.get_params(context) for option in parameter.opts}
    unknown = [word for word in rest if word.startswith("-") and word.split("=")[0] not in known]
    return f"there is no option {unknown[0]}" if unknown else None


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert problem_with(["lesson", "chekc"]) == "there is no command “chekc”"
    assert problem_with(["serve", "--prot", "80"]) == "there is no option --prot"
    assert problem_with(["lesson", "check", "read-a-table"]) is None


def test_the_pages_name_commands_and_links() -> None:
    """The tests above would pass on pages that they cannot read."""
    assert sum(len(list(commands_in(document, "academy"))) for document in PAGES) > 15
    assert sum(len(list(commands_in(document, "make"))) for document in PAGES) > 10
    assert sum(len(list(inline(document, "link_open"))) for document in PAGES) > 30


@each_page
def test_every_file_that_is_named_in_code_marks_exists(document: Path) -> None:
    """Paths from the top of the project, such as `autograder/notebook/read.py`."""
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"build", "var"}
    for token in inline(document, "code_inline"):
        path = token.content.rstrip("/")
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)+", path) and path.split("/")[0] in rooms and "my-" not in path:
            assert (ROOT / path).exists(), f"{document.relative_to(ROOT)} names {path}"


@pytest.mark.parametrize("folder", ["docs", "docs/decisions"])
def test_every_page_is_in_its_index(folder: str) -> None:
    index = ROOT / folder / "README.md"
    linked = {str(token.attrs["href"]) for token in inline(index, "link_open")}
    assert {path.name for path in index.parent.glob("*.md")} - {"README.md"} <= linked


# -- the lesson format: a lesson written by docs/structure.md alone is one that the reader takes -----------------------


def block(language: str, holding: str) -> str:
    """The code block of structure.md in this language that holds these words."""
    blocks = [token.content for token in tokens_of(STRUCTURE) if token.type == "fence" and token.info == language]
    return next(content for content in blocks if holding in content)


def rows_of_the_cell_table() -> list[list[str]]:
    text = STRUCTURE.read_text(encoding="utf-8")
    lines = [line.strip("|").split("|") for line in text.splitlines() if re.match(r"\| \w+, (Markdown|code) \|", line)]
    return [[cell.strip().replace("`", "") for cell in line] for line in lines]


CELLS = {
    "prompt": "### Task 1. The largest town (2 points)\n\n" + "<details><summary>Hint</summary></details>\n\n" * 3,
    "answer": "largest_town = ...\n### BEGIN SOLUTION\nlargest_town = 'Bridgeport'\n### END SOLUTION",
    "check": "# Check your answer: click here, then press Shift and Enter.\nassert largest_town, 'No.'\n"
    "### BEGIN HIDDEN TESTS\nassert largest_town == 'Bridgeport', 'No.'\n### END HIDDEN TESTS",
}


def lesson_as_documented(kind: str) -> str:
    """A lesson whose front matter is the example of structure.md, and whose cells are the rows of its table."""
    front = "jupytext: {text_representation: {extension: .md, format_name: myst}}\n" + block("yaml", "lesson:")
    parts = [f"---\n{front}---\n\n# A lesson\n"]
    for cell, grade_id, grader, ours in rows_of_the_cell_table():
        name, language = cell.split(", ")
        metadata: dict[str, Any] = {"nbgrader": yaml.safe_load(f"{{grade_id: {grade_id}, {grader}}}")}
        metadata["nbgrader"] |= {"points": 2} if "points" in metadata["nbgrader"] else {}
        if name == "prompt":
            assert ours == "kind, objective"
            metadata["academy"] = {"kind": kind, "objective": "say-what-a-row-is"}
        elif ours:
            metadata["academy"] = yaml.safe_load(f"{{{ours}}}")
        if language == "Markdown":
            parts.append(f"+++ {json.dumps(metadata)}\n\n{CELLS[name]}\n")
        else:
            parts.append(f"```{{code-cell}} ipython3\n---\n{yaml.safe_dump(metadata)}---\n{CELLS[name]}\n```\n")
    return "\n".join(parts)


def read(text: str, folder: Path) -> Lesson:
    (folder / "lesson.md").write_text(text, encoding="utf-8")
    return read_lesson(folder, {}, {"towns"})


def documented_kinds() -> list[str]:
    sentence = re.search(r"^- `kind` is (.+?); a free-text task is `agency`", STRUCTURE.read_text(), re.MULTILINE)
    assert sentence
    return re.findall(r"`(\w+)`", sentence[1])


@pytest.mark.parametrize("kind", documented_kinds())
def test_a_lesson_written_as_documented_is_read(kind: str, tmp_path: Path) -> None:
    lesson = read(lesson_as_documented(kind), tmp_path)
    assert [cell.role for cell in lesson.cells if cell.task] == [Role.PROMPT, Role.ANSWER, Role.CHECK]
    assert lesson.task("largest-town").answers == ("largest_town",)
    assert lesson.task("largest-town").kind == kind


def test_a_kind_that_is_not_documented_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LessonError, match="Use one of " + ", ".join([*documented_kinds(), "agency"])):
        read(lesson_as_documented("guess"), tmp_path)


DOCUMENTED = yaml.safe_load(block("yaml", "lesson:"))["lesson"]


@pytest.mark.parametrize("field", DOCUMENTED)
def test_every_documented_field_of_the_front_matter_is_one_that_the_reader_asks_for(field: str, tmp_path: Path) -> None:
    text = lesson_as_documented("practice")
    without = re.sub(rf"^  {field}:.*\n(    .*\n)*", "", text, count=1, flags=re.MULTILINE)
    assert without != text
    with pytest.raises(LessonError, match=f"The lesson does not say its {field}."):
        read(without, tmp_path)


def test_every_field_that_the_reader_asks_for_is_documented() -> None:
    assert set(FIELDS) == set(DOCUMENTED)


def test_the_optional_field_is_read(tmp_path: Path) -> None:
    assert "`content_note`" in STRUCTURE.read_text(encoding="utf-8")
    text = lesson_as_documented("practice").replace("lesson:\n", "lesson:\n  content_note: About deaths.\n", 1)
    assert read(text, tmp_path).content_note == "About deaths."


def test_the_values_have_the_documented_facts() -> None:
    text = STRUCTURE.read_text(encoding="utf-8")
    for kind in (Lesson, Task):
        listed = re.search(rf"`{kind.__name__}` has `([^`]+)`", text)
        assert listed
        for name in listed[1].split(", "):
            assert name in kind.__dataclass_fields__ or hasattr(kind, name), f"{kind.__name__} has no {name}"


@pytest.mark.parametrize(("module", "holding"), [(autograder.notebook, "read_lesson"), (toolkit.worksheet, "faults(")])
def test_every_promised_function_is_there(module: Any, holding: str) -> None:
    promised = re.findall(r"^(\w+)\(", block("python", holding), re.MULTILINE)
    assert promised
    for name in promised:
        assert callable(getattr(module, name)), f"{module.__name__} has no {name}"


# -- the example of docs/adding-a-check.md ----------------------------------------------------------------------------


def example_check() -> str:
    document = ROOT / "docs" / "adding-a-check.md"
    return next(token.content for token in tokens_of(document) if token.type == "fence" and token.info == "python")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("Bridgeport", None),
        (..., "Replace the three dots"),
        (148_654, "You gave a number or a table."),
        ("Storrs", "No town has this name."),
        ("Andover", "That is the first row of the file."),
        ("Hartford", "Another town has more people."),
    ],
)
def test_the_example_of_a_check_keeps_the_rules_and_works(
    answer: object, told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = example_check()
    assert list(faults_of_check(source, ("largest_town",))) == []
    monkeypatch.chdir(ROOT / "datasets" / "towns")
    if told is None:
        exec(source, {"largest_town": answer})
        return
    with pytest.raises(AssertionError, match=told):
        exec(source, {"largest_town": answer})
