"""The kinds of value that a type hint can ask for, each with its JSON Schema and its reading.

    here        ANYTHING, scalar, text, choice, either: values without parts, and the choice among shapes
    containers  array, fixed_array, table, record, model: list and set, tuple, dict, dataclass, pydantic
    tabular     numpy's arrays, pandas' frames and series

Schema and reading stand side by side, so that what ``/schema`` promises is what ``/predict`` checks.
Source: JSON Schema draft 2020-12.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any

from .problems import MISSING, Path, Problems

Schema = dict[str, Any]
# What constructors raise for values that they refuse; anything else is a bug of theirs and passes on.
REFUSALS = (ValueError, TypeError, ArithmeticError)


class Definitions:
    """The ``$defs`` of one schema: named types once each, so that a type may contain itself.

    ``answer`` says that the schema is of what the function gives. A few types are written in one way and
    understood in several.
    """

    def __init__(self, *, answer: bool = False) -> None:
        self.answer = answer
        self.schemas: dict[str, Schema] = {}
        self._names: dict[object, str] = {}

    def refer(self, owner: type, make: Callable[[], Schema]) -> Schema:
        """Return a reference to the schema of ``owner``, which ``make`` is asked for the first time."""
        if owner not in self._names:
            name = owner.__name__
            while name in self.schemas:
                name += "_"
            self._names[owner] = name
            self.schemas[name] = {}
            self.schemas[name] = make()
        return {"$ref": f"#/$defs/{self._names[owner]}"}


@dataclasses.dataclass(frozen=True)
class Shape:
    """One kind of value: its name in messages, its JSON Schema, and how a JSON value becomes one.

    ``read`` returns what the function gets; what does not fit is added to the problems, and the
    result is then of no use. ``exact`` is the Python type that JSON gives for it and that needs no
    conversion, if there is one.
    """

    words: str
    schema: Callable[[Definitions], Schema]
    read: Callable[[Any, Problems, Path], Any]
    exact: type | None = None


@dataclasses.dataclass(frozen=True)
class Member:
    """A parameter, or a field of a record. ``default`` is JSON, or ``MISSING`` where there is none to show."""

    name: str
    shape: Shape
    required: bool
    default: Any = MISSING
    description: str = ""


def answered(asked: Shape, written: Shape) -> Shape:
    """Return a shape that takes what ``asked`` does, and is ``written`` in answers."""

    def schema(definitions: Definitions) -> Schema:
        return (written if definitions.answer else asked).schema(definitions)

    return dataclasses.replace(asked, schema=schema)


ANYTHING = Shape("any value", lambda _: {}, lambda value, _problems, _path: value)


def scalar(
    name: str,
    accepts: Callable[[Any], bool],
    convert: Callable[[Any], Any],
    *,
    exact: type | None = None,
    words: str = "",
) -> Shape:
    """Return one of JSON's own kinds, by JSON Schema's name for it."""
    words = words or name

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if accepts(value):
            try:
                return convert(value)
            except REFUSALS:
                pass
        problems.add(path, words, value)
        return None

    return Shape(words, lambda _: {"type": name}, read, exact)


def _is_integer(value: Any) -> bool:
    # JSON has one kind of number: 1.0 is an integer for JSON Schema, and some clients write it so. true never is.
    return type(value) is int or (type(value) is float and value.is_integer())


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a number; true and false are not."""
    return type(value) in {int, float}


def _same(value: Any) -> Any:
    return value


NULL = scalar("null", lambda value: value is None, _same, exact=type(None))
BOOLEAN = scalar("boolean", lambda value: isinstance(value, bool), _same, exact=bool)
INTEGER = scalar("integer", _is_integer, int, exact=int)
# An int parameter given as float would surprise less than the reverse: the hint says float, so it is one.
NUMBER = scalar("number", is_number, float, exact=float)
STRING = scalar("string", lambda value: isinstance(value, str), _same, exact=str)


def text(words: str, keywords: Schema, parse: Callable[[str], Any]) -> Shape:
    """Return a string that means something else, like a date. ``parse`` raises ``ValueError`` for what is none."""

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if isinstance(value, str):
            try:
                return parse(value)
            except REFUSALS:
                pass
        problems.add(path, words, value)
        return None

    return Shape(words, lambda _: {"type": "string", **keywords}, read)


def choice(values: Sequence[tuple[Any, Any]]) -> Shape:
    """Return one of a few values: pairs of what JSON says and what the function gets."""
    words = f"one of {', '.join(json.dumps(said) for said, _ in values)}"

    def read(value: Any, problems: Problems, path: Path) -> Any:
        for said, meant in values:
            # In JSON 1 and 1.0 are the same and 1 and true are not; in Python all three are equal.
            if said == value and (type(said) is type(value) or (is_number(said) and is_number(value))):
                return meant
        problems.add(path, words, value)
        return None

    return Shape(words, lambda _: {"enum": [said for said, _ in values]}, read)


def either(options: Sequence[Shape]) -> Shape:
    """Return any of several shapes: the one whose kind of JSON it is, or else the first that fits."""
    words = " or ".join(dict.fromkeys(option.words for option in options))

    def read(value: Any, problems: Problems, path: Path) -> Any:
        for option in options:
            if option.exact is not None and option.exact is type(value):
                return value
        failures = []
        for option in options:
            result, found = _try(option, value, problems, path)
            if not found.count:
                return result
            if option is not NULL:
                failures.append(found)
        if len(failures) == 1:
            # Optional[X]: what is wrong with the X tells more than "X or null".
            problems.extend(failures[0])
        else:
            problems.add(path, words, value)
        return None

    return Shape(words, lambda definitions: {"anyOf": [option.schema(definitions) for option in options]}, read)


def _try(option: Shape, value: Any, problems: Problems, path: Path) -> tuple[Any, Problems]:
    """Return a value read as one of several shapes, and what is wrong with it as that; each part once."""
    key = (id(option), id(value))
    if key in problems.trials:
        trial: tuple[Any, Problems] = problems.trials[key]
        return trial
    found = Problems(problems.trials)
    trial = (option.read(value, found, path), found)
    if isinstance(value, (list, dict)):
        # An array or object is in one place of a body; a small number is the same object everywhere.
        problems.trials[key] = trial
    return trial
