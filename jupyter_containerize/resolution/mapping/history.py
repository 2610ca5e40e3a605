"""Bounds a distribution's version by the modules that a notebook imports from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from packaging.version import Version

from jupyter_containerize.resolution.mapping.table import canonical, load


def bounds(distribution: str, modules: Iterable[str]) -> str:
    """Return the versions that hold all of the modules, as a PEP 440 specifier; empty if the table knows no bound.

    A module that vanished gives ``<`` the first release without it: every later patch of the last line with it
    stays allowed, and a resolver's message names the release that broke the notebook. Where the releases that were
    read are no neighbours, ``<=`` the last one that had it. A module that came gives ``>`` the last release
    without it, or ``>=`` the first one with it where release notes name that. Modules that no release has
    together give nothing: the notebook tries one of them, and no single version would be right.
    """
    gone, since = _changes(canonical(distribution))
    lower: _Lower | None = None
    upper: tuple[Version, bool] | None = None
    for module in modules:
        for name in _and_above(module):
            if name in since and (lower is None or since[name].first > lower.first):
                lower = since[name]
            if name in gone and (upper is None or gone[name] < upper):
                upper = gone[name]
    if upper and lower and (lower.first, True) > upper:
        return ""
    said = [lower.specifier] if lower else []
    if upper:
        said.append(f"{'<=' if upper[1] else '<'}{upper[0]}")
    return ",".join(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lower:
    """``specifier`` lets in every release that may have a module, ``first`` is the first that is known to."""

    specifier: str
    first: Version


@cache
def _changes(distribution: str) -> tuple[Mapping[str, tuple[Version, bool]], Mapping[str, _Lower]]:
    """Return module -> (version, whether that version still has it), and module -> when it came."""
    told = load().releases.get(distribution, {"gone": {}, "since": {}})
    gone = {}
    for versions, modules in told["gone"].items():
        last, _, first = versions.partition(" ")
        limit = (Version(first), False) if first else (Version(last), True)
        gone.update(dict.fromkeys(modules, limit))
    since = {}
    for versions, modules in told["since"].items():
        specifier, _, first = versions.partition(" ")
        since.update(dict.fromkeys(modules, _Lower(specifier=specifier, first=Version(first or specifier[2:]))))
    return gone, since


def _and_above(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
