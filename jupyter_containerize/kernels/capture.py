"""Runs a notebook once, in a fresh kernel of its own, and takes along what serving needs."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import Finding, Location, Notebook, Severity, Slice
from jupyter_containerize.domain.serving import CapturedObject, CapturedState, Example, ServingSpec
from jupyter_containerize.kernels.bindings import binding_locations
from jupyter_containerize.kernels.errors import (
    NameMissing,
    NotServable,
    ObjectsUnpicklable,
    Unpicklable,
)
from jupyter_containerize.kernels.packages import package_folder
from jupyter_containerize.kernels.tracebacks import skipped_lines
from jupyter_containerize.transport.errors import DiskFull

if TYPE_CHECKING:
    from jupyter_containerize.kernels.fresh import FreshKernel

_RUNTIME = Path(__file__).parent.parent / "runtime"
_FORMAT = "cloudpickle-5"
_REPORT = "report.json"


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
) -> CapturedState:
    """Run the notebook's code cells in order and return the objects that ``serving`` needs.

    The notebook's file is not touched. The answer of the notebook's own call is taken as that call
    gives it; where it cannot be had as JSON, the spec has no example and a finding says why.

    Args:
        notebook: what to run.
        path: where it lies; the kernel works in its folder.
        serving: what is wanted of it.
        environment: of the kernel that runs it; its ``kernel`` names the kernelspec.
        into: a folder that gets ``NAME.pkl`` for each object.
        on_cell: called with (done, total) before the first cell and after each.
        cancel: asked all the time; the kernel is gone within a second.
        cell_timeout_seconds: ``None`` for as long as it takes.

    Raises:
        KernelDidNotStart, CellFailed, CellTimedOut, KernelDied: while it ran.
        NameMissing: the run did not bind a name that serving needs.
        ObjectsUnpicklable: carries every object that cannot be taken.
        NotServable: the serving function cannot be described.
        DiskFull: while the objects were written.
        Cancelled: the build was asked to stop.
    """
    # nbclient brings nbformat, which takes a second to import; a notebook whose state is known is not run.
    from jupyter_containerize.kernels.fresh import FreshKernel  # noqa: PLC0415

    start = time.perf_counter()
    kernel = FreshKernel(
        name=environment.kernel,
        notebook=notebook.path,
        cells=notebook.code_cells,
        folder=path.resolve().parent,
        environ=_environ(environment),
        cancel=cancel,
        cell_timeout_seconds=cell_timeout_seconds,
    )
    with kernel:
        capture = _Capture(kernel, notebook, serving, into.resolve())
        call = capture.run_cells(on_cell)
        spec, findings = capture.spec(call)
        objects, cloudpickle_version = capture.objects()
    return CapturedState(
        objects=objects,
        cloudpickle_version=cloudpickle_version,
        spec=spec,
        seconds=time.perf_counter() - start,
        findings=findings,
    )


def _environ(environment: KernelEnvironment) -> dict[str, str]:
    names = {distribution.name for distribution in environment.distributions}
    inline = "module://matplotlib_inline.backend_inline" if "matplotlib-inline" in names else "Agg"
    return {
        # No plot may open a window and wait for somebody to close it.
        "MPLBACKEND": inline,
        # Sets of strings are pickled in the order of their hashes; the same run gives the same bytes.
        "PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED", "0"),
    }


class _Capture:
    """One run of one notebook: the steps, in order."""

    def __init__(self, kernel: FreshKernel, notebook: Notebook, serving: Slice, into: Path) -> None:
        self._kernel = kernel
        self._notebook = notebook
        self._serving = serving
        self._into = into
        self._places = binding_locations(notebook)
        last = notebook.code_cells[-1].index if notebook.code_cells else None
        self._end = Location(path=notebook.path, cell=last)
        self._serving_cell = Location(path=notebook.path, cell=max(serving.cells, default=None))

    def run_cells(self, on_cell: Callable[[int, int], None]) -> dict[str, Any] | None:
        """Run every code cell; return the example call as the kernel saw it, ``None`` if it did not."""
        cells = self._notebook.code_cells
        call = None
        on_cell(0, len(cells))
        for position, cell in enumerate(cells):
            example = self._serving.example
            if example is None or example.location.cell != cell.index:
                self._kernel.run_cell(position)
            else:
                parameters = [name for name, _ in example.arguments]
                self._inside("example", "watch", {"symbol": self._serving.symbol, "parameters": parameters})
                self._kernel.run_cell(position)
                line = example.location.line
                # The kernel counts without the blank lines at the top.
                at = None if line is None else line - skipped_lines(cell.source)
                call = self._inside("example", "seen", {"line": at})
            on_cell(position + 1, len(cells))
        return call

    def spec(self, call: dict[str, Any] | None) -> tuple[ServingSpec, tuple[Finding, ...]]:
        """Return what the serving function takes and gives, with the notebook's example if it can be had."""
        symbol = self._serving.symbol
        reason = self._why_no_example(call)
        request = call["request"] if call is not None and reason is None else None
        report = self._inside("example", "describe", {"symbol": symbol, "example": request})
        location = self._places.get(symbol, self._serving_cell)
        if report["missing"]:
            raise NameMissing((symbol,), location)
        if report["failed"] is not None:
            raise NotServable(symbol, report["failed"]["type_name"], location, report["failed"]["reason"])
        reason = reason or report["unbound"]
        example = None
        if self._serving.example is not None and call is not None and reason is None:
            example = Example(
                location=self._serving.example.location, request=call["request"], response=call["response"]
            )
        described = report["spec"]
        spec = ServingSpec(
            # The notebook's name for it; a decorator may have given the function another.
            symbol=symbol,
            doc=described["doc"],
            inputs=described["inputs"],
            output=described["output"],
            example=example,
        )
        return spec, self._findings(reason)

    def objects(self) -> tuple[tuple[CapturedObject, ...], str]:
        """Take every object, and return them with the version of cloudpickle that wrote them."""
        request = {
            "names": sorted(self._serving.live_in),
            "into": str(self._into),
            "cloudpickle": str(package_folder("cloudpickle")),
            "notebook": Path(self._notebook.path).name,
            "seed": f"{self._notebook.digest} {self._serving.symbol}",
        }
        report = self._inside("objects", "run", request)
        if report["disk_full"]:
            raise DiskFull(self._into)
        if report["missing"]:
            missing = tuple(report["missing"])
            raise NameMissing(missing, self._places.get(missing[0], self._serving_cell))
        if report["failed"]:
            raise ObjectsUnpicklable(
                tuple(Unpicklable(location=self._places.get(item["name"]), **item) for item in report["failed"])
            )
        return tuple(self._object(item) for item in report["objects"]), report["cloudpickle_version"]

    def _object(self, item: Mapping[str, Any]) -> CapturedObject:
        payload = self._into / f"{item['name']}.pkl"
        with payload.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        return CapturedObject(
            name=item["name"],
            type_name=item["type_name"],
            format=_FORMAT,
            sha256=sha256,
            size_bytes=payload.stat().st_size,
            payload=payload,
            modules=tuple(item["modules"]),
            location=self._places.get(item["name"]),
        )

    def _why_no_example(self, call: dict[str, Any] | None) -> str | None:
        if self._serving.example is None:
            return None
        if call is None:
            return "the call was not seen while the cell ran"
        if call["reason"] is not None:
            return str(call["reason"])
        return None if call["complete"] else "the call did not return"

    def _findings(self, reason: str | None) -> tuple[Finding, ...]:
        if reason is None or self._serving.example is None:
            return ()
        return (
            Finding(
                code="JC-KERNELS-21",
                message=f"The call of {self._serving.symbol} cannot be repeated as JSON: {reason}",
                severity=Severity.WARNING,
                location=self._serving.example.location,
                hint="Call it with what JSON can say, and the image is tested with that call.",
            ),
        )

    def _inside(self, program: str, function: str, request: Mapping[str, object]) -> Any:
        report = self._into / _REPORT
        full = {**request, "runtime": str(_RUNTIME), "report": str(report)}
        self._kernel.call(program, function, full, after=self._end)
        if not report.exists():
            return None
        answer = json.loads(report.read_text(encoding="utf-8"))
        report.unlink()
        return answer
