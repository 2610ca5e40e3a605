"""Chooses the statements that must run, and says of every statement why it stays or goes."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jupyter_containerize.analysis.flow.graph import Graph, Need, Node
from jupyter_containerize.analysis.flow.machine import Trace
from jupyter_containerize.analysis.statements import FunctionNode

_OWNERS = {"python": "Python's", "numpy": "NumPy's", "torch": "PyTorch's", "tensorflow": "TensorFlow's"}


@dataclass(slots=True, kw_only=True)
class Selection:
    """The places of the statements that run, each with the reason in words."""

    reasons: dict[int, str] = field(default_factory=dict)

    def __contains__(self, place: int) -> bool:
        """Tell whether a statement runs."""
        return place in self.reasons


def select(graph: Graph, goals: Mapping[int, str], *, without: frozenset[int] = frozenset()) -> Selection:
    """Return the goals and all that they need, transitively.

    Args:
        graph: the whole notebook.
        goals: what runs in any case, with the reason.
        without: places that never run, whatever needs them.
    """
    chosen = Selection()
    queue = deque(sorted(place for place in goals if place not in without))
    for place in queue:
        chosen.reasons[place] = goals[place]
    while queue:
        user = graph.nodes[queue.popleft()]
        for place, need in sorted(graph.needs_of(user.reading).items()):
            if place not in chosen and place not in without:
                chosen.reasons[place] = in_words(need, graph.nodes[place], user=f"cell {user.cell}")
                queue.append(place)
    return chosen


def in_words(need: Need, node: Node, *, user: str) -> str:
    """Return why a statement is needed; where that is for want of knowledge, which call is not known."""
    if node.trace.unknown and need.how not in {"binds", "setting"}:
        call = next(filter(None, node.trace.unknown), "a call")
        what = f"change what {need.what!r} holds, which {user} needs" if need.how == "changes" else f"matter to {user}"
        return f"{call}() is not known and may {what}"
    if need.how == "binds" and need.what == "*":
        return f"{user} may need a name of it"
    words = {
        "binds": f"{user} needs {need.what!r}",
        "changes": f"changes what {need.what!r} holds, which {user} needs",
        "random": f"{user} draws from {_OWNERS.get(need.what, need.what)} random numbers",
        "file": f"{user} may read a file that it writes",
        "setting": f"sets what {user} runs under",
    }
    return words.get(need.how, f"{user} may depend on what it does to {need.what}")


def dropped(node: Node, *, binds: Iterable[str]) -> str:
    """Return why a statement that nothing needs is left out."""
    trace, names = node.trace, sorted(binds)
    statement = node.statement.node if node.statement is not None else None
    if names:
        verb = "uses" if isinstance(statement, ast.Import | ast.ImportFrom | FunctionNode | ast.ClassDef) else "needs"
        return f"nothing that runs {verb} {_listed(names)}"
    if isinstance(statement, ast.Expr) and not (trace.changes or trace.effects):
        return "only shows"
    return _without_names(trace)


def _without_names(trace: Trace) -> str:
    if any(thing.startswith("random:") for thing in trace.seeded):
        return "no random number is drawn after it"
    if "figure" in trace.effects:
        return "only draws"
    if trace.shows:
        return "only shows"
    if any(thing.startswith("file:") for thing in trace.effects) and not trace.unknown:
        return "nothing that runs reads what it writes"
    return "nothing that runs depends on it"


def _listed(names: list[str], most: int = 3) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
