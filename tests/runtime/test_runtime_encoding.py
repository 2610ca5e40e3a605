"""Answers as JSON values."""

from __future__ import annotations

import array
import collections
import datetime as dt
import decimal
import fractions
import json
import math
import pathlib
import subprocess
import sys
import types
import uuid
from typing import Any

import hint_cases
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_containerize.runtime.encoding import MAX_DEPTH, NotEncodable, to_json

Pair = collections.namedtuple("Pair", "left right")  # noqa: PYI024  # the untyped kind is the case
FRAME = pd.DataFrame({"a": [1, 2], "b": [0.5, math.nan], "c": ["x", None]}, index=[7, 8])
ROWS = [{"a": 1, "b": 0.5, "c": "x"}, {"a": 2, "b": None, "c": None}]

ENCODED: dict[str, tuple[Any, Any]] = {
    "null": (None, None),
    "true": (True, True),
    "integer": (10**100, 10**100),
    "float": (0.1, 0.1),
    "nan": (math.nan, None),
    "infinity": ([-math.inf], [None]),
    "text": ("\ud800é", "\ud800é"),
    "nested": ({"a": [1, (2, {"b": None})]}, {"a": [1, [2, {"b": None}]]}),
    "keys": (
        {1: 1, None: 2, False: 3, 1.5: 4, (1, 2): 5, hint_cases.Color.RED: 6, dt.date(2024, 1, 2): 7},
        {"1": 1, "null": 2, "false": 3, "1.5": 4, "(1, 2)": 5, "red": 6, "2024-01-02": 7},
    ),
    "numpy keys": ({np.int64(3): 1, np.str_("a"): 2}, {"3": 1, "a": 2}),
    "set": ({"b", "a", "c"}, ["a", "b", "c"]),
    "mixed set": (frozenset({1, "a", None}), ["a", 1, None]),
    "range": (range(3), [0, 1, 2]),
    "generator": ((x for x in "ab"), ["a", "b"]),
    "dict views": ([{"a": 1}.keys(), {"a": 1}.values(), {"a": 1}.items()], [["a"], [1], [["a", 1]]]),
    "deque": (collections.deque([1]), [1]),
    "counter": (collections.Counter("aab"), {"a": 2, "b": 1}),
    "mapping": (types.MappingProxyType({"a": 1}), {"a": 1}),
    "named tuple": (Pair(1, 2), {"left": 1, "right": 2}),
    "dataclass": (hint_cases.Flower([1.0]), {"petals": [1.0], "name": "iris", "tags": []}),
    "enum": ([hint_cases.Color.RED, hint_cases.Size.LARGE], ["red", 2]),
    "datetime": (dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "2024-01-02T03:04:05+00:00"),
    "date and time": ([dt.date(2024, 1, 2), dt.time(3, 4)], ["2024-01-02", "03:04:00"]),
    "timedelta": (dt.timedelta(minutes=1.5), 90.0),
    "uuid": (uuid.UUID(int=0), "00000000-0000-0000-0000-000000000000"),
    "path": (pathlib.PurePosixPath("a/b"), "a/b"),
    "decimal": ([decimal.Decimal("0.10"), decimal.Decimal("NaN")], ["0.10", None]),
    "fraction": (fractions.Fraction(1, 4), 0.25),
    "bytes": ([b"\x00\xff", bytearray(b"a"), memoryview(b"b")], ["AP8=", "YQ==", "Yg=="]),
    "array.array": (array.array("d", [1.5, math.nan]), [1.5, None]),
    "numpy scalars": (
        [np.float32(0.5), np.int8(3), np.bool_(1), np.str_("a"), np.float64("nan")],
        [0.5, 3, True, "a", None],
    ),
    "numpy array": (np.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
    "numpy nan": (np.array([[1.0, np.nan], [np.inf, 2.0]]), [[1.0, None], [None, 2.0]]),
    "numpy nothing": (np.zeros((0, 3)), []),
    "numpy point": (np.array(1.5), 1.5),
    "numpy words": (np.array(["a", "bc"]), ["a", "bc"]),
    "numpy bytes": (np.array([b"a"]), ["YQ=="]),
    "numpy objects": (np.array([1, "a", None, math.nan], dtype=object), [1, "a", None, None]),
    "numpy long double": (np.array([1.5], dtype=np.longdouble), [1.5]),
    "numpy times": (
        np.array(["2024-01-02T03:04:05.5", "NaT"], dtype="datetime64[ns]"),
        ["2024-01-02T03:04:05.500000000", None],
    ),
    "numpy time": ([np.datetime64("2024-01-02"), np.datetime64("NaT", "D")], ["2024-01-02", None]),
    "numpy durations": (np.array([90, "NaT"], dtype="timedelta64[s]"), [90.0, None]),
    "numpy masked": (np.ma.array([1, 2], mask=[False, True]), [1, None]),
    "numpy record": (np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]), [[1, 2.5]]),
    "frame": (FRAME, ROWS),
    "frame without columns": (pd.DataFrame(index=[1, 2]), [{}, {}]),
    "frame without rows": (pd.DataFrame({"a": []}), []),
    "frame of numbers": (pd.DataFrame(np.eye(2)), [{"0": 1.0, "1": 0.0}, {"0": 0.0, "1": 1.0}]),
    "frame of times": (
        pd.DataFrame({"t": pd.to_datetime(["2024-01-02", None])}),
        [{"t": "2024-01-02T00:00:00"}, {"t": None}],
    ),
    "series": (FRAME["b"], [0.5, None]),
    "categories": (pd.Series(["a", None], dtype="category"), ["a", None]),
    "nullable": (pd.array([1, None], dtype="Int64"), [1, None]),
    "index": (FRAME.index, [7, 8]),
    "index by two": (pd.MultiIndex.from_tuples([(1, "a")]), [[1, "a"]]),
    "pandas scalars": (
        [pd.NA, pd.NaT, pd.Timestamp("2024-01-02"), pd.Timedelta("90s"), pd.Period("2024-01")],
        [None, None, "2024-01-02T00:00:00", 90.0, "2024-01"],
    ),
}


@pytest.mark.parametrize(("value", "expected"), ENCODED.values(), ids=ENCODED)
def test_to_json__value__is_as_json_says_it(value: Any, expected: Any) -> None:
    """Each value has one form in JSON, made of JSON's own types."""
    encoded = to_json(value)
    assert encoded == expected
    json.dumps(encoded, allow_nan=False)


def _inside_itself() -> list[Any]:
    value: list[Any] = []
    value.append({"again": value})
    return value


REFUSED: dict[str, tuple[Any, str, str]] = {
    "object": (object(), "", "object"),
    "in a list": ([1, [object()]], "[1][0]", "object"),
    "in a dict": ({"a": [{"b": 1j}]}, "a[0].b", "complex"),
    "in a record": (hint_cases.Point(1.0, object()), "y", "object"),
    "in a frame": (pd.DataFrame({"a": [1, 2], "b": [None, object()]}), "[1].b", "object"),
    "function": (len, "", "builtin_function_or_method"),
    "class": (dict, "", "type"),
    "complex array": (np.array([1j]), "[0]", "complex"),
    "keys that read the same": ({1: "a", "1": "b"}, "", "dict"),
    "columns of the same name": (pd.DataFrame([[1, 2]], columns=["a", "a"]), "", "pandas.DataFrame"),
    "too many digits": ([10**5000], "[0]", "int"),
    "too large a fraction": (fractions.Fraction(10**400), "", "fractions.Fraction"),
    "inside itself": (_inside_itself(), "[0].again" * (MAX_DEPTH // 2), "list"),
}


@pytest.mark.parametrize(("value", "path", "name"), REFUSED.values(), ids=REFUSED)
def test_to_json__value_without_json__says_which_and_where(value: Any, path: str, name: str) -> None:
    """What JSON cannot say is named by its type and its place."""
    with pytest.raises(NotEncodable) as caught:
        to_json(value)
    assert caught.value.path == path
    assert caught.value.type_name.replace("core.frame.", "") == name


def test_to_json__not_used__imports_no_package() -> None:
    """Types are known by name: nothing is imported to encode what does not need it."""
    code = (
        "import sys; from jupyter_containerize.runtime import binding, encoding, schema;"
        "encoding.to_json([1, {'a': 2.5}]); schema.describe(lambda x: x);"
        "assert not {'numpy', 'pandas', 'uvicorn', 'cloudpickle', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


_KEYS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.tuples(st.integers()) | st.dates()
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.decimals()
    | st.fractions()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.timedeltas()
    | st.uuids()
    | st.complex_numbers()
    | st.floats(width=32).map(np.float32)
    | st.lists(st.floats()).map(np.array)
    | st.lists(st.dictionaries(st.text(max_size=2), st.none() | st.floats() | st.integers(-9, 9))).map(pd.DataFrame)
    | st.sampled_from([pd.NA, pd.NaT, hint_cases.Color.RED, object(), len])
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(_KEYS, inner) | st.lists(inner).map(iter)
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(_VALUES)
def test_to_json__any_value__can_be_dumped_or_is_refused(value: Any) -> None:
    """What comes out is always what ``json.dumps`` takes; the only error is ours."""
    try:
        encoded = to_json(value)
    except NotEncodable:
        return
    assert json.loads(json.dumps(encoded, allow_nan=False)) == encoded
