"""numpy's own files: npy is one array, a row for each item of its first dimension; npz is several by name.

Headers are read here and not by numpy, which allocates what they announce. Source: numpy, "numpy.lib.format".
"""

from __future__ import annotations

import ast
import io
import math
import re
import struct
import sys
import zipfile
import zlib
from typing import Any

from ..encoding import NotEncodable, to_json
from ..errors import Refused
from ..protocols.given import Given
from ..tabular import installed
from .kinds import Media
from .tables import Named, Wanted, as_table, check_count, rejected

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
_DESCRIPTION = re.compile(r"[<>|=]?([?biuf]\d{0,2}|U\d{1,6}|[Mm]8\[\d{0,4}[A-Za-z]{1,2}\])")
_MOST_DIMENSIONS = 32
_MOST_ARRAYS = 1000
_MOST_SIZE = 2**31
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error, IndexError)


def read(content: bytes, media: Media, wanted: Wanted) -> Given | Named:
    """Return the rows of an array, or the arrays of an npz by name.

    Raises:
        Refused: 400 for what is no such file, 413 for too much, 415 without numpy.
        BodyRejected: a number is infinite.
    """
    numpy = installed("numpy")
    if numpy is None:
        raise Refused(415, f"this image has no numpy, which {media.kind} needs")
    if media.kind.endswith("npz"):
        return Named(_arrays(numpy, content, wanted))
    array = _array(numpy, content, wanted)
    if array.ndim == 0:
        raise rejected((), "array with a row for each item", "array without dimensions")
    return Given(_values(numpy, array, ()), "")


def write(answer: Any, _media: Media) -> bytes:
    """Return an answer of numbers or texts as npy; of one with predictions, those.

    Raises:
        Refused: 406, it is no such array.
    """
    numpy = installed("numpy")
    if isinstance(answer, dict):
        answer = answer.get("predictions", as_table(answer).rows)
    array = None
    if numpy is not None:
        try:
            array = numpy.array(answer)
            if array.dtype.kind == "O":
                # null among numbers.
                array = numpy.array(answer, dtype="float64")
        except (ValueError, TypeError, OverflowError):
            array = None
    if array is None or array.dtype.kind not in "biufU" or (array.dtype.kind == "U" and not _is_text(answer)):
        raise Refused(406, "the answer is no array of one kind of value; accept application/json")
    file = io.BytesIO()
    numpy.save(file, array, allow_pickle=False)
    return file.getvalue()


def _is_text(answer: Any) -> bool:
    # numpy makes texts of numbers that stand beside one.
    return all(map(_is_text, answer)) if isinstance(answer, list) else isinstance(answer, str)


def _array(numpy: Any, content: bytes, wanted: Wanted) -> Any:
    try:
        start, descr, is_fortran, shape = _header(content)
        dtype = numpy.dtype(descr)
        count = math.prod(shape)
        if dtype.itemsize == 0 or len(content) - start != count * dtype.itemsize:
            # Caught below, as numpy's own are.
            raise ValueError(f"{shape} of {descr} is not {len(content) - start} bytes")  # noqa: TRY301
        # An array without items may still have any number of rows.
        check_count(max(shape, default=1), count, wanted)
        if dtype.kind == "U":
            _check_characters(numpy, content, dtype, start)
        return numpy.frombuffer(content, dtype, count, start).reshape(shape, order="F" if is_fortran else "C")
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, struct.error) as error:
        raise Refused(400, f"the body is no npy: {str(error)[:200]}") from None


def _check_characters(numpy: Any, content: bytes, dtype: Any, start: int) -> None:
    """Raise for what is no character: neither numpy nor Python look, and such a string breaks what reads it."""
    points = numpy.frombuffer(content, numpy.dtype("u4").newbyteorder(dtype.byteorder), -1, start)
    if points.size and points.max() > sys.maxunicode:
        raise ValueError(f"{hex(points.max())} is no character")


def _header(content: bytes) -> tuple[int, str, bool, tuple[int, ...]]:
    """Return where the data begins, and what kind, order and shape it has."""
    if content[:6] != _MAGIC or content[6:7] not in {b"\x01", b"\x02", b"\x03"}:
        raise ValueError("it does not begin as one")
    form, start = ("<H", 10) if content[6] == 1 else ("<I", 12)
    (length,) = struct.unpack_from(form, content, 8)
    if length > _LONGEST_HEADER or len(content) < start + length:
        raise ValueError("it has no header")
    try:
        header = ast.literal_eval(content[start : start + length].decode("utf-8").strip())
    except ValueError:
        # Python's own words show where in memory a part of it lies.
        raise ValueError("its header is none") from None
    if not isinstance(header, dict):
        raise ValueError("it has no header")  # noqa: TRY004  # of the file
    descr, shape = header.get("descr"), header.get("shape")
    if not isinstance(descr, str) or not _DESCRIPTION.fullmatch(descr):
        raise ValueError(f"{descr!r} is no kind of number or text")
    sizes = shape if isinstance(shape, tuple) else (-1,)
    if len(sizes) > _MOST_DIMENSIONS or not all(type(size) is int and 0 <= size <= _MOST_SIZE for size in sizes):
        raise ValueError(f"{shape!r} is no shape")
    return start + length, descr, bool(header.get("fortran_order")), sizes


def _values(numpy: Any, array: Any, before: tuple[object, ...]) -> Any:
    if array.dtype.kind == "f" and numpy.isinf(array).any():
        place = tuple(map(int, numpy.argwhere(numpy.isinf(array))[0]))
        raise rejected((*before, *place), "finite number", f"number {array[place]}")
    try:
        return to_json(array)
    except (ValueError, NotEncodable) as error:
        # Text with what is no character.
        raise Refused(400, f"the body is no npy: {error}") from None


def _arrays(numpy: Any, content: bytes, wanted: Wanted) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            total = sum(entry.file_size for entry in entries)
            if total > wanted.most_bytes or len(entries) > _MOST_ARRAYS:
                raise Refused(413, f"{len(entries)} arrays of {total} bytes are too much for one request")
            parts = {entry.filename.removesuffix(".npy"): archive.read(entry) for entry in entries}
    except _BAD_ZIP as error:
        raise Refused(400, f"the body is no npz: {error}") from None
    return {name: _values(numpy, _array(numpy, part, wanted), (name,)) for name, part in parts.items()}
