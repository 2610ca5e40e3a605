"""What a lock takes from no index, as wheels on this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.requirements import Requirement as Parsed
from packaging.version import InvalidVersion, Version

from jupyter_containerize.domain.environment import Distribution, Evidence, KernelEnvironment
from jupyter_containerize.resolution.building import Builder
from jupyter_containerize.resolution.errors import CompiledSource, HashMissing, IndexUnreachable, NoWheel
from jupyter_containerize.resolution.evidence import required_name
from jupyter_containerize.resolution.needs import is_wheel_on_the_web
from jupyter_containerize.resolution.repack import Kernel, NotRepackable, repack
from jupyter_containerize.resolution.simple_index import SimpleIndex
from jupyter_containerize.transport import HttpRefused, NetworkUnreachable, writing


class LocalWheels:
    """Finds and makes them for one kernel. The kernel's interpreter is asked once, and only when it is needed."""

    def __init__(self, builder: Builder, environment: KernelEnvironment) -> None:
        self._builder = builder
        self._environment = environment
        self._kernel: Kernel | None = None

    def from_elsewhere(
        self,
        names: Iterable[str],
        *,
        ours: Mapping[str, Parsed],
        evidence_of: Callable[[str], tuple[Evidence, ...]],
    ) -> dict[str, Path]:
        """Return a wheel for each distribution that the kernel has from a folder, an archive or a repository.

        Only for ``names`` and what these require, directly and through others; not for one that does not suit ``ours``,
        the needs of our own server by name.

        Raises:
            CompiledSource, SourceUnbuildable, LocalInstall: no wheel for any platform can be had of it.
        """
        wheels = {}
        for item in needed_from_elsewhere(names, self._environment.distributions):
            if item.name not in ours or _suits(item.version, ours[item.name]):
                wheels[item.name] = self._builder.wheel_of(item, self._ask, evidence_of(item.name))
        return wheels

    def instead_of(self, missing: NoWheel) -> Path:
        """Return a wheel of a version that an index has as source alone: the kernel's files, or built from the source.

        Raises:
            NoWheel: the same again: the index has wheels of it for others, or no source.
            CompiledSource: it has compiled code.
            SourceUnbuildable: its build failed.
            HashMissing, IndexUnreachable, HashMismatch
        """
        index = SimpleIndex(self._builder.index)
        name, version = missing.distribution, missing.version
        try:
            others = index.wheels(name, version)
            installed = next((item for item in self._environment.distributions if item.name == name), None)
            if installed is not None and installed.direct_url is None and _same(installed.version, version):
                try:
                    with writing(self._builder.folder):
                        return repack(self._ask(), name, self._builder.folder)
                except NotRepackable:
                    pass
                except CompiledSource as error:
                    if others:
                        raise missing from error
                    raise CompiledSource(name, version, error.file, missing.evidence) from error
            source = None if others else index.sdist(name, version)
            if source is None:
                raise missing
            sha256 = source.sha256 or (_hash_of(source.url) if source.url.startswith("file:") else "")
            if not sha256:
                raise HashMissing(name, source.url)
            archive = self._builder.folder / "sources" / sha256 / source.filename
            index.transport.download(
                source.url,
                archive,
                sha256=sha256,
                size_bytes=source.size_bytes,
                on_bytes=lambda _: None,
                cancel=self._builder.cancel,
            )
        except (NetworkUnreachable, HttpRefused) as error:
            raise IndexUnreachable(str(error)) from error
        return self._builder.build_wheel(archive, name=name, version=version, evidence=missing.evidence)

    def _ask(self) -> Kernel:
        if self._kernel is None:
            self._kernel = Kernel.of(self._environment.executable)
        return self._kernel


def needed_from_elsewhere(names: Iterable[str], distributions: Iterable[Distribution]) -> tuple[Distribution, ...]:
    """Return what of ``names``, and of all that these require, the kernel has from no index, sorted by name.

    Markers are not evaluated: what is not needed after all is in no lock.
    """
    installed = {item.name: item for item in distributions}
    waiting, seen = list(names), set[str]()
    while waiting:
        item = installed.get(waiting.pop())
        if item is not None and item.name not in seen:
            seen.add(item.name)
            waiting += filter(None, map(required_name, item.requires))
    found = (installed[name] for name in sorted(seen))
    return tuple(item for item in found if item.direct_url is not None and not is_wheel_on_the_web(item.direct_url))


def _suits(version: str, asked: Parsed) -> bool:
    try:
        return asked.specifier.contains(version, prereleases=True)
    except InvalidVersion:
        return True


def _same(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other


def _hash_of(url: str) -> str:
    with Path(url2pathname(urlsplit(url).path)).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
