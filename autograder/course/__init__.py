"""Grades a whole nbgrader course: many submissions, one gradebook.

course folder ── Course ──> Assignment ── place_checks ──> the assignment, with a place for every check
submissions ──> Engine (Local, Dask) ──> Worker: mend, run, check ──> Recorder ──> gradebook, graded notebooks

    with Course(folder) as course:
        grading = Grading(course, "ps1", Local())
        for learner in grading: ...
        print(grading.summary)

The course is nbgrader's own: its formgrader, feedback and export work on what comes out.
"""

from autograder.course.assignment import Where
from autograder.course.coordinator import Grading, Summary
from autograder.course.course import Course
from autograder.course.engines import Dask, Engine, Failure, Local
from autograder.course.errors import AssignmentUnknown, CourseBusy, CourseError, NotACourse
from autograder.course.stock import Difference, compare_with_stock, grade_with_stock

__all__ = [
    "AssignmentUnknown",
    "Course",
    "CourseBusy",
    "CourseError",
    "Dask",
    "Difference",
    "Engine",
    "Failure",
    "Grading",
    "Local",
    "NotACourse",
    "Summary",
    "Where",
    "compare_with_stock",
    "grade_with_stock",
]
