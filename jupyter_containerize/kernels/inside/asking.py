"""Ask what serves: once what the notebook itself asked a model, and then requests that differ from the example.

Runs inside the kernel, after the objects are written: the standard library and the runtime's own modules, Python 3.9
or newer.
"""

from __future__ import annotations

import contextvars
import inspect
import json
import random
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from .entries import function_of
from .example import plain
from .runtime import runtime_module
from .variants import variants


def examples(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return for each call what a watched call has: request, response, reason (why there is none), complete.

    Request: calls (of each the kind, the symbol, and as ``expression`` what the notebook's own call is given). For
    models of a library: nothing of the notebook's runs when they are called, so that the call is made again.
    """
    return [_example(item) for item in request["calls"]]


def _example(item: dict[str, Any]) -> dict[str, Any]:
    call: dict[str, Any] = {"request": None, "response": None, "reason": None, "complete": True}
    namespace = vars(sys.modules["__main__"])
    to_json = runtime_module("encoding").to_json
    try:
        function = function_of(item["kind"], item["symbol"], namespace)
        value = eval(compile(item["expression"], "<example>", "eval"), namespace)  # noqa: S307  # the notebook's own
        request = runtime_module("targets").request_of(function, value)
        call["request"], call["reason"] = plain(request, to_json)
        if call["reason"] is None:
            call["response"], call["reason"] = plain(_answer(function, call["request"]), to_json)
    except Exception as error:
        call["reason"] = str(error) or type(error).__name__
    return call


def answers(request: dict[str, Any]) -> list[str]:
    """Return what an entry answers to its example and to requests around it.

    Each answer is JSON with sorted keys, or ``!`` and the type of what it raised, or gave and JSON cannot say.

    Request: kind, symbol, example (the request), most (how many), seconds (after which no further answer counts).
    Asynchronous functions are not asked.
    """
    function = function_of(request["kind"], request["symbol"], vars(sys.modules["__main__"]))
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return []
    found: list[str] = []
    until = time.monotonic() + request["seconds"]

    def ask_all() -> None:
        for body in variants(request["example"], request["most"], _accepts(function)):
            answer = _said(function, body)
            if time.monotonic() > until:
                return
            found.append(answer)

    wait_for(ask_all, request["seconds"])
    return found.copy()


def wait_for(work: Callable[[], None], seconds: float) -> None:
    """Do the work in a thread, for that long: a function that never returns is left alone, and the kernel ends soon."""
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work,), daemon=True)
    thread.start()
    thread.join(seconds)


def _said(function: Callable[..., Any], body: Any) -> str:
    _seed()
    try:
        answer = _answer(function, body)
        if inspect.isawaitable(answer):
            return "!coroutine"
        said, reason = plain(answer, runtime_module("encoding").to_json)
    except Exception as error:
        return f"!{type(error).__name__}"
    return f"!{type(answer).__name__}" if reason is not None else json.dumps(said, sort_keys=True, allow_nan=False)


def _answer(function: Callable[..., Any], body: Any) -> Any:
    binding, schema = runtime_module("binding"), runtime_module("schema")
    signature = schema.read_signature(function)
    return binding.call(function, signature, binding.read_body(signature, body))


def _accepts(function: Callable[..., Any]) -> Callable[[Any], bool]:
    binding, signature = runtime_module("binding"), runtime_module("schema").read_signature(function)

    def accepts(body: Any) -> bool:
        try:
            binding.read_body(signature, body)
        except Exception:
            return False
        return True

    return accepts


def _seed() -> None:
    """Let a function that draws give the same answer to the same request, whatever was drawn before."""
    random.seed(0)
    numpy, torch, tensorflow = (sys.modules.get(name) for name in ("numpy", "torch", "tensorflow"))
    if numpy is not None and hasattr(numpy, "random"):
        numpy.random.seed(0)
    if torch is not None and hasattr(torch, "manual_seed"):
        torch.manual_seed(0)
    if tensorflow is not None and hasattr(tensorflow, "random"):
        tensorflow.random.set_seed(0)
