"""Our side: the same notebook, changed in the ways that a round asks for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from shell import run

NAME = "jupyter-containerize-benchmark-ours"


def build(store: Path, notebook: Path, *more: str, tag: str = NAME) -> float:
    """Build into ``store``, without the self-test; return the seconds of the whole process."""
    command = (sys.executable, "-m", "jupyter_containerize.cli", "build", str(notebook), "--tag", tag)
    return run(*command, "--quiet", "--selftest", "skip", *more, env={"JUPYTER_CONTAINERIZE_STORE": str(store)})


def build_phases(store: Path, notebook: Path) -> float:
    """Build, and return the seconds of the phases build and export: to make, hash and write the layers."""
    command = (sys.executable, "-m", "jupyter_containerize.cli", "build", str(notebook), "--tag", NAME)
    env = {**os.environ, "JUPYTER_CONTAINERIZE_STORE": str(store)}
    done = subprocess.run(
        (*command, "--json", "--selftest", "skip"), env=env, capture_output=True, text=True, check=True
    )
    timings = json.loads(done.stdout)["timings"]
    return float(timings["build"] + timings["export"])


def run_notebook(notebook: Path, work: Path) -> float:
    """Run the notebook as one does by hand; return the seconds."""
    return run(
        *(sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute"), "--output-dir", str(work), str(notebook)
    )


def with_only(store: Path, source: Path, *folders: str) -> Path:
    """Make a store that has these folders of another and nothing else."""
    shutil.rmtree(store, ignore_errors=True)
    for folder in folders:
        shutil.copytree(source / folder, store / folder)
    return store


def changed(notebook: Path, into: Path, change: Callable[[str], str]) -> Path:
    """Write a copy of the notebook whose cell with ``def predict`` is changed."""
    content = json.loads(notebook.read_text())
    for cell in content["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "def predict(" in source:
            cell["source"] = change(source)
    into.write_text(json.dumps(content))
    return into


def another_statement(number: int) -> Callable[[str], str]:
    """Return what adds a statement to predict that changes no answer."""
    return _before_return(f"    benchmark_round = {number}\n")


def another_object(number: int) -> Callable[[str], str]:
    """Return what makes it another notebook of the same libraries: one that has to run."""
    use = _before_return("    BENCHMARK\n")
    return lambda source: f"BENCHMARK = {number}\n{use(source)}"


def another_distribution(name: str) -> Callable[[str], str]:
    """Return what lets predict import a module."""
    return _before_return(f"    import {name}\n")


def _before_return(line: str) -> Callable[[str], str]:
    def change(source: str) -> str:
        head, marker, body = source.partition("    return ")
        return f"{head}{line}{marker}{body}"

    return change
