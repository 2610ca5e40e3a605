"""What one would write by hand: a Dockerfile with Debian's Python, pip, and the same serving code, state and server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from shell import run

BASE = "jupyter-containerize-benchmark-base"
NAME = "jupyter-containerize-benchmark-theirs"
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
# The Debian release that carries the Python that runs the notebook.
RELEASES = {11: "bookworm", 13: "trixie"}
_VENV = "layers/jupyter-containerize_notebook/venv"

_HEAD = f"""\
FROM {BASE}
ENV SSL_CERT_FILE=/ca.pem PIP_CERT=/ca.pem PIP_ROOT_USER_ACTION=ignore
COPY ca.pem /ca.pem
COPY requirements.txt /requirements.txt
"""
_TAIL = """\
COPY runtime /opt/runtime/jupyter_containerize_runtime
COPY app /app
ENV PYTHONPATH=/opt/runtime
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["/opt/venv/bin/python", "-m", "jupyter_containerize_runtime"]
"""
_INSTALL = "python3 -m venv /opt/venv && /opt/venv/bin/pip install {options} -r /requirements.txt\n"
PLAIN = f"{_HEAD}RUN {_INSTALL.format(options='--no-cache-dir')}{_TAIL}"
CACHED = f"{_HEAD}RUN --mount=type=cache,target=/root/.cache/pip {_INSTALL.format(options='')}{_TAIL}"


def docker() -> str:
    """Return a docker command line that has BuildKit."""
    for command in ("docker", "/usr/bin/docker"):
        answer = subprocess.run((command, "build", "--help"), capture_output=True, text=True, check=False, env=_env())
        if answer.returncode == 0 and "--progress" in answer.stdout:
            return command
    sys.exit("no docker command line with BuildKit: install Debian's docker.io, or docker-buildx")


def make_base(work: Path) -> None:
    """Make the base image of Debian's packages, as python:slim is made."""
    root, archive = work / "base", work / "base.tar"
    release = RELEASES[sys.version_info.minor]
    run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", release, str(root))
    run("tar", "-C", str(root), "-cf", str(archive), ".")
    run("docker", "import", str(archive), BASE)
    shutil.rmtree(root)
    archive.unlink()


def make_context(image: Path, context: Path) -> None:
    """Make a build context of what an unpacked image of ours has: the same pins, code, state and server."""
    context.mkdir()
    shutil.copytree(image / "workspace", context / "app")
    (runtime,) = image.glob(f"{_VENV}/lib/python3*/site-packages/jupyter_containerize_runtime")
    shutil.copytree(runtime, context / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    model = json.loads((context / "app" / "model.json").read_text())
    pins = [f"{name}=={version}" for name, version in model["versions"].items()]
    (context / "requirements.txt").write_text("\n".join(pins) + "\n")
    shutil.copy(os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt", context / "ca.pem")


def build(context: Path, dockerfile: str, *options: str, tag: str = NAME) -> float:
    """Build an image; return the seconds."""
    (context / "Dockerfile").write_text(dockerfile)
    return run(docker(), "build", "--network=host", "--tag", tag, *options, str(context), env=_env())


def change_code(context: Path, text: str) -> None:
    """Add a line to the serving code."""
    serving = context / "app" / "serving.py"
    serving.write_text(f"{serving.read_text()}\n# {text}\n")


def size_mb(image: str) -> float:
    """Return the size that the Engine gives for an image, uncompressed."""
    return int(subprocess.check_output(["docker", "image", "inspect", "--format", "{{.Size}}", image])) / 1e6


def _env() -> dict[str, str]:
    return {**os.environ, "DOCKER_BUILDKIT": "1"}
