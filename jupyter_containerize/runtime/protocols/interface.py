"""How protocols that know nothing but rows ask any endpoint: rows in, calls of its function, a prediction for each row.

An endpoint takes a table, in one call, if one of its parameters takes an array of rows and no other is required. Any
other is called once for each row: by parameter name, or with the row as its one parameter.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..binding import BodyRejected, read_body
from ..encoding import to_json
from ..errors import Refused
from ..loading import Served
from ..problems import Problem, Problems
from ..routes import CELL, Endpoint
from ..settings import Settings
from .columns import ARRAY, OBJECT, VALUE, Column, RowForm, Schemas
from .given import Given

_PREDICTIONS = "predictions"


class Interface:
    """One endpoint, asked with rows.

    ``takes_table`` says whether all rows are one call; ``columns`` are what a row may hold, by name; ``options`` are
    parameters that are no part of rows and may be given beside them.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        schemas = Schemas(endpoint.description.get("inputs", {}))
        example = _request(endpoint)
        self.parameter = _only(schemas, endpoint.batch)
        rows = None
        if self.parameter:
            sample, is_joined = example.get(self.parameter), self.parameter == endpoint.batch
            rows = schemas.rows_of(self.parameter, sample, is_joined=is_joined)
        self.takes_table = rows is not None
        self._row = rows or _record(schemas, self.parameter, example)
        self.columns: tuple[Column, ...] = self._row.columns
        if self.columns == _columns(schemas, example) and len(self.columns) > 1:
            self.parameter = ""
        others = [name for name in schemas.properties if name != self.parameter]
        self.options = tuple(others) if self.parameter else ()
        self._positions = tuple(schemas.properties)
        self._required = tuple(schemas.required)

    def calls(self, given: Given, more: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the arguments of each call, checked; none if there are no rows. ``more`` are some of ``options``.

        Raises:
            BodyRejected: names what does not fit as the caller would.
        """
        if not given.rows:
            return []
        signature = self.endpoint.signature
        if self.takes_table:
            rows = [self._as_row(row) for row in given.rows]
            try:
                return [read_body(signature, {self.parameter: rows, **(more or {})})]
            except BodyRejected as error:
                raise BodyRejected(self._placed(given, error.problems)) from None
        made: list[dict[str, Any]] = []
        found = Problems()
        for index, row in enumerate(given.rows):
            arguments = self._as_arguments(row)
            if arguments is None:
                found.add((given.at, index), self._words(), row)
                continue
            try:
                made.append(read_body(signature, {**arguments, **(more or {})}))
            except BodyRejected as error:
                placed = Problems()
                placed.found = [self._placed_in_row(given, index, item) for item in error.problems]
                placed.count = len(placed.found)
                found.extend(placed)
        if found.count:
            raise BodyRejected(tuple(dict.fromkeys(found.found)))
        return made

    def predictions(self, results: Sequence[Any], rows: int) -> list[Any]:
        """Return a prediction for each row, as JSON values; a table's one answer if it is not one for each row.

        Raises:
            NotEncodable: a result has no JSON.
        """
        outputs = self.outputs(results, rows)
        return outputs[_PREDICTIONS] if _PREDICTIONS in outputs else together(outputs)

    def outputs(self, results: Sequence[Any], rows: int) -> dict[str, list[Any]]:
        """Return all that was answered, by name: ``predictions`` alone, or what the function gave by name for each row.

        Raises:
            NotEncodable: a result has no JSON.
        """
        if rows == 0:
            return {_PREDICTIONS: []}
        values = [to_json(result) for result in results]
        if not self.takes_table:
            return {_PREDICTIONS: values}
        answer = values[0]
        if isinstance(answer, list) and len(answer) == rows:
            return {_PREDICTIONS: answer}
        if isinstance(answer, dict) and answer:
            found = {name: value for name, value in answer.items() if isinstance(value, list) and len(value) == rows}
            if len(found) == len(answer) or _PREDICTIONS in found:
                return found
        return {_PREDICTIONS: [answer]}

    def _as_row(self, row: Any) -> Any:
        """Return a row in the form in which the function's parameter takes it, as far as that is clear."""
        form, names = self._row.form, self._row.names
        if isinstance(row, dict) and len(row) == 1 and self.parameter in row and self.parameter not in names:
            row = row[self.parameter]
        if form == OBJECT and isinstance(row, list) and len(row) == len(names):
            return dict(zip(names, row))
        if form in {ARRAY, VALUE} and isinstance(row, dict):
            row = list(row.values())
        if form == VALUE and isinstance(row, list) and len(row) == 1:
            return row[0]
        if form == ARRAY and not isinstance(row, list) and self.columns[0].sizes == (1,):
            return [row]
        return row

    def _as_arguments(self, row: Any) -> dict[str, Any] | None:
        """Return the arguments that a row stands for; None if it is not clear."""
        if isinstance(row, dict) and (not self.parameter or self.parameter in row):
            return row
        if self.parameter:
            return {self.parameter: self._as_row(row)}
        positions = self._positions
        if not isinstance(row, list):
            return {self._required[0]: row} if len(self._required) == 1 else None
        is_enough = set(positions[: len(row)]) >= set(self._required)
        return dict(zip(positions, row)) if len(row) <= len(positions) and is_enough else None

    def _words(self) -> str:
        names = ", ".join(self._positions)
        return f"object with {names}, or array of them in this order" if names else "object"

    def _placed(self, given: Given, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """Return what is wrong with a table in the caller's terms; each once."""
        prefix = re.compile(re.escape(self.parameter) + r"\[(\d+)\](.*)", re.DOTALL)
        found = []
        for problem in problems:
            match = prefix.fullmatch(problem.field)
            if match is None:
                field = problem.field.replace(self.parameter, given.at, 1)
                found.append(Problem(field, problem.expected, problem.got))
                continue
            index = int(match[1])
            is_short = not match[2] and isinstance(given.rows[index], list) and self._row.names
            expected = f"array of {len(self._row.names)}, or object" if is_short else problem.expected
            found.append(Problem(self._field(given, index, match[2]), expected, problem.got))
        return tuple(dict.fromkeys(found))

    def _placed_in_row(self, given: Given, index: int, problem: Problem) -> Problem:
        row = given.rows[index]
        inside = problem.field
        if self.parameter and not (isinstance(row, dict) and self.parameter in row):
            inside = inside.removeprefix(self.parameter)
        rest = inside if not inside or inside[0] in ".[" else f".{inside}"
        return Problem(self._field(given, index, rest), problem.expected, problem.got)

    def _field(self, given: Given, index: int, rest: str) -> str:
        """Return the place of what lies at ``rest`` of a row as the function gets it (``.age``, ``[2]``)."""
        row = given.rows[index]
        order = self._row.names or self._positions
        for place, name in enumerate(order):
            inner = rest[len(name) + 1 :]
            if rest.startswith(f".{name}") and inner[:1] in {"", ".", "["}:
                return given.field(index, place if isinstance(row, list) else name, inner)
        match = re.match(r"\[(\d+)\]", rest)
        if match and isinstance(row, dict) and int(match[1]) < len(row) and self.parameter not in row:
            return given.field(index, list(row)[int(match[1])], rest[match.end() :])
        known = [name for name in row if rest.startswith(f".{name}")] if isinstance(row, dict) else []
        return given.field(index, known[0], rest[len(known[0]) + 1 :]) if known else given.field(index, None, rest)


def models(served: Served, settings: Settings) -> dict[str, Interface]:
    """Return the models by the names under which they can be asked, the primary endpoint's first.

    The platform's own name for it comes before the notebook's. Cells, which read requests themselves, are no models.
    """
    found = [Interface(endpoint) for endpoint in served.endpoints if endpoint.kind != CELL]
    named = {settings.model_name: found[0]} if found and settings.model_name else {}
    for interface in found:
        named.setdefault(interface.endpoint.name, interface)
    return named


def asked_name(known: Collection[str], name: str) -> str:
    """Return a name that somebody has asked for, once it is a model's.

    Raises:
        Refused: 404, with the names that there are.
    """
    if name not in known:
        raise Refused(404, f"there is no model {name}; there is {', '.join(known) or 'none'}")
    return name


def unfit_rows(error: BodyRejected) -> Refused:
    """Return the refusal of rows; the first problem is in its words, as clients of others show no more than those."""
    first, *others = error.problems
    more = f", and {len(others)} more" if others else ""
    return Refused(422, f"{first.field}: {first.expected}, not {first.got}{more}", problems=error.problems)


def together(outputs: Mapping[str, list[Any]]) -> list[Any]:
    """Return outputs by name, which have a value for each row, as an object for each row."""
    return [dict(zip(outputs, row)) for row in zip(*outputs.values())]


def _request(endpoint: Endpoint) -> Mapping[str, Any]:
    example = endpoint.description.get("example")
    request = example.get("request") if isinstance(example, dict) else None
    return request if isinstance(request, dict) else {}


def _only(schemas: Schemas, batch: str) -> str:
    """Return the one parameter that a row is for, empty if it is for several."""
    if batch:
        return batch
    if len(schemas.required) == 1:
        return str(schemas.required[0])
    return next(iter(schemas.properties)) if len(schemas.properties) == 1 else ""


def _columns(schemas: Schemas, example: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the parameters as the columns of a row; those of a function of any names at all are its example's."""
    required = schemas.required
    found = tuple(
        schemas.column(name, schema, example.get(name), required=name in required)
        for name, schema in schemas.properties.items()
    )
    return found or schemas.members({}, example)


def _record(schemas: Schemas, parameter: str, example: Mapping[str, Any]) -> RowForm:
    """Return what a row is to an endpoint that takes one at a time."""
    columns = _columns(schemas, example)
    if not parameter:
        return RowForm(OBJECT, columns)
    own = next(column for column in columns if column.name == parameter)
    schema = schemas.plain(schemas.properties[parameter])
    if schema.get("type") == "object":
        return RowForm(OBJECT, schemas.members(schema, example.get(parameter)))
    if not own.sizes and len(columns) > 1:
        # One value and others that may be absent: a row is all of them, by name.
        return RowForm(OBJECT, columns)
    return RowForm(ARRAY if own.sizes else VALUE, (own,))
