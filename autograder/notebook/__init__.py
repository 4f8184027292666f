"""The pure half of the autograder: lesson text in, notebooks and checks out. Nothing here runs learners' code.

lesson.md ── read_lesson ──> Lesson ──┬── compile_lesson ──> instructor notebook
                                      ├── release ─────────> learner notebook
                                      ├── publish ─────────> page of the book
                                      ├── checks ──────────> the grader's own copy
                                      └── repair ──────────> a submitted notebook made whole
"""

from autograder.notebook.checks import Check, checks
from autograder.notebook.compile import compile_lesson
from autograder.notebook.curriculum import Curriculum, Term, read_curriculum, read_glossary
from autograder.notebook.errors import LessonError
from autograder.notebook.lesson import Lesson, Objective, Task
from autograder.notebook.publish import publish
from autograder.notebook.read import read_lesson
from autograder.notebook.release import release
from autograder.notebook.repair import NotANotebook, Repaired, read_submission, repair

__all__ = [
    "Check",
    "Curriculum",
    "Lesson",
    "LessonError",
    "NotANotebook",
    "Objective",
    "Repaired",
    "Task",
    "Term",
    "checks",
    "compile_lesson",
    "publish",
    "read_curriculum",
    "read_glossary",
    "read_lesson",
    "read_submission",
    "release",
    "repair",
]
