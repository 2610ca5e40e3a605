"""The real ``pack`` on a real image, built and pushed as a user does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.cnb, pytest.mark.registry, pytest.mark.network]

CELLS = (
    "names = {1: 'one', 2: 'two'}",
    "def predict(x: int) -> str:\n    return names.get(x, str(x))",
    "predict(1000)",
)


def test_pack__an_image_that_build_pushed__is_inspected_and_rebased_on_the_run_image_beside_it(
    tmp_path, cnb_tools, registry
):
    """The run image was published under the rolling name that the labels tell; the same base moves no layer."""
    cells = [
        {"cell_type": "code", "id": f"c{at}", "metadata": {}, "source": text, "outputs": [], "execution_count": None}
        for at, text in enumerate(CELLS)
    ]
    notebook = tmp_path / "names.ipynb"
    notebook.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    name = f"{registry}/real/names:v1"
    env = {**os.environ, "JUPYTER_CONTAINERIZE_STORE": str(tmp_path / "store"), "PACK_HOME": str(tmp_path)}
    # There may be an engine with an image of that name; what is asked for is in the registry.
    env["DOCKER_HOST"] = f"unix://{tmp_path}/none.sock"
    build = [sys.executable, "-m", "jupyter_containerize.cli", "build", notebook, "--to", name, "--selftest", "skip"]
    assert output(env, *build)
    shown = output(env, cnb_tools / "pack", "--no-color", "inspect", name)
    assert f"{registry}/real/names-run:debian-" in shown
    assert "web (default)" in shown
    said = output(env, cnb_tools / "pack", "--no-color", "rebase", "--publish", name)
    assert "Successfully rebased" in said
    assert output(env, cnb_tools / "pack", "--no-color", "inspect", name) == shown


def output(env, *command):
    """Return what a command prints; it must succeed."""
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
