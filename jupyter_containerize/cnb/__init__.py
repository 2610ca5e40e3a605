"""Cloud Native Buildpacks: what makes an image of ours one of theirs. Values in, values out.

Source: the Buildpacks specification, https://github.com/buildpacks/spec: Platform API 0.12, Buildpack API 0.10.

``documents`` are an image's labels, ``process_table`` what its launcher reads, ``launcher`` the launcher itself,
``run_image`` the base alone, ``rebase`` an image on another base, ``package`` a buildpack that others' tools run.
"""

from jupyter_containerize.cnb.documents import (
    base_labels,
    build_metadata,
    environment,
    lifecycle_metadata,
    project_metadata,
)
from jupyter_containerize.cnb.errors import BuildpackFolderTaken, LayersMixed, NotRebasable, RebaseRefused
from jupyter_containerize.cnb.package import write_buildpack
from jupyter_containerize.cnb.process_table import process_table
from jupyter_containerize.cnb.rebase import BaseInfo, base_of, rebased
from jupyter_containerize.cnb.run_image import run_image, run_image_reference
from jupyter_containerize.cnb.values import (
    BUILDPACK_ID,
    LAUNCHER,
    PLATFORM_API,
    PROCESSES,
    AppLayers,
    Base,
    Process,
    RunImage,
    escaped,
)

__all__ = [
    "BUILDPACK_ID",
    "LAUNCHER",
    "PLATFORM_API",
    "PROCESSES",
    "AppLayers",
    "Base",
    "BaseInfo",
    "BuildpackFolderTaken",
    "LayersMixed",
    "NotRebasable",
    "Process",
    "RebaseRefused",
    "RunImage",
    "base_labels",
    "base_of",
    "build_metadata",
    "environment",
    "escaped",
    "lifecycle_metadata",
    "process_table",
    "project_metadata",
    "rebased",
    "run_image",
    "run_image_reference",
    "write_buildpack",
]
