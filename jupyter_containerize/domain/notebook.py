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


def reading_order(location: Location | None) -> tuple[str, int, int]:
    """Return what sorts places by path, cell and line; ``None`` is the whole of what encloses it and comes first."""
    return ("", 0, 0) if location is None else (location.path, location.cell or 0, location.line or 0)


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
    magic, if there is one. ``execution_count`` is what the notebook says of its last run, ``None`` if it never ran.
    """

    id: str
    index: int
    kind: CellKind
    source: str
    tags: tuple[str, ...] = ()
    python: str | None = None
    magic: str = ""
    execution_count: int | None = None


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
    """One imported module, where the code asks for it.

    ``module`` is the full dotted name (``sklearn.linear_model``), ``name`` its first part. ``rule`` says
    how: ``import`` (a statement), ``import_module`` (by name, from code) or ``load_ext`` (a magic).
    ``guarded`` means that the statement may not run, and the code is written to work without it:
    it is inside ``try``, ``if`` or a loop, or in a function of a local module.
    ``names`` are what ``from module import ...`` takes; they may be modules themselves.
    ``instead_of`` is the module whose failing import this one replaces (``except ImportError``):
    either of the two is enough.
    A location without a cell is in a local module; its path is relative to the notebook's folder.
    """

    module: str
    location: Location
    guarded: bool = False
    names: tuple[str, ...] = ()
    rule: str = "import"
    instead_of: str = ""

    @property
    def name(self) -> str:
        """The top-level import name."""
        return self.module.partition(".")[0]


class Manager(StrEnum):
    """Who is asked to install something."""

    PIP = "pip"
    CONDA = "conda"
    APT = "apt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One thing that the user asks to have installed, in a cell or in a file beside the notebook.

    ``name`` is normalised (PEP 503) for pip, as written for conda and apt; empty when only ``url`` is known.
    ``specifier`` is PEP 440 (``==1.2``), empty for any version; a conda version that PEP 440 cannot say is left out.
    ``url`` is a direct reference (VCS, archive, folder) without credentials. ``exact`` marks a lock file's
    pin. ``location`` has a cell for a command in the notebook, only a path and a line for a file.
    ``rule`` says what it was written in: ``%pip``, ``!pip``, ``%conda``, ``!apt``, ``%%bash``, ``requirements.txt``,
    ``environment.yml``, ``pyproject.toml``, ``uv.lock``, ``pylock.toml``, ``pep723``, ``metadata``.
    """

    manager: Manager
    name: str
    location: Location
    rule: str
    specifier: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    url: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenNeed:
    """A distribution that code needs though nothing imports it, found by a rule.

    ``distributions`` are normalised names of which any one is enough, the usual one first, with extras
    where those are needed (``shap[plots]``); none when only ``system_packages`` (Debian's names) are
    needed. ``detail`` is the piece of code that the rule matched, without any value that could be a secret.
    """

    rule: str
    distributions: tuple[str, ...]
    system_packages: tuple[str, ...] = ()
    reason: str
    link: str
    location: Location
    detail: str = ""


class FileAccess(StrEnum):
    """What code does with a file, as far as reading can tell."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUse:
    """A file, folder or URL that the code names where it reads or writes.

    ``text`` is what the code says, without a URL's credentials and query. ``path`` is relative to the notebook's folder
    (POSIX, may begin with ``..``), ``None`` for a URL or what cannot be told. ``size_bytes`` is ``None`` unless
    it exists. ``portable`` is false for absolute and home paths, which name one machine.
    ``written_first`` says that the notebook itself writes it before it is read, ``serving`` whether the serving
    code names it, ``None`` when that is not known.
    """

    text: str
    access: FileAccess
    location: Location
    path: str | None = None
    exists: bool | None = None
    size_bytes: int | None = None
    portable: bool = True
    written_first: bool = False
    serving: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable that the code reads; ``required`` if it fails or has no default without it."""

    name: str
    required: bool
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class RPackage:
    """A package that R code asks for. ``rule`` is the function that did: ``library``, ``::``, ..."""

    name: str
    rule: str
    location: Location
    guarded: bool = False


class CandidateKind(StrEnum):
    """What kind of symbol could serve, and so how the runtime makes a function of it."""

    FUNCTION = "function"
    """A top-level function: ``predict``."""
    METHOD = "method"
    """A method of an object that the notebook binds: ``model.predict``, the symbol is dotted."""
    CLASS = "class"
    """A method of a class of the notebook that nothing instantiates (Cog): made at start, ``setup`` is called."""
    ESTIMATOR = "estimator"
    """A fitted model of a known library, without any function of the notebook: a predict is made for it."""
    PYFUNC = "pyfunc"
    """An MLflow model in Python: ``predict(context, model_input)``; the symbol is the object or the class."""
    CELL = "cell"
    """A cell with Kernel Gateway's ``# POST /path``; the symbol is the function that is made of it."""
    JOB = "job"
    """The whole notebook with its ``parameters`` cell (papermill): it runs once and ends; nothing listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingCandidate:
    """A symbol that could answer requests, with the evidence for it, best first.

    ``strength`` weighs the evidence; it compares candidates of one notebook and means nothing else. ``route`` is the
    path that it answers on, ``method`` the HTTP method; an empty route is ``/`` and the symbol's last part.
    """

    symbol: str
    kind: CandidateKind
    location: Location
    reasons: tuple[str, ...]
    strength: int = 0
    route: str = ""
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleCall:
    """A call of what serves that the notebook itself makes at top level.

    ``arguments`` are source expressions by parameter name, in call order; for an estimator there is one, whose
    name is empty: what its ``predict`` is given. ``result_name`` is the name that the call's value is bound to, or
    ``None`` when the value is what the cell displays. ``symbol`` is what is called.
    """

    location: Location
    arguments: tuple[tuple[str, str], ...]
    result_name: str | None
    symbol: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlicedStatement:
    """One top-level statement of the notebook, and what becomes of it.

    ``end_line`` is its last line, ``location`` its first, decorators included. ``training``: it must run to make the
    state. ``serving``: its source is in the image. With neither it is dropped. ``installs``: it is left out of every
    run, because it would change what is installed. ``reason`` says why, in words: ``cell 9 needs 'model'``.
    """

    location: Location
    end_line: int
    training: bool
    serving: bool
    reason: str
    installs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What serving needs of the notebook, found without running it.

    ``symbol`` is the first of ``entries``, which all share one image; ``examples`` are the calls of any of them,
    ``example`` that of the first.
    ``source`` is valid Python: the imports and functions that the symbol reaches, in document
    order. ``live_in`` are the names that ``source`` expects to find already bound: the objects to
    capture, sorted. ``imports`` are the import sites kept in ``source``, and those of the local modules
    that it reaches. ``bindings`` says for each live-in name where the notebook last bound it.
    ``files`` are the files and folders beside the notebook that the kept code names. ``run_digest``
    is the sha256 hex of all code that the captured objects can depend on: what is left of the notebook
    without the kept functions that nothing but the example calls. ``hidden`` is what rules found in the kept code,
    ``file_uses`` and ``variables`` are the files and the environment variables that it names.

    ``program`` is what has to run to make the live-in objects: the notebook's code cells, with the lines of dropped
    statements left empty, so that every other line keeps its number; cells without anything left are absent.
    ``whole_program`` is the same with nothing left out. ``statements`` says of every statement what becomes of it and
    why, in document order. ``whole`` says why nothing could be dropped, empty if something could (or there is nothing
    to drop). ``installs`` are the cells of which neither program has the installation commands. ``parameters`` are the
    names that a job's caller may set, ``parameters_end`` the last line of ``source`` that gives them their defaults.
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
    hidden: tuple[HiddenNeed, ...] = ()
    file_uses: tuple[FileUse, ...] = ()
    variables: tuple[Variable, ...] = ()
    entries: tuple[ServingCandidate, ...] = ()
    examples: tuple[ExampleCall, ...] = ()
    program: tuple[Cell, ...] = ()
    whole_program: tuple[Cell, ...] = ()
    statements: tuple[SlicedStatement, ...] = ()
    whole: str = ""
    installs: tuple[Location, ...] = ()
    parameters: tuple[str, ...] = ()
    parameters_end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Facts about a notebook, and no choices.

    ``imports`` and ``findings`` are sorted by location. ``files`` are the paths, relative to the
    notebook's folder, of files and folders there that string literals in code name.
    ``local_modules`` maps a dotted module to the file beside the notebook that provides it, for every
    such module that an import reaches, also through another local module; the path begins with
    ``..`` where ``sys.path`` led outside of the folder. ``written_modules`` are the top-level names of
    modules that the notebook itself writes (``%%writefile``). ``declared`` are the notebook's own
    installation commands, ``requirement_files`` the files that they name (as written, with the place),
    ``hidden`` what rules found, ``file_uses`` what code reads and writes,
    ``variables`` the environment variables that it reads, ``r_packages`` what its R code asks for.
    All sorted by location.
    """

    imports: tuple[ImportSite, ...]
    candidates: tuple[ServingCandidate, ...]
    findings: tuple[Finding, ...]
    files: tuple[str, ...] = ()
    local_modules: tuple[tuple[str, str], ...] = field(default=())
    written_modules: tuple[str, ...] = ()
    declared: tuple[Declared, ...] = ()
    requirement_files: tuple[tuple[str, Location], ...] = ()
    hidden: tuple[HiddenNeed, ...] = ()
    file_uses: tuple[FileUse, ...] = ()
    variables: tuple[Variable, ...] = ()
    r_packages: tuple[RPackage, ...] = ()
