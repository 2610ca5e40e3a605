"""Where this machine's dynamic loader finds the libraries of a program. Source: ld.so(8)."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jupyter_containerize.buildpacks.elf import Elf, ElfBroken, read_elf
from jupyter_containerize.buildpacks.interpreter import library_folders
from jupyter_containerize.domain.platform import Platform

_SETTINGS = Path("/etc/ld.so.conf")
# What every base of ours has, in libc6, libcrypt1, libexpat1, libgcc-s1, libstdc++6 and zlib1g.
OF_BASE = frozenset(
    {
        *("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6", "libmvec.so.1", "libdl.so.2"),
        *("libpthread.so.0", "librt.so.1", "libutil.so.1", "libresolv.so.2", "libanl.so.1", "libnsl.so.1"),
        *("libcrypt.so.1", "libexpat.so.1", "libgcc_s.so.1", "libstdc++.so.6", "libz.so.1"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A library: its name, and the file that has it. ``beside``: found by its place beside who needs it."""

    name: str
    path: Path
    beside: bool


def libraries_of(path: Path, program: Path, prefix: Path) -> tuple[tuple[Library, ...], str]:
    """Return what a program, or a module of it, loads beyond the base's libraries; and the first name not found.

    Libraries below ``prefix`` that are found relative to who needs them (``$ORIGIN``) may stay where they are, also
    when the base has one of that name: they were made for it.
    """
    found: dict[str, Library] = {}
    waiting = [path]
    while waiting:
        user = waiting.pop()
        elf = _read(user)
        if elf is None:
            continue
        for name in elf.needed:
            if name in found:
                continue
            library = _find(name, user, elf, program, prefix)
            if library is None:
                return (), name
            if library.beside or name not in OF_BASE:
                found[name] = library
                waiting.append(library.path)
    return tuple(found[name] for name in sorted(found)), ""


def _find(name: str, user: Path, elf: Elf, program: Path, prefix: Path) -> Library | None:
    machine = elf.machine
    for folder, beside in _folders(user, elf, program, prefix):
        path = folder / name
        if path.is_file() and (other := _read(path)) is not None and other.machine == machine:
            return Library(name=name, path=path if beside else path.resolve(), beside=beside)
    return None


def _folders(user: Path, elf: Elf, program: Path, prefix: Path) -> Iterator[tuple[Path, bool]]:
    # The program's RPATH counts for all that it loads, unless who needs it has a RUNPATH.
    named = [(user, folder) for folder in elf.runpath or elf.rpath]
    above = None if elf.runpath else _read(program)
    if above is not None and not above.runpath:
        named += [(program, folder) for folder in above.rpath]
    for owner, folder in named:
        relative = "ORIGIN" in folder
        place = folder.replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", str(owner.parent))
        resolved = Path(place).resolve()
        yield resolved, relative and resolved.is_relative_to(prefix.resolve())
    for place in _of_machine():
        yield Path(place), False


@functools.cache
def _of_machine() -> tuple[str, ...]:
    return tuple(dict.fromkeys((*_configured(_SETTINGS), *library_folders(Platform.here()))))


def _configured(settings: Path) -> Iterator[str]:
    """Yield the folders that ldconfig looks into, in order. Source: ldconfig(8)."""
    try:
        lines = settings.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        text = line.partition("#")[0].strip()
        if text.startswith("include "):
            for pattern in text.split()[1:]:
                top = settings.parent if not pattern.startswith("/") else Path("/")
                for path in sorted(top.glob(pattern.lstrip("/"))):
                    yield from _configured(path)
        elif text:
            yield text


@functools.lru_cache(maxsize=512)
def _read(path: Path) -> Elf | None:
    try:
        with path.open("rb") as file:
            return read_elf(file)
    except (OSError, ElfBroken):
        return None
