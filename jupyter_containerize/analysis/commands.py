"""Finds what the notebook's own commands install: magics, shell lines, shell cells and calls that run either."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from jupyter_containerize.analysis.installers import (
    Wish,
    apt_wishes,
    conda_wishes,
    pip_wishes,
    project_wishes,
    uv_wishes,
)
from jupyter_containerize.analysis.literal_names import LiteralNames
from jupyter_containerize.analysis.magic_calls import magic_of
from jupyter_containerize.analysis.shell_words import UNKNOWN, shell_commands
from jupyter_containerize.analysis.statements import Code, Statement
from jupyter_containerize.analysis.walk import walk
from jupyter_containerize.analysis.written import body_of
from jupyter_containerize.domain.notebook import Cell, Declared, Location, Manager
from jupyter_containerize.domain.requirement_line import declared_of

SHELL_MAGICS = frozenset({"bash", "sh", "script", "system", "sx", "cmd", "zsh", "ksh", "shell"})
"""Cell magics whose body is a shell script."""

# Without one of these in it, a piece of code installs nothing.
_MAY_INSTALL = re.compile(r"\binstall\b|\badd\b")

_PIP = re.compile(r"pip[\d.]*")
_PYTHON = re.compile(r"(?:python|pypy|py)[\d.]*w?|.*sys\.executable\}?", re.DOTALL)
_INSTALLERS: dict[str, Callable[[Sequence[str]], Iterator[Wish]]] = {
    "uv": uv_wishes, "poetry": project_wishes, "pdm": project_wishes, "rye": project_wishes, "pipenv": project_wishes,
    "conda": conda_wishes, "mamba": conda_wishes, "micromamba": conda_wishes,
    "apt": apt_wishes, "apt-get": apt_wishes, "aptitude": apt_wishes,
}  # fmt: skip
_LINE_MAGICS = frozenset({*_INSTALLERS, "pip"})
# What may stand before a command, and its options that take a value.
_BEFORE: dict[str, frozenset[str]] = {
    **dict.fromkeys(("then", "do", "else", "elif", "if", "while", "until", "!", "{"), frozenset()),
    **dict.fromkeys(("time", "nohup", "exec", "command"), frozenset()),
    "sudo": frozenset({"-u", "-g", "-h", "-p"}), "env": frozenset({"-u", "-C"}), "nice": frozenset({"-n"}),
    "xargs": frozenset({"-n", "-L", "-P", "-I", "-d", "-a", "-s"}),
}  # fmt: skip
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=(.*)", re.DOTALL)
_DEEPEST = 3

# Of an installer's commands those that only look, and those that change something.
_LOOKS = frozenset(
    {"list", "show", "freeze", "check", "search", "info", "index", "config", "cache", "env", "--version"}
)
_CHANGES = frozenset({"install", "uninstall", "remove", "add", "update", "upgrade", "sync", "create", "clean"})
# What may stand beside an installation and does nothing without it.
_BESIDE = frozenset({"cd", "echo", "set", "export", "true", "printf", ":"})

_RULES = {Manager.CONDA: "%conda", Manager.APT: "!apt"}
_RUNNERS = frozenset({"run", "call", "check_call", "check_output", "Popen", "getoutput", "getstatusoutput"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """``declared`` in document order; ``requirement_files`` are the paths given to ``-r``, as they were written."""

    declared: tuple[Declared, ...]
    requirement_files: tuple[tuple[str, Location], ...]


def read_commands(code: Code, names: LiteralNames | None = None) -> Commands:
    """Return what the installation commands of a notebook ask for.

    A literal text that the notebook assigns to a name is put in where the command names it. What stays
    unknown is left out: of ``pandas=={version}`` the name remains, of ``{name}`` nothing.
    """
    names = names or LiteralNames(code)
    declared: list[Declared] = []
    files: list[tuple[str, Location]] = []
    for wish, rule, location in _wishes(code, names):
        if wish.is_file:
            files.append((wish.text, location))
        elif wish.manager is not Manager.PIP:
            declared.append(
                Declared(manager=wish.manager, name=wish.text, location=location, rule=rule, specifier=wish.specifier)
            )
        elif (found := declared_of(wish.text, location=location, rule=rule)) is not None:
            declared.append(found)
    return Commands(declared=tuple(declared), requirement_files=tuple(files))


def _wishes(code: Code, names: LiteralNames) -> Iterator[tuple[Wish, str, Location]]:
    may_install: dict[int, bool] = {}
    found: list[tuple[Wish, str, Location]] = []
    for statement in code.readable:
        cell = statement.text.cell
        if cell.index not in may_install:
            may_install[cell.index] = _MAY_INSTALL.search(cell.python or "") is not None
        if may_install[cell.index]:
            found += _of_statement(statement, names)
    for cell in code.cells:
        if cell.magic in SHELL_MAGICS and cell.python is None and _MAY_INSTALL.search(cell.source):
            found += _of_script(code.path, cell)
    yield from sorted(found, key=lambda item: (item[2].cell or 0, item[2].line or 0))


def _of_statement(statement: Statement, names: LiteralNames) -> Iterator[tuple[Wish, str, Location]]:
    for node in walk([statement.node]):
        if not isinstance(node, ast.Call):
            continue
        location = statement.text.location(node.lineno)
        magic = magic_of(node)
        if magic is not None:
            yield from ((wish, rule, location) for wish, rule in _of_magic(*magic, names.text))
        else:
            yield from ((wish, _rule(wish, "!pip"), location) for wish in _of_call(node, names))


def _of_magic(name: str, text: str, values: Callable[[str], str | None]) -> Iterator[tuple[Wish, str]]:
    if name in {"system", "sx", "!"}:
        yield from ((wish, _rule(wish, "!pip")) for wish, _ in _of_shell(text, values, python=True))
    elif name in _LINE_MAGICS:
        for command in shell_commands(f"{name} {text}", values, python=True):
            yield from ((wish, _rule(wish, "%pip")) for wish in _of_words(command.words, 0))


def installs_only(call: ast.expr, names: LiteralNames) -> bool:
    """Tell whether a call does nothing but change what is installed: a magic, a shell line, ``os.system(...)``."""
    if not isinstance(call, ast.Call):
        return False
    magic = magic_of(call)
    if magic is None:
        return next(_of_call(call, names), None) is not None
    name, text = magic
    if name in _LINE_MAGICS:
        return not _LOOKS.intersection(text.split()[:1])
    return name in {"system", "sx", "!"} and _installs_only(text, names.text, python=True)


def script_installs_only(cell: Cell) -> bool:
    """Tell whether a shell cell does nothing but change what is installed."""
    return _installs_only(body_of(cell)[1], lambda _: None, python=False)


def _installs_only(text: str, values: Callable[[str], str | None], *, python: bool) -> bool:
    commands = [_without_prefixes(command.words) for command in shell_commands(text, values, python=python)]
    installing = [words for words in commands if words and words[0].rpartition("/")[2] not in _BESIDE]
    return bool(installing) and all(map(_changes, installing))


def _changes(words: Sequence[str]) -> bool:
    if next(_of_words(words, 0), None) is not None:
        return True
    program = words[0].rpartition("/")[2]
    return (program in _INSTALLERS or _PIP.fullmatch(program) is not None) and bool(_CHANGES.intersection(words[1:]))


def _of_script(path: str, cell: Cell) -> Iterator[tuple[Wish, str, Location]]:
    first, body = body_of(cell)
    for wish, line in _of_shell(body, lambda _: None, python=False):
        yield wish, "%%bash", Location(path=path, cell=cell.index, line=first + line)


def _of_shell(
    text: str, values: Callable[[str], str | None], *, python: bool, depth: int = 0
) -> Iterator[tuple[Wish, int]]:
    assigned: dict[str, str] = {}

    def value(name: str) -> str | None:
        return assigned[name] if name in assigned else values(name)

    for command in shell_commands(text, value, python=python):
        words = command.words[1:] if command.words[0] == "export" else command.words
        if len(words) == 1 and (assignment := _ASSIGNMENT.fullmatch(words[0])) and UNKNOWN not in words[0]:
            assigned[words[0].partition("=")[0]] = assignment[1]
        yield from ((wish, command.line) for wish in _of_words(command.words, depth))


def _of_words(words: Sequence[str], depth: int) -> Iterator[Wish]:
    """Yield what one command installs."""
    words = _without_prefixes(words)
    if not words:
        return
    program = words[0].rpartition("/")[2].removesuffix(".exe")
    if program in {"bash", "sh", "zsh", "eval"} and depth < _DEEPEST:
        script = " ".join(words[1:]) if program == "eval" else _after(words, "c")
        yield from (wish for wish, _ in _of_shell(script, lambda _: None, python=False, depth=depth + 1))
    elif _PIP.fullmatch(program):
        yield from pip_wishes(words[1:])
    elif program in {"conda", "mamba", "micromamba"} and "run" in words[1:2]:
        start = next((place for place, word in enumerate(words) if place > 1 and _is_installer(word)), len(words))
        if depth < _DEEPEST:
            yield from _of_words(words[start:], depth + 1)
    elif program in _INSTALLERS:
        yield from _INSTALLERS[program](words[1:])
    elif _PYTHON.fullmatch(program) or program == UNKNOWN:
        yield from _of_python(words)


def _is_installer(word: str) -> bool:
    return bool(_PIP.fullmatch(word)) or bool(_PYTHON.fullmatch(word)) or word in _INSTALLERS


def _of_python(words: Sequence[str]) -> Iterator[Wish]:
    for place, word in enumerate(words[1:], start=1):
        if word == "-m":
            module, arguments = "".join(words[place + 1 : place + 2]), words[place + 2 :]
            if module == "pip":
                yield from pip_wishes(arguments)
            elif module in _INSTALLERS:
                yield from _INSTALLERS[module](arguments)
            return
        if not word.startswith("-"):
            return


def _without_prefixes(words: Sequence[str]) -> Sequence[str]:
    place = 0
    while place < len(words):
        word = words[place]
        if _ASSIGNMENT.fullmatch(word):
            place += 1
            continue
        if word not in _BEFORE:
            break
        with_value = _BEFORE[word]
        place += 1
        while place < len(words) and words[place].startswith("-"):
            place += 2 if words[place] in with_value else 1
    return words[place:]


def _after(words: Sequence[str], letter: str) -> str:
    """Return the word after the first option with a letter: the script of ``bash -lc script``."""
    for place, word in enumerate(words[1:], start=1):
        if word.startswith("-") and not word.startswith("--") and letter in word:
            return "".join(words[place + 1 : place + 2])
    return ""


def _of_call(call: ast.Call, names: LiteralNames) -> Iterator[Wish]:
    """Yield what ``subprocess.run([...])``, ``os.system("...")`` or ``pip.main([...])`` installs."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="system" | "popen"), args=[first, *_]):
            yield from _of_argument(first, names)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="subprocess" | "sp"), attr=name), args=[first, *_]):
            if name in _RUNNERS:
                yield from _of_argument(first, names)
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _RUNNERS:
            yield from _of_argument(first, names)
        case ast.Call(func=ast.Name(id="pipmain" | "pip_main") | ast.Attribute(attr="main"), args=[first, *_]):
            if "pip" in ast.unparse(call.func) and (words := _words(first, names)):
                yield from pip_wishes(words)


def _of_argument(argument: ast.expr, names: LiteralNames) -> Iterator[Wish]:
    if words := _words(argument, names):
        yield from _of_words(words, 0)
    elif (text := names.template(argument)) is not None:
        yield from (wish for wish, _ in _of_shell(text, lambda _: None, python=False))


def _words(node: ast.expr, names: LiteralNames) -> list[str]:
    """Return the words of a list of arguments; what is not a literal is unknown."""
    lists: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        lists.append(node.right)
        node = node.left
    if lists and not any(isinstance(part, ast.List) for part in (node, *lists)):
        return []
    words: list[str] = []
    for part in (node, *reversed(lists)):
        words += _list_words(part, names) or ([UNKNOWN] if lists else [])
    return words


def _list_words(node: ast.expr, names: LiteralNames) -> list[str]:
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_word(item, names) for item in items]
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="split"), args=[]):
            return text.split()
        case ast.Call(func=ast.Attribute(attr="split"), args=[ast.Constant(value=str(text))]):
            return [word for command in shell_commands(text, lambda _: None, python=False) for word in command.words]
    return []


def _word(node: ast.expr, names: LiteralNames) -> str:
    if isinstance(node, ast.Attribute) and node.attr == "executable":
        return "python"
    text = names.template(node)
    return UNKNOWN if text is None else text


def _rule(wish: Wish, pip: str) -> str:
    return _RULES.get(wish.manager, pip)
