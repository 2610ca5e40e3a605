"""Collects the facts of a notebook in one pass over its code."""

from __future__ import annotations

from pathlib import Path

from jupyter_containerize.analysis.candidates import SERVING_NAMES, find_candidates
from jupyter_containerize.analysis.codes import CELL_UNREADABLE
from jupyter_containerize.analysis.files import named_files
from jupyter_containerize.analysis.imports import import_sites
from jupyter_containerize.analysis.literals import path_literals
from jupyter_containerize.analysis.local_modules import LocalModules, find_local_modules
from jupyter_containerize.analysis.statements import Code, Unreadable, read_code
from jupyter_containerize.domain.notebook import Analysis, Finding, Location, Notebook, Severity


def analyze(notebook: Notebook, *, root: Path | None) -> Analysis:
    """Return the facts of a notebook; bad code becomes findings and is never raised.

    Args:
        notebook: The notebook; its code is parsed, not run.
        root: The notebook's folder, to look for local modules and files; ``None`` when it has none.
    """
    code = read_code(notebook)
    sites = [site for item in code.statements for site in import_sites(item.node, item.text.location)]
    local = LocalModules(files={}, imports=(), findings=()) if root is None else find_local_modules(sites, root)
    files: tuple[str, ...] = ()
    if root is not None:
        files = named_files((found for item in code.statements for found in path_literals(item.node)), root)
    return Analysis(
        imports=tuple(sorted([*sites, *local.imports], key=lambda site: _order(site.location))),
        candidates=find_candidates(code),
        findings=tuple(
            sorted([*_unreadable_cells(code), *local.findings], key=lambda finding: _order(finding.location))
        ),
        files=files,
        local_modules=tuple(sorted(local.files.items())),
    )


def _order(location: Location | None) -> tuple[str, int, int]:
    # None means the whole of what encloses it, and comes first.
    return ("", 0, 0) if location is None else (location.path, location.cell or 0, location.line or 0)


def _unreadable_cells(code: Code) -> list[Finding]:
    """Return one finding per cell, for the first piece that does not parse."""
    cells: dict[int | None, list[Unreadable]] = {}
    for piece in code.unreadable:
        cells.setdefault(piece.location.cell, []).append(piece)
    return [_unreadable_cell(code, pieces) for pieces in cells.values()]


def _unreadable_cell(code: Code, pieces: list[Unreadable]) -> Finding:
    lost = [
        name for name in SERVING_NAMES if code.definition(name) is None and any(piece.defines(name) for piece in pieces)
    ]
    first = next((piece for piece in pieces if any(map(piece.defines, lost))), pieces[0])
    return Finding(
        code=CELL_UNREADABLE,
        message=f"This is not Python: {first.reason}",
        severity=Severity.ERROR if lost else Severity.WARNING,
        location=first.location,
        hint=f"The function '{lost[0]}' cannot be served until its cell parses."
        if lost
        else "The rest of the cell was read; what this part imports or defines is not known.",
    )
