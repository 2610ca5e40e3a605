"""The venv's skeleton and the server that answers: the same layer in every image of one Python and processor."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import PurePosixPath

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cachekey import keyed, layer_inputs
from jupyter_containerize.buildpacks.protocol import VENV, BuildInputs, Contribution, Workbench
from jupyter_containerize.buildpacks.runtime_files import PACKAGE, runtime_sources, vendor
from jupyter_containerize.buildpacks.wheels import site_packages_of
from jupyter_containerize.domain.environment import LockedPackage
from jupyter_containerize.domain.image import Bytecode, Download, LayerEntry, LayerPlan, LayerRole
from jupyter_containerize.domain.notebook import CandidateKind

__all__ = ["PACKAGE", "PORT", "ModelServerBuildpack"]

PORT = 8080
_GRPC_PORT = 8081


class ModelServerBuildpack:
    """Always takes part: an image without a server would not answer."""

    id = "model_server"

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the layer and how the container starts."""
        sources, libraries = runtime_sources(), inputs.environment.vendored
        digest = hashlib.sha256(b"".join(name.encode() + b"\0" + text for name, text in sources)).hexdigest()
        own = {"interpreter": inputs.python, PACKAGE: digest} | dict(map(_wheel, libraries))
        depends = layer_inputs(inputs.options, own, compiled_by=inputs.compiled_by)
        plan = LayerPlan(
            role=LayerRole.RUNTIME,
            title="Model server",
            buildpack=self.id,
            cache_key=keyed(self.id, depends),
            size_bytes=sum(len(text) for _, text in sources) + sum(item.size_bytes or 0 for item in libraries),
            sources=(PACKAGE, *(item.name for item in libraries)),
            slot="runtime",
            inputs=depends,
            downloads=tuple(
                Download(url=item.url, sha256=item.sha256, size_bytes=item.size_bytes) for item in libraries
            ),
        )
        return Contribution(
            layers=(plan,),
            env={
                "PATH": f"/{VENV}/bin:/usr/local/bin:/usr/bin:/bin",
                "LANG": "C.UTF-8",
                "PYTHONUNBUFFERED": "1",
                # The root may be read-only and everything is compiled already.
                "PYTHONDONTWRITEBYTECODE": "1",
                # Libraries that insist on a cache folder get the one place that is always writable.
                "HOME": "/tmp",  # noqa: S108  # inside the container
            },
            entrypoint=(f"/{VENV}/bin/python", "-m", PACKAGE),
            # A job runs and ends; nothing listens.
            ports=_ports(inputs),
        )

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Write the venv's skeleton and copy the runtime with its own libraries, compiled.

        Raises:
            WheelBroken: a library's wheel is damaged.
        """
        del plan  # there is only one
        minor = inputs.environment.python_minor
        home = PurePosixPath(inputs.python).parent
        prefix = workbench.scratch()
        site_packages = prefix / site_packages_of(minor)
        package = site_packages / PACKAGE
        for name, text in runtime_sources():
            path = package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        vendor(inputs.environment.vendored, package, workbench)
        entries = list(tree.folder_entries(prefix, at=VENV))
        if inputs.options.bytecode is not Bytecode.OMIT:
            entries += workbench.compile(entries, below=f"{VENV}/{site_packages_of(minor)}")
        return tree.complete(
            [
                *entries,
                tree.file(f"{VENV}/pyvenv.cfg", f"home = {home}\ninclude-system-site-packages = false\n".encode()),
                tree.symlink(f"{VENV}/bin/python", inputs.python),
                tree.symlink(f"{VENV}/bin/python3", "python"),
                tree.symlink(f"{VENV}/bin/python{minor}", "python"),
            ]
        )


def _wheel(item: LockedPackage) -> tuple[str, str]:
    return f"{item.name} (the server's own)", f"{item.filename} sha256:{item.sha256}"


def _ports(inputs: BuildInputs) -> tuple[int, ...]:
    if inputs.state.spec.kind == CandidateKind.JOB:
        return ()
    return (PORT, _GRPC_PORT) if "grpc" in inputs.extras else (PORT,)
