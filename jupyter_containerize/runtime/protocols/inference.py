"""What REST and gRPC have in common in the Open Inference Protocol: tensors as calls, and results as tensors.

A tensor's first dimension are the rows. One tensor may hold whole rows, or each a column by its name.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from .. import body
from ..binding import BodyRejected
from ..errors import NotJson, Refused
from ..loading import Served
from ..settings import Settings
from .columns import BOOLEAN, INTEGER, NUMBER, OBJECTS, STRING, Column, Schemas
from .given import Given, columns_at, rows_at
from .interface import Interface, asked_name, models, unfit_rows
from .tensors import BOOL, BYTES, FP64, INT64, Tensor, refused

SERVER = "jupyter-containerize"
VERSION = "1"
EXTENSIONS = ("binary_tensor_data",)
_DATATYPES = {NUMBER: FP64, INTEGER: INT64, BOOLEAN: BOOL, STRING: BYTES, OBJECTS: BYTES}
_JSON_TEXT = {"content_type": "application/json"}
_INT64_BITS = 63
# What a model is said to come from.
_ORIGIN = ("notebook", "digest", "python", "versions", "selftest")
# What nothing is known of: a tensor of whole rows, and one of a column.
_WHOLE, _PART = Column("", sizes=(-1,)), Column("")


class Model:
    """One endpoint as the protocol sees it."""

    def __init__(self, interface: Interface, served: Served) -> None:
        self.interface = interface
        self._by_name = {column.name: column for column in interface.columns}
        self._single = interface.columns[0] if len(interface.columns) == 1 else None
        self._declared = _declared(interface)
        self._origin = {key: served.description.get(key, "") for key in _ORIGIN}

    def metadata(self, name: str) -> dict[str, Any]:
        """Return what the model takes and gives, and what it was made from."""
        return {
            "name": name,
            "versions": [VERSION],
            "platform": SERVER,
            "inputs": [head.listed() for head in self._heads()],
            "outputs": [head.listed() for head in self._declared.values()],
            "parameters": {**self._origin, "symbol": self.interface.endpoint.symbol},
        }

    def is_base64(self, name: str) -> bool:
        """Return whether the texts of a tensor stand for bytes."""
        column = self._by_name.get(name, self._single)
        return column is not None and column.is_base64

    def calls(self, tensors: Sequence[Tensor], parameters: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
        """Return the arguments of each call, and the number of rows.

        Raises:
            Refused: 422.
        """
        options = self.interface.options
        more = {name: value for name, value in parameters.items() if name in options}
        for tensor in tensors:
            if tensor.name in options and tensor.name not in self._by_name:
                more[tensor.name] = tensor.rows[0] if tensor.shape == (1,) else list(tensor.rows)
        columns = [tensor for tensor in tensors if tensor.name not in more]
        if not columns:
            raise refused("inputs", "at least one tensor", "none")
        try:
            given = self._given(columns)
            return self.interface.calls(given, more), len(given.rows)
        except BodyRejected as error:
            raise unfit_rows(error) from None

    def outputs(self, results: Sequence[Any], rows: int) -> dict[str, Tensor]:
        """Return the results as tensors by name."""
        found: dict[str, Tensor] = {}
        for name, values in self.interface.outputs(results, rows).items():
            for part, items in _parts(name, values).items():
                declared = self._declared.get(part)
                classes = list(values[0]) if items is not values and part == name else []
                said = {"columns": classes} if classes else {}
                found[part] = tensor_of(part, items, declared.datatype if declared else "", said)
        return found

    def _heads(self) -> list[_Head]:
        columns = self.interface.columns
        kinds = {column.kind for column in columns}
        are_scalars = not any(column.sizes for column in columns)
        if len(columns) > 1 and kinds == {NUMBER} and are_scalars and self.interface.parameter:
            names = [column.name for column in columns]
            return [_Head(self.interface.parameter, FP64, [-1, len(names)], {"columns": names})]
        return [_head(column) for column in columns]

    def _given(self, tensors: Sequence[Tensor]) -> Given:
        names = [tensor.name for tensor in tensors]
        if len(set(names)) != len(names):
            raise refused("inputs", "a name of its own for each tensor", "one that is there twice")
        # Where no column is known, any name but the parameter's may be one's.
        is_column = names[0] in self._by_name or (not self._by_name and names[0] != self.interface.parameter)
        if len(tensors) == 1 and (not is_column or len(self._by_name) == 1):
            (tensor,) = tensors
            return rows_at(f"inputs.{names[0]}", _cells(tensor, self._single or _WHOLE))
        cells = {tensor.name: _cells(tensor, self._by_name.get(tensor.name, _PART)) for tensor in tensors}
        return columns_at("inputs", cells)


@dataclasses.dataclass(frozen=True)
class _Head:
    """A tensor of the metadata."""

    name: str
    datatype: str
    shape: list[int]
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)

    def listed(self) -> dict[str, Any]:
        """Return it as JSON."""
        said = {"parameters": self.parameters} if self.parameters else {}
        return {"name": self.name, "datatype": self.datatype, "shape": self.shape, **said}


def _cells(tensor: Tensor, column: Column) -> list[Any]:
    """Return a column's value for each row; a row of one value is that value where a scalar is wanted."""
    rows = list(tensor.rows)
    if not column.sizes and all(size == 1 for size in tensor.shape[1:]):
        for _ in tensor.shape[1:]:
            rows = [row[0] for row in rows]
    is_text = column.kind == OBJECTS and tensor.datatype == BYTES
    return [_from_text(row) for row in rows] if is_text else rows


def models_of(served: Served, settings: Settings) -> dict[str, Model]:
    """Return the models by name."""
    return {name: Model(interface, served) for name, interface in models(served, settings).items()}


def asked_model(known: Mapping[str, Model], name: str, version: str) -> tuple[str, Model]:
    """Return the model of a name, with the name, once there is this version of it.

    Raises:
        Refused: 404.
    """
    model = known[asked_name(known, name)]
    if version != VERSION:
        raise Refused(404, f"there is no version {version} of {name}; there is {VERSION}")
    return name, model


def tensor_of(
    name: str, values: list[Any], datatype: str = "", parameters: Mapping[str, Any] = MappingProxyType({})
) -> Tensor:
    """Return a value for each row as a tensor; of ``datatype`` if they can be, and of JSON texts if of nothing else."""
    shape, level = [len(values)], values
    while level and all(isinstance(item, list) for item in level) and len({len(item) for item in level}) == 1:
        if not level[0]:
            break
        shape.append(len(level[0]))
        level = [item for row in level for item in row]
    kinds = set(map(type, level))
    found = _datatype(kinds, level) if level else (datatype or FP64)
    if found == INT64 and datatype == FP64:
        found = FP64
    if found:
        return Tensor(name, found, tuple(shape), values, parameters)
    texts = [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in values]
    return Tensor(name, BYTES, (len(values),), texts, {**parameters, **_JSON_TEXT})


def _datatype(kinds: set[type], values: list[Any]) -> str:
    if kinds == {bool}:
        return BOOL
    if kinds == {str}:
        return BYTES
    if kinds == {int} and all(value.bit_length() <= _INT64_BITS for value in (min(values), max(values))):
        return INT64
    if kinds <= {int, float, type(None)} and kinds - {type(None)}:
        # An integer beyond every float has no place in a tensor of numbers.
        return FP64 if all(type(value) is not int or value.bit_length() < 1000 for value in values) else ""  # noqa: PLR2004
    return ""


def _parts(name: str, values: list[Any]) -> dict[str, list[Any]]:
    """Return predictions that are objects of the same names as an output each; others as they are."""
    if not values or not all(isinstance(value, dict) and value.keys() == values[0].keys() for value in values):
        return {name: values}
    names = list(values[0])
    if name != "predictions":
        # Numbers by class: a row of them for each row.
        return {name: [[value[part] for part in names] for value in values]} if names else {name: values}
    return {part: [value[part] for value in values] for part in names} or {name: values}


def _declared(interface: Interface) -> dict[str, _Head]:
    """Return the outputs by name, as far as the schema or the example says."""
    description = interface.endpoint.description
    schemas = Schemas(description.get("output", {}))
    whole = schemas.plain(description.get("output", {}))
    example = description.get("example")
    sample = example.get("response") if isinstance(example, dict) else None
    columns: Sequence[Column]
    if whole.get("type") == "object" or isinstance(sample, dict):
        columns = schemas.members(whole, sample)
        columns = [_of_rows(column) for column in columns] if interface.takes_table else columns
    elif interface.takes_table:
        columns = [_of_rows(schemas.column("predictions", whole, sample))]
    else:
        columns = [schemas.column("predictions", whole, sample)]
    heads = {column.name: _head(column) for column in columns if column.kind in _DATATYPES}
    for name, schema in schemas.plain(whole).get("properties", {}).items():
        items = schemas.plain(schemas.plain(schema).get("items"))
        if interface.takes_table and schemas.plain(items.get("additionalProperties")).get("type") == NUMBER:
            heads[name] = _Head(name, FP64, [-1, -1])
    for name, value in sample.items() if isinstance(sample, dict) and interface.takes_table else ():
        if name in heads and isinstance(value, list) and value and isinstance(value[0], dict) and name != "predictions":
            classes = list(value[0])
            heads[name] = _Head(name, FP64, [-1, len(classes)], {"columns": classes})
    return heads


def _of_rows(column: Column) -> Column:
    return dataclasses.replace(column, sizes=column.sizes[1:])


def _head(column: Column) -> _Head:
    return _Head(column.name, _DATATYPES.get(column.kind, BYTES), [-1, *column.sizes])


def _from_text(value: Any) -> Any:
    """Return what a JSON text says; anything else as it is, for the check to refuse."""
    try:
        return body.parse(value.encode()) if isinstance(value, str) else value
    except (NotJson, UnicodeEncodeError):
        return value


def wanted(outputs: Mapping[str, Tensor], names: Sequence[str]) -> list[Tensor]:
    """Return the outputs that were asked for, all if none was named.

    Raises:
        Refused: 422, there is no such output.
    """
    if not names:
        return list(outputs.values())
    unknown = [name for name in names if name not in outputs]
    if unknown:
        raise Refused(422, f"there is no output {', '.join(unknown)}; there is {', '.join(outputs)}")
    return [outputs[name] for name in names]
