"""Whatever happens to the cells of a notebook, the answers in it count; and nothing but answers counts."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.notebook import Lesson, NotANotebook, read_submission, repair
from autograder.notebook.repair import Repaired

from .conftest import as_bytes, cell

ANSWERS = {"busiest", "chart", "my-agency"}


def answers(repaired: Repaired) -> dict[str, str]:
    """The code of each task, and the free text, as they will be graded."""
    return {step.task: step.source.strip() for step in repaired.steps if step.task} | dict(repaired.texts)


def order(repaired: Repaired) -> list[str]:
    return [step.id for step in repaired.steps if not step.extra]


def given_out(repaired: Repaired) -> dict[str, str]:
    return {step.id: step.source for step in repaired.steps if step.task is None and not step.extra}


# -- what may happen to a notebook ------------------------------------------------------------------------------------


def duplicate(notebook: dict[str, Any], n: int) -> None:
    notebook["cells"].insert(n, {**copy.deepcopy(notebook["cells"][n]), "id": f"copy-{len(notebook['cells'])}"})


def delete(notebook: dict[str, Any], n: int) -> None:
    if not holds_answer(notebook["cells"][n]) and len(notebook["cells"]) > 4:
        del notebook["cells"][n]


def move(notebook: dict[str, Any], n: int) -> None:
    notebook["cells"].insert(n // 2, notebook["cells"].pop(n))


def edit(notebook: dict[str, Any], n: int) -> None:
    if not holds_answer(notebook["cells"][n]):
        notebook["cells"][n]["source"] = "assert False, 'mine now'"


def retype(notebook: dict[str, Any], n: int) -> None:
    types = ["code", "markdown", "raw"]
    now = notebook["cells"][n]["cell_type"]
    notebook["cells"][n]["cell_type"] = types[(types.index(now) + 1) % 3]


def change_flags(notebook: dict[str, Any], n: int) -> None:
    flags = notebook["cells"][n].get("metadata", {}).get("nbgrader")
    if flags:
        flags.update(grade=not flags["grade"], solution=not flags["solution"], locked=False, points=99)


def lose_metadata(notebook: dict[str, Any], n: int) -> None:
    notebook["cells"][n]["metadata"] = {}


def holds_answer(node: dict[str, Any]) -> bool:
    grade_id = node.get("metadata", {}).get("nbgrader", {}).get("grade_id")
    return grade_id in ANSWERS or node.get("id") in ANSWERS


changes = st.lists(
    st.tuples(
        st.sampled_from([duplicate, delete, move, edit, retype, change_flags, lose_metadata]),
        st.integers(min_value=0, max_value=1000),
    ),
    max_size=12,
)
patient = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def apply(notebook: dict[str, Any], listed: list[tuple[Any, int]]) -> dict[str, Any]:
    changed = copy.deepcopy(notebook)
    for change, number in listed:
        change(changed, number % len(changed["cells"]))
    return changed


@patient
@given(listed=changes)
def test_any_change_that_leaves_the_answers_leaves_the_grade(
    lesson: Lesson, solved: dict[str, Any], listed: list[tuple[Any, int]]
) -> None:
    whole, mended = repair(lesson, solved), repair(lesson, apply(solved, listed))
    assert answers(mended) == answers(whole)
    assert order(mended) == order(whole)
    assert given_out(mended) == given_out(whole)


@patient
@given(listed=changes)
def test_no_change_puts_an_answer_into_a_blank_notebook(
    lesson: Lesson, blank: dict[str, Any], listed: list[tuple[Any, int]]
) -> None:
    assert answers(repair(lesson, apply(blank, listed))) == answers(repair(lesson, blank))


# -- what the learner is told -----------------------------------------------------------------------------------------


def test_an_untouched_notebook_needs_no_repair(lesson: Lesson, blank: dict[str, Any]) -> None:
    assert repair(lesson, blank).repairs == ()


def test_a_deleted_answer_cell_comes_back_empty(lesson: Lesson, solved: dict[str, Any]) -> None:
    solved["cells"].remove(cell(solved, "busiest"))
    repaired = repair(lesson, solved)
    assert "busiest = ..." in answers(repaired)["busiest"]
    assert any("task 1 was missing" in note for note in repaired.repairs)


def test_an_answer_typed_into_a_new_cell_is_found(lesson: Lesson, blank: dict[str, Any]) -> None:
    blank["cells"].append({"cell_type": "code", "id": "new", "metadata": {}, "source": "busiest = 'Main Street'"})
    repaired = repair(lesson, blank)
    assert answers(repaired)["busiest"] == "busiest = 'Main Street'"
    assert any("stood in another cell" in note for note in repaired.repairs)


def test_an_answer_typed_over_a_worked_example_is_found_and_the_example_put_back(
    lesson: Lesson, blank: dict[str, Any]
) -> None:
    example = next(each for each in blank["cells"] if each["cell_type"] == "code")
    example["source"] = "busiest = 'Main Street'"
    repaired = repair(lesson, blank)
    assert answers(repaired)["busiest"] == "busiest = 'Main Street'"
    assert "branches.csv" in given_out(repaired)[example["id"]]


def test_of_two_filled_copies_the_cell_we_gave_out_counts(lesson: Lesson, solved: dict[str, Any]) -> None:
    duplicate(solved, next(n for n, each in enumerate(solved["cells"]) if each["id"] == "busiest"))
    next(each for each in solved["cells"] if each["id"].startswith("copy"))["source"] = "busiest = 'scratch'"
    assert "Main Street" in answers(repair(lesson, solved))["busiest"]


def test_a_cell_of_ones_own_stays_where_it_was_put(lesson: Lesson, solved: dict[str, Any]) -> None:
    place = next(n for n, each in enumerate(solved["cells"]) if each["id"] == "busiest")
    solved["cells"].insert(place, {"cell_type": "code", "id": "mine", "metadata": {}, "source": "note = branches"})
    steps = [step.source for step in repair(lesson, solved).steps]
    assert steps.index("note = branches") < next(n for n, source in enumerate(steps) if "Main Street" in source)


def new_code(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, **more}


def test_a_grade_id_swapped_between_two_answers_changes_nothing(lesson: Lesson, solved: dict[str, Any]) -> None:
    whole = answers(repair(lesson, solved))
    one, other = cell(solved, "busiest"), cell(solved, "chart")
    one["metadata"], other["metadata"] = other["metadata"], one["metadata"]
    del one["id"], other["id"]
    assert answers(repair(lesson, solved)) == whole
    assert repair(lesson, solved).repairs == ()


def test_an_answer_over_two_cells_is_joined_from_its_parts(lesson: Lesson, blank: dict[str, Any]) -> None:
    cell(blank, "busiest")["source"] = "largest = branches.loc[branches.loans.idxmax()]"
    place = blank["cells"].index(cell(blank, "busiest-check"))
    blank["cells"].insert(place, new_code("busiest = largest['branch']"))
    sources = [step.source for step in repair(lesson, blank).steps]
    assert sources.index("busiest = largest['branch']") == 1 + sources.index(cell(blank, "busiest")["source"])
    assert answers(repair(lesson, blank))["busiest"] == "busiest = largest['branch']"


def test_a_comment_over_the_blank_is_no_answer(lesson: Lesson, blank: dict[str, Any]) -> None:
    cell(blank, "busiest")["source"] = "# see below\nbusiest = ..."
    blank["cells"].append(new_code("busiest = 'Main Street'"))
    assert answers(repair(lesson, blank))["busiest"] == "busiest = 'Main Street'"


def test_an_answer_turned_into_text_without_its_ids_is_found(lesson: Lesson, solved: dict[str, Any]) -> None:
    cell(solved, "busiest").update(id=None, metadata={}, cell_type="markdown")
    repaired = repair(lesson, solved)
    assert "Main Street" in answers(repaired)["busiest"]
    assert repaired.repairs == ("The answer cell of task 1 had become another kind of cell. It was turned back.",)


@pytest.mark.parametrize("ids", [{"id": "chart"}, {"metadata": {"nbgrader": {"grade_id": "chart"}}}])
def test_a_worked_example_that_bears_a_tasks_id_is_not_its_answer(
    lesson: Lesson, solved: dict[str, Any], ids: dict[str, Any]
) -> None:
    whole = answers(repair(lesson, solved))
    del cell(solved, "chart")["id"]
    example = next(each for each in solved["cells"] if each["cell_type"] == "code")
    solved["cells"].append({**example, **ids})
    assert answers(repair(lesson, solved)) == whole


def test_free_text_without_its_ids_is_known_by_its_place(lesson: Lesson, solved: dict[str, Any]) -> None:
    cell(solved, "my-agency").update(id="x", metadata={})
    assert repair(lesson, solved).texts["my-agency"] == "Our visitor log."


def test_characters_that_nobody_can_see_are_taken_out_and_said(lesson: Lesson, solved: dict[str, Any]) -> None:
    cell(solved, "busiest")["source"] = "\ufeffbusiest\u00a0= 'Main\u00a0Street'"
    repaired = repair(lesson, solved)
    assert answers(repaired)["busiest"] == "busiest = 'Main Street'"
    assert repaired.repairs == ("The answer to task 1 held characters that nobody can see. They were removed.",)


def test_curly_quotation_marks_stay_as_typed_for_the_run_to_explain(lesson: Lesson, solved: dict[str, Any]) -> None:
    cell(solved, "busiest")["source"] = "busiest = “Main Street”"
    assert answers(repair(lesson, solved))["busiest"] == "busiest = “Main Street”"


@pytest.mark.parametrize("end", ["\r\n", "\r", " \n"])
def test_other_line_ends_are_no_change(lesson: Lesson, solved: dict[str, Any], end: str) -> None:
    for each in solved["cells"]:
        each["source"] = "".join(each["source"]).replace("\n", end)
    assert repair(lesson, solved).repairs == ()


@pytest.mark.parametrize("source", ["while True: pass", "import sys\nsys.exit()", "%reset -f", "1 / 0"])
def test_a_cell_that_shares_no_name_with_the_lesson_is_not_run(
    lesson: Lesson, solved: dict[str, Any], source: str
) -> None:
    solved["cells"].insert(solved["cells"].index(cell(solved, "busiest")), new_code(source))
    assert source not in [step.source for step in repair(lesson, solved).steps]


def test_a_cell_that_an_answer_needs_is_run_and_so_is_what_that_needs(lesson: Lesson, solved: dict[str, Any]) -> None:
    place = solved["cells"].index(cell(solved, "busiest"))
    solved["cells"][place:place] = [new_code("street = 'Main Street'"), new_code("mine = street")]
    cell(solved, "busiest")["source"] = "busiest = mine"
    assert [step.source for step in repair(lesson, solved).steps if step.extra] == [
        "street = 'Main Street'",
        "mine = street",
    ]


def test_a_cell_below_the_facts_of_the_lesson_is_run_too(lesson: Lesson, solved: dict[str, Any]) -> None:
    solved["cells"].insert(1 + solved["cells"].index(cell(solved, "facts")), new_code("mine = 'Main Street'"))
    cell(solved, "busiest")["source"] = "busiest = mine"
    assert repair(lesson, solved).steps[0].source == "mine = 'Main Street'"


def test_an_example_rewritten_to_make_a_name_that_an_answer_uses_is_run_after_its_original(
    lesson: Lesson, solved: dict[str, Any]
) -> None:
    example = next(each for each in solved["cells"] if each["cell_type"] == "code")
    example["source"] = "mine = 'Main Street'"
    cell(solved, "busiest")["source"] = "busiest = mine"
    assert [step.source for step in repair(lesson, solved).steps][1:3] == ["mine = 'Main Street'", "busiest = mine"]


def test_deleted_and_changed_cells_are_counted(lesson: Lesson, solved: dict[str, Any]) -> None:
    solved["cells"].remove(cell(solved, "chart-check"))
    cell(solved, "busiest-check")["source"] = "pass"
    assert repair(lesson, solved).repairs == (
        "One cell of the lesson had been deleted. It was put back as it was.",
        "One cell of the lesson had been changed. It was put back as it was.",
    )


def test_five_megabytes_of_assignments_do_not_hide_the_answer(lesson: Lesson, solved: dict[str, Any]) -> None:
    solved["cells"] += [new_code("busiest = 1\n" + "a=1;" * 2_400) for _ in range(480)]
    assert "Main Street" in answers(repair(lesson, solved))["busiest"]


# -- what is no notebook of ours --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not-a-notebook"),
        (b"\xff\xfe\x00", "not-a-notebook"),
        (b"my answers", "not-a-notebook"),
        (b"[" * 100_000, "not-a-notebook"),
        (b"1" * 5_000, "not-a-notebook"),
        (b"{}", "not-a-notebook"),
        (b'{"nbformat": 3, "worksheets": []}', "old-format"),
        (b'{"nbformat": 99, "cells": [{}]}', "old-format"),
        (b'{"nbformat": 4, "cells": []}', "no-cells"),
        (b'{"nbformat": 4, "cells": [' + b"{}," * 500 + b"{}]}", "too-many-cells"),
        (b" " * 5_000_001, "too-large"),
    ],
)
def test_what_is_no_notebook_is_refused_with_its_reason(content: bytes, code: str) -> None:
    with pytest.raises(NotANotebook) as refusal:
        read_submission(content)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "cells",
    [[{}], ["text"], [None], [{"source": 5, "metadata": [], "id": {}}], [{"cell_type": "code", "source": ["x", 1]}]],
)
def test_cells_of_the_strangest_shapes_belong_to_no_lesson(lesson: Lesson, cells: list[Any]) -> None:
    with pytest.raises(NotANotebook, match="another-lesson"):
        repair(lesson, read_submission(as_bytes({"nbformat": 4, "cells": cells})))


def test_another_lessons_notebook_is_refused(lesson: Lesson, blank: dict[str, Any]) -> None:
    blank["metadata"]["academy"]["lesson"] = "draw-a-map"
    with pytest.raises(NotANotebook, match="another-lesson"):
        repair(lesson, blank)
