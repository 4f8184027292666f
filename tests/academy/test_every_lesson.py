"""Every lesson keeps what it promises: right answers earn their points, and wrong ones learn why they do not."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from academy.cli import main
from academy.project import LESSONS
from autograder.notebook import read_curriculum


@pytest.mark.parametrize("slug", read_curriculum(LESSONS).lessons)
def test_all_attempts_get_what_was_promised_for_them(slug: str) -> None:
    done = CliRunner().invoke(main, ["lesson", "check", slug])
    assert done.output.startswith(f"{slug}: sound (") and done.output.count("\n") == 1, done.output
    assert done.exit_code == 0
