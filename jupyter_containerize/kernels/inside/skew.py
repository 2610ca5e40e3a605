"""Distributions that were installed anew while the kernel ran: what is loaded is no longer what is on the disk.

Runs inside the kernel: the standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import os
import re
import sys
from collections.abc import Iterable
from typing import Any


def skewed(modules: Iterable[str]) -> list[dict[str, str]]:
    """Return the distributions, among those that modules belong to, of which another version is loaded than installed.

    A ``__version__`` is not always its distribution's (opencv says 4.10.0, its wheel 4.10.0.84), so that only those
    count that were installed after this process began.
    """
    began = process_start()
    tops = sorted({module.partition(".")[0] for module in modules})
    versions = {top: getattr(sys.modules.get(top), "__version__", None) for top in tops}
    loaded = {top: version for top, version in versions.items() if isinstance(version, str)}
    if began is None or not loaded:
        return []
    found = []
    for distribution in importlib.metadata.distributions():
        if changed_at(distribution) <= began:
            continue
        name, installed = distribution.metadata["Name"], distribution.version
        mine = {loaded[top] for top in names_of(distribution) if top in loaded}
        found += [
            {"name": name, "loaded": version, "installed": installed}
            for version in sorted(mine)
            if not same(version, installed)
        ]
    return sorted(found, key=lambda item: item["name"])


def process_start() -> float | None:
    """Return when this process began, as seconds since 1970; ``None`` where that cannot be told."""
    with contextlib.suppress(Exception):
        # ipykernel brings psutil.
        return float(importlib.import_module("psutil").Process().create_time())
    return None


def changed_at(distribution: Any) -> float:
    """Return when a distribution was installed, as seconds since 1970; 0 where that cannot be told."""
    path = getattr(distribution, "_path", None)
    with contextlib.suppress(OSError, TypeError):
        # Not the time of its files: some installers link those from a cache, and they are as old as there.
        return os.stat(str(path)).st_ctime
    return 0.0


def names_of(distribution: Any) -> Iterable[str]:
    """Return the top-level names that a distribution's files can be imported by."""
    for file in distribution.files or ():
        top = file.parts[0]
        if top.endswith(".py") or "." not in top:
            yield top.partition(".")[0]


def same(loaded: str, installed: str) -> bool:
    """Say whether two versions are one, as far as both say: a local part, and what only one of them says, aside."""
    pair = [re.split(r"[.\-_]", version.strip().lstrip("v").partition("+")[0]) for version in (loaded, installed)]
    common = min(len(parts) for parts in pair)
    return pair[0][:common] == pair[1][:common]
