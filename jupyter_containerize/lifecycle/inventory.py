"""What is in an image, with the evidence for each part: for its bill of materials, and for whoever compares images."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from jupyter_containerize import attestations
from jupyter_containerize._version import __version__
from jupyter_containerize.attestations import Contents, FileItem, PythonItem, WheelFacts
from jupyter_containerize.buildpacks.cnb import SbomOf
from jupyter_containerize.buildpacks.protocol import BuildInputs
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.lifecycle.epoch import created
from jupyter_containerize.lifecycle.plan import ChosenBase, Understood
from jupyter_containerize.resolution import evidence_for, required_name, vendored_licences
from jupyter_containerize.runtime.requirements import needs

_UPSTREAM = re.compile(r"[\d.]+")


def contents(understood: Understood, base: ChosenBase, name: str, inputs: BuildInputs) -> Contents:
    """Return what the image of one platform holds. Licences and relations are those that the kernel's metadata tell."""
    return attestations.contents_of(
        inputs.environment,
        name=name,
        notebook=understood.notebook.path,
        notebook_digest=understood.notebook_digest or understood.notebook.digest,
        platform=inputs.platform,
        python=PythonItem(version=base.python_version or _python_of(inputs)),
        created=created(),
        tool_version=__version__,
        distro=f"{base.about.distro}-{base.about.version}" if base.about.distro else "",
        base=base.named,
        evidence=evidence_for(understood.requirements, needs(extras=understood.request.extras), understood.environment),
        facts=_facts(understood.environment),
        vendored_licences=vendored_licences(),
        objects=inputs.state.objects,
        files=[FileItem(path=item.path, sha256=item.sha256, size_bytes=item.size_bytes) for item in inputs.files],
    )


def sbom_of(understood: Understood, base: ChosenBase, name: str) -> SbomOf:
    """Return what writes the bill of materials that lies in the image."""
    known: list[tuple[BuildInputs, Mapping[str, bytes]]] = []

    def documents(inputs: BuildInputs) -> Mapping[str, bytes]:
        # Asked for by each of the small layers, with the same inputs.
        if not known or known[0][0] is not inputs:
            kept = attestations.steady(contents(understood, base, name, inputs))
            known[:] = [(inputs, {"cdx": attestations.cyclonedx(kept), "spdx": attestations.spdx(kept)})]
        return known[0][1]

    return documents


def _facts(environment: KernelEnvironment) -> dict[str, WheelFacts]:
    return {
        item.name: WheelFacts(licence=item.license, requires=tuple(sorted(set(_names(item.requires)))))
        for item in environment.distributions
    }


def _names(lines: Iterable[str]) -> list[str]:
    return [name for name in map(required_name, lines) if name]


def _python_of(inputs: BuildInputs) -> str:
    """Return the version of Debian's Python, as far as its package tells; else the minor version."""
    minor = inputs.environment.python_minor
    versions = {item.name: item.version for item in inputs.environment.system_packages}
    found = _UPSTREAM.match(versions.get(f"python{minor}-minimal", ""))
    return found[0] if found else minor
