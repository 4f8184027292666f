"""`python -m tracker COMMAND`: Django's management commands with this project's settings."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
execute_from_command_line(["academy tracker", *sys.argv[1:]])
