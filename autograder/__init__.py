"""From a lesson's text to notebooks, and from a submitted notebook to a score. Knows nothing of people or the web."""

import sys

# nbformat's schema library looks for this grammar of web addresses. Loading it takes two seconds at every start, and no
# schema of ours or of notebooks has a use for it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
