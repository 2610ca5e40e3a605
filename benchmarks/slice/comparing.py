"""Compares answers, and says in one word what a slice's run showed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum

_RELATIVE = 1e-9


class Verdict(StrEnum):
    """What became of one notebook."""

    SAME = "same"
    """The slice answers every input as the whole notebook does."""
    DIFFERS = "differs"
    """It answers one otherwise."""
    FAILED = "slice failed"
    """It, or the serving code alone, does not run to its end."""
    REFUSED = "not storable"
    """It answers alike in the kernel, but an object of its cannot be pickled."""
    NO_SLICE = "no slice"
    """None could be made."""
    UNSTEADY = "whole not reproducible"
    """Two runs of the whole notebook answer otherwise; that says nothing of the slice."""
    WHOLE_FAILED = "whole failed"
    """The whole notebook does not run in this environment."""


def alike(one: object, other: object) -> bool:
    """Say whether two answers are the same, numbers to 1e-9 of their size."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if "!" in one and "!" in other:
            # An error's text may have an address in it.
            return bool(one["!"] == other["!"])
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        return len(one) == len(other) and all(map(alike, one, other))
    if _is_number(one) and _is_number(other):
        return one == other or (_nan(one) and _nan(other)) or math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=0)  # type: ignore[arg-type]
    return type(one) is type(other) and one == other


def first_difference(one: Sequence[object], other: Sequence[object]) -> str:
    """Return the first input (from 0) with another answer and both answers, empty if there is none."""
    if len(one) != len(other):
        return f"{len(one)} answers against {len(other)}"
    for place, (expected, given) in enumerate(zip(one, other, strict=True)):
        if not alike(expected, given):
            return f"input {place}: {str(expected)[:160]} against {str(given)[:160]}"
    return ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
