"""Parameters in Cog's way: their bounds are in the schema and are kept, their values reach the method."""

from __future__ import annotations

import dataclasses
from typing import Any, Optional

import pytest

from jupyter_containerize.runtime.binding import BodyRejected, bind
from jupyter_containerize.runtime.schema import describe
from jupyter_containerize.runtime.targets import function_of


@dataclasses.dataclass(frozen=True)
class FieldInfo:
    """What Cog's Input gives, by its fields."""

    default: Any = None
    description: str | None = None
    ge: float | None = None
    le: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    regex: str | None = None
    choices: list[Any] | None = None


# Known by its name, as all types of libraries are.
FieldInfo.__module__ = "cog.input"


class Predictor:
    """As Cog's documentation has one."""

    def predict(
        self,
        prompt: str = FieldInfo(description="What to draw", min_length=2, regex="^[a-z]"),  # type: ignore[assignment]
        scale: float = FieldInfo(1.5, ge=0, le=10),  # type: ignore[assignment]
        size: int = FieldInfo(256, choices=[128, 256]),  # type: ignore[assignment]
        seed: Optional[int] = FieldInfo(),  # type: ignore[assignment]  # noqa: UP045  # as it is written for Cog
        plain: bool = True,  # noqa: FBT001, FBT002
    ) -> list[Any]:
        """Draw."""
        return [prompt, scale, size, seed, plain]


FUNCTION = function_of("class", "Predictor.predict", {"Predictor": Predictor})


def test_describe__fields__are_bounds_and_defaults() -> None:
    """The schema says what Cog's own would."""
    described = describe(FUNCTION)
    assert (described["symbol"], described["doc"]) == ("predict", "Draw.")
    assert described["inputs"]["properties"] == {
        "prompt": {"type": "string", "minLength": 2, "pattern": "^[a-z]", "description": "What to draw"},
        "scale": {"type": "number", "minimum": 0, "maximum": 10, "default": 1.5},
        "size": {"enum": [128, 256], "default": 256},
        "seed": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
        "plain": {"type": "boolean", "default": True},
    }
    assert described["inputs"]["required"] == ["prompt"]
    assert described["output"]["type"] == "array"


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"prompt": "cat"}, ["cat", 1.5, 256, None, True]),
        ({"prompt": "cat", "scale": 3, "size": 128, "seed": 1, "plain": False}, ["cat", 3.0, 128, 1, False]),
    ],
    ids=["defaults", "all given"],
)
def test_call__body_fits__values_reach_the_method(body: dict[str, Any], answer: list[Any]) -> None:
    """The method gets values and never what describes them."""
    assert FUNCTION(**bind(FUNCTION, body)) == answer


REFUSED = {
    "absent": ({}, "prompt", "string of at least 2 characters like ^[a-z]"),
    "too short": ({"prompt": "a"}, "prompt", "string of at least 2 characters like ^[a-z]"),
    "other letters": ({"prompt": "Aa"}, "prompt", "string of at least 2 characters like ^[a-z]"),
    "too low": ({"prompt": "aa", "scale": -1}, "scale", "number at least 0 at most 10"),
    "no choice": ({"prompt": "aa", "size": 64}, "size", "one of 128, 256"),
}


@pytest.mark.parametrize(("body", "field", "expected"), REFUSED.values(), ids=REFUSED)
def test_call__body_breaks_a_bound__is_refused(body: dict[str, Any], field: str, expected: str) -> None:
    """A bound is checked before the method is called."""
    with pytest.raises(BodyRejected) as caught:
        bind(FUNCTION, body)
    assert [(problem.field, problem.expected) for problem in caught.value.problems] == [(field, expected)]
