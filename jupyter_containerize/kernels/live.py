"""The kernel that runs now: asked from the side, without a trace in the user's session."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import Location, Notebook, Slice
from jupyter_containerize.domain.serving import CapturedState, StateSource
from jupyter_containerize.kernels.baseline import take_baseline
from jupyter_containerize.kernels.batching import prove_batches
from jupyter_containerize.kernels.describing import describe_entries
from jupyter_containerize.kernels.edited import edited_cells
from jupyter_containerize.kernels.errors import CaptureBroken
from jupyter_containerize.kernels.live_errors import (
    KernelBusy,
    KernelElsewhere,
    KernelInterrupted,
    RanMeanwhile,
)
from jupyter_containerize.kernels.live_example import live_calls, live_model_calls
from jupyter_containerize.kernels.running import require_environment, running_facts
from jupyter_containerize.kernels.side import SideConnection
from jupyter_containerize.kernels.taking import take_objects
from jupyter_containerize.kernels.tracebacks import plain_text

PATIENCE_SECONDS = 10.0

_INSIDE = Path(__file__).parent / "inside"
_UNSEEN = (_INSIDE / "unseen.py").read_text(encoding="utf-8")


def capture_live(
    *,
    notebook: Notebook,
    serving: Slice,
    environment: KernelEnvironment,
    connection_file: Path,
    into: Path,
    cancel: CancelToken,
    patience_seconds: float = PATIENCE_SECONDS,
    strict: bool = False,
) -> CapturedState:
    """Take the objects that ``serving`` needs out of the kernel that runs now, as they are.

    No cell runs. History, outputs, execution count and namespace of the session stay what they are; pickling calls
    what the objects themselves define for it. Findings name the cells whose code is not what made the objects.

    Args:
        notebook: as it is now.
        serving: what is wanted of it. Where it has a ``program``, only the cells of that are compared.
        environment: whose distributions go into the image; the kernel must have the same Python.
        connection_file: of the running kernel.
        into: a folder that gets the objects' files.
        cancel: asked all the time.
        patience_seconds: how long the kernel may be busy with something else.
        strict: take nothing that only a pickle can hold.

    Raises:
        ConnectionFileUnusable, KernelElsewhere, KernelGone, KernelNotPython: there is no such kernel to ask.
        KernelBusy, KernelInterrupted, RanMeanwhile: somebody works with it.
        EnvironmentDiffers: it has another Python.
        NameMissing, ObjectsUnpicklable, ObjectsNeedPickle, VersionSkew, NotServable, DiskFull: as ``capture_state``.
        Cancelled: the build was asked to stop.
    """
    start = time.perf_counter()
    program = {cell.index for cell in serving.program} | set(serving.cells)
    with LiveKernel(
        connection_file, notebook=notebook.path, cancel=cancel, patience_seconds=patience_seconds
    ) as kernel:
        facts = running_facts(kernel, notebook, into)
        require_environment(kernel.name, facts, environment)
        edited = edited_cells(facts, notebook, program if serving.program else None)
        calls = live_calls(kernel, notebook=notebook, serving=serving, facts=facts, into=into)
        objects, cloudpickle_version = take_objects(
            kernel, notebook=notebook, serving=serving, into=into, strict=strict
        )
        calls |= live_model_calls(kernel, notebook=notebook, serving=serving, into=into)
        specs, findings = describe_entries(kernel, notebook=notebook, serving=serving, into=into, calls=calls)
        specs = prove_batches(kernel, specs, notebook=notebook, into=into, calls_functions=False)
        cells = serving.program or notebook.code_cells
        baseline = take_baseline(
            kernel, notebook=notebook, serving=serving, cells=cells, into=into, calls_functions=False
        )
        if running_facts(kernel, notebook, into).execution_count != facts.execution_count:
            raise RanMeanwhile(kernel.name, notebook.path)
    return CapturedState(
        objects=objects,
        cloudpickle_version=cloudpickle_version,
        spec=specs[0],
        more=specs[1:],
        seconds=time.perf_counter() - start,
        findings=(*edited, *findings),
        source=StateSource.LIVE,
        baseline=baseline.found,
    )


class LiveKernel:
    """One running kernel, connected to on entry and left as it was on exit.

    Args:
        connection_file: as Jupyter writes one for each kernel.
        notebook: how locations and errors name the notebook.
        cancel: asked all the time that we wait.
        patience_seconds: how long the kernel may be busy before a request is withdrawn.

    Raises, on entry:
        ConnectionFileUnusable, KernelElsewhere: the file leads to no kernel of this machine.
        KernelGone: nobody answers.
        KernelNotPython: it speaks another language.
        KernelBusy: it does not even say who it is.
    """

    def __init__(
        self,
        connection_file: Path,
        *,
        notebook: str,
        cancel: CancelToken,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._side = SideConnection(connection_file, notebook=notebook, cancel=cancel)
        self._patience_seconds = patience_seconds
        # For this user's eyes alone; the kernel is a process of the same user.
        self._folder = tempfile.TemporaryDirectory(prefix="containerize-")
        self._count = 0

    @property
    def name(self) -> str:
        """The kernelspec's name, or the connection file's."""
        return self._side.name

    def __enter__(self) -> Self:
        try:
            self._greet()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def call(self, program: str, function: str, request: Mapping[str, object], *, after: Location) -> None:
        """Call a function of one of our programs (``inside/PROGRAM.py``) inside the kernel, unseen by the notebook.

        Args:
            program: the file's stem.
            function: takes the request as JSON text.
            request: what JSON can say.
            after: where the notebook stands; a running kernel does not need it.

        Raises:
            KernelBusy: it did not come to it in time, and now never will.
            KernelGone, KernelElsewhere, KernelInterrupted: while it was asked.
            CaptureBroken: the program failed.
            Cancelled: the build was asked to stop; what the kernel has begun it finishes.
        """
        del after
        self._count += 1
        token = Path(self._folder.name) / f"{self._count}.token"
        outcome = token.with_suffix(".json")
        token.touch()
        values = {
            "__name__": "__jupyter_containerize__",
            "REQUEST": {
                "token": str(token),
                "outcome": str(outcome),
                "path": str(_INSIDE / f"{program}.py"),
                "function": function,
                "request": json.dumps(request),
            },
        }
        # One expression: it binds no name among the user's, and works where they rebound exec or open.
        try:
            reply = self._executed(f"__import__('builtins').exec({_UNSEEN!r}, {values!r})", token)
            self._judge(reply, token, outcome)
        finally:
            # Whatever ended the wait: what has not begun never will.
            token.unlink(missing_ok=True)

    def _executed(self, code: str, token: Path) -> Mapping[str, Any]:
        self._side.look()
        until = time.monotonic() + self._patience_seconds
        request = self._side.execute(code)
        while True:
            reply = self._side.reply(request)
            if reply is not None and reply.get("status") == "aborted":
                # A cell before it failed, and the kernel dropped all that waited.
                request = self._side.execute(code)
            elif reply is not None:
                return reply
            self._side.look()
            if time.monotonic() > until and self._withdrawn(token):
                raise self._busy()

    def _greet(self) -> None:
        if not self._side.greet(self._patience_seconds):
            raise self._busy()

    @staticmethod
    def _withdrawn(token: Path) -> bool:
        """Take the token back; ``False`` if the kernel has it: only one of the two can."""
        try:
            token.unlink()
        except FileNotFoundError:
            return False
        return True

    def _judge(self, reply: Mapping[str, Any], token: Path, outcome: Path) -> None:
        if outcome.exists():
            said = json.loads(outcome.read_text(encoding="utf-8"))
            if said["interrupted"]:
                raise KernelInterrupted(self.name, self._side.notebook)
            if said["problem"]:
                raise CaptureBroken(said["problem"])
        elif reply.get("ename") == "KeyboardInterrupt":
            raise KernelInterrupted(self.name, self._side.notebook)
        elif token.exists() and reply.get("status") == "ok":
            raise KernelElsewhere(self._side.file, "")
        else:
            raise CaptureBroken(plain_text("\n".join(reply.get("traceback", ()))) or str(reply.get("status")))

    def _busy(self) -> KernelBusy:
        return KernelBusy(self.name, self._side.notebook, self._patience_seconds)

    def _close(self) -> None:
        self._side.close()
        self._folder.cleanup()
