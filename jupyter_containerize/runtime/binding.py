"""A JSON body as a function's arguments, checked against its signature; or everything that is wrong with it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .containers import read_members
from .problems import Problem, Problems
from .schema import Signature, read_signature


class BodyRejected(ValueError):
    """A body that does not fit the signature. ``problems`` has at least one; the first 50 of many."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{item.field or 'body'}: {item.expected}, not {item.got}" for item in problems))
        self.problems = problems


def bind(function: Callable[..., Any], body: Any) -> dict[str, Any]:
    """Return the arguments of ``function`` by parameter name, made from a JSON object.

    Parameters that are absent and have a default are absent in the result too.

    Raises:
        BodyRejected: names every parameter or part of one that does not fit.
    """
    return read_body(read_signature(function), body)


def read_body(signature: Signature, body: Any) -> dict[str, Any]:
    """Return what ``bind`` does, for a signature that was read once and serves many bodies."""
    problems = Problems()
    if not isinstance(body, dict):
        problems.add((), "object with the parameters by name", body)
        raise BodyRejected(tuple(problems.found))
    arguments = read_members(signature.by_name, signature.extra, body, problems, ())
    if problems.count:
        raise BodyRejected(tuple(problems.found))
    return arguments


def call(function: Callable[..., Any], signature: Signature, arguments: dict[str, Any]) -> Any:
    """Return the function's answer for arguments by name, positional-only ones and ``*args`` included."""
    python = signature.python
    if python is None or not signature.has_positions:
        return function(**arguments)
    parameters = python.parameters
    known = {name: value for name, value in arguments.items() if name in parameters}
    further = {name: value for name, value in arguments.items() if name not in parameters}
    keywords = [name for name, parameter in parameters.items() if parameter.kind is parameter.VAR_KEYWORD]
    bound = inspect.BoundArguments(python, {**known, **dict.fromkeys(keywords, further)})
    bound.apply_defaults()
    return function(*bound.args, **bound.kwargs)
