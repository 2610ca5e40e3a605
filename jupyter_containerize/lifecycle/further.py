"""System packages that wheels need and no base has: found by reading what goes into the image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from jupyter_containerize.buildpacks.further_packages import Further, further_packages
from jupyter_containerize.buildpacks.native_needs import Unmet, WheelNeeds, needs_of_wheel, unmet
from jupyter_containerize.domain.build import Level
from jupyter_containerize.domain.environment import LockedPackage, SystemPackage
from jupyter_containerize.domain.notebook import Slice
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.downloads import Downloads
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import ChosenBase
from jupyter_containerize.resolution import PackageIndex
from jupyter_containerize.resolution.debian import DebianBase
from jupyter_containerize.transport import Transport

# As many wheels as are downloaded at a time.
_THREADS = 4


def find_further(
    packages: Iterable[LockedPackage], base: ChosenBase, *, serving: Slice, platform: Platform, job: Job
) -> tuple[SystemPackage, ...]:
    """Return the Debian packages that go above the base, each with what needs it.

    Wheels and packages that were never read are downloaded: what they need is known only from their files.

    Raises:
        ContainerizeError: a wheel is broken, Debian's archive or the package index is no help.
    """
    with Downloads((), job, PackageIndex.from_environment().credentials()) as downloads:
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="needs") as pool:
            needs = list(pool.map(partial(_needs, downloads=downloads, job=job), packages))
        if base.debian is None:
            _warn(unmet(needs, base.libraries, machine=platform.machine), job)
            return ()
        asked = _asked(serving)
        # A Python that is not Debian's brings its own library.
        minor = base.about.python_minor
        beside = () if base.about.python.startswith("/usr/bin/") else (f"libpython{minor}.so.1.0",)
        found = _further(needs, asked, base.debian, platform, downloads, job, beside=beside)
    for name, error in found.refused:
        # A rule named it, no file of the image did: the notebook may do without.
        job.watch.say(f"System package {name} is left out: {error}", Level.WARNING)
    _warn(found.nowhere, job)
    for package in found.packages:
        job.watch.say(f"System package {package.name}: {', '.join(package.needed_by)}")
    return found.packages


def find_named(names: Iterable[str], base: ChosenBase, *, platform: Platform, job: Job) -> tuple[SystemPackage, ...]:
    """Return packages by name, as they are now, with all that they need beside the base.

    Raises:
        ContainerizeError: Debian's archive is no help, or no longer has one of them.
    """
    asked = dict.fromkeys(names, ("the image had it",))
    if not asked or base.debian is None:
        return ()
    with Downloads((), job, {}) as downloads:
        found = _further((), asked, base.debian, platform, downloads, job, renew=True)
    for _, error in found.refused:
        raise error
    return found.packages


def _needs(package: LockedPackage, *, downloads: Downloads, job: Job) -> WheelNeeds:
    cache, cancel = job.store.cache / "native-needs", job.watch.cancel
    try:
        return needs_of_wheel(job.store.download_path(package.sha256), package, cache=cache, cancel=cancel)
    except FileNotFoundError:
        wheel = downloads.fetch(package.url, sha256=package.sha256, size_bytes=package.size_bytes)
        return needs_of_wheel(wheel, package, cache=cache, cancel=cancel)


def _asked(serving: Slice) -> dict[str, tuple[str, ...]]:
    """Return the system packages that rules name, with the reasons."""
    asked: dict[str, tuple[str, ...]] = {}
    for need in serving.hidden:
        for name in need.system_packages:
            asked[name] = (*asked.get(name, ()), need.reason)
    return asked


def _further(  # noqa: PLR0917  # what the answer depends on
    needs: Iterable[WheelNeeds],
    asked: Mapping[str, tuple[str, ...]],
    debian: DebianBase,
    platform: Platform,
    downloads: Downloads,
    job: Job,
    *,
    beside: Iterable[str] = (),
    renew: bool = False,
) -> Further:
    def fetch(package: SystemPackage) -> Path:
        return downloads.fetch(package.url, sha256=package.sha256, size_bytes=package.size_bytes)

    return further_packages(
        needs,
        debian,
        platform=platform,
        fetch=fetch,
        transport=Transport(),
        cache=job.store.cache / "debian",
        cancel=job.watch.cancel,
        asked=asked,
        beside=beside,
        renew=renew,
    )


def _warn(nowhere: Iterable[Unmet], job: Job) -> None:
    for library in nowhere:
        job.watch.say(f"Nothing in the image brings {library}: what needs it will not load", Level.WARNING)
