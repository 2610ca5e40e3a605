"""A standalone CPython, for kernels whose minor version no Debian release carries.

The builds are those that ``uv python install`` offers (astral-sh/python-build-standalone). uv checks the
download against the hash that it ships for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from uv import find_uv_bin

from jupyter_containerize.buildpacks import program, tree
from jupyter_containerize.buildpacks.cachekey import keyed, layer_inputs
from jupyter_containerize.buildpacks.errors import NoStandalonePython, PythonInstallFailed
from jupyter_containerize.buildpacks.protocol import BuildInputs, Contribution, Workbench
from jupyter_containerize.buildpacks.relocated import LAYOUT, PREFIX, kept, with_prefix
from jupyter_containerize.buildpacks.standard_library import with_bytecode
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import LayerEntry, LayerOptions, LayerPlan, LayerRole
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.transport import locked, writing

# A machine without network waits for uv's retries once, not at every build.
_ASK_AGAIN_SECONDS = 3600
_PROGRAM = re.compile(r"python3\.\d+")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_DETAIL_CHARACTERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class StandalonePython:
    """One build of CPython. ``key`` is uv's name for it, ``url`` where it is: on a mirror, if one is set."""

    key: str
    version: str
    url: str

    @property
    def archive(self) -> str:
        """The name of its file: version, release and processor, and so the bytes, whatever the mirror."""
        return unquote(self.url.rpartition("/")[2])

    @property
    def executable(self) -> str:
        """The interpreter's absolute path in the image."""
        return f"/{PREFIX}/bin/python{'.'.join(self.version.split('.')[:2])}"


def resolve_standalone(python_minor: str, *, cancel: CancelToken, platform: Platform | None = None) -> StandalonePython:
    """Return the newest CPython ``python_minor`` that uv offers for Linux with glibc; for this processor unless given.

    uv ships the list; nothing is asked over the network unless ``UV_PYTHON_DOWNLOADS_JSON_URL`` names another.

    Raises:
        NoStandalonePython: uv has none.
        PythonInstallFailed: uv cannot read its list.
    """
    wanted = f"cpython-{python_minor}-linux-{(platform or Platform.here()).machine}-gnu"
    answer = _uv("python", "list", "--only-downloads", "--output-format", "json", wanted, key=wanted, cancel=cancel)
    builds = json.loads(answer)
    if not builds:
        raise NoStandalonePython(python_minor)
    # uv lists the newest patch release first, and only that one.
    return StandalonePython(key=builds[0]["key"], version=builds[0]["version"], url=builds[0]["url"])


def installed(python: StandalonePython, folder: Path, *, cancel: CancelToken) -> Path:
    """Return where ``folder`` has it, installed by uv now unless it was before.

    The list that uv ships names builds that a machine without network cannot have: only this tells.

    Raises:
        PythonInstallFailed: no network, a refused download, a wrong hash; then it is not tried again for an hour.
        DiskFull, NotWritable: from the disk.
    """
    name = hashlib.sha256("\0".join((python.key, python.archive, metadata.version("uv"))).encode()).hexdigest()
    # uv writes the folder's name into files, so that it is never moved: what is whole has its mark beside it.
    place, whole, refused = folder / name, folder / f"{name}.whole", folder / f"{name}.refused"
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / f"{name}.lock", cancel=cancel):
            if whole.exists() and (place / python.key).is_dir():
                return place / python.key
            if (said := _kept_refusal(refused)) is not None:
                raise PythonInstallFailed(python.key, said)
            shutil.rmtree(place, ignore_errors=True)
            try:
                options = ("--no-bin", "--no-progress", "--install-dir", str(place))
                _uv("python", "install", *options, python.key, key=python.key, cancel=cancel)
            except PythonInstallFailed as error:
                refused.write_text(json.dumps({"settings": _settings(), "detail": error.detail}), "utf-8")
                raise
            refused.unlink(missing_ok=True)
            whole.touch()
    return place / python.key


def _kept_refusal(path: Path) -> str | None:
    """Return what uv said within the last hour, unless it was asked with other settings: a mirror may have it."""
    try:
        kept = json.loads(path.read_bytes())
        fresh = time.time() - path.stat().st_mtime < _ASK_AGAIN_SECONDS
        return str(kept["detail"]) if fresh and kept["settings"] == _settings() else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _settings() -> str:
    """Return a digest of all that uv is told by the environment; it may hold passwords."""
    told = sorted(
        (name, value)
        for name, value in os.environ.items()
        if name.startswith(("UV_", "SSL_")) or "PROXY" in name.upper()
    )
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


class CPythonBuildpack:
    """Takes part with the Python that it is given, above Debian's system layer. ``folder``: see ``installed``."""

    id = "cpython"

    def __init__(self, python: StandalonePython, folder: Path) -> None:
        self._python = python
        self._folder = folder

    def plan(self, options: LayerOptions) -> LayerPlan:
        """Return the plan of the Python layer, which depends on nothing of the notebook."""
        # uv adapts what it unpacks; another uv may do so differently.
        own = {"layout": LAYOUT, self._python.key: self._python.archive, "uv": metadata.version("uv")}
        depends = layer_inputs(options, own, compiled_by=self._python.version)
        return LayerPlan(
            role=LayerRole.PYTHON,
            title=f"Python {self._python.version}, standalone",
            buildpack=self.id,
            cache_key=keyed(self.id, depends),
            size_bytes=0,
            sources=(self._python.key,),
            slot="python",
            inputs=depends,
        )

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the Python layer."""
        return Contribution(layers=(self.plan(inputs.options),))

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Keep what a server needs of it, and compile its library."""
        del plan  # there is only one
        home = installed(self._python, self._folder, cancel=workbench.cancel)
        return with_bytecode(tree.complete(_relocated(home)), inputs, workbench)


def _relocated(home: Path) -> Iterator[LayerEntry]:
    """Yield what is kept of ``home``, with the image's prefix where files name it; unsorted, without parents."""
    library = next(home.glob("lib/libpython3.*.so.*"), None)
    for entry in tree.folder_entries(home, at=PREFIX):
        path = str(PurePosixPath(entry.path).relative_to(PREFIX))
        if not kept(path):
            continue
        if library is not None and path == f"lib/{library.name}" and not _loads(home, library.name):
            continue
        yield with_prefix(entry, home / path, {str(home), str(home.resolve())})


def _loads(home: Path, library: str) -> bool:
    """Say whether the interpreter needs the shared library; most builds have it linked in."""
    programs = (path for path in (home / "bin").iterdir() if _PROGRAM.fullmatch(path.name))
    return any(library.encode() in path.read_bytes() for path in programs)


def _uv(*arguments: str, key: str, cancel: CancelToken) -> str:
    """Return what uv says on stdout."""
    try:
        finished = program.run(
            (find_uv_bin(), *arguments, "--no-config", "--color", "never"), env=os.environ, cancel=cancel
        )
    except OSError as error:
        raise PythonInstallFailed(key, error.strerror or str(error)) from error
    if finished.exit_code:
        detail = _CREDENTIALS.sub("", finished.stderr.strip())
        raise PythonInstallFailed(key, detail[-_DETAIL_CHARACTERS:])
    return finished.stdout
