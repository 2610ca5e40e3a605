"""The venv's skeleton and the server that answers: the same layer in every image of one Python."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib import resources
from pathlib import PurePosixPath

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cachekey import keyed, layer_inputs
from jupyter_containerize.buildpacks.protocol import VENV, BuildInputs, Contribution, Workbench
from jupyter_containerize.buildpacks.wheels import site_packages_of
from jupyter_containerize.domain.image import Bytecode, LayerEntry, LayerPlan, LayerRole
from jupyter_containerize.domain.notebook import CandidateKind

# The runtime's name in the image, where the rest of our package is not.
PACKAGE = "jupyter_containerize_runtime"
PORT = 8080


class ModelServerBuildpack:
    """Always takes part: an image without a server would not answer."""

    id = "model_server"

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the layer and how the container starts."""
        sources = _runtime_sources()
        digest = hashlib.sha256(b"".join(name.encode() + b"\0" + text for name, text in sources)).hexdigest()
        own = {"interpreter": inputs.python, PACKAGE: digest}
        depends = layer_inputs(inputs.options, own, compiled_by=inputs.environment.python_minor)
        plan = LayerPlan(
            role=LayerRole.RUNTIME,
            title="Model server",
            buildpack=self.id,
            cache_key=keyed(self.id, depends),
            size_bytes=sum(len(text) for _, text in sources),
            sources=(PACKAGE,),
            slot="runtime",
            inputs=depends,
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
            ports=() if inputs.state.spec.kind == CandidateKind.JOB else (PORT,),
        )

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Write the venv's skeleton and copy the runtime, compiled."""
        del plan  # there is only one
        minor = inputs.environment.python_minor
        home = PurePosixPath(inputs.python).parent
        prefix = workbench.scratch()
        site_packages = prefix / site_packages_of(minor)
        package = site_packages / PACKAGE
        package.mkdir(parents=True)
        for name, text in _runtime_sources():
            (package / name).write_bytes(text)
        if inputs.options.bytecode is not Bytecode.OMIT:
            workbench.compile(site_packages, installed_as=f"/{VENV}/{site_packages_of(minor)}")
        return tree.complete(
            [
                *tree.folder_entries(prefix, at=VENV),
                tree.file(f"{VENV}/pyvenv.cfg", f"home = {home}\ninclude-system-site-packages = false\n".encode()),
                tree.symlink(f"{VENV}/bin/python", inputs.python),
                tree.symlink(f"{VENV}/bin/python3", "python"),
                tree.symlink(f"{VENV}/bin/python{minor}", "python"),
            ]
        )


def _runtime_sources() -> list[tuple[str, bytes]]:
    """Return the runtime's modules, name and content, sorted by name."""
    folder = resources.files("jupyter_containerize") / "runtime"
    return sorted((item.name, item.read_bytes()) for item in folder.iterdir() if item.name.endswith(".py"))
