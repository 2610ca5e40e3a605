"""A job's parameters, from the command line and the environment.

The options are papermill's, and so is how a value is read: ``True``, ``False``, ``None``, numbers, else text; lists
and objects are JSON. Source: papermill, "Command Line Interface".
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .errors import BadParameter

VARIABLE = "JUPYTER_CONTAINERIZE_PARAMETERS"
_WORDS = {"True": True, "False": False, "None": None, "true": True, "false": False, "null": None}
_TYPED = {"-p", "--parameters"}
_RAW = {"-r", "--parameters_raw"}
_WHOLE = {"-y", "--parameters_yaml"}


def read_parameters(arguments: Sequence[str], environment: Mapping[str, str], names: Sequence[str]) -> dict[str, Any]:
    """Return the given values by name: those of the environment, then ``-y``'s, then ``-p``'s and ``-r``'s.

    Raises:
        BadParameter: an option or a name that is not known, or an object that is none.
    """
    whole: dict[str, Any] = _object(VARIABLE, environment[VARIABLE]) if environment.get(VARIABLE) else {}
    single: dict[str, Any] = {}
    rest = list(arguments)
    while rest:
        option = rest.pop(0)
        wanted = 2 if option in _TYPED | _RAW else 1
        if option not in _TYPED | _RAW | _WHOLE:
            raise BadParameter(option, "is no option; there are -p NAME VALUE, -r NAME TEXT and -y JSON")
        if len(rest) < wanted:
            raise BadParameter(option, "wants a name and a value" if wanted > 1 else "wants a JSON object")
        given, rest = rest[:wanted], rest[wanted:]
        if option in _WHOLE:
            whole.update(_object(option, given[0]))
        else:
            single[given[0]] = given[1] if option in _RAW else read_value(given[1])
    found = {**whole, **single}
    unknown = [name for name in found if name not in names]
    if unknown:
        known = f"there are {', '.join(names)}" if names else "there are none"
        raise BadParameter(", ".join(unknown), f"no such parameter; {known}")
    return found


def read_value(text: str) -> Any:
    """Return what a text on the command line means."""
    if text in _WORDS:
        return _WORDS[text]
    kinds: tuple[Callable[[str], Any], ...] = (int, float)
    for read in (*kinds, json.loads) if text[:1] in {"[", "{"} else kinds:
        with contextlib.suppress(ValueError, RecursionError):
            return read(text)
    return text


def _object(where: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadParameter(where, f"wants a JSON object: {error}") from error
    if not isinstance(value, dict):
        raise BadParameter(where, "wants a JSON object with the parameters by name")
    return value


def usage(notebook: str, names: Sequence[str], defaults: Mapping[str, str]) -> str:
    """Return the job's help: its options, and its parameters with their defaults."""
    width = max(map(len, names), default=0)
    listed = [f"  {name:<{width}}  {defaults.get(name, '')}".rstrip() for name in names] or ["  none"]
    return "\n".join(
        [
            f"Run {notebook or 'the notebook'} once.",
            "",
            "  -p NAME VALUE  set a parameter: True, False, None, a number, JSON, else text",
            "  -r NAME TEXT   set a parameter to a text as it is",
            "  -y JSON        set several, by name",
            "",
            "Parameters and their defaults:",
            *listed,
            "",
            f"{VARIABLE} may hold the same JSON as -y.",
            "Files are written to JUPYTER_CONTAINERIZE_OUTPUT, or to a new folder.",
        ]
    )
