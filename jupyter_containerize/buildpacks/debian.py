"""The operating system and its Python, from Debian's packages: no shell, no package manager."""

from __future__ import annotations

import re
from collections.abc import Iterable

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cachekey import keyed, layer_inputs
from jupyter_containerize.buildpacks.debian_root import LAYOUT, package_entries, system_entries
from jupyter_containerize.buildpacks.protocol import BuildInputs, Contribution, Workbench
from jupyter_containerize.buildpacks.standard_library import LIKELY, base_packages, fetched, with_bytecode
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.domain.image import Download, LayerEntry, LayerPlan, LayerRole
from jupyter_containerize.resolution.debian import DebianBase

_PYTHON = re.compile(r"(lib)?python3\.\d+-.*")
_MINIMAL = re.compile(r"python3\.\d+-minimal")


class DebianBuildpack:
    """Takes part when there are system packages; a Python layer of its own when Python is one of them."""

    id = "debian"

    def __init__(self, base: DebianBase) -> None:
        self._base = base

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the layer of the system, and that of Debian's Python above it."""
        packages = base_packages(inputs)
        if not packages:
            return None
        system = _of(LayerRole.OS, packages)
        layers = [_plan(LayerRole.OS, "debian/base", f"Debian {self._base.version}", system, system, inputs)]
        python = _of(LayerRole.PYTHON, packages)
        if python:
            title = f"Python {python_version(python)} of Debian"
            needed = (*python, *(package for package in system if package.name in LIKELY))
            layers.append(_plan(LayerRole.PYTHON, "python", title, python, needed, inputs))
        return Contribution(layers=tuple(layers))

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Unpack the packages of one layer; for Python, compile its library as well."""
        debs = fetched(_of(plan.role, base_packages(inputs)), workbench)
        if plan.role is LayerRole.OS:
            return tree.complete([*package_entries(debs), *system_entries(debs)])
        return with_bytecode(tree.complete(package_entries(debs)), inputs, workbench)


def python_version(packages: Iterable[SystemPackage]) -> str:
    """Return the version of Debian's Python among the packages (``3.11.2``), empty when there is none."""
    found = [package for package in packages if _PYTHON.fullmatch(package.name)]
    # Its parts have one version; the interpreter's own package counts.
    found.sort(key=lambda package: not _MINIMAL.fullmatch(package.name))
    return found[0].version.partition("-")[0] if found else ""


def _plan(  # noqa: PLR0917  # what one layer is
    role: LayerRole,
    slot: str,
    title: str,
    packages: tuple[SystemPackage, ...],
    needed: Iterable[SystemPackage],
    inputs: BuildInputs,
) -> LayerPlan:
    """Return the plan of a layer of ``packages``, for which ``needed`` are fetched."""
    depends = layer_inputs(
        inputs.options,
        {"layout": str(LAYOUT)} | {p.name: f"{p.version} {p.architecture} {p.sha256}" for p in packages},
        compiled_by=python_version(packages),
    )
    return LayerPlan(
        role=role,
        title=title,
        buildpack=DebianBuildpack.id,
        cache_key=keyed(DebianBuildpack.id, depends),
        size_bytes=sum(package.size_bytes for package in packages),
        sources=tuple(package.name for package in packages),
        slot=slot,
        inputs=depends,
        downloads=tuple(Download(url=p.url, sha256=p.sha256, size_bytes=p.size_bytes) for p in needed),
    )


def _of(role: LayerRole, packages: Iterable[SystemPackage]) -> tuple[SystemPackage, ...]:
    """Return the packages of one of the two layers, in their order."""
    wanted = role is LayerRole.PYTHON
    return tuple(package for package in packages if bool(_PYTHON.fullmatch(package.name)) is wanted)
