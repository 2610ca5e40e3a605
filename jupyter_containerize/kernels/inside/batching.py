"""Whether several requests' rows can be asked as one: tried on the example and on requests around it.

Runs inside the kernel, after the objects are written: the standard library and the runtime's own modules, Python 3.9
or newer. What is tried is what the server would do, with its own code: rows are joined, asked in two orders, and each
part of the answer is compared with what the request alone is answered.
"""

from __future__ import annotations

import dis
import inspect
import json
import math
import pickle
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .asking import wait_for
from .entries import function_of
from .runtime import runtime_module
from .variants import variants

# Sums of floats depend on their order in the last digits, and the order on how many rows there are.
_RELATIVE = 1e-9
_SMALLEST = 1e-12
_MOST_REQUESTS = 8
_MOST_BYTES = 1_000_000
_DEEPEST = 3


class NotRows(Exception):
    """Requests cannot be joined. The words say why."""


def rows(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return of each entry the ``parameter`` whose rows can be joined, empty for none, and the ``reason``.

    Request: entries (of each kind, symbol and as example a request), seconds (after which nothing is proved).
    """
    found: list[dict[str, Any]] = [{"parameter": "", "reason": "it took too long"} for _ in request["entries"]]
    namespace = vars(sys.modules["__main__"])

    def prove_all() -> None:
        for place, item in enumerate(request["entries"]):
            found[place] = _proved(item, namespace)

    wait_for(prove_all, request["seconds"])
    return found.copy()


def _proved(item: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    try:
        function = function_of(item["kind"], item["symbol"], namespace)
    except Exception as error:
        return {"parameter": "", "reason": str(error) or type(error).__name__}
    return proved(function, item["example"], namespace)


def proved(function: Callable[..., Any], example: Any, namespace: dict[str, Any]) -> dict[str, Any]:
    """Return what ``rows`` does, of one function whose code finds its globals in a namespace."""
    reason = "no parameter has rows"
    try:
        for name in _candidates(function, example):
            reason = _reason_against(function, example, name, namespace)
            if not reason:
                return {"parameter": name, "reason": ""}
    except Exception as error:
        reason = str(error) or type(error).__name__
    return {"parameter": "", "reason": reason}


def _reason_against(function: Callable[..., Any], example: dict[str, Any], name: str, namespace: dict[str, Any]) -> str:
    try:
        _Proof(function, example, name, namespace).require()
    except NotRows as error:
        return f"{name}: {error}"
    return ""


def _candidates(function: Callable[..., Any], example: Any) -> list[str]:
    """Return the parameters that have rows in the example."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return []
    if not isinstance(example, dict):
        return []
    arguments = runtime_module("binding").bind(function, example)
    joining = runtime_module("joining")
    return [name for name in arguments if joining.rows_of(arguments, name) and joining.key_of(arguments, name)]


class _Proof:
    """A function with its namespace, an example, and the parameter that may have rows."""

    def __init__(
        self, function: Callable[..., Any], example: dict[str, Any], name: str, namespace: dict[str, Any]
    ) -> None:
        self._function = function
        self._namespace = namespace
        self._signature = runtime_module("schema").read_signature(function)
        self._example = example
        self._name = name
        self._joining = runtime_module("joining")
        self._binding = runtime_module("binding")

    def require(self) -> None:
        """Raise unless rows may be joined.

        Raises:
            NotRows: an answer is another one, has no part for each row, or a call leaves something behind.
        """
        bodies = self._bodies()
        before = list(_globals(self._function, self._namespace))
        alone = [self._alone(body) for body in bodies]
        if not self._differs(bodies):
            raise NotRows("all rows are answered the same, which proves nothing")
        for order in (range(len(bodies)), range(len(bodies) - 1, -1, -1), range(2)):
            parts = self._together([bodies[place] for place in order])
            for place, part in zip(order, parts):
                if not _same(part, alone[place]):
                    raise NotRows("together with others a request is answered differently")
        if not all(_same(self._alone(body), answer) for body, answer in zip(bodies, alone)):
            raise NotRows("the same request is answered differently the second time")
        if list(_globals(self._function, self._namespace)) != before:
            raise NotRows("a call changes what the next one sees")

    def _bodies(self) -> list[dict[str, Any]]:
        """Return requests that differ in rows only, and could be joined; of different lengths."""
        given = self._example[self._name]
        singles = [{self._name: [row]} for row in given[:2]] if isinstance(given, list) else []
        changed = variants({self._name: given}, _MOST_REQUESTS, self._accepts)
        wanted = self._joining.key_of(self._arguments(self._example), self._name)
        found = []
        for body in [*changed, *(single for single in singles if self._accepts(single))]:
            whole = {**self._example, **body}
            arguments = self._arguments(whole)
            if self._joining.rows_of(arguments, self._name) and (self._joining.key_of(arguments, self._name) == wanted):
                found.append(whole)
        if len(found) < 3:  # noqa: PLR2004  # with two there is one order and its reverse
            raise NotRows("too few requests can be made of the example")
        return found

    def _accepts(self, body: Any) -> bool:
        try:
            self._arguments({**self._example, **body})
        except Exception:
            return False
        return True

    def _arguments(self, body: dict[str, Any]) -> dict[str, Any]:
        # Anew for each call, which may change what it gets.
        arguments: dict[str, Any] = self._binding.read_body(self._signature, json.loads(json.dumps(body)))
        return arguments

    def _alone(self, body: dict[str, Any]) -> Any:
        arguments = self._arguments(body)
        count = self._joining.rows_of(arguments, self._name)
        return self._parts(arguments, [count])[0]

    def _together(self, bodies: Sequence[dict[str, Any]]) -> list[Any]:
        calls = [self._arguments(body) for body in bodies]
        counts = [self._joining.rows_of(arguments, self._name) for arguments in calls]
        return self._parts(self._joining.joined(calls, self._name), counts)

    def _differs(self, bodies: Sequence[dict[str, Any]]) -> bool:
        """Return whether some rows have another answer than others."""
        for body in bodies:
            arguments = self._arguments(body)
            answers = self._parts(arguments, [1] * self._joining.rows_of(arguments, self._name))
            if not all(_same(answer, answers[0]) for answer in answers):
                return True
        firsts = [self._alone(body) for body in bodies if len(self._arguments(body)[self._name]) == 1]
        return not all(_same(answer, firsts[0]) for answer in firsts)

    def _parts(self, arguments: dict[str, Any], counts: list[int]) -> list[Any]:
        answer = self._binding.call(self._function, self._signature, arguments)
        try:
            parts = self._joining.split(answer, counts)
        except self._joining.NotSplit as error:
            raise NotRows(f"its answer has no part for each row ({error})") from error
        to_json = runtime_module("encoding").to_json
        return [to_json(part) for part in parts]


def _same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal, floats to nine digits."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=_SMALLEST)
    return bool(one == other)


def _globals(
    function: Any, namespace: dict[str, Any], depth: int = 0, seen: set[int] | None = None
) -> Iterator[tuple[str, Any]]:
    """Give what a function's own code, and that of the functions it names, finds among the globals, as bytes.

    What cannot be pickled, or is large, is left out: models are asked often and do not learn from it.

    Raises:
        NotRows: the code binds a global name.
    """
    seen = set() if seen is None else seen
    code = getattr(inspect.unwrap(function) if callable(function) else function, "__code__", None)
    if code is None or id(code) in seen or depth > _DEEPEST:
        return
    seen.add(id(code))
    for part in _codes(code):
        if any(instruction.opname in {"STORE_GLOBAL", "DELETE_GLOBAL"} for instruction in dis.get_instructions(part)):
            raise NotRows("it binds a global name")
        for name in part.co_names:
            value = namespace.get(name)
            if isinstance(value, types.FunctionType):
                yield from _globals(value, namespace, depth + 1, seen)
            elif value is not None and not isinstance(value, (type, types.ModuleType)):
                yield name, _content(value)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _content(value: Any) -> bytes | None:
    try:
        content = pickle.dumps(value)
    except Exception:
        return None
    return content if len(content) <= _MOST_BYTES else None
