"""The project.toml beside a notebook: what of it a build heeds.

Source: Cloud Native Buildpacks, "Project Descriptor", https://github.com/buildpacks/spec/blob/main/extensions/project-descriptor.md
for the names of today (schema 0.2, as pack reads it); ``io.jupyter-containerize`` is our own table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TypeVar

from jupyter_containerize.buildpacks.discovery import Wanted
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.image import Bytecode, Compression, LayerOptions
from jupyter_containerize.domain.notebook import Finding, Location, Severity
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.patterns import Pattern, matched
from jupyter_containerize.publishing import RegistryDestination, parse_destination

FILE = "project.toml"
DEBIAN = "debian"
"""The base of a request that wants none of a registry, whatever the file says."""

NEEDED = "JC-PROJECT-22"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Our own table. ``None`` and empty: it says nothing.

    ``registry_layers`` are registries' hosts, each with the most layers that an image there may have.
    """

    platforms: tuple[Platform, ...] = ()
    compression: Compression | None = None
    bytecode: Bytecode | None = None
    layers: int | None = None
    registry_layers: tuple[tuple[str, int], ...] = ()
    split_bytes: int | None = None
    strip: tuple[str, ...] = ()
    base: str = ""
    kernel: str = ""
    tag: str = ""
    attest: bool | None = None
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a project.toml says; without a file, nothing.

    ``variables`` are set when the notebook runs, and in no image. ``include`` and ``exclude`` are never both there.
    ``group`` is ``None`` unless the file says which buildpacks there are. ``findings`` are what is not heeded.
    """

    path: Path | None = None
    name: str = ""
    version: str = ""
    include: tuple[Pattern, ...] = ()
    exclude: tuple[Pattern, ...] = ()
    group: tuple[Wanted, ...] | None = None
    pre: tuple[Wanted, ...] = ()
    post: tuple[Wanted, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    options: Options = field(default_factory=Options)
    findings: tuple[Finding, ...] = ()

    def applied(self, request: BuildRequest) -> BuildRequest:
        """Return the request with what the file says, where it asks for nothing but the defaults itself.

        What a registry takes at most counts in any case.

        Raises:
            UnknownDestination, IllegalReference: as ``parse_destination``.
        """
        said, default = self.options, LayerOptions()
        asked = request.layers
        most = _chosen(asked.most, said.layers, default.most)
        return replace(
            request,
            platforms=request.platforms or said.platforms,
            base="" if request.base == DEBIAN else request.base or said.base,
            kernel=request.kernel or said.kernel,
            tag=request.tag or said.tag,
            attest=request.attest and said.attest is not False,
            extras=tuple(sorted({*request.extras, *said.extras})),
            layers=LayerOptions(
                compression=_chosen(asked.compression, said.compression, default.compression),
                bytecode=_chosen(asked.bytecode, said.bytecode, default.bytecode),
                most=min(most, self._most_at(request.destination) or most),
                split_bytes=_chosen(asked.split_bytes, said.split_bytes, default.split_bytes),
                strip=tuple(sorted({*asked.strip, *said.strip})),
            ),
        )

    def _most_at(self, destination: str) -> int | None:
        if not self.options.registry_layers:
            return None
        place = parse_destination(destination)
        host = place.reference.host if isinstance(place, RegistryDestination) else None
        return dict(self.options.registry_layers).get(host or "")

    def kept(self, paths: Iterable[str], *, needed: Iterable[str]) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
        """Return the files that go into the image, and a finding for each that is left out though code needs it.

        Args:
            paths: of what would go into the image, relative to the notebook's folder.
            needed: of what the serving code names or imports itself.
        """
        if not self.include and not self.exclude:
            return tuple(paths), ()
        kept: list[str] = []
        left: list[str] = []
        for path in paths:
            # What lies above the notebook's folder is not the project's to choose.
            outside = ".." in PurePosixPath(path).parts
            hit = matched(path, self.include or self.exclude)
            (kept if outside or hit is bool(self.include) else left).append(path)
        wanted = set(needed)
        return tuple(kept), tuple(self._missed(path) for path in left if path in wanted)

    def _missed(self, path: str) -> Finding:
        key = "include" if self.include else "exclude"
        return Finding(
            code=NEEDED,
            message=f"{path} is left out of the image by {key}, and the serving code needs it",
            severity=Severity.WARNING,
            location=Location(path=str(self.path)),
            hint=f"Change {key} in {FILE}, or the code.",
        )


def _chosen(asked: T, said: T | None, default: T) -> T:
    return asked if said is None or asked != default else said
