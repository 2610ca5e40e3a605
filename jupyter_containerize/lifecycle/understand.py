"""What is served and what it needs: read first, and then made sure of by running the notebook's part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from jupyter_containerize import analysis as analyzing
from jupyter_containerize.buildpacks.protocol import LocalFile
from jupyter_containerize.domain.build import Level
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import Analysis, Finding, Notebook, Severity
from jupyter_containerize.domain.serving import CapturedState, ParityProof, StateSource
from jupyter_containerize.kernels import inspect_kernel
from jupyter_containerize.lifecycle.declaring import in_cells
from jupyter_containerize.lifecycle.errors import SliceUnusable
from jupyter_containerize.lifecycle.installing import installing
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.joining import declared
from jupyter_containerize.lifecycle.naming import default_reference
from jupyter_containerize.lifecycle.plan import Understood
from jupyter_containerize.lifecycle.slicing import ChosenPart, choose_part
from jupyter_containerize.lifecycle.state import obtain_state
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.notebooks import read_metadata, read_notebook, require_python
from jupyter_containerize.resolution import asked_otherwise
from jupyter_containerize.transport.sealing import sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What can be known without running anything."""

    notebook: Notebook
    analysis: Analysis
    chosen: ChosenPart
    environment: KernelEnvironment


def read(job: Job) -> Asked:
    """Read the notebook, choose what serves, and ask the kernel's environment what it has.

    Raises:
        SliceUnusable: what serves cannot be in an image.
    """
    request, watch = job.request, job.watch
    notebook = read_notebook(_as_named(request.notebook))
    require_python(notebook)
    analysis = analyzing.analyze(notebook, root=job.folder)
    chosen = choose_part(notebook, analysis, request, metadata=read_metadata(request.notebook))
    for entry in chosen.entries:
        watch.say(f"Serving {entry.symbol} of {entry.location}: {'; '.join(entry.reasons)}")
    _report(dict.fromkeys((*analysis.findings, *chosen.findings)), watch)
    serving = chosen.part
    broken = tuple(finding for finding in serving.findings if finding.severity is Severity.ERROR)
    if broken:
        raise SliceUnusable(serving.symbol, broken)
    for variable in serving.variables:
        need = "needs" if variable.required else "reads"
        watch.say(f"The image {need} the environment variable {variable.name} ({variable.location})")
    environment = inspect_kernel(
        request.kernel or notebook.kernel,
        cache=job.store.cache / "kernels",
        folder=job.folder,
        cancel=watch.cancel,
    )
    watch.say(f"Kernel {environment.kernel}: Python {environment.python_version}")
    return Asked(notebook=notebook, analysis=analysis, chosen=chosen, environment=environment)


def understand(asked: Asked, job: Job) -> Understood:
    """Obtain the state, and with it all that the image must have."""
    # From here on with what the notebook says of itself.
    job = replace(job, request=asked.chosen.request)
    chosen, state = _state(asked, job)
    serving, analysis = chosen.part, asked.analysis
    loaded = [module for item in state.objects for module in item.modules]
    files = dict(analyzing.local_files(analysis, serving, root=job.folder, modules=loaded))
    needed = (*serving.files, *(path for _, path in analysis.local_modules))
    kept, missed = job.project.kept(files, needed=needed)
    _report(missed, job.watch)
    pickled_by = state.cloudpickle_version if state.objects else ""
    found = installing(
        serving,
        state,
        asked.environment,
        local_modules=[name for name, _ in analysis.local_modules],
        edits=chosen.edits,
        pickled_by=pickled_by,
        extras=job.request.extras,
    )
    told = (*found.findings, *asked_otherwise(in_cells(asked.notebook, analysis), found.edits, asked.environment))
    job.watch.say(f"Needs {', '.join(map(str, found.requirements)) or 'nothing but Python'}")
    return Understood(
        request=job.request,
        notebook=asked.notebook,
        serving=serving,
        state=state,
        environment=asked.environment,
        requirements=found.requirements,
        needed=found.needed,
        name=default_reference(job.request.notebook.name).repository,
        pickled_by=pickled_by,
        files=_local_files([(path, files[path]) for path in kept], job),
        edits=found.edits,
        findings=tuple(finding for finding in told if finding.severity is not Severity.INFO),
        notebook_digest=asked.chosen.digest,
    )


def _state(asked: Asked, job: Job) -> tuple[ChosenPart, CapturedState]:
    """Return what serves with its state; all of the notebook where only that answers alike."""
    chosen, request = asked.chosen, job.request
    state = declared(obtain_state(chosen.notebook, asked.analysis, chosen.part, asked.environment, job), request.batch)
    if not _needs_all_at_start(state):
        return chosen, state
    job.watch.say("All of the notebook will run whenever a container starts", Level.WARNING)
    everything = tuple(cell.index for cell in asked.notebook.code_cells if cell.index not in request.drop)
    kept = replace(request, keep=everything)
    chosen = choose_part(asked.notebook, asked.analysis, kept, metadata=read_metadata(request.notebook))
    state = obtain_state(chosen.notebook, asked.analysis, chosen.part, asked.environment, job)
    return chosen, declared(state, request.batch)


def _needs_all_at_start(state: CapturedState) -> bool:
    """Tell whether what was to run at start gives other answers than the whole notebook."""
    fell_back = state.parity is not None and state.parity.proof is ParityProof.FELL_BACK
    return fell_back and state.source is StateSource.STARTUP


def _as_named(path: Path) -> Path:
    """Return the path as a person here would write it, for messages."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        # The folder that this process stands in was removed; what is not there either is told by whoever reads it.
        return path
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path


def _report(findings: Iterable[Finding], watch: Watch) -> None:
    for finding in findings:
        if finding.severity is Severity.INFO:
            continue
        where = "" if finding.location is None else f"{finding.location}: "
        watch.say(f"{where}{finding.message}", Level.WARNING)


def _local_files(paths: Iterable[tuple[str, str]], job: Job) -> tuple[LocalFile, ...]:
    files = []
    for path, found in sorted(paths):
        source = job.folder / found
        digest = sha256_of(source, check=job.watch.cancel.check)
        files.append(LocalFile(path=path, source=source, sha256=digest, size_bytes=source.stat().st_size))
    return tuple(files)
