"""Applies the rules to what the code does."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from jupyter_containerize.analysis.hidden.codes import DATA_NOT_PACKAGED
from jupyter_containerize.analysis.hidden.facts import Fact, Kind, facts_of, shell_facts
from jupyter_containerize.analysis.hidden.literals import Text, known_value
from jupyter_containerize.analysis.hidden.matching import rule_index
from jupyter_containerize.analysis.hidden.names import Names
from jupyter_containerize.analysis.hidden.rule import Rule
from jupyter_containerize.domain.notebook import (
    Cell,
    Finding,
    HiddenNeed,
    ImportSite,
    Location,
    Severity,
    reading_order,
)

Locate = Callable[[int | None], Location]

_MOST_LOCATIONS = 3
_SHELL_CELLS = frozenset({"bash", "sh", "shell", "system", "!"})


def find_hidden(
    statements: Iterable[tuple[ast.AST, Locate]],
    *,
    imports: Sequence[ImportSite] = (),
    cells: Sequence[Cell] = (),
    path: str = "",
) -> tuple[tuple[HiddenNeed, ...], tuple[Finding, ...]]:
    """Return what the code needs though nothing imports it, and what no package could bring.

    One need for each rule and group of distributions, at each of the first three places. Both are
    sorted by location.

    Args:
        statements: Trees (a statement, or a local module) in the order in which they run, each with what gives the
            location of a line in it. Names are followed from one to the next as long as they are of one file.
        imports: What is imported in other ways than these trees say: by name, or by ``%load_ext``.
        cells: The notebook's cells, for their cell magics.
        path: The notebook's, for the locations of cell magics.
    """
    index = rule_index()
    modules: set[str] = set()
    for site in imports:
        for name in site.names or ("",):
            _add_with_parents(modules, f"{site.module}.{name}" if name else site.module)
    found: list[_Match] = []
    names, file = Names(), None
    for tree, locate in statements:
        if (here := locate(None).path) != file:
            names, file = Names(), here
        for fact in facts_of(tree, names, index.words):
            if fact.kind is Kind.IMPORT:
                _add_with_parents(modules, fact.origin)
            location = locate(fact.line)
            found += (
                _Match(rule, location, detail, _first_text(fact, names)) for rule, detail in index.matches(fact, names)
            )
    for fact, location in _cell_facts(cells, path):
        found += (_Match(rule, location, detail, "") for rule, detail in index.matches(fact, Names()))
    kept = _first_places(_applicable(found, modules))
    needs = [need for match in kept for need in _needs(match)]
    return (
        tuple(sorted(needs, key=lambda need: reading_order(need.location))),
        tuple(_finding(match) for match in kept if match.rule.finding),
    )


@dataclass(frozen=True, slots=True)
class _Match:
    """A rule that some code matched. ``text`` is the first argument, if it is a literal text."""

    rule: Rule
    location: Location
    detail: str
    text: str


def _add_with_parents(modules: set[str], dotted: str) -> None:
    while dotted and dotted not in modules:
        modules.add(dotted)
        dotted = dotted.rpartition(".")[0]


def _first_text(fact: Fact, names: Names) -> str:
    if fact.call is None or not fact.call.args:
        return ""
    known = known_value(fact.call.args[0], names.texts)
    return known.start if isinstance(known, Text) and known.whole else ""


def _cell_facts(cells: Sequence[Cell], path: str) -> Iterator[tuple[Fact, Location]]:
    for cell in cells:
        if not cell.magic:
            continue
        location = Location(path=path, cell=cell.index, line=1)
        first, _, body = cell.source.lstrip().partition("\n")
        words = tuple(first.lstrip("%").split()[1:])
        yield Fact(kind=Kind.MAGIC, name=cell.magic, words=words, line=1), location
        if cell.magic in _SHELL_CELLS:
            for fact in shell_facts(body, 1):
                yield fact, location


def _applicable(found: list[_Match], modules: set[str]) -> list[_Match]:
    """Return the matches whose rule's conditions on the whole notebook hold."""
    kept = [
        match
        for match in found
        if (not match.rule.libraries or any(library in modules for library in match.rule.libraries))
        and not any(module in modules for module in match.rule.unless)
    ]
    fired = {match.rule.id for match in kept}
    return [match for match in kept if not fired.intersection(match.rule.unless_rules)]


def _first_places(matches: list[_Match]) -> list[_Match]:
    """Return the first matches of each rule, one a line, by rule in the order of the code."""
    places: dict[str, dict[Location, _Match]] = {}
    for match in sorted(matches, key=lambda match: reading_order(match.location)):
        seen = places.setdefault(match.rule.id, {})
        if len(seen) < _MOST_LOCATIONS:
            seen.setdefault(match.location, match)
    return [match for seen in places.values() for match in seen.values()]


def _needs(match: _Match) -> Iterator[HiddenNeed]:
    rule = match.rule
    groups = rule.needs or (((),) if rule.system else ())
    for number, distributions in enumerate(groups):
        yield HiddenNeed(
            rule=rule.id,
            distributions=distributions,
            system_packages=() if number else rule.system,
            reason=rule.reason,
            link=rule.link,
            location=match.location,
            detail=match.detail,
        )


def _finding(match: _Match) -> Finding:
    return Finding(
        code=DATA_NOT_PACKAGED,
        message=match.rule.finding.replace("{}", f"'{match.text}'" if match.text else "whose name only the run knows"),
        severity=Severity.INFO,
        location=match.location,
        hint=match.rule.reason,
    )
