"""Older releases of JupyterLab and Notebook that we support, in a real browser; all other tests have the newest."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from uv import find_uv_bin

from jupyter_containerize.lifecycle.trying import free_port

pytestmark = [pytest.mark.slow, pytest.mark.network]

ROOT = Path(__file__).parents[2]
_INSTALL_SECONDS = 300
_RUN_SECONDS = 500
_CHROMIUM = Path(os.environ.get("UI_CHROMIUM", "/usr/bin/chromium"))


def _oldest(name: str) -> str:
    """Return the lowest release that our requirements allow, as 4.4."""
    wanted = [Requirement(text) for text in requires("jupyter-containerize") or ()]
    (specifier,) = [each.specifier for each in wanted if each.name == name]
    (lowest,) = [each.version for each in specifier if each.operator == ">="]
    return lowest


# JupyterLab and the Notebook that is made of it.
RELEASES = {"the oldest": (_oldest("jupyterlab"), _oldest("notebook")), "between": ("4.5", "7.5")}


def _environment(venv: Path, jupyterlab: str, notebook: str) -> None:
    """Make an environment with the last patches of both, which sees all of ours after its own."""
    uv = find_uv_bin()
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(venv)], check=True, timeout=_INSTALL_SECONDS)
    python = venv / "bin" / "python"
    wanted = [f"jupyterlab=={jupyterlab}.*", f"notebook=={notebook}.*"]
    install = [uv, "pip", "install", "-q", "--python", str(python), *wanted]
    subprocess.run(install, check=True, timeout=_INSTALL_SECONDS)
    (packages,) = (venv / "lib").glob("python*/site-packages")
    ours = sysconfig.get_paths()["purelib"]
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n", encoding="utf-8")
    # What our wheel puts beside the modules.
    for source, place in (
        (ROOT / "jupyter_containerize" / "labextension", "share/jupyter/labextensions/jupyter-containerize"),
        (ROOT / "jupyter-config" / "server-config", "etc/jupyter/jupyter_server_config.d"),
    ):
        for file in source.rglob("*"):
            if file.is_file():
                target = venv / place / file.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read_bytes())


@pytest.mark.skipif(not os.environ.get("CI") and not _CHROMIUM.exists(), reason=f"no Chromium at {_CHROMIUM}")
@pytest.mark.parametrize(("jupyterlab", "notebook"), RELEASES.values(), ids=RELEASES)
def test_sidebar__older_jupyterlab_and_notebook__builds_and_complains_of_nothing(
    jupyterlab: str, notebook: str, tmp_path: Path
) -> None:
    """The button, the preview, the marks, the build, its log and the settings, and nothing of ours on the console."""
    venv = tmp_path / "venv"
    _environment(venv, jupyterlab, notebook)
    environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(
        [Path(sys.executable).parent / "jlpm", "workspace", "jupyter-containerize-ui-tests", "test:older"],
        cwd=ROOT,
        env={
            **environ,
            # The server is the `jupyter` that is found first.
            "PATH": f"{venv / 'bin'}{os.pathsep}{environ['PATH']}",
            "UI_PORT": str(free_port()),
            "UI_JUPYTERLAB": jupyterlab,
            "UI_NOTEBOOK": notebook,
            "JUPYTER_CONTAINERIZE_STORE": str(tmp_path / "store"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=_RUN_SECONDS,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "2 passed" in done.stdout
