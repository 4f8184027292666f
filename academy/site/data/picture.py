"""The numbers that a dataset's picture shows, taken from its table as its package asks.

The drawing, its text alternative and the table below it are all made from these numbers, so they cannot disagree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any

from academy.data.errors import DataError
from academy.data.package import DESCRIPTOR, Package, Table
from academy.data.rows import header_and_rows

TOWN_SHAPES = "town-shapes/town-shapes.geojson"
MOST_LINES, MOST_BARS = 4, 20

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_SCHOOL_YEAR = re.compile(r"\d{4}-\d{2}")
_WHOLE = re.compile(r"\d+")

Value = Decimal | None
"""A number, or None where the table has none."""


class PictureWrong(DataError):
    """A dataset's picture cannot be drawn from its table."""


@dataclass(frozen=True)
class Numbers:
    """What one picture shows: at each of `x`, the value of every series.

    Bars and maps have one series, named "". `moments` says what the x of lines are: "days", "months", "numbers" or, for
    others, "words"; `counted` that the values are numbers of rows; `left_out`, how many smaller bars are not shown;
    `not_added`, how many rows had no value to add.
    """

    kind: str
    title: str
    x_title: str
    value_title: str
    counted: bool
    x: tuple[str, ...]
    series: Mapping[str, tuple[Value, ...]]
    moments: str = "words"
    left_out: int = 0
    not_added: int = 0

    @cached_property
    def decimals(self) -> int:
        """How many decimals its values have."""
        exponents = (value.normalize().as_tuple().exponent for _, _, value in self.marks())
        return max((-each for each in exponents if isinstance(each, int) and each < 0), default=0)

    @cached_property
    def largest(self) -> Decimal:
        """The largest of its values, whatever their sign."""
        return max(abs(value) for _, _, value in self.marks())

    def marks(self) -> Iterator[tuple[str, str, Decimal]]:
        """Yield series, x and value of everything that is drawn."""
        for name, values in self.series.items():
            for x, value in zip(self.x, values, strict=True):
                if value is not None:
                    yield name, x, value


def numbers_of(package: Package, datasets: Path) -> Numbers:
    """Return the numbers of a dataset's picture. Raises PictureWrong, PackageBroken."""
    return _Taking(package).take(datasets)


def town_shapes(datasets: Path) -> dict[str, Any]:
    """Return the GeoJSON area of every town, by its name. Raises PictureWrong where a map has no shapes to draw."""
    path = datasets / TOWN_SHAPES
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        return {feature["properties"]["town"]: feature["geometry"] for feature in features}
    except FileNotFoundError:
        problem = "the shapes of the towns, which every map needs, are not there."
    except (ValueError, KeyError, TypeError):
        problem = "the shapes of the towns, which every map needs, are not GeoJSON with a property `town` each."
    raise PictureWrong(f"datasets/{TOWN_SHAPES}", problem, "Run `academy data build town-shapes`.")


class _Taking:
    """The way from a package to the numbers of its picture."""

    def __init__(self, package: Package) -> None:
        self.slug, self.wish = package.slug, package.picture
        found = [table for table in package.tables if table.name == self.wish.table]
        if not found:
            raise self.wrong("table", f"there is no table “{self.wish.table}”.", "Name one of the package's tables.")
        self.table: Table = found[0]
        self.columns = {column.name: column for column in self.table.columns}
        self.not_added = 0

    def take(self, datasets: Path) -> Numbers:
        self._refuse_what_no_picture_can_show()
        values, names = self._values()
        match self.wish.kind:
            case "map":
                return self._map(values, list(town_shapes(datasets)))
            case "bars":
                return self._bars(values)
            case _:
                return self._lines(values, names)

    def wrong(self, field: str, problem: str, advice: str) -> PictureWrong:
        return PictureWrong(f"{self.slug}/{DESCRIPTOR}, academy, picture, {field}", problem, advice)

    def _refuse_what_no_picture_can_show(self) -> None:
        if self.table.kept_apart:
            raise self.wrong(
                "table", f"the table “{self.table.name}” is kept apart.", "Draw a table that learners get."
            )
        if self.wish.series and self.wish.kind != "lines":
            raise self.wrong("series", f"{self.wish.kind} have no series.", "Leave it out, or draw lines.")
        for field, name in {"x": self.wish.x, "value": self.wish.value, "series": self.wish.series}.items():
            if name and name not in self.columns:
                raise self.wrong(field, f"there is no column “{name}” in {self.table.name}.", "Name a column of it.")

    def _values(self) -> tuple[dict[tuple[str, str], Value], list[str]]:
        """Return the value at each x and series, in the order of the table, and the names of the series."""
        header, rows = header_and_rows(self.table)
        place = {name: header.index(name) for name in self.columns}
        only = [(place[name], text) for name, text in self.wish.only.items()]
        x_at, series_at = place[self.wish.x], place[self.wish.series] if self.wish.series else None
        value_at = place[self.wish.value] if self.wish.value else None
        values: dict[tuple[str, str], Value] = {}
        for row in rows:
            if any(row[at] != text for at, text in only) or not row[x_at]:
                continue
            key = (row[x_at], row[series_at] if series_at is not None else "")
            if value_at is None:
                values[key] = (values.get(key) or Decimal(0)) + 1
                continue
            value = self._number(row[value_at])
            self.not_added += self.wish.add and value is None
            if key not in values:
                values[key] = value
            elif not self.wish.add:
                raise self._shared(key)
            elif value is not None:
                values[key] = (values[key] or Decimal(0)) + value
        if all(value is None for value in values.values()):
            raise self.wrong(
                "only" if only else "value", "no row is left that has a value.", "Look for a misspelled cell text."
            )
        return values, list(dict.fromkeys(series for _, series in values))

    def _number(self, cell: str) -> Value:
        try:
            return Decimal(cell) if cell else None
        except InvalidOperation:
            raise self.wrong(
                "value",
                f"the column “{self.wish.value}” holds “{cell}”, which is no number.",
                "Choose a column of numbers.",
            ) from None

    def _shared(self, key: tuple[str, str]) -> PictureWrong:
        x, series = key
        which = f"“{x}”" + (f" and “{series}”" if series else "")
        return self.wrong(
            "x",
            f"several rows of {self.table.name} share the {self.wish.x} {which}.",
            "Choose rows with `only`, or add their values up with `add`: true.",
        )

    def _map(self, values: Mapping[tuple[str, str], Value], towns: Sequence[str]) -> Numbers:
        for town, _ in values:
            if town not in towns:
                raise self.wrong(
                    "x", f"“{town}” is not a town on the map.", "A map needs a column with the names of the towns."
                )
        nothing = Decimal(0) if self.wish.value is None else None
        x = tuple(sorted(towns))
        return self._numbers(x, {"": tuple(values.get((town, ""), nothing) for town in x)})

    def _bars(self, values: Mapping[tuple[str, str], Value]) -> Numbers:
        marks = [(x, value) for (x, _), value in values.items()]
        if self.wish.largest:
            # Equal ones, and those without a value, keep the order of the table.
            marks.sort(key=lambda mark: Decimal("-Infinity") if mark[1] is None else mark[1], reverse=True)
        shown = marks[: self.wish.largest]
        if len(shown) > MOST_BARS:
            raise self.wrong(
                "largest", f"{len(shown)} bars are too many to read.", f"Show the largest, at most {MOST_BARS}."
            )
        x = tuple(x for x, _ in shown)
        return self._numbers(x, {"": tuple(value for _, value in shown)}, left_out=len(marks) - len(shown))

    def _lines(self, values: Mapping[tuple[str, str], Value], names: Sequence[str]) -> Numbers:
        if len(names) > MOST_LINES:
            raise self.wrong(
                "series",
                f"{len(names)} lines are too many to tell apart: {', '.join(names[:8])}.",
                f"Choose rows with `only`, so that at most {MOST_LINES} are left.",
            )
        moments = _moments({x for x, _ in values})
        # Days and months are written so that the order of the alphabet is the order of time.
        x = tuple(sorted({x for x, _ in values}, key=int if moments == "numbers" else str))
        if len(x) < 2:
            raise self.wrong("x", "a line needs two points or more.", "Choose a column of times, or draw bars.")
        series = {name: tuple(values.get((moment, name)) for moment in x) for name in names}
        return self._numbers(x, series, moments=moments)

    def _numbers(
        self, x: tuple[str, ...], series: Mapping[str, tuple[Value, ...]], *, moments: str = "words", left_out: int = 0
    ) -> Numbers:
        value = self.columns[self.wish.value] if self.wish.value else None
        return Numbers(
            kind=self.wish.kind,
            title=self.wish.title,
            x_title=self.columns[self.wish.x].title,
            value_title=_with_unit(value.title, value.unit) if value else "Number of rows",
            counted=value is None,
            x=x,
            series=dict(series),
            moments=moments,
            left_out=left_out,
            not_added=self.not_added,
        )


def _moments(cells: set[str]) -> str:
    """What all cells of an x are."""
    if all(_SCHOOL_YEAR.fullmatch(cell) and (int(cell[:4]) + 1) % 100 == int(cell[5:]) for cell in cells):
        # 2011-12 looks like a month.
        return "words"
    for name, form in (("days", _DAY), ("months", _MONTH), ("numbers", _WHOLE)):
        if all(form.fullmatch(cell) for cell in cells):
            return name
    return "words"


def _with_unit(title: str, unit: str) -> str:
    return title if unit == "none" or unit.casefold() in title.casefold() else f"{title} ({unit})"
