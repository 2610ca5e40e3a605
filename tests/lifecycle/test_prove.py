"""When two answers are the same answer."""

from __future__ import annotations

import pytest

from jupyter_containerize.lifecycle.prove import same_answer

CASES = {
    "equal texts": ("setosa", "setosa", True),
    "other texts": ("setosa", "virginica", False),
    "floats that differ in the last digits": (0.1 + 0.2, 0.3, True),
    "floats that differ": (0.3, 0.31, False),
    "an int and the same float": (1, 1.0, True),
    "true is not 1": (True, 1, False),
    "1 is not true": (1, True, False),
    "equal objects": ({"a": [1, 2.0]}, {"a": [1, 2]}, True),
    "a missing key": ({"a": 1, "b": 2}, {"a": 1}, False),
    "another order": ([1, 2], [2, 1], False),
    "a shorter list": ([1, 2], [1], False),
    "null": (None, None, True),
    "null is not zero": (None, 0, False),
    "a text is not a list": ("ab", ["a", "b"], False),
}


@pytest.mark.parametrize(("expected", "actual", "same"), CASES.values(), ids=CASES.keys())
def test_same_answer__case__outcome(expected, actual, same):
    """Answers are equal up to what arithmetic on another CPU may change."""
    assert same_answer(expected, actual) is same
