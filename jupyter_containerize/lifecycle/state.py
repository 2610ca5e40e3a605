"""The notebook's state: taken from an earlier run of the same notebook, or from a run now."""

from __future__ import annotations

import time
from pathlib import Path

from jupyter_containerize.domain.build import BuildRequest, Level
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import Analysis, Notebook, Slice
from jupyter_containerize.domain.serving import CapturedState
from jupyter_containerize.kernels import capture_key, capture_state, store_state, stored_state
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.publishing import LocalStore


def obtain_state(
    request: BuildRequest,
    notebook: Notebook,
    analysis: Analysis,
    serving: Slice,
    environment: KernelEnvironment,
    store: LocalStore,
    watch: Watch,
) -> CapturedState:
    """Return the objects that ``serving`` needs, running the notebook unless nothing has changed."""
    folder = request.notebook.resolve().parent
    named = {path: folder / path for path in (*analysis.files, *(path for _, path in analysis.local_modules))}
    key = capture_key(notebook, environment, named, symbol=serving.symbol)
    cache = store.cache / "states"
    state = None if request.rerun else stored_state(key, cache)
    if state is not None:
        watch.say("Neither the notebook's code, its kernel nor the files it names have changed: its state is known")
        return state
    return _run(request.notebook, notebook, serving, environment, store, watch, cache, key)


def _run(  # noqa: PLR0917  # all of it is needed to run and to keep
    path: Path,
    notebook: Notebook,
    serving: Slice,
    environment: KernelEnvironment,
    store: LocalStore,
    watch: Watch,
    cache: Path,
    key: str,
) -> CapturedState:
    watch.say(f"Running {path.name} in a fresh kernel")
    start = time.perf_counter()
    with store.scratch() as scratch:
        state = capture_state(
            notebook=notebook,
            path=path,
            serving=serving,
            environment=environment,
            into=scratch,
            on_cell=lambda done, total: watch.progress("Running the notebook", done, total),
            cancel=watch.cancel,
        )
        state = store_state(key, state, cache)
    watch.say(f"The notebook ran in {time.perf_counter() - start:.1f} s")
    for item in state.objects:
        watch.say(f"Captured {item.name}: {item.type_name}, {item.size_bytes:,} bytes")
    if state.spec.example is None:
        watch.say(
            f"The notebook never shows an answer of {serving.symbol}(...): add a cell that calls it, "
            "and the image will be tested with that call",
            Level.WARNING,
        )
    return state
