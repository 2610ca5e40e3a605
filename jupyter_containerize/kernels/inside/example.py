"""Watch the notebook's own call of the serving function, and describe the function.

Runs inside the kernel: the standard library and the runtime's own modules, Python 3.9 or newer.
The call is watched as the notebook makes it, not made again: a second call could give another
answer, or change what the cells below see.
"""

from __future__ import annotations

import collections.abc
import importlib
import importlib.util
import inspect
import json
import os
import sys
import types
from typing import Any

_PACKAGE = "_jupyter_containerize_runtime"
_watch: Watch | None = None


class Watch:
    """A trace function that sees calls of one function, made by a cell itself."""

    def __init__(self, symbol: str, parameters: list[str], runtime: str) -> None:
        self.symbol = symbol
        self.parameters = parameters
        self.namespace = vars(sys.modules["__main__"])
        self.to_json = runtime_module(runtime, "encoding").to_json
        self.calls: list[dict[str, Any]] = []
        self.awaited: dict[types.FrameType, Any] = {}
        self.before = sys.gettrace()

    def __call__(self, frame: types.FrameType, event: str, _argument: Any) -> Any:
        """See a call. Returns the function that sees its return, ``None`` for calls of no interest."""
        if event != "call" or frame.f_code is not self.code():
            return None
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
        """Return the code that runs when the name is called: the decorator's, where that is Python."""
        function = self.namespace.get(self.symbol)
        while function is not None and not hasattr(function, "__code__"):
            function = getattr(function, "__wrapped__", None)
        return getattr(function, "__code__", None)

    def plain_arguments(self, frame: types.FrameType) -> tuple[dict[str, Any], str | None]:
        """Return the arguments that the call wrote down, as JSON values, or the reason why that cannot be."""
        positional, keywords = given(frame)
        request: dict[str, Any] = {}
        try:
            signature = inspect.signature(self.namespace[self.symbol])
            arguments = signature.bind(*positional, **keywords).arguments
        except (TypeError, ValueError) as error:
            return {}, str(error)
        for name in self.parameters:
            request[name], reason = self.plain(arguments.get(name))
            if reason is not None:
                return {}, f"{name}: {reason}"
        return request, None

    def plain(self, value: Any) -> tuple[Any, str | None]:
        """Return a value as JSON values, or the reason why that cannot be."""
        if isinstance(value, collections.abc.Iterator):
            # Reading it would take from the notebook what it has yet to read.
            return None, f"{type(value).__name__} can be read only once"
        try:
            plain = self.to_json(value)
            json.dumps(plain, allow_nan=False)
        except Exception as error:
            return None, str(error) or type(error).__name__
        return plain, None


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


def watch(request_json: str) -> None:
    """Begin to watch. Request: symbol, parameters (names that the call gives), runtime (folder)."""
    global _watch
    request = json.loads(request_json)
    _watch = Watch(request["symbol"], request["parameters"], request["runtime"])
    sys.settrace(_watch)


def seen(request_json: str) -> None:
    """End watching and write the call at ``line``, or the last one, to the report; null if there was none.

    Request: report (file), line (of the call in its cell, or null).
    """
    assert _watch is not None
    sys.settrace(_watch.before)
    request = json.loads(request_json)
    calls = _watch.calls
    at = [call for call in calls if request["line"] is not None and call["line"] >= request["line"]]
    call = next(iter(at + calls[-1:]), None)
    with open(request["report"], "w", encoding="utf-8") as file:
        json.dump(call, file)


def describe(request_json: str) -> None:
    """Write what the serving function takes and gives to the report.

    Request: symbol, runtime (folder), report (file), example (a request to try to bind, or null).
    """
    request = json.loads(request_json)
    namespace = vars(sys.modules["__main__"])
    symbol = request["symbol"]
    report: dict[str, Any] = {"missing": symbol not in namespace, "spec": None, "failed": None, "unbound": None}
    if symbol in namespace:
        function = namespace[symbol]
        report["spec"], report["failed"] = description(function, request["runtime"])
        if report["spec"] is not None:
            report["unbound"] = binding_problem(function, request)
    with open(request["report"], "w", encoding="utf-8") as file:
        json.dump(report, file)


def description(function: Any, runtime: str) -> tuple[Any, Any]:
    """Return the function's description, or what it is and why it has none."""
    reason = "it cannot be called"
    if callable(function):
        try:
            spec = runtime_module(runtime, "schema").describe(function)
            json.dumps(spec, allow_nan=False)
        except Exception as error:
            reason = str(error) or type(error).__name__
        else:
            return spec, None
    kind = type(function)
    return None, {"type_name": f"{kind.__module__}.{kind.__qualname__}", "reason": reason}


def binding_problem(function: Any, request: dict[str, Any]) -> str | None:
    """Return why the example's JSON would not reach the function, ``None`` when it would."""
    if request["example"] is None:
        return None
    try:
        runtime_module(request["runtime"], "binding").bind(function, request["example"])
    except Exception as error:
        return str(error) or type(error).__name__
    return None


def runtime_module(folder: str, name: str) -> Any:
    """Return a module of the runtime, loaded under a name that no user's module has."""
    if _PACKAGE not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            _PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
        )
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[_PACKAGE] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return importlib.import_module(f"{_PACKAGE}.{name}")
