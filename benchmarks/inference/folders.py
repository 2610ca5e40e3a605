"""Lays each notebook out in a folder of its own, the same for every tool.

A tool that reads a folder would take the needs of the other notebooks in it for this one's. So each notebook gets a
folder with its repository's tree, thinned: the notebook itself, and the modules that the truth says it imports, where
the repository has them.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from truth import Place, Truth

_PYTHON_KERNEL = "python3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """One notebook, ready for a tool: its id and where it lies, alone in its folder but for what it imports."""

    identifier: str
    notebook: Path


def laid_out(work: Path, checkouts: Path, corpus: Mapping[str, Place], truth: Truth) -> tuple[Laid, ...]:
    """Copy every notebook that the truth knows into ``work``; exits when one is not there.

    Args:
        work: An empty folder.
        checkouts: Has one folder for each repository, ``OWNER+NAME``.
        corpus: Where the notebooks are.
        truth: Which of them to take, and which modules lie beside them.
    """
    laid = []
    for identifier in truth:
        place = corpus[identifier]
        source = checkouts / place.folder
        root = work / re.sub(r"[^A-Za-z0-9]+", "-", identifier)
        for file in (place.path, *truth[identifier].local_files):
            if not (source / file).is_file():
                sys.exit(f"{place.repository} has no {file} in {source}: is it checked out at its commit?")
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / file, root / file)
        laid.append(Laid(identifier=identifier, notebook=root / place.path))
    return tuple(laid)


def in_place(checkouts: Path, corpus: Mapping[str, Place], truth: Truth) -> tuple[Laid, ...]:
    """Return the notebooks where the repositories have them, with everything beside them."""
    return tuple(
        Laid(identifier=identifier, notebook=checkouts / corpus[identifier].folder / corpus[identifier].path)
        for identifier in truth
    )


def kernels_for(laid: Collection[Laid], python: Path, folder: Path) -> Path:
    """Make a Jupyter data folder in which every kernel that the notebooks name is ``python``; return it.

    That is how one environment stands for those that the notebooks were written in.
    """
    names = {_PYTHON_KERNEL} | {_kernel_name(item.notebook) for item in laid}
    specification = {
        "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Benchmark",
        "language": "python",
    }
    for name in names:
        place = folder / "kernels" / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "kernel.json").write_text(json.dumps(specification))
    return folder


def _kernel_name(notebook: Path) -> str:
    try:
        name = json.loads(notebook.read_bytes())["metadata"]["kernelspec"]["name"]
    except (ValueError, KeyError, TypeError):
        return _PYTHON_KERNEL
    # What Jupyter takes for a kernelspec's name.
    return name if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9._-]+", name) else _PYTHON_KERNEL
