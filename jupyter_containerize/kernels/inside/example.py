"""Watch the notebook's own calls of what serves.

Runs inside the kernel: the standard library and the runtime's own modules, Python 3.9 or newer.
The call is watched as the notebook makes it, not made again: a second call could give another
answer, or change what the cells below see.
"""

from __future__ import annotations

import collections.abc
import inspect
import json
import sys
import types
from typing import Any

from .runtime import runtime_module

_watching: Watching | None = None


class Watching:
    """A trace function that sees the calls of several functions, made by a cell itself."""

    def __init__(self, watches: list[Watch]) -> None:
        self.watches = watches
        self.before = sys.gettrace()

    def __call__(self, frame: types.FrameType, event: str, _argument: Any) -> Any:
        """See a call. Returns the function that sees its return, ``None`` for calls of no interest."""
        if event == "call":
            for watch in self.watches:
                if frame.f_code is watch.code():
                    return watch.enter(frame)
        return None


class Watch:
    """The calls of one function or method."""

    def __init__(self, symbol: str, parameters: list[str]) -> None:
        self.symbol = symbol
        self.parameters = parameters
        self.namespace = vars(sys.modules["__main__"])
        self.to_json = runtime_module("encoding").to_json
        self.calls: list[dict[str, Any]] = []
        self.awaited: dict[types.FrameType, Any] = {}

    def enter(self, frame: types.FrameType) -> Any:
        """Note a call, if a cell makes it. Returns the function that sees its return."""
        if frame in self.awaited:
            return self.awaited[frame]
        caller = frame.f_back
        if caller is None or caller.f_locals is not self.namespace:
            return None
        call: dict[str, Any] = {"line": caller.f_lineno, "complete": False}
        self.calls.append(call)
        call["request"], call["reason"] = self.plain_arguments(frame)
        frame.f_trace_lines = False

        def on_return(_frame: types.FrameType, event: str, answer: Any) -> Any:
            if event == "return" and call["reason"] is None:
                call["response"], call["reason"] = self.plain(answer)
                call["complete"] = True
            return on_return

        if frame.f_code.co_flags & inspect.CO_COROUTINE:
            # A coroutine is entered and left at each await; its last way out is the answer.
            self.awaited[frame] = on_return
        return on_return

    def code(self) -> Any:
        """Return the code that runs when the symbol is called: the decorator's, where that is Python."""
        function, _ = watched(self.symbol, self.namespace)
        while function is not None and not hasattr(function, "__code__"):
            function = getattr(function, "__wrapped__", None)
        return getattr(function, "__code__", None)

    def plain_arguments(self, frame: types.FrameType) -> tuple[dict[str, Any], str | None]:
        """Return the arguments that the call wrote down, as JSON values, or the reason why that cannot be."""
        positional, keywords = given(frame)
        request: dict[str, Any] = {}
        try:
            function, bound = watched(self.symbol, self.namespace)
            arguments = dict(inspect.signature(function).bind(*positional, **keywords).arguments)
            if bound:
                del arguments[next(iter(arguments))]
        except (TypeError, ValueError, StopIteration) as error:
            return {}, str(error)
        for name in self.parameters:
            request[name], reason = self.plain(arguments.get(name))
            if reason is not None:
                return {}, f"{name}: {reason}"
        return request, None

    def plain(self, value: Any) -> tuple[Any, str | None]:
        """Return a value as JSON values, or the reason why that cannot be."""
        return plain(value, self.to_json)


def plain(value: Any, to_json: Any) -> tuple[Any, str | None]:
    """Return a value as JSON values, or the reason why that cannot be."""
    if isinstance(value, collections.abc.Iterator):
        # Reading it would take from the notebook what it has yet to read.
        return None, f"{type(value).__name__} can be read only once"
    try:
        said = to_json(value)
        json.dumps(said, allow_nan=False)
    except Exception as error:
        return None, str(error) or type(error).__name__
    return said, None


def watched(symbol: str, namespace: dict[str, Any]) -> tuple[Any, bool]:
    """Return the function behind ``predict`` or ``model.predict``, and whether its first argument is the object.

    Nothing of the user's runs: a method is looked up in its class, without descriptors.
    """
    first, _, name = symbol.partition(".")
    owner = namespace.get(first)
    if not name or owner is None:
        return owner, False
    kind = owner if isinstance(owner, type) else type(owner)
    function = next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)
    if isinstance(function, staticmethod):
        return function.__func__, False
    if isinstance(function, classmethod):
        return function.__func__, True
    return function, True


def given(frame: types.FrameType) -> tuple[list[Any], dict[str, Any]]:
    """Return the positional and keyword arguments that a frame was entered with."""
    code, values = frame.f_code, frame.f_locals
    names = list(code.co_varnames)
    positional = [values[name] for name in names[: code.co_argcount]]
    end = code.co_argcount + code.co_kwonlyargcount
    keywords = {name: values[name] for name in names[code.co_argcount : end]}
    if code.co_flags & inspect.CO_VARARGS:
        positional += values[names[end]]
        end += 1
    if code.co_flags & inspect.CO_VARKEYWORDS:
        keywords.update(values[names[end]])
    return positional, keywords


def watch(request: dict[str, Any]) -> None:
    """Begin to watch. Request: calls (of each the symbol, and the parameters that the call names)."""
    global _watching
    _watching = Watching([Watch(item["symbol"], item["parameters"]) for item in request["calls"]])
    sys.settrace(_watching)


def seen(request: dict[str, Any]) -> list[dict[str, Any] | None]:
    """End watching and return each watched call at its line, or else the last one; ``None`` if there was none.

    Request: lines (of each call in its cell, or null), in the order of ``watch``.
    """
    assert _watching is not None
    sys.settrace(_watching.before)
    return [found(item.calls, line) for item, line in zip(_watching.watches, request["lines"])]


def found(calls: list[dict[str, Any]], line: int | None) -> dict[str, Any] | None:
    """Return the call that was written at a line, of all that were seen."""
    at = [call for call in calls if line is not None and call["line"] >= line]
    return next(iter(at + calls[-1:]), None)
