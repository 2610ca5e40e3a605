"""Make the virtual environment for the figure "with the kernel's environment".

    python benchmarks/inference/environment.py --truth truth.json --venv DIR [--limit-gb 12] [--pause 1.0]

It gets ipykernel with everything that ipykernel needs, and the newest wheel of each distribution that the truth names
(required, hidden and of local modules; of accepted alternatives the first). Only their metadata and file lists
matter here, nothing is ever imported: so they go in one by one without their own requirements, and one that has no
wheel for this Python or platform does not stop the rest. What could not be installed is printed, and written to
``not-installed.json`` in the folder. Running it again tries only what is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from truth import Truth, read_truth


def main() -> None:
    """Install, one by one and gently, and say what is not there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--venv", type=Path, required=True, help="a folder outside of any checkout")
    parser.add_argument("--limit-gb", type=float, default=12.0, help="stop when the environment is as big as this")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two installations")
    arguments = parser.parse_args()
    python = made(arguments.venv)
    failed: dict[str, str] = {}
    for name in missing(wanted(read_truth(arguments.truth)), arguments.venv):
        if size_bytes(arguments.venv) > arguments.limit_gb * 1e9:
            failed[name] = f"not tried: the environment has {arguments.limit_gb} GB"
            continue
        reason = installed(python, name)
        print(f"{name}: {reason or 'installed'}", flush=True)
        if reason:
            failed[name] = reason
        time.sleep(arguments.pause)
    (arguments.venv / "not-installed.json").write_text(json.dumps(failed, indent=1) + "\n")
    gigabytes = size_bytes(arguments.venv) / 1e9
    print(f"{python}: {gigabytes:.1f} GB, {len(failed)} could not be installed: {', '.join(failed) or 'none'}")


def wanted(truth: Truth) -> list[str]:
    """Return the names that the truth's notebooks need; sorted, one name of each group."""
    names = {group.usual for notebook in truth.values() for group in (*notebook.required, *notebook.extra)}
    return sorted(names)


def made(venv: Path) -> Path:
    """Make the environment with ipykernel if it is not there; return its interpreter."""
    python = venv / "bin" / "python"
    if not python.exists():
        uv("venv", "--python", f"{sys.version_info.major}.{sys.version_info.minor}", str(venv), check=True)
        uv("pip", "install", "--python", str(python), "ipykernel", check=True)
    return python


def missing(names: Sequence[str], venv: Path) -> list[str]:
    """Return those names that the environment lacks."""
    (packages,) = venv.glob("lib/python3*/site-packages")
    there = {folder.name.partition("-")[0].lower().replace("_", "-") for folder in packages.glob("*.dist-info")}
    return [name for name in names if name not in there]


def installed(python: Path, name: str) -> str:
    """Install the newest wheel of one distribution; return why that failed, or nothing."""
    options = ("--no-deps", "--only-binary", ":all:", "--no-cache")
    done = uv("pip", "install", "--python", str(python), *options, name)
    return "" if done.returncode == 0 else " ".join(done.stderr.split())[:400]


def uv(*arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
    """Run uv, which comes with the package."""
    command = (sys.executable, "-m", "uv", *arguments)
    environment = {**os.environ, "UV_NO_PROGRESS": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=check)


def size_bytes(folder: Path) -> int:
    """Return what the files in a folder take, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*"))


if __name__ == "__main__":
    main()
