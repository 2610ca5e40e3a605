"""Small pieces of what the commands say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def sentence(finding: Mapping[str, Any]) -> str:
    """Return a finding, as JSON has it, in a line: ``warning: cell 3: ...``."""
    message = finding["message"] if finding["message"].endswith(".") else f"{finding['message']}."
    where = f"cell {finding['cell']}: " if finding["cell"] else ""
    if finding.get("file", "") not in message:
        where = f"{finding['file']}: "
    return f"{finding['severity']}: {where}{message} {finding['hint']}".rstrip()


def count(number: int, noun: str) -> str:
    """Return ``1 cell`` or ``3 cells``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
