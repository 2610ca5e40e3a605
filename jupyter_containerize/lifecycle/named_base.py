"""A base image that the user names: pulled once, and read for its Python and its C library. Nothing of it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jupyter_containerize.attestations import ImageName
from jupyter_containerize.buildpacks.elf import Elf, ElfBroken, read_elf
from jupyter_containerize.buildpacks.interpreter import library_folders
from jupyter_containerize.buildpacks.native_needs import sonames_in_root
from jupyter_containerize.cnb import Base
from jupyter_containerize.domain.build import Unit
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.errors import BaseWithoutPython
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import ChosenBase
from jupyter_containerize.oci import read_config
from jupyter_containerize.publishing import pull_image
from jupyter_containerize.publishing.unpack import inside
from jupyter_containerize.resolution import platform_of

# Where images keep an interpreter, the official Python images first.
_PLACES = ("usr/local/bin", "usr/bin", "opt/python/bin", "opt/venv/bin", "opt/conda/bin")
# What libc.so.6 says when it is run as a program, followed by its minor version.
_GLIBC = re.compile(rb"GNU C Library [^\n]{0,200} version 2\.(\d+)")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBase:
    """The base, and the full version of its Python as its files say it: of the minor alone where they do not."""

    base: ChosenBase
    version: str


def named_base(text: str, python_minor: str, platform: Platform, job: Job) -> NamedBase:
    """Return the base that a registry reference names, for that platform.

    Raises:
        NoMatchingPlatform: the reference means no image for it.
        BaseWithoutPython: it has no Python of the kernel's minor version for wheels of glibc.
    """
    store, watch = job.store, job.watch
    reference = Reference.parse(text)

    def moved(done: int, total: int | None) -> None:
        watch.progress("Pulling the base image", done, total, Unit.BYTES)

    image = pull_image(reference, store, on_bytes=moved, cancel=watch.cancel, platform=platform)
    config = read_config(image.config_bytes)
    with store.root_of(image.layers, cancel=watch.cancel) as root:
        found, about = find_python(root, python_minor, platform), _about(root)
        libraries = sonames_in_root(root, multiarch=platform.multiarch)
    if found is None:
        raise BaseWithoutPython(text, python_minor, tuple(f"/{place}" for place in _PLACES))
    watch.say(f"Base: {reference}, {len(image.layers)} layers, {found.executable} ({found.version})")
    chosen = ChosenBase(
        python=found.executable,
        wheel_platform=platform_of(found.glibc_minor, platform.machine),
        layers=image.layers,
        env=config.env,
        libraries=libraries,
        about=about,
        named=ImageName(reference=reference, digest=image.manifest_digest),
    )
    return NamedBase(base=chosen, version=found.version)


def _about(root: Path) -> Base:
    """Return what /etc/os-release says. Source: os-release(5)."""
    path = inside(root, PurePosixPath("/etc/os-release"))
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    said = {name.strip(): value.strip().strip("'\"") for name, _, value in (line.partition("=") for line in lines)}
    return Base(distro=said.get("ID", ""), version=said.get("VERSION_ID", ""), release=said.get("VERSION_CODENAME", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPython:
    """An interpreter in an unpacked image: its absolute path there, its version, and the minor one of its glibc."""

    executable: str
    version: str
    glibc_minor: int


def find_python(root: Path, python_minor: str, platform: Platform) -> FoundPython | None:
    """Return the image's Python of that minor version, if it is one for glibc on the platform.

    It is not run: it may be for another processor, and what it says of itself is in its files.
    """
    for place in _PLACES:
        python = f"/{place}/python{python_minor}"
        program = inside(root, PurePosixPath(python))
        elf = _elf(program)
        if elf is None or elf.machine != platform.machine or "ld-linux" not in elf.interpreter:
            continue
        glibc = _glibc_minor(root, platform)
        library = inside(root, PurePosixPath(elf.interpreter))
        if glibc is not None and library.is_file() and _has_library(root, program, python_minor):
            version = _version(root, program, python_minor, platform)
            return FoundPython(executable=python, version=version, glibc_minor=glibc)
    return None


def _has_library(root: Path, program: Path, python_minor: str) -> bool:
    prefix = PurePosixPath("/", program.relative_to(root)).parent.parent
    places = (prefix / lib / f"python{python_minor}" / "os.py" for lib in ("lib", "lib64"))
    return any(inside(root, place).is_file() for place in places)


def _glibc_minor(root: Path, platform: Platform) -> int | None:
    for folder in library_folders(platform):
        library = inside(root, PurePosixPath(folder, "libc.so.6"))
        if library.is_file():
            found = _GLIBC.search(library.read_bytes())
            if found:
                return int(found[1])
    return None


def _version(root: Path, program: Path, python_minor: str, platform: Platform) -> str:
    """Return the version that the program, or the library that it is in, has as a text."""
    wanted = re.compile(rb"\0(" + re.escape(python_minor.encode()) + rb"\.\d+)\+?\0")
    library = f"libpython{python_minor}.so.1.0"
    folders = (str(PurePosixPath("/", program.relative_to(root)).parent.parent / "lib"), *library_folders(platform))
    for path in (program, *(inside(root, PurePosixPath(folder, library)) for folder in folders)):
        if path.is_file():
            for window in _windows(path):
                found = wanted.search(window)
                if found:
                    return found[1].decode()
    return python_minor


def _windows(path: Path) -> Iterator[bytes]:
    """Yield the file in pieces that overlap, so that no short text is cut in two."""
    with path.open("rb") as file:
        before = b""
        while chunk := file.read(_CHUNK):
            yield before + chunk
            before = chunk[-64:]


def _elf(path: Path) -> Elf | None:
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return read_elf(file)
    except (OSError, ElfBroken):
        return None
