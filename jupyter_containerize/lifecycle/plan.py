"""What ``detect`` decides: a value that can be shown, compared and kept, before anything is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyter_containerize.buildpacks.protocol import BuildInputs, Buildpack
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.domain.image import ImageConfig, Layer, LayerPlan, Reference
from jupyter_containerize.publishing import Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenBase:
    """Who makes the base, and what the wheels must fit.

    ``python`` is the interpreter's absolute path in the image; ``platform`` is uv's name for the
    target; ``layers`` exist already (a base image), ``buildpacks`` make theirs.
    """

    python: str
    platform: str
    buildpacks: tuple[Buildpack, ...] = ()
    system_packages: tuple[SystemPackage, ...] = ()
    layers: tuple[Layer, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole image, decided.

    ``base_layers`` exist already (a base image from a registry); ``buildpacks`` are those that
    make ``layers``, by the id that a layer's plan names.
    """

    reference: Reference
    destination: Destination
    inputs: BuildInputs
    layers: tuple[LayerPlan, ...]
    config: ImageConfig
    buildpacks: Mapping[str, Buildpack]
    base_layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Which planned layers exist already, by cache key."""

    layers: Mapping[str, Layer] = field(default_factory=dict)
