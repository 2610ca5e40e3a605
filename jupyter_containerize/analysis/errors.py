"""Why no function of a notebook can be served.

UserError
├── NothingToServe      no function looks like one that answers requests
├── AmbiguousServing    several do, equally well
├── SymbolNotFound      the one that was asked for is not there
└── FunctionUnreadable  it is there, but its cell does not parse
"""

from __future__ import annotations

from jupyter_containerize.domain.errors import UserError
from jupyter_containerize.domain.notebook import Location, ServingCandidate


class NothingToServe(UserError):
    """No function could serve; ``functions_seen`` are those that the notebook defines, in order."""

    code = "JC-ANALYSIS-01"

    def __init__(self, path: str, functions_seen: tuple[str, ...]) -> None:
        super().__init__(path)
        self.path = path
        self.functions_seen = functions_seen


class AmbiguousServing(UserError):
    """The evidence for ``candidates`` (two or more) is equally strong."""

    code = "JC-ANALYSIS-02"

    def __init__(self, path: str, candidates: tuple[ServingCandidate, ...]) -> None:
        super().__init__(f"{path}: {', '.join(candidate.symbol for candidate in candidates)}")
        self.path = path
        self.candidates = candidates


class SymbolNotFound(UserError):
    """The notebook defines no function ``symbol`` at top level."""

    code = "JC-ANALYSIS-03"

    def __init__(self, path: str, symbol: str, functions_seen: tuple[str, ...]) -> None:
        super().__init__(f"{path}: {symbol}")
        self.path = path
        self.symbol = symbol
        self.functions_seen = functions_seen


class FunctionUnreadable(UserError):
    """``symbol`` is only defined in code that does not parse; ``saw`` is the parser's message."""

    code = "JC-ANALYSIS-04"

    def __init__(self, path: str, symbol: str, location: Location, saw: str) -> None:
        super().__init__(f"{location}: {symbol}: {saw}")
        self.path = path
        self.symbol = symbol
        self.location = location
        self.saw = saw
