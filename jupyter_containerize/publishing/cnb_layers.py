"""An image's application as the output of a buildpack: what a lifecycle makes layers of, instead of us.

    DIR/layers/NAME/            a layer above the base, as it lies below /layers/BUILDPACK in the image
    DIR/layers/NAME.toml        that it is for launch
    DIR/layers/launch.toml      processes and labels
    DIR/layers/launch.sbom.*    the bill of materials
    DIR/workspace/              the application

Source: Buildpacks buildpack specification, "Build". Launcher, process table and links are the lifecycle's own to make.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jupyter_containerize import cnb
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image, Published, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import read_config
from jupyter_containerize.publishing.destinations import for_here, store_command
from jupyter_containerize.publishing.errors import DestinationUnwritable
from jupyter_containerize.publishing.scratch import scratch
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.publishing.unpack import unpack_layer
from jupyter_containerize.transport import NotWritable, writing

BUILD_LABEL: Final = "io.buildpacks.build.metadata"
_OWN_LABELS = ("io.jupyter-containerize.", "org.opencontainers.")
_LAYER = "[types]\nlaunch = true\nbuild = false\ncache = false\n"


class CnbLayersDestination:
    """A new folder that ``bin/build`` of our buildpack hands on to the lifecycle."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self) -> None:
        """See that the folder is new or empty, and can be made.

        Raises:
            DestinationUnwritable: it has something in it, or cannot be written.
        """
        self._made()

    def publish(
        self,
        image: Image,
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Unpack what is above the base.

        Raises:
            NotRebasable: the image does not say where its base ends.
            ImageUnreadable: a layer is damaged.
        """
        self._made()
        with writing(self._folder), scratch(self._folder) as root:
            for layer in cnb.base_of(image).above:
                unpack_layer(layer, store.blob_path(layer.digest), root, cancel=cancel)
                on_bytes(layer.size_bytes)
            self._arrange(root, image)
        return Published(reference=str(reference), run_command=store_command(str(reference)))

    def publish_index(
        self,
        images: Sequence[tuple[Platform, Image]],
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Write the application for this machine: a lifecycle makes images for one platform at a time."""
        return self.publish(for_here(images), store, reference=reference, on_bytes=on_bytes, cancel=cancel)

    def _made(self) -> None:
        try:
            with writing(self._folder):
                self._folder.mkdir(parents=True, exist_ok=True)
                if any(self._folder.iterdir()):
                    raise DestinationUnwritable(self._folder, "is not empty")
        except NotWritable as error:
            raise DestinationUnwritable(error.path, error.reason) from error

    def _arrange(self, root: Path, image: Image) -> None:
        """Move the parts of the unpacked image to where a buildpack writes them."""
        config = read_config(image.config_bytes)
        name = cnb.escaped(cnb.BUILDPACK_ID)
        layers = self._folder / "layers"
        (root / "layers" / name).rename(layers)
        for layer in [path for path in layers.iterdir() if path.is_dir()]:
            (layers / f"{layer.name}.toml").write_text(_LAYER)
        for document in (root / "layers" / "sbom" / "launch" / name).glob("sbom.*.json"):
            document.rename(layers / f"launch.{document.name}")
        (layers / "launch.toml").write_text(launch_toml(config.labels), encoding="utf-8")
        (root / config.working_dir.strip("/")).rename(self._folder / "workspace")


def launch_toml(labels: Mapping[str, str]) -> str:
    """Return the processes and our labels of an image. Every JSON string is one of TOML, but for DEL."""
    built: dict[str, Any] = json.loads(labels[BUILD_LABEL])
    lines = []
    for process in built["processes"]:
        default = process["type"] == built["buildpack-default-process-type"]
        fields = {name: process[name] for name in ("type", "command", "args")} | {"default": default}
        lines += ["[[processes]]", *(f"{name} = {_toml(value)}" for name, value in fields.items()), ""]
    for key, value in sorted(labels.items()):
        if key.startswith(_OWN_LABELS):
            lines += ["[[labels]]", f"key = {_toml(key)}", f"value = {_toml(value)}", ""]
    return "\n".join(lines)


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
