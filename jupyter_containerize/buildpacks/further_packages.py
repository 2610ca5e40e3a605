"""From the wheels of an image to the Debian packages that they need beside its base."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_containerize.buildpacks.deb import read_deb
from jupyter_containerize.buildpacks.kept_answers import KeptAnswers
from jupyter_containerize.buildpacks.native_needs import (
    Unmet,
    WheelNeeds,
    announced_sonames,
    sonames_of_packages,
    unmet,
)
from jupyter_containerize.buildpacks.system_packages import links_of
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.resolution.debian import DebianArchive, DebianBase, PackageMissing
from jupyter_containerize.resolution.debian.contents import owners_of
from jupyter_containerize.resolution.debian.errors import ScriptUnknown
from jupyter_containerize.resolution.debian.further import resolve_more
from jupyter_containerize.resolution.debian.releases import release_named
from jupyter_containerize.transport import Transport

# Raised when the rules for maintainer scripts change.
_RULES = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """``packages`` as in ``resolve_more``.

    ``nowhere`` are the libraries that no package of the release brings, ``refused`` the packages that were asked for by
    name and cannot be had, with the reason. Both are for warnings: the kernel's system may lack them as well, and what
    needs them may never run.
    """

    packages: tuple[SystemPackage, ...]
    nowhere: tuple[Unmet, ...]
    refused: tuple[tuple[str, ScriptUnknown | PackageMissing], ...] = ()


def further_packages(
    wheels: Iterable[WheelNeeds],
    base: DebianBase,
    *,
    platform: Platform,
    fetch: Callable[[SystemPackage], Path],
    transport: Transport,
    cache: Path,
    cancel: CancelToken,
    asked: Mapping[str, tuple[str, ...]] | None = None,
    beside: Iterable[str] = (),
    archive: DebianArchive | None = None,
    renew: bool = False,
) -> Further:
    """Return the packages to put above the base.

    Args:
        wheels: what each wheel of the image needs.
        base: what is there; its libraries are read from its packages.
        platform: of the image.
        fetch: gives a package's .deb; called for those of the base and of the answer that were never read.
        transport: for the archive.
        cache: the folder of ours that ``resolve_base`` was given.
        cancel: asked all the while.
        asked: packages that are wanted by name, each with its reasons; left out where they cannot be had.
        beside: names of libraries that something else brings, such as a Python's own ``libpython3.12.so.1.0``.
        archive: where from; the one that the environment names unless given.
        renew: ask anew instead of giving the kept answer.

    Raises:
        ScriptUnknown: a maintainer script of what a wheel needs would do what we do not know; names package, script
            and line.
        What ``owners_of``, ``resolve_more``, ``read_deb`` and ``fetch`` raise.
    """
    archive = archive or DebianArchive.from_environment(os.environ)
    wheels, beside = tuple(wheels), frozenset(beside)
    there = announced_sonames(base.packages, fetch=fetch, cache=cache / "announced")
    missing = unmet(wheels, there | beside, machine=platform.machine)
    if missing:
        # They have more than they announce; to know it, all of them are unpacked.
        there = sonames_of_packages(
            base.packages, multiarch=platform.multiarch, fetch=fetch, cache=cache / "sonames", cancel=cancel
        )
        missing = unmet(wheels, there | beside, machine=platform.machine)
    release = release_named(base.release)
    owners = owners_of(
        {each.soname for each in missing},
        archive=archive,
        release=release,
        architecture=platform.architecture,
        multiarch=platform.multiarch,
        transport=transport,
        cache=cache,
        cancel=cancel,
    )

    def checked(wanted: Mapping[str, tuple[str, ...]]) -> tuple[SystemPackage, ...]:
        packages = resolve_more(
            base,
            wanted,
            architecture=platform.architecture,
            transport=transport,
            cache=cache,
            cancel=cancel,
            archive=archive,
            renew=renew,
        )
        _check_scripts(packages, fetch, cache / "scripts", cancel)
        return packages

    wanted: dict[str, tuple[str, ...]] = {}
    refused: list[tuple[str, ScriptUnknown | PackageMissing]] = []
    for name, reasons in sorted((asked or {}).items()):
        try:
            checked({name: reasons})
            wanted[name] = reasons
        except (ScriptUnknown, PackageMissing) as error:
            refused.append((name, error))
    for each in missing:
        if each.soname in owners:
            name = owners[each.soname]
            wanted[name] = (*wanted.get(name, ()), str(each))
    return Further(
        packages=checked(wanted),
        nowhere=tuple(each for each in missing if each.soname not in owners),
        refused=tuple(refused),
    )


def _check_scripts(
    packages: Iterable[SystemPackage], fetch: Callable[[SystemPackage], Path], cache: Path, cancel: CancelToken
) -> None:
    """Refuse before the build what the build would refuse."""
    answers = KeptAnswers(cache)
    for package in packages:
        cancel.check()
        key = f"{_RULES} {package.name} {package.sha256}"
        if answers.read(key, list) is None:
            links_of({package.name: read_deb(fetch(package), package.name, cancel=cancel)})
            answers.write(key, [])
