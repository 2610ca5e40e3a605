"""Whatever the notebook, its slice compiles and answers as the notebook does."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_containerize.analysis import analyze, slice_for
from jupyter_containerize.analysis.errors import FunctionUnreadable
from tests.analysis.running import run_notebook, run_slice
from tests.notebooks.made import notebook_of

NAMES = st.sampled_from("abcd")
FUNCTIONS = st.sampled_from(["f", "g", "predict"])

EXPRESSIONS = st.deferred(
    lambda: st.one_of(
        st.integers(0, 9).map(str),
        NAMES,
        st.builds("{}()".format, FUNCTIONS),
        st.builds("({} + {})".format, EXPRESSIONS, EXPRESSIONS),
        st.builds("sum([{0} for {1} in range(3)])".format, EXPRESSIONS, NAMES),
        st.builds("(lambda {0}=2: {1})()".format, NAMES, EXPRESSIONS),
        st.builds("max({} for {} in [1])".format, EXPRESSIONS, NAMES),
    )
)


def indented(line: str) -> str:
    """Return the text as the body of a compound statement."""
    return "".join(f"    {part}\n" for part in line.splitlines())


BODIES = st.deferred(
    lambda: st.lists(
        st.one_of(
            st.builds("{} = {}".format, NAMES, EXPRESSIONS),
            st.builds("global {}".format, NAMES),
            st.builds("nonlocal_free = {}".format, EXPRESSIONS),
            st.builds("def inner():\n{}".format, EXPRESSIONS.map("return {}".format).map(indented)),
            st.builds("for {} in range(2): pass".format, NAMES),
        ),
        max_size=2,
    )
)
DEFINITIONS = st.builds(
    lambda decorator, name, parameters, body, value: (
        f"{decorator}def {name}({parameters}):\n" + indented("\n".join([*body, f"return {value}"]))
    ),
    st.sampled_from(["", "", "@staticmethod\n", "@adding\n"]),
    FUNCTIONS,
    st.one_of(st.just(""), st.builds("{}={}".format, NAMES, EXPRESSIONS)),
    BODIES,
    EXPRESSIONS,
)
STATEMENTS = st.one_of(
    DEFINITIONS,
    DEFINITIONS,
    st.builds("{} = {}".format, NAMES, EXPRESSIONS),
    st.builds("{} += {}".format, NAMES, EXPRESSIONS),
    st.builds("if {}:\n    {} = {}".format, EXPRESSIONS, NAMES, EXPRESSIONS),
    st.builds("for {} in range(3): {} = {}".format, NAMES, NAMES, EXPRESSIONS),
    st.builds("({} := {})".format, NAMES, EXPRESSIONS),
    st.builds("del {}".format, NAMES),
    st.builds("from operator import add as {}".format, FUNCTIONS),
    st.builds("from string import digits as {}".format, NAMES),
    st.builds("{0} = functools.partial({0})".format, FUNCTIONS),
    st.builds("class Holder:\n    {} = {}".format, NAMES, EXPRESSIONS),
    st.just("not python"),
)
BEGINNING = [
    "import functools\na = b = c = d = 1",
    # It reads a value when it decorates.
    "def adding(f):\n    more = a\n    return lambda: f() + more",
    "def f():\n    return 2\ndef g():\n    return a",
]
NOTEBOOKS = st.builds(
    lambda before, predict, after: [*BEGINNING, *before, predict, *after],
    st.lists(STATEMENTS, max_size=8),
    EXPRESSIONS.map("def predict():\n    return {}".format),
    st.lists(STATEMENTS, max_size=4),
)


@contextmanager
def shallow() -> Iterator[None]:
    """Let endless recursion end early: through C functions, the default depth overflows the stack."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 120)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def outcome(namespace: dict[str, object]) -> object:
    """Return what ``predict()`` gives, or the kind of its failure."""
    try:
        with shallow():
            value = namespace["predict"]()  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001  # how it fails is part of the answer
        return type(error)
    return value if isinstance(value, int | str) else type(value)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NOTEBOOKS)
def test_slice_for__any_notebook__compiles_and_answers_alike(cells):
    """The slice is a module, and with the captured objects it behaves as the notebook does."""
    notebook = notebook_of(*cells)
    try:
        serving = slice_for(notebook, analyze(notebook, root=None), "predict")
    except FunctionUnreadable:
        return
    compile(serving.source, "<slice>", "exec")
    try:
        with shallow():
            expected, state = run_notebook(notebook), run_notebook(notebook)
    except Exception:  # noqa: BLE001  # a notebook that does not run to its end is never served
        return
    if unbound := set(serving.live_in) - set(state):
        assert all(f"global {name}" in "".join(cells) for name in unbound)
        return
    assert outcome(run_slice(serving, state)) == outcome(expected)
