"""What a pickle refers to, read from the pickle itself.

Runs inside the kernel: the standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import hashlib
import importlib.util
import pickletools
import sys
from collections.abc import Iterable
from typing import Any

_STRINGS = ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE")
_GETS = ("BINGET", "LONG_BINGET", "GET")
_PUTS = ("BINPUT", "LONG_BINPUT", "PUT")


def referred(file: Any) -> set[tuple[str, str]]:
    """Return the attributes of modules that a pickle names: what loading it imports."""
    found: set[tuple[str, str]] = set()
    recent: list[str | None] = [None, None]
    memo: dict[int, str | None] = {}
    top: str | None = None
    argument: Any
    for opcode, argument, _ in pickletools.genops(file):
        name = opcode.name
        if name in _STRINGS:
            top = argument
            recent = [recent[1], top]
        elif name in _GETS:
            top = memo.get(int(argument))
            recent = [recent[1], top]
        elif name == "MEMOIZE":
            memo[len(memo)] = top
        elif name in _PUTS:
            memo[int(argument)] = top
        elif name != "FRAME":
            # The pickler writes module and name right before STACK_GLOBAL.
            if name == "STACK_GLOBAL" and recent[0]:
                found.add((recent[0], recent[1] or ""))
            elif name == "GLOBAL":
                module, _, attribute = argument.partition(" ")
                found.add((module, attribute))
            top = None
    return found


def modules_of(references: Iterable[tuple[str, str]]) -> set[str]:
    """Return the modules of references, and of what named classes are made from.

    A library may do without another one until a class is used whose base that one gives: xgboost and scikit-learn.
    """
    modules: set[str] = set()
    for module, name in references:
        modules.add(module)
        value: Any = sys.modules.get(module)
        for part in name.split("."):
            value = getattr(value, part, None)
        if isinstance(value, type):
            modules.update(base.__module__ for base in value.__mro__ if isinstance(base.__module__, str))
    return modules


def findable(module: str) -> bool:
    """Say whether loading can import the module: not ``__main__``, nor names that a library registers by itself."""
    top = module.partition(".")[0]
    if top in {"__main__", "builtins"}:
        return False
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def meaning(file: Any) -> str:
    """Return a digest of what a pickle builds, which does not tell one string from an equal one.

    An object that was read back shares its strings in other ways than the one that was written.
    """
    digest = hashlib.sha256()
    memo: list[str | None] = []
    numbers: dict[int, int] = {}
    top: str | None = None
    argument: Any
    for opcode, argument, _ in pickletools.genops(file):
        name = opcode.name
        if name == "FRAME":
            continue
        if name == "MEMOIZE":
            if top is None:
                numbers[len(memo)] = len(numbers)
            memo.append(top)
            continue
        top = None
        if name in _STRINGS:
            top = argument
        elif name in _GETS:
            top = memo[int(argument)]
        said = (name, numbers.get(int(argument)) if name in _GETS else argument)
        digest.update(repr(said if top is None else ("text", top)).encode("utf-8", "surrogatepass"))
        if name in _GETS:
            top = None
    return digest.hexdigest()
