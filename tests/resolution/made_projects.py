"""Projects whose build backend is in their own folder, so that building them needs no network."""

from __future__ import annotations

import tarfile
from pathlib import Path

_PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "{name}"
version = "{version}"
"""

# Writes files in the order of the disk and with the times of today, as careless backends do.
_BACKEND = """\
import os, pathlib, random, time, zipfile

NAME, VERSION, TAG, SCRIPTS = {name!r}, {version!r}, {tag!r}, {scripts!r}
STEM = NAME.replace("-", "_") + "-" + VERSION


def _write(folder, contents):
    name = f"{{STEM}}-{{TAG}}.whl"
    info = f"{{STEM}}.dist-info"
    contents = dict(contents)
    contents[f"{{info}}/METADATA"] = f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: {{VERSION}}\\n"
    contents[f"{{info}}/WHEEL"] = f"Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: {{TAG}}\\n"
    if SCRIPTS:
        contents[f"{{info}}/entry_points.txt"] = f"[console_scripts]\\n{{SCRIPTS}} = mine:main\\n"
    contents[f"{{info}}/RECORD"] = "".join(f"{{path}},,\\n" for path in contents) + f"{{info}}/RECORD,,\\n"
    items = list(contents.items())
    random.shuffle(items)
    with zipfile.ZipFile(os.path.join(folder, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, text in items:
            entry = zipfile.ZipInfo(path, time.localtime()[:6])
            entry.external_attr = (0o100755 if ".data/scripts/" in path else 0o100644) << 16
            wheel.writestr(entry, text)
    return name


def build_wheel(folder, config_settings=None, metadata_directory=None):
    {before}
    contents = {{}}
    for path in pathlib.Path("mine").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            contents[path.as_posix()] = path.read_bytes()
    for path in pathlib.Path("tools").glob("*"):
        contents[f"{{STEM}}.data/scripts/{{path.name}}"] = path.read_bytes()
    for path in pathlib.Path("share").rglob("*"):
        if path.is_file():
            contents[f"{{STEM}}.data/data/{{path.as_posix()}}"] = path.read_bytes()
    pathlib.Path("build").mkdir(exist_ok=True)
    pathlib.Path("build/left-over").write_text("x")
    return _write(folder, contents)


def build_editable(folder, config_settings=None, metadata_directory=None):
    return _write(folder, {{"__editable__mine.pth": str(pathlib.Path.cwd()) + "\\n"}})
"""


def make_project(
    folder: Path,
    *,
    name: str = "mine",
    version: str = "1.0",
    tag: str = "py3-none-any",
    scripts: str = "",
    before: str = "pass",
) -> Path:
    """Write a project with the package ``mine``; ``before`` is a line that the backend runs first."""
    (folder / "mine").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(_PYPROJECT.format(name=name, version=version))
    (folder / "backend.py").write_text(
        _BACKEND.format(name=name, version=version, tag=tag, scripts=scripts, before=before)
    )
    (folder / "mine/__init__.py").write_text("def main():\n    return 1\n")
    (folder / "mine/data.txt").write_text("data")
    return folder


def make_archive(project: Path, into: Path) -> Path:
    """Write the project's source archive."""
    into.mkdir(parents=True, exist_ok=True)
    path = into / f"{project.name}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(project, arcname=project.name)
    return path
