"""Walks over code once and yields what rules can look at: imports, calls, attributes, magics and shell words."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from jupyter_containerize.analysis.hidden.names import ACCESSORS, Names
from jupyter_containerize.analysis.walk import children


class Kind(Enum):
    """What the code does with a name."""

    IMPORT = auto()
    USE = auto()
    CALL = auto()
    METHOD = auto()
    ATTRIBUTE = auto()
    MAGIC = auto()
    SHELL = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that the code does.

    ``name`` is the last word: of a dotted name, a method's or attribute's, a magic's, a command's. ``origin`` is the
    whole dotted name (see ``Names``), of a method or attribute that of the object, and empty if it cannot be told.
    ``call`` has the arguments; ``words`` are those of a magic.
    """

    kind: Kind
    name: str
    line: int
    origin: str = ""
    call: ast.Call | None = None
    words: tuple[str, ...] = ()


_LEAVES = frozenset({ast.Constant, ast.Name, ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal})
# Where one shell command ends and the next begins.
_COMMANDS = re.compile(r"&&|\|\||[;|\n]")
_ASSIGNED = re.compile(r"\w+=\S*")


@dataclass(frozen=True, slots=True)
class _After:
    """What to take note of once the value has been walked over."""

    target: ast.expr
    value: ast.expr


def facts_of(statement: ast.AST, names: Names, interesting: Container[str]) -> Iterator[Fact]:
    """Yield the facts of a statement or module in the order of the source, and take note of its names.

    Linear in the size of the tree, and not recursive.

    Args:
        statement: What to walk over.
        names: What is known of names before; brought up to date on the way.
        interesting: The last words that some rule looks at; facts of others are left out.
    """
    stack: list[ast.AST | _After] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, _After):
            names.assigned(node.target, node.value)
            continue
        if type(node) in _LEAVES:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.imported(node)
            yield from _import_facts(node)
            continue
        if isinstance(node, ast.Attribute):
            if node.attr in interesting or _of_interesting_library(node, names, interesting):
                yield from _attribute_facts(node, names)
        elif isinstance(node, ast.Call):
            yield from _call_facts(node, names, interesting)
        else:
            _expect_assignments(node, stack)
        stack += children(node)
        if isinstance(node, ast.For | ast.AsyncFor):
            # The loop's name is bound before its body runs.
            stack.append(_After(node.target, node.iter))


def _expect_assignments(node: ast.AST, stack: list[ast.AST | _After]) -> None:
    match node:
        case ast.Assign(targets=targets, value=value):
            stack += (_After(target, value) for target in targets)
            # So that a rule can ask for os.environ.__setitem__("KERAS_BACKEND", "jax").
            stack += (_as_call(target, value) for target in targets if isinstance(target, ast.Subscript))
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            stack.append(_After(target, value))
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            stack.append(_After(target, value))


def _as_call(target: ast.Subscript, value: ast.expr) -> ast.Call:
    method = ast.copy_location(ast.Attribute(value=target.value, attr="__setitem__", ctx=ast.Load()), target)
    return ast.copy_location(ast.Call(func=method, args=[target.slice, value], keywords=[]), target)


def _import_facts(node: ast.Import | ast.ImportFrom) -> Iterator[Fact]:
    for alias in node.names:
        if isinstance(node, ast.Import):
            yield Fact(kind=Kind.IMPORT, name=alias.name.rpartition(".")[2], origin=alias.name, line=node.lineno)
        elif node.module and not node.level:
            yield Fact(kind=Kind.IMPORT, name=alias.name, origin=f"{node.module}.{alias.name}", line=node.lineno)


def _of_interesting_library(node: ast.Attribute, names: Names, interesting: Container[str]) -> bool:
    return isinstance(node.value, ast.Name) and names.origins.get(node.value.id, "").partition(".")[0] in interesting


def _attribute_facts(node: ast.Attribute, names: Names) -> Iterator[Fact]:
    owner = names.origin(node.value)
    if owner and "()" not in owner:
        yield Fact(kind=Kind.USE, name=node.attr, origin=f"{owner}.{node.attr}", line=node.lineno)
    yield Fact(kind=Kind.ATTRIBUTE, name=node.attr, origin=owner, line=node.lineno)


def _call_facts(node: ast.Call, names: Names, interesting: Container[str]) -> Iterator[Fact]:
    match node.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=attr):
            yield from _ipython_facts(node, attr)
        case ast.Attribute(value=value, attr=attr):
            owner = ACCESSORS.get(attr) or names.origin(value)
            origin = f"{owner}.{attr}" if owner and "()" not in owner else ""
            if attr in interesting or origin.partition(".")[0] in interesting:
                if origin:
                    yield Fact(kind=Kind.CALL, name=attr, origin=origin, call=node, line=node.lineno)
                yield Fact(kind=Kind.METHOD, name=attr, origin=owner, call=node, line=node.lineno)
        case ast.Name(id=name):
            origin = names.origins.get(name, "")
            last = origin.rpartition(".")[2]
            if last in interesting or origin.partition(".")[0] in interesting:
                yield Fact(kind=Kind.CALL, name=last, origin=origin, call=node, line=node.lineno)


def _ipython_facts(node: ast.Call, attribute: str) -> Iterator[Fact]:
    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if not texts:
        return
    if attribute in {"run_line_magic", "run_cell_magic", "magic"}:
        words = tuple(" ".join(texts[:2]).split())
        if words:
            yield Fact(kind=Kind.MAGIC, name=words[0].lstrip("%"), words=words[1:], line=node.lineno)
    elif attribute in {"system", "getoutput"}:
        yield from shell_facts(texts[0], node.lineno)


def shell_facts(text: str, line: int) -> Iterator[Fact]:
    """Yield the programs that shell commands start."""
    for command in _COMMANDS.split(text):
        words = [word for word in command.split() if word != "sudo" and not _ASSIGNED.fullmatch(word)]
        if words:
            yield Fact(kind=Kind.SHELL, name=words[0], words=tuple(words[1:]), line=line)
