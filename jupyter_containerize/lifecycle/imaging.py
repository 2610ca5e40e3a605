"""One platform's layers as an image, with what Cloud Native Buildpacks want to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from jupyter_containerize import cnb
from jupyter_containerize._version import __version__
from jupyter_containerize.buildpacks.cnb import Standing, base_height, finish_config, history_line
from jupyter_containerize.domain.image import Image, Layer, Reference, Tag
from jupyter_containerize.lifecycle.epoch import created
from jupyter_containerize.lifecycle.plan import Built, TargetPlan
from jupyter_containerize.oci import assemble

# Whose base it is that goes to no registry: an image has the same digest in the local store, in Docker and in files.
ANYWHERE: Final = Reference(repository="jupyter-containerize/notebook", tag=Tag("latest"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Imaged:
    """A finished image, and its base as an image of its own, called ``run_reference``."""

    target: TargetPlan
    image: Image
    run_image: Image
    run_reference: Reference


def imaged(built: Built, application: Reference) -> Imaged:
    """Return the image of finished layers; ``application`` is its name at the registry that it goes to."""
    target = built.target
    planned = list(zip(target.layers, built.layers, strict=True))
    lines = [(layer, history_line(plan, version=__version__)) for plan, layer in planned]
    below = [(layer, "Base image") for layer in target.base_layers]
    base = [*below, *lines[: base_height(target.layers)]]
    packages = {item.name: item.version for item in target.inputs.environment.system_packages}
    about = replace(target.base.about, packages={**target.base.about.packages, **packages})
    run, name = _run_image(base, about, target, application)
    config = finish_config(
        target.config,
        layers=planned,
        standing=Standing(base=about, image=str(name), reference=f"{_unversioned(name)}@{run.manifest_digest}"),
        version=__version__,
        base_layers=target.base_layers,
    )
    image = assemble([*below, *lines], config, created=created(), architecture=target.platform.architecture)
    return Imaged(target=target, image=image, run_image=run, run_reference=name)


def _run_image(
    base: Sequence[tuple[Layer, str]], about: cnb.Base, target: TargetPlan, application: Reference
) -> tuple[Image, Reference]:
    image = cnb.run_image(base, about, created=created(), architecture=target.platform.architecture)
    further = [item.name for item in target.inputs.environment.system_packages if item.needed_by]
    return image, cnb.run_image_reference(application, about, further=further)


def _unversioned(reference: Reference) -> str:
    return str(reference).removesuffix(f":{reference.tag}")
