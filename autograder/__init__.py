"""From a lesson's text to notebooks, and from a submitted notebook to a score. Knows nothing of people or the web."""
