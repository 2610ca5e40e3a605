"""Where a call's arguments and its answer hold the values of each feature.

Nothing here fails: what has another form than was thought is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_MOST_ROWS = 1000
_UNIT = re.compile(r"\(.*?\)|\[.*?\]")
_BETWEEN = re.compile(r"[\W_]+")
_SCALARS = (str, int, float, bool, type(None))
Columns = list[list[Any]]


def plain_name(name: str) -> str:
    """Return a name without what people write differently: case, units in brackets, underscores."""
    return _BETWEEN.sub("", _UNIT.sub("", name)).lower()


class Inputs:
    """Finds the features among arguments: one parameter each, or all in one.

    Args:
        names: of the features, in the model's order; empty where nobody knows one.
        parameters: of the function.
    """

    def __init__(self, names: Sequence[str], parameters: Sequence[str]) -> None:
        self._names = names
        self._plain = [plain_name(name) for name in names]
        known = {plain_name(name): name for name in parameters}
        found = [known.get(name) if name else None for name in self._plain]
        if not any(found) and len(names) == len(parameters) > 1:
            found = list(parameters)
        self.parameters: list[str | None] = found if any(found) else []
        self._rows = parameters[0] if parameters else ""

    def labels(self) -> list[str]:
        """Return a name for each feature: its own, else its parameter's, else its position."""
        given = self.parameters or [None] * len(self._names)
        return [
            name or parameter or f"feature_{place}" for place, (name, parameter) in enumerate(zip(self._names, given))
        ]

    def add(self, arguments: Mapping[str, Any], columns: Columns) -> None:
        """Add the values of a call to each feature's column."""
        if self.parameters:
            for parameter, column in zip(self.parameters, columns):
                if parameter is not None and parameter in arguments:
                    _extend(column, arguments[parameter])
            return
        value: Any = arguments.get(self._rows)
        if hasattr(value, "columns") and hasattr(value, "iloc"):
            self._frame(value, columns)
        elif hasattr(value, "tolist"):
            self._listed(value[:: _step(value)].tolist() if getattr(value, "ndim", 0) else [], columns)
        elif isinstance(value, (list, tuple)):
            self._listed(value, columns)
        elif len(self._names) == 1 and isinstance(value, _SCALARS):
            columns[0].append(value)
        else:
            self._row(value, columns)

    def _frame(self, frame: Any, columns: Columns) -> None:
        frame = frame.iloc[:: _step(frame)]
        known = {plain_name(str(name)): name for name in frame.columns}
        for place, (name, column) in enumerate(zip(self._plain, columns)):
            if name and name in known:
                column.extend(frame[known[name]].tolist())
            elif not name and place < len(frame.columns):
                column.extend(frame.iloc[:, place].tolist())

    def _listed(self, rows: Sequence[Any], columns: Columns) -> None:
        if not rows:
            return
        if isinstance(rows[0], _SCALARS):
            if len(self._names) == 1:
                columns[0] += rows[:: _step(rows)]
            else:
                self._row(rows, columns)
            return
        for row in rows[:: _step(rows)]:
            self._row(row, columns)

    def _row(self, row: Any, columns: Columns) -> None:
        row = row.tolist() if hasattr(row, "tolist") else row
        if isinstance(row, (list, tuple)):
            if len(row) == len(columns):
                for column, value in zip(columns, row):
                    column.append(value)
            return
        members = row if isinstance(row, Mapping) else getattr(row, "__dict__", None)
        if members is None:
            return
        if all(name in members for name in self._names):
            for name, column in zip(self._names, columns):
                _extend(column, members[name])
            return
        known = {plain_name(str(name)): value for name, value in members.items()}
        for plain, column in zip(self._plain, columns):
            if plain in known:
                _extend(column, known[plain])


def outputs(result: Any) -> dict[str, list[Any]]:
    """Return the values in an answer by where they are: ``species``, ``probabilities.setosa``; alone: ``prediction``.

    Of rows all values of one name are together. Nothing deeper than that is looked at.
    """
    found: dict[str, list[Any]] = {}
    _add(found, "", result, 3)
    return found


def _add(found: dict[str, list[Any]], name: str, value: Any, depth: int) -> None:
    if isinstance(value, _SCALARS):
        found.setdefault(name or "prediction", []).append(value)
        return
    if hasattr(value, "columns") and hasattr(value, "to_dict"):
        value = value.to_dict("list")
    elif hasattr(value, "tolist"):
        value = value.tolist()
        if isinstance(value, _SCALARS):
            found.setdefault(name or "prediction", []).append(value)
            return
    if not depth:
        return
    if isinstance(value, (list, tuple)):
        for item in value[:: _step(value)]:
            _add(found, name, item, depth - 1)
        return
    members = value if isinstance(value, Mapping) else getattr(value, "__dict__", None)
    for key, item in (members or {}).items():
        _add(found, f"{name}.{key}" if name else str(key), item, depth - 1)


def _extend(column: list[Any], value: Any) -> None:
    if isinstance(value, _SCALARS):
        column.append(value)
        return
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, (list, tuple)):
        column += [item for item in value[:: _step(value)] if isinstance(item, _SCALARS)]
    elif isinstance(value, _SCALARS):
        column.append(value)
    else:
        column.append(str(value))


def _step(rows: Any) -> int:
    """Return how many rows to go on for not more than enough of them."""
    return max(1, -(-len(rows) // _MOST_ROWS))


def total(columns: Iterable[Sequence[Any]]) -> int:
    """Return how many rows were added: as many as the longest column has."""
    return max(map(len, columns), default=0)
