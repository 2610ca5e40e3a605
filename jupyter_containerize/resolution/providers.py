"""Finds which installed distributions provide a module."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable

from jupyter_containerize.domain.environment import Distribution, KernelEnvironment
from jupyter_containerize.domain.notebook import ImportSite
from jupyter_containerize.domain.stdlib import PYTHON2_STDLIB, REMOVED_STDLIB


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
        than one: each installed a package of that name (``opencv-python`` and its headless form), or what is
        imported is a namespace as such, in which each has a part.
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
                return found
        return []


def asked_modules(site: ImportSite) -> tuple[tuple[str, ...], ...]:
    """Return the modules to look for; the first group that is known decides: what is taken, else the module itself.

    ``from mpl_toolkits import basemap`` is basemap, though ``mpl_toolkits`` is matplotlib's.
    """
    return tuple(f"{site.module}.{name}" for name in site.names), (site.module,)
