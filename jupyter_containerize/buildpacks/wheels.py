"""The distributions of the locked environment, installed and byte-compiled into the image's venv."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.exceptions import InstallerError
from installer.sources import WheelFile

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cachekey import cache_key
from jupyter_containerize.buildpacks.errors import WheelBroken
from jupyter_containerize.buildpacks.protocol import VENV, BuildInputs, Contribution, Workbench
from jupyter_containerize.domain.environment import LockedPackage
from jupyter_containerize.domain.image import Download, LayerEntry, LayerPlan, LayerRole

# A wheel of this size or more is a layer of its own, so that a change elsewhere never moves its bytes again.
OWN_LAYER_BYTES = 2_000_000


class WheelsBuildpack:
    """Large distributions get a layer each, the small ones share one."""

    id = "wheels"

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the layers, largest wheel first and the shared one last."""
        packages = inputs.environment.packages
        if not packages:
            return None
        large = [package for package in packages if (package.size_bytes or 0) >= OWN_LAYER_BYTES]
        small = [package for package in packages if package not in large]
        large.sort(key=lambda package: (-(package.size_bytes or 0), package.name))
        groups = [(f"{package.name} {package.version}", [package]) for package in large]
        if small:
            groups.append((f"{len(small)} small distributions", small))
        return Contribution(layers=tuple(_plan(title, group, inputs) for title, group in groups))

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Install the plan's wheels side by side, compile them, and list the result."""
        scratch = workbench.scratch()
        prefix = scratch / "venv"
        site_packages = prefix / site_packages_of(inputs.environment.python_minor)
        for package in _packages_of(plan, inputs):
            workbench.cancel.check()
            wheel = workbench.fetch(package.url, sha256=package.sha256, size_bytes=package.size_bytes)
            _install(_named(wheel, package.filename, scratch), package, prefix, site_packages)
        workbench.compile(site_packages, installed_as=f"/{VENV}/{site_packages.relative_to(prefix)}")
        return tree.complete(tree.folder_entries(prefix, at=VENV))


def site_packages_of(python_minor: str) -> PurePosixPath:
    """Return where a venv of that Python keeps distributions, relative to the venv."""
    return PurePosixPath("lib", f"python{python_minor}", "site-packages")


def _plan(title: str, packages: list[LockedPackage], inputs: BuildInputs) -> LayerPlan:
    return LayerPlan(
        role=LayerRole.DEPENDENCIES,
        title=title,
        buildpack=WheelsBuildpack.id,
        cache_key=cache_key(
            WheelsBuildpack.id, inputs.environment.python_minor, *(f"{p.filename} {p.sha256}" for p in packages)
        ),
        size_bytes=sum(package.size_bytes or 0 for package in packages),
        sources=tuple(package.name for package in packages),
        downloads=tuple(Download(url=p.url, sha256=p.sha256, size_bytes=p.size_bytes) for p in packages),
    )


def _packages_of(plan: LayerPlan, inputs: BuildInputs) -> Iterator[LockedPackage]:
    return (package for package in inputs.environment.packages if package.name in plan.sources)


def _install(wheel: Path, package: LockedPackage, prefix: Path, site_packages: Path) -> None:
    scripts = prefix / "bin"
    destination = SchemeDictionaryDestination(
        {
            "purelib": str(site_packages),
            "platlib": str(site_packages),
            "scripts": str(scripts),
            "data": str(prefix),
            "headers": str(prefix / "include" / package.name),
        },
        interpreter=f"/{VENV}/bin/python",
        script_kind="posix",
        # The image's own Python compiles: ours may be another version.
        bytecode_optimization_levels=(),
    )
    try:
        with WheelFile.open(wheel) as source:
            # The contents are known by the wheel's own hash.
            source.validate_record(validate_contents=False)
            install(source, destination, additional_metadata={"INSTALLER": b"jupyter-containerize\n"})
    except (InstallerError, zipfile.BadZipFile, zlib.error, ValueError, KeyError, FileExistsError) as error:
        raise WheelBroken(package.filename, str(error)) from error


def _named(wheel: Path, filename: str, scratch: Path) -> Path:
    """Give the file its wheel name, which the installer reads: the store names files by digest."""
    link = scratch / filename
    link.symlink_to(wheel.resolve())
    return link
