"""The words of Buildpacks that an image of ours needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from jupyter_containerize.domain.image import Digest

BUILDPACK_ID: Final = "jupyter-containerize/notebook"
BUILDPACK_API: Final = "0.10"
# From 0.12 on, tools that rebase compare distributions instead of stacks.
PLATFORM_API: Final = "0.12"
# The version of our launcher's contract, not of our package: pack shows the base of an image from 0.5.0 on.
LAUNCHER_VERSION: Final = "1.0.0"

# Where the lifecycle puts things, relative to the root.
LAUNCHER: Final = "cnb/lifecycle/launcher"
PROCESSES: Final = "cnb/process"
CONFIG: Final = "config/metadata.toml"

LIFECYCLE_LABEL: Final = "io.buildpacks.lifecycle.metadata"
BUILD_LABEL: Final = "io.buildpacks.build.metadata"
PROJECT_LABEL: Final = "io.buildpacks.project.metadata"
REBASABLE_LABEL: Final = "io.buildpacks.rebasable"
BASE_PREFIX: Final = "io.buildpacks.base."
STACK_PREFIX: Final = "io.buildpacks.stack."
DISTRO_NAME: Final = f"{BASE_PREFIX}distro.name"
DISTRO_VERSION: Final = f"{BASE_PREFIX}distro.version"


def escaped(buildpack: str) -> str:
    """Return a buildpack's id as its folder is called."""
    return buildpack.replace("/", "_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """How a container starts: ``command`` always, ``args`` unless the user gives others. Never through a shell."""

    type: str
    command: tuple[str, ...]
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunImage:
    """The base as an image of its own. ``image`` has a rolling tag, ``reference`` a digest.

    ``top_layer`` is the diff_id of the base's last layer; ``mirrors`` are other names of ``image``.
    """

    image: str
    reference: str
    top_layer: Digest
    mirrors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppLayers:
    """The diff_ids of what is above the base. ``buildpack`` is by layer name, ``app`` the slices of the workspace."""

    buildpack: Mapping[str, Digest]
    app: tuple[Digest, ...]
    launcher: Digest
    config: Digest
    process_types: Digest
    sbom: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a base is made of. ``distro`` and ``version`` are ID and VERSION_ID of its /etc/os-release.

    ``release`` is the code name, ``packages`` the versions of its system packages by name, ``python`` the interpreter's
    absolute path. ``distro`` is empty for a base that we did not make.
    """

    distro: str = ""
    version: str = ""
    release: str = ""
    python: str = ""
    python_minor: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
