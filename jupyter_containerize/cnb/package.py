"""A buildpack that the lifecycle runs: our program, for those who build with ``pack``, kpack or a builder of their own.

Source: Buildpacks buildpack specification, "buildpack.toml".
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from jupyter_containerize.cnb.errors import BuildpackFolderTaken
from jupyter_containerize.cnb.values import BUILDPACK_API, BUILDPACK_ID

_MARK = f'id = "{BUILDPACK_ID}"'
_PLAIN, _EXECUTABLE = 0o644, 0o755
# The program in bin/ by the name of the file that it is made of.
_FILES = {"detect.sh": "detect", "build.sh": "build", "build.py": "build.py"}


def write_buildpack(folder: Path, *, version: str) -> tuple[Path, ...]:
    """Write the buildpack of that version of our package, and return its files, relative to ``folder``.

    ``version`` is X.Y.Z. A buildpack of ours that is there already is replaced.

    Raises:
        BuildpackFolderTaken: the folder has something else in it.
        OSError: it cannot be written.
    """
    described = folder / "buildpack.toml"
    if folder.exists() and any(folder.iterdir()) and not (described.is_file() and _MARK in described.read_text()):
        raise BuildpackFolderTaken(folder)
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    described.write_text(_DESCRIPTION.format(version=version), encoding="utf-8")
    template = resources.files("jupyter_containerize.cnb") / "template"
    for source, name in _FILES.items():
        path = folder / "bin" / name
        path.write_bytes((template / source).read_bytes())
        path.chmod(_PLAIN if name.endswith(".py") else _EXECUTABLE)
    return (Path("buildpack.toml"), *(Path("bin", name) for name in _FILES.values()))


_DESCRIPTION = f"""api = "{BUILDPACK_API}"

[buildpack]
{_MARK}
version = "{{version}}"
name = "Notebook"
description = "A Jupyter notebook as a service"
sbom-formats = ["application/vnd.cyclonedx+json", "application/spdx+json"]

[[targets]]
os = "linux"
arch = "amd64"

[[targets]]
os = "linux"
arch = "arm64"
"""
