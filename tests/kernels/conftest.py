"""Kernelspecs of one test alone."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kernel_notebooks import LAUNCH

from jupyter_containerize.domain.environment import Distribution
from jupyter_containerize.kernels import inspect, inspect_kernel
from jupyter_containerize.kernels.inside.program import load_package

INSIDE = Path(inspect.__file__).parent / "inside"


@pytest.fixture(autouse=True)
def _no_kept_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test know what another one asked."""
    monkeypatch.setattr(inspect, "_answers", {})


@pytest.fixture
def program() -> Iterator[Callable[[str], Any]]:
    """Return what gives a module of the kernel's side, loaded as in a kernel, and forgotten after the test."""
    before = set(sys.modules)
    load_package("_jupyter_containerize_runtime", str(INSIDE.parents[1] / "runtime"))
    load_package("_jupyter_containerize_inside", str(INSIDE))
    yield lambda name: importlib.import_module(f"_jupyter_containerize_inside.{name}")
    for name in set(sys.modules) - before:
        if name.startswith("_jupyter_containerize"):
            del sys.modules[name]


@pytest.fixture
def install_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that installs a kernelspec for this test alone."""
    root = tmp_path / "jupyter"
    monkeypatch.setenv("JUPYTER_PATH", str(root))

    def install(name: str, *argv: str, **more: Any) -> Path:
        folder = root / "kernels" / name
        folder.mkdir(parents=True)
        spec = {
            "argv": list(argv or (sys.executable, *LAUNCH)),
            "display_name": name,
            "language": "python",
            **more,
        }
        (folder / "kernel.json").write_text(json.dumps(spec))
        return folder

    return install


@pytest.fixture
def distributions(install_kernel: Callable[..., Path]) -> Callable[[Path], dict[str, Distribution]]:
    """Return a function that gives the distributions of one folder, and all others, by name."""

    def read(folder: Path) -> dict[str, Distribution]:
        if not (folder.parent / "jupyter").exists():
            install_kernel("mine", env={"PYTHONPATH": str(folder)})
        return {item.name: item for item in inspect_kernel("mine").distributions}

    return read
