"""Images of ours, small: a base of two layers, and an application planned by the real buildpack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from jupyter_containerize import cnb
from jupyter_containerize.buildpacks.cnb import CnbBuildpack, Standing, finish_config, history_line
from jupyter_containerize.buildpacks.protocol import APP, VENV
from jupyter_containerize.domain.image import Digest, Image, ImageConfig, Layer, LayerEntry, LayerPlan, LayerRole
from jupyter_containerize.oci import assemble, write_layer
from tests.buildpacks.made_inputs import HereBench, inputs
from tests.oci.small import file, folder

CREATED = "1980-01-01T00:00:01Z"
VERSION = "0.1.0"
SBOM = {"cdx": b'{"bomFormat":"CycloneDX","specVersion":"1.6"}', "spdx": b'{"spdxVersion":"SPDX-2.3"}'}
OS_RELEASE = b'ID=debian\nVERSION_ID="%s"\n'


class Blobs:
    """What layers were written, by digest."""

    def __init__(self) -> None:
        self.by_digest: dict[Digest, bytes] = {}

    def layer(self, entries: Sequence[LayerEntry]) -> Layer:
        """Write one layer."""
        blob = BytesIO()
        layer = write_layer(entries, blob)
        self.by_digest[layer.digest] = blob.getvalue()
        return layer


def base_of_packages(packages: Mapping[str, str], *, version: str = "12", python_minor: str = "3.11") -> cnb.Base:
    """Return what a Debian base is."""
    python = f"/usr/bin/python{python_minor}"
    return cnb.Base(
        distro="debian",
        version=version,
        release="bookworm",
        python=python,
        python_minor=python_minor,
        packages=packages,
    )


def made_run_image(blobs: Blobs, base: cnb.Base, *, architecture: str = "amd64") -> Image:
    """Return the base as an image; its layers differ with the packages' versions."""
    system = [folder("etc"), file("etc/os-release", OS_RELEASE % base.version.encode())]
    python = [folder("usr"), file("usr/python", repr(sorted(base.packages.items())).encode())]
    layers = [(blobs.layer(system), "os: Debian 12"), (blobs.layer(python), "python: Python 3.11")]
    return cnb.run_image(layers, base, created=CREATED, architecture=architecture)


def made_image(folder_: Path, blobs: Blobs, base: cnb.Base, run: Image, *, name: str) -> Image:
    """Return an application on a run image, as a build would put it together."""
    made = inputs(folder_)
    buildpack = CnbBuildpack(VERSION, lambda _: SBOM)
    contribution = buildpack.detect(made)
    assert contribution is not None
    below = [
        (_plan(LayerRole.OS, "Debian 12", "debian/os"), run.layers[0]),
        (_plan(LayerRole.PYTHON, "Python 3.11", "debian/python"), run.layers[1]),
    ]
    venv = [*_parents(f"{VENV}/bin"), file(f"{VENV}/bin/python", b"#!/bin/false\n", 0o755)]
    state, code = [folder(APP), folder(f"{APP}/state")], [folder(APP), file(f"{APP}/serving.py", b"x = 1\n")]
    above = [
        (_plan(LayerRole.DEPENDENCIES, "numpy 2", "wheels/numpy"), blobs.layer(venv)),
        (_plan(LayerRole.STATE, "State", "notebook_app/state"), blobs.layer(state)),
        (_plan(LayerRole.CODE, "Serving code", "notebook_app/code"), blobs.layer(code)),
    ]
    bench = HereBench(folder_)
    own = [(plan, blobs.layer(list(buildpack.build(plan, made, bench)))) for plan in contribution.layers]
    layers = [*below, *above, *own]
    config = ImageConfig(
        entrypoint=contribution.entrypoint,
        env=contribution.env,
        labels={"io.jupyter-containerize.notebook": "a.ipynb", "io.jupyter-containerize.notebook-digest": "sha256:ab"},
        working_dir=f"/{APP}",
        ports=(8080,),
    )
    standing = Standing(base=base, image=name, reference=f"{name.rpartition(':')[0]}@{run.manifest_digest}")
    finished = finish_config(config, layers=layers, standing=standing, version=VERSION)
    titled = [(layer, history_line(plan, version=VERSION)) for plan, layer in layers]
    return assemble(titled, finished, created=CREATED)


def _plan(role: LayerRole, title: str, slot: str) -> LayerPlan:
    return LayerPlan(role=role, title=title, buildpack="test", cache_key=slot, size_bytes=0, sources=(), slot=slot)


def _parents(path: str) -> list[LayerEntry]:
    parts = path.split("/")
    return [folder("/".join(parts[: count + 1])) for count in range(len(parts))]
