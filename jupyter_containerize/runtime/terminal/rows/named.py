"""The columns that predictions are written to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

PREDICTION = "prediction"
ERROR = "error"
_PREDICTIONS = "predictions"


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a column's name, with a number if a column of the input has it."""
    found, count = name, 1
    while found in taken:
        count += 1
        found = f"{name}_{count}"
    return found


def of_answer(outputs: Mapping[str, Any], *, flat: bool) -> dict[str, Any]:
    """Return one row's outputs by column: ``predictions`` is ``prediction``.

    ``flat``: an object has a column for each of its members, ``probabilities.setosa``.
    """
    found: dict[str, Any] = {}
    for name, value in outputs.items():
        column = PREDICTION if name == _PREDICTIONS else name
        if flat and isinstance(value, dict) and value:
            found.update({f"{column}.{member}": inner for member, inner in value.items()})
        else:
            found[column] = value
    return found


def columns_of(answers: Sequence[Mapping[str, Any] | None]) -> list[str]:
    """Return the columns of some answers, in the order in which they came."""
    return list(dict.fromkeys(name for answer in answers if answer is not None for name in answer))
