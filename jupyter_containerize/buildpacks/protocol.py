"""What a buildpack is: it decides layers, and later makes the ones that are missing.

Other people's distributions may bring buildpacks: what is here is what they rely on, and docs/buildpack-protocol.md
says it in their words. ``discovery`` finds them, ``checked`` holds them to it, ``placing`` puts their layers among
ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import LockedEnvironment
from jupyter_containerize.domain.image import Bytecode, LayerEntry, LayerOptions, LayerPlan, PartPlan
from jupyter_containerize.domain.notebook import Slice
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.domain.serving import CapturedState

# Where things lie in every image. Part of the layer format: a change here changes every digest.
# The folders are those of Cloud Native Buildpacks: /layers/BUILDPACK/LAYER, and /workspace for the application.
LAYERS = "layers/jupyter-containerize_notebook"
VENV = f"{LAYERS}/venv"
APP = "workspace"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file beside the notebook that serving needs. ``path`` is relative to the notebook's folder."""

    path: str
    source: Path
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildInputs:
    """Everything that the layers depend on, decided before any is made.

    ``python`` is the interpreter's absolute path in the image; ``files`` is sorted by path. ``extras`` are what the
    server is to do beside HTTP (``grpc``). ``python_version`` is the full version of the Python that compiles, empty
    where it is not known.
    """

    python: str
    environment: LockedEnvironment
    serving: Slice
    state: CapturedState
    labels: Mapping[str, str]
    files: tuple[LocalFile, ...] = ()
    platform: Platform = field(default_factory=lambda: Platform(architecture="amd64"))
    options: LayerOptions = field(default_factory=LayerOptions)
    extras: tuple[str, ...] = ()
    python_version: str = ""

    @property
    def compiled_by(self) -> str:
        """What is to be known of the Python that compiles: releases of one minor version write different bytecode.

        Where nothing is compiled its minor version, which folders are named for.
        """
        exact = "" if self.options.bytecode is Bytecode.OMIT else self.python_version
        return exact or self.environment.python_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one buildpack adds to the image: layers bottom to top, and a part of its config.

    Of two buildpacks that set a variable or the entry point, the later counts. Where another distribution's layers come
    is decided by their roles.
    """

    layers: tuple[LayerPlan, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()


class Workbench(Protocol):
    """What a buildpack may use while it makes a layer."""

    cancel: CancelToken

    def fetch(self, url: str, *, sha256: str, size_bytes: int | None) -> Path:
        """Return a file with that content, downloaded and checked unless it is at hand."""

    def scratch(self) -> Path:
        """Return a new empty folder; it is removed when the layer is done."""

    def compile(self, entries: Iterable[LayerEntry], *, below: str) -> list[LayerEntry]:
        """Return the hash-based .pyc files of the modules among the entries, made with the image's Python.

        ``below`` is a folder of the image, without a leading '/': of modules elsewhere, and of those in folders named
        ``tests``, nothing is compiled.
        """


class Buildpack(Protocol):
    """A part of the image that knows when it is wanted and how it is made.

    ``id`` is the name of its entry point, and stands in each of its layers' plans.
    """

    id: str

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the layers; ``None`` when this buildpack has no part in the image.

        No I/O, no clock: the same inputs give the same plans. A layer's ``inputs`` name all that its bytes depend on,
        and its ``cache_key`` is ``cachekey.keyed`` of them: what was made under a key once is not made again.
        """

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Make one of the layers that ``detect`` decided: sorted by path, parents first.

        ``workbench.cancel`` is to be asked wherever more than a second may pass.
        """


class PartsBuildpack(Buildpack, Protocol):
    """A buildpack whose layers have parts, which are made one by one and kept."""

    def build_part(
        self, part: PartPlan, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench
    ) -> Iterable[LayerEntry]:
        """Make one part of one of the layers: sorted by path, parents first, no path of another part of the layer."""
