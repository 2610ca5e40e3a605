"""Arrow IPC, as stream and as file, with pyarrow where the user's image has it.

Source: Arrow columnar format, "Serialization and Interprocess Communication".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..binding import BodyRejected
from ..encoding import to_json
from ..errors import Refused
from ..protocols.given import Given
from ..tabular import installed
from .arrow_sizes import inflated_bytes
from .kinds import Media
from .tables import Wanted, as_table, check_bytes, check_count, records, without_nan

_FILE_MAGIC = b"ARROW1\0\0"
# What pandas makes of an index that is no column.
_INDEX = "__index_level_"


def read(content: bytes, media: Media, wanted: Wanted) -> Given:
    """Return the rows as objects.

    Raises:
        Refused: 400 for what is no Arrow, 413 for too much, 415 without pyarrow.
        BodyRejected: a number is infinite.
    """
    arrow = pyarrow(media)
    # A file is a stream between its magic and its footer, and both are read in one way.
    stream = content.removeprefix(_FILE_MAGIC)
    try:
        total = inflated_bytes(stream)
    except ValueError as error:
        raise Refused(400, f"the body is no Arrow: {error}") from None
    check_bytes(total, wanted)
    try:
        with arrow.ipc.open_stream(stream) as batches:
            table = batches.read_all()
        table.validate(full=True)
    except errors(arrow) as error:
        raise Refused(400, f"the body is no Arrow: {said(error)}") from None
    return rows_of(arrow, table, wanted)


def write(answer: Any, media: Media) -> bytes:
    """Return an answer as Arrow; columns without names are called by their place.

    Raises:
        Refused: 406, a column has no one type.
    """
    arrow = installed("pyarrow")
    if arrow is None:
        raise Refused(406, f"this image has no pyarrow, which {media.kind} needs")
    made = table_of(arrow, answer)
    sink = arrow.BufferOutputStream()
    new = arrow.ipc.new_file if media.kind.endswith("file") else arrow.ipc.new_stream
    with new(sink, made.schema) as writer:
        writer.write_table(made)
    return bytes(sink.getvalue())


def pyarrow(media: Media) -> Any:
    """Return the library.

    Raises:
        Refused: 415, it is not in the image.
    """
    found = installed("pyarrow")
    if found is None:
        raise Refused(415, f"this image has no pyarrow, which {media.kind} needs; send JSON or CSV")
    installed("pyarrow.ipc")
    return found


def errors(arrow: Any) -> tuple[type[BaseException], ...]:
    """Return what pyarrow raises for what it cannot read."""
    return (arrow.lib.ArrowException, ValueError, TypeError, LookupError, OSError, MemoryError, OverflowError)


def said(error: BaseException) -> str:
    """Return the first line of what pyarrow says, cut where nobody would read on."""
    return str(error).partition("\n")[0][:200]


def table_of(arrow: Any, answer: Any) -> Any:
    """Return an answer as pyarrow's table.

    Raises:
        Refused: 406, a column has no one type.
    """
    table = as_table(answer)
    names = table.names or [str(place) for place in range(max(map(len, table.rows), default=0))]
    try:
        columns = [arrow.array([row[place] for row in table.rows]) for place in range(len(names))]
        return arrow.Table.from_arrays(columns, names=list(names))
    except errors(arrow) as error:
        raise Refused(406, f"the answer is no table: {said(error)}; accept application/json") from None


def rows_of(arrow: Any, table: Any, wanted: Wanted) -> Given:
    """Return the rows of a table of pyarrow's as objects of JSON values.

    Raises:
        Refused: 400 for a type without JSON values, 413 for too many values.
        BodyRejected: a number is infinite, or a name is there twice.
    """
    kept = [place for place, name in enumerate(table.column_names) if not name.startswith(_INDEX)]
    names = [table.column_names[place] for place in kept]
    columns = [table.column(place) for place in kept]
    for name, column in zip(names, columns):
        if not _is_plain(arrow, column.type) and not arrow.types.is_null(column.type):
            raise Refused(400, f"column {name} is of type {column.type}, which is not taken here")
    cells = sum(_cells(chunk) for column in columns for chunk in column.chunks)
    check_count(table.num_rows, max(cells, table.num_rows * len(names)), wanted)
    try:
        values = [_values(arrow, name, column) for name, column in zip(names, columns)]
    except BodyRejected:
        raise
    except errors(arrow) as error:
        # Also what JSON cannot say, which is a TypeError.
        raise Refused(400, f"the body is no Arrow: {said(error)}") from None
    return Given(records(names, values), "", tuple(names))


def _is_plain(arrow: Any, kind: Any) -> bool:
    """Return whether a type's values take no more memory than the bytes that they came in."""
    types = arrow.types
    if types.is_dictionary(kind):
        return bool(_is_scalar(types, kind.value_type))
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _is_plain(arrow, kind.value_type) and not types.is_dictionary(kind.value_type)
    if types.is_struct(kind):
        inner = [kind.field(place).type for place in range(kind.num_fields)]
        return bool(inner) and all(_is_plain(arrow, item) and not types.is_dictionary(item) for item in inner)
    return _is_scalar(types, kind)


def _is_scalar(types: Any, kind: Any) -> bool:
    tests = "boolean integer floating string large_string binary large_binary date time timestamp duration decimal"
    return any(getattr(types, f"is_{name}")(kind) for name in tests.split())


def _cells(array: Any) -> int:
    """Return how many Python values an array becomes."""
    count = len(array)
    flatten = getattr(array, "flatten", None)
    if flatten is None:
        return count
    inner = flatten()
    return count + sum(map(_cells, inner if isinstance(inner, list) else [inner]))


def _values(arrow: Any, name: str, column: Any) -> list[Any]:
    types = arrow.types
    if types.is_dictionary(column.type):
        # By hand: pyarrow makes a word anew for each row that has it.
        return [value for chunk in column.chunks for value in _looked_up(chunk)]
    values: list[Any] = column.to_pylist()
    if types.is_floating(column.type):
        return without_nan([None if value is None else float(value) for value in values], name)
    if types.is_integer(column.type) or types.is_boolean(column.type) or types.is_string(column.type):
        return values
    plain: list[Any] = to_json(values)
    return plain


def _looked_up(chunk: Any) -> list[Any]:
    words: Sequence[Any] = to_json(chunk.dictionary.to_pylist())
    return [None if place is None else words[place] for place in chunk.indices.to_pylist()]
