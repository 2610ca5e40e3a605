"""Reads YAML of strangers into a small tree in which every node knows its line.

It goes by the parser's events. PyYAML's own composer calls itself for each level, which ends the
process when libyaml's is given a file that is nested deeply enough; and it is what unfolds aliases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

_LONGEST = 1 << 20
# Without libyaml, PyYAML reads a hundred kilobytes a second.
_LONGEST_SLOWLY = 1 << 17
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its 1-based line: a text as written, a list of nodes, a mapping by text, or ``None``.

    ``None`` stands for an alias (``*x``), and mappings leave out keys that are no text.
    """

    value: Tree
    line: int


Tree: TypeAlias = "str | list[Node] | Mapping[str, Node] | None"


class NotYaml(Exception):
    """The text is not YAML, or more than we take. ``line`` is 1-based, if it is known. Never leaves this folder."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def yaml_tree(text: str) -> Node | None:
    """Return the first document's root; ``None`` for an empty one.

    Raises:
        NotYaml: broken, too long or too deep.
    """
    # Imported here: most notebooks have no such file beside them.
    import yaml  # noqa: PLC0415

    fast = getattr(yaml, "CSafeLoader", None)
    if len(text) > (_LONGEST if fast else _LONGEST_SLOWLY):
        raise NotYaml("it is too long")
    try:
        return _tree(yaml.parse(text, Loader=fast or yaml.SafeLoader), yaml.events)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise NotYaml("it is not YAML", None if mark is None else mark.line + 1) from error
    except ValueError as error:
        # A character that no YAML may have, or half of one.
        raise NotYaml("it is not YAML") from error


def _tree(events: Any, kinds: Any) -> Node | None:
    # Each open collection with the nodes that it has so far; a mapping's are keys and values in turn.
    open_: list[tuple[Any, list[Node]]] = []
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, kinds.CollectionStartEvent):
            if len(open_) >= _DEEPEST:
                raise NotYaml("it is nested too deep", line)
            open_.append((event, []))
            continue
        if isinstance(event, kinds.ScalarEvent):
            node = Node(event.value, line)
        elif isinstance(event, kinds.AliasEvent):
            node = Node(None, line)
        elif isinstance(event, kinds.CollectionEndEvent):
            start, nodes = open_.pop()
            is_list = isinstance(start, kinds.SequenceStartEvent)
            node = Node(nodes if is_list else _mapping(nodes), start.start_mark.line + 1)
        else:
            continue
        if not open_:
            return node
        open_[-1][1].append(node)
    return None


def _mapping(nodes: list[Node]) -> Mapping[str, Node]:
    pairs = zip(nodes[::2], nodes[1::2], strict=False)
    return {key.value: value for key, value in pairs if isinstance(key.value, str)}
