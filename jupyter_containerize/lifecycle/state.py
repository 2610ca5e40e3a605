"""The notebook's state: taken from an earlier run of the same notebook, or from a run now."""

from __future__ import annotations

from jupyter_containerize.domain.build import Level
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import Analysis, Notebook, Slice
from jupyter_containerize.domain.serving import CapturedState
from jupyter_containerize.kernels import capture_key, capture_state, store_state, stored_state
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.watch import Watch


def obtain_state(
    notebook: Notebook, analysis: Analysis, serving: Slice, environment: KernelEnvironment, job: Job
) -> CapturedState:
    """Return the objects that ``serving`` needs, running the notebook unless nothing has changed."""
    named = {path: job.folder / path for path in (*analysis.files, *(path for _, path in analysis.local_modules))}
    key = capture_key(notebook, environment, named, symbol=serving.symbol)
    cache = job.store.cache / "states"
    state = None if job.request.rerun else stored_state(key, cache)
    if state is not None:
        job.watch.say("Neither the notebook's code, its kernel nor the files it names have changed: its state is known")
        return state
    watch = job.watch
    watch.say(f"Running {job.request.notebook.name} in a fresh kernel")
    with job.store.scratch() as scratch:
        state = capture_state(
            notebook=notebook,
            path=job.request.notebook,
            serving=serving,
            environment=environment,
            into=scratch,
            on_cell=lambda done, total: watch.progress("Running the notebook", done, total),
            cancel=watch.cancel,
        )
        state = store_state(key, state, cache)
    _report(state, watch)
    return state


def _report(state: CapturedState, watch: Watch) -> None:
    watch.say(f"The notebook ran in {state.seconds:.1f} s")
    for item in state.objects:
        watch.say(f"Captured {item.name}: {item.type_name}, {item.size_bytes:,} bytes")
    for finding in state.findings:
        watch.say(f"{finding.location}: {finding.message}. {finding.hint}", Level.WARNING)
    if state.spec.example is None and not state.findings:
        watch.say(
            f"The notebook never shows an answer of {state.spec.symbol}(...): add a cell that calls it, "
            "and the image will be tested with that call",
            Level.WARNING,
        )
