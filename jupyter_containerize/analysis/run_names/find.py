"""Tells of names that a notebook uses before, or without, anything that binds them, when it runs from top to bottom."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from jupyter_containerize.analysis.bindings import QUIET_CELL_MAGICS
from jupyter_containerize.analysis.codes import NOTEBOOK_ONLY_NAME, UNBOUND_NAME, UNDEFINED_NAME
from jupyter_containerize.analysis.entries.cells import annotated_cells
from jupyter_containerize.analysis.run_names.reading import read_statement
from jupyter_containerize.analysis.run_names.scopes import Chance, Names, Place
from jupyter_containerize.analysis.statements import Code, Statement, read_code, without_collecting
from jupyter_containerize.domain.notebook import Cell, Finding, Location, Notebook, Severity

# Tools that run notebooks take it that such a cell fails. Source: nbconvert and nbclient, "raises-exception".
_FAILS_TAG = "raises-exception"
_WORD = re.compile(r"[^\W\d]\w*")
# A cell magic in another language may give its output a name of the notebook's: %%bash --out x.
_NAMES_ITS_OUTPUT = re.compile(r"%%\w+[^\n]*\s--(?:out|err|proc|bg)")
# %%capture x binds x; %%time and the like take no name.
_CAPTURES = re.compile(r"^\s*%%capture[ \t]+(?:--\S+[ \t]+)*([^\W\d]\w*)", re.MULTILINE)


def find_unbound(
    notebook: Notebook, *, drop: Collection[int] = (), told: Iterable[Finding] = ()
) -> tuple[Finding, ...]:
    """Return one warning per name, at its first use, sorted by place.

    A name counts that a cell reads while it runs and no cell before has bound, and one that a function reads and
    nothing binds anywhere. Branches count as functions do. Whatever can bind names that no statement shows (a star
    import, ``exec``, ``%run``, an unknown magic) silences it from there on, and for functions altogether.

    Args:
        notebook: In the order in which its cells are taken.
        drop: Cells that are not run, by index.
        told: Findings that the user sees anyway; a name that one of them is about is left out.
    """
    code = read_code(notebook)
    with without_collecting():
        try:
            names = _read(code, frozenset(drop))
        except RecursionError:
            return ()
    known = " ".join(item.message for item in told if item.code in {UNDEFINED_NAME, NOTEBOOK_ONLY_NAME})
    found = _unbound(names)
    return tuple(
        _finding(code.path, name, place, names.binders.get(name))
        for name, place in sorted(found.items(), key=lambda pair: (pair[1], pair[0]))
        if f"'{name}'" not in known
    )


def _unbound(names: Names) -> dict[str, Place]:
    # Without a binder though it is bound: a function declares it global.
    found = {n: place for n, place in names.early.items() if n in names.binders or n not in names.bound}
    if names.unseen:
        # What nothing binds for all that can be seen may be bound by what cannot.
        return {name: place for name, place in found.items() if name in names.binders}
    for name, place in names.late.items():
        if name not in names.bound and place < found.get(name, (place[0] + 1, 0)):
            found[name] = place
    return found


def _read(code: Code, drop: frozenset[int]) -> Names:
    names = Names()
    by_cell: dict[int, list[Statement]] = {}
    for statement in code.statements:
        by_cell.setdefault(statement.text.cell.index, []).append(statement)
    for piece in code.unreadable:
        # It cannot be told which of its words it would bind.
        names.bound.update(_WORD.findall(piece.text))
    answering = annotated_cells(code)
    for cell in code.cells:
        if cell.index in drop:
            continue
        names.cell = cell.index
        if cell.python is None:
            names.unseen |= _may_bind(cell)
        else:
            names.chance = _chance(cell, answering)
            if cell.magic == "capture":
                names.bound.update(_CAPTURES.findall(cell.source))
            for statement in by_cell.get(cell.index, ()):
                read_statement(names, statement.node)
    return names


def _may_bind(cell: Cell) -> bool:
    if not cell.source.strip():
        return False
    return cell.magic not in QUIET_CELL_MAGICS or _NAMES_ITS_OUTPUT.search(cell.source) is not None


def _chance(cell: Cell, answering: Collection[int]) -> Chance:
    if _FAILS_TAG in cell.tags:
        return Chance.FORGIVEN
    return Chance.LATER if cell.index in answering else Chance.CERTAIN


def _finding(path: str, name: str, place: Place, binder: Place | None) -> Finding:
    cell, line = place
    if binder is None:
        message = f"The name '{name}' is used, and nothing in the notebook binds it"
        hint = f"Import or define {name} in a cell above, or take out what uses it."
    elif binder[0] == cell and binder[1] <= line:
        # By what uses it: count += 1.
        message = f"The name '{name}' is used, and nothing before that binds it"
        hint = f"Bind {name} in a cell above."
    elif binder[0] == cell:
        message = f"The name '{name}' is used before line {binder[1]} of the same cell binds it"
        hint = f"Bind {name} above line {line}."
    else:
        message = f"The name '{name}' is used here, and cell [{binder[0]}], which runs later, is the first to bind it"
        hint = f"Move cell [{binder[0]}] above this one, then restart the kernel and run all cells."
    return Finding(
        code=UNBOUND_NAME,
        message=message,
        severity=Severity.WARNING,
        location=Location(path=path, cell=cell, line=line),
        hint=hint,
    )
