"""An answer arrives at its check as it was given, or not at all."""

from __future__ import annotations

import datetime
import json
import math
from types import ModuleType
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.runner.inside.answers import Unreadable, decode, encode

matplotlib.use("agg")

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.dates(),
    st.datetimes().map(lambda moment: moment.replace(fold=0)),  # fold is a matter of clocks, not of answers
    st.timedeltas(),
)
keys = st.one_of(st.integers(), st.text(max_size=5))
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4) | st.tuples(inner, inner),
    max_leaves=12,
)


def carried(value: object) -> Any:
    """The value after its way through JSON."""
    return decode(json.loads(json.dumps(encode(value))))


@settings(deadline=None)
@given(value=values)
def test_plain_values_arrive_unchanged(value: object) -> None:
    assert repr(carried(value)) == repr(value)


columns = st.one_of(
    st.lists(st.integers(-(2**60), 2**60), min_size=3, max_size=3),
    st.lists(st.floats(), min_size=3, max_size=3),
    st.lists(st.text(max_size=5), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.lists(st.one_of(st.none(), st.text(max_size=5), st.integers()), min_size=3, max_size=3),
    st.lists(st.datetimes(min_value=datetime.datetime(1900, 1, 1), max_value=datetime.datetime(2200, 1, 1)), min_size=3, max_size=3),
)  # fmt: skip


@settings(deadline=None)
@given(data=st.dictionaries(st.text(max_size=5), columns, min_size=1, max_size=4))
def test_tables_arrive_with_their_types_and_labels(data: dict[str, list[Any]]) -> None:
    table = pd.DataFrame(data)
    pd.testing.assert_frame_equal(carried(table), table)
    by_label = table.set_axis(["x", "y", "z"])
    pd.testing.assert_series_equal(carried(by_label.iloc[:, 0]), by_label.iloc[:, 0])


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["k", None])),
        pd.DataFrame({"a": pd.Categorical(["lo", "hi"], ["lo", "hi"], ordered=True)}),
        pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": pd.to_datetime(["2024-01-01", None], utc=True)}),
        pd.DataFrame([[1, 2]], columns=["same", "same"]),
        pd.DataFrame(),
        pd.DataFrame({"a": [1, 2, 3]}).iloc[::2],
    ],
    ids=[
        "two-level index",
        "ordered categories",
        "missing values",
        "two columns of one name",
        "empty",
        "rows left out",
    ],
)
def test_unusual_tables_arrive_too(table: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(carried(table), table)


def test_numpy_values_arrive_as_numpy_values() -> None:
    assert type(carried(np.int64(5))) is np.int64
    assert type(carried(np.float64(0.5))) is np.float64
    np.testing.assert_array_equal(carried(np.arange(6).reshape(2, 3)), np.arange(6).reshape(2, 3))


def test_a_chart_arrives_as_its_facts() -> None:
    axes = pd.DataFrame({"town": ["Union", "Bolton"], "people": [785, 4858]}).plot.barh(
        x="town", y="people", title="Small towns", color="#123456"
    )
    facts = carried(axes)
    assert facts.kinds == {"barh"}
    assert facts.title == "Small towns"
    assert [(mark.label, mark.x, mark.color) for mark in facts.layers[0].marks] == [
        ("Union", 785, "#123456"),
        ("Bolton", 4858, "#123456"),
    ]
    assert facts.x_limits[0] == 0


class AlwaysEqual(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (AlwaysEqual(5), "neither a number"),
        (object(), "neither a number"),
        (len, "brackets"),
        ([[]] * 600_000, "far larger"),
        (10**5000, "too long"),
        (pd.Series([AlwaysEqual(1)], dtype=object), "neither a number"),
    ],
    ids=["a number that lies", "an object", "a function", "a huge list", "a huge number", "a table that lies"],
)
def test_what_is_not_data_is_refused_in_plain_words(value: object, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        encode(value)


@pytest.mark.parametrize("module", [np, math, np.linalg], ids=lambda module: module.__name__)
def test_a_well_known_module_is_carried_where_the_checks_ask_for_modules(module: ModuleType) -> None:
    assert decode(json.loads(json.dumps(encode(module, modules=True)))) is module
    with pytest.raises(Unreadable, match="neither a number"):
        encode(module)


def test_a_module_of_ones_own_is_not_carried() -> None:
    with pytest.raises(Unreadable, match="module that the checks do not know"):
        encode(ModuleType("helpers"), modules=True)


class AModuleThatLies(ModuleType):
    pass


def test_what_only_looks_like_a_module_is_not_carried() -> None:
    with pytest.raises(Unreadable, match="neither a number"):
        encode(AModuleThatLies("numpy"), modules=True)


@pytest.mark.parametrize("name", ["subprocess", "numpy.no_such_thing", "../numpy", "", 5])
def test_no_other_module_is_imported_for_an_answer(name: Any) -> None:
    with pytest.raises(ValueError, match="no module"):
        decode({"is": "module", "value": name})


def test_a_list_within_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(Unreadable, match="too deep"):
        encode(endless)


@pytest.mark.parametrize("forged", [{"is": "eval", "value": "1"}, {}, 5, {"is": ["int"]}, [1]])
def test_what_encode_never_wrote_is_not_decoded(forged: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        decode(forged)
