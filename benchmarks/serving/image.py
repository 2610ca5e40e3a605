"""Our side's images, made by our own build from small notebooks, and unpacked."""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shell import run, tool

_IRIS = """\
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
"""
_FIT = """\
X, y = load_iris(return_X_y=True)
model = LogisticRegression(max_iter=500).fit(X, y)
"""
_SERVED = """\
forest = RandomForestClassifier(n_estimators=100, random_state=0).fit(X, y)

def predict(rows: list[list[float]]) -> list[int]:
    return model.predict(rows)

def vote(rows: list[list[float]]) -> list[int]:
    return forest.predict(rows)

def noop(value: float) -> float:
    return value

def slow(value: float) -> float:
    for _ in range(300_000):
        value += 1e-9
    return value
"""
_ASKED = ("predict([[6.1, 2.9, 4.7, 1.4]])", "vote([[6.1, 2.9, 4.7, 1.4]])", "noop(1.5)", "slow(1.5)")
_ASK_MODELS = ("model.predict([[6.1, 2.9, 4.7, 1.4]])", "forest.predict([[6.1, 2.9, 4.7, 1.4]])")
# The notebook's name, which is also the first endpoint's as a model.
EVERYTHING = "everything"
_RUNTIME = "Layer: 'runtime'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """An image's root, how it wants to be started, and the bytes of its runtime layer."""

    root: Path
    entrypoint: tuple[str, ...]
    env: Mapping[str, str]
    runtime_bytes: int
    runtime_bytes_compressed: int

    @property
    def app(self) -> Path:
        """The application folder."""
        return self.root / "workspace"


def everything(work: Path) -> Unpacked:
    """Build what is asked for speed: functions, one of them on /predict, and two fitted models."""
    cells = (_IRIS, _FIT + _SERVED, *_ASKED, *_ASK_MODELS)
    return _built(work, EVERYTHING, cells, ("predict", "vote", "noop", "slow", "model", "forest"))


def one_model(work: Path) -> Unpacked:
    """Build what is looked at for its start and its size: one fitted model."""
    return _built(work, "one-model", (_IRIS, _FIT, _ASK_MODELS[0]), ("model",))


def _built(work: Path, name: str, cells: Sequence[str], symbols: Sequence[str]) -> Unpacked:
    notebook, layout, bundle = (work / f"{name}{end}" for end in (".ipynb", "-layout", "-bundle"))
    notebook.write_text(json.dumps(_notebook(cells)))
    serve = tuple(word for symbol in symbols for word in ("--serve", symbol))
    options = ("--tag", name, "--to", f"oci:{layout}", "--selftest", "skip", "--quiet")
    run(sys.executable, "-m", "jupyter_containerize.cli", "build", str(notebook), *serve, *options)
    run(tool("umoci"), "unpack", "--rootless", "--image", f"{layout}:{name}:latest", str(bundle))
    blobs = layout / "blobs" / "sha256"
    index = json.loads((layout / "index.json").read_bytes())
    manifest = _blob(blobs, index["manifests"][0])
    config = _blob(blobs, manifest["config"])
    made_by = [entry["created_by"] for entry in config["history"] if not entry.get("empty_layer")]
    runtimes = [layer for layer, words in zip(manifest["layers"], made_by, strict=True) if words.startswith(_RUNTIME)]
    return Unpacked(
        root=bundle / "rootfs",
        entrypoint=(*config["config"].get("Entrypoint", ()), *config["config"].get("Cmd", ())),
        env=dict(entry.split("=", 1) for entry in config["config"]["Env"]),
        runtime_bytes=sum(_bytes_of(blobs / layer["digest"].partition(":")[2]) for layer in runtimes),
        runtime_bytes_compressed=sum(layer["size"] for layer in runtimes),
    )


def _blob(blobs: Path, descriptor: Mapping[str, str]) -> Any:
    return json.loads((blobs / descriptor["digest"].partition(":")[2]).read_bytes())


def _bytes_of(layer: Path) -> int:
    with tarfile.open(layer) as archive:
        return sum(member.size for member in archive)


def _notebook(cells: Sequence[str]) -> dict[str, object]:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    empty: dict[str, object] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    listed = [{**empty, "id": f"cell-{number}", "source": source} for number, source in enumerate(cells, 1)]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": listed}
