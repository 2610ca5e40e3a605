"""What a kernel that somebody works with says of itself, and of a call that its cells made.

Runs inside the kernel: the standard library and the runtime's own modules, Python 3.9 or newer. Nothing of the
user's runs: values are looked up, and written as JSON.
"""

from __future__ import annotations

import ast
import collections.abc
import hashlib
import platform
import re
import sys
import warnings
from typing import Any

from .example import plain
from .runtime import runtime_module

# What is done with a name where only its value is looked at.
LOOKS = {"print", "display", "len", "type", "repr", "str", "round", "isinstance", "id"}
DEEPEST = 50


def facts(_request: dict[str, Any]) -> dict[str, Any]:
    """Return which Python this is, and the history: of each execution count the hash of what ran, without its ends."""
    count, inputs = history()
    return {
        "executable": sys.executable or "",
        "python_version": platform.python_version(),
        "execution_count": count,
        "inputs": [hashlib.sha256(text.strip().encode("utf-8", "replace")).hexdigest() for text in inputs],
    }


def history() -> tuple[int, list[str]]:
    """Return the last execution count, and the texts that ran by their counts; that of 0 is empty."""
    namespace = vars(sys.modules["__main__"])
    shell = namespace["get_ipython"]() if "get_ipython" in namespace else None
    manager = getattr(shell, "history_manager", None)
    inputs = getattr(manager, "input_hist_raw", None) or namespace.get("_ih") or [""]
    return len(inputs) - 1, [text if isinstance(text, str) else "" for text in inputs]


def calls(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each call with its answer, as JSON values, or the reason why it cannot be had.

    Request: calls (of each the arguments as pairs of name and source, the result_name or null, the count that its
    cell ran as, its line there or null, and as ``needs`` the names that its answer depends on).
    """
    _, inputs = history()
    return [call(item, inputs) for item in request["calls"]]


def call(item: dict[str, Any], inputs: list[str]) -> dict[str, Any]:
    """Return one call: its request and response, or the reason why there is none."""
    try:
        trees = {name: ast.parse(source, mode="eval").body for name, source in item["arguments"]}
        names = {node.id for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.Name)}
        wanted = names | set(item["needs"]) | ({item["result_name"]} if item["result_name"] else set())
        later = [rest(inputs[item["count"]], item["line"]), *inputs[item["count"] + 1 :]]
        require_unchanged(wanted, later)
        given = {name: said(value_of(tree)) for name, tree in trees.items()}
        answer = said(result(item))
    except Exception as error:
        reason = str(error) or type(error).__name__
        return {"request": {}, "response": None, "reason": reason, "complete": True}
    return {"request": given, "response": answer, "reason": None, "complete": True}


def require_unchanged(names: set[str], later: list[str]) -> None:
    """Raise if code that ran later may have changed what a name stands for."""
    changed = sorted(name for name in names if any(touches(text, name) for text in later))
    if changed:
        raise LookupError(f"{', '.join(changed)} may have changed after the call")


def value_of(tree: ast.expr) -> Any:
    """Return the value of a literal, of a name, or of a list or tuple of such; anything else would run code."""
    if isinstance(tree, ast.Name):
        namespace = vars(sys.modules["__main__"])
        if tree.id not in namespace:
            raise LookupError(f"{tree.id} is not defined")
        return namespace[tree.id]
    if isinstance(tree, (ast.List, ast.Tuple)):
        return [value_of(part) for part in tree.elts]
    if isinstance(tree, ast.Dict) and all(isinstance(key, ast.Constant) for key in tree.keys):
        return {ast.literal_eval(key): value_of(value) for key, value in zip(tree.keys, tree.values) if key}
    try:
        return ast.literal_eval(tree)
    except (ValueError, TypeError):
        raise LookupError(f"{ast.unparse(tree)} would have to run in the kernel") from None


def result(item: dict[str, Any]) -> Any:
    """Return the answer, from the name that it was bound to or from what the cell displayed."""
    namespace = vars(sys.modules["__main__"])
    if item["result_name"]:
        return value_of(ast.Name(id=item["result_name"]))
    shown = namespace.get("_oh", {})
    if item["count"] not in shown:
        raise LookupError("its cell displayed no value")
    return shown[item["count"]]


def said(value: Any) -> Any:
    """Return a value as JSON values, and leave it as it is: what can be read only once is not read."""
    if has_iterator(value, DEEPEST):
        raise TypeError("something in it can be read only once")
    answer, reason = plain(value, runtime_module("encoding").to_json)
    if reason is not None:
        raise TypeError(reason)
    return answer


def has_iterator(value: Any, depth: int) -> bool:
    """Tell whether there is an iterator somewhere in plain containers."""
    if isinstance(value, collections.abc.Iterator) or depth == 0:
        return True
    if type(value) is dict:
        return any(has_iterator(part, depth - 1) for part in value.values())
    return type(value) in (list, tuple, set) and any(has_iterator(part, depth - 1) for part in value)


def rest(text: str, line: int | None) -> str:
    """Return the part of a cell below the statement at a line; with no line, all of it but its last statement."""
    tree = parsed(text)
    if tree is None or not tree.body:
        return ""
    if line is None:
        return ""
    below = [statement for statement in tree.body if statement.lineno > line]
    return "\n".join(text.splitlines()[below[0].lineno - 1 :]) if below else ""


def touches(text: str, name: str) -> bool:
    """Tell whether a cell may have bound the name anew or changed what it stands for.

    Calling it, or looking at it (``print``, ``len``, a line with nothing else), does not; anything else may.
    """
    if name not in text and "*" not in text:
        return False
    tree = parsed(text)
    if tree is None:
        return re.search(rf"\b{re.escape(name)}\b", text) is not None
    harmless = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            harmless.add(id(node.value))
        elif isinstance(node, ast.Call):
            harmless.add(id(node.func))
            if isinstance(node.func, ast.Name) and node.func.id in LOOKS:
                harmless.update(id(part) for part in node.args)
    return any(id(node) not in harmless and binds_or_uses(node, name) for node in ast.walk(tree))


def binds_or_uses(node: ast.AST, name: str) -> bool:
    """Tell whether a piece of code names something of the namespace."""
    if isinstance(node, ast.Name):
        return node.id == name
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name == name
    if isinstance(node, ast.alias):
        return (node.asname or node.name).partition(".")[0] in (name, "*")
    return isinstance(node, (ast.Global, ast.Nonlocal)) and name in node.names


def parsed(text: str) -> ast.Module | None:
    """Return the syntax tree of a cell, ``None`` for one that is not plain Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
