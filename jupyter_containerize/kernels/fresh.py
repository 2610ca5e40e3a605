"""A fresh kernel, driven step by step from plain synchronous code.

nbclient runs the cells on an event loop in a thread of its own; the caller's thread only
waits. So a build can be cancelled while a cell runs, callbacks come on the caller's thread, and it
works where a loop is running already (a Jupyter server).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import math
import os
import re
import tempfile
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from jupyter_client.manager import AsyncKernelManager

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.notebook import Cell, Location
from jupyter_containerize.kernels.errors import (
    CaptureBroken,
    CellFailed,
    CellTimedOut,
    KernelDidNotStart,
    KernelDied,
)
from jupyter_containerize.kernels.slow_imports import CHECKER_OF_IRIS, left_out
from jupyter_containerize.kernels.spec import ours_for_kernels
from jupyter_containerize.kernels.tracebacks import failing_line, plain_text
from jupyter_containerize.transport.interruption import is_cancelled

with left_out(CHECKER_OF_IRIS):
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from nbformat import NotebookNode, v4

T = TypeVar("T")

_INSIDE = Path(__file__).parent / "inside"
_POLL_SECONDS = 0.05
# How long a cancelled kernel gets to end by itself, before it is killed.
_FAREWELL_SECONDS = 0.6
_TAIL_BYTES = 4096
_TAIL_LINES = 6
# What ipykernel says of itself at every start.
_NOISE = re.compile(r"\[IPKernelApp\] WARNING|^NOTE: |^\s*To exit, |^To connect another client")
# Loads a program of ours once per kernel, as a module that no import statement finds, and calls a function of it.
_BOOT = """
import sys, types
if NAME not in sys.modules:
    module = types.ModuleType(NAME)
    with open(PATH, encoding="utf-8") as source:
        exec(compile(source.read(), PATH, "exec"), module.__dict__)
    sys.modules[NAME] = module
getattr(sys.modules[NAME], FUNCTION)(REQUEST)
"""


class FreshKernel:
    """One kernel of a kernelspec, started on entry and gone on exit.

    Args:
        name: the kernelspec.
        notebook: how locations name the notebook.
        cells: the code cells, in order.
        folder: the kernel's working directory.
        environ: its environment, before the kernelspec's own ``env``.
        cancel: asked all the time that we wait.
        cell_timeout_seconds: ``None`` for as long as it takes.

    Raises, on entry:
        KernelDidNotStart: the process ended or stayed silent.
    """

    def __init__(
        self,
        *,
        name: str,
        notebook: str,
        cells: tuple[Cell, ...],
        folder: Path,
        environ: Mapping[str, str],
        cancel: CancelToken,
        cell_timeout_seconds: float | None = None,
    ) -> None:
        self._name = name
        self._notebook = notebook
        self._cells = cells
        self._folder = folder
        self._environ = environ
        self._cancel = cancel
        self._timeout_seconds = cell_timeout_seconds
        self._nodes = [_node(cell) for cell in cells]
        self._kernel = AsyncKernelManager(kernel_name=name)
        self._client = NotebookClient(
            v4.new_notebook(cells=self._nodes),  # type: ignore[no-untyped-call]  # nbformat is typed in parts
            km=self._kernel,
            timeout_func=lambda _cell: None if cell_timeout_seconds is None else math.ceil(cell_timeout_seconds),
        )
        # The kernel's own words, for when it dies; a terminal with progress bars is no place for them.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # closed on exit
        self._loop = asyncio.new_event_loop()
        self._left = self._ready = False
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"kernel-{name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._cancel.check()
            self._wait(self._start())
            self._ready = True
        except BaseException:
            self._close(at_once=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._close(at_once=kind is not None)

    def run_cell(self, position: int) -> None:
        """Run one of the cells, by its position among the code cells from 0.

        Raises:
            CellFailed: it raised; a cell tagged ``raises-exception`` may.
            CellTimedOut: it took longer than allowed.
            KernelDied: the process ended.
            Cancelled: the build was asked to stop.
        """
        cell = self._cells[position]
        location = Location(path=self._notebook, cell=cell.index)
        try:
            self._wait(self._client.async_execute_cell(self._nodes[position], position))
        except CellExecutionError as error:
            traceback = self._traceback(position)
            line = failing_line(traceback, cell.source)
            place = Location(path=self._notebook, cell=cell.index, line=line)
            raise CellFailed(place, error.ename, plain_text(error.evalue), traceback) from None
        except CellTimeoutError:
            raise CellTimedOut(location, self._timeout_seconds or 0) from None
        except DeadKernelError:
            raise self._death(location) from None

    def shown(self, position: int) -> str | None:
        """Return the text that a cell displayed as its result, by its position; ``None`` if it displayed none."""
        results = [output for output in self._nodes[position].outputs if output.output_type == "execute_result"]
        text = results[-1].data.get("text/plain") if results else None
        return text if isinstance(text, str) else None

    def call(self, program: str, function: str, request: Mapping[str, object], *, after: Location) -> None:
        """Call a function of one of our programs (``inside/PROGRAM.py``) inside the kernel, unseen by the notebook.

        Args:
            program: the file's stem.
            function: takes the request as JSON text.
            request: what JSON can say.
            after: where the notebook stands, for ``KernelDied``.
        """
        values = {
            "__name__": "__jupyter_containerize__",
            "NAME": f"_jupyter_containerize_{program}",
            "PATH": str(_INSIDE / f"{program}.py"),
            "FUNCTION": function,
            "REQUEST": json.dumps(request),
        }
        # One expression: it binds no name among the user's, and works where they rebound exec or open.
        code = f"__import__('builtins').exec({_BOOT!r}, {values!r})"
        try:
            reply = self._wait(self._execute_unseen(code))
        except DeadKernelError:
            raise self._death(after) from None
        if reply["status"] != "ok":
            raise CaptureBroken(plain_text("\n".join(reply.get("traceback", ()))) or str(reply["status"]))

    async def _start(self) -> None:
        environ = {**ours_for_kernels(), **self._environ}
        try:
            await self._client.async_start_new_kernel(
                cwd=str(self._folder), env=environ, stdout=self._said, stderr=self._said
            )
            await self._client.async_start_new_kernel_client()
        except (RuntimeError, OSError) as error:
            raise KernelDidNotStart(self._name, self._tail() or str(error)) from error

    async def _execute_unseen(self, code: str) -> dict[str, Any]:
        client = self._client.kc
        # It is there from the start on, and without a timeout a reply always comes.
        assert client is not None  # noqa: S101
        reply = await self._client.async_wait_for_reply(
            client.execute(code, silent=True, store_history=False, allow_stdin=False)
        )
        assert reply is not None  # noqa: S101
        content: dict[str, Any] = reply["content"]
        return content

    async def _stop(self, *, at_once: bool) -> None:
        if await self._kernel.is_alive():
            # Before it is ready, nothing of the notebook has run that could want to end in its own way.
            now = at_once and not self._ready
            if at_once and not now:
                self._kernel.shutdown_wait_time = _FAREWELL_SECONDS
                await self._kernel.interrupt_kernel()
            await self._kernel.shutdown_kernel(now=now)
        else:
            await self._kernel.cleanup_resources()
        if self._client.kc is not None:
            self._client.kc.stop_channels()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(self._step(work), self._loop)
        try:
            while not concurrent.futures.wait([future], timeout=_POLL_SECONDS).done:
                self._cancel.check()
        except BaseException:
            self._left = True
            future.cancel()
            raise
        return future.result()

    async def _step(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await work
        except DeadKernelError:
            if self._left:
                # nbclient takes the end of its own task for the end of the kernel.
                raise asyncio.CancelledError from None
            raise

    def _close(self, *, at_once: bool) -> None:
        try:
            self._await_stop(asyncio.run_coroutine_threadsafe(self._stop(at_once=at_once), self._loop), at_once=at_once)
        finally:
            asyncio.run_coroutine_threadsafe(_end_tasks(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._said.close()

    def _await_stop(self, stopping: concurrent.futures.Future[None], *, at_once: bool) -> None:
        """Wait until the kernel is gone; one that takes its time to end by itself is killed when there is none."""
        while not concurrent.futures.wait([stopping], timeout=_POLL_SECONDS).done:
            if not at_once and is_cancelled(self._cancel):
                at_once = True
                asyncio.run_coroutine_threadsafe(self._kill(), self._loop).result()
        stopping.result()

    async def _kill(self) -> None:
        if self._kernel.provisioner is not None:
            await self._kernel.provisioner.kill()

    def _traceback(self, position: int) -> str:
        outputs = [output for output in self._nodes[position].outputs if output.output_type == "error"]
        return plain_text("\n".join(outputs[-1].traceback)) if outputs else ""

    def _death(self, location: Location) -> KernelDied:
        process = self._kernel.provisioner
        exit_code = None if process is None else self._wait(process.poll())
        return KernelDied(location, self._tail(), exit_code)

    def _tail(self) -> str:
        end = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, end - _TAIL_BYTES))
        lines = plain_text(self._said.read().decode("utf-8", "replace")).splitlines()
        telling = [line for line in lines if line.strip() and not _NOISE.search(line)]
        return "\n".join(telling[-_TAIL_LINES:])


def _node(cell: Cell) -> NotebookNode:
    node: NotebookNode = v4.new_code_cell(cell.source, metadata={"tags": list(cell.tags)})  # type: ignore[no-untyped-call]
    return node


async def _end_tasks() -> None:
    # What nbclient still polls when a cell was left in its middle.
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
