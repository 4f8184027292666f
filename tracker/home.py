"""Where things lie on this machine: the project's folder, and what belongs to this installation."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
VAR = Path(os.environ.get("ACADEMY_VAR", HOME / "var"))
DATABASE = VAR / "academy.sqlite3"


def secret_key() -> str:
    """Return this installation's secret key; the first call makes it, readable by its owner only."""
    path = VAR / "secret-key"
    VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = VAR / f".secret-key-{os.getpid()}"
    if not path.exists():
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        # A link fails if the key is there already: two processes that start at once end up with the same key.
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()
