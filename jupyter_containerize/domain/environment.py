"""Values that describe what a kernel has and what an image will have."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from jupyter_containerize.domain.notebook import Declared, Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One installed distribution. ``name`` is normalised (PEP 503), ``requires`` are raw PEP 508 strings.

    ``import_names`` are the dotted modules or packages that it provides at the shallowest level
    that is its own: ``numpy``, but ``google.cloud.storage`` for a namespace package.
    ``direct_url`` is set for editable, VCS and local installs (PEP 610), ``editable`` for the first of them.
    ``installer`` is who put it there, as its INSTALLER file says (``pip``, ``uv``, ``conda``), or empty.
    ``license`` is an SPDX expression, or what its metadata says; empty if nothing. ``size_bytes`` is the sum of
    its files by RECORD, ``None`` if no sizes are recorded.
    """

    name: str
    version: str
    import_names: tuple[str, ...]
    requires: tuple[str, ...] = ()
    direct_url: str | None = None
    editable: bool = False
    installer: str = ""
    license: str = ""
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelEnvironment:
    """What the interpreter behind a kernelspec has.

    ``kernel`` is the kernelspec's name, ``executable`` the interpreter that it starts,
    ``python_version`` the full version (``3.11.7``), ``platform`` as ``sysconfig.get_platform()``.
    ``stdlib`` are the names in ``sys.stdlib_module_names``.
    """

    kernel: str
    executable: str
    python_version: str
    implementation: str
    platform: str
    distributions: tuple[Distribution, ...]
    stdlib: frozenset[str]

    @property
    def python_minor(self) -> str:
        """The language version that wheels and bytecode are bound to: ``3.11``."""
        return ".".join(self.python_version.split(".")[:2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a distribution is needed: where, and by which rule.

    ``import``, ``import_module``, ``load_ext``: as in ``ImportSite``; ``state``: a captured object's pickle;
    ``requires``: another distribution; ``runtime``: our server; ``hidden:NAME``: that rule of the hidden needs;
    else what it was declared in (``%pip``, ``requirements.txt``, ...). ``detail`` names the module, object,
    distribution, reason or line.
    """

    rule: str
    detail: str
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A distribution that something asked for. ``specifier`` is PEP 440, ``" @ URL"``, or empty for any version."""

    distribution: str
    specifier: str
    import_names: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    extras: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.named}{self.specifier}"

    @property
    def named(self) -> str:
        """The name with the extras, as PEP 508 has it."""
        return f"{self.distribution}[{','.join(self.extras)}]" if self.extras else self.distribution


class Edited(StrEnum):
    """What the notebook's metadata says of a distribution."""

    NO = ""
    PINNED = "pinned"
    ADDED = "added"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyEdits:
    """How the notebook's metadata changes what its image installs; names are normalised and sorted.

    ``pin`` are names with the exact version to take, ``add`` is what is installed though nothing asks for it (of
    URLs only those of wheels on the web), ``exclude`` is what is not installed, whoever asks for it. No name is both in
    ``exclude`` and in another. ``path`` is how the notebook is shown, empty where it says nothing.
    """

    pin: tuple[tuple[str, str], ...] = ()
    add: tuple[Declared, ...] = ()
    exclude: tuple[str, ...] = ()
    path: str = ""

    def __bool__(self) -> bool:
        return bool(self.pin or self.add or self.exclude)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One wheel. ``url`` carries no credentials; ``size_bytes`` is ``None`` when the index does not say."""

    name: str
    version: str
    filename: str
    url: str
    sha256: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPackage:
    """One Debian package. ``needed_by`` says what asked for it beside the base: ``libgomp.so.1 of lightgbm``.

    ``source`` is the source package that it was built from, as its control file says: ``gcc-12``, or
    ``gcc-12 (12.2-1)`` where that has another version; empty where both are the same. Security notices are of sources.
    """

    name: str
    version: str
    architecture: str
    url: str
    sha256: str
    size_bytes: int
    needed_by: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedEnvironment:
    """Everything that is installed in the image, exactly. Packages are sorted by name.

    ``vendored`` are our server's own wheels, unpacked where only the server finds them: what else has the same name
    may have any version.
    """

    python_minor: str
    platform: str
    packages: tuple[LockedPackage, ...]
    system_packages: tuple[SystemPackage, ...] = field(default=())
    vendored: tuple[LockedPackage, ...] = ()
