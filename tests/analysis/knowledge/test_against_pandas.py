"""What the tables say of pandas is what pandas does.

pandas 3 copies on write, so that sharing cannot be seen here; the tables speak for older versions too.
"""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from trying import acts_outside, can_be_tried, contradictions, real, try_call

from jupyter_containerize.analysis.knowledge import knowledge

TABLES = knowledge()
FRAME = pd.DataFrame({"n": [1.0, 2.0, None, 4.0], "b": [3, 1, 2, 5], "g": ["x", "y", "x", "z"]})
NUMBERS = pd.Series([1.0, 2.0, 2.0, None], name="s")
TEXTS = pd.Series(["a b", "c", "d e", None])
DAYS = pd.Series(pd.date_range("2020-01-01", periods=4))
VALUES = {
    "column": "n",
    "one": 1,
    "names": ["n"],
    "frame": FRAME,
    "series": NUMBERS,
    "dict": {"n": 1.0},
    "mean": "mean",
}
ARGUMENTS = [pack for count in range(3) for pack in itertools.product(VALUES, repeat=count)]
RECEIVERS = {
    "pandas.DataFrame": [FRAME, FRAME[["n", "b"]]],
    "pandas.Series": [NUMBERS, TEXTS, DAYS],
    "pandas.Index": [pd.Index([3, 1, 2, 2]), pd.DatetimeIndex(DAYS)],
    "pandas.FrameGroupBy": [FRAME.groupby("g")[["n", "b"]]],
    "pandas.GroupBy": [FRAME.groupby("g")["n"]],
    "pandas.Window": [NUMBERS.rolling(2)],
    "pandas.TextAccessor": [TEXTS.str],
    "pandas.TimeAccessor": [DAYS.dt],
    "pandas.CategoryAccessor": [TEXTS.astype("category").cat],
    "pandas.Timestamp": [pd.Timestamp("2020-01-01")],
    "pandas.Timedelta": [pd.Timedelta("2D")],
}
# To these an integer is an open file.
WRITING = {"info", "to_markdown", "to_string"}
# The types that are said hold for the arguments that notebooks give; a table in place of a column gives a table.
_WIDER = "not pandas.Series"


def _names(of_type: str) -> set[str]:
    waiting, found = [of_type], set()
    while waiting:
        owner = waiting.pop()
        found |= set(TABLES.methods.get(owner, ()))
        waiting += TABLES.bases.get(owner, ())
    return found - {"*"} - WRITING


def _has(of_type: str, name: str) -> bool:
    """Tell the same of a method."""
    effect = TABLES.method(of_type, name)
    known = any(hasattr(type(receiver), name) for receiver in RECEIVERS[of_type])
    return known and not acts_outside(effect)


METHODS = [(of_type, name) for of_type in RECEIVERS for name in sorted(_names(of_type)) if _has(of_type, name)]
FUNCTIONS = [
    dotted
    for module in ("pandas", "pandas.api.types")
    for name in sorted(TABLES.functions[module])
    if can_be_tried(dotted := f"{module}.{name}", TABLES.function(dotted))
]


@pytest.mark.slow
@pytest.mark.parametrize(("of_type", "name"), METHODS)
def test_method__many_arguments__does_no_more_than_said(of_type, name):
    """A method changes and draws no more than its entry says."""
    effect = TABLES.method(of_type, name)
    assert effect is not None
    found = {}
    for receiver, pack in itertools.product(RECEIVERS[of_type], ARGUMENTS):
        seen = try_call(
            lambda own, *given: getattr(own, name)(*given), receiver, tuple(VALUES[value] for value in pack)
        )
        if seen is not None and (wrong := [line for line in contradictions(effect, seen) if _WIDER not in line]):
            found[", ".join(pack)] = wrong
    assert not found


@pytest.mark.parametrize("dotted", FUNCTIONS)
def test_function__many_arguments__does_no_more_than_said(dotted):
    """A function changes and draws no more than its entry says."""
    effect = TABLES.function(dotted)
    assert effect is not None
    found = {}
    for pack in ARGUMENTS:
        seen = try_call(real(dotted), None, tuple(VALUES[value] for value in pack))
        if seen is not None and (wrong := contradictions(effect, seen)):
            found[", ".join(pack)] = wrong
    assert not found


def test_sample__no_random_state__draws():
    """What is said to draw does."""
    seen = try_call(pd.DataFrame.sample, FRAME, ())
    assert seen is not None
    assert seen.drew == {"numpy"}
