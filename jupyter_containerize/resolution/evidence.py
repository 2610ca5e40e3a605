"""Why a distribution is in an image: what asked for it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import canonicalize_name

from jupyter_containerize.domain.environment import Evidence, KernelEnvironment, Requirement

# A name, extras, version clauses (in older metadata in brackets), and a marker of names, operators and quoted texts.
# A line of another form is parsed.
_CLAUSES = r"{0}(?:,\s*{0})*".format(r"(?:[<>]=?|[!~]=|===?)\s*[A-Za-z0-9.*+!_-]+\s*")
_PLAIN = re.compile(
    r"\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*"
    r"(?:\[[A-Za-z0-9._, -]*\]\s*)?"
    rf"(?:\(\s*{_CLAUSES}\)\s*|{_CLAUSES})?"
    r"(?:;(?P<marker>(?:[a-z_ ().<>=!~]|\"[^\"]*\"|'[^']*')+))?"
)


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
    asked = asked_name(line)
    # What only an extra asks for was not asked for.
    return None if asked is None or asked[1] else asked[0]


@functools.lru_cache(maxsize=1 << 15)
def asked_name(line: str) -> tuple[str, bool] | None:
    """Return the normalised name that a PEP 508 line asks for, and whether only with an extra; ``None`` if it is none.

    Nearly all lines are plain, and parsing a thousand of them, of one kernel, takes as long as a small build.
    """
    plain = _PLAIN.fullmatch(line)
    if plain is not None:
        return canonicalize_name(plain["name"]), "extra" in (plain["marker"] or "")
    try:
        parsed = Parsed(line)
    except InvalidRequirement:
        return None
    return canonicalize_name(parsed.name), "extra" in str(parsed.marker or "")
