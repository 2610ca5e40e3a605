"""bin/build: the notebook's environment, our program, and what it makes as this buildpack's layers.

Runs with the build image's Python and nothing but the standard library. The cached layers are ``tool`` (a virtual
environment with our program), ``kernel`` (one with what the notebook's folder declares) and ``store`` (our store).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

TOOL = "jupyter-containerize"
KERNEL = "buildpack"
OURS = ("tool", "kernel", "store")
DECLARED = "requirements.txt"


def main() -> int:
    """Return the exit code of the step that failed, or 0."""
    layers, app = Path(os.environ["CNB_LAYERS_DIR"]), Path.cwd()
    buildpack = tomllib.loads(Path(os.environ["CNB_BUILDPACK_DIR"], "buildpack.toml").read_text())
    wanted = os.environ.get("BP_CONTAINERIZE") or f"{TOOL}=={buildpack['buildpack']['version']}"
    notebook = notebook_of(Path(os.environ["CNB_BP_PLAN_PATH"]))
    tool = environment(layers, "tool", sys.executable, (wanted,))
    declared = ("--requirement", str(app / DECLARED)) if (app / DECLARED).is_file() else ()
    python = kernel_python(app / notebook)
    kernel = environment(layers, "kernel", python, ("ipykernel", *declared))
    (layers / "store").mkdir(exist_ok=True)
    keep(layers, "store", "1")
    with tempfile.TemporaryDirectory(dir=layers, prefix=".work-") as folder:
        work = Path(folder)
        spec = work / "kernels" / KERNEL / "kernel.json"
        spec.parent.mkdir(parents=True)
        argv = [str(kernel), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec.write_text(json.dumps({"argv": argv, "display_name": "Python", "language": "python"}))
        env = {**os.environ, "JUPYTER_PATH": str(work), "JUPYTER_CONTAINERIZE_STORE": str(layers / "store")}
        # A build image's home folder may be read-only, or missing.
        env |= {name: str(work / name.lower()) for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
        made = work / "made"
        options = os.environ.get("BP_CONTAINERIZE_OPTIONS", "").split()
        command = [str(tool), "-m", "jupyter_containerize.cli", "build", notebook, "--kernel", KERNEL]
        ran = subprocess.run([*command, "--to", f"cnb-layers:{made}", *options], env=env, check=False)
        if ran.returncode:
            return ran.returncode
        hand_on(made, layers, app)
    return 0


def notebook_of(plan: Path) -> str:
    """Return the notebook that detection chose."""
    entries = tomllib.loads(plan.read_text())["entries"]
    return str(next(entry["metadata"]["path"] for entry in entries if entry["name"] == "notebook"))


def kernel_python(notebook: Path) -> str:
    """Return a Python of the minor version that the notebook was written with, or this one."""
    info = json.loads(notebook.read_text(encoding="utf-8")).get("metadata", {}).get("language_info", {})
    minor = re.match(r"3\.\d+", str(info.get("version", "")))
    return (minor and shutil.which(f"python{minor[0]}")) or sys.executable


def environment(layers: Path, name: str, python: str, wanted: tuple[str, ...]) -> Path:
    """Return the interpreter of a virtual environment with what is wanted, made anew unless it is the same."""
    folder = layers / name
    version = subprocess.run([python, "-VV"], capture_output=True, text=True, check=True).stdout
    texts = [Path(wanted[-1]).read_text()] if "--requirement" in wanted else []
    key = hashlib.sha256(json.dumps([python, version, wanted, texts]).encode()).hexdigest()
    if kept(layers, name) == key and (folder / "bin" / "python").exists():
        print(f"Notebook: the environment {name} is there already")  # noqa: T201  # the lifecycle shows it
    else:
        shutil.rmtree(folder, ignore_errors=True)
        uv = shutil.which("uv")
        interpreter = str(folder / "bin" / "python")
        if uv:
            made = [uv, "venv", "--quiet", "--python", python, str(folder)]
            filled = [uv, "pip", "install", "--python", interpreter]
        else:
            made = [python, "-m", "venv", str(folder)]
            filled = [interpreter, "-m", "pip", "install"]
        subprocess.run(made, check=True)
        subprocess.run([*filled, "--quiet", *wanted], check=True)
    keep(layers, name, key)
    return folder / "bin" / "python"


def kept(layers: Path, name: str) -> str:
    """Return the key of the restored layer, if there is one."""
    try:
        return str(tomllib.loads((layers / f"{name}.toml").read_text())["metadata"]["key"])
    except (FileNotFoundError, KeyError):
        return ""  # the first build, or one without its cache


def keep(layers: Path, name: str, key: str) -> None:
    """Say that a layer is for the next build only."""
    types = "[types]\nlaunch = false\nbuild = false\ncache = true\n"
    (layers / f"{name}.toml").write_text(f'{types}\n[metadata]\nkey = "{key}"\n')


def hand_on(made: Path, layers: Path, app: Path) -> None:
    """Put what was made in the place of earlier layers and of the application's sources."""
    for path in layers.iterdir():
        if path.name.partition(".")[0] not in ("", *OURS):
            remove(path)
    for path in (made / "layers").iterdir():
        path.rename(layers / path.name)
    # The lifecycle makes a layer of all that is left here: the image has the application alone.
    for path in app.iterdir():
        remove(path)
    for path in (made / "workspace").iterdir():
        shutil.move(path, app / path.name)


def remove(path: Path) -> None:
    """Remove whatever is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        # What it had to say is above.
        sys.exit(f"Notebook: {' '.join(map(str, error.cmd))} failed")
