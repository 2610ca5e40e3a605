"""What an ELF file needs and is called, read from its program headers alone.

Source: the System V ABI, chapters 4 "Object Files" and 5 "Dynamic Linking" (gabi), and ld.so(8). No library for it:
pyelftools reads all of a file's sections, which are at its end, and a wheel's member can be read forwards only.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO

from jupyter_containerize.domain.errors import OutsideError

_MAGIC = b"\x7fELF"
_BITS = {1: 32, 2: 64}
_ORDERS = {1: "<", 2: ">"}
_HEADER_BYTES = 64
_SEGMENT_BYTES = 56
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_SONAME, _DT_RPATH, _DT_RUNPATH = 0, 1, 5, 10, 14, 15, 29
# Linux's names, as in ``Platform.machine``. Source: the registry of e_machine.
_MACHINES: Mapping[int, str] = MappingProxyType(
    {3: "i686", 21: "ppc64le", 22: "s390x", 40: "armv7l", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
)
# Far beyond what is seen: the names in libtorch_cpu.so are 60 MB, its dynamic section is 1 kB.
_MOST_STRINGS = 512 << 20
_MOST_DYNAMIC = 1 << 20
_MOST_SEGMENTS = 4096
_LONGEST = 4096
_WINDOW = 64 << 10


class ElfBroken(OutsideError):
    """A file begins as ELF and ends early, or contradicts itself."""

    code = "JC-NATIVE-01"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """What the dynamic loader would read of a file.

    ``machine`` is Linux's name (``x86_64``), or ``e_machine N`` for one that we do not know. ``needed`` is in the
    file's order. ``rpath`` and ``runpath`` are the folders as written, with ``$ORIGIN``. ``soname`` and
    ``interpreter`` are empty where there is none. Of a 32-bit file only ``bits`` and ``machine`` are read: no image
    of ours loads it.
    """

    bits: int
    machine: str
    needed: tuple[str, ...] = ()
    soname: str = ""
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    interpreter: str = ""


def read_elf(file: BinaryIO) -> Elf | None:
    """Read a file that can seek; ``None`` when it does not begin as ELF.

    Goes forwards as far as the file's own order allows, so that a compressed member of an archive is read about once,
    up to its dynamic section. Holds some kilobytes of it.

    Raises:
        ElfBroken: the file ends early, or its tables point outside of it.
    """
    header = file.read(_HEADER_BYTES)
    if header[:4] != _MAGIC:
        return None
    try:
        bits, order = _BITS[header[4]], _ORDERS[header[5]]
        (number,) = struct.unpack_from(f"{order}H", header, 18)
        machine = _MACHINES.get(number, f"e_machine {number}")
        if bits != 64:  # noqa: PLR2004  # the word size itself
            return Elf(bits=bits, machine=machine)
        (table,) = struct.unpack_from(f"{order}Q", header, 32)
        size, count = struct.unpack_from(f"{order}HH", header, 54)
    except (KeyError, IndexError, struct.error):
        raise ElfBroken("its header is damaged") from None
    if count and (size < _SEGMENT_BYTES or count > _MOST_SEGMENTS):
        raise ElfBroken("its program headers are damaged")
    return _Reader(file, order).read(bits, machine, table, size, count)


@dataclass(frozen=True, slots=True)
class _Segment:
    kind: int
    offset: int
    address: int
    size: int


class _Reader:
    """One file, and what was found in it."""

    def __init__(self, file: BinaryIO, order: str) -> None:
        self._file = file
        self._order = order

    def read(self, bits: int, machine: str, table: int, size: int, count: int) -> Elf:
        raw = self._at(table, size * count)
        segments = []
        for number in range(count):
            kind, _, offset, address, _, length = struct.unpack_from(f"{self._order}IIQQQQ", raw, number * size)
            segments.append(_Segment(kind, offset, address, length))
        interpreter = ""
        for segment in segments:
            if segment.kind == _PT_INTERP:
                raw = self._at(segment.offset, min(segment.size, _LONGEST))
                interpreter = raw.partition(b"\0")[0].decode("utf-8", "replace")
        dynamic = next((segment for segment in segments if segment.kind == _PT_DYNAMIC and segment.size), None)
        if dynamic is None:
            return Elf(bits=bits, machine=machine, interpreter=interpreter)
        entries = self._entries(dynamic)
        wanted = {value for tag, value in entries if tag in {_DT_NEEDED, _DT_SONAME, _DT_RPATH, _DT_RUNPATH}}
        texts = self._strings(wanted, dict(entries), segments) if wanted else {}
        named = {tag: [texts[value] for found, value in entries if found == tag] for tag in (_DT_NEEDED, _DT_SONAME)}
        return Elf(
            bits=bits,
            machine=machine,
            needed=tuple(named[_DT_NEEDED]),
            soname=next(iter(named[_DT_SONAME]), ""),
            rpath=_folders(texts[value] for tag, value in entries if tag == _DT_RPATH),
            runpath=_folders(texts[value] for tag, value in entries if tag == _DT_RUNPATH),
            interpreter=interpreter,
        )

    def _entries(self, dynamic: _Segment) -> list[tuple[int, int]]:
        if dynamic.size > _MOST_DYNAMIC:
            raise ElfBroken("its dynamic section is damaged")
        entries = []
        usable = dynamic.size - dynamic.size % 16
        for tag, value in struct.iter_unpack(f"{self._order}qQ", self._at(dynamic.offset, usable)):
            if tag == _DT_NULL:
                break
            entries.append((tag, value))
        return entries

    def _strings(self, wanted: set[int], entries: Mapping[int, int], segments: list[_Segment]) -> Mapping[int, str]:
        """Return the texts at these offsets of the dynamic string table."""
        address, size = entries.get(_DT_STRTAB), entries.get(_DT_STRSZ, 0)
        home = next(
            (
                segment
                for segment in segments
                if address is not None
                and segment.kind == _PT_LOAD
                and segment.address <= address < segment.address + segment.size
            ),
            None,
        )
        if address is None or home is None or size > _MOST_STRINGS or max(wanted) >= size:
            raise ElfBroken("its table of names is damaged")
        start = home.offset + address - home.address
        texts: dict[int, str] = {}
        begin, window = 0, b""
        # Symbols' names are between these few, megabytes of them: only what is around each is read, and forwards.
        for place in sorted(wanted):
            if place + _LONGEST > begin + len(window):
                kept = window[place - begin :] if place < begin + len(window) else b""
                begin, missing = place, min(size - place, _WINDOW) - len(kept)
                window = kept + self._at(start + place + len(kept), missing)
            text, zero, _ = window[place - begin :].partition(b"\0")
            if not zero:
                raise ElfBroken("its table of names is damaged")
            texts[place] = text.decode("utf-8", "replace")
        return texts

    def _at(self, offset: int, size: int) -> bytes:
        try:
            self._file.seek(offset, os.SEEK_SET)
            data = self._file.read(size)
        except (ValueError, OverflowError):
            raise ElfBroken("its tables point nowhere") from None
        if len(data) != size:
            raise ElfBroken("it ends early")
        return data


def _folders(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(folder for text in texts for folder in text.split(":") if folder)
