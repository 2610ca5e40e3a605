"""A Python's library, compiled: by whom, with what laid out, and not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from host_python import MINOR, installation, libraries
from made_debs import Bench, content_of, inputs_of, make_deb, offered

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.standard_library import with_bytecode
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import Bytecode, LayerEntry, LayerOptions
from jupyter_containerize.domain.platform import Platform

ELSEWHERE = Platform(architecture="arm64" if Platform.here().architecture == "amd64" else "amd64")
LIBRARY = f"opt/python/lib/python{MINOR}"


class CountingBench(Bench):
    """Remembers what was fetched, and what it was asked to compile; it compiles nothing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []
        self.sources: list[str] = []
        self.fetched: list[str] = []

    def fetch(self, url: str, *, sha256: str, size_bytes: int | None) -> Path:
        """Remember the file's name."""
        self.fetched.append(url.rpartition("/")[2])
        return super().fetch(url, sha256=sha256, size_bytes=size_bytes)

    def compile(self, entries: Iterable[LayerEntry], *, below: str) -> list[LayerEntry]:
        """Return one file that a compiler might."""
        self.asked.append(below)
        self.sources += [entry.path for entry in entries]
        return [tree.file(f"{below}/__pycache__/os.pyc", b"compiled")]


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The entries of a Python at /opt/python."""
    folder = tmp_path_factory.mktemp("python")
    installation(folder)
    return tree.complete(tree.folder_entries(folder, at="opt/python"))


@pytest.fixture
def made(tmp_path):
    """Inputs with a base of many packages, of which one has the C library, and a workbench."""
    debs = {f"data{number}": make_deb({f"usr/share/{number}": b"x"}) for number in range(5)}
    packages = offered(tmp_path / "pool", debs | {"libc6": make_deb(libraries(), compression="")})
    bench = tmp_path / "bench"
    bench.mkdir()
    return inputs_of(packages, python=f"/opt/python/bin/python{MINOR}"), CountingBench(bench)


def test_with_bytecode__runs_here__compiles_with_itself(python, made):
    """Each module of the library has its .pyc, and of the base only what the interpreter loads was opened."""
    inputs, bench = made
    entries = {entry.path: entry for entry in with_bytecode(python, inputs, bench)}
    assert {entry.path for entry in python} <= set(entries)
    assert f"{LIBRARY}/json/__pycache__/decoder.cpython-{MINOR.replace('.', '')}.pyc" in entries
    assert list(entries) == sorted(entries)
    assert bench.asked == []
    assert bench.fetched == ["libc6.deb"]


def test_with_bytecode__another_processor__asks_the_workbench(python, made):
    """Nothing of the target is laid out, and the one that can run compiles its library."""
    inputs, bench = made
    entries = {entry.path: entry for entry in with_bytecode(python, replace(inputs, platform=ELSEWHERE), bench)}
    assert bench.asked == [LIBRARY]
    assert f"{LIBRARY}/json/decoder.py" in bench.sources
    assert content_of(entries[f"{LIBRARY}/__pycache__/os.pyc"]) == b"compiled"
    assert bench.fetched == []


@pytest.mark.parametrize("platform", [Platform.here(), ELSEWHERE], ids=str)
def test_with_bytecode__omitted__is_the_python_as_it_is(platform, python, made):
    """Who wants a smaller image gets no .pyc at all, and no compiler runs."""
    inputs, bench = made
    options = LayerOptions(bytecode=Bytecode.OMIT)
    assert with_bytecode(python, replace(inputs, platform=platform, options=options), bench) == python
    assert (bench.asked, bench.fetched) == ([], [])


@pytest.mark.parametrize("platform", [Platform.here(), ELSEWHERE], ids=str)
def test_with_bytecode__cancelled__stops(platform, python, made):
    """Laying out thousands of files ends when it is asked to."""
    inputs, bench = made
    bench.cancel.cancel()
    with pytest.raises(Cancelled):
        with_bytecode(python, replace(inputs, platform=platform), bench)


def test_with_bytecode__library_in_lib64__is_found(python, made, tmp_path):
    """Some distributions have the library beside their libraries for 64 bits."""
    inputs, bench = made
    installation(tmp_path / "moved")
    (tmp_path / "moved" / "lib").rename(tmp_path / "moved" / "lib64")
    moved = tree.complete(tree.folder_entries(tmp_path / "moved", at="opt/python"))
    with_bytecode(moved, replace(inputs, platform=ELSEWHERE), bench)
    assert bench.asked == [LIBRARY.replace("lib/", "lib64/")]


def test_with_bytecode__twice__same_bytes(python, made):
    """The .pyc files do not depend on the folder in which they were written."""
    inputs, bench = made
    digests = [
        hashlib.sha256(b"".join(content_of(entry) for entry in with_bytecode(python, inputs, bench))).hexdigest()
        for _ in range(2)
    ]
    assert digests[0] == digests[1]
