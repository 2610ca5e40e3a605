"""The objects that serving needs: taken from an earlier run, from a run now, or from the kernel that runs already."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from jupyter_containerize.domain.build import CheckMode, Level
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import Analysis, CandidateKind, Cell, Notebook, Slice
from jupyter_containerize.domain.serving import CapturedState, Parity, ParityProof, ServingSpec, StateSource
from jupyter_containerize.kernels import (
    Standby,
    answer_again,
    begin_standby,
    capture_key,
    capture_state,
    remember_run,
    run_state,
    run_surroundings,
    store_state,
    stored_state,
)
from jupyter_containerize.lifecycle.errors import KernelNotNamed
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.parity import proven
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.notebooks import displayed


def obtain_state(
    notebook: Notebook, analysis: Analysis, serving: Slice, environment: KernelEnvironment, job: Job
) -> CapturedState:
    """Return the objects that ``serving`` needs, from where the request says.

    The notebook runs only if something has changed that they depend on: the part of it that makes them, its
    kernel, or the files that it names.
    """
    if serving.entries and serving.entries[0].kind is CandidateKind.JOB:
        return _nothing(serving)
    source = job.request.state or StateSource.RUN
    if source is StateSource.LIVE:
        state = _live(notebook, serving, environment, job)
    else:
        state = replace(_from_run(notebook, analysis, serving, environment, job), source=source)
    return state


def _from_run(
    notebook: Notebook, analysis: Analysis, serving: Slice, environment: KernelEnvironment, job: Job
) -> CapturedState:
    named = {path: job.folder / path for path in (*analysis.files, *(path for _, path in analysis.local_modules))}
    surroundings = run_surroundings(environment, named, dict(job.project.variables), job.watch.cancel)
    cache = job.store.cache / "states"
    standby = Standby(folder=job.store.root / "standby", surroundings=surroundings)
    keys = _Keys(serving, notebook, surroundings, strict=job.request.strict)
    if not job.request.rerun:
        state = _known(keys, serving, environment, job, standby)
        if state is not None:
            return state
    with job.store.scratch() as scratch:
        state = _run(notebook, serving, environment, job, into=scratch)
        # What only the whole gives is good for that whole alone.
        whole = state.parity is not None and state.parity.proof is ParityProof.FELL_BACK
        state = store_state(keys.answers(whole=whole), state, cache)
    remember_run(keys.objects(whole=whole), keys.answers(whole=whole), cache)
    _report(state, job.watch)
    if not whole:
        job.at_end.append(partial(_begin_standby, state, serving, environment, job, standby))
    return state


class _Keys:
    """Under which keys a state is kept: the objects depend on the run alone, the answers on the serving code too."""

    def __init__(self, serving: Slice, notebook: Notebook, surroundings: str, *, strict: bool) -> None:
        self._serving = serving
        self._notebook = notebook
        self._surroundings = f"{surroundings} strict" if strict else surroundings

    def objects(self, *, whole: bool) -> str:
        """Return the key of the objects."""
        return self._key(whole=whole)

    def answers(self, *, whole: bool) -> str:
        """Return the key of the state."""
        return self._key(self._serving.source, whole=whole)

    def _key(self, *more: str, whole: bool) -> str:
        digest = f"whole {self._notebook.digest}" if whole else self._serving.run_digest
        entries = [f"{item.kind} {item.symbol} {item.method} {item.route}" for item in self._serving.entries]
        # The objects' code says from which notebook it is.
        name = Path(self._notebook.path).name
        return capture_key([digest, name, *more, *entries], self._surroundings, symbol=self._serving.symbol)


def _begin_standby(
    state: CapturedState, serving: Slice, environment: KernelEnvironment, job: Job, standby: Standby
) -> None:
    """Leave a process that has loaded the objects, for the next change of the code that answers requests."""
    variables = dict(job.project.variables)
    if begin_standby(
        state, serving=serving, environment=environment, folder=job.folder, standby=standby, variables=variables
    ):
        job.watch.say("A process of the kernel's Python stays for a while, to answer changed code at once")


def _known(
    keys: _Keys, serving: Slice, environment: KernelEnvironment, job: Job, standby: Standby
) -> CapturedState | None:
    cache, watch = job.store.cache / "states", job.watch
    for whole in (False, True):
        state = stored_state(keys.answers(whole=whole), cache, watch.cancel)
        if state is not None and _is_enough(state, job.request.check):
            watch.say("Neither the code that makes the objects, the kernel nor the files have changed: they are known")
            return _placed(state, serving)
    earlier = run_state(keys.objects(whole=False), cache, watch.cancel)
    if earlier is None or not _is_enough(earlier, job.request.check):
        return None
    state = _answered_again(earlier, serving, environment, job, standby)
    if state is None:
        return None
    watch.say("Only code that answers requests has changed: the objects of the last run are still right")
    return _placed(store_state(keys.answers(whole=False), state, cache), serving)


def _is_enough(state: CapturedState, mode: CheckMode) -> bool:
    """Tell whether an earlier run was made sure of as much as is asked for now."""
    proof = state.parity.proof if state.parity is not None else ParityProof.UNCHECKED
    if mode is CheckMode.FULL:
        return proof not in {ParityProof.UNCHECKED, ParityProof.OUTPUT}
    # With a reason somebody looked, and the whole notebook does not run.
    looked = proof is not ParityProof.UNCHECKED or (state.parity is not None and bool(state.parity.reason))
    return mode is CheckMode.SKIP or looked


def _placed(state: CapturedState, serving: Slice) -> CapturedState:
    """Return the state with the objects where the notebook binds them now: cells above may have come or gone."""
    places = dict(serving.bindings)
    return replace(
        state, objects=tuple(replace(item, location=places.get(item.name, item.location)) for item in state.objects)
    )


def _answered_again(
    earlier: CapturedState, serving: Slice, environment: KernelEnvironment, job: Job, standby: Standby
) -> CapturedState | None:
    with job.store.scratch() as scratch:
        return answer_again(
            earlier,
            serving=serving,
            environment=environment,
            folder=job.folder,
            scratch=scratch,
            cancel=job.watch.cancel,
            variables=dict(job.project.variables),
            standby=standby,
        )


def _run(notebook: Notebook, serving: Slice, environment: KernelEnvironment, job: Job, *, into: Path) -> CapturedState:
    watch, request = job.watch, job.request
    runs = sum(statement.training for statement in serving.statements)
    watch.say(
        f"Running {request.notebook.name} in a fresh kernel: {runs} of {len(serving.statements)} statements "
        "make what serving needs"
    )
    for place in serving.installs:
        watch.say(f"{place}: its installation command is left out of the run, which changes no environment")
    job.before_run()
    count = iter(range(2))

    def run(cells: tuple[Cell, ...]) -> CapturedState:
        folder = into / str(next(count))
        folder.mkdir()
        state = capture_state(
            notebook=notebook,
            path=request.notebook,
            serving=serving,
            environment=environment,
            into=folder,
            on_cell=lambda done, total: watch.progress("Running the notebook", done, total),
            cancel=watch.cancel,
            cells=cells,
            strict=request.strict,
            variables=dict(job.project.variables),
        )
        return replace(state, source=request.state or StateSource.RUN)

    return proven(
        run,
        serving=serving,
        mode=request.check,
        shown=displayed(request.notebook),
        forced=bool(request.drop),
        watch=watch,
    )


def _live(notebook: Notebook, serving: Slice, environment: KernelEnvironment, job: Job) -> CapturedState:
    # A client of kernels takes a while to import, and few builds ask a running one.
    from jupyter_containerize.kernels.live import capture_live  # noqa: PLC0415

    if job.request.connection_file is None:
        raise KernelNotNamed
    job.watch.say("Taking the objects from the running kernel")
    with job.store.scratch() as scratch:
        state = capture_live(
            notebook=notebook,
            serving=serving,
            environment=environment,
            connection_file=job.request.connection_file,
            into=scratch,
            cancel=job.watch.cancel,
            strict=job.request.strict,
        )
        # Kept by content and not to be found again: the next build shall see the kernel as it is then.
        contents = [f"{item.name} {item.sha256} {[part.sha256 for part in item.parts]}" for item in state.objects]
        key = capture_key([serving.source, *contents], "live", symbol=serving.symbol)
        state = store_state(key, state, job.store.cache / "states")
    _report(state, job.watch)
    return state


def _nothing(serving: Slice) -> CapturedState:
    entry = serving.entries[0]
    spec = ServingSpec(symbol=entry.symbol, doc="", inputs={}, output={}, example=None, kind=entry.kind)
    parity = Parity(proof=ParityProof.WHOLE)
    return CapturedState(objects=(), cloudpickle_version="", spec=spec, source=StateSource.STARTUP, parity=parity)


_PROOFS = {
    ParityProof.WHOLE: "All of the notebook ran",
    ParityProof.OUTPUT: "Checked: the answer is the one that the notebook shows",
    ParityProof.BYTES: "Checked: the whole notebook leaves the same objects, byte for byte",
    ParityProof.ANSWERS: "Checked: the whole notebook gives the same answers",
}


def _report(state: CapturedState, watch: Watch) -> None:
    ran = "Took the objects" if state.source is StateSource.LIVE else "The notebook ran"
    watch.say(f"{ran} in {state.seconds:.1f} s")
    for item in state.objects:
        formats = ", ".join(dict.fromkeys((item.format, *(part.format for part in item.parts))))
        watch.say(f"Captured {item.name}: {item.type_name}, {item.total_bytes:,} bytes ({formats})")
    if state.parity is not None and state.parity.proof in _PROOFS:
        watch.say(_PROOFS[state.parity.proof])
    if state.baseline is not None:
        watch.say(f"Requests will be compared with {state.baseline['rows']:,} rows of {state.baseline['data']}")
    for finding in state.findings:
        watch.say(f"{finding.location}: {finding.message}. {finding.hint}", Level.WARNING)
    if state.spec.example is None and not state.findings:
        watch.say(
            f"The notebook never shows an answer of {state.spec.symbol}(...): add a cell that calls it, "
            "and the image will be tested with that call",
            Level.WARNING,
        )
