"""What the model server consists of: our own modules, and the libraries that it brings for itself."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from jupyter_containerize.buildpacks.protocol import VENV, Workbench
from jupyter_containerize.buildpacks.wheel_contents import read_wheel
from jupyter_containerize.domain.environment import LockedPackage

# The runtime's name in the image, where the rest of our package is not.
PACKAGE = "jupyter_containerize_runtime"
# Where the libraries lie, below the package: no import finds them there but ours.
PRIVATE = "_vendor"
_INIT = b'"""Libraries of the server\'s own, apart from those of the environment."""\n'
# Modules, and what its human page is made of. Not what tools and editors leave there.
_SUFFIXES = frozenset({".py", ".css", ".html", ".js", ".json", ".svg"})
# Sources of compiled modules, and types: nothing of it is read when a container runs.
_LEFT_OUT = frozenset({".pxd", ".pyi", ".pyx", ".typed"})


@functools.cache
def runtime_sources() -> tuple[tuple[str, bytes], ...]:
    """Return the runtime's files, path below its package and content, sorted by path.

    Read once: what is in a layer is what its key was made of, also where somebody edits a file meanwhile.
    """
    return tuple(sorted(_files(resources.files("jupyter_containerize") / "runtime", PurePosixPath())))


def vendor(packages: tuple[LockedPackage, ...], package: Path, workbench: Workbench) -> None:
    """Unpack the server's own wheels below its package in ``package``, a folder on disk; with their licences.

    Raises:
        WheelBroken: one is damaged.
    """
    if not packages:
        return
    private = package / PRIVATE
    private.mkdir()
    (private / "__init__.py").write_bytes(_INIT)
    for item in packages:
        workbench.cancel.check()
        path = workbench.fetch(item.url, sha256=item.sha256, size_bytes=item.size_bytes)
        # As if the private folder were a venv's site-packages.
        contents = read_wheel(path, item, site_packages=PRIVATE, rule_of=_rule_of)
        for entry in contents.entries:
            place = PurePosixPath(entry.path).relative_to(VENV)
            if entry.open is None or not place.is_relative_to(PRIVATE):
                continue
            target = package / place
            target.parent.mkdir(parents=True, exist_ok=True)
            with entry.open() as source, target.open("wb") as written:
                shutil.copyfileobj(source, written)
            target.chmod(entry.mode)


def _rule_of(path: str) -> str:
    """Return why a path of a wheel stays out; see ``read_wheel``."""
    place = PurePosixPath(path)
    if place.suffix in _LEFT_OUT or place.parts[0] == "..":
        return "not read"
    return "tests" if {"test", "tests"} & {*place.parts} else ""


def _files(folder: Traversable, below: PurePosixPath) -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        place = below / item.name
        if item.is_dir():
            if item.name not in {"__pycache__", "tests"} and not item.name.startswith("."):
                yield from _files(item, place)
        elif place.suffix in _SUFFIXES and not item.name.startswith("."):
            yield str(place), item.read_bytes()
