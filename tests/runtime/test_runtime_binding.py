"""From a JSON body to a function's arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hint_cases import READABLE, UNREADABLE, Add, Chain, Negate
from test_runtime_schema import hinted

from jupyter_containerize.runtime.binding import BodyRejected, bind, call, read_body
from jupyter_containerize.runtime.schema import read_signature

PAIRS = {
    f"{name}, {index}": (hint, *pair) for name, (hint, _, pairs) in READABLE.items() for index, pair in enumerate(pairs)
}


@pytest.mark.parametrize(("hint", "body", "expected"), PAIRS.values(), ids=PAIRS)
def test_bind__value_fits__is_what_the_hint_says(hint: Any, body: Any, expected: Any) -> None:
    """The function gets the type that its hint names."""
    value = bind(hinted(hint), {"value": body})["value"]
    assert type(value) is type(expected)
    if isinstance(expected, np.ndarray):
        np.testing.assert_array_equal(value, expected)
        assert value.dtype == expected.dtype
    elif isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(value, expected)
    elif isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(value, expected)
    else:
        assert value == expected


@pytest.mark.parametrize(("hint", "body", "problems"), UNREADABLE.values(), ids=UNREADABLE)
def test_bind__value_does_not_fit__names_every_problem(
    hint: Any, body: Any, problems: list[tuple[str, str, str]]
) -> None:
    """All that is wrong is told, each with where, what was expected and what came."""
    with pytest.raises(BodyRejected) as caught:
        bind(hinted(hint), {"value": body})
    assert [(found.field, found.expected, found.got) for found in caught.value.problems] == problems


@pytest.mark.parametrize("body", [None, [], "x", 1, True])
def test_bind__body_is_no_object__says_so(body: Any) -> None:
    """The body is an object by parameter name, never a bare value."""
    with pytest.raises(BodyRejected) as caught:
        bind(hinted(int), body)
    assert [found.field for found in caught.value.problems] == [""]


def test_bind__very_many_problems__keeps_the_first_fifty() -> None:
    """A table that is wrong in every row has an answer that can be read."""
    with pytest.raises(BodyRejected) as caught:
        bind(hinted(list[int]), {"value": ["x"] * 100_000})
    assert len(caught.value.problems) == 50


def test_bind__choice_inside_itself__is_read_once_for_each_level() -> None:
    """A type that contains a choice of itself takes no longer the deeper it goes, however wrong the end is."""
    good: Any = 1.0
    bad: Any = "x"
    for _ in range(90):
        good, bad = {"left": good}, {"left": bad}
    assert isinstance(bind(hinted(Add | Negate), {"value": good})["value"], Add)
    with pytest.raises(BodyRejected) as caught:
        bind(hinted(Add | Negate), {"value": bad})
    assert [found.field for found in caught.value.problems] == ["value"]


def test_bind__optional_inside_itself__names_the_deepest() -> None:
    """Through many levels of ``Optional`` the problem is still told where it is."""
    bad: Any = "x"
    for _ in range(90):
        bad = {"next": bad}
    with pytest.raises(BodyRejected) as caught:
        bind(hinted(Chain), {"value": bad})
    [problem] = caught.value.problems
    assert (problem.field, problem.expected) == ("value" + ".next" * 90, "object (Chain)")


def test_bind__wide_first_row_and_many_empty_ones__stops_when_enough_is_wrong() -> None:
    """A table made to be costly to complain about is not."""
    rows = [dict.fromkeys(map(str, range(10_000))), *({} for _ in range(100_000))]
    with pytest.raises(BodyRejected) as caught:
        bind(hinted(pd.DataFrame), {"value": rows})
    assert len(caught.value.problems) == 50


def test_bind__no_parameters__takes_an_empty_object() -> None:
    """A function without parameters is called with ``{}``."""
    assert bind(lambda: 1, {}) == {}
    with pytest.raises(BodyRejected) as caught:
        bind(lambda: 1, {"x": 1})
    assert caught.value.problems[0].expected == "nothing"


def _mixed(a: int, b: int = 2, /, c: int = 3, *rest: int, d: int = 4, **more: int) -> Any:
    return a, b, c, rest, d, more


CALLS: dict[str, tuple[Any, dict[str, Any], Any]] = {
    "all": (
        _mixed,
        {"a": 1, "b": 1, "c": 1, "rest": [5, 6], "d": 1, "z": 9},
        (1, 1, 1, (5, 6), 1, {"z": 9}),
    ),
    "only the required": (_mixed, {"a": 1}, (1, 2, 3, (), 4, {})),
    "default before a given one": (_mixed, {"a": 1, "c": 7}, (1, 2, 7, (), 4, {})),
    "named like **": (lambda **kwargs: kwargs, {"kwargs": 1}, {"kwargs": 1}),
    "no signature": (dict, {"a": 1}, {"a": 1}),
}


@pytest.mark.parametrize(("function", "body", "expected"), CALLS.values(), ids=CALLS)
def test_call__any_kind_of_parameter__reaches_it(function: Any, body: dict[str, Any], expected: Any) -> None:
    """Positional-only parameters and ``*args`` are given by name like all others."""
    signature = read_signature(function)
    assert call(function, signature, read_body(signature, body)) == expected
