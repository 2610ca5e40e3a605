"""What the entries that serve take and give, as the namespace has them after the run.

Runs inside the kernel: the standard library and the runtime's own modules, Python 3.9 or newer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from .runtime import runtime_module


def describe(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what each entry takes and gives.

    Request: entries (of each the symbol, the kind, and as ``example`` a request to try to bind, or null). Of each
    entry the answer says whether its name is ``missing``, its ``spec``, or as ``failed`` what it is and why it has
    none, and as ``unbound`` why the example's JSON would not reach it.
    """
    return [described(item) for item in request["entries"]]


def described(item: dict[str, Any]) -> dict[str, Any]:
    """Return what one entry takes and gives."""
    namespace = vars(sys.modules["__main__"])
    first = item["symbol"].partition(".")[0]
    report: dict[str, Any] = {"missing": first not in namespace, "spec": None, "failed": None, "unbound": None}
    if report["missing"]:
        return report
    try:
        function = function_of(item["kind"], item["symbol"], namespace)
        spec = runtime_module("schema").describe(function)
        json.dumps(spec, allow_nan=False)
    except Exception as error:
        kind = type(namespace[first])
        type_name = f"{kind.__module__}.{kind.__qualname__}"
        report["failed"] = {"type_name": type_name, "reason": str(error) or type(error).__name__}
        return report
    report["spec"] = spec
    report["unbound"] = None if item["example"] is None else binding_problem(function, item["example"])
    return report


def function_of(kind: str, symbol: str, namespace: dict[str, Any]) -> Callable[..., Any]:
    """Return the function that answers for an entry, as the image makes it.

    Raises:
        TypeError, LookupError: it cannot be called, or is not there.
    """
    if kind == "function":
        function = namespace[symbol]
        if not callable(function):
            raise TypeError("it cannot be called")
        return function  # type: ignore[no-any-return]
    made: Callable[..., Any] = runtime_module("targets").function_of(kind, symbol, namespace)
    return made


def binding_problem(function: Any, example: Any) -> str | None:
    """Return why the example's JSON would not reach the function, ``None`` when it would."""
    try:
        runtime_module("binding").bind(function, example)
    except Exception as error:
        return str(error) or type(error).__name__
    return None
