"""What ELF files say of their needs, and what broken ones do."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import sys
import zipfile
from pathlib import Path

import pytest
from made_elf import make_elf, make_elf_32

from jupyter_containerize.buildpacks.elf import Elf, ElfBroken, read_elf

FILES = {
    "a library": (
        make_elf(("libm.so.6", "libc.so.6"), soname="libx.so.1"),
        Elf(bits=64, machine="x86_64", needed=("libm.so.6", "libc.so.6"), soname="libx.so.1"),
    ),
    "search paths": (
        make_elf(("liba.so",), rpath="$ORIGIN:$ORIGIN/../x.libs", runpath="/opt/lib"),
        Elf(
            bits=64,
            machine="x86_64",
            needed=("liba.so",),
            rpath=("$ORIGIN", "$ORIGIN/../x.libs"),
            runpath=("/opt/lib",),
        ),
    ),
    "a program": (
        make_elf(("libc.so.6",), interpreter="/lib64/ld-linux-x86-64.so.2"),
        Elf(bits=64, machine="x86_64", needed=("libc.so.6",), interpreter="/lib64/ld-linux-x86-64.so.2"),
    ),
    "another processor": (
        make_elf(("libc.so.6",), machine="aarch64"),
        Elf(bits=64, machine="aarch64", needed=("libc.so.6",)),
    ),
    "the other byte order": (
        make_elf(("libc.so.6",), machine="s390x", order=">"),
        Elf(bits=64, machine="s390x", needed=("libc.so.6",)),
    ),
    "names far from the rest": (
        make_elf(("libc.so.6",), padding=200_000),
        Elf(bits=64, machine="x86_64", needed=("libc.so.6",)),
    ),
    "names at the end": (
        make_elf(("libc.so.6",), padding=200_000, names_last=True),
        Elf(bits=64, machine="x86_64", needed=("libc.so.6",)),
    ),
    "names far from each other": (
        make_elf(("a" * 60_000, "b" * 3000, "c" * 3000, "libc.so.6")[1:]),
        Elf(bits=64, machine="x86_64", needed=("b" * 3000, "c" * 3000, "libc.so.6")),
    ),
    "no needs": (make_elf(), Elf(bits=64, machine="x86_64")),
    "32 bits": (make_elf_32(), Elf(bits=32, machine="i686")),
    "no ELF": (b"#!/bin/sh\n" + bytes(100), None),
    "empty": (b"", None),
}


@pytest.mark.parametrize("case", FILES)
def test_read_elf__a_file__says_what_the_loader_would_read(case):
    """Needs, name, search paths, processor and loader come from the program headers, whatever their order."""
    content, expected = FILES[case]
    assert read_elf(io.BytesIO(content)) == expected


@pytest.mark.parametrize("case", ["a library", "names far from the rest", "names at the end"])
def test_read_elf__compressed_in_an_archive__is_the_same(case, tmp_path):
    """A member of a wheel can be read forwards only, and is read without being unpacked."""
    content, expected = FILES[case]
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.so", content)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive, archive.open("x.so") as file:
        assert read_elf(file) == expected


def test_read_elf__cut_anywhere__is_broken_or_nothing():
    """Of no beginning of a file is anything read that is not there."""
    content = make_elf(("libm.so.6",), soname="libx.so", rpath="$ORIGIN", interpreter="/lib/ld.so")
    for size in range(4, len(content)):
        with pytest.raises(ElfBroken):
            read_elf(io.BytesIO(content[:size]))
    assert all(read_elf(io.BytesIO(content[:size])) is None for size in range(4))


def test_read_elf__bytes_changed__never_fails_otherwise():
    """Whatever is in a file, the answer is an Elf, nothing, or that it is broken."""
    chance = random.Random(7)
    content = make_elf(("libm.so.6", "libc.so.6"), soname="libx.so", runpath="$ORIGIN")
    for _ in range(3000):
        changed = bytearray(content)
        for _ in range(chance.randint(1, 6)):
            changed[chance.randrange(len(changed))] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
        with contextlib.suppress(ElfBroken):
            read_elf(io.BytesIO(bytes(changed)))


def test_read_elf__tables_outside_of_the_file__are_broken():
    """A table of names beyond every segment is no table."""
    content = bytearray(make_elf(("libc.so.6",)))
    place = content.index(struct.pack("<q", 5), 200)
    struct.pack_into("<Q", content, place + 8, 1 << 63)
    with pytest.raises(ElfBroken) as caught:
        read_elf(io.BytesIO(bytes(content)))
    assert "names" in caught.value.reason


@pytest.mark.skipif(sys.platform != "linux", reason="needs a program of Linux's")
def test_read_elf__this_python__needs_the_c_library():
    """A real program is read as it is."""
    with Path(sys.executable).resolve().open("rb") as file:
        elf = read_elf(file)
    assert elf.bits == 64
    assert "ld-" in elf.interpreter
    assert any(name.startswith("libc.") for name in elf.needed)
