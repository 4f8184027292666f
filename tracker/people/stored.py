"""What a room tells about one person's data, in the form that a person's page and download show.

Every room that stores something about people has a module `personal.py`:

    COVERS                  the models that it speaks for, as Django names them
    personal_data(person)   what they hold about this person
    forget(person)          what deleting the row of the person would not do by itself

tracker/records collects them. Its tests find a model with a link to people that no room speaks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import QuerySet

from tracker.people.models import Person

DELETED = "Deleted."


def no_files() -> Iterable[tuple[str, bytes]]:
    """A list has no files with it, unless it says so."""
    return ()


@dataclass(frozen=True)
class Stored:
    """One list of what is stored: a table of plain values."""

    name: str
    """The name of its file, and of its list on the page: such as “submissions”."""
    says: str
    """What it is, in a sentence to the person."""
    rows: Sequence[Mapping[str, Any]]
    on_deletion: str = DELETED
    """What happens to it when the person is deleted, and why."""
    files: Callable[[], Iterable[tuple[str, bytes]]] = no_files
    """Names and contents of files that belong to it, read one at a time."""


class Room(Protocol):
    """A module `personal.py`."""

    COVERS: Sequence[str]

    def personal_data(self, person: Person) -> Sequence[Stored]: ...

    def forget(self, person: Person) -> None: ...


def rows(found: QuerySet[Any], **columns: str) -> list[dict[str, Any]]:
    """The rows of a query as a table: column names in plain words, each with the field that it comes from."""
    names = [name.replace("_", " ") for name in columns]
    return [dict(zip(names, values, strict=True)) for values in found.values_list(*columns.values())]
