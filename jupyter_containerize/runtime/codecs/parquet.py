"""Parquet, with pyarrow where the user's image has it. Source: Apache Parquet file format."""

from __future__ import annotations

from typing import Any

from ..errors import Refused
from ..protocols.given import Given
from ..tabular import installed
from .arrow import errors, pyarrow, rows_of, said, table_of
from .kinds import Media
from .tables import Wanted, check_bytes, check_count

# A page may hold a long text once and refer to it in every row: so many rows are made before their size is looked at.
_BATCH_ROWS = 1024


def read(content: bytes, media: Media, wanted: Wanted) -> Given:
    """Return the rows as objects.

    Raises:
        Refused: 400 for what is no Parquet, 413 for too much, 415 without pyarrow.
        BodyRejected: a number is infinite.
    """
    arrow = pyarrow(media)
    library = installed("pyarrow.parquet")
    if library is None:
        raise Refused(415, "this image's pyarrow reads no Parquet; send JSON or CSV")
    try:
        table = _read(arrow, library, content, wanted)
    except errors(arrow) as error:
        raise Refused(400, f"the body is no Parquet: {said(error)}") from None
    return rows_of(arrow, table, wanted)


def write(answer: Any, media: Media) -> bytes:
    """Return an answer as Parquet; columns without names are called by their place.

    Raises:
        Refused: 406, a column has no one type, or there is no pyarrow.
    """
    arrow, library = installed("pyarrow"), installed("pyarrow.parquet")
    if arrow is None or library is None:
        raise Refused(406, f"this image has no pyarrow, which {media.kind} needs")
    sink = arrow.BufferOutputStream()
    library.write_table(table_of(arrow, answer), sink)
    return bytes(sink.getvalue())


def _read(arrow: Any, library: Any, content: bytes, wanted: Wanted) -> Any:
    source = arrow.BufferReader(content)
    metadata = library.read_metadata(source)
    schema = metadata.schema.to_arrow_schema()
    check_count(metadata.num_rows, metadata.num_rows * metadata.num_columns, wanted)
    total = sum(metadata.row_group(place).total_byte_size for place in range(metadata.num_row_groups))
    check_bytes(total, wanted)
    texts = [field.name for field in schema if arrow.types.is_string(field.type) or arrow.types.is_binary(field.type)]
    source.seek(0)
    # Repeated texts stay in their dictionary: written out they may be any number of times as large.
    file = library.ParquetFile(source, read_dictionary=texts, pre_buffer=False)
    batches = []
    total = 0
    for batch in file.iter_batches(_BATCH_ROWS, use_threads=False):
        total += batch.nbytes
        check_bytes(total, wanted)
        batches.append(batch)
    table = arrow.Table.from_batches(batches, batches[0].schema if batches else schema)
    table.validate(full=True)
    return table
