"""The tracker's settings for programs that the tests start: the tests' own lessons and site."""

from __future__ import annotations

import os
from pathlib import Path

from tracker.settings import *  # noqa: F403

LESSONS_FOLDER = Path(__file__).parent / "fixtures" / "lessons"
SITE_FOLDER = Path(os.environ["ACADEMY_TEST_SITE"])
POLICY_FILE = SITE_FOLDER.parent / "policy.json"
