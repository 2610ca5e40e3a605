"""Finds which installed distributions provide a module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from jupyter_containerize.domain.environment import Distribution, KernelEnvironment


class Providers:
    """What a kernel's environment provides, by import name.

    Args:
        environment: of the kernel.
        local_modules: top-level names beside the notebook; they shadow what is installed.
    """

    def __init__(self, environment: KernelEnvironment, local_modules: Iterable[str] = ()) -> None:
        self._elsewhere = environment.stdlib | set(local_modules) | {"__main__", "builtins"}
        self._by_name: defaultdict[str, list[Distribution]] = defaultdict(list)
        for distribution in environment.distributions:
            for name in distribution.import_names:
                self._by_name[name].append(distribution)

    def needs_none(self, module: str) -> bool:
        """Say whether the module comes with Python or with the notebook."""
        return module.partition(".")[0] in self._elsewhere

    def of(self, module: str) -> tuple[Distribution, ...]:
        """Return the distributions behind a dotted name, usually one; empty if nothing provides it.

        The longest name that is a distribution's own counts. More than one: each installed a
        package of that name (``opencv-python`` and its headless form), or the module is a namespace
        in which each has a part.
        """
        parts = module.split(".")
        for end in range(len(parts), 0, -1):
            found = self._by_name.get(".".join(parts[:end]))
            if found:
                return tuple(found)
        below = f"{module}."
        inside = {item.name: item for name, items in self._by_name.items() if name.startswith(below) for item in items}
        return tuple(inside[name] for name in sorted(inside))
