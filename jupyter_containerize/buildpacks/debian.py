"""The operating system and its Python, from Debian's packages: no shell, no package manager."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cachekey import cache_key
from jupyter_containerize.buildpacks.deb import Deb, read_deb
from jupyter_containerize.buildpacks.debian_root import LAYOUT, package_entries, system_entries
from jupyter_containerize.buildpacks.interpreter import compile_tree, target_command
from jupyter_containerize.buildpacks.protocol import BuildInputs, Contribution, Workbench
from jupyter_containerize.buildpacks.unpacked import lay_out
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.domain.image import Download, LayerEntry, LayerPlan, LayerRole
from jupyter_containerize.resolution.debian import DebianBase

_PYTHON = re.compile(r"(lib)?python3\.\d+-.*")


class DebianBuildpack:
    """Takes part when there are system packages; a Python layer of its own when Python is one of them."""

    id = "debian"

    def __init__(self, base: DebianBase) -> None:
        self._base = base

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the layer of the system, and that of Debian's Python above it."""
        packages = inputs.environment.system_packages
        if not packages:
            return None
        layers = [_plan(LayerRole.OS, f"Debian {self._base.version}", _of(LayerRole.OS, packages), packages)]
        python = _of(LayerRole.PYTHON, packages)
        if python:
            title = f"Python {python[0].version.partition('-')[0]} of Debian"
            layers.append(_plan(LayerRole.PYTHON, title, python, packages))
        return Contribution(layers=tuple(layers))

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Unpack the packages of one layer; for Python, compile its library with itself as well."""
        packages = inputs.environment.system_packages
        if plan.role is LayerRole.OS:
            return system_layer(packages, workbench)
        python = tree.complete(package_entries(_fetched(_of(LayerRole.PYTHON, packages), workbench)))
        root = workbench.scratch()
        # The system's layer may be under way in another thread: the few libraries are unpacked once more.
        lay_out(system_layer(packages, workbench), root)
        lay_out(python, root)
        return tree.complete([*python, *compiled_library(root, inputs.python, workbench)])


def system_layer(packages: Iterable[SystemPackage], workbench: Workbench) -> list[LayerEntry]:
    """Return the entries of everything but Python, sorted by path, parents first."""
    debs = _fetched(_of(LayerRole.OS, packages), workbench)
    return tree.complete([*package_entries(debs), *system_entries(debs)])


def compiled_library(root: Path, python: str, workbench: Workbench) -> Iterable[LayerEntry]:
    """Compile the standard library of the Python in ``root`` with itself; yield the .pyc files' entries."""
    program = PurePosixPath(python)
    library = program.parent.parent / "lib" / program.name
    folder = root / library.relative_to("/")
    command, env = target_command(root, python)
    compile_tree(command, env, folder, installed_as=str(library), cancel=workbench.cancel)
    entries = tree.folder_entries(folder, at=str(library.relative_to("/")))
    return (entry for entry in entries if "__pycache__" in PurePosixPath(entry.path).parts)


def _plan(role: LayerRole, title: str, packages: Iterable[SystemPackage], needed: Iterable[SystemPackage]) -> LayerPlan:
    """Return the plan of a layer of ``packages``, for which ``needed`` are fetched."""
    packages = tuple(packages)
    return LayerPlan(
        role=role,
        title=title,
        buildpack=DebianBuildpack.id,
        cache_key=cache_key(DebianBuildpack.id, str(LAYOUT), role, *(f"{p.name} {p.sha256}" for p in packages)),
        size_bytes=sum(package.size_bytes for package in packages),
        sources=tuple(package.name for package in packages),
        downloads=tuple(Download(url=p.url, sha256=p.sha256, size_bytes=p.size_bytes) for p in needed),
    )


def _of(role: LayerRole, packages: Iterable[SystemPackage]) -> tuple[SystemPackage, ...]:
    """Return the packages of one of the two layers, in their order."""
    wanted = role is LayerRole.PYTHON
    return tuple(package for package in packages if bool(_PYTHON.fullmatch(package.name)) is wanted)


def _fetched(packages: Iterable[SystemPackage], workbench: Workbench) -> dict[str, Deb]:
    debs = {}
    for package in packages:
        workbench.cancel.check()
        path = workbench.fetch(package.url, sha256=package.sha256, size_bytes=package.size_bytes)
        debs[package.name] = read_deb(path, package.name)
    return debs
