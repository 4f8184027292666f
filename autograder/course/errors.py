"""What can stand in the way of grading a course. Each message says what to do next."""

from __future__ import annotations


class CourseError(Exception):
    """The course cannot be graded as it stands."""


class NotACourse(CourseError):
    """The folder holds no nbgrader course."""


class AssignmentUnknown(CourseError):
    """The gradebook has no such assignment, or it was never generated."""


class CourseBusy(CourseError):
    """Somebody else is grading this course right now."""


class Untrusted(CourseError):
    """Something would run learners' code without protection, and nobody said that they trust it."""
