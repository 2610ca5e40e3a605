"""What the files of a base image say of its Python; nothing of it runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.named_base import FoundPython, find_python
from tests.buildpacks.made_elf import make_elf

AMD, ARM = Platform(architecture="amd64"), Platform(architecture="arm64")
GLIBC = b"\0GNU C Library (Debian GLIBC 2.36-9+deb12u9) stable release version 2.36.\nCopyright\0"
LOADERS = {"x86_64": "/lib64/ld-linux-x86-64.so.2", "aarch64": "/lib/ld-linux-aarch64.so.1"}


def program(machine: str = "x86_64", *, version: bytes = b"3.11.9", interpreter: str = "") -> bytes:
    """Return a Python of that machine, as far as its files say it."""
    return make_elf(machine=machine, interpreter=interpreter or LOADERS[machine]) + b"\0" + version + b"\0"


def system(machine: str = "x86_64", *, glibc: bytes = GLIBC) -> dict[str, bytes | str]:
    """Return a merged /usr with a C library."""
    folder = f"usr/lib/{machine}-linux-gnu"
    return {
        "lib": "usr/lib",
        "lib64": "usr/lib64",
        f"usr{LOADERS[machine]}": f"/{folder}/ld.so",
        f"{folder}/ld.so": b"\x7fELF",
        f"{folder}/libc.so.6": make_elf(machine=machine) + glibc,
    }


OFFICIAL = {"usr/local/bin/python3.11": program(), "usr/local/lib/python3.11/os.py": b""}
LARGE = bytes(3 << 20)
# The image's files, the platform that is asked for, and what is found.
IMAGES: Mapping[str, tuple[dict[str, bytes | str], Platform, tuple[str, str, int] | None]] = {
    "an official image": (system() | OFFICIAL, AMD, ("/usr/local/bin/python3.11", "3.11.9", 36)),
    "for ARM": (
        system("aarch64") | OFFICIAL | {"usr/local/bin/python3.11": program("aarch64")},
        ARM,
        ("/usr/local/bin/python3.11", "3.11.9", 36),
    ),
    "Debian's own": (
        system() | {"usr/bin/python3.11": program(), "usr/lib/python3.11/os.py": b""},
        AMD,
        ("/usr/bin/python3.11", "3.11.9", 36),
    ),
    "a link into conda's folder": (
        system()
        | {"usr/bin/python3.11": "/opt/conda/bin/python3.11", "opt/conda/bin/python3.11": program()}
        | {"opt/conda/lib/python3.11/os.py": b""},
        AMD,
        ("/usr/bin/python3.11", "3.11.9", 36),
    ),
    "the version in the library": (
        system()
        | OFFICIAL
        | {"usr/local/bin/python3.11": program(version=b"none")}
        | {"usr/local/lib/libpython3.11.so.1.0": LARGE + b"\0003.11.10+\0"},
        AMD,
        ("/usr/local/bin/python3.11", "3.11.10", 36),
    ),
    "no version to be seen": (
        system() | OFFICIAL | {"usr/local/bin/python3.11": program(version=b"3.11")},
        AMD,
        ("/usr/local/bin/python3.11", "3.11", 36),
    ),
    "older glibc": (
        system(glibc=b"GNU C Library (GNU libc) stable release version 2.17, by Roland") | OFFICIAL,
        AMD,
        ("/usr/local/bin/python3.11", "3.11.9", 17),
    ),
    "another minor": (system() | {"usr/local/bin/python3.12": program()}, AMD, None),
    "another processor": (system() | OFFICIAL, ARM, None),
    "a script": (system() | OFFICIAL | {"usr/local/bin/python3.11": b"#!/bin/sh\n"}, AMD, None),
    "a broken program": (system() | OFFICIAL | {"usr/local/bin/python3.11": program()[:70]}, AMD, None),
    "musl": (
        {"lib/ld-musl-x86_64.so.1": b"\x7fELF"}
        | OFFICIAL
        | {"usr/local/bin/python3.11": program(interpreter="/lib/ld-musl-x86_64.so.1")},
        AMD,
        None,
    ),
    "no loader": ({**system(), "usr/lib64/ld-linux-x86-64.so.2": "nowhere", **OFFICIAL}, AMD, None),
    "no C library": (system(glibc=b"") | OFFICIAL, AMD, None),
    "no standard library": (system() | {"usr/local/bin/python3.11": program()}, AMD, None),
    "a link out of the image": (
        system() | {"usr/local/bin/python3.11": "../../../../../../../../bin/sh"},
        AMD,
        None,
    ),
    "nothing": ({}, AMD, None),
}


@pytest.mark.parametrize("case", IMAGES)
def test_find_python__files_of_an_image__are_read_not_run(case, tmp_path):
    """The interpreter, its version and its C library are found, on whatever processor this runs."""
    files, platform, expected = IMAGES[case]
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.symlink_to(content)
        else:
            path.write_bytes(content)
    found = find_python(tmp_path, "3.11", platform)
    wanted = None if expected is None else dict(zip(("executable", "version", "glibc_minor"), expected, strict=True))
    assert found == (None if wanted is None else FoundPython(**wanted))


def test_find_python__pipe_in_place_of_the_program__is_none(tmp_path):
    """What is no file is not waited for."""
    for name, content in system().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(content) if isinstance(content, str) else path.write_bytes(content)
    place = Path(tmp_path, "usr/local/bin")
    place.mkdir(parents=True)
    os.mkfifo(place / "python3.11")
    assert find_python(tmp_path, "3.11", AMD) is None
