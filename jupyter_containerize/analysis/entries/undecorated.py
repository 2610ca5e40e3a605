"""Takes a web framework's decorators off a function: it answers in the image, and the framework is not there."""

from __future__ import annotations

import copy
from dataclasses import replace

from jupyter_containerize.analysis.entries.routes import registering_decorators
from jupyter_containerize.analysis.statements import Code, FunctionNode, Statement


def undecorated(code: Code, symbol: str) -> Statement | None:
    """Return a function's definition without the decorators that only register it, ``None`` if it has none."""
    definition = code.definition(symbol)
    if definition is None or not isinstance(definition.node, FunctionNode):
        return None
    removed = registering_decorators(code, definition.node)
    if not removed:
        return None
    node = copy.copy(definition.node)
    node.decorator_list = [decorator for decorator in node.decorator_list if decorator not in removed]
    gone = {line for item in removed for line in range(item.lineno, (item.end_lineno or item.lineno) + 1)}
    # A line stays for each, so that all others keep their numbers.
    lines = tuple("\n" if number in gone else line for number, line in enumerate(definition.text.lines, 1))
    return replace(definition, node=node, text=replace(definition.text, lines=lines))
