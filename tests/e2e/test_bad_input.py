"""Every kind of bad input: a message with what happened, what was seen and what to do; nothing left behind."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow]

PREDICT = "def predict(x: float) -> float:\n    return x * 2"
PREDICT_Z = "def predict(x: float) -> float:\n    return x * z"


@dataclass(frozen=True)
class Case:
    """One bad input. ``cells`` make a notebook, or ``text`` is the whole file."""

    code: int
    says: tuple[str, ...]
    cells: tuple[str, ...] = ()
    text: str = ""
    kernel: str = "python3"
    options: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)


CASES = {
    "not a notebook": Case(10, ("This is not a notebook",), text='{"a": 1}'),
    "unreadable JSON": Case(10, ("is damaged", "line 1", "column 14"), text='{"nbformat": ]'),
    "no code": Case(10, ("has no code",), cells=()),
    "syntax error in the cell that serves": Case(
        11, ("cannot be read", "bad.ipynb[2]:2"), cells=("x = 1", "def predict(x):\n    return (x")
    ),
    "syntax error in a cell that runs": Case(13, ("A cell of the notebook failed", "[1]"), cells=("x = = 1", PREDICT)),
    "a cell that fails": Case(
        13,
        ("A cell of the notebook failed", "bad.ipynb[1]:2", "ZeroDivisionError"),
        cells=("y = 1\nz = y / 0", PREDICT_Z),
    ),
    "a kernel that is not installed": Case(
        12, ("kernel is not installed", "no-such-kernel", "python3"), cells=(PREDICT,), kernel="no-such-kernel"
    ),
    "an import that nothing provides": Case(
        20,
        ("Nothing in the kernel provides an import", "bad.ipynb[2]:2", "no_such_module"),
        cells=(
            "import sys, types\nsys.modules['no_such_module'] = types.ModuleType('no_such_module')",
            "def predict(x: float) -> float:\n    import no_such_module\n    return x",
        ),
    ),
    "no serving function": Case(11, ("nothing to serve", "helper"), cells=("def helper(x):\n    return x",)),
    "an object that cannot be pickled": Case(
        13,
        ("cannot be saved", "lock", "bad.ipynb[1]"),
        cells=(
            "import threading\nlock = threading.Lock()",
            "def predict(x: float) -> float:\n    with lock:\n        return x",
        ),
    ),
    "a tag with illegal characters": Case(
        2, ("not a legal", "Bad Tag"), cells=(PREDICT,), options=("--tag", "Bad Tag")
    ),
    "an unknown destination": Case(
        2, ("destination is not known", "nowhere"), cells=(PREDICT,), options=("--to", "nowhere")
    ),
    "a folder that cannot be written": Case(
        50, ("destination cannot be written",), cells=(PREDICT,), options=("--to", "archive:/no/such/folder/a.tar")
    ),
    "a registry that nobody runs": Case(
        50, ("registry could not be reached", "127.0.0.1:9"), cells=(PREDICT,), options=("--to", "127.0.0.1:9/a:b")
    ),
    "no network": Case(
        30,
        ("could not be reached",),
        cells=(PREDICT,),
        env={"JUPYTER_CONTAINERIZE_DEBIAN_MIRROR": "http://127.0.0.1:9/debian"},
    ),
}


def write(case: Case, folder: Path) -> Path:
    """Write the case's notebook."""
    path = folder / "bad.ipynb"
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": case.kernel, "display_name": "x", "language": "python"}},
        "cells": [
            {"id": f"c{n}", "cell_type": "code", "metadata": {}, "source": s, "outputs": [], "execution_count": None}
            for n, s in enumerate(case.cells)
        ],
    }
    path.write_text(case.text or json.dumps(content))
    return path


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_build__bad_input__is_explained_and_leaves_nothing(case, containerize, tmp_path):
    """The message says what was seen and where, the exit code is that kind's, and no image is named."""
    store = tmp_path / "store"
    env = {"JUPYTER_CONTAINERIZE_STORE": str(store), **case.env}
    ran = containerize("build", write(case, tmp_path), "--quiet", *case.options, env=env)
    assert ran.code == case.code, ran.err
    assert ran.out == ""
    for text in case.says:
        assert text in ran.err
    assert "Traceback (most recent call last)" not in ran.err or "A cell of the notebook failed" in ran.err
    assert containerize("images", "--json", env=env).out == ""
    assert [path for path in (store / "scratch").glob("*") if path.is_dir()] == []


def test_build__no_such_file__is_explained(containerize, tmp_path):
    """A path that is not there is named."""
    ran = containerize("build", tmp_path / "missing.ipynb", "--quiet")
    assert ran.code == 10
    assert "missing.ipynb" in ran.err


def test_build__bad_input_as_json__ends_with_the_problem(containerize, tmp_path):
    """Machines get the same four parts on stdout, and the failure as the last event."""
    ran = containerize("build", write(CASES["no serving function"], tmp_path), "--json")
    assert ran.code == 11
    assert ran.closing["problem"]["code"] == "JC-ANALYSIS-01"
    assert ran.events[-1] == {"event": "build_failed", "problem": ran.closing["problem"]}


@pytest.mark.registry
def test_build__registry_that_refuses__is_explained_before_the_notebook_runs(containerize, refusing_registry, tmp_path):
    """A registry that takes no uploads is found out at once, with its own words."""
    env = {"JUPYTER_CONTAINERIZE_STORE": str(tmp_path / "store")}
    notebook = write(Case(50, (), cells=("1 / 0", PREDICT)), tmp_path)
    ran = containerize("build", notebook, "--quiet", "--to", f"{refusing_registry}/a:b", env=env)
    assert ran.code == 50, ran.err
    assert "The registry refused" in ran.err
    assert refusing_registry in ran.err


def installed(folder: Path, name: str) -> dict[str, str]:
    """Install a distribution for the kernel that the index has as source only; return the environment to see it."""
    site, links = folder / "site", folder / "links"
    (site / f"{name}-1.0.dist-info").mkdir(parents=True)
    links.mkdir()
    (site / f"{name}.py").write_text("VALUE = 2\n")
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    (site / f"{name}-1.0.dist-info" / "METADATA").write_text(metadata)
    (site / f"{name}-1.0.dist-info" / "RECORD").write_text(f"{name}.py,,\n{name}-1.0.dist-info/METADATA,,\n")
    with tarfile.open(links / f"{name}-1.0.tar.gz", "w:gz") as archive:
        data = metadata.encode()
        member = tarfile.TarInfo(f"{name}-1.0/PKG-INFO")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return {"PYTHONPATH": str(site), "UV_FIND_LINKS": str(links)}


@pytest.mark.network
def test_build__distribution_without_a_wheel__is_explained(containerize, tmp_path):
    """What exists as source only, and cannot be built, is named, with the cell that asked for it."""
    name = "only_source_for_a_test"
    env = {"JUPYTER_CONTAINERIZE_STORE": str(tmp_path / "store"), **installed(tmp_path, name)}
    cells = (f"import {name}", f"def predict(x: float) -> float:\n    return x * {name}.VALUE")
    ran = containerize("build", write(Case(20, (), cells=cells), tmp_path), "--quiet", env=env)
    assert ran.code == 20, ran.err
    assert f"No wheel could be built of {name.replace('_', '-')}" in ran.err
    assert "bad.ipynb[1]:1" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.network
def test_build__full_disk__is_explained_and_leaves_no_image(tmp_path):
    """A store on a disk that is too small fails with a message, and names no image."""
    store = tmp_path / "store"
    store.mkdir()
    notebook = write(Case(40, (), cells=(PREDICT, "predict(2.0)")), tmp_path)
    build = f'"$0" -m jupyter_containerize.cli build {notebook} --quiet; code=$?'
    images = '"$0" -m jupyter_containerize.cli images --json'
    script = f"mount -t tmpfs -o size=12m tmpfs {store} && {{ {build}; {images}; exit $code; }}"
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, sys.executable],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "JUPYTER_CONTAINERIZE_STORE": str(store)},
    )
    assert done.returncode == 40, done.stderr
    assert "The disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
