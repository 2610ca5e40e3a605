"""Locking in a kernel of which a test says only what it is about."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import Distribution, KernelEnvironment, LockedPackage, Requirement
from jupyter_containerize.resolution import PackageIndex, lock

PLATFORM = "x86_64-manylinux_2_36"


def lock_in_a_kernel(
    requirements: Iterable[Requirement],
    *,
    folder: Path,
    distributions: tuple[Distribution, ...] = (),
    python_minor: str = "3.11",
    platform: str = PLATFORM,
    executable: str = sys.executable,
    runtime: Iterable[str] | Mapping[str, str] = (),
    cancel: CancelToken | None = None,
    **more: Any,
) -> tuple[LockedPackage, ...]:
    """Lock from the index that the environment says, for an Intel Linux machine's kernel with these distributions.

    Locks are kept in ``locks`` of the folder.
    """
    environment = KernelEnvironment(
        kernel="python3",
        executable=executable,
        python_version=f"{python_minor}.2",
        implementation="cpython",
        platform="linux-x86_64",
        distributions=distributions,
        stdlib=frozenset(),
    )
    return lock(
        tuple(requirements),
        environment=environment,
        runtime_requirements=runtime,
        python_minor=python_minor,
        platform=platform,
        index=PackageIndex.from_environment(),
        cache=folder / "locks",
        cancel=cancel or CancelToken(),
        **more,
    )
