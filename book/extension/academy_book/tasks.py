"""Tasks shown as exercises: a frame from the prompt to the check, and the check folded away."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

MARK = "task-"
"""What the comment below a task's heading begins with. academy.site.pages writes it; it becomes the task's anchor."""
CHECK = "tag_task-check"
"""The class that MyST-NB gives to a code cell with the tag `task-check`."""
REVIEW = "task-review"
"""The class of a free-text answer, the last cell of its task."""


class Tasks(SphinxPostTransform):
    # Before MyST-NB folds cells.
    default_priority = 5

    def run(self, **_: object) -> None:
        for mark in list(self.document.findall(nodes.comment)):
            if mark.astext().startswith(MARK) and isinstance(mark.parent, nodes.section):
                _frame(mark.parent, mark.astext())


def _frame(section: nodes.section, anchor: str) -> None:
    """Frame the task. What follows its last cell in the same section is ordinary text again."""
    ends = [place for place, child in enumerate(section.children) if _is_last_cell(child)]
    if not ends:
        return
    last = section.children[ends[-1]]
    folded = [last] if REVIEW in last["classes"] else _folded(last)
    section.children[ends[-1] : ends[-1] + 1] = [*folded, _html("</div>")]
    section.insert(0, _html(f'<div class="task" id="{anchor}">'))


def _is_last_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and bool({CHECK, REVIEW} & set(node["classes"]))


def _folded(check: nodes.Element) -> list[nodes.Node]:
    # MyST-NB's own fold has a label that does not match its words; one fold is enough.
    check.attributes.pop("hide_mode", None)
    return [_html('<details class="check"><summary>How this answer is checked</summary>'), check, _html("</details>")]


def _html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def setup(app: Sphinx) -> None:
    app.add_post_transform(Tasks)
