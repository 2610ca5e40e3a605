"""Collects the packages that R code asks for: R notebooks, ``%%R`` cells, and scripts beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from jupyter_containerize.analysis.inside import Inside
from jupyter_containerize.analysis.r_code.asked import Asked, Seen
from jupyter_containerize.domain.notebook import Cell, CellKind, Location, RPackage

# A line magic runs the rest of its line; the options before it name what goes in and out.
_LINE_MAGIC = re.compile(
    r"^[ \t]*(?:[\w, ]{1,100}=[ \t]*)?%R(?:[ \t]+-[a-z][ \t]+[\w,]+)*[ \t]+(?P<code>[^\n]+)", re.MULTILINE
)
_FROM_PYTHON = re.compile(r"\bimportr\(\s{0,20}[\"'](?P<name>[A-Za-z][A-Za-z0-9.]{1,99})[\"']")
_MOST_FILES = 200
_BIGGEST_FILE = 2_000_000

# They come with R itself. Source: R's library folder of base packages.
BASE_PACKAGES = frozenset(
    {
        *("base", "stats", "utils", "methods", "graphics", "grDevices", "datasets"),
        *("tools", "parallel", "splines", "grid", "compiler", "tcltk", "stats4"),
    }
)


def find_r_packages(
    cells: Iterable[Cell], language: str, path: str, *, root: Path | None = None, boundary: Path | None = None
) -> tuple[RPackage, ...]:
    """Return the packages that R code asks for, by location; each package once for each line and rule.

    Packages that come with R are left out. Scripts that ``source("x.R")`` names are read too, those that they
    name in turn, and the local modules of ``box::use``; their locations have no cell.

    Args:
        cells: All cells of the notebook.
        language: The notebook's language. In Python's notebooks ``%%R`` cells, ``%R`` lines and ``importr`` count.
        path: How the user named the notebook.
        root: The notebook's folder, which scripts are named from; ``None`` to follow none.
        boundary: A folder around ``root`` outside of which nothing is looked at; ``root`` itself without it.
    """
    found: dict[tuple[str, str, Location], RPackage] = {}
    seen = Seen()
    for cell in cells:
        if cell.kind is not CellKind.CODE:
            continue
        for code, first_line in _r_code(cell, language):
            for asked in seen.asked_in(code):
                _add(found, asked, Location(path=path, cell=cell.index, line=asked.line + first_line - 1))
        if language.lower() == "python" and "importr" in cell.source:
            for name, line in _imported(cell.source):
                _add(found, Asked(name, "importr", line), Location(path=path, cell=cell.index, line=line))
    if root is not None:
        _follow(seen, Inside.of(root, boundary), found)
    return tuple(sorted(found.values(), key=_order))


def _r_code(cell: Cell, language: str) -> Iterator[tuple[str, int]]:
    """Yield a cell's pieces of R with the line that each begins on."""
    if language.lower() == "r":
        yield cell.source, 1
    elif cell.magic == "R":
        head, _, body = cell.source.partition("%%R")
        # The options after %%R are no code.
        yield body.partition("\n")[2], head.count("\n") + 2
    elif not cell.magic and "%R" in cell.source:
        line, before = 1, 0
        for match in _LINE_MAGIC.finditer(cell.source):
            start = match.start("code")
            line += cell.source.count("\n", before, start)
            before = start
            yield match["code"], line


def _imported(source: str) -> Iterator[tuple[str, int]]:
    line, before = 1, 0
    for match in _FROM_PYTHON.finditer(source):
        line += source.count("\n", before, match.start())
        before = match.start()
        yield match["name"], line


def _follow(seen: Seen, inside: Inside, found: dict[tuple[str, str, Location], RPackage]) -> None:
    """Read the scripts that code named, and those that they name; ``seen.scripts`` grows on the way."""
    read: set[Path] = set()
    for script in seen.scripts:
        file = inside.file(script)
        if file is None or file in read or len(read) >= _MOST_FILES:
            continue
        read.add(file)
        code = _text_of(file)
        for asked in seen.asked_in(code):
            _add(found, asked, Location(path=script, line=asked.line))


def _text_of(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(_BIGGEST_FILE).decode(errors="replace").replace("\r\n", "\n")
    except OSError:
        return ""


def _add(found: dict[tuple[str, str, Location], RPackage], asked: Asked, location: Location) -> None:
    if asked.name not in BASE_PACKAGES:
        package = RPackage(name=asked.name, rule=asked.rule, location=location, guarded=asked.guarded)
        known = found.setdefault((asked.name, asked.rule, location), package)
        if known.guarded and not asked.guarded:
            found[asked.name, asked.rule, location] = package


def _order(package: RPackage) -> tuple[str, int, int, str]:
    place = package.location
    # The notebook's own cells before the scripts beside it.
    return "" if place.cell else place.path, place.cell or 0, place.line or 0, package.name
