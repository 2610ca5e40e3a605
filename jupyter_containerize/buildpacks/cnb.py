"""What makes an image of ours one of Cloud Native Buildpacks: launcher, process table and labels.

The layers come last: they are a few kilobytes, and the labels, which tell every layer's diff_id, are written when all
layers exist.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Final

from jupyter_containerize import cnb
from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cachekey import keyed, layer_inputs
from jupyter_containerize.buildpacks.model_server import PACKAGE, ModelServerBuildpack
from jupyter_containerize.buildpacks.protocol import APP, LAYERS, VENV, BuildInputs, Contribution, Workbench
from jupyter_containerize.domain.image import (
    EntryKind,
    ImageConfig,
    Layer,
    LayerEntry,
    LayerOptions,
    LayerPlan,
    LayerRole,
)
from jupyter_containerize.domain.notebook import CandidateKind

_ROOT: Final = LAYERS.partition("/")[0]
_EXECUTABLE = 0o755

SETTINGS: Final = "cnb/settings"
SBOM: Final = "cnb/sbom"
LAUNCHER: Final = "cnb/launcher"
CONFIG: Final = "cnb/config"
PROCESS_TYPES: Final = "cnb/process-types"

_BASE_ROLES = (LayerRole.OS, LayerRole.PYTHON)
_APP_ROLES = (LayerRole.STATE, LayerRole.CODE)

# The bill of materials by its suffix, ``cdx`` and ``spdx``.
SbomOf = Callable[[BuildInputs], Mapping[str, bytes]]


class CnbBuildpack:
    """Takes part in every image, as the last one.

    ``version`` is our package's. ``sbom`` gives the bill of materials by suffix (``cdx``, ``spdx``); without it, or
    when it gives none, there is no layer for it.
    """

    id = "cnb"

    def __init__(self, version: str, sbom: SbomOf | None = None) -> None:
        self._version = version
        self._sbom = sbom

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the layers, and how a container starts."""
        contents = self._contents(inputs)
        plans = tuple(_plan(slot, entries, inputs.options) for slot, entries in contents.items())
        return Contribution(
            layers=plans,
            env=cnb.environment(_server_env(inputs), layers_dir=f"/{_ROOT}", app_dir=f"/{APP}"),
            entrypoint=(f"/{cnb.PROCESSES}/{process_of(inputs).type}",),
        )

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Write one of the layers; nothing of it is on disk."""
        workbench.cancel.check()
        return self._contents(inputs)[plan.slot]

    def _contents(self, inputs: BuildInputs) -> dict[str, list[LayerEntry]]:
        """Return the entries of every layer by slot, in the lifecycle's order."""
        process = process_of(inputs)
        table = cnb.process_table((process,), buildpack=cnb.BUILDPACK_ID, version=self._version)
        link = tree.symlink(f"{cnb.PROCESSES}/{process.type}", f"/{cnb.LAUNCHER}")
        documents = {} if self._sbom is None else dict(self._sbom(inputs))
        layers = {
            SETTINGS: settings_entries(_server_env(inputs)),
            SBOM: sbom_entries(documents),
            LAUNCHER: [_executable(cnb.LAUNCHER, launcher(f"/{VENV}/bin/python"))],
            CONFIG: [tree.file(f"{_ROOT}/config/metadata.toml", table)],
            PROCESS_TYPES: [link],
        }
        return {slot: tree.complete(entries) for slot, entries in layers.items() if entries}


def process_of(inputs: BuildInputs) -> cnb.Process:
    """Return how a container starts: as a server, or as a job."""
    kind = "job" if inputs.state.spec.kind == CandidateKind.JOB else "web"
    return cnb.Process(type=kind, command=(f"/{VENV}/bin/python", "-m", PACKAGE))


def launcher(python: str) -> bytes:
    """Return the launcher, to be run by the interpreter at that absolute path in the image."""
    source = resources.files("jupyter_containerize.cnb") / "launcher_script.py"
    return f"#!{python}\n".encode() + source.read_bytes()


def settings_entries(env: Mapping[str, str]) -> list[LayerEntry]:
    """Return the server's environment as files that any launcher applies; what the user sets goes before it.

    Without the PATH, which comes of the layers.
    """
    folder = f"{LAYERS}/settings/env.launch"
    return [
        tree.file(f"{folder}/{name}.default", value.encode()) for name, value in sorted(env.items()) if name != "PATH"
    ]


def sbom_entries(documents: Mapping[str, bytes]) -> list[LayerEntry]:
    """Return where a bill of materials lies; ``documents`` are by suffix, ``cdx`` and ``spdx``."""
    return [tree.file(sbom_path(suffix), document) for suffix, document in sorted(documents.items())]


def sbom_path(suffix: str) -> str:
    """Return where in an image the bill of materials with that suffix lies."""
    return f"{_ROOT}/sbom/launch/{cnb.escaped(cnb.BUILDPACK_ID)}/sbom.{suffix}.json"


def sbom_layer(entries: Iterable[LayerEntry], options: LayerOptions) -> tuple[LayerPlan, list[LayerEntry]]:
    """Return a layer of bills of materials that were written already, as ``CnbBuildpack`` plans and writes it."""
    held = tree.complete(entries)
    return _plan(SBOM, held, options), held


def history_line(plan: LayerPlan, *, version: str) -> str:
    """Return what the image's history says of a layer, in the exporter's words."""
    if plan.role in _BASE_ROLES:
        return f"{plan.role}: {plan.title}"
    own = {
        SBOM: "Software Bill-of-Materials",
        LAUNCHER: "Buildpacks Application Launcher",
        CONFIG: "Buildpacks Launcher Config",
        PROCESS_TYPES: "Buildpacks Process Types",
    }
    if plan.role in _APP_ROLES:
        return f"Application Slice: {plan.title}"
    made_by = f"{cnb.BUILDPACK_ID}@{version}"
    return own.get(plan.slot) or f"Layer: '{layer_name(plan)}', Created by buildpack: {made_by}"


def layer_name(plan: LayerPlan) -> str:
    """Return the name under which the labels know a layer of the buildpack."""
    return (plan.slot or f"{plan.role}-{plan.cache_key[:12]}").replace("/", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an image stands on: its base, and the base's own image under the name that it is published as."""

    base: cnb.Base
    image: str
    reference: str


def base_height(plans: Sequence[LayerPlan]) -> int:
    """Return how many of the planned layers, from the bottom, are the base.

    Raises:
        LayersMixed: a layer of the base comes later.
    """
    height = next((at for at, plan in enumerate(plans) if plan.role not in _BASE_ROLES), len(plans))
    for plan in plans[height:]:
        if plan.role in _BASE_ROLES:
            raise cnb.LayersMixed(plan.title)
    return height


def finish_config(
    config: ImageConfig,
    *,
    layers: Sequence[tuple[LayerPlan, Layer]],
    standing: Standing,
    version: str,
    base_layers: Sequence[Layer] = (),
) -> ImageConfig:
    """Return the config with the labels that tell what each layer is.

    ``layers`` are the planned ones, bottom to top, ``base_layers`` those of an image that the user named as base.

    Raises:
        LayersMixed: a layer of the base lies above one of the application.
    """
    height = base_height([plan for plan, _ in layers])
    below = [*base_layers, *(layer for _, layer in layers[:height])]
    above = layers[height:]
    own = {plan.slot: layer.diff_id for plan, layer in above if plan.slot.startswith("cnb/")}
    parts = cnb.AppLayers(
        buildpack={layer_name(plan): layer.diff_id for plan, layer in above if _of_buildpack(plan)},
        app=tuple(layer.diff_id for plan, layer in above if plan.role in _APP_ROLES),
        launcher=own[LAUNCHER],
        config=own[CONFIG],
        process_types=own[PROCESS_TYPES],
        sbom=own.get(SBOM),
    )
    run = cnb.RunImage(image=standing.image, reference=standing.reference, top_layer=below[-1].diff_id)
    process = cnb.Process(type=config.entrypoint[0].rpartition("/")[2], command=_COMMAND)
    labels = {
        **cnb.base_labels(standing.base),
        **config.labels,
        "io.buildpacks.lifecycle.metadata": cnb.lifecycle_metadata(
            parts, run, buildpack=cnb.BUILDPACK_ID, version=version
        ),
        "io.buildpacks.build.metadata": cnb.build_metadata((process,), buildpack=cnb.BUILDPACK_ID, version=version),
        "io.buildpacks.project.metadata": cnb.project_metadata(
            config.labels.get("io.jupyter-containerize.notebook", ""),
            config.labels.get("io.jupyter-containerize.notebook-digest", ""),
        ),
    }
    return replace(config, labels=labels)


_COMMAND = (f"/{VENV}/bin/python", "-m", PACKAGE)


def _of_buildpack(plan: LayerPlan) -> bool:
    return plan.slot == SETTINGS or not (plan.slot.startswith("cnb/") or plan.role in _APP_ROLES)


def _server_env(inputs: BuildInputs) -> dict[str, str]:
    contribution = ModelServerBuildpack().detect(inputs)
    return {} if contribution is None else dict(contribution.env)


def _plan(slot: str, entries: Sequence[LayerEntry], options: LayerOptions) -> LayerPlan:
    files = [entry for entry in entries if entry.kind is not EntryKind.DIRECTORY]
    depends = layer_inputs(options, {entry.path: _identity(entry) for entry in files})
    return LayerPlan(
        role=LayerRole.RUNTIME,
        title=_TITLES[slot],
        buildpack=CnbBuildpack.id,
        cache_key=keyed(CnbBuildpack.id, depends),
        size_bytes=sum(entry.size_bytes for entry in files),
        sources=tuple(entry.path for entry in files),
        slot=slot,
        inputs=depends,
    )


def _identity(entry: LayerEntry) -> str:
    if entry.open is None:
        return f"-> {entry.link_target}"
    with entry.open() as content:
        return hashlib.sha256(content.read()).hexdigest()


_TITLES = {
    SETTINGS: "Settings of the server",
    SBOM: "Bill of materials",
    LAUNCHER: "Launcher",
    CONFIG: "Processes",
    PROCESS_TYPES: "Starting points",
}


def _executable(path: str, content: bytes) -> LayerEntry:
    return replace(tree.file(path, content), mode=_EXECUTABLE)
