"""A learner's answers as plain data: what they are, not how they behave. Neither side can smuggle code to the other.

Every value is JSON: text, booleans and None as they are, all else as {"is": kind, …}. Only exact types are taken: a
subclass may lie about what it equals, so it is refused with a reason that its author can act on.
"""

from __future__ import annotations

import datetime
import decimal
import importlib
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from toolkit.chart import ChartFacts, describe_chart

MAXIMUM_ITEMS = 500_000
_MAXIMUM_DEPTH = 20

Encoded = Any
"""A JSON value."""


class Unreadable(Exception):
    """An answer that cannot be carried as data. Its message ends a sentence that begins “could not read it:”."""


def encode(value: object, *, modules: bool = False) -> Encoded:
    """Return `value` as JSON. Raises Unreadable, saying in plain words what the value is instead.

    `modules`: a module out of a list of well-known ones is carried by its name, for checks that use a notebook's `np`.
    """
    if modules and type(value) is ModuleType:
        return {"is": "module", "value": _module_name(value.__name__)}
    return _Encoder().encode(value, 0)


def decode(encoded: Encoded) -> Any:
    """Return a fresh copy of the value that `encode` was given. Raises ValueError where it is none of ours."""
    if encoded is None or isinstance(encoded, bool | str):
        return encoded
    if isinstance(encoded, dict) and encoded.get("is") in _DECODERS:
        return _DECODERS[encoded["is"]](encoded)
    raise ValueError(f"not an encoded answer: {str(encoded)[:80]}")


class _Encoder:
    """One encoding, with one budget of items, so that a small program cannot make a huge answer."""

    def __init__(self) -> None:
        self.items = 0

    def encode(self, value: Any, depth: int) -> Encoded:
        self.count(1)
        if depth > _MAXIMUM_DEPTH:
            raise Unreadable("it holds lists within lists within lists, too deep to follow.")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is str:
            self.count(len(value) // 100)
            return value
        if kind is int:
            if value.bit_length() > 10_000:
                raise Unreadable("the number is too long.")
            return {"is": "int", "value": str(value)}
        if kind is float:
            return {"is": "float", "value": value}
        if kind in _SIMPLE:
            name, write = _SIMPLE[kind]
            return {"is": name, "value": write(value)}
        if kind in (list, tuple, set, frozenset):
            return {"is": kind.__name__, "value": [self.encode(each, depth + 1) for each in value]}
        if kind is dict:
            pairs = [[self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in value.items()]
            return {"is": "dict", "value": pairs}
        if isinstance(value, np.generic) and kind.__module__ == "numpy" and kind is not np.void:
            return {"is": "number", "dtype": str(value.dtype), "value": self.encode(value.item(), depth + 1)}
        if kind is np.ndarray:
            return {"is": "array", "shape": list(value.shape), "value": self.column(pd.Series(value.ravel()))}
        if kind is pd.Series:
            return {
                "is": "series",
                "name": self.encode(value.name, depth + 1),
                "index": self.index(value.index),
                "value": self.column(value),
            }
        if kind is pd.DataFrame:
            columns = [self.column(value.iloc[:, n]) for n in range(value.shape[1])]
            return {
                "is": "table",
                "columns": self.index(value.columns),
                "index": self.index(value.index),
                "value": columns,
            }
        if isinstance(value, pd.Index):
            return {"is": "index", "value": self.index(value)}
        if "matplotlib" in kind.__module__:
            return self.chart(value)
        if callable(value):
            raise Unreadable("it is a function. Did you leave out the brackets ( ) at its end?")
        raise Unreadable(f"it is a “{kind.__name__}”, which is neither a number, a text, a list, a table nor a chart.")

    def count(self, items: int) -> None:
        self.items += items
        if self.items > MAXIMUM_ITEMS:
            raise Unreadable("it is far larger than any answer needs to be.")

    def column(self, values: Any) -> Encoded:
        """A column: its dtype and its cells."""
        dtype = values.dtype
        self.count(len(values))
        if isinstance(dtype, pd.CategoricalDtype):
            return {
                "dtype": "category",
                "ordered": bool(dtype.ordered),
                "categories": self.column(pd.Series(dtype.categories)),
                "value": [int(code) for code in values.cat.codes],
            }
        if dtype.kind in "iufb" and isinstance(dtype, np.dtype):
            return {"dtype": str(dtype), "value": values.tolist()}
        return {"dtype": str(dtype), "value": [self.encode(each, 1) for each in values]}

    def index(self, index: Any) -> Encoded:
        names = [self.encode(name, 1) for name in index.names]
        if type(index) is pd.RangeIndex:
            return {"range": [index.start, index.stop, index.step], "names": names}
        if isinstance(index, pd.MultiIndex):
            levels = [self.column(pd.Series(index.get_level_values(n))) for n in range(index.nlevels)]
            return {"levels": levels, "names": names}
        return {"column": self.column(pd.Series(index)), "names": names}

    def chart(self, value: Any) -> Encoded:
        try:
            facts = describe_chart(value)
        except (TypeError, ValueError) as error:
            raise Unreadable("it is part of a chart. Give the axes that the drawing command returns.") from error
        return {"is": "chart", "value": facts.to_json()}


_MODULES = frozenset(
    "bisect calendar cmath collections copy csv dataclasses datetime decimal enum fractions functools heapq itertools "
    "json math operator os pathlib random re statistics string textwrap time typing "
    "altair geopandas matplotlib networkx numpy pandas plotly scipy seaborn shapely sklearn statsmodels sympy".split()
)
"""The packages out of which a module may be carried. The other side imports its own copy."""


def _module_name(name: object) -> str:
    if type(name) is str and name.partition(".")[0] in _MODULES:
        return name
    raise Unreadable("it is a module that the checks do not know.")


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(_module_name(name))
    except (Unreadable, ImportError) as error:
        raise ValueError(f"no module to carry: {str(name)[:80]}") from error


_SIMPLE: dict[type, tuple[str, Callable[[Any], Encoded]]] = {
    type(...): ("blank", lambda _: None),
    complex: ("complex", lambda value: [value.real, value.imag]),
    bytes: ("bytes", lambda value: value.hex()),
    datetime.date: ("date", lambda value: value.isoformat()),
    datetime.datetime: ("datetime", lambda value: value.isoformat()),
    datetime.timedelta: ("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    decimal.Decimal: ("decimal", str),
    pd.Timestamp: ("timestamp", lambda value: value.isoformat()),
    pd.Timedelta: ("pandas-timedelta", lambda value: value.isoformat()),
    type(pd.NaT): ("nat", lambda _: None),
    type(pd.NA): ("na", lambda _: None),
}


def _column(encoded: Encoded) -> Any:
    dtype, values = encoded["dtype"], encoded["value"]
    if dtype == "category":
        categories = pd.Index(_column(encoded["categories"]))
        return pd.Series(pd.Categorical.from_codes(values, categories, ordered=encoded["ordered"]))
    cells = values if dtype.startswith(("int", "uint", "float", "bool")) else [decode(each) for each in values]
    return pd.Series(cells, dtype=dtype)


def _index(encoded: Encoded) -> Any:
    names = [decode(name) for name in encoded["names"]]
    if "range" in encoded:
        return pd.RangeIndex(*encoded["range"], name=names[0])
    if "levels" in encoded:
        return pd.MultiIndex.from_arrays([_column(level) for level in encoded["levels"]], names=names)
    return pd.Index(_column(encoded["column"]), name=names[0])


def _series(encoded: Encoded) -> Any:
    series = _column(encoded["value"])
    series.index, series.name = _index(encoded["index"]), decode(encoded["name"])
    return series


def _table(encoded: Encoded) -> Any:
    index = _index(encoded["index"])
    columns = {number: _column(column).set_axis(index) for number, column in enumerate(encoded["value"])}
    table = pd.DataFrame(columns, index=index)
    table.columns = _index(encoded["columns"])
    return table


def _many(make: Callable[[Iterable[Any]], Any]) -> Callable[[Encoded], Any]:
    return lambda encoded: make(decode(each) for each in encoded["value"])


_DECODERS: dict[str, Callable[[Encoded], Any]] = {
    "int": lambda encoded: int(encoded["value"]),
    "float": lambda encoded: float(encoded["value"]),
    "blank": lambda _: ...,
    "complex": lambda encoded: complex(*encoded["value"]),
    "bytes": lambda encoded: bytes.fromhex(encoded["value"]),
    "date": lambda encoded: datetime.date.fromisoformat(encoded["value"]),
    "datetime": lambda encoded: datetime.datetime.fromisoformat(encoded["value"]),
    "timedelta": lambda encoded: datetime.timedelta(*encoded["value"]),
    "decimal": lambda encoded: decimal.Decimal(encoded["value"]),
    "timestamp": lambda encoded: pd.Timestamp(encoded["value"]),
    "pandas-timedelta": lambda encoded: pd.Timedelta(encoded["value"]),
    "nat": lambda _: pd.NaT,
    "na": lambda _: pd.NA,
    "list": _many(list),
    "tuple": _many(tuple),
    "set": _many(set),
    "frozenset": _many(frozenset),
    "dict": lambda encoded: {decode(key): decode(value) for key, value in encoded["value"]},
    "number": lambda encoded: np.dtype(encoded["dtype"]).type(decode(encoded["value"])),
    "array": lambda encoded: _column(encoded["value"]).to_numpy().reshape(encoded["shape"]),
    "series": _series,
    "table": _table,
    "index": lambda encoded: _index(encoded["value"]),
    "module": lambda encoded: _module(encoded["value"]),
    "chart": lambda encoded: ChartFacts.from_json(encoded["value"]),
}

# A number of ten thousand bits is written as some three thousand digits: within Python's own limit.
sys.set_int_max_str_digits(4300)
