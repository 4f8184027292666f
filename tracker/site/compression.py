"""Compressed copies of the site's files, made at the first request for a file and kept on the disk.

So that a phone does not fetch 10 MB of WebAssembly where 4 MB do, and no file is compressed twice.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from pathlib import Path

from django.conf import settings

SMALLEST = 1_000


def compressed(path: Path) -> Path | None:
    """The gzipped copy of a file; None where compressing saves nothing. The copy bears the date of its original."""
    original = path.stat()
    if original.st_size < SMALLEST:
        return None
    name = hashlib.sha256(str(path).encode()).hexdigest()[:32]
    copy: Path = settings.COMPRESSED_FOLDER / f"{name}-{original.st_size}.gz"
    try:
        if copy.stat().st_mtime_ns == original.st_mtime_ns:
            return copy
    except FileNotFoundError:
        pass
    copy.parent.mkdir(parents=True, exist_ok=True)
    fresh = copy.with_suffix(f".{os.getpid()}-{id(original)}")
    with path.open("rb") as source, gzip.GzipFile(fresh, "wb", compresslevel=6, mtime=0) as target:
        shutil.copyfileobj(source, target, 256 * 1024)
    os.utime(fresh, ns=(original.st_mtime_ns, original.st_mtime_ns))
    # Renamed at the end: another process sees the whole copy or none.
    fresh.replace(copy)
    for older in copy.parent.glob(f"{name}-*.gz"):
        if older != copy:
            older.unlink(missing_ok=True)
    return copy
