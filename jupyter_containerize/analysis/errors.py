"""Why nothing of a notebook can be served.

UserError
├── NothingToServe      nothing looks like it answers requests
├── AmbiguousServing    several do, equally well
├── SymbolNotFound      what was asked for is not there
├── SymbolUnusable      it is there, but cannot answer
├── FunctionUnreadable  it is there, but its cell does not parse
└── RouteTaken          two would answer on one route
"""

from __future__ import annotations

from jupyter_containerize.domain.errors import UserError
from jupyter_containerize.domain.notebook import Location, ServingCandidate


class NothingToServe(UserError):
    """Nothing could serve; ``functions_seen`` are those that the notebook defines, in order."""

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
    """The notebook binds no ``symbol`` at top level; ``functions_seen`` are its functions and other candidates."""

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


class RouteTaken(UserError):
    """The ``symbols`` would all answer on one route; a single one takes a route of the server's own."""

    code = "JC-ANALYSIS-05"

    def __init__(self, path: str, method: str, route: str, symbols: tuple[str, ...]) -> None:
        super().__init__(f"{path}: {method} {route}: {', '.join(symbols)}")
        self.path = path
        self.method = method
        self.route = route
        self.symbols = symbols


class SymbolUnusable(UserError):
    """The notebook binds ``symbol``, but to nothing that could answer; ``reason`` says why, without a full stop."""

    code = "JC-ANALYSIS-06"

    def __init__(self, path: str, symbol: str, reason: str) -> None:
        super().__init__(f"{path}: {symbol}: {reason}")
        self.path = path
        self.symbol = symbol
        self.reason = reason
