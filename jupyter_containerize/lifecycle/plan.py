"""What ``detect`` decides: a value that can be shown, compared and kept, before anything is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyter_containerize.attestations import ImageName, SigningKey
from jupyter_containerize.buildpacks.protocol import BuildInputs, Buildpack, LocalFile
from jupyter_containerize.cnb import Base
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.environment import DependencyEdits, KernelEnvironment, Requirement, SystemPackage
from jupyter_containerize.domain.image import ImageConfig, Layer, LayerPlan, Reference
from jupyter_containerize.domain.notebook import Finding, Notebook, Slice
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.domain.serving import CapturedState
from jupyter_containerize.publishing import Destination
from jupyter_containerize.resolution.debian import DebianBase


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What is served and what it needs, the same on every platform. ``files`` are sorted by path.

    ``request`` is the user's, with what the notebook says of itself. ``name`` is what the image is called when nobody
    says: it is written in the image, whose digest does not depend on where it goes. ``pickled_by`` is the version of
    cloudpickle that wrote the objects; empty where there are none. ``edits`` is what the notebook's metadata wants of
    the distributions, as far as it can be had: ``requirements`` have it already, of all platforms, ``needed`` is what
    serving needs without it. ``findings`` are about it.
    ``notebook_digest`` is that of ``notebook`` with what its metadata says.
    """

    request: BuildRequest
    notebook: Notebook
    serving: Slice
    state: CapturedState
    environment: KernelEnvironment
    requirements: tuple[Requirement, ...]
    name: str
    needed: tuple[Requirement, ...] = ()
    pickled_by: str = ""
    files: tuple[LocalFile, ...] = ()
    edits: DependencyEdits = field(default_factory=DependencyEdits)
    findings: tuple[Finding, ...] = ()
    notebook_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenBase:
    """Who makes the base, and what the wheels must fit.

    ``python`` is the interpreter's absolute path in the image; ``wheel_platform`` is uv's name for the
    target; ``layers`` exist already (a base image), ``buildpacks`` make theirs. ``compiler`` is a base with the same
    Python for this machine's processor, where the target's own cannot run here. ``debian`` is Debian's
    part of a base of ours; ``libraries`` are those that the loader finds in a named one. ``about`` says what it is made
    of, ``named`` which image the user named; ``python_version`` is full where it is known.
    """

    python: str
    wheel_platform: str
    buildpacks: tuple[Buildpack, ...] = ()
    system_packages: tuple[SystemPackage, ...] = ()
    layers: tuple[Layer, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    compiler: ChosenBase | None = None
    debian: DebianBase | None = None
    libraries: frozenset[str] = frozenset()
    about: Base = field(default_factory=Base)
    named: ImageName | None = None
    python_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPlan:
    """The whole image for one platform, decided.

    ``base_layers`` exist already (a base image from a registry); ``buildpacks`` are those that
    make ``layers``, by the id that a layer's plan names. ``tool`` is the base whose Python compiles for this one, where
    its own cannot run here.
    """

    platform: Platform
    base: ChosenBase
    inputs: BuildInputs
    layers: tuple[LayerPlan, ...]
    config: ImageConfig
    buildpacks: Mapping[str, Buildpack]
    tool: TargetPlan | None = None

    @property
    def base_layers(self) -> tuple[Layer, ...]:
        """The layers that exist already, bottom to top."""
        return self.base.layers


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a build will do: an image for each platform, in the order of their naming; ``key`` signs them."""

    reference: Reference
    destination: Destination
    understood: Understood
    targets: tuple[TargetPlan, ...]
    key: SigningKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Which planned layers exist already, by cache key; ``ahead`` are those that this build made in detect.

    ``made_because`` says in words why the others do not.
    """

    layers: Mapping[str, Layer] = field(default_factory=dict)
    ahead: frozenset[str] = frozenset()
    made_because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """One platform's finished layers, in the order of its plan."""

    target: TargetPlan
    layers: tuple[Layer, ...]
