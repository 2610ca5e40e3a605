"""detect: everything decided, no layer made."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from jupyter_containerize import analysis as analyzing
from jupyter_containerize.buildpacks.model_server import ModelServerBuildpack
from jupyter_containerize.buildpacks.notebook_app import NotebookAppBuildpack
from jupyter_containerize.buildpacks.protocol import APP, BuildInputs, Buildpack, LocalFile
from jupyter_containerize.buildpacks.wheels import WheelsBuildpack
from jupyter_containerize.domain.build import BuildRequest, Level
from jupyter_containerize.domain.environment import KernelEnvironment, LockedEnvironment, Requirement
from jupyter_containerize.domain.image import ImageConfig, LayerPlan, Reference, Tag
from jupyter_containerize.domain.notebook import Finding, Notebook, Severity, Slice
from jupyter_containerize.domain.serving import CapturedState, ParityProof, StateSource
from jupyter_containerize.kernels import inspect_kernel
from jupyter_containerize.lifecycle.base import choose_base
from jupyter_containerize.lifecycle.errors import SliceUnusable
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import ChosenBase, Plan
from jupyter_containerize.lifecycle.slicing import choose_part
from jupyter_containerize.lifecycle.state import obtain_state
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.notebooks import read_metadata, read_notebook, require_python
from jupyter_containerize.oci.layer import LAYER_FORMAT
from jupyter_containerize.publishing import parse_destination
from jupyter_containerize.resolution import PackageIndex, lock, required
from jupyter_containerize.runtime.requirements import REQUIREMENTS as RUNTIME_REQUIREMENTS

_LABEL = "io.jupyter-containerize"


def detect(job: Job) -> Plan:
    """Read the notebook, obtain its state, lock what it needs, and plan every layer."""
    request, watch = job.request, job.watch
    destination = parse_destination(request.destination)
    reference = _reference(request)
    notebook = read_notebook(_as_named(request.notebook))
    require_python(notebook)
    analysis = analyzing.analyze(notebook, root=job.folder)
    chosen = choose_part(notebook, analysis, request, metadata=read_metadata(request.notebook))
    # From here on with what the notebook says of itself.
    job = replace(job, request=chosen.request)
    request, serving = chosen.request, chosen.part
    for entry in chosen.entries:
        watch.say(f"Serving {entry.symbol} of {entry.location}: {'; '.join(entry.reasons)}")
    _report(dict.fromkeys((*analysis.findings, *chosen.findings)), watch)
    broken = tuple(finding for finding in serving.findings if finding.severity is Severity.ERROR)
    if broken:
        raise SliceUnusable(serving.symbol, broken)
    # Before the notebook runs, which may take an hour: a destination that refuses is known in a second.
    destination.check()
    for variable in serving.variables:
        need = "needs" if variable.required else "reads"
        watch.say(f"The image {need} the environment variable {variable.name} ({variable.location})")
    environment = inspect_kernel(
        request.kernel or notebook.kernel, cache=job.store.cache / "kernels", folder=job.folder
    )
    watch.say(f"Kernel {environment.kernel}: Python {environment.python_version}")
    with ThreadPoolExecutor(1, thread_name_prefix="base") as beside:
        # The base depends on the kernel alone; asking the archive need not wait for the notebook.
        choosing = beside.submit(choose_base, environment, job)
        state = obtain_state(chosen.notebook, analysis, serving, environment, job)
        if _needs_all_at_start(state):
            watch.say("All of the notebook will run whenever a container starts", Level.WARNING)
            everything = tuple(cell.index for cell in notebook.code_cells if cell.index not in request.drop)
            kept = replace(request, keep=everything)
            chosen = choose_part(notebook, analysis, kept, metadata=read_metadata(request.notebook))
            serving = chosen.part
            state = obtain_state(chosen.notebook, analysis, serving, environment, job)
        base = choosing.result()
    loaded = [module for item in state.objects for module in item.modules]
    files = _local_files(analyzing.local_files(analysis, serving, root=job.folder, modules=loaded), job.folder)
    requirements = required(
        serving=serving,
        state=state,
        environment=environment,
        local_modules=[name for name, _ in analysis.local_modules],
    )
    watch.say(f"Needs {', '.join(map(str, requirements)) or 'nothing but Python'}")
    locked = _lock(requirements, state, environment, base, job)
    inputs = BuildInputs(
        python=base.python,
        environment=locked,
        serving=serving,
        state=state,
        labels=_labels(notebook, environment, serving),
        files=files,
    )
    buildpacks: tuple[Buildpack, ...] = (
        *base.buildpacks,
        WheelsBuildpack(),
        ModelServerBuildpack(),
        NotebookAppBuildpack(),
    )
    layers, config = _contributions(buildpacks, inputs, base)
    return Plan(
        reference=reference,
        destination=destination,
        inputs=inputs,
        layers=layers,
        config=config,
        buildpacks={buildpack.id: buildpack for buildpack in buildpacks},
        base_layers=base.layers,
    )


def _needs_all_at_start(state: CapturedState) -> bool:
    """Tell whether what was to run at start gives other answers than the whole notebook."""
    fell_back = state.parity is not None and state.parity.proof is ParityProof.FELL_BACK
    return fell_back and state.source is StateSource.STARTUP


def default_reference(notebook: str) -> Reference:
    """Return the image name made from a notebook's file name: ``My Model.ipynb`` gives ``my-model:latest``."""
    stem = Path(notebook).stem.lower()
    repository = re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "notebook"
    return Reference(repository=repository, tag=Tag("latest"))


def _as_named(path: Path) -> Path:
    """Return the path as a person here would write it, for messages."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path


def _reference(request: BuildRequest) -> Reference:
    return Reference.parse(request.tag) if request.tag else default_reference(request.notebook.name)


def _report(findings: Iterable[Finding], watch: Watch) -> None:
    for finding in findings:
        if finding.severity is Severity.INFO:
            continue
        where = "" if finding.location is None else f"{finding.location}: "
        watch.say(f"{where}{finding.message}", Level.WARNING)


def _local_files(paths: Iterable[tuple[str, str]], folder: Path) -> tuple[LocalFile, ...]:
    files = []
    for path, found in sorted(paths):
        source = folder / found
        with source.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        files.append(LocalFile(path=path, source=source, sha256=digest, size_bytes=source.stat().st_size))
    return tuple(files)


def _lock(
    requirements: tuple[Requirement, ...],
    state: CapturedState,
    environment: KernelEnvironment,
    base: ChosenBase,
    job: Job,
) -> LockedEnvironment:
    packages = lock(
        requirements,
        environment=environment,
        runtime_requirements=_runtime_requirements(state),
        python_minor=environment.python_minor,
        platform=base.platform,
        index=PackageIndex.from_environment(),
        cache=job.store.cache / "locks",
        cancel=job.watch.cancel,
    )
    job.watch.say(f"Locked {len(packages)} distributions")
    return LockedEnvironment(
        python_minor=environment.python_minor,
        platform=base.platform,
        packages=packages,
        system_packages=base.system_packages,
    )


def _runtime_requirements(state: CapturedState) -> tuple[str, ...]:
    # What wrote the pickles must read them.
    return (
        (*RUNTIME_REQUIREMENTS, f"cloudpickle=={state.cloudpickle_version}") if state.objects else RUNTIME_REQUIREMENTS
    )


def _labels(notebook: Notebook, environment: KernelEnvironment, serving: Slice) -> dict[str, str]:
    name = Path(notebook.path).name
    settings = {f"{_LABEL}.variables": " ".join(item.name for item in serving.variables)} if serving.variables else {}
    return settings | {
        "org.opencontainers.image.title": Path(name).stem,
        f"{_LABEL}.notebook": name,
        f"{_LABEL}.notebook-digest": f"sha256:{notebook.digest}",
        f"{_LABEL}.kernel-python": environment.python_version,
        f"{_LABEL}.layer-format": str(LAYER_FORMAT),
    }


def _contributions(
    buildpacks: Iterable[Buildpack], inputs: BuildInputs, base: ChosenBase
) -> tuple[tuple[LayerPlan, ...], ImageConfig]:
    layers: list[LayerPlan] = []
    env: dict[str, str] = dict(base.env)
    entrypoint: tuple[str, ...] = ()
    ports: set[int] = set()
    for buildpack in buildpacks:
        contribution = buildpack.detect(inputs)
        if contribution is None:
            continue
        layers += contribution.layers
        env |= contribution.env
        entrypoint = contribution.entrypoint or entrypoint
        ports |= set(contribution.ports)
    config = ImageConfig(
        entrypoint=entrypoint,
        env=env,
        labels=dict(inputs.labels),
        working_dir=f"/{APP}",
        ports=tuple(sorted(ports)),
    )
    return tuple(layers), config
