"""What the tables say of numpy is what numpy does."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from trying import can_be_tried, contradictions, real, try_call

from jupyter_containerize.analysis.knowledge import Effect, knowledge

TABLES = knowledge()
# Values that many functions take: alone, and some of them in pairs and triples.
VALUES = {
    "floats": np.array([[0.5, 2.0, 1.5], [3.0, 0.25, 1.0], [1.0, 0.75, 4.0]]),
    "line": np.array([0.5, 0.25, 0.75, 1.0]),
    "ints": np.array([2, 0, 1]),
    "table": np.array([[2, 0, 1], [1, 1, 0]]),
    "truths": np.array([True, False, True]),
    "one": 1,
    "zero": 0,
    "two": [np.array([1.0, 2.0]), np.array([3.0, 4.0])],
    "shape": (3, 3),
    "text": "abc",
}
_PAIRED = ("floats", "ints", "one", "zero", "two")
ARGUMENTS = [
    (),
    *((name,) for name in VALUES),
    *itertools.product(_PAIRED, repeat=2),
    *itertools.product(("floats", "table"), ("floats", "ints", "one"), ("floats", "one")),
]
MODULES = ("numpy", "numpy.linalg", "numpy.fft", "numpy.random", "numpy.ma", "numpy.lib.stride_tricks")
# What acts outside of its arguments is not tried, nor what needs a function.
METHODS = sorted(
    name
    for name in {*TABLES.methods["numpy.ndarray"]} - {"dump", "tofile", "__iter__", "setflags", "setfield"}
    if hasattr(np.ndarray, name)
)
GENERATORS = {
    "numpy.random.Generator": np.random.default_rng(0),
    "numpy.random.RandomState": np.random.RandomState(0),
}


FUNCTIONS = sorted(
    dotted
    for module in MODULES
    for name in TABLES.functions[module]
    if can_be_tried(dotted := f"{module}.{name}", TABLES.function(dotted))
)
GENERATOR_METHODS = [
    (of_type, name)
    for of_type, generator in GENERATORS.items()
    for name in sorted(TABLES.methods[of_type])
    if hasattr(type(generator), name)
]


def _contradictions(effect: Effect, call, receiver) -> dict[str, list[str]]:
    found = {}
    tries = ARGUMENTS if receiver is None else [pack for pack in ARGUMENTS if len(pack) < 3]
    for pack in tries:
        seen = try_call(call, receiver, tuple(VALUES[name] for name in pack))
        if seen is not None and (wrong := contradictions(effect, seen)):
            found[", ".join(pack)] = wrong
    return found


@pytest.mark.parametrize("dotted", FUNCTIONS)
def test_function__many_arguments__does_no_more_than_said(dotted):
    """A function changes, draws and shares no more than its entry says."""
    effect = TABLES.function(dotted)
    assert effect is not None
    assert not _contradictions(effect, real(dotted), None)


@pytest.mark.parametrize("name", METHODS)
def test_array_method__many_arguments__does_no_more_than_said(name):
    """A method of an array changes, draws and shares no more than its entry says."""
    effect = TABLES.method("numpy.ndarray", name)
    assert effect is not None
    assert not _contradictions(effect, getattr(np.ndarray, name), VALUES["floats"])


@pytest.mark.parametrize(("of_type", "name"), GENERATOR_METHODS)
def test_generator_method__many_arguments__does_no_more_than_said(of_type, name):
    """A generator's method changes the generator only, if it says so."""
    effect = TABLES.method(of_type, name)
    assert effect is not None
    call = getattr(type(GENERATORS[of_type]), name)
    assert not _contradictions(effect, call, GENERATORS[of_type])


@pytest.mark.parametrize("name", sorted({"rand", "normal", "choice", "shuffle", "permutation", "randint", "uniform"}))
def test_global_draw__simple_arguments__draws(name):
    """What is said to draw from the global generator does."""
    effect = TABLES.function(f"numpy.random.{name}")
    seen = try_call(real(f"numpy.random.{name}"), None, (np.arange(3) if name in {"shuffle", "choice"} else 3,))
    assert effect is not None
    assert seen is not None
    assert seen.drew == {"numpy"} == set(effect.draws)
