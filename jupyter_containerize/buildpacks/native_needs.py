"""Which system libraries the wheels of an image need and do not bring.

Rules, in this order, for each library that a file of a wheel names as needed:

1. It is in a folder where the file says to look (RPATH, RUNPATH), of whatever wheel: met.
2. The base has it in one of the loader's own folders: met.
3. The same distribution brings a file of that name anywhere: met, for its own code loads that first.
4. A distribution that this one requires, directly or through others, brings it: met in the same way (torch and the
   nvidia wheels, torchvision and torch).
5. It comes with a graphics card's driver, which the container runtime puts into the container: met.
6. Only a part that no server uses needs it, by a table with reasons: left out.

Libraries of a wheel that only left out parts of it load are left out as well. Anything else is unmet.

Source: ld.so(8), "the dynamic linker"; the wheel specification (PEP 427), "The .data directory".
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from jupyter_containerize.buildpacks.deb import read_control, read_deb
from jupyter_containerize.buildpacks.elf import ElfBroken, read_elf
from jupyter_containerize.buildpacks.errors import WheelBroken
from jupyter_containerize.buildpacks.kept_answers import KeptAnswers
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import LockedPackage, SystemPackage
from jupyter_containerize.publishing.unpack import inside

# Raised when the same wheel, or the same package, would be read otherwise.
_FORMAT = "1"

# Where data goes, from site-packages: to the top of the environment.
_DATA: Mapping[str, str] = MappingProxyType(
    {"purelib": "", "platlib": "", "data": "../../..", "scripts": "../../../bin", "headers": "../../../include"}
)
_LIBRARY = re.compile(r".*\.so(\.[^/]+)*")
_DRIVER = re.compile(r"lib(cuda|nvidia-[a-z-]+|nvcuvid|nvoptix|cudadebugger)\.so(\.\d+)*")
_DEFAULT_FOLDERS = ("usr/lib", "lib", "usr/lib64", "lib64")

# (distribution, file, library): why no server needs it. Patterns as in fnmatch.
OPTIONAL: Mapping[tuple[str, str, str], str] = MappingProxyType(
    {
        ("numba", "numba/np/ufunc/tbbpool*", "libtbb.so.*"): "numba chooses another threading layer",
        ("numba", "numba/np/ufunc/omppool*", "libgomp.so.*"): "numba chooses another threading layer",
        ("*", "*/[Qq]t*/plugins/*", "*"): "plug-ins of Qt for a display, printers and databases",
        ("*", "*/[Qq]t*/qml/*", "*"): "interfaces of Qt for a display",
        ("*", "*tkinter*", "*"): "windows on a display",
        ("torch", "torch/lib/libtorch_nvshmem*", "*"): "several machines with graphics cards",
        ("nvidia-*", "nvidia/*/lib/*", "lib(ibverbs|mlx5|rdmacm|fabric|pmix|mpi)*"): "networks of graphics cards",
        ("nvidia-*", "*nvshmem*", "*"): "several machines with graphics cards",
        ("nvidia-cufile*", "*", "*"): "disks that are wired to graphics cards",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeFile:
    """A shared library or a program of a wheel.

    ``path`` is relative to site-packages, as are the ``folders`` in which it has its needs looked up. ``machine`` as
    in ``Platform.machine``; ``needed`` are library names in the file's order.
    """

    path: str
    machine: str
    soname: str
    needed: tuple[str, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelNeeds:
    """What a wheel has to do with system libraries. ``files`` is sorted by path.

    ``requires`` are the normalised names that its metadata lists, whatever their markers. ``broken`` are files that
    look like libraries and cannot be read: no loader can either.
    """

    distribution: str
    requires: tuple[str, ...]
    files: tuple[NativeFile, ...]
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Unmet:
    """A library that nothing in the image brings; ``file`` (relative to site-packages) is one of those that need it."""

    soname: str
    distribution: str
    file: str

    def __str__(self) -> str:
        # A library of `numpy.libs` says by its path alone whose it is.
        owner = "" if self.file.startswith(f"{self.distribution}/") else f"{self.distribution}: "
        return f"{self.soname} of {owner}{self.file}"


def needs_of_wheel(
    wheel: Path, package: LockedPackage, *, cache: Path | None = None, cancel: CancelToken | None = None
) -> WheelNeeds:
    """Return what the wheel needs; every file of it is read up to its dynamic section, some kilobytes at a time.

    ``cache`` is a folder for answers by the wheel's hash; ``wheel`` is not opened when it has one.

    Raises:
        WheelBroken: not a zip, or damaged.
    """
    answers = KeptAnswers(cache)
    key = f"{_FORMAT} {package.sha256} {package.filename}"
    kept = answers.read(key, _from_json)
    if kept is not None:
        return kept
    cancel = cancel or CancelToken()
    try:
        with zipfile.ZipFile(wheel) as archive:
            needs = _read_wheel(archive, package.name, cancel)
    except FileNotFoundError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise WheelBroken(package.filename, str(error) or type(error).__name__) from error
    answers.write(key, needs)
    return needs


def unmet(
    wheels: Iterable[WheelNeeds],
    base: Collection[str],
    *,
    machine: str,
    optional: Mapping[tuple[str, str, str], str] = OPTIONAL,
) -> tuple[Unmet, ...]:
    """Return what nothing brings, sorted: each library once for each distribution that needs it.

    ``base`` are the names that the loader finds by itself; files for another ``machine`` are passed over.
    """
    wheels = tuple(wheels)
    files = [(wheel, file) for wheel in wheels for file in wheel.files if file.machine == machine]
    places = {file.path for _, file in files}
    brought: dict[str, set[str]] = {}
    for wheel, file in files:
        brought.setdefault(wheel.distribution, set()).update({posixpath.basename(file.path), file.soname})
    required = _closures({wheel.distribution: wheel.requires for wheel in wheels})
    unused = {wheel.distribution: _unused(wheel, machine, optional) for wheel in wheels}
    found: dict[tuple[str, str], Unmet] = {}
    for wheel, file in files:
        if file.path in unused[wheel.distribution]:
            continue
        owners = (wheel.distribution, *required[wheel.distribution])
        for soname in file.needed:
            met = (
                any(posixpath.join(folder, soname) in places for folder in file.folders)
                or soname in base
                or any(soname in brought.get(owner, ()) for owner in owners)
                or _DRIVER.fullmatch(soname) is not None
                or _is_optional(wheel.distribution, file.path, soname, optional)
            )
            if not met:
                one = Unmet(soname=soname, distribution=wheel.distribution, file=file.path)
                found.setdefault((soname, wheel.distribution), one)
    return tuple(sorted(found.values()))


def announced_sonames(
    packages: Iterable[SystemPackage], *, fetch: Callable[[SystemPackage], Path], cache: Path | None = None
) -> frozenset[str]:
    """Return the libraries that the packages say they have for others to link with: most of them, and quickly.

    ``fetch`` and ``cache`` are as for ``sonames_of_packages``.

    Raises:
        DebBroken: a package cannot be read.

    Source: Debian Policy, 8.6.4 (the shlibs files): the type is optional, and a library's soname is ``NAME.so.VERSION``
    or ``NAME-VERSION.so``.
    """
    answers = KeptAnswers(cache)
    names: set[str] = set()
    for package in packages:
        key = f"{_FORMAT} {package.sha256}"
        found = answers.read(key, _texts)
        if found is None:
            text = read_control(fetch(package), package.name).get("shlibs", b"").decode()
            found = sorted(_announced(text))
            answers.write(key, found)
        names.update(found)
    return frozenset(names)


def _announced(shlibs: str) -> Iterator[str]:
    for line in shlibs.splitlines():
        library, version = [*line.split(), "", ""][:2]
        if version and not library.endswith(":") and not library.startswith("#"):
            yield from (f"{library}.so.{version}", f"{library}-{version}.so")


def _texts(value: Iterable[Any]) -> list[str]:
    return [str(name) for name in value]


def sonames_of_packages(
    packages: Iterable[SystemPackage],
    *,
    multiarch: str,
    fetch: Callable[[SystemPackage], Path],
    cache: Path | None = None,
    cancel: CancelToken | None = None,
) -> frozenset[str]:
    """Return the libraries in the loader's own folders, as the packages' own lists of files have them.

    ``fetch`` gives a package's .deb; it is called for packages that ``cache`` does not know by their hash.

    Raises:
        DebBroken: a package cannot be read.
    """
    answers = KeptAnswers(cache)
    names: set[str] = set()
    for package in packages:
        if cancel is not None:
            cancel.check()
        key = f"{_FORMAT} {multiarch} {package.sha256}"
        found = answers.read(key, _texts)
        if found is None:
            folders = {*_DEFAULT_FOLDERS, f"usr/lib/{multiarch}", f"lib/{multiarch}"}
            paths = (file.path for file in read_deb(fetch(package), package.name).files)
            found = sorted({posixpath.basename(path) for path in paths if _is_library(path, folders)})
            answers.write(key, found)
        names.update(found)
    return frozenset(names)


def sonames_in_root(root: Path, *, multiarch: str) -> frozenset[str]:
    """Return the libraries in the loader's own folders of an unpacked root, as a base image that the user names has."""
    names = (*_DEFAULT_FOLDERS, f"usr/lib/{multiarch}", f"lib/{multiarch}", "usr/local/lib")
    # A link like /lib -> /usr/lib means the image's folder, not this machine's.
    folders = {inside(root, PurePosixPath(name)) for name in names}
    return frozenset(path.name for folder in folders for path in folder.glob("*.so*") if _LIBRARY.fullmatch(path.name))


def _is_library(path: str, folders: Collection[str]) -> bool:
    return posixpath.dirname(path) in folders and _LIBRARY.fullmatch(path) is not None


def _is_optional(distribution: str, file: str, soname: str, optional: Mapping[tuple[str, str, str], str]) -> bool:
    values = (distribution, file, soname)
    return any(all(map(fnmatch.fnmatchcase, values, patterns)) for patterns in optional)


def _unused(wheel: WheelNeeds, machine: str, optional: Mapping[tuple[str, str, str], str]) -> set[str]:
    """Return the files that no server uses, and the libraries of the wheel that only these load."""
    names: dict[str, list[NativeFile]] = {}
    files = [file for file in wheel.files if file.machine == machine]
    for file in files:
        for name in {file.soname, posixpath.basename(file.path)}:
            names.setdefault(name, []).append(file)

    def loaded_by(starts: Iterable[NativeFile]) -> set[str]:
        waiting, reached = list(starts), set()
        while waiting:
            file = waiting.pop()
            if file.path not in reached:
                reached.add(file.path)
                waiting += [other for soname in file.needed for other in names.get(soname, ())]
        return reached

    left_out = [file for file in files if _is_optional(wheel.distribution, file.path, "*", optional)]
    if not left_out:
        return set()
    needed = {soname for file in files for soname in file.needed}
    starts = [file for file in files if not {file.soname, posixpath.basename(file.path)} & needed]
    return loaded_by(left_out) - loaded_by(file for file in starts if file not in left_out)


def _closures(requires: Mapping[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """Return for each distribution all of the image that it requires, directly and through others."""
    closures = {}
    for name in requires:
        reached: set[str] = set()
        waiting = list(requires[name])
        while waiting:
            following = waiting.pop()
            if following in requires and following not in reached:
                reached.add(following)
                waiting += requires[following]
        closures[name] = reached
    return closures


def _read_wheel(archive: zipfile.ZipFile, distribution: str, cancel: CancelToken) -> WheelNeeds:
    requires: set[str] = set()
    files: list[NativeFile] = []
    broken: list[str] = []
    for member in archive.infolist():
        cancel.check()
        if re.fullmatch(r"[^/]+\.dist-info/METADATA", member.filename):
            requires |= set(_required_names(archive.read(member).decode("utf-8", "replace")))
        elif _may_be_native(member):
            path = _installed(member.filename)
            try:
                with archive.open(member) as file:
                    elf = read_elf(file)  # type: ignore[arg-type]  # a reader is all that is needed
            except ElfBroken:
                broken.append(path)
                continue
            if elf is not None and elf.bits == 64:  # noqa: PLR2004  # the word size itself
                origin = posixpath.dirname(path)
                folders = [_folder(text, origin) for text in (*elf.rpath, *elf.runpath)]
                files.append(
                    NativeFile(
                        path=path,
                        machine=elf.machine,
                        soname=elf.soname,
                        needed=elf.needed,
                        folders=tuple(folder for folder in folders if folder is not None),
                    )
                )
    return WheelNeeds(
        distribution=distribution,
        requires=tuple(sorted(requires)),
        files=tuple(sorted(files, key=lambda file: file.path)),
        broken=tuple(sorted(broken)),
    )


def _may_be_native(member: zipfile.ZipInfo) -> bool:
    """Tell libraries by their names, and programs by their place or mode."""
    if member.is_dir():
        return False
    executable = bool(member.external_attr >> 16 & 0o111) and not member.filename.endswith((".py", ".sh", ".pl"))
    return _LIBRARY.fullmatch(member.filename) is not None or executable or ".data/scripts/" in member.filename


def _installed(name: str) -> str:
    """Return where a member of a wheel goes, relative to site-packages."""
    top, _, rest = name.partition("/")
    if not top.endswith(".data"):
        return name
    scheme, _, rest = rest.partition("/")
    return posixpath.normpath(posixpath.join(_DATA.get(scheme, ""), rest))


def _folder(text: str, origin: str) -> str | None:
    """Return a folder of a search path relative to site-packages; ``None`` for one outside, where there is nothing."""
    for word in ("$ORIGIN", "${ORIGIN}"):
        if text.startswith(word):
            return posixpath.normpath(posixpath.join(origin, text[len(word) :].lstrip("/")))
    return None


def _required_names(metadata: str) -> Iterator[str]:
    for line in metadata.partition("\n\n")[0].splitlines():
        name, colon, value = line.partition(":")
        if colon and name.lower() == "requires-dist":
            try:
                yield canonicalize_name(Requirement(value.strip()).name)
            except InvalidRequirement:
                continue


def _from_json(value: Any) -> WheelNeeds:
    return WheelNeeds(
        distribution=value["distribution"],
        requires=tuple(value["requires"]),
        files=tuple(
            NativeFile(**{**file, "needed": tuple(file["needed"]), "folders": tuple(file["folders"])})
            for file in value["files"]
        ),
        broken=tuple(value["broken"]),
    )
