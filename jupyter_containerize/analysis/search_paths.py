"""Follows what the notebook adds to ``sys.path``, and where it changes to, as far as literals say."""

from __future__ import annotations

import ast
import os.path
import re
from collections.abc import Sequence

from jupyter_containerize.analysis.literal_names import LiteralNames
from jupyter_containerize.analysis.magic_calls import magic_of
from jupyter_containerize.analysis.repositories import OwnRepository
from jupyter_containerize.analysis.shell_words import UNKNOWN, shell_commands
from jupyter_containerize.analysis.statements import Code
from jupyter_containerize.analysis.walk import walk

# Without one of these in it, a piece of code changes neither.
_MARKS = re.compile(r"sys\.path|sys import|chdir|addsitedir|git clone|'(?:cd|pushd)'|\(\"(?:cd|pushd)\"")
_MOST_NODES = 100

_RESOLVING = frozenset({"abspath", "realpath", "resolve", "absolute"})
_UNCHANGED = frozenset({"str", "fspath", "as_posix", "normpath"})
_PATHS = frozenset({"Path", "PurePath", "PosixPath"})
_FIXED = {"pardir": os.pardir, "curdir": os.curdir}


def search_paths(code: Code, names: LiteralNames, folder: str, own: OwnRepository) -> list[str]:
    """Return the folders that the notebook's imports are searched in, in order, as absolute paths.

    Args:
        code: The notebook's code; its ``sys.path`` calls and changes of folder are followed in document order.
        names: What its names stand for.
        folder: The notebook's folder, absolute; it is the first.
        own: Knows whether a clone is of the repository that the notebook lies in; then that stands for it.
    """
    walker = _Walker(names, folder, own)
    marked: dict[int, bool] = {}
    for statement in code.readable:
        cell = statement.text.cell
        if cell.index not in marked:
            marked[cell.index] = _MARKS.search(cell.python or "") is not None
        if marked[cell.index]:
            for node in walk([statement.node]):
                walker.visit(node)
    return list(dict.fromkeys(walker.found))


class _Walker:
    def __init__(self, names: LiteralNames, folder: str, own: OwnRepository) -> None:
        self.here = folder
        self._own = own
        self._clones: dict[str, str] = {}
        self.found = [folder]
        self._names = names
        self._left = 0

    def visit(self, node: ast.AST) -> None:
        """Follow what one piece of code does to the search path or the folder."""
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="append" | "insert" | "extend"), args=[*_, added]):
                if _is_sys_path(value):
                    self._add(added)
            case ast.Call(func=ast.Attribute(attr="addsitedir"), args=[added, *_]):
                self._add(added)
            case ast.Call(func=ast.Attribute(attr="chdir") | ast.Name(id="chdir"), args=[target]):
                self._change(self._spelt(target))
            case ast.AugAssign(target=target, value=added) if _is_sys_path(target):
                self._add(added)
            case ast.Assign(targets=[target], value=added):
                whole = target.value if isinstance(target, ast.Subscript) else target
                if _is_sys_path(whole):
                    self._add(added)
            case ast.Call():
                self._magic(node)

    def _magic(self, call: ast.Call) -> None:
        magic = magic_of(call)
        if magic is not None and magic[0] == "system":
            for clone in shell_commands(magic[1], self._names.text, python=True):
                self._clone(clone.words)
        if magic is None or magic[0] not in {"cd", "pushd"}:
            return
        command = next(shell_commands(magic[1], self._names.text, python=True), None)
        words = [] if command is None else [word for word in command.words if not word.startswith("-")]
        self._change(words[0] if len(words) == 1 and UNKNOWN not in words[0] else None)

    def _clone(self, words: Sequence[str]) -> None:
        """Remember what folder of the notebook's own repository a ``git clone`` is another copy of."""
        if words[:2] != ("git", "clone") or UNKNOWN in " ".join(words):
            return
        places = [word for word in words[2:] if "/" in word and not word.startswith("-")][:1]
        folder = self._own.cloned_from(places[0]) if places else None
        if folder is not None:
            name = words[-1] if words[-1] != places[0] and "/" not in words[-1] else places[0]
            name = name.rstrip("/").rpartition("/")[2].removesuffix(".git")
            self._clones[os.path.join(self.here, name)] = folder  # noqa: PTH118

    def _change(self, target: str | None) -> None:
        if target is not None and not target.startswith("~"):
            self.here = self._absolute(target)
            # An empty entry of sys.path means the folder of the moment.
            self.found.append(self.here)

    def _add(self, added: ast.expr) -> None:
        parts = [added.left, added.right] if isinstance(added, ast.BinOp) else [added]
        lists = [part for part in parts if isinstance(part, ast.List | ast.Tuple)]
        for node in [item for part in lists for item in part.elts] or [added]:
            path = self._spelt(node)
            if path is not None and not path.startswith("~"):
                self.found.append(self._absolute(path))

    def _absolute(self, path: str) -> str:
        whole = os.path.normpath(os.path.join(self.here, path))  # noqa: PTH118  # text: a Path would keep the dots
        for clone, folder in self._clones.items():
            if whole == clone or whole.startswith(clone + os.sep):
                return folder + whole[len(clone) :]
        return whole

    def _spelt(self, node: ast.expr) -> str | None:
        self._left = _MOST_NODES
        path = self._spell(node)
        return None if path is None or "\0" in path else path

    def _spell(self, node: ast.expr) -> str | None:
        """Return the path that an expression stands for, as Python would give it, or ``None``."""
        self._left -= 1
        if self._left < 0:
            return None
        path: str | None = None
        match node:
            case ast.Constant(value=str(text)):
                path = text
            case ast.Name(id=name):
                path = self._spell(known) if (known := self._names.expression(name)) else None
            case ast.BinOp(left=left, op=ast.Div() | ast.Add() as operator, right=right):
                join = self._joined if isinstance(operator, ast.Div) else self._concatenated
                path = join([left, right])
            case ast.JoinedStr(values=parts):
                inner = [part.value if isinstance(part, ast.FormattedValue) else part for part in parts]
                path = self._concatenated(inner)
            case ast.Call():
                path = self._call(node)
            case ast.Attribute(attr=name, value=value):
                path = self._parent(value, 1) if name == "parent" else _FIXED.get(name)
            case ast.Subscript(value=value, slice=ast.Constant(value=int(index))):
                path = self._item(value, index)
        return path

    def _item(self, node: ast.expr, index: int) -> str | None:
        match node:
            case ast.Attribute(attr="parents", value=value):
                return self._parent(value, index + 1)
            case ast.Call(func=ast.Attribute(attr="split"), args=[value]) if index == 0:
                return self._parent(value, 1)
        return self.here if index == 0 and (_is_sys_path(node) or _is_history(node)) else None

    def _call(self, node: ast.Call) -> str | None:
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        # os.path.abspath(x) and Path(x).resolve(): the path is the argument, or what the method is of.
        subject = node.args[0] if node.args else called.value if isinstance(called, ast.Attribute) else None
        if name in {"getcwd", "getcwdu", "cwd"}:
            return self.here
        if name == "join" or name in _PATHS:
            return self._joined(node.args) if node.args else "."
        if name == "joinpath" and isinstance(called, ast.Attribute):
            return self._joined([called.value, *node.args])
        if subject is None or not (name == "dirname" or name in _RESOLVING or name in _UNCHANGED):
            return None
        if name == "dirname":
            return self._parent(subject, 1)
        path = self._spell(subject)
        return self._absolute(path) if path is not None and name in _RESOLVING else path

    def _parent(self, node: ast.expr, up: int) -> str | None:
        path = self._spell(node)
        for _ in range(min(up, _MOST_NODES)):
            path = None if path is None else os.path.dirname(path)  # noqa: PTH120  # text, as the user's code has it
        return path

    def _joined(self, parts: Sequence[ast.expr]) -> str | None:
        texts = [text for part in parts if (text := self._spell(part)) is not None]
        return os.path.join("", *texts) if len(texts) == len(parts) else None  # noqa: PTH118

    def _concatenated(self, parts: Sequence[ast.expr]) -> str | None:
        texts = [text for part in parts if (text := self._spell(part)) is not None]
        return "".join(texts) if len(texts) == len(parts) and sum(map(len, texts)) < 4096 else None  # noqa: PLR2004


def _is_sys_path(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="sys" | "_sys"), attr="path") | ast.Name(id="sys_path"):
            return True
    return False


def _is_history(node: ast.expr) -> bool:
    """Tell whether it is IPython's list of visited folders: ``_dh`` or ``globals()["_dh"]``."""
    match node:
        case ast.Name(id="_dh") | ast.Subscript(value=ast.Call(func=ast.Name(id="globals"))):
            return True
    return False
