"""Finds the distribution behind a module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_containerize.resolution.mapping.table import load, pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The distributions that hold a module.

    ``distributions``: the preferred one, then those that are as good; never empty. ``import_name``: the longest
    name that is the distribution's own. ``evidence``: what the preferred one's names were read from: ``wheel``,
    ``installed`` (the RECORD of an installed wheel), ``source`` (a release's tag), ``sdist``, or ``listed``: by hand,
    no file was read. ``wheel``: the name of what was read, empty if nothing was. ``shared``: other distributions
    have a part in the same top-level name, or hold the same module.
    """

    distributions: tuple[str, ...]
    import_name: str
    evidence: str
    wheel: str
    shared: bool


def providers(module: str) -> Match | None:
    """Return who holds a dotted module; ``None`` if the table does not know, or the name is only a namespace.

    For ``from google.cloud import storage`` ask for ``google.cloud.storage`` as well: ``google.cloud`` is nobody's.
    What only a platform has (``google.colab``) has no distribution either.
    """
    if platform_only(module):
        return None
    table = load()
    for name in _prefixes(module):
        owners = table.owners(name)
        # A namespace's name answers for itself alone: what is below it belongs to whoever lists it.
        if owners and (name == module or name not in owners[0].roots):
            distributions = [owner.name for owner in owners]
            distributions += [other for owner in owners for other in owner.alternatives if other not in distributions]
            return Match(
                distributions=tuple(_preferred_first(distributions, owners[0].alternatives)),
                import_name=name,
                evidence=owners[0].evidence,
                wheel=owners[0].file,
                shared=len(owners) > 1 or name.partition(".")[0] in table.namespaces,
            )
    return None


def platform_only(module: str) -> str | None:
    """Return the platform that alone has the module (``"Google Colab"``); such a module must never be installed."""
    known = pairs("platforms.txt")
    return next((known[name][0] for name in _prefixes(module) if name in known), None)


def table_date() -> str:
    """Return the day on which the table was made, as YYYY-MM-DD."""
    return load().date


def _prefixes(module: str) -> list[str]:
    """Return the name and those above it, longest first."""
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(len(parts), 0, -1)]


def _preferred_first(distributions: list[str], alternatives: Sequence[str]) -> list[str]:
    # Two lines may list each other; the one that the table meets first is the preferred one.
    return [distributions[0], *dict.fromkeys((*alternatives, *distributions[1:]))]
