"""What the image stands on: Debian with its Python or a standalone one, or an image that the user names."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from jupyter_containerize.buildpacks.cpython import CPythonBuildpack, resolve_standalone
from jupyter_containerize.buildpacks.debian import DebianBuildpack
from jupyter_containerize.domain.build import Level
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.named_base import named_base
from jupyter_containerize.lifecycle.plan import ChosenBase
from jupyter_containerize.resolution import platform_of
from jupyter_containerize.resolution.debian import NoDebianPython, resolve_base
from jupyter_containerize.transport import Transport


def choose_base(environment: KernelEnvironment, platform: Platform, job: Job) -> ChosenBase:
    """Return the base for the kernel's Python: Debian's own where a release has it."""
    del platform  # until bases are made for others
    if job.request.base:
        return named_base(job.request.base, environment.python_minor, job)
    try:
        return _debian(environment.python_minor, job)
    except NoDebianPython:
        python = resolve_standalone(environment.python_minor, cancel=job.watch.cancel)
        job.watch.say(f"No Debian release has Python {environment.python_minor}: standalone CPython {python.version}")
        below = _debian(None, job)
        return replace(
            below,
            python=python.executable,
            buildpacks=(*below.buildpacks, CPythonBuildpack(python, job.store.cache / "pythons")),
        )


def _debian(python_minor: str | None, job: Job) -> ChosenBase:
    watch = job.watch
    base = resolve_base(python_minor, transport=Transport(), cache=job.store.cache / "debian", cancel=watch.cancel)
    watch.say(f"Base: Debian {base.version} ({base.release}), {len(base.packages)} system packages")
    if dt.datetime.now(dt.UTC).date().isoformat() > base.fixes_until:
        watch.say(
            f"Debian {base.version} has no security fixes since {base.fixes_until}: choose a newer Python",
            Level.WARNING,
        )
    if base.stale:
        watch.say("The Debian archive does not answer: its last known state is used", Level.WARNING)
    return ChosenBase(
        python=base.python_executable or "",
        wheel_platform=platform_of(base.glibc_minor),
        buildpacks=(DebianBuildpack(base),),
        system_packages=base.packages,
    )
