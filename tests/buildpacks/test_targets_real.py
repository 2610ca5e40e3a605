"""Debian's real packages for both processors, on either: what runs there, compiled here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from made_debs import Bench, content_of, inputs_of
from made_inputs import compile_with

from jupyter_containerize.buildpacks.debian import DebianBuildpack
from jupyter_containerize.buildpacks.elf import read_elf
from jupyter_containerize.buildpacks.interpreter import target_command
from jupyter_containerize.buildpacks.loading import OF_BASE
from jupyter_containerize.buildpacks.unpacked import lay_out
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import LayerEntry
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.resolution.debian import resolve_base
from jupyter_containerize.transport import Transport

pytestmark = [pytest.mark.network, pytest.mark.slow]

PYTHON = "/usr/bin/python3.13"
HERE = Platform.here()
ELSEWHERE = Platform(architecture="arm64" if HERE.architecture == "amd64" else "amd64")


class CompilingBench(Bench):
    """A workbench whose Python lies in an unpacked root; without one it has none."""

    root: Path | None = None

    def compile(self, entries: Iterable[LayerEntry], *, below: str) -> list[LayerEntry]:
        """Compile with the root's Python."""
        assert self.root is not None
        command, env = target_command(self.root, PYTHON)
        return compile_with(command, entries, below=below, folder=self.scratch(), env=env, cancel=self.cancel)


@dataclass(frozen=True)
class Base:
    """A platform's two layers, by path."""

    platform: Platform
    entries: dict[str, LayerEntry]


@pytest.fixture(scope="module")
def bases(tmp_path_factory) -> tuple[Base, Base]:
    """The base for this machine's processor, and the one for the other, which the first one's Python compiles."""
    folder = tmp_path_factory.mktemp("targets")
    (folder / "root").mkdir()
    bench = CompilingBench(folder)
    made = []
    for platform in (HERE, ELSEWHERE):
        base = resolve_base(
            "3.13",
            architecture=platform.architecture,
            transport=Transport(),
            cache=folder / "cache",
            cancel=CancelToken(),
        )
        inputs = replace(inputs_of(base.packages, python=PYTHON), platform=platform)
        buildpack = DebianBuildpack(base)
        layers = [list(buildpack.build(plan, inputs, bench)) for plan in buildpack.detect(inputs).layers]
        if platform == HERE:
            for layer in layers:
                lay_out(layer, folder / "root")
            bench.root = folder / "root"
        made.append(Base(platform, {entry.path: entry for layer in layers for entry in layer}))
    return made[0], made[1]


def test_build__each_platform__has_programs_of_its_own_only(bases):
    """Every ELF file in the image is for its processor, and there are many."""
    for base in bases:
        machines = []
        for entry in base.entries.values():
            if entry.open is not None:
                with entry.open() as file:
                    elf = read_elf(file)
                machines += [] if elf is None else [elf.machine]
        assert set(machines) == {base.platform.machine}
        assert len(machines) > 50


def test_build__bytecode__is_the_same_on_both(bases):
    """Compiled for another processor, each module gives the bytes that it gives here."""
    here, there = ({path: entry for path, entry in base.entries.items() if path.endswith(".pyc")} for base in bases)
    # Named for its processor, in source and bytecode.
    own = {path for path in here.keys() ^ there.keys() if "_sysconfigdata_" in path}
    assert here.keys() ^ there.keys() == own
    shared = here.keys() & there.keys()
    assert len(shared) > 500
    assert [path for path in shared if content_of(here[path]) != content_of(there[path])] == []


def test_of_base__each_name__is_in_the_base(bases):
    """Libraries that a captured Python is not given are those that every base has."""
    for base in bases:
        names = {Path(path).name for path in base.entries if ".so" in path}
        loaders = {name for name in OF_BASE if name.startswith("ld-linux")}
        only_here = {"libmvec.so.1"}
        assert OF_BASE - names - loaders - only_here == set()
        assert len(loaders & names) == 1
