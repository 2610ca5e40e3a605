"""The notebook's state: taken from an earlier run of the same notebook, or from a run now."""

from __future__ import annotations

from pathlib import Path

from jupyter_containerize.domain.build import Level
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import Analysis, Notebook, Slice
from jupyter_containerize.domain.serving import CapturedState
from jupyter_containerize.kernels import (
    answer_again,
    capture_key,
    capture_state,
    remember_run,
    run_state,
    run_surroundings,
    store_state,
    stored_state,
)
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.watch import Watch


def obtain_state(
    notebook: Notebook, analysis: Analysis, serving: Slice, environment: KernelEnvironment, job: Job
) -> CapturedState:
    """Return the objects that ``serving`` needs, running the notebook unless what they depend on is unchanged."""
    named = {path: job.folder / path for path in (*analysis.files, *(path for _, path in analysis.local_modules))}
    # The objects depend on the run alone; the answers, and so the whole state, on the serving code as well.
    surroundings = run_surroundings(environment, named)
    run_key = capture_key([serving.run_digest], surroundings, symbol=serving.symbol)
    key = capture_key([serving.run_digest, serving.source], surroundings, symbol=serving.symbol)
    cache = job.store.cache / "states"
    if not job.request.rerun:
        state = stored_state(key, cache)
        if state is not None:
            job.watch.say("Neither the code, the kernel nor the files that it names have changed: the state is known")
            return state
        earlier = run_state(run_key, cache)
        state = None if earlier is None else _answered_again(earlier, serving, environment, job)
        if state is not None:
            job.watch.say("Only code that answers requests has changed: the objects of the last run are still right")
            return store_state(key, state, cache)
    with job.store.scratch() as scratch:
        state = store_state(key, _run(notebook, serving, environment, job, into=scratch), cache)
    remember_run(run_key, key, cache)
    _report(state, job.watch)
    return state


def _answered_again(
    earlier: CapturedState, serving: Slice, environment: KernelEnvironment, job: Job
) -> CapturedState | None:
    with job.store.scratch() as scratch:
        return answer_again(
            earlier,
            serving=serving,
            environment=environment,
            folder=job.folder,
            scratch=scratch,
            cancel=job.watch.cancel,
        )


def _run(notebook: Notebook, serving: Slice, environment: KernelEnvironment, job: Job, *, into: Path) -> CapturedState:
    job.watch.say(f"Running {job.request.notebook.name} in a fresh kernel")
    return capture_state(
        notebook=notebook,
        path=job.request.notebook,
        serving=serving,
        environment=environment,
        into=into,
        on_cell=lambda done, total: job.watch.progress("Running the notebook", done, total),
        cancel=job.watch.cancel,
    )


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
