"""The Python that runs the tests, taken apart: its program, its library, and the C libraries it needs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

MINOR = sysconfig.get_python_version()
VERSION = ".".join(map(str, sys.version_info[:3]))
_BASE = Path(sys.base_prefix)
_LIBRARIES = "usr/lib/x86_64-linux-gnu"


def installation(prefix: Path) -> None:
    """Copy program and standard library to ``prefix``, as an installation of its own."""
    name = f"python{MINOR}"
    (prefix / "bin").mkdir(parents=True)
    shutil.copy(_BASE / "bin" / name, prefix / "bin" / name)
    leave = shutil.ignore_patterns("__pycache__", "site-packages", "dist-packages", "test", "config-*", "*.a")
    shutil.copytree(_BASE / "lib" / name, prefix / "lib" / name, ignore=leave)


def libraries() -> Mapping[str, bytes | str]:
    """Return the C library, the loader and what else the program needs, by path in a root.

    The loader's usual name is an absolute link, as Debian 12 has it: followed on this machine it
    would lead out of the root.
    """
    listed = subprocess.run(
        ["ldd", str(_BASE / "bin" / f"python{MINOR}")], capture_output=True, text=True, check=True
    ).stdout
    found: dict[str, bytes | str] = {"usr/lib64/ld-linux-x86-64.so.2": f"/{_LIBRARIES}/ld-linux-x86-64.so.2"}
    for line in listed.splitlines():
        paths = [word for word in line.split() if word.startswith("/")]
        if paths:
            found[f"{_LIBRARIES}/{Path(paths[0] if 'ld-linux' in paths[0] else paths[-1]).name}"] = Path(
                paths[-1]
            ).read_bytes()
    return found


def root_with_python(root: Path) -> str:
    """Make a root that has just that, and return the interpreter's path in it."""
    installation(root / "opt/python")
    for name, content in libraries().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.symlink_to(content)
        else:
            path.write_bytes(content)
            path.chmod(0o755)
    for name in ("lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    return f"/opt/python/bin/python{MINOR}"
