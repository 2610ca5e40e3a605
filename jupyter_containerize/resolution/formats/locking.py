"""Locks the rows of a preview, so that they can be written as a pylock.toml."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import KernelEnvironment, LockedEnvironment, Requirement
from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.resolution.formats.wording import requirement_of
from jupyter_containerize.resolution.index import PackageIndex
from jupyter_containerize.resolution.lock import lock


def locked(
    rows: Sequence[Dependency],
    *,
    environment: KernelEnvironment | None,
    python_minor: str,
    platform: str,
    index: PackageIndex,
    cache: Path,
    cancel: CancelToken,
) -> LockedEnvironment:
    """Return every wheel that the rows need; ``to_pylock`` writes it.

    Rows from a folder or a file of this machine are left out. Without an environment, what the rows need
    themselves is the newest that fits.

    Args:
        rows: Of the preview.
        environment: Of the kernel, whose versions bind all the way down; ``None`` if there is none.
        python_minor: As in ``3.11``.
        platform: As uv names it, ``x86_64-manylinux_2_36``.
        index: Where to look.
        cache: A folder for answers; made when needed.
        cancel: Asked while uv works.

    Raises:
        As ``lock``.
    """
    packages = lock(
        [item for row in rows if (item := _requirement(row)) is not None],
        environment=environment or _no_environment(python_minor),
        runtime_requirements=(),
        python_minor=python_minor,
        platform=platform,
        index=index,
        cache=cache,
        cancel=cancel,
    )
    return LockedEnvironment(python_minor=python_minor, platform=platform, packages=packages)


def _requirement(row: Dependency) -> Requirement | None:
    text = requirement_of(row)
    if text is None or not row.distribution:
        return None
    # What follows the name, extras and " @ " included: a requirement is printed as the two together.
    return Requirement(
        distribution=row.distribution,
        specifier=text.removeprefix(row.distribution),
        import_names=row.import_names,
        evidence=row.evidence,
    )


def _no_environment(python_minor: str) -> KernelEnvironment:
    return KernelEnvironment(
        kernel="",
        executable="",
        python_version=python_minor,
        implementation="cpython",
        platform="",
        distributions=(),
        stdlib=frozenset(),
    )
