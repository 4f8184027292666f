"""Any lesson that can be read compiles to the same notebook every time, and keeps every secret on its side."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.notebook import Lesson, checks, compile_lesson, publish, read_lesson, release
from autograder.notebook.compile import to_bytes

HEADER = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
lesson:
  title: Any lesson
  track: foundations
  minutes: 10
  question: What holds for every lesson?
  objectives: [{id: know, text: Know it}]
  topics: []
  principles: []
  data: []
  prerequisites: []
---

# Any lesson
"""
HINTS = "".join(f"<details><summary>Hint {n}</summary>Look.</details>\n" for n in (1, 2, 3))


def metadata(task: str, part: str, **flags: object) -> str:
    grader = {"grade_id": f"{task}{part}", "grade": False, "locked": True, "solution": False} | flags
    return json.dumps(grader)


def code_task(number: int, task: str, lines: list[str], points: int) -> str:
    """A task whose solution and hidden test hold SECRET and HIDDEN, numbered."""
    blank = f"{task.replace('-', '_')} = ..."
    body = "\n".join(f"# {line}" for line in lines)
    name = task.replace("-", "_")
    return f"""
+++ {{"nbgrader": {metadata(task, "-prompt")}, "academy": {{"kind": "practice", "objective": "know"}}}}

### Task {number}. {task} ({points} points)

{HINTS}
```{{code-cell}} ipython3
---
nbgrader: {metadata(task, "", locked=False, solution=True)}
---
{blank}
### BEGIN SOLUTION
{body}
{name} = "SECRET{number}"
### END SOLUTION
```

```{{code-cell}} ipython3
---
nbgrader: {metadata(task, "-check", grade=True, points=points)}
academy: {{answers: [{name}]}}
---
# Check your answer.
assert {name} is not ..., "Fill it in."
### BEGIN HIDDEN TESTS
assert {name} == "SECRET{number}", "HIDDEN{number}"
### END HIDDEN TESTS
```
"""


def free_task(number: int, task: str, points: int) -> str:
    return f"""
+++ {{"nbgrader": {metadata(task, "-prompt")}, "academy": {{"kind": "agency", "objective": "know", "rubric": ["Says it"]}}}}

### Task {number}. {task} ({points} points)

+++ {{"nbgrader": {metadata(task, "", grade=True, solution=True, locked=False, points=points)}}}

SECRET{number} is the model answer.

+++
"""


WORDS = st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=30)
HARMLESS = WORDS.map(str.strip).filter(
    lambda text: "SECRET" not in text and "HIDDEN" not in text and "glossary:" not in text
)
PROSE = HARMLESS.map(lambda text: f"Say: {text}\n".replace("```", "").replace("+++", "").replace("---", ""))
TASKS = st.lists(
    st.tuples(st.sampled_from(["code", "free", "prose", "example"]), st.lists(HARMLESS, max_size=3), st.integers(2, 9), PROSE),
    min_size=1,
    max_size=6,
)  # fmt: skip


def write(parts: list[tuple[str, list[str], int, str]]) -> tuple[str, int]:
    """The text of a lesson with these parts, and its number of tasks."""
    text, number = HEADER, 0
    for kind, lines, points, prose in parts:
        if kind == "prose":
            text += f"\n{prose}\n"
        elif kind == "example":
            text += f"\n```{{code-cell}} ipython3\nshown = {len(prose)}\n```\n"
        else:
            number += 1
            task = f"task-{'abcdefgh'[number]}"
            text += code_task(number, task, lines, points) if kind == "code" else free_task(number, task, points)
    return text, number


def read(text: str, folder: Path) -> Lesson:
    (folder / "lesson.md").write_text(text, encoding="utf-8")
    return read_lesson(folder, {})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(parts=TASKS)
def test_every_lesson_keeps_its_secrets_and_its_shape(parts: list[tuple[str, list[str], int, str]]) -> None:
    text, tasks = write(parts)
    with tempfile.TemporaryDirectory() as folder:
        lesson = read(text, Path(folder))
    instructor, learner = compile_lesson(lesson), release(lesson)
    assert len(lesson.tasks) == tasks
    assert to_bytes(instructor) == to_bytes(compile_lesson(lesson))

    secrets = [f"SECRET{number}" for number in range(1, tasks + 1)]
    assert all(secret in to_bytes(instructor).decode() for secret in secrets)
    for public in (learner, publish(lesson, instructor)):
        shown = to_bytes(public).decode()
        assert not [word for word in (*secrets, "HIDDEN", "canary-", "BEGIN ") if word in shown]

    ids = [cell.id for cell in instructor.cells]
    assert len(set(ids)) == len(ids)
    assert [cell.id for cell in learner.cells] == ids, "learner and instructor have the same cells in the same order"
    assert sum(check.points for check in checks(lesson)) == lesson.possible
    printed = [
        int(cell.source.split("(")[1].split(" ")[0]) for cell in learner.cells if cell.source.startswith("### Task")
    ]
    assert printed == [task.points for task in lesson.tasks]
