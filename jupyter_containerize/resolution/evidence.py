"""Why a distribution is in an image: what asked for it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import canonicalize_name

from jupyter_containerize.domain.environment import Evidence, KernelEnvironment, Requirement


def evidence_for(
    requirements: Iterable[Requirement], runtime: Iterable[str] | Mapping[str, str], environment: KernelEnvironment
) -> Mapping[str, tuple[Evidence, ...]]:
    """Return by normalised name what asks for a distribution: code before our server, and that before another one.

    ``runtime`` are the server's own requirements, as PEP 508 strings; as a mapping, with what to say of each.
    """
    found: dict[str, tuple[Evidence, ...]] = {}
    for item in environment.distributions:
        for line in item.requires:
            name = required_name(line)
            if name:
                found[name] = (*found.get(name, ()), Evidence(rule="requires", detail=item.name))
    why = runtime if isinstance(runtime, Mapping) else {}
    for line in runtime:
        found[canonicalize_name(Parsed(line).name)] = (Evidence(rule="runtime", detail=why.get(line, line)),)
    found |= {requirement.distribution: requirement.evidence for requirement in requirements}
    return found


@functools.lru_cache(maxsize=1 << 15)
def required_name(line: str) -> str | None:
    """Return the normalised name that a PEP 508 line asks for without extras; ``None`` if only an extra does."""
    try:
        parsed = Parsed(line)
    except InvalidRequirement:
        return None
    # What only an extra asks for was not asked for.
    return None if "extra" in str(parsed.marker or "") else canonicalize_name(parsed.name)
