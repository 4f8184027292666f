"""A submitted notebook made whole: the lesson's own cells as they were given out, the learner's answers in their place.

Learners duplicate, delete, edit, reorder and retype cells. nbgrader then loses points or notebooks (its issues 1083,
1682, 1941). Here the lesson is rebuilt, and only answers are taken from what was handed in.

Content decides before names do. A cell with a text that we gave out is that cell. A cell that the learner wrote answers
the task whose names it assigns, if it bears that task's id; else wherever it stands. Only then do ids decide alone.
"""

from __future__ import annotations

import ast
import builtins
import functools
import json
import keyword
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.notebook.lesson import Lesson, Role, Task
from autograder.notebook.release import release

MAXIMUM_BYTES = 5_000_000
_MAXIMUM_CELLS = 500
_MAXIMUM_LEVELS = 100
"""Lists within lists. Real notebooks have some ten; what copies them takes a few hundred."""
_MAXIMUM_SEARCH = 200_000
"""Characters that are searched for answers: parsing five megabytes takes half a minute."""


class NotANotebook(Exception):
    """What was handed in cannot be read as a notebook of this lesson. `code` is a row of autograder/outcomes.yml."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code, self.facts = code, facts
        super().__init__(code)


@dataclass(frozen=True)
class SubmittedCell:
    """What matters of a handed-in cell. `source` is the learner's, whatever type the cell now claims to have."""

    source: str
    cell_id: str | None
    grade_id: str | None
    is_code: bool
    mended: bool = False
    """Whether characters that nobody can see, and that Python does not accept, were taken out of the source."""

    @functools.cached_property
    def bare(self) -> str:
        return _bare(self.source)

    @functools.cached_property
    def words(self) -> frozenset[str]:
        return _words(self.source)


@dataclass(frozen=True)
class Step:
    """One cell to run. `task` is set where an answer is complete; `extra` marks what the learner wrote around it."""

    id: str
    source: str
    task: str | None = None
    extra: bool = False


@dataclass(frozen=True)
class Repaired:
    """The notebook to run: `texts` are the free-text answers, empty where untouched; `repairs` say what was mended."""

    steps: tuple[Step, ...]
    texts: Mapping[str, str]
    repairs: tuple[str, ...]


def read_submission(content: bytes) -> dict[str, Any]:
    """Return the notebook's JSON. Raises NotANotebook, with the reason as a code."""
    if len(content) > MAXIMUM_BYTES:
        raise NotANotebook("too-large", limit=MAXIMUM_BYTES // 1_000_000)
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
        if b"\\ud" in content.lower():
            # Half a character can stand in JSON, and in no file.
            notebook = json.loads(json.dumps(notebook, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a ValueError of its own
        raise NotANotebook("not-a-notebook") from error
    if too_deep(notebook):
        raise NotANotebook("not-a-notebook")
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise NotANotebook(
            "not-a-notebook" if not isinstance(notebook, dict) or "worksheets" not in notebook else "old-format"
        )
    if notebook.get("nbformat") != 4:
        raise NotANotebook("old-format")
    if not notebook["cells"]:
        raise NotANotebook("no-cells")
    if len(notebook["cells"]) > _MAXIMUM_CELLS:
        raise NotANotebook("too-many-cells", limit=_MAXIMUM_CELLS)
    return notebook


def too_deep(value: object) -> bool:
    """Whether JSON holds lists within lists without end."""
    level = [value]
    for _ in range(_MAXIMUM_LEVELS):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def repair(lesson: Lesson, submitted: Mapping[str, Any], given_out: Mapping[str, str] | None = None) -> Repaired:
    """Rebuild the lesson around the answers of `submitted` (the JSON of a notebook, from read_submission).

    `given_out` are the cells that the learner got, text by id, where that was not this lesson's own release.
    Raises NotANotebook("another-lesson") where nothing in it belongs to this lesson.
    """
    return _Repair(lesson, submitted, given_out).repaired()


@dataclass(frozen=True)
class _Edition:
    """A lesson as it was given out. Two lessons of the same version and terms give out the same."""

    slug: str
    version: str
    terms: tuple[tuple[str, str], ...]
    given_out: tuple[tuple[str, str], ...] | None
    lesson: Lesson = field(compare=False)

    @functools.cached_property
    def texts(self) -> dict[str, str]:
        if self.given_out is not None:
            return dict(self.given_out)
        return {node.id: node.source for node in release(self.lesson).cells}

    @functools.cached_property
    def by_text(self) -> dict[str, list[str]]:
        ids: dict[str, list[str]] = {}
        for id, source in self.texts.items():
            ids.setdefault(_bare(source), []).append(id)
        ids.pop("", None)
        return ids

    @functools.cached_property
    def worked(self) -> dict[str, str]:
        return {cell.id: self.texts[cell.id] for cell in self.lesson.cells if cell.role is Role.WORKED}

    @functools.cached_property
    def words(self) -> frozenset[str]:
        return frozenset().union(*map(_words, self.worked.values()))


@functools.lru_cache(maxsize=64)
def _known(edition: _Edition) -> _Edition:
    """The same edition, with what was already worked out about it."""
    return edition


@dataclass
class _Answer:
    """Which cells answer a task, in their order."""

    cells: list[int] = field(default_factory=list)
    moved: bool = False
    """Whether they came from elsewhere in the notebook."""
    before: int | None = None
    """What stood in the task's own cell, where the answer came from elsewhere."""
    on_blank: bool = True
    """Whether the blank goes first: there is nothing else, or only some of the names."""


class _Repair:
    """One repair. Cells of the submission are called by their number, cells of the lesson by their id."""

    def __init__(self, lesson: Lesson, submitted: Mapping[str, Any], given_out: Mapping[str, str] | None) -> None:
        self.lesson = lesson
        given = None if given_out is None else tuple(given_out.items())
        self.given = _known(_Edition(lesson.slug, lesson.version, tuple(lesson.terms.items()), given, lesson))
        self.cells = [_read_cell(raw) for raw in submitted["cells"] if isinstance(raw, dict)]
        self.claims = [self._claims(cell) for cell in self.cells]
        self.untouched = [cell.bare in self.given.by_text for cell in self.cells]
        self.written = [n for n, cell in enumerate(self.cells) if cell.bare and not self.untouched[n]]
        self.follows: list[str | None] = [None]
        """The lesson's cell that each cell comes after."""
        for claims in self.claims:
            self.follows.append(claims[0] if claims else self.follows[-1])
        self.to_search = _MAXIMUM_SEARCH
        self.made: dict[int, frozenset[str]] = {}
        self.answers = self._find_answers()
        claimed = _mapping(_mapping(submitted.get("metadata")).get("academy")).get("lesson")
        if (isinstance(claimed, str) and claimed != lesson.slug) or not self._belongs():
            raise NotANotebook("another-lesson", lesson=lesson.title)
        self.taken = {n for answer in self.answers.values() for n in answer.cells}
        self.notes: list[str] = []

    def repaired(self) -> Repaired:
        for task in self.lesson.tasks:
            self._note_answer(task)
        self._note_mended_cells()
        extras = self._extras()
        steps = extras.get(None, [])
        cells = {cell.id: cell for cell in self.lesson.cells}
        for id in self.given.texts:
            cell = cells.get(id)
            if cell is None:
                pass  # words that every notebook gets; the learner's own code may follow them too
            elif cell.role is Role.WORKED:
                steps.append(Step(cell.id, cell.source))
            elif cell.role is Role.ANSWER and cell.task:
                *parts, whole = self._sources(cell.task)
                before = self.answers[cell.task].before
                if before is not None and self.cells[before].words & _words("\n".join([*parts, whole])):
                    parts.insert(0, self.cells[before].source)
                steps += [Step(f"{cell.id}-part-{n}", part, extra=True) for n, part in enumerate(parts, 1)]
                steps.append(Step(cell.id, whole, task=cell.task))
            steps += extras.get(id, [])
        texts = {task.id: self._text(task) for task in self.lesson.tasks if task.manual}
        return Repaired(tuple(steps), texts, tuple(self.notes))

    # -- what each cell is --------------------------------------------------------------------------------------------

    def _claims(self, cell: SubmittedCell) -> tuple[str, ...]:
        """The lesson's cells that this one may be: by its text where we gave that out, else by its ids."""
        ids = [id for id in (cell.grade_id, cell.cell_id) if id in self.given.texts]
        twins = self.given.by_text.get(cell.bare)
        if twins:
            return (next((id for id in ids if id in twins), twins[0]),)
        return tuple(dict.fromkeys(ids))

    def _made(self, number: int) -> frozenset[str]:
        """The names to which a cell gives a value."""
        if number not in self.made:
            source = self.cells[number].source
            self.to_search -= len(source)
            self.made[number] = _names_made(source) if self.to_search >= 0 else frozenset()
        return self.made[number]

    def _belongs(self) -> bool:
        """Whether anything here is this lesson's own. All lessons have a “cell-04”, and the same last section."""
        own = {cell.id for cell in self.lesson.cells if cell.task}
        return (
            any(own.intersection(claims) for claims in self.claims)
            or any(known and claims != ("hand-in",) for known, claims in zip(self.untouched, self.claims, strict=True))
            or any(answer.cells for answer in self.answers.values())
        )

    def _in_place(self, number: int, task: Task) -> bool:
        prompt = next(cell.id for cell in self.lesson.cells if cell.task == task.id and cell.role is Role.PROMPT)
        return self.follows[number] == prompt

    # -- the answers --------------------------------------------------------------------------------------------------

    def _find_answers(self) -> dict[str, _Answer]:
        """The cells that answer each task: the surest first, so that no cell is taken from where it surely belongs."""
        answers = {task.id: _Answer() for task in self.lesson.tasks}
        code = [task for task in self.lesson.tasks if not task.manual]
        makers: dict[str, list[int]] = {name: [] for task in code for name in task.answers}
        # The short ones first: what is huge is no answer, and must not keep the others from being searched.
        for n in sorted(self.written, key=lambda n: len(self.cells[n].source)):
            if not self.cells[n].words.isdisjoint(makers):
                for name in self._made(n) & makers.keys():
                    makers[name].append(n)
        taken: set[int] = set()

        def own(task: Task, among: Collection[int]) -> int | None:
            """Of the cells that bear the task's id, the one that we gave out; of copies, the last."""
            named = [n for n in among if task.id in self.claims[n]]
            return max(named, key=lambda n: (self.cells[n].cell_id == task.id, n), default=None)

        def take(task: Task, *numbers: int) -> None:
            answers[task.id].cells, answers[task.id].on_blank = list(numbers), False
            taken.update(numbers)

        full = {task.id: sorted(set.intersection(*(set(makers[name]) for name in task.answers))) for task in code}
        for task in code:
            if (number := own(task, full[task.id])) is not None:
                take(task, number)
        for task in code:
            if not answers[task.id].cells and full[task.id]:
                take(task, max(full[task.id], key=lambda n: (n not in taken, n)))
                answers[task.id].moved = True
        for task in self.lesson.tasks:
            if task.manual:
                left = [n for n in self.written if n not in taken]
                number = own(task, left)
                if number is None:
                    # Nothing in free text says whose it is: only its place is left.
                    new = [n for n in left if not self.claims[n] and not self.cells[n].is_code]
                    number = next((n for n in new if self._in_place(n, task)), None)
                if number is not None:
                    take(task, number)
        for task in code:
            answer, left = answers[task.id], [n for n in self.written if n not in taken]
            number = own(task, left)
            if answer.moved:
                answer.before = number
            elif not answer.cells:
                parts = self._parts(task, number, makers, taken)
                answer.moved = bool(parts)
                take(task, *sorted(parts if number is None else parts | {number}))
                answer.on_blank = number is None
        return answers

    def _parts(self, task: Task, own: int | None, makers: Mapping[str, list[int]], taken: Collection[int]) -> set[int]:
        """The cells that together give the names which the task's own cell does not give; none where one is lacking."""
        has = self._made(own) if own is not None else _names_made(self.given.texts[task.id])
        tasks = {each.id for each in self.lesson.tasks} - {task.id}
        parts: set[int] = set()
        for name in set(task.answers) - has:
            free = [n for n in makers[name] if n not in taken and tasks.isdisjoint(self.claims[n])]
            if not free:
                return set()
            parts.add(max(free))
        return parts

    def _sources(self, id: str) -> list[str]:
        """The answer to a task, in the order of its parts; the blank as it was given out where there is none."""
        answer = self.answers[id]
        sources = [self.cells[n].source for n in answer.cells]
        return [self.given.texts[id], *sources] if answer.on_blank else sources

    def _text(self, task: Task) -> str:
        cells = self.answers[task.id].cells
        return self.cells[cells[0]].source if cells else ""

    # -- what the learner added ---------------------------------------------------------------------------------------

    def _extras(self) -> dict[str | None, list[Step]]:
        """Code of the learner's own, by the lesson's cell that it follows: only what an answer can depend on.

        A cell that shares no name with anything else that runs cannot change an answer, but it could end the run.
        """
        untouched = {self.claims[n][0] for n, known in enumerate(self.untouched) if known}
        code = [task for task in self.lesson.tasks if not task.manual]
        answering = frozenset().union(*(_words("\n".join(self._sources(task.id))) for task in code))
        reach = answering | self.given.words
        # A cell of ours that the learner rewrote counts only for the names that would not be there without it.
        theirs = answering - self.given.words - {name for task in code for name in task.answers}
        tasks = {task.id for task in self.lesson.tasks}
        waiting: dict[str, list[int]] = {}
        for n in self.written:
            cell, claims = self.cells[n], self.claims[n]
            if n in self.taken or not cell.is_code:
                continue
            added = not claims or (untouched.intersection(claims) and tasks.isdisjoint(claims))
            for word in cell.words if added else cell.words & theirs and self._made(n) & theirs:
                waiting.setdefault(word, []).append(n)
        needed: set[int] = set()
        to_follow = list(reach & waiting.keys())
        while to_follow:
            found = set(waiting.pop(to_follow.pop(), ())) - needed
            needed |= found
            for n in found:
                to_follow += self.cells[n].words & waiting.keys()
        extras: dict[str | None, list[Step]] = {}
        for n in sorted(needed):
            after = self.claims[n][0] if self.claims[n] else self.follows[n]
            extras.setdefault(after, []).append(Step(f"extra-{n + 1}", self.cells[n].source, extra=True))
        return extras

    # -- what the learner is told -------------------------------------------------------------------------------------

    def _note_answer(self, task: Task) -> None:
        answer = self.answers[task.id]
        own = [n for n, claims in enumerate(self.claims) if claims[:1] == (task.id,) and self._is_own(n, task)]
        cell = f"The answer cell of task {task.number}"
        if len(own) > 1:
            self.notes.append(f"{cell} was there {len(own)} times. One was kept.")
        moved = answer.moved and not (not own and self._in_place(answer.cells[-1], task))
        if moved and len(answer.cells) > 1:
            self.notes.append(f"The answer to task {task.number} stood in more than one cell. Its parts were joined.")
        elif moved:
            self.notes.append(f"The answer to task {task.number} stood in another cell. It was moved to its place.")
        elif any(self.cells[n].is_code == task.manual for n in answer.cells):
            self.notes.append(f"{cell} had become another kind of cell. It was turned back.")
        if not own and not answer.cells:
            self.notes.append(f"{cell} was missing. It was put back, empty.")
        if not task.manual and any(self.cells[n].mended for n in answer.cells):
            self.notes.append(
                f"The answer to task {task.number} held characters that nobody can see. They were removed."
            )

    def _is_own(self, number: int, task: Task) -> bool:
        """Whether a cell that bears a task's id is that task's, and not another's with the wrong id."""
        return number not in self.taken or number in self.answers[task.id].cells

    def _note_mended_cells(self) -> None:
        code = {cell.id for cell in self.lesson.cells if cell.role in (Role.WORKED, Role.CHECK)}
        untouched = {self.claims[n][0] for n, known in enumerate(self.untouched) if known}
        named = {claims[0] for claims in self.claims if claims}
        missing, changed = len(code - named), len(code & named - untouched)
        if missing:
            self.notes.append(f"{_cells(missing)} of the lesson had been deleted. {_put_back(missing)}")
        if changed:
            self.notes.append(f"{_cells(changed)} of the lesson had been changed. {_put_back(changed)}")


def _cells(count: int) -> str:
    return "One cell" if count == 1 else f"{count} cells"


def _put_back(count: int) -> str:
    return "It was put back as it was." if count == 1 else "They were put back as they were."


# -- what a text says -------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W\d]\w*")
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_MAGIC = re.compile(r"^[ \t]*[%!?].*$|^.*\?[ \t]*$", re.MULTILINE)
"""Lines for IPython alone, which Python cannot read."""
_EVERYONES = frozenset(keyword.kwlist) | frozenset(dir(builtins))


def _bare(source: str) -> str:
    """The source without what editors change by themselves: spaces at line ends, empty lines at either end."""
    return "\n".join(line.rstrip() for line in source.splitlines()).strip()


def _words(source: str) -> frozenset[str]:
    """All that may be a name in a cell: words in texts too, since `query("population < @limit")` reads a name."""
    return frozenset(_WORD.findall(_COMMENT.sub("", source))) - _EVERYONES


def _names_made(source: str) -> frozenset[str]:
    """The names to which a cell gives a value; the three dots of a blank are none."""
    try:
        tree = ast.parse(_MAGIC.sub("", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    made: set[str] = set()
    for statement in tree.body:
        if (
            isinstance(statement, ast.Assign)
            and isinstance(statement.value, ast.Constant)
            and statement.value.value is ...
        ):
            made -= set(_names_bound(statement))
        else:
            made |= set(_names_bound(statement))
    return frozenset(made)


def _names_bound(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from ((alias.asname or alias.name).split(".")[0] for alias in names)
            case _:
                pass


# -- reading a cell ---------------------------------------------------------------------------------------------------

_UNSEEN = str.maketrans(
    dict.fromkeys("\u00a0\u2007\u202f", " ")  # spaces that do not break, as word processors and some keyboards type
    | dict.fromkeys("\u2028\u2029", "\n")
    | dict.fromkeys("\0\u00ad\u200b\u2060\ufeff", "")  # no width at all
)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _read_cell(raw: Mapping[str, Any]) -> SubmittedCell:
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    source = source.replace("\r\n", "\n").replace("\r", "\n") if isinstance(source, str) else ""
    seen = source if source.isascii() and "\0" not in source else source.translate(_UNSEEN)
    cell_id = raw.get("id")
    grade_id = _mapping(_mapping(raw.get("metadata")).get("nbgrader")).get("grade_id")
    return SubmittedCell(
        source=seen,
        cell_id=cell_id if isinstance(cell_id, str) else None,
        grade_id=grade_id if isinstance(grade_id, str) else None,
        is_code=raw.get("cell_type") == "code",
        mended=seen != source,
    )
