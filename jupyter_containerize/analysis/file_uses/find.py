"""Collects what the notebook reads and writes, in the order of its code."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from jupyter_containerize.analysis.constants import Constants, Locate, walk
from jupyter_containerize.analysis.file_uses.commands import written_by
from jupyter_containerize.analysis.file_uses.findings import findings_about
from jupyter_containerize.analysis.file_uses.places import Place, looks_like_path, place_of
from jupyter_containerize.analysis.file_uses.record import Record
from jupyter_containerize.analysis.file_uses.table import CREATORS, LAST_NAMES, RECEIVER, Rule, rules_for
from jupyter_containerize.analysis.inside import Inside
from jupyter_containerize.analysis.texts import Text
from jupyter_containerize.domain.notebook import Cell, FileAccess, FileUse, Finding, Location

_SHELL_MAGICS = frozenset({"bash", "sh", "script", "system", "sx", "!", "cmd"})
_TESTS = frozenset({"exists", "isfile", "isdir", "is_file", "is_dir"})
_STARTERS = frozenset({"system", "getoutput", "popen", "Popen", "run", "call", "check_call", "check_output"})
# They make files that nobody can tell from reading.
_MAKERS = frozenset({"untar_data", "clone_from", "run_cell_magic"})
# What these get is shown, not written to.
_TALK = frozenset({"print", "display", "len", "format", "info", "debug", "warning"})
_MOST_TEXTS = 100


def find_file_uses(
    statements: Iterable[tuple[ast.AST, Locate]],
    *,
    root: Path | None,
    boundary: Path | None = None,
    cells: Iterable[Cell] = (),
    path: str = "",
) -> tuple[tuple[FileUse, ...], tuple[Finding, ...]]:
    """Return what code reads and writes, and what is wrong with it, both sorted by location.

    A use is what a known function gets as a literal, or as text that literals and names bound to them
    spell; text known in parts has no ``path``. Sizes are of regular files only. Nothing is opened, and
    nothing outside of the boundary is looked at.

    Args:
        statements: Code in document order, each with what gives the location of a line.
        root: The notebook's folder; ``None`` when it has none: then nothing is looked up.
        boundary: A folder around ``root`` to which look-ups are limited; ``root`` itself without it.
        cells: All code cells, for what ``%%writefile`` and ``%%bash`` write.
        path: The notebook's path, for the locations of those.
    """
    reader = FileUseReader(root=root, boundary=boundary, cells=cells, path=path)
    for node, constants, locate in walk(statements):
        reader.see(node, constants, locate)
    return reader.result()


class FileUseReader:
    """Sees the nodes of a walk one after the other; see ``find_file_uses``."""

    def __init__(self, *, root: Path | None, boundary: Path | None, cells: Iterable[Cell], path: str) -> None:
        self._record = Record(None if root is None else Inside.of(root, boundary))
        self._pending = _cell_writes(cells, path)
        self._waiting = next(self._pending, None)

    def see(self, node: ast.AST, constants: Constants, locate: Locate) -> None:
        """Take note of one node."""
        if not isinstance(node, ast.Call):
            return
        if self._waiting is not None:
            self._write_until(locate(node.lineno).cell or 0)
        _look_at(node, constants, locate, self._record)

    def result(self) -> tuple[tuple[FileUse, ...], tuple[Finding, ...]]:
        """Return what was found."""
        self._write_until(None)
        return self._record.sorted_uses(), findings_about(self._record)

    def _write_until(self, cell: int | None) -> None:
        """Take note of what the cells before one write; ``None`` for all that are left."""
        while self._waiting is not None and (cell is None or (self._waiting[1].cell or 0) < cell):
            _run_command(self._record, *self._waiting)
            self._waiting = next(self._pending, None)


def _look_at(node: ast.Call, constants: Constants, locate: Locate, record: Record) -> None:
    last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
    if not isinstance(last, str):
        return
    if last in LAST_NAMES or _is_imported(node.func, constants):
        dotted = constants.dotted(node.func)
        rules = rules_for(dotted)
        for rule in rules:
            _apply(rule, node, constants, locate(node.lineno), record, creates=dotted in CREATORS)
        if rules:
            return
    _look_at_other(last, node, constants, locate, record)


def _look_at_other(last: str, node: ast.Call, constants: Constants, locate: Locate, record: Record) -> None:
    """Note what a call that neither reads nor writes by the table means for those that do."""
    if last in _TESTS:
        _note_test(node, constants, record)
    elif last == "chdir" and node.args:
        record.change_folder(constants.whole(node.args[0]))
    elif last in _STARTERS:
        _shell_call(node, constants, locate, record)
    elif last == "run_line_magic":
        _line_magic(node, constants, record)
    elif last not in _TALK:
        _note_mentions(node, constants, record)
        lowered = last.lower()
        if "download" in lowered or "extract" in lowered or last in _MAKERS:
            record.writes_unknown = True


def _is_imported(function: ast.expr, constants: Constants) -> bool:
    """Tell whether a bare name is an import's new name for a function in the table."""
    return isinstance(function, ast.Name) and constants.dotted(function).rpartition(".")[2] in LAST_NAMES


def _apply(
    rule: Rule, node: ast.Call, constants: Constants, location: Location, record: Record, *, creates: bool
) -> None:
    access = FileAccess.WRITE if rule.mode is not None and _opens_to_write(rule, node, constants) else rule.access
    places: list[Place] = []
    for text in _texts(rule, node, constants):
        place = _place(text, record, suffix=rule.suffix)
        if place is None or not (rule.sure or looks_like_path(place.text) or record.exists(place)):
            continue
        places.append(place)
    for place in places:
        if rule.folder:
            record.folders.add(place.path or "")
        record.add(place, access, location, creates=creates)
    if access is FileAccess.WRITE and (not places or any(place.path is None for place in places)):
        record.writes_unknown = record.writes_unknown or bool(node.args or node.keywords)


def _texts(rule: Rule, node: ast.Call, constants: Constants) -> list[Text]:
    """Return the texts of the first argument that may name a file and has any."""
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    arguments: list[ast.expr] = [keywords[name] for name in rule.names if name in keywords]
    for position in rule.at:
        if position == RECEIVER:
            if isinstance(node.func, ast.Attribute):
                arguments.append(node.func.value)
        elif position < len(node.args) and not any(isinstance(item, ast.Starred) for item in node.args[: position + 1]):
            arguments.append(node.args[position])
    for argument in arguments:
        if texts := [text for part in _parts(argument) if (text := constants.text(part)) is not None]:
            return texts
    return []


def _parts(argument: ast.expr) -> Iterator[ast.expr]:
    """Yield an argument, or what a list or mapping of files holds."""
    stack = [argument]
    for _ in range(_MOST_TEXTS):
        if not stack:
            return
        item = stack.pop()
        if isinstance(item, ast.List | ast.Tuple | ast.Set):
            stack += reversed(item.elts[:_MOST_TEXTS])
        elif isinstance(item, ast.Dict):
            stack += reversed(item.values[:_MOST_TEXTS])
        else:
            yield item


def _opens_to_write(rule: Rule, node: ast.Call, constants: Constants) -> bool:
    mode = next((keyword.value for keyword in node.keywords if keyword.arg == "mode"), None)
    if mode is None and rule.mode is not None and rule.mode < len(node.args):
        mode = node.args[rule.mode]
    # "r:xz" is how tarfile reads.
    known = (constants.whole(mode) or "r").partition(":")[0]
    return any(letter in "wax" for letter in known)


def _place(text: Text | None, record: Record, *, suffix: str = "") -> Place | None:
    if text is None:
        return None
    if suffix and text.complete and not text.text.endswith(suffix):
        text = Text(text.text + suffix)
    return place_of(text, record.folder)


def _note_test(node: ast.Call, constants: Constants, record: Record) -> None:
    """Note what the notebook asks for before it reads it."""
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
    for argument in (*node.args[:1], receiver):
        if place := _place(constants.text(argument), record):
            record.tested.add(place.text)


def _note_mentions(node: ast.Call, constants: Constants, record: Record) -> None:
    """Note the texts that an unknown function gets: it may write a file of that name."""
    for argument in [*node.args[:_MOST_TEXTS], *(keyword.value for keyword in node.keywords[:_MOST_TEXTS])]:
        if isinstance(argument, ast.Constant | ast.Name) and (text := constants.whole(argument)) is not None:
            record.mention(text)


def _shell_call(node: ast.Call, constants: Constants, locate: Locate, record: Record) -> None:
    dotted = constants.dotted(node.func)
    if not dotted.startswith(("os.", "subprocess.", "get_ipython.", "commands.")):
        return
    command = constants.text(node.args[0]) if node.args else None
    if command is None:
        record.writes_unknown = True
    else:
        _run_command(record, command.text, locate(node.lineno))


def _line_magic(node: ast.Call, constants: Constants, record: Record) -> None:
    name = constants.whole(node.args[0]) if node.args else None
    if name == "cd":
        record.change_folder(constants.whole(node.args[1]) if len(node.args) > 1 else None)
    elif name in {"run", "sx", "system", "bash"}:
        record.writes_unknown = True


def _run_command(record: Record, command: str, location: Location) -> None:
    for written in written_by(command):
        place = None if written.path is None else _place(_of_shell(written.path), record)
        if written.url and (url := place_of(_of_shell(written.url), None)):
            record.add(url, FileAccess.READ, location)
        if place is None or place.path is None:
            record.writes_unknown = True
        if place is not None:
            if written.folder:
                record.folders.add(place.path or "")
            record.add(place, FileAccess.WRITE, location)


def _of_shell(word: str) -> Text:
    return Text(word, complete="$" not in word and "{" not in word)


def _cell_writes(cells: Iterable[Cell], path: str) -> Iterator[tuple[str, Location]]:
    """Yield what other cells than Python's run, as shell commands, with the lines they stand on."""
    for cell in cells:
        if cell.magic in {"writefile", "file"}:
            words = cell.source.lstrip().partition("\n")[0].split()
            names = [word for word in words[1:] if not word.startswith("-")]
            if names:
                yield f"touch {names[-1]}", Location(path=path, cell=cell.index, line=1)
        elif cell.magic in _SHELL_MAGICS:
            for number, line in enumerate(cell.source.splitlines(), start=1):
                if line.strip() and not line.lstrip().startswith(("%%", "#")):
                    yield line, Location(path=path, cell=cell.index, line=number)
