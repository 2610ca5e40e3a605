"""detect: everything decided, no layer made."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from jupyter_containerize._version import __version__
from jupyter_containerize.buildpacks.cnb import CnbBuildpack
from jupyter_containerize.buildpacks.discovery import chosen, discover
from jupyter_containerize.buildpacks.placing import stacked
from jupyter_containerize.buildpacks.protocol import APP, BuildInputs, Buildpack
from jupyter_containerize.buildpacks.system_packages import SystemPackagesBuildpack
from jupyter_containerize.domain.build import Level
from jupyter_containerize.domain.environment import LockedEnvironment
from jupyter_containerize.domain.image import ImageConfig, LayerOptions, LayerPlan
from jupyter_containerize.domain.notebook import Slice
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.domain.serving import CapturedState, ServingSpec
from jupyter_containerize.lifecycle.ahead import Ahead, guessed
from jupyter_containerize.lifecycle.base import choose_base
from jupyter_containerize.lifecycle.beside import key_of
from jupyter_containerize.lifecycle.further import find_further
from jupyter_containerize.lifecycle.inventory import sbom_of
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.naming import reference_of
from jupyter_containerize.lifecycle.plan import ChosenBase, Plan, TargetPlan, Understood
from jupyter_containerize.lifecycle.understand import Asked, read, understand
from jupyter_containerize.oci.layer import layer_format
from jupyter_containerize.publishing import RegistryDestination, parse_destination
from jupyter_containerize.resolution import PackageIndex, edited_requirements, edits_on, lock, lock_vendored
from jupyter_containerize.runtime.requirements import VENDORED, needs

_LABEL = "io.jupyter-containerize"


def detect(job: Job, ahead: Ahead | None = None) -> Plan:
    """Read the notebook, obtain its state, lock what it needs, and plan every layer.

    ``ahead`` may begin to make layers when the notebook has to run.
    """
    request = job.request
    destination = parse_destination(request.destination)
    reference = reference_of(request)
    platforms = request.platforms or (Platform.here(),)
    key = key_of(request, job.watch, goes_to_registry=isinstance(destination, RegistryDestination))
    asked = read(job)
    # Before the notebook runs, which may take an hour: a destination that refuses is known in a second.
    destination.check()
    with ThreadPoolExecutor(len(platforms), thread_name_prefix="base") as beside:
        # A base depends on the kernel alone; asking the archive need not wait for the notebook.
        choosing = [beside.submit(choose_base, asked.environment, platform, job) for platform in platforms]

        begin = job.before_run if ahead is None else partial(_begin, ahead, asked, choosing[0], platforms[0])
        understood = understand(asked, replace(job, before_run=begin))
        bases = [chosen.result() for chosen in choosing]
    return Plan(
        reference=reference,
        destination=destination,
        understood=understood,
        targets=tuple(
            plan_target(understood, platform, base, job) for platform, base in zip(platforms, bases, strict=True)
        ),
        key=key,
    )


def _begin(ahead: Ahead, asked: Asked, choosing: Future[ChosenBase], platform: Platform) -> None:
    """Let layers be made that the image for a platform will surely have: the base first, then all but the state."""
    job = replace(ahead.quiet, request=asked.chosen.request)

    def base_alone() -> TargetPlan:
        return plan_base(choosing.result(), platform, job.request.layers, asked.environment.python_minor)

    def all_but_state() -> TargetPlan:
        return plan_target(guessed(asked, job), platform, choosing.result(), job)

    ahead.begin((base_alone, all_but_state))


def plan_target(understood: Understood, platform: Platform, base: ChosenBase, job: Job) -> TargetPlan:
    """Lock what the image for one platform installs, and decide its layers."""
    locked = _lock(understood, base, platform, job)
    further = find_further(locked.packages, base, serving=understood.serving, platform=platform, job=job)
    inputs = BuildInputs(
        python=base.python,
        environment=replace(locked, system_packages=(*locked.system_packages, *further)),
        serving=understood.serving,
        state=understood.state,
        labels=_labels(understood),
        files=understood.files,
        platform=platform,
        options=understood.request.layers,
        extras=understood.request.extras,
        python_version=(base.compiler or base).python_version,
    )
    asked, findings = chosen(discover(), group=job.project.group, pre=job.project.pre, post=job.project.post)
    for finding in findings:
        job.watch.say(f"{finding.message}. {finding.hint}", Level.WARNING)
    labels = CnbBuildpack(__version__, sbom_of(understood, base, understood.name))
    buildpacks: tuple[Buildpack, ...] = (*base.buildpacks, *asked, labels)
    layers, config = _contributions(buildpacks, inputs, base, in_order=job.project.group is not None)
    return TargetPlan(
        platform=platform,
        base=base,
        inputs=inputs,
        layers=layers,
        config=config,
        buildpacks={buildpack.id: buildpack for buildpack in buildpacks},
        tool=None if base.compiler is None else _tool(base.compiler, understood),
    )


def _tool(compiler: ChosenBase, understood: Understood) -> TargetPlan:
    return plan_base(compiler, Platform.here(), understood.request.layers, understood.environment.python_minor)


def plan_base(base: ChosenBase, platform: Platform, options: LayerOptions, python_minor: str) -> TargetPlan:
    """Decide the layers of a base alone, for a Python of that minor version."""
    inputs = BuildInputs(
        python=base.python,
        environment=LockedEnvironment(
            python_minor=python_minor,
            platform=base.wheel_platform,
            packages=(),
            system_packages=base.system_packages,
        ),
        serving=Slice(symbol="", source="", live_in=(), imports=(), cells=(), example=None),
        state=CapturedState(
            objects=(),
            cloudpickle_version="",
            spec=ServingSpec(symbol="", doc="", inputs={}, output={}, example=None),
        ),
        labels={},
        platform=platform,
        options=options,
    )
    buildpacks = (*base.buildpacks, SystemPackagesBuildpack())
    layers, config = _contributions(buildpacks, inputs, base)
    return TargetPlan(
        platform=platform,
        base=base,
        inputs=inputs,
        layers=layers,
        config=config,
        buildpacks={buildpack.id: buildpack for buildpack in buildpacks},
    )


def _lock(understood: Understood, base: ChosenBase, platform: Platform, job: Job) -> LockedEnvironment:
    environment = understood.environment
    edits = edits_on(platform.machine, understood.edits, environment)
    index, cache = PackageIndex.from_environment(), job.store.cache / "locks"
    packages = lock(
        edited_requirements(understood.needed, edits, environment),
        environment=environment,
        runtime_requirements=needs(pickled_by=understood.pickled_by, extras=understood.request.extras),
        python_minor=environment.python_minor,
        platform=base.wheel_platform,
        index=index,
        cache=cache,
        cancel=job.watch.cancel,
        edits=edits,
        at_hand=lambda sha256: job.store.download_path(sha256).exists(),
    )
    job.watch.say(f"Locked {len(packages)} distributions")
    job.watch.cancel.check()
    own = lock_vendored(
        VENDORED, python_minor=environment.python_minor, platform=base.wheel_platform, index=index, cache=cache
    )
    return LockedEnvironment(
        python_minor=environment.python_minor,
        platform=base.wheel_platform,
        packages=packages,
        system_packages=base.system_packages,
        vendored=own,
    )


def _labels(understood: Understood) -> dict[str, str]:
    notebook, serving = understood.notebook, understood.serving
    name = Path(notebook.path).name
    settings = {f"{_LABEL}.variables": " ".join(item.name for item in serving.variables)} if serving.variables else {}
    return settings | {
        "org.opencontainers.image.title": Path(name).stem,
        f"{_LABEL}.notebook": name,
        f"{_LABEL}.notebook-digest": f"sha256:{understood.notebook_digest or notebook.digest}",
        f"{_LABEL}.kernel-python": understood.environment.python_version,
        f"{_LABEL}.layer-format": layer_format(understood.request.layers.compression),
    }


def _contributions(
    buildpacks: Iterable[Buildpack], inputs: BuildInputs, base: ChosenBase, *, in_order: bool = False
) -> tuple[tuple[LayerPlan, ...], ImageConfig]:
    contributions = [
        (buildpack, contribution) for buildpack in buildpacks if (contribution := buildpack.detect(inputs)) is not None
    ]
    # In the configuration, which a change of any cell changes in any case, and in no layer.
    digest = inputs.labels.get(f"{_LABEL}.notebook-digest", "")
    env = {**base.env, **({"JUPYTER_CONTAINERIZE_NOTEBOOK_DIGEST": digest} if digest else {})}
    entrypoint: tuple[str, ...] = ()
    ports: set[int] = set()
    for _, contribution in contributions:
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
    return stacked(contributions, in_order=in_order), config
