"""The Debian base of an image, decided: which release and exactly which packages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.resolution.debian.archive import DebianArchive
from jupyter_containerize.resolution.debian.candidates import Candidate, find_candidates
from jupyter_containerize.resolution.debian.releases import (
    LEFT_OUT,
    RELEASES,
    base_seeds,
    python_seeds,
    release_with,
)
from jupyter_containerize.resolution.debian.solve import solve
from jupyter_containerize.transport import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class DebianBase:
    """A release and the packages of it that a base has, sorted by name.

    ``python_executable`` is the interpreter's absolute path in the image, ``None`` for a base
    without Debian's Python. ``fixes_until`` is the ISO date on which Debian stops mending the
    release, ``glibc_minor`` its C library's version (36 for 2.36). ``stale`` says that the archive did
    not answer and its last known state was used.
    """

    release: str
    version: str
    fixes_until: str
    glibc_minor: int
    python_executable: str | None
    packages: tuple[SystemPackage, ...]
    stale: bool


def resolve_base(
    python_minor: str | None,
    *,
    architecture: str = "amd64",
    transport: Transport,
    cache: Path,
    cancel: CancelToken,
    archive: DebianArchive | None = None,
) -> DebianBase:
    """Return the base with Debian's Python ``python_minor``; ``None``: the newest release without any Python.

    ``archive`` is the one that the environment names unless given; ``cache`` is a folder of ours.

    Raises:
        NoDebianPython: no release carries that Python.
        IllegalMirror: the environment names a mirror that we do not use.
        IndexUnreachable, SignatureInvalid, ReleaseExpired, ReleaseMismatch, IndexDamaged: from the archive.
        PackageMissing: the release lacks a dependency.
    """
    release = RELEASES[-1] if python_minor is None else release_with(python_minor)
    archive = archive or DebianArchive.from_environment(os.environ)
    candidates = find_candidates(
        archive,
        release,
        architecture=architecture,
        # With or without Python, one narrowed list serves both.
        seeds=python_seeds(release),
        left_out=LEFT_OUT,
        transport=transport,
        cache=cache,
        cancel=cancel,
    )
    seeds = base_seeds() if python_minor is None else python_seeds(release)
    packages = solve(candidates.packages, seeds=seeds, left_out=LEFT_OUT, release=release.codename)
    return DebianBase(
        release=release.codename,
        version=release.version,
        fixes_until=release.fixes_until,
        glibc_minor=release.glibc_minor,
        python_executable=None if python_minor is None else f"/usr/bin/python{python_minor}",
        packages=tuple(map(system_package, packages)),
        stale=candidates.stale,
    )


def system_package(package: Candidate) -> SystemPackage:
    """Return what a build needs to know of a package that was chosen."""
    return SystemPackage(
        name=package.name,
        version=package.version,
        architecture=package.architecture,
        url=package.url,
        sha256=package.sha256,
        size_bytes=package.size_bytes,
        source=package.source,
    )
