"""Parquet, where the image has pyarrow."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from ...encoding import NotEncodable, to_json
from ..errors import Unreadable, Unwritable
from .values import Row, Table


class ParquetSource:
    """Rows of a Parquet file."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the file's footer.

        Raises:
            Unreadable: it is no Parquet file.
        """
        pyarrow = arrow()
        try:
            self._file = importlib.import_module("pyarrow.parquet").ParquetFile(file)
        except (pyarrow.ArrowInvalid, OSError) as error:
            raise Unreadable(str(error)) from None
        self.columns = tuple(self._file.schema_arrow.names)
        self._read = 0

    def tables(self, most: int) -> Iterator[Table]:
        """Yield all rows, a group's columns at a time in memory."""
        try:
            for batch in self._file.iter_batches(batch_size=most):
                rows = [_row(self._read + place, row) for place, row in enumerate(batch.to_pylist(), start=1)]
                self._read += len(rows)
                yield Table(rows, batch)
        except (arrow().ArrowInvalid, OSError) as error:
            raise Unreadable(str(error)) from None

    def done(self) -> float | None:
        """Return how many of all rows have been read."""
        return self._read / (self._file.metadata.num_rows or 1)


class ParquetTarget:
    """Rows as a Parquet file; the first rows say the types of its columns."""

    def __init__(self, file: BinaryIO) -> None:
        self._arrow = arrow()
        self._file = file
        self._writer: Any = None

    def write(self, table: Table, kept: Sequence[int], more: Mapping[str, Sequence[Any]]) -> None:
        """Write rows as a group.

        Raises:
            Unwritable: a value is of another type than those before it in its column.
        """
        try:
            made = self._own(table, kept)
            for name, values in more.items():
                made = made.append_column(name, self._column(name, values))
            if self._writer is None:
                parquet = importlib.import_module("pyarrow.parquet")
                self._writer = parquet.ParquetWriter(self._file, made.schema)
            self._writer.write_table(made.cast(self._writer.schema))
        except (self._arrow.ArrowInvalid, self._arrow.ArrowTypeError, ValueError) as error:
            number = table.rows[kept[0]].number if kept else 0
            raise Unwritable(f"from row {number} on, values are of other types than before: {error}") from None

    def close(self) -> None:
        """Write the footer."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _own(self, table: Table, kept: Sequence[int]) -> Any:
        if table.batch is not None:
            whole = self._arrow.Table.from_batches([table.batch])
            return whole if len(kept) == len(table.rows) else whole.take(self._arrow.array(kept, "int64"))
        values = [table.rows[index].value for index in kept]
        rows = [value if isinstance(value, dict) else {"input": value} for value in values]
        known = None
        if self._writer is not None and rows:
            names = set(rows[0])
            known = self._arrow.schema([field for field in self._writer.schema if field.name in names])
        return self._arrow.Table.from_pylist(rows, schema=known)

    def _column(self, name: str, values: Sequence[Any]) -> Any:
        if self._writer is not None:
            return self._arrow.array(values, self._writer.schema.field(name).type)
        try:
            column = self._arrow.array(values)
        except (self._arrow.ArrowInvalid, self._arrow.ArrowTypeError):
            # Of several types: as JSON, each.
            column = self._arrow.array([None if value is None else json.dumps(value) for value in values])
        # Nothing has come yet; later rows may have a text, such as an error.
        return column.cast("string") if self._arrow.types.is_null(column.type) else column


def arrow() -> Any:
    """Return pyarrow.

    Raises:
        Unreadable: the image does not have it.
    """
    try:
        return importlib.import_module("pyarrow")
    except ImportError:
        raise Unreadable("Parquet needs pyarrow, which this image does not have; take CSV or JSON Lines") from None


def _row(number: int, row: Any) -> Row:
    try:
        return Row(number, to_json(row))
    except NotEncodable as error:
        return Row(number, None, problem=f"has no JSON: {error}")
