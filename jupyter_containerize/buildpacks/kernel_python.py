"""The kernel's own interpreter in the image: for a Python that neither Debian nor a standalone build gives.

It stands at /opt/python, as a standalone one does. Libraries of this machine that it needs and the base lacks stand in
/usr/lib, where the loader looks last: Debian's packages have theirs in a folder below, and are never in the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cachekey import keyed, layer_inputs
from jupyter_containerize.buildpacks.captured_python import CapturedFile, KernelPython
from jupyter_containerize.buildpacks.protocol import BuildInputs, Contribution, Workbench
from jupyter_containerize.buildpacks.relocated import LAYOUT, with_prefix
from jupyter_containerize.buildpacks.standard_library import with_bytecode
from jupyter_containerize.domain.image import EntryKind, LayerEntry, LayerPlan, LayerRole


class KernelPythonBuildpack:
    """Takes part with the interpreter that it is given, above Debian's system layer."""

    id = "kernel_python"

    def __init__(self, python: KernelPython) -> None:
        self._python = python

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the Python layer."""
        own = {"layout": LAYOUT, "interpreter": f"{self._python.version} {self._python.digest}"}
        depends = layer_inputs(inputs.options, own, compiled_by=self._python.version)
        plan = LayerPlan(
            role=LayerRole.PYTHON,
            title=f"Python {self._python.version} of the kernel",
            buildpack=self.id,
            cache_key=keyed(self.id, depends),
            size_bytes=sum(file.size_bytes for file in self._python.files),
            sources=(f"python{inputs.environment.python_minor}",),
            slot="python",
            inputs=depends,
        )
        # Its OpenSSL was built for another system, and looks for certificates where that one has them.
        return Contribution(layers=(plan,), env={"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"})

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Copy what the plan counted, and compile the library."""
        del plan  # there is only one
        return with_bytecode(tree.complete(self._entries()), inputs, workbench)

    def _entries(self) -> Iterator[LayerEntry]:
        for file in self._python.files:
            yield with_prefix(_entry(file), file.source, {str(self._python.prefix)})


def _entry(file: CapturedFile) -> LayerEntry:
    if file.link_target:
        return tree.symlink(file.path, file.link_target)
    return LayerEntry(
        path=file.path,
        kind=EntryKind.FILE,
        mode=0o755 if file.executable else 0o644,
        size_bytes=file.size_bytes,
        open=tree.opener(file.source),
    )
