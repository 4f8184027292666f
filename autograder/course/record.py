"""Writes graded submissions into a course: scores through nbgrader's own gradebook, notebooks beside them.

Only the coordinator does this. All rows of a submission change in one transaction, and its folder is put in place by
one renaming after that. Cut off between the two, the submission counts as not graded yet and is graded again.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat import NotebookNode, from_dict
from nbgrader.api import Comment, Grade, MissingEntry, SubmittedAssignment, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties, IgnorePattern, LimitOutput
from sqlalchemy.orm import joinedload, selectinload
from traitlets import TraitError

from autograder.course import grades
from autograder.course.assignment import Assignment, Notebook, Submission
from autograder.course.course import Course
from autograder.course.errors import SettingsWrong
from autograder.course.worker import GradedNotebook, GradedSubmission

MARK = "academy"
"""In the metadata of a graded notebook: what was graded, and in a check's, that it ran in the learner's sandbox."""


class Recorder:
    """Writes the results of one assignment into its course."""

    def __init__(self, course: Course, assignment: Assignment) -> None:
        self.course, self.assignment = course, assignment
        configuration = course.configuration
        try:
            self._late = AssignLatePenalties(config=configuration)
            self._late.init_plugin()
        except (TraitError, ImportError) as error:
            raise SettingsWrong(f"The course's plugin for late penalties cannot be used: {error}") from None
        steps = [IgnorePattern, ClearMetadataPreprocessor, LimitOutput]
        self._trim = [step for step in (each(config=configuration) for each in steps) if step.enabled]

    def up_to_date(self, submission: Submission) -> bool:
        """Whether this very submission was graded by these very checks."""
        folder = self._folder(submission.learner)
        files = list(folder.glob("*.ipynb"))
        try:
            # Where none was handed in, none is graded.
            return (
                folder.is_dir()
                and {file.stem for file in files} == submission.notebooks.keys()
                and all(
                    _mapping(json.loads(file.read_text(encoding="utf-8"))["metadata"].get(MARK)).get("graded")
                    == self._seal(submission.digest)
                    for file in files
                )
            )
        except (ValueError, OSError, KeyError, AttributeError):
            return False

    def may_record(self, learner: str) -> bool:
        """Whether the gradebook knows this learner, or may take in new ones."""
        try:
            self.course.gradebook.find_student(learner)
        except MissingEntry:
            return bool(self.course.settings.create_student)
        return True

    def record(self, graded: GradedSubmission) -> float:
        """Store a graded submission. Returns its points, those that people gave among them."""
        notebooks = {each.name: self._finished(each, graded.digest) for each in graded.notebooks}
        gradebook = self.course.gradebook
        gradebook.update_or_create_student(graded.learner)
        stamp = self.course.timestamp(self.assignment.name, graded.learner)
        when = {"timestamp": stamp} if stamp else {}
        submission = gradebook.update_or_create_submission(self.assignment.name, graded.learner, **when)
        try:
            rows = self._rows(submission)
            for row in rows:
                node = notebooks.get(row.notebook.name)
                refused = any(each.refused for each in graded.notebooks if each.name == row.notebook.name)
                if node is None or refused:
                    self._nothing_earned(row)
                else:
                    self._scores(row, self.assignment.notebook(row.notebook.name), node)
            gradebook.db.flush()
            for row in rows:
                self._penalty(submission, row)
            gradebook.db.commit()
        except BaseException:
            gradebook.db.rollback()
            raise
        self._put(graded, notebooks)
        return float(submission.score)

    # -- the gradebook ------------------------------------------------------------------------------------------------

    def _rows(self, submission: SubmittedAssignment) -> list[Any]:
        """The submission's notebooks with all that belongs to them, in three queries rather than one for each row."""
        query = self.course.gradebook.db.query(SubmittedNotebook).filter_by(assignment_id=submission.id)
        whole = query.options(
            joinedload(SubmittedNotebook.notebook),
            selectinload(SubmittedNotebook.grades).joinedload(Grade.cell),
            selectinload(SubmittedNotebook.comments).joinedload(Comment.cell),
        )
        return list(whole.populate_existing())

    def _scores(self, row: Any, notebook: Notebook, node: NotebookNode) -> None:
        """As nbgrader's SaveAutoGrades: a score that a person gave stays, and is marked for another look."""
        cells = {cell.metadata.nbgrader.grade_id: cell for cell in node.cells if "nbgrader" in cell.metadata}
        for grade in row.grades:
            known = notebook.by_id[grade.cell.name]
            if not known.grade:
                continue
            by_hand = notebook.places.get(known.id) == "by hand"
            grade.auto_score = None if by_hand else grades.points(known, cells[known.id])
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        for comment in row.comments:
            known = notebook.by_id[comment.cell.name]
            silent = known.solution and grades.unchanged(known, cells[known.id])
            comment.auto_comment = "No response." if silent else None

    def _nothing_earned(self, row: Any) -> None:
        for grade in row.grades:
            grade.auto_score, grade.needs_manual_grade = 0, False

    def _penalty(self, submission: Any, row: Any) -> None:
        row.late_submission_penalty = None
        if submission.total_seconds_late > 0:
            self.course.gradebook.db.refresh(row)
            asked = self._late.plugin_inst.late_submission_penalty(
                submission.student.id, row.score, submission.total_seconds_late
            )
            if asked is not None:
                row.late_submission_penalty = self._late._check_late_penalty(row, asked)

    # -- the files ----------------------------------------------------------------------------------------------------

    def _finished(self, graded: GradedNotebook, digest: str) -> NotebookNode:
        """The notebook as it is kept: outputs trimmed by the course's own settings, and sealed."""
        plan = self.assignment.notebook(graded.name)
        # Which lesson it is was the learner's notebook to say; what we did with it is ours.
        given = {key: _mapping(graded.metadata.get(MARK)).get(key) for key in ("lesson", "version")}
        mark: dict[str, Any] = {key: value for key, value in given.items() if isinstance(value, str)}
        mark["graded"] = self._seal(digest)
        if graded.repairs:
            mark["repairs"] = list(graded.repairs)
        metadata = {**graded.metadata, MARK: mark}
        if plan.kernelspec:
            metadata["kernelspec"] = plan.kernelspec
        node = from_dict({"cells": graded.cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
        for cell in node.cells:
            place = plan.places.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
            cell.metadata.pop(MARK, None)
            if place == "sandbox":
                cell.metadata[MARK] = {"ran": "in the learner's sandbox"}
        for step in self._trim:
            node, _ = step.preprocess(node, {})
        try:
            nbformat.validate(node)
        except nbformat.ValidationError:
            # What a learner's program put into the metadata is nothing that anyone needs.
            node.metadata = from_dict({MARK: metadata[MARK], "kernelspec": plan.kernelspec or {}})
            for cell in node.cells:
                cell.metadata = from_dict({k: v for k, v in cell.metadata.items() if k in ("nbgrader", MARK)})
        return node

    def _seal(self, digest: str) -> str:
        return f"{self.assignment.digest}-{digest}"

    def _folder(self, learner: str) -> Path:
        return self.course.path(self.course.directory.autograded_directory, learner, self.assignment.name)

    def _put(self, graded: GradedSubmission, notebooks: dict[str, NotebookNode]) -> None:
        folder = self._folder(graded.learner)
        fresh = folder.with_name(f".{folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for path, content in _files(self.assignment, graded):
            file = fresh / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        stamp = self.course.path(self.course.directory.submitted_directory, graded.learner, self.assignment.name)
        if (stamp / "timestamp.txt").is_file() and not (stamp / "timestamp.txt").is_symlink():
            shutil.copyfile(stamp / "timestamp.txt", fresh / "timestamp.txt")
        for name, node in notebooks.items():
            # In one line: nobody compares these by eye, and lines would cost as much as all that the gradebook does.
            text = json.dumps(node, ensure_ascii=False, sort_keys=True)
            (fresh / f"{name}.ipynb").write_text(text + "\n", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(fresh, folder)
        self.course.settings.set_permissions(self.assignment.name, graded.learner)


def _files(assignment: Assignment, graded: GradedSubmission) -> Iterable[tuple[str, bytes]]:
    """Everything beside the notebooks: the learner's own, and ours over them."""
    yield from graded.files.items()
    for path, content in assignment.files.items():
        if not (path in assignment.keep_files and path in graded.files):
            yield path, content


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
