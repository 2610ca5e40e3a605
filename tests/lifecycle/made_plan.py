"""Plans made by hand, and a store that has some of their layers."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from jupyter_containerize.buildpacks.protocol import BuildInputs, LocalFile
from jupyter_containerize.domain.build import BuildRequest, CancelToken
from jupyter_containerize.domain.environment import (
    Distribution,
    Evidence,
    KernelEnvironment,
    LockedEnvironment,
    LockedPackage,
    Requirement,
    SystemPackage,
)
from jupyter_containerize.domain.image import (
    Download,
    EntryKind,
    ImageConfig,
    Layer,
    LayerEntry,
    LayerPlan,
    LayerRole,
    Reference,
)
from jupyter_containerize.domain.notebook import Location, Slice
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.domain.serving import CapturedObject, CapturedState, ServingSpec
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import ChosenBase, Plan, Restored, TargetPlan, Understood
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.publishing import LocalStore, parse_destination
from tests.notebooks.made import notebook_of

AMD64 = Platform(architecture="amd64")


def key_of(text: str) -> str:
    """Return a sha256 hex of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def wheel_layer(name: str, version: str, *, size_bytes: int = 1000, layer_format: str = "2") -> LayerPlan:
    """Return the layer of one wheel."""
    filename = f"{name}-{version}-py3-none-any.whl"
    inputs = {"layer format": layer_format, "python": "3.11", name: f"{filename} {key_of(filename)}"}
    return LayerPlan(
        role=LayerRole.DEPENDENCIES,
        title=f"{name} {version}",
        buildpack="wheels",
        cache_key=key_of(repr(sorted(inputs.items()))),
        size_bytes=size_bytes,
        sources=(name,),
        slot=f"wheels/{name}",
        inputs=inputs,
        downloads=(Download(url=f"https://x/{filename}", sha256=key_of(filename), size_bytes=size_bytes),),
    )


def layer_of(inputs: Mapping[str, str], *, slot: str = "app/code") -> LayerPlan:
    """Return a layer with these inputs."""
    return LayerPlan(
        role=LayerRole.CODE,
        title="Serving code",
        buildpack="notebook_app",
        cache_key=key_of(repr(sorted(inputs.items()))),
        size_bytes=10,
        sources=("serving.py",),
        slot=slot,
        inputs=inputs,
    )


def package(name: str, version: str = "1.0", size_bytes: int | None = 1000) -> LockedPackage:
    """Return a wheel of a lock."""
    filename = f"{name}-{version}-py3-none-any.whl"
    return LockedPackage(
        name=name,
        version=version,
        filename=filename,
        url=f"https://x/{filename}",
        sha256="0" * 64,
        size_bytes=size_bytes,
    )


def distribution(name: str, *requires: str) -> Distribution:
    """Return what a kernel has."""
    return Distribution(name=name, version="1.0", import_names=(name,), requires=requires)


def asked_for(name: str, cell: int) -> Requirement:
    """Return what a cell needs."""
    place = Location(path="made.ipynb", cell=cell, line=1)
    return Requirement(
        distribution=name,
        specifier="",
        import_names=(name,),
        evidence=(Evidence(rule="import", detail=name, location=place),),
    )


def captured(name: str, type_name: str, size_bytes: int = 10, modules: tuple[str, ...] = ()) -> CapturedObject:
    """Return an object; its file is nowhere."""
    return CapturedObject(
        name=name,
        type_name=type_name,
        format="cloudpickle-5",
        sha256="0" * 64,
        size_bytes=size_bytes,
        payload=Path("nowhere"),
        modules=modules,
        location=Location(path="made.ipynb", cell=2, line=1),
    )


def local_file(path: str, size_bytes: int = 10) -> LocalFile:
    """Return a file beside the notebook; it is nowhere."""
    return LocalFile(path=path, source=Path("nowhere"), sha256="0" * 64, size_bytes=size_bytes)


def made_plan(
    *layers: LayerPlan,
    packages: Iterable[LockedPackage] = (),
    system_packages: Iterable[SystemPackage] = (),
    distributions: Iterable[Distribution] = (),
    requirements: Iterable[Requirement] = (),
    objects: Iterable[CapturedObject] = (),
    files: Iterable[LocalFile] = (),
    named: tuple[str, ...] = (),
    sources: tuple[str, ...] = ("import sklearn",),
    reference: str = "made:latest",
    platforms: tuple[Platform, ...] = (AMD64,),
    destination: str = "",
) -> Plan:
    """Return the plan of a notebook with these cells, whose serving code names the files ``named``."""
    serving = Slice(symbol="predict", source="", live_in=(), imports=(), cells=(1,), example=None, files=named)
    spec = ServingSpec(symbol="predict", doc="", inputs={}, output={}, example=None)
    state = CapturedState(objects=tuple(objects), cloudpickle_version="3", spec=spec)
    understood = Understood(
        request=BuildRequest(notebook=Path("made.ipynb"), destination=destination),
        notebook=notebook_of(*sources),
        serving=serving,
        state=state,
        environment=KernelEnvironment(
            kernel="python3",
            executable="python3",
            python_version="3.11.7",
            implementation="cpython",
            platform="linux-x86_64",
            distributions=tuple(distributions),
            stdlib=frozenset(),
        ),
        requirements=tuple(requirements),
        name="made",
        files=tuple(files),
    )
    environment = LockedEnvironment(
        python_minor="3.11",
        platform="x86_64-manylinux_2_36",
        packages=tuple(packages),
        system_packages=tuple(system_packages),
    )
    targets = []
    for platform in platforms:
        inputs = BuildInputs(
            python="/usr/bin/python3.11", environment=environment, serving=serving, state=state, labels={}
        )
        targets.append(
            TargetPlan(
                platform=platform,
                base=ChosenBase(python="/usr/bin/python3.11", wheel_platform=environment.platform),
                inputs=replace(inputs, platform=platform),
                layers=layers,
                config=ImageConfig(entrypoint=()),
                buildpacks={},
            )
        )
    return Plan(
        reference=Reference.parse(reference),
        destination=parse_destination(destination),
        understood=understood,
        targets=tuple(targets),
    )


def job_in(folder: Path, request: BuildRequest | None = None) -> Job:
    """Return a job with a store of its own."""
    watch = Watch(lambda _: None, CancelToken())
    request = request or BuildRequest(notebook=Path("made.ipynb"))
    return Job(request=request, store=LocalStore(folder / "store"), watch=watch)


def entry(path: str, content: bytes) -> LayerEntry:
    """Return a file of a layer."""
    return LayerEntry(
        path=path, kind=EntryKind.FILE, mode=0o644, size_bytes=len(content), open=lambda: io.BytesIO(content)
    )


def folders_and(*files: LayerEntry) -> list[LayerEntry]:
    """Return files with their folders, sorted."""
    folders = {str(parent) for file in files for parent in Path(file.path).parents if str(parent) != "."}
    made = [LayerEntry(path=path, kind=EntryKind.DIRECTORY, mode=0o755) for path in folders]
    return sorted([*made, *files], key=lambda item: item.path)


def make(store: LocalStore, plan: LayerPlan, *files: LayerEntry) -> Layer:
    """Put a layer for the plan into the store."""
    files = files or (entry("x", plan.title.encode()),)
    return store.make_layer(plan.cache_key, folders_and(*files), cancel=CancelToken())


def restored(plan: Plan, store: LocalStore) -> Restored:
    """Return what the store has of a plan."""
    keys = [layer.cache_key for target in plan.targets for layer in target.layers]
    return Restored(layers={key: layer for key in keys if (layer := store.cached_layer(key)) is not None})
