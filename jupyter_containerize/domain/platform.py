"""What an image is for: operating system and processor, as the OCI image specification names them."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from jupyter_containerize.domain.errors import UserError

# The processor as Linux, wheels and ELF name it. Debian's names are those of OCI.
_MACHINES: Mapping[str, str] = MappingProxyType({"amd64": "x86_64", "arm64": "aarch64"})
MACHINES: Final = tuple(sorted(_MACHINES.values()))
"""Those that images can be built for."""


class UnknownPlatform(UserError):
    """A platform that images cannot be built for. ``known`` are those that can."""

    code = "JC-IMAGE-02"

    def __init__(self, text: str, known: tuple[str, ...]) -> None:
        super().__init__(text)
        self.text = text
        self.known = known


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Platform:
    """``linux/amd64`` or ``linux/arm64``. Source: OCI image-spec, "Image Index", platform."""

    architecture: str
    os: str = "linux"

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read ``linux/arm64``; the operating system may be left out, and ``aarch64`` is another name of ``arm64``.

        Raises:
            UnknownPlatform: it is none that images can be built for.
        """
        os, slash, architecture = text.strip().rpartition("/")
        named = {machine: name for name, machine in _MACHINES.items()}
        architecture = named.get(architecture, architecture)
        if (slash and os != "linux") or architecture not in _MACHINES:
            raise UnknownPlatform(text, tuple(f"linux/{name}" for name in sorted(_MACHINES)))
        return cls(architecture=architecture)

    @classmethod
    def here(cls) -> Platform:
        """Return the platform of this machine's processor; ``linux/amd64`` where it is neither.

        Images are for Linux, also when they are built elsewhere.
        """
        named = {**{machine: name for name, machine in _MACHINES.items()}, "AMD64": "amd64", "arm64": "arm64"}
        return cls(architecture=named.get(platform.machine(), "amd64"))

    @property
    def machine(self) -> str:
        """The processor as Linux, wheels and ELF name it: ``x86_64``, ``aarch64``."""
        return _MACHINES[self.architecture]

    @property
    def multiarch(self) -> str:
        """The name of Debian's folder of libraries: ``x86_64-linux-gnu``."""
        return f"{self.machine}-linux-gnu"

    def __str__(self) -> str:
        return f"{self.os}/{self.architecture}"
