"""ELF files of a few hundred bytes, made by the tests."""

from __future__ import annotations

import struct

MACHINES = {"x86_64": 62, "aarch64": 183, "s390x": 22}


def make_elf(
    needed: tuple[str, ...] = (),
    *,
    soname: str = "",
    rpath: str = "",
    runpath: str = "",
    machine: str = "x86_64",
    order: str = "<",
    interpreter: str = "",
    padding: int = 0,
    names_last: bool = False,
) -> bytes:
    """Return a 64-bit ELF file: header, program headers, then names and dynamic section, ``padding`` between them."""
    names = b"\0"
    entries: list[tuple[int, int]] = []
    for tag, text in (*((1, text) for text in needed), (14, soname), (15, rpath), (29, runpath)):
        if text:
            entries.append((tag, len(names)))
            names += text.encode() + b"\0"
    loader = interpreter.encode() + b"\0"
    start = 64 + 56 * 3
    dynamic_bytes = 16 * (len(entries) + 3)
    gap = bytes(padding)
    if names_last:
        dynamic_at = start
        names_at = dynamic_at + dynamic_bytes + padding
        loader_at = names_at + len(names)
    else:
        names_at = start
        dynamic_at = names_at + len(names) + padding
        loader_at = dynamic_at + dynamic_bytes
    base = 0x400000
    entries += [(5, base + names_at), (10, len(names)), (0, 0)]
    dynamic = b"".join(struct.pack(f"{order}qQ", *entry) for entry in entries)
    total = loader_at + len(loader)
    segments = [
        (1, 0, base, total),
        (2, dynamic_at, base + dynamic_at, dynamic_bytes),
        (3 if interpreter else 0, loader_at, base + loader_at, len(loader)),
    ]
    table = b"".join(
        struct.pack(f"{order}IIQQQQQQ", kind, 4, offset, address, address, size, size, 8)
        for kind, offset, address, size in segments
    )
    identity = b"\x7fELF" + bytes([2, 1 if order == "<" else 2, 1]) + bytes(9)
    header = identity + struct.pack(
        f"{order}HHIQQQIHHHHHH", 3, MACHINES[machine], 1, 0, 64, 0, 0, 64, 56, len(segments), 64, 0, 0
    )
    body = dynamic + gap + names if names_last else names + gap + dynamic
    return header + table + body + loader


def make_elf_32() -> bytes:
    """Return the header of a 32-bit file for i686."""
    return (
        b"\x7fELF"
        + bytes([1, 1, 1])
        + bytes(9)
        + struct.pack("<HHIIIIIHHHHHH", 3, 3, 1, 0, 52, 0, 0, 52, 32, 0, 0, 0, 0)
    )
