"""What the files of a base image say of its Python; nothing of it runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.domain.build import BuildRequest, CancelToken
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.image import ImageConfig, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.explain import explain
from jupyter_containerize.lifecycle.base import choose_base
from jupyter_containerize.lifecycle.errors import BaseWithoutPython
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.named_base import FoundPython, find_python, named_base
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.oci import assemble
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.registries import RegistryDestination
from jupyter_containerize.registry.errors import NoMatchingPlatform
from tests.buildpacks.made_elf import make_elf

AMD, ARM = Platform(architecture="amd64"), Platform(architecture="arm64")
CREATED = "2026-01-01T00:00:00Z"
KERNEL = KernelEnvironment(
    kernel="python3",
    executable="/usr/bin/python3",
    python_version="3.11.9",
    implementation="cpython",
    platform="linux-x86_64",
    distributions=(),
    stdlib=frozenset(),
)
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


def pushed(host: str, store: LocalStore, images: Sequence[tuple[Platform, dict[str, bytes | str]]]) -> str:
    """Push an image of each platform under one name, and return that."""
    made = []
    for platform, files in images:
        entries = [
            tree.symlink(path, content) if isinstance(content, str) else tree.file(path, content)
            for path, content in files.items()
        ]
        layer = store.make_layer(f"{platform.architecture:0<64}", tree.complete(entries), cancel=CancelToken())
        config = ImageConfig(entrypoint=(), env={"PROCESSOR": platform.machine})
        made.append(
            (platform, assemble([(layer, "base")], config, created=CREATED, architecture=platform.architecture))
        )
        store.add_image(made[-1][1])
    reference = Reference.parse(f"{host}/base:1")
    destination = RegistryDestination(reference)
    to: dict[str, Any] = {"reference": reference, "on_bytes": lambda _: None, "cancel": CancelToken()}
    if len(made) > 1:
        destination.publish_index(made, store, **to)
    else:
        destination.publish(made[0][1], store, **to)
    return str(reference)


BOTH = [(AMD, system() | OFFICIAL)]
BOTH += [(ARM, system("aarch64") | OFFICIAL | {"usr/local/bin/python3.11": program("aarch64")})]


def building(reference: str, store: LocalStore) -> Job:
    """Return a build on that base."""
    request = BuildRequest(notebook=Path("n.ipynb"), base=reference)
    return Job(request=request, store=store, watch=Watch(lambda _: None, CancelToken()))


@pytest.mark.registry
@pytest.mark.parametrize("platform", [AMD, ARM], ids=str)
def test_named_base__index_of_two__gives_each_platform_its_own(platform, registry, tmp_path):
    """The layers, the wheels' platform and the environment are those of the image for that processor."""
    reference = pushed(registry, LocalStore(tmp_path / "there"), BOTH)
    job = building(reference, LocalStore(tmp_path / "here"))
    found = named_base(reference, "3.11", platform, job)
    assert (found.version, found.base.python) == ("3.11.9", "/usr/local/bin/python3.11")
    assert found.base.wheel_platform == f"{platform.machine}-manylinux_2_36"
    assert found.base.env["PROCESSOR"] == platform.machine
    assert job.store.has_layer(found.base.layers[0])


@pytest.mark.registry
def test_choose_base__named_for_another_processor__is_compiled_by_its_sibling(registry, tmp_path):
    """The same image for this machine's processor has the Python that compiles; it comes from the registry as well."""
    reference = pushed(registry, LocalStore(tmp_path / "there"), BOTH)
    job = building(reference, LocalStore(tmp_path / "here"))
    here = Platform.here()
    base = choose_base(KERNEL, ARM if here == AMD else AMD, job)
    assert base.compiler is not None
    assert base.compiler.env["PROCESSOR"] == here.machine
    assert base.compiler.python_version == base.python_version == "3.11.9"
    assert choose_base(KERNEL, here, job).compiler is None


@pytest.mark.registry
def test_named_base__no_image_for_the_platform__says_which_there_are(registry, tmp_path):
    """An image of another processor is not taken for one of ours."""
    reference = pushed(registry, LocalStore(tmp_path / "there"), BOTH[1:])
    with pytest.raises(NoMatchingPlatform) as caught:
        named_base(reference, "3.11", AMD, building(reference, LocalStore(tmp_path / "here")))
    assert "linux/arm64" in explain(caught.value).saw


@pytest.mark.registry
def test_named_base__without_that_python__says_where_it_looked(registry, tmp_path):
    """The wheels of another minor version do not fit."""
    reference = pushed(registry, LocalStore(tmp_path / "there"), BOTH[:1])
    with pytest.raises(BaseWithoutPython) as caught:
        named_base(reference, "3.12", AMD, building(reference, LocalStore(tmp_path / "here")))
    assert (caught.value.python_minor, "/usr/local/bin" in caught.value.places) == ("3.12", True)
