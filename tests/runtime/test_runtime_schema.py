"""What a function takes and gives, as JSON Schema."""

from __future__ import annotations

import functools
import sys
import types
from typing import Annotated, Any

import hint_cases
import jsonschema
import pydantic
import pytest
from hint_cases import READABLE
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_containerize.runtime.binding import BodyRejected, bind
from jupyter_containerize.runtime.schema import DIALECT, describe


def hinted(hint: Any) -> Any:
    """Return a function with one parameter and an answer of that hint."""

    def identity(value):
        return value

    identity.__annotations__ = {"value": hint, "return": hint}
    return identity


@pytest.mark.parametrize(("hint", "schema", "_pairs"), READABLE.values(), ids=READABLE)
def test_describe__hint__has_its_schema(hint: Any, schema: dict[str, Any], _pairs: Any) -> None:
    """Each hint has its schema, and both ends of the description are legal JSON Schema."""
    description = describe(hinted(hint))
    definitions = {name: value for name, value in schema.items() if name == "$defs"}
    value = {name: value for name, value in schema.items() if name != "$defs"}
    assert description["inputs"] == {
        "$schema": DIALECT,
        "type": "object",
        "properties": {"value": value},
        "required": ["value"],
        "additionalProperties": False,
        **definitions,
    }
    jsonschema.Draft202012Validator.check_schema(description["inputs"])
    jsonschema.Draft202012Validator.check_schema(description["output"])


def test_describe__frame_answered__is_rows() -> None:
    """A table is taken as rows or columns and given as rows."""
    output = describe(hinted(READABLE["frame"][0]))["output"]
    assert output == {"$schema": DIALECT, **hint_cases.ROWS}


def test_describe__all_kinds_of_parameter__are_properties() -> None:
    """Defaults are shown and not required; ``*args`` is an array, ``**kwargs`` opens the object."""
    thing = object()

    def predict(
        a: int,
        /,
        b=2,
        *rest: float,
        c: int = None,  # noqa: RUF013  # as notebooks write it
        d: Annotated[str, "in cm"] = "x",
        e=thing,
        **more: bool,
    ):
        """Answer.

        At length.
        """

    description = describe(predict)
    assert (description["symbol"], description["doc"]) == ("predict", "Answer.\n\nAt length.")
    assert description["output"] == {"$schema": DIALECT}
    assert description["inputs"] == {
        "$schema": DIALECT,
        "type": "object",
        "properties": {
            "a": {"type": "integer"},
            "b": {"default": 2},
            "rest": {"type": "array", "items": {"type": "number"}},
            "c": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
            "d": {"type": "string", "default": "x", "description": "in cm"},
            "e": {},
        },
        "required": ["a"],
        "additionalProperties": {"type": "boolean"},
    }


UNRESOLVABLE = {
    "missing package": ("nowhere.Thing", {}),
    "missing frame": ("nowhere.DataFrame", {"anyOf": [hint_cases.ROWS, hint_cases.COLUMNS]}),
    "missing array": (
        "npt.NDArray[np.float64]",
        {"type": "array", "description": "nested arrays of equal lengths, of float64"},
    ),
    "missing in optional": ("nowhere.Series | None", {"anyOf": [{"type": "array"}, {"type": "null"}]}),
    "missing in list": ("list[Nowhere]", {"type": "array"}),
    "not even Python": ("a number", {}),
    "raises": ("1 / 0", {}),
}


@pytest.mark.parametrize(("text", "schema"), UNRESOLVABLE.values(), ids=UNRESOLVABLE)
def test_describe__hint_cannot_be_resolved__is_understood_by_name(text: str, schema: dict[str, Any]) -> None:
    """One hint that stands for nothing costs only itself, and a known name still says something."""

    def predict(other: int, value):
        return value

    predict.__annotations__ = {"other": "int", "value": text}
    properties = describe(predict)["inputs"]["properties"]
    assert properties == {"other": {"type": "integer"}, "value": schema}


def test_describe__record_with_unresolvable_field__keeps_the_others() -> None:
    """A class's hints are resolved one by one too."""
    module = types.ModuleType("notebook_like")
    sys.modules["notebook_like"] = module
    source = """
from __future__ import annotations
import dataclasses
@dataclasses.dataclass
class Base:
    size: int | None
@dataclasses.dataclass
class Leaf(Base):
    other: Missing
def predict(leaf: Leaf): pass
"""
    exec(compile(source, "notebook_like.py", "exec", dont_inherit=True), vars(module))
    leaf = describe(module.predict)["inputs"]["$defs"]["Leaf"]
    del sys.modules["notebook_like"]
    assert leaf["properties"] == {"size": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "other": {}}


def _decorated(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


class _Callable:
    def __call__(self, value: int) -> int:
        """Answer."""
        return value

    def method(self, value: int) -> int:
        """Answer."""
        return value


def _plain(value: int, scale: float) -> int:
    """Answer."""
    return value


CALLABLES = {
    "decorated": _decorated(_Callable().method),
    "instance": _Callable(),
    "method": _Callable().method,
    "partial": functools.partial(_plain, scale=1.0),
}


@pytest.mark.parametrize("function", CALLABLES.values(), ids=CALLABLES)
def test_describe__any_callable__has_its_hints(function: Any) -> None:
    """What is served need not be a plain function."""
    assert describe(function)["inputs"]["properties"]["value"] == {"type": "integer"}


def test_describe__no_signature__takes_anything() -> None:
    """A function of C that tells nothing about itself can still be served."""
    inputs = describe(min)["inputs"]
    assert (inputs["properties"], inputs["additionalProperties"]) == ({}, True)


def test_describe__pydantic_model__brings_its_own_schema() -> None:
    """A model that knows its schema is asked for it, and checks its own values."""
    model = pydantic.create_model("Iris", width=(float, ...), inner=(pydantic.create_model("In", n=(int, 1)), ...))
    inputs = describe(hinted(model))["inputs"]
    assert set(inputs["$defs"]) == {"Iris", "In"}
    assert bind(hinted(model), {"value": {"width": 1, "inner": {}}})["value"].inner.n == 1
    with pytest.raises(BodyRejected) as caught:
        bind(hinted(model), {"value": {"width": "x", "inner": {}}})
    assert [problem.field for problem in caught.value.problems] == ["value.width"]


_SIMPLE = [
    name
    for name, (_, schema, _) in READABLE.items()
    if "format" not in str(schema) and name not in {"array", "array of float32", "array of int", "frame", "series"}
]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.sampled_from(["red", "a", "1", "petals"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "x", "y", "age", "city", "petals", "name", "1"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(name=st.sampled_from(sorted(set(_SIMPLE) - {"set", "bytes", "dict by number", "dict by enum"})), value=_JSON)
def test_describe__any_value__promises_what_bind_checks(name: str, value: Any) -> None:
    """A body is accepted exactly if it is valid by the schema that was promised."""
    function = hinted(READABLE[name][0])
    body = {"value": value}
    valid = jsonschema.Draft202012Validator(describe(function)["inputs"]).is_valid(body)
    try:
        bind(function, body)
    except BodyRejected:
        assert not valid
    else:
        assert valid
