"""Inputs for buildpacks, and a workbench that compiles with this interpreter."""

from __future__ import annotations

import base64
import hashlib
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from jupyter_containerize.buildpacks.bytecode import bytecode_of
from jupyter_containerize.buildpacks.interpreter import compile_bundle
from jupyter_containerize.buildpacks.protocol import BuildInputs, LocalFile
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import LockedEnvironment, LockedPackage
from jupyter_containerize.domain.image import LayerEntry
from jupyter_containerize.domain.notebook import Location, Slice
from jupyter_containerize.domain.serving import CapturedObject, CapturedState, Example, ServingSpec

ENV = {"PYTHONHASHSEED": "0"}
MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


class HereBench:
    """A workbench whose files are at hand and whose Python is the one that runs the tests."""

    def __init__(self, folder: Path) -> None:
        self.cancel = CancelToken()
        self._folder = folder

    def fetch(self, url: str, *, sha256: str, size_bytes: int | None) -> Path:
        """Return the file that the URL names."""
        return Path(url.removeprefix("file://"))

    def scratch(self) -> Path:
        """Return a new empty folder."""
        return Path(tempfile.mkdtemp(dir=self._folder))

    def compile(self, entries: Iterable[LayerEntry], *, below: str) -> list[LayerEntry]:
        """Compile with this interpreter."""
        command = (sys.executable, "-s", "-S", "-B", "-X", "utf8")
        return compile_with(command, entries, below=below, folder=self.scratch(), cancel=self.cancel)


def compile_with(
    command: tuple[str, ...],
    entries: Iterable[LayerEntry],
    *,
    below: str,
    folder: Path,
    env: Mapping[str, str] = ENV,
    cancel: CancelToken | None = None,
) -> list[LayerEntry]:
    """Compile with the Python of that command line."""
    compile_ = partial(compile_bundle, command, env, installed_as=f"/{below}", cancel=cancel or CancelToken())
    return bytecode_of(entries, below=below, folder=folder, compile_=compile_)


def wheel(
    folder: Path,
    name: str,
    files: dict[str, str],
    *,
    version: str = "1.0",
    padding: int = 0,
    compression: int = zipfile.ZIP_STORED,
) -> LockedPackage:
    """Write a small wheel and return its lock entry; ``padding`` adds that many incompressible bytes."""
    filename = f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    content = {path: text.encode() for path, text in files.items()}
    if padding:
        content[f"{name}/padding.bin"] = hashlib.shake_128(name.encode()).digest(padding)
    content[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    content[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    rows = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}"
        for path, data in content.items()
    ]
    content[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    path = folder / filename
    with zipfile.ZipFile(path, "w", compression) as archive:
        for member, data in content.items():
            archive.writestr(member, data)
    data = path.read_bytes()
    return LockedPackage(
        name=name,
        version=version,
        filename=filename,
        url=f"file://{path}",
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
    )


def inputs(
    folder: Path,
    *packages: LockedPackage,
    source: str = "def predict(x):\n    return weights[x]\n",
    weights: bytes = b"w",
) -> BuildInputs:
    """Return the inputs of a notebook that serves ``predict`` from one object and one file beside it."""
    payload = folder / "weights.pkl"
    payload.write_bytes(weights)
    beside = folder / "helper.py"
    beside.write_text("Y = 1\n")
    place = Location(path="a.ipynb", cell=1, line=1)
    return BuildInputs(
        python=f"/usr/bin/python{MINOR}",
        environment=LockedEnvironment(
            python_minor=MINOR, platform="x86_64-manylinux_2_36", packages=tuple(sorted(packages, key=lambda p: p.name))
        ),
        serving=Slice(symbol="predict", source=source, live_in=("weights",), imports=(), cells=(1,), example=None),
        state=CapturedState(
            objects=(
                CapturedObject(
                    name="weights",
                    type_name="builtins.dict",
                    format="cloudpickle-5",
                    sha256=hashlib.sha256(weights).hexdigest(),
                    size_bytes=len(weights),
                    payload=payload,
                    modules=(),
                ),
            ),
            cloudpickle_version="3.1.1",
            spec=ServingSpec(
                symbol="predict",
                doc="",
                inputs={},
                output={},
                example=Example(location=place, request={"x": 1}, response=2),
            ),
        ),
        labels={"io.jupyter-containerize.notebook": "a.ipynb"},
        files=(
            LocalFile(
                path="helper.py",
                source=beside,
                sha256=hashlib.sha256(beside.read_bytes()).hexdigest(),
                size_bytes=beside.stat().st_size,
            ),
        ),
    )
