"""A preview's dependencies in the forms that other tools read, as text or in the notebook itself."""

from __future__ import annotations

from pathlib import Path

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import Edited
from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.lifecycle.details import minor_of
from jupyter_containerize.lifecycle.preview import Preview
from jupyter_containerize.notebooks import write_block, write_metadata
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.resolution import PackageIndex, platform_of, to_pylock
from jupyter_containerize.resolution.debian.releases import glibc_minor_for
from jupyter_containerize.resolution.formats import environment, locked, pep723, requirement_of, requirements

FORMATS = ("requirements", "pylock", "environment", "pep723")
WRITABLE = ("pep723", "metadata")


def formatted(found: Preview, form: str) -> str:
    """Return the dependencies in one of ``FORMATS``.

    Raises:
        ContainerizeError: only for ``pylock``, which asks the index for wheels and hashes; as ``lock``.
    """
    rows, python = _kept(found), found.python or ""
    match form:
        case "requirements":
            return requirements(rows, python=python)
        case "environment":
            packages = [package.name for package in found.system_packages]
            return environment(rows, python=python, name=Path(found.path).stem, system_packages=packages)
        case "pep723":
            return pep723(rows, python=python)
        case "pylock":
            return _pylock(found)
    raise ValueError(form)


def write_requirements(path: Path, found: Preview, form: str) -> bool:
    """Put the dependencies into the notebook in one of the forms ``WRITABLE``; return whether that changed it.

    Raises:
        ContainerizeError: it cannot be read or written, or somebody else wrote it meanwhile.
    """
    if form == "pep723":
        return write_block(path, formatted(found, "pep723"))
    return write_metadata(path, [text for row in _kept(found) if (text := requirement_of(row)) is not None])


def _kept(found: Preview) -> tuple[Dependency, ...]:
    return tuple(row for row in found.dependencies if row.edited is not Edited.EXCLUDED)


def _pylock(found: Preview) -> str:
    minor = minor_of(found.python)
    return to_pylock(
        locked(
            _kept(found),
            environment=found.environment,
            python_minor=minor,
            platform=platform_of(glibc_minor_for(minor)),
            index=PackageIndex.from_environment(),
            cache=LocalStore.default().cache / "locks",
            cancel=CancelToken(),
        )
    )
