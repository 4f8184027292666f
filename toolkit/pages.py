"""Pages that a lesson makes and a learner keeps: saved beside the notebook, with a link that downloads them.

The browser classroom shows no list of files, so the link is the way to them there.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Any

_KINDS = {".csv": "text/csv", ".html": "text/html", ".json": "application/json"}


def keep_page(name: str, page: str, words: str = "") -> Any:
    """Save `page` as the file `name`, and return a link that downloads it.

    `words` stand on the link in place of “Download name”.
    """
    from IPython.display import HTML

    Path(name).write_text(page, encoding="utf-8")
    kind = _KINDS.get(Path(name).suffix, "text/plain")
    data = b64encode(page.encode("utf-8")).decode("ascii")
    shown = escape(words or f"Download {name}")
    return HTML(f'<p><a href="data:{kind};charset=utf-8;base64,{data}" download="{escape(name)}">{shown}</a></p>')
