"""Finds the environment variables that code reads: the settings that an image of it needs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from jupyter_containerize.analysis.constants import Constants, Locate, walk
from jupyter_containerize.domain.notebook import Location, Variable, reading_order

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}\Z")

# Every container has them.
_ALWAYS = frozenset({"PATH", "HOME", "PWD", "OLDPWD", "HOSTNAME", "SHLVL", "_"})

_MAPPINGS = frozenset({"os.environ", "environ", "os.environb"})
# Where the name stands in the call. With a second argument or ``default=`` there is a default.
_GETTERS = {
    "os.getenv": 0,
    "getenv": 0,
    "os.environ.get": 0,
    "environ.get": 0,
    "os.environ.pop": 0,
    "os.environ.__getitem__": 0,
    "environ.pop": 0,
    "decouple.config": 0,
    "decouple.AutoConfig": 0,
    "dotenv.get_key": 1,
    "google.colab.userdata.get": 0,
    "userdata.get": 0,
    "kaggle_secrets.UserSecretsClient.get_secret": 0,
}
# What stands for the user's own answer: a notebook asks, an image is told.
_QUESTIONS = frozenset({"getpass.getpass", "getpass", "input", "raw_input", "maskpass.askpass"})
_MAPPING_MAKERS = frozenset({"dotenv.dotenv_values", "dotenv_values"})


@dataclass(slots=True)
class _Found:
    """The first place and the need of each variable, and those that the notebook has set by now."""

    variables: dict[str, tuple[Location, bool]] = field(default_factory=dict)
    set_here: set[str] = field(default_factory=set)
    # Expressions that the code goes on without: identities of nodes of the statement at hand.
    spared: set[int] = field(default_factory=set)

    def read(self, name: str | None, location: Location, *, required: bool) -> None:
        if name is None or not _NAME.match(name) or name in self.set_here or name in _ALWAYS:
            return
        known = self.variables.get(name)
        if known is None:
            self.variables[name] = (location, required)
        elif required and not known[1]:
            self.variables[name] = (known[0], True)

    def set(self, name: str | None) -> None:
        if name is not None and name not in self.variables:
            self.set_here.add(name)


def find_variables(statements: Iterable[tuple[ast.AST, Locate]]) -> tuple[Variable, ...]:
    """Return the environment variables that code reads, each once at its first place, sorted by location.

    ``required`` if any of its reads has no default and is no mere test (``if os.getenv("X")``). A variable
    that the notebook sets before it reads it is left out; one that it sets to what it asks the user for
    (``getpass()``) counts as required, because an image has nobody to ask. Reading it from a ``.env`` file,
    Colab's or Kaggle's secrets counts as reading it.

    Args:
        statements: Code in document order, each with what gives the location of a line.
    """
    reader = VariableReader()
    for node, constants, locate in walk(statements):
        reader.see(node, constants, locate)
    return reader.result()


class VariableReader:
    """Sees the nodes of a walk one after the other; see ``find_variables``."""

    def __init__(self) -> None:
        self._found = _Found()

    def see(self, node: ast.AST, constants: Constants, locate: Locate) -> None:
        """Take note of one node."""
        found = self._found
        if isinstance(node, ast.Call):
            _call(node, constants, locate, found)
        elif isinstance(node, ast.Subscript):
            if isinstance(node.ctx, ast.Load) and _is_mapping(node.value, constants):
                found.read(constants.whole(node.slice), locate(node.lineno), required=True)
        elif isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.If | ast.IfExp | ast.While):
            found.spared.update(id(item) for item in _tested(node))
            if isinstance(node, ast.Compare):
                _membership(node, constants, locate, found)
        else:
            _assignment(node, constants, locate, found)

    def result(self) -> tuple[Variable, ...]:
        """Return what was found."""
        ordered = sorted(self._found.variables.items(), key=lambda item: reading_order(item[1][0]))
        return tuple(Variable(name=name, location=place, required=required) for name, (place, required) in ordered)


def _call(node: ast.Call, constants: Constants, locate: Locate, found: _Found) -> None:
    if not isinstance(node.func, ast.Attribute | ast.Name):
        return
    last = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
    if last == "run_line_magic":
        _magic(node, constants, locate, found)
        return
    if last in {"update", "setdefault", "putenv"}:
        _setting_call(node, last, constants, found)
        return
    dotted = constants.dotted(node.func)
    at = _GETTERS.get(dotted)
    if at is None:
        if last not in {"get", "pop"} or not isinstance(node.func, ast.Attribute):
            return
        if not _is_mapping(node.func.value, constants):
            return
        at = 0
    names = {keyword.arg: keyword.value for keyword in node.keywords}
    name = node.args[at] if len(node.args) > at else names.get("key")
    has_default = len(node.args) > at + 1 or "default" in names or id(node) in found.spared
    found.read(constants.whole(name), locate(node.lineno), required=not has_default)


def _setting_call(node: ast.Call, last: str, constants: Constants, found: _Found) -> None:
    if last == "putenv":
        if constants.dotted(node.func) == "os.putenv" and node.args:
            found.set(constants.whole(node.args[0]))
        return
    if not isinstance(node.func, ast.Attribute) or not _is_environment(node.func.value, constants) or not node.args:
        return
    if last == "setdefault":
        found.set(constants.whole(node.args[0]))
    elif isinstance(node.args[0], ast.Dict):
        for key in node.args[0].keys:
            found.set(constants.whole(key))
    for keyword in node.keywords:
        found.set(keyword.arg)


def _membership(node: ast.Compare, constants: Constants, locate: Locate, found: _Found) -> None:
    asks = len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn)
    if asks and _is_environment(node.comparators[0], constants):
        found.read(constants.whole(node.left), locate(node.lineno), required=False)


def _tested(node: ast.Compare | ast.BoolOp | ast.UnaryOp | ast.If | ast.IfExp | ast.While) -> list[ast.expr]:
    """Return the parts of an expression of which the code expects that they may be nothing."""
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.BoolOp):
        # The last of ``a or b`` is what is left to use.
        return node.values[:-1]
    if isinstance(node, ast.UnaryOp):
        return [node.operand] if isinstance(node.op, ast.Not) else []
    return [node.test]


def _assignment(node: ast.AST, constants: Constants, locate: Locate, found: _Found) -> None:
    if isinstance(node, ast.AugAssign):
        if isinstance(node.target, ast.Subscript) and _is_environment(node.target.value, constants):
            found.read(constants.whole(node.target.slice), locate(node.lineno), required=True)
        return
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets, value = [node.target], node.value
    else:
        return
    for target in targets:
        if isinstance(target, ast.Subscript) and _is_environment(target.value, constants):
            name = constants.whole(target.slice)
            if _asks(value, constants):
                found.read(name, locate(node.lineno), required=True)
            else:
                found.set(name)


def _magic(node: ast.Call, constants: Constants, locate: Locate, found: _Found) -> None:
    """Read ``%env X`` and ``%env X=1``. Source: IPython, "Built-in magic commands", %env and %set_env."""
    name = constants.whole(node.args[0]) if node.args else None
    line = constants.text(node.args[1]) if len(node.args) > 1 else None
    if name not in {"env", "set_env"} or line is None:
        return
    words = line.text.replace("=", " ", 1).split()
    if not words:
        return
    if len(words) == 1 and name == "env" and "=" not in line.text:
        found.read(words[0], locate(node.lineno), required=True)
    else:
        found.set(words[0])


def _asks(value: ast.expr, constants: Constants) -> bool:
    """Tell whether a value is what the user answers, perhaps after ``... or``."""
    match value:
        case ast.BoolOp(values=values):
            return any(isinstance(item, ast.Call) and constants.dotted(item.func) in _QUESTIONS for item in values)
        case ast.Call(func=function):
            dotted = constants.dotted(function)
            return dotted in _QUESTIONS or dotted.rpartition(".")[0] in _QUESTIONS
    return False


def _is_environment(node: ast.expr, constants: Constants) -> bool:
    return isinstance(node, ast.Attribute | ast.Name) and constants.dotted(node) in _MAPPINGS


def _is_mapping(node: ast.expr, constants: Constants) -> bool:
    """Tell whether an expression is the environment, or what a ``.env`` file says."""
    if isinstance(node, ast.Call):
        return constants.dotted(node) in _MAPPING_MAKERS
    if not isinstance(node, ast.Attribute | ast.Name):
        return False
    dotted = constants.dotted(node)
    return dotted in _MAPPINGS or dotted in _MAPPING_MAKERS
