"""Which wheels share a layer: the same answer for the same wheel, whatever else is in the image.

A large distribution gets a layer of its own, several where it is very large. A small one goes into one of a fixed
number of groups, chosen by its name alone: what is added or removed elsewhere moves nothing, a changed small
distribution moves only its group, and notebooks with the same libraries share all layers. See docs/decisions/0016.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from jupyter_containerize.domain.environment import LockedPackage
from jupyter_containerize.domain.image import LayerEntry, LayerOptions

# A wheel of this size or more is a layer of its own, so that a change elsewhere never moves its bytes again.
OWN_LAYER_BYTES: Final = 2_000_000
# Layers for everything but wheels: system and Python, or a base with up to four; server, code and state; and the five
# that Buildpacks ask for. A larger base needs a larger `most`.
RESERVED_LAYERS: Final = 12
# What overlay file systems take; Docker refuses images with more.
_MOST_EVER: Final = 127
_GROUPS: Final = 8
# How large the files of a wheel are is not known before it is here, but their number of layers is decided before
# that. Measured: NumPy 4.3 (with bytecode), SciPy 3.9, PyTorch 3.5, CUDA libraries 1.5.
_UNPACKED_RATIO: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place for a layer. ``slice_number`` of ``slice_count`` (from 1) where one wheel fills several."""

    name: str
    packages: tuple[LockedPackage, ...]
    slice_number: int = 1
    slice_count: int = 1

    @property
    def title(self) -> str:
        """What the layer is called."""
        if len(self.packages) > 1:
            return f"{len(self.packages)} small distributions"
        (package,) = self.packages
        part = f", part {self.slice_number} of {self.slice_count}" if self.slice_count > 1 else ""
        return f"{package.name} {package.version}{part}"


def slots(packages: Iterable[LockedPackage], options: LayerOptions) -> tuple[Slot, ...]:
    """Return the layers for these wheels, bottom to top: the largest first, the groups last; none is empty.

    Within ``options.most``, less what is reserved; with many large wheels the smaller of them join the groups.
    """
    budget = max(1, min(options.most, _MOST_EVER) - RESERVED_LAYERS)
    groups = max(1, min(_GROUPS, budget // 2))
    alone, small, left = list[Slot](), list[LockedPackage](), budget - groups
    for package in sorted(packages, key=lambda item: (-(item.size_bytes or 0), item.name)):
        count = min(_slices(package, options), left)
        if count and (package.size_bytes or 0) >= OWN_LAYER_BYTES:
            alone += _alone(package, count)
            left -= count
        else:
            small.append(package)
    return (*alone, *_grouped(small, groups))


def sliced(entries: Iterable[LayerEntry], number: int, count: int) -> list[LayerEntry]:
    """Return the files of one of ``count`` layers (``number`` from 1): neighbours by path, of about the same size."""
    files = sorted(entries, key=lambda entry: entry.path)
    total = sum(entry.size_bytes for entry in files) or 1
    chosen, before = [], 0
    for entry in files:
        if min(before * count // total, count - 1) == number - 1:
            chosen.append(entry)
        before += entry.size_bytes
    return chosen


def _slices(package: LockedPackage, options: LayerOptions) -> int:
    return -(-(package.size_bytes or 0) * _UNPACKED_RATIO // max(options.split_bytes, 1)) or 1


def _alone(package: LockedPackage, count: int) -> Iterator[Slot]:
    for number in range(1, count + 1):
        name = f"wheels/{package.name}" + (f"-{number}-of-{count}" if count > 1 else "")
        yield Slot(name=name, packages=(package,), slice_number=number, slice_count=count)


def _grouped(packages: Sequence[LockedPackage], groups: int) -> Iterator[Slot]:
    members: dict[int, list[LockedPackage]] = {}
    for package in sorted(packages, key=lambda item: item.name):
        number = int.from_bytes(hashlib.sha256(package.name.encode()).digest()[:8]) % groups
        members.setdefault(number, []).append(package)
    for number in sorted(members):
        yield Slot(name=f"wheels/group-{number + 1}", packages=tuple(members[number]))
