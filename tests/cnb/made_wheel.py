"""This package as a wheel, without its JupyterLab side: what a buildpack installs."""

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

import jupyter_containerize

_PACKAGE = Path(jupyter_containerize.__file__).parent
_NAME, _VERSION = "jupyter_containerize", "0.1.0"
_INFO = f"{_NAME}-{_VERSION}.dist-info"
_LEFT_OUT = {"__pycache__", "labextension"}


def made_wheel(folder: Path) -> Path:
    """Write the wheel of the code that is being tested."""
    # Not what is installed says: an editable install keeps what was true when it was made.
    project = tomllib.loads((_PACKAGE.parent / "pyproject.toml").read_text())["project"]
    groups = {"console_scripts": project["scripts"], **project["entry-points"]}
    points = {group: "\n".join(f"{name} = {value}" for name, value in items.items()) for group, items in groups.items()}
    needs = project["dependencies"]
    lines = ["Metadata-Version: 2.1", f"Name: {_NAME}", f"Version: {_VERSION}"]
    documents = {
        "METADATA": "\n".join([*lines, *(f"Requires-Dist: {line}" for line in needs), ""]),
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
        "entry_points.txt": "\n".join(f"[{group}]\n{lines}\n" for group, lines in points.items()),
    }
    wheel = folder / f"{_NAME}-{_VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(_PACKAGE.rglob("*")):
            inside = path.relative_to(_PACKAGE.parent)
            if path.is_file() and not _LEFT_OUT & {*inside.parts}:
                archive.write(path, str(inside))
        for name, text in documents.items():
            archive.writestr(f"{_INFO}/{name}", text)
    return wheel
