"""The base of our images as an image of its own: what rebasing puts below an application."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from jupyter_containerize.cnb.documents import base_labels
from jupyter_containerize.cnb.values import Base
from jupyter_containerize.domain.image import Image, ImageConfig, Layer, Reference, Tag
from jupyter_containerize.oci.image import assemble

# A lifecycle keeps the run image's environment. Without HOME, engines set one that cannot be written.
ENVIRONMENT: Final = MappingProxyType({"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp"})  # noqa: S108


def run_image(
    layers: Sequence[tuple[Layer, str]],
    base: Base,
    *,
    created: str,
    architecture: str,
    env: Mapping[str, str] = ENVIRONMENT,
    user: str = "65532:65532",
) -> Image:
    """Return the image of a base's layers, each with the line of its history, bottom to top.

    The same layers give the same image: what is built on it names its digest before it is pushed anywhere.
    """
    labels = {**base_labels(base), "org.opencontainers.image.title": f"Run image: {base.distro} {base.version}"}
    config = ImageConfig(entrypoint=(), env=env, labels=labels, user=user, working_dir="/")
    return assemble(layers, config, created=created, architecture=architecture)


def run_image_reference(application: Reference, base: Base, *, further: Iterable[str] = ()) -> Reference:
    """Return the rolling name of the run image beside an application: ``HOST/NAME-run:debian-12-python-3.11``.

    ``further`` are the system packages that the application needs beside the base: bases that differ in them have
    different names, so that no image is ever put on one without its libraries.
    """
    parts = (base.distro or "base", base.version, "python", base.python_minor)
    tag = "-".join(part for part in parts if part)
    names = sorted(further)
    if names:
        tag += f"-{hashlib.sha256(' '.join(names).encode()).hexdigest()[:8]}"
    return Reference(repository=f"{application.repository}-run", host=application.host, tag=Tag(tag))
