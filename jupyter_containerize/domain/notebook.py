"""Values that describe the user's notebook and what reading it found."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Location:
    """One place in the user's work.

    ``cell`` and ``line`` are 1-based; ``None`` means the whole of what encloses it.
    """

    path: str
    cell: int | None = None
    line: int | None = None

    def __str__(self) -> str:
        cell = "" if self.cell is None else f"[{self.cell}]"
        line = "" if self.line is None else f":{self.line}"
        return f"{self.path}{cell}{line}"


class CellKind(StrEnum):
    """The nbformat cell types."""

    CODE = "code"
    MARKDOWN = "markdown"
    RAW = "raw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell as it was written. ``index`` is 1-based and counts all kinds, in document order.

    ``python`` is what IPython would make of a code cell, with the lines where ``source`` has
    them: magics are ``get_ipython()`` calls. It need not parse. ``None`` means that the cell is not
    Python of ours: text, or a cell magic such as ``%%bash``. ``magic`` is the name of the cell
    magic, if there is one.
    """

    id: str
    index: int
    kind: CellKind
    source: str
    tags: tuple[str, ...] = ()
    python: str | None = None
    magic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """A notebook's code, without its outputs.

    ``digest`` is the sha256 hex of what the build depends on: language, kernel and the
    cells' kinds and sources; running a notebook does not change it. ``path`` is how the
    user named the notebook; it may not exist on disk (unsaved work in a browser).
    """

    path: str
    digest: str
    language: str
    kernel: str | None
    cells: tuple[Cell, ...]

    @property
    def code_cells(self) -> tuple[Cell, ...]:
        """The code cells in document order."""
        return tuple(cell for cell in self.cells if cell.kind is CellKind.CODE)


class Severity(StrEnum):
    """How much a finding matters: an error stops a build, a warning does not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something the user should know. Shown, never raised."""

    code: str
    message: str
    severity: Severity
    location: Location | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSite:
    """One import statement's module, where it stands.

    ``module`` is the full dotted name (``sklearn.linear_model``), ``name`` its first part.
    ``guarded`` means that the statement may not run, and the code is written to work without it:
    it is inside ``try``, ``if`` or a loop, or in a function of a local module.
    ``names`` are what ``from module import ...`` takes; they may be modules themselves.
    A location without a cell is in a local module; its path is relative to the notebook's folder.
    """

    module: str
    location: Location
    guarded: bool = False
    names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The top-level import name."""
        return self.module.partition(".")[0]


class CandidateKind(StrEnum):
    """What kind of symbol could serve."""

    FUNCTION = "function"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingCandidate:
    """A symbol that could answer requests, with the evidence for it, best first.

    ``strength`` weighs the evidence; it compares candidates of one notebook and means nothing else.
    """

    symbol: str
    kind: CandidateKind
    location: Location
    reasons: tuple[str, ...]
    strength: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleCall:
    """A call of the serving function that the notebook itself makes at top level.

    ``arguments`` are source expressions by parameter name, in call order. ``result_name``
    is the name that the call's value is bound to, or ``None`` when the value is what the cell
    displays.
    """

    location: Location
    arguments: tuple[tuple[str, str], ...]
    result_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What one serving symbol needs of the notebook, found without running it.

    ``source`` is valid Python: the imports and functions that the symbol reaches, in document
    order. ``live_in`` are the names that ``source`` expects to find already bound: the objects to
    capture, sorted. ``imports`` are the import sites kept in ``source``, and those of the local modules
    that it reaches. ``bindings`` says for each live-in name where the notebook last bound it.
    ``files`` are the files and folders beside the notebook that the kept code names. ``run_digest``
    is the sha256 hex of all code that the captured objects can depend on: what is left of the notebook
    without the kept functions that nothing but the example calls.
    """

    symbol: str
    source: str
    live_in: tuple[str, ...]
    imports: tuple[ImportSite, ...]
    cells: tuple[int, ...]
    example: ExampleCall | None
    bindings: tuple[tuple[str, Location], ...] = ()
    files: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    run_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Facts about a notebook, and no choices.

    ``imports`` and ``findings`` are sorted by location. ``files`` are the paths, relative to the
    notebook's folder, of files and folders there that string literals in code name.
    ``local_modules`` maps a dotted module to the file beside the notebook that provides it, for
    every such module that an import reaches, also through another local module.
    """

    imports: tuple[ImportSite, ...]
    candidates: tuple[ServingCandidate, ...]
    findings: tuple[Finding, ...]
    files: tuple[str, ...] = ()
    local_modules: tuple[tuple[str, str], ...] = field(default=())
