"""Finds which installed distributions provide a module."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator

from packaging.utils import canonicalize_name

from jupyter_containerize.domain.environment import Distribution, KernelEnvironment
from jupyter_containerize.domain.notebook import ImportSite
from jupyter_containerize.domain.stdlib import PYTHON2_STDLIB, REMOVED_STDLIB

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Providers:
    """What a kernel's environment provides, by import name.

    Args:
        environment: of the kernel; ``None`` when nothing is known of it.
        local_modules: top-level names beside the notebook; they shadow what is installed.
    """

    def __init__(self, environment: KernelEnvironment | None, local_modules: Iterable[str] = ()) -> None:
        stdlib = sys.stdlib_module_names if environment is None else environment.stdlib
        self._elsewhere = {*stdlib, *PYTHON2_STDLIB, *REMOVED_STDLIB, *local_modules, "__main__", "builtins"}
        self._by_name: defaultdict[str, list[Distribution]] = defaultdict(list)
        for distribution in () if environment is None else environment.distributions:
            for name in distribution.import_names:
                self._by_name[name].append(distribution)

    def needs_none(self, module: str) -> bool:
        """Say whether the module comes with Python or with the notebook."""
        return module.partition(".")[0] in self._elsewhere

    def of(self, site: ImportSite) -> tuple[Distribution, ...]:
        """Return the distributions behind an import, usually one; empty if nothing provides it.

        The longest name that is a distribution's own counts: ``from google.cloud import storage`` is the
        distribution of ``google.cloud.storage``, and no other that has a part in ``google.cloud``. More
        than one: each installed a package of that name (``opencv-python`` and its headless form) and none brings the
        other, or what is imported is a namespace as such, in which each has a part.
        """
        for asked in asked_modules(site):
            found = {item.name: item for module in asked for item in self._owners(module)}
            if found:
                return tuple(found[name] for name in sorted(found))
        below = f"{site.module}."
        inside = {item.name: item for name, items in self._by_name.items() if name.startswith(below) for item in items}
        return tuple(inside[name] for name in sorted(inside))

    def _owners(self, module: str) -> list[Distribution]:
        parts = module.split(".")
        for end in range(len(parts), 0, -1):
            found = self._by_name.get(".".join(parts[:end]))
            if found:
                return _not_brought(found)
        return []


def _not_brought(found: list[Distribution]) -> list[Distribution]:
    """Leave out owners that another owner brings: mlflow requires mlflow-skinny, and both hold mlflow."""
    if len(found) < 2:  # noqa: PLR2004  # the usual case
        return found
    brought = {name for item in found for name in _required_by(item) if name != item.name}
    return [item for item in found if item.name not in brought] or found


def _required_by(distribution: Distribution) -> Iterator[str]:
    for text in distribution.requires:
        name, marker = _NAME.match(text), text.partition(";")[2]
        if name and "extra" not in marker:
            yield canonicalize_name(name[0])


def asked_modules(site: ImportSite) -> tuple[tuple[str, ...], ...]:
    """Return the modules to look for; the first group that is known decides: what is taken, else the module itself.

    ``from mpl_toolkits import basemap`` is basemap, though ``mpl_toolkits`` is matplotlib's.
    """
    return tuple(f"{site.module}.{name}" for name in site.names), (site.module,)
