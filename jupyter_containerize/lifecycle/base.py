"""What the image stands on: Debian with its Python or another, or an image that the user names."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from jupyter_containerize.buildpacks.captured_python import capture_python
from jupyter_containerize.buildpacks.cpython import CPythonBuildpack, installed, resolve_standalone
from jupyter_containerize.buildpacks.debian import DebianBuildpack, python_version
from jupyter_containerize.buildpacks.errors import (
    GlibcTooNew,
    NoPythonForImage,
    NoStandalonePython,
    PythonInstallFailed,
    PythonNotCaptured,
    UnknownPythonSource,
)
from jupyter_containerize.buildpacks.kernel_python import KernelPythonBuildpack
from jupyter_containerize.cnb import Base
from jupyter_containerize.domain.build import Level
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.named_base import named_base
from jupyter_containerize.lifecycle.plan import ChosenBase
from jupyter_containerize.registry.errors import NoMatchingPlatform
from jupyter_containerize.resolution import platform_of
from jupyter_containerize.resolution.debian import DebianBase, NoDebianPython, resolve_base
from jupyter_containerize.transport import Transport

# The ways to a Python, best first, separated by commas.
PYTHON_VARIABLE = "JUPYTER_CONTAINERIZE_PYTHON"
_NOT_OPEN = (NoDebianPython, NoStandalonePython, PythonInstallFailed, PythonNotCaptured, GlibcTooNew)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A base, the full version of its Python, and the way that it was found."""

    base: ChosenBase
    version: str
    way: str


def choose_base(environment: KernelEnvironment, platform: Platform, job: Job) -> ChosenBase:
    """Return the base for the kernel's Python: Debian's own where a release has it.

    One for another processor than this machine's has a ``compiler``: nothing of it can run here.

    Raises:
        NoPythonForImage: no way to such a Python is open; carries each with its error.
        UnknownPythonSource: the environment names another way.
        BaseWithoutPython, NoMatchingPlatform, and what a registry raises: for a base image that the user names.
        IndexUnreachable, SignatureInvalid, ReleaseExpired, ReleaseMismatch, IndexDamaged, PackageMissing: from Debian.
    """
    ways = _ways(os.environ)
    if job.request.base:
        named = named_base(job.request.base, environment.python_minor, platform, job)
        found = _Found(base=named.base, version=named.version, way="")
    else:
        found = _first(ways, environment, platform, job)
    base = _told(found, environment)
    return base if platform == Platform.here() else replace(base, compiler=_compiler(found, ways, environment, job))


def _told(found: _Found, environment: KernelEnvironment) -> ChosenBase:
    """Return the base with what is known of its Python."""
    about = replace(found.base.about, python=found.base.python, python_minor=environment.python_minor)
    return replace(found.base, about=about, python_version=found.version)


def _compiler(target: _Found, ways: tuple[str, ...], environment: KernelEnvironment, job: Job) -> ChosenBase:
    """Return a base with the target's Python for this machine's processor."""
    here = Platform.here()
    if target.way:
        # By the same way: its sources give the same version to every processor.
        found = _first((target.way,), environment, here, job)
    else:
        try:
            named = named_base(job.request.base, environment.python_minor, here, job)
            found = _Found(base=named.base, version=named.version, way="")
        except NoMatchingPlatform:
            found = _first(ways, environment, here, job)
    if found.version != target.version:
        job.watch.say(f"Python {found.version} compiles for Python {target.version}", Level.WARNING)
    return _told(found, environment)


def _ways(environ: Mapping[str, str]) -> tuple[str, ...]:
    text = environ.get(PYTHON_VARIABLE, "")
    ways = tuple(way for part in text.split(",") if (way := part.strip().lower()))
    if any(way not in _WAYS for way in ways):
        raise UnknownPythonSource(PYTHON_VARIABLE, text, tuple(_WAYS))
    return ways or tuple(_WAYS)


def _first(ways: tuple[str, ...], environment: KernelEnvironment, platform: Platform, job: Job) -> _Found:
    tried: list[tuple[str, ContainerizeError]] = []
    for way in ways:
        try:
            base, version = _WAYS[way](environment, platform, job)
            return _Found(base=base, version=version, way=way)
        except _NOT_OPEN as error:
            tried.append((way, error))
    raise NoPythonForImage(environment.python_minor, str(platform), tuple(tried))


def _with_debians(environment: KernelEnvironment, platform: Platform, job: Job) -> tuple[ChosenBase, str]:
    base = _debian(environment.python_minor, platform, job)
    return _chosen(base, platform), python_version(base.packages)


def _with_standalone(environment: KernelEnvironment, platform: Platform, job: Job) -> tuple[ChosenBase, str]:
    watch, folder = job.watch, job.store.cache / "pythons"
    python = resolve_standalone(environment.python_minor, cancel=watch.cancel, platform=platform)
    buildpack = CPythonBuildpack(python, folder)
    if job.store.cached_layer(buildpack.plan(job.request.layers).cache_key) is None:
        watch.say(f"Asking uv for standalone CPython {python.version} for {platform}")
        try:
            installed(python, folder, cancel=watch.cancel)
        except PythonInstallFailed:
            watch.say(f"Standalone CPython {python.version} cannot be had", Level.WARNING)
            raise
    base = _debian(None, platform, job)
    watch.say(f"Python: standalone CPython {python.version}")
    return _above(_chosen(base, platform), python.executable, buildpack), python.version


def _with_kernels(environment: KernelEnvironment, platform: Platform, job: Job) -> tuple[ChosenBase, str]:
    here = Platform.here()
    if platform != here:
        raise PythonNotCaptured(environment.executable, f"it is for {here}, not for {platform}")
    base = _debian(None, platform, job)
    python = capture_python(
        environment.executable,
        glibc_minor=base.glibc_minor,
        cache=job.store.cache / "kernel-pythons",
        cancel=job.watch.cancel,
    )
    job.watch.say(f"Python: the kernel's own, {python.version}")
    if python.left_out:
        job.watch.say(f"Modules that do not load here stay out: {', '.join(python.left_out)}", Level.WARNING)
    return _above(_chosen(base, platform), python.executable, KernelPythonBuildpack(python)), python.version


_Way = Callable[[KernelEnvironment, Platform, Job], tuple[ChosenBase, str]]
_WAYS: Mapping[str, _Way] = MappingProxyType(
    {"debian": _with_debians, "standalone": _with_standalone, "kernel": _with_kernels}
)


def _above(below: ChosenBase, python: str, buildpack: CPythonBuildpack | KernelPythonBuildpack) -> ChosenBase:
    return replace(below, python=python, buildpacks=(*below.buildpacks, buildpack))


def debian_base(python_minor: str | None, platform: Platform, job: Job) -> ChosenBase:
    """Return a base of Debian's packages as they are now; ``None``: without a Python.

    Raises:
        NoDebianPython: no release has that Python.
        IndexUnreachable, SignatureInvalid, ReleaseExpired, ReleaseMismatch, IndexDamaged, PackageMissing: from Debian.
    """
    return _chosen(_debian(python_minor, platform, job), platform)


def _chosen(base: DebianBase, platform: Platform) -> ChosenBase:
    return ChosenBase(
        python=base.python_executable or "",
        wheel_platform=platform_of(base.glibc_minor, platform.machine),
        buildpacks=(DebianBuildpack(base),),
        system_packages=base.packages,
        debian=base,
        about=Base(
            distro="debian",
            version=base.version,
            release=base.release,
            packages={item.name: item.version for item in base.packages},
        ),
    )


def _debian(python_minor: str | None, platform: Platform, job: Job) -> DebianBase:
    watch = job.watch
    base = resolve_base(
        python_minor,
        architecture=platform.architecture,
        transport=Transport(),
        cache=job.store.cache / "debian",
        cancel=watch.cancel,
    )
    where = "" if platform == Platform.here() else f" for {platform}"
    watch.say(f"Base: Debian {base.version} ({base.release}){where}, {len(base.packages)} system packages")
    if dt.datetime.now(dt.UTC).date().isoformat() > base.fixes_until:
        watch.say(
            f"Debian {base.version} has no security fixes since {base.fixes_until}: choose a newer Python",
            Level.WARNING,
        )
    if base.stale:
        watch.say("The Debian archive does not answer: its last known state is used", Level.WARNING)
    return base
