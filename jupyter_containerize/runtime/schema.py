"""What a function takes and gives, as JSON Schema from its signature and type hints."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from .annotations import resolved_hints
from .containers import members_schema
from .hints import member, shape_of
from .problems import MISSING
from .shapes import ANYTHING, Definitions, Member, Schema, Shape

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclasses.dataclass(frozen=True)
class Signature:
    """What a function takes: its parameters in order, and the shape of further ones where it has ``**kwargs``.

    ``*args`` is a parameter like the others, an array that may be absent. ``python`` is the signature as
    ``inspect`` reads it, ``None`` for a function that tells nothing (some written in C).
    """

    members: tuple[Member, ...]
    extra: Shape | None
    python: inspect.Signature | None

    @functools.cached_property
    def by_name(self) -> Mapping[str, Member]:
        """The parameters by their names."""
        return {member.name: member for member in self.members}

    @functools.cached_property
    def has_positions(self) -> bool:
        """Whether there are parameters that cannot be given by name."""
        parameters = self.python.parameters.values() if self.python is not None else ()
        return any(parameter.kind in _BY_POSITION for parameter in parameters)


def describe(function: Callable[..., Any], widths: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """Return ``{"symbol", "doc", "inputs", "output"}`` of a function.

    ``inputs`` is the JSON Schema of an object with a property for each parameter, ``output`` that of the
    answer. Both are draft 2020-12; a parameter or an answer without a hint is ``{}``, any value.
    """
    signature = read_signature(function, widths)
    definitions = Definitions()
    inputs = members_schema(signature.members, signature.extra, definitions)
    answers = Definitions(answer=True)
    output = shape_of(resolved_hints(function).get("return", Any)).schema(answers)
    return {
        "symbol": getattr(function, "__name__", type(function).__name__),
        "doc": inspect.getdoc(function) or "",
        "inputs": _root(inputs, definitions),
        "output": _root(output, answers),
    }


def read_signature(function: Callable[..., Any], widths: Mapping[str, Mapping[str, Any]] | None = None) -> Signature:
    """Return what a function takes. One without a signature takes any names and any values.

    ``widths`` are those of its parameters' arrays, where they are known (``widths.py``).
    """
    try:
        python = inspect.signature(function)
    except (ValueError, TypeError):
        return Signature((), ANYTHING, None)
    hints = resolved_hints(function)
    members: list[Member] = []
    extra: Shape | None = None
    for name, parameter in python.parameters.items():
        hint = hints.get(name, Any)
        if parameter.kind is parameter.VAR_KEYWORD:
            extra = shape_of(hint)
        elif parameter.kind is parameter.VAR_POSITIONAL:
            members.append(dataclasses.replace(member(name, list[hint]), required=False))  # type: ignore[valid-type]
        else:
            default = MISSING if parameter.default is parameter.empty else parameter.default
            members.append(member(name, hint, default))
    if widths:
        from .widths import with_widths  # noqa: PLC0415  # most functions have none

        return Signature(with_widths(members, widths), extra, python)
    return Signature(tuple(members), extra, python)


def _root(schema: Schema, definitions: Definitions) -> Schema:
    named = {"$defs": definitions.schemas} if definitions.schemas else {}
    return {"$schema": DIALECT, **schema, **named}
