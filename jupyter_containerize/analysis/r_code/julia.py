"""Recognises what Julia code uses, to say that it is not built yet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from jupyter_containerize.domain.notebook import Cell, CellKind, Finding, Location, Severity

JULIA_NOT_BUILT = "JC-ANALYSIS-24"
"""The notebook is in Julia, which is recognised and not built yet."""

# Comments and strings, of which the closing mark may be missing.
_IGNORED = re.compile(
    r'#=.*?(?:=#|\Z)|#[^\n]*|"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|\Z|\\\Z)'
    r"""|"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z|\\\Z)|'(?:\\.|[^'\\\n])'""",
    re.DOTALL,
)
_STATEMENT = re.compile(
    r"(?:^|;)[ \t]*(?:@everywhere[ \t]+)?(?:using|import)[ \t]+(?P<names>(?:[^\n;,]|,[ \t]*\n?)+)", re.MULTILINE
)
_NAME = re.compile(r"[ \t\n]*(?P<name>[^\W\d][\w!]*)")
_OWN = frozenset({"Base", "Core", "Main"})


def find_julia_packages(cells: Iterable[Cell], path: str) -> tuple[Finding, ...]:
    """Return one finding that names the packages that Julia code uses, in order of appearance.

    Relative modules (``using .Local``), ``Base``, ``Core`` and ``Main`` are left out. The finding has the place of
    the first of them, or the whole notebook if there is none.
    """
    names: list[str] = []
    place: Location | None = None
    for cell in cells:
        if cell.kind is not CellKind.CODE or ("using" not in cell.source and "import" not in cell.source):
            continue
        code = _IGNORED.sub(_blank, cell.source)
        for match in _STATEMENT.finditer(code):
            found = _names_in(match["names"])
            if found and place is None:
                line = 1 + code.count("\n", 0, match.start("names"))
                place = Location(path=path, cell=cell.index, line=line)
            names += found
    uses = f": it uses {', '.join(dict.fromkeys(names))}" if names else ""
    return (
        Finding(
            code=JULIA_NOT_BUILT,
            message=f"Julia notebooks are recognised and not built yet{uses}",
            severity=Severity.INFO,
            location=place or Location(path=path),
        ),
    )


def _names_in(text: str) -> list[str]:
    """Return the first parts of ``A, B.C: d, e``: after the colon come names of the one module before it."""
    names: list[str] = []
    for part in text.partition(":")[0].split(","):
        match = _NAME.match(part)
        if match is not None and match["name"] not in _OWN:
            names.append(match["name"])
    return names


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")
