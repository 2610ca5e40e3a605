"""What serves, and what it needs of the notebook: chosen as a build would choose it, running nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from jupyter_containerize import analysis as analyzing
from jupyter_containerize.analysis import SliceOptions
from jupyter_containerize.domain.build import BuildRequest, CellOrder
from jupyter_containerize.domain.environment import DependencyEdits
from jupyter_containerize.domain.notebook import (
    Analysis,
    Finding,
    Location,
    Notebook,
    ServingCandidate,
    Slice,
    SlicedStatement,
)
from jupyter_containerize.domain.serving import Dependency, DependencyKind, StateSource
from jupyter_containerize.lifecycle.settings import check_cells, merged
from jupyter_containerize.notebooks import (
    digest_with_settings,
    in_execution_order,
    order_findings,
    read_metadata,
    read_notebook,
    require_python,
    settings_of,
)
from jupyter_containerize.resolution import dependencies, edited_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenPart:
    """What serves, and the part of the notebook that it needs.

    ``entries`` is never empty, the first is on ``/predict``. ``request`` is what was asked, with the notebook's own
    settings; ``findings`` are about those, and the slice's. ``notebook`` has its cells in the order that was taken.
    ``edits`` is what the notebook's metadata wants of its distributions; ``digest`` changes with all that a build takes
    from the notebook's file.
    """

    notebook: Notebook
    entries: tuple[ServingCandidate, ...]
    part: Slice
    request: BuildRequest
    findings: tuple[Finding, ...]
    edits: DependencyEdits = field(default_factory=DependencyEdits)
    digest: str = ""

    @property
    def state(self) -> StateSource:
        """Where the objects come from."""
        return self.request.state or StateSource.RUN

    @property
    def order(self) -> CellOrder:
        """In which order the cells are taken to have run."""
        return self.request.order or CellOrder.DOCUMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceView:
    """A notebook and what becomes of its statements. ``dependencies`` are the notebook's, with ``serving`` told.

    Versions in ``dependencies`` say nothing: no kernel was asked.
    """

    notebook: Notebook
    chosen: ChosenPart
    dependencies: tuple[Dependency, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceCounts:
    """How much of a notebook is used: statements, cells (those with a statement) and distributions.

    A statement that runs for the state may be in the image as well; a dropped one is neither. Distributions are those
    that something asks for but an installation command; ``serving_distributions`` of them the serving code names.
    """

    statements: int
    training: int
    serving: int
    dropped: int
    cells: int
    training_cells: int
    serving_cells: int
    distributions: int
    serving_distributions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CellUse:
    """What becomes of one cell: how many of its statements run for the state, and how many are in the image.

    ``cell`` counts from 1, text and code alike. ``why`` says what needs the statements that are kept, those in the
    image first; of a cell that is left out it says why. Each reason stands once.
    """

    cell: int
    statements: int
    training: int
    serving: int
    why: tuple[str, ...]

    @property
    def role(self) -> Literal["serving", "training", "dropped"]:
        """The first that holds of any of its statements."""
        if self.serving:
            return "serving"
        return "training" if self.training else "dropped"


def sliced(request: BuildRequest) -> SliceView:
    """Return what a build of the request would take of its notebook.

    Raises:
        NotebookNotFound, NotANotebook, UnreadableJson, NotebookUnreadable, NoCode: as ``read_notebook``.
        ContainerizeError: as ``choose_part``.
    """
    notebook = read_notebook(request.notebook)
    analysis = analyzing.analyze(notebook, root=request.notebook.resolve().parent)
    chosen = choose_part(notebook, analysis, request, metadata=read_metadata(request.notebook))
    rows = with_serving(dependencies(analysis).dependencies, chosen.part)
    return SliceView(notebook=notebook, chosen=chosen, dependencies=edited_rows(rows, chosen.edits, None))


def choose_part(
    notebook: Notebook, analysis: Analysis, request: BuildRequest, *, metadata: Mapping[str, object]
) -> ChosenPart:
    """Return what serves and what it needs.

    Args:
        notebook: As its file is, in the document's order.
        analysis: Of that notebook.
        request: What is asked for; the notebook's own settings fill what it leaves open.
        metadata: The notebook's.

    Raises:
        WrongLanguage: it is not Python.
        NothingToServe, AmbiguousServing: no candidate, or equals; and what else ``choose`` raises.
        NoSuchCell, KeptAndDropped: the cells to keep or drop.
    """
    require_python(notebook)
    check_cells(request, notebook)
    settings, unread = settings_of(metadata, notebook.cells, path=notebook.path)
    request = merged(request, settings)
    order = request.order or CellOrder.DOCUMENT
    taken = in_execution_order(notebook) if order is CellOrder.EXECUTION else notebook
    entries = analyzing.choose(analysis, taken, symbols=request.symbols)
    options = SliceOptions(
        state=request.state or StateSource.RUN, keep=request.keep, drop=request.drop, recreate=request.recreate
    )
    part = analyzing.slice_for(taken, analysis, entries, options)
    findings = (*unread, *order_findings(notebook, order), *part.findings)
    return ChosenPart(
        notebook=taken,
        entries=entries,
        part=part,
        request=request,
        findings=findings,
        edits=settings.dependencies,
        digest=digest_with_settings(notebook, settings),
    )


def counted(part: Slice, rows: tuple[Dependency, ...]) -> SliceCounts:
    """Return how much of the notebook is used.

    Args:
        part: The slice.
        rows: The notebook's dependencies, after ``with_serving``.
    """
    needed = [row for row in rows if row.kind is not DependencyKind.DECLARED]
    return SliceCounts(
        statements=len(part.statements),
        training=sum(item.training for item in part.statements),
        serving=sum(item.serving for item in part.statements),
        dropped=sum(dropped(item) for item in part.statements),
        cells=len({item.location.cell for item in part.statements}),
        training_cells=len({item.location.cell for item in part.statements if item.training}),
        serving_cells=len({item.location.cell for item in part.statements if item.serving}),
        distributions=len(needed),
        serving_distributions=sum(row.serving is True for row in needed),
    )


def uses_of_cells(part: Slice) -> tuple[CellUse, ...]:
    """Return what becomes of each cell that has a statement, by cell, in the slice's order."""
    by_cell: dict[int, list[SlicedStatement]] = {}
    for item in part.statements:
        by_cell.setdefault(item.location.cell or 0, []).append(item)
    return tuple(_use_of(cell, tuple(items)) for cell, items in by_cell.items())


def _use_of(cell: int, items: tuple[SlicedStatement, ...]) -> CellUse:
    serving = [item for item in items if item.serving]
    training = [item for item in items if item.training]
    # What the cell is marked for comes first; a dropped statement needs no excuse beside one that is kept.
    told = [*serving, *training] or items
    return CellUse(
        cell=cell,
        statements=len(items),
        training=len(training),
        serving=len(serving),
        why=tuple(dict.fromkeys(item.reason for item in told if item.reason)),
    )


def objects_of(part: Slice) -> tuple[tuple[str, Location | None], ...]:
    """Return the objects to capture, sorted by name, and where the notebook last bound each."""
    places = dict(part.bindings)
    return tuple((name, places.get(name)) for name in sorted(part.live_in))


def dropped(statement: SlicedStatement) -> bool:
    """Return whether the statement is used for nothing."""
    return not (statement.training or statement.serving)


def with_serving(rows: tuple[Dependency, ...], part: Slice | None) -> tuple[Dependency, ...]:
    """Say of each row whether the serving code needs it: one of its pieces of evidence lies in the slice.

    What only runs for the state may still be needed to load the objects that it makes; the run tells, so that
    is ``None``. What nothing but dropped statements ask for is in no object.
    """
    if part is None:
        return rows
    kept = {(site.module, site.location) for site in part.imports}
    kept |= {(need.reason, need.location) for need in part.hidden}
    left = {(item.location.cell, line) for item in part.statements if dropped(item) for line in _lines(item)}
    left -= {(item.location.cell, line) for item in part.statements if not dropped(item) for line in _lines(item)}

    def needed(row: Dependency) -> bool | None:
        if any((item.detail, item.location) in kept for item in row.evidence):
            return True
        places = {None if item.location is None else (item.location.cell, item.location.line) for item in row.evidence}
        return None if part.live_in and not places <= left else False

    return tuple(replace(row, serving=needed(row)) for row in rows)


def _lines(statement: SlicedStatement) -> range:
    return range(statement.location.line or 1, statement.end_line + 1)
