"""Secrets that would go into the image: in its code, or in what is captured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jupyter_containerize.analysis.codes import SECRET_IN_IMAGE
from jupyter_containerize.analysis.secrets import find_secrets
from jupyter_containerize.analysis.statements import Statement
from jupyter_containerize.domain.notebook import Finding, Notebook, Severity


@dataclass(frozen=True, slots=True)
class ImageSecrets:
    """The (cell, line) of each line of a notebook that holds what looks like a secret."""

    places: frozenset[tuple[int | None, int | None]]

    @classmethod
    def of(cls, notebook: Notebook) -> ImageSecrets:
        """Look through the notebook's code."""
        found = (item.location for item in find_secrets(notebook, ()))
        return cls(frozenset((place.cell, place.line) for place in found if place is not None))

    def findings(self, kept: Iterable[Statement], captured: Mapping[str, Iterable[Statement]]) -> Iterable[Finding]:
        """Yield an error for each statement that holds one, of those kept and of those that make a captured object."""
        for statement in kept:
            if self._on(statement):
                yield _finding("This code would go into the image, and it holds what looks like a secret", statement)
        for name, makers in captured.items():
            for statement in filter(self._on, makers):
                text = f"'{name}' would go into the image, and what it is made of holds what looks like a secret"
                yield _finding(text, statement)

    def _on(self, statement: Statement) -> bool:
        end = statement.node.end_lineno or statement.first_line
        cell = statement.text.cell.index
        return any((cell, line) in self.places for line in range(statement.first_line, end + 1))


def _finding(message: str, statement: Statement) -> Finding:
    return Finding(
        code=SECRET_IN_IMAGE,
        message=message,
        severity=Severity.ERROR,
        location=statement.location,
        hint="Read it from an environment variable; if it is none, end its line with '# pragma: allowlist secret'.",
    )
