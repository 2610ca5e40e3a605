"""Somebody else's buildpack, held to the protocol: what goes wrong in it says whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from jupyter_containerize.buildpacks.discovery_errors import BuildpackBroken
from jupyter_containerize.buildpacks.protocol import BuildInputs, Buildpack, Contribution, Workbench
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.image import LayerEntry, LayerPlan, LayerRole

_KEY = re.compile(r"[0-9a-f]{64}")
# The base is the run image of Cloud Native Buildpacks: it can be changed below the others.
_ROLES = frozenset({LayerRole.DEPENDENCIES, LayerRole.RUNTIME, LayerRole.STATE, LayerRole.CODE})


class CheckedBuildpack:
    """A buildpack whose promises are checked when they are made.

    Its layers are made in one go: one with parts of its own would have to be a buildpack of ours.
    """

    def __init__(self, buildpack: Buildpack, *, distribution: str) -> None:
        self.id = buildpack.id
        self._buildpack = buildpack
        self._distribution = distribution

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Return what it decides.

        Raises:
            BuildpackBroken: it raised, or what it returned is no contribution.
        """
        try:
            contribution = self._buildpack.detect(inputs)
        except ContainerizeError:
            raise
        except Exception as error:
            raise self._broken("detect", f"{type(error).__name__}: {error}") from error
        if contribution is None:
            return None
        reason = _wrong(contribution, self.id)
        if reason:
            raise self._broken("detect", reason)
        return contribution

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Give the entries that it makes.

        Raises:
            BuildpackBroken: it raised, or an entry breaks a promise.
        """
        try:
            yield from self._checked(self._buildpack.build(plan, inputs, workbench))
        except (ContainerizeError, OSError):
            # A full disk is nobody's mistake.
            raise
        except Exception as error:
            raise self._broken("build", f"{type(error).__name__}: {error}") from error

    def _checked(self, entries: Iterable[LayerEntry]) -> Iterator[LayerEntry]:
        before, folders = "", {"."}
        for entry in entries:
            if not isinstance(entry, LayerEntry):
                raise self._broken("build", f"it gave {type(entry).__name__} for an entry")
            path = PurePosixPath(entry.path)
            if not entry.path or path.is_absolute() or ".." in path.parts or str(path) != entry.path:
                raise self._broken("build", f"{entry.path!r} is no path of a layer")
            if entry.path <= before:
                raise self._broken("build", f"{entry.path} comes after {before}: entries are sorted by path")
            if str(path.parent) not in folders:
                raise self._broken("build", f"{entry.path} comes without its folder")
            before = entry.path
            # Any entry may be a parent here; what is below a file is seen when the layer is written.
            folders.add(entry.path)
            yield entry

    def _broken(self, phase: str, reason: str) -> BuildpackBroken:
        return BuildpackBroken(self.id, self._distribution, phase, reason)


def _wrong(contribution: Contribution, name: str) -> str:
    """Return which promise a contribution breaks; empty if none."""
    if not isinstance(contribution, Contribution):
        return f"it returned {type(contribution).__name__}"
    if not isinstance(contribution.layers, tuple) or not isinstance(contribution.entrypoint, tuple):
        return "layers and entrypoint are tuples"
    if not _are_texts(contribution.env) or not all(isinstance(text, str) for text in contribution.entrypoint):
        return "env and entrypoint are texts"
    if not all(isinstance(port, int) and 0 < port < 1 << 16 for port in contribution.ports):
        return f"ports are {contribution.ports!r}"
    return next(filter(None, (_wrong_layer(layer, name) for layer in contribution.layers)), "")


def _wrong_layer(layer: LayerPlan, name: str) -> str:
    if not isinstance(layer, LayerPlan):
        return f"a layer is {type(layer).__name__}"
    roles = ", ".join(sorted(_ROLES))
    has_key = isinstance(layer.cache_key, str) and _KEY.fullmatch(layer.cache_key)
    promises = (
        (layer.buildpack == name, f"a layer names the buildpack {layer.buildpack!r}"),
        (layer.role in _ROLES, f"a layer has the role {layer.role!r}; it may be {roles}"),
        (has_key, f"a layer's cache_key is {layer.cache_key!r}; it is a sha256 in hex: call `keyed`"),
        (isinstance(layer.title, str) and layer.title, "a layer has a title"),
        (isinstance(layer.size_bytes, int), "a layer has a size in bytes"),
        (_are_texts(layer.inputs), "a layer's inputs are texts by name"),
        (not layer.parts, "a layer has parts, which only our own buildpacks can have"),
    )
    return next((broken for kept, broken in promises if not kept), "")


def _are_texts(mapping: Mapping[str, str]) -> bool:
    return isinstance(mapping, Mapping) and all(isinstance(text, str) for pair in mapping.items() for text in pair)
