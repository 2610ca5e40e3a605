"""What the rules find in the text of cells."""

from __future__ import annotations

from jupyter_containerize.analysis.hidden import all_rules, find_hidden
from jupyter_containerize.analysis.imports import import_sites
from jupyter_containerize.analysis.statements import read_code
from jupyter_containerize.domain.notebook import Finding, HiddenNeed
from tests.notebooks.made import notebook_of


def hidden_in(*sources: str) -> tuple[tuple[HiddenNeed, ...], tuple[Finding, ...]]:
    """Return the hidden needs and findings of a notebook with these cells."""
    code = read_code(notebook_of(*sources))
    return find_hidden(
        [(item.node, item.text.location) for item in code.statements],
        imports=[site for item in code.statements for site in import_sites(item.node, item.text.location)],
        cells=code.cells,
        path=code.path,
    )


def found_in(*sources: str) -> list[str]:
    """Return the names of the rules that match, and those of the rules whose finding is made."""
    needs, findings = hidden_in(*sources)
    told = {item.hint for item in findings}
    return [*(need.rule for need in needs), *(rule.id for rule in all_rules() if rule.finding and rule.reason in told)]
