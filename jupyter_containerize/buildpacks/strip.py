"""Files of well-known large distributions that no server ever needs, by rules that a user names.

Nothing is left out unless it was asked for: that a file is needed is found out when a container runs. A rule holds
only for the distributions listed in it, each of which was imported without these files, module by module; others
have a folder ``tests`` that they import (astropy), or read their stubs when they are imported (scikit-image).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from jupyter_containerize.domain.size import size_text

# Distribution -> what stays although the rule names it: its own modules import it.
_TESTED: Mapping[str, str] = MappingProxyType(
    {
        "matplotlib": "",
        # numpy.testing of 2.0 to 2.2 imports it, and SciPy and scikit-learn import numpy.testing.
        "numpy": r"numpy/_?core/tests/(__init__|_natype)\.py",
        "pandas": "",
        "scikit-learn": "",
        # A script of scipy.special imports it, though no server does.
        "scipy": r"scipy/special/tests/(__init__|test_hyp2f1)\.py",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one rule leaves out. ``pattern`` is of paths below site-packages, ``stays`` of the exceptions."""

    reason: str
    pattern: re.Pattern[str]
    distributions: frozenset[str]
    stays: Mapping[str, str]

    def leaves_out(self, distribution: str, path: str) -> bool:
        """Tell whether the rule is about that file of that distribution (normalised name)."""
        if distribution not in self.distributions or not self.pattern.fullmatch(path):
            return False
        stays = self.stays.get(distribution)
        return not (stays and re.fullmatch(stays, path))


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "tests": Rule(
            reason="A library's own tests, with their data; no module of the library imports them.",
            pattern=re.compile(r"(?!\.\.).+?/tests/.+"),
            distributions=frozenset(_TESTED),
            stays=_TESTED,
        ),
        "stubs": Rule(
            reason="Types for editors and type checkers; Python never reads them.",
            pattern=re.compile(r"(?!\.\.).+\.pyi"),
            distributions=frozenset(_TESTED),
            stays={},
        ),
        "headers": Rule(
            reason="Headers and static libraries for compilers, of which an image has none.",
            pattern=re.compile(r"(?!\.\.).+?/include/.+\.(h|hpp|cuh|inl|inc)|(?!\.\.).+\.(a|pxd)"),
            distributions=frozenset(_TESTED),
            stays={},
        ),
    }
)


def rules_for(names: Iterable[str], distributions: Iterable[str]) -> tuple[str, ...]:
    """Return those of the rules that can leave out anything of the distributions, sorted."""
    wanted, there = set(names), set(distributions)
    return tuple(sorted(name for name in RULES if name in wanted and RULES[name].distributions & there))


def leaving_out(names: Iterable[str], distribution: str) -> Callable[[str], str]:
    """Return what tells which of the rules leaves out a path of that distribution; ``""`` for none.

    ``names`` that are no rule's do nothing: whoever reads them from a user compares them with ``RULES``. ``path`` is
    relative to site-packages, as in RECORD. What describes the distribution always stays.
    """
    chosen = [(name, RULES[name]) for name in RULES if name in set(names)]

    def rule_of(path: str) -> str:
        if ".dist-info/" in path:
            return ""
        return next((name for name, rule in chosen if rule.leaves_out(distribution, path)), "")

    return rule_of


def strip_report(left_out: Iterable[Mapping[str, int]]) -> str:
    """Return what to say of the bytes that parts were made without: ``left out 41.0 MB: tests 38.2 MB, ...``.

    ``left_out`` are the bytes by rule, one mapping for each part; empty where nothing was left out.
    """
    total: dict[str, int] = {}
    for part in left_out:
        for name, size_bytes in part.items():
            total[name] = total.get(name, 0) + size_bytes
    if not any(total.values()):
        return ""
    rules = ", ".join(f"{name} {size_text(size)}" for name, size in sorted(total.items(), key=lambda x: (-x[1], x[0])))
    return f"left out {size_text(sum(total.values()))}: {rules}"
