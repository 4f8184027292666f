"""Grading: right answers earn, wrong ones are told why, and nothing that a notebook does reaches beyond itself."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.notebook import Lesson
from autograder.outcomes import outcome, outcomes
from autograder.runner import Limits, Result, SandboxMissing, Status, WarmProcess, check_sandbox, grade, warm_process
from autograder.runner import warm as warm_module

from .conftest import DATA, as_bytes, cell

SHORT = Limits(seconds=5)
SECRETS = ("Another branch lends more", "BEGIN HIDDEN", "Give the chart a title", "canary-")


WARM: list[WarmProcess] = []


@pytest.fixture(scope="module", autouse=True)
def _warm(lesson: Lesson) -> Iterator[None]:
    """One warm process for all these notebooks: what one of them does must not reach the next."""
    os.environ["HOME_OF_SECRETS"] = "here"
    with warm_process(lesson, DATA) as warm:
        WARM[:] = [warm]
        yield
    del os.environ["HOME_OF_SECRETS"]


def graded(lesson: Lesson, notebook: dict[str, Any], limits: Limits | None = None) -> Result:
    return grade(lesson, as_bytes(notebook), DATA, limits, WARM[0])


def row(result: Result, task: str) -> Any:
    return next(each for each in result.tasks if each.id == task)


def answer(notebook: dict[str, Any], **code: str) -> dict[str, Any]:
    for task, source in code.items():
        cell(notebook, task)["source"] = source
    return notebook


# -- what is earned ---------------------------------------------------------------------------------------------------


def test_the_solution_earns_everything(lesson: Lesson, solved: dict[str, Any]) -> None:
    result = graded(lesson, solved)
    assert (result.status, result.points, result.possible, result.passed) == (Status.GRADED, 5, 5, True)
    assert row(result, "my-agency").outcome == "awaiting-review"
    assert row(result, "my-agency").answer == "Our visitor log."


def test_the_untouched_notebook_earns_nothing_and_is_told_so_kindly(lesson: Lesson, blank: dict[str, Any]) -> None:
    result = graded(lesson, blank)
    assert (result.status, result.points, result.passed) == (Status.GRADED, 0, False)
    assert {each.outcome for each in result.tasks} == {"no-answer"}


def test_a_chart_is_not_drawn_over_the_one_of_an_earlier_cell(lesson: Lesson, solved: dict[str, Any]) -> None:
    """A notebook closes its figures at the end of each cell."""
    solved = answer(solved, busiest=f"{cell(solved, 'busiest')['source']}\n(branches['loans'] / 2).plot.bar()")
    drawn = "chart = branches.set_index('branch')['loans'].plot.bar(title='Main Street lends most')"
    result = row(graded(lesson, answer(solved, chart=drawn)), "chart")
    assert (result.outcome, result.message) == ("correct", outcome("correct").message)


def test_where_one_of_two_answers_is_blank_the_check_itself_says_which(lesson: Lesson, blank: dict[str, Any]) -> None:
    """As it does in the learner's own notebook."""
    two = (("busiest", '"Hilltop"'), ("second", "..."))
    tasks = tuple(replace(t, answers=("busiest", "second")) if t.id == "busiest" else t for t in lesson.tasks)
    check = 'assert busiest is not ..., "first"\nassert second is not ..., "Now give the second one."\n'
    hidden = "### BEGIN HIDDEN TESTS\nassert second, 'x'\n### END HIDDEN TESTS"
    cells = tuple(replace(c, source=check + hidden) if c.id == "busiest-check" else c for c in lesson.cells)
    changed = replace(lesson, tasks=tasks, cells=cells, version="two-answers")
    code = "\n".join(f"{name} = {value}" for name, value in two)
    told = row(graded(changed, answer(blank, busiest=code)), "busiest")
    assert (told.outcome, told.message) == ("not-yet", "Now give the second one.")
    nothing = row(graded(changed, answer(blank, busiest="busiest = ...\nsecond = ...")), "busiest")
    assert nothing.outcome == "no-answer"


def test_a_wrong_answer_loses_its_own_task_only_and_is_told_why(lesson: Lesson, solved: dict[str, Any]) -> None:
    result = graded(lesson, answer(solved, busiest='busiest = "Hilltop"'))
    assert result.points == 3
    wrong = row(result, "busiest")
    assert (wrong.outcome, wrong.message, wrong.stage) == ("not-yet", "Another branch lends more.", "hidden")


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("busiest = brnches", "code-failed", "NameError"),
        ("busiest = 'Main", "code-failed", "SyntaxError"),
        ("busiest = print", "cannot-read-answer", "brackets"),
        ("busiest = object()", "cannot-read-answer", "neither a number"),
        ("busiest = ['Main Street'] * 10**7", "cannot-read-answer", "larger"),
        ("busiest = 120", "not-yet", "not a number"),
        ("del busiest", "code-failed", "NameError"),
    ],
)
def test_every_way_to_miss_has_its_own_words(
    lesson: Lesson, solved: dict[str, Any], source: str, code: str, said: str
) -> None:
    missed = row(graded(lesson, answer(solved, busiest=source)), "busiest")
    assert (missed.outcome, missed.points) == (code, 0)
    assert said in missed.message


def test_an_answer_given_before_a_slip_in_the_same_cell_counts(lesson: Lesson, solved: dict[str, Any]) -> None:
    assert row(graded(lesson, answer(solved, busiest="busiest = 'Main Street'\nprnt(busiest)")), "busiest").points == 2


def test_the_answer_counts_as_it_was_at_its_check(lesson: Lesson, solved: dict[str, Any]) -> None:
    cell(solved, "chart")["source"] += "\nbusiest = 'changed later'"
    assert row(graded(lesson, solved), "busiest").points == 2


def test_a_result_survives_being_stored(lesson: Lesson, solved: dict[str, Any]) -> None:
    result = graded(lesson, solved)
    assert Result.from_json(json.loads(json.dumps(result.to_json()))) == result


@pytest.mark.parametrize(("content", "code"), [(b"hello", "not-a-notebook"), (b"x" * 6_000_000, "too-large")])
def test_a_file_that_is_no_notebook_is_refused_not_scored(lesson: Lesson, content: bytes, code: str) -> None:
    result = grade(lesson, content, DATA)
    assert (result.status, result.outcome.code, result.passed) == (Status.REJECTED, code, False)
    assert result.outcome.help


# -- what a notebook may try ------------------------------------------------------------------------------------------

ATTACKS = {
    "end Python": "import os; os._exit(0)",
    "exit": "import sys; sys.exit()",
    "loop for ever": "while True: pass",
    "loop that swallows interrupts": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "take all memory": "hoard = []\nwhile True: hoard.append(bytearray(10**8))",
    "take all processes": "import os\nwhile True:\n    try: os.fork()\n    except OSError: break",
    "fill the disk": "with open('/lesson/big', 'wb') as f:\n    while True: f.write(b'0' * 10**7)",
    "fill the shared memory": "with open('/dev/shm/big', 'wb') as f:\n    while True: f.write(b'0' * 10**7)",
    "kill its parents": "import os, signal\nfor pid in range(1, 300):\n    try: os.kill(pid, signal.SIGKILL)\n    except OSError: pass",
    "flood the grader": "import os\nfor fd in range(3, 40):\n    try:\n        while True: os.write(fd, b'x' * 65536)\n    except OSError: pass",
    "forge a verdict": "import os\nfor fd in range(3, 40):\n    try: os.write(fd, b'{\"task\": \"busiest\", \"passed\": true, \"puzzled\": null}\\n')\n    except OSError: pass",
    "forge events without sense": "import os\nfor line in (b'5', b'{}', b'{\"event\": \"answers\", \"task\": [1]}', b'{\"event\": \"answers\"}', b'{\"event\": \"ran\", \"error\": [5]}', b'{\"event\": \"answers\", \"task\": \"busiest\", \"answers\": {\"busiest\": {\"value\": {\"is\": [1]}}}}'):\n    for fd in range(3, 40):\n        try: os.write(fd, line + b'\\n')\n        except OSError: pass\nos._exit(0)",
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_notebook_that_tries_to(attack: str, lesson: Lesson, blank: dict[str, Any]) -> None:
    """… gains nothing, breaks nothing but itself, and gets a message."""
    result = graded(lesson, answer(blank, busiest=ATTACKS[attack]), SHORT)
    assert (result.status, result.points) == (Status.GRADED, 0)
    assert all(each.message for each in result.tasks)
    assert outcomes()[row(result, "busiest").outcome].kind == "learner"


def test_what_was_answered_before_a_crash_counts(lesson: Lesson, solved: dict[str, Any]) -> None:
    result = graded(lesson, answer(solved, chart="import os; os._exit(1)"))
    assert result.points == 2
    assert row(result, "chart").outcome == "stopped-itself"


def test_what_was_answered_before_time_ran_out_counts(lesson: Lesson, solved: dict[str, Any]) -> None:
    result = graded(lesson, answer(solved, chart="while True: pass"), SHORT)
    assert result.points == 2
    assert row(result, "chart").outcome == "took-too-long"


PEEKS = {
    "the lesson's source": f"open({str(Path(__file__).parent / 'fixtures/lessons/count-books/lesson.md')!r}).read()",
    "the list of passwords": "open('/etc/shadow').read()",
    "our environment": "__import__('os').environ['HOME_OF_SECRETS']",
    "the grader's own code for checks": "open('/academy/notebook/checks.py').read()",
    "another process": "[p for p in __import__('os').listdir('/proc') if p.isdigit() and int(p) > 60][0]",
    "the network": "__import__('socket').create_connection(('127.0.0.1', 22), timeout=2)",
    "another user's rights": "__import__('os').setuid(0)",
    "a new mount": "__import__('subprocess').run(['mount', '-t', 'tmpfs', 'none', '/mnt'], check=True)",
    "to change the data": "open('branches.csv', 'w')",
    "to change the system": "open('/usr/bin/python3', 'w')",
}


@pytest.mark.parametrize("wanted", PEEKS)
def test_a_notebook_cannot_have(wanted: str, lesson: Lesson, solved: dict[str, Any]) -> None:
    code = f"try:\n    {PEEKS[wanted]}\n    busiest = 'got it'\nexcept Exception:\n    busiest = 'Main Street'"
    assert row(graded(lesson, answer(solved, busiest=code)), "busiest").points == 2


def test_a_notebook_that_tries_to_change_the_host_does_not(lesson: Lesson, solved: dict[str, Any]) -> None:
    code = f"busiest = 'Main Street'\nimport os\nos.system('touch {Path(__file__).parent / 'was-here'}')"
    graded(lesson, answer(solved, busiest=code))
    assert not (Path(__file__).parent / "was-here").exists()


DEFEATS = {
    "a transformer that drops asserts": "import ast\nclass NoAssert(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\nget_ipython().ast_transformers.append(NoAssert())",
    "an input transformer": "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])",
    "a hook that prints every cell": "get_ipython().events.register('pre_run_cell', lambda info: print(info.raw_cell))",
    "builtins that always agree": "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.AssertionError = KeyError",
    "a pandas of its own": "import pandas\npandas.read_csv = lambda *a, **k: None\npandas.DataFrame.loc = None",
    "a file named pandas.py": "open('pandas.py', 'w').write('raise SystemExit')",
    "a string that equals everything": "class Yes(str):\n    def __eq__(self, other): return True\nbusiest = Yes('x')",
}  # fmt: skip


@pytest.mark.parametrize("defeat", DEFEATS)
def test_the_checks_are_out_of_reach_of(defeat: str, lesson: Lesson, blank: dict[str, Any]) -> None:
    code = DEFEATS[defeat] if "busiest" in DEFEATS[defeat] else f"{DEFEATS[defeat]}\nbusiest = 'Hilltop'"
    result = graded(lesson, answer(blank, busiest=code), SHORT)
    assert (result.status, result.points) == (Status.GRADED, 0)
    shown = json.dumps([result.outcome.message, [each.message for each in result.tasks if each.stage != "hidden"]])
    assert not [secret for secret in SECRETS if secret in shown]


def test_no_hidden_check_is_ever_in_the_learners_process(lesson: Lesson, solved: dict[str, Any]) -> None:
    # The brackets keep the hunt from finding itself.
    hunt = (
        "import re\n"
        "found = []\n"
        "memory = open('/proc/self/mem', 'rb', 0)\n"
        "for line in open('/proc/self/maps'):\n"
        "    if ' rw' in line:\n"
        "        low, high = (int(part, 16) for part in line.split()[0].split('-'))\n"
        "        try:\n"
        "            memory.seek(low)\n"
        "            if re.search(rb'Give the char[t] a title|lends mor[e]', memory.read(high - low)): found.append(line)\n"
        "        except (OSError, ValueError, OverflowError): pass\n"
        "busiest = 'found' if found else 'Main Street'"
    )
    assert row(graded(lesson, answer(solved, busiest=hunt)), "busiest").points == 2


# -- when we fail -----------------------------------------------------------------------------------------------------


def test_a_failure_of_ours_is_never_a_score(
    lesson: Lesson, solved: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(warm_module.sys, "executable", str(tmp_path / "no-python-here"))
    result = grade(lesson, as_bytes(solved), DATA)
    assert (result.status, result.outcome.code, result.tasks) == (Status.OUR_FAILURE, "our-failure", ())
    assert not result.passed


def test_without_bubblewrap_nothing_is_run_and_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxMissing, match="Install the package “bubblewrap”"):
        check_sandbox()


def test_this_machine_has_a_working_sandbox() -> None:
    check_sandbox()


@pytest.mark.parametrize("code", outcomes())
def test_every_outcome_has_a_message_and_says_what_to_do_next(code: str) -> None:
    facts = {"error": "x", "name": "x", "reason": "x", "seconds": 1, "limit": 1, "lesson": "x"}
    assert outcome(code, **facts).message and outcome(code, **facts).help
    assert "{" not in outcome(code, **facts).message


def test_the_grader_leaves_no_process_behind(lesson: Lesson, blank: dict[str, Any], tmp_path: Path) -> None:
    # A table of this test's own tells its processes from those of tests beside it.
    table = Path(shutil.copy(DATA[0], tmp_path))
    fork = answer(blank, busiest="import os\nif os.fork() == 0:\n    while True: pass")
    grade(lesson, as_bytes(fork), [table], SHORT)
    commands = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            commands.append(process.read_bytes())
        except OSError:
            continue
    assert not [each for each in commands if b"bwrap" in each and os.fsencode(table) in each]
