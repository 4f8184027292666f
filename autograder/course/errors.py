"""What can stand in the way of grading a course. Each message says what to do next."""

from __future__ import annotations


class CourseError(Exception):
    """The course cannot be graded as it stands."""


class NotACourse(CourseError):
    """The folder holds no nbgrader course."""


class SettingsWrong(CourseError):
    """The course's own nbgrader_config.py is at fault."""


class OtherLanguage(CourseError):
    """The assignment is written in a language that is not graded here."""


class ClusterUnreachable(CourseError):
    """There is no cluster at that address, or it has no workers."""


class AssignmentUnknown(CourseError):
    """The gradebook has no such assignment, or it was never generated."""


class FilesTooLarge(CourseError):
    """The files beside the notebooks are more than every submission can be given."""


class CourseBusy(CourseError):
    """Somebody else is grading this course right now."""
