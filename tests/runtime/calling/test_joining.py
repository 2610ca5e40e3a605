"""Rows of several calls as one call's, and its answer as theirs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.runtime.joining import NotSplit, joined, key_of, rows_of, split

numpy = pytest.importorskip("numpy")
pandas = pytest.importorskip("pandas")

FRAME = pandas.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
WHOLE = {
    "list": [[1.0], [2.0], [3.0]],
    "array": numpy.arange(6.0).reshape(3, 2),
    "frame": FRAME,
    "series": FRAME["b"],
}


def _plain(value: Any) -> Any:
    return value.to_dict() if hasattr(value, "to_dict") else value.tolist() if hasattr(value, "tolist") else value


@pytest.mark.parametrize("rows", WHOLE.values(), ids=WHOLE)
def test_joined__rows__are_those_of_all_and_split_back(rows: Any) -> None:
    """Joining and splitting is nothing but a way there and back."""
    calls = [{"rows": rows, "k": 1}, {"rows": rows[:1], "k": 1}]
    assert key_of(calls[0], "rows") == key_of(calls[1], "rows") is not None
    together = joined(calls, "rows")
    assert together["k"] == 1
    assert rows_of(together, "rows") == 4
    parts = split({"answers": together["rows"]}, [3, 1])
    assert [_plain(part["answers"]) for part in parts] == [_plain(rows), _plain(rows[:1])]


DIFFERENT = {
    "integers and floats": ({"rows": [[1]]}, {"rows": [[1.0]]}),
    "widths": ({"rows": [[1.0]]}, {"rows": [[1.0, 2.0]]}),
    "names": ({"rows": [{"a": 1.0}]}, {"rows": [{"b": 1.0}]}),
    "order of names": ({"rows": [{"a": 1, "b": 2}]}, {"rows": [{"b": 2, "a": 1}]}),
    "null": ({"rows": [[1.0]]}, {"rows": [[None]]}),
    "another parameter": ({"rows": [1.0], "k": 1}, {"rows": [1.0], "k": 2}),
    "true and one": ({"rows": [1.0], "k": 1}, {"rows": [1.0], "k": True}),
    "an absent one": ({"rows": [1.0], "k": 1}, {"rows": [1.0]}),
    "dtypes": ({"rows": numpy.array([1])}, {"rows": numpy.array([1.0])}),
    "columns": ({"rows": FRAME}, {"rows": FRAME[["b", "a"]]}),
    "kinds": ({"rows": [1.0]}, {"rows": numpy.array([1.0])}),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_key_of__calls_that_differ__is_another(one: dict[str, Any], other: dict[str, Any]) -> None:
    """What could change an answer keeps calls apart."""
    assert key_of(one, "rows") != key_of(other, "rows")


def test_key_of__parameter_that_is_not_plain__is_none() -> None:
    """Lists beside the rows are not compared: such a call is made alone."""
    assert key_of({"rows": [1.0], "k": [1]}, "rows") is None


NO_ROWS: dict[str, dict[str, Any]] = {
    "absent": {},
    "null": {"rows": None},
    "text": {"rows": "abc"},
    "object": {"rows": {"a": 1}},
    "no dimension": {"rows": numpy.array(1.0)},
    "empty": {"rows": []},
}


@pytest.mark.parametrize("arguments", NO_ROWS.values(), ids=NO_ROWS)
def test_rows_of__no_rows__is_0(arguments: dict[str, Any]) -> None:
    """What has no rows cannot be joined."""
    assert rows_of(arguments, "rows") == 0


UNSPLIT: dict[str, Any] = {
    "shorter": [1, 2],
    "number": 3,
    "text": "abc",
    "no dimension": numpy.array(3),
    "empty object": {},
    "a part": {"a": [1, 2, 3], "n": 3},
    "tuple": (1, 2, 3),
    "generator": (number for number in range(3)),
}


@pytest.mark.parametrize("answer", UNSPLIT.values(), ids=UNSPLIT)
def test_split__not_a_part_for_each_row__raises(answer: Any) -> None:
    """Nothing is guessed."""
    with pytest.raises(NotSplit):
        split(answer, [2, 1])


@given(st.lists(st.lists(st.integers(), min_size=1), min_size=1))
def test_split__any_lists_joined__gives_them_back(lists: list[list[int]]) -> None:
    """Whatever was joined comes apart again."""
    together = joined([{"rows": rows} for rows in lists], "rows")
    assert split(together["rows"], [len(rows) for rows in lists]) == lists
