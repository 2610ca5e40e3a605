"""Runs a notebook once, in a fresh kernel of its own, and takes along what serving needs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import CandidateKind, Cell, ExampleCall, Notebook, Slice
from jupyter_containerize.domain.serving import CapturedState
from jupyter_containerize.kernels.baseline import take_baseline
from jupyter_containerize.kernels.batching import prove_batches
from jupyter_containerize.kernels.describing import (
    SeenCall,
    ask_models,
    describe_entries,
    entries_of,
    example_for,
    examples_of,
    sampled_answers,
)
from jupyter_containerize.kernels.slow_imports import import_driver
from jupyter_containerize.kernels.taking import ask, take_objects
from jupyter_containerize.kernels.tracebacks import skipped_lines
from jupyter_containerize.kernels.widths import find_widths

if TYPE_CHECKING:
    from jupyter_containerize.kernels.fresh import FreshKernel

# Of these the notebook's own code runs when they are called, so that the call can be watched.
_WATCHED = frozenset({CandidateKind.FUNCTION, CandidateKind.METHOD, CandidateKind.CLASS})


def capture_state(
    *,
    notebook: Notebook,
    path: Path,
    serving: Slice,
    environment: KernelEnvironment,
    into: Path,
    on_cell: Callable[[int, int], None],
    cancel: CancelToken,
    cell_timeout_seconds: float | None = None,
    cells: tuple[Cell, ...] | None = None,
    strict: bool = False,
    variables: Mapping[str, str] | None = None,
) -> CapturedState:
    """Run the notebook's code cells in order and return the objects that ``serving`` needs.

    The notebook's file is not touched. The answer of the notebook's own call is taken as that call
    gives it; where it cannot be had as JSON, the spec has no example and a finding says why.

    Args:
        notebook: what to run.
        path: where it lies; the kernel works in its folder.
        serving: what is wanted of it; its ``program`` is what runs.
        environment: of the kernel that runs it; its ``kernel`` names the kernelspec.
        into: a folder that gets ``NAME.pkl`` for each object, and its parts.
        on_cell: called with (done, total) before the first cell and after each.
        cancel: asked all the time; the kernel is gone within a second.
        cell_timeout_seconds: ``None`` for as long as it takes.
        cells: what runs instead of the slice's program.
        strict: take nothing that only a pickle can hold.
        variables: of the environment, for this run alone.

    Raises:
        KernelDidNotStart, CellFailed, CellTimedOut, KernelDied: while it ran.
        NameMissing: the run did not bind a name that serving needs.
        ObjectsUnpicklable, ObjectsNeedPickle: carry every object that cannot be taken.
        VersionSkew: a cell installed another version of a package that was loaded before.
        NotServable: the serving function cannot be described.
        DiskFull: while the objects were written.
        Cancelled: the build was asked to stop.
    """
    # nbclient brings nbformat, which takes a second to import; a notebook whose state is known is not run.
    import_driver(cancel.check)
    from jupyter_containerize.kernels.fresh import FreshKernel  # noqa: PLC0415

    start = time.perf_counter()
    cells = cells if cells is not None else serving.program or notebook.code_cells
    kernel = FreshKernel(
        name=environment.kernel,
        notebook=notebook.path,
        cells=cells,
        folder=path.resolve().parent,
        environ={**_environ(environment), **(variables or {})},
        cancel=cancel,
        cell_timeout_seconds=cell_timeout_seconds,
    )
    with kernel:
        calls = _run_cells(kernel, cells, _watched(notebook, serving), into, on_cell)
        shown = _shown(kernel, cells, serving)
        # Before anything of the user's is called again, which may change them.
        objects, cloudpickle_version = take_objects(
            kernel, notebook=notebook, serving=serving, into=into, strict=strict
        )
        calls |= ask_models(kernel, notebook=notebook, serving=serving, into=into)
        specs, findings = describe_entries(kernel, notebook=notebook, serving=serving, into=into, calls=calls)
        specs = prove_batches(kernel, specs, notebook=notebook, into=into)
        answers = sampled_answers(kernel, specs[0], notebook=notebook, into=into)
        baseline = take_baseline(kernel, notebook=notebook, serving=serving, cells=cells, into=into)
        specs = find_widths(kernel, specs, notebook=notebook, into=into)
    return CapturedState(
        objects=objects,
        cloudpickle_version=cloudpickle_version,
        spec=specs[0],
        more=specs[1:],
        seconds=time.perf_counter() - start,
        findings=findings,
        answers=answers,
        shown=shown,
        baseline=baseline.found,
        baseline_again=baseline.again,
    )


def _environ(environment: KernelEnvironment) -> dict[str, str]:
    names = {distribution.name for distribution in environment.distributions}
    inline = "module://matplotlib_inline.backend_inline" if "matplotlib-inline" in names else "Agg"
    return {
        # What installs inside other code may only say what it would do.
        "PIP_DRY_RUN": "1",
        # No plot may open a window and wait for somebody to close it.
        "MPLBACKEND": inline,
        # Sets of strings are pickled in the order of their hashes; the same run gives the same bytes.
        "PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED", "0"),
    }


def _run_cells(
    kernel: FreshKernel,
    cells: tuple[Cell, ...],
    watched: dict[str, ExampleCall],
    into: Path,
    on_cell: Callable[[int, int], None],
) -> dict[str, SeenCall | None]:
    """Run the cells; return the example calls as the kernel saw them, by the symbol of what they call."""
    calls: dict[str, SeenCall | None] = {}
    on_cell(0, len(cells))
    for position, cell in enumerate(cells):
        here = {symbol: call for symbol, call in watched.items() if call.location.cell == cell.index}
        if not here:
            kernel.run_cell(position)
        else:
            wanted = [{"symbol": key, "parameters": [name for name, _ in call.arguments]} for key, call in here.items()]
            after = next(iter(here.values())).location
            ask(kernel, "example", "watch", {"calls": wanted}, into=into, after=after)
            kernel.run_cell(position)
            # The kernel counts without the blank lines at the top.
            above = skipped_lines(cell.source)
            lines = [None if call.location.line is None else call.location.line - above for call in here.values()]
            seen = ask(kernel, "example", "seen", {"lines": lines}, into=into, after=after)
            calls.update(zip(here, seen, strict=True))
        on_cell(position + 1, len(cells))
    return calls


def _shown(kernel: FreshKernel, cells: tuple[Cell, ...], serving: Slice) -> str | None:
    example = serving.example
    positions = (at for at, cell in enumerate(cells) if example is not None and cell.index == example.location.cell)
    return next((kernel.shown(position) for position in positions), None)


def _watched(notebook: Notebook, serving: Slice) -> dict[str, ExampleCall]:
    examples = examples_of(serving)
    entries = (entry for entry in entries_of(notebook, serving) if entry.kind in _WATCHED)
    found = {entry.symbol: example_for(entry, examples) for entry in entries}
    return {symbol: call for symbol, call in found.items() if call is not None}
