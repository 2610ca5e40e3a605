"""Says what of a notebook's cells was not read, and what is of another language or time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jupyter_containerize.analysis.codes import CELL_UNREADABLE, OTHER_LANGUAGE, PYTHON2_MODULE
from jupyter_containerize.analysis.commands import SHELL_MAGICS
from jupyter_containerize.analysis.entries.functions import SERVING_NAMES
from jupyter_containerize.analysis.old_python import is_python2
from jupyter_containerize.analysis.statements import Code, Unreadable
from jupyter_containerize.domain.notebook import Finding, ImportSite, Location, Severity
from jupyter_containerize.domain.stdlib import PYTHON2_STDLIB, PYTHON3_NAMES

_LANGUAGES = {
    "R": "R", "julia": "Julia", "perl": "Perl", "ruby": "Ruby", "sql": "SQL", "bigquery": "SQL", "cython": "Cython",
    "python2": "Python 2", "pypy": "PyPy", "octave": "Octave", "matlab": "MATLAB", "fortran": "Fortran", "cpp": "C++",
    "scala": "Scala", "spark": "Spark", "node": "JavaScript", "stata": "Stata", "sas": "SAS", "lua": "Lua",
    "kql": "KQL", "sparksql": "SQL", "duckdb": "SQL", "rust": "Rust", "java": "Java", "powershell": "PowerShell",
    **dict.fromkeys(SHELL_MAGICS, "a shell script"),
}  # fmt: skip


def cell_findings(code: Code) -> Iterator[Finding]:
    """Yield one finding per cell that does not parse, and per cell that is in another language."""
    cells: dict[int | None, list[Unreadable]] = {}
    for piece in code.unreadable:
        cells.setdefault(piece.location.cell, []).append(piece)
    yield from (_unreadable_cell(code, pieces) for pieces in cells.values())
    for cell in code.cells:
        if cell.python is None and cell.magic in _LANGUAGES:
            language = _LANGUAGES[cell.magic]
            script = cell.magic in SHELL_MAGICS
            yield Finding(
                code=OTHER_LANGUAGE,
                message=f"This cell is {language} (%%{cell.magic}): it is not read as Python",
                severity=Severity.INFO,
                location=Location(path=code.path, cell=cell.index),
                hint="Its installation commands are read, nothing else." if script else "What it needs is not known.",
            )


def old_module_findings(sites: Iterable[ImportSite], local: Iterable[str]) -> Iterator[Finding]:
    """Yield one finding per imported module that only Python 2 had, unless a local one has its name."""
    passed_over = set(local)
    for site in sites:
        # A guarded one is tried, and something else is at hand.
        if not site.guarded and site.name in PYTHON2_STDLIB and site.name not in passed_over:
            passed_over.add(site.name)
            now = PYTHON3_NAMES.get(site.name)
            yield Finding(
                code=PYTHON2_MODULE,
                message=f"{site.name} is part of Python 2 alone: no distribution provides it",
                severity=Severity.INFO,
                location=site.location,
                hint=f"Python 3 has {now} instead." if now else "Python 3 has nothing of that name.",
            )


def _unreadable_cell(code: Code, pieces: list[Unreadable]) -> Finding:
    """Return the finding of one cell, for the first piece that does not parse."""
    lost = [
        name for name in SERVING_NAMES if code.definition(name) is None and any(piece.defines(name) for piece in pieces)
    ]
    first = next((piece for piece in pieces if any(map(piece.defines, lost))), pieces[0])
    old = is_python2(first.text, first.reason)
    return Finding(
        code=CELL_UNREADABLE,
        message=f"Python 2: {first.reason}" if old else f"This is not Python: {first.reason}",
        severity=Severity.ERROR if lost else Severity.WARNING,
        location=first.location,
        hint=f"The function '{lost[0]}' cannot be served until its cell parses."
        if lost
        else "The rest of the cell was read, and of this part each line that can be, for what it imports and installs.",
    )
