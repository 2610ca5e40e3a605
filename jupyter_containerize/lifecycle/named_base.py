"""A base image that the user names: pulled once, and asked which Python and which C library it has."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from jupyter_containerize.buildpacks.interpreter import target_command
from jupyter_containerize.domain.build import Unit
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.lifecycle.errors import BaseWithoutPython
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import ChosenBase
from jupyter_containerize.oci import read_config
from jupyter_containerize.publishing import pull_image
from jupyter_containerize.resolution import platform_of

# Where images keep an interpreter, the official Python images first.
_PLACES = ("usr/local/bin", "usr/bin", "opt/python/bin", "opt/venv/bin", "opt/conda/bin")
_QUESTION = "import platform, sys; print(*sys.version_info[:2], *platform.libc_ver())"
_ANSWER = re.compile(r"3 \d+ glibc 2\.(\d+)")


def named_base(text: str, python_minor: str, job: Job) -> ChosenBase:
    """Return the base that a registry reference names.

    Raises:
        BaseWithoutPython: it has no working Python of the kernel's minor version for wheels of glibc.
    """
    store, watch = job.store, job.watch
    reference = Reference.parse(text)

    def moved(done: int, total: int | None) -> None:
        watch.progress("Pulling the base image", done, total, Unit.BYTES)

    image = pull_image(reference, store, on_bytes=moved, cancel=watch.cancel)
    config = read_config(image.config_bytes)
    with store.root_of(image.layers, cancel=watch.cancel) as root:
        python, glibc_minor = _find_python(root, python_minor, text)
    watch.say(f"Base: {reference}, {len(image.layers)} layers, {python}")
    return ChosenBase(
        python=python,
        wheel_platform=platform_of(glibc_minor),
        layers=image.layers,
        env=config.env,
    )


def _find_python(root: Path, python_minor: str, text: str) -> tuple[str, int]:
    for place in _PLACES:
        python = f"/{place}/python{python_minor}"
        if not (root / python[1:]).exists():
            continue
        command, env = target_command(root, python)
        answer = subprocess.run((*command, "-c", _QUESTION), env=env, capture_output=True, text=True, check=False)
        found = _ANSWER.match(answer.stdout)
        if found:
            return python, int(found[1])
    raise BaseWithoutPython(text, python_minor, tuple(f"/{place}" for place in _PLACES))
