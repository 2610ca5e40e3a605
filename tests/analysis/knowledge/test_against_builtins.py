"""What the tables say of Python's own functions and types is what they do."""

from __future__ import annotations

import builtins
import collections
import importlib
import itertools
import random

import pytest
from trying import contradictions, try_call

from jupyter_containerize.analysis.knowledge import knowledge

TABLES = knowledge()
VALUES = {
    "list": [3, 1, 2],
    "lists": [[1], [2]],
    "dict": {"a": [1]},
    "set": {1, 2},
    "text": "a b",
    "one": 1,
    "half": 0.5,
    "pairs": [("a", 1), ("b", 2)],
    "function": len,
}
ARGUMENTS = [pack for count in range(3) for pack in itertools.product(VALUES, repeat=count)]
RECEIVERS = {
    "str": "a b",
    "bytes": b"a b",
    "list": [3, 1, 2],
    "dict": {"a": [1]},
    "set": {1, 2},
    "tuple": (1, [2]),
    "int": 3,
    "float": 1.5,
    "bytearray": bytearray(b"ab"),
    "collections.Counter": collections.Counter("aab"),
    "collections.deque": collections.deque([1, 2]),
    "collections.defaultdict": collections.defaultdict(list, a=[1]),
    "random.Random": random.Random(0),
}
MODULES = (
    "base64", "bisect", "builtins", "calendar", "cmath", "collections", "copy", "datetime", "fractions",
    "functools", "hashlib", "heapq", "html", "itertools", "json", "math", "operator", "os.path", "random", "re",
    "statistics", "string", "textwrap",
)  # fmt: skip
# These wait for somebody who types.
WAITING = {"input", "help"}


def _can_be_tried(module: str, name: str) -> bool:
    """Tell whether this version has the function, and nothing outside of its arguments is touched."""
    effect = TABLES.function(f"{module}.{name}")
    if name in WAITING or not hasattr(importlib.import_module(module), name):
        return False
    return effect is None or not (effect.reads or effect.writes or effect.sets or effect.seeds)


FUNCTIONS = [
    (module, name) for module in MODULES for name in sorted(TABLES.functions[module]) if _can_be_tried(module, name)
]
METHODS = [
    (of_type, name)
    for of_type, receiver in RECEIVERS.items()
    for name in sorted(TABLES.methods.get(of_type, ()))
    if hasattr(type(receiver), name)
]


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_function__many_arguments__does_no_more_than_said(module, name):
    """A function changes and draws no more than its entry says."""
    effect = TABLES.function(f"{module}.{name}")
    assert effect is not None
    call = getattr(importlib.import_module(module), name)
    found = {}
    for pack in ARGUMENTS:
        seen = try_call(call, None, tuple(VALUES[value] for value in pack))
        if seen is not None and (wrong := contradictions(effect, seen)):
            found[", ".join(pack)] = wrong
    assert not found


@pytest.mark.parametrize(("of_type", "name"), METHODS)
def test_method__many_arguments__does_no_more_than_said(of_type, name):
    """A method changes and draws no more than its entry says."""
    effect = TABLES.method(of_type, name)
    assert effect is not None
    call = getattr(type(RECEIVERS[of_type]), name)
    found = {}
    for pack in ARGUMENTS:
        seen = try_call(call, RECEIVERS[of_type], tuple(VALUES[value] for value in pack))
        if seen is not None and (wrong := contradictions(effect, seen)):
            found[", ".join(pack)] = wrong
    assert not found


def test_builtins__every_function__is_known_or_left_out_on_purpose():
    """What is left out runs code, or looks into the running frame; the slicer sees to that."""
    names = {name for name in dir(builtins) if not name.startswith("_") and callable(getattr(builtins, name))}
    unknown = {name for name in names if TABLES.function(name) is None}
    assert {name for name in unknown if not isinstance(getattr(builtins, name), type)} <= {
        "aiter", "anext", "breakpoint", "compile", "copyright", "credits", "delattr", "display", "eval", "exec", "exit",
        "get_ipython", "globals", "license", "locals", "quit",
    }  # fmt: skip
